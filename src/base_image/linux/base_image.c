/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Base images of the distributions that have apt: made by mmdebstrap(1), or by debootstrap(8) where
 * that is all there is, with what Docker's and other images of these distributions have: the
 * essential packages and apt.
 */
#include "base_image/base_image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base_image/linux/distribution.h"
#include "host/linux/program.h"

#define CONFIG_MAX  (1u << 20) /* bytes of a configuration file */
#define SOURCES_MAX 3

static int read_file(const char *path, struct buffer *text)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char block[8192];
	ssize_t n = -1;

	buffer_puts(text, "");
	while (fd >= 0 && (n = read(fd, block, sizeof(block))) > 0 && text->len < CONFIG_MAX)
		buffer_add(text, block, (size_t)n);
	return n < 0 ? -1 : 0;
}

static int read_distribution(struct distribution *d, struct error *err)
{
	struct buffer text = {0};

	if (read_file("/etc/os-release", &text) != 0 &&
		read_file("/usr/lib/os-release", &text) != 0) {
		buffer_free(&text);
		return error_errno(err, errno, "cannot read /etc/os-release");
	}
	distribution_parse(text.data, d);
	buffer_free(&text);
	return 0;
}

static void read_sources_file(struct apt_sources *list, const char *path, bool deb822)
{
	struct buffer text = {0};

	if (read_file(path, &text) == 0)
		apt_sources_parse(list, text.data, deb822);
	buffer_free(&text);
}

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);
	return len > n && strcmp(s + len - n, end) == 0;
}

