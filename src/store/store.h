/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store: every object and its state, in SQLite (write-ahead log, foreign keys). It is the
 * truth that the host is compared with at start.
 *
 * An object is "creating" from before the first trace of it on the host, "ready" when it is whole,
 * "removing" from before its first part is taken away. An image that is removed while others are
 * clones of it is "kept": for users there is none, and its dataset goes after theirs. What was made
 * ready is on disk when the function returns. Names become free when removing begins. All functions
 * may be called from any thread.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/id.h"
#include "base/mem.h"

struct store;

enum object_state { STATE_CREATING, STATE_READY, STATE_REMOVING, STATE_KEPT };

struct image {
	char id[ID_LEN + 1];
	char *name, *tag; /* the first of its names; "": untagged */
	json_t *names; /* all of them, "NAME:TAG" */
	char *created; /* ISO 8601, UTC */
	enum object_state state;
	json_t *config; /* cmd, env, user, instructions */
	bool broken; /* its configuration cannot be read, and is empty here */
};

/* Instead of an exit code: it never ran; it was started, and nobody knows of its end yet. */
enum { EXIT_NONE = -1, EXIT_UNKNOWN = -2 };

/* Whether the last run is a visit: of another command than the container's own. */
enum visit { VISIT_NONE, VISIT_UNDER_WAY, VISIT_OVER };

/* How the last run of a container ended. */
struct exit_status {
	int code; /* or EXIT_NONE, EXIT_UNKNOWN */
	bool out_of_memory; /* it was ended as it wanted more than its limit */
};

struct container {
	char id[ID_LEN + 1];
	char *name;
	char *image_id, *snapshot; /* what it is a clone of */
	char *image_name, *image_tag; /* read only */
	char *created;
	enum object_state state;
	struct exit_status exit; /* of its own command's last run */
	enum visit visit;
	char *started; /* when the last run began, ISO 8601, UTC; "": it never ran */
	bool wanted; /* its own command was started, and nobody has stopped it since (restarts.h) */
	unsigned int restarts; /* how often it was started by itself since it was by hand */
	json_t *config; /* ContainerConfig without name and image */
	bool broken; /* its configuration cannot be read, and is empty here */
};

struct volume {
	char *name; /* which is also its id */
	char *created;
	enum object_state state;
	bool populating; /* a container was about to fill it, and may not have come to the end */
};

/*
 * Opens or makes the database file and brings its schema up to date. Room for what is written later
 * is taken up now: on a full disk, removing things must still be possible. A database whose log
 * ("PATH-wal") has gone, though it was in use when its daemon ended, is refused: what was stored
 * last is missing.
 */
struct store *store_open(const char *path, struct error *err);

/* Writes everything into the database file and closes it. */
void store_close(struct store *s);

/*
 * Writes what is in the log into the database file, which a long log does by itself. To be called
 * now and then, so that the file alone is never far behind. Does nothing if nothing has changed.
 */
int store_checkpoint(struct store *s, struct error *err);

/*
 * Inserts in state creating. A taken name of a container or volume is ERROR_CONFLICT. An image that
 * is not ready (any more): ERROR_NOT_FOUND.
 */
int store_add_image(struct store *s, const struct image *i, struct error *err);
int store_add_container(struct store *s, const struct container *c, struct error *err);

int store_add_volume(struct store *s, const struct volume *v, struct error *err);

/*
 * Makes an image ready, and the names, "NAME:TAG" each, its own: an image that had one of them
 * loses it. There may be none.
 */
int store_image_ready(struct store *s, const char *id, const struct strings *names, json_t *config,
	struct error *err);
/* Makes a container ready, and its endpoints with it. durable: that survives a power cut. */
int store_container_ready(struct store *s, const char *id, bool durable, struct error *err);
int store_volume_ready(struct store *s, const char *name, struct error *err);

/*
 * Gives a ready image the name "NAME:TAG", in the place of its first one, or beside those it has.
 * Another image loses it; with TAG_UNUSED that is an ERROR_CONFLICT, which names that one.
 */
enum { TAG_ADD = 1, TAG_UNUSED = 2 };
int store_tag_image(
	struct store *s, const char *id, const char *nametag, unsigned int how, struct error *err);

/*
 * Takes the name away if it is the image's and not its last one: 1. Else 0: the image itself is
 * what is to go. unused: an image of several names, of which this is none, is an ERROR_CONFLICT.
 */
int store_untag_image(
	struct store *s, const char *id, const char *nametag, bool unused, struct error *err);

/*
 * Marks for removal. ERROR_CONFLICT if containers were made from the image, or images by its name,
 * naming them; a missing one is ERROR_NOT_FOUND. *kept: other images are clones of what this one
 * has, which the cache led them to, so it stays as STATE_KEPT until they are gone.
 */
int store_removing_image(struct store *s, const char *id, bool *kept, struct error *err);

