/* SPDX-License-Identifier: BSD-2-Clause */
#include "params/fstab.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define BLANKS	 " \t\r\n"
#define FILE_MAX (256u << 10) /* bytes of a file */

enum field { DEVICE, MOUNT_POINT, TYPE, OPTIONS, FIELDS };

/* ---- fields ---- */

/* Takes the next field from *at, "\040" being a blank; NULL at the end. The caller frees. */
static char *next_field(const char **at)
{
	struct buffer out = {0};
	const char *p = *at + strspn(*at, BLANKS);

	if (*p == '\0' || *p == '#')
		return NULL;
	for (; *p != '\0' && strchr(BLANKS, *p) == NULL; p++) {
		char c = *p;

		if (c == '\\' && strspn(p + 1, "01234567") >= 3) {
			c = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 3;
		}
		buffer_add(&out, &c, 1);
	}
	*at = p;
	return out.data;
}

/* True for an absolute path without "..", which would say something else after a link. */
static bool path_ok(const char *path)
{
	const char *p = path;

	if (path[0] != '/')
		return false;
	while ((p = strstr(p, "/..")) != NULL) {
		if (p[3] == '\0' || p[3] == '/')
			return false;
		p += 3;
	}
	return true;
}

/* ---- options ---- */

static const struct option {
	const char *name;
	bool value;
	bool bind, tmpfs, other; /* which file systems have it */
} options[] = {
	{"ro", false, true, true, true},
	{"rw", false, true, true, true},
	{"late", false, true, true, true},
	{"bind", false, true, false, false},
	{"rbind", false, true, false, false},
	{"noexec", false, false, true, true},
	{"nosuid", false, false, true, true},
	{"nodev", false, false, true, true}, /* which they are anyway */
	{"size", true, false, true, false},
	{"mode", true, false, true, false},
	{"uid", true, false, true, false},
	{"gid", true, false, true, false},
	{"inodes", true, false, true, false},
};

static bool applies(const struct option *o, const char *type)
{
	if (type == NULL)
		return o->bind;
	return strcmp(type, "tmpfs") == 0 ? o->tmpfs : o->other;
}

/* Numbers with, for sizes, a unit behind them: nothing that could begin another option. */
static bool value_ok(const char *name, const char *value)
{
	size_t n = strspn(value, strcmp(name, "mode") == 0 ? "01234567" : "0123456789");

	if (n == 0 || n > 15)
		return false;
	if (strcmp(name, "size") == 0 && value[n] != '\0' && strchr("kKmMgG", value[n]) != NULL)
		n++;
	return value[n] == '\0';
}

static const struct option *find_option(const char *text, size_t len, const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		size_t n = strlen(options[i].name);

		if (applies(&options[i], type) && len >= n &&
			memcmp(text, options[i].name, n) == 0 &&
			(options[i].value ? len > n && text[n] == '=' : len == n))
			return &options[i];
	}
	return NULL;
}

static int take_option(
	struct jail_mount *m, struct buffer *kept, const char *text, struct error *err)
{
	const struct option *o = find_option(text, strlen(text), m->type);

	if (o == NULL || (o->value && !value_ok(o->name, text + strlen(o->name) + 1)))
		return error_set(err, ERROR_INVALID, "bad option '%s' of %s", text,
			m->type ? m->type : "a mount of the host's files");
	if (strcmp(o->name, "ro") == 0)
		m->read_only = true;
	else if (strcmp(o->name, "rw") == 0)
		m->read_only = false;
	else if (m->type != NULL && strcmp(o->name, "late") != 0)
		buffer_printf(kept, "%s%s", kept->len > 0 ? "," : "", text);
	return 0;
}

int fstab_options(struct jail_mount *m, const char *text, struct error *err)
{
	struct buffer kept = {0};
	int result = 0;

	while (text != NULL && *text != '\0' && result == 0) {
		const char *comma = strchrnul(text, ',');
		AUTO_FREE char *one = xstrndup(text, (size_t)(comma - text));

		if (one[0] != '\0')
			result = take_option(m, &kept, one, err);
		text = *comma ? comma + 1 : NULL;
	}
	m->options = kept.data;
	return result;
}

/* ---- lines ---- */

