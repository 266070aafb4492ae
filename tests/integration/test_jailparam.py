# SPDX-License-Identifier: BSD-2-Clause
"""Jail parameters: what each of the table does, or that it is refused with its reason."""

import json
import os
import pathlib
import pwd
import re
import resource
import shutil
import stat
import subprocess
import sys
import tempfile

import pytest

from harness import IMAGE, refused, wait_until
from programs import BUILD

with open(os.path.join(BUILD, "src/params/jailparam.json"), encoding="ascii") as file:
    TABLE = {row["name"]: row for row in json.load(file)}
SYSTEM = {"linux": "Linux"}.get(sys.platform, "FreeBSD")
HERE = {name: row[SYSTEM] for name, row in TABLE.items()}
REFUSED = [name for name, here in HERE.items() if here["change"] == "refused"]

linux_only = pytest.mark.skipif(SYSTEM != "Linux", reason="what is so on Linux alone")
freebsd_only = pytest.mark.skipif(SYSTEM != "FreeBSD", reason="what is so on FreeBSD alone")

COVERED = set()


def covers(*names):
    """The test that follows shows the effect of these parameters."""
    assert set(names) <= set(TABLE), names
    COVERED.update(names)
    return lambda test: test


def params(*given):
    """Options for klee."""
    return [word for text in given for word in ("-J", text)]


def attempt(kleene, action, *given, driver="disabled", argument="", user="root"):
    """What comes of an action in a container with these parameters."""
    return kleene.quiet(
        "-l", driver, "-u", user, *params(*given), IMAGE, "/bin/attempt", action, argument
    ).strip()


def quiet(kleene, given, *command, **options):
    return kleene.quiet("-l", "disabled", *params(*given), IMAGE, *command, **options)


def refusal(kleene, *given, words=(), command="create"):
    refused(
        kleene.klee(command, "-l", "disabled", *params(*given), IMAGE, "true", check=None),
        125, *words,
    )


# ---- the table ----


def test_every_parameter_has_a_test():
    missing = set(TABLE) - COVERED - set(REFUSED)
    if SYSTEM == "FreeBSD":
        # what only the kernel there has: see test_parameters_of_the_kernel
        missing -= set(KERNEL_ONLY)
    assert not missing, f"no test of {sorted(missing)}"


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_meaning_is_refused_at_once(kleene, name):
    values = {"boolean": "true", "mode": "new"}
    value = values.get(TABLE[name]["type"], "1")
    if HERE[name]["default"] == value:
        value = "false"
    refusal(kleene, f"{name}={value}", words=[name, HERE[name]["text"]])
    assert kleene.containers() == []


def test_what_is_off_anyway_can_be_switched_off(kleene):
    off = [n for n in TABLE if TABLE[n]["type"] == "boolean" and HERE[n]["default"] == "false"]
    assert quiet(kleene, [f"{name}=false" for name in off if SYSTEM == "Linux"], "echo", "x") == "x\n"


def test_unknown_parameters(kleene):
    refusal(kleene, "no.such.parameter", words=["'no.such.parameter'"])
    refusal(kleene, "alow.raw_sockets", words=["Did you mean 'allow.raw_sockets'?"])
    assert kleene.containers() == []


def test_the_later_one_wins(kleene):
    assert quiet(kleene, ["host.hostname=a", "host.hostname=b"], "hostname") == "b\n"


# ---- permissions ----


@covers("allow.raw_sockets")
def test_raw_sockets(kleene):
    # a jail without any address has no sockets of the Internet's families at all
    driver = "host" if SYSTEM == "FreeBSD" else "disabled"
    assert attempt(kleene, "raw-socket", driver=driver) == "EPERM"
    given = "allow.raw_sockets"
    assert attempt(kleene, "raw-socket", given, driver=driver) == "done"
    assert attempt(kleene, "raw-socket", given, "allow.noraw_sockets", driver=driver) == "EPERM"


@covers("allow.socket_af")
@linux_only
def test_socket_families(kleene):
    assert attempt(kleene, "packet-socket", "allow.raw_sockets") == "EAFNOSUPPORT"
    assert attempt(kleene, "packet-socket", "allow.raw_sockets", "allow.socket_af") == "done"


@covers("allow.set_hostname")
def test_set_hostname(kleene):
    default = HERE["allow.set_hostname"]["default"] == "true"
    assert attempt(kleene, "set-hostname", argument="name") == ("done" if default else "EPERM")
    assert attempt(kleene, "set-hostname", "allow.set_hostname", argument="name") == "done"
    assert attempt(kleene, "set-hostname", "allow.noset_hostname", argument="name") == "EPERM"


@covers("allow.reserved_ports")
def test_reserved_ports(kleene):
    driver = "host" if SYSTEM == "FreeBSD" else "disabled"
    assert attempt(kleene, "reserved-port", driver=driver) == "done"
    assert attempt(kleene, "reserved-port", "allow.noreserved_ports", driver=driver) == "EACCES"


def may_raise_limits():
    """True for a daemon that may; a root without CAP_SYS_RESOURCE may not."""
    before = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    try:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (before[0], resource.RLIM_INFINITY))
    except ValueError:
        return False
    return True


