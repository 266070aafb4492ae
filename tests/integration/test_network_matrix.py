# SPDX-License-Identifier: BSD-2-Clause
"""Who reaches whom: every driver and type of network, with icc, internal and NAT on and off."""

import os
import sys

import pytest

import peers
from programs import REPOSITORY

sys.path.append(os.path.join(REPOSITORY, "tests/firewall"))
from expected import (  # noqa: E402
    ADDRESSES, CUSTOM, CUSTOM_SUBNETS, PORTS, SUBNETS, expectations, mismatch,
)

KINDS = [("ipnet", "loopback"), ("ipnet", "bridge"), ("ipnet", "custom"), ("vnet", "bridge")]
OTHER_SUBNETS = {4: "10.2.0.0/24", 6: "fd00:2::/64"}


class Stage:
    """A world with a daemon, another network with a container, and peers around them."""

    def __init__(self, kleene):
        self.kleene = kleene
        kleene.klee("network", "create", "-t", "bridge", "--subnet", OTHER_SUBNETS[4],
                    "--subnet6", OTHER_SUBNETS[6], "other")
        self.peers = {
            "b1": peers.in_container(kleene, "b1", "-n", "other", "--ip", ADDRESSES[4]["b1"],
                                     "--ip6", ADDRESSES[6]["b1"]),
            "host": peers.in_world(kleene.world, "host", ["tcp:2200"]),
            "outside": peers.in_world(kleene.world, "outside"),
            "neighbour": peers.in_world(kleene.world, "neighbour"),
        }

    def end(self):
        for peer in self.peers.values():
            peer.end()


class Scene:
    """A network with the containers a1, which publishes ports, and a2."""

    def __init__(self, stage, driver, kind, icc, internal, nat):
        self.stage, self.kind = stage, kind
        self.icc, self.internal, self.nat = icc, internal, nat
        self.hides_senders = stage.kleene.world.hides_senders and driver == "vnet"
        self.address = {f: dict(ADDRESSES[f]) for f in (4, 6)}
        subnets = SUBNETS
        options = ["-t", kind, f"--{'' if icc else 'no-'}icc", f"--{'' if nat else 'no-'}nat"]
        if internal:
            options.append("--internal")
        if kind == "custom":
            subnets = CUSTOM_SUBNETS
            options += ["-i", "eth1"]
            for family, own in CUSTOM.items():
                self.address[family].update(own)
        stage.kleene.klee("network", "create", *options, "--subnet", subnets[4],
                          "--subnet6", subnets[6], "scene")
        ports = [word for host, container, protocol in PORTS for interface in ("eth0", "eth1")
                 for word in ("-p", f"{interface}:{host}:{container}/{protocol}")]
        self.peers = dict(
            stage.peers, a1=self.container("a1", driver, *ports), a2=self.container("a2", driver)
        )

    def container(self, name, driver, *options):
        return peers.in_container(
            self.stage.kleene, name, "--rm", "-l", driver, "-n", "scene",
            "--ip", self.address[4][name], "--ip6", self.address[6][name], *options,
        )

    def check(self):
        """Returns what is not as it should be."""
        rows = [(f"IPv{family}", *row) for family in (4, 6) for row in expectations(self, family)]
        found = peers.ask_all(self.peers, [
            (who, protocol, address, port, bool(reached))
            for _, _, who, protocol, address, port, reached, _ in rows
        ])
        wrong = [
            (family, name, mismatch(reached, source, result))
            for (family, name, *_, reached, source), result in zip(rows, found)
        ]
        return [f"{family} {name}: {what}" for family, name, what in wrong if what]

    def end(self):
        for name in ("a1", "a2"):
            self.peers[name].end()
        self.stage.kleene.klee("rmn", "scene")


@pytest.fixture(scope="module")
def stage(module_networked):
    made = Stage(module_networked)
    yield made
    made.end()


@pytest.mark.parametrize("nat", [True, False], ids=["nat", "no-nat"])
@pytest.mark.parametrize("internal", [False, True], ids=["open", "internal"])
@pytest.mark.parametrize("icc", [True, False], ids=["icc", "no-icc"])
@pytest.mark.parametrize("driver,kind", KINDS, ids=["-".join(k) for k in KINDS])
def test_matrix(stage, driver, kind, icc, internal, nat):
    scene = Scene(stage, driver, kind, icc, internal, nat)
    try:
        wrong = scene.check()
    finally:
        scene.end()
    assert not wrong, "\n".join(wrong)
