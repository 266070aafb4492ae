/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/klee.h"

#include <stdio.h>
#include <string.h>

#include "base/unsafe.h"

const struct option help_options[] = {
	{"help", 'h', OPTION_FLAG, NULL, NULL, "show help and exit"},
	{0},
};

#define QUIET "quiet", 'q', OPTION_FLAG, NULL, NULL

const struct option quiet_options[] = {
	{QUIET, "print nothing but errors"},
	{0},
};

const struct option quiet_id_options[] = {
	{QUIET, "print the id alone"},
	{0},
};

const struct option prune_options[] = {
	{"force", 'f', OPTION_FLAG, NULL, NULL, "do not ask"},
	{QUIET, "do not list what was removed"},
	{0},
};

const struct option force_options[] = {
	{"force", 'f', OPTION_FLAG, NULL, NULL, "whoever uses it"},
	{0},
};

struct client *klee_client(struct klee *k, struct error *err)
{
	if (k->client == NULL)
		k->client = client_new(&k->settings, err);
	return k->client;
}

int klee_request(struct klee *k, const char *method, const char *path, json_t *body,
	json_t **answer, struct error *err)
{
	struct client *c = klee_client(k, err);

	if (answer != NULL)
		*answer = NULL;
	return c == NULL ? -1 : client_request(c, method, path, body, answer, err);
}

int klee_object(struct klee *k, const char *method, const char *path, const char *object,
	json_t *body, json_t **answer, struct error *err)
{
	AUTO_FREE char *full = client_path(path, object, "");

	return klee_request(k, method, full, body, answer, err);
}

void klee_explain(struct klee *k, const char *container, struct error *err)
{
	struct error why = {0};

	if (strcmp(err->message, "no such container") != 0 &&
		strcmp(err->message, "container not found") != 0)
		return;
	if (klee_object(k, "GET", "/containers/%s/inspect", container, NULL, NULL, &why) < 0)
		*err = why;
}

char *klee_one_line(const char *text)
{
	struct buffer line = {0};

	buffer_puts(&line, "");
	while (*text != '\0') {
		size_t n = unsafe_length(text, NULL);

		buffer_add(&line, n > 0 ? "?" : text, 1);
		text += n > 0 ? n : 1;
	}
	return line.data;
}

/* What to do about an error, where that is known. */
static const char *remedy(const struct error *err)
{
	if (err->code >= 400 && strstr(err->message, " once none of them runs") != NULL)
		return "--force does it when they are stopped";
	if (err->code >= 400 && strstr(err->message, "remove a running container") != NULL)
		return "--force stops it first";
	if (err->code >= 400 && strstr(err->message, " takes force") != NULL)
		return "--force does it all the same";
	if (err->kind != ERROR_UNAVAILABLE || err->code != 0)
		return NULL;
	if (strstr(err->message, "ermission denied") != NULL)
		return "'" KLEE_JOIN_GROUP "' lets a user in, from the next login on; or be root";
	if (strstr(err->message, "client certificate") != NULL)
		return "--tlscert and --tlskey name one that it accepts, and its key";
	if (strstr(err->message, "certificate is refused") != NULL)
		return "--tlscacert names the CA to trust; --no-tlsverify trusts any server";
	if (strstr(err->message, "cannot connect") != NULL)
		return "is kleened running there? --host or KLEE_HOST names another place";
	return NULL;
}

void klee_report(struct klee *k, const struct error *err)
{
	AUTO_FREE char *line = klee_one_line(err->message);
	AUTO_FREE char *advice = take_ptr(&k->advice);
	const char *help = advice != NULL ? advice : remedy(err);

	fflush(stdout);
	fprintf(stderr, "klee: %s\n", line);
	if (help != NULL)
		fprintf(stderr, "%s\n", help);
}

int klee_failed(struct klee *k, const struct error *err)
{
	klee_report(k, err);
	return EXIT_KLEE_FAILED;
}

int klee_argument_failed(struct klee *k, const struct error *err)
{
	klee_report(k, err);
	return err->code >= 400 ? EXIT_ARGUMENT_FAILED : EXIT_KLEE_FAILED;
}

int klee_word_failed(struct klee *k, const char *word, struct error *err)
{
	if (err->code >= 400 && strstr(err->message, word) == NULL)
		error_prefix(err, "%s", word);
	return klee_argument_failed(k, err);
}

int klee_for_each(struct klee *k, const struct args *args,
	int (*each)(struct klee *k, const char *word, const struct args *args, struct error *err))
{
	struct error err = {0};
	int code = EXIT_SUCCESS;

	for (size_t i = 0; i < args->nwords && code != EXIT_KLEE_FAILED; i++)
		if (each(k, args->words[i], args, &err) != 0)
			code = klee_word_failed(k, args->words[i], &err);
	return code;
}

