/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Schemas of the API's JSON objects, as tables of fields. A table checks what a client sends,
 * fills in defaults, and is rendered into /openapi.json (as are the schemas of answers).
 */
#ifndef JSON_SCHEMA_H
#define JSON_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

enum schema_type {
	SCHEMA_STRING,
	SCHEMA_BOOLEAN, /* also the strings "true" and "false" */
	SCHEMA_INTEGER,
	SCHEMA_NUMBER, /* integer or real */
	SCHEMA_STRINGS, /* list of strings */
	SCHEMA_OBJECT, /* of the schema in 'of' */
	SCHEMA_LIST, /* of objects of the schema in 'of' */
	SCHEMA_MAP, /* strings to strings */
	SCHEMA_PAIRS, /* list of lists of strings (an image's instructions) */
};

struct schema;

struct field {
	const char *name;
	enum schema_type type;
	const struct schema *of; /* for SCHEMA_OBJECT and SCHEMA_LIST */
	bool required; /* must be there; otherwise it may be absent or null */
	const char *fallback; /* JSON text put in when it is absent or null; NULL: left out */
	const char *const *values; /* the strings it may have, NULL-terminated; NULL: any */
	const char *summary;
};

struct schema {
	const char *name; /* "ContainerConfig" */
	const struct field *fields; /* ends with a row without name */
};

/*
 * Checks value against the schema. Returns a new object that holds the schema's fields alone
 * (unknown fields are ignored, nulls dropped, defaults filled in, "true" made true), or NULL with
 * ERROR_INVALID naming the field: "ContainerConfig.env: expected a list of strings". Strings must
 * not contain NUL bytes.
 */
json_t *schema_check(const struct schema *schema, json_t *value, struct error *err);

#endif
