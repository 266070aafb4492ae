/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/mounts.h"

#include <string.h>

#define MOUNT_OPTION "--mount"

const struct option mount_options[] = {
	{"mount", 'm', OPTION_LIST, "SRC:DST[:rw|ro]", NULL,
		"mount a volume, or what is at SRC on the host if that begins with '/'; or "
		"type=bind|volume|tmpfs,source=SRC,destination=DST[,readonly]"},
	{"volume", 'v', OPTION_LIST, "SRC:DST[:rw|ro]", NULL,
		"the same; DST alone: a volume of the container's own, without a name"},
	{"tmpfs", 0, OPTION_LIST, "DST[:OPTIONS]", NULL,
		"mount an empty file system in memory: size=64m, mode=0755, ro, noexec"},
	{0},
};

/* What KEY=VALUE of a mount stands for. */
enum key { KEY_TYPE, KEY_SOURCE, KEY_DESTINATION, KEY_READ_ONLY, KEY_TMPFS, KEY_PROPAGATION };

static const struct {
	const char *name;
	enum key key;
	const char *option; /* KEY_TMPFS: what the file system calls it */
} keys[] = {
	{"type", KEY_TYPE, NULL},
	{"source", KEY_SOURCE, NULL},
	{"src", KEY_SOURCE, NULL},
	{"destination", KEY_DESTINATION, NULL},
	{"dst", KEY_DESTINATION, NULL},
	{"target", KEY_DESTINATION, NULL},
	{"readonly", KEY_READ_ONLY, NULL},
	{"ro", KEY_READ_ONLY, NULL},
	{"tmpfs-size", KEY_TMPFS, "size"},
	{"tmpfs-mode", KEY_TMPFS, "mode"},
	{"bind-propagation", KEY_PROPAGATION, NULL},
};

/* Other names of the types that kleened has. */
static const struct {
	const char *name, *type;
} types[] = {{"bind", "nullfs"}, {"nullfs", "nullfs"}, {"volume", "volume"}, {"tmpfs", "tmpfs"}};

/* 512m, 2G: what others have -m for. */
static bool is_size(const char *text)
{
	size_t digits = strspn(text, "0123456789.");

	return digits > 0 && strspn(text + digits, "bkmgtBKMGTi") == strlen(text + digits);
}

static int bad(const char *text, const char *why, struct error *err)
{
	return error_set(err, ERROR_INVALID, MOUNT_OPTION ": '%s': %s", text, why);
}

static json_t *made(json_t *mount, const char *text, struct error *err)
{
	if (mount == NULL)
		bad(text, "it is not valid UTF-8", err);
	return mount;
}

/* A volume that kleened makes up a name for. */
static json_t *unnamed(const char *destination, bool read_only, const char *text, struct error *err)
{
	return made(json_pack("{s:s, s:s, s:s, s:b}", "type", "volume", "source", "", "destination",
			    destination, "read_only", read_only),
		text, err);
}

static json_t *parse_words(const char *text, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(text);
	char *rest = copy, *source = strsep(&rest, ":"), *destination = strsep(&rest, ":");
	const char *mode = rest, *why = NULL;

	if (destination == NULL && *source == '/')
		return unnamed(source, false, text, err);
	if (destination == NULL && is_size(source))
		why = "it looks like a size, which --memory limits the memory to; --mount and -m "
		      "take SRC:DST[:rw|ro]";
	else if (destination == NULL)
		why = "expected SRC:DST[:rw|ro], or type=volume,source=SRC,destination=DST";
	else if (*source == '\0')
		why = "the source is missing";
	else if (*destination != '/')
		why = "the destination must be an absolute path";
	else if (mode != NULL && strcmp(mode, "rw") != 0 && strcmp(mode, "ro") != 0)
		why = "expected 'rw' or 'ro' behind the destination; paths with ':' are written "
		      "type=bind,source=SRC,destination=DST";
	if (why != NULL) {
		bad(text, why, err);
		return NULL;
	}
	return made(json_pack("{s:s, s:s, s:s, s:b}", "type", *source == '/' ? "nullfs" : "volume",
			    "source", source, "destination", destination, "read_only",
			    mode != NULL && strcmp(mode, "ro") == 0),
		text, err);
}

/* ---- KEY=VALUE ---- */

/* What was said of a mount; strings are parts of one text. */
struct said {
	const char *type, *source, *destination;
	bool read_only;
	struct buffer options;
};

static int take_boolean(const char *text, const char *value, bool *on, struct error *err)
{
	static const char *const words[] = {"false", "0", "true", "1"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (value == NULL || strcmp(value, words[i]) == 0) {
			*on = value == NULL || i > 1;
			return 0;
		}
	}
	return bad(text, "expected true or false behind 'readonly='", err);
}

