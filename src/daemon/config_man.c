/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints kleened.conf(5), when Kleene is built: the keys from the schema of the configuration, with
 * the text from the table below. A key without a text, or a text without a key, is an error.
 */
#include <stdio.h>
#include <string.h>

#include "base/mdoc.h"
#include "base/mem.h"
#include "daemon/config_schema.h"

static const struct key_text {
	const char *key, *value, *def, *text;
} texts[] = {
	{"kleene_root", "DATASET | DIRECTORY", "zroot/kleene on FreeBSD, /var/lib/kleene on Linux",
		"where images, containers, volumes and what is known of them live: a ZFS dataset, "
		"without leading '/', or a directory. It chooses how they are stored"},
	{"run_dir", "DIRECTORY", "/var/run/kleene",
		"sockets and state of running containers: an absolute path of at most 70 "
		"characters, on a file system that is empty after a reboot"},
	{"instance", "NAME", "kleene",
		"by which the daemon knows on the host what is its own: the name of its control "
		"groups and of the firewall's tables, and a mark of interfaces. At most 8 letters "
		"and digits. A second daemon on the same host needs another one, and its own "
		"kleene_root, run_dir and socket"},
	{"api_listening_sockets", "LIST", "one entry, http:///var/run/kleened.sock",
		"where clients are answered; each entry has the keys below"},
	{"enable_logging", "true | false", "true", "whether anything is logged"},
	{"log_level", "WORD", "info",
		"the least that is logged: debug, info, notice, warning, error or critical"},
	{"log_file", "FILE", NULL,
		"the file to log to, instead of standard error; it is opened anew on SIGHUP"},
	{"pf_config_template_path", "FILE", "/usr/local/etc/kleened/pf.conf.kleene",
		"FreeBSD: the template that the firewall's rules are rendered into"},
	{"pf_config_path", "FILE", "/etc/pf.conf", "FreeBSD: what is rendered from it"},
	{"network_pools", "LIST", "10.89.0.0/16, 172.28.0.0/14 and fd6b:6c65:656f::/48",
		"subnets of which networks that are created without one get the first part that "
		"nothing else has: a /24 of IPv4, and a /64 of IPv6 if the host has IPv6"},
	{"address", "URL", NULL,
		"where to listen: at a path, http[s]:///path, or an address, http[s]://IP[:PORT]. "
		"The ports are 80 and 443 unless given"},
	{"tlscert", "FILE", NULL,
		"the server's certificate, with the chain it needs (PEM); https alone"},
	{"tlskey", "FILE", NULL, "the key of that certificate (PEM)"},
	{"tlsverify", "true | false", "false",
		"whether clients must show a certificate that the authority in tlscacert signed"},
	{"tlscacert", "FILE", NULL,
		"the certificate of the authority that signs those of clients (PEM)"},
	{"tlsdh", "FILE", NULL, "parameters for a key exchange by Diffie and Hellman (PEM)"},
	{"allow_insecure", "true | false", "false",
		"whether plain http may listen on an IP address. Whoever can connect to it can "
		"become root: of a loopback address that is every user of the host, and every "
		"container that shares the host's network"},
	{"hostnames", "LIST", "none",
		"further names by which clients may call a server that listens on an IP address. "
		"Requests whose Host is neither one of these, localhost, an IP address nor a name "
		"that tlscert is for are refused, and so are those of web pages (Origin) that are "
		"not the server's own"},
};

static const struct key_text *find(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(texts[i].key, key) == 0)
			return &texts[i];
	return NULL;
}

static void print_fields(const cyaml_schema_field_t *fields)
{
	for (const cyaml_schema_field_t *f = fields; f->key != NULL; f++) {
		const struct key_text *text = find(f->key);

		printf(".It Va %s : Ar %s\n", f->key, text->value);
		mdoc_sentence(text->text);
		if (text->def != NULL)
			printf("Default:\n%s.\n", text->def);
	}
}

static void print_keys(void *arg)
{
	print_fields(config_fields);
}

static void print_listener(void *arg)
{
	print_fields(config_listener_fields);
}

/* Counts the keys; a negative number if one has no text. */
static int check(const cyaml_schema_field_t *fields)
{
	int n = 0;

	for (; fields->key != NULL; fields++, n++) {
		if (find(fields->key) == NULL) {
			fprintf(stderr, "config_man.c has no text for the key %s\n", fields->key);
			return -1;
		}
	}
	return n;
}

int main(void)
{
	static const struct mdoc_mark marks[] = {
		{"KEYS", print_keys}, {"LISTENER", print_listener}, {0}};
	int keys = check(config_fields), listener = check(config_listener_fields);

	if (keys < 0 || listener < 0)
		return 1;
	if (keys + listener != (int)ARRAY_SIZE(texts)) {
		fputs("config_man.c has a text for what is no key\n", stderr);
		return 1;
	}
	return mdoc_fill(marks, NULL);
}
