# SPDX-License-Identifier: BSD-2-Clause
"""docker: the daemon that runs here, or else one in a world of its own."""

import glob
import os
import shutil
import subprocess
import time

import building
from measuring import TIMEOUT, Case, Unusable, output
from networks_linux import World
from processes import processes, pss

STARTING = 30  # seconds


class OwnDaemon:
    """A dockerd whose bridges and rules are in a namespace, whose mounts are, too."""

    def __init__(self, place):
        self.place = os.path.join(place, "docker")
        os.mkdir(self.place)
        self.group = f"kleenebench{os.getpid()}"
        self.url = f"unix://{self.place}/sock"
        self.world = World(self.place)
        self.process = None
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        with open(os.path.join(self.place, "log"), "w") as log:
            self.process = subprocess.Popen(
                [*self.world.prefix("host"), "unshare", "-m", "dockerd", "-H", self.url,
                 "--data-root", f"{self.place}/data", "--exec-root", f"{self.place}/exec",
                 "--pidfile", f"{self.place}/pid", "--cgroup-parent", f"/{self.group}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + STARTING
        while server_version(["docker", "-H", self.url]) is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Unusable("its daemon does not run here")
            time.sleep(0.1)

    def close(self):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.world.end()
        for hierarchy in ("/sys/fs/cgroup", *glob.glob("/sys/fs/cgroup/*/")):
            for directory, _, _ in os.walk(os.path.join(hierarchy, self.group), topdown=False):
                try:
                    os.rmdir(directory)
                except OSError as reason:  # the other systems are still to be closed
                    print(f"{directory} is left: {reason.strerror}")


def server_version(argv):
    done = subprocess.run([*argv, "version", "--format", "{{.Server.Version}}"],
                          capture_output=True, text=True, timeout=TIMEOUT)
    return done.stdout.strip() if done.returncode == 0 else None


class Docker:
    name = "docker"

    def __init__(self, place, root, archive):
        if not shutil.which("docker"):
            raise Unusable("not installed")
        self.argv = ["docker"]
        self.own = None
        self.settings = "its defaults"
        self.image = f"kleene-bench-{os.getpid()}"
        self.network = None
        self.running = []
        version = server_version(self.argv)
        if version is None:
            if not shutil.which("dockerd"):
                raise Unusable("no daemon runs here")
            self.own = OwnDaemon(place)
            self.argv = ["docker", "-H", self.own.url]
            self.settings = "its defaults, and a daemon of its own in a network namespace"
            version = server_version(self.argv)
        self.version = f"docker {version}"
        try:
            output([*self.argv, "import", archive, self.image])
            output(self.run("none", "--rm"))
        except BaseException:
            self.close()
            raise

    def run(self, network, *options, command=("/bin/true",)):
        return [*self.argv, "run", f"--network={network}", *options, self.image, *command]

    def starts(self):
        yield Case("docker run --rm, network none", [self.run("none", "--rm")])

    def bridge_case(self):
        self.network = self.image
        output([*self.argv, "network", "create", "--subnet", "10.8.0.0/24", self.network])
        command = self.run(self.network, "--rm")
        output(command)
        return Case("docker run --rm, bridge network", [command])

    def launch(self, name):
        name = f"{self.image}-{name}"
        self.running.append(name)
        output(self.run("none", "-d", "--name", name, command=("/bin/sleep", "100000")))

    def exec_case(self):
        return Case("docker exec", [[*self.argv, "exec", f"{self.image}-running0", "/bin/true"]])

    def list_case(self):
        return Case("docker ps", [[*self.argv, "ps"]])

    def builds(self, context):
        yield building.docker_case(self, context)

    def memory(self):
        daemons = processes(lambda name, line, parent: name in ("dockerd", "containerd"))
        shims = processes(lambda name, line, parent: name.startswith("containerd-shim"))
        return pss(daemons), pss(shims), "dockerd and containerd", "containerd-shim"

    def close(self):
        leftovers = [["rm", "-f", name] for name in self.running] + [["rmi", "-f", self.image]]
        if self.network is not None:
            leftovers.append(["network", "rm", self.network])
        for words in leftovers:
            subprocess.run([*self.argv, *words], capture_output=True, timeout=TIMEOUT)
        if self.own is not None:
            self.own.close()
