/* SPDX-License-Identifier: BSD-2-Clause */
#include "build/noted.h"

#include <stdlib.h>
#include <string.h>

#include "base/signals.h"
#include "build/assignments.h"
#include "build/copy.h"
#include "dataset/mounts.h"
#include "json/json.h"

#define PORT_MAX 65535

/* ---- commands ---- */

void command_words(
	const struct build *b, const struct instruction *i, const char *text, struct strings *words)
{
	const json_t *shell = json_object_get(b->noted, "shell");

	if (i->json) {
		strings_copy(words, &i->list);
		return;
	}
	if (shell != NULL) {
		json_add_strings(words, shell);
	} else {
		strings_add(words, "/bin/sh");
		strings_add(words, "-c");
	}
	strings_add(words, text);
}

static json_t *command(const struct build *b, const struct instruction *i)
{
	AUTO(strings_free) struct strings words = {0};

	command_words(b, i, i->rest, &words);
	return step_json_strings(&words);
}

int do_cmd(struct build *b, const struct instruction *i, struct error *err)
{
	json_decref(b->cmd);
	b->cmd = command(b, i);
	b->has_cmd = true;
	return 0;
}

/* The command of FROM's image was not meant as what stands behind this. */
int do_entrypoint(struct build *b, const struct instruction *i, struct error *err)
{
	json_object_set_new(b->noted, "entrypoint", command(b, i));
	if (!b->has_cmd)
		json_array_clear(b->cmd);
	return 0;
}

int do_shell(struct build *b, const struct instruction *i, struct error *err)
{
	json_object_set_new(b->noted, "shell", step_json_strings(&i->list));
	return 0;
}

/* ---- what is told of the image ---- */

/* Adds to a list of the image what is not in it yet. */
static void add_once(struct build *b, const char *list, const char *text)
{
	json_t *items = json_object_get(b->noted, list), *item;
	size_t k;

	if (items == NULL) {
		items = json_array();
		json_object_set_new(b->noted, list, items);
	}
	json_array_foreach (items, k, item)
		if (strcmp(json_string_value(item), text) == 0)
			return;
	json_array_append_new(items, json_string(text));
}

/* Takes a number from 1 to 65535 off the text; 0: there is none. */
static unsigned long take_port(const char **text)
{
	size_t digits = strspn(*text, "0123456789");
	unsigned long port = digits > 0 && digits <= 5 ? strtoul(*text, NULL, 10) : 0;

	*text += digits;
	return port <= PORT_MAX ? port : 0;
}

/* "80", "80/tcp", "8000-8010/udp" */
static int add_ports(struct build *b, const char *text, struct error *err)
{
	const char *at = text;
	unsigned long first = take_port(&at), last = first;
	AUTO_FREE char *port = NULL;

	if (*at == '-') {
		at++;
		last = take_port(&at);
	}
	if (first == 0 || last < first ||
		(*at != '\0' && strcmp(at, "/tcp") != 0 && strcmp(at, "/udp") != 0))
		return error_set(err, ERROR_INVALID,
			"'%.80s' is no port: expected PORT, or PORT-LAST, and /tcp or /udp behind "
			"it",
			text);
	port = xasprintf("%s%s", text, *at == '\0' ? "/tcp" : "");
	add_once(b, "exposed_ports", port);
	return 0;
}

int do_expose(struct build *b, const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings words = {0};

	if (step_expand(b, i, &words, err) != 0)
		return -1;
	for (size_t k = 0; k < words.n; k++)
		if (add_ports(b, words.v[k], err) != 0)
			return -1;
	return 0;
}

int do_volume(struct build *b, const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings words = {0};

	if (step_expand(b, i, &words, err) != 0)
		return -1;
	for (size_t k = 0; k < words.n; k++) {
		AUTO_FREE char *path = step_absolute(b, words.v[k]);

		if (words.v[k][0] == '\0')
			return error_set(err, ERROR_INVALID, "an empty word is no directory");
		if (mount_check_destination(path, err) != 0)
			return -1;
		add_once(b, "volumes", path);
	}
	return 0;
}

int do_label(struct build *b, const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings words = {0}, vars = {0};
	json_t *labels = json_object_get(b->noted, "labels");

	step_variables(b, &vars);
	if (assignments_expand(i->rest, &vars, NAMES_ANY, &words, err) != 0)
		return -1;
	if (labels == NULL) {
		labels = json_object();
		json_object_set_new(b->noted, "labels", labels);
	}
	for (size_t k = 0; k < words.n; k++) {
		size_t len = strcspn(words.v[k], "=");
		AUTO_FREE char *name = xstrndup(words.v[k], len);

		json_object_set_new(labels, name, json_string(words.v[k] + len + 1));
	}
	return 0;
}

int do_stopsignal(struct build *b, const struct instruction *i, struct error *err)
{
	AUTO_FREE char *name = step_expand_one(b, i, err);

	if (name == NULL || signal_parse(name, err) < 0)
		return -1;
	json_object_set_new(b->noted, "stop_signal", json_string(name));
	return 0;
}

int do_maintainer(struct build *b, const struct instruction *i, struct error *err)
{
	json_object_set_new(b->noted, "maintainer", json_string(i->rest));
	return 0;
}
