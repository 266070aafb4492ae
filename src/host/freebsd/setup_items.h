/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of items that have files of their own; most are about the host's next start. */
#ifndef FREEBSD_SETUP_ITEMS_H
#define FREEBSD_SETUP_ITEMS_H

#include "host/setup.h"

/* arg: the names of kernel modules, which kld_list of rc.conf(5) must load. */
enum setup_state kld_list_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note);
int kld_list_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err);

/* arg: a variable of rc.conf(5) that must be YES. */
enum setup_state rc_enable_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note);
int rc_enable_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err);

/* arg: the variable of rc.conf(5) that must name the firewall's rules. */
enum setup_state rc_firewall_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note);
int rc_firewall_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err);

/* arg: a boolean sysctl(8) that only loader.conf(5) can set. */
enum setup_state tunable_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note);
int tunable_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err);

/* The template of pf's rules; it begins as the sample. */
enum setup_state template_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note);
int template_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err);

/* The file of pf's rules, without which the host's start does not enable pf. */
enum setup_state rules_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note);
int rules_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err);

#endif
