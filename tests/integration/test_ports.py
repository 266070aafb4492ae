# SPDX-License-Identifier: BSD-2-Clause
"""Published ports by address, on localhost, and at any free port of the host's."""

import pytest

import peers
from harness import IMAGE, refused, wait_until
from test_networks import by_driver, serve
from test_port_holds import bind
from world import ADDRESSES

SUBNETS = ("--subnet", "10.1.0.0/24", "--subnet6", "fd00:1::/64")
HOST, HOST6 = ADDRESSES["eth0"]
ETH1, ETH1_6 = ADDRESSES["eth1"]


@pytest.fixture
def places(networked):
    """A peer in the host, one outside, and a container in another network, vnet and its root's own."""
    networked.network("far", "-t", "bridge", "--subnet", "10.2.0.0/24", "--subnet6", "fd00:2::/64")
    made = {
        "host": peers.in_world(networked.world, "host", ()),
        "outside": peers.in_world(networked.world, "outside", ()),
        "neighbour": peers.in_world(networked.world, "neighbour", ()),
        "far": peers.in_container(networked, "far", "-n", "far", "-l", "vnet", services=()),
    }
    yield made
    for peer in made.values():
        peer.end()


def answers(places, name, who, address, port, protocol="tcp", container_port=80):
    found = places[who].ask(protocol, address, port)
    assert found is not None and found[0] == f"{name}:{container_port}", f"{who} at {address}: {found}"


def is_shut(places, who, address, port, protocol="tcp"):
    found = places[who].ask(protocol, address, port, expected=False)
    assert found is None, f"{who} at {address}: {found}"


def published(kleene, name):
    """The ports of the host as the API has them."""
    return [p["host_port"] for p in kleene.inspect(name)["public_ports"]]


@by_driver
def test_localhost(networked, places, driver, kind):
    """Where no place is named, localhost is one, in both families and by both protocols."""
    networked.network("net", "-t", kind, *SUBNETS)
    serve(networked, "c", "-l", driver, "-n", "net", "-p", "8080:80", "-p", "5300:53/udp")
    answers(places, "c", "host", "127.0.0.1", 8080)
    answers(places, "c", "host", "127.0.0.1", 5300, "udp", 53)
    if networked.world.loopback6 or kind != "bridge":
        answers(places, "c", "host", "::1", 8080)
        answers(places, "c", "host", "::1", 5300, "udp", 53)
    else:  # nobody waits for an answer that does not come
        assert places["host"].ask("tcp", "::1", 8080) is None
        assert "refused" in places["host"].reasons[0]
    for address in (HOST, HOST6):
        answers(places, "c", "outside", address, 8080)
    for who in ("outside", "far"):
        is_shut(places, who, "127.0.0.1", 8080)
        is_shut(places, who, "::1", 8080)
    assert not bind(networked, "127.0.0.1", "tcp", 8080)
    assert not bind(networked, "::1", "udp", 5300)
    port = networked.inspect("c")["public_ports"][0]
    assert port["interfaces"] == ["eth0"], "the published answer names the interface alone"
    networked.restart()
    answers(places, "c", "host", "127.0.0.1", 8080)
    networked.klee("stop", "c")
    assert bind(networked, "127.0.0.1", "tcp", 8080)


@by_driver
def test_published_on_localhost_alone(networked, places, driver, kind):
    networked.network("net", "-t", kind, *SUBNETS)
    serve(networked, "c", "-l", driver, "-n", "net", "-p", "127.0.0.1:8080:80", "-p", "[::1]:8081:80")
    answers(places, "c", "host", "127.0.0.1", 8080)
    if networked.world.loopback6 or kind != "bridge":
        answers(places, "c", "host", "::1", 8081)
    is_shut(places, "host", HOST, 8080)
    is_shut(places, "host", "::1", 8080)
    for who in ("outside", "neighbour", "far"):
        for address in (HOST, ETH1, "127.0.0.1"):
            is_shut(places, who, address, 8080)
        for address in (HOST6, ETH1_6, "::1"):
            is_shut(places, who, address, 8081)
    assert bind(networked, HOST, "tcp", 8080)
    assert networked.klee("lsc", "--format", "{{.Ports}}").lines == [
        "", "127.0.0.1:8080->80/tcp, [::1]:8081->80/tcp"][::-1]


