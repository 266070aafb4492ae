# SPDX-License-Identifier: BSD-2-Clause
"""Linux: Kleene beside crun, podman and docker, whichever works here.

All use one root file system: busybox, nothing else.
"""

import ctypes
import json
import os
import platform
import shutil
import subprocess
import sys

import building
from application import bench_application
from docker_linux import Docker
from kleene import Kleene
from measuring import LISTED, TIMEOUT, Case, Unusable, load, measure, output, print_table
from networks_linux import Networks
from processes import processes, pss

TOOLS = ("sh", "true", "sleep", "echo", "ls")
CLONE_NEWNS, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x4000, 0x40000, 2


def make_root(place):
    busybox = shutil.which("busybox")
    if not busybox:
        sys.exit("bench: busybox is not installed (package busybox-static)")
    root = os.path.join(place, "rootfs")
    for name in ("bin", "dev", "etc", "proc", "root", "sys", "tmp"):
        os.makedirs(os.path.join(root, name))
    shutil.copy(busybox, os.path.join(root, "bin/busybox"))
    for tool in TOOLS:
        os.symlink("busybox", os.path.join(root, "bin", tool))
    archive = os.path.join(place, "rootfs.tar")
    output(["tar", "cf", archive, "-C", root, "."])
    return root, archive


class KleeneBeside(Kleene):
    def starts(self):
        for driver in ("host", "disabled"):
            yield Case(f"klee run --rm, driver {driver}",
                       [self.command("run", "-q", "--rm", "-l", driver, "bench", "/bin/true")],
                       self.env)

    def launch(self, name):
        output(self.command("run", "-d", "-l", "disabled", "--name", name, "bench", "/bin/sleep",
                            "100000"), self.env)

    def exec_case(self):
        return Case("klee exec", [self.command("exec", "running0", "/bin/true")], self.env)

    def list_case(self):
        return Case("klee lsc", [self.command("lsc")], self.env)

    def builds(self, context):
        yield from building.kleene_cases(self, context)

    def memory(self):
        wardens = processes(lambda name, line, parent: parent == self.daemon.pid)
        return pss([self.daemon.pid]), pss(wardens), "kleened", "warden"


class Crun:
    name = "crun"

    def __init__(self, place, root, archive):
        if not shutil.which("crun"):
            raise Unusable("not installed")
        self.place = os.path.join(place, "crun")
        self.root = root
        os.mkdir(self.place)
        self.bundle("true", ["/bin/true"])
        self.bundle("sleep", ["/bin/sleep", "100000"])
        self.running = []
        output(self.command("run", "-b", f"{self.place}/true", "try"))
        self.version = output(["crun", "--version"]).splitlines()[0]
        self.settings = "prepared bundle, its specification without limits"

    def command(self, *args):
        return ["crun", "--root", f"{self.place}/state", *args]

    def bundle(self, name, argv):
        path = os.path.join(self.place, name)
        os.mkdir(path)
        output(["crun", "spec", "-f", os.path.join(path, "config.json")])
        with open(os.path.join(path, "config.json")) as file:
            config = json.load(file)
        config["process"].update(terminal=False, args=argv)
        config["process"].pop("rlimits", None)
        config["root"] = {"path": self.root, "readonly": True}
        with open(os.path.join(path, "config.json"), "w") as file:
            json.dump(config, file)

    def starts(self):
        yield Case("crun run, prepared bundle",
                   [self.command("run", "-b", f"{self.place}/true", "timed")])

    def launch(self, name):
        # its streams would keep our pipe open
        subprocess.run(self.command("run", "-d", "-b", f"{self.place}/sleep", name), check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=TIMEOUT)
        self.running.append(name)

    def exec_case(self):
        return Case("crun exec", [self.command("exec", "running0", "/bin/true")])

    def list_case(self):
        return Case("crun list", [self.command("list")])

    def builds(self, context):
        return iter(())  # it builds nothing

    def memory(self):
        return 0, 0, "no daemon", "nothing (and no one takes its output)"

    def close(self):
        for name in self.running:
            subprocess.run(self.command("delete", "-f", name), stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=TIMEOUT)


