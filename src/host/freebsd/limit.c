/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits by rctl_add_rule(2) and its kin: host/limit.h. */
#include "host/limit.h"

#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/event.h>
#include <sys/rctl.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "host/freebsd/jailcall.h"
#include "host/freebsd/jailparam.h"
#include "host/freebsd/limit_impl.h"
#include "host/freebsd/rules.h"

#define ANSWER_MAX (256 << 10) /* bytes of a list of rules */
#define LOOK_EACH  1000 /* ms: as often as the kernel itself counts what is resident */

static bool is_none(const struct limits *l)
{
	return l->memory == 0 && l->cpu == 0 && l->pids == 0;
}

int limits_check(struct host *h, const struct limits *l, struct error *err)
{
	int enabled = 0;
	size_t len = sizeof(enabled);

	if (is_none(l))
		return 0;
	if (sysctlbyname("kern.racct.enable", &enabled, &len, NULL, 0) < 0)
		return error_set(err, ERROR_INVALID,
			"no limits are possible: the kernel was built without RACCT and RCTL");
	if (enabled == 0)
		return error_set(err, ERROR_INVALID,
			"no limits are possible: set kern.racct.enable=1 in /boot/loader.conf and "
			"start the host anew");
	return 0;
}

typedef int rctl_call(const char *in, size_t in_len, char *out, size_t out_len);

/* Asks for a list. The caller frees it; NULL with errno. */
static char *get(rctl_call *call, const char *filter)
{
	char *answer = NULL;

	for (size_t size = 1024; size <= ANSWER_MAX; size *= 4) {
		answer = xrealloc(answer, size);
		answer[0] = '\0';
		if (call(filter, strlen(filter) + 1, answer, size) == 0)
			return answer;
		if (errno != ERANGE)
			break;
	}
	free(answer);
	return NULL;
}

static void remove_rules(const char *jail)
{
	AUTO(strings_free) struct strings filters = {0};

	rules_filters(jail, &filters);
	for (size_t i = 0; i < filters.n; i++)
		rctl_remove_rule(filters.v[i], strlen(filters.v[i]) + 1, NULL, 0);
}

static int add_rules(const char *jail, const char *id, const struct limits *l, struct error *err)
{
	AUTO(strings_free) struct strings rules = {0};

	rules_make(jail, l, 1 + arc4random_uniform(RULES_PAGE - 1), &rules);
	for (size_t i = 0; i < rules.n; i++)
		if (rctl_add_rule(rules.v[i], strlen(rules.v[i]) + 1, NULL, 0) < 0)
			return error_errno(err, errno, "cannot limit container %s by the rule %s",
				id, rules.v[i]);
	return 0;
}

int limits_enter(struct host *h, const char *id, const struct limits *l, struct error *err)
{
	AUTO_FREE char *jail = jailparam_jail_name(id);

	if (limits_check(h, l, err) < 0)
		return -1;
	if (is_none(l))
		return 0;
	remove_rules(jail); /* those of a run that ended while no daemon was there */
	return add_rules(jail, id, l, err);
}

/* All processes of the host, to be freed; NULL with errno. */
static struct kinfo_proc *read_processes(size_t *n)
{
	int mib[] = {CTL_KERN, KERN_PROC, KERN_PROC_PROC};
	struct kinfo_proc *all = NULL;
	size_t size = 0;

	do {
		if (sysctl(mib, ARRAY_SIZE(mib), NULL, &size, NULL, 0) < 0)
			break;
		size += size / 8; /* for those that start in between */
		all = xrealloc(all, size);
		if (sysctl(mib, ARRAY_SIZE(mib), all, &size, NULL, 0) == 0) {
			*n = size / sizeof(*all);
			return all;
		}
	} while (errno == ENOMEM);
	free(all);
	return NULL;
}

/* What the jail has resident now, in bytes: the kernel's own sum may be a second old. */
static uint64_t resident(const char *jail)
{
	size_t n = 0;
	AUTO_FREE struct kinfo_proc *all = read_processes(&n);
	uint64_t pages = 0;
	struct error err;
	int jid = jailcall_find(jail, &err);

	for (size_t i = 0; jid > 0 && all != NULL && i < n; i++)
		if (all[i].ki_jid == jid)
			pages += (uint64_t)all[i].ki_rssize;
	return pages * (uint64_t)getpagesize();
}

