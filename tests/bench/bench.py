"""Times Kleene beside crun, podman and docker on this machine, side by side in one run.

The systems take turns, command by command, so that what else the machine does falls on all alike.
All use one root file system: busybox, nothing else. Everything lives in a temporary directory and
is removed at the end; a system that does not work here is left out, in words.
"""

import argparse
import ctypes
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

TOOLS = ("sh", "true", "sleep", "echo", "ls")
LISTED = 5  # containers in a listing
TIMEOUT = 60  # seconds a single command may take
CLONE_NEWNS, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x4000, 0x40000, 2


class Unusable(Exception):
    """The system cannot be measured here; the text says why."""


def output(argv, env=None):
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=TIMEOUT,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise Unusable(f"{os.path.basename(argv[0])}: {lines[-1]}")
    return done.stdout


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


def pss(pids):
    """Proportional set size of processes together, in KiB."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as rollup:
                total += sum(int(l.split()[1]) for l in rollup if l.startswith("Pss:"))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total


def processes(wanted):
    """Ids of processes for which wanted(name, command line, parent) is true."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as stat:
                text = stat.read()
            with open(f"/proc/{entry}/cmdline", "rb") as command:
                line = command.read().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        name = text[text.index("(") + 1:text.rindex(")")]
        parent = int(text[text.rindex(")") + 2:].split()[1])
        if wanted(name, line, parent):
            found.append(int(entry))
    return found


class Kleene:
    name = "klee"

    def __init__(self, place, root, archive, build):
        self.place = os.path.join(place, "kleene")
        os.mkdir(self.place)
        socket = os.path.join(self.place, "sock")
        config = os.path.join(self.place, "config.yaml")
        with open(config, "w") as file:
            file.write(f"kleene_root: {self.place}/root\nrun_dir: {self.place}/run\n"
                       f"instance: b{os.getpid()}\nlog_file: {self.place}/log\n"
                       f"api_listening_sockets:\n  - address: \"http://{socket}\"\n")
        self.klee = os.path.join(build, "src/klee/klee")
        self.env = dict(os.environ, KLEE_HOST=f"http://{socket}",
                        KLEENE_WARDEN=os.path.join(build, "src/warden/warden"))
        self.daemon = subprocess.Popen(
            [os.path.join(build, "src/kleened/kleened"), "--config", config], env=self.env)
        deadline = time.monotonic() + 20
        while True:
            try:
                output([self.klee, "lsc"], self.env)
                break
            except Unusable:
                if self.daemon.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        output([self.klee, "image", "create", "-t", "bench", "fetch", f"file://{archive}"], self.env)
        self.version = output([self.klee, "--version"], self.env).strip()
        self.settings = "a release build of this source"

    def case(self, *args):
        return [self.klee, *args], self.env

    def starts(self):
        for driver in ("host", "disabled"):
            yield (f"klee run --rm, driver {driver}",
                   *self.case("run", "-q", "--rm", "-l", driver, "bench", "/bin/true"))

    def launch(self, name):
        output([self.klee, "run", "-d", "-l", "disabled", "--name", name, "bench", "/bin/sleep",
                "100000"], self.env)

    def exec_case(self):
        return "klee exec", *self.case("exec", "running0", "/bin/true")

    def list_case(self):
        return "klee lsc", *self.case("lsc")

    def memory(self):
        wardens = processes(lambda name, line, parent: parent == self.daemon.pid)
        return pss([self.daemon.pid]), pss(wardens), "kleened", "warden"

    def close(self):
        if self.daemon.poll() is None:
            try:
                for c in json.loads(output([self.klee, "lsc", "-a", "--format", "json"], self.env)):
                    output([self.klee, "rmc", "-f", c["id"]], self.env)
            except Unusable as reason:
                print(f"bench: {reason}", file=sys.stderr)
            self.daemon.terminate()
            self.daemon.wait(TIMEOUT)


class Crun:
    name = "crun"

    def __init__(self, place, root, archive, build):
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
        yield ("crun run, prepared bundle",
               self.command("run", "-b", f"{self.place}/true", "timed"), None)

    def launch(self, name):
        # its streams would keep our pipe open
        subprocess.run(self.command("run", "-d", "-b", f"{self.place}/sleep", name), check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=TIMEOUT)
        self.running.append(name)

    def exec_case(self):
        return "crun exec", self.command("exec", "running0", "/bin/true"), None

    def list_case(self):
        return "crun list", self.command("list"), None

    def memory(self):
        return 0, 0, "no daemon", "nothing (and no one takes its output)"

    def close(self):
        for name in self.running:
            subprocess.run(self.command("delete", "-f", name), stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=TIMEOUT)


class Podman:
    name = "podman"

    def __init__(self, place, root, archive, build):
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
        yield ("podman run --rm, network none",
               [*self.argv, "run", "--rm", "--network=none", "bench", "/bin/true"], self.env)

    def launch(self, name):
        self.launched = True
        output([*self.argv, "run", "-d", "--network=none", "--name", name, "bench", "/bin/sleep",
                "100000"], self.env)

    def exec_case(self):
        return "podman exec", [*self.argv, "exec", "running0", "/bin/true"], self.env

    def list_case(self):
        return "podman ps", [*self.argv, "ps"], self.env

    def memory(self):
        monitors = processes(lambda name, line, parent: name == "conmon" and self.place in line)
        return 0, pss(monitors), "no daemon", "conmon"

    def close(self):
        if self.launched:
            subprocess.run([*self.argv, "rm", "-f", "-t", "0", "-a"], env=self.env,
                           stdout=subprocess.DEVNULL, timeout=TIMEOUT)
        subprocess.run([*self.argv, "rmi", "-f", "-a"], env=self.env, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=TIMEOUT)


