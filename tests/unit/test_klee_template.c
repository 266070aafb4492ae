/* SPDX-License-Identifier: BSD-2-Clause */
/* Templates of --format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "klee/template.h"

static const char object[] =
	"{\"id\": \"839aee293db2\", \"image_name\": \"shop\", \"ID\": \"upper\", \"n\": 3, \"no\": "
	"false,"
	" \"none\": null, \"cmd\": [\"a\", \"b c\"], \"state\": {\"exit_code\": 9, \"running\": "
	"true},"
	" \"mounts\": [{\"source\": \"x\"}, {\"source\": \"y\"}], \"empty\": [],"
	" \"hostile\": \"a\\u001b[2Jb\\n\"}";

static void expect(const char *text, const char *made)
{
	struct error err = {0};
	struct template *t = template_parse(text, &err);
	json_t *value = json_loads(object, 0, NULL);
	struct buffer b = {0};

	if (t == NULL || template_render(t, value, &b, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	assert_string_equal(b.data != NULL ? b.data : "", made);
	template_free(t);
	json_decref(value);
	buffer_free(&b);
}

static void expect_error(const char *text, const char *part)
{
	struct error err = {0};
	struct template *t = template_parse(text, &err);
	json_t *value = json_loads(object, 0, NULL);
	struct buffer b = {0};

	if (t != NULL)
		assert_int_equal(template_render(t, value, &b, &err), -1);
	if (strstr(err.message, part) == NULL || strchr(err.message, '\n') != NULL)
		fail_msg("%s: no '%s' in '%s'", text, part, err.message);
	template_free(t);
	json_decref(value);
	buffer_free(&b);
}

static void test_fields(void **state)
{
	expect("{{.id}} {{.ID}} {{ .ImageName }}", "839aee293db2 upper shop");
	expect("{{.State.ExitCode}}{{.state.running}}", "9true");
	expect("{{.n}}|{{.no}}|{{.none}}|{{.cmd}}", "3|false||[a b c]");
	expect("{{(index .mounts 1).Source}} {{$.id}}", "y 839aee293db2");
	expect("plain", "plain");
	expect("a\\tb\\n{{.n}}", "a\tb\n3");
	expect("a {{- .n -}} b", "a3b");
	expect("{{.hostile}}", "a?[2Jb?");
}

static void test_functions(void **state)
{
	expect("{{json .cmd}} {{.state.running | json}}", "[\"a\",\"b c\"] true");
	expect("{{json .hostile}}", "\"a\\u001B[2Jb\\n\"");
	expect("{{join .cmd \", \"}} {{len .cmd}} {{len .id}}", "a, b c 2 12");
	expect("{{index .cmd 1}} {{index .state \"running\"}}", "b c true");
	expect("{{upper .image_name}}{{lower \"AbC\"}}{{`}}`}}", "SHOPabc}}");
	expect("{{println .n}}{{println}}", "3\n\n");
	expect("{{eq .n 3}} {{ne .id \"x\"}} {{not .no}} {{and .n .none}} {{or .none .n}}",
		"true true true  3");
}

static void test_blocks(void **state)
{
	expect("{{range .mounts}}<{{.Source}}>{{end}}", "<x><y>");
	expect("{{range .empty}}x{{else}}none{{end}}", "none");
	expect("{{if .state.running}}up{{else}}down{{end}}", "up");
	expect("{{if .no}}a{{end}}{{if eq .image_name \"shop\"}}b{{end}}", "b");
	expect("{{range .mounts}}{{if eq .source \"y\"}}{{.source}}{{end}}{{end}}.", "y.");
	expect("{{range .state}}{{.}};{{end}}", "9;true;");
}

static void test_mistakes(void **state)
{
	char deep[1024] = "{{";

	expect_error("", "empty");
	expect_error("{{.id", "'}}' is missing");
	expect_error("{{}}", "nothing");
	expect_error("{{if .id}}x", "{{end}} is missing");
	expect_error("{{end}}", "too much");
	expect_error("{{system \"ls\"}}", "no function 'system'");
	expect_error("{{json}}", "'json' takes");
	expect_error("{{.id .n}}", "too much in");
	expect_error("{{\"a}}", "'}}' is missing");
	expect_error("{{.nmae}}", "no field 'nmae', but: id, image_name");
	expect_error("{{.id.x}}", "no fields");
	expect_error("{{index .cmd 7}}", "'index' finds nothing");
	expect_error("{{range .id}}{{end}}", "no list");
	expect_error("{{(.id}}", "')' is missing");
	for (size_t i = 0; i < 100; i++)
		strcat(deep, "(");
	strcat(deep, ".}}");
	expect_error(deep, "in one another");
	deep[0] = '\0';
	for (size_t i = 0; i < 60; i++)
		strcat(deep, "{{if .n}}");
	expect_error(deep, "in one another");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
