# SPDX-License-Identifier: BSD-2-Clause
"""Everything about networks that is refused: in which words, and that nothing is left of it."""

import pytest

from api import Error
from harness import IMAGE, refused


@pytest.fixture(scope="module")
def kleene(module_networked):
    """
    A daemon with a bridge "net", a loopback network "small" that is full and one without IPv4,
    "six", and one for vnet containers; a container "taken" that has addresses in the first and publishes ports.
    """
    kleene = module_networked
    kleene.network("net", "-t", "bridge", "--subnet", "10.1.0.0/24", "--subnet6", "fd00:1::/64")
    kleene.network("routed", "-t", "bridge", "--subnet", "10.3.0.0/24", "--gw", "10.3.0.250")
    kleene.network("small", "--subnet", "10.2.0.0/30", "--subnet6", "fd00:2::/127")
    kleene.network("six", "--subnet6", "fd00:6::/64")
    kleene.network("vnets", "--driver", "vnet", "--subnet", "10.4.0.0/24")
    kleene.create("--name", "taken", "-n", "net", "--ip", "10.1.0.9", "--ip6", "fd00:1::9",
                  "-p", "8080:80", "-p", "eth1:9000:9009:90:*", "-p", "53:53/udp", IMAGE)
    for name in ("one", "two"):
        kleene.create("--name", name, "-n", "small", IMAGE)
    for driver in ("ipnet", "vnet", "host", "disabled"):
        kleene.create("--name", driver, "-l", driver, IMAGE)
    return kleene


@pytest.fixture(scope="module")
def last():
    """What the last test has found in the end."""
    return []


@pytest.fixture(autouse=True)
def nothing_left(kleene, last):
    """What is refused leaves things as they were."""

    def everything():
        inspected = [kleene.api.get(f"/networks/{n['id']}/inspect") for n in kleene.networks()]
        # whether they are on duty again changes with time alone
        state = {k: v for k, v in kleene.world.state().items() if k != "sysctl"}
        datasets = kleene.system.datasets(kleene.root, "container")
        return kleene.containers(), inspected, datasets, state

    last[:] = last or [everything()]
    yield
    before, last[:] = last[0], [everything()]
    assert last[0] == before


BAD_CREATE = {
    # name of the case: options and name, words of the message
    "all of it taken": ("--subnet 10.1.0.0/24 net", "'net' is already taken"),
    "name taken": ("--subnet 10.9.0.0/24 net", "'net' is already taken"),
    "name that is none": ("--subnet 10.9.0.0/24 -- -x", "bad network name '-x'"),
    "name of the host driver": ("--subnet 10.9.0.0/24 host", "bad network name 'host'"),
    "no subnet of an interface": ("-t custom -i eth1 new", "needs a subnet"),
    "range outside": ("--subnet 10.9.0.0/24 --ip-range 10.8.0.0/25 new", "ip_range: '10.8.0.0/25'"),
    "range around": ("--subnet 10.9.0.0/24 --ip-range 10.9.0.0/23 new", "no part of"),
    "range of no subnet": ("--ip-range 10.9.0.0/24 new", "ip_range: '10.9.0.0/24'", "part of a subnet"),
    "range without subnet": ("--subnet6 fd00:9::/64 --ip-range 10.9.0.0/24 new", "no subnet"),
    "no subnet at all": ("--subnet nonsense new", "subnet: 'nonsense'"),
    "no length": ("--subnet 10.9.0.0 new", "'10.9.0.0'"),
    "length too large": ("--subnet 10.9.0.0/33 new", "'10.9.0.0/33'"),
    "length that is none": ("--subnet 10.9.0.0/x new", "'10.9.0.0/x'"),
    "address of a host": ("--subnet 10.9.0.1/24 new", "10.9.0.0/24"),
    "number too large": ("--subnet 10.9.0.256/24 new", "'10.9.0.256/24'"),
    "IPv6 as IPv4": ("--subnet fd00:9::/64 new", "subnet: ", "IPv4"),
    "IPv4 as IPv6": ("--subnet6 10.9.0.0/24 new", "subnet6: ", "IPv6"),
    "loopback addresses": ("--subnet 127.9.0.0/24 new", "subnet: 127.9.0.0/24", "loopback"),
    "multicast addresses": ("--subnet6 ff02::/64 new", "subnet6: ff02::/64", "multicast"),
    "another network's": ("--subnet 10.1.0.0/25 new", "10.1.0.0/25", "overlaps", "'net'"),
    "around another's": ("--subnet 10.0.0.0/8 new", "10.0.0.0/8", "overlaps"),
    "another's IPv6": ("--subnet6 fd00:1::/72 new", "fd00:1::/72", "overlaps", "'net'"),
    "the host's": ("--subnet 192.0.2.0/25 new", "192.0.2.0/25", "overlaps 192.0.2.0/24", "eth0"),
    "the host's IPv6": ("--subnet6 2001:db8::/32 new", "2001:db8::/32", "overlaps", "interface"),
    "interface missing": ("-t custom --subnet 10.9.0.0/24 -i nowhere0 new", "'nowhere0'"),
    "no interface": ("-t custom --subnet 10.9.0.0/24 new", "'custom' needs", "interface"),
    "interface of a bridge": ("-t bridge -i eth1 --subnet 10.9.0.0/24 new", "'eth1'", "custom"),
    "bad interface": ("-t custom -i a/b --subnet 10.9.0.0/24 new", "'a/b'"),
    "NAT interface missing": ("--nat-if nowhere0 --subnet 10.9.0.0/24 new", "'nowhere0'"),
    "gateway outside": ("-t bridge --gw 10.8.0.1 --subnet 10.9.0.0/24 new", "'10.8.0.1'"),
    "gateway is network": ("-t bridge --gw 10.9.0.0 --subnet 10.9.0.0/24 new", "'10.9.0.0'"),
    "gateway is broadcast": ("-t bridge --gw 10.9.0.255 --subnet 10.9.0.0/24 new", "10.9.0.255"),
    "gateway of no bridge": ("--gw 10.9.0.1 --subnet 10.9.0.0/24 new", "loopback", "bridge"),
    "gateway of other family": ("-t bridge --gw fd00::1 --subnet 10.9.0.0/24 new", "fd00::1"),
    "wrong driver for type": (
        "-t loopback --driver vnet --subnet 10.9.0.0/24 new", "'vnet'", "'loopback'"),
}


