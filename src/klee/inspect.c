/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/inspect.h"

#include <stdio.h>
#include <string.h>

#include "klee/sizes.h"
#include "klee/template.h"

static const char *const formats[] = {"json", NULL};

const struct option inspect_options[] = {
	{"format", 'f', OPTION_OPEN, "json|TEMPLATE", formats,
		"form of the output; of a TEMPLATE {{.name}} is a field, {{json .}} all"},
	{0},
};

/* Beside what kleened calls it, a container has the names that scripts for others ask for. */
static void add_usual_names(json_t *view)
{
	const json_t *endpoint = json_array_get(json_object_get(view, "container_endpoints"), 0);
	json_t *exit_code = json_object_get(view, "exit_code"), *mounts = json_array(), *point;
	json_t *memory = json_object_get(view, "out_of_memory"), *state;
	size_t i;

	state = json_pack("{s:s, s:O, s:O, s:O, s:s}", "Status", klee_string(view, "status"),
		"Running", json_object_get(view, "running"), "ExitCode",
		exit_code != NULL ? exit_code : json_null(), "OOMKilled",
		memory != NULL ? memory : json_false(), "StartedAt", klee_string(view, "started"));
	json_array_foreach (json_object_get(view, "container_mountpoints"), i, point)
		json_array_append_new(mounts,
			json_pack("{s:s, s:s, s:s, s:b}", "Type", klee_string(point, "type"),
				"Source", klee_string(point, "source"), "Destination",
				klee_string(point, "destination"), "RW",
				!json_is_true(json_object_get(point, "read_only"))));
	json_object_set_new(view, "State", state != NULL ? state : json_object());
	json_object_set_new(view, "Mounts", mounts);
	json_object_set_new(view, "Config",
		json_pack("{s:O?, s:O?, s:O?, s:s}", "Cmd", json_object_get(view, "cmd"), "Env",
			json_object_get(view, "env"), "User", json_object_get(view, "user"),
			"Image", klee_string(view, "image_id")));
	json_object_set_new(view, "NetworkSettings",
		json_pack("{s:s}", "IPAddress", klee_string(endpoint, "ip_address")));
}

/* What a template sees: the object's own fields, and what the answer has beside it. */
static json_t *view_of(const json_t *answer)
{
	static const char *const inner[] = {"container", "network", "volume"};
	json_t *view = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(inner); i++)
		json_object_update(view, json_object_get(answer, inner[i]));
	json_object_update(view, (json_t *)(uintptr_t)answer);
	if (json_object_get(answer, "container") != NULL)
		add_usual_names(view);
	return view;
}

static int show(struct klee *k, const struct template *template, const json_t *answer)
{
	json_t *view;
	struct buffer text = {0};
	struct error err = {0};
	int rc;

	if (template == NULL) {
		klee_print_json(answer);
		return EXIT_SUCCESS;
	}
	view = view_of(answer);
	rc = template_render(template, view, &text, &err);
	json_decref(view);
	if (rc == 0)
		puts(text.data != NULL ? text.data : "");
	buffer_free(&text);
	return rc == 0 ? EXIT_SUCCESS : klee_failed(k, &err);
}

/* If something else has the name: k->advice names the command that shows that. */
static void advise_kind(struct klee *k, const char *path, const char *name)
{
	static const char *const kinds[] = {"container", "image", "network", "volume"};

	for (size_t i = 0; i < ARRAY_SIZE(kinds) && k->advice == NULL; i++) {
		AUTO_FREE char *other = xasprintf("/%ss/%%s/inspect", kinds[i]);
		AUTO_FREE char *line = klee_one_line(name);
		struct error ignored = {0};
		json_t *answer;

		if (strcmp(other, path) == 0 ||
			klee_object(k, "GET", other, name, NULL, &answer, &ignored) < 0)
			continue;
		k->advice = xasprintf(
			"'klee %s inspect %s' shows the %s of that name", kinds[i], line, kinds[i]);
		json_decref(answer);
	}
}

int inspect(struct klee *k, const struct args *args, const char *path, bool sized)
{
	const char *format = args_value(args, "format");
	AUTO(template_free_at) struct template *template = NULL;
	AUTO_FREE char *full =
		xasprintf("%s%s", path, sized && sizes_wanted(args) ? "?size=true" : "");
	struct error err = {0};
	json_t *answer;
	int code;

	if (format != NULL && strcmp(format, "json") != 0 &&
		(template = template_parse(format, &err)) == NULL)
		return klee_failed(k, &err);
	if (klee_object(k, "GET", full, args->words[0], NULL, &answer, &err) < 0) {
		if (err.code == 404)
			advise_kind(k, path, args->words[0]);
		return klee_argument_failed(k, &err);
	}
	code = show(k, template, answer);
	json_decref(answer);
	return code;
}
