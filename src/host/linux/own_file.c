#include "host/own_file.h"

int own_file_show(
	const struct own_file *f, const char *root, struct jail_config *jail, struct error *err)
{
	jail->mounts = xrealloc(jail->mounts, (jail->nmounts + 1) * sizeof(*jail->mounts));
	jail->mounts[jail->nmounts++] = (struct jail_mount){
		.source = xstrdup(f->path), .destination = xstrdup(f->destination)};
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
