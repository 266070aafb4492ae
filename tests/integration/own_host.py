#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Runs a command on a host of its own (Linux): in mount, PID, network and cgroup namespaces, with a /tmp and
a /run of its own. What it finds there is its own, whatever else the machine is doing; and when it has
ended, be it by a signal, its processes, mounts, interfaces and control groups go with it.

    own_host.py COMMAND [ARGUMENT...]

Of the machine it shares files, devices and those of the kernel's settings that no namespace has. There is
no way to other machines.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile

NAME = "kleene-tests"
LEAF = "suite"
PR_SET_CHILD_SUBREAPER = 36
PIDS = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"]


class Hierarchy:
    """Of control groups: a line of the mount table."""

    def __init__(self, line):
        fields, file_system = (part.split() for part in line.split(" - "))
        self.point, self.type = fields[4], file_system[0]
        self.unified = self.type == "cgroup2"
        self.options = [o for o in file_system[2].split(",") if o not in ("rw", "ro")]
        self.given = []

    def read(self, *names):
        with open(os.path.join(self.point, *names), encoding="ascii") as file:
            return file.read()

    def write(self, text, *names):
        with open(os.path.join(self.point, *names), "w", encoding="ascii") as file:
            file.write(text)

    def make(self, group):
        """
        A group for the command. Version 2 gives controllers only to groups without processes, which
        those of daemons are to be made in: so the command is in one below.
        """
        os.mkdir(os.path.join(self.point, group))
        if self.unified:
            os.mkdir(os.path.join(self.point, group, LEAF))
            known = self.read("cgroup.controllers").split()
            for controller in ("memory", "cpu", "pids"):
                if controller in known and controller not in self.read("cgroup.subtree_control").split():
                    self.write(f"+{controller}", "cgroup.subtree_control")
                    self.given.append(controller)
        elif "cpuset" in self.options:
            for name in ("cpuset.cpus", "cpuset.mems"):
                self.write(self.read(name), group, name)

    def remove(self, group):
        for where, _, _ in os.walk(os.path.join(self.point, group), topdown=False):
            os.rmdir(where)
        for controller in self.given:
            with contextlib.suppress(OSError):  # somebody else needs it by now
                self.write(f"-{controller}", "cgroup.subtree_control")

    def join(self, *group):
        self.write("0", *group, "cgroup.procs")

    def mount(self):
        options = ["none", *self.options] if self.options[:1] and "=" in self.options[0] else self.options
        os.makedirs(self.point, exist_ok=True)
        run("mount", "-t", self.type, "-o", ",".join(options) or "rw", "none", self.point)


def hierarchies():
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        return [Hierarchy(line) for line in file if " - cgroup" in line]


def run(*command):
    subprocess.run(command, check=True)


def in_new_groups(group, *rest):
    """In the new namespace of control groups: makes the other ones."""
    for hierarchy in hierarchies():
        if hierarchy.unified:
            hierarchy.join(group, LEAF)
    os.execvp(PIDS[0], [*PIDS, sys.executable, __file__, "--inside", *rest])


def inside(directory, *command):
    """As process 1 of the new namespaces: mounts what belongs to them, and runs the command."""
    known = hierarchies()
    run("mount", "--bind", directory, "/tmp")
    # the locks of daemons' names, which are the same in each run, are there, and ip-netns(8)'s names
    run("mount", "-t", "tmpfs", "-o", "mode=755", "none", os.path.realpath("/var/run"))
    for name in ("netns", "lock"):
        os.mkdir(os.path.join("/var/run", name))
    run("umount", "--recursive", "--lazy", "/sys")
    run("mount", "-t", "sysfs", "none", "/sys")
    if not any(hierarchy.point == "/sys/fs/cgroup" for hierarchy in known):
        run("mount", "-t", "tmpfs", "-o", "mode=755", "none", "/sys/fs/cgroup")
    for hierarchy in known:
        hierarchy.mount()
    run("ip", "link", "set", "lo", "up")
    os.environ.pop("TMPDIR", None)
    # whoever is left without a parent becomes this process's child, which waits for all
    child = os.posix_spawnp(command[0], command, os.environ)
    pid, status = 0, 0
    while pid != child:
        pid, status = os.wait()
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def main(*command):
    if os.geteuid() != 0:
        sys.exit("own_host: run this as root")
    group = f"{NAME}-{os.getpid()}"
    directory = tempfile.mkdtemp(prefix=f"{NAME}-")
    os.chmod(directory, 0o1777)
    known = [h for h in hierarchies() if os.access(h.point, os.W_OK)]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def join():
        for hierarchy in known:
            hierarchy.join(group)

    try:
        for hierarchy in known:
            hierarchy.make(group)
        again = ["unshare", "--cgroup", sys.executable, __file__, "--groups", group, directory]
        # pylint: disable-next=subprocess-popen-preexec-fn
        with subprocess.Popen([*again, *command], preexec_fn=join) as child:
            # what a terminal's key interrupts, it interrupts itself; else nothing is spared
            signal.signal(signal.SIGINT, lambda *_: None)
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda *_: child.kill())
            code = child.wait()
            return code if code >= 0 else 128 - code
    finally:
        with contextlib.suppress(ChildProcessError):
            while True:  # process 1 is on its way out, and all that it had
                os.wait()
        for hierarchy in known:
            hierarchy.remove(group)
        shutil.rmtree(directory)


if __name__ == "__main__":
    ENTRIES = {"--groups": in_new_groups, "--inside": inside}
    entry = ENTRIES.get(sys.argv[1], main)
    sys.exit(entry(*sys.argv[1 if entry is main else 2 :]))
