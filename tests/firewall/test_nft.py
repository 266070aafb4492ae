#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whether the rendered rules do in a kernel what the model says.

    test_nft.py RENDER [FILTER]     RENDER: the program firewall_render

Everything happens in namespaces of this test's own, which go with it. Exits with 77 where it cannot
run: not Linux, not root, or no nft(8).
"""

import itertools
import json
import os
import shutil
import sys

from expected import expectations, mismatch
from frames import (
    END, MARK, Listener, arp, ethernet, icmp6, igmp, ip6, mac, packet6, send, udp4, udp6,
)
from world import FULL, HARDWARE, World, nodad, run

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


def load_with_lo(world, number, interfaces):
    """Publishes that port at those interfaces, of which lo is one."""
    model = world.model()
    model["host"].append({"interface": "lo", "address": "127.0.0.1"})
    model["ports"][number]["interfaces"] = interfaces
    world.nft(world.rendered("nft", model))
    for bridge in ("kleene0", "kleene1"):
        world.sysctl(f"net.ipv4.conf.{bridge}.route_localnet", 1)


def check_odd_ways(render, failures):
    """A port published on lo, and somebody else's redirection to an internal network."""
    world = World(render, "bridge", True, False, True)
    try:
        load_with_lo(world, 0, ["lo"])
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


def neighbourly(world):
    """(name, what makes the frame of its mark, whether it passes) of a1's, a port of a bridge."""
    a, a6 = world.address[4], world.address[6]
    own, other = HARDWARE["a1"], HARDWARE["a2"]
    local, others_local = "fe80::ff:fe00:101", "fe80::ff:fe00:102"
    nodes = "ff02::1"

    def packet(source, to="10.1.0.255", hardware=own):
        return lambda mark: ethernet(hardware, 0x800, udp4(source, to, data=mark))

    def packet6_(source, hardware=own):
        return lambda mark: ethernet(hardware, 0x86dd, packet6(source, nodes, 59, mark))

    def arp_(operation, hardware, address, frame=own):
        return lambda mark: ethernet(frame, 0x806, arp(operation, hardware, address, a["a2"]) + mark)

    def icmp(kind, source, body, before=b"", first=58):
        return lambda mark: ethernet(own, 0x86dd, icmp6(source, nodes, kind, body + mark, before, first))

    def igmp_(kind):
        return lambda mark: ethernet(own, 0x800, igmp(a["a1"], "224.0.0.1", kind, mark))

    def advert(target, source=a6["a1"], **options):
        return icmp(136, source, bytes([0x20, 0, 0, 0]) + ip6(target) + b"\2\1" + mac(own), **options)

    def solicit(target, source):
        return icmp(135, source, bytes(4) + ip6(target))

    hop_by_hop, fragment = bytes([58, 0, 1, 4, 0, 0, 0, 0]), bytes([58, 0, 0, 0, 0, 0, 0, 1])
    return [
        ("its own", packet(a["a1"]), True),
        ("its own, IPv6", packet6_(a6["a1"]), True),
        ("its own on the link", packet6_(local), True),
        ("ARP, asked", arp_(1, own, a["a1"]), True),
        ("ARP, told", arp_(2, own, a["a1"]), True),
        ("advert of its own", advert(a6["a1"]), True),
        ("advert of its own on the link", advert(local, local), True),
        ("solicitation", solicit(a6["a2"], a6["a1"]), True),
        ("address that is tried", solicit(local, "::"), True),
        ("listener's report", icmp(143, "::", bytes(4)), True),
        ("listener's report, IPv4", igmp_(0x16), True),
        ("a neighbour's", packet(a["a2"]), False),
        ("another one's of the network", packet(a["stray"]), False),
        ("the gateway's", packet(a["gateway"]), False),
        ("nobody's", packet("0.0.0.0", "255.255.255.255"), False),
        ("the other network's", packet(a["b1"]), False),
        ("a stranger's", packet(a["outside"]), False),
        ("a neighbour's, IPv6", packet6_(a6["a2"]), False),
        ("the gateway's, IPv6", packet6_(a6["gateway"]), False),
        ("a neighbour's on the link", packet6_(others_local), False),
        ("nobody's, IPv6", packet6_("::"), False),
        ("a neighbour's hardware", packet(a["a1"], hardware=other), False),
        ("a neighbour's hardware, IPv6", packet6_(a6["a1"], hardware=other), False),
        ("ARP from a neighbour's hardware", arp_(2, own, a["a1"], frame=other), False),
        ("ARP that tells a neighbour's hardware", arp_(2, other, a["a1"]), False),
        ("ARP that takes a neighbour's", arp_(2, own, a["a2"]), False),
        ("ARP that asks as a neighbour", arp_(1, own, a["a2"]), False),
        ("ARP that takes the gateway's", arp_(2, own, a["gateway"]), False),
        ("ARP that tries", arp_(1, own, "0.0.0.0"), False),
        ("ARP of another kind",
         lambda mark: ethernet(own, 0x806, b"\0\6" + arp(2, own, a["a1"], a["a2"])[2:] + mark), False),
        ("advert of a neighbour's", advert(a6["a2"]), False),
        ("advert of the gateway's", advert(a6["gateway"]), False),
        ("advert of a neighbour's on the link", advert(others_local, local), False),
        ("advert behind options", advert(a6["a2"], before=hop_by_hop, first=0), False),
        ("advert in a fragment", advert(a6["a2"], before=fragment, first=44), False),
        ("a neighbour's address that is tried", solicit(a6["a2"], "::"), False),
        ("a router's advert", icmp(134, local, bytes([64, 0, 7, 8]) + bytes(8)), False),
        ("a router's redirection", icmp(137, local, bytes(4) + ip6(a6["a2"]) + ip6(a6["outside"])), False),
        ("a router's question who listens", icmp(130, local, bytes(20)), False),
        ("a router's question behind options", icmp(130, local, bytes(20), hop_by_hop, 0), False),
        ("a router's renumbering", icmp(138, local, bytes(12)), False),
        ("a multicast router's advert", icmp(151, local, bytes(4)), False),
        ("a router's question who listens, IPv4", igmp_(0x11), False),
        ("a multicast router's advert, IPv4", igmp_(0x30), False),
        ("a neighbour's in a VLAN",
         lambda mark: ethernet(own, 0x8100, b"\0\5\x08\0" + udp4(a["a2"], "10.1.0.255", data=mark)), False),
        ("a neighbour's by PPP",
         lambda mark: ethernet(own, 0x8864, b"\x11\0\0\0\0\x2a\0\x21"
                               + udp4(a["a2"], "10.1.0.255", data=mark)), False),
        ("another protocol", lambda mark: ethernet(own, 0x88b5, mark), False),
    ]