@pytest.mark.parametrize("case", BAD_CREATE)
def test_create(kleene, case):
    command, *words = BAD_CREATE[case]
    refused(kleene.klee("network", "create", *command.split(), check=None), 1, *words)


BAD_CONNECT = {
    # options and network, container, words of the message
    "network full": ("small", "ipnet", "network 'small' has no IPv4 address left in 10.2.0.0/30"),
    "network full of IPv6": ("--ip= small", "ipnet", "no IPv6 address left in fd00:2::/127"),
    "taken": ("--ip 10.1.0.9 net", "ipnet", "address 10.1.0.9 is already taken in network 'net'"),
    "taken IPv6": ("--ip6 fd00:1::9 net", "ipnet", "address fd00:1::9 is already taken"),
    "outside": ("--ip 10.9.0.1 net", "ipnet", "address 10.9.0.1 is outside the subnet 10.1.0.0/24"),
    "outside, IPv6": ("--ip6 fd00:9::1 net", "ipnet", "fd00:9::1 is outside"),
    "network address": ("--ip 10.1.0.0 net", "ipnet", "10.1.0.0 is the network address"),
    "broadcast": ("--ip 10.1.0.255 net", "ipnet", "10.1.0.255 is the broadcast address"),
    "gateway": ("--ip 10.1.0.1 net", "ipnet", "10.1.0.1 is the gateway address"),
    "gateway, IPv6": ("--ip6 fd00:1::1 net", "ipnet", "fd00:1::1 is the gateway address"),
    "other gateway": ("--ip 10.3.0.250 routed", "ipnet", "10.3.0.250 is the gateway address"),
    "no address": ("--ip nonsense net", "ipnet", "'nonsense'"),
    "wrong family": ("--ip fd00:1::5 net", "ipnet", "'fd00:1::5'", "IPv4"),
    "wrong family, IPv6": ("--ip6 10.1.0.5 net", "ipnet", "'10.1.0.5'", "IPv6"),
    "family that is not there": ("--ip 10.6.0.1 six", "ipnet", "'six' has no IPv4 subnet"),
    "wrong driver for type": ("six", "vnet", "'vnet'", "type 'loopback'"),
    "host driver": ("net", "host", "'host'", "type 'bridge'"),
    "disabled driver": ("net", "disabled", "'disabled'", "type 'bridge'"),
    "connected twice": ("net", "taken", "container 'taken' is already connected to network 'net'"),
    "no such network": ("nowhere", "ipnet", "'nowhere'"),
    "no such container": ("net", "nobody", "'nobody'"),
    "neither address": ("--ip= --ip6= net", "ipnet", "'net'"),
}


@pytest.mark.parametrize("case", BAD_CONNECT)
def test_connect(kleene, case):
    command, container, *words = BAD_CONNECT[case]
    refused(
        kleene.klee("network", "connect", *command.split(), container, check=None), 1, *words
    )


def test_connect_a_running_vnet_container(kleene):
    child = kleene.popen("run", "-q", "--rm", "--name", "running", "-l", "vnet", IMAGE,
                         "sh", "-c", "echo up; exec sleep 1000")
    assert child.stdout.readline() == b"up\n"
    refused(
        kleene.klee("network", "connect", "net", "running", check=None), 1,
        "cannot connect a running vnet container to a network",
    )
    kleene.klee("stop", "running")
    child.wait()


