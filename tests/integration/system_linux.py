# SPDX-License-Identifier: BSD-2-Clause
"""Linux, as the tests see it: a busybox user land, namespaces, overlayfs."""

import contextlib
import ctypes
import glob
import grp
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile

import archives
import orphans
import programs
import world_linux
from harness import wait_until

PR_SET_CHILD_SUBREAPER = 36

PASSWD = """\
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/:/bin/false
alice:x:1001:1001:Alice:/home/alice:/bin/sh
bob:x:1002:1002:Bob:/home/bob:/bin/sh
"""
GROUP = """\
root:x:0:
daemon:x:1:
staff:x:50:alice
games:x:60:alice,bob
alice:x:1001:
bob:x:1002:
"""


def ext4_directory(where):
    """The directory of sysfs that is there as long as the ext4 that is mounted there is anywhere."""
    with open("/proc/mounts", encoding="ascii") as mounts:
        device = next(line.split()[0] for line in mounts if line.split()[1] == where)
    return f"/sys/fs/ext4/{os.path.basename(device)}"


class Linux:
    name = "Linux"
    # the PATH of root's login
    login_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    # whether a server hears on addresses that its container has got after it was started
    sockets_hear_new_addresses = True
    has_pf = False
    mounts_files = True
    # what the container's shell shows when it waits for a command of root
    prompt = "# "
    # what brings an image of this system up to date
    updater = "apt-get"
    no_space = "No space left on device"
    no_room_words = ("overlay", "read-only")  # when a container cannot begin
    no_such_file = "No such file or directory"
    untested = set()  # rows of rows.py that no test can exercise here
    no_dataset = ["overlay", "needs ZFS"]  # words of what klee says of one that is not there
    connection_refused = "Connection refused"
    # of a ping(8) that may not open its socket
    ping_refused = 1
    # snapshots that can lie below a container, the image's own included; None: any number
    layers_max = 236
    # of the removal of a volume that is a busy_dataset: to the file system, all errors are alike
    busy_status = 500
    # what is written in the guide → what it is here
    joins_group = "usermod -aG kleene"
    in_pages = {}

    def __init__(self, directory):
        """directory: for what is made once per session."""
        self.directory = directory
        self.made = {}
        libc = ctypes.CDLL(None, use_errno=True)
        # so that whatever a daemon leaves behind becomes a child of this process
        if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")

    def end(self):
        """What the session made on the host, but for its directory, goes."""

    # ---- images ----

    def image_tree(self):
        """A directory with a small user land."""
        if "tree" not in self.made:
            self.made["tree"] = self.make_tree(os.path.join(self.directory, "tree"))
        return self.made["tree"]

    @staticmethod
    def make_tree(tree):
        busybox = "/bin/busybox"
        for name in ("bin", "etc", "dev", "proc", "sys", "root", "var/run", "home/alice"):
            os.makedirs(os.path.join(tree, name))
        os.makedirs(os.path.join(tree, "tmp"))
        os.symlink("bin", os.path.join(tree, "sbin"))
        os.chmod(os.path.join(tree, "tmp"), 0o1777)
        os.chown(os.path.join(tree, "home/alice"), 1001, 1001)
        shutil.copy(busybox, os.path.join(tree, "bin/busybox"))
        shutil.copy(programs.ATTEMPT, os.path.join(tree, "bin/attempt"))
        shutil.copy(programs.PEER, os.path.join(tree, "bin/peer"))
        applets = subprocess.run([busybox, "--list"], stdout=subprocess.PIPE, check=True)
        for applet in applets.stdout.decode().split():
            if applet != "busybox":
                os.symlink("busybox", os.path.join(tree, "bin", applet))
        for name, text in (("passwd", PASSWD), ("group", GROUP)):
            with open(os.path.join(tree, "etc", name), "w", encoding="ascii") as file:
                file.write(text)
        return tree

    def archive(self, kind="gz"):
        """The image as an archive: tar (not compressed), gz, bz2, xz or zst."""
        if kind not in self.made:
            path = os.path.join(self.directory, "image.tar" if kind == "tar" else f"image.t{kind}")
            archives.pack(self.image_tree(), path, kind)
            self.made[kind] = path
        return self.made[kind]

    def own_mirror(self):
        """What to put before a daemon's command, so that fetch-auto makes the small user land."""
        programs_ = os.path.join(self.directory, "programs")
        os.makedirs(programs_, exist_ok=True)
        script = os.path.join(programs_, "mmdebstrap")
        with open(script, "w", encoding="ascii") as file:
            # its arguments end in the release, the directory and the sources
            file.write(
                "#!/bin/sh\nfor a; do case $a in /*) d=$a ;; esac; done\n"
                f'echo "I: from $0" >&2\nexec cp -a {self.image_tree()}/. "$d"\n'
            )
        os.chmod(script, 0o755)
        before = f'mount -t overlay -o lowerdir={programs_}:/usr/bin overlay /usr/bin && exec "$@"'
        return ["unshare", "-m", "sh", "-c", before, "-"]

    # ---- where a daemon keeps its things ----

    @staticmethod
    def make_root(base):
        """A value for kleene_root; the daemon makes it."""
        return os.path.join(base, "root")

    @staticmethod
    def remove_root(root):
        shutil.rmtree(root, ignore_errors=True)

    @staticmethod
    def copy_root(source, target):
        """Copies the root of a daemon that has ended."""
        subprocess.run(["cp", "-a", source, target], check=True)

    @staticmethod
    def root_directory(root):
        return root

    @contextlib.contextmanager
    def small_root(self, megabytes):
        """A kleene_root with little room."""
        where = tempfile.mkdtemp(prefix="small-", dir=self.directory)
        disk = f"{where}.disk"
        with open(disk, "wb") as file:
            file.truncate(megabytes << 20)
        subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", disk], check=True)
        subprocess.run(["mount", "-o", "loop", disk, where], check=True)
        try:
            yield os.path.join(where, "root")
        finally:
            subprocess.run(["umount", where], check=True)
            os.unlink(disk)
            os.rmdir(where)

    @staticmethod
    def forbid_writing(root):
        """The file system of a small root has an error, and so becomes read-only."""
        where = os.path.dirname(root)
        os.sync()
        subprocess.run(["mount", "-o", "remount,errors=remount-ro", where], check=True)
        with open(os.path.join(ext4_directory(where), "trigger_fs_error"), "wb") as file:
            file.write(b"test")

    @staticmethod
    def allow_writing(root):
        """It is repaired. Nothing may use it."""
        where = os.path.dirname(root)
        mounted = ext4_directory(where)
        subprocess.run(["umount", where], check=True)
        # in the mount namespace of a container that has ended it may be for a moment
        wait_until(lambda: not os.path.exists(mounted), f"{mounted} to be gone")
        checked = subprocess.run(["e2fsck", "-fy", f"{where}.disk"], check=False)
        assert checked.returncode in (0, 1)  # there was nothing, or it was corrected
        subprocess.run(["mount", "-o", "loop", f"{where}.disk", where], check=True)

    @staticmethod
    def free_space(root):
        """Bytes that can still be written."""
        fs = os.statvfs(root)
        return fs.f_bavail * fs.f_frsize

    @staticmethod
    def datasets(root, kind):
        """The ids of all datasets of a kind."""
        path = os.path.join(root, kind)
        return set(os.listdir(path)) if os.path.isdir(path) else set()

    @staticmethod
    def all_datasets(root):
        """kind → the ids of all its datasets"""
        return {kind: Linux.datasets(root, kind) for kind in ("image", "container", "volume")}

    @staticmethod
    def container_files(root, container):
        """The directory with what a container that does not run has changed in its image."""
        return os.path.join(root, "container", container, "upper")

    @staticmethod
    def destroy_dataset(root, kind, name):
        """Behind the daemon's back, whether it is in use or not."""
        shutil.rmtree(os.path.join(root, kind, name))

    @staticmethod
    @contextlib.contextmanager
    def busy_dataset(root, kind, name):
        """Meanwhile the dataset cannot be destroyed."""
        path = os.path.join(root, kind, name)
        subprocess.run(["mount", "--bind", path, path], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", path], check=True)

    @staticmethod
    def forget_containers(root):
        """Undoes what only the host's end would undo of containers whose wardens were killed."""

    @staticmethod
    def stray_storage(root, datasets=None):
        """Names of what no dataset needs."""
        found = [f"trash/{name}" for name in os.listdir(os.path.join(root, "trash"))]
        used = set()
        for kind in ("image", "container", "volume"):
            directory = os.path.join(root, kind)
            for name in os.listdir(directory) if os.path.isdir(directory) else ():
                dataset = os.path.join(directory, name)
                for link in glob.glob(f"{dataset}/lower") + glob.glob(f"{dataset}/snapshots/*"):
                    used.update(os.readlink(link).split(":"))
        layers = set(os.listdir(os.path.join(root, "layer")))
        layers -= {"place-hosts", "place-resolv.conf"}  # host/linux/own_file.c
        return found + [f"layer/{name}" for name in sorted(layers - used)]

    # ---- files of the host ----

    has_posix_acls = True

    @staticmethod
    def own_mounts(kleene):
        """Beginnings of mounts that belong to a daemon as long as it has datasets."""
        return [kleene.root + "/"]

    @staticmethod
    @contextlib.contextmanager
    def file_system(directory):
        """Another file system, mounted on the directory."""
        subprocess.run(["mount", "-t", "tmpfs", "none", directory], check=True)
        # as systemd has all mounts
        subprocess.run(["mount", "--make-shared", directory], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", directory], check=True)

    @staticmethod
    def attributes(path):
        """The extended attributes that users set, without what systems put before their names."""
        names = os.listxattr(path, follow_symlinks=False)
        return {
            n[len("user.") :]: os.getxattr(path, n, follow_symlinks=False)
            for n in names if n.startswith("user.")
        }

    @staticmethod
    def acl(path, inherited=False):
        """An access control list, in whatever form; None: it has none."""
        name = f"system.posix_acl_{'default' if inherited else 'access'}"
        return os.getxattr(path, name) if name in os.listxattr(path) else None

    @staticmethod
    def set_own_list(path):
        """Gives a list, of the kind that the storage's file system has, to something in it."""
        # tags and permissions of owner, user 1001, group, mask and others: acl(5)
        entries = [(1, 7, -1), (2, 5, 1001), (4, 5, -1), (16, 5, -1), (32, 5, -1)]
        value = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *e) for e in entries)
        os.setxattr(path, "system.posix_acl_access", value)

    @staticmethod
    def own_list(path):
        """Such a list; "" if it says no more than the mode."""
        return Linux.acl(path) or ""

    # ---- what there is on the host ----

    @staticmethod
    def processes():
        """pid → (parent, state, name)"""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                    text = file.read()
            except OSError:
                continue
            name = text[text.index("(") + 1 : text.rindex(")")]
            state, parent = text[text.rindex(")") + 2 :].split()[:2]
            found[int(pid)] = (int(parent), state, name)
        return found

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
            elif state not in "ZX":
                living.append((pid, name))
        return living

    @staticmethod
    def children(pid):
        """Process ids of a process's own children; at once, without looking at all there are."""
        found = []
        for file in glob.glob(f"/proc/{pid}/task/*/children"):
            with contextlib.suppress(OSError), open(file, encoding="ascii") as children:
                found += map(int, children.read().split())
        return found

    @staticmethod
    def files_open(pid):
        """How many descriptors a process has; 0: it is no more."""
        try:
            return len(os.listdir(f"/proc/{pid}/fd"))
        except OSError:
            return 0

    def copies(self, pid):
        """Children that are still copies of the process, and have not executed anything yet."""
        found = []
        for child in self.children(pid):
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{child}/exe").st_ino == os.stat(f"/proc/{pid}/exe").st_ino:
                    found.append(child)
        return found

    def wardens(self):
        """Process ids of the wardens of all daemons of this session."""
        return [pid for pid, name in self.descendants() if self.is_warden(pid)]

    @staticmethod
    def is_warden(pid):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if file.read() != b"warden\0":
                    return False
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                # not what it has forked and has not yet become another program
                return re.search(r"^NSpid:.*\t1$", file.read(), re.M) is not None
        except OSError:
            return False

    @staticmethod
    def container_of(pid):
        """The id of the container that the process is in, by its control group; None: of none."""
        with contextlib.suppress(OSError), open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
            for line in file:
                if re.fullmatch("[0-9a-f]{12}", os.path.basename(line.strip())):
                    return os.path.basename(line.strip())
        return None

    @staticmethod
    def variable_of(pid, name, program):
        """A variable of the process's environment, if it runs that program."""
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
                if file.read().strip() != program:
                    return None
            with open(f"/proc/{pid}/environ", "rb") as file:
                for variable in file.read().decode(errors="replace").split("\0"):
                    if variable.startswith(f"{name}="):
                        return variable[len(name) + 1 :]
        return None

    @staticmethod
    def kill(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    @staticmethod
    def peak_memory(pid):
        """The most memory that the process has had resident, in bytes."""
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) << 10
        raise AssertionError("no VmHWM")

    @staticmethod
    def open_files(pid):
        return len(os.listdir(f"/proc/{pid}/fd"))

    @staticmethod
    def mounts():
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            return [line.split()[4] for line in file]

    @staticmethod
    def mounts_below(directory):
        """Mounts that have to do with the directory, in any mount namespace that can be seen."""
        seen, found = set(), []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                namespace = os.readlink(f"/proc/{pid}/ns/mnt")
                if namespace in seen:
                    continue
                with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as file:
                    lines = file.read().splitlines()
            except OSError:
                continue
            seen.add(namespace)
            found += [f"{line} (process {pid})" for line in lines if directory + "/" in line]
        return found

    @staticmethod
    def interfaces():
        return os.listdir("/sys/class/net")

    @staticmethod
    def routes():
        found = []
        for family in ("-4", "-6"):
            command = ["ip", family, "route", "show", "table", "all"]
            found += subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines()
        return [line.decode().strip() for line in found]

    @staticmethod
    def network_settings():
        """Settings of the kernel's that networks of containers change."""
        names = ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]
        done = subprocess.run(["sysctl", *names], stdout=subprocess.PIPE, check=False)
        return done.stdout.decode().splitlines()

    def make_world(self):
        return world_linux.World(self.directory)

    @staticmethod
    def network_namespaces():
        try:
            return os.listdir("/run/netns")
        except FileNotFoundError:
            return []

    @staticmethod
    def cgroups():
        return [where for where, _, _ in os.walk("/sys/fs/cgroup")]

    # seconds of processor time that a container may have had beyond its share: two periods' worth
    throttling_slack = 0.2

    @staticmethod
    def group_files(instance, container, name):
        """The contents of a file of the container's control group, from all hierarchies."""
        found = []
        for where, _, _ in os.walk("/sys/fs/cgroup"):
            if where.endswith(f"/{instance}/{container}"):
                with contextlib.suppress(FileNotFoundError):
                    with open(os.path.join(where, name), encoding="ascii") as file:
                        found.append(dict(line.split() for line in file))
        return found

    def is_throttled(self, instance, container):
        """Whether it has ever been held up since it wanted more of the processors."""
        stats = self.group_files(instance, container, "cpu.stat")
        return any(int(stat.get("nr_throttled", 0)) > 0 for stat in stats)

    def processor_time(self, instance, container):
        """Seconds, by the account of the container's own group."""
        stats = self.group_files(instance, container, "cpu.stat")
        return max(int(stat.get("usage_usec", 0)) for stat in stats) / 1e6

    def end_container(self, jid):
        """All that runs in it is killed at once: its warden is what the others depend on."""
        self.kill(jid)

    def processes_in(self, jid):
        """Process ids of what runs in the container, without its warden."""
        return [pid for pid, _ in self.descendants(jid)]

    @staticmethod
    def without_limits(controller):
        """What to put before a command so that it finds no such controller, or none at all."""
        mounts = [
            line.split() for line in open("/proc/self/mountinfo", encoding="utf-8")
            if " - cgroup" in line
        ]
        gone = [
            m[4] for m in mounts
            if controller is None or controller in m[-1].split(",")
        ]
        if controller is not None and not gone:  # all of them are in one hierarchy
            return None
        return ["unshare", "-m", "sh", "-c", f"umount -l {' '.join(gone)} && exec \"$@\"", "-"]

    @staticmethod
    def has_group(name):
        with contextlib.suppress(KeyError):
            return bool(grp.getgrnam(name))
        return False

    @staticmethod
    def with_group(directory, name, number):
        """What to put in front of a command so that it finds a group the host need not have."""
        file = os.path.join(directory, "group")
        with open("/etc/group", encoding="utf-8") as old, open(file, "w", encoding="utf-8") as new:
            new.writelines(line for line in old if not line.startswith(f"{name}:"))
            new.write(f"{name}:x:{number}:\n")
        return ["unshare", "-m", "sh", "-c", f"mount --bind {file} /etc/group && exec \"$@\"", "-"]

    @staticmethod
    def firewall():
        if shutil.which("nft") is None:
            return []
        tables = subprocess.run(["nft", "list", "tables"], stdout=subprocess.PIPE, check=True)
        return tables.stdout.decode().splitlines()
