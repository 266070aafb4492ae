/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/together.h"

#include <string.h>

#define TOGETHER_MAX 32 /* errands at a time: kleened refuses what is far too much */

struct job {
	struct errand errand;
	struct call *call; /* NULL: it is over */
	struct error err;
	bool begun;
};

struct together {
	struct klee *k;
	struct job *jobs;
	size_t n, shown; /* jobs, and how many of them have been told about */
	together_step step;
	void *arg;
};

int together_request(
	struct klee *k, struct errand *e, const char *method, const char *path, struct call **call)
{
	AUTO_FREE char *full = client_path(path, e->word, "");

	*call = client_begin(k->client, method, full, NULL);
	return 1;
}

static void advance(struct together *t, struct job *job)
{
	int rc;

	job->call = NULL;
	rc = t->step(t->k, &job->errand, t->arg, &job->call, &job->err);
	if (rc <= 0)
		job->errand.rc = rc;
}

/* Takes what has come to a job's request, if it has come, and goes on. False: nothing to do. */
static bool look_after(struct together *t, struct job *job)
{
	struct errand *e = &job->errand;

	if (job->call == NULL || !client_over(job->call))
		return false;
	json_decref(e->answer);
	job->err = (struct error){0};
	e->rc = client_finish(job->call, &e->answer, &job->err);
	e->step++;
	advance(t, job);
	return true;
}

/* Whether the word is that of an earlier job which is not through. */
static bool must_wait(const struct together *t, size_t i)
{
	for (size_t j = t->shown; j < i; j++)
		if ((!t->jobs[j].begun || t->jobs[j].call != NULL) &&
			strcmp(t->jobs[j].errand.word, t->jobs[i].errand.word) == 0)
			return true;
	return false;
}

/* Begins and goes on with what can be. False: there is nothing to do but to wait. */
static bool take_steps(struct together *t)
{
	bool any = false;

	for (size_t i = t->shown; i < t->n && i < t->shown + TOGETHER_MAX; i++) {
		struct job *job = &t->jobs[i];

		if (job->begun) {
			any = look_after(t, job) || any;
		} else if (!must_wait(t, i)) {
			job->begun = any = true;
			advance(t, job);
		}
	}
	return any;
}

/* Says what has become of the jobs that are through, as far as all before them are. */
static int show(struct together *t, int code)
{
	while (code != EXIT_KLEE_FAILED && t->shown < t->n && t->jobs[t->shown].begun &&
		t->jobs[t->shown].call == NULL) {
		struct job *job = &t->jobs[t->shown++];

		if (job->errand.rc == 0)
			klee_acted(t->k, take_ptr(&job->errand.answer), job->errand.word);
		else
			code = klee_word_failed(t->k, job->errand.word, &job->err);
	}
	return code;
}

int klee_together(struct klee *k, const struct args *args, together_step step, void *arg)
{
	struct together t = {.k = k, .n = args->nwords, .step = step, .arg = arg};
	struct error err = {0};
	int code = EXIT_SUCCESS;

	if (klee_client(k, &err) == NULL)
		return klee_failed(k, &err);
	t.jobs = xcalloc(t.n, sizeof(*t.jobs));
	for (size_t i = 0; i < t.n; i++)
		t.jobs[i].errand.word = args->words[i];
	while (t.shown < t.n && code != EXIT_KLEE_FAILED) {
		if (!take_steps(&t))
			client_service(k->client);
		code = show(&t, code);
	}
	for (size_t i = 0; i < t.n; i++) {
		json_decref(t.jobs[i].errand.answer);
		json_decref(t.jobs[i].errand.kept);
	}
	free(t.jobs);
	return code;
}

const struct option stop_options[] = {
	{"time", 't', OPTION_VALUE, "SECONDS", NULL,
		"how long it has to end (default: its --stop-timeout)"},
	{0},
};

char *together_stop_path(const struct args *args, struct error *err)
{
	long long seconds;

	if (args_number(args, "time", 0, -1, &seconds, err) != 0)
		return NULL;
	return seconds < 0 ? xstrdup("/containers/%s/stop")
			   : xasprintf("/containers/%%s/stop?timeout=%lld", seconds);
}
