/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chains of layers, and snapshots, which make them. A snapshot S of a dataset with upper directory
 * and chain C takes these steps, each of them atomic:
 *
 *     1. origin -> C                  unless it is there: the dataset begins to own layers
 *     2. snapshots/.S -> N:C          the intent; no snapshot's name begins with '.'
 *     3. lower.new -> N:C, upper.new/
 *     4. upper becomes layer/N        the point of no return
 *     5. lower.new becomes lower
 *     6. upper.new becomes upper
 *     7. snapshots/.S becomes snapshots/S
 *
 * After an interruption there is an intent. Without layer/N nothing has happened yet, so the intent
 * is dropped; otherwise steps 5 to 7 are done again from what the intent says. All that needs
 * space on the file system comes before step 4.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "host/linux/overlay.h"

static const char no_origin[] = "-";

static bool chain_valid(const char *chain)
{
	char id[ID_LEN + 1] = "";

	for (;;) {
		memcpy(id, chain, strnlen(chain, ID_LEN));
		if (strnlen(chain, ID_LEN) < ID_LEN || !id_valid(id))
			return false;
		chain += ID_LEN;
		if (*chain == '\0')
			return true;
		if (*chain++ != ':')
			return false;
	}
}

/* The target of the link at path, "" if there is none; -1 on error. */
static int link_read(int dirfd, const char *path, char target[CHAIN_SIZE], struct error *err)
{
	ssize_t n = readlinkat(dirfd, path, target, CHAIN_SIZE);

	target[0] = n < 0 ? '\0' : target[0];
	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0)
		return error_errno(err, errno, "cannot read the chain of layers in '%s'", path);
	if (n == CHAIN_SIZE)
		return error_set(
			err, ERROR_SYSTEM, "the chain of layers in '%s' is too long", path);
	target[n] = '\0';
	return 1;
}

int chain_read(int dirfd, const char *path, char chain[CHAIN_SIZE], struct error *err)
{
	int rc = link_read(dirfd, path, chain, err);

	if (rc == 1 && !chain_valid(chain))
		return error_set(err, ERROR_SYSTEM, "the chain of layers in '%s' is damaged: '%s'",
			path, chain);
	return rc;
}

/* Where in lower, the dataset's chain, the layers begin that it was cloned with. */
static int find_origin(int dirfd, const char *lower, const char **tail, struct error *err)
{
	char origin[CHAIN_SIZE];
	int rc = link_read(dirfd, "origin", origin, err);
	size_t len = strlen(lower), keep;

	*tail = lower;
	if (rc <= 0)
		return rc;
	keep = strcmp(origin, no_origin) == 0 ? 0 : strlen(origin);
	if (keep > len || (keep > 0 && strcmp(lower + len - keep, origin) != 0))
		return error_set(err, ERROR_SYSTEM, "the chain of layers '%s' does not end in '%s'",
			lower, origin);
	*tail = lower + len - keep;
	return 0;
}

/* Adds the layer at the front of the snapshot's chain, unless the dataset began with it. */
static int add_own_layer(int dirfd, const char *snapshot, const char *origin, struct strings *owned,
	struct error *err)
{
	AUTO_FREE char *path = xasprintf("snapshots/%s", snapshot);
	char chain[CHAIN_SIZE];

	if (chain_read(dirfd, path, chain, err) < 0)
		return -1;
	chain[strcspn(chain, ":")] = '\0';
	if (strstr(origin, chain) == NULL && !strings_has(owned, chain))
		strings_add(owned, chain);
	return 0;
}

int layers_owned(int dirfd, struct strings *owned, struct error *err)
{
	AUTO(strings_free) struct strings names = {0};
	char origin[CHAIN_SIZE];
	int rc = link_read(dirfd, "origin", origin, err);

	if (rc <= 0)
		return rc;
	if (dir_list(dirfd, "snapshots", &names) != 0 && errno != ENOENT)
		return error_errno(err, errno, "cannot read the snapshots");
	for (size_t i = 0; i < names.n; i++)
		if (add_own_layer(dirfd, names.v[i], origin, owned, err) != 0)
			return -1;
	return 0;
}

