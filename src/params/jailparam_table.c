/* SPDX-License-Identifier: BSD-2-Clause */
#include "params/jailparam_table.h"

#include "params/jailparam_rows.h"

const char *const jailparam_type_names[JAILPARAM_TYPES] = {
	[JAILPARAM_BOOLEAN] = "boolean",
	[JAILPARAM_NUMBER] = "number",
	[JAILPARAM_SECONDS] = "seconds",
	[JAILPARAM_TEXT] = "text",
	[JAILPARAM_MODE] = "mode",
	[JAILPARAM_LIST] = "list",
	[JAILPARAM_COMMANDS] = "commands",
};

/* Sorted by name. */
const struct jailparam jailparam_table[] = {
	{"allow.adjtime", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"Root in the container may slew the clock that the whole system shares. "
			"Needs a kernel of 14.1 or later.",
			"on Linux the clock belongs to the host alone")},
	{"allow.chflags", BOOLEAN,
		ON(FREEBSD(LIVE, "false",
			   "Root in the container may set and clear the system's file flags, "
			   "chflags(2)."),
			LINUX(RESTART, "false",
				"Root in the container may set and clear the immutable and "
				"append-only attributes of files. Only with the network driver "
				"host, and the container then has no user namespace: within "
				"one the kernel does not allow it."))},
	{"allow.dying", BOOLEAN,
		SAME(REFUSED, NULL,
			"a container that is ending is waited for before it starts anew")},
	{"allow.extattr", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"Root in the container may change extended attributes of the name space "
			"system. Needs a kernel of 14.1 or later.",
			"on Linux the trusted and security attributes belong to the host alone")},
	{"allow.mlock", BOOLEAN,
		ON(FREEBSD(LIVE, "false", "Memory may be locked, mlock(2)."),
			LINUX(RESTART, "false",
				"Memory may be locked without limit, mlock(2); otherwise up to "
				"the limit that the host gives every process."))},
	{"allow.mount", BOOLEAN,
		ON(FREEBSD(LIVE, "false",
			   "Root in the container may mount and unmount the kinds of file "
			   "systems that the parameters below it allow, and those a jail may "
			   "always mount. Takes effect only with enforce_statfs below 2."),
			LINUX(RESTART, "false",
				"Root in the container may mount and unmount file systems, "
				"within the container: those that the kernel lets a user "
				"namespace mount, and binds. Not in a container without a user "
				"namespace."))},
	{"allow.mount.devfs", BOOLEAN,
		ON(FREEBSD(LIVE, "false", "With allow.mount: devfs may be mounted."),
			LINUX(RESTART, "false", MOUNT_ALONE))},
	{"allow.mount.fdescfs", BOOLEAN,
		ON(FREEBSD(LIVE, "false", "With allow.mount: fdescfs may be mounted."),
			LINUX(RESTART, "false", MOUNT_ALONE))},
	{"allow.mount.fusefs", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"With allow.mount: file systems of fusefs may be mounted. Needs the "
			"kernel module.",
			"on Linux a container has no /dev/fuse")},
	{"allow.mount.linprocfs", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"With allow.mount: linprocfs may be mounted. Needs the kernel module.",
			"on Linux there is no linprocfs, /proc is the kernel's own")},
	{"allow.mount.linsysfs", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"With allow.mount: linsysfs may be mounted. Needs the kernel module.",
			"on Linux there is no linsysfs, /sys is the kernel's own")},
	{"allow.mount.nullfs", BOOLEAN,
		ON(FREEBSD(LIVE, "false", "With allow.mount: nullfs may be mounted."),
			LINUX(RESTART, "false", MOUNT_ALONE))},
	{"allow.mount.procfs", BOOLEAN,
		ON(FREEBSD(LIVE, "false", "With allow.mount: procfs may be mounted."),
			LINUX(RESTART, "false", MOUNT_ALONE))},
	{"allow.mount.tmpfs", BOOLEAN,
		ON(FREEBSD(LIVE, "false", "With allow.mount: tmpfs may be mounted."),
			LINUX(RESTART, "false", MOUNT_ALONE))},
	{"allow.mount.zfs", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"With allow.mount: ZFS file systems that were given to the jail may be "
			"mounted.",
			"on Linux containers are not stored in ZFS")},
	{"allow.nfsd", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"An NFS server may run in a container with a network stack of its own.",
			"on Linux the kernel's NFS server belongs to the host alone")},
	{"allow.quotas", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"Root in the container may set quotas of the file systems it sees, those "
			"it shares with others included.",
			"on Linux quotas are kept by the numbers of the host's users")},
	{"allow.raw_sockets", BOOLEAN,
		ON(FREEBSD(LIVE, "false",
			   "Root in the container may open raw sockets: ping(8), traceroute(8)."),
			LINUX(RESTART, "false",
				"Root in the container may open raw and packet sockets, "
				"everybody in it sockets of ICMP. Without it all of these fail "
				"with EPERM. With the network driver host the container then has "
				"no user namespace, since capabilities over the host's network "
				"mean nothing in one: its root is the host's, but for "
				"capabilities and system calls."))},
	{"allow.read_msgbuf", BOOLEAN,
		ON(FREEBSD(LIVE, "false", "The kernel's messages may be read, dmesg(8)."),
			LINUX(RESTART, "false",
				"Root in the container may read the kernel's messages, where "
				"the kernel allows that to a user namespace; with the network "
				"driver host the container has none then."))},
	{"allow.reserved_ports", BOOLEAN,
		ON(FREEBSD(LIVE, "true", "Root in the container may bind to ports below 1024."),
			LINUX(RESTART, "true",
				"Root in the container, and who has CAP_NET_BIND_SERVICE, may "
				"bind to ports below 1024. With the network driver host that "
				"needs Linux 5.12 with BPF and control groups of version 2; "
				"klee create says where it is not so."))},
	{"allow.routing", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"Root in the container may change the host's routes. Needs a kernel of 15 "
			"or later.",
			"on Linux the host's routes belong to the host alone")},
	{"allow.set_hostname", BOOLEAN,
		ON(FREEBSD(LIVE, "true", "Root in the container may change its hostname."),
			LINUX(RESTART, "false",
				"Root in the container may change its hostname. Not in a "
				"container without a user namespace."))},
	{"allow.settime", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"Root in the container may set the clock that the whole system shares. "
			"Needs a kernel of 14.1 or later.",
			"on Linux the clock belongs to the host alone")},
	{"allow.socket_af", BOOLEAN,
		ON(FREEBSD(LIVE, "false",
			   "Sockets of address families other than unix, inet, inet6 and route "
			   "may be opened."),
			LINUX(RESTART, "false",
				"Sockets of address families other than unix, inet, inet6 and "
				"netlink may be opened, and those of netlink for more than "
				"routes, sockets, devices and generic netlink: a firewall of "
				"the container's own (nf_tables) and IPsec need it."))},
	{"allow.suser", BOOLEAN,
		ON(FREEBSD(LIVE, "true",
			   "Root in the container has the privileges of a jail's root; without, "
			   "nobody has, and processes can be started as root alone."),
			LINUX(RESTART, "true",
				"Root in the container has capabilities; without, it is a user "
				"like any other."))},
	{"allow.sysvipc", BOOLEAN,
		ON(FREEBSD(LIVE, "false",
			   "System V IPC may be used, with all objects of the host in sight: "
			   "sysvmsg, sysvsem and sysvshm are better."),
			LINUX(RESTART, NULL,
				"True: sysvmsg, sysvsem and sysvshm are inherit unless they "
				"are given; false: they are disable."))},
	{"allow.unprivileged_parent_tampering", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"Users of the host may signal and trace processes in the container that "
			"have their number. Needs a kernel of 15 or later.",
			"on Linux the host's users have other numbers than the container's")},
	{"allow.unprivileged_proc_debug", BOOLEAN,
		ON(FREEBSD(LIVE, "true", "Users in the container may trace their processes."),
			LINUX(RESTART, "true",
				"Processes in the container may trace others of the same user, "
				"ptrace(2)."))},
	{"allow.vmm", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"Virtual machines may be run, vmm(4). Needs the kernel module.",
			"on Linux a container has no /dev/kvm")},
	{"children.cur", JAILPARAM_NUMBER,
		SAME(REFUSED, NULL, "it can only be read, in a kernel that has jails")},
	{"children.max", JAILPARAM_NUMBER, RANGE(0, 1000000),
		ON(FREEBSD(LIVE, "0", "How many jails may be made within the container."),
			LINUX(RESTART, "0",
				"Above 0: namespaces, and so containers, may be made within "
				"the container; the number is not counted. Not in a container "
				"without a user namespace."))},
	{"command", JAILPARAM_COMMANDS,
		SAME(REFUSED, NULL,
			"the container's command is given behind its image: klee run IMAGE "
			"COMMAND")},
	{"cpuset.id", JAILPARAM_NUMBER,
		SAME(REFUSED, NULL, "it can only be read, in a kernel that has jails")},
	{"depend", JAILPARAM_LIST,
		SAME(REFUSED, NULL,
			"Kleene starts containers, all at once; one that needs another tries until "
			"that answers, or ends and is started again by --restart on-failure")},
	{"devfs_ruleset", JAILPARAM_NUMBER, RANGE(0, 65535),
		ON(FREEBSD(RESTART, "4",
			   "The rules of devfs(8) that say which devices the container sees; 0: "
			   "all of them, which gives it power over the host."),
			LINUX(RESTART, "4",
				"Only 4 is accepted: Linux has no such rules, and the private "
				"/dev of mount.devfs has what ruleset 4 shows.",
				RANGE(4, 4)))},
	{"dying", BOOLEAN, SAME(REFUSED, NULL, "it can only be read, in a kernel that has jails")},
	{"enforce_statfs", JAILPARAM_NUMBER, RANGE(0, 2),
		ON(FREEBSD(LIVE, "2",
			   "Which mounts the container sees: 2: that of its root; 1: those below "
			   "it; 0: all of the host's."),
			LINUX(RESTART, "1",
				"1 and 2 are accepted and the same: a container sees its own "
				"mounts. 0 is refused: the host's are in another mount namespace.",
				RANGE(1, 2)))},
	{"exec.clean", BOOLEAN, MEMBER(clean),
		SAME(NEXT, "true",
			"Commands in the container find HOME, SHELL, USER and PATH of their "
			"user, and TERM at a terminal, besides the variables they are given. "
			"False: only those they are given.")},
	{"exec.consolelog", JAILPARAM_TEXT, MEMBER(consolelog),
		SAME(NEXT, NULL,
			"A file on the host to which the output goes that would otherwise go to "
			"the container's log: of exec.start and exec.stop, and of processes "
			"that nobody is attached to. It is made when missing; a symbolic link "
			"is refused.")},
	{"exec.created", HOOK(HOOK_CREATED),
		SAME(NEXT, NULL,
			"Commands that run on the host when the container has been made and no "
			"process runs in it yet.")},
	{"exec.fib", JAILPARAM_NUMBER, RANGE(0, 65535),
		FREEBSD_ONLY(RESTART, "0",
			"The routing table, setfib(2), of all processes in the container.",
			"on Linux the routing table is not a property of a process")},
	{"exec.jail_user", JAILPARAM_TEXT, MEMBER(user),
		SAME(NEXT, NULL,
			"Who runs commands in the container, unless klee exec says otherwise; "
			"the default is the container's user.")},
	{"exec.poststart", HOOK(HOOK_POSTSTART),
		SAME(NEXT, NULL,
			"Commands that run on the host when the container's command has been "
			"started. If one fails the container is ended.")},
	{"exec.poststop", HOOK(HOOK_POSTSTOP),
		SAME(NEXT, NULL,
			"Commands that run on the host when the container has ended, however "
			"that came about, or could not be started.")},
	{"exec.prepare", HOOK(HOOK_PREPARE),
		SAME(NEXT, NULL,
			"Commands that run on the host before anything else is done to start "
			"the container.")},
	{"exec.prestart", HOOK(HOOK_PRESTART),
		SAME(NEXT, NULL, "Commands that run on the host before the container is made.")},
	{"exec.prestop", HOOK(HOOK_PRESTOP),
		SAME(NEXT, NULL,
			"Commands that run on the host before the container is stopped. If one "
			"fails the container goes on. They do not run when it ends by itself.")},
	{"exec.release", HOOK(HOOK_RELEASE),
		SAME(NEXT, NULL,
			"Commands that run on the host after exec.poststop, the last of all.")},
	{"exec.start", JAILPARAM_COMMANDS, MEMBER(start),
		SAME(NEXT, NULL,
			"Commands that run in the container, one after another, before its own "
			"command. If one fails the container is ended.")},
	{"exec.stop", JAILPARAM_COMMANDS, MEMBER(stop),
		SAME(NEXT, "/bin/sh /etc/rc.shutdown jail",
			"Commands that run in the container before it is stopped. The default "
			"runs only where the container has /etc/rc.shutdown; exec.nostop, or an "
			"empty value, is none.")},
	{"exec.system_jail_user", BOOLEAN, MEMBER(system_jail_user),
		SAME(NEXT, "false",
			"The user that exec.jail_user names is one of the host's: the number, "
			"the group, home and shell come from there.")},
	{"exec.system_user", JAILPARAM_TEXT, MEMBER(system_user),
		SAME(NEXT, "root", "Who runs the commands on the host.")},
	{"exec.timeout", JAILPARAM_SECONDS, RANGE(0, 86400), MEMBER(timeout),
		SAME(NEXT, "0",
			"How long each of the commands may take; a command that takes longer is "
			"ended and has failed. 0: no limit, except for exec.stop, to which "
			"stop.timeout applies then.")},
	{"host", MODE("new inherit"),
		ON(FREEBSD(RESTART, "new",
			   "new: the container has names of its own; inherit: it shows the "
			   "host's."),
			LINUX(RESTART, "new",
				"new: the container has a hostname of its own; inherit: it has "
				"that which the host has when the container starts."))},
	{"host.domainname", JAILPARAM_TEXT,
		ON(FREEBSD(LIVE, "", "The container's NIS domain, domainname(1)."),
			LINUX(LIVE, "(none)", "The container's NIS domain, domainname(1)."))},
	{"host.hostid", JAILPARAM_NUMBER, RANGE(0, 4294967295),
		FREEBSD_ONLY(LIVE, "0", "The number that gethostid(3) gives in the container.",
			"the kernel of Linux keeps no such number: a container has the one in "
			"its own /etc/hostid")},
	{"host.hostname", JAILPARAM_TEXT, MEMBER(hostname),
		SAME(LIVE, NULL, "The container's hostname; the default is the container's id.")},
	{"host.hostuuid", JAILPARAM_TEXT,
		FREEBSD_ONLY(LIVE, "00000000-0000-0000-0000-000000000000",
			"The container's UUID, kern.hostuuid.",
			"the kernel of Linux keeps no such UUID: a container has the one in its "
			"own /etc/machine-id")},
	{"interface", JAILPARAM_TEXT,
		SAME(REFUSED, NULL,
			"a container's addresses and interfaces come from the networks it is "
			"connected to: --network; one upon that interface is made by 'klee "
			"network create --type custom --interface NAME'")},
	{"ip4", MODE("inherit new disable"),
		FREEBSD_ONLY(RESTART, NULL,
			"Which IPv4 addresses the container may use; the default comes from its "
			"network driver.",
			"on Linux a container's addresses come from its network driver")},
	{"ip4.addr", JAILPARAM_LIST,
		FREEBSD_ONLY(RESTART, NULL,
			"The IPv4 addresses the container may use; the default comes from its "
			"networks.",
			"on Linux a container's addresses come from the networks it is "
			"connected to: --network NAME --ip ADDRESS")},
	{"ip4.saddrsel", BOOLEAN,
		FREEBSD_ONLY(LIVE, "true",
			"Source addresses are chosen by where packets go; false: always the first "
			"one.",
			"on Linux source addresses are chosen by the container's routes")},
	{"ip6", MODE("inherit new disable"),
		FREEBSD_ONLY(RESTART, NULL,
			"Which IPv6 addresses the container may use; the default comes from its "
			"network driver.",
			"on Linux a container's addresses come from its network driver")},
	{"ip6.addr", JAILPARAM_LIST,
		FREEBSD_ONLY(RESTART, NULL,
			"The IPv6 addresses the container may use; the default comes from its "
			"networks.",
			"on Linux a container's addresses come from the networks it is "
			"connected to: --network NAME --ip6 ADDRESS")},
	{"ip6.saddrsel", BOOLEAN,
		FREEBSD_ONLY(LIVE, "true",
			"Source addresses are chosen by where packets go; false: always the first "
			"one.",
			"on Linux source addresses are chosen by the container's routes")},
	{"ip_hostname", BOOLEAN,
		SAME(REFUSED, NULL,
			"a container's addresses come from the networks it is connected to")},
	{"jid", JAILPARAM_NUMBER, SAME(REFUSED, NULL, "the system numbers containers itself")},
	{"linux", MODE("new inherit"),
		FREEBSD_ONLY(RESTART, "inherit",
			"new: programs of Linux find settings of the container's own. Needs the "
			"kernel module linux.",
			"on Linux programs of Linux need no emulation")},
	{"linux.osname", JAILPARAM_TEXT,
		FREEBSD_ONLY(LIVE, NULL, "What programs of Linux are told the system is called.",
			"on Linux programs of Linux need no emulation")},
	{"linux.osrelease", JAILPARAM_TEXT,
		FREEBSD_ONLY(LIVE, NULL, "What programs of Linux are told the kernel's version is.",
			"on Linux programs of Linux need no emulation")},
	{"linux.oss_version", JAILPARAM_NUMBER,
		FREEBSD_ONLY(LIVE, NULL, "The version of OSS that programs of Linux find.",
			"on Linux programs of Linux need no emulation")},
	{"mount", JAILPARAM_LIST, MEMBER(mounts),
		ON(FREEBSD(RESTART, NULL,
			   "Lines of fstab(5), each a file system that the container gets: "
			   "tmpfs, procfs, fdescfs, devfs, or a directory of the host by nullfs. "
			   "The mount point is a path in the container."),
			LINUX(RESTART, NULL,
				"Lines of fstab(5), each a file system that the container "
				"gets: tmpfs, procfs, or a directory or file of the host by "
				"nullfs or bind. The mount point is a path in the container."))},
	{"mount.devfs", BOOLEAN, MEMBER(devfs),
		ON(FREEBSD(RESTART, "true", "The container has devfs at /dev, by devfs_ruleset."),
			LINUX(RESTART, "true",
				"The container has a /dev of its own with null, zero, full, "
				"random, urandom, tty, ptmx, pts, shm, mqueue, fd, stdin, "
				"stdout and stderr. False: none but what its image has."))},
	{"mount.fdescfs", BOOLEAN,
		ON(FREEBSD(RESTART, "false", "The container has fdescfs at /dev/fd."),
			LINUX(RESTART, "true",
				"/dev/fd shows a process its descriptors; needs mount.devfs."))},
	{"mount.fstab", JAILPARAM_TEXT, MEMBER(fstab),
		SAME(RESTART, NULL,
			"A file on the host with lines as mount has them. It is read whenever "
			"the container starts.")},
	{"mount.procfs", BOOLEAN,
		ON(FREEBSD(RESTART, "false", "The container has procfs at /proc."),
			LINUX(RESTART, "true",
				"The container has /proc, with what tells of the host masked."))},
	{"name", JAILPARAM_TEXT,
		SAME(REFUSED, NULL,
			"a jail bears the id of its container; --name names the container")},
	{"osreldate", JAILPARAM_NUMBER,
		FREEBSD_ONLY(RESTART, NULL, "The number that uname -K shows in the container.",
			"on Linux a container has the version of the kernel that runs it")},
	{"osrelease", JAILPARAM_TEXT,
		FREEBSD_ONLY(RESTART, NULL, "The version that uname -r shows in the container.",
			"on Linux a container has the version of the kernel that runs it")},
	{"parent", JAILPARAM_NUMBER,
		SAME(REFUSED, NULL, "it can only be read, in a kernel that has jails")},
	{"path", JAILPARAM_TEXT,
		SAME(REFUSED, NULL,
			"a container's root directory is where Kleene stores it; 'klee image "
			"create zfs-clone DATASET' makes an image of one that is there, and -m "
			"mounts a directory of the host")},
	{"persist", BOOLEAN,
		SAME(REFUSED, NULL,
			"a container ends with its last process; a command that stays, as 'sleep "
			"infinity', keeps it, and 'exec --start' visits one that has ended")},
	{"securelevel", JAILPARAM_NUMBER, RANGE(-1, 3),
		ON(FREEBSD(LIVE, "-1", "The container's level, security(7)."),
			LINUX(RESTART, "-1",
				"Accepted: what the levels forbid no container may do, except "
				"for allow.chflags, which a level above 0 excludes."))},
	{"stop.timeout", JAILPARAM_SECONDS, RANGE(0, 86400), MEMBER(stop_timeout),
		SAME(NEXT, "10",
			"How long processes have between SIGTERM and SIGKILL when the container "
			"is stopped; 0: they get SIGKILL at once.")},
	{"sysvmsg", MODE("new inherit disable"),
		ON(FREEBSD(LIVE, "disable",
			   "System V message queues: none, the container's own, or the host's."),
			LINUX(RESTART, "new",
				"System V message queues: none (calls fail with ENOSYS), the "
				"container's own, or the host's. All three kinds are inherited "
				"or none."))},
	{"sysvsem", MODE("new inherit disable"),
		ON(FREEBSD(LIVE, "disable",
			   "System V semaphores: none, the container's own, or the host's."),
			LINUX(RESTART, "new", "System V semaphores, as sysvmsg."))},
	{"sysvshm", MODE("new inherit disable"),
		ON(FREEBSD(LIVE, "disable",
			   "System V shared memory: none, the container's own, or the host's."),
			LINUX(RESTART, "new", "System V shared memory, as sysvmsg."))},
	{"vnet", MODE("new inherit"),
		FREEBSD_ONLY(RESTART, NULL,
			"Whether the container has a network stack of its own; the default comes "
			"from its network driver.",
			"on Linux the network driver says whether a container has a network "
			"stack of its own: --driver vnet")},
	{"vnet.interface", JAILPARAM_LIST,
		SAME(REFUSED, NULL,
			"a container's interfaces come from the networks it is connected to: "
			"--network, one of --driver vnet")},
	{"zfs.mount_snapshot", BOOLEAN,
		FREEBSD_ONLY(LIVE, "false",
			"Snapshots below .zfs may be looked at, and mounted with allow.mount.zfs.",
			"on Linux containers are not stored in ZFS")},
};

const size_t jailparam_count = sizeof(jailparam_table) / sizeof(jailparam_table[0]);