@covers("allow.mlock")
def test_mlock(kleene):
    for driver in ("host", "disabled"):
        assert attempt(kleene, "lock-memory", driver=driver) in ("ENOMEM", "EPERM")
        if may_raise_limits():
            assert attempt(kleene, "lock-memory", "allow.mlock", driver=driver) == "done"


@covers("allow.read_msgbuf")
@linux_only
def test_read_msgbuf(kleene):
    # a namespace of users never may; without one it is the capability that decides
    assert attempt(kleene, "read-log", driver="host") == "EPERM"
    assert attempt(kleene, "read-log", "allow.read_msgbuf", driver="host") == "done"


@covers("allow.unprivileged_proc_debug")
def test_debugging(kleene):
    for user in ("alice",) if SYSTEM == "FreeBSD" else ("root", "alice"):
        assert attempt(kleene, "trace-child", user=user) == "done"
        given = "allow.nounprivileged_proc_debug"
        assert attempt(kleene, "trace-child", given, user=user) == "EPERM"


@covers("allow.suser")
@linux_only
def test_suser(kleene):
    touch = "chown alice /tmp/x; echo $?"
    assert quiet(kleene, [], "sh", "-c", f"touch /tmp/x; {touch}").endswith("0\n")
    assert quiet(kleene, ["allow.nosuser"], "sh", "-c", f"touch /tmp/x; {touch}").endswith("1\n")


@freebsd_only
def test_nobody_is_superuser(kleene):
    """Root's groups are what it can have; other users it cannot become."""
    seen = quiet(kleene, ["allow.nosuser"], "sh", "-c", "id -u; id -G; chown alice /tmp; echo $?")
    assert seen.split() == ["0", "0", "1"]
    failed = kleene.klee("run", "-u", "alice", *params("allow.nosuser"), IMAGE, "true", check=None)
    refused(failed, 125, "allow.nosuser")


@covers("allow.chflags")
@linux_only
def test_chflags(kleene):
    # within a user namespace the kernel never allows it
    assert attempt(kleene, "set-immutable", driver="host", argument="/etc/passwd") == "EPERM"
    given = "allow.chflags"
    assert attempt(kleene, "set-immutable", given, driver="host", argument="/etc/passwd") == "done"
    refusal(kleene, given, words=[given], command="run")


@covers(
    "allow.mount", "allow.mount.devfs", "allow.mount.fdescfs", "allow.mount.nullfs",
    "allow.mount.procfs", "allow.mount.tmpfs",
)
@linux_only
def test_mounting(kleene):
    assert attempt(kleene, "mount", argument="/tmp") == "EPERM"
    assert attempt(kleene, "mount", "allow.mount", argument="/tmp") == "done"
    assert attempt(kleene, "mount-bind", "allow.mount", argument="/tmp") == "done"
    assert attempt(kleene, "mount", "allow.mount", user="alice", argument="/tmp") == "EPERM"
    for kind in ("devfs", "fdescfs", "nullfs", "procfs", "tmpfs"):
        assert attempt(kleene, "mount", f"allow.mount.{kind}", argument="/tmp") == "EPERM"
        given = ["allow.mount", f"allow.mount.{kind}"]
        assert attempt(kleene, "mount", *given, argument="/tmp") == "done"
    # what it gives power over is the container alone
    assert attempt(kleene, "mount-device", "allow.mount", argument="8:1") == "EPERM"
    # be the network the host's; without a user namespace it would be power over the host
    assert attempt(kleene, "mount", "allow.mount", driver="host", argument="/tmp") == "done"
    if SYSTEM == "Linux":
        made = kleene.klee("create", "-l", "host", "-J", "allow.raw_sockets", "-J", "allow.mount",
                           IMAGE, "true")
        refused(kleene.klee("start", made.out.strip(), check=None), 125, "allow.mount")


@covers("children.max")
@linux_only
def test_children(kleene):
    for action in ("user-namespace", "network-namespace"):
        assert attempt(kleene, action) == "EPERM"
        assert attempt(kleene, action, "children.max=0") == "EPERM"
        assert attempt(kleene, action, "children.max=1") == "done"
    refusal(kleene, "children.max=-1", words=["children.max=-1"])


@covers("securelevel")
@linux_only
def test_securelevel(kleene):
    for level in ("-1", "0", "1", "3"):
        assert attempt(kleene, "set-clock", f"securelevel={level}") == "EPERM"
    refusal(kleene, "securelevel=1", "allow.chflags", words=["securelevel", "allow.chflags"])


@covers("enforce_statfs")
@linux_only
def test_enforce_statfs(kleene):
    for level in ("1", "2"):
        seen = quiet(kleene, [f"enforce_statfs={level}"], "cat", "/proc/self/mounts")
        assert kleene.base not in seen
    refusal(kleene, "enforce_statfs=0", words=["enforce_statfs=0", "from 1 to 2"])


# ---- System V IPC ----

IPC = {"sysvmsg": "message-queue", "sysvsem": "semaphores", "sysvshm": "shared-memory"}


