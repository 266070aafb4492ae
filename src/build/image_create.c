/* SPDX-License-Identifier: BSD-2-Clause */
/* Making base images: from an archive, the host's own system, or a dataset. */
#include "build/image_create.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base_image/base_image.h"
#include "build/build.h"
#include "container/containers.h"
#include "daemon/daemon.h"
#include "dataset/datasets.h"
#include "dataset/images.h"
#include "fetch/fetch.h"
#include "fetch/host_files.h"
#include "host/inside.h"
#include "http/session.h"

#define CLOSE_NORMAL 1000

/* One image being made. */
struct making {
	struct daemon *daemon;
	struct session *session;
	json_t *config; /* ImageCreateConfig */
	char id[ID_LEN + 1];
	char *dataset;
	struct strings names; /* "NAME:TAG" */
	int contents; /* descriptor of the image's root directory */
};

static void on_line(void *arg, const char *text)
{
	struct making *m = arg;

	session_printf(m->session, "%s\n", text);
}

/* A text frame that begins with '\r' is shown in place by those who asked for progress. */
static void on_update(void *arg, const char *text)
{
	struct making *m = arg;

	if (json_is_true(json_object_get(m->config, "progress")))
		session_printf(m->session, "\r%s", text);
}

static bool is_cancelled(void *arg)
{
	struct making *m = arg;

	return session_gone(m->session);
}

static const char *text(const struct making *m, const char *key)
{
	const char *value = json_string_value(json_object_get(m->config, key));

	return value ? value : "";
}

static bool flag(const struct making *m, const char *key)
{
	return json_is_true(json_object_get(m->config, key));
}

/* The host's own system, under the name that belongs to it unless the user gave one. */
static int make_base_image(struct making *m, const struct progress *progress, struct error *err)
{
	AUTO_FREE char *suggested = NULL;
	struct rootfs root;
	int result;

	if (storage_rootfs(m->daemon->storage, m->dataset, &root, err) != 0)
		return -1;
	result = base_image_make(m->contents, root.path, progress, &suggested, err);
	rootfs_free(&root);
	if (result == 0 && m->names.n == 0 && flag(m, "autotag"))
		result = nametag_add(&m->names, suggested, err);
	return result;
}

static int fetch(struct making *m, const struct progress *progress, struct error *err)
{
	if (text(m, "url")[0] == '\0')
		return error_set(err, ERROR_INVALID, "method fetch needs a URL");
	return image_fetch(text(m, "url"), NULL, m->contents, progress, err);
}

/* Makes the dataset from one that is there. */
static int import(struct making *m, bool copy, struct error *err)
{
	const char *foreign = text(m, "zfs_dataset");

	if (foreign[0] == '\0')
		return error_set(
			err, ERROR_INVALID, "method %s needs a dataset", text(m, "method"));
	if (storage_import(m->daemon->storage, foreign, copy, m->dataset, err) != 0)
		return -1;
	m->contents = storage_open_contents(m->daemon->storage, m->dataset, err);
	return m->contents < 0 ? -1 : 0;
}

/* Makes the dataset, and fills it by the method that was asked for. */
static int fill(struct making *m, struct error *err)
{
	struct progress progress = {on_line, on_update, is_cancelled, m};
	const char *method = text(m, "method");

	if (strcmp(method, "zfs-copy") == 0 || strcmp(method, "zfs-clone") == 0)
		return import(m, strcmp(method, "zfs-copy") == 0, err);
	if (storage_create(m->daemon->storage, m->dataset, err) != 0)
		return -1;
	m->contents = storage_open_contents(m->daemon->storage, m->dataset, err);
	if (m->contents < 0)
		return -1;
	return strcmp(method, "fetch") == 0 ? fetch(m, &progress, err)
					    : make_base_image(m, &progress, err);
}

/* What the image takes over from the host. */
static int copy_host_files(struct making *m, struct error *err)
{
	if (flag(m, "dns") && host_file_copy(m->contents, "/etc/resolv.conf", err) != 0)
		return -1;
	if (flag(m, "localtime") && host_file_copy(m->contents, "/etc/localtime", err) != 0)
		return -1;
	return 0;
}

static json_t *image_config(const struct making *m)
{
	struct error none;
	AUTO_CLOSE int rc = inside_open_file(m->contents, "/etc/rc", false, &none);

	return json_pack("{s:o, s:[], s:s, s:[]}", "cmd",
		rc >= 0 ? json_pack("[s, s]", "/bin/sh", "/etc/rc") : json_pack("[s]", "/bin/sh"),
		"env", "user", "root", "instructions");
}

static int make(struct making *m, struct error *err)
{
	struct strings none = {0};
	json_t *config;
	int result;

	if (fill(m, err) != 0 || copy_host_files(m, err) != 0)
		return -1;
	config = image_config(m);
	close_fd(&m->contents);
	result = storage_snapshot(m->daemon->storage, m->dataset, IMAGE_SNAPSHOT, err);
	/* the names are those of the image that is brought up to date */
	if (result == 0)
		result = store_image_ready(m->daemon->store, m->id,
			flag(m, "update") ? &none : &m->names, config, err);
	json_decref(config);
	return result;
}

static int add_to_store(const struct making *m, struct error *err)
{
	struct image image = {.config = json_object()};
	char created[32];
	int result;

	timestamp(created);
	memcpy(image.id, m->id, sizeof(image.id));
	image.created = xstrdup(created);
	result = store_add_image(m->daemon->store, &image, err);
	image_free(&image);
	return result;
}

/* Makes another image of the one that is there, by the updater of the system that is in it. */
static int update(struct making *m, struct error *err)
{
	AUTO_FREE char *dockerfile = xasprintf("FROM %s\nRUN %s\n", m->id, base_image_update);
	char id[ID_LEN + 1];
	struct error ignored;

	if (image_build_lines(m->daemon, m->session, dockerfile, &m->names, id, err) != 0) {
		image_discard(m->daemon, m->id, &ignored);
		err->kind =
			ERROR_SYSTEM; /* that of the command means one that a client has given */
		return error_prefix(err, "cannot update the image");
	}
	memcpy(m->id, id, sizeof(m->id));
	return 0;
}

int image_create(struct daemon *d, struct session *s, json_t *config, struct error *err)
{
	struct making m = {.daemon = d, .session = s, .config = config, .contents = -1};
	struct error ignored;
	AUTO_FREE char *names = NULL;
	int result;

	id_new(m.id);
	m.dataset = dataset_name("image", m.id);
	result = nametags_of(config, &m.names, err);
	if (result == 0)
		result = add_to_store(&m, err);
	if (result == 0) {
		AUTO(held_release) struct held held = hold(d->locks, m.id);

		session_starting(s, "", "");
		result = make(&m, err);
		close_fd(&m.contents);
		if (result != 0)
			remove_rest(d, REMOVE_IMAGE, m.id, &ignored);
	}
	if (result == 0 && flag(&m, "update"))
		result = update(&m, err);
	if (result == 0) {
		names = strings_join(&m.names, ", ");
		log_info(
			"image %s (%s) has been created", m.id, m.names.n > 0 ? names : "untagged");
		session_finish(s, CLOSE_NORMAL, "image created", m.id);
	}
	free(m.dataset);
	strings_free(&m.names);
	return result;
}
