# SPDX-License-Identifier: BSD-2-Clause
"""What root in a container cannot do: each test tries it."""

import ctypes
import os
import re
import socket
import struct

import pytest

import programs
from harness import IMAGE, SANITIZED, wait_until

linux_only = pytest.mark.skipif(
    os.uname().sysname != "Linux", reason="what Linux alone has: namespaces, /proc, keyrings"
)

# with the host's network, and with none
DRIVERS = ["host", "disabled"]


def attempt(kleene, action, *options, argument="", user="root"):
    return kleene.quiet(*options, "-u", user, IMAGE, "/bin/attempt", action, argument).strip()


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("user", ["root", "alice"])
@pytest.mark.parametrize("family", ["", "6"])
def test_raw_sockets(kleene, driver, user, family):
    action = f"raw-socket{family}"
    assert attempt(kleene, action, "-l", driver, user=user) != "done"
    if user == "root" and driver == "host":
        assert attempt(kleene, action, "-l", driver, user=user) == "EPERM"
        assert attempt(kleene, action, "-l", driver, "-J", "allow.raw_sockets") == "done"


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("user", ["root", "alice"])
@pytest.mark.parametrize("family", ["", "6"])
def test_icmp_sockets(kleene, driver, user, family):
    action = f"icmp-socket{family}"
    assert attempt(kleene, action, "-l", driver, user=user) == "EPERM"
    if driver == "disabled":  # otherwise it is the host's setting that counts
        assert attempt(kleene, action, "-l", driver, "-J", "allow.raw_sockets", user=user) == "done"


def test_ping(kleene):
    ping = ["/bin/ping", "-c", "1", "127.0.0.1"]
    for user in ("root", "alice"):
        refused = kleene.klee("run", "-q", "-u", user, IMAGE, *ping, check=None)
        assert refused.code == kleene.system.ping_refused
        assert "bytes from" not in refused.out
    done = kleene.klee("run", "-q", "-J", "allow.raw_sockets", IMAGE, *ping)
    assert "bytes from 127.0.0.1" in done.out


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("action", ["load-module", "set-clock"])
def test_the_kernel_itself(kleene, driver, action):
    assert attempt(kleene, action, "-l", driver) == "EPERM"


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("action", ["bpf", "add-key", "read-log", "user-namespace",
                                    "network-namespace", "set-hostname"])
def test_kernel_interfaces_of_linux(kleene, driver, action):
    assert attempt(kleene, action, "-l", driver) == "EPERM"


@linux_only
@pytest.mark.parametrize("call, name", [
    ("440,-1", "EPERM"),  # process_madvise
    ("438,-1", "EPERM"),  # pidfd_getfd
    ("469,-1", "EPERM"),  # file_setattr
    ("467,-1", "ENOSYS"),  # open_tree_attr
    ("2000", "ENOSYS"),  # what no kernel has yet
])
def test_system_calls_are_those_of_the_list(kleene, call, name):
    """New calls have the same number everywhere; so has what nobody knows."""
    for action in ("call", "call-32") if os.uname().machine == "x86_64" else ("call",):
        assert attempt(kleene, action, argument=call) == name


@linux_only
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86")
def test_system_calls_of_x86(kleene):
    assert attempt(kleene, "call", argument="135,0x40000") == "EPERM"  # personality
    assert attempt(kleene, "call-32", argument="136,0x40000") == "EPERM"
    assert attempt(kleene, "call", argument="135,-1") == "done"
    assert attempt(kleene, "call", argument="312") == "EPERM"  # kcmp
    assert attempt(kleene, "call-32", argument="349") == "EPERM"
    assert attempt(kleene, "call-32", argument="20") == "done"  # getpid
    assert attempt(kleene, "call", argument="0x40000027") == "ENOSYS"  # getpid of x32


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
def test_other_kinds_of_sockets(kleene, driver):
    assert attempt(kleene, "packet-socket", "-l", driver) == "EAFNOSUPPORT"


