# SPDX-License-Identifier: BSD-2-Clause
"""The world on FreeBSD: persistent jails with network stacks of their own, joined by epair(4)s.

pf(4) and the default route are the host's, and no jail can have ZFS, pf and jails of its own as a
host has them. So the daemon runs on the machine itself, which must be one for tests: as long as
there is a world, its default routes, resolv.conf(5), pf's rules and forwarding are the world's. At
the end all of it must be as it was.
"""

import contextlib
import os
import re
import shutil

import leaks
import programs
import world
from world import ADDRESSES, LENGTHS, LINKS

TEMPLATE = os.path.join(programs.REPOSITORY, "packaging/freebsd/pf.conf.kleene")
RESOLV_CONF = "/etc/resolv.conf"
PF_CONF = "/etc/pf.conf"
SYSCTLS = ("net.inet.ip", "net.inet6.ip6", "net.link.bridge", "net.link.ether.inet")
COUNTERS = ("intr_queue_drops", "stats", "rip6stats", "frag6", "fragpackets", "frags", "curfrags")
FOREIGN_RULES = """
table <some> { 203.0.113.5 }
block drop quick from <some> to any
"""


def configure(interface, addresses):
    """ifconfig(8) lines. Addresses are to be there at once, those of the link among them."""
    lines = [f"ifconfig {interface} inet6 no_dad -ifdisabled auto_linklocal up"]
    for family, address, length in zip(("inet", "inet6"), addresses, LENGTHS):
        lines.append(f"ifconfig {interface} {family} {address}/{length}")
    return lines


