# SPDX-License-Identifier: BSD-2-Clause
"""What networks promise whatever happens to the daemon, its host and its neighbours."""

import contextlib
import functools
import os
import resource
import select
import signal

import pytest

import peers
from api import Error
from harness import IMAGE, PATIENCE, refused, wait_until

BRIDGE = ("-t", "bridge", "--subnet", "10.1.0.0/24", "--subnet6", "fd00:1::/64")
on_linux = pytest.mark.skipif(os.uname().sysname != "Linux", reason="of nftables and rtnetlink")


@pytest.fixture
def descriptors():
    """1,200 descriptors that programs inherit, as many as 600 containers cost the daemon."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    held = [os.open("/dev/null", os.O_RDONLY) for _ in range(1200)]
    for fd in held:
        os.set_inheritable(fd, True)
    yield held
    for fd in held:
        os.close(fd)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@on_linux
def test_more_descriptors_than_select_has_room_for(networked, descriptors):
    networked.network("net", *BRIDGE)
    networked.stop()
    networked.spawn_daemon = functools.partial(networked.spawn_daemon, close_fds=False)
    networked.start()
    assert len(os.listdir(f"/proc/{networked.pid}/fd")) > len(descriptors)
    networked.klee("run", "-n", "net", IMAGE, "true")
    networked.network("other", "-t", "bridge", "--subnet", "10.2.0.0/24")
    assert networked.world.ruleset().count("table inet") == 1


def filter_process(kleene):
    """The process that has libnftables, if there is one."""
    for task in os.listdir(f"/proc/{kleene.pid}/task"):
        with open(f"/proc/{kleene.pid}/task/{task}/children", encoding="ascii") as children:
            for pid in children.read().split():
                with open(f"/proc/{pid}/cmdline", "rb") as command:
                    if command.read().startswith(b"kleened-filter\0"):
                        return int(pid)
    return None


@on_linux
def test_the_packet_filters_process_ends_and_is_there_again(networked):
    networked.network("net", *BRIDGE)
    first = filter_process(networked)
    os.kill(first, signal.SIGKILL)
    networked.klee("run", "-n", "net", IMAGE, "true")
    second = filter_process(networked)
    assert second not in (None, first)
    ended = os.pidfd_open(second)
    os.kill(second, signal.SIGTERM)  # as a service manager sends it to all: the daemon's end counts
    networked.klee("run", "-n", "net", IMAGE, "true")
    assert filter_process(networked) == second
    networked.kill9()
    assert select.select([ended], [], [], PATIENCE)[0], "nftables' process outlives kleened"
    os.close(ended)
    networked.start()


# ---- what a daemon that was killed, or a host that was, leaves ----


def link(kleene, *words):
    kleene.world.run("host", "ip", "link", *words)


def interface_of(kleene, network):
    return kleene.api.get(f"/networks/{network}/inspect")["network"]["interface"]


@on_linux
def test_killed_between_making_a_bridge_and_marking_it(networked):
    networked.network("net", *BRIDGE)
    networked.network("gone", "-t", "bridge", "--subnet", "10.2.0.0/24")
    gone = interface_of(networked, "gone")
    networked.kill9()
    for name in ("kleene0", gone):
        link(networked, "set", name, "alias", "")
    networked.start()
    networked.klee("run", "-n", "net", IMAGE, "true")
    networked.klee("network", "rm", "gone")
    assert gone not in networked.world.interfaces()


def own_address(instance, endpoint):
    """The hardware address that the host's end of a pair is made with (hardware_of)."""
    number = 14695981039346656037
    for byte in instance.encode() + b"\0" + endpoint.encode():
        number = (number ^ byte) * 1099511628211 % 2**64
    found = list(number.to_bytes(8, "little")[:6])
    found[0] = (found[0] | 2) & 0xfe
    return ":".join(f"{byte:02x}" for byte in found)


