# SPDX-License-Identifier: BSD-2-Clause
"""The examples of klee's reference pages that have to do with networks, run as written."""

import re

import pytest

import peers
from harness import ID, IMAGE, matches, name_as_pages, shell

# what the pages show of a run, and what follows it once the process has ended
RUN = "ID\ncreated execution instance ID\n"
ENDED = "\nexecutable ID and its container exited with exit-code 0\n"


@pytest.fixture
def pages(networked):
    return name_as_pages(networked)


@pytest.fixture
def my_net(pages):
    text = shell(pages, "klee network create --subnet 10.20.30.0/24 --driver vnet my-net")
    matches("ID\n", text)
    return text.strip()


def only_container(kleene):
    container, = kleene.containers()
    return container


# ---- klee container run: Connect a container to a network ----


def test_network(pages, my_net):
    matches(RUN + ENDED, shell(pages, "klee container run --network=my-net FreeBSD-13.2-STABLE"))
    container = only_container(pages)
    assert container["network_driver"] == "vnet"
    inspected = pages.api.get("/networks/my-net/inspect")
    assert inspected["network"]["id"] == my_net
    assert inspected["network"]["type"] == "bridge"
    endpoint, = inspected["network_endpoints"]
    assert endpoint["container_id"] == container["id"]
    assert endpoint["ip_address"] == "10.20.30.2"


def test_network_ip(pages, my_net):
    matches(
        RUN + ENDED, shell(pages, "klee run --network=my-net --ip=10.20.30.75 FreeBSD-13.2-STABLE")
    )
    endpoint = pages.endpoints(only_container(pages)["id"])["my-net"]
    assert (endpoint["network_id"], endpoint["ip_address"]) == (my_net, "10.20.30.75")


def test_network_host(pages):
    matches(RUN + ENDED, shell(pages, "klee run --network=host FreeBSD-13.2-STABLE"))
    container = only_container(pages)
    assert container["network_driver"] == "host"
    assert pages.endpoints(container["id"]) == {}
    # the full access to the networks of the host
    peer = peers.in_container(pages, "free", "--network=host")
    outside = peers.in_world(pages.world, "outside")
    for address, seen in (("192.0.2.2", "192.0.2.1"), ("2001:db8::2", "2001:db8::1")):
        assert peer.ask("tcp", address, 80) == ("outside:80", seen)
    peer.end()
    outside.end()


def test_containers_communicate(pages, my_net):
    """Once connected, the containers can communicate easily using only another's IP address."""
    one = peers.in_container(pages, "one", "--network=my-net")
    two = peers.in_container(pages, "two", "--network=my-net")
    address = {n: pages.endpoints(n)["my-net"]["ip_address"] for n in ("one", "two")}
    assert one.ask("tcp", address["two"], 80) == ("two:80", address["one"])
    assert two.ask("udp", address["one"], 53) == ("one:53", address["two"])
    one.end()
    two.end()


# ---- klee container run: Specifying Jail parameters ----


@pytest.fixture
def internet(pages):
    """The address of the Internet that the pages ping is somewhere outside."""
    pages.world.add_address("outside", "1.1.1.1/32")
    return pages


def test_jailparam_refused(internet):
    code = internet.system.ping_refused
    text = shell(
        internet, "klee run FreeBSD-13.2-STABLE --network host /sbin/ping 1.1.1.1", check=code
    )
    assert re.search("ping: .*permi(ssion|tted)", text), text
    assert re.fullmatch(
        f"executable {ID} and its container exited with exit-code {code}", text.splitlines()[-1]
    )


def test_jailparam_allowed(internet):
    child = internet.spawn(
        "run", "FreeBSD-13.2-STABLE", "-J", "mount.devfs", "-J", "allow.raw_sockets",
        "--network", "host", "/sbin/ping", "1.1.1.1",
    )
    child.expect(r"PING 1\.1\.1\.1 \(1\.1\.1\.1\): 56 data bytes\r\n")
    for number in range(3):
        child.expect(rf"64 bytes from 1\.1\.1\.1: (icmp_)?seq={number} ttl=\d+ time=[\d.]+ ms\r\n")
    child.sendintr()
    child.expect("exited with exit-code")


# ---- klee network connect ----


@pytest.fixture
def testnet(pages):
    pages.network("testnet", "--subnet", "10.10.36.0/24")
    return pages


def test_connect_a_running_container(testnet):
    container = testnet.detached("--name", "container1", "-l", "ipnet", IMAGE, "sleep", "1000")
    assert shell(testnet, "klee network connect testnet container1") == ""
    endpoint, = testnet.api.get("/networks/testnet/inspect")["network_endpoints"]
    assert endpoint["container_id"] == container
    address = endpoint["ip_address"]
    # at once
    other = peers.in_container(testnet, "other", "-n", "testnet")
    asked = testnet.klee("exec", "container1", "peer", "ask", "tcp",
                         testnet.endpoints("other")["testnet"]["ip_address"], "80", "10000").out
    assert f"other:80 {address}\n" in asked
    other.end()


def test_connect_at_the_start(testnet):
    matches(RUN + ENDED, shell(testnet, "klee run --network=testnet FreeBSD-13.2-RELEASE"))
    container = only_container(testnet)
    assert container["network_driver"] == "ipnet"
    assert list(testnet.endpoints(container["id"])) == ["testnet"]


def test_connect_ip(testnet):
    testnet.create("--name", "container2", "-l", "ipnet", IMAGE)
    assert shell(testnet, "klee network connect --ip 10.10.36.122 testnet container2") == ""
    assert testnet.endpoints("container2")["testnet"]["ip_address"] == "10.10.36.122"


def test_reserved_until_disconnected_or_removed(testnet):
    """A reserved address is nobody else's, whether the container runs or not."""
    def take(name):
        return testnet.klee(
            "create", "-n", "testnet", "--ip", "10.10.36.9", "--name", name, IMAGE, check=None
        )

    assert take("first").code == 0
    assert take("second").code == 125
    testnet.klee("start", "-d", "first")
    assert take("second").code == 125
    testnet.klee("network", "disconnect", "testnet", "first")
    assert take("second").code == 0
    testnet.klee("rmc", "second")
    assert take("third").code == 0


def test_disconnect(testnet):
    """Both ipnet and vnet containers can be disconnected while running."""
    testnet.network("bridged", "--driver", "vnet", "--subnet", "10.10.37.0/24")
    for network in ("testnet", "bridged"):
        peer = peers.in_container(testnet, "leaving", "-n", network)
        other = peers.in_container(testnet, "staying", "-n", network)
        address = testnet.endpoints("staying")[network]["ip_address"]
        assert peer.ask("tcp", address, 80)
        assert shell(testnet, f"klee network disconnect {network} leaving") == ""
        assert testnet.endpoints("leaving") == {}
        assert peer.ask("tcp", address, 80, expected=False) is None
        peer.end()
        other.end()
        for name in ("leaving", "staying"):
            testnet.klee("rmc", name)