BAD_DISCONNECT = {
    "not connected": ("net", "ipnet", "container 'ipnet' is not connected to network 'net'"),
    "no such network": ("nowhere", "ipnet", "'nowhere'"),
    "no such container": ("net", "nobody", "'nobody'"),
}


@pytest.mark.parametrize("case", BAD_DISCONNECT)
def test_disconnect(kleene, case):
    network, container, *words = BAD_DISCONNECT[case]
    refused(kleene.klee("network", "disconnect", network, container, check=None), 1, *words)


def test_disconnecting_twice(kleene):
    container = kleene.create("--name", "twice", "-n", "net", IMAGE)
    path = f"/networks/net/disconnect/{container}"
    assert kleene.api.request("POST", path)[0] == 204
    with pytest.raises(Error) as error:
        kleene.api.post(path)
    assert error.value.status == 409 and "not connected" in error.value.message
    kleene.klee("rmc", container)


BAD_RUN = {
    # each of them would have made a container
    "host with ports": ("-p 80", "'host'", "publish"),
    "disabled with ports": ("-l disabled -p 80", "'disabled'", "publish"),
    "no such network": ("-n nowhere", "'nowhere'"),
    "no such second network": ("-n net -n nowhere", "'nowhere'"),
    "network full": ("-n small", "'small' has no IPv4 address left"),
    "second network full": ("-l ipnet -n net -n small", "'small' has no IPv4 address left"),
    "twice the same": ("-n net -n net", "already connected to network 'net'"),
    "taken": ("-n net --ip 10.1.0.9", "10.1.0.9 is already taken"),
    "wrong driver for type": ("-l vnet -n six", "'vnet'", "'loopback'"),
    "disabled in a network": ("-l disabled -n net", "'disabled'"),
    "host in a network": ("-l host -n net", "'host'"),
    "host and a network": ("-n host -n net", "--network host"),
    "host and another driver": ("-n host -l vnet", "--network host"),
    "address for two networks": ("-n net -n six --ip 10.1.0.8", "--ip"),
    "address for none": ("-l ipnet --ip 10.1.0.8", "--ip"),
    "port taken": ("-n net -p 8080:81", "port 8080/tcp", "eth0", "'taken'"),
    "port taken in a range": ("-n net -p 8000:8100:80:*", "ports 8000:8100/tcp", "'taken'"),
    "port of a range taken": ("-n net -p eth1:9005:1", "port 9005/tcp", "eth1", "'taken'"),
    "UDP port taken": ("-n net -p 53:54/udp", "port 53/udp", "'taken'"),
    "port twice": ("-n net -p 81:81 -p 81:81", "port 81/tcp", "twice"),
    "port that is none": ("-n net -p 65536", "--publish: '65536'"),
    "backward range": ("-n net -p 90:80:1:*", "--publish: '90:80:1:*'"),
    "range at the end": ("-n net -p 1000:1010:65530:*", "'65530:*'"),
    "interface missing": ("-n net -p nowhere0:80", "'nowhere0'"),
}


@pytest.mark.parametrize("case", BAD_RUN)
def test_run(kleene, case):
    options, *words = BAD_RUN[case]
    refused(kleene.klee("run", *options.split(), IMAGE, check=None), 125, *words)


@pytest.mark.parametrize("network", [
    {"network": "nowhere"},
    {"network": "small"},
    {"network": "net", "ip_address": "10.1.0.9"},
    {"network": "net", "ip_address": "nonsense"},
])
def test_create_in_networks(kleene, network):
    """What the API says to a container that cannot be in one of its networks."""
    config = {"image": IMAGE, "networks": [{"network": "routed"}, network]}
    with pytest.raises(Error) as error:
        kleene.api.post("/containers/create", config)
    assert error.value.status == 404


def test_driver_of_the_networks(kleene):
    """Without a driver of its own a container has that of the first network that has one."""
    created = {}
    for networks in ((), ("net",), ("net", "vnets"), ("vnets", "net")):
        config = {"image": IMAGE, "networks": [{"network": n} for n in networks]}
        id_ = kleene.api.post("/containers/create", config)["id"]
        created[networks] = kleene.inspect(id_)["network_driver"]
        kleene.klee("rmc", id_)
    assert created == {(): "ipnet", ("net",): "ipnet", ("net", "vnets"): "vnet",
                       ("vnets", "net"): "vnet"}


def test_the_rest_goes_on(kleene):
    """A port of another protocol or interface is another port."""
    container = kleene.create("-n", "net", "-p", "8080:8080/udp", "-p", "eth1:8080", "-p", "53:53/tcp", IMAGE)
    kleene.klee("rmc", container)


@pytest.mark.parametrize("verb", ["inspect", "rm"])
def test_no_such_network(kleene, verb):
    refused(kleene.klee("network", verb, "nowhere", check=None), 1, "no such network", "'nowhere'")
