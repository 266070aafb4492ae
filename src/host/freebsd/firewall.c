/*
 * The packet filter on FreeBSD, pf(4): host/firewall.h. The rules stand in a file that is made from
 * the administrator's template, and that pfctl(8) loads as a whole: the kernel takes all of it or
 * keeps what it had.
 */
#include "host/firewall.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "host/freebsd/command.h"
#include "host/freebsd/pfstate.h"

#define FILE_MAX (16u << 20) /* bytes */
#define TRIES	 8 /* of pfctl(8) */

/* How a file of ours begins. */
#define OURS "# Made by kleened"

struct filter_host {
	char *template, *config;
	char *loaded; /* what this process has loaded, NULL: nothing yet */
};

struct filter_host *filter_open(
	const char *template, const char *config, const char *run_dir, struct error *err)
{
	struct filter_host *f = xcalloc(1, sizeof(*f));

	f->template = xstrdup(template);
	f->config = xstrdup(config);
	return f;
}

void filter_close(struct filter_host *f)
{
	if (f == NULL)
		return;
	free(f->template);
	free(f->config);
	free(f->loaded);
	free(f);
}

/* ---- files ---- */

/* ERROR_NOT_FOUND: there is none. */
static int read_file(const char *path, struct buffer *text, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char block[8192];
	struct stat st;
	ssize_t n = -1;

	buffer_puts(text, "");
	if (fd < 0) {
		error_errno(err, errno, "%s", path);
		if (err->code == ENOENT)
			err->kind = ERROR_NOT_FOUND;
		return -1;
	}
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		return error_set(err, ERROR_INVALID, "%s is not a file", path);
	while (text->len < FILE_MAX && (n = read(fd, block, sizeof(block))) > 0)
		buffer_add(text, block, (size_t)n);
	return n == 0 ? 0 : error_errno(err, n < 0 ? errno : EFBIG, "%s", path);
}

static int write_file(const char *path, const struct buffer *text, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t n = fd < 0 ? -1 : write(fd, text->data, text->len);

	if (n == (ssize_t)text->len && fsync(fd) == 0)
		return 0;
	return error_errno(err, n < 0 ? errno : ENOSPC, "cannot write %s", path);
}

static bool is_ours(const struct buffer *text)
{
	return text->len > 0 && strncmp(text->data, OURS, strlen(OURS)) == 0;
}

/* What the administrator had there before stays as a copy. */
static int keep_theirs(struct filter_host *f, struct error *err)
{
	AUTO_FREE char *copy = xasprintf("%s.before-kleene", f->config);

	if (link(f->config, copy) == 0)
		log_notice("%s is now made from %s; what it was is in %s", f->config, f->template,
			copy);
	else if (errno != EEXIST)
		return error_errno(err, errno, "cannot keep %s as %s", f->config, copy);
	return 0;
}

/* ---- loading ---- */

/* DIOCSTART of pf(4), whose header differs from release to release. */
#define PF_START _IO('D', 1)

