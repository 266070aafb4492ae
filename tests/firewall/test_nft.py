#!/usr/bin/env python3
"""Whether the rendered rules do in a kernel what the model says.

    test_nft.py RENDER [FILTER]     RENDER: the program firewall_render

Everything happens in namespaces of this test's own, which go with it. Exits with 77 where it cannot
run: not Linux, not root, or no nft(8).
"""

import itertools
import os
import shutil
import sys

from expected import expectations, mismatch
from world import FULL, World, nodad, run

BRIDGED = "net.bridge.bridge-nf-call-iptables"


def on(yes):
    return "on" if yes else "off"


class Failures:
    def __init__(self):
        self.lines, self.count = [], 0

    def check(self, good, line):
        self.count += 1
        if not good:
            self.lines.append(line)
            print(f"FAILED: {line}", flush=True)


def check_rows(world, failures, title):
    rows = [(f"IPv{family}", *row) for family in (4, 6) for row in expectations(world, family)]
    results = world.probe([(who, kind, address, port, bool(reached))
                           for _, _, who, kind, address, port, reached, _ in rows])
    for (family, name, *_, reached, source), result in zip(rows, results):
        wrong = mismatch(reached, source, result)
        failures.check(not wrong, f"{title}: {family} {name}: {wrong}")


def check_matrix(render, failures, kind, icc, internal, nat):
    title = f"{kind}, icc {on(icc)}, internal {on(internal)}, nat {on(nat)}"
    world = World(render, kind, icc, internal, nat)
    try:
        world.load()
        check_rows(world, failures, title)
        if kind == "bridge" and os.path.exists("/proc/sys/net/bridge"):
            # bridged packets, too, now go through the rules of IP, as where docker was
            for value in ("0", "1"):
                for name in (BRIDGED, "net.bridge.bridge-nf-call-ip6tables"):
                    world.sysctl(name, value)
                check_rows(world, failures, f"{title}, {BRIDGED}={value}")
    finally:
        world.end()


def check_stray(render, failures):
    """A container sends from its own addresses alone."""
    for kind in ("bridge", "loopback"):
        world = World(render, kind, True, False, True)
        try:
            world.load()
            for family in (4, 6):
                a, port = world.address[family], "kleene0" if kind == "bridge" else "port1"
                world.ip("a1", f"addr add {a['stray']}/{FULL[family]} dev eth0 {nodad(family)}")
                world.ip("host", f"route replace {a['stray']} dev {port}")
                world.flush()
                for to in ("outside", "eth0", "b1"):
                    port = 2200 if to == "eth0" else 80
                    result, = world.probe([("a1", "tcp", a[to], port, False, a["stray"])])
                    failures.check(result is None, f"{kind}: stray address reaches {to}")
                result, = world.probe([("outside", "tcp", a["stray"], 80, False)])
                failures.check(result is None, f"{kind}: stray address is reached from outside")
        finally:
            world.end()


def published(world, expected):
    result, = world.probe([("outside", "tcp", world.address[4]["eth0"], 8080, expected)])
    return result is not None


def comparable(ruleset):
    """The ruleset without what counters have counted, and with elements in order."""
    lines = []
    for line in ruleset.replace(",\n", ",").splitlines():
        line = line.strip()
        if line.startswith("elements = {"):
            line = " ".join(sorted("".join(line[12:].rstrip("}").split()).split(",")))
        if "counter" not in line:
            lines.append(line)
    return lines


def check_changes(render, failures):
    """Small transactions lead where the whole does, there and back."""
    world = World(render, "bridge", True, False, True)
    try:
        model = world.model()
        steps = {"ports": (world.model(ports=[]), False),
                 "another port": (world.model(ports=[("8081", "80", "tcp")]), False),
                 "the target": (world.model(without=("a1",)), False),
                 "another container": (world.model(without=("a2",)), True),
                 "the network": (world.model(without=("1", "a1", "a2")), False)}
        world.load()
        whole = world.ruleset()
        for name, (step, reached) in steps.items():
            world.change(model, step)
            failures.check(published(world, reached) == reached,
                           f"change of {name}: the port is still there, or gone")
            changed = world.ruleset()
            world.nft(world.rendered("nft", step))
            failures.check(comparable(changed) == comparable(world.ruleset()),
                           f"change of {name}: it leads elsewhere than the whole")
            world.change(step, model)
            failures.check(published(world, True), f"change of {name} and back: no port")
            failures.check(comparable(world.ruleset()) == comparable(whole),
                           f"change of {name} and back: it leads elsewhere than the whole")
        failures.check(world.rendered("nft-change", model, model) == "", "no change is one")
    finally:
        world.end()