@pytest.fixture
def hosts_queue():
    """The number of a message queue of the host's: keys each jail has of its own on FreeBSD."""
    key = 0x4B000000 + os.getpid()
    made = subprocess.run(
        [os.path.join(BUILD, "tests/integration/queue"), "make", str(key)], check=True,
        stdout=subprocess.PIPE,
    )
    number = made.stdout.decode().strip()
    yield number
    subprocess.run([os.path.join(BUILD, "tests/integration/queue"), "remove", number], check=True)


@covers("sysvmsg", "sysvsem", "sysvshm", "allow.sysvipc")
def test_sysvipc(kleene, hosts_queue):
    for name, action in IPC.items():
        default = HERE[name]["default"]
        assert attempt(kleene, action) == ("ENOSYS" if default == "disable" else "done")
        assert attempt(kleene, action, f"{name}=new") == "done"
        assert attempt(kleene, action, f"{name}=disable") == "ENOSYS"
        assert attempt(kleene, action, "allow.nosysvipc") == "ENOSYS"
    inherit = [f"{name}=inherit" for name in IPC]
    assert attempt(kleene, "message-queue", "sysvmsg=new", argument=hosts_queue) == "EINVAL"
    # a container has not the host's users: it sees the queue, and may not use it
    seen = ("EACCES", "done")
    assert attempt(kleene, "message-queue", *inherit, argument=hosts_queue) in seen
    assert attempt(kleene, "message-queue", "allow.sysvipc", argument=hosts_queue) in seen
    assert attempt(
        kleene, "message-queue", *inherit, driver="host", argument=hosts_queue) == "done"
    if SYSTEM == "Linux":
        refusal(kleene, "sysvmsg=inherit", words=["sysvmsg"], command="run")
    refusal(kleene, "sysvmsg=old", words=["sysvmsg=old"])


# ---- names ----


@covers("host.hostname")
def test_hostname(kleene):
    assert quiet(kleene, ["host.hostname=some.name"], "hostname") == "some.name\n"
    assert quiet(kleene, ["host.hostname=\"quoted\""], "hostname") == "quoted\n"
    run = kleene.run(IMAGE, "hostname")
    assert run.output == f"{run.container}\n"
    refusal(kleene, "host.hostname=", words=["host.hostname"])
    refusal(kleene, "host.hostname=" + 300 * "x", words=["host.hostname"])


def domain(kleene, container):
    if SYSTEM == "Linux":
        command = ["cat", "/proc/sys/kernel/domainname"]
    else:
        command = ["sysctl", "-n", "kern.domainname"]
    return kleene.klee("exec", container, *command).lines[1]


@covers("host.domainname")
def test_domainname(kleene):
    options = ["-l", "disabled", "-J", "host.domainname=some.domain"]
    container = kleene.detached(*options, IMAGE, "sleep", "1000")
    assert domain(kleene, container) == "some.domain"
    kleene.klee("container", "update", "-J", "host.domainname=another", container)
    assert domain(kleene, container) == "another"
    kleene.klee("container", "update", "--jailparam-clear", "-J", "exec.clean", container)
    assert domain(kleene, container) == HERE["host.domainname"]["default"]


@covers("host")
def test_host(kleene):
    assert quiet(kleene, ["host=inherit"], "hostname") == os.uname().nodename + "\n"
    run = kleene.run("-J", "host=new", IMAGE, "hostname")
    assert run.output == f"{run.container}\n"
    refusal(kleene, "host=inherit", "host.hostname=x", words=["host=inherit"])


# ---- file systems ----


@covers("mount.devfs")
def test_devfs(kleene):
    # the example of the reference pages: it sets what is set anyway
    for given in ([], ["allow.raw_sockets"], ["mount.devfs", "allow.raw_sockets"]):
        assert "null" in quiet(kleene, given, "ls", "/dev").split()
    assert quiet(kleene, ["mount.nodevfs"], "ls", "/dev") == ""
    assert quiet(kleene, ["mount.devfs=false"], "ls", "/dev") == ""


@covers("devfs_ruleset")
def test_devfs_ruleset(kleene):
    assert "null" in quiet(kleene, ["devfs_ruleset=4"], "ls", "/dev").split()
    if SYSTEM == "Linux":
        refusal(kleene, "devfs_ruleset=0", words=["devfs_ruleset=0", "only 4"])


@covers("mount.procfs")
@linux_only
def test_procfs(kleene):
    assert quiet(kleene, [], "test", "-e", "/proc/self/status") == ""
    assert quiet(kleene, ["mount.procfs"], "cat", "/proc/self/comm") == "cat\n"
    assert quiet(kleene, ["mount.noprocfs"], "ls", "/proc") == ""


@covers("mount.fdescfs")
@linux_only
def test_fdescfs(kleene):
    for given in ([], ["mount.fdescfs"]):
        assert quiet(kleene, given, "sh", "-c", "echo x > /dev/fd/1") == "x\n"
    assert "fd" not in quiet(kleene, ["mount.nofdescfs"], "ls", "/dev").split()
    refusal(kleene, "mount.fdescfs", "mount.nodevfs", words=["mount.fdescfs"])


@freebsd_only
def test_file_systems_of_freebsd(kleene):
    assert quiet(kleene, ["mount.procfs"], "test", "-e", "/proc/curproc/status") == ""
    assert quiet(kleene, ["mount.fdescfs"], "sh", "-c", "ls /dev/fd").split()[:3] == ["0", "1", "2"]


