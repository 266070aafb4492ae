/* The private /dev of a container. */
#ifndef HOST_LINUX_DEV_H
#define HOST_LINUX_DEV_H

#include <stdbool.h>

#include "base/error.h"

#define DEV_FILES 6

/* What is prepared while the host's tree is still there. */
struct dev {
	int devpts; /* of the container's own, fsmount(2) */
	int files[DEV_FILES]; /* detached mounts of the host's devices */
	bool opened;
};

int dev_open(struct dev *dev, struct error *err);
void dev_close(struct dev *dev);

/* Mounts and fills /dev. mqueue: with mq_overview(7)'s file system. */
int dev_mount(const struct dev *dev, bool mqueue, struct error *err);

/* mount(2) of a pseudo file system; its directory is made when missing. */
int pseudo_mount(const char *type, const char *path, unsigned long flags, const char *options,
	struct error *err);

#endif
