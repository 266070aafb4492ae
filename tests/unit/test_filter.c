/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of system calls: installed in a child that then makes them; and run by an interpreter,
 * for what cannot be made here.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/linux/filter.h"
#include "host/linux/filter_calls.h"
#include "host/linux/filter_tree.h"
#include "host/linux/permissions.h"

#define DEFAULTS (FEATURE_TRACE | FEATURE_MSG | FEATURE_SEM | FEATURE_SHM)

/* Makes the call under the filter; returns its errno, 0 if it succeeded. */
static int errno_of_4(unsigned int features, long number, long a, long b, long c, long d)
{
	struct buffer program = {0};
	struct error err;
	int status;
	pid_t pid;

	assert_int_equal(filter_make(features, &program, &err), 0);
	assert_true(program.len > 0 && program.len % sizeof(struct sock_filter) == 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct sock_fprog filter = {
			.len = (unsigned short)(program.len / sizeof(struct sock_filter)),
			.filter = (struct sock_filter *)(void *)program.data};

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
			syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
			_exit(255);
		_exit(syscall(number, a, b, c, d, 0, 0) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	buffer_free(&program);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 255);
	return WEXITSTATUS(status);
}

static int errno_of(unsigned int features, long number, long a, long b, long c)
{
	return errno_of_4(features, number, a, b, c, 0);
}

#define ALL_FEATURES ((1 << 9) - 1)

static void what_is_always_refused(void **state)
{
	const unsigned int all = ALL_FEATURES;

	assert_int_equal(errno_of(all, SYS_bpf, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(all, SYS_keyctl, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(all, SYS_reboot, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(all, SYS_init_module, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(all, SYS_settimeofday, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(all, SYS_open_by_handle_at, -1, 0, 0), EPERM);
	assert_int_equal(errno_of(all, SYS_io_uring_setup, 1, 0, 0), ENOSYS);
	assert_int_equal(errno_of(all, SYS_kcmp, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(all, 438 /* pidfd_getfd */, -1, 0, 0), EPERM);
	assert_int_equal(errno_of(all, 440 /* process_madvise */, -1, 0, 0), EPERM);
	assert_int_equal(errno_of(all, 469 /* file_setattr */, -1, 0, 0), EPERM);
}

static void personalities(void **state)
{
	static const int allowed[] = {PER_LINUX, PER_LINUX32, UNAME26, PER_LINUX32 | UNAME26, -1};
	static const int refused[] = {ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, MMAP_PAGE_ZERO,
		PER_SVR4, PER_LINUX32 | ADDR_NO_RANDOMIZE};

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		assert_int_equal(errno_of(0, SYS_personality, allowed[i], 0, 0), 0);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		assert_int_equal(errno_of(ALL_FEATURES, SYS_personality, refused[i], 0, 0), EPERM);
}

static void netlink(void **state)
{
	static const int allowed[] = {NETLINK_ROUTE, NETLINK_KOBJECT_UEVENT, NETLINK_GENERIC};
	static const int refused[] = {NETLINK_NETFILTER, NETLINK_XFRM, NETLINK_AUDIT,
		NETLINK_CRYPTO, NETLINK_CONNECTOR, 31};

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		assert_int_equal(
			errno_of(DEFAULTS, SYS_socket, AF_NETLINK, SOCK_RAW, allowed[i]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		assert_int_equal(errno_of(DEFAULTS, SYS_socket, AF_NETLINK, SOCK_RAW, refused[i]),
			EPROTONOSUPPORT);
	assert_int_equal(errno_of(DEFAULTS | FEATURE_FAMILIES, SYS_socket, AF_NETLINK, SOCK_RAW,
				 NETLINK_NETFILTER),
		0);
}

static void ordinary_calls_are_allowed(void **state)
{
	assert_int_equal(errno_of(0, SYS_getpid, 0, 0, 0), 0);
	assert_int_equal(errno_of(0, SYS_socket, AF_INET, SOCK_STREAM, 0), 0);
	assert_int_equal(errno_of(0, SYS_socket, AF_INET6, SOCK_DGRAM, 0), 0);
	assert_int_equal(errno_of(0, SYS_socket, AF_UNIX, SOCK_STREAM, 0), 0);
	assert_int_equal(errno_of(0, SYS_socket, AF_NETLINK, SOCK_RAW, 0), 0);
	assert_int_equal(errno_of(0, SYS_unshare, CLONE_FILES, 0, 0), 0);
	assert_int_equal(errno_of(0, SYS_personality, 0xffffffff, 0, 0), 0);
}

static void calls_nobody_knows_yet(void **state)
{
	assert_int_equal(errno_of(0, 500, 0, 0, 0), ENOSYS);
	assert_int_equal(errno_of(0, 0x40000000 + SYS_getpid, 0, 0, 0), ENOSYS);
}

static void namespaces(void **state)
{
	assert_int_equal(errno_of(DEFAULTS, SYS_unshare, CLONE_NEWUSER, 0, 0), EPERM);
	assert_int_equal(errno_of(DEFAULTS, SYS_unshare, CLONE_NEWNET | CLONE_FILES, 0, 0), EPERM);
	assert_int_equal(errno_of(DEFAULTS, SYS_clone, CLONE_NEWUSER, 0, 0), EPERM);
	assert_int_equal(errno_of(DEFAULTS, SYS_setns, -1, 0, 0), EPERM);
	assert_int_equal(errno_of(DEFAULTS, SYS_clone3, 0, 0, 0), ENOSYS);
	assert_int_equal(errno_of(DEFAULTS | FEATURE_NESTING, SYS_setns, -1, 0, 0), EBADF);
	assert_int_equal(errno_of(DEFAULTS | FEATURE_NESTING, SYS_clone3, 0, 0, 0), EINVAL);
}

/* The kernel takes these arguments for 32 bits wide, so what is above them must not matter. */
static void sockets(void **state)
{
	const long high = 1L << 32;

	assert_int_equal(errno_of(DEFAULTS, SYS_socket, AF_INET, SOCK_DGRAM, IPPROTO_ICMP), EPERM);
	assert_int_equal(
		errno_of(DEFAULTS, SYS_socket, AF_INET, SOCK_DGRAM, IPPROTO_ICMP | high), EPERM);
	assert_int_equal(
		errno_of(DEFAULTS, SYS_socket, AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6), EPERM);
	assert_int_not_equal(
		errno_of(DEFAULTS, SYS_socket, AF_INET | high, SOCK_DGRAM, IPPROTO_ICMP), 0);
	assert_int_equal(errno_of(DEFAULTS, SYS_socket, AF_PACKET, SOCK_RAW, 0), EAFNOSUPPORT);
	assert_int_equal(errno_of(DEFAULTS, SYS_socket, AF_ALG, SOCK_SEQPACKET, 0), EAFNOSUPPORT);
	assert_int_equal(errno_of(DEFAULTS, SYS_socket, AF_KEY | high, SOCK_RAW, 0), EAFNOSUPPORT);
	assert_int_equal(
		errno_of(DEFAULTS | FEATURE_FAMILIES, SYS_socket, AF_PACKET, 4711, 0), EINVAL);
}

/* The path is bad: what gets past the filter fails with EFAULT. */
static int errno_of_mount(unsigned long flags)
{
	return errno_of_4(DEFAULTS | FEATURE_MOUNT, SYS_mount, 0, 0, 0, (long)flags);
}

static void remounting(void **state)
{
	assert_int_equal(errno_of_mount(MS_BIND), EFAULT);
	assert_int_equal(errno_of_mount(MS_REMOUNT), EPERM);
	assert_int_equal(errno_of_mount(MS_REMOUNT | MS_BIND | MS_NODEV), EPERM);
	assert_int_equal(errno_of_mount(MS_REMOUNT | MS_BIND | MS_RDONLY), EPERM);
	assert_int_equal(errno_of_mount(MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV), EFAULT);
	assert_int_equal(errno_of(DEFAULTS | FEATURE_MOUNT, 442, -1, 0, 0), ENOSYS);
	assert_int_equal(errno_of(DEFAULTS | FEATURE_MOUNT, 467, -1, 0, 0), ENOSYS);
}

static void switches(void **state)
{
	assert_int_equal(errno_of(DEFAULTS, SYS_mount, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(DEFAULTS | FEATURE_MOUNT, SYS_mount, 0, 0, 0), EFAULT);
	assert_int_equal(errno_of(DEFAULTS, SYS_syslog, 10, 0, 0), EPERM);
	assert_int_equal(errno_of(DEFAULTS | FEATURE_LOG, SYS_syslog, 10, 0, 0), 0);
	assert_int_equal(errno_of(DEFAULTS, SYS_ptrace, 0, 0, 0), 0);
	assert_int_equal(errno_of(0, SYS_ptrace, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(DEFAULTS, SYS_semget, IPC_PRIVATE, 0, 0), EINVAL);
	assert_int_equal(errno_of(0, SYS_semget, IPC_PRIVATE, 0, 0), ENOSYS);
	assert_int_equal(errno_of(0, SYS_shmdt, 1, 0, 0), ENOSYS);
	assert_int_equal(errno_of(0, SYS_msgget, IPC_PRIVATE, 0, 0), ENOSYS);
}

/* ---- the table, and the tree that comes of it ---- */

/* Runs a program for a call without arguments; what seccomp(2) would be told. */
static uint32_t run(const struct buffer *program, uint32_t arch, uint32_t number)
{
	const struct sock_filter *at = (const struct sock_filter *)(void *)program->data;
	const struct seccomp_data data = {.nr = (int)number, .arch = arch};
	uint32_t a = 0;

	for (;; at++) {
		assert_true((const char *)at < program->data + program->len);
		switch (at->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)&data + at->k, sizeof(a));
			break;
		case BPF_JMP | BPF_JA:
			at += at->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += a == at->k ? at->jt : at->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += a >= at->k ? at->jt : at->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			at += a & at->k ? at->jt : at->jf;
			break;
		case BPF_RET | BPF_K:
			return at->k;
		default:
			fail();
		}
	}
}

/* Any set of calls, up to some that need jumps beyond the reach of a conditional one. */
static void a_tree_leads_where_its_calls_say(void **state)
{
	static const size_t sizes[] = {0, 1, 2, 3, 10, 255, 256, 257, 600, 1000};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t n = sizes[i];
		struct filter_call *calls = xcalloc(n + 1, sizeof(*calls));
		uint32_t *leaves = xcalloc(4 * n + 8, sizeof(*leaves)), number = 0;
		struct filter_jumps jumps = {0};
		struct buffer program = {0};
		const struct sock_filter load =
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));

		/* 17 leaves that do not repeat at once, numbers with gaps of 0 to 2 */
		for (size_t k = 0; k < n; k++, number++) {
			number += (uint32_t)(k * 7 % 3);
			calls[n - 1 - k] = (struct filter_call){number, 1 + (uint32_t)(k % 17)};
			leaves[number] = 1 + (uint32_t)(k % 17);
		}
		buffer_add(&program, &load, sizeof(load));
		filter_tree_put(&program, &jumps, calls, n, 0);
		for (uint32_t k = 0; k < 4 * n + 8; k++)
			assert_int_equal(run(&program, 0, k), leaves[k]);
		assert_int_equal(run(&program, 0, UINT32_MAX), 0);
		filter_jumps_free(&jumps);
		buffer_free(&program);
		free(leaves);
		free(calls);
	}
}

/* The word for the name in the table; NULL if it is not there, or there twice. */
static const struct call_group *only_group_with(const char *name)
{
	const struct call_group *found = NULL;
	size_t len = strlen(name), times = 0;

	for (size_t i = 0; i < call_groups_count; i++)
		for (const char *at = call_groups[i].names; *at != '\0';
			at += strcspn(at, " "), at += *at == ' ')
			if (strncmp(at, name, len) == 0 && strchr(" =", at[len]) != NULL) {
				found = &call_groups[i];
				times++;
			}
	return times == 1 ? found : NULL;
}

/* What the library knows has been judged: it stands in the table, once. */
static void every_call_is_in_the_table(void **state)
{
	static const uint32_t archs[] = {
		SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM};

	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		for (int number = 0; number < 1024; number++) {
			AUTO_FREE char *name = seccomp_syscall_resolve_num_arch(archs[i], number);

			if (name != NULL && only_group_with(name) == NULL)
				fail_msg("%s is not in the table, or twice", name);
		}
}

/* What a group of the table comes to without arguments of the call. */
static bool is_as_the_group_says(
	uint32_t value, const struct call_group *group, unsigned int features)
{
	if ((group->needs & features) != group->needs)
		return value == (SECCOMP_RET_ERRNO | (uint32_t)group->errnum);
	if (group->verdict == VERDICT_ALLOW)
		return value == SECCOMP_RET_ALLOW;
	return value == SECCOMP_RET_ALLOW || (value & SECCOMP_RET_ERRNO) != 0;
}

static void check_architecture(uint32_t arch, unsigned int features)
{
	struct buffer program = {0};
	struct error err;

	assert_int_equal(filter_make(features, &program, &err), 0);
	for (uint32_t number = 0; number < 424; number++) {
		AUTO_FREE char *name = seccomp_syscall_resolve_num_arch(arch, (int)number);
		uint32_t value = run(&program, arch, number);

		if (name == NULL)
			assert_int_equal(value, SECCOMP_RET_ERRNO | ENOSYS);
		else if (!is_as_the_group_says(value, only_group_with(name), features))
			fail_msg("%s: %x", name, value);
	}
	for (uint32_t number = 472; number < 2000; number++)
		assert_int_equal(run(&program, arch, number), SECCOMP_RET_ERRNO | ENOSYS);
	buffer_free(&program);
}

static void the_program_is_as_the_table(void **state)
{
	static const unsigned int features[] = {0, DEFAULTS, ALL_FEATURES};

	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		check_architecture(seccomp_arch_native(), features[i]);
#ifdef __x86_64__
		check_architecture(SCMP_ARCH_X86, features[i]);
#endif
	}
}

/* Calls that the library need not know, by the number they have on all architectures. */
static void new_calls(void **state)
{
	static const struct {
		uint32_t number;
		uint32_t value;
	} calls[] = {
		{451 /* cachestat */, SECCOMP_RET_ALLOW},
		{452 /* fchmodat2 */, SECCOMP_RET_ALLOW},
		{462 /* mseal */, SECCOMP_RET_ALLOW},
		{464 /* getxattrat */, SECCOMP_RET_ALLOW},
		{440 /* process_madvise */, SECCOMP_RET_ERRNO | EPERM},
		{442 /* mount_setattr */, SECCOMP_RET_ERRNO | ENOSYS},
		{450 /* set_mempolicy_home_node */, SECCOMP_RET_ERRNO | EPERM},
		{467 /* open_tree_attr */, SECCOMP_RET_ERRNO | ENOSYS},
		{469 /* file_setattr */, SECCOMP_RET_ERRNO | EPERM},
	};
	struct buffer program = {0};
	struct error err;

	assert_int_equal(filter_make(DEFAULTS, &program, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		assert_int_equal(
			run(&program, seccomp_arch_native(), calls[i].number), calls[i].value);
#ifdef __x86_64__
		assert_int_equal(run(&program, AUDIT_ARCH_I386, calls[i].number), calls[i].value);
#endif
	}
#ifdef __x86_64__
	/* uretprobe and uprobe, which have numbers on this architecture alone */
	assert_int_equal(run(&program, AUDIT_ARCH_X86_64, 335), SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(run(&program, AUDIT_ARCH_X86_64, 336), SECCOMP_RET_ERRNO | ENOSYS);
	/* x32, and an architecture that is not there */
	assert_int_equal(run(&program, AUDIT_ARCH_X86_64, 0x40000000), SECCOMP_RET_ERRNO | ENOSYS);
#endif
	assert_int_equal(run(&program, AUDIT_ARCH_SPARC, 1), SECCOMP_RET_ERRNO | ENOSYS);
	buffer_free(&program);
}

#ifdef __x86_64__
/* A call of 32-bit x86 from a program of 64 bits. */
static int errno_of_i386(unsigned int features, int number, int a, int b)
{
	struct buffer program = {0};
	struct error err;
	int status;
	pid_t pid;

	assert_int_equal(filter_make(features, &program, &err), 0);
	pid = fork();
	if (pid == 0) {
		struct sock_fprog filter = {
			.len = (unsigned short)(program.len / sizeof(struct sock_filter)),
			.filter = (struct sock_filter *)(void *)program.data};
		int result;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
			syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
			_exit(255);
		__asm__ volatile("int $0x80"
				 : "=a"(result)
				 : "a"(number), "b"(a), "c"(b), "d"(0)
				 : "memory", "r8", "r9", "r10", "r11");
		_exit(result < 0 ? -result : 0);
	}
	waitpid(pid, &status, 0);
	buffer_free(&program);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void calls_of_32_bits(void **state)
{
	assert_int_equal(errno_of_i386(DEFAULTS, 20 /* getpid */, 0, 0), 0);
	assert_int_equal(errno_of_i386(DEFAULTS, 88 /* reboot */, 0, 0), EPERM);
	assert_int_equal(errno_of_i386(DEFAULTS, 102 /* socketcall */, 1, 0), ENOSYS);
	assert_int_equal(errno_of_i386(0, 117 /* ipc */, 0, 0), ENOSYS);
	assert_int_equal(errno_of_i386(DEFAULTS, 310 /* unshare */, CLONE_NEWUSER, 0), EPERM);
	assert_int_equal(errno_of_i386(DEFAULTS, 359 /* socket */, AF_INET, SOCK_STREAM), 0);
	assert_int_equal(
		errno_of_i386(DEFAULTS, 359 /* socket */, AF_PACKET, SOCK_RAW), EAFNOSUPPORT);
	assert_int_equal(
		errno_of_i386(DEFAULTS, 136 /* personality */, ADDR_NO_RANDOMIZE, 0), EPERM);
	assert_int_equal(errno_of_i386(DEFAULTS, 440 /* process_madvise */, -1, 0), EPERM);
	assert_int_equal(errno_of_i386(DEFAULTS, 2000, 0, 0), ENOSYS);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_always_refused),
		cmocka_unit_test(ordinary_calls_are_allowed),
		cmocka_unit_test(calls_nobody_knows_yet),
		cmocka_unit_test(namespaces),
		cmocka_unit_test(sockets),
		cmocka_unit_test(remounting),
		cmocka_unit_test(switches),
		cmocka_unit_test(personalities),
		cmocka_unit_test(netlink),
		cmocka_unit_test(a_tree_leads_where_its_calls_say),
		cmocka_unit_test(every_call_is_in_the_table),
		cmocka_unit_test(the_program_is_as_the_table),
		cmocka_unit_test(new_calls),
#ifdef __x86_64__
		cmocka_unit_test(calls_of_32_bits),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
