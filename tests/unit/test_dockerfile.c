/* SPDX-License-Identifier: BSD-2-Clause */
/* Dockerfiles, read: what is in them, and what is wrong with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "build/dockerfile.h"

static struct dockerfile parsed(const char *text)
{
	struct dockerfile f;
	struct error err = {0};

	if (dockerfile_parse(text, strlen(text), &f, &err) != 0)
		fail_msg("%s", err.message);
	return f;
}

/* The Dockerfile must be refused with a message that begins as given and has the word in it. */
static void refused(const char *text, const char *begin, const char *word)
{
	struct dockerfile f;
	struct error err = {0};

	assert_int_equal(dockerfile_parse(text, strlen(text), &f, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	if (strncmp(err.message, begin, strlen(begin)) != 0 || strstr(err.message, word) == NULL)
		fail_msg("'%s' is not '%s…%s'", err.message, begin, word);
	assert_int_equal(f.n, 0);
}

static void is(const struct instruction *i, enum instruction_kind kind, unsigned int line,
	const char *rest)
{
	assert_int_equal(i->kind, kind);
	assert_int_equal(i->line, line);
	assert_string_equal(i->rest, rest);
}

static void test_every_instruction(void **state)
{
	struct dockerfile f = parsed("ARG V\nFROM name:tag@0123456789ab\nARG W=1 X=\"a b\"\n"
				     "ENV A=b C='d e'\nUSER alice:staff\nWORKDIR /a\n"
				     "RUN echo a | b\nCMD sleep 1\nCOPY a b/* c/\n");

	assert_int_equal(f.n, 9);
	is(&f.instructions[0], INSTRUCTION_ARG, 1, "V");
	is(&f.instructions[1], INSTRUCTION_FROM, 2, "name:tag@0123456789ab");
	is(&f.instructions[2], INSTRUCTION_ARG, 3, "W=1 X=\"a b\"");
	is(&f.instructions[3], INSTRUCTION_ENV, 4, "A=b C='d e'");
	is(&f.instructions[4], INSTRUCTION_USER, 5, "alice:staff");
	is(&f.instructions[5], INSTRUCTION_WORKDIR, 6, "/a");
	is(&f.instructions[6], INSTRUCTION_RUN, 7, "echo a | b");
	is(&f.instructions[7], INSTRUCTION_CMD, 8, "sleep 1");
	is(&f.instructions[8], INSTRUCTION_COPY, 9, "a b/* c/");
	assert_string_equal(f.instructions[6].text, "RUN echo a | b");
	dockerfile_free(&f);
}

static void test_json_forms(void **state)
{
	struct dockerfile f = parsed(
		"FROM b\nRUN [\"a\", \"b c\"]\nCMD [ \\\n \"\\u00e4\" ]\nCOPY [\"a b\", \"c\"]");

	assert_true(f.instructions[1].json && f.instructions[2].json && f.instructions[3].json);
	assert_int_equal(f.instructions[1].list.n, 2);
	assert_string_equal(f.instructions[1].list.v[1], "b c");
	assert_string_equal(f.instructions[2].list.v[0], "\xc3\xa4");
	assert_string_equal(f.instructions[3].list.v[0], "a b");
	dockerfile_free(&f);
}

static void test_options_of_copy(void **state)
{
	struct dockerfile f = parsed("FROM b\nCOPY --chown=$u:staff --chmod=0755 a b\n"
				     "COPY --chmod=644 [\"a\", \"b\"]\nCOPY a b");

	assert_string_equal(f.instructions[1].owner, "$u:staff");
	assert_int_equal(f.instructions[1].mode, 0755);
	is(&f.instructions[1], INSTRUCTION_COPY, 2, "a b");
	assert_true(f.instructions[2].json);
	assert_int_equal(f.instructions[2].mode, 0644);
	assert_null(f.instructions[3].owner);
	assert_int_equal(f.instructions[3].mode, -1);
	dockerfile_free(&f);
}

static void test_what_is_noted(void **state)
{
	struct dockerfile f = parsed("FROM b\nENTRYPOINT [\"a\"]\nEXPOSE 80 90/udp\nVOLUME /a /b\n"
				     "VOLUME [\"/c\"]\nLABEL a.b=\"c d\" e=f\nLABEL a b c\n"
				     "STOPSIGNAL SIGINT\nSHELL [\"/bin/sh\", \"-ec\"]\n"
				     "MAINTAINER a <b@c>\nCMD []\nENV A b c");
	static const enum instruction_kind kinds[] = {INSTRUCTION_FROM, INSTRUCTION_ENTRYPOINT,
		INSTRUCTION_EXPOSE, INSTRUCTION_VOLUME, INSTRUCTION_VOLUME, INSTRUCTION_LABEL,
		INSTRUCTION_LABEL, INSTRUCTION_STOPSIGNAL, INSTRUCTION_SHELL,
		INSTRUCTION_MAINTAINER, INSTRUCTION_CMD, INSTRUCTION_ENV};

	assert_int_equal(f.n, ARRAY_SIZE(kinds));
	for (size_t i = 0; i < f.n; i++)
		assert_int_equal(f.instructions[i].kind, kinds[i]);
	dockerfile_free(&f);
}

static void test_joining(void **state)
{
	struct dockerfile f =
		parsed("# a comment\n\n  FROM b  \n"
		       "RUN a && \\\n# dropped\n   # this too\n  b \\ \n  c\n"
		       "RUN d \\\\\nRUN e \\\n\n \t\n  e\nRUN f # no comment\r\nRUN g \\");

	assert_int_equal(f.n, 6);
	is(&f.instructions[0], INSTRUCTION_FROM, 3, "b");
	is(&f.instructions[1], INSTRUCTION_RUN, 4, "a &&   b   c");
	is(&f.instructions[2], INSTRUCTION_RUN, 9, "d \\\\");
	is(&f.instructions[3], INSTRUCTION_RUN, 10, "e   e"); /* an empty line is not its end */
	is(&f.instructions[4], INSTRUCTION_RUN, 14, "f # no comment");
	is(&f.instructions[5], INSTRUCTION_RUN, 15, "g");
	dockerfile_free(&f);
}

static void test_files_of_other_systems(void **state)
{
	struct dockerfile f = parsed("\xef\xbb\xbf"
				     "FROM b\r\n\r\n\t RUN a \\\r\n\r\n b\r\nCMD [\"c\"]\r\n"
				     "  USER d\r");

	assert_int_equal(f.n, 4);
	is(&f.instructions[0], INSTRUCTION_FROM, 1, "b");
	is(&f.instructions[1], INSTRUCTION_RUN, 3, "a  b");
	is(&f.instructions[2], INSTRUCTION_CMD, 6, "[\"c\"]");
	assert_true(f.instructions[2].json);
	is(&f.instructions[3], INSTRUCTION_USER, 7, "d");
	dockerfile_free(&f);
	refused("FROM b\nRUN \xef\xbb\xbfx\x01", "line 2:", "control character");
}

static void test_brackets_of_shells(void **state)
{
	static const char *const shell[] = {"RUN [ -d /x ] && y", "RUN [ \"$x\" = y ] || z",
		"CMD [[ -f x ]] && y", "RUN [ \"a\" ] && b", "COPY [a-z]*.c [ab] d/", "RUN [ x"};
	static const char *const json[] = {
		"RUN [ \"a\" ]", "CMD [\"a\", \"b\"]", "COPY [\"a\", \"b\"]"};

	for (size_t i = 0; i < ARRAY_SIZE(shell) + ARRAY_SIZE(json); i++) {
		bool is_json = i >= ARRAY_SIZE(shell);
		const char *line = is_json ? json[i - ARRAY_SIZE(shell)] : shell[i];
		char text[80];
		struct dockerfile f;

		snprintf(text, sizeof(text), "FROM b\n%s\n", line);
		f = parsed(text);
		assert_int_equal(f.instructions[1].json, is_json);
		assert_string_equal(f.instructions[1].text, line);
		dockerfile_free(&f);
	}
	refused("FROM b\nRUN [\"a\", b]", "line 2:", "bad JSON");
	refused("FROM b\nRUN [ \"a\" , 'b']", "line 2:", "bad JSON");
	refused("FROM b\nRUN [\"a\"] && b", "line 2:", "bad JSON");
	refused("FROM b\nRUN [1]", "line 2:", "strings");
}

static void test_errors(void **state)
{
	refused("", "line 1:", "FROM");
	refused("# nothing\n\n", "line 2:", "FROM");
	refused("ARG a\nARG b", "line 2:", "FROM");
	refused("FROM b\nFOO x", "line 2:", "'FOO'");
	refused("FROM b\n\nrun x", "line 3:", "upper case");
	refused("FROM b\nRUN a\n  b", "line 3:", "'b'");
	refused("RUN a\nFROM b", "line 1:", "only ARG");
	refused("FROM b\nFROM c", "line 2:", "already");
	refused("FROM\n", "line 1:", "one word");
	refused("FROM a b c\n", "line 1:", "this has 3");
	refused("FROM b\nUSER", "line 2:", "one word");
	refused("FROM b\nWORKDIR a b", "line 2:", "one word");
	refused("FROM b\nARG", "line 2:", "NAME");
	refused("FROM b\nARG A-B=c", "line 2:", "'A-B' is no name of a variable: ARG A-B=c");
	refused("FROM b\nENV 1=c", "line 2:", "'1'");
	refused("FROM b\nENV A", "line 2:", "NAME=VALUE");
	refused("FROM b\nENV A=\"b\" # no comment", "line 2:", "'#'");
	refused("FROM b\nENV A=\"b", "line 2:", "\" has no other end");
	refused("FROM b\nENV A='b", "line 2:", "' has no other end");
	refused("FROM b\nENV A=${b", "line 2:", "bad variable");
	refused("FROM b\nENV A=${b:-", "line 2:", "${ has no other end");
	refused("FROM b\nENV A=${b-c!}${1}", "line 2:", "bad variable '${1}");
	refused("FROM b\nUSER ${x%y}", "line 2:", "bad variable");
	refused("FROM b\nRUN", "line 2:", "no command");
	refused("FROM b\nRUN []", "line 2:", "no command");
	refused("FROM b\nCMD [\"\"]", "line 2:", "no command");
	refused("FROM b\nRUN [\"a\"", "line 2:", "bad JSON");
	refused("FROM b\nRUN [\"a\", 1]", "line 2:", "strings");
	refused("FROM b\nCOPY a", "line 2:", "destination");
	refused("FROM b\nCOPY [\"a\"]", "line 2:", "destination");
	refused("FROM b\nCOPY a b c", "line 2:", "'/'");
	refused("FROM b\nCOPY [\"a\", \"b\", \"c\"]", "line 2:", "'/'");
	refused("FROM b\nCOPY --from=x a b", "line 2:", "one stage");
	refused("FROM b\nCOPY --link a b", "line 2:", "--chown=USER");
	refused("FROM b\nCOPY --chown= a b", "line 2:", "--chown=USER");
	refused("FROM b\nCOPY --chmod=u+x a b", "line 2:", "octal");
	refused("FROM b\nCOPY --chmod=10000 a b", "line 2:", "octal");
	refused("FROM b\nCOPY --chown=a b", "line 2:", "destination");
	refused("FROM b AS c\nFROM d", "line 1:", "one stage");
	refused("FROM --platform=linux/amd64 b", "line 1:", "--platform=linux/amd64: ");
	refused("FROM b\nRUN --mount=type=cache,target=/x a",
		"line 2:", "options in front, as '--mount'");
	refused("FROM b\nRUN <<EOF\na\nEOF", "line 2:", "here-documents");
	refused("FROM b\nFROM c", "line 2:", "one stage");
	refused("FROM b\nADD a b", "line 2:", "no ADD: COPY");
	refused("FROM b\nHEALTHCHECK NONE", "line 2:", "no HEALTHCHECK: ");
	refused("FROM b\nONBUILD RUN x", "line 2:", "no ONBUILD: ");
	refused("FROM b\nadd a b", "line 2:", "upper case");
	refused("FROM b\nSHELL /bin/sh -c", "line 2:", "list in JSON");
	refused("FROM b\nENTRYPOINT []", "line 2:", "no command");
	refused("FROM b\nEXPOSE", "line 2:", "at least one word");
	refused("FROM b\nVOLUME []", "line 2:", "at least one word");
	refused("FROM b\nLABEL a", "line 2:", "NAME=VALUE");
	refused("FROM b\nMAINTAINER", "line 2:", "a text");
	refused("FROM b\nSTOPSIGNAL A B", "line 2:", "this has 2");
	refused("FROM b\nRUN a\x01", "line 2:", "control character");
	refused("FROM b\nRUN \xff\nRUN c", "line 2:", "UTF-8");
	refused("FROM b\nRUN \xc3\n\xa4", "line 2:", "UTF-8");
	/* a joined instruction has the line on which it begins */
	refused("FROM b\nRUN a \\\n b\nENV \\\n A \\\n", "line 4:", "NAME=VALUE");
}

static void test_limits(void **state)
{
	size_t len = DOCKERFILE_MAX + 1;
	char *text = xmalloc(len + 1);
	struct dockerfile f;
	struct error err;

	memset(text, '\n', len);
	memcpy(text, "FROM b", 6);
	assert_int_equal(dockerfile_parse(text, len, &f, &err), -1);
	assert_int_equal(dockerfile_parse(text, len - 1, &f, &err), 0);
	dockerfile_free(&f);
	/* one instruction a line, as many as there are */
	for (size_t i = 7; i + 6 <= len; i += 6)
		memcpy(text + i, "RUN a\n", 6);
	text[6] = '\n';
	assert_int_equal(
		dockerfile_parse(text, 7 + 6 * (DOCKERFILE_INSTRUCTIONS_MAX - 1), &f, &err), 0);
	assert_int_equal(f.n, DOCKERFILE_INSTRUCTIONS_MAX);
	dockerfile_free(&f);
	assert_int_equal(dockerfile_parse(text, 7 + 6 * DOCKERFILE_INSTRUCTIONS_MAX, &f, &err), -1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_instruction),
		cmocka_unit_test(test_json_forms),
		cmocka_unit_test(test_options_of_copy),
		cmocka_unit_test(test_what_is_noted),
		cmocka_unit_test(test_joining),
		cmocka_unit_test(test_files_of_other_systems),
		cmocka_unit_test(test_brackets_of_shells),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