int limits_change(struct host *h, const char *id, const struct limits *from,
	const struct limits *to, struct error *err)
{
	AUTO_FREE char *jail = jailparam_jail_name(id);
	struct error ignored;

	if (limits_check(h, to, err) < 0)
		return -1;
	if (to->memory != 0 && to->memory != from->memory && resident(jail) > to->memory)
		return error_set(
			err, ERROR_CONFLICT, "container %s uses more memory than that", id);
	remove_rules(jail);
	if (add_rules(jail, id, to, err) == 0)
		return 0;
	remove_rules(jail);
	add_rules(jail, id, from, &ignored);
	return -1;
}

/* The kernel's messages; NULL with errno. The caller frees them. */
static char *read_messages(size_t *len)
{
	char *messages;

	if (sysctlbyname("kern.msgbuf", NULL, len, NULL, 0) < 0)
		return NULL;
	*len += *len / 8 + 1; /* some may come meanwhile */
	messages = xmalloc(*len);
	if (sysctlbyname("kern.msgbuf", messages, len, NULL, 0) == 0)
		return messages;
	free(messages);
	return NULL;
}

bool limits_exceeded(struct host *h, const char *id)
{
	AUTO_FREE char *jail = jailparam_jail_name(id);
	AUTO_FREE char *resident_filter = xasprintf("jail:%s:memoryuse:log", jail);
	AUTO_FREE char *asked_filter = xasprintf("jail:%s:swapuse:log", jail);
	AUTO_FREE char *resident_rule = get(rctl_get_rules, resident_filter);
	AUTO_FREE char *asked_rule = get(rctl_get_rules, asked_filter);
	AUTO_FREE char *messages = NULL;
	size_t len;

	if (resident_rule == NULL || asked_rule == NULL || resident_rule[0] == '\0')
		return false;
	messages = read_messages(&len);
	return messages != NULL && (rules_matched(resident_rule, messages, len) ||
					   rules_matched(asked_rule, messages, len));
}

/* Nothing tells when a rule has matched, but to devd(8): a timer of kqueue(2). */
int limits_watch(struct host *h, const char *id)
{
	AUTO_FREE char *jail = jailparam_jail_name(id);
	AUTO_FREE char *filter = xasprintf("jail:%s:memoryuse:log", jail);
	AUTO_FREE char *rules = get(rctl_get_rules, filter);
	AUTO_CLOSE int kq = -1;
	struct kevent timer;

	if (rules == NULL || rules[0] == '\0')
		return -1;
	kq = kqueue();
	EV_SET(&timer, 1, EVFILT_TIMER, EV_ADD, 0, LOOK_EACH, NULL);
	if (kq < 0 || fcntl(kq, F_SETFD, FD_CLOEXEC) < 0 ||
		kevent(kq, &timer, 1, NULL, 0, NULL) < 0) {
		log_warning("container %s: cannot watch its memory: errno %d", id, errno);
		return -1;
	}
	return take_fd(&kq);
}

bool limits_happened(struct host *h, const char *id, int watch)
{
	const struct timespec now = {0};
	struct kevent event;

	kevent(watch, NULL, 0, &event, 1, &now);
	return limits_exceeded(h, id);
}

void limits_release(struct host *h, const char *id)
{
	AUTO_FREE char *jail = jailparam_jail_name(id);

	remove_rules(jail);
}

/* Whether a jail's name is one that a container would have. */
static bool is_ours(const char *jail)
{
	return id_valid(jail) || (jail[0] == 'c' && id_valid(jail + 1));
}

void limits_sweep(struct host *h)
{
	AUTO_FREE char *rules = get(rctl_get_rules, "jail:");
	AUTO(strings_free) struct strings jails = {0};
	struct error err;

	if (rules == NULL)
		return;
	rules_jails(rules, &jails);
	for (size_t i = 0; i < jails.n; i++)
		if (is_ours(jails.v[i]) && jailcall_find(jails.v[i], &err) == 0)
			remove_rules(jails.v[i]);
}