@pytest.mark.parametrize("driver", DRIVERS)
def test_mounts(kleene, driver):
    assert attempt(kleene, "mount", "-l", driver, argument="/tmp") == "EPERM"


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
def test_bind_mounts(kleene, driver):
    assert attempt(kleene, "mount-bind", "-l", driver, argument="/tmp") == "EPERM"


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("action", ["mount-device", "read-device"])
def test_devices_of_the_host(kleene, driver, action):
    number = os.stat(kleene.base).st_dev
    device = f"{os.major(number)}:{os.minor(number)}"
    assert attempt(kleene, action, "-l", driver, argument=device) == "EPERM"


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
def test_the_warden(kleene, driver):
    options = ["-l", driver]
    assert attempt(kleene, "trace", *options, argument="1") == "EPERM"
    assert attempt(kleene, "read-memory", *options, argument="1") == "EPERM"
    for file in ("exe", "mem", "environ", "root/bin", "cwd/bin", "fd/0", "maps"):
        assert attempt(kleene, "open", *options, argument=f"/proc/1/{file}") in ("EACCES", "EPERM")
    # debugging one's own processes is no harm
    assert attempt(kleene, "trace-child", *options) == "done"
    assert attempt(kleene, "trace-child", *options, "-J", "allow.nounprivileged_proc_debug") == (
        "EPERM"
    )


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("options", [[], ["-J", "allow.mount"]])
def test_the_wardens_limits_and_priority_are_not_the_containers(kleene, driver, options):
    """What a user may do to his own processes, root of a container may not do to the first."""
    assert attempt(kleene, "steer", "-l", driver, *options, argument="1") == "done"
    # such are the container's own: what is tried is no failure of another kind
    of_own = kleene.quiet("-l", driver, *options, IMAGE, "sh", "-c",
                          "sleep 1000 & /bin/attempt steer $!; kill $! || :")
    for way in ("limit-files", "priority", "scheduler", "affinity", "io-priority", "oom"):
        assert f"{way} " in of_own, of_own


@linux_only
def test_the_wardens_limits_without_a_user_namespace(kleene):
    """There its root can be any user, but prlimit(2) wants all of the warden's to be one."""
    options = ["-l", "host", "-J", "allow.raw_sockets"]
    done = attempt(kleene, "steer", *options, argument="1").split()
    assert set(done) <= {"oom", "autogroup", "core", "done"}, done


@linux_only
@pytest.mark.skipif(SANITIZED is not None, reason="sanitizers catch signals themselves")
@pytest.mark.parametrize("options", [[], ["-J", "allow.raw_sockets"]])
def test_no_signal_of_the_containers_reaches_the_warden(kleene, options):
    send = "for s in $(seq 1 64); do kill -$s 1 2> /dev/null; done; echo sent; exec sleep 1000"
    container = kleene.detached("-l", "host", *options, IMAGE, "sh", "-c", send)
    kleene.wait_log(container, "sent")
    assert "still here" in kleene.klee("exec", container, "echo", "still here").out
    assert kleene.running() == [container]
    kleene.klee("stop", container)


def test_no_other_container_is_visible(kleene):
    other = kleene.detached(IMAGE, "sleep", "4711")
    seen = kleene.quiet(IMAGE, "ps", "axww" if os.uname().sysname != "Linux" else "-o", *(
        ["args"] if os.uname().sysname == "Linux" else []))
    assert "4711" not in seen
    assert "kleened" not in seen
    assert kleene.running() == [other]


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
def test_settings_of_the_kernel_are_read_only(kleene, driver):
    for file in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/power/state"):
        assert attempt(kleene, "write", "-l", driver, argument=file) in (
            "EROFS", "EACCES", "ENOENT")


@linux_only
@pytest.mark.parametrize("driver", ["host", "disabled"])
def test_nothing_of_the_kernels_can_be_opened_for_writing(kleene, driver):
    """Whatever there is in /proc, but for what belongs to processes, which is theirs."""
    look = "for file in $(find /proc -path '/proc/[0-9]*' -prune -o -type f -print); do" \
        " true >> $file && echo $file; done 2>/dev/null; echo end"
    assert kleene.quiet("-l", driver, IMAGE, "sh", "-c", look) == "end\n"


# of memory, drivers and what runs: the host's, whatever namespaces there are
HOSTS_OWN = [
    "/proc/interrupts", "/proc/iomem", "/proc/kcore", "/proc/keys", "/proc/kpagecgroup",
    "/proc/kpagecount", "/proc/kpageflags", "/proc/latency_stats", "/proc/sched_debug",
    "/proc/slabinfo", "/proc/timer_list", "/proc/vmallocinfo", "/sys/kernel/notes",
    "/sys/kernel/vmcoreinfo", "/proc/acpi", "/proc/asound", "/proc/scsi",
    "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/kernel/btf",
]


