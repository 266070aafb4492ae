/* SPDX-License-Identifier: BSD-2-Clause */
/* nftables, by libnftables(3) in a process of its own: host/firewall.h. */
#include "host/firewall.h"

#include <string.h>

#include "host/linux/conntrack.h"
#include "host/linux/nft_process.h"

struct filter_host {
	struct nft_process *nft; /* which begins when first needed: most daemons never do */
};

struct filter_host *filter_open(
	const char *template, const char *config, const char *run_dir, struct error *err)
{
	AUTO_FREE char *lock = xasprintf("%s/filter.lock", run_dir);
	struct filter_host *f = xcalloc(1, sizeof(*f));

	f->nft = nft_process_new(lock);
	return f;
}

void filter_close(struct filter_host *f)
{
	if (f == NULL)
		return;
	nft_process_free(f->nft);
	free(f);
}

int filter_load(struct filter_host *f, const struct firewall *fw, struct error *err)
{
	AUTO(buffer_free) struct buffer text = {0};

	if (firewall_nft_all(fw, &text, err) != 0)
		return -1;
	return nft_process_run(f->nft, text.data, NULL, err);
}

int filter_change(struct filter_host *f, const struct firewall *before,
	const struct firewall *after, struct error *err)
{
	AUTO(buffer_free) struct buffer text = {0};

	firewall_nft_change(before, after, &text);
	return text.len == 0 || nft_process_run(f->nft, text.data, NULL, err) == 0 ? 0 : 1;
}

/* Whether the administrator's chain may hold rules: it does unless we know better. */
static bool has_admin_rules(struct filter_host *f, const char *instance)
{
	AUTO_FREE char *command = xasprintf("list chain inet %s admin", instance);
	AUTO(buffer_free) struct buffer text = {0};
	const char *begin;
	struct error why;

	buffer_puts(&text, "");
	if (nft_process_run(f->nft, command, &text, &why) != 0)
		return strstr(why.message, "No such file") == NULL;
	begin = strstr(text.data, "chain admin {");
	/* an empty chain is closed by the next word */
	begin = begin != NULL ? begin + strlen("chain admin {") : "}";
	return begin[strspn(begin, " \t\n")] != '}';
}

int filter_unload(struct filter_host *f, const char *instance, struct error *err)
{
	AUTO(buffer_free) struct buffer text = {0};

	firewall_nft_remove(instance, has_admin_rules(f, instance), &text);
	return nft_process_run(f->nft, text.data, NULL, err);
}

void filter_forget(struct filter_host *f, const struct firewall *fw,
	const struct published_port *ports, size_t nports, const struct address *addresses,
	size_t naddresses)
{
	conntrack_forget(fw, ports, nports, addresses, naddresses);
}
