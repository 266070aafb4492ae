/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/jailcall.h"

#include <sys/param.h>

#include <errno.h>
#include <string.h>
#include <sys/jail.h>
#include <sys/uio.h>

#include "base/mem.h"
#include "host/freebsd/sockaddr.h"

/*
 * Above security.jail.jail_max_af_ips, what a jail may have of a family; jail_get(2) takes no more
 * than 64 KB of parameters.
 */
#define ADDRESSES_MAX 1024

static struct iovec option(const void *data, size_t len)
{
	return (struct iovec){(void *)(uintptr_t)data, len};
}

/* jail_set(2) of the parameters, and of jid unless that is 0. */
static int set(
	const struct jailparams *params, int jid, int flags, const char *name, struct error *err)
{
	AUTO_FREE struct iovec *iov = xcalloc(2 * (params->n + 2), sizeof(*iov));
	char reason[256] = "";
	unsigned n = 0;
	int saved;

	if (jid != 0) {
		iov[n++] = option("jid", sizeof("jid"));
		iov[n++] = option(&jid, sizeof(jid));
	}
	for (size_t i = 0; i < params->n; i++) {
		const struct jailparam *p = &params->v[i];

		iov[n++] = option(p->name, strlen(p->name) + 1);
		iov[n++] = option(p->value, p->len);
	}
	iov[n++] = option("errmsg", sizeof("errmsg"));
	iov[n++] = option(reason, sizeof(reason));
	jid = jail_set(iov, n, flags);
	if (jid >= 0)
		return jid;
	saved = errno;
	reason[sizeof(reason) - 1] = '\0';
	error_errno(err, saved, "jail %s%s%s", name, reason[0] != '\0' ? ": " : "", reason);
	if (saved == EINVAL)
		err->kind = ERROR_INVALID;
	return -1;
}

int jailcall_create(const struct jailparams *params, const char *name, struct error *err)
{
	return set(params, 0, JAIL_CREATE, name, err);
}

int jailcall_update(const struct jailparams *params, int jid, const char *name, struct error *err)
{
	return set(params, jid, JAIL_UPDATE, name, err) < 0 ? -1 : 0;
}

int jailcall_attach(int jid, struct error *err)
{
	if (jail_attach(jid) == 0)
		return 0;
	if (errno == EINVAL)
		return error_set(err, ERROR_NOT_FOUND, "the container has just ended");
	return error_errno(err, errno, "jail_attach %d", jid);
}

int jailcall_remove(int jid, struct error *err)
{
	if (jail_remove(jid) == 0 || errno == EINVAL)
		return 0;
	return error_errno(err, errno, "jail_remove %d", jid);
}

int jailcall_find(const char *name, struct error *err)
{
	char reason[256] = "";
	struct iovec iov[] = {
		option("name", sizeof("name")),
		option(name, strlen(name) + 1),
		option("errmsg", sizeof("errmsg")),
		option(reason, sizeof(reason)),
	};
	int jid = jail_get(iov, ARRAY_SIZE(iov), 0);

	if (jid > 0)
		return jid;
	if (errno == ENOENT)
		return 0;
	reason[sizeof(reason) - 1] = '\0';
	return error_errno(err, errno, "jail %s%s%s", name, reason[0] != '\0' ? ": " : "", reason);
}

/* The next jail by number behind last, with its name; -1 at the end. */
static int jail_behind(int last, char *name, size_t size)
{
	struct iovec iov[] = {
		option("lastjid", sizeof("lastjid")),
		option(&last, sizeof(last)),
		option("name", sizeof("name")),
		option(name, size),
	};

	return jail_get(iov, ARRAY_SIZE(iov), 0);
}

size_t jailcall_family(const char *name, int **ids)
{
	size_t len = strlen(name), n = 0;
	char found[MAXHOSTNAMELEN];
	int jid = 0;

	*ids = NULL;
	while ((jid = jail_behind(jid, found, sizeof(found))) > 0) {
		/* the jails inside of a jail are named "jail.child" */
		if (strncmp(found, name, len) != 0 || (found[len] != '\0' && found[len] != '.'))
			continue;
		*ids = xrealloc(*ids, (n + 1) * sizeof(**ids));
		(*ids)[n++] = jid;
	}
	return n;
}

