/* The filter of system calls, installed in a child that then makes them. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/linux/filter.h"
#include "host/linux/permissions.h"

#define DEFAULTS (FEATURE_TRACE | FEATURE_MSG | FEATURE_SEM | FEATURE_SHM)

/* Makes the call under the filter; returns its errno, 0 if it succeeded. */
static int errno_of(unsigned int features, long number, long a, long b, long c)
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
		_exit(syscall(number, a, b, c, 0, 0, 0) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	buffer_free(&program);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 255);
	return WEXITSTATUS(status);
}

static void what_is_always_refused(void **state)
{
	const unsigned int all = (1 << 9) - 1;

	assert_int_equal(errno_of(all, SYS_bpf, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(all, SYS_keyctl, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(all, SYS_reboot, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(all, SYS_init_module, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(all, SYS_settimeofday, 0, 0, 0), EPERM);
	assert_int_equal(errno_of(all, SYS_open_by_handle_at, -1, 0, 0), EPERM);
	assert_int_equal(errno_of(all, SYS_io_uring_setup, 1, 0, 0), ENOSYS);
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
				 : "a"(number), "b"(a), "c"(b)
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
		cmocka_unit_test(switches),
#ifdef __x86_64__
		cmocka_unit_test(calls_of_32_bits),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
