/* nftables, by libnftables(3): host/firewall.h. */
#include "host/firewall.h"

#include <nftables/libnftables.h>
#include <pthread.h>
#include <string.h>

#include "host/linux/conntrack.h"

struct filter_host {
	struct nft_ctx *nft; /* made when first needed: most daemons without networks never do */
};

struct filter_host *filter_open(const char *template, const char *config, struct error *err)
{
	return xcalloc(1, sizeof(struct filter_host));
}

void filter_close(struct filter_host *f)
{
	if (f == NULL)
		return;
	if (f->nft != NULL)
		nft_ctx_free(f->nft);
	free(f);
}

static int open_nft(struct filter_host *f, struct error *err)
{
	if (f->nft != NULL)
		return 0;
	f->nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (f->nft == NULL || nft_ctx_buffer_output(f->nft) != 0 ||
		nft_ctx_buffer_error(f->nft) != 0)
		return error_set(err, ERROR_SYSTEM, "cannot open nftables");
	return 0;
}

/* The first line of what the library says, which goes on with the text it has read. */
static int refused(struct nft_ctx *nft, struct error *err)
{
	const char *text = nft_ctx_get_error_buffer(nft);
	const char *reason = strstr(text, "Error: ");

	reason = reason != NULL ? reason + strlen("Error: ") : text;
	return error_set(err, ERROR_SYSTEM, "nftables refuses the firewall's rules: %.*s",
		(int)strcspn(reason, "\n"), reason);
}

static int run(struct filter_host *f, const char *commands, struct error *err)
{
	if (open_nft(f, err) != 0)
		return -1;
	if (nft_run_cmd_from_buffer(f->nft, commands) == 0)
		return 0;
	return refused(f->nft, err);
}

int filter_load(struct filter_host *f, const struct firewall *fw, struct error *err)
{
	AUTO(buffer_free) struct buffer text = {0};

	if (firewall_nft_all(fw, &text, err) != 0)
		return -1;
	return run(f, text.data, err);
}

int filter_change(struct filter_host *f, const struct firewall *before,
	const struct firewall *after, struct error *err)
{
	AUTO(buffer_free) struct buffer text = {0};

	firewall_nft_change(before, after, &text);
	return text.len == 0 || run(f, text.data, err) == 0 ? 0 : 1;
}

/* Whether the administrator's chain holds rules. -1: there is no such chain. */
static int has_admin_rules(struct filter_host *f, const char *instance, struct error *err)
{
	AUTO_FREE char *command = xasprintf("list chain inet %s admin", instance);
	const char *text, *begin;

	if (run(f, command, err) != 0)
		return -1;
	text = nft_ctx_get_output_buffer(f->nft);
	begin = strstr(text, "chain admin {");
	/* an empty chain is closed by the next word */
	begin = begin != NULL ? begin + strlen("chain admin {") : "}";
	return begin[strspn(begin, " \t\n")] != '}';
}

int filter_unload(struct filter_host *f, const char *instance, struct error *err)
{
	AUTO(buffer_free) struct buffer text = {0};
	int keep;

	if (open_nft(f, err) != 0)
		return -1;
	keep = has_admin_rules(f, instance, err);
	firewall_nft_remove(instance, keep > 0, &text);
	return run(f, text.data, err);
}

void filter_forget(struct filter_host *f, const struct firewall *fw,
	const struct published_port *ports, size_t nports, const struct address *addresses,
	size_t naddresses)
{
	conntrack_forget(fw, ports, nports, addresses, naddresses);
}