/* The jail's addresses of a family; *list is to be freed. -1: error; of one that is gone
 * ERROR_NOT_FOUND. */
static int addresses_of(int jid, const char *name, void **list, size_t *len, struct error *err)
{
	char reason[256] = "";
	struct iovec iov[] = {
		option("jid", sizeof("jid")),
		option(&jid, sizeof(jid)),
		option(name, strlen(name) + 1),
		option(NULL, ADDRESSES_MAX * sizeof(struct in6_addr)),
		option("errmsg", sizeof("errmsg")),
		option(reason, sizeof(reason)),
	};

	*list = iov[3].iov_base = xmalloc(ADDRESSES_MAX * sizeof(struct in6_addr));
	if (jail_get(iov, ARRAY_SIZE(iov), 0) < 0) {
		if (errno == ENOENT)
			return error_set(err, ERROR_NOT_FOUND, "the container has just ended");
		return error_errno(err, errno, "jail %d: %s", jid, reason);
	}
	*len = iov[3].iov_len;
	return 0;
}

/* enum jailparam_sys of a parameter such as "ip4"; -1: error. */
static int mode_of(int jid, const char *name, struct error *err)
{
	int mode = -1;
	struct iovec iov[] = {
		option("jid", sizeof("jid")),
		option(&jid, sizeof(jid)),
		option(name, strlen(name) + 1),
		option(&mode, sizeof(mode)),
	};

	if (jail_get(iov, ARRAY_SIZE(iov), 0) >= 0)
		return mode;
	if (errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "the container has just ended");
	return error_errno(err, errno, "jail %d: %s", jid, name);
}

/* Takes the address, of size bytes, out of the list, or adds it at its end. */
static size_t edit_list(char *list, size_t len, const void *address, size_t size, bool add)
{
	size_t kept = 0;

	for (size_t i = 0; i + size <= len; i += size)
		if (memcmp(list + i, address, size) != 0) {
			memmove(list + kept, list + i, size);
			kept += size;
		}
	if (add) {
		memcpy(list + kept, address, size);
		kept += size;
	}
	return kept;
}

static int set_addresses(int jid, const char *name, const void *list, size_t len, struct error *err)
{
	char reason[256] = "";
	struct iovec iov[] = {
		option("jid", sizeof("jid")),
		option(&jid, sizeof(jid)),
		option(name, strlen(name) + 1),
		option(list, len),
		option("errmsg", sizeof("errmsg")),
		option(reason, sizeof(reason)),
	};

	if (jail_set(iov, ARRAY_SIZE(iov), JAIL_UPDATE) >= 0)
		return 0;
	if (errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "the container has just ended");
	return error_errno(err, errno, "jail %d: %s: %s", jid, name, reason);
}

int jailcall_has_vnet(int jid, struct error *err)
{
	int mode = mode_of(jid, "vnet", err);

	return mode < 0 ? -1 : mode == JAIL_SYS_NEW;
}

int jailcall_change_address(int jid, const struct address *a, bool add, struct error *err)
{
	const bool ipv4 = a->family == AF_INET;
	const struct sockaddr_in in = sockaddr_in_of(a);
	const struct sockaddr_in6 in6 = sockaddr_in6_of(a);
	const char *name = ipv4 ? "ip4.addr" : "ip6.addr";
	int vnet = jailcall_has_vnet(jid, err), mode = mode_of(jid, ipv4 ? "ip4" : "ip6", err);
	AUTO_FREE void *list = NULL;
	size_t len = 0;

	if (vnet < 0 || mode < 0)
		return -1;
	/* the container's parameters say that it has other addresses than its networks' */
	if (vnet != 0 || mode == JAIL_SYS_INHERIT)
		return 0;
	if (addresses_of(jid, name, &list, &len, err) < 0)
		return -1;
	len = edit_list(list, len, ipv4 ? (const void *)&in.sin_addr : &in6.sin6_addr,
		ipv4 ? sizeof(in.sin_addr) : sizeof(in6.sin6_addr), add);
	return set_addresses(jid, name, list, len, err);
}