class Docker:
    name = "docker"

    def __init__(self, place, root, archive, build):
        if not shutil.which("docker"):
            raise Unusable("not installed")
        version = subprocess.run(["docker", "version", "--format", "{{.Server.Version}}"],
                                 capture_output=True, text=True, timeout=TIMEOUT)
        if version.returncode != 0:
            raise Unusable("its daemon does not run here")
        self.version = f"docker {version.stdout.strip()}"
        self.settings = "its defaults"
        self.image = f"kleene-bench-{os.getpid()}"
        self.running = []
        output(["docker", "import", archive, self.image])

    def starts(self):
        yield ("docker run --rm, network none",
               ["docker", "run", "--rm", "--network=none", self.image, "/bin/true"], None)

    def launch(self, name):
        name = f"{self.image}-{name}"
        self.running.append(name)
        output(["docker", "run", "-d", "--network=none", "--name", name, self.image, "/bin/sleep",
                "100000"])

    def exec_case(self):
        return "docker exec", ["docker", "exec", f"{self.image}-running0", "/bin/true"], None

    def list_case(self):
        return "docker ps", ["docker", "ps"], None

    def memory(self):
        daemons = processes(lambda name, line, parent: name in ("dockerd", "containerd"))
        shims = processes(lambda name, line, parent: name.startswith("containerd-shim"))
        return pss(daemons), pss(shims), "dockerd and containerd", "containerd-shim"

    def close(self):
        for name in self.running:
            subprocess.run(["docker", "rm", "-f", name], capture_output=True, timeout=TIMEOUT)
        subprocess.run(["docker", "rmi", "-f", self.image], capture_output=True, timeout=TIMEOUT)


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


def timed(argv, env, null):
    """Milliseconds from before the process is started until it has been waited for."""
    actions = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)]
    path = shutil.which(argv[0])
    begun = time.perf_counter()
    pid = os.posix_spawn(path, argv, env or os.environ, file_actions=actions)
    signal.setitimer(signal.ITIMER_REAL, TIMEOUT)
    _, status = os.waitpid(pid, 0)
    ended = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, 0)
    if status != 0:
        raise Unusable(f"'{' '.join(argv)}' failed in the middle of the run")
    return (ended - begun) * 1000


def measure(cases, rounds, limit):
    """Runs the cases in turn; returns the times of each, and how many rounds there were."""
    times = {label: [] for label, _, _ in cases}
    deadline = time.monotonic() + limit
    with open(os.devnull, "r+") as null:
        for _ in range(rounds):
            for label, argv, env in cases:
                times[label].append(timed(argv, env, null.fileno()))
            if time.monotonic() > deadline:
                break
    return times


def print_table(title, times):
    first = statistics.median(next(iter(times.values())))
    print(f"\n{title} ({len(next(iter(times.values())))} rounds)")
    print(f"  {'':<34}{'median ms':>10}{'p90 ms':>10}{'ratio':>8}")
    for label, values in times.items():
        values = sorted(values)
        median = statistics.median(values)
        p90 = values[min(len(values) - 1, int(len(values) * 0.9))]
        print(f"  {label:<34}{median:>10.1f}{p90:>10.1f}{median / first:>8.1f}")


def machine():
    with open("/proc/cpuinfo") as info:
        models = [l.split(":", 1)[1].strip() for l in info if l.startswith("model name")]
    return (f"{os.cpu_count()} cores ({models[0] if models else platform.machine()}), "
            f"{platform.system()} {platform.release()}")


def load():
    return " ".join(f"{n:.2f}" for n in os.getloadavg())


def bench(systems, args):
    print(f"Machine: {machine()}")
    print(f"Load before: {load()}")
    for s in systems:
        print(f"  {s.version}: {s.settings}")
    start = [case for s in systems for case in s.starts()]
    print_table("A container that runs /bin/true and ends", measure(start, args.rounds, args.limit))
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
    print(f"\nLoad after: {load()}")


def open_systems(place, root, archive, build):
    systems = [Kleene(place, root, archive, build)]
    take_own_mounts()
    for kind in (Crun, Podman, Docker):
        try:
            systems.append(kind(place, root, archive, build))
        except (Unusable, subprocess.TimeoutExpired) as reason:
            print(f"{kind.name} is left out: {reason}")
    return systems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build-bench", help="build directory")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--limit", type=float, default=60, help="seconds for each table")
    args = parser.parse_args()
    if platform.system() != "Linux":
        sys.exit("bench: this compares container engines of Linux, and measures with its /proc")
    # an interrupted run cleans up as well; so does one with a command that hangs
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, lambda *_: sys.exit("bench: interrupted"))
    place = tempfile.mkdtemp(prefix="kleene-bench.")
    systems = []
    try:
        systems = open_systems(place, *make_root(place), os.path.abspath(args.build))
        bench(systems, args)
    finally:
        for s in reversed(systems):
            s.close()
        storage = os.path.join(place, "podman/storage/overlay")
        if os.path.ismount(storage):
            output(["umount", "-l", storage])
        output(["rm", "-rf", place])


if __name__ == "__main__":
    main()
