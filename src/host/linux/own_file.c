/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mount needs a file to be on. Were it made in the container, overlayfs would copy its directory
 * up, in each container, and its end would write that to disk. So each of our files has a layer
 * with nothing but an empty file where it goes, which is the lowest of a container that is shown
 * it: what the image has lies above, and an image that has none is not changed.
 */
#include "host/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "host/linux/overlay.h"
#include "host/linux/pseudo.h"

static const struct place {
	const char *layer; /* no layer's id */
	const char *destination;
} places[] = {
	{"place-hosts", "/etc/hosts"},
	{"place-resolv.conf", "/etc/resolv.conf"},
};

static int make_directory(int layers, const char *path)
{
	return make_dir(layers, path, 0755) == 0 || errno == EEXIST ? 0 : -1;
}

/* What is whole is not touched: containers may have it mounted. */
static int make_place(int layers, const struct place *p)
{
	AUTO_FREE char *etc = xasprintf("%s/etc", p->layer);
	AUTO_FREE char *path = xasprintf("%s%s", p->layer, p->destination);
	AUTO_CLOSE int fd = -1;
	struct stat st;

	if (fstatat(layers, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mode == (S_IFREG | 0644))
		return 0;
	if (make_directory(layers, p->layer) != 0 || make_directory(layers, etc) != 0)
		return -1;
	fd = openat(layers, path, O_CREAT | O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
	return fd < 0 ? -1 : fchmod(fd, 0644);
}

void places_make(int layers)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (make_place(layers, &places[i]) != 0) /* a full disk, say */
			log_warning("containers' %s are made anew in each: %s",
				places[i].destination, strerror(errno));
}

/* Without its place the mount makes one itself. */
static void add_place(struct rootfs *root, const struct place *p)
{
	AUTO_FREE char *path = xasprintf("%s/%s%s", root->base, p->layer, p->destination);
	char *all;

	if (root->lower == NULL || root->lower[0] == '\0' || access(path, F_OK) != 0)
		return;
	all = xasprintf("%s:%s", root->lower, p->layer);
	free(root->lower);
	root->lower = all;
}

int own_file_show(
	const struct own_file *f, const char *root, struct jail_config *jail, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (strcmp(places[i].destination, f->destination) == 0)
			add_place(&jail->root, &places[i]);
	jail->mounts = xrealloc(jail->mounts, (jail->nmounts + 1) * sizeof(*jail->mounts));
	jail->mounts[jail->nmounts++] = (struct jail_mount){
		.source = xstrdup(f->path != NULL ? f->path : TEXT_FILE),
		.destination = xstrdup(f->destination),
		.type = f->path != NULL ? NULL : xstrdup(TEXT_FILE),
		/* else it could fill the daemon's disk where it may write nowhere */
		.read_only = jail->confinement.read_only,
		.options = f->path != NULL ? NULL
					   : xstrdup(f->text->data != NULL ? f->text->data : ""),
	};
	return 0;
}

/* What is mounted is the very file that the daemon has written. */
int own_file_update(const struct own_file *f, const char *root, struct error *err)
{
	return 0;
}

/* The mount has gone with the container. */
int own_file_withdraw(const char *destination, const char *root, struct error *err)
{
	return 0;
}