class Podman:
    name = "podman"

    def __init__(self, place, root, archive):
        if not shutil.which("podman"):
            raise Unusable("not installed")
        self.place = os.path.join(place, "podman")
        os.mkdir(self.place)
        self.launched = False
        self.argv = ["podman", "--root", f"{self.place}/storage", "--runroot", f"{self.place}/run",
                     "--tmpdir", f"{self.place}/tmp"]
        output([*self.argv, "import", "-q", archive, "bench:latest"])
        self.settings = self.find_settings()
        self.version = output(["podman", "--version"]).strip()

    def find_settings(self):
        """Takes the first settings with which it runs here, its defaults being tried first."""
        conf = os.path.join(self.place, "containers.conf")
        with open(conf, "w") as file:
            file.write("[containers]\ndefault_ulimits = []\n")
        no_limits = dict(os.environ, CONTAINERS_CONF=conf)
        reason = None
        for env, options, words in (
                (None, [], "its defaults"),
                (no_limits, [], "its defaults, but no ulimits"),
                (no_limits, ["--runtime", "runc"], "no ulimits, runtime runc")):
            self.env = env
            options, self.argv = self.argv + options, self.argv
            try:
                output([*options, "run", "--rm", "--network=none", "bench", "/bin/true"], env)
                self.argv = options
                return words
            except Unusable as why:
                reason = why
        raise reason

    def starts(self):
        yield Case("podman run --rm, network none",
                   [[*self.argv, "run", "--rm", "--network=none", "bench", "/bin/true"]], self.env)

    def launch(self, name):
        self.launched = True
        output([*self.argv, "run", "-d", "--network=none", "--name", name, "bench", "/bin/sleep",
                "100000"], self.env)

    def exec_case(self):
        return Case("podman exec", [[*self.argv, "exec", "running0", "/bin/true"]], self.env)

    def list_case(self):
        return Case("podman ps", [[*self.argv, "ps"]], self.env)

    def builds(self, context):
        yield building.podman_case(self, context)

    def memory(self):
        monitors = processes(lambda name, line, parent: name == "conmon" and self.place in line)
        return 0, pss(monitors), "no daemon", "conmon"

    def close(self):
        if self.launched:
            subprocess.run([*self.argv, "rm", "-f", "-t", "0", "-a"], env=self.env,
                           stdout=subprocess.DEVNULL, timeout=TIMEOUT)
        subprocess.run([*self.argv, "rmi", "-f", "-a"], env=self.env, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=TIMEOUT)


def take_own_mounts():
    """Gives this process mounts of its own: what podman leaves mounted goes with it.

    crun refuses a host with cgroup v2 beside v1, so v2 is hidden there. kleened was started before
    and sees the host as it is.
    """
    unified = "/sys/fs/cgroup/unified"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or \
            libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        sys.exit(f"bench: cannot make a mount namespace: {os.strerror(ctypes.get_errno())}")
    if os.path.ismount(unified) and libc.umount2(unified.encode(), MNT_DETACH) == 0:
        print("This host has cgroup v2 beside v1, which crun refuses: v2 is hidden from crun and "
              "podman.")


def machine():
    with open("/proc/cpuinfo") as info:
        models = [l.split(":", 1)[1].strip() for l in info if l.startswith("model name")]
    return (f"{os.cpu_count()} cores ({models[0] if models else platform.machine()}), "
            f"{platform.system()} {platform.release()}")


class Host:
    def __init__(self, place):
        self.place = place
        self.systems = []
        self.networks = None

    def open(self, build):
        place = self.place
        root, archive = make_root(place)
        self.systems.append(KleeneBeside(place, os.path.join(place, "kleene/root"), archive, build))
        self.networks = Networks(place, os.path.join(place, "networks/kleene/root"), archive, build)
        take_own_mounts()
        for kind in (Crun, Podman, Docker):
            try:
                self.systems.append(kind(place, root, archive))
            except (Unusable, subprocess.TimeoutExpired) as reason:
                print(f"{kind.name} is left out: {reason}")

    def bench(self, args):
        systems = self.systems
        print(f"Machine: {machine()}")
        print(f"Load before: {load()}")
        for s in systems:
            print(f"  {s.version}: {s.settings}")
        start = [case for s in systems for case in s.starts()]
        print_table("A container that runs /bin/true and ends", measure(start, args.rounds, args.limit))
        context = building.five_lines(self.place)
        builds = [case for s in systems for case in s.builds(context) if building.usable(case)]
        print_table(f"A build of {building.LINES} RUN lines (echo)",
                    measure(builds, args.rounds, args.limit))
        building.bench_steps(systems[0], self.place)
        bench_application(systems[0], self.place, args.rounds, args.limit)
        idle = {s.name: s.memory()[0] for s in systems}
        for i in range(LISTED):
            for s in systems:
                s.launch(f"running{i}")
        print_table("/bin/true in a running container",
                    measure([s.exec_case() for s in systems], args.rounds, args.limit))
        print_table(f"A list of {LISTED} running containers",
                    measure([s.list_case() for s in systems], args.rounds, args.limit))
        print("\nMemory (proportional set size, KiB), without that of the containers' own processes")
        for s in systems:
            daemon, rest, daemon_name, rest_name = s.memory()
            print(f"  {s.name:<8} {daemon_name}: {idle[s.name]} without containers, {daemon} with "
                  f"{LISTED}; {rest_name}: {rest // LISTED} for each container")
        by_name = {s.name: s for s in systems}
        self.networks.bench(by_name.get("podman"), by_name.get("docker"), args)
        print(f"\nLoad after: {load()}")

    def close(self):
        if self.networks is not None:
            self.networks.close()
        for s in reversed(self.systems):
            s.close()
        storage = os.path.join(self.place, "podman/storage/overlay")
        if os.path.ismount(storage):
            output(["umount", "-l", storage])