if SYSTEM == "FreeBSD":
    covers("mount.procfs", "mount.fdescfs")


@covers("mount")
def test_mount(kleene, tmp_path):
    (tmp_path / "file").write_text("from the host\n")
    given = [
        "mount=tmpfs /new/place tmpfs rw,size=1m,mode=1770 0 0",
        f"mount+={tmp_path} /from/host nullfs ro",
    ]
    seen = quiet(
        kleene, given, "sh", "-c",
        "stat -c %a /new/place 2>&- || stat -f %Lp /new/place; touch /new/place/x; ls /new/place;"
        "cat /from/host/file; touch /from/host/x 2>&1; dd if=/dev/zero of=/new/place/y bs=1024 "
        "count=2000 2>&1",
        check=1,
    )
    lines = seen.splitlines()
    assert lines[0].endswith("770") and lines[1:3] == ["x", "from the host"]
    assert "Read-only file system" in lines[3]
    assert "No space left on device" in seen
    # nothing stays on the host, and nothing of it in the container's own files
    assert os.listdir(tmp_path) == ["file"]
    (container,) = kleene.containers()
    assert container["status"] == "exited (1)"


@covers("mount.fstab")
def test_fstab(kleene, tmp_path):
    table = tmp_path / "fstab"
    table.write_text("# comment\n\nnone\t/a\\040b tmpfs\trw\t0 0\n")
    given = ["-l", "disabled", "-J", f"mount.fstab={table}"]
    container = kleene.create(*given, IMAGE, "sh", "-c", "touch '/a b/x' && ls /c")
    kleene.klee("start", "-i", container, check=None)
    assert kleene.inspect(container)["exit_code"] != 0
    # it is read at each start
    with open(table, "a", encoding="ascii") as text:
        text.write("none /c tmpfs\n")
    kleene.klee("start", "-i", container, check=0)
    table.write_text("none /c ext2fs\n")
    refused(kleene.klee("start", container, check=None), 125, f"{table} line 1", "ext2fs")
    table.unlink()
    refused(kleene.klee("start", container, check=None), 125, str(table))


def test_mounts_that_are_refused(kleene):
    for line, words in (
        ("tmpfs /x", "type"), ("tmpfs x tmpfs", "'x'"), ("tmpfs /x tmpfs size=many", "size=many"),
        ("/dev/sda /x ext4", "ext4"), ("x /x nullfs", "'x'"), ("tmpfs /a/../.. tmpfs", "absolute"),
    ):
        refusal(kleene, f"mount={line}", words=[words])


def test_mounts_stay_in_the_container(kleene, tmp_path):
    """Links of the image lead nowhere outside."""
    outside = tmp_path / "outside"
    outside.mkdir()
    container = kleene.create(
        "-l", "disabled", *params("mount=tmpfs /up/x tmpfs", "mount+=tmpfs /away/x tmpfs"),
        IMAGE, "sleep", "1000")
    kleene.klee("container", "update", "--jailparam-clear", "-J", "exec.clean", container)
    script = f"ln -s ../../../../../../{tmp_path} /up; ln -s {outside} /away"
    kleene.visit(container, "sh", "-c", script)
    kleene.klee("container", "update", *params(
        "mount=tmpfs /up/x tmpfs", "mount+=tmpfs /away/x tmpfs"), container)
    kleene.klee("start", "-d", container)
    assert os.listdir(tmp_path) == ["outside"] and os.listdir(outside) == []


# ---- commands in the container ----


@covers("exec.clean")
def test_clean(kleene):
    names = {line.split("=")[0] for line in quiet(kleene, [], "env").splitlines()}
    assert {"HOME", "SHELL", "USER", "PATH"} <= names
    assert kleene.quiet("-e", "A=1", *params("exec.noclean"), IMAGE, "/bin/env") == "A=1\n"
    assert "USER=root" in quiet(kleene, ["exec.clean"], "env")


@covers("exec.jail_user")
def test_jail_user(kleene):
    assert quiet(kleene, ["exec.jail_user=alice"], "id", "-un") == "alice\n"
    # it stands above the container's user, and klee exec's above it
    assert kleene.quiet("-u", "bob", *params("exec.jail_user=alice"), IMAGE, "id", "-un") == "alice\n"
    container = kleene.detached(*params("exec.jail_user=alice"), IMAGE, "sleep", "1000")
    assert "bob" in kleene.klee("exec", "-u", "bob", container, "id", "-un").lines
    refusal(kleene, "exec.jail_user=nobody.at.all", words=["nobody.at.all"], command="run")


@covers("exec.system_jail_user")
def test_system_jail_user(kleene):
    user = pwd.getpwnam("games")
    given = ["exec.jail_user=games", "exec.system_jail_user"]
    seen = quiet(kleene, given, "sh", "-c", "id -u; id -g; echo $USER $HOME")
    assert seen == f"{user.pw_uid}\n{user.pw_gid}\ngames {user.pw_dir}\n"
    # without, the container's own database is asked, which has no such user
    refusal(kleene, "exec.jail_user=games", words=["games"], command="run")


def seen_in(kleene, container, path):
    done = kleene.klee("exec", container, "cat", path, check=None)
    return done.out.split("\n", 1)[1].rsplit("\n\n", 1)[0]


