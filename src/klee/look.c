/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/look.h"

void look_at(const json_t *answer, const char *container, struct look *l)
{
	const json_t *inner = json_object_get(answer, "container");
	const char *id = klee_string(inner, "id");

	l->id = klee_one_line(*id != '\0' ? id : container);
	l->status = klee_one_line(klee_string(inner, "status"));
	l->running = json_is_true(json_object_get(inner, "running"));
	l->auto_remove = json_is_true(json_object_get(inner, "auto_remove"));
}

int look(struct klee *k, const char *container, struct look *l, struct error *err)
{
	json_t *answer;

	*l = (struct look){0};
	if (klee_object(k, "GET", "/containers/%s/inspect", container, NULL, &answer, err) < 0)
		return -1;
	look_at(answer, container, l);
	json_decref(answer);
	return 0;
}

void look_free(struct look *l)
{
	free(l->id);
	free(l->status);
	*l = (struct look){0};
}
