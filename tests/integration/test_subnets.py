# SPDX-License-Identifier: BSD-2-Clause
"""Subnets of networks: what the host has, what it has routes for, and what is chosen."""

import pytest

from harness import IMAGE, refused
from world import ADDRESSES


@pytest.fixture
def routes(networked):
    """Adds routes to the host, and takes them away in the end."""
    added = []

    def add(*words):
        networked.world.run("host", *networked.world.add_route(words))
        added.append(words)

    yield add
    for words in added:
        networked.world.run("host", *networked.world.remove_route(words))


def subnets(kleene, name):
    network = kleene.api.get(f"/networks/{name}/inspect")["network"]
    return network["subnet"], network["subnet6"]


@pytest.mark.parametrize("route", ["10.0.0.0/8", "0.0.0.0/1"])
def test_a_route_that_is_no_interfaces_only_warns(networked, routes, route):
    routes(route, ADDRESSES["outside"][0])
    done = networked.klee("network", "create", "-t", "bridge", "--subnet", "10.1.0.0/24", "net")
    assert f"subnet 10.1.0.0/24 overlaps {route}" in done.err and "warning" in done.err
    networked.klee("run", "-n", "net", IMAGE, "true")


def test_what_an_interface_has_is_refused_unless_it_is_forced(networked):
    create = ("network", "create", "-t", "bridge", "--subnet", "192.0.2.128/25")
    refused(networked.klee(*create, "net", check=None), 1, "overlaps 192.0.2.0/24", "eth0", "force")
    for force in ("--force", "-f"):
        done = networked.klee(*create, force, "net")
        assert "overlaps 192.0.2.0/24" in done.err
        networked.klee("rmn", "net")
    networked.klee(*create, "--force", "net")
    assert "force" not in networked.api.get("/networks/net/inspect")["network"]


def test_networks_without_a_subnet_get_one_that_is_free(networked):
    networked.stop()
    networked.write_config(network_pools=["192.0.2.0/24", "10.77.0.0/22", "fd77::/63"])
    networked.start()
    networked.network("given", "--subnet", "10.77.1.0/25")
    names = ("a", "b", "c")
    for name in names[:2]:
        networked.network(name, "-t", "bridge")
    assert [subnets(networked, name) for name in names[:2]] == [
        ("10.77.0.0/24", "fd77::/64"), ("10.77.2.0/24", "fd77:0:0:1::/64")]
    networked.network("c")  # nothing of IPv6 is left
    assert subnets(networked, "c") in [("10.77.3.0/24", ""), ("10.77.3.0/24", None)]
    done = networked.klee("network", "create", "d", check=None)
    refused(done, 1, "network_pools")
    networked.klee("run", "-n", "a", IMAGE, "true")
    networked.klee("network", "rm", "-f", "a")
    networked.network("d")
    assert subnets(networked, "d")[0] == "10.77.0.0/24"


def test_a_bad_pool_is_no_configuration(networked):
    networked.stop()
    networked.write_config(network_pools=["10.77.0.1/22"])
    daemon = networked.spawn_daemon()
    assert daemon.wait(60) != 0
    assert "network_pools: '10.77.0.1/22'" in networked.log()
    networked.write_config()
    networked.start()


def test_containers_get_their_addresses_from_the_range(networked):
    networked.network("net", "-t", "bridge", "--subnet", "10.1.0.0/24", "--subnet6", "fd00:1::/64",
                      "--ip-range", "10.1.0.128/30", "--ip-range", "fd00:1::ff00/126")
    found = []
    for _ in range(4):
        container = networked.create("-n", "net", IMAGE, "true")
        found.append(networked.endpoints(container)["net"])
    assert [e["ip_address"] for e in found] == [f"10.1.0.{n}" for n in range(128, 132)]
    assert [e["ip_address6"] for e in found] == [f"fd00:1::ff0{n}" for n in range(4)]
    done = networked.klee("create", "-n", "net", IMAGE, "true", check=None)
    refused(done, 125, "10.1.0.128/30")
    given = networked.create("-n", "net", "--ip", "10.1.0.5", "--ip6", "fd00:1::5", IMAGE, "true")
    assert networked.endpoints(given)["net"]["ip_address"] == "10.1.0.5"
