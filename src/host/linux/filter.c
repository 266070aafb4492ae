#include "host/linux/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "host/linux/permissions.h"

/* Arguments of 32 bits: what is above them, the kernel ignores, and so must a comparison. */
#define LOW32 0xffffffffU

#define NEW_NAMESPACES                                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
		CLONE_NEWPID | CLONE_NEWNET)

/* Calls newer than this one are refused, since nobody has judged them yet. */
#define LAST_KNOWN_CALL 469 /* file_setattr, Linux 6.17 */

/* Refused unless the container has one of the features; 0: always. */
static const struct call {
	const char *name;
	unsigned int unless;
	int errnum;
} calls[] = {
	/* the kernel itself: modules, other kernels, programs in it, its clock, its power */
	{"init_module", 0, EPERM},
	{"finit_module", 0, EPERM},
	{"delete_module", 0, EPERM},
	{"create_module", 0, EPERM},
	{"query_module", 0, EPERM},
	{"get_kernel_syms", 0, EPERM},
	{"kexec_load", 0, EPERM},
	{"kexec_file_load", 0, EPERM},
	{"bpf", 0, EPERM},
	{"perf_event_open", 0, EPERM},
	{"reboot", 0, EPERM},
	{"clock_settime", 0, EPERM},
	{"clock_settime64", 0, EPERM},
	{"clock_adjtime", 0, EPERM},
	{"clock_adjtime64", 0, EPERM},
	{"settimeofday", 0, EPERM},
	{"stime", 0, EPERM},
	{"acct", 0, EPERM},
	{"swapon", 0, EPERM},
	{"swapoff", 0, EPERM},
	{"iopl", 0, EPERM},
	{"ioperm", 0, EPERM},
	{"vm86", 0, EPERM},
	{"vm86old", 0, EPERM},
	{"vhangup", 0, EPERM},
	{"lookup_dcookie", 0, EPERM},
	{"quotactl", 0, EPERM},
	{"quotactl_fd", 0, EPERM},
	{"nfsservctl", 0, EPERM},
	{"_sysctl", 0, EPERM},
	{"sysfs", 0, EPERM},
	{"ustat", 0, EPERM},
	{"uselib", 0, EPERM},
	{"syslog", FEATURE_LOG, EPERM},
	/* keys: the kernel's keyrings know no namespaces */
	{"add_key", 0, EPERM},
	{"request_key", 0, EPERM},
	{"keyctl", 0, EPERM},
	/* files past the mounts of the container */
	{"open_by_handle_at", 0, EPERM},
	{"fanotify_init", 0, EPERM},
	/* much of the kernel for little use; programs go on without */
	{"userfaultfd", 0, EPERM},
	{"io_uring_setup", 0, ENOSYS},
	{"io_uring_enter", 0, ENOSYS},
	{"io_uring_register", 0, ENOSYS},
	/* where memory of processes lies */
	{"mbind", 0, EPERM},
	{"set_mempolicy", 0, EPERM},
	{"set_mempolicy_home_node", 0, EPERM},
	{"get_mempolicy", 0, EPERM},
	{"migrate_pages", 0, EPERM},
	{"move_pages", 0, EPERM},
	/* mounts */
	{"mount", FEATURE_MOUNT, EPERM},
	{"umount", FEATURE_MOUNT, EPERM},
	{"umount2", FEATURE_MOUNT, EPERM},
	{"pivot_root", FEATURE_MOUNT, EPERM},
	{"fsopen", FEATURE_MOUNT, EPERM},
	{"fsconfig", FEATURE_MOUNT, EPERM},
	{"fsmount", FEATURE_MOUNT, EPERM},
	{"fspick", FEATURE_MOUNT, EPERM},
	{"move_mount", FEATURE_MOUNT, EPERM},
	{"open_tree", FEATURE_MOUNT, EPERM},
	{"mount_setattr", FEATURE_MOUNT, EPERM},
	/* namespaces; clone(2) and unshare(2) are below. The flags of clone3(2) are out of reach,
	 * programs fall back to clone(2) */
	{"setns", FEATURE_NESTING, EPERM},
	{"clone3", FEATURE_NESTING, ENOSYS},
	/* other processes */
	{"ptrace", FEATURE_TRACE, EPERM},
	{"process_vm_readv", FEATURE_TRACE, EPERM},
	{"process_vm_writev", FEATURE_TRACE, EPERM},
	{"process_madvise", FEATURE_TRACE, EPERM},
	{"pidfd_getfd", FEATURE_TRACE, EPERM},
	{"kcmp", FEATURE_TRACE, EPERM},
	/* System V IPC */
	{"msgget", FEATURE_MSG, ENOSYS},
	{"msgsnd", FEATURE_MSG, ENOSYS},
	{"msgrcv", FEATURE_MSG, ENOSYS},
	{"msgctl", FEATURE_MSG, ENOSYS},
	{"semget", FEATURE_SEM, ENOSYS},
	{"semop", FEATURE_SEM, ENOSYS},
	{"semtimedop", FEATURE_SEM, ENOSYS},
	{"semctl", FEATURE_SEM, ENOSYS},
	{"shmget", FEATURE_SHM, ENOSYS},
	{"shmat", FEATURE_SHM, ENOSYS},
	{"shmdt", FEATURE_SHM, ENOSYS},
	{"shmctl", FEATURE_SHM, ENOSYS},
};