def test_published_at_an_address(networked, places):
    """At that one alone, be it one of several of its interface's; it may go and come back."""
    networked.world.add_address("host", "203.0.113.9/32")
    networked.network("net", *SUBNETS)
    serve(networked, "c", "-n", "net", "-p", "203.0.113.9:8080:80", "-p", f"{HOST}:8081:80",
          "-p", f"[{HOST6}]:5300:53/udp")
    for who in ("host", "outside", "neighbour", "far"):
        answers(places, "c", who, "203.0.113.9", 8080)
        is_shut(places, who, HOST, 8080)
        answers(places, "c", who, HOST, 8081)
        answers(places, "c", who, HOST6, 5300, "udp", 53)
        is_shut(places, who, HOST, 5300, "udp")
        is_shut(places, who, ETH1, 8081)
    is_shut(places, "host", "127.0.0.1", 8080)
    assert not bind(networked, "203.0.113.9", "tcp", 8080)
    assert bind(networked, HOST, "tcp", 8080)
    assert networked.inspect("c")["public_ports"][0]["interfaces"] == ["203.0.113.9"]
    networked.world.remove_address("host", "203.0.113.9/32")
    wait_until(lambda: places["outside"].ask("tcp", "203.0.113.9", 8080, expected=False) is None,
               "the rules to follow")
    networked.world.add_address("host", "203.0.113.9/32")
    wait_until(lambda: not bind(networked, "203.0.113.9", "tcp", 8080), "the port to be held again")
    wait_until(lambda: places["outside"].ask("tcp", "203.0.113.9", 8080), "the rules to follow")
    networked.world.remove_address("host", "203.0.113.9/32")


def test_published_at_all_addresses(networked, places):
    """0.0.0.0 and :: are those of the host's own, not of networks: their gateways serve names there."""
    networked.network("net", "-t", "bridge", *SUBNETS)
    serve(networked, "c", "-n", "net", "-p", "0.0.0.0:53:53/udp", "-p", "[::]:8080:80")
    networked.network("late", "-t", "bridge", "--subnet", "10.3.0.0/24")
    for who, address in (("outside", HOST), ("neighbour", ETH1), ("host", "127.0.0.1")):
        answers(places, "c", who, address, 53, "udp", 53)
    for who, address in (("outside", HOST6), ("neighbour", ETH1_6)):
        answers(places, "c", who, address, 8080)
        is_shut(places, who, HOST, 8080)
    for gateway in ("10.1.0.1", "10.3.0.1"):
        is_shut(places, "host", gateway, 53, "udp")
    is_shut(places, "host", "fd00:1::1", 8080)
    # the names of a network are still found, made before or after
    for network in ("net", "late"):
        found = networked.klee("run", "-q", "-n", network, IMAGE, "peer", "resolve", "outside.example", "A",
                               check=None)
        assert "timed out" not in found.out + found.err
    networked.restart()
    answers(places, "c", "neighbour", ETH1, 53, "udp", 53)


def test_any_free_port(networked, places):
    """It is chosen at the start, one for all places, held, shown, and another container's is another."""
    networked.network("net", *SUBNETS)
    serve(networked, "one", "-n", "net", "-p", "80", "-p", "53/udp")
    serve(networked, "two", "-n", "net", "-p", "127.0.0.1::80")
    (tcp, udp), (other,) = [[int(p) for p in published(networked, name)] for name in ("one", "two")]
    assert all(port > 1023 for port in (tcp, udp, other)) and tcp != other
    for who, address in (("outside", HOST), ("outside", HOST6), ("host", "127.0.0.1"), ("host", "::1")):
        answers(places, "one", who, address, tcp)
        answers(places, "one", who, address, udp, "udp", 53)
    answers(places, "two", "host", "127.0.0.1", other)
    is_shut(places, "outside", HOST, other)
    for address in (HOST, HOST6, "127.0.0.1", "0.0.0.0"):
        assert not bind(networked, address, "tcp", tcp)
    shown = networked.klee("lsc", "--format", "{{.Names}} {{.Ports}}").lines
    assert f"one {tcp}->80/tcp, {udp}->53/udp" in shown
    assert f"two 127.0.0.1:{other}->80/tcp" in shown
    # a daemon that comes anew knows it
    networked.restart()
    assert published(networked, "one") == [str(tcp), str(udp)]
    answers(places, "one", "outside", HOST, tcp)
    assert not bind(networked, HOST, "tcp", tcp)
    # what is published beside changes nothing
    networked.klee("update", "-p", "80", "-p", "53/udp", "-p", "8080:80", "one")
    assert published(networked, "one") == [str(tcp), str(udp), "8080"]
    answers(places, "one", "outside", HOST, tcp)
    answers(places, "one", "outside", HOST, 8080)
    # a container that does not run has none
    networked.klee("stop", "one")
    assert bind(networked, HOST, "tcp", tcp)
    assert published(networked, "one") == ["0", "0", "8080"]
    line, = networked.klee("lsc", "-a", "--filter", "name=one", "--format", "{{.Ports}}").lines
    assert line == "any->80/tcp, any->53/udp, 8080->80/tcp"
    networked.klee("start", "-d", "one")
    networked.wait_log("one", "peer: ready")
    answers(places, "one", "outside", HOST, int(published(networked, "one")[0]))


