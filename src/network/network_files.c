/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A container's own /etc/hosts and /etc/resolv.conf, which it sees (host/own_file.h) so that its
 * image stays as it is: with networks files below <storage directory>/net/<id>/, so that what it is
 * connected to while it runs shows at once.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/private.h"
#include "daemon/daemon.h"
#include "dataset/datasets.h"
#include "dns/resolver.h"
#include "host/own_file.h"
#include "net/settings.h"
#include "network/joining.h"
#include "network/rewrite.h"
#include "params/jailparam.h"

#define HOST_RESOLV_CONF "/etc/resolv.conf"
#define HOST_HOSTS	 "/etc/hosts"
#define LINE_LENGTH	 512
#define HOST_GATEWAY	 "host-gateway"
#define HOSTNAME_MAX	 254 /* with the colon behind it */
#define HOSTS_MAX	 65536 /* bytes of the host's file that a container gets */
#define SEARCH_LINES	 64 /* lines of a container's file that are looked at */

enum { HOSTS, RESOLV_CONF, FILES };

static const struct {
	const char *name, *destination;
} files[FILES] = {
	[HOSTS] = {"hosts", "/etc/hosts"},
	[RESOLV_CONF] = {"resolv.conf", "/etc/resolv.conf"},
};

static enum network_driver jail_driver(const struct container *c)
{
	enum network_driver driver = DRIVER_HOST;
	struct error ignored;

	network_driver_of(c->config, &driver, &ignored);
	return driver;
}

/* Whether its files can become others while it runs: then they are on disk. */
static bool can_change(const struct container *c)
{
	enum network_driver driver = jail_driver(c);

	return driver != DRIVER_HOST && driver != DRIVER_DISABLED;
}

/* A container without networks of its own keeps its image's resolv.conf, unless it has servers. */
static int files_of(const struct container *c)
{
	bool all = can_change(c) || json_array_size(json_object_get(c->config, "dns")) > 0;

	return all ? FILES : HOSTS + 1;
}

static char *directory_of(struct daemon *d, const char *id)
{
	return xasprintf("%s/net/%s", storage_directory(d->storage), id);
}

static char *path_of(struct daemon *d, const char *id, int file)
{
	AUTO_FREE char *directory = directory_of(d, id);

	return xasprintf("%s/%s", directory, files[file].name);
}

/* ---- what is in them ---- */

/* "NAME:ADDRESS": where the address begins, NULL if there is none behind a host's name. */
static const char *split_host(const char *text)
{
	size_t len =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

	return len > 0 && len < HOSTNAME_MAX && text[len] == ':' ? text + len + 1 : NULL;
}

int network_files_check(const json_t *config, struct error *err)
{
	const json_t *servers = json_object_get(config, "dns");
	struct address a;
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(config, "extra_hosts"), i, item) {
		const char *text = json_string_value(item), *address = split_host(text);

		if (address == NULL)
			return error_set(err, ERROR_INVALID,
				"extra_hosts: '%s': expected NAME:ADDRESS", text);
		if (strcmp(address, HOST_GATEWAY) != 0 &&
			address_parse(address, AF_UNSPEC, &a, err) != 0)
			return error_prefix(err, "extra_hosts: %s", text);
	}
	if (json_array_size(servers) > SERVERS_MAX)
		return error_set(
			err, ERROR_INVALID, "dns: there are more than %d servers", SERVERS_MAX);
	json_array_foreach ((json_t *)(uintptr_t)servers, i, item)
		if (address_parse(json_string_value(item), AF_UNSPEC, &a, err) != 0)
			return error_prefix(err, "dns");
	return 0;
}

/* The lines that the user has asked for. */
static void put_extra_hosts(
	const struct container *c, const struct network_view *view, struct buffer *out)
{
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(c->config, "extra_hosts"), i, item) {
		const char *text = json_string_value(item), *address = split_host(text);
		char gateway[ADDRESS_TEXT_MAX] = "";

		if (address == NULL)
			continue;
		if (strcmp(address, HOST_GATEWAY) == 0) {
			for (int k = FAMILIES - 1; k >= 0; k--)
				if (!address_is_none(&view->resolver[k]))
					address_format(&view->resolver[k], gateway);
			address = view->member.nendpoints > 0 ? gateway : "127.0.0.1";
		}
		if (*address != '\0')
			buffer_printf(out, "%s\t%.*s\n", address, (int)strcspn(text, ":"), text);
	}
}

