/* SPDX-License-Identifier: BSD-2-Clause */
/* What the running distribution says about itself and where its packages come from. */
#ifndef BASE_IMAGE_LINUX_DISTRIBUTION_H
#define BASE_IMAGE_LINUX_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* os-release(5). Strings are "" where the file does not say. */
struct distribution {
	char *id, *id_like, *version_id, *codename;
};

/* Reads the text of /etc/os-release; free with distribution_free. */
void distribution_parse(const char *text, struct distribution *d);
void distribution_free(struct distribution *d);

/* True for name itself and what is derived from it. */
bool distribution_is(const struct distribution *d, const char *name);

/* "Debian-12", or with the codename where there is no version; the caller frees. */
char *distribution_tag(const struct distribution *d);

/* An archive that apt fetches binary packages from, sources.list(5). */
struct apt_source {
	char *uri, *suite, *components; /* components separated by blanks */
	char *signed_by; /* an absolute path, or NULL */
};

struct apt_sources {
	struct apt_source *v;
	size_t n;
};

/* Adds what the text of a .list file or, if deb822, of a .sources file says. */
void apt_sources_parse(struct apt_sources *list, const char *text, bool deb822);
void apt_sources_free(struct apt_sources *list);

/*
 * The sources that are the distribution's own: the release itself (first), its updates and its
 * security fixes, with component "main". Indexes into list->v go to chosen, at most max; returns
 * their number, 0 if the release is not among the sources.
 */
size_t apt_sources_choose(
	const struct apt_sources *list, const char *codename, size_t *chosen, size_t max);

/* "deb [signed-by=…] URI SUITE COMPONENTS"; the caller frees. */
char *apt_source_line(const struct apt_source *s);

#endif