def check_ports(render, failures):
    """A port of a bridge lets its container's own pass, towards neighbours and the gateway."""
    for icc in (True, False):
        world = World(render, "bridge", icc, False, True)
        try:
            world.load()
            table = neighbourly(world)
            frames = [make(MARK + b"%02d" % i) for i, (_, make, _) in enumerate(table)]
            frames.append(table[0][1](END))
            listeners = [("gateway", Listener("host", "kleene0"))]
            if icc:
                listeners.append(("neighbour", Listener("a2", "eth0")))
            send("a1", "eth0", frames)
            for where, listener in listeners:
                arrived = listener.numbers()
                for i, (name, _, passes) in enumerate(table):
                    failures.check((i in arrived) == passes,
                                   f"port, icc {on(icc)}: {name} {'does not reach' if passes else 'reaches'} "
                                   f"the {where}")
            fdb = run("ip", "netns", "exec", "host", "bridge", "fdb", "show", "br", "kleene0")
            failures.check(f"{HARDWARE['a2']} dev port1" not in fdb, "the bridge has learnt a stranger's")
        finally:
            world.end()


def router(world, who):
    """(own hardware address, the host's) of somebody's link to the host."""
    interface = {"a1": "kleene0", "a2": "kleene0", "b1": "kleene1", "neighbour": "eth1"}[who]
    if interface == "kleene0" and world.kind != "bridge":
        interface = {"a1": "port1", "a2": "port2"}[who]

    def address(namespace, name):
        return json.loads(run("ip", "-n", namespace, "-j", "link", "show", name))[0]["address"]

    return address(who, "eth0"), address("host", interface)


def to_host(world, who, source, to, ports, mark):
    """A packet of somebody's to the host, or to whom it is to lead to."""
    own, hosts = router(world, who)
    if ":" in to:
        send(who, "eth0", [ethernet(own, 0x86dd, udp6(source, to, ports, mark), hosts)])
    else:
        send(who, "eth0", [ethernet(own, 0x800, udp4(source, to, ports, mark), hosts)])


FLOW = """
import socket, sys
own, to = (sys.argv[1], int(sys.argv[2])), (sys.argv[3], int(sys.argv[4]))
with socket.socket(socket.AF_INET6 if ":" in own[0] else socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.settimeout(30); s.bind(own); s.sendto(b"?", to); s.recvfrom(100)
"""