/* What the host knows, a container with its network is to know as well. */
static void copy_hosts(struct buffer *out)
{
	FILE *f = fopen(HOST_HOSTS, "re");
	char line[LINE_LENGTH];

	while (f != NULL && out->len < HOSTS_MAX && fgets(line, sizeof(line), f) != NULL)
		buffer_puts(out, line);
	if (f != NULL)
		fclose(f);
}

static void put_hosts(const struct container *c, const char *hostname,
	const struct network_view *view, struct buffer *out)
{
	bool same = strcmp(hostname, c->name) == 0 || hostname[0] == '\0';
	char text[ADDRESS_TEXT_MAX];

	buffer_puts(out, "127.0.0.1\tlocalhost\n::1\tlocalhost\n");
	for (size_t i = 0; i < view->member.nendpoints; i++)
		for (int k = 0; k < FAMILIES; k++)
			if (!address_is_none(&view->member.places[i].address[k]))
				buffer_printf(out, "%s\t%s%s%s\n",
					address_format(&view->member.places[i].address[k], text),
					same ? "" : hostname, same ? "" : " ", c->name);
	if (view->member.nendpoints == 0)
		buffer_printf(out, "127.0.0.1\t%s%s%s\n::1\t%s%s%s\n", same ? "" : hostname,
			same ? "" : " ", c->name, same ? "" : hostname, same ? "" : " ", c->name);
	put_extra_hosts(c, view, out);
	if (jail_driver(c) == DRIVER_HOST)
		copy_hosts(out);
}

static bool begins_with(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncmp(line, word, len) == 0 && (line[len] == ' ' || line[len] == '\t');
}

/* A server on the host itself is not to be found at that address by a container. */
static bool is_loopback(const char *line)
{
	const char *address = line + strcspn(line, " \t");

	address += strspn(address, " \t");
	return strncmp(address, "127.", 4) == 0 || strncmp(address, "::1", 3) == 0;
}

/* The host's settings; its servers only where the container has no resolver of ours. */
static void copy_host(bool servers, struct buffer *out)
{
	FILE *f = fopen(HOST_RESOLV_CONF, "re");
	char line[LINE_LENGTH];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		bool server = begins_with(line, "nameserver");

		if (begins_with(line, "search") || begins_with(line, "domain") ||
			begins_with(line, "options") || (server && servers && !is_loopback(line)))
			buffer_puts(out, line);
	}
	if (f != NULL)
		fclose(f);
}

/* Where there is no resolver of ours, which asks them for the container otherwise. */
static void put_servers(const struct container *c, struct buffer *out)
{
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(c->config, "dns"), i, item)
		buffer_printf(out, "nameserver %s\n", json_string_value(item));
}

static void put_resolv_conf(
	const struct container *c, const struct network_view *view, struct buffer *out)
{
	const bool servers = json_array_size(json_object_get(c->config, "dns")) > 0;
	char text[ADDRESS_TEXT_MAX];
	bool own = false;

	for (int i = 0; i < FAMILIES; i++) {
		/* a container asks where it has an address to ask from */
		if (view->member.nendpoints == 0 || address_is_none(&view->resolver[i]) ||
			address_is_none(&view->member.places[0].address[i]))
			continue;
		buffer_printf(out, "nameserver %s\n", address_format(&view->resolver[i], text));
		own = true;
	}
	if (!own)
		put_servers(c, out);
	copy_host(!own && !servers && view->member.nendpoints > 0, out);
}

/* ---- writing ---- */

/* In place: this very file may be mounted. */
static int write_file(
	struct daemon *d, const char *id, int file, const struct buffer *text, struct error *err)
{
	AUTO_FREE char *path = path_of(d, id, file);
	AUTO_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	int errnum = fd < 0 ? errno : rewrite(fd, text);

	return errnum == 0 ? 0 : error_errno(err, errnum, "cannot write %s", path);
}

static void texts_free(struct buffer texts[FILES])
{
	for (int i = 0; i < FILES; i++)
		buffer_free(&texts[i]);
}

/* Fills in the texts, and writes those that can change to disk. The caller frees them. */
static int write_files(struct daemon *d, const struct container *c, const char *hostname,
	const struct network_view *view, struct buffer texts[FILES], struct error *err)
{
	put_hosts(c, hostname, view, &texts[HOSTS]);
	put_resolv_conf(c, view, &texts[RESOLV_CONF]);
	for (int i = 0; i < files_of(c) && can_change(c); i++)
		if (write_file(d, c->id, i, &texts[i], err) != 0)
			return -1;
	return 0;
}

/* ---- what the container sees ---- */