@linux_only
@pytest.mark.parametrize("options", [
    [], ["-l", "disabled"], ["-J", "allow.raw_sockets"], ["-J", "allow.chflags"],
    ["-J", "allow.read_msgbuf"],
])
def test_what_tells_of_the_hosts_kernel_is_masked(kleene, options):
    """Also where the container's root is the host's, whom the kernel itself refuses nothing."""
    there = [path for path in HOSTS_OWN if os.path.exists(path)]
    assert "/proc/iomem" in there
    look = f"for path in {' '.join(there)}; do if [ -d $path ]; then ls -A $path; else head -c 99 $path; fi;" \
        " done 2>&1; grep -c . /proc/mounts"
    assert re.fullmatch(r"\d+\n", kleene.quiet(*options, IMAGE, "sh", "-c", look))


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
def test_devices_of_the_container_are_not_the_hosts(kleene, driver):
    before = os.stat("/dev/null")
    kleene.klee("run", "-l", driver, IMAGE, "sh", "-c",
                "chmod 600 /dev/null; chown 1001 /dev/null; echo gone > /dev/null", check=None)
    after = os.stat("/dev/null")
    assert (before.st_mode, before.st_uid) == (after.st_mode, after.st_uid)


@linux_only
def test_user_ids(kleene):
    show = ["cat", "/proc/self/uid_map", "/proc/self/gid_map"]
    container = kleene.detached("-l", "disabled", IMAGE, "sleep", "1000")
    maps = set()
    for lines in (kleene.quiet("-l", "disabled", IMAGE, *show),
                  kleene.klee("exec", container, *show).out):
        first, second = re.findall(r"^ *0 +(\d+) +1048576$", lines, re.M)
        assert first == second
        assert int(first) >= 1 << 30
        maps.add(first)
    assert len(maps) == 2
    # on disk, ids are what the container sees
    assert kleene.quiet("-l", "disabled", IMAGE, "stat", "-c", "%u", "/home/alice") == "1001\n"
    kleene.klee("exec", container, "sh", "-c", "touch /mine; chown 1001:50 /mine")
    seen = kleene.klee("exec", container, "stat", "-c", "%u:%g", "/mine").lines
    assert "1001:50" in seen
    kleene.klee("stop", container)
    kleene.klee("start", "-d", container)
    seen = kleene.klee("exec", container, "stat", "-c", "%u:%g", "/mine").lines
    assert "1001:50" in seen


@linux_only
@pytest.mark.parametrize("options", [[], ["-l", "disabled"]])
def test_processes_belong_to_no_user_of_the_host(kleene, options):
    """Root of no default container is the host's."""
    container = kleene.detached(*options, IMAGE, "sleep", "1000")
    (jid,) = [c["jid"] for c in kleene.containers() if c["id"] == container]
    with open(f"/proc/{jid}/status", encoding="ascii") as status:
        uid = re.search(r"^Uid:\s+(\d+)", status.read(), re.M).group(1)
    assert int(uid) >= 1 << 30


# security.capability of version 2 with the one capability, permitted and effective, capabilities(7)
NET_BIND_SERVICE = struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0)
PORTS = ["81", "82u", "836", "84u6"]


@linux_only
@pytest.mark.parametrize("port", PORTS)
def test_reserved_ports_of_the_host(kleene, port):
    """Of the host's network a container's root can bind them, and nobody else."""
    assert attempt(kleene, "bind-port", argument=port) == "done"
    assert attempt(kleene, "bind-port", argument=port, user="alice") == "EACCES"
    assert attempt(kleene, "bind-port", "-J", "allow.noreserved_ports", argument=port) == "EACCES"
    assert attempt(kleene, "bind-port", "-J", "allow.nosuser", argument=port) == "EACCES"


@linux_only
def test_reserved_ports_by_a_programs_capabilities(kleene):
    """Who has the capability may bind them, whoever that is."""
    container = kleene.detached(IMAGE, "sleep", "1000")
    (jid,) = [c["jid"] for c in kleene.containers() if c["id"] == container]
    kleene.klee("exec", container, "cp", "/bin/attempt", "/may")
    os.setxattr(f"/proc/{jid}/root/may", "security.capability", NET_BIND_SERVICE)
    for program, result in (("/may", "done"), ("/bin/attempt", "EACCES")):
        tried = kleene.klee("exec", "-u", "alice", container, program, "bind-port", "85")
        assert result in tried.lines


