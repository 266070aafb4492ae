# SPDX-License-Identifier: BSD-2-Clause
"""Networks over time: connecting and disconnecting, names, restarts, crashes, reboots."""

import os
import re

import pytest

import api
import leaks
import peers
from harness import IMAGE, refused, wait_until

SUBNETS = ("--subnet", "10.1.0.0/24", "--subnet6", "fd00:1::/64")
OTHERS = ("--subnet", "10.2.0.0/24", "--subnet6", "fd00:2::/64")
DRIVERS = [("ipnet", "loopback"), ("ipnet", "bridge"), ("vnet", "bridge")]
by_driver = pytest.mark.parametrize("driver,kind", DRIVERS, ids=["-".join(d) for d in DRIVERS])


def serve(kleene, name, *options, ports=("tcp:80", "udp:53")):
    """A container that serves on and on, whatever becomes of the daemon. Returns its id."""
    container = kleene.detached("--name", name, *options, IMAGE, "peer", "serve", name, *ports)
    kleene.wait_log(container, "peer: ready")
    return container


def inside(kleene, container, *command):
    out = kleene.klee("exec", container, *command).out
    # between "created execution instance ID" and the two last lines
    return "\n".join(out.splitlines()[1:-2])


def ask(kleene, container, address, expected=True, port=80, protocol="tcp"):
    """Who answers the container, or None."""
    wait = peers.WAIT[expected]
    text = inside(kleene, container, "peer", "ask", protocol, address, str(port), str(wait))
    return None if text.startswith("-") else text.split()[0]


def resolve(kleene, container, name, kind="A"):
    lines = inside(kleene, container, "peer", "resolve", name, kind).splitlines()
    return None if lines[0].startswith("-") else lines


def serve_anew(kleene, name):
    """The container has got addresses: a jail's sockets know but those it had when they were made."""
    if not kleene.system.sockets_hear_new_addresses:
        kleene.klee("exec", "-d", name, "peer", "serve", name, "tcp:80", "udp:53")


def addresses(kleene, container, network):
    endpoint = kleene.endpoints(container)[network]
    return endpoint["ip_address"], endpoint["ip_address6"]


# ---- connecting and disconnecting ----


@pytest.mark.parametrize("kind", ["loopback", "bridge"])
def test_connect_while_running(networked, kind):
    networked.network("net", "-t", kind, *SUBNETS)
    other = serve(networked, "other", "-n", "net")
    serve(networked, "late", "-l", "ipnet")
    theirs = addresses(networked, other, "net")
    assert [ask(networked, "late", a, False) for a in theirs] == [None, None]
    networked.klee("network", "connect", "net", "late")
    own = addresses(networked, "late", "net")
    assert [ask(networked, "late", a) for a in theirs] == ["other:80"] * 2
    serve_anew(networked, "late")
    wait_until(lambda: ask(networked, "other", own[1]), "the container to serve")
    assert [ask(networked, "other", a) for a in own] == ["late:80"] * 2
    assert [ask(networked, "other", a, port=53, protocol="udp") for a in own] == ["late:53"] * 2
    networked.klee("network", "disconnect", "net", "late")
    assert [ask(networked, "late", a, False) for a in theirs] == [None, None]
    assert [ask(networked, "other", a, False) for a in own] == [None, None]
    wanted = ("10.1.0.77", "fd00:1::77")
    networked.klee("network", "connect", "--ip", wanted[0], "--ip6", wanted[1], "net", "late")
    serve_anew(networked, "late")
    wait_until(lambda: ask(networked, "other", wanted[1]), "the container to serve")
    assert [ask(networked, "other", a) for a in wanted] == ["late:80"] * 2


@by_driver
def test_disconnect_while_running(networked, driver, kind):
    networked.network("net", "-t", kind, *SUBNETS)
    networked.network("more", "-t", kind, *OTHERS)
    serve(networked, "both", "-l", driver, "-n", "net", "-n", "more")
    serve(networked, "first", "-l", driver, "-n", "net")
    serve(networked, "second", "-l", driver, "-n", "more")
    first = addresses(networked, "first", "net")
    second = addresses(networked, "second", "more")
    outside = peers.in_world(networked.world, "outside")
    beyond = ("192.0.2.2", "2001:db8::2")
    assert [ask(networked, "both", a) for a in (*first, *second, *beyond)] == (
        ["first:80"] * 2 + ["second:80"] * 2 + ["outside:80"] * 2
    )
    # the default route was by the first
    networked.klee("network", "disconnect", "net", "both")
    assert [ask(networked, "both", a, False) for a in first] == [None, None]
    assert [ask(networked, "both", a) for a in (*second, *beyond)] == (
        ["second:80"] * 2 + ["outside:80"] * 2
    )
    assert list(networked.endpoints("both")) == ["more"]
    networked.klee("network", "disconnect", "more", "both")
    assert [ask(networked, "both", a, False) for a in (*second, *beyond)] == [None] * 4
    outside.end()


