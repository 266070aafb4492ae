/* SPDX-License-Identifier: BSD-2-Clause */
/* What base images are made from: the distribution's description, its sources, releases' names. */
#include "tree.h"

#include "base_image/freebsd/release.h"
#include "base_image/linux/distribution.h"

static void test_os_release(void **state)
{
	struct distribution d;

	distribution_parse("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\n"
			   "VERSION_CODENAME=bookworm\nID=debian\n",
		&d);
	assert_string_equal(d.id, "debian");
	assert_string_equal(d.codename, "bookworm");
	assert_true(distribution_is(&d, "debian"));
	assert_false(distribution_is(&d, "ubuntu"));
	AUTO_FREE char *tag = distribution_tag(&d);
	assert_string_equal(tag, "Debian-12");
	distribution_free(&d);
	distribution_parse("ID='kali'\nID_LIKE=\"ubuntu debian\"\r\nVERSION_CODENAME=a/b c", &d);
	assert_true(distribution_is(&d, "debian"));
	AUTO_FREE char *odd = distribution_tag(&d);
	assert_string_equal(odd, "Kali-a_b_c");
	distribution_free(&d);
	distribution_parse("", &d);
	AUTO_FREE char *none = distribution_tag(&d);
	assert_string_equal(none, "Linux-rolling");
	distribution_free(&d);
}

static void chosen_are(struct apt_sources *list, const char *codename, const char *expected)
{
	size_t chosen[3], n = apt_sources_choose(list, codename, chosen, 3);
	struct buffer b = {0};

	buffer_puts(&b, "");
	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *line = apt_source_line(&list->v[chosen[i]]);
		buffer_printf(&b, "%s\n", line);
	}
	assert_string_equal(b.data, expected);
	buffer_free(&b);
	apt_sources_free(list);
}

static void test_list(void **state)
{
	struct apt_sources list = {0};

	apt_sources_parse(&list,
		"# deb http://commented/ bookworm main\n"
		"deb [arch=amd64] http://other.example/ppa bookworm main # another vendor's\n"
		"deb http://mirror.example/debian bookworm main contrib\n"
		"deb-src http://mirror.example/debian bookworm main\n"
		"deb cdrom:[disk]/ bookworm main\n"
		"deb http://mirror.example/debian bookworm-updates main\n"
		"deb [signed-by=/k.gpg arch=amd64] https://mirror.example/s bookworm-security "
		"main\n"
		"deb http://mirror.example/debian trixie main\n"
		"deb\ndeb [\ndeb [x] \ndeb http://x",
		false);
	chosen_are(&list, "bookworm",
		"deb http://mirror.example/debian bookworm main contrib\n"
		"deb http://mirror.example/debian bookworm-updates main\n"
		"deb [signed-by=/k.gpg] https://mirror.example/s bookworm-security main\n");
}

static void test_deb822(void **state)
{
	struct apt_sources list = {0};

	apt_sources_parse(&list,
		"Types: deb\nURIs: http://off.example/\nSuites: bookworm\nComponents: main\n"
		"Enabled: no\n"
		"\n"
		"types: deb deb-src\n# a comment\nURIs: http://a.example/debian\n"
		"Suites: bookworm\n bookworm-updates\nComponents: main\nSigned-By: /k.gpg\n"
		" \n"
		"Types: deb\nURIs: http://a.example/security\nSuites: bookworm-security\n"
		"Components: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n",
		true);
	chosen_are(&list, "bookworm",
		"deb [signed-by=/k.gpg] http://a.example/debian bookworm main\n"
		"deb [signed-by=/k.gpg] http://a.example/debian bookworm-updates main\n"
		"deb http://a.example/security bookworm-security main\n");
}

static void test_no_source(void **state)
{
	struct apt_sources list = {0};

	apt_sources_parse(&list, "deb http://x.example/ bookworm stable\n", false);
	chosen_are(&list, "bookworm", "");
}

static void test_release_url(void **state)
{
	static const char *const cases[][2] = {
		{"14.1-RELEASE-p5",
			"https://download.freebsd.org/releases/amd64/amd64/14.1-RELEASE"},
		{"14.1-RELEASE", "https://download.freebsd.org/releases/amd64/amd64/14.1-RELEASE"},
		{"14.2-RC1", "https://download.freebsd.org/releases/amd64/amd64/14.2-RC1"},
		{"15.0-CURRENT", "https://download.freebsd.org/snapshots/amd64/amd64/15.0-CURRENT"},
		{"14.1-STABLE", "https://download.freebsd.org/snapshots/amd64/amd64/14.1-STABLE"},
	};
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *url = release_url(cases[i][0], "amd64", "amd64", &err);
		assert_string_equal(url, cases[i][1]);
	}
	assert_null(release_url("14.1-MINE", "amd64", "amd64", &err));
	assert_null(release_url("14.1-RELEASE/../x", "amd64", "amd64", &err));
	assert_null(release_url("14.1", "amd64", "amd64", &err));
	AUTO_FREE char *tag = release_tag("14.1-RELEASE-p5");
	assert_string_equal(tag, "FreeBSD-14.1-RELEASE");
}

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_manifest(void **state)
{
	static const char manifest[] = "base-dbg.txz\tffff\t1643\tbase_dbg\t\"x\"\toff\n"
				       "base.txz\t" SUM "\t29000\tbase\t\"Base system\"\ton\n"
				       "bad.txz\t0123\t1";

	AUTO_FREE char *sum = release_checksum(manifest, "base.txz");
	assert_string_equal(sum, SUM);
	assert_null(release_checksum(manifest, "bad.txz"));
	assert_null(release_checksum(manifest, "src.txz"));
	assert_null(release_checksum("", "base.txz"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_os_release),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_deb822),
		cmocka_unit_test(test_no_source),
		cmocka_unit_test(test_release_url),
		cmocka_unit_test(test_manifest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