/* socket(2): the families below AF_NETLINK that are not among unix, inet, inet6, netlink. */
static const int refused_families[] = {AF_UNSPEC, AF_AX25, AF_IPX, AF_APPLETALK, AF_NETROM,
	AF_BRIDGE, AF_ATMPVC, AF_X25, AF_ROSE, AF_DECnet, AF_NETBEUI, AF_SECURITY, AF_KEY};

static int add(scmp_filter_ctx ctx, int errnum, const char *name, unsigned int ncompare,
	const struct scmp_arg_cmp *compare)
{
	int call = seccomp_syscall_resolve_name(name), result;

	if (call == __NR_SCMP_ERROR)
		return 0; /* unknown to the library: then LAST_KNOWN_CALL or the kernel refuses it
			   */
	result = seccomp_rule_add_array(
		ctx, SCMP_ACT_ERRNO((uint32_t)errnum), call, ncompare, compare);
	/* not there on this architecture; or part of a wider rule, as the library itself refuses
	 * the old multiplexed calls of 32-bit x86 along with the new ones */
	return result == -EDOM || result == -EEXIST ? 0 : result;
}

static int add_sockets(scmp_filter_ctx ctx, unsigned int features)
{
	const struct scmp_arg_cmp icmp[] = {SCMP_A0_64(SCMP_CMP_MASKED_EQ, LOW32, AF_INET),
		SCMP_A2_64(SCMP_CMP_MASKED_EQ, LOW32, IPPROTO_ICMP)};
	const struct scmp_arg_cmp icmp6[] = {SCMP_A0_64(SCMP_CMP_MASKED_EQ, LOW32, AF_INET6),
		SCMP_A2_64(SCMP_CMP_MASKED_EQ, LOW32, IPPROTO_ICMPV6)};
	int result = 0;

	/* the old call of 32-bit x86 has its arguments in memory, where no filter sees them */
	if (~features & (FEATURE_ICMP | FEATURE_FAMILIES))
		result = add(ctx, ENOSYS, "socketcall", 0, NULL);
	/* raw sockets are the capability's business */
	if (result == 0 && !(features & FEATURE_ICMP)) {
		result = add(ctx, EPERM, "socket", 2, icmp);
		if (result == 0)
			result = add(ctx, EPERM, "socket", 2, icmp6);
	}
	if (!(features & FEATURE_FAMILIES)) {
		for (size_t i = 0; i < ARRAY_SIZE(refused_families) && result == 0; i++)
			result = add(ctx, EAFNOSUPPORT, "socket", 1,
				&SCMP_A0_64(SCMP_CMP_MASKED_EQ, LOW32,
					(scmp_datum_t)refused_families[i]));
		if (result == 0)
			result = add(ctx, EAFNOSUPPORT, "socket", 1,
				&SCMP_A0_64(SCMP_CMP_GT, AF_NETLINK));
	}
	return result;
}

