#include "host/freebsd/jailcall.h"

#include <sys/param.h>

#include <errno.h>
#include <string.h>
#include <sys/jail.h>
#include <sys/uio.h>

#include "base/mem.h"

static struct iovec option(const void *data, size_t len)
{
	return (struct iovec){(void *)(uintptr_t)data, len};
}

/* jail_set(2) of the parameters, and of jid unless that is 0. */
static int set(const struct jailparams *params, int jid, int flags, const char *name,
	struct error *err)
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
	return jail_attach(jid) < 0 ? error_errno(err, errno, "jail_attach %d", jid) : 0;
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
