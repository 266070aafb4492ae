# SPDX-License-Identifier: BSD-2-Clause
"""Networks around a daemon's host, the same on all systems.

    outside ── eth0 host eth1 ── neighbour

The host's default routes lead to "outside", as does its resolv.conf(5). There is no server unless a
test starts one, so questions are refused at once. world_<system>.py says what the places are made of.
"""

import contextlib
import os
import subprocess

ADDRESSES = {
    "outside": ("192.0.2.2", "2001:db8::2"),
    "eth0": ("192.0.2.1", "2001:db8::1"),
    "neighbour": ("198.51.100.2", "2001:db8:1::2"),
    "eth1": ("198.51.100.1", "2001:db8:1::1"),
}
LINKS = {"outside": "eth0", "neighbour": "eth1"}
LENGTHS = (24, 64)


class World:
    forwarding_settings = ()  # of IPv4 and IPv6, sysctl(8)
    # whether the host hides senders of its own from vnet containers that publish a port
    hides_senders = False
    # whether ports of containers behind a bridge answer on the host's ::1
    loopback6 = True
    one_daemon = ""  # the words in which a second daemon is refused networks, if it is

    def __init__(self, directory):
        """directory: for files of the host's."""
        self.directory = directory
        self.children = []
        self.resolv_conf = os.path.join(directory, "resolv.conf")
        with open(self.resolv_conf, "w", encoding="ascii") as file:
            file.write(f"nameserver {ADDRESSES['outside'][0]}\n")
        try:
            self.build()
        except BaseException:
            self.end()
            raise

    def end(self):
        """Takes down all that was built, be it only a part."""
        self.end_children()
        self.take_down()

    def end_children(self):
        while self.children:
            child = self.children.pop()
            child.kill()
            for stream in filter(None, (child.stdin, child.stdout)):
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
            child.wait()

    # ---- of the system ----

    def build(self):
        raise NotImplementedError

    def take_down(self):
        raise NotImplementedError

    def prefix(self, place):
        """What to put before a command that is to run there."""
        raise NotImplementedError

    def daemon_prefix(self):
        """The same for the daemon in the host, which sees the world's resolv.conf."""
        raise NotImplementedError

    def daemon_settings(self):
        """What the daemon's configuration must say."""
        return {}

    # ---- commands ----

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

    # ---- what there is in the host ----

    def forwarding(self):
        """For IPv4 and IPv6, whether the host forwards packets."""
        found = self.run("host", "sysctl", "-n", *self.forwarding_settings).split()
        return tuple(value == "1" for value in found)

    def forward_nothing(self):
        for name in self.forwarding_settings:
            self.run("host", "sysctl", "-q", f"{name}=0")
