/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command works with: the settings, the connection, and how results and errors are shown. */
#ifndef KLEE_KLEE_H
#define KLEE_KLEE_H

#include "base/error.h"
#include "base/mem.h"
#include "klee/args.h"
#include "klee/client.h"
#include "klee/command.h"
#include "klee/settings.h"

struct klee {
	struct settings settings;
	struct client *client; /* opened by the first request */
	bool fancy; /* colour and rules on standard output */
	char *advice; /* the second line of the next error that is reported; NULL: none, or a known
			 one */
	bool quiet; /* quiet_options: nothing is printed but errors */
};

/* Options many commands have; tables for struct command. */
extern const struct option help_options[]; /* --help */
extern const struct option prune_options[]; /* -f, --force, -q */
extern const struct option quiet_options[]; /* -q, --quiet, of what only acts on what there is */
extern const struct option quiet_id_options[]; /* the same of what makes something */
extern const struct option force_options[]; /* -f, --force: whoever uses it */

/* The client, opened if need be; NULL on failure. */
struct client *klee_client(struct klee *k, struct error *err);

/* client_request on the client, opened if need be. */
int klee_request(struct klee *k, const char *method, const char *path, json_t *body,
	json_t **answer, struct error *err);

/* client_request to "/containers/%s/stop", with %s replaced by the object's name. */
int klee_object(struct klee *k, const char *method, const char *path, const char *object,
	json_t *body, json_t **answer, struct error *err);

/*
 * Where an error says no more than that there is no such container: asks kleened for the line that
 * has its name, and what may have been meant.
 */
void klee_explain(struct klee *k, const char *container, struct error *err);

/* Prints "klee: …" and, on a second line, what helps if that is known: k->advice before all. */
void klee_report(struct klee *k, const struct error *err);

/* klee_report, and EXIT_KLEE_FAILED to be returned. */
int klee_failed(struct klee *k, const struct error *err);

/* klee_report, and the exit code of a command whose one argument failed, or all of Kleened. */
int klee_argument_failed(struct klee *k, const struct error *err);

/* One of several words has failed: klee_argument_failed, with the word if the line lacks it. */
int klee_word_failed(struct klee *k, const char *word, struct error *err);

/*
 * Calls each(k, word, args, err) for every word; reports failures and goes on, unless kleened is
 * not reachable. Returns the exit code.
 */
int klee_for_each(struct klee *k, const struct args *args,
	int (*each)(struct klee *k, const char *word, const struct args *args, struct error *err));

/* Says on standard error what kleened warns of in an IdResponse. */
void klee_show_warnings(const json_t *answer);

/* Prints the "id" of an IdResponse, or the fallback if it has none, and releases the answer. */
void klee_print_id(json_t *answer, const char *fallback);

/* klee_print_id unless -q is given: what a command has acted on. */
void klee_acted(const struct klee *k, json_t *answer, const char *fallback);

/* JSON on its way to a terminal: what that would obey is escaped. flags: json_dumps's. To be freed.
 */
char *klee_json_text(const json_t *value, size_t flags);
void klee_print_json(const json_t *value);

/* A value as people read it: strings as klee_one_line, lists in brackets, objects as JSON. */
char *klee_text(const json_t *value);

/* Warns, asks unless --force, POSTs and lists what was removed. Returns the exit code. */
int klee_prune(struct klee *k, const struct args *args, const char *path, const char *warning);

/*
 * Text from kleened on one line: each character that a terminal would obey (base/unsafe.h) becomes
 * '?'. The caller frees it.
 */
char *klee_one_line(const char *text);

/* The string in field name; "" if there is none. */
const char *klee_string(const json_t *object, const char *name);

/* Sets a field if value is not NULL. */
void klee_set_string(json_t *object, const char *name, const char *value);

/* "tag" and "tags" of an image, by --tag. */
void klee_set_names(json_t *config, const struct args *args);

json_t *klee_json_strings(const struct strings *list);

/* A list with what parse makes of each value of an option; NULL with *err of the first bad one. */
json_t *klee_option_list(const struct args *args, const char *option,
	json_t *(*parse)(const char *text, struct error *err), struct error *err);

#endif