/* Enables pf unless it is. */
static int enable(struct error *err)
{
	AUTO_CLOSE int fd = open("/dev/pf", O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return error_set(err, ERROR_SYSTEM,
			"pf is not loaded, which networks need: 'kleened init' prepares it");
	if (fd < 0)
		return error_errno(err, errno, "/dev/pf");
	if (ioctl(fd, PF_START) == 0)
		log_notice("pf was disabled: it is enabled, which networks of containers need");
	else if (errno != EEXIST)
		return error_errno(err, errno, "cannot enable pf");
	return 0;
}

static int render(
	struct filter_host *f, const struct firewall *fw, struct buffer *out, struct error *err)
{
	AUTO(buffer_free) struct buffer template = {0};

	if (read_file(f->template, &template, err) < 0)
		return error_prefix(err, "the template of pf's rules");
	buffer_printf(out, OURS " from %s: change that instead, this file is overwritten.\n",
		f->template);
	if (firewall_pf_render(fw, template.data, out, err) < 0)
		return error_prefix(err, "%s", f->template);
	return 0;
}

/* pfctl(8) takes a file with names and macros apart; the kernel takes what comes of it, or not. */
static int run_pfctl(const char *path, struct error *err)
{
	const char *const argv[] = {"/sbin/pfctl", "-q", "-f", path, NULL};

	for (int i = 0; i < TRIES; i++) {
		if (command_run(argv, NULL, err) == 0)
			return 0;
		/* it asks all interfaces for their groups, and one has gone meanwhile */
		if (strstr(err->message, "SIOCGIFGROUP") == NULL)
			break;
	}
	return error_prefix(err, "pf does not take the rules");
}

/* Tables that the rules no longer name stay otherwise, with what was in them. */
static void remove_tables(const char *text)
{
	static const char *const list[] = {"/sbin/pfctl", "-q", "-s", "Tables", NULL};
	AUTO(buffer_free) struct buffer found = {0};
	struct error err;
	char *rest, *name;

	if (command_run(list, &found, &err) < 0)
		return;
	rest = found.data;
	while ((name = strsep(&rest, "\n")) != NULL) {
		AUTO_FREE char *mention = xasprintf("<%s>", name);
		const char *const kill[] = {"/sbin/pfctl", "-q", "-t", name, "-T", "kill", NULL};

		if (strncmp(name, "kleene_", strlen("kleene_")) == 0 &&
			strstr(text, mention) == NULL && command_run(kill, NULL, &err) < 0)
			log_error("table %s: %s", name, err.message);
	}
}

/* The new file is there under its name only if the kernel has taken it. */
static int install(struct filter_host *f, const struct buffer *text, struct error *err)
{
	AUTO_FREE char *path = xasprintf("%s.kleened", f->config);
	int result = enable(err);

	if (result == 0)
		result = write_file(path, text, err);
	if (result == 0)
		result = run_pfctl(path, err);
	if (result == 0 && rename(path, f->config) < 0)
		result = error_errno(err, errno, "cannot replace %s", f->config);
	if (result < 0) {
		unlink(path);
		return -1;
	}
	free(f->loaded);
	f->loaded = xstrdup(text->data);
	remove_tables(text->data);
	return 0;
}

int filter_load(struct filter_host *f, const struct firewall *fw, struct error *err)
{
	AUTO(buffer_free) struct buffer now = {0}, text = {0};
	bool there = read_file(f->config, &now, err) == 0;

	if (!there && err->kind != ERROR_NOT_FOUND)
		return -1;
	/* a host without networks keeps whatever rules it has */
	if (fw->nnetworks == 0 && !is_ours(&now))
		return 0;
	if (render(f, fw, &text, err) < 0)
		return -1;
	if (f->loaded != NULL && strcmp(f->loaded, text.data) == 0 &&
		strcmp(now.data, text.data) == 0)
		return 0;
	if (there && !is_ours(&now) && keep_theirs(f, err) < 0)
		return -1;
	return install(f, &text, err);
}

int filter_change(struct filter_host *f, const struct firewall *before,
	const struct firewall *after, struct error *err)
{
	*err = (struct error){0};
	return 1; /* the file must say it, too: for the host's next start */
}

int filter_unload(struct filter_host *f, const char *instance, struct error *err)
{
	const struct firewall nothing = {.instance = instance};

	return filter_load(f, &nothing, err);
}

/* ---- states ---- */

static void forget_states(const char *from, const char *to)
{
	const char *const argv[] = {"/sbin/pfctl", "-q", "-k", from, "-k", to, NULL};
	struct error err;

	if (command_run(argv, NULL, &err) < 0)
		log_error("%s", err.message);
}

static void forget_address(const struct address *a)
{
	const char *any = a->family == AF_INET ? "0.0.0.0/0" : "::/0";
	char text[ADDRESS_TEXT_MAX];

	if (address_is_none(a))
		return;
	address_format(a, text);
	forget_states(text, any);
	forget_states(any, text);
}

void filter_forget(struct filter_host *f, const struct firewall *fw,
	const struct published_port *ports, size_t nports, const struct address *addresses,
	size_t naddresses)
{
	static const char *const list[] = {"/sbin/pfctl", "-q", "-vv", "-s", "states", NULL};
	AUTO(buffer_free) struct buffer text = {0};
	AUTO(strings_free) struct strings ids = {0};
	struct error err;

	if (access("/dev/pf", F_OK) < 0)
		return;
	for (size_t i = 0; i < naddresses; i++)
		forget_address(&addresses[i]);
	for (size_t i = 0; i < nports; i++)
		for (size_t k = 0; ports[i].protocol == PROTOCOL_UDP && k < fw->nhost; k++) {
			if (strcmp(ports[i].interface, fw->host[k].interface) != 0)
				continue;
			if (text.data == NULL && command_run(list, &text, &err) < 0) {
				log_error("%s", err.message);
				return;
			}
			pfstate_udp(text.data != NULL ? text.data : "", &fw->host[k].address,
				ports[i].low, ports[i].high, &ids);
		}
	for (size_t i = 0; i < ids.n; i++)
		forget_states("id", ids.v[i]);
}

int filter_process(int argc, char **argv)
{
	return -1;
}