@on_linux
def test_killed_between_making_a_pair_and_marking_it(networked):
    networked.network("net", *BRIDGE)
    container = networked.detached("-n", "net", IMAGE, "sleep", "1000")
    endpoint = networked.endpoints(container)["net"]["id"]
    found = networked.world.run("host", "ip", "-o", "link", "show", f"kl{endpoint}")
    assert own_address(networked.instance, endpoint) in found
    networked.kill9()
    link(networked, "set", f"kl{endpoint}", "alias", "")
    for name, address in (("kl0123456789ab", own_address(networked.instance, "0123456789ab")),
                          ("kl0123456789ac", own_address("another", "0123456789ac"))):
        link(networked, "add", name, "address", address, "type", "veth", "peer", "name", name + "p")
    networked.start()
    assert f"kl{endpoint}" in networked.world.interfaces(), "the one of a container that runs"
    assert "kl0123456789ab" not in networked.world.interfaces()
    assert "kl0123456789ac" in networked.world.interfaces(), "the one of another instance"
    link(networked, "del", "kl0123456789ac")


@on_linux
def test_somebody_else_has_the_name_after_a_reboot(networked):
    networked.network("net", *BRIDGE)
    before = interface_of(networked, "net")
    networked.stop()
    networked.world.reboot()
    link(networked, "add", before, "type", "bridge")
    networked.start()
    after = interface_of(networked, "net")
    assert after != before and "not ours" in networked.log()
    networked.klee("run", "-n", "net", IMAGE, "true")
    networked.restart()
    assert interface_of(networked, "net") == after
    networked.klee("network", "rm", "-f", "net")
    assert before in networked.world.interfaces()
    link(networked, "del", before)


@on_linux
def test_no_container_starts_without_its_network(networked):
    networked.network("net", *BRIDGE, "-i", "own0")
    container = networked.create("--name", "some", "-n", "net", IMAGE, "true")
    networked.stop()
    networked.world.reboot()
    link(networked, "add", "own0", "type", "bridge")
    networked.start()
    for _ in range(2):
        refused(networked.klee("start", container, check=None), 125, "network net", "'own0'", "not ours")
    link(networked, "del", "own0")
    networked.klee("start", container)
    # while the daemon runs
    link(networked, "del", "own0")
    refused(networked.klee("start", container, check=None), 125, "no interface 'own0'")
    link(networked, "add", "own0", "type", "bridge")
    refused(networked.klee("start", container, check=None), 125, "'own0'", "not ours")
    link(networked, "del", "own0")
    networked.restart()
    networked.klee("start", container)


@on_linux
def test_a_bridge_that_is_full_says_so(networked):
    networked.network("net", *BRIDGE)
    pairs = [(f"a{i}", f"b{i}") for i in range(512)]
    made = [f"link add {a} group 77 type veth peer name {b}" for a, b in pairs]
    joined = [f"link set {name} master kleene0" for pair in pairs for name in pair][:1023]
    networked.world.run("host", "ip", "-batch", "-", text="\n".join(made + joined))
    container = networked.create("-n", "net", IMAGE, "true")
    refused(networked.klee("start", container, check=None), 125, "endpoint", "'kleene0' is full", "1023")
    link(networked, "set", "a0", "nomaster")
    networked.klee("start", container)
    link(networked, "del", "group", "77")  # at once: one by one takes seconds


# ---- containers that do not trust each other ----


@on_linux
@pytest.mark.parametrize("icc", ["--icc", "--no-icc"])
def test_a_neighbours_address_is_not_to_be_had(networked, icc):
    """Root of a vnet container gives its interface what it likes; nothing of that passes."""
    networked.network("net", *BRIDGE, icc, "--driver", "vnet")
    victim = peers.in_container(networked, "victim", "-n", "net", "-p", "8080:80")
    thief = peers.in_container(networked, "thief", "-n", "net")
    outside = peers.in_world(networked.world, "outside")
    published, away = ("192.0.2.1", 8080), ("192.0.2.2", 80)
    assert outside.ask("tcp", *published)[0] == "victim:80"
    assert thief.ask("tcp", *away)[0] == "outside:80"
    address = networked.endpoints("victim")["net"]["ip_address"]
    networked.klee("exec", "thief", "sh", "-c",
                   f"ip addr flush dev eth0 && ip addr add {address}/24 dev eth0 && "
                   "ip route add default via 10.1.0.1")
    assert thief.ask("tcp", *away, expected=False) is None
    networked.world.run("host", "ip", "neigh", "flush", "dev", "kleene0")
    assert outside.ask("tcp", *published)[0] == "victim:80"
    assert victim.ask("tcp", *away)[0] == "outside:80"
    for peer in (victim, thief, outside):
        peer.end()


