/* Networks on FreeBSD: host/network.h. This system's part of them is not there: each call says so.
 */
#include "host/network.h"

static int absent(struct error *err)
{
	return error_set(err, ERROR_INVALID, "this build has no networks on FreeBSD");
}

int host_view_read(struct host *h, struct host_view *view, struct error *err)
{
	*view = (struct host_view){0};
	return absent(err);
}

void host_view_free(struct host_view *view)
{
	strings_free(&view->interfaces);
	free(view->addresses);
	free(view->routes);
	*view = (struct host_view){0};
}

int host_view_watch(struct host *h, struct error *err)
{
	return absent(err);
}

bool host_view_changed(int watch)
{
	return false;
}

int network_make(struct host *h, const struct network_link *n, struct error *err)
{
	return absent(err);
}

int network_unmake(struct host *h, const struct network_link *n, struct error *err)
{
	return absent(err);
}

void network_resolver(struct host *h, const struct network_link *n, struct address to[FAMILIES])
{
	for (int i = 0; i < FAMILIES; i++)
		to[i] = n->gateway[i];
}

int network_forward(struct host *h, const bool families[FAMILIES], struct error *err)
{
	return absent(err);
}

void network_restore(struct host *h)
{
}

int network_allow_loopback(struct host *h, const char *interface, struct error *err)
{
	return absent(err);
}

int endpoint_connect(struct host *h, int number, const struct jail_endpoint *e,
	const struct jail_endpoint *all, size_t n, struct error *err)
{
	return absent(err);
}

int endpoint_disconnect(struct host *h, int number, const struct jail_endpoint *e,
	const struct jail_endpoint *all, size_t n, struct error *err)
{
	return absent(err);
}

void endpoint_release(struct host *h, const struct jail_endpoint *e)
{
}

void endpoints_sweep(struct host *h, const struct strings *known)
{
}