bool chain_has_any(const char *chain, const struct strings *layers)
{
	for (size_t i = 0; i < layers->n; i++)
		if (strstr(chain, layers->v[i]) != NULL) /* all ids have one length */
			return true;
	return false;
}

/* Removes what steps 1 to 3 have made, origin excepted: it is true as it stands. */
static void undo(int dirfd, const char *intent)
{
	unlinkat(dirfd, "lower.new", 0);
	unlinkat(dirfd, "upper.new", AT_REMOVEDIR);
	unlinkat(dirfd, intent, 0);
}

/* Step 1. chain: "" for none. */
static int record_origin(int dirfd, const char *chain, struct error *err)
{
	if (symlinkat(*chain ? chain : no_origin, dirfd, "origin") != 0 && errno != EEXIST)
		return error_errno(err, errno, "cannot record the origin");
	return 0;
}

/* Steps 2 and 3. */
static int prepare(int dirfd, const char *intent, const char *chain, struct error *err)
{
	undo(dirfd, intent);
	if (symlinkat(chain, dirfd, intent) == 0 && symlinkat(chain, dirfd, "lower.new") == 0 &&
		make_dir(dirfd, "upper.new", 0755) == 0)
		return 0;
	/* xfs(5) has symbolic links of at most 1024 bytes */
	if (errno == ENAMETOOLONG)
		return error_set(err, ERROR_TOO_LARGE, "too many layers below each other: %zu",
			(strlen(chain) + 1) / (ID_LEN + 1));
	return error_errno(err, errno, "cannot prepare the layer");
}

/* Steps 5 to 7, as far as they are not done. */
static int complete(int dirfd, const char *intent, const char *snapshot, struct error *err)
{
	if (renameat(dirfd, "lower.new", dirfd, "lower") != 0 && errno != ENOENT)
		return error_errno(err, errno, "cannot put the layer below");
	if (renameat(dirfd, "upper.new", dirfd, "upper") != 0 && errno != ENOENT)
		return error_errno(err, errno, "cannot make the upper directory");
	if (renameat(dirfd, intent, dirfd, snapshot) != 0)
		return error_errno(err, errno, "cannot name the snapshot");
	return 0;
}

/* True if a directory has no entries; false also if it cannot be told. */
static bool is_empty(int dirfd, const char *name)
{
	struct strings names = {0};
	bool empty = dir_list(dirfd, name, &names) == 0 && names.n == 0;

	strings_free(&names);
	return empty;
}

/* Steps 1 to 7 with the new chain. */
static int freeze(struct storage *st, int dirfd, const char *chain, const char *intent,
	const char *path, struct error *err)
{
	char id[ID_LEN + 1] = "";

	memcpy(id, chain, ID_LEN);
	if (prepare(dirfd, intent, chain, err) != 0) {
		undo(dirfd, intent);
		return -1;
	}
	/* a container may have changed the root directory itself; its clones have their own */
	if (fchownat(dirfd, "upper", 0, 0, 0) != 0 || fchmodat(dirfd, "upper", 0755, 0) != 0 ||
		renameat(dirfd, "upper", st->layers, id) != 0) {
		error_errno(err, errno, "cannot freeze the upper directory");
		undo(dirfd, intent);
		return -1;
	}
	return complete(dirfd, intent, path, err);
}

/* Names the chain that the dataset has already as the snapshot. */
static int name_chain(int dirfd, const char *chain, const char *path, struct error *err)
{
	if (symlinkat(chain, dirfd, path) != 0)
		return error_errno(err, errno, "cannot name the snapshot");
	return 0;
}

static void layers_unsynced(struct storage *st)
{
	pthread_mutex_lock(&st->sync_lock);
	st->unsynced = true;
	pthread_mutex_unlock(&st->sync_lock);
}

