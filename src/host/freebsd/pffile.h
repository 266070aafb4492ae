/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of pf(4)'s rules, pf.conf(5): made of the administrator's template. */
#ifndef HOST_FREEBSD_PFFILE_H
#define HOST_FREEBSD_PFFILE_H

#include <stdbool.h>

#include "base/mem.h"
#include "firewall/firewall.h"

/* Appends a file's contents. ERROR_NOT_FOUND: there is none. */
int pf_file_read(const char *path, struct buffer *text, struct error *err);

/* Writes it as a whole, to disk; what was there is lost. */
int pf_file_write(const char *path, const struct buffer *text, struct error *err);

/* True for what pf_file_render has made: a file that is there only while there are networks. */
bool pf_file_is_ours(const struct buffer *text);

/* Appends what the template says with the model in it. */
int pf_file_render(
	const char *template, const struct firewall *fw, struct buffer *out, struct error *err);

/*
 * Appends what the template says of a host without networks, for one that has no rules at all: from
 * then on these are its administrator's.
 */
int pf_file_render_first(const char *template, struct buffer *out, struct error *err);

#endif
