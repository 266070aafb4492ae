# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD, as the tests see it: a part of the system's own user land, jails, ZFS."""

import contextlib
import ctypes
import grp
import os
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

import archives
import orphans
import programs
import world_freebsd

P_PID = 0
PROC_REAP_ACQUIRE = 2
POOL_SIZE = 4 << 30  # of a sparse file

PASSWD = """\
root:*:0:0::0:0:root:/root:/bin/sh
daemon:*:1:1::0:0:daemon:/:/bin/false
alice:*:1001:1001::0:0:Alice:/home/alice:/bin/sh
bob:*:1002:1002::0:0:Bob:/home/bob:/bin/sh
"""
GROUP = """\
wheel:*:0:root
daemon:*:1:
staff:*:50:alice
games:*:60:alice,bob
alice:*:1001:
bob:*:1002:
"""

# Programs of the base system that the tests run in containers; all of them come to be in /bin.
PROGRAMS = """
    [ awk basename cat chmod chown cmp cp cut date dd df dirname echo ed env expr false find fold
    fstat grep head hostname id ifconfig jot kill less ln ls mkdir mkfifo mount mv nc netstat nohup
    od ping printf ps pwd readlink realpath rm rmdir sed seq sh sleep sort stat stty su sync sysctl
    tail tar tee test timeout touch tr true tty umount uname uniq wc which whoami xargs yes
""".split()
PLACES = ("/bin", "/usr/bin", "/sbin", "/usr/sbin")


