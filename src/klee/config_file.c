/* SPDX-License-Identifier: BSD-2-Clause */
#include <cyaml/cyaml.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "config/config_error.h"
#include "klee/settings.h"

#define KEY(name)                                                                                  \
	CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,                    \
		struct setting_values, name, 0, CYAML_UNLIMITED)

static const cyaml_schema_field_t fields[] = {
	KEY(host),
	KEY(theme),
	KEY(tlsverify),
	KEY(tlscert),
	KEY(tlskey),
	KEY(tlscacert),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct setting_values, fields),
};

/* The whole file; it is read here because libcyaml does not say why it cannot open a file. */
static int read_file(const char *path, struct buffer *b, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	char part[4096];
	ssize_t n = 0;

	if (fd < 0)
		return error_errno(err, errno, "cannot read configuration file %s", path);
	while ((n = read(fd, part, sizeof(part))) > 0 && b->len < (1u << 20))
		buffer_add(b, part, (size_t)n);
	if (n < 0)
		return error_errno(err, errno, "cannot read configuration file %s", path);
	return 0;
}

/* True if there is nothing but comments and blanks, which libcyaml takes for an error. */
static bool blank(const char *text)
{
	while (*text != '\0') {
		text += strspn(text, " \t\r\n");
		if (*text != '#')
			return *text == '\0';
		text += strcspn(text, "\n");
	}
	return true;
}

int config_file_load(const char *path, struct setting_values *values, struct error *err)
{
	AUTO(strings_free) struct strings log = {0};
	const cyaml_config_t config = {
		.log_fn = config_log,
		.log_ctx = &log,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS,
	};
	struct setting_values *loaded = NULL;
	struct buffer text = {0};
	cyaml_err_t rc;

	if (read_file(path, &text, err) < 0) {
		buffer_free(&text);
		return -1;
	}
	if (text.len == 0 || blank(text.data)) {
		buffer_free(&text);
		return 0;
	}
	rc = cyaml_load_data((const uint8_t *)text.data, text.len, &config, &schema,
		(cyaml_data_t **)&loaded, NULL);
	buffer_free(&text);
	if (rc != CYAML_OK)
		return config_error(path, rc, &log, err);
	*values = *loaded;
	free(loaded); /* cyaml_mem is realloc(3): the strings are now the caller's */
	return 0;
}