/* All that apt is configured with on the host. */
static void read_sources(struct apt_sources *list)
{
	struct dirent **entries;
	int n;

	read_sources_file(list, "/etc/apt/sources.list", false);
	n = scandir("/etc/apt/sources.list.d", &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		AUTO_FREE char *path = xasprintf("/etc/apt/sources.list.d/%s", name);
		if (ends_with(name, ".list") || ends_with(name, ".sources"))
			read_sources_file(list, path, ends_with(name, ".sources"));
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static void make_environment(struct strings *env)
{
	static const char *const kept[] = {
		"http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY"};

	strings_add(env, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	strings_add(env, "LC_ALL=C.UTF-8");
	strings_add(env, "HOME=/root");
	strings_add(env, "DEBIAN_FRONTEND=noninteractive");
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (getenv(kept[i]) != NULL)
			strings_take(env, xasprintf("%s=%s", kept[i], getenv(kept[i])));
}

/* What to make the image from. */
struct recipe {
	const char *dir;
	const char *codename;
	const struct apt_sources *list;
	size_t chosen[SOURCES_MAX], n; /* [0] is the release itself */
};

static const struct apt_source *source(const struct recipe *r, size_t i)
{
	return &r->list->v[r->chosen[i]];
}

static void mmdebstrap_arguments(struct strings *argv, const struct recipe *r)
{
	bool tls = false;

	for (size_t i = 0; i < r->n; i++)
		tls = tls || strncmp(source(r, i)->uri, "https:", 6) == 0;
	strings_add(argv, "--mode=root");
	strings_add(argv, "--variant=apt");
	strings_add(argv, "--format=directory");
	/* both stay in the image, where they are as useful */
	strings_add(argv, "--aptopt=Acquire::Languages \"none\"");
	strings_add(argv, "--dpkgopt=force-unsafe-io");
	if (tls)
		strings_add(argv, "--include=ca-certificates");
	strings_add(argv, r->codename);
	strings_add(argv, r->dir);
	for (size_t i = 0; i < r->n; i++)
		strings_take(argv, apt_source_line(source(r, i)));
}

static void debootstrap_arguments(struct strings *argv, const struct recipe *r)
{
	const struct apt_source *release = source(r, 0);

	strings_add(argv, "--variant=minbase");
	if (release->signed_by != NULL)
		strings_take(argv, xasprintf("--keyring=%s", release->signed_by));
	if (strncmp(release->uri, "https:", 6) == 0)
		strings_add(argv, "--include=ca-certificates");
	strings_add(argv, r->codename);
	strings_add(argv, r->dir);
	strings_add(argv, release->uri);
}

/* Opens a directory of the new image; what the programs above make has no links among these. */
static int open_inside(int dirfd, const char *path)
{
	return openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Removes the files, not the directories, of a directory; if devices, only device nodes. */
static void clear_directory(int root, const char *path, bool devices)
{
	int fd = open_inside(root, path);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	struct stat st;

	if (dir == NULL) {
		close_fd(&fd);
		return;
	}
	while ((e = readdir(dir)) != NULL) {
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(st.st_mode))
			continue;
		if (!devices || S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
			unlinkat(fd, e->d_name, 0);
	}
	closedir(dir);
}

/* Takes out what belongs to the host or to the making, as far as it is there. */
static void clean(int dirfd)
{
	static const char *const caches[] = {
		"var/cache/apt", "var/cache/apt/archives", "var/lib/apt/lists"};
	AUTO_CLOSE int etc = open_inside(dirfd, "etc");

	if (etc >= 0) {
		unlinkat(etc, "resolv.conf", 0);
		unlinkat(etc, "hostname", 0);
	}
	clear_directory(dirfd, "dev", true); /* containers get their own */
	for (size_t i = 0; i < ARRAY_SIZE(caches); i++)
		clear_directory(dirfd, caches[i], false);
}

/* debootstrap(8) knows one source only. */
static int write_sources(int dirfd, const struct recipe *r, struct error *err)
{
	AUTO_CLOSE int apt = open_inside(dirfd, "etc/apt");
	AUTO_CLOSE int fd =
		apt < 0 ? -1
			: openat(apt, "sources.list",
				  O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	struct buffer text = {0};
	int rc = 0;

	for (size_t i = 0; i < r->n; i++) {
		AUTO_FREE char *line = apt_source_line(source(r, i));
		buffer_printf(&text, "%s\n", line);
	}
	if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len)
		rc = error_errno(err, errno, "cannot write /etc/apt/sources.list in the image");
	buffer_free(&text);
	return rc;
}

static int make(int dirfd, const struct recipe *r, const struct progress *p, struct error *err)
{
	struct strings argv = {0}, env = {0};
	char *program = program_find("mmdebstrap");
	bool old = program == NULL;
	int rc;

	if (old)
		program = program_find("debootstrap");
	if (program == NULL)
		return error_set(err, ERROR_SYSTEM,
			"neither mmdebstrap nor debootstrap is installed: install one of them, or "
			"use 'klee image create fetch URL'");
	strings_take(&argv, program);
	if (old)
		debootstrap_arguments(&argv, r);
	else
		mmdebstrap_arguments(&argv, r);
	make_environment(&env);
	rc = program_run(&argv, &env, p, err);
	if (rc == 0 && old)
		rc = write_sources(dirfd, r, err);
	if (rc == 0)
		clean(dirfd);
	strings_free(&argv);
	strings_free(&env);
	return rc;
}

static int make_from_apt(int dirfd, const char *dir, const struct distribution *d,
	const struct progress *p, struct error *err)
{
	struct apt_sources list = {0};
	struct recipe r = {.dir = dir, .codename = d->codename, .list = &list};
	int rc;

	read_sources(&list);
	r.n = apt_sources_choose(&list, d->codename, r.chosen, SOURCES_MAX);
	if (r.n == 0)
		rc = error_set(err, ERROR_SYSTEM,
			"/etc/apt/sources.list and sources.list.d name no archive of '%s' with "
			"component main",
			d->codename);
	else
		rc = make(dirfd, &r, p, err);
	apt_sources_free(&list);
	return rc;
}

int base_image_make(
	int dirfd, const char *dir, const struct progress *p, char **tag, struct error *err)
{
	struct distribution d;
	int rc;

	if (read_distribution(&d, err) != 0)
		return -1;
	if ((distribution_is(&d, "debian") || distribution_is(&d, "ubuntu")) && *d.codename)
		rc = make_from_apt(dirfd, dir, &d, p, err);
	else
		rc = error_set(err, ERROR_SYSTEM,
			"fetch-auto cannot make a root file system of '%s': Debian, Ubuntu and "
			"what is derived from them can be made; use 'klee image create fetch URL'",
			d.id);
	if (rc == 0)
		*tag = distribution_tag(&d);
	distribution_free(&d);
	return rc;
}

const char base_image_update[] =
	"export DEBIAN_FRONTEND=noninteractive; "
	"if command -v apt-get >/dev/null; then "
	"apt-get -q update && apt-get -q -y upgrade && apt-get clean; "
	"elif command -v dnf >/dev/null; then dnf -y upgrade && dnf clean all; "
	"elif command -v zypper >/dev/null; then zypper --non-interactive update; "
	"elif command -v apk >/dev/null; then apk upgrade --update-cache; "
	"elif command -v pacman >/dev/null; then pacman -Syu --noconfirm; "
	"else echo 'the image has no package manager that is known here' >&2; exit 1; fi";