def test_a_vnet_container_is_connected_when_it_does_not_run(networked):
    networked.network("net", "--driver", "vnet", *SUBNETS)
    networked.network("more", "-t", "bridge", *OTHERS)
    container = serve(networked, "c", "-n", "net")
    refused(
        networked.klee("network", "connect", "more", "c", check=None), 1,
        "cannot connect a running vnet container to a network",
    )
    networked.klee("stop", "c")
    networked.klee("network", "connect", "more", "c")
    networked.klee("start", "-d", container)
    serve(networked, "other", "-n", "more")
    assert ask(networked, "other", addresses(networked, "c", "more")[0]) == "c:80"


@by_driver
def test_addresses_stay(networked, driver, kind):
    """A container's addresses are its own over stop and start, and nobody else's."""
    networked.network("net", "-t", kind, *SUBNETS)
    serve(networked, "c", "-l", driver, "-n", "net")
    own = addresses(networked, "c", "net")
    for _ in range(2):
        networked.klee("stop", "c")
        other = networked.create("-n", "net", IMAGE)
        assert set(addresses(networked, other, "net")).isdisjoint(own)
        networked.klee("start", "-d", "c")
        assert addresses(networked, "c", "net") == own
        host = peers.in_world(networked.world, "host", ())
        for address in own:
            wait_until(lambda a=address: host.ask("tcp", a, 80), "the container to serve")
        host.end()
    networked.klee("stop", "c")
    networked.klee("rmc", "c")
    again = networked.create("-n", "net", IMAGE)
    assert addresses(networked, again, "net") == own  # the lowest that are free


def test_the_interface_of_an_endpoint_is_shown_while_it_is_there(networked):
    networked.network("net", "-t", "bridge", *SUBNETS)
    container = networked.create("-n", "net", "-l", "vnet", IMAGE, "sleep", "1000")
    shown = []
    for command in (["start", "-d", container], ["stop", container], []):
        shown += [e["epair"] for e in networked.endpoints(container).values()]
        if command:
            networked.klee(*command)
    assert shown[0] is None and shown[1] and shown[2] is None


def test_removing_a_network_disconnects(networked):
    networked.network("net", *SUBNETS)
    serve(networked, "c", "-n", "net")
    networked.create("--name", "stopped", "-n", "net", IMAGE)
    result = networked.klee("rmn", "net", check=None)
    refused(result, 1, "containers c, stopped")
    assert result.err.endswith("\n--force does it all the same\n")
    with pytest.raises(api.Error) as error:
        networked.api.delete("/networks/net?unused=true")
    assert error.value.status == 404 and set(networked.endpoints("c")) == {"net"}
    networked.klee("rmn", "-f", "net")
    assert networked.endpoints("c") == {}
    assert networked.running() != []
    assert "10.1.0." not in inside(networked, "c", "cat", "/etc/hosts")


def test_prune(networked):
    used = networked.network("used", *SUBNETS)
    unused = networked.network("unused", *OTHERS)
    networked.create("-n", "used", IMAGE)
    assert networked.klee("network", "prune", input="n\n").lines[-1].startswith("Are you sure")
    assert len(networked.networks()) == 2
    assert networked.klee("network", "prune", "-f").lines == [unused]
    assert [n["id"] for n in networked.networks()] == [used]


def test_addresses_of_the_host(networked):
    """In the subnet of a custom network the host has its own, which no container gets."""
    networked.network("wire", "-t", "custom", "-i", "eth1", "--subnet", "198.51.100.0/24",
                      "--subnet6", "2001:db8:1::/64")
    container = networked.create("-n", "wire", IMAGE)
    assert addresses(networked, container, "wire") == ("198.51.100.2", "2001:db8:1::2")
    refused(
        networked.klee("create", "-n", "wire", "--ip", "198.51.100.1", IMAGE, check=None), 125,
        "198.51.100.1 is already taken",
    )


