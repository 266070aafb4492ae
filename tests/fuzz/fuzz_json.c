/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON from clients, checked against every schema of a body or of a session's first frame. */
#include "fuzz.h"

#include "api/endpoints.h"
#include "json/json.h"

static void check(const struct schema *schema, json_t *value)
{
	struct error err = {0};
	json_t *checked = schema != NULL ? schema_check(schema, value, &err) : NULL;

	must(schema == NULL || checked != NULL || err.message[0] != '\0');
	json_decref(checked);
}

/* What is written out by hand is read as what it was. */
static void put(const json_t *value)
{
	struct buffer b = {0};
	json_t *again;

	json_put_string(&b, json_string_value(value));
	again = json_loads(b.data, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	must(again != NULL && strcmp(json_string_value(again), json_string_value(value)) == 0);
	json_decref(again);
	buffer_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct error err = {0};
	json_t *value = json_parse(text, size, &err);

	if (value == NULL)
		must(err.kind == ERROR_INVALID && err.message[0] != '\0');
	if (json_is_string(value))
		put(value);
	for (size_t i = 0; value != NULL && api.endpoints[i].path != NULL; i++)
		check(api.endpoints[i].body, value);
	for (size_t i = 0; value != NULL && api.streams[i].path != NULL; i++)
		check(api.streams[i].config, value);
	json_decref(value);
	free(text);
	return 0;
}
