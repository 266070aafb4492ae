/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The overlay storage driver's own parts. On disk, under the root directory (mode 0700):
 *
 *     layer/<id>/            a read-only layer: the frozen upper directory of some dataset
 *     <kind>/<id>/           a dataset; it exists once it has an upper directory:
 *         upper/ work/       what overlayfs writes to
 *         lower              symbolic link: the chain of layers below upper; absent: none
 *         origin             symbolic link: the chain the dataset was cloned with, "-" for none;
 *                            made at its first snapshot, so absent while it owns no layer
 *         snapshots/<name>   symbolic link: the chain that the snapshot stands for
 *     trash/dataset-<id>     a destroyed dataset that may still own layers under layer/
 *     trash/tree-<id>        anything else that is to be deleted
 *
 * A chain is layer ids joined by ':', uppermost first, as mount(8) has it for lowerdir. It is the
 * target of a symbolic link because symlink(2) and rename(2) make that atomic, and reading it is
 * one system call. Chains only grow at their front, so every snapshot's chain is a tail of lower,
 * and a dataset owns the layers of lower that origin does not have.
 */
#ifndef HOST_LINUX_OVERLAY_H
#define HOST_LINUX_OVERLAY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/id.h"
#include "base/mem.h"

/*
 * Bytes of a chain with its NUL. mount(2) takes one page of options; what this leaves is for the
 * names of upper and work (storage_open limits the length of the root's) and the flags.
 */
#define CHAIN_SIZE 3072

#define KINDS 3

struct storage {
	char *root;
	int fd; /* the root, locked with flock(2) */
	int layers; /* root/layer */
	int trash; /* root/trash */
	int kinds[KINDS]; /* root/<overlay_kinds[i]> */
	pthread_mutex_t sync_lock;
	bool unsynced; /* there are layers that may not be on disk */
	pthread_mutex_t left_lock;
	struct strings left; /* names in the trash that could not be deleted */
};

extern const char *const overlay_kinds[KINDS];

/* A dataset as the directory of its kind, which stays the storage's, and its name in there. */
struct dataset {
	int kind;
	const char *id;
};

/* Reads the chain in the link at path: 1; 0 if there is no such link; -1 on error. */
int chain_read(int dirfd, const char *path, char chain[CHAIN_SIZE], struct error *err);

/* True if the chain contains one of the layers. */
bool chain_has_any(const char *chain, const struct strings *layers);

/*
 * Appends the layers that the dataset at dirfd made by its snapshots, each of which begins with its
 * own. What was interrupted must have been repaired.
 */
int layers_owned(int dirfd, struct strings *owned, struct error *err);

/*
 * Gives the upper directory of the dataset at dirfd what the uppermost layers of its chain hold, if
 * that is little: they need not be below it any more. own: how many layers of the chain are the
 * dataset's. The number of layers that were folded, 0 if it was not worth it or failed (which is
 * logged). What the dataset shows is the same at every moment.
 */
size_t layers_fold(struct storage *st, int dirfd, const char *chain, size_t own);

/*
 * Freezes the upper directory of the dataset at dirfd into a layer, see storage_snapshot. sync:
 * all is on disk when it returns.
 */
int layers_snapshot(struct storage *st, int dirfd, const char *dataset, const char *snapshot,
	bool sync, struct error *err);

/* Completes or undoes the snapshots of the dataset at dirfd that were interrupted. */
int layers_repair(struct storage *st, int dirfd, struct error *err);

/* Moves the layers that the dataset at dirfd owns to the trash. */
int layers_discard(struct storage *st, int dirfd, struct error *err);

/* Moves dirfd/name to the trash; *trashed, of TRASH_NAME bytes, is its name there. */
#define TRASH_NAME (sizeof("dataset-") + ID_LEN)
int trash_move(struct storage *st, int dirfd, const char *name, const char *prefix, char *trashed);

/*
 * Deletes trash/name, whatever it is: any depth, any names, immutable and append-only flags. Never
 * follows a link and never leaves the file system. What cannot be deleted is kept, see trash_again.
 */
int trash_delete(struct storage *st, const char *name, struct error *err);

/* Deletes all that is in the trash, with the layers that its datasets own. */
int trash_sweep(struct storage *st, struct error *err);

/* Has trash/name deleted later. */
void trash_keep(struct storage *st, const char *name);

/* Tries once more to delete what could not be: called when something else is removed. */
void trash_again(struct storage *st);

/*
 * Adds the bytes on disk of what is in the directory dirfd/name, and of itself, to *bytes; of one
 * that is not there nothing. Others may be changing it. ERROR_CONFLICT: too much, so that it would
 * have to be begun again.
 */
int tree_size(int dirfd, const char *name, uint64_t *bytes, struct error *err);

/* mkdir(2) with a mode that the umask does not change. */
int make_dir(int dirfd, const char *name, unsigned int mode);

/*
 * Makes what own_file_show puts below the layers of a container, unless it is there; before any is
 * launched. layers: the directory of all layers. What cannot be made is logged.
 */
void places_make(int layers);

/* Appends the names of what dirfd/name contains but "." and ".."; -1 with errno. */
int dir_list(int dirfd, const char *name, struct strings *names);

/*
 * Removes the mark with which an overlay of the option "volatile" keeps others from being mounted
 * with its work directory: what may be lost, storage_epoch tells.
 */
void dataset_clear_volatile(int dirfd);

/* Writes "<id>/<entry>" for use with ds->kind. */
#define DATASET_PATH 256
void dataset_path(char path[DATASET_PATH], const struct dataset *ds, const char *entry);

/*
 * Removes a dataset that an interrupted storage_create or storage_clone left without its upper
 * directory; -1 with errno if it is anything else.
 */
int dataset_drop_incomplete(const struct dataset *ds);

#endif