def test_list_and_inspect(networked):
    one = networked.network("one", *SUBNETS)
    two = networked.network("two", "-t", "bridge", "--subnet", "10.2.0.0/24", "--no-nat",
                            "--no-icc", "--internal", "--driver", "vnet")
    lines = networked.klee("lsn").lines
    assert lines[0].split() == ["ID", "NAME", "TYPE", "SUBNET"]
    assert sorted((line.split(None, 3) for line in lines[1:]), key=lambda line: line[1]) == [
        [one, "one", "loopback", "10.1.0.0/24, fd00:1::/64"], [two, "two", "bridge", "10.2.0.0/24"],
    ]
    first, second = sorted(networked.networks(), key=lambda network: network["name"])
    assert (first["interface"], second["interface"]) == ("kleene0", "kleene1")
    assert (first["nat"], second["nat"]) == ("eth0", "")
    assert (second["gateway"], second["icc"], second["internal"]) == ("10.2.0.1", False, True)
    assert second["driver"] == "vnet"
    assert {"kleene0", "kleene1"} <= networked.world.interfaces()
    for name in ("two", two, two[:5]):
        assert networked.api.get(f"/networks/{name}/inspect")["network"] == second


class UdpClient:
    """Outside, always at the same port: so what the host keeps of it counts."""

    PROGRAM = """
import select, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.0.2.2", 40000))
for line in sys.stdin:
    while select.select([s], [], [], 0)[0]:  # late answers to earlier questions
        s.recv(100)
    answer = "-"
    for _ in range(int(line)):
        s.sendto(b"?", ("192.0.2.1", 5300))
        if select.select([s], [], [], 0.5)[0]:
            answer = s.recv(100).decode().split()[0]
            break
    print(answer, flush=True)
"""

    def __init__(self, world):
        self.child = world.popen("outside", "python3", "-c", self.PROGRAM)

    def ask(self, tries):
        self.child.stdin.write(f"{tries}\n".encode())
        self.child.stdin.flush()
        return self.child.stdout.readline().decode().strip()


@by_driver
def test_udp_ports_change_hands(networked, driver, kind):
    """Who goes on asking is led to the container that publishes the port now, or to none."""
    networked.network("net", "-t", kind, *SUBNETS)
    client = UdpClient(networked.world)
    for name in ("one", "two"):
        serve(networked, name, "-l", driver, "-n", "net", "-p", "5300:53/udp")
        assert client.ask(20) == f"{name}:53"
        networked.klee("stop", name)
        assert client.ask(1) == "-"
        networked.klee("rmc", name)


@by_driver
def test_port_on_the_hosts_own_loopback(networked, driver, kind):
    """Published there it answers on 127.0.0.1, and to the host alone."""
    networked.network("net", "-t", kind, *SUBNETS)
    port = f"{networked.world.loopback}:8080:80"
    serve(networked, "c", "-l", driver, "-n", "net", "-p", port)
    host = peers.in_world(networked.world, "host", ())
    assert host.ask("tcp", "127.0.0.1", 8080)[0] == "c:80"
    assert host.ask("tcp", "192.0.2.1", 8080, expected=False) is None
    host.end()


# ---- what a container finds inside ----


@by_driver
def test_inside(networked, driver, kind):
    networked.network("net", "-t", kind, *SUBNETS)
    container = serve(networked, "named", "-l", driver, "-n", "net")
    hosts = inside(networked, "named", "cat", "/etc/hosts").splitlines()
    assert [line.split()[0] for line in hosts if "localhost" in line.split()] == ["127.0.0.1", "::1"]
    for address in addresses(networked, "named", "net"):
        line, = [line.split() for line in hosts if line.split()[0] == address]
        assert {container, "named"} <= set(line[1:])
    assert inside(networked, "named", "hostname") == container
    # the container itself is at 127.0.0.1
    assert ask(networked, "named", "127.0.0.1") == "named:80"


def own_hosts(kleene, container):
    """Gives a container that does not run a file of its own, and returns the path of that on the host."""
    etc = os.path.join(kleene.system.container_files(kleene.root, container), "etc")
    os.makedirs(etc, exist_ok=True)
    path = os.path.join(etc, "hosts")
    with open(path, "w", encoding="ascii") as file:
        file.write("own text\n")
    return path