static int take_type(const char *text, const char *value, struct said *m, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i].name, value) == 0)
			m->type = types[i].type;
	return m->type != NULL ? 0 : bad(text, "the types are bind, volume and tmpfs", err);
}

static int take_pair(const char *text, char *pair, struct said *m, struct error *err)
{
	char *value = strchr(pair, '=');
	size_t i = 0;

	if (value != NULL)
		*value++ = '\0';
	while (i < ARRAY_SIZE(keys) && strcmp(keys[i].name, pair) != 0)
		i++;
	if (i == ARRAY_SIZE(keys))
		return error_set(
			err, ERROR_INVALID, MOUNT_OPTION ": '%s': unknown key '%s'", text, pair);
	if (keys[i].key == KEY_READ_ONLY)
		return take_boolean(text, value, &m->read_only, err);
	if (value == NULL || *value == '\0')
		return error_set(
			err, ERROR_INVALID, MOUNT_OPTION ": '%s': '%s' needs a value", text, pair);
	if (keys[i].key == KEY_TYPE)
		return take_type(text, value, m, err);
	if (keys[i].key == KEY_SOURCE)
		m->source = value;
	else if (keys[i].key == KEY_DESTINATION)
		m->destination = value;
	else if (keys[i].key == KEY_TMPFS)
		buffer_printf(&m->options, "%s%s=%s", m->options.len > 0 ? "," : "", keys[i].option,
			value);
	else if (strcmp(value, "private") != 0 && strcmp(value, "rprivate") != 0)
		return bad(text, "mounts of containers are always private", err);
	return 0;
}

static int check_said(const char *text, const struct said *m, struct error *err)
{
	bool tmpfs = m->type != NULL && strcmp(m->type, "tmpfs") == 0;
	bool bind = m->type != NULL && strcmp(m->type, "nullfs") == 0;

	if (m->destination == NULL)
		return bad(text, "the destination is missing", err);
	if (*m->destination != '/')
		return bad(text, "the destination must be an absolute path", err);
	if (tmpfs && m->source != NULL)
		return bad(text, "a tmpfs has no source", err);
	if (bind && m->source == NULL)
		return bad(text, "the source is missing", err);
	if (!tmpfs && m->options.len > 0)
		return bad(text, "size and mode are those of a tmpfs", err);
	return 0;
}

static json_t *parse_pairs(const char *text, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(text);
	char *rest = copy, *pair;
	struct said m = {0};
	json_t *mount = NULL;
	int rc = 0;

	while (rc == 0 && (pair = strsep(&rest, ",")) != NULL)
		rc = take_pair(text, pair, &m, err);
	if (rc == 0 && check_said(text, &m, err) == 0) {
		mount = made(json_pack("{s:s, s:s, s:s, s:b}", "type",
				     m.type != NULL ? m.type : "volume", "source",
				     m.source != NULL ? m.source : "", "destination", m.destination,
				     "read_only", m.read_only),
			text, err);
		if (mount != NULL && m.options.len > 0)
			json_object_set_new(mount, "options", json_string(m.options.data));
	}
	buffer_free(&m.options);
	return mount;
}

/* Whether the text begins with one of the keys: a volume's name has no '=' in it. */
static bool has_pairs(const char *text)
{
	size_t len = strcspn(text, "=,:/");

	for (size_t i = 0; i < ARRAY_SIZE(keys) && text[len] == '='; i++)
		if (strlen(keys[i].name) == len && strncmp(keys[i].name, text, len) == 0)
			return true;
	return false;
}

json_t *mount_parse(const char *text, struct error *err)
{
	return has_pairs(text) ? parse_pairs(text, err) : parse_words(text, err);
}

json_t *tmpfs_parse(const char *text, struct error *err)
{
	size_t len = strcspn(text, ":");
	AUTO_FREE char *destination = xstrndup(text, len);

	if (*text != '/') {
		error_set(err, ERROR_INVALID, "--tmpfs: '%s': expected an absolute path", text);
		return NULL;
	}
	return made(json_pack("{s:s, s:s, s:s, s:s}", "type", "tmpfs", "source", "", "destination",
			    destination, "options", text[len] == ':' ? text + len + 1 : ""),
		text, err);
}

json_t *mounts(const struct args *args, struct error *err)
{
	static const struct {
		const char *option;
		json_t *(*parse)(const char *text, struct error *err);
	} options[] = {{"mount", mount_parse}, {"volume", mount_parse}, {"tmpfs", tmpfs_parse}};
	json_t *all = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(options) && all != NULL; i++) {
		json_t *list = klee_option_list(args, options[i].option, options[i].parse, err);

		if (list != NULL) {
			json_array_extend(all, list);
			json_decref(list);
		} else {
			json_decref(all);
			all = NULL;
		}
	}
	return all;
}
