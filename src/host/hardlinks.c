/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/hardlinks.h"

#include "base/mem.h"

static struct hardlink **bucket(struct hardlinks *h, const struct stat *st)
{
	return &h->buckets[(uint64_t)st->st_ino % HARDLINK_BUCKETS];
}

static void drop(struct hardlink **at)
{
	struct hardlink *link = *at;

	*at = link->next;
	free(link->path);
	free(link);
}

const char *hardlinks_find(struct hardlinks *h, const struct stat *st)
{
	struct hardlink **at = bucket(h, st);

	while (*at != NULL) {
		struct hardlink *link = *at;

		if (link->left == 0) {
			drop(at);
			continue;
		}
		if (link->dev == st->st_dev && link->ino == st->st_ino) {
			link->left--;
			return link->path;
		}
		at = &link->next;
	}
	return NULL;
}

void hardlinks_add(struct hardlinks *h, const struct stat *st, const char *path)
{
	struct hardlink **at = bucket(h, st), *link = xcalloc(1, sizeof(*link));

	link->dev = st->st_dev;
	link->ino = st->st_ino;
	link->left = st->st_nlink - 1;
	link->path = xstrdup(path);
	link->next = *at;
	*at = link;
}

void hardlinks_free(struct hardlinks *h)
{
	for (size_t i = 0; i < HARDLINK_BUCKETS; i++)
		while (h->buckets[i] != NULL)
			drop(&h->buckets[i]);
}