static int add_namespaces(scmp_filter_ctx ctx, unsigned int features)
{
	int result = 0;

	if (features & FEATURE_NESTING)
		return 0;
	for (uint64_t flag = 1; flag < 1ULL << 32 && result == 0; flag <<= 1) {
		const struct scmp_arg_cmp given = SCMP_A0_64(SCMP_CMP_MASKED_EQ, flag, flag);

		if (!(flag & (NEW_NAMESPACES | CLONE_NEWTIME)))
			continue;
		result = add(ctx, EPERM, "unshare", 1, &given);
		if (result == 0 && (flag & NEW_NAMESPACES)) /* the rest is clone(2)'s signal */
			result = add(ctx, EPERM, "clone", 1, &given);
	}
	return result;
}

static int add_rules(scmp_filter_ctx ctx, unsigned int features)
{
	const unsigned int ipc = FEATURE_MSG | FEATURE_SEM | FEATURE_SHM;
	int result = 0;

	for (size_t i = 0; i < ARRAY_SIZE(calls) && result == 0; i++)
		if (!(calls[i].unless & features))
			result = add(ctx, calls[i].errnum, calls[i].name, 0, NULL);
	if (result == 0 && (features & ipc) != ipc)
		result = add(ctx, ENOSYS, "ipc", 0, NULL);
	if (result == 0)
		result = add_sockets(ctx, features);
	if (result == 0)
		result = add_namespaces(ctx, features);
	return result;
}

/* Foreign architectures of which the kernel runs programs too. */
static int add_architectures(scmp_filter_ctx ctx)
{
	switch (seccomp_arch_native()) {
	case SCMP_ARCH_X86_64:
		return seccomp_arch_add(ctx, SCMP_ARCH_X86);
	case SCMP_ARCH_AARCH64:
		return seccomp_arch_add(ctx, SCMP_ARCH_ARM);
	default:
		return 0;
	}
}

/* Refuses calls that are newer than this program, of the host's own architecture. */
static void put_unknown_calls(struct buffer *program)
{
	const struct sock_filter check[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_KNOWN_CALL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	buffer_add(program, check, sizeof(check));
}

/* The library writes to a descriptor only. */
static int put_program(scmp_filter_ctx ctx, struct buffer *program)
{
	AUTO_CLOSE int fd = memfd_create("filter", MFD_CLOEXEC);
	char bytes[4096];
	ssize_t n;
	int result;

	if (fd < 0)
		return -errno;
	result = seccomp_export_bpf(ctx, fd);
	for (off_t at = 0; result == 0 && (n = pread(fd, bytes, sizeof(bytes), at)) != 0; at += n) {
		if (n < 0)
			return -errno;
		buffer_add(program, bytes, (size_t)n);
	}
	return result;
}

int filter_make(unsigned int features, struct buffer *program, struct error *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int result = ctx == NULL ? -ENOMEM : add_architectures(ctx);

	if (result == 0)
		result = seccomp_attr_set(
			ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO((uint32_t)ENOSYS));
	if (result == 0)
		result = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (result == 0)
		result = add_rules(ctx, features);
	put_unknown_calls(program);
	if (result == 0)
		result = put_program(ctx, program);
	if (ctx != NULL)
		seccomp_release(ctx);
	if (result != 0)
		return error_errno(err, -result, "cannot make the filter of system calls");
	return 0;
}