void klee_show_warnings(const json_t *answer)
{
	json_t *warning;
	size_t i;

	json_array_foreach (json_object_get(answer, "warnings"), i, warning) {
		AUTO_FREE char *line = klee_one_line(json_string_value(warning));

		fprintf(stderr, "klee: warning: %s\n", line);
	}
}

void klee_print_id(json_t *answer, const char *fallback)
{
	const char *id = klee_string(answer, "id");
	AUTO_FREE char *line = klee_one_line(*id != '\0' ? id : fallback);

	puts(line);
	json_decref(answer);
}

void klee_acted(const struct klee *k, json_t *answer, const char *fallback)
{
	if (k->quiet)
		json_decref(answer);
	else
		klee_print_id(answer, fallback);
}

/* What a terminal would obey can be in strings alone, where an escape stands for it. */
char *klee_json_text(const json_t *value, size_t flags)
{
	AUTO_FREE char *text = json_dumps(value, flags | JSON_ENCODE_ANY);
	const char *p = text != NULL ? text : "";
	struct buffer b = {0};

	buffer_puts(&b, "");
	while (*p != '\0') {
		uint32_t c;
		size_t n = *p == '\n' ? 0 : unsafe_length(p, &c);

		if (n == 0)
			buffer_add(&b, p, 1);
		else if (c > 0xffff) /* as a pair of surrogates */
			buffer_printf(
				&b, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
		else
			buffer_printf(&b, "\\u%04x", c);
		p += n > 0 ? n : 1;
	}
	return b.data;
}

void klee_print_json(const json_t *value)
{
	AUTO_FREE char *text = klee_json_text(value, JSON_INDENT(2));

	puts(text);
}

char *klee_text(const json_t *value)
{
	struct buffer b = {0};
	json_t *item;
	size_t i;

	if (json_is_string(value))
		return klee_one_line(json_string_value(value));
	if (json_is_null(value))
		return xstrdup("");
	if (!json_is_array(value))
		return klee_json_text(value, JSON_COMPACT);
	buffer_puts(&b, "[");
	json_array_foreach (value, i, item) {
		AUTO_FREE char *text = klee_text(item);

		buffer_printf(&b, "%s%s", i > 0 ? " " : "", text);
	}
	buffer_puts(&b, "]");
	return b.data;
}

static bool confirmed(const char *warning)
{
	AUTO_FREE char *line = NULL;
	size_t size = 0;

	printf("%s\nAre you sure you want to continue? [y/N]: ", warning);
	fflush(stdout);
	if (getline(&line, &size, stdin) < 0) {
		putchar('\n');
		return false;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}

int klee_prune(struct klee *k, const struct args *args, const char *path, const char *warning)
{
	struct error err = {0};
	json_t *answer, *id;
	size_t i;

	if (!args_flag(args, "force") && !confirmed(warning))
		return EXIT_SUCCESS;
	if (klee_request(k, "POST", path, NULL, &answer, &err) < 0)
		return klee_failed(k, &err);
	json_array_foreach (answer, i, id) {
		AUTO_FREE char *line =
			klee_one_line(json_is_string(id) ? json_string_value(id) : "");

		if (!k->quiet)
			puts(line);
	}
	json_decref(answer);
	return EXIT_SUCCESS;
}

const char *klee_string(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value != NULL ? value : "";
}

void klee_set_string(json_t *object, const char *name, const char *value)
{
	if (value != NULL)
		json_object_set_new(object, name, json_string(value));
}

void klee_set_names(json_t *config, const struct args *args)
{
	AUTO(strings_free) struct strings names = {0};
	json_t *others;

	args_list(args, "tag", &names);
	if (names.n == 0)
		return;
	others = klee_json_strings(&names);
	json_array_remove(others, 0);
	klee_set_string(config, "tag", names.v[0]);
	json_object_set_new(config, "tags", others);
}

json_t *klee_json_strings(const struct strings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(array, json_string(list->v[i]));
	return array;
}

json_t *klee_option_list(const struct args *args, const char *option,
	json_t *(*parse)(const char *text, struct error *err), struct error *err)
{
	json_t *list = json_array(), *item;
	struct strings given = {0};

	args_list(args, option, &given);
	for (size_t i = 0; i < given.n && list != NULL; i++) {
		item = parse(given.v[i], err);
		if (item == NULL) {
			json_decref(list);
			list = NULL;
		} else if (json_array_append_new(list, item) != 0) {
			abort();
		}
	}
	strings_free(&given);
	return list;
}