def flow(world, who, source, to, ports=(5555, 53)):
    """A connection by UDP that has been answered, and is known from now on."""
    run("ip", "netns", "exec", who, sys.executable, "-c", FLOW, source, str(ports[0]), to, str(ports[1]))


def only_inet(world):
    """What a bridge's ports let pass is not to hide what the host lets pass."""
    world.nft("delete table bridge kleene\n")


def someone_elses_flow(world):
    flow(world, "a1", world.address[4]["a1"], world.address[4]["outside"])
    only_inet(world)


def becomes_internal(world):
    flow(world, "a1", world.address[4]["a1"], world.address[4]["outside"])
    world.internal = True
    world.load()


# (name: first rule, second rule; preparation, who, source, to, ports, where it is not to arrive,
#  by whom something may arrive there): a packet that both rules are for
ORDER = [
    ("source, known: another network's container goes on with a flow",
     someone_elses_flow, "b1", "a1", "outside", (5555, 53), "outside", "b1"),
    ("routed, known: somebody on the wire goes on with a flow",
     someone_elses_flow, "neighbour", "a1", "outside", (5555, 53), "outside", "neighbour"),
    ("internal, known: it goes on with what it had before it was internal",
     becomes_internal, "a1", "a1", "outside", (5555, 53), "outside", "b1"),
    ("source, icc: another network's container is one of this",
     only_inet, "b1", "stray", "a2", (5555, 53), "a2", "a1"),
    ("source, published: another network's container is one of this",
     only_inet, "b1", "stray", "eth0", (5555, 5300), "a1", "b1"),
    ("routed, published: somebody on the wire is a container",
     only_inet, "neighbour", "a2", "eth1", (5555, 5300), "a1", "neighbour"),
]


def check_order(render, failures):
    """Of two rules that a packet meets, the first counts."""
    for name, prepare, who, source, to, ports, where, other in ORDER:
        world = World(render, "bridge", True, False, True)
        try:
            a = world.address[4]
            world.load()
            prepare(world)
            listener = Listener(where, "eth0")
            to_host(world, who, a[source], a[to], ports, MARK + b"00")
            to_host(world, other, a[other], a[to], ports, END)
            failures.check(listener.numbers() == set(), f"order of {name}")
        finally:
            world.end()


def check_lo(render, failures):
    """What is published on lo is there for the host alone."""
    world = World(render, "bridge", True, False, True)
    try:
        load_with_lo(world, 1, ["lo", "eth1"])
        flow(world, "host", "127.0.0.1", "127.0.0.1", (5555, 5300))
        for who in ("neighbour", "b1", "a2"):
            listener = Listener("a1", "eth0")
            a = world.address[4]
            to_host(world, who, a[who], "127.0.0.1", (5556, 5300), MARK + b"00")
            to_host(world, who, a[who], a["eth1"], (5557, 5300), END)
            failures.check(listener.numbers() == set(), f"a port published on lo is reached by {who}")
    finally:
        world.end()


def check_lo6(render, failures):
    """The same of IPv6, where no bridge is between; with br_netfilter the kernel does not see to it."""
    world = World(render, "loopback", True, False, True)
    try:
        model = world.model()
        model["host"].append({"interface": "lo", "address": "::1"})
        model["ports"][1]["interfaces"] = ["::1", "eth1"]
        world.nft(world.rendered("nft", model))
        world.ip("host", "route add local ::1 dev port1 table local metric 1024")
        world.flush()
        flow(world, "host", "::1", "::1", (5555, 5300))
        settings = ("0", "1") if os.path.exists("/proc/sys/net/bridge") else ("",)
        for bridged, who in itertools.product(settings, ("neighbour", "b1", "a2")):
            if bridged:
                world.sysctl("net.bridge.bridge-nf-call-ip6tables", bridged)
            listener = Listener("a1", "eth0")
            a = world.address[6]
            to_host(world, who, a[who], "::1", (5556, 5300), MARK + b"00")
            to_host(world, who, a[who], a["eth1"], (5557, 5300), END)
            failures.check(listener.numbers() == set(),
                           f"a port published on ::1 is reached by {who}, br_netfilter {bridged or 'no'}")
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
    if wanted in ("ports", ""):
        check_ports(render, failures)
    if wanted in ("order", ""):
        check_order(render, failures)
    if wanted in ("lo", ""):
        check_lo(render, failures)
        check_lo6(render, failures)
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