@covers("exec.start")
def test_start(kleene):
    given = params(
        'exec.start=/bin/sh -c "echo one, two >> /tmp/order; id -un >> /tmp/order"',
        "exec.start+=/bin/sh -c 'echo $ONE $USER >> /tmp/order'",
    )
    script = "echo own >> /tmp/order; cat /tmp/order"
    seen = kleene.quiet("-u", "alice", "-e", "ONE=1", *given, IMAGE, "sh", "-c", script)
    assert seen == "one, two\nalice\n1 alice\nown\n"


def test_a_failing_start_command_ends_the_start(kleene):
    given = params("exec.start=touch /first", "exec.start+=false", "exec.start+=touch /second")
    failed = kleene.klee("run", *given, IMAGE, "touch", "/own", check=None)
    refused(failed, 125, "exec.start 'false'", "exited with 1")
    assert kleene.running() == []
    (container,) = kleene.containers()
    assert container["status"] == "exited (125)"
    kleene.klee("container", "update", "--jailparam-clear", "-J", "exec.clean", container["id"])
    listed = kleene.visit(container["id"], "ls", "/").lines
    assert "first" in listed and "second" not in listed and "own" not in listed


def test_start_commands_may_leave_processes_behind(kleene):
    """And the container does not end between them and its own command."""
    container = kleene.detached(
        *params("exec.start=true", "exec.start+=/bin/sh -c 'sleep 1000 & echo started'"),
        IMAGE, "true")
    wait_until(lambda: kleene.running() == [container], "the container to run")
    assert kleene.logs(container) == "started\n"


@covers("exec.stop")
def test_stop(kleene):
    given = params("exec.stop=touch /tmp/a", "exec.stop+=false", "exec.stop+=touch /tmp/b")
    container = kleene.detached(*given, IMAGE, "sleep", "1000")
    kleene.klee("stop", container)
    assert "exec.stop 'false'" in kleene.log()
    kleene.klee("container", "update", *params("exec.stop="), container)
    listed = kleene.visit(container, "ls", "/tmp").lines
    assert "a" in listed and "b" not in listed


@covers("exec.timeout")
def test_timeout(kleene):
    given = params("exec.timeout=1", "exec.start=sleep 1000")
    refused(kleene.klee("run", *given, IMAGE, "true", check=None), 125, "exec.start", "1 seconds")
    given = params("exec.timeout=1", "exec.prestart=/bin/sleep 1000")
    refused(kleene.klee("run", *given, IMAGE, "true", check=None), 125, "exec.prestart", "1 seconds")
    given = params("exec.timeout=1", "exec.stop=sleep 1000")
    container = kleene.detached(*given, IMAGE, "sleep", "1000")
    kleene.klee("stop", container)
    assert kleene.running() == []
    refusal(kleene, "exec.timeout=1s", words=["exec.timeout=1s"])


@covers("stop.timeout")
def test_stop_timeout(kleene):
    patient = "trap 'echo term; exit 3' TERM; echo ready; while true; do sleep 0.05; done"
    container = kleene.detached(*params("stop.timeout=0"), IMAGE, "sh", "-c", patient)
    kleene.wait_log(container, "ready")
    kleene.klee("stop", container)
    # no SIGTERM at all
    assert kleene.inspect(container)["status"] == "exited (137)"
    assert kleene.logs(container) == "ready\n"
    kleene.klee("container", "update", *params("stop.timeout=30"), container)
    kleene.klee("start", "-d", container)
    wait_until(lambda: kleene.logs(container).count("ready") == 2, "the second start")
    kleene.klee("stop", container)
    assert kleene.inspect(container)["status"] == "exited (3)"


@covers("exec.consolelog")
def test_consolelog(kleene, tmp_path):
    console = tmp_path / "console"
    given = params(f"exec.consolelog={console}", "exec.start=echo first",
                   "exec.stop=/bin/sh -c 'echo last >&2'")
    container = kleene.detached(*given, IMAGE, "sh", "-c", "echo own; exec sleep 1000")
    wait_until(lambda: "own" in console.read_text(), "the console")
    kleene.klee("stop", container)
    assert console.read_text() == "first\nown\nlast\n"
    assert kleene.logs(container) == ""
    assert stat.S_IMODE(console.stat().st_mode) == 0o600
    # an attached client gets the output itself
    assert kleene.quiet(*given, IMAGE, "echo", "attached") == "attached\n"
    assert "attached" not in console.read_text()
    link = tmp_path / "link"
    link.symlink_to(console)
    refusal(kleene, f"exec.consolelog={link}", "exec.start=true", words=[str(link)], command="run")
    refusal(kleene, "exec.consolelog=relative", words=["absolute"])


# ---- commands on the host ----


class Trace:
    """Commands that note in a file on the host what runs, and in which order."""

    def __init__(self, directory):
        self.path = directory / "trace"
        self.path.touch(mode=0o666)
        self.path.chmod(0o666)

    def hook(self, name, more=""):
        return f"exec.{name}=/bin/sh -c 'echo {name} >> {self.path}; {more}'"

    def hooks(self, *names):
        return params(*map(self.hook, names))

    @property
    def lines(self):
        return self.path.read_text().splitlines()

    def clear(self):
        self.path.write_text("")


