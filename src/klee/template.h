/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Templates of --format: text with {{...}} in it, of the form that Go's text/template has, as far
 * as scripts use it. A template reads the JSON that it is given and nothing else: it runs nothing,
 * and it ends.
 *
 *     {{.Name}} {{.State.Running}}   a field; a name may be written as ImageName or image_name
 *     {{json .}} {{len .Mounts}} {{upper .Name}} {{lower .Name}} {{println .Name}}
 *     {{join .Command " "}} {{index .Networks "web"}} {{index .Command 0}}
 *     {{if .Ports}}...{{else}}...{{end}} {{range .Mounts}}{{.Source}}{{else}}none{{end}}
 *     {{eq .Status "running"}} {{ne ...}} {{not ...}} {{and ...}} {{or ...}}
 *     {{.Name | json}} {{json (index .Command 0)}} {{"text"}} {{- trimmed -}}
 */
#ifndef KLEE_TEMPLATE_H
#define KLEE_TEMPLATE_H

#include <jansson.h>

#include "base/error.h"
#include "base/mem.h"

struct template;

/* Parses; \t and \n in the text are what they stand for. NULL with *err; else to be freed. */
struct template *template_parse(const char *text, struct error *err);
void template_free(struct template *t);
static inline void template_free_at(struct template **t) /* for AUTO */
{
	template_free(*t);
}

/*
 * Appends what the template makes of the value. Strings of the value are made harmless to a
 * terminal. -1 with *err, if a field is not there or cannot be used so.
 */
int template_render(
	const struct template *t, const json_t *value, struct buffer *b, struct error *err);

/* The field of the name, whatever its case and underscores; NULL: there is none. */
json_t *template_field(const json_t *object, const char *name);

#endif