def test_a_free_port_that_is_taken_later(networked, places):
    """What was chosen once is not needed again: somebody who has it meanwhile keeps it."""
    networked.network("net", *SUBNETS)
    serve(networked, "c", "-n", "net", "-p", "80")
    before = int(published(networked, "c")[0])
    networked.klee("stop", "c")
    host = peers.in_world(networked.world, "host", services=(f"tcp:{before}",))
    networked.klee("start", "-d", "c")
    networked.wait_log("c", "peer: ready")
    now = int(published(networked, "c")[0])
    assert now != before
    answers(places, "c", "outside", HOST, now)
    host.end()


def test_two_ways_to_one_address(networked):
    """An address is one of its interface's, too, and of all: who runs first has the port there."""
    networked.network("net", *SUBNETS)
    serve(networked, "first", "-n", "net", "-p", "eth0:8080:80")
    for name, place in (("address", HOST), ("all", "0.0.0.0")):
        done = networked.klee("run", "-d", "--name", name, "-n", "net", "-p", f"{place}:8080:80", IMAGE,
                              "peer", "serve", name, "tcp:80", check=None)
        refused(done, 125, f"port 8080/tcp of {HOST} is already published by container 'first'")
    networked.klee("stop", "first")
    networked.klee("start", "-d", "address")
    refused(networked.klee("start", "-d", "first", check=None), 125, "'address'")
    networked.klee("stop", "address")
    networked.klee("start", "-d", "first")


def test_ranges_of_docker(networked, places):
    networked.network("net", *SUBNETS)
    serve(networked, "c", "-n", "net", "-p", "127.0.0.1:9000-9001:80-81", ports=("tcp:80", "tcp:81"))
    answers(places, "c", "host", "127.0.0.1", 9000)
    answers(places, "c", "host", "127.0.0.1", 9001, container_port=81)


WRONG = {
    "203.0.113.77:80:80": "the host has no address '203.0.113.77'",
    "[2001:db8:7::7]:80:80": "the host has no address '2001:db8:7::7'",
    "203.0.113.77::80": "cannot publish port 80: the host has no address '203.0.113.77'",
    "nowhere0::80": "cannot publish port 80: the host has no interface 'nowhere0'",
    "::1:8080:80": "an address of IPv6 stands in brackets",
    "127.0.0.1:8080-8081:80": "the ranges are not of the same length",
    "8000-8010": "a range of the container's ports needs one of the host's",
    "256.0.0.1:80:80": "it begins with no address",
    "127.0.0.1:80:80/sctp": "'tcp' or 'udp'",
}


def test_what_is_wrong(networked):
    """Is said in a line, and nothing is left behind."""
    networked.network("net", *SUBNETS)
    for port, words in WRONG.items():
        refused(networked.klee("create", "-n", "net", "-p", port, IMAGE, check=None), 125, words)
    assert networked.klee("lsc", "-a", "-q").out == ""


def test_by_the_api(networked, places):
    """Addresses stand where names of interfaces do; 0 is any port."""
    networked.network("net", *SUBNETS)
    container = serve(networked, "c", "-n", "net")
    networked.api.post(f"/containers/{container}/update", {"public_ports": [
        {"interfaces": [HOST, "127.0.0.1"], "host_port": "0", "container_port": "80", "protocol": "tcp"}]})
    shown, = networked.inspect("c")["public_ports"]
    assert shown["interfaces"] == [HOST, "127.0.0.1"]
    answers(places, "c", "outside", HOST, int(shown["host_port"]))
    answers(places, "c", "host", "127.0.0.1", int(shown["host_port"]))
