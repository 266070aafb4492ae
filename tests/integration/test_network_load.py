# SPDX-License-Identifier: BSD-2-Clause
"""Many clients in one network at once."""

import concurrent.futures
import random

import pytest

import peers
from api import Error
from harness import IMAGE, wait_until

CLIENTS = 64
USABLE = 61  # of a /26, without its network, broadcast and gateway address
ROUNDS = 8


def at_once(function):
    """Calls the function with the number of each client, all side by side; returns the results."""
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(function, range(CLIENTS)))


def connect(kleene, container):
    """Whether it was connected; false if the network was full."""
    try:
        kleene.api.post("/networks/connect", {"network": "net", "container": container})
        return True
    except Error as error:
        assert error.status == 409 and "no IPv4 address left" in error.message, error
        return False


def endpoints(kleene):
    return kleene.api.get("/networks/net/inspect")["network_endpoints"]


@pytest.fixture
def containers(networked):
    networked.network("net", "-t", "bridge", "--subnet", "10.20.30.0/26")

    def create(_):
        config = {"image": IMAGE, "network_driver": "ipnet"}
        return networked.api.post("/containers/create", config)["id"]

    return at_once(create)


def test_connecting(networked, containers):
    results = at_once(lambda n: connect(networked, containers[n]))
    assert results.count(True) == USABLE
    found = endpoints(networked)
    assert {e["container_id"] for e in found} == {
        c for c, connected in zip(containers, results) if connected
    }
    assert sorted(int(e["ip_address"].split(".")[-1]) for e in found) == list(range(2, 63))
    # each refused one gets the address of one that goes
    refused = [c for c, connected in zip(containers, results) if not connected]
    for gone, container in zip(found, refused):
        networked.api.post(f"/networks/net/disconnect/{gone['container_id']}")
        assert connect(networked, container)
        assert networked.endpoints(container)["net"]["ip_address"] == gone["ip_address"]


def test_connecting_and_disconnecting(networked, containers):
    """Each client knows at the end whether it is connected, and nothing is lost."""
    seen = []  # addresses that were had, by whom

    def client(number):
        rng = random.Random(number)
        container, connected = containers[number], False
        for _ in range(ROUNDS):
            if connected and rng.random() < 0.5:
                networked.api.post(f"/networks/net/disconnect/{container}")
                connected = False
            elif not connected:
                connected = connect(networked, container)
                if connected:
                    seen.append(networked.endpoints(container)["net"]["ip_address"])
        return connected

    results = at_once(client)
    found = endpoints(networked)
    assert {e["container_id"] for e in found} == {
        c for c, connected in zip(containers, results) if connected
    }
    addresses = [e["ip_address"] for e in found]
    assert len(set(addresses)) == len(addresses)
    assert set(addresses) <= set(seen) <= {f"10.20.30.{n}" for n in range(2, 63)}
    # none is lost: as many are left as are not taken
    left = [connect(networked, c) for c, connected in zip(containers, results) if not connected]
    assert left.count(True) == min(len(left), USABLE - len(addresses))
    assert len({e["ip_address"] for e in endpoints(networked)}) == min(CLIENTS, USABLE)


def test_running_containers(networked):
    """The same with containers that run: each is reached at its address, and nobody else."""
    networked.network("net", "--subnet", "10.20.30.0/26")

    def run(number):
        out = networked.klee("run", "-d", "--name", f"c{number}", "-l", "ipnet", IMAGE,
                             "peer", "serve", f"c{number}", "tcp:80").out
        return out.split()[0]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(run, range(32)))
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        assert all(pool.map(lambda c: connect(networked, c), ids))
    if not networked.system.sockets_hear_new_addresses:
        for number in range(32):
            networked.klee("exec", "-d", f"c{number}", "peer", "serve", f"c{number}", "tcp:80")
    host = peers.in_world(networked.world, "host", ())
    name = {c["id"]: c["name"] for c in networked.containers()}
    for endpoint in endpoints(networked):
        found = wait_until(lambda a=endpoint["ip_address"]: host.ask("tcp", a, 80), "an answer")
        assert found[0] == f"{name[endpoint['container_id']]}:80"
    host.end()
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda c: networked.api.post(f"/networks/net/disconnect/{c}"), ids))
    assert endpoints(networked) == []