/* Marks for removal an image that was kept and is not needed any more: 1, with its id; 0: none. */
int store_unneeded_image(struct store *s, char id[ID_LEN + 1], struct error *err);

/* volumes: with its anonymous ones, which container_with_volumes tells from then on. */
int store_removing_container(struct store *s, const char *id, bool volumes, struct error *err);
int store_removing_volume(struct store *s, const char *name, struct error *err);

/* Appends the ids (names, of volumes) of all objects of a kind in a state, but images of builds. */
int store_list_ids(struct store *s, const char *kind, enum object_state state, struct strings *ids,
	struct error *err);

/* True if there is such an object, in whatever state, or if that cannot be found out. */
bool store_has(struct store *s, const char *kind, const char *id);

/* Forgets an object of which nothing is left on the host. */
int store_drop_image(struct store *s, const char *id, struct error *err);
int store_drop_container(struct store *s, const char *id, struct error *err);
int store_drop_volume(struct store *s, const char *name, struct error *err);

/* Notes, on disk, that a volume is about to be filled, or that it has been. */
int store_volume_populating(struct store *s, const char *name, bool populating, struct error *err);

/* Changes name and configuration. A taken name is ERROR_CONFLICT. */
int store_update_container(
	struct store *s, const char *id, const char *name, json_t *config, struct error *err);

/* Whether its anonymous volumes go with a container that is being removed, or was not made whole.
 */
bool container_with_volumes(const struct container *c);

/* Whether a run of the container has been noted, and not its end. */
bool container_end_unknown(const struct container *c);

/*
 * Notes that a run begins, and how the last one ended; may be lost in a power cut. What a visit
 * ends with is not the container's, whose exit code stays as it was.
 */
void store_container_started(struct store *s, const char *id, bool visit);
void store_container_exited(struct store *s, const char *id, struct exit_status exit);

/* Notes whether the container's own command is to run. */
int store_container_wanted(struct store *s, const char *id, bool wanted, struct error *err);

/* Stores how often a container was restarted; that need not survive the host's end. */
int store_container_restarts(
	struct store *s, const char *id, unsigned int restarts, struct error *err);

/*
 * Resolves a reference among ready objects: an id, a name (images: NAME[:TAG], tag "latest" when
 * left out), or an unambiguous beginning of an id. ERROR_NOT_FOUND: none, or several, which are
 * named.
 */
int store_find_image(struct store *s, const char *ref, char id[ID_LEN + 1], struct error *err);

/* What containers and builds begin as: an image, or the state it was in at some snapshot. */
struct image_ref {
	char id[ID_LEN + 1];
	char snapshot[ID_LEN + 1]; /* "": the finished image */
};

/* The same with "@SNAPSHOT" behind it allowed, of those that the image lists. */
int store_find_state(struct store *s, const char *ref, struct image_ref *found, struct error *err);

int store_find_container(struct store *s, const char *ref, char id[ID_LEN + 1], struct error *err);

/*
 * Reads one object of any state; the caller frees what it holds. ERROR_NOT_FOUND. One that is
 * broken is an error, too, which says so; in lists it stands among the others.
 */
int store_get_image(struct store *s, const char *id, struct image *i, struct error *err);
int store_get_container(struct store *s, const char *id, struct container *c, struct error *err);
int store_get_volume(struct store *s, const char *name, struct volume *v, struct error *err);
void image_free(struct image *i);
void container_free(struct container *c);
void volume_free(struct volume *v);

/*
 * Reads all objects of a state, the newest first. The list is the caller's to free. Returns -1 on
 * error.
 */
int store_list_images(struct store *s, enum object_state state, struct image **list, size_t *n,
	struct error *err);
int store_list_containers(struct store *s, enum object_state state, struct container **list,
	size_t *n, struct error *err);
int store_list_volumes(struct store *s, enum object_state state, struct volume **list, size_t *n,
	struct error *err);
void image_list_free(struct image *list, size_t n);
void container_list_free(struct container *list, size_t n);
void volume_list_free(struct volume *list, size_t n);

/*
 * Ready containers, the newest first, as they are listed. text: the configuration as it is shown,
 * but for published ports, an object; container.config has nothing but those and the restart
 * policy.
 */
struct container_summary {
	struct container container;
	char *text;
};

struct container_page {
	struct container_summary *items;
	size_t n;
};

/*
 * Replaces the page, which begins as zeros, by the next one: 1; 0 when there is none any more; -1
 * on error. container_page_free can be called at any time.
 */
int store_next_containers(struct store *s, struct container_page *page, struct error *err);
void container_page_free(struct container_page *page);

/* Reads the ready containers that mount the volume, whether they run or not. */
int store_list_volume_users(
	struct store *s, const char *volume, struct container **list, size_t *n, struct error *err);

/* The time now as the store and the API write it. */
void timestamp(char text[32]);

#endif
