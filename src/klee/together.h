/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several words of a command, each with requests one after the other, all under way at once: what
 * takes its time for one (a container that is slow to stop) keeps none of the others waiting.
 */
#ifndef KLEE_TOGETHER_H
#define KLEE_TOGETHER_H

#include "klee/klee.h"

/* What is done about one word. */
struct errand {
	const char *word;
	int step; /* how many requests it has had */
	int rc; /* of the last request: 0, or -1 with the error that the step is given */
	json_t *answer; /* to the last request; NULL: none */
	json_t *kept; /* of an earlier one, if a step has put it here; released in the end */
};

/*
 * Goes on with an errand: called first with step 0, then when the request is over that it has
 * asked for with *call (together_request). Returns 1 with such a request, 0 when all is done, with
 * the IdResponse to show in e->answer, -1 when it has failed. *err is the last request's error
 * until it is another's.
 */
typedef int (*together_step)(
	struct klee *k, struct errand *e, void *arg, struct call **call, struct error *err);

/* A request without body, path as in klee_object, with the errand's word or, if given, an id. */
int together_request(
	struct klee *k, struct errand *e, const char *method, const char *path, struct call **call);

/*
 * Goes through the errands of all words, as many at once as kleened likes, and shows in the order
 * of the words what has become of them (klee_acted); failures as with klee_for_each. The same word
 * once more begins when it is through. Returns the exit code.
 */
int klee_together(struct klee *k, const struct args *args, together_step step, void *arg);

/* -t, --time, of what stops containers. */
extern const struct option stop_options[];

/* The path that stops a container, with the time that it is given; to be freed, NULL with *err. */
char *together_stop_path(const struct args *args, struct error *err);

#endif
