/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the table of jail parameters: jailparam_man man: the manual page, with its head from
 * standard input up to the line "@PARAMETERS@" and the rest behind it; jailparam_man json: for the
 * tests. It runs where Kleene is built.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/mdoc.h"
#include "params/jailparam_table.h"

static const char *const changes[] = {
	[JAILPARAM_REFUSED] = "refused",
	[JAILPARAM_RESTART] = "restart",
	[JAILPARAM_NEXT] = "next",
	[JAILPARAM_LIVE] = "live",
};

/* ---- JSON ---- */

static void json_text(const char *text)
{
	if (text == NULL) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	for (; *text != '\0'; text++)
		printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	putchar('"');
}

static void print_json(void)
{
	puts("[");
	for (size_t i = 0; i < jailparam_count; i++) {
		const struct jailparam *p = &jailparam_table[i];

		printf("{\"name\": \"%s\", \"type\": \"%s\"", p->name,
			jailparam_type_names[p->type]);
		for (int system = 0; system < HOST_SYSTEMS; system++) {
			const struct jailparam_on *on = &p->on[system];

			printf(", \"%s\": {\"change\": \"%s\", \"default\": ",
				host_system_names[system], changes[on->change]);
			json_text(on->def);
			fputs(", \"text\": ", stdout);
			json_text(on->text);
			putchar('}');
		}
		puts(i + 1 < jailparam_count ? "}," : "}");
	}
	puts("]");
}

/* ---- mdoc(7) ---- */

static void man_default(const struct jailparam_on *on)
{
	if (on->def == NULL)
		return;
	if (on->def[0] == '\0')
		puts("Empty by default.");
	else
		printf("Default:\n.Ql %s .\n", on->def);
}

static void man_change(const struct jailparam_on *on)
{
	if (on->change == JAILPARAM_LIVE)
		puts("Changes at once.");
	else if (on->change == JAILPARAM_RESTART)
		puts("Changes with the next start.");
}

static void man_on(const struct jailparam_on *on)
{
	if (on->change == JAILPARAM_REFUSED) {
		puts("Refused:");
		mdoc_text(on->text, ".");
		return;
	}
	mdoc_text(on->text, "");
	man_default(on);
	man_change(on);
}

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void man_row(const struct jailparam *p)
{
	const struct jailparam_on *f = &p->on[HOST_FREEBSD], *l = &p->on[HOST_LINUX];

	printf(".It Va %s Pq %s", p->name, jailparam_type_names[p->type]);
	if (p->words != NULL)
		printf(" : %s", p->words);
	putchar('\n');
	if (f->change == l->change && same(f->text, l->text) && same(f->def, l->def)) {
		man_on(f);
		return;
	}
	puts(".Bl -tag -width FreeBSD -compact\n.It Fx");
	man_on(f);
	puts(".It Linux");
	man_on(l);
	puts(".El");
}

static void man_rows(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < jailparam_count; i++)
		man_row(&jailparam_table[i]);
}

static int print_man(void)
{
	static const struct mdoc_mark marks[] = {{"PARAMETERS", man_rows}, {0}};

	return mdoc_fill(marks, NULL);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "json") == 0)
		print_json();
	else if (argc == 2 && strcmp(argv[1], "man") == 0)
		return print_man();
	else
		return 2;
	return fflush(stdout) != 0;
}
