# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD: Kleene beside the system's own commands, on one ZFS pool.

By hand means what an implementation does that starts these commands, one after another.
"""

import os
import platform
import shutil
import subprocess
import sys
import time

import building
from kleene import Kleene
from measuring import TIMEOUT, Case, load, measure, output, print_table

PROGRAMS = ("/bin/sh", "/bin/sleep", "/usr/bin/true")
POOL_SIZE = 4 << 30  # of a sparse file
COMMAND = "/usr/bin/true"


def make_archive(place):
    """A root with a few programs of this system and what they are linked with."""
    root = os.path.join(place, "rootfs")
    files = {"/libexec/ld-elf.so.1", *PROGRAMS}
    for program in PROGRAMS:
        files.update(output(["ldd", "-f", "%p\n", program]).split())
    for name in ("dev", "etc", "root", "tmp"):
        os.makedirs(os.path.join(root, name))
    for path in sorted(f for f in files if f.startswith("/")):
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        shutil.copy(path, root + path)
    archive = os.path.join(place, "rootfs.tar")
    output(["tar", "cf", archive, "-C", root, "."])
    return archive


def mounted():
    return [line.split()[1] for line in output(["mount", "-p"]).splitlines()]


class Host:
    def __init__(self, place):
        self.place = place
        self.pool = f"kleenebench{os.getpid()}"
        self.kleene = None
        self.pool_made = False

    def open(self, build):
        disk = os.path.join(self.place, "pool")
        with open(disk, "wb") as file:
            file.truncate(POOL_SIZE)
        output(["zpool", "create", "-m", os.path.join(self.place, "zfs"), self.pool, disk])
        self.pool_made = True
        # its run_dir is on ZFS too, as where the whole system is
        self.kleene = Kleene(os.path.join(self.place, "zfs"), f"{self.pool}/root",
                             make_archive(self.place), build)

    def klee(self, *args):
        return output(self.kleene.command(*args), self.kleene.env)

    def jail(self, path):
        """jail(8) with the parameters that Kleene sets."""
        return ["jail", "-c", "name=byhand", f"path={path}", "host.hostname=byhand", "ip4=inherit",
                "ip6=inherit", "devfs_ruleset=4", "mount.devfs", f"command={COMMAND}"]

    def wait_stopped(self, path):
        """Until nothing of the container's run is left on the host."""
        deadline = time.monotonic() + TIMEOUT
        while path in mounted() or len(output(["jls", "-N"]).splitlines()) > 1:
            if time.monotonic() > deadline:
                sys.exit("bench: a container does not end")
            time.sleep(0.05)

    def starts(self):
        container = self.klee("create", "-l", "host", "bench", COMMAND).strip()
        root = os.path.join(self.place, "zfs/root/container", container)
        dev = f"{root}/dev"
        command, env = self.kleene.command, self.kleene.env
        wait = lambda: self.wait_stopped(dev)
        yield Case("jail -c", [self.jail(root)], None, lambda: output(["umount", dev]))
        yield Case("klee start, to the process's end", [command("start", container)], env, wait)
        yield Case("klee start -d", [command("start", "-d", container)], env, wait)

    def runs(self):
        snapshot = output(["zfs", "list", "-H", "-t", "snapshot", "-o", "name", "-r",
                           f"{self.pool}/root/image"]).split()[0]
        clone = f"{self.pool}/byhand"
        path = os.path.join(self.place, "zfs/byhand")
        yield Case("the commands, by hand", [
            ["zfs", "clone", snapshot, clone],
            ["zfs", "get", "-H", "-o", "value", "mountpoint", clone],
            ["jls"],
            self.jail(path),
            ["jls"],
            ["mount"],
            ["umount", f"{path}/dev"],
            ["zfs", "destroy", clone],
        ])
        yield Case("klee run --rm", [
            self.kleene.command("run", "-q", "--rm", "-l", "host", "bench", COMMAND)
        ], self.kleene.env)

    def bench(self, args):
        cores, model = output(["sysctl", "-n", "hw.ncpu", "hw.model"]).splitlines()
        print(f"Machine: {cores} cores ({model}), FreeBSD {platform.release()}")
        print(f"Load before: {load()}")
        print(f"  {self.kleene.version}: {self.kleene.settings}")
        print_table(f"The start of a container that runs {COMMAND}",
                    measure(list(self.starts()), args.rounds, args.limit))
        print_table("The whole of it: clone, start, end, removal",
                    measure(list(self.runs()), args.rounds, args.limit))
        context = building.five_lines(self.place)
        builds = list(building.kleene_cases(self.kleene, context))
        print_table(f"A build of {building.LINES} RUN lines (echo)",
                    measure(builds, args.rounds, args.limit))
        building.bench_steps(self.kleene, self.place)
        print(f"\nLoad after: {load()}")

    def close(self):
        if self.kleene is not None:
            self.kleene.close()
        if self.pool_made:
            subprocess.run(["zpool", "destroy", "-f", self.pool], check=False)
