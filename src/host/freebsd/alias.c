/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/alias.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "host/freebsd/announce.h"
#include "host/freebsd/host.h"
#include "host/freebsd/netif.h"

#define PREFIX "address-"

/* What a file says. */
struct note {
	char id[ID_LEN + 1]; /* of the endpoint */
	char interface[INTERFACE_MAX];
};

static char *path_of(const struct host *h, const struct address *a)
{
	char text[ADDRESS_TEXT_MAX];

	return xasprintf("%s/" PREFIX "%s", h->run_dir, address_format(a, text));
}

/* False if there is none, or its writer was killed before it had written: then nothing was added.
 */
static bool read_note(const char *path, struct note *note)
{
	FILE *f = fopen(path, "re");
	bool whole = f != NULL && fscanf(f, "%12s %15s", note->id, note->interface) == 2;

	if (f != NULL)
		fclose(f);
	return whole && id_valid(note->id);
}

bool alias_is_ours(const struct host *h, const struct address *a)
{
	AUTO_FREE char *path = path_of(h, a);

	return access(path, F_OK) == 0;
}

static int write_note(const char *path, const struct jail_endpoint *e, struct error *err)
{
	AUTO_FREE char *text = xasprintf("%s %s\n", e->id, e->network);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return error_errno(err, errno, "%s", path);
	return 0;
}

static unsigned int whole(const struct address *a)
{
	return a->family == AF_INET ? 32 : 128;
}

static int add(
	struct host *h, const struct jail_endpoint *e, const struct address *a, struct error *err)
{
	AUTO_FREE char *path = path_of(h, a);
	char text[ADDRESS_TEXT_MAX];
	struct note note;

	if (!read_note(path, &note) && netif_has_address(e->network, a))
		return error_set(err, ERROR_CONFLICT, "the host itself has the address %s on %s",
			address_format(a, text), e->network);
	if (write_note(path, e, err) < 0)
		return -1;
	return netif_add_address(e->network, a, whole(a), err);
}

static void remove_one(const struct host *h, const char *interface, const struct address *a)
{
	AUTO_FREE char *path = path_of(h, a);
	struct error err;

	if (netif_remove_address(interface, a, &err) < 0)
		log_error("%s", err.message);
	else
		unlink(path);
}

int aliases_add(struct host *h, const struct jail_endpoint *e, struct error *err)
{
	AUTO_CLOSE int bpf = -1;

	for (int i = 0; i < FAMILIES; i++)
		if (!address_is_none(&e->address[i]) && add(h, e, &e->address[i], err) < 0) {
			aliases_remove(h, e);
			return -1;
		}
	bpf = announce_open();
	announce(bpf, e->network, e);
	return 0;
}

void aliases_remove(struct host *h, const struct jail_endpoint *e)
{
	for (int i = 0; i < FAMILIES; i++) {
		AUTO_FREE char *path = path_of(h, &e->address[i]);
		struct note note;

		if (!address_is_none(&e->address[i]) && read_note(path, &note) &&
			strcmp(note.id, e->id) == 0)
			remove_one(h, note.interface, &e->address[i]);
	}
}

static void sweep(struct host *h, const struct strings *known, const char *text)
{
	AUTO_FREE char *path = xasprintf("%s/" PREFIX "%s", h->run_dir, text);
	char interface[INTERFACE_MAX];
	struct error ignored;
	struct address a;
	struct note note;

	if (address_parse(text, AF_UNSPEC, &a, &ignored) < 0)
		return;
	if (!read_note(path, &note)) {
		unlink(path);
		return;
	}
	endpoint_interface(note.id, interface);
	if (strings_has(known, interface))
		return;
	log_notice("address %s on %s was left of a container: it is removed", text, note.interface);
	remove_one(h, note.interface, &a);
}

void aliases_sweep(struct host *h, const struct strings *known)
{
	DIR *d = opendir(h->run_dir);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0)
			sweep(h, known, entry->d_name + strlen(PREFIX));
	if (d != NULL)
		closedir(d);
}
