# SPDX-License-Identifier: BSD-2-Clause
"""The world on Linux: namespaces of processes that do nothing, which have no name anywhere.

The daemon runs in one of them. Nothing outlives these processes, and the machine's own interfaces,
rules and settings take no part.
"""

import os
import re
import subprocess
import time

import world
from world import ADDRESSES, LENGTHS, LINKS

SYSCTLS = ["net.ipv4.conf", "net.ipv4.ip_forward", "net.ipv4.neigh", "net.ipv6.conf", "net.bridge"]
FOREIGN_RULES = """
table inet theirs {
	set some { type ipv4_addr; elements = { 203.0.113.5 } }
	chain forward { type filter hook forward priority 10; ip saddr @some drop; }
}
table ip nat {
	chain postrouting { type nat hook postrouting priority 100; }
}
"""


class World(world.World):
    loopback = "lo"
    loopback6 = False
    forwarding_settings = ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding")

    def __init__(self, directory):
        self.holders = {}
        super().__init__(directory)

    def build(self):
        for place in ("host", "outside", "neighbour"):
            self.add_place(place)
        for place, interface in LINKS.items():
            self.link(place, interface)
        self.add_default_routes()
        while any(not self.has_link_address(i) for i in LINKS.values()):
            time.sleep(0.01)

    def add_place(self, place):
        self.holders[place] = subprocess.Popen(
            ["unshare", "-n", "sh", "-c", "echo; exec sleep 100000"], stdout=subprocess.PIPE
        )
        self.holders[place].stdout.readline()
        self.ip(place, "link set lo up")

    def link(self, place, interface):
        """Joins host and place, which routes everything to the host."""
        pid = self.holders[place].pid
        self.ip("host", f"link add {interface} type veth peer name eth0 netns {pid}")
        for where, name in (("host", interface), (place, "eth0")):
            # their addresses, those of the link among them, are to be there at once
            self.run(where, "sysctl", "-q", "-w", f"net.ipv6.conf.{name}.accept_dad=0")
            self.ip(where, f"link set {name} up")
        for own, theirs, length in zip(ADDRESSES[interface], ADDRESSES[place], LENGTHS):
            self.ip("host", f"addr add {own}/{length} dev {interface}")
            self.ip(place, f"addr add {theirs}/{length} dev eth0", f"route add default via {own}")

    def prefix(self, place):
        """What to put before a command that is to run there."""
        return ["nsenter", f"--net=/proc/{self.holders[place].pid}/ns/net", "--"]

    def daemon_prefix(self):
        """The same for the daemon in the host, which sees the world's resolv.conf."""
        bind = f'mount --bind {self.resolv_conf} /etc/resolv.conf && exec "$@"'
        return [*self.prefix("host"), "unshare", "-m", "sh", "-c", bind, "-"]

    def ip(self, place, *lines):
        self.run(place, "ip", "-batch", "-", text="\n".join(lines) + "\n")

    def take_down(self):
        for holder in self.holders.values():
            holder.kill()
            holder.stdout.close()
            holder.wait()

    # ---- what is in the host and around it ----

    def add_address(self, place, address):
        self.ip(place, f"addr add {address} dev lo")

    def remove_address(self, place, address):
        self.ip(place, f"addr del {address} dev lo")

    def add_default_routes(self):
        self.ip("host", *(f"route add default via {address}" for address in ADDRESSES["outside"]))

    def remove_default_routes(self):
        for family in ("-4", "-6"):
            self.run("host", "ip", family, "route", "del", "default")

    def add_route(self, words):
        """The command that leads to a subnet by a gateway."""
        return ["ip", "route", "add", words[0], "via", words[1]]

    def remove_route(self, words):
        return ["ip", "route", "del", words[0], "via", words[1]]

    def remove_interface(self, name):
        self.run("host", "ip", "link", "del", name)

    def flush_rules(self):
        self.run("host", "nft", "flush", "ruleset")

    def interfaces(self):
        links = self.run("host", "ip", "-o", "link").splitlines()
        return {re.match(r"\d+: ([^:@]+)", line).group(1) for line in links}

    def has_link_address(self, interface):
        found = self.run("host", "ip", "-o", "-6", "addr", "show", "dev", interface, "scope", "link")
        return "fe80" in found and "tentative" not in found

    def ruleset(self):
        return self.run("host", "nft", "list", "ruleset")

    def state(self):
        """All of the host's state that networks of containers may change: kind → set of lines."""
        found = {"interface": self.interfaces(), "rule": set(self.ruleset().splitlines())}
        for kind, command in {
            "address": "-o addr", "IPv4 route": "-4 route show table all",
            "IPv6 route": "-6 route show table all", "routing rule": "rule",
            "IPv6 routing rule": "-6 rule", "proxy": "neigh show proxy",
        }.items():
            text = self.run("host", "ip", *command.split())
            found[kind] = {re.sub(r"^\d+: |\\.*", "", line).strip() for line in text.splitlines()}
        settings = self.run("host", "sysctl", "-a", check=False).splitlines()
        found["sysctl"] = {s for s in settings if s.startswith(tuple(SYSCTLS))}
        return found

    @staticmethod
    def settled(state):
        """Of a state what has nothing to do with interfaces of containers or elements of sets."""
        kinds = ("interface", "address")
        return {k: {x for x in state[k] if not x.startswith("kl") or x.startswith("kleene")} for k in kinds}

    # ---- accidents ----

    def reboot(self):
        """Takes away what the end of a host takes away: all that was not there at first."""
        self.flush_rules()
        for interface in self.interfaces() - {"lo", *LINKS.values()}:
            self.run("host", "ip", "link", "del", interface, check=False)
        for interface in LINKS.values():
            for table in ("-4", "-6"):
                self.run("host", "ip", table, "neigh", "flush", "proxy", "dev", interface, check=False)
        self.forward_nothing()

    # ---- others ----

    def add_foreign(self):
        """Rules and interfaces of somebody else's; the second is called as ours would be."""
        self.run("host", "nft", "-f", "-", text=FOREIGN_RULES)
        self.ip("host", "link add theirs0 type bridge", "link set theirs0 alias their-own",
                "link add kleene0 type bridge", "addr add 203.0.113.1/24 dev kleene0",
                "link set kleene0 addrgenmode none", "link set kleene0 up",
                "route add 203.0.114.0/24 via 203.0.113.9")

    def remove_foreign(self):
        self.flush_rules()
        self.ip("host", "link del theirs0", "link del kleene0")

    def block(self, kleene, port):
        """A rule of the administrator's, where they belong."""
        rule = ("tcp", "dport", str(port), "drop")
        self.run("host", "nft", "add", "rule", "inet", kleene.instance, "admin", *rule)

    def let_in(self, kleene, address):
        """A rule of the administrator's as the host's own file of rules has it, also before Kleene's are there."""
        rules = f"table inet {kleene.instance} {{ chain admin {{ ip daddr {address} accept; }}; }}"
        self.run("host", "nft", rules)

    def shut_out(self, kleene, _address):
        self.unblock(kleene)

    def is_blocked(self, port):
        return f"tcp dport {port} drop" in self.ruleset()

    def unblock(self, kleene):
        self.run("host", "nft", "flush", "chain", "inet", kleene.instance, "admin")
