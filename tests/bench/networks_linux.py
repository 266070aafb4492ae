# SPDX-License-Identifier: BSD-2-Clause
"""Linux: containers in networks, beside podman and beside the same paths made by hand.

All of it happens in namespaces: those of the integration tests' world, one with a daemon and one
whose bridge, pairs and rules are made with ip(8) and nft(8).
"""

import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time

from kleene import Kleene
from measuring import TIMEOUT, Case, Unusable, measure, output, print_table

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                             "integration"))
from world_linux import World  # noqa: E402

SECONDS = 2  # of each measurement of throughput
RUNS = 10  # of those, in each of two places
ROUNDS = 5
CONNECTED = 1000  # containers in one network
AROUND = 10  # connections that one figure is the median of
OUTSIDE, EDGE = "192.0.2.2", "192.0.2.1"
ADDRESSES = ("10.1.0.2", "10.1.0.3")  # of two containers, and of what stands for them by hand
PORT, PUBLISHED = 5201, 8080


class Api:
    """One request after another."""

    def __init__(self, path):
        self.path = path

    def call(self, method, url, body=None):
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.path)
        connection.request(method, url, json.dumps(body) if body is not None else None,
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if answer.status >= 300:
            raise Unusable(f"{method} {url}: {answer.status} {data.decode()}")
        return json.loads(data) if data else None


# ---- starting ----


class PodmanBridge:
    """podman in a world of its own, with a network of its own."""

    def __init__(self, podman, world):
        self.podman = podman
        self.prefix = world.prefix("host")
        self.name = f"kleenebench{os.getpid()}"
        self.run("network", "create", "--subnet", "10.9.0.0/24", self.name)
        self.made = True
        self.run("run", "--rm", "--network", self.name, "bench", "/bin/true")

    def command(self, *args):
        return [*self.prefix, *self.podman.argv, *args]

    def run(self, *args):
        return output(self.command(*args), self.podman.env)

    def case(self):
        return Case("podman run --rm, bridge network",
                    [self.command("run", "--rm", "--network", self.name, "bench", "/bin/true")],
                    self.podman.env)

    def close(self):
        subprocess.run(self.command("network", "rm", "-f", self.name), env=self.podman.env,
                       capture_output=True, timeout=TIMEOUT)


def bench_starts(kleene, podman, docker, args):
    world = World(kleene.place)
    beside = None
    cases = [Case(f"klee run --rm, network of type {kind}",
                  [kleene.command("run", "-q", "--rm", "-n", kind, "bench", "/bin/true")], kleene.env)
             for kind in ("bridge", "loopback")]
    try:
        if podman is not None:
            try:
                beside = PodmanBridge(podman, world)
                cases.append(beside.case())
            except (Unusable, subprocess.TimeoutExpired) as reason:
                print(f"podman with a bridge network is left out: {reason}")
        if docker is not None:
            try:
                cases.append(docker.bridge_case())
            except (Unusable, subprocess.TimeoutExpired) as reason:
                print(f"docker with a bridge network is left out: {reason}")
        print_table("A container in a network that runs /bin/true and ends",
                    measure(cases, args.rounds, args.limit))
    finally:
        if beside is not None:
            beside.close()
        world.end()


# ---- throughput ----


class ByHand:
    """A bridge with two namespaces and a port that leads to the first, and nothing else."""

    RULES = f"""
table ip hand {{
	chain prerouting {{
		type nat hook prerouting priority dstnat;
		ip daddr {EDGE} tcp dport {PUBLISHED} dnat to {ADDRESSES[0]}:{PORT}
	}}
	chain postrouting {{
		type nat hook postrouting priority srcnat;
		ip saddr 10.1.0.0/24 oifname "eth0" masquerade
	}}
}}
"""

    def __init__(self, place):
        self.world = World(place)
        self.holders = []
        self.world.ip("host", "link add br0 type bridge", "link set br0 up",
                      "addr add 10.1.0.1/24 dev br0")
        self.world.run("host", "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        self.world.run("host", "nft", "-f", "-", text=self.RULES)
        for i, address in enumerate(ADDRESSES):
            name = f"hand{i}"
            self.world.add_place(name)
            pid = self.world.holders[name].pid
            self.world.ip("host", f"link add {name} type veth peer name eth0 netns {pid}",
                          f"link set {name} master br0", f"link set {name} up")
            self.world.ip(name, "link set eth0 up", f"addr add {address}/24 dev eth0",
                          "route add default via 10.1.0.1")

    def prefixes(self):
        """What leads into the first, the second, and the outside."""
        return [self.world.prefix(name) for name in ("hand0", "hand1", "outside")]

    def close(self):
        self.world.end()


class Contained:
    """Two containers, the first of which publishes a port."""

    def __init__(self, kleene, world):
        self.world = world
        self.pids = []
        for i, address in enumerate(ADDRESSES):
            publish = ["-p", f"{PUBLISHED}:{PORT}"] if i == 0 else []
            output(kleene.command("run", "-d", "-n", "bridge", "--ip", address, "--name", f"path{i}",
                                  *publish, "bench", "/bin/sleep", "100000"), kleene.env)
        listed = json.loads(output(kleene.command("lsc", "--format", "json"), kleene.env))
        self.pids = [c["jid"] for name in ("path0", "path1") for c in listed if c["name"] == name]

    def prefixes(self):
        inside = [["nsenter", f"--net=/proc/{pid}/ns/net", "--"] for pid in self.pids]
        return [*inside, self.world.prefix("outside")]


def throughput(server, client, address, port):
    """Gbit/s of one connection by iperf3."""
    with subprocess.Popen([*server, "iperf3", "-s", "-1", "-p", str(PORT), "--forceflush"],
                          stdout=subprocess.PIPE, text=True) as serving:
        for line in serving.stdout:
            if "listening" in line:
                break
        told = output([*client, "iperf3", "-J", "-t", str(SECONDS), "-c", address, "-p", str(port)])
        serving.stdout.read()
    return json.loads(told)["end"]["sum_received"]["bits_per_second"] / 1e9


def bench_throughput(contained, by_hand):
    if not shutil.which("iperf3"):
        print("\nThroughput is left out: iperf3 is not installed")
        return
    print(f"\nThroughput by iperf3, Gbit/s, medians of {RUNS} runs of {SECONDS} s in turn")
    print(f"  {'':<34}{'Kleene':>10}{'by hand':>10}{'ratio':>8}")
    for title, client, address, port in (
            ("container to container", 1, ADDRESSES[0], PORT),
            ("outside to a published port", 2, EDGE, PUBLISHED)):
        found = [[], []]
        for run in range(RUNS):
            for i in (0, 1) if run % 2 else (1, 0):  # neither always runs behind the other
                prefixes = (contained, by_hand)[i].prefixes()
                found[i].append(throughput(prefixes[0], prefixes[client], address, port))
        ours, theirs = map(statistics.median, found)
        print(f"  {title:<34}{ours:>10.2f}{theirs:>10.2f}{ours / theirs:>8.2f}")


# ---- many containers in a network ----


def bench_connecting(kleene, place):
    api = Api(os.path.join(place, "kleene/sock"))
    api.call("POST", "/networks/create", {"name": "large", "type": "bridge", "subnet": "10.64.0.0/16"})
    config = {"image": "bench", "cmd": ["/bin/sleep", "100000"], "network_driver": "ipnet"}
    ids = []
    for _ in range(CONNECTED):
        ids.append(api.call("POST", "/containers/create", config)["id"])
        output(kleene.command("start", "-d", ids[-1]), kleene.env)

    def connect(some):
        for container in some:
            begun = time.perf_counter()
            api.call("POST", "/networks/connect", {"network": "large", "container": container})
            yield (time.perf_counter() - begun) * 1000

    def around(some):
        """The last connections of some, time after time."""
        found = []
        for _ in range(ROUNDS):
            found += list(connect(some))[-AROUND:]
            for container in some:
                api.call("POST", f"/networks/large/disconnect/{container}")
        return statistics.median(found)

    half = AROUND // 2
    tenth = around(ids[:10 + half])
    before = CONNECTED - AROUND
    list(connect(ids[:before]))
    last = around(ids[before:])
    print(f"\nConnecting a running container to a network with {CONNECTED} of them, ms")
    print(f"  the 10th {tenth:.2f}, the {CONNECTED:,}th {last:.2f}, ratio {last / tenth:.2f} "
          f"(medians of {AROUND} around them, {ROUNDS} times)")


class Networks:
    """All of it; podman and docker: those of the host's table, or None."""

    def __init__(self, place, root, archive, build):
        self.place = os.path.join(place, "networks")
        os.mkdir(self.place)
        self.world = World(self.place)
        self.kleene = self.by_hand = None
        try:
            self.kleene = Kleene(self.place, root, archive, build, self.world.prefix("host"))
            for kind, subnet in (("bridge", "10.1.0.0/24"), ("loopback", "10.2.0.0/24")):
                output(self.kleene.command("network", "create", "-t", kind, "--subnet", subnet, kind),
                       self.kleene.env)
        except BaseException:
            self.close()
            raise

    def bench(self, podman, docker, args):
        bench_starts(self.kleene, podman, docker, args)
        self.by_hand = ByHand(self.place)
        bench_throughput(Contained(self.kleene, self.world), self.by_hand)
        bench_connecting(self.kleene, self.place)

    def close(self):
        if self.kleene is not None:
            self.kleene.close()
        if self.by_hand is not None:
            self.by_hand.close()
        self.world.end()