/* Freezes what is above the chain, into which as much of it is taken as is worth it. */
static int add_layer(struct storage *st, int dirfd, const char *chain, const char *intent,
	const char *path, struct error *err)
{
	char grown[CHAIN_SIZE + ID_LEN + 1], id[ID_LEN + 1];
	const char *tail;
	size_t folded;

	if (find_origin(dirfd, chain, &tail, err) != 0)
		return -1;
	/* behind the last of a chain there is no ':' */
	folded = layers_fold(st, dirfd, chain, (size_t)(tail - chain + 1) / (ID_LEN + 1));
	chain = folded * (ID_LEN + 1) > strlen(chain) ? "" : chain + folded * (ID_LEN + 1);
	id_new(id);
	snprintf(grown, sizeof(grown), *chain ? "%s:%s" : "%s", id, chain);
	if (strlen(grown) >= CHAIN_SIZE)
		return error_set(err, ERROR_TOO_LARGE, "too many layers below each other: %zu",
			(strlen(grown) + 1) / (ID_LEN + 1));
	return freeze(st, dirfd, grown, intent, path, err);
}

int layers_snapshot(struct storage *st, int dirfd, const char *dataset, const char *snapshot,
	bool sync, struct error *err)
{
	char chain[CHAIN_SIZE];
	AUTO_FREE char *path = xasprintf("snapshots/%s", snapshot);
	AUTO_FREE char *intent = xasprintf("snapshots/.%s", snapshot);
	bool unchanged;
	struct stat stat;
	int rc;

	if (layers_repair(st, dirfd, err) != 0 || chain_read(dirfd, "lower", chain, err) < 0)
		return -1;
	if (make_dir(dirfd, "snapshots", 0755) != 0 && errno != EEXIST)
		return error_errno(err, errno, "cannot make the directory of snapshots");
	if (fstatat(dirfd, path, &stat, AT_SYMLINK_NOFOLLOW) == 0)
		return error_set(
			err, ERROR_CONFLICT, "%s has a snapshot %s already", dataset, snapshot);
	unchanged = *chain && is_empty(dirfd, "upper");
	if (unchanged)
		rc = name_chain(dirfd, chain, path, err);
	else
		rc = record_origin(dirfd, chain, err) != 0
			     ? -1
			     : add_layer(st, dirfd, chain, intent, path, err);
	if (rc == 0 && sync && syncfs(dirfd) != 0)
		return error_errno(err, errno, "cannot write the data to disk");
	if (rc == 0 && !sync && !unchanged)
		layers_unsynced(st);
	return rc;
}

/* One intent, "snapshots/.S": completes or drops it. */
static int repair_one(struct storage *st, int dirfd, const char *name, struct error *err)
{
	AUTO_FREE char *intent = xasprintf("snapshots/%s", name);
	AUTO_FREE char *path = xasprintf("snapshots/%s", name + 1);
	char chain[CHAIN_SIZE], id[ID_LEN + 1] = "";
	struct stat stat;

	if (chain_read(dirfd, intent, chain, err) <= 0)
		return -1;
	memcpy(id, chain, ID_LEN);
	if (fstatat(st->layers, id, &stat, AT_SYMLINK_NOFOLLOW) == 0)
		return complete(dirfd, intent, path, err);
	if (errno != ENOENT)
		return error_errno(err, errno, "cannot look for the layer %s", id);
	undo(dirfd, intent);
	return 0;
}

int layers_repair(struct storage *st, int dirfd, struct error *err)
{
	struct strings names = {0};
	int rc = 0;

	if (dir_list(dirfd, "snapshots", &names) != 0)
		return errno == ENOENT ? 0 : error_errno(err, errno, "cannot read the snapshots");
	for (size_t i = 0; i < names.n && rc == 0; i++)
		if (names.v[i][0] == '.' && name_valid(names.v[i] + 1))
			rc = repair_one(st, dirfd, names.v[i], err);
	strings_free(&names);
	return rc;
}

int layers_discard(struct storage *st, int dirfd, struct error *err)
{
	AUTO(strings_free) struct strings owned = {0};
	char trashed[TRASH_NAME];

	if (layers_owned(dirfd, &owned, err) != 0)
		return -1;
	for (size_t i = 0; i < owned.n; i++) {
		struct error later;

		if (trash_move(st, st->layers, owned.v[i], "tree", trashed) != 0) {
			if (errno == ENOENT) /* an earlier try got that far */
				continue;
			return error_errno(err, errno, "cannot remove the layer %s", owned.v[i]);
		}
		if (trash_delete(st, trashed, &later) != 0)
			log_warning("%s", later.message); /* it is tried again */
	}
	return 0;
}
