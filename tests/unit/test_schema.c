/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "params/schemas.h"
#include "json/json.h"

static json_t *check(const struct schema *schema, const char *text, struct error *err)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	json_t *result;

	assert_non_null(value);
	result = schema_check(schema, value, err);
	json_decref(value);
	return result;
}

static void accepts(const struct schema *schema, const char *text, const char *wanted)
{
	struct error err = {0};
	json_t *result = check(schema, text, &err);
	json_t *expected = json_loads(wanted, 0, NULL);

	assert_non_null(expected);
	if (!result)
		fail_msg("%s: %s", text, err.message);
	if (!json_equal(result, expected))
		fail_msg("%s became %s", text, json_dumps(result, JSON_COMPACT));
	json_decref(result);
	json_decref(expected);
}

static void refuses(const struct schema *schema, const char *text, const char *message)
{
	struct error err = {0};

	assert_null(check(schema, text, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_string_equal(err.message, message);
}

static void test_defaults(void **state)
{
	accepts(&schema_exec_config, "{\"container_id\": \"a\", \"env\": null, \"other\": 1}",
		"{\"container_id\": \"a\", \"cmd\": [], \"env\": [], \"user\": \"\", \"tty\": "
		"false}");
	accepts(&schema_container_config, "{\"name\": null}",
		"{\"user\": \"\", \"env\": [], \"mounts\": [], \"persist\": false, "
		"\"auto_remove\": false,"
		" \"restart_policy\": \"no\", \"public_ports\": [], \"networks\": [],"
		" \"memory\": 0, \"cpus\": 0, \"pids\": 0}");
	accepts(&schema_container_update, "{\"name\": \"x\", \"env\": null}", "{\"name\": \"x\"}");
}

static void test_booleans(void **state)
{
	accepts(&schema_exec_start_config,
		"{\"exec_id\": \"e\", \"attach\": \"false\", \"start_container\": \"true\"}",
		"{\"exec_id\": \"e\", \"attach\": false, \"start_container\": true,"
		" \"stopped_only\": false, \"rows\": 0, \"cols\": 0, \"separate_stderr\": false}");
	refuses(&schema_exec_start_config, "{\"exec_id\": \"e\", \"attach\": \"yes\"}",
		"ExecStartConfig.attach: expected a boolean");
	refuses(&schema_exec_start_config, "{\"exec_id\": \"e\", \"attach\": 1}",
		"ExecStartConfig.attach: expected a boolean");
}

static void test_nested(void **state)
{
	accepts(&schema_container_update,
		"{\"mounts\": [{\"type\": \"volume\", \"source\": \"v\", \"destination\": "
		"\"/m\"}]}",
		"{\"mounts\": [{\"type\": \"volume\", \"source\": \"v\", \"destination\": \"/m\","
		" \"read_only\": false}]}");
	refuses(&schema_container_config,
		"{\"mounts\": [{\"type\": \"volume\", \"source\": \"v\", \"destination\": \"/m\"},"
		" {\"type\": \"ext4\", \"source\": \"v\", \"destination\": \"/m\"}]}",
		"ContainerConfig.mounts[1].type: expected one of volume, nullfs, tmpfs");
	refuses(&schema_container_config, "{\"mounts\": [7]}",
		"ContainerConfig.mounts[0]: expected an object");
	refuses(&schema_container_config, "{\"public_ports\": [{\"host_port\": \"1\"}]}",
		"ContainerConfig.public_ports[0].container_port: is required");
}

static void test_types(void **state)
{
	refuses(&schema_container_config, "[]", "ContainerConfig: expected an object");
	refuses(&schema_container_config, "{\"name\": 1}",
		"ContainerConfig.name: expected a string");
	refuses(&schema_container_config, "{\"env\": \"A=1\"}",
		"ContainerConfig.env: expected a list of strings");
	refuses(&schema_container_config, "{\"env\": [\"A=1\", 2]}",
		"ContainerConfig.env: expected a list of strings");
	refuses(&schema_container_config, "{\"mounts\": {}}",
		"ContainerConfig.mounts: expected a list of objects");
	refuses(&schema_exec_config, "{}", "ExecConfig.container_id: is required");
	refuses(&schema_logs_config, "{\"container\": \"c\", \"tail\": 1.5}",
		"LogsConfig.tail: expected an integer");
	refuses(&schema_container_config, "{\"cpus\": \"2\"}",
		"ContainerConfig.cpus: expected a number");
	accepts(&schema_container_update, "{\"cpus\": 0.5}", "{\"cpus\": 0.5}");
	accepts(&schema_container_update, "{\"cpus\": 2}", "{\"cpus\": 2}");
	refuses(&schema_image,
		"{\"id\": \"a\", \"name\": \"a\", \"tag\": \"\", \"names\": [], \"created\": \"\","
		"\"cmd\": [], \"env\": [], \"user\": \"\", \"dataset\": \"\", \"instructions\": "
		"[[\"a\", 1]]}",
		"Image.instructions[0]: expected a list of strings");
}

static void test_nul(void **state)
{
	refuses(&schema_container_config, "{\"name\": \"a\\u0000b\"}",
		"ContainerConfig.name: the string contains a NUL character");
	refuses(&schema_container_config, "{\"cmd\": [\"a\\u0000b\"]}",
		"ContainerConfig.cmd: expected a list of strings");
}

static void test_map(void **state)
{
	static const struct field fields[] = {
		{"args", SCHEMA_MAP, NULL, false, "{}", NULL, ""}, {.name = NULL}};
	static const struct schema schema = {"Build", fields};

	accepts(&schema, "{\"args\": {\"A\": \"b\"}}", "{\"args\": {\"A\": \"b\"}}");
	accepts(&schema, "{}", "{\"args\": {}}");
	refuses(&schema, "{\"args\": {\"A\": 1}}", "Build.args: expected an object of strings");
}

/* Every fallback is JSON of the field's own type, and every schema is listed once. */
static void test_tables(void **state)
{
	for (size_t i = 0; schemas[i]; i++) {
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(schemas[i]->name, schemas[j]->name);
		for (const struct field *f = schemas[i]->fields; f->name; f++) {
			const struct field one[] = {*f, {.name = NULL}};
			const struct schema alone = {schemas[i]->name, one};
			struct error err = {0};
			json_t *object = json_object(), *value;

			assert_non_null(f->summary);
			if (f->fallback) {
				value = json_loads(f->fallback, JSON_DECODE_ANY, NULL);
				assert_non_null(value);
				json_object_set_new(object, f->name, value);
				value = schema_check(&alone, object, &err);
				assert_non_null(value);
				json_decref(value);
			}
			json_decref(object);
		}
	}
}

static void test_json(void **state)
{
	struct error err = {0};
	char deep[200];

	assert_null(json_parse("{\"a\":\n 1,}", 10, &err));
	assert_non_null(strstr(err.message, "line 2, column 4"));
	assert_null(json_parse(NULL, 0, &err));
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	assert_null(json_parse(deep, sizeof(deep), &err));
	assert_non_null(strstr(err.message, "nested"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_booleans),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
