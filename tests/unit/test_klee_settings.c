/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings: option before environment before file; the file's errors; URLs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "klee/settings.h"

static const struct option *const tables[] = {global_options, NULL};

static const char *const variables[] = {"KLEE_CONFIG", "KLEE_HOST", "KLEE_THEME", "KLEE_TLS_VERIFY",
	"KLEE_TLS_CERT", "KLEE_TLS_KEY", "KLEE_TLS_CACERT", "HOME"};

struct place {
	char directory[64];
	char file[96];
};

static int set_up(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));

	strcpy(p->directory, "/tmp/klee-test-XXXXXX");
	if (mkdtemp(p->directory) == NULL || chdir(p->directory) < 0)
		return -1;
	snprintf(p->file, sizeof(p->file), "%s/klee_config.yaml", p->directory);
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		unsetenv(variables[i]);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	unlink(p->file);
	(void)!chdir("/");
	rmdir(p->directory);
	free(p);
	return 0;
}

static void write_file(const struct place *p, const char *text)
{
	FILE *f = fopen(p->file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

#define ARGV(...)                                                                                  \
	(const char *[])                                                                           \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define NOTHING                                                                                    \
	(const char *[])                                                                           \
	{                                                                                          \
		NULL                                                                               \
	}

static int load(struct settings *s, const char **argv, struct error *err)
{
	struct args args = {0};
	int argc = 0, rc;

	while (argv[argc] != NULL)
		argc++;
	*s = (struct settings){0};
	*err = (struct error){0};
	assert_int_equal(args_parse(&args, tables, 0, argc, (char **)argv, err), 0);
	rc = settings_load(s, &args, err);
	args_free(&args);
	return rc;
}

static void expect_error(const char **argv, const char *part)
{
	struct settings s;
	struct error err;

	assert_int_equal(load(&s, argv, &err), -1);
	assert_int_equal(err.code, EXIT_KLEE_FAILED);
	if (strstr(err.message, part) == NULL)
		fail_msg("'%s' is not in '%s'", part, err.message);
	settings_free(&s);
}

static void test_defaults(void **state)
{
	struct settings s;
	struct error err;

	assert_int_equal(load(&s, NOTHING, &err), 0);
	assert_string_equal(s.host, "http:///var/run/kleened.sock");
	assert_string_equal(s.theme, "fancy");
	assert_true(s.tlsverify);
	assert_null(s.tlscert);
	settings_free(&s);
}

static void test_priority(void **state)
{
	struct settings s;
	struct error err;

	write_file(*state, "# comment\nhost: http://file\ntheme: simple\ntlsverify: false\n");
	assert_int_equal(load(&s, NOTHING, &err), 0);
	assert_string_equal(s.host, "http://file");
	assert_string_equal(s.theme, "simple");
	assert_false(s.tlsverify);
	settings_free(&s);
	setenv("KLEE_HOST", "http://environment", 1);
	setenv("KLEE_TLS_VERIFY", "1", 1);
	assert_int_equal(load(&s, NOTHING, &err), 0);
	assert_string_equal(s.host, "http://environment");
	assert_string_equal(s.theme, "simple");
	assert_true(s.tlsverify);
	settings_free(&s);
	assert_int_equal(
		load(&s, ARGV("--host", "http://option", "--no-tlsverify", "--theme", "fancy"),
			&err),
		0);
	assert_string_equal(s.host, "http://option");
	assert_string_equal(s.theme, "fancy");
	assert_false(s.tlsverify);
	settings_free(&s);
}

static void test_files(void **state)
{
	struct place *p = *state;
	struct settings s;
	struct error err;

	write_file(p, "");
	assert_int_equal(load(&s, ARGV("--config", p->file), &err), 0);
	settings_free(&s);
	write_file(p, "\n  # nothing here\n");
	assert_int_equal(load(&s, NOTHING, &err), 0);
	settings_free(&s);
	setenv("KLEE_CONFIG", "/nonexistent/file", 1);
	expect_error(NOTHING, "/nonexistent/file: No such file");
	assert_int_equal(load(&s, ARGV("--config", p->file), &err), 0);
	settings_free(&s);
}

static void test_file_errors(void **state)
{
	struct place *p = *state;

	write_file(p, "host: http://x\nhots: y\n");
	expect_error(NOTHING, "klee_config.yaml:2: unknown key 'hots'");
	write_file(p, "host: [a, b]\n");
	expect_error(NOTHING, "klee_config.yaml");
	write_file(p, "- host\n");
	expect_error(NOTHING, "klee_config.yaml");
	write_file(p, "host: 'unfinished\n");
	expect_error(NOTHING, "klee_config.yaml");
	write_file(p, "theme: pretty\n");
	expect_error(NOTHING, "pretty");
	write_file(p, "tlsverify: perhaps\n");
	expect_error(NOTHING, "perhaps");
}

static void test_tls(void **state)
{
	struct settings s;
	struct error err;

	expect_error(ARGV("--tlscert", "a"), "tlscert is given without tlskey");
	expect_error(ARGV("--tlskey", "a"), "tlskey is given without tlscert");
	setenv("KLEE_TLS_VERIFY", "off", 1);
	assert_int_equal(load(&s, ARGV("--tlscacert", "ca.pem"), &err), 0);
	assert_true(s.tlsverify);
	settings_free(&s);
}

static void expect_url(const char *text, bool tls, const char *path, const char *host, int port)
{
	struct url url;
	struct error err;

	assert_int_equal(url_parse(&url, text, &err), 0);
	assert_int_equal(url.tls, tls);
	if (path == NULL)
		assert_null(url.path);
	else
		assert_string_equal(url.path, path);
	assert_string_equal(url.host, host);
	if (path == NULL)
		assert_int_equal(url.port, port);
	url_free(&url);
}

static void test_urls(void **state)
{
	static const char *const bad[] = {"", "x", "ftp://x", "http://", "http://x:", "http://x:0",
		"http://x:65536", "http://x:1a", "http://x/path", "http://[::1", "http://[::1]x",
		"http://:80"};
	char long_url[256] = "http:///";
	struct url url;
	struct error err;

	expect_url("http:///run/x.sock", false, "/run/x.sock", "localhost", 0);
	expect_url("https:///run/x.sock", true, "/run/x.sock", "localhost", 0);
	expect_url("unix:///run/x.sock", false, "/run/x.sock", "localhost", 0);
	expect_url("http://example.org", false, NULL, "example.org", 80);
	expect_url("https://10.0.0.1/", true, NULL, "10.0.0.1", 443);
	expect_url("https://[::1]:8443", true, NULL, "::1", 8443);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(url_parse(&url, bad[i], &err), -1);
		url_free(&url);
	}
	memset(long_url + 8, 'a', 200);
	assert_int_equal(url_parse(&url, long_url, &err), -1);
	url_free(&url);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_defaults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_priority, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_file_errors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_tls, set_up, tear_down),
		cmocka_unit_test(test_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