static const struct type {
	const char *name, *type; /* NULL: a mount of the host's files */
	bool on[HOST_SYSTEMS];
} types[] = {
	{"nullfs", NULL, {true, true}},
	{"bind", NULL, {true, true}},
	{"none", NULL, {false, true}}, /* as Linux's fstab(5) has binds */
	{"tmpfs", "tmpfs", {true, true}},
	{"procfs", "procfs", {true, true}},
	{"proc", "procfs", {true, true}},
	{"fdescfs", "fdescfs", {true, false}},
	{"devfs", "devfs", {true, false}},
};

static int take_type(
	enum host_system system, const char *name, struct jail_mount *m, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(types[i].name, name) != 0)
			continue;
		if (!types[i].on[system] && system != HOST_LINUX)
			break;
		if (!types[i].on[system])
			return error_set(err, ERROR_INVALID,
				"on Linux %s cannot be mounted at a place of one's choice: there "
				"is "
				"mount.%s",
				name, name);
		m->type = types[i].type ? xstrdup(types[i].type) : NULL;
		return 0;
	}
	return error_set(
		err, ERROR_INVALID, "file system '%s' is not available in containers", name);
}

static int take_fields(
	enum host_system system, char *fields[FIELDS], struct jail_mount *m, struct error *err)
{
	if (fields[TYPE] == NULL)
		return error_set(err, ERROR_INVALID,
			"expected a device, a mount point and the type of a file system");
	if (!path_ok(fields[MOUNT_POINT]))
		return error_set(err, ERROR_INVALID,
			"mount point '%s' is not an absolute path in the container",
			fields[MOUNT_POINT]);
	if (take_type(system, fields[TYPE], m, err) != 0 ||
		fstab_options(m, fields[OPTIONS], err) != 0)
		return -1;
	if (m->type == NULL && fields[DEVICE][0] != '/')
		return error_set(err, ERROR_INVALID, "'%s' is not an absolute path on the host",
			fields[DEVICE]);
	m->source = take_ptr(&fields[DEVICE]);
	m->destination = take_ptr(&fields[MOUNT_POINT]);
	return 1;
}

int fstab_line(enum host_system system, const char *line, struct jail_mount *m, struct error *err)
{
	char *fields[FIELDS] = {NULL};
	int result = 0;

	*m = (struct jail_mount){0};
	for (size_t i = 0; i < FIELDS; i++)
		if ((fields[i] = next_field(&line)) == NULL)
			break;
	if (fields[0] != NULL)
		result = take_fields(system, fields, m, err);
	for (size_t i = 0; i < FIELDS; i++)
		free(fields[i]);
	if (result <= 0)
		fstab_mount_free(m);
	return result;
}

void fstab_mount_free(struct jail_mount *m)
{
	free(m->source);
	free(m->destination);
	free(m->type);
	free(m->options);
	*m = (struct jail_mount){0};
}

/* ---- all of them ---- */

static int add(
	enum host_system system, const char *line, struct jail_config *config, struct error *err)
{
	struct jail_mount m;
	int n = fstab_line(system, line, &m, err);

	if (n <= 0)
		return n;
	config->mounts = xrealloc(config->mounts, (config->nmounts + 1) * sizeof(m));
	config->mounts[config->nmounts++] = m;
	return 0;
}

static char *read_file(const char *path, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct buffer text = {0};
	struct stat st;
	char bytes[4096];
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) != 0) {
		error_errno(err, errno, "%s", path);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		error_set(err, ERROR_INVALID, "%s is not a file of up to %u bytes", path, FILE_MAX);
		return NULL;
	}
	buffer_add(&text, "", 0);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0 && text.len <= FILE_MAX)
		buffer_add(&text, bytes, (size_t)n);
	return text.data;
}

static int add_file(
	enum host_system system, const char *path, struct jail_config *config, struct error *err)
{
	AUTO_FREE char *text = read_file(path, err);
	unsigned int number = 1;

	if (text == NULL)
		return error_prefix(err, "jail parameter 'mount.fstab'");
	for (char *line = text, *end; *line != '\0'; line = end, number++) {
		end = strchrnul(line, '\n');
		if (*end != '\0')
			*end++ = '\0';
		if (add(system, line, config, err) != 0)
			return error_prefix(
				err, "jail parameter 'mount.fstab': %s line %u", path, number);
	}
	return 0;
}

int fstab_mounts(enum host_system system, const struct strings *lines, const char *path,
	struct jail_config *config, struct error *err)
{
	for (size_t i = 0; i < lines->n; i++)
		if (add(system, lines->v[i], config, err) != 0)
			return error_prefix(err, "jail parameter 'mount=%s'", lines->v[i]);
	return path ? add_file(system, path, config, err) : 0;
}
