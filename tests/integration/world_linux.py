"""Networks around a daemon's host, in namespaces of their own.

    outside ── eth0 host eth1 ── neighbour

The daemon runs in "host", whose default routes lead to "outside", as does its resolv.conf(5). There
is no server unless a test starts one, so questions are refused at once. Namespaces are those of processes
that do nothing, so they have no name anywhere, and nothing of them outlives these processes.
"""

import contextlib
import os
import re
import subprocess
import time

ADDRESSES = {
    "outside": ("192.0.2.2", "2001:db8::2"),
    "eth0": ("192.0.2.1", "2001:db8::1"),
    "neighbour": ("198.51.100.2", "2001:db8:1::2"),
    "eth1": ("198.51.100.1", "2001:db8:1::1"),
}
LINKS = {"outside": "eth0", "neighbour": "eth1"}
SYSCTLS = ["net.ipv4.conf", "net.ipv4.ip_forward", "net.ipv4.neigh", "net.ipv6.conf", "net.bridge"]


class World:
    def __init__(self, directory):
        """directory: for files of the host's."""
        self.holders = {}
        self.children = []
        self.resolv_conf = os.path.join(directory, "resolv.conf")
        with open(self.resolv_conf, "w", encoding="ascii") as file:
            file.write(f"nameserver {ADDRESSES['outside'][0]}\n")
        try:
            self.build()
        except BaseException:
            self.end()
            raise

    def build(self):
        for place in ("host", "outside", "neighbour"):
            self.add_place(place)
        for place, interface in LINKS.items():
            self.link(place, interface)
        for address in ADDRESSES["outside"]:
            self.ip("host", f"route add default via {address}")
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
        for own, theirs, length in zip(ADDRESSES[interface], ADDRESSES[place], (24, 64)):
            self.ip("host", f"addr add {own}/{length} dev {interface}")
            self.ip(place, f"addr add {theirs}/{length} dev eth0", f"route add default via {own}")

    def prefix(self, place):
        """What to put before a command that is to run there."""
        return ["nsenter", f"--net=/proc/{self.holders[place].pid}/ns/net", "--"]

    def daemon_prefix(self):
        """The same for the daemon in the host, which sees the world's resolv.conf."""
        bind = f'mount --bind {self.resolv_conf} /etc/resolv.conf && exec "$@"'
        return [*self.prefix("host"), "unshare", "-m", "sh", "-c", bind, "-"]

    def run(self, place, *command, check=True, text=None):
        done = subprocess.run(
            [*self.prefix(place), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            input=text, text=True, check=False,
        )
        assert not check or done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    def popen(self, place, *command):
        """A process there, which ends with the world at the latest."""
        self.children.append(subprocess.Popen(
            [*self.prefix(place), *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ))
        return self.children[-1]

    def ip(self, place, *lines):
        self.run(place, "ip", "-batch", "-", text="\n".join(lines) + "\n")

    def end(self):
        for child in (*self.children, *self.holders.values()):
            child.kill()
            for stream in filter(None, (child.stdin, child.stdout)):
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
            child.wait()

    # ---- what there is in the host ----

    def interfaces(self):
        links = self.run("host", "ip", "-o", "link").splitlines()
        return {re.match(r"\d+: ([^:@]+)", line).group(1) for line in links}

    def has_link_address(self, interface):
        found = self.run("host", "ip", "-o", "-6", "addr", "show", "dev", interface, "scope", "link")
        return "fe80" in found and "tentative" not in found

    def addresses(self, interface):
        lines = self.run("host", "ip", "-o", "addr", "show", "dev", interface).splitlines()
        return {line.split()[3] for line in lines}

    def ruleset(self):
        return self.run("host", "nft", "list", "ruleset")

    def tables(self):
        return set(self.run("host", "nft", "list", "tables").splitlines())

    def forwarding(self):
        """For IPv4 and IPv6, whether the host forwards packets."""
        names = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")
        return tuple(self.run("host", "sysctl", "-n", name).strip() == "1" for name in names)

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

    # ---- accidents ----

    def reboot(self):
        """Takes away what the end of a host takes away: all that was not there at first."""
        self.run("host", "nft", "flush", "ruleset")
        for interface in self.interfaces() - {"lo", *LINKS.values()}:
            self.run("host", "ip", "link", "del", interface, check=False)
        for interface in LINKS.values():
            for table in ("-4", "-6"):
                self.run("host", "ip", table, "neigh", "flush", "proxy", "dev", interface, check=False)
        for name in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
            self.run("host", "sysctl", "-q", "-w", f"{name}=0")