def test_files_stay_in_the_image(networked):
    """What a container sees as /etc/hosts and /etc/resolv.conf is none of its own files."""
    networked.network("net", *SUBNETS)
    list_all = "cat /etc/hosts; rm -f /etc/resolv.conf; echo /etc/* /etc/.k*"
    container = networked.create("-l", "host", IMAGE, "sh", "-c", list_all)
    own_hosts(networked, container)
    lines = networked.klee("start", container).lines
    before, = [line for line in lines if "/etc/hosts" in line]
    assert "own text" not in lines
    show = {"network_driver": "ipnet", "cmd": ["cat", "/etc/hosts", "/etc/resolv.conf"]}
    networked.api.post(f"/containers/{container}/update", show)
    networked.klee("network", "connect", "net", container)
    shown = networked.klee("start", container).lines
    own = {line for line in shown if "10.1.0." in line or line.startswith("nameserver")}
    assert len(own) >= 2
    assert "own text" not in shown
    files = networked.system.container_files(networked.root, container)
    with open(os.path.join(files, "etc", "hosts"), encoding="ascii") as file:
        assert file.read() == "own text\n"
    # an empty file that a mount needed there is no harm
    path = os.path.join(files, "etc", "resolv.conf")
    assert not os.path.exists(path) or os.path.getsize(path) == 0
    networked.klee("network", "disconnect", "net", container)
    again = {"network_driver": "host", "cmd": ["sh", "-c", list_all]}
    networked.api.post(f"/containers/{container}/update", again)
    after = networked.klee("start", container).lines
    assert "own text" not in after
    listed, = [line for line in after if "/etc/hosts" in line]
    assert set(listed.split()) - {"/etc/resolv.conf"} == set(before.split())
    with open(os.path.join(files, "etc", "hosts"), encoding="ascii") as file:
        assert file.read() == "own text\n"


def test_files_of_a_container_that_was_killed_stay_in_the_image(networked):
    """Daemon, warden and container are killed together: the next daemon puts back what was there."""
    networked.network("net", *SUBNETS)
    container = networked.create("-l", "ipnet", "-n", "net", IMAGE, "sleep", "1000")
    own_hosts(networked, container)
    networked.klee("start", "-d", container)
    assert "own text" not in inside(networked, container, "cat", "/etc/hosts")
    networked.kill9()
    for warden in networked.system.wardens():
        networked.system.kill(warden)
    wait_until(lambda: networked.system.wardens() == [])
    networked.start()
    files = networked.system.container_files(networked.root, container)
    with open(os.path.join(files, "etc", "hosts"), encoding="ascii") as file:
        assert file.read() == "own text\n"


# ---- names ----


@by_driver
def test_names(networked, driver, kind):
    networked.network("net", "-t", kind, *SUBNETS)
    networked.network("far", "-t", kind, *OTHERS)
    web = serve(networked, "web", "-l", driver, "-n", "net")
    serve(networked, "c", "-l", driver, "-n", "net")
    serve(networked, "stranger", "-l", driver, "-n", "far")
    four, six = addresses(networked, "web", "net")
    for name in ("web", web, "WEB", "web."):
        assert resolve(networked, "c", name) == [four]
        assert resolve(networked, "c", name, "AAAA") == [six]
    reverse = ".".join(reversed(four.split("."))) + ".in-addr.arpa"
    assert resolve(networked, "c", reverse, "PTR") == ["web"]
    # not in another network
    assert resolve(networked, "stranger", "web") is None
    if driver == "ipnet":
        networked.klee("network", "connect", "far", "c")
        assert resolve(networked, "stranger", "c") == [addresses(networked, "c", "far")[0]]
    networked.klee("network", "disconnect", "net", "web")
    assert resolve(networked, "c", "web") is None


def test_other_names_are_forwarded(networked):
    """To the host's servers, but not for containers of internal networks."""
    networked.network("net", "-t", "bridge", *SUBNETS)
    networked.network("closed", "-t", "bridge", "--internal", *OTHERS)
    serve(networked, "open", "-n", "net")
    serve(networked, "shut", "-n", "closed")
    NameServer(networked.world)
    assert resolve(networked, "open", "somewhere.example") == ["203.0.113.7"]
    assert resolve(networked, "shut", "somewhere.example") is None
    assert resolve(networked, "shut", "shut") == [addresses(networked, "shut", "closed")[0]]


