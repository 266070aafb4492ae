/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/jailparam_sysctl.h"

#include <sys/param.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/jail.h>
#include <sys/linker.h>
#include <sys/sysctl.h>

_Static_assert(JAILPARAM_DISABLE == JAIL_SYS_DISABLE && JAILPARAM_NEW == JAIL_SYS_NEW &&
		       JAILPARAM_INHERIT == JAIL_SYS_INHERIT,
	"jailsys values differ from the kernel's");

#define PREFIX "security.jail.param."

struct oid {
	int mib[CTL_MAXNAME]; /* the first two: sysctl's own node, CTL_SYSCTL_* */
	size_t n; /* numbers behind those two */
};

/* What the kernel says of a node: its kind and flags, and a format such as "S,in_addr,a". */
struct format {
	unsigned kind;
	char text[128];
};

static bool oid_find(const char *name, struct oid *oid)
{
	size_t size = sizeof(oid->mib) - 2 * sizeof(int);
	char full[MAXPATHLEN];

	if (snprintf(full, sizeof(full), PREFIX "%s", name) >= (int)sizeof(full))
		return false;
	oid->mib[0] = CTL_SYSCTL;
	oid->mib[1] = CTL_SYSCTL_NAME2OID;
	if (sysctl(oid->mib, 2, oid->mib + 2, &size, full, strlen(full)) < 0)
		return false;
	oid->n = size / sizeof(int);
	return true;
}

static bool oid_format(struct oid *oid, struct format *format)
{
	size_t size = sizeof(*format);

	memset(format, 0, sizeof(*format));
	oid->mib[1] = CTL_SYSCTL_OIDFMT;
	return sysctl(oid->mib, (unsigned)oid->n + 2, format, &size, NULL, 0) == 0;
}

/* The next leaf of the whole tree behind *oid. */
static bool oid_next(struct oid *oid)
{
	struct oid next = *oid;
	size_t size = sizeof(next.mib) - 2 * sizeof(int);

	oid->mib[1] = CTL_SYSCTL_NEXT;
	if (sysctl(oid->mib, (unsigned)oid->n + 2, next.mib + 2, &size, NULL, 0) < 0)
		return false;
	next.n = size / sizeof(int);
	*oid = next;
	return true;
}

/*
 * "ip4" and "allow.mount" are nodes with parameters below them and parameters themselves; the
 * latter are described by a child with an empty name.
 */
static bool oid_self(const char *name, struct oid *oid)
{
	struct oid leaf = *oid;
	char want[MAXPATHLEN], full[MAXPATHLEN];
	size_t size;

	if (snprintf(want, sizeof(want), PREFIX "%s.", name) >= (int)sizeof(want))
		return false;
	while (oid_next(&leaf) && leaf.n > oid->n &&
		memcmp(leaf.mib + 2, oid->mib + 2, oid->n * sizeof(int)) == 0) {
		leaf.mib[1] = CTL_SYSCTL_NAME;
		size = sizeof(full);
		if (sysctl(leaf.mib, (unsigned)leaf.n + 2, full, &size, NULL, 0) < 0)
			return false;
		if (strcmp(full, want) == 0) {
			*oid = leaf;
			return true;
		}
	}
	return false;
}

/* A string parameter's node holds the length it may have, as text. */
static size_t string_size(const struct oid *oid)
{
	char text[32] = "";
	size_t size = sizeof(text) - 1;

	if (sysctl(oid->mib + 2, (unsigned)oid->n, text, &size, NULL, 0) < 0)
		return 0;
	return strtoul(text, NULL, 10);
}

static enum jailparam_kind kind_of(const struct format *format)
{
	switch (format->kind & CTLTYPE) {
	case CTLTYPE_INT:
		if (format->text[0] == 'B')
			return JAILPARAM_BOOL;
		return strcmp(format->text, "E,jailsys") == 0 ? JAILPARAM_SYS : JAILPARAM_INT;
	case CTLTYPE_UINT:
		return JAILPARAM_UINT;
	case CTLTYPE_LONG:
		return JAILPARAM_LONG;
	case CTLTYPE_ULONG:
		return JAILPARAM_ULONG;
	case CTLTYPE_S64:
		return JAILPARAM_S64;
	case CTLTYPE_U64:
		return JAILPARAM_U64;
	case CTLTYPE_STRING:
		return JAILPARAM_STRING;
	case CTLTYPE_STRUCT:
		if (strcmp(format->text, "S,in_addr") == 0)
			return JAILPARAM_IP4;
		return strcmp(format->text, "S,in6_addr") == 0 ? JAILPARAM_IP6 : JAILPARAM_UNKNOWN;
	default:
		return JAILPARAM_UNKNOWN;
	}
}

static bool module_name_valid(const char *s)
{
	return s[0] != '\0' && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* Some parameters exist once their module is loaded, which jail(8) does as well. */
static bool load_module(const char *name)
{
	static const char *const own[] = {"linux", "sysvmsg", "sysvsem", "sysvshm"};
	static const char mount[] = "allow.mount.";

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strcmp(name, own[i]) == 0)
			return kldload(own[i]) >= 0;
	if (strncmp(name, "linux.", 6) == 0)
		return kldload("linux") >= 0;
	/* kldload(2) takes paths as well: nothing but a plain name may come from a user */
	if (strncmp(name, mount, sizeof(mount) - 1) == 0 &&
		module_name_valid(name + sizeof(mount) - 1))
		return kldload(name + sizeof(mount) - 1) >= 0;
	return false;
}

int jailparam_sysctl(void *ctx, const char *name, struct jailparam_type *type, struct error *err)
{
	struct format format;
	struct oid oid;
	size_t len;

	/* an empty part would be one of the nodes that oid_self looks for */
	if (name[0] == '\0' || name[0] == '.' || name[strlen(name) - 1] == '.' ||
		strstr(name, "..") != NULL)
		return 0;
	if (!oid_find(name, &oid) && !(load_module(name) && oid_find(name, &oid)))
		return 0;
	if (!oid_format(&oid, &format))
		return error_errno(err, errno, "jail parameter %s: sysctl", name);
	if ((format.kind & CTLTYPE) == CTLTYPE_NODE) {
		if (!oid_self(name, &oid))
			return 0;
		if (!oid_format(&oid, &format))
			return error_errno(err, errno, "jail parameter %s: sysctl", name);
	}
	len = strlen(format.text);
	type->list = len >= 2 && strcmp(format.text + len - 2, ",a") == 0;
	if (type->list)
		format.text[len - 2] = '\0';
	type->kind = kind_of(&format);
	type->size = type->kind == JAILPARAM_STRING ? string_size(&oid) : 0;
	return 1;
}