class World(world.World):
    forwarding_settings = ("net.inet.ip.forwarding", "net.inet6.ip6.forwarding")
    hides_senders = True
    loopback = "lo0"
    one_daemon = "pf has but one set of rules"

    def __init__(self, directory):
        self.jails = {}
        self.template = os.path.join(directory, "pf.conf.kleene")
        self.config = os.path.join(directory, "pf.conf")
        self.saved = os.path.join(directory, "resolv.conf.before")
        self.remember()
        super().__init__(directory)
        self.first = self.state()

    # ---- the machine as it was ----

    def remember(self):
        self.machine = self.state()
        lines = [line.split() for line in self.run("host", "netstat", "-rn").splitlines()]
        self.routers = [words[1] for words in lines if words and words[0] == "default"]
        self.settings = self.run("host", "sysctl", *self.forwarding_settings).splitlines()
        self.had_pf = self.is_enabled()
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(RESOLV_CONF, self.saved)

    def is_enabled(self):
        return "Status: Enabled" in self.run("host", "pfctl", "-s", "info")

    def restore(self):
        self.run("host", "pfctl", "-q", "-F", "all")
        if os.path.exists(PF_CONF):
            self.run("host", "pfctl", "-q", "-f", PF_CONF)
        if not self.had_pf:
            self.run("host", "pfctl", "-q", "-d", check=False)
        for setting in self.settings:
            self.run("host", "sysctl", "-q", setting.replace(": ", "="))
        self.remove_default_routes()
        for router in self.routers:
            self.route("add", router)
        if os.path.exists(self.saved):
            shutil.move(self.saved, RESOLV_CONF)
        else:
            os.unlink(RESOLV_CONF)

    # ---- building ----

    def build(self):
        shutil.copy(self.resolv_conf, RESOLV_CONF)
        self.forward_nothing()
        for place, interface in LINKS.items():
            self.add_place(place, interface)
        self.remove_default_routes()
        self.add_default_routes()
        self.load_bare_rules()

    def add_place(self, place, interface):
        """A jail, joined with the host, to which it routes everything."""
        name = f"kleene_test_{os.getpid()}_{place}"
        # ping(8) is run there, too
        self.jails[place] = self.run(
            "host", "jail", "-i", "-c", "vnet", "persist", "path=/", f"name={name}", "allow.raw_sockets"
        ).strip()
        pair = self.run("host", "ifconfig", "epair", "create").strip()[:-1]
        routers = ADDRESSES[interface]
        self.shell("host", f"ifconfig {pair}b vnet {self.jails[place]}",
                   f"ifconfig {pair}a name {interface}", *configure(interface, routers))
        self.shell(place, "ifconfig lo0 127.0.0.1/8 up", f"ifconfig {pair}b name eth0",
                   *configure("eth0", ADDRESSES[place]),
                   f"route -q add default {routers[0]}", f"route -q -6 add default {routers[1]}")

    def bare_rules(self):
        """The rules of a host that has no networks: the template without what Kleene puts there."""
        with open(TEMPLATE, encoding="ascii") as file:
            return re.sub("<%=.*?%>", "", file.read())

    def load_bare_rules(self):
        self.reset_template()
        with open(self.config, "w", encoding="ascii") as file:
            file.write(self.bare_rules())
        # whatever states there are of another world's
        self.shell("host", "pfctl -q -F all", f"pfctl -q -f {self.config}")

    def take_down(self):
        for interface in LINKS.values():
            self.run("host", "ifconfig", interface, "destroy", check=False)
        for jail in self.jails.values():
            self.run("host", "jail", "-r", jail, check=False)
        self.restore()
        for name in os.listdir(self.directory):
            if name.startswith("pf.conf"):
                os.unlink(os.path.join(self.directory, name))
        found = leaks.check_world(self, self.machine)
        assert not found, "not as it was before the world:\n" + "\n".join(found)

    # ---- commands ----

    def prefix(self, place):
        return [] if place == "host" else ["jexec", self.jails[place]]

    def daemon_prefix(self):
        return []

    def daemon_settings(self):
        return {"pf_config_template_path": self.template, "pf_config_path": self.config}

    def shell(self, place, *lines):
        self.run(place, "sh", "-e", "-s", text="\n".join(lines) + "\n")

    def route(self, verb, *router):
        family = "-6" if router and ":" in router[0] else "-4"
        self.run("host", "route", "-q", family, verb, "default", *router)

    # ---- what is in the host and around it ----

    def add_address(self, place, address):
        self.run(place, "ifconfig", "lo0", "alias", address)

    def remove_address(self, place, address):
        self.run(place, "ifconfig", "lo0", "-alias", address.split("/")[0])

    def add_default_routes(self):
        for router in ADDRESSES["outside"]:
            self.route("add", router)

    def remove_default_routes(self):
        for family in ("-4", "-6"):
            self.run("host", "route", "-q", family, "delete", "default", check=False)

    def add_route(self, words):
        """The command that leads to a subnet by a gateway."""
        return ["route", "-q", "add", "-net", *words]

    def remove_route(self, words):
        return ["route", "-q", "delete", "-net", *words]

    def remove_interface(self, name):
        self.run("host", "ifconfig", name, "destroy")

    def flush_rules(self):
        self.run("host", "pfctl", "-q", "-F", "all")

    def interfaces(self):
        return set(self.run("host", "ifconfig", "-l").split())

    def addresses(self):
        """Lines of interface, family and address with its length; without those of links."""
        found = set()
        for line in self.run("host", "ifconfig", "-f", "inet:cidr,inet6:cidr", "-a").splitlines():
            words = line.split()
            if not line.startswith("\t"):
                interface = words[0].rstrip(":")
            elif words[0].startswith("inet") and not words[1].startswith("fe80:"):
                found.add(f"{interface} {words[0]} {words[1]}")
        return found

    def routes(self):
        lines = [line.split()[:4] for line in self.run("host", "netstat", "-rn").splitlines()]
        found = {" ".join(words) for words in lines if len(words) == 4}
        return {re.sub(r"link#\d+", "link", line) for line in found if not line.startswith("fe80:")}

    def ruleset(self):
        """Rules of all anchors, with numbers of ports, not names."""
        return self.run("host", "pfctl", "-q", "-P", "-a", "*", "-s", "rules")

    def tables(self):
        """Of the rules that were loaded last: each name with each of what is in it."""
        if not os.path.exists(self.config):
            return set()
        with open(self.config, encoding="ascii") as file:
            lines = [line.split() for line in file if line.startswith("table")]
        return {f"{name} {address}" for _, name, *rest in lines for address in rest}

    def state(self):
        """All of the host's state that networks of containers may change: kind → set of lines."""
        settings = self.run("host", "sysctl", *SYSCTLS).splitlines()
        return {
            "interface": self.interfaces(),
            "address": self.addresses(),
            "route": self.routes(),
            "rule": set(self.ruleset().splitlines()),
            "translation": set(self.run("host", "pfctl", "-q", "-s", "nat").splitlines()),
            "name of a table": set(self.run("host", "pfctl", "-q", "-s", "Tables").splitlines()),
            "table": self.tables(),
            "sysctl": {s for s in settings if not s.split(":")[0].endswith(COUNTERS)},
        }

    @staticmethod
    def settled(state):
        """Of a state what is there with networks alone: containers' addresses are whole ones."""
        own = {a for a in state["address"] if a.startswith("lo0") or not a.endswith(("/32", "/128"))}
        interfaces = {i for i in state["interface"] if not i.startswith("kl") or i.startswith("kleene")}
        return {"interface": interfaces, "address": own}

    # ---- accidents ----

    def reboot(self):
        """Takes away what the end of a host takes away: all that was not there at first."""
        for interface in self.interfaces() - self.first["interface"]:
            # one end of a pair goes with the other
            self.run("host", "ifconfig", interface, "destroy", check=False)
        for line in self.addresses() - self.first["address"]:
            interface, family, address = line.split()
            self.run("host", "ifconfig", interface, family, address.split("/")[0], "-alias")
        for line in self.routes() - self.first["route"]:
            to = line.split()[0]
            self.run("host", "route", "-q", "-6" if ":" in to else "-4", "delete", to)
        self.forward_nothing()
        # the host's start loads what there is
        self.shell("host", "pfctl -q -F all", f"pfctl -q -f {self.config}")

    # ---- others ----

    def add_foreign(self):
        """Rules and interfaces of somebody else's; the second is called as ours would be."""
        self.run("host", "pfctl", "-q", "-a", "theirs", "-f", "-", text=FOREIGN_RULES)
        self.shell("host", "ifconfig bridge create name theirs0",
                   "ifconfig theirs0 description their-own",
                   "ifconfig bridge create name kleene0", "ifconfig kleene0 203.0.113.1/24 up",
                   "route -q add -net 203.0.114.0/24 203.0.113.9")

    def remove_foreign(self):
        self.shell("host", "pfctl -q -a theirs -F all", "route -q delete -net 203.0.114.0/24",
                   "ifconfig theirs0 destroy", "ifconfig kleene0 destroy")

    def reset_template(self):
        shutil.copyfile(TEMPLATE, self.template)

    def edit_template(self, old, new):
        """The daemon reads the template when it starts, and with each change of its rules."""
        with open(self.template, encoding="ascii") as file:
            text = file.read()
        assert old in text
        with open(self.template, "w", encoding="ascii") as file:
            file.write(text.replace(old, new))

    def block(self, kleene, port):
        """A rule of the administrator's, where they belong."""
        mark = "<%= kleene_filtering %>"
        self.edit_template(mark, f"block quick proto tcp to any port {port}\n{mark}")
        kleene.restart()

    def let_in(self, kleene, address):
        """A rule of the administrator's in the template, also before there are networks."""
        mark = "<%= kleene_filtering %>"
        self.edit_template(mark, f"pass in quick to {address}\n{mark}")
        kleene.restart()

    def shut_out(self, kleene, address):
        self.edit_template(f"pass in quick to {address}\n", "")
        kleene.restart()

    def is_blocked(self, port):
        return re.search(rf"^block drop quick proto tcp .* port = {port}$", self.ruleset(), re.M)

    def unblock(self, kleene):
        self.edit_template("block quick proto tcp", "# block quick proto tcp")
        kleene.restart()
