/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packet filter on FreeBSD, pf(4): host/firewall.h. The rules stand in a file that is made from
 * the administrator's template, and that pfctl(8) loads as a whole: the kernel takes all of it or
 * keeps what it had.
 */
#include "host/firewall.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "host/freebsd/command.h"
#include "host/freebsd/pfbefore.h"
#include "host/freebsd/pffile.h"
#include "host/freebsd/pfstate.h"

struct filter_host {
	char *template, *config, *run_dir;
	char *loaded; /* what this process has loaded, NULL: nothing yet */
};

struct filter_host *filter_open(
	const char *template, const char *config, const char *run_dir, struct error *err)
{
	struct filter_host *f = xcalloc(1, sizeof(*f));

	f->template = xstrdup(template);
	f->config = xstrdup(config);
	f->run_dir = xstrdup(run_dir);
	return f;
}

void filter_close(struct filter_host *f)
{
	if (f == NULL)
		return;
	free(f->template);
	free(f->config);
	free(f->run_dir);
	free(f->loaded);
	free(f);
}

/* ---- loading ---- */

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
	int result = pfbefore_enable(f->run_dir, err);

	if (result == 0)
		result = pf_file_write(path, text, err);
	if (result == 0)
		result = pf_load(path, err);
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
	bool there = pf_file_read(f->config, &now, err) == 0;

	if (!there && err->kind != ERROR_NOT_FOUND)
		return -1;
	if (pf_file_render(f->template, fw, &text, err) < 0)
		return -1;
	if (f->loaded != NULL && strcmp(f->loaded, text.data) == 0 &&
		strcmp(now.data, text.data) == 0)
		return 0;
	if (there && !pf_file_is_ours(&now)) {
		if (pfbefore_keep(f->config, err) < 0)
			return -1;
		log_notice("%s is made from %s while there are networks", f->config, f->template);
	}
	if (install(f, &text, err) == 0)
		return 0;
	if (!pf_file_is_ours(&now))
		pfbefore_undo(f->config, f->run_dir);
	return -1;
}

int filter_change(struct filter_host *f, const struct firewall *before,
	const struct firewall *after, struct error *err)
{
	*err = (struct error){0};
	return 1; /* the file must say it, too: for the host's next start */
}

int filter_unload(struct filter_host *f, const char *instance, struct error *err)
{
	AUTO(buffer_free) struct buffer now = {0};
	bool there = pf_file_read(f->config, &now, err) == 0;
	bool theirs = there && !pf_file_is_ours(&now);

	if (!there && err->kind != ERROR_NOT_FOUND)
		return -1;
	/* a host without networks keeps whatever rules it has */
	if ((theirs || !there) && f->loaded == NULL)
		return 0;
	if (pfbefore_restore(f->config, f->run_dir, theirs, err) < 0)
		return -1;
	free(f->loaded);
	f->loaded = NULL;
	remove_tables("");
	return 0;
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
			if (!firewall_is_at(&ports[i], &fw->host[k]))
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