class NameServer:
    """Outside, it says that every name has the address 203.0.113.7."""

    PROGRAM = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.0.2.2", 53))
print("ready", flush=True)
while True:
    q, peer = s.recvfrom(4096)
    end = 12
    while q[end]:
        end += q[end] + 1
    end += 5
    answer = b"\\xc0\\x0c\\x00\\x01\\x00\\x01\\x00\\x00\\x00\\x05\\x00\\x04\\xcb\\x00\\x71\\x07"
    s.sendto(q[:2] + b"\\x81\\x80\\x00\\x01\\x00\\x01\\x00\\x00\\x00\\x00" + q[12:end] + answer, peer)
"""

    def __init__(self, world):
        self.child = world.popen("outside", "python3", "-c", self.PROGRAM)
        assert self.child.stdout.readline() == b"ready\n"



def test_strangers_are_not_answered(networked):
    """The resolver is nobody's but the containers'."""
    networked.network("net", "-t", "bridge", *SUBNETS)
    serve(networked, "c", "-n", "net")
    outside = peers.in_world(networked.world, "outside", ())
    host = peers.in_world(networked.world, "host", ())
    for address in ("10.1.0.1", "fd00:1::1"):
        # peer asks with a packet that is too short to be a question, but TCP connects anyway
        for peer in (outside, host):
            assert peer.ask("udp", address, 53, expected=False) is None
            assert peer.ask("tcp", address, 53, expected=False) is None
    assert resolve(networked, "c", "c") == [addresses(networked, "c", "net")[0]]
    outside.end()
    host.end()


# ---- the daemon goes and comes ----


class Inhabited:
    """A daemon with networks of all kinds, containers in them, and published ports."""

    def __init__(self, kleene):
        self.kleene = kleene
        kleene.network("loop", "--subnet", "10.1.0.0/24", "--subnet6", "fd00:1::/64")
        kleene.network("bridged", "--driver", "vnet", *OTHERS)
        kleene.network("wire", "-t", "custom", "-i", "eth1", "--subnet", "198.51.100.0/24")
        serve(kleene, "a", "-n", "loop", "-p", "8080:80")
        serve(kleene, "b", "-n", "bridged", "-p", "8081:80", "-p", "5300:53/udp")
        serve(kleene, "w", "-n", "wire", "--ip", "198.51.100.99")
        serve(kleene, "t", "-n", "loop", "-n", "wire")
        self.outside = peers.in_world(kleene.world, "outside")

    def rows(self):
        address = {
            name: addresses(self.kleene, name, network)
            for name, network in (("a", "loop"), ("b", "bridged"), ("t", "loop"))
        }
        yield "a", address["t"][0], "t:80"
        yield "t", address["a"][1], "a:80"
        yield "t", "198.51.100.99", "w:80"
        yield "a", "192.0.2.2", "outside:80"
        yield "b", "2001:db8::2", "outside:80"
        yield "w", "192.0.2.2", "outside:80"
        yield "a", address["b"][0], None

    def check(self):
        for who, to, answer in self.rows():
            assert ask(self.kleene, who, to, answer is not None) == answer, (who, to)
        for protocol, port, answer in (("tcp", 8080, "a:80"), ("tcp", 8081, "b:80"),
                                       ("udp", 5300, "b:53")):
            for address in ("192.0.2.1", "2001:db8::1"):
                found = self.outside.ask(protocol, address, port)
                assert found and found[0] == answer, (protocol, port, address, found)
        assert resolve(self.kleene, "t", "a") == [addresses(self.kleene, "a", "loop")[0]]

    def state(self):
        """What must come back as it was; interfaces of containers may have other numbers."""
        state = self.kleene.world.state()
        del state["sysctl"]
        return state


@pytest.fixture
def inhabited(networked):
    made = Inhabited(networked)
    made.check()
    yield made
    made.outside.end()


def test_restart(inhabited):
    before = inhabited.state()
    inhabited.kleene.stop()
    # without a daemon everything goes on but names
    assert inhabited.outside.ask("tcp", "192.0.2.1", 8080)[0] == "a:80"
    inhabited.kleene.start()
    inhabited.check()
    assert leaks.differences(before, inhabited.state()) == []


def test_kill(inhabited):
    before = inhabited.state()
    for _ in range(3):
        inhabited.kleene.kill9()
        inhabited.kleene.start()
    inhabited.check()
    assert leaks.differences(before, inhabited.state()) == []


def test_ended_while_there_was_no_daemon(inhabited):
    kleene = inhabited.kleene
    jid = {c["name"]: c["jid"] for c in kleene.api.get("/containers/list")}
    kleene.kill9()
    for name in ("a", "b"):
        kleene.system.end_container(jid[name])
    wait_until(lambda: len(kleene.system.wardens()) == 2, "two wardens to be gone")
    kleene.start()
    assert {c["name"] for c in kleene.api.get("/containers/list")} == {"w", "t"}
    assert inhabited.outside.ask("tcp", "192.0.2.1", 8080, expected=False) is None
    for name in ("a", "b"):
        kleene.klee("start", "-d", name)
        kleene.wait_log(name, "peer: ready")
    wait_until(lambda: inhabited.outside.ask("tcp", "192.0.2.1", 8080), "the port to be back")
    inhabited.check()


def test_reboot(inhabited):
    """All of the host's state has gone; what the store says is there again."""
    kleene = inhabited.kleene
    settled = kleene.world.settled(inhabited.state())
    kleene.kill9()
    for warden in kleene.system.wardens():
        kleene.system.kill(warden)
    wait_until(lambda: kleene.system.wardens() == [], "the wardens to be gone")
    kleene.system.forget_containers(kleene.root)
    kleene.world.reboot()
    leaks.remove(kleene.run_dir)
    kleene.start()
    assert leaks.differences(settled, kleene.world.settled(inhabited.state())) == []
    for name in ("a", "b", "w", "t"):
        kleene.klee("start", "-d", name)
    host = peers.in_world(kleene.world, "host", ())
    for name, network in (("a", "loop"), ("b", "bridged"), ("t", "loop"), ("w", "wire")):
        address = addresses(kleene, name, network)[0]
        wait_until(lambda a=address: host.ask("tcp", a, 80), f"{name} to serve")
    host.end()
    inhabited.check()


