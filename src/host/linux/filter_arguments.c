/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/filter_arguments.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include "host/linux/filter_tree.h"
#include "host/linux/permissions.h"

#define NEW_NAMESPACES                                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
		CLONE_NEWPID | CLONE_NEWNET)

/* All arguments looked at are 32 bits wide: what is above them, the kernel ignores. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_HALF 0
#else
#define LOW_HALF 4
#endif

static void put_load(struct buffer *program, unsigned int argument)
{
	filter_put(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
				    offsetof(struct seccomp_data, args) + 8 * argument + LOW_HALF));
}

static void put_return(struct buffer *program, uint32_t value)
{
	filter_put(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, value));
}

static void put_errno(struct buffer *program, int errnum)
{
	put_return(program, SECCOMP_RET_ERRNO | (uint32_t)errnum);
}

/* Returns value if what was loaded is equal to the number. */
static void put_if_equal(struct buffer *program, int number, uint32_t value)
{
	filter_put(program,
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1));
	put_return(program, value);
}

/* Fails with errnum if one of the bits is set; needed: if none is. */
static void put_if_set(struct buffer *program, uint32_t bits, bool needed, int errnum)
{
	filter_put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits,
				    needed ? 1 : 0, needed ? 0 : 1));
	put_errno(program, errnum);
}

/* In a family, the protocols' numbers decide; the family is what was loaded. */
static void put_protocols(struct buffer *program, int family, const int *protocols, size_t n,
	uint32_t these, uint32_t others)
{
	/* past: the load, two for each protocol, the return */
	filter_put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
				    (uint32_t)family, 0, (uint8_t)(2 + 2 * n)));
	put_load(program, 2);
	for (size_t i = 0; i < n; i++)
		put_if_equal(program, protocols[i], these);
	put_return(program, others);
}

/*
 * Families: those of every day. Of netlink(7) what programs that are not the system's own need: not
 * nf_tables and IPsec, which are much of the kernel for who has capabilities in a network
 * namespace. Sockets of ICMP: icmp(7); raw ones are the capability's business.
 */
static void put_socket(struct buffer *program, unsigned int features)
{
	static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
	static const int netlink[] = {
		NETLINK_ROUTE, NETLINK_SOCK_DIAG, NETLINK_KOBJECT_UEVENT, NETLINK_GENERIC};
	static const int icmp[] = {IPPROTO_ICMP}, icmp6[] = {IPPROTO_ICMPV6};

	put_load(program, 0);
	if (!(features & FEATURE_ICMP)) {
		put_protocols(
			program, AF_INET, icmp, 1, SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ALLOW);
		put_protocols(
			program, AF_INET6, icmp6, 1, SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ALLOW);
	}
	if (features & FEATURE_FAMILIES) {
		put_return(program, SECCOMP_RET_ALLOW);
		return;
	}
	put_protocols(program, AF_NETLINK, netlink, ARRAY_SIZE(netlink), SECCOMP_RET_ALLOW,
		SECCOMP_RET_ERRNO | EPROTONOSUPPORT);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		put_if_equal(program, families[i], SECCOMP_RET_ALLOW);
	put_errno(program, EAFNOSUPPORT);
}

/* The lowest byte of clone(2)'s flags is a signal, where unshare(2) has CLONE_NEWTIME. */
static void put_namespaces(struct buffer *program, uint32_t flags, unsigned int features)
{
	put_load(program, 0);
	if (!(features & FEATURE_NESTING))
		put_if_set(program, flags, false, EPERM);
	put_return(program, SECCOMP_RET_ALLOW);
}

/* Those that programs of 32 bits and of old ask for; the rest makes attacks easier. */
static void put_personality(struct buffer *program)
{
	static const int allowed[] = {
		PER_LINUX, PER_LINUX32, UNAME26, PER_LINUX32 | UNAME26, -1 /* asks only */};

	put_load(program, 0);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		put_if_equal(program, allowed[i], SECCOMP_RET_ALLOW);
	put_errno(program, EPERM);
}

/*
 * Nothing can be remounted but as read-only and without devices: the kernel would let the root of
 * the mount namespace take both off what the host has mounted in it.
 */
static void put_mount(struct buffer *program)
{
	put_load(program, 3);
	filter_put(program,
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MS_REMOUNT, 1, 0));
	put_return(program, SECCOMP_RET_ALLOW);
	put_if_set(program, MS_RDONLY, true, EPERM);
	put_if_set(program, MS_NODEV, true, EPERM);
	put_return(program, SECCOMP_RET_ALLOW);
}

void filter_arguments_put(struct buffer *program, enum verdict verdict, unsigned int features)
{
	switch (verdict) {
	case VERDICT_SOCKET:
		put_socket(program, features);
		break;
	case VERDICT_CLONE:
		put_namespaces(program, NEW_NAMESPACES, features);
		break;
	case VERDICT_UNSHARE:
		put_namespaces(program, NEW_NAMESPACES | CLONE_NEWTIME, features);
		break;
	case VERDICT_PERSONALITY:
		put_personality(program);
		break;
	case VERDICT_MOUNT:
		put_mount(program);
		break;
	case VERDICT_ALLOW:
	case VERDICTS:
		put_return(program, SECCOMP_RET_ALLOW);
		break;
	}
}