def output(*command, check=True):
    """What a command of the host prints; "" if it fails, and need not succeed."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=None if check else subprocess.DEVNULL, check=check
    )
    return done.stdout.decode(errors="surrogateescape") if done.returncode == 0 else ""


def libraries(program):
    """The shared libraries that a program needs, none for a static one."""
    listed = output("ldd", "-f", "%p\n", program, check=False).splitlines()
    return [path for path in listed if path.startswith("/")]


class FreeBSD:
    name = "FreeBSD"
    # the PATH of root's login
    login_path = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"
    # whether a server hears on addresses that its container has got after it was started
    sockets_hear_new_addresses = False
    has_pf = True
    # what the container's shell shows when it waits for a command of root
    prompt = "# "
    # what brings an image of this system up to date
    updater = "freebsd-update"
    no_space = "No space left on device"
    no_room_words = ()  # when a container cannot begin
    no_such_file = "No such file or directory"
    # rows of rows.py that no test can exercise here: there is no mirror of the system's releases
    untested = {
        "klee image create METHOD fetch-auto", "klee image create --autotag", "klee image create -a",
        "klee image create --no-autotag",
    }
    no_dataset = ["no/such/dataset"]  # words of what klee says of one that is not there
    connection_refused = "Connection refused"
    # of a ping(8) that may not open its socket
    ping_refused = 71  # EX_OSERR
    layers_max = None
    # of the removal of a volume that is a busy_dataset: zfs(8) knows that it is in use
    busy_status = 404
    # what is written in the guide → what it is here
    joins_group = "pw groupmod kleene -m"
    in_pages = {
        "nc -l -p": "nc -N -l",
        # a single file is mounted by none but the newest kernels
        "-m $PWD/site/index.html:/etc/greeting Debian-12 cat /etc/greeting":
            "-m $PWD/site:/etc/greeting Debian-12 cat /etc/greeting/index.html",
    }

    def __init__(self, directory):
        """directory: for what is made once per session. The daemons' datasets are in a pool there."""
        self.directory = directory
        self.made = {}
        self.mounts_files = int(output("sysctl", "-n", "kern.osreldate")) >= 1500000
        libc = ctypes.CDLL(None, use_errno=True)
        libc.procctl.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int, ctypes.c_void_p]
        # so that whatever a daemon leaves behind becomes a child of this process
        if libc.procctl(P_PID, os.getpid(), PROC_REAP_ACQUIRE, None) != 0:
            raise OSError(ctypes.get_errno(), "procctl")
        self.pool = f"kleene{os.path.basename(directory)}"
        self.pool_mount = os.path.join(directory, "zfs")
        self.make_pool(self.pool, os.path.join(directory, "pool"), self.pool_mount, POOL_SIZE)

    @staticmethod
    def make_pool(name, path, mount, size):
        with open(path, "wb") as file:
            file.truncate(size)
        subprocess.run(["zpool", "create", "-m", mount, name, path], check=True)

    def end(self):
        subprocess.run(["zpool", "destroy", "-f", self.pool], check=True)

    # ---- images ----

    def image_tree(self):
        """A directory with a small user land."""
        if "tree" not in self.made:
            self.made["tree"] = self.make_tree(os.path.join(self.directory, "tree"))
        return self.made["tree"]

    @staticmethod
    def make_tree(tree):
        for name in ("bin", "etc", "dev", "lib", "libexec", "usr", "root", "var/run", "home/alice"):
            os.makedirs(os.path.join(tree, name))
        os.makedirs(os.path.join(tree, "tmp"))
        os.chmod(os.path.join(tree, "tmp"), 0o1777)
        os.chown(os.path.join(tree, "home/alice"), 1001, 1001)
        for name in ("bin", "sbin", "lib"):
            os.symlink(f"../{'bin' if name != 'lib' else name}", os.path.join(tree, "usr", name))
        os.symlink("bin", os.path.join(tree, "sbin"))
        shutil.copy("/libexec/ld-elf.so.1", os.path.join(tree, "libexec"))
        shutil.copy(programs.ATTEMPT, os.path.join(tree, "bin/attempt"))
        shutil.copy(programs.PEER, os.path.join(tree, "bin/peer"))
        for program in PROGRAMS:
            found = shutil.which(program, path=os.pathsep.join(PLACES))
            if found is None:
                continue
            shutil.copy(found, os.path.join(tree, "bin", program))
            for library in libraries(found):
                target = os.path.join(tree, "lib", os.path.basename(library))
                if not os.path.exists(target):
                    shutil.copy(library, target)
        FreeBSD.write_users(os.path.join(tree, "etc"))
        return tree

    @staticmethod
    def write_users(etc):
        """The user database in all its forms: passwd(5) is derived from master.passwd."""
        with open(os.path.join(etc, "master.passwd"), "w", encoding="ascii") as file:
            file.write(PASSWD)
        os.chmod(os.path.join(etc, "master.passwd"), 0o600)
        with open(os.path.join(etc, "group"), "w", encoding="ascii") as file:
            file.write(GROUP)
        subprocess.run(
            ["pwd_mkdb", "-p", "-d", etc, os.path.join(etc, "master.passwd")], check=True
        )

    def archive(self, kind="gz"):
        """The image as an archive: tar (not compressed), gz, bz2, xz or zst."""
        if kind not in self.made:
            path = os.path.join(self.directory, "image.tar" if kind == "tar" else f"image.t{kind}")
            archives.pack(self.image_tree(), path, kind)
            self.made[kind] = path
        return self.made[kind]

    @staticmethod
    def own_mirror():
        pytest.skip("fetch-auto takes the system's own release, from its own mirror")

    # ---- where a daemon keeps its things ----

    def make_root(self, base):
        """A value for kleene_root; the daemon makes it."""
        return f"{self.pool}/{os.path.basename(base)}"

    @staticmethod
    def remove_root(root):
        done = subprocess.run(
            ["zfs", "destroy", "-R", "-f", root], stderr=subprocess.PIPE, check=False
        )
        assert done.returncode == 0 or b"does not exist" in done.stderr, done.stderr

    def copy_root(self, source, target):
        """Copies the root of a daemon that has ended for good."""
        kept = self.made.setdefault(f"stream of {source}", os.path.join(self.directory, "stream"))
        if not os.path.exists(kept):
            subprocess.run(["zfs", "snapshot", "-r", f"{source}@copy"], check=True)
            with open(kept, "wb") as stream:
                subprocess.run(["zfs", "send", "-R", f"{source}@copy"], stdout=stream, check=True)
            subprocess.run(["zfs", "destroy", "-r", f"{source}@copy"], check=True)
        with open(kept, "rb") as stream:
            subprocess.run(["zfs", "receive", target], stdin=stream, check=True)
        subprocess.run(["zfs", "destroy", "-r", f"{target}@copy"], check=True)

    def root_directory(self, root):
        if root.startswith(f"{self.pool}/"):
            return self.pool_mount + root[len(self.pool) :]
        return output("zfs", "get", "-H", "-o", "value", "mountpoint", root).strip()

    @contextlib.contextmanager
    def small_root(self, megabytes):
        """
        A kleene_root with little room, beside what the daemon reserves. Of a small pool, ZFS keeps
        half for itself.
        """
        needed = megabytes + 64
        where = tempfile.mkdtemp(prefix="small-", dir=self.directory)
        name = f"{self.pool}-{os.path.basename(where)}"
        self.make_pool(name, f"{where}.disk", where, (2 * needed + 64) << 20)
        # random data is not compressed, but zeroes would be
        subprocess.run(["zfs", "set", "compression=off", name], check=True)
        # the rest is taken: a quota would be another error
        taken = int(output("zfs", "list", "-H", "-p", "-o", "available", name))
        taken -= needed << 20
        subprocess.run(
            ["zfs", "create", "-o", "mountpoint=none", "-o", f"refreservation={taken}", f"{name}/taken"],
            check=True,
        )
        try:
            yield f"{name}/root"
        finally:
            subprocess.run(["zpool", "destroy", "-f", name], check=True)
            os.unlink(f"{where}.disk")
            with contextlib.suppress(FileNotFoundError):
                os.rmdir(where)

    @staticmethod
    def free_space(root):
        """Bytes that can still be written."""
        while "/" in root and not output("zfs", "list", "-H", "-o", "name", root, check=False):
            root = root.rsplit("/", 1)[0]
        output("zpool", "sync", root.split("/")[0])
        return int(output("zfs", "list", "-H", "-p", "-o", "available", root))

    @staticmethod
    def all_datasets(root):
        """kind → the ids of all its datasets"""
        found = {"image": set(), "container": set(), "volume": set()}
        listed = output(
            "zfs", "list", "-H", "-d", "2", "-t", "filesystem", "-o", "name", root, check=False
        )
        for name in listed.splitlines():
            kind, _, ident = name[len(root) + 1 :].partition("/")
            if ident:
                found[kind].add(ident)
        return found

    def datasets(self, root, kind):
        """The ids of all datasets of a kind."""
        return self.all_datasets(root)[kind]

    def container_files(self, root, container):
        """The directory with what a container that does not run has changed in its image."""
        return os.path.join(self.root_directory(root), "container", container)

    @staticmethod
    def destroy_dataset(root, kind, name):
        """Behind the daemon's back, whether it is in use or not."""
        command = ["zfs", "destroy", "-f", f"{root}/{kind}/{name}"]
        # the first attempt on one in use unmounts it, which ends what runs there
        for _ in range(20):
            if subprocess.run(command, check=False).returncode == 0:
                return
            time.sleep(0.5)
        raise AssertionError(f"{name} cannot be destroyed")

    @staticmethod
    @contextlib.contextmanager
    def busy_dataset(root, kind, name):
        """Meanwhile the dataset cannot be destroyed, as a snapshot of it is held, zfs-hold(8)."""
        snapshot = f"{root}/{kind}/{name}@busy"
        subprocess.run(["zfs", "snapshot", snapshot], check=True)
        subprocess.run(["zfs", "hold", "test", snapshot], check=True)
        try:
            yield
        finally:
            subprocess.run(["zfs", "release", "test", snapshot], check=True)

    def forget_containers(self, root):
        """Undoes what only the host's end would undo of containers whose wardens were killed."""
        below = self.root_directory(root) + "/"
        for line in output("jls", "jid", "path").splitlines():
            jid, path = line.split(None, 1)
            if path.startswith(below):
                subprocess.run(["jail", "-r", jid], check=True)
        for where, kind in self.mount_table():
            if where.startswith(below) and kind != "zfs":
                subprocess.run(["umount", "-f", where], check=True)

    def stray_storage(self, root, datasets=None):
        """Names of what no dataset needs: empty directories where a dataset was mounted."""
        found = []
        where = self.root_directory(root)
        for kind, ids in (datasets or self.all_datasets(root)).items():
            directory = os.path.join(where, kind)
            if os.path.isdir(directory):
                left = set(os.listdir(directory)) - ids
                found += [f"{kind}/{name}" for name in sorted(left)]
        return found

    # ---- files of the host ----

    def own_mounts(self, kleene):
        """Beginnings of mounts that belong to a daemon as long as it has datasets."""
        return [self.root_directory(kleene.root)]

    has_posix_acls = False  # zfs(8) has lists of another kind, which no archive holds

    @contextlib.contextmanager
    def file_system(self, directory):
        """Another file system, mounted on the directory."""
        name = f"{self.pool}/{os.path.basename(tempfile.mktemp(prefix='fs-'))}"
        subprocess.run(["zfs", "create", "-o", f"mountpoint={directory}", name], check=True)
        try:
            yield
        finally:
            subprocess.run(["zfs", "destroy", "-f", name], check=True)

    @staticmethod
    def attributes(path):
        """The extended attributes that users set, without what systems put before their names."""
        names = output("lsextattr", "-h", "-q", "user", path).split()
        return {
            n: output("getextattr", "-h", "-q", "user", n, path).rstrip("\n").encode()
            for n in names
        }

    @staticmethod
    def acl(path, inherited=False):
        """An access control list, in whatever form; None: it has none."""
        return None

    @staticmethod
    def set_own_list(path):
        """Gives a list, of the kind that the storage's file system has, to something in it."""
        subprocess.run(["setfacl", "-m", "u:1001:rx::allow", path], check=True)

    @staticmethod
    def own_list(path):
        """Such a list; "" if it says no more than the mode, which is of owner@, group@, everyone@."""
        entries = output("getfacl", "-q", "-n", path).split()
        return "\n".join(entries) if any(e.startswith(("user:", "group:")) for e in entries) else ""

    # ---- what there is on the host ----

    @staticmethod
    def process_table(column):
        """pid → (parent, state, column) of all processes but the ps that lists them."""
        with subprocess.Popen(
            ["ps", "-axww", "-o", "pid=", "-o", "ppid=", "-o", "state=", "-o", f"{column}="],
            stdout=subprocess.PIPE,
        ) as ps:
            text = ps.communicate()[0].decode(errors="replace")
        found = {}
        for line in text.splitlines():
            pid, parent, state, what = (line.split(None, 3) + [""])[:4]
            if int(pid) != ps.pid:
                found[int(pid)] = (int(parent), state[0], what.strip())
        return found

    def processes(self):
        """pid → (parent, state, name)"""
        return self.process_table("comm")

    def descendants(self, of=None):
        """Processes that descend from this one, or from a given one: (pid, name)."""
        of = of or os.getpid()
        processes = self.processes()
        found, new = set(), {of}
        while new:
            new = {p for p, (parent, _, _) in processes.items() if parent in new} - found
            found |= new
        living = []
        for pid in sorted(found):
            parent, state, name = processes[pid]
            if state == "Z" and parent == os.getpid():
                orphans.reap(pid)
            elif state != "Z":
                living.append((pid, name))
        return living

    def children(self, pid):
        """Process ids of a process's own children."""
        return [child for child, (parent, _, _) in self.processes().items() if parent == pid]

    def files_open(self, pid):
        """How many descriptors a process has; 0: it is no more."""
        lines = output("procstat", "-f", str(pid), check=False).splitlines()
        return sum(line.split()[2].isdigit() for line in lines[1:])

    def copies(self, pid):
        """Children that are still copies of the process, and have not executed anything yet."""
        return [child for child in self.children(pid) if self.processes()[child][2] == "kleened"]

    def wardens(self):
        """Process ids of the wardens of all daemons of this session."""
        arguments = self.process_table("args")
        return [
            pid for pid, _ in self.descendants()
            if pid in arguments and arguments[pid][2] == "warden"
        ]

    @staticmethod
    def kill(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    @staticmethod
    def peak_memory(pid):
        """
        Bytes that the process has resident. That is soon after a peak, before its malloc(3) gives
        anything back: the kernel's own maximum is also that of what forked it, these tests.
        """
        return int(output("ps", "-o", "rss=", "-p", str(pid))) << 10

    @staticmethod
    def open_files(pid):
        lines = output("procstat", "-h", "files", str(pid)).splitlines()
        return sum(1 for line in lines if line.split()[2].isdigit())

    @staticmethod
    def mount_table():
        """(where, type) of all mounts."""
        lines = output("mount", "-p").splitlines()
        return [(fields[1], fields[2]) for fields in map(str.split, lines)]

    def mounts(self):
        return [where for where, _ in self.mount_table()]

    def mounts_below(self, directory):
        """
        Mounts in a daemon's directory, or in that of its root, which is in the pool. Its datasets
        stay mounted as long as they are there.
        """
        places = [os.path.join(self.pool_mount, os.path.basename(directory)) + "/"]
        if directory.startswith("/"):
            places.append(f"{directory}/")
        return [
            f"{where} ({kind})" for where, kind in self.mount_table()
            if where.startswith(tuple(places)) and kind != "zfs"
        ]

    @staticmethod
    def interfaces():
        return output("ifconfig", "-l").split()

    @staticmethod
    def routes():
        """Destination, gateway and interface of each."""
        lines = output("netstat", "-rn").splitlines()
        return [" ".join(line.split()[:4]) for line in lines]

    @staticmethod
    def network_settings():
        """Settings of the kernel's that networks of containers change."""
        return output("sysctl", "net.inet.ip.forwarding", "net.inet6.ip6.forwarding").splitlines()

    def make_world(self):
        return world_freebsd.World(self.directory)

    @staticmethod
    def network_namespaces():
        """Jails: some have a network stack of their own."""
        return output("jls", "name").split()

    @staticmethod
    def cgroups():
        """What limits and counts resources here: rules, where the kernel has them."""
        return output("rctl", check=False).splitlines()

    # seconds of processor time that a container may have had beyond its share: its use is an average
    throttling_slack = 2

    @staticmethod
    def jail_name(container):
        return f"c{container}" if container.isdigit() else container

    def is_throttled(self, instance, container):
        """Whether its use of the processors is limited; how often it was held up nobody counts."""
        return f"jail:{self.jail_name(container)}:pcpu:deny=" in output("rctl")

    def processor_time(self, instance, container):
        """Seconds, by the account of the jail."""
        usage = output("rctl", "-u", f"jail:{self.jail_name(container)}")
        return int(dict(line.split("=") for line in usage.split())["cputime"])

    def end_container(self, jid):
        """All that runs in it is killed at once; its warden ends by itself then."""
        for pid in self.processes_in(jid):
            self.kill(int(pid))

    @staticmethod
    def processes_in(jid):
        """Process ids of what runs in the container."""
        return output("ps", "-J", str(jid), "-o", "pid=", check=False).split()

    @staticmethod
    def without_limits(resource):
        """The kernel has them or not from its start."""

    @staticmethod
    def has_group(name):
        with contextlib.suppress(KeyError):
            return bool(grp.getgrnam(name))
        return False

    @staticmethod
    def with_group(directory, name, number):
        """What to put in front of a command so that it finds a group the host need not have."""
        pytest.skip("the group file of one process alone cannot be replaced here")

    @staticmethod
    def firewall():
        return [
            line.strip()
            for what in ("Anchors", "Tables")
            for line in output("pfctl", "-q", "-s", what, check=False).splitlines()
        ]
