/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/filter_calls.h"

#include <errno.h>

#include "base/mem.h"
#include "host/linux/permissions.h"

const struct call_group call_groups[] = {
	/* files by descriptor */
	{0, 0, VERDICT_ALLOW,
		"read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek "
		"_llseek close close_range dup dup2 dup3 fcntl fcntl64 ioctl flock fsync fdatasync "
		"sync syncfs sync_file_range sync_file_range2 arm_sync_file_range ftruncate "
		"ftruncate64 fallocate fadvise64 fadvise64_64 arm_fadvise64_64 readahead "
		"copy_file_range sendfile sendfile64 splice tee vmsplice pipe pipe2 memfd_create "
		"memfd_secret=447 getdents getdents64 readdir cachestat=451"},
	/* files by name; name_to_handle_at(2) tells no more than stat(2) does */
	{0, 0, VERDICT_ALLOW,
		"open openat openat2 creat access faccessat faccessat2 chdir fchdir chroot getcwd "
		"link linkat symlink symlinkat readlink readlinkat unlink unlinkat rename renameat "
		"renameat2 mkdir mkdirat rmdir mknod mknodat umask truncate truncate64 "
		"name_to_handle_at"},
	/* what files are like */
	{0, 0, VERDICT_ALLOW,
		"stat stat64 fstat fstat64 lstat lstat64 newfstatat fstatat64 statx oldstat "
		"oldfstat oldlstat statfs statfs64 fstatfs fstatfs64 chmod fchmod fchmodat "
		"fchmodat2=452 chown chown32 fchown fchown32 lchown lchown32 fchownat utime utimes "
		"futimesat utimensat utimensat_time64 getxattr lgetxattr fgetxattr getxattrat=464 "
		"setxattr lsetxattr fsetxattr setxattrat=463 listxattr llistxattr flistxattr "
		"listxattrat=465 removexattr lremovexattr fremovexattr removexattrat=466"},
	/* waiting for many things */
	{0, 0, VERDICT_ALLOW,
		"select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create "
		"epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 "
		"signalfd signalfd4 inotify_init inotify_init1 inotify_add_watch inotify_rm_watch "
		"io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents "
		"io_pgetevents_time64"},
	/* memory of the caller's own */
	{0, 0, VERDICT_ALLOW,
		"brk mmap mmap2 munmap mprotect mremap msync mincore madvise mlock mlock2 mlockall "
		"munlock munlockall remap_file_pages membarrier pkey_alloc pkey_free pkey_mprotect "
		"process_mrelease=448 map_shadow_stack=453 mseal=462"},
	/* processes and threads */
	{0, 0, VERDICT_ALLOW,
		"fork vfork execve execveat exit exit_group wait4 waitid waitpid kill tkill tgkill "
		"pidfd_open pidfd_send_signal getpid getppid gettid getpgid getpgrp setpgid getsid "
		"setsid set_tid_address set_robust_list get_robust_list futex futex_time64 "
		"futex_waitv=449 futex_wake=454 futex_wait=455 futex_requeue=456 rseq "
		"restart_syscall arch_prctl get_thread_area set_thread_area modify_ldt prctl "
		"seccomp landlock_create_ruleset=444 landlock_add_rule=445 "
		"landlock_restrict_self=446 breakpoint cacheflush set_tls get_tls usr26 usr32"},
	{0, EPERM, VERDICT_CLONE, "clone"},
	{0, EPERM, VERDICT_UNSHARE, "unshare"},
	{0, EPERM, VERDICT_PERSONALITY, "personality"},
	/* who they are */
	{0, 0, VERDICT_ALLOW,
		"getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid "
		"getresuid32 getresgid getresgid32 getgroups getgroups32 setuid setuid32 setgid "
		"setgid32 setreuid setreuid32 setregid setregid32 setresuid setresuid32 setresgid "
		"setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32 capget "
		"capset"},
	/* signals and time; what sets the clock asks for a capability */
	{0, 0, VERDICT_ALLOW,
		"rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn "
		"rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo "
		"sigaltstack sigaction sigpending sigprocmask sigreturn sigsuspend signal sgetmask "
		"ssetmask pause alarm getitimer setitimer nanosleep clock_nanosleep "
		"clock_nanosleep_time64 clock_gettime clock_gettime64 clock_getres "
		"clock_getres_time64 clock_adjtime clock_adjtime64 adjtimex gettimeofday time "
		"times "
		"timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 "
		"timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 "
		"timerfd_settime timerfd_settime64"},
	/* how much they may have, and when they run */
	{0, 0, VERDICT_ALLOW,
		"getrlimit ugetrlimit setrlimit prlimit64 getrusage sysinfo uname olduname "
		"oldolduname getcpu getrandom getpriority setpriority nice ioprio_get ioprio_set "
		"sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_setattr "
		"sched_getparam sched_setparam sched_getscheduler sched_setscheduler "
		"sched_get_priority_max sched_get_priority_min sched_rr_get_interval "
		"sched_rr_get_interval_time64"},
	/* the container's names: a matter of a capability */
	{0, 0, VERDICT_ALLOW, "sethostname setdomainname"},
	/* sockets and message queues; the one call of old has its arguments in memory, where no
	 * filter sees them */
	{0, EPERM, VERDICT_SOCKET, "socket"},
	{0, 0, VERDICT_ALLOW,
		"socketpair bind listen accept accept4 connect getsockname getpeername getsockopt "
		"setsockopt send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg "
		"recvmmsg_time64 shutdown mq_open mq_unlink mq_timedsend mq_timedsend_time64 "
		"mq_timedreceive mq_timedreceive_time64 mq_notify mq_getsetattr"},
	{FEATURE_ICMP | FEATURE_FAMILIES, ENOSYS, VERDICT_ALLOW, "socketcall"},
	/* System V IPC, and the same */
	{FEATURE_MSG, ENOSYS, VERDICT_ALLOW, "msgget msgsnd msgrcv msgctl"},
	{FEATURE_SEM, ENOSYS, VERDICT_ALLOW, "semget semop semtimedop semtimedop_time64 semctl"},
	{FEATURE_SHM, ENOSYS, VERDICT_ALLOW, "shmget shmat shmdt shmctl"},
	{FEATURE_MSG | FEATURE_SEM | FEATURE_SHM, ENOSYS, VERDICT_ALLOW, "ipc"},
	/* other processes, of the same user */
	{FEATURE_TRACE, EPERM, VERDICT_ALLOW, "ptrace process_vm_readv process_vm_writev"},
	{NEVER, EPERM, VERDICT_ALLOW, "process_madvise pidfd_getfd kcmp"},
	/* mounts; what would change flags of one past VERDICT_MOUNT is out of reach, programs fall
	 * back to mount(2) */
	{FEATURE_MOUNT, EPERM, VERDICT_MOUNT, "mount"},
	{FEATURE_MOUNT, EPERM, VERDICT_ALLOW,
		"umount umount2 pivot_root fsopen fsconfig fsmount fspick move_mount open_tree"},
	{FEATURE_MOUNT, ENOSYS, VERDICT_ALLOW, "statmount=457 listmount=458"},
	{NEVER, ENOSYS, VERDICT_ALLOW, "mount_setattr=442 open_tree_attr=467"},
	/* namespaces; the flags of clone3(2) are in memory, programs fall back to clone(2) */
	{FEATURE_NESTING, EPERM, VERDICT_ALLOW, "setns"},
	{FEATURE_NESTING, ENOSYS, VERDICT_ALLOW, "clone3=435"},
	{NEVER, ENOSYS, VERDICT_ALLOW, "listns=470"},
	/* the kernel itself: modules, other kernels, programs in it, its clock, its power */
	{NEVER, EPERM, VERDICT_ALLOW,
		"init_module finit_module delete_module create_module query_module get_kernel_syms "
		"kexec_load kexec_file_load bpf perf_event_open reboot clock_settime "
		"clock_settime64 settimeofday stime acct swapon swapoff iopl ioperm vm86 vm86old "
		"vhangup lookup_dcookie quotactl quotactl_fd=443 nfsservctl _sysctl sysfs ustat "
		"uselib"},
	{FEATURE_LOG, EPERM, VERDICT_ALLOW, "syslog"},
	/* keys: the kernel's keyrings know no namespaces */
	{NEVER, EPERM, VERDICT_ALLOW, "add_key request_key keyctl"},
	/* files past the mounts of the container, and attributes of file systems themselves */
	{NEVER, EPERM, VERDICT_ALLOW,
		"open_by_handle_at fanotify_init fanotify_mark file_setattr=469"},
	/* where memory of processes lies */
	{NEVER, EPERM, VERDICT_ALLOW,
		"mbind get_mempolicy set_mempolicy set_mempolicy_home_node=450 migrate_pages "
		"move_pages"},
	/* much of the kernel for little use; programs go on without */
	{NEVER, EPERM, VERDICT_ALLOW, "userfaultfd"},
	{NEVER, ENOSYS, VERDICT_ALLOW,
		"io_uring_setup=425 io_uring_enter=426 io_uring_register=427 "
		"lsm_get_self_attr=459 lsm_set_self_attr=460 lsm_list_modules=461 "
		"file_getattr=468 rseq_slice_yield=471"},
	/* numbers that no kernel of today has anything behind */
	{NEVER, ENOSYS, VERDICT_ALLOW,
		"afs_syscall bdflush break epoll_ctl_old epoll_wait_old ftime getpmsg gtty idle "
		"lock mpx pciconfig_iobase pciconfig_read pciconfig_write prof profil putpmsg "
		"security stty tuxcall ulimit vserver"},
};

const size_t call_groups_count = ARRAY_SIZE(call_groups);
