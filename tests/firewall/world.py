# SPDX-License-Identifier: BSD-2-Clause
"""A host with containers, somebody outside and a neighbour on another interface, each a namespace.

    outside ── eth0 host eth1 ── neighbour
                     │
        kleene0: a1, a2        kleene1: b1

The rules are the project's own, rendered from a model; the world around them is made by ip(8).
"""

import json
import os
import subprocess
import tempfile

from agent import Agent
from expected import ADDRESSES, CUSTOM, CUSTOM_SUBNETS, PORTS, SUBNETS

FULL = {4: "32", 6: "128"}
HARDWARE = {"a1": "02:00:00:00:01:01", "a2": "02:00:00:00:01:02", "b1": "02:00:00:00:02:01"}
LINK = {4: "169.254.1.1", 6: "fe80::1"}  # the next hop of containers that are routed to


def run(*argv, text=None):
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr}\n{text or ''}"
    return done.stdout


class World:
    hides_senders = False  # of other containers on the host, where a port is published

    def __init__(self, render, kind, icc, internal, nat):
        self.render, self.kind = render, kind
        self.icc, self.internal, self.nat = icc, internal, nat
        self.address = {f: dict(ADDRESSES[f]) for f in (4, 6)}
        if kind == "custom":
            for family, own in CUSTOM.items():
                self.address[family].update(own)
        self.commands = {}
        self.agents = {}
        self.build()

    def ip(self, namespace, line):
        self.commands.setdefault(namespace, []).append(line)

    def flush(self):
        """The host's commands come first: they make the links of the others."""
        for namespace in sorted(self.commands, key=lambda name: name != "host"):
            lines = self.commands[namespace]
            run("ip", "-n", namespace, "-batch", "-", text="\n".join(lines) + "\n")
        self.commands = {}

    # ---- building ----

    def build(self):
        for name in ("outside", "host", "neighbour", "a1", "a2", "b1"):
            run("ip", "netns", "add", name)
            self.ip(name, "link set lo up")
        self.sysctl("net.ipv4.ip_forward", 1)
        self.sysctl("net.ipv6.conf.all.forwarding", 1)
        self.link("outside", "eth0")
        self.link("neighbour", "eth1")
        self.bridge("kleene0", "gateway", self.kind)
        self.bridge("kleene1", "other gateway", "bridge")
        self.join("a1", "port1", "kleene0", self.kind)
        self.join("a2", "port2", "kleene0", self.kind)
        self.join("b1", "port3", "kleene1", "bridge")
        self.flush()
        for name in ("outside", "neighbour", "a1", "a2", "b1"):
            self.agents[name] = Agent(name, [80, 7101, 9001], [53])
        self.agents["host"] = Agent("host", [2200], [])

    def sysctl(self, name, value):
        run("ip", "netns", "exec", "host", "sysctl", "-q", "-w", f"{name}={value}")

    def link(self, name, interface):
        """Joins host and name, which routes everything to the host."""
        self.ip("host", f"link add {interface} type veth peer name eth0 netns {name}")
        self.ip("host", f"link set {interface} up")
        self.ip(name, "link set eth0 up")
        for family, length in ((4, 24), (6, 64)):
            a = self.address[family]
            self.ip("host", f"addr add {a[interface]}/{length} dev {interface} {nodad(family)}")
            self.ip(name, f"addr add {a[name]}/{length} dev eth0 {nodad(family)}")
            self.ip(name, f"route add default via {a[interface]}")

    def bridge(self, interface, gateway, kind):
        self.ip("host", f"link add {interface} type bridge")
        self.ip("host", f"link set {interface} up")
        for family, length in ((4, 24), (6, 64)):
            if kind == "bridge":
                self.ip("host", f"addr add {self.address[family][gateway]}/{length} "
                        f"dev {interface} {nodad(family)}")

    def join(self, name, port, interface, kind):
        """A container's pair: a port of the bridge, or a way to its address alone."""
        self.ip("host", f"link add {port} type veth peer name eth0 address {HARDWARE[name]} "
                f"netns {name}")
        if kind == "bridge":
            self.ip("host", f"link set {port} master {interface}")
            # with br_netfilter, what a container sends to itself by the host's address goes back
            # through its own port
            self.ip("host", f"link set {port} type bridge_slave hairpin on")
        self.ip("host", f"link set {port} up")
        self.ip(name, "link set eth0 up")
        for family, length in ((4, 24), (6, 64)):
            address = self.address[family][name]
            if kind == "bridge":
                gateway = self.address[family]["gateway" if interface == "kleene0"
                                               else "other gateway"]
                self.ip(name, f"addr add {address}/{length} dev eth0 {nodad(family)}")
                self.ip(name, f"route add default via {gateway}")
                continue
            full = FULL[family]
            self.ip("host", f"addr add {LINK[family]}/{full} dev {port} {nodad(family)}")
            self.ip("host", f"route add {address}/{full} dev {port}")
            self.ip(name, f"addr add {address}/{full} dev eth0 {nodad(family)}")
            self.ip(name, f"route add {LINK[family]} dev eth0")
            self.ip(name, f"route add default via {LINK[family]} dev eth0")
            if kind == "custom":
                self.ip("host", f"neigh add proxy {address} dev eth1")
        if kind == "custom":
            self.flush()
            self.sysctl("net.ipv6.conf.eth1.proxy_ndp", 1)
            self.sysctl("net.ipv4.conf.eth1.proxy_arp", 1)

    # ---- the firewall ----

    def model(self, ports=PORTS, without=()):
        subnets = CUSTOM_SUBNETS if self.kind == "custom" else SUBNETS
        own = {"id": "1", "type": self.kind, "icc": self.icc, "internal": self.internal,
               "interface": "eth1" if self.kind == "custom" else "kleene0",
               "nat": "eth0" if self.nat else "", "subnet": subnets[4], "subnet6": subnets[6]}
        other = {"id": "2", "type": "bridge", "interface": "kleene1", "nat": "eth0",
                 "subnet": "10.2.0.0/24", "subnet6": "fd00:2::/64",
                 "gateway": self.address[4]["other gateway"],
                 "gateway6": self.address[6]["other gateway"]}
        if self.kind == "bridge":
            own["gateway"] = self.address[4]["gateway"]
            own["gateway6"] = self.address[6]["gateway"]
        return {
            "instance": "kleene",
            "networks": [n for n in (own, other) if n["id"] not in without],
            "endpoints": [{"network": network, "container": name, "interface": port,
                           "hardware": HARDWARE[name],
                           "address": self.address[4][name], "address6": self.address[6][name]}
                          for network, name, port in (("1", "a1", "port1"), ("1", "a2", "port2"),
                                                      ("2", "b1", "port3"))
                          if name not in without],
            "host": [{"interface": i, "address": self.address[f][i]}
                     for i in ("eth0", "eth1") for f in (4, 6)],
            "ports": [{"container": "a1", "interfaces": ["eth0", "eth1"], "host_port": host,
                       "container_port": container, "protocol": protocol}
                      for host, container, protocol in ports],
        }

    def rendered(self, what, *models):
        with tempfile.TemporaryDirectory() as directory:
            paths = []
            for model in models:
                paths.append(os.path.join(directory, f"model{len(paths)}"))
                with open(paths[-1], "w", encoding="utf-8") as file:
                    json.dump(model, file)
            return run(self.render, what, *paths)

    def nft(self, text):
        run("ip", "netns", "exec", "host", "nft", "-f", "-", text=text)

    def ruleset(self):
        return run("ip", "netns", "exec", "host", "nft", "list", "ruleset")

    def load(self, **options):
        self.nft(self.rendered("nft", self.model(**options)))

    def change(self, before, after):
        self.nft(self.rendered("nft-change", before, after))

    # ---- probing ----

    def probe(self, probes):
        """Of (who, kind, address, port, expected[, source]) what each was told."""
        asked = {}
        for i, (who, *rest) in enumerate(probes):
            asked.setdefault(who, []).append((i, rest))
        for who, own in asked.items():
            self.agents[who].start([rest for _, rest in own])
        results = [None] * len(probes)
        for who, own in asked.items():
            for (i, _), result in zip(own, self.agents[who].finish()):
                results[i] = result
        return results

    def end(self):
        for agent in self.agents.values():
            agent.end()
        for name in ("outside", "host", "neighbour", "a1", "a2", "b1"):
            run("ip", "netns", "del", name)


def nodad(family):
    """IPv6 addresses are to be there at once."""
    return "nodad" if family == 6 else ""
