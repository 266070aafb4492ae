/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's configuration file: what is read, and how wrong ones are named. */
#include "tree.h"

#include "daemon/config.h"

static int set_up(void **state)
{
	*state = tree_new();
	return 0;
}

static int tear_down(void **state)
{
	tree_remove(*state);
	return 0;
}

static const char *write_config(const char *dir, const char *text)
{
	const char *path = at("%s/config.yaml", dir);

	put_file(path, text);
	return path;
}

static void test_whole(void **state)
{
	struct error err = {0};
	struct config *c =
		config_load(write_config(*state, "kleene_root: /k/root\n"
						 "run_dir: /k/run\n"
						 "instance: k1\n"
						 "log_level: warning\n"
						 "enable_logging: false\n"
						 "log_file: /k/log\n"
						 "api_listening_sockets:\n"
						 "  - address: \"http:///k/sock\"\n"
						 "  - address: \"https://127.0.0.1:8085\"\n"
						 "    tlscert: /k/cert\n"
						 "    tlskey: /k/key\n"
						 "    tlsverify: true\n"
						 "    allow_insecure: off\n"
						 "    hostnames: [a.example, b]\n"),
			&err);

	assert_non_null(c);
	assert_string_equal(c->kleene_root, "/k/root");
	assert_string_equal(c->run_dir, "/k/run");
	assert_string_equal(c->instance, "k1");
	assert_string_equal(c->log_file, "/k/log");
	assert_int_equal(*c->log_level, LOG_WARNING_);
	assert_false(*c->enable_logging);
	assert_int_equal(c->api_listening_sockets_count, 2);
	assert_string_equal(c->api_listening_sockets[0].address, "http:///k/sock");
	assert_false(c->api_listening_sockets[0].tlsverify);
	assert_string_equal(c->api_listening_sockets[1].tlscert, "/k/cert");
	assert_true(c->api_listening_sockets[1].tlsverify);
	assert_false(c->api_listening_sockets[1].allow_insecure);
	assert_int_equal(c->api_listening_sockets[0].hostnames_count, 0);
	assert_int_equal(c->api_listening_sockets[1].hostnames_count, 2);
	assert_string_equal(c->api_listening_sockets[1].hostnames[1], "b");
	config_free(c);
}

static void test_defaults(void **state)
{
	struct error err = {0};
	struct config *c = config_load(write_config(*state, "log_level: debug\n"), &err);

	assert_non_null(c);
	assert_string_equal(c->run_dir, "/var/run/kleene");
	assert_string_equal(c->instance, "kleene");
	assert_non_null(c->kleene_root);
	assert_int_equal(c->api_listening_sockets_count, 1);
	assert_string_equal(c->api_listening_sockets[0].address, "http:///var/run/kleened.sock");
	assert_null(c->enable_logging);
	assert_null(c->log_file);
	config_free(c);
}

/* The file is refused in a line that names the file and says this. */
static void refused(const char *dir, const char *text, const char *says)
{
	struct error err = {0};
	const char *path = write_config(dir, text);

	if (config_load(path, &err) != NULL)
		fail_msg("accepted: %s", text);
	if (strstr(err.message, path) == NULL || strstr(err.message, says) == NULL)
		fail_msg("'%s' does not say '%s'", err.message, says);
	assert_null(strchr(err.message, '\n'));
}

static void test_refused(void **state)
{
	refused(*state, "kleene_rot: /x\n", "kleene_rot");
	refused(*state, "run_dir: relative\n", "run_dir: 'relative'");
	refused(*state,
		"run_dir: /12345678901234567890123456789012345678901234567890123456789012345678901"
		"\n",
		"run_dir");
	refused(*state, "instance: way_too_long\n", "instance: 'way_too_long'");
	refused(*state, "instance: a/b\n", "instance: 'a/b'");
	refused(*state, "log_level: loud\n", "loud");
	refused(*state, "enable_logging: perhaps\n", "perhaps");
	refused(*state, "api_listening_sockets:\n  - tlscert: /x\n", "address");
	refused(*state,
		"api_listening_sockets:\n  - address: http://[::1]\n    hostnames: [\"a:80\"]\n",
		"hostnames: 'a:80'");
	refused(*state, "run_dir: [a, b\n", "");
	refused(*state, "- a\n- b\n", "");
}

static void test_missing_file(void **state)
{
	struct error err = {0};

	assert_null(config_load(at("%s/none.yaml", (char *)*state), &err));
	assert_non_null(strstr(err.message, "none.yaml: No such file or directory"));
}

static const char *sample; /* the file that is installed as a sample */

/* The sample with what it shows as defaults made real: lines with one '#'. */
static void uncomment(const char *to)
{
	struct buffer text = {0};
	char line[256];
	FILE *file = fopen(sample, "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		buffer_puts(&text, line + (line[0] == '#' && line[1] != '#' ? 1 : 0));
	fclose(file);
	put_file(to, text.data);
	buffer_free(&text);
}

static void test_sample(void **state)
{
	const char *path = at("%s/sample.yaml", (char *)*state);
	struct error err = {0};
	struct config *c, *defaults;

	if (sample == NULL)
		skip();
	uncomment(path);
	c = config_load(path, &err);
	if (c == NULL)
		fail_msg("%s", err.message);
	defaults = config_load(write_config(*state, "log_level: info\n"), &err);
	assert_non_null(defaults);
	assert_string_equal(c->run_dir, defaults->run_dir);
	assert_string_equal(c->instance, defaults->instance);
	assert_string_equal(
		c->api_listening_sockets[0].address, defaults->api_listening_sockets[0].address);
	/* every key is in it */
	assert_int_equal(c->api_listening_sockets_count, 2);
	assert_non_null(c->api_listening_sockets[1].tlsdh);
	assert_true(*c->enable_logging);
	assert_int_equal(*c->log_level, *defaults->log_level);
	assert_non_null(c->log_file);
	assert_non_null(c->pf_config_path);
	assert_non_null(c->pf_config_template_path);
	config_free(defaults);
	config_free(c);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole),
		TEST(test_defaults),
		TEST(test_refused),
		TEST(test_missing_file),
		TEST(test_sample),
	};

	sample = argc > 1 ? argv[1] : NULL;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
