# SPDX-License-Identifier: BSD-2-Clause
"""What neighbours in a network remember of a container, and what they are told of it."""

import contextlib
import os
import sqlite3

import pytest

import peers
from harness import IMAGE, wait_until

pytestmark = pytest.mark.skipif(
    os.uname().sysname != "Linux", reason="neighbours are looked at and set by ip(8)")

BRIDGE = ("-t", "bridge", "--subnet", "10.1.0.0/24", "--subnet6", "fd00:1::/64")
ADDRESSES = ("10.1.0.9", "fd00:1::9")
WRONG = "02:00:00:00:00:99"


def start(kleene, name, *options):
    container = kleene.detached("--name", name, "-n", "net", *options, IMAGE,
                                "peer", "serve", name, "tcp:80")
    kleene.wait_log(container, "peer: ready")
    return container


def server(kleene):
    return start(kleene, "srv", "--ip", ADDRESSES[0], "--ip6", ADDRESSES[1])


def in_network_of(kleene, container, *command):
    """Runs a command of the host's in the container's network."""
    pid = next(p for p in kleene.system.wardens() if kleene.system.container_of(p) == container)
    return kleene.world.run("host", "nsenter", f"--net=/proc/{pid}/ns/net", "--", *command)


def hardware(kleene, container):
    text = in_network_of(kleene, container, "ip", "-o", "link", "show", "eth0")
    return text.split("link/ether ")[1].split()[0]


def remember(kleene, container, address, station, state):
    in_network_of(kleene, container, "ip", "neigh", "replace", address, "lladdr", station,
                  "nud", state, "dev", "eth0")


def remembered(kleene, container, address):
    return in_network_of(kleene, container, "ip", "neigh", "show", address).split()


def ask(kleene, container, address):
    wait = peers.WAIT[True]
    out = kleene.klee("exec", container, "peer", "ask", "tcp", address, "80", str(wait)).out
    return out.splitlines()[1].split()[0]


def test_a_container_made_anew_is_where_its_neighbours_remember_it(networked):
    """What never asks for neighbours again finds it all the same."""
    networked.network("net", *BRIDGE)
    other = start(networked, "other")
    before = hardware(networked, server(networked))
    for address in ADDRESSES:
        remember(networked, other, address, before, "permanent")
    for _ in range(2):
        networked.klee("rmc", "-f", "srv")
        assert hardware(networked, server(networked)) == before
        for address in ADDRESSES:
            assert ask(networked, other, address) == "srv:80"


def test_a_container_announces_its_addresses_when_it_starts(networked):
    """Neighbours are told where it is, whatever they remember of who had the address before."""
    networked.network("net", *BRIDGE)
    other = start(networked, "other")
    for address in ADDRESSES:
        remember(networked, other, address, WRONG, "reachable")
    station = hardware(networked, server(networked))
    for address in ADDRESSES:
        wait_until(lambda a=address: station in remembered(networked, other, a),
                   f"{address} to be known by its new station")
        assert ask(networked, other, address) == "srv:80"


def test_a_container_announces_its_addresses_when_it_is_connected(networked):
    networked.network("net", *BRIDGE)
    networked.network("first", "-t", "bridge", "--subnet", "10.2.0.0/24")
    other = start(networked, "other")
    late = networked.detached("--name", "srv", "-n", "first", IMAGE, "sleep", "1000")
    remember(networked, other, ADDRESSES[0], WRONG, "reachable")
    networked.klee("network", "connect", "--ip", ADDRESSES[0], "net", late)
    wait_until(lambda: WRONG not in remembered(networked, other, ADDRESSES[0]),
               "the neighbour to be told")


def test_containers_of_an_earlier_daemon_keep_their_stations(networked):
    """What runs when the daemon is upgraded is not cut off; its next start gives it the new one."""
    networked.network("net", *BRIDGE)
    srv = server(networked)
    other = start(networked, "other")
    new = hardware(networked, srv)
    endpoint = networked.endpoints(srv)["net"]["id"]
    old = f"{int(endpoint[:2], 16) & 0xfc | 2:02x}:" + ":".join(
        endpoint[i : i + 2] for i in range(2, 12, 2))
    networked.stop()
    # as the earlier daemon has left it: in the store, and in the container's network
    path = os.path.join(networked.system.root_directory(networked.root), "kleene.sqlite")
    with contextlib.closing(sqlite3.connect(path)) as store, store:
        assert store.execute("UPDATE endpoint SET by_address = 0 WHERE id = ?",
                             (endpoint,)).rowcount == 1
    in_network_of(networked, srv, "ip", "link", "set", "eth0", "address", old)
    networked.start()
    for address in ADDRESSES:
        assert ask(networked, other, address) == "srv:80"
    networked.klee("restart", srv)
    networked.wait_status(srv, "running")
    assert hardware(networked, srv) == new
    assert f'"kl{endpoint}" . {old}' not in networked.world.ruleset()
