/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/id.h"
#include "base/mem.h"
#include "config/config_error.h"
#include "daemon/config_schema.h"
#include "host/storage.h"
#include "host/system.h"
#include "net/address.h"

#define RUN_DIR_MAX  70 /* the sockets below it must fit into a struct sockaddr_un */
#define INSTANCE_MAX 8 /* interface names made with it have at most 15 characters */

static const cyaml_strval_t level_values[] = {
	{"debug", LOG_DEBUG_},
	{"info", LOG_INFO_},
	{"notice", LOG_NOTICE_},
	{"warning", LOG_WARNING_},
	{"error", LOG_ERROR_},
	{"critical", LOG_CRITICAL_},
};

/* libcyaml's own boolean takes every text it does not know, "off" among them, for true. */
static const cyaml_strval_t bool_values[] = {
	{"true", true},
	{"false", false},
	{"yes", true},
	{"no", false},
	{"on", true},
	{"off", false},
};

#define BOOLEAN(key, structure, member)                                                            \
	CYAML_FIELD_ENUM(key, CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, structure, member,          \
		bool_values, ARRAY_SIZE(bool_values))

#define TEXT(key, structure, member)                                                               \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member,   \
		1, CYAML_UNLIMITED)

static const cyaml_schema_value_t name_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 253),
};

const cyaml_schema_field_t config_listener_fields[] = {
	CYAML_FIELD_STRING_PTR(
		"address", CYAML_FLAG_POINTER, struct listener, address, 1, CYAML_UNLIMITED),
	TEXT("tlscert", struct listener, tlscert),
	TEXT("tlskey", struct listener, tlskey),
	TEXT("tlscacert", struct listener, tlscacert),
	TEXT("tlsdh", struct listener, tlsdh),
	BOOLEAN("tlsverify", struct listener, tlsverify),
	BOOLEAN("allow_insecure", struct listener, allow_insecure),
	CYAML_FIELD_SEQUENCE("hostnames", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct listener,
		hostnames, &name_schema, 1, 64),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t listener_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct listener, config_listener_fields),
};

const cyaml_schema_field_t config_fields[] = {
	TEXT("kleene_root", struct config, kleene_root),
	TEXT("run_dir", struct config, run_dir),
	TEXT("instance", struct config, instance),
	CYAML_FIELD_SEQUENCE("api_listening_sockets", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
		struct config, api_listening_sockets, &listener_schema, 1, 64),
	CYAML_FIELD_ENUM_PTR("enable_logging",
		CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct config,
		enable_logging, bool_values, ARRAY_SIZE(bool_values)),
	CYAML_FIELD_ENUM_PTR("log_level",
		CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct config,
		log_level, level_values, ARRAY_SIZE(level_values)),
	TEXT("log_file", struct config, log_file),
	TEXT("pf_config_template_path", struct config, pf_config_template_path),
	TEXT("pf_config_path", struct config, pf_config_path),
	CYAML_FIELD_SEQUENCE("network_pools", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
		struct config, network_pools, &name_schema, 1, 64),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t config_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config, config_fields),
};

static const cyaml_config_t *parser(cyaml_config_t *c, struct strings *log)
{
	*c = (cyaml_config_t){
		.log_fn = config_log,
		.log_ctx = log,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_DEFAULT,
	};
	return c;
}

static void set_default(char **value, const char *fallback)
{
	if (*value == NULL)
		*value = xstrdup(fallback);
}

static const char *const default_pools[] = {"10.89.0.0/16", "172.28.0.0/14", "fd6b:6c65:656f::/48"};

static void fill_in(struct config *c)
{
	set_default(&c->kleene_root, storage_default_root);
	set_default(&c->run_dir, "/var/run/kleene");
	set_default(&c->instance, "kleene");
	set_default(&c->pf_config_template_path, "/usr/local/etc/kleened/pf.conf.kleene");
	set_default(&c->pf_config_path, "/etc/pf.conf");
	if (c->network_pools_count == 0) {
		c->network_pools = xcalloc(ARRAY_SIZE(default_pools), sizeof(char *));
		for (size_t i = 0; i < ARRAY_SIZE(default_pools); i++)
			c->network_pools[c->network_pools_count++] = xstrdup(default_pools[i]);
	}
	if (c->api_listening_sockets_count == 0) {
		c->api_listening_sockets = xcalloc(1, sizeof(*c->api_listening_sockets));
		c->api_listening_sockets_count = 1;
		set_default(&c->api_listening_sockets[0].address, "http:///var/run/kleened.sock");
	}
}

/* A name with a port or a scheme would never be found in a request. */
static int check_names(const struct listener *l, struct error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	for (unsigned int i = 0; i < l->hostnames_count; i++)
		if (l->hostnames[i][strspn(l->hostnames[i], allowed)] != '\0')
			return error_set(err, ERROR_INVALID,
				"api_listening_sockets: %s: hostnames: '%s' is not a host name",
				l->address, l->hostnames[i]);
	return 0;
}

static int check(const struct config *c, struct error *err)
{
	if (c->run_dir[0] != '/' || strlen(c->run_dir) > RUN_DIR_MAX)
		return error_set(err, ERROR_INVALID,
			"run_dir: '%s' is not an absolute path of at most %d characters",
			c->run_dir, RUN_DIR_MAX);
	if (!name_valid(c->instance) || strlen(c->instance) > INSTANCE_MAX)
		return error_set(err, ERROR_INVALID,
			"instance: '%s' is not a name of at most %d letters and digits",
			c->instance, INSTANCE_MAX);
	for (unsigned int i = 0; i < c->network_pools_count; i++) {
		struct subnet pool;

		if (subnet_parse(c->network_pools[i], AF_UNSPEC, &pool, err) != 0)
			return error_prefix(err, "network_pools");
	}
	for (unsigned int i = 0; i < c->api_listening_sockets_count; i++)
		if (check_names(&c->api_listening_sockets[i], err) != 0)
			return -1;
	return 0;
}

struct config *config_load(const char *path, struct error *err)
{
	struct strings log = {0};
	cyaml_config_t yaml;
	cyaml_data_t *data = NULL;
	struct config *c;

	if (path == NULL && access(daemon_config_path, F_OK) == 0)
		path = daemon_config_path;
	if (path != NULL) {
		cyaml_err_t e =
			cyaml_load_file(path, parser(&yaml, &log), &config_schema, &data, NULL);

		if (e != CYAML_OK)
			config_error(path, e, &log, err);
		strings_free(&log);
		if (e != CYAML_OK)
			return NULL;
	}
	c = data != NULL ? (struct config *)data : xcalloc(1, sizeof(*c));
	fill_in(c);
	if (check(c, err) != 0) {
		if (path != NULL)
			error_prefix(err, "%s", path);
		config_free(c);
		return NULL;
	}
	return c;
}

void config_free(struct config *config)
{
	cyaml_config_t yaml;

	cyaml_free(parser(&yaml, NULL), &config_schema, config, 0);
}