@linux_only
def test_reserved_ports_are_not_for_who_makes_a_namespace(kleene):
    """All capabilities in a namespace of one's own are none in the container's."""
    nesting = ["-J", "children.max=1"]
    assert attempt(kleene, "bind-port-nested", *nesting, argument="8089", user="alice") == "done"
    assert attempt(kleene, "bind-port-nested", *nesting, argument="89", user="alice") == "EACCES"


@linux_only
def test_reserved_ports_outlast_the_daemon(kleene):
    container = kleene.detached(IMAGE, "sh", "-c", "mkfifo /go /end && cat /go; attempt bind-port 86;"
                                " cat /end")
    (jid,) = [c["jid"] for c in kleene.containers() if c["id"] == container]
    wait_until(lambda: os.path.exists(f"/proc/{jid}/root/go"))
    kleene.kill9()
    for name in ("go", "end"):  # which is read when it has bound the port, or has not
        with open(f"/proc/{jid}/root/{name}", "w", encoding="ascii") as fifo:
            fifo.write("go\n")
    kleene.start()
    kleene.wait_log(container, "done")


@linux_only
def test_what_needs_the_hosts_capabilities_has_its_root(kleene):
    """Parameters that ask for power over what the host's network driver shares, and no others."""
    for parameter in ("allow.raw_sockets", "allow.chflags", "allow.read_msgbuf"):
        show = ["-J", parameter, IMAGE, "cat", "/proc/self/uid_map"]
        assert re.fullmatch(r" *0 +0 +4294967295\n", kleene.quiet(*show))
    for options in ([], ["-J", "allow.mlock"], ["-l", "disabled", "-J", "allow.raw_sockets"]):
        assert kleene.klee("create", *options, IMAGE).err == ""


@linux_only
@pytest.mark.parametrize("call, words", [
    ("clone:0x10000000", "the container's root is the host's: this host gives it no user namespace"),
    ("bpf", "the container cannot bind to the host's reserved ports"),
])
def test_what_the_host_cannot_do_is_said(kleene, call, words):
    """Not in the log alone: whoever creates a container is told what it goes without."""
    kleene.stop()
    kleene.prefix = (programs.WITHOUT, call)
    kleene.start()
    made = kleene.klee("create", IMAGE)
    assert f"klee: warning: {words}" in made.err
    assert words in kleene.api.post("/containers/create", {"image": IMAGE, "network_driver": "host"})["warnings"][0]
    root_is_the_hosts = kleene.quiet(IMAGE, "cat", "/proc/self/uid_map").split()[1] == "0"
    assert root_is_the_hosts == call.startswith("clone")
    bound = attempt(kleene, "bind-port", argument="88")
    assert bound == ("done" if root_is_the_hosts else "EACCES")


@linux_only
def test_sys_is_the_hosts_read_only(kleene):
    """With the host's network /sys is the daemon's: nothing in it can be written or unmounted."""
    line = kleene.quiet(IMAGE, "grep", " /sys ", "/proc/self/mountinfo")
    assert " - sysfs " in line
    assert set(line.split()[5].split(",")) >= {"ro", "nosuid", "nodev", "noexec"}
    assert kleene.quiet(IMAGE, "ls", "/sys/class/net").split() == sorted(os.listdir("/sys/class/net"))
    assert kleene.quiet(IMAGE, "ls", "/sys/firmware") == ""
    assert kleene.quiet(IMAGE, "ls", "/sys/fs/cgroup", "/sys/kernel/debug").split() == [
        "/sys/fs/cgroup:", "/sys/kernel/debug:"]
    remount = "umount /sys; mount -o remount,rw /sys; mount -o remount,bind,rw /sys; echo x >" \
        " /sys/kernel/profiling"
    kleene.klee("run", "--rm", "-J", "allow.mount", IMAGE, "sh", "-c", remount, check=None)
    assert attempt(kleene, "write", "-J", "allow.mount", argument="/sys/kernel/mm/ksm/run") in (
        "EROFS", "EACCES")


@linux_only
def test_what_drivers_share(kleene):
    """Without a network of its own a container has the host's loopback and abstract sockets."""
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as abstract:
        name = f"{os.path.basename(kleene.base)}-abstract"
        tcp.bind(("127.0.0.1", 0))
        abstract.bind(f"\0{name}")
        for listener in (tcp, abstract):
            listener.listen()
        port = str(tcp.getsockname()[1])
        assert attempt(kleene, "connect-port", argument=port) == "done"
        assert attempt(kleene, "connect-abstract", argument=name) == "done"
        assert attempt(kleene, "connect-port", "-l", "disabled", argument=port) == "ENETUNREACH"
        assert attempt(kleene, "connect-abstract", "-l", "disabled", argument=name) == (
            "ECONNREFUSED")