def check_others(render, failures):
    """The administrator's chain and others' tables stay as they are."""
    world = World(render, "bridge", True, False, True)
    try:
        world.nft("table ip mine {\n chain forward {\n type filter hook forward priority 5;\n"
                  " ip daddr 203.0.113.1 drop\n }\n}\n")
        world.load()
        failures.check(published(world, True), "nothing is published")
        world.nft("add rule inet kleene admin meta l4proto tcp ct original proto-dst 8080 "
                  "ip saddr 192.0.2.2 drop\n")
        failures.check(not published(world, False), "the administrator's rule does nothing")
        world.load()
        failures.check(not published(world, False), "the administrator's rule was flushed")
        world.nft(world.rendered("nft-remove-but-admin", world.model()))
        left = world.ruleset()
        failures.check("proto-dst 8080" in left and "set " not in left and "map " not in left,
                       "removing leaves more than the administrator's rules, or less")
        world.load()
        failures.check(not published(world, False), "the administrator's rule has gone")
        for _ in range(2):
            world.nft(world.rendered("nft-remove", world.model()))
        failures.check("kleene" not in world.ruleset(), "something of ours is left")
        failures.check("203.0.113.1" in world.ruleset(), "something of others has gone")
    finally:
        world.end()


def check_odd_ways(render, failures):
    """A port published on lo, and somebody else's redirection to an internal network."""
    world = World(render, "bridge", True, False, True)
    try:
        model = world.model()
        model["host"] = [{"interface": "lo", "address": "127.0.0.1"}]
        model["ports"][0]["interfaces"] = ["lo"]
        world.nft(world.rendered("nft", model))
        world.sysctl("net.ipv4.conf.kleene0.route_localnet", 1)
        result, = world.probe([("host", "tcp", "127.0.0.1", 8080, True)])
        failures.check(result is not None, "a port published on lo is not there")
        world.nft("table ip mine {\n chain prerouting {\n"
                  " type nat hook prerouting priority dstnat;\n tcp dport 8888 dnat to "
                  + world.address[4]["a1"] + ":80\n }\n}\n")
        for internal in (False, True):
            world.internal = internal
            world.load()
            result, = world.probe([("outside", "tcp", world.address[4]["eth0"], 8888,
                                    not internal)])
            failures.check((result is None) == internal,
                           f"another's redirection, internal {on(internal)}: {result}")
    finally:
        world.end()


def main():
    render, wanted = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    failures = Failures()
    run("mount", "-t", "tmpfs", "none", "/run/netns")
    for kind, icc, internal, nat in itertools.product(
            ("bridge", "loopback", "custom"), *[(True, False)] * 3):
        if wanted in (kind, ""):
            check_matrix(render, failures, kind, icc, internal, nat)
    if wanted in ("stray", ""):
        check_stray(render, failures)
    if wanted in ("changes", ""):
        check_changes(render, failures)
    if wanted in ("others", ""):
        check_others(render, failures)
    if wanted in ("odd", ""):
        check_odd_ways(render, failures)
    print(f"{failures.count - len(failures.lines)} passed, {len(failures.lines)} failed")
    return 1 if failures.lines else 0


if __name__ == "__main__":
    if "KLEENE_TEST_INSIDE" in os.environ:
        sys.exit(main())
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("nft") is None:
        print("needs Linux, root and nft")
        sys.exit(77)
    os.makedirs("/run/netns", exist_ok=True)
    os.environ["KLEENE_TEST_INSIDE"] = "1"
    os.execvp("unshare", ["unshare", "-mn", "--propagation", "private", sys.executable, __file__,
                          *sys.argv[1:]])
