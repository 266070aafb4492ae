#include "klee/look.h"

int look(struct klee *k, const char *container, struct look *l, struct error *err)
{
	json_t *answer, *inner;
	const char *id;

	*l = (struct look){0};
	if (klee_object(k, "GET", "/containers/%s/inspect", container, NULL, &answer, err) < 0)
		return -1;
	inner = json_object_get(answer, "container");
	id = klee_string(inner, "id");
	l->id = klee_one_line(*id != '\0' ? id : container);
	l->status = klee_one_line(klee_string(inner, "status"));
	l->running = json_is_true(json_object_get(inner, "running"));
	l->auto_remove = json_is_true(json_object_get(inner, "auto_remove"));
	json_decref(answer);
	return 0;
}

void look_free(struct look *l)
{
	free(l->id);
	free(l->status);
	*l = (struct look){0};
}
