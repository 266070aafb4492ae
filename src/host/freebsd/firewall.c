/* The packet filter on FreeBSD: host/firewall.h. Its part is not there: each call says so. */
#include "host/firewall.h"

struct filter_host {
	char *template, *config;
};

static int absent(struct error *err)
{
	return error_set(err, ERROR_INVALID, "this build does not load rules into pf");
}

struct filter_host *filter_open(const char *template, const char *config, struct error *err)
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
	free(f);
}

int filter_load(struct filter_host *f, const struct firewall *fw, struct error *err)
{
	return absent(err);
}

int filter_change(struct filter_host *f, const struct firewall *before,
	const struct firewall *after, struct error *err)
{
	absent(err);
	return 1;
}

int filter_unload(struct filter_host *f, const char *instance, struct error *err)
{
	return absent(err);
}

void filter_forget(struct filter_host *f, const struct firewall *fw,
	const struct published_port *ports, size_t nports, const struct address *addresses,
	size_t naddresses)
{
}