# ---- what is refused is not so ----


def test_no_volume_of_a_container_that_has_no_address(networked):
    networked.network("net", *BRIDGE)
    networked.create("--name", "first", "-n", "net", "--ip", "10.1.0.9", IMAGE)
    result = networked.klee("create", "-n", "net", "--ip", "10.1.0.9", "-m", "new:/new", IMAGE,
                            check=None)
    refused(result, 125, "address 10.1.0.9 is already taken")
    assert networked.volumes() == []


@contextlib.contextmanager
def no_filter_process(kleene):
    """The process of nftables ends, and cannot begin again."""
    os.kill(filter_process(kleene), signal.SIGKILL)
    lock = os.path.join(kleene.run_dir, "filter.lock")
    os.unlink(lock)
    os.mkdir(lock)
    yield
    os.rmdir(lock)


@on_linux
def test_what_the_packet_filter_refuses_is_not_stored(networked):
    networked.network("net", *BRIDGE)
    container = networked.detached("-n", "net", "-p", "8080:80", IMAGE, "sleep", "1000")
    before = networked.inspect(container)
    change = {"name": "other", "public_ports": [
        {"interfaces": ["eth0"], "host_port": "9090", "container_port": "90", "protocol": "tcp"}]}
    with no_filter_process(networked):
        with pytest.raises(Error, match="nftables"):
            networked.api.post(f"/containers/{container}/update", change)
        assert networked.inspect(container) == before
    networked.api.post(f"/containers/{container}/update", change)
    assert ". 9090 :" in networked.world.ruleset() and ". 8080 :" not in networked.world.ruleset()


@on_linux
def test_rules_go_with_the_last_network_when_the_packet_filter_can_be_told(networked):
    networked.network("net", *BRIDGE)
    with no_filter_process(networked):
        refused(networked.klee("network", "rm", "net", check=None), 1, "nftables", "goes on being removed")
    wait_until(lambda: "has been removed at last" in networked.log(), "the removal")
    assert networked.instance not in networked.world.ruleset()


@on_linux
def test_nobody_who_asks_waits_for_the_packet_filter(networked):
    networked.network("net", *BRIDGE)
    before = networked.world.interfaces()
    filter_pid = filter_process(networked)
    os.kill(filter_pid, signal.SIGSTOP)
    try:
        run = networked.popen("run", "-n", "net", IMAGE, "true")
        wait_until(lambda: networked.world.interfaces() - before, "the container's interface")
        for _ in range(20):  # each asks for the host's gateway interface
            assert networked.api.get("/networks/net/inspect")["network"]["nat"] == "eth0"
        assert run.poll() is None
    finally:
        os.kill(filter_pid, signal.SIGCONT)
    assert run.wait(PATIENCE) == 0


@on_linux
def test_no_container_starts_without_the_packet_filters_rules(networked):
    networked.network("net", *BRIDGE)
    container = networked.create("-n", "net", IMAGE, "true")
    networked.stop()
    networked.world.flush_rules()
    lock = os.path.join(networked.run_dir, "filter.lock")
    os.mkdir(lock)  # so nftables' process cannot begin
    networked.start()
    assert "nftables' process" in networked.log()
    refused(networked.klee("start", container, check=None), 125, "nftables' process")
    networked.klee("run", IMAGE, "true")
    os.rmdir(lock)
    networked.klee("start", container)
    assert f"table bridge {networked.instance}" in networked.world.ruleset()