ALL = ["prepare", "prestart", "created", "poststart", "prestop", "poststop", "release"]


@pytest.fixture
def trace():
    directory = tempfile.mkdtemp()
    os.chmod(directory, 0o755)  # other users write to it too
    yield Trace(pathlib.Path(directory))
    shutil.rmtree(directory)


@covers(
    "exec.prepare", "exec.prestart", "exec.created", "exec.poststart", "exec.prestop",
    "exec.poststop", "exec.release",
)
def test_order(kleene, trace):
    container = kleene.detached(*trace.hooks(*ALL), IMAGE, "sleep", "1000")
    assert trace.lines == ALL[:4]
    kleene.klee("stop", container)
    assert trace.lines == ALL
    trace.clear()
    # a container that ends by itself is not stopped
    run = kleene.run(*trace.hooks(*ALL), IMAGE, "true")
    wait_until(lambda: "release" in trace.lines, "the end of the container")
    assert trace.lines == [name for name in ALL if name != "prestop"]
    kleene.klee("rmc", run.container)


def test_what_hooks_are_told(kleene, tmp_path, trace):
    show = f"env >> {trace.path}; pwd >> {trace.path}"
    root = f"ls $JPATH/bin >> {trace.path}"
    container = kleene.detached(*params(
        trace.hook("prepare", show), trace.hook("created", f"{show}; {root}"),
    ), IMAGE, "sleep", "1000")
    first, second = trace.path.read_text().split("created\n")
    first, second = first.splitlines(), second.splitlines()
    assert f"JNAME={container}" in first and "HOME=/root" in first and "/" in first
    assert not any(line.startswith("JID=") for line in first)
    (jid,) = [c["jid"] for c in kleene.containers()]
    assert f"JID={jid}" in second
    assert "sh" in second
    for line in first + second:
        assert "KLEENE" not in line and "PYTEST" not in line


def test_the_last_process_is_the_last_one_while_a_hook_runs(kleene, tmp_path):
    """What a command's end means is told when the start is over: it was the container's end."""
    # the hook goes on while the command ends; were it too fast, less would be tested, and nothing fail
    os.mkfifo(tmp_path / "fifo")
    os.chmod(tmp_path, 0o755)
    os.chmod(tmp_path / "fifo", 0o666)
    given = params("exec.start=true", f"exec.poststart=cat {tmp_path}/fifo && sleep 1")
    run = kleene.run(*given, "-m", f"{tmp_path}:/mnt", IMAGE, "sh", "-c", "exec 3> /mnt/fifo")
    assert re.fullmatch(r"executable \w+ and its container exited with exit-code 0", run.lines[-1])


def test_update_sets_parameters_beside_others(kleene, tmp_path):
    container = kleene.create(*params("allow.raw_sockets", "exec.stop=true", "exec.stop+=false"), IMAGE)

    def after(*options):
        kleene.klee("container", "update", *options, container)
        return kleene.inspect(container)["jail_param"]

    assert after("-J", "allow.mlock") == [
        "allow.raw_sockets", "exec.stop=true", "exec.stop+=false", "allow.mlock"]
    assert after("-J", "allow.noraw_sockets", "-J", "exec.stop+=echo") == [
        "exec.stop=true", "exec.stop+=false", "allow.mlock", "allow.noraw_sockets", "exec.stop+=echo"]
    assert after("-J", "exec.stop=true") == ["allow.mlock", "allow.noraw_sockets", "exec.stop=true"]
    refused(kleene.klee("container", "update", "-J", "persist", container, check=None), 1, "sleep infinity")
    refused(kleene.klee("container", "update", "-J", "no.such", container, check=None), 1, "no.such")
    assert after("--jailparam-clear", "-J", "exec.clean") == ["exec.clean"]
    assert after("--jailparam-clear") == []
    # and a client of the published interface replaces them
    kleene.api.post(f"/containers/{container}/update", {"jail_param": ["allow.mlock"]})
    assert kleene.inspect(container)["jail_param"] == ["allow.mlock"]


@pytest.mark.parametrize("given, way", [
    ("name=web", "--name"), ("path=/jails/web", "zfs-clone"), ("interface=em0", "--network"),
    ("vnet.interface=epair0b", "--driver vnet"), ("depend=db", "--restart"), ("persist", "sleep infinity"),
    ("command=/bin/sh", "klee run IMAGE COMMAND"),
])
def test_what_a_jails_file_has_and_containers_have_not_is_said_with_the_way(kleene, given, way):
    refusal(kleene, given, words=["cannot be set", way])


@pytest.mark.skipif(SYSTEM != "Linux", reason="FreeBSD has them")
@pytest.mark.parametrize("given, way", [("ip4.addr=10.0.0.5", "--ip"), ("vnet", "--driver vnet")])
def test_what_linux_has_not_is_said_with_the_way(kleene, given, way):
    refusal(kleene, given, words=["cannot be set here", way])


def test_hooks_write_to_the_log(kleene):
    kleene.klee("run", *params("exec.prestart=/bin/echo 'a  b' $HOME"), IMAGE, "true")
    assert "exec.prestart: a  b /root" in kleene.log()