/* Where the host has the container's root directory. */
static char *root_of(struct daemon *d, const char *id)
{
	AUTO_FREE char *dataset = dataset_name("container", id);

	return storage_path(d->storage, dataset);
}

/* Whether the user mounts something there, or around it. */
static bool is_mounted(const json_t *mounts, const char *destination)
{
	json_t *mount;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)mounts, i, mount) {
		const char *own = json_string_value(json_object_get(mount, "destination"));

		if (own != NULL && (strcmp(own, destination) == 0 || strcmp(own, "/etc") == 0 ||
					   strcmp(own, "/etc/") == 0))
			return true;
	}
	return false;
}

/* Shows the container, which is to be launched if there is a jail, what is in the files. */
static int show(struct daemon *d, const struct container *c, const struct buffer texts[FILES],
	struct jail_config *jail, struct error *err)
{
	AUTO_FREE char *root = root_of(d, c->id);
	int result = 0;

	for (int i = 0; i < files_of(c) && result == 0; i++) {
		AUTO_FREE char *path = path_of(d, c->id, i);
		const struct own_file f = {.path = can_change(c) ? path : NULL,
			.destination = files[i].destination,
			.text = &texts[i]};

		if (is_mounted(json_object_get(c->config, "mounts"), f.destination))
			continue;
		result = jail != NULL ? own_file_show(&f, root, jail, err)
				      : own_file_update(&f, root, err);
	}
	return result;
}

int network_files_make(struct daemon *d, const struct container *c, const char *hostname,
	const struct network_view *view, struct jail_config *jail, struct error *err)
{
	AUTO_FREE char *all = xasprintf("%s/net", storage_directory(d->storage));
	AUTO_FREE char *directory = directory_of(d, c->id);
	struct buffer texts[FILES] = {0};
	int result;

	if (can_change(c) &&
		(private_directory(all, err) != 0 || private_directory(directory, err) != 0))
		return -1;
	result = write_files(d, c, hostname, view, texts, err);
	if (result == 0)
		result = show(d, c, texts, jail, err);
	texts_free(texts);
	return result;
}

/* Takes the words behind the first. */
static void take_domains(char *line, struct strings *domains)
{
	strsep(&line, " \t");
	for (char *word; (word = strsep(&line, " \t\n")) != NULL;) {
		size_t len = strlen(word);

		if (len > 0 && word[len - 1] == '.')
			word[len - 1] = '\0';
		for (char *c = word; *c != '\0'; c++)
			*c = (char)tolower((unsigned char)*c);
		if (*word != '\0')
			strings_add(domains, word);
	}
}

void network_files_search(struct daemon *d, const char *id, struct strings *domains)
{
	AUTO_FREE char *path = path_of(d, id, RESOLV_CONF);
	FILE *f = fopen(path, "re");
	char line[LINE_LENGTH];

	for (int i = 0; f != NULL && i < SEARCH_LINES && fgets(line, sizeof(line), f) != NULL; i++)
		if (begins_with(line, "search") || begins_with(line, "domain"))
			take_domains(line, domains);
	if (f != NULL)
		fclose(f);
}

void network_files_update(
	struct daemon *d, const struct container *c, const struct network_view *view)
{
	AUTO(jail_settings_free) struct jail_settings settings = {0};
	struct buffer texts[FILES] = {0};
	struct error err;

	if (jail_settings_parse(json_object_get(c->config, "jail_param"), c->id, &settings, &err) !=
			0 ||
		write_files(d, c, settings.hostname, view, texts, &err) != 0 ||
		show(d, c, texts, NULL, &err) != 0)
		log_error("container %s: %s", c->id, err.message);
	texts_free(texts);
}

void network_files_withdraw(struct daemon *d, const char *id)
{
	AUTO_FREE char *root = root_of(d, id);
	struct error err;

	for (int i = 0; i < FILES; i++)
		if (own_file_withdraw(files[i].destination, root, &err) != 0)
			log_error("container %s: %s", id, err.message);
}

int network_files_remove(struct daemon *d, const char *id, struct error *err)
{
	AUTO_FREE char *directory = directory_of(d, id);

	for (int i = 0; i < FILES; i++) {
		AUTO_FREE char *path = path_of(d, id, i);

		if (unlink(path) != 0 && errno != ENOENT)
			return error_errno(err, errno, "cannot remove %s", path);
	}
	if (rmdir(directory) != 0 && errno != ENOENT)
		return error_errno(err, errno, "cannot remove %s", directory);
	return 0;
}