def test_interfaces_that_have_gone(inhabited):
    """Somebody removes our interfaces and tables: the next start makes them again."""
    kleene = inhabited.kleene
    kleene.stop()
    kleene.world.flush_rules()
    kleene.world.remove_interface("kleene0")
    kleene.start()
    assert "kleene0" in kleene.world.interfaces()
    assert ask(kleene, "b", "192.0.2.2") == "outside:80"
    assert inhabited.outside.ask("tcp", "192.0.2.1", 8081)[0] == "b:80"


# ---- others on the same host ----

def test_others_things_stay(networked):
    world = networked.world
    world.add_foreign()
    before = world.state()
    networked.network("net", "-t", "bridge", *SUBNETS)
    assert networked.networks()[0]["interface"] == "kleene1"
    serve(networked, "c", "-n", "net", "-p", "8080:80")
    networked.kill9()
    networked.start()
    networked.klee("stop", "c")
    networked.klee("rmc", "c")
    networked.klee("rmn", "net")
    assert leaks.check_world(world, before) == []
    world.remove_foreign()


def test_own_rules(networked):
    """The administrator's own rules count first, and stay."""
    world = networked.world
    networked.network("net", *SUBNETS)
    serve(networked, "c", "-n", "net", "-p", "8080:80")
    outside = peers.in_world(world, "outside")
    assert outside.ask("tcp", "192.0.2.1", 8080)
    world.block(networked, 80)
    assert outside.ask("tcp", "192.0.2.1", 8080, expected=False) is None
    networked.network("more", *OTHERS)
    networked.restart()
    assert outside.ask("tcp", "192.0.2.1", 8080, expected=False) is None
    networked.klee("stop", "c")
    networked.klee("rmc", "c")
    networked.klee("rmn", "net", "more")
    # the last network has gone, the rule has not
    assert world.is_blocked(80)
    networked.network("net", *SUBNETS)
    serve(networked, "c", "-n", "net", "-p", "8080:80")
    assert outside.ask("tcp", "192.0.2.1", 8080, expected=False) is None
    world.unblock(networked)
    assert outside.ask("tcp", "192.0.2.1", 8080)
    outside.end()