NETLINK_XFRM, NETLINK_AUDIT, NETLINK_NETFILTER = "6", "9", "12"


@linux_only
@pytest.mark.parametrize("driver", ["host", "vnet", "disabled"])
@pytest.mark.parametrize("protocol", [NETLINK_XFRM, NETLINK_NETFILTER])
def test_netfilter_is_asked_for(kleene, driver, protocol):
    """A container that may configure its network does not reach nf_tables by that alone."""
    options = ["-l", driver]
    assert attempt(kleene, "netlink-socket", *options, argument="0") == "done"
    assert attempt(kleene, "netlink-socket", *options, argument=protocol) == "EPROTONOSUPPORT"
    options += ["-J", "allow.socket_af"]
    assert attempt(kleene, "netlink-socket", *options, argument=protocol) == "done"


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
def test_limits_of_a_user_are_the_containers_own(kleene, driver):
    """Who takes all instances of inotify that a user may have takes them from nobody else."""
    greedy = kleene.detached("-l", driver, IMAGE, "/bin/attempt", "take-inotify", "/taken")
    (jid,) = [c["jid"] for c in kleene.containers() if c["id"] == greedy]
    wait_until(lambda: os.path.exists(f"/proc/{jid}/root/taken"))
    assert kleene.klee("exec", greedy, "/bin/attempt", "inotify").lines[1:2] == ["EMFILE"]
    assert attempt(kleene, "inotify", "-l", driver) == "done"
    of_the_host = ctypes.CDLL(None, use_errno=True).inotify_init()
    assert of_the_host >= 0, os.strerror(ctypes.get_errno())
    os.close(of_the_host)


@linux_only
def test_ids_are_taken_up_by_the_next_daemon(kleene):
    show = ["cat", "/proc/self/uid_map"]
    container = kleene.detached("-l", "disabled", IMAGE, "sleep", "1000")
    before = re.search(r"0 +(\d+) +1048576", kleene.klee("exec", container, *show).out).group(1)
    kleene.kill9()
    kleene.start()
    for _ in range(3):
        other = kleene.quiet("-l", "disabled", IMAGE, *show)
        assert re.search(r"0 +(\d+) +1048576", other).group(1) != before


@linux_only
def test_capabilities(kleene):
    for driver in DRIVERS:
        status = kleene.quiet("-l", driver, IMAGE, "cat", "/proc/self/status")
        for kind in ("Prm", "Eff", "Bnd"):
            mask = int(re.search(rf"Cap{kind}:\s+([0-9a-f]+)", status).group(1), 16)
            # chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service
            # sys_chroot audit_write setfcap
            assert mask == sum(1 << n for n in (0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 29, 31))
        assert re.search(r"Cap(Inh|Amb):\s+0{16}", status)
        assert re.search(r"Seccomp:\s+2", status)
    none = kleene.quiet("-J", "allow.nosuser", IMAGE, "cat", "/proc/self/status")
    assert re.search(r"CapEff:\s+0{16}", none)


@linux_only
def test_audit_is_answered(kleene):
    """What sshd and login take for a kernel without audit: with any other error they end a session."""
    for options in (["-l", "host"], ["-l", "disabled"], ["-l", "host", "-J", "allow.raw_sockets"]):
        assert attempt(kleene, "netlink-socket", *options, argument=NETLINK_AUDIT) == "EPROTONOSUPPORT", options


@linux_only
def test_no_descriptor_is_left_open(kleene):
    for driver in DRIVERS:
        seen = kleene.quiet("-l", driver, IMAGE, "sh", "-c", "echo /proc/$$/fd/*")
        assert len(seen.split()) <= 4, seen


@linux_only
def test_mounts_show_nothing_of_the_host(kleene):
    for driver in DRIVERS:
        mounts = kleene.quiet("-l", driver, IMAGE, "cat", "/proc/self/mountinfo")
        assert kleene.base not in mounts
        points = {line.split()[4] for line in mounts.splitlines()}
        files = {"/etc/hosts"}  # so that it knows its own name
        assert files <= points
        assert all(p.split("/")[1] in ("", "proc", "sys", "dev") for p in points - files), points