@covers("exec.system_user")
def test_system_user(kleene, trace):
    given = params(trace.hook("prestart", f"id -un >> {trace.path}"), "exec.system_user=nobody")
    kleene.klee("run", *given, IMAGE, "true")
    assert trace.lines == ["prestart", "nobody"]
    given = params(trace.hook("prestart"), "exec.system_user=nobody.at.all")
    refused(kleene.klee("run", *given, IMAGE, "true", check=None), 125, "nobody.at.all")


@pytest.mark.parametrize("failing", ["prepare", "prestart", "created", "poststart"])
def test_a_failing_hook_undoes_the_start(kleene, trace, failing):
    hooks = [trace.hook(name, "exit 5" if name == failing else "") for name in ALL]
    failed = kleene.klee("run", *params(*hooks), IMAGE, "sleep", "1000", check=None)
    refused(failed, 125, f"exec.{failing}", "exited with 5")
    assert trace.lines == ALL[: ALL.index(failing) + 1] + ["poststop", "release"]
    assert kleene.running() == []
    wait_until(lambda: kleene.system.descendants(kleene.pid) == [], "its processes to be gone")
    assert kleene.system.mounts_below(kleene.root) == []


def test_a_failing_prestop_stops_the_stop(kleene, trace):
    given = params(trace.hook("prestop", "exit 5"), trace.hook("poststop"))
    container = kleene.detached(*given, IMAGE, "sleep", "1000")
    refused(kleene.klee("stop", container, check=None), 1, "exec.prestop", "exited with 5")
    assert kleene.running() == [container]
    kleene.klee("container", "update", "--jailparam-clear", *params(trace.hook("poststop")), container)
    kleene.klee("stop", container)
    assert trace.lines == ["prestop", "poststop"]


def test_hooks_of_the_end_run_after_a_restart(kleene, trace):
    given = trace.hooks("prestop", "poststop", "release")
    containers = [kleene.detached(*given, IMAGE, "sleep", "1000") for _ in range(2)]
    kleene.kill9()
    kleene.start()
    # one is stopped, the other ends by itself
    kleene.klee("stop", containers[0])
    assert trace.lines == ["prestop", "poststop", "release"]
    trace.clear()
    kleene.klee("exec", containers[1], "kill", "-9", "-1", check=None)
    wait_until(lambda: trace.lines == ["poststop", "release"], "the hooks")


def test_hooks_of_the_end_run_when_the_next_daemon_starts(kleene, trace):
    container = kleene.detached(*trace.hooks("poststop", "release"), IMAGE, "sleep", "1000")
    (jid,) = [c["jid"] for c in kleene.containers()]
    kleene.kill9()
    if SYSTEM == "Linux":
        kleene.system.kill(jid)
    else:
        subprocess.run(["jail", "-R", str(jid)], check=True)
    kleene.start()
    wait_until(lambda: trace.lines == ["poststop", "release"], "the hooks")
    wait_until(lambda: not kleene.running(), "the container to be stopped")
    assert kleene.klee("start", "-d", container)


def test_a_daemon_ends_while_a_hook_runs(kleene, trace):
    """The hook is given up, and the next daemon runs it again."""
    given = params(trace.hook("poststop", f"test -e {trace.path}.go || exec sleep 1000"))
    kleene.run(*given, IMAGE, "true")
    wait_until(lambda: trace.lines == ["poststop"], "the hook")
    kleene.stop()
    (trace.path.parent / "trace.go").touch()
    kleene.start()
    wait_until(lambda: trace.lines == 2 * ["poststop"], "the hook")
    assert kleene.running() == []


def test_removal_waits_for_hooks(kleene, trace):
    container = kleene.detached(
        "--rm", *params(trace.hook("poststop", "sleep 1")), IMAGE, "sleep", "1000")
    kleene.klee("stop", container)
    assert trace.lines == ["poststop"]
    wait_until(lambda: kleene.containers() == [], "the container to be removed")


@pytest.mark.parametrize("name", ALL)
def test_commands_with_characters_of_the_shell_are_given_to_it(kleene, trace, name):
    """As jail(8) does it, for commands on the host …"""
    container = kleene.detached(
        *params(f"exec.{name}=echo a   $JNAME|tr a b >> {trace.path}"), IMAGE, "sleep", "1000")
    kleene.klee("stop", container)
    assert trace.lines == [f"b {container}".replace("a", "b")]


def test_commands_in_the_container_are_given_to_its_shell(kleene, tmp_path):
    """… and in the container, whose shell it is: it sees nothing of the host's."""
    (tmp_path / "marker").touch()
    container = kleene.detached(
        *params(f"exec.start=echo $0 > /tmp/a; ls {tmp_path}/marker && exit 7; true",
                "exec.stop=echo last > /tmp/b && false", "exec.jail_user=alice"),
        IMAGE, "sleep", "1000")
    kleene.klee("stop", container)
    assert "exec.stop" in kleene.log() and "exited with 1" in kleene.log()
    kleene.klee("container", "update", *params("exec.stop="), container)
    out = kleene.klee("exec", "--start", container, "cat", "/tmp/a", "/tmp/b").lines
    assert "/bin/sh" in out and "last" in out


