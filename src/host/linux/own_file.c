/*
 * A mount needs a file to be on. Were it made in the container, overlayfs would copy its directory
 * up, in each container, and its end would write that to disk. So the lowest layer of such a
 * container, PLACES, is one with nothing but empty files where ours go: what the image has lies
 * above it, and an image that has none is not changed.
 */
#include "host/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/linux/overlay.h"
#include "host/linux/pseudo.h"

#define PLACES "places" /* no layer's id */

static const char *const directories[] = {"", "/etc"};
static const char *const places[] = {"/etc/hosts", "/etc/resolv.conf"};

static bool make_in(int layers, const char *layer)
{
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		AUTO_FREE char *path = xasprintf("%s%s", layer, directories[i]);

		if (make_dir(layers, path, 0755) != 0 && errno != EEXIST)
			return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		AUTO_FREE char *path = xasprintf("%s%s", layer, places[i]);
		AUTO_CLOSE int fd =
			openat(layers, path, O_CREAT | O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0644);

		if (fd < 0 || fchmod(fd, 0644) != 0)
			return false;
	}
	return true;
}

/* Whether the layer is there; made whole before it has its name, as it must not change later. */
static bool has_places(const char *base)
{
	static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
	AUTO_CLOSE int layers = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool found;

	if (layers < 0)
		return false;
	pthread_mutex_lock(&making);
	found = faccessat(layers, PLACES, F_OK, 0) == 0 ||
		(make_in(layers, PLACES ".new") &&
			renameat(layers, PLACES ".new", layers, PLACES) == 0);
	pthread_mutex_unlock(&making);
	return found;
}

static void add_places(struct rootfs *root)
{
	static const char last[] = ":" PLACES;
	size_t len = root->lower != NULL ? strlen(root->lower) : 0;
	char *all;

	if (len == 0 ||
		(len >= strlen(last) && strcmp(root->lower + len - strlen(last), last) == 0))
		return;
	if (!has_places(root->base)) /* a full disk, say: then the mount makes its place itself */
		return;
	all = xasprintf("%s%s", root->lower, last);
	free(root->lower);
	root->lower = all;
}

int own_file_show(
	const struct own_file *f, const char *root, struct jail_config *jail, struct error *err)
{
	add_places(&jail->root);
	jail->mounts = xrealloc(jail->mounts, (jail->nmounts + 1) * sizeof(*jail->mounts));
	jail->mounts[jail->nmounts++] = (struct jail_mount){
		.source = xstrdup(f->path != NULL ? f->path : TEXT_FILE),
		.destination = xstrdup(f->destination),
		.type = f->path != NULL ? NULL : xstrdup(TEXT_FILE),
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
