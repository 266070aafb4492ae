/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jail parameters as jail_set(2) takes them: text such as "allow.raw_sockets", "children.max=2",
 * "allow.nomount", "ip4=inherit" turned into typed values. The types come from a function, so
 * that all of it but that function runs without a FreeBSD kernel.
 */
#ifndef FREEBSD_JAILPARAM_H
#define FREEBSD_JAILPARAM_H

#include "base/error.h"
#include "base/mem.h"

enum jailparam_kind {
	JAILPARAM_BOOL, /* has no value: it or its "no" name is given */
	JAILPARAM_SYS, /* enum jailparam_sys */
	JAILPARAM_INT,
	JAILPARAM_UINT,
	JAILPARAM_LONG,
	JAILPARAM_ULONG,
	JAILPARAM_S64,
	JAILPARAM_U64,
	JAILPARAM_STRING,
	JAILPARAM_IP4, /* struct in_addr */
	JAILPARAM_IP6, /* struct in6_addr */
	JAILPARAM_UNKNOWN, /* of a type nobody can write as text */
};

/* The values of a "jailsys" parameter: JAIL_SYS_DISABLE and following in <sys/jail.h>. */
enum jailparam_sys { JAILPARAM_DISABLE, JAILPARAM_NEW, JAILPARAM_INHERIT };

struct jailparam_type {
	enum jailparam_kind kind;
	bool list; /* values separated by commas, or none */
	size_t size; /* strings: bytes with the terminating NUL, at most; 0: no limit known */
};

/* Fills *type for the parameter of exactly this name. 1: done, 0: no such parameter, -1: error. */
typedef int jailparam_lookup(
	void *ctx, const char *name, struct jailparam_type *type, struct error *err);

struct jailparam {
	char *key; /* the parameter, without any "no" */
	char *name; /* the name for the kernel */
	void *value; /* NULL for booleans and empty lists */
	size_t len;
};

/* A list that owns its parameters, each key once. Zero-initialised. */
struct jailparams {
	struct jailparam *v;
	size_t n;
};

/*
 * Adds "name", "name=value" or "noname"; replaces what was added for the same parameter before.
 * ERROR_INVALID naming the parameter if there is none or the value does not fit.
 */
int jailparams_add(struct jailparams *list, const char *text, jailparam_lookup *lookup, void *ctx,
	struct error *err);

/* The parameter with that key, or NULL. */
const struct jailparam *jailparams_find(const struct jailparams *list, const char *key);

void jailparams_free(struct jailparams *list);

/*
 * The name of a container's jail; the caller frees. It is the container's id, unless that is all
 * digits: jail_set(2) takes such a name for a jail's number, so "c" is put in front.
 */
char *jailparam_jail_name(const char *id);

#endif