def test_commands_without_are_not(kleene):
    kleene.klee("run", *params("exec.prestart=/bin/echo  #a   b"), IMAGE, "true")
    assert "exec.prestart: #a b" in kleene.log()
    refusal(kleene, "exec.prestart=/bin/echo 'x", words=["not closed"])


# ---- changes ----


def update(kleene, container, *given, check=0):
    return kleene.klee("container", "update", *params(*given), container, check=check)


def test_live_changes(kleene):
    container = kleene.detached("-l", "disabled", IMAGE, "sleep", "1000")

    def hostname():
        return kleene.klee("exec", container, "hostname").lines[1]

    update(kleene, container, "host.hostname=changed")
    assert hostname() == "changed"
    # without it the default counts again
    kleene.klee("container", "update", "--jailparam-clear", *params("stop.timeout=1"), container)
    assert hostname() == container
    assert kleene.inspect(container)["jail_param"] == ["stop.timeout=1"]


def test_changes_that_count_from_their_next_use(kleene, trace):
    container = kleene.detached(IMAGE, "sleep", "1000")
    update(kleene, container, trace.hook("prestop"), "exec.jail_user=alice", "exec.start=false")
    assert "alice" in kleene.klee("exec", container, "id", "-un").lines
    kleene.klee("stop", container)
    assert trace.lines == ["prestop"]
    refused(kleene.klee("start", container, check=None), 125, "exec.start")


@linux_only
def test_changes_that_need_a_restart(kleene):
    container = kleene.detached("-l", "disabled", *params("allow.raw_sockets"), IMAGE, "sleep", "9")
    given = ["mount.nodevfs", "allow.raw_sockets", "host.hostname=new", "sysvmsg=disable",
             "exec.timeout=3"]
    result = update(kleene, container, *given, check=1)
    refused(result, 1, "mount.devfs", "sysvmsg")
    for name in ("allow.raw_sockets", "host.hostname", "exec.timeout"):
        assert name not in result.err
    # all of them are stored, and what can change has changed
    assert kleene.inspect(container)["jail_param"] == given
    assert "new" in kleene.klee("exec", container, "hostname").lines
    kleene.klee("stop", container)
    kleene.klee("start", "-d", container)
    assert "EPERM" not in kleene.klee("exec", container, "attempt", "raw-socket").lines
    assert "ENOSYS" in kleene.klee("exec", container, "attempt", "message-queue").lines
    # nothing has changed: nothing needs a restart
    update(kleene, container, *given)


def test_a_bad_change_changes_nothing(kleene):
    container = kleene.detached(IMAGE, "sleep", "1000")
    refused(update(kleene, container, "host.hostname=x", "no.such", check=1), 1, "no.such")
    assert kleene.inspect(container)["jail_param"] == []
    assert container in kleene.klee("exec", container, "hostname").lines


# ---- FreeBSD's kernel ----

# with a value, and where it can be seen in a container
KERNEL_ONLY = {
    "allow.adjtime": None, "allow.extattr": None, "allow.mount.fusefs": None,
    "allow.mount.linprocfs": None, "allow.mount.linsysfs": None, "allow.mount.zfs": "true",
    "allow.nfsd": None, "allow.quotas": "true", "allow.routing": None, "allow.settime": None,
    "allow.unprivileged_parent_tampering": None, "allow.vmm": None, "exec.fib": "0",
    "host.hostid": "77", "host.hostuuid": "11111111-2222-3333-4444-555555555555",
    "ip4": "disable", "ip4.addr": "127.0.0.1", "ip4.saddrsel": "false", "ip6": "disable",
    "ip6.addr": "::1", "ip6.saddrsel": "false", "linux": None, "linux.osname": None,
    "linux.osrelease": None, "linux.oss_version": None, "osreldate": "1302001",
    "osrelease": "13.2-TEST", "vnet": "inherit", "zfs.mount_snapshot": None,
    "allow.chflags": "true", "allow.mount": "true", "allow.mount.devfs": "true",
    "allow.mount.nullfs": "true", "allow.mount.procfs": "true", "allow.mount.tmpfs": "true",
    "allow.mount.fdescfs": "true", "allow.read_msgbuf": "true", "allow.socket_af": "true",
    "allow.suser": "false", "children.max": "2", "enforce_statfs": "1", "securelevel": "1",
}


HERES_KERNEL = [n for n, value in KERNEL_ONLY.items() if value is not None and SYSTEM == "FreeBSD"]


@pytest.mark.parametrize("name", HERES_KERNEL or [pytest.param("", marks=freebsd_only)])
def test_parameters_of_the_kernel(kleene, name):
    value = KERNEL_ONLY[name]
    container = kleene.detached(*params(f"{name}={value}"), IMAGE, "sleep", "1000")
    if name == "exec.fib":
        return
    (jid,) = [c["jid"] for c in kleene.containers() if c["id"] == container]
    seen = subprocess.run(
        ["jls", "-j", str(jid), "-n", name], stdout=subprocess.PIPE, check=True
    ).stdout.decode().strip()
    expected = {"true": name, "false": ".no".join(name.rsplit(".", 1))}.get(value, f"{name}={value}")
    assert seen == expected