@pytest.mark.parametrize("first", [True, False])
def test_the_outside_reaches_a_containers_own_address_if_it_is_let_in(networked, first):
    """As jails on the LAN are reached: with a rule, which may be there before the network is."""
    world = networked.world
    if first:
        world.let_in(networked, "192.0.2.50")
    networked.network("lan", "-t", "custom", "-i", "eth0", "--subnet", "192.0.2.0/24")
    serve(networked, "web", "-n", "lan", "--ip", "192.0.2.50")
    serve(networked, "other", "-n", "lan", "--ip", "192.0.2.51")
    outside = peers.in_world(world, "outside")
    if not first:
        assert outside.ask("tcp", "192.0.2.50", 80, expected=False) is None
        world.let_in(networked, "192.0.2.50")
    assert outside.ask("tcp", "192.0.2.50", 80)[0] == "web:80"
    assert outside.ask("tcp", "192.0.2.51", 80, expected=False) is None
    outside.end()
    world.shut_out(networked, "192.0.2.50")


def test_two_daemons(networked, make_kleene, root_with_image):
    """Side by side on one host, each has its own interfaces and rules."""
    other = make_kleene()
    other.enter(networked.world)
    networked.system.copy_root(root_with_image, other.root)
    other.start()
    networked.network("net", *SUBNETS)
    if networked.world.one_daemon:
        # said, and nothing is changed, instead of one daemon's rules taking the place of the other's
        rules = networked.world.ruleset()
        refused(other.klee("network", "create", *OTHERS, "net", check=None), 1,
                networked.instance, networked.world.one_daemon)
        assert networked.world.ruleset() == rules
        assert other.networks() == []
        return
    other.network("net", *OTHERS)
    assert (networked.networks()[0]["interface"], other.networks()[0]["interface"]) == (
        "kleene0", "kleene1")
    serve(networked, "c", "-n", "net", "-p", "8080:80")
    serve(other, "c", "-n", "net", "-p", "8081:80")
    outside = peers.in_world(networked.world, "outside")
    other.remove_networks()
    assert outside.ask("tcp", "192.0.2.1", 8080)
    assert ask(networked, "c", "192.0.2.2") == "outside:80"
    assert networked.world.forwarding() == (True, True)
    outside.end()


# ---- without a gateway interface ----


def test_no_gateway_interface(networked):
    """Said clearly, and made good when there is one."""
    world = networked.world
    world.remove_default_routes()
    networked.network("net", *SUBNETS)
    assert networked.networks()[0]["nat"] == ""
    refused(
        networked.klee("run", "-n", "net", "-p", "80", IMAGE, check=None), 125, "no gateway interface"
    )
    serve(networked, "c", "-n", "net")
    world.add_default_routes()
    outside = peers.in_world(world, "outside")
    wait_until(lambda: networked.networks()[0]["nat"] == "eth0", "the gateway interface to be found")
    # the list tells it a moment before the packet filter has it
    wait_until(lambda: inside(networked, "c", "peer", "ask", "tcp", "192.0.2.2", "80", "10000")
               == "outside:80 192.0.2.1", "the host's address to be the container's outside")
    outside.end()


def test_forwarding(networked):
    """Only for the families that networks have, said in the log, and taken back."""
    assert networked.world.forwarding() == (False, False)
    networked.network("net", "--subnet", "10.1.0.0/24")
    assert networked.world.forwarding() == (True, False)
    assert networked.world.forwarding_settings[0] in networked.log()
    networked.network("six", "--subnet6", "fd00:2::/64")
    assert networked.world.forwarding() == (True, True)
    networked.klee("rmn", "net", "six")
    assert networked.world.forwarding() == (False, False)


@pytest.mark.parametrize("remove", [True, False])
def test_ports_are_free_when_their_container_has_stopped(networked, remove):
    """For the next container that publishes them, and in the packet filter for the host's own processes."""
    networked.network("net", "--subnet", "10.1.0.0/24", "-t", "bridge")
    for _ in range(10):
        networked.detached("--name", "one", *(["--rm"] if remove else []), "-n", "net", "-p", "8080:80", IMAGE,
                           "sleep", "1000")
        assert "8080" in networked.world.ruleset()
        networked.klee("stop", "one")
        assert "8080" not in networked.world.ruleset()
        if not remove:
            networked.klee("rmc", "one")
