# SPDX-License-Identifier: BSD-2-Clause
"""What a host with containers is to let pass, whoever makes its networks and rules.

    outside ── eth0 host eth1 ── neighbour
                     │
        kleene0: a1, a2        kleene1: b1
"""

ADDRESSES = {
    4: {"outside": "192.0.2.2", "eth0": "192.0.2.1", "eth1": "198.51.100.1",
        "neighbour": "198.51.100.2", "gateway": "10.1.0.1", "a1": "10.1.0.2", "a2": "10.1.0.3",
        "b1": "10.2.0.2", "other gateway": "10.2.0.1", "stray": "10.1.0.77"},
    6: {"outside": "2001:db8::2", "eth0": "2001:db8::1", "eth1": "2001:db8:1::1",
        "neighbour": "2001:db8:1::2", "gateway": "fd00:1::1", "a1": "fd00:1::2", "a2": "fd00:1::3",
        "b1": "fd00:2::2", "other gateway": "fd00:2::1", "stray": "fd00:1::77"},
}
# what containers of a custom network have: addresses of the neighbour's network
CUSTOM = {4: {"a1": "198.51.100.11", "a2": "198.51.100.12", "stray": "198.51.100.77"},
          6: {"a1": "2001:db8:1::11", "a2": "2001:db8:1::12", "stray": "2001:db8:1::77"}}
SUBNETS = {4: "10.1.0.0/24", 6: "fd00:1::/64"}
CUSTOM_SUBNETS = {4: "198.51.100.0/24", 6: "2001:db8:1::/64"}
PORTS = [  # host, container, protocol; of a1
    ("8080", "80", "tcp"), ("5300", "53", "udp"), ("9000:9003", "9000:*", "tcp"),
    ("7000:7002", "7100:*", "tcp"),
]


def expectations(world, family):
    """(name, who, kind, address, port, reached, source seen) of all there is to find out."""
    a = world.address[family]
    open_ = not world.internal
    rows = [
        ("same network", "a1", "tcp", a["a2"], 80, world.icc, a["a1"]),
        ("same network, back", "a2", "udp", a["a1"], 53, world.icc, a["a2"]),
        ("itself", "a1", "tcp", a["a1"], 80, True, a["a1"]),
        ("to another network", "a1", "tcp", a["b1"], 80, False, None),
        ("from another network", "b1", "tcp", a["a1"], 80, False, None),
        ("to the outside", "a1", "tcp", a["outside"], 80, open_,
         a["eth0"] if world.nat else a["a1"]),
        ("to the outside by UDP", "a2", "udp", a["outside"], 53, open_,
         a["eth0"] if world.nat else a["a2"]),
        ("to the neighbour", "a1", "tcp", a["neighbour"], 80, open_, a["a1"]),
        ("the other network to the outside", "b1", "tcp", a["outside"], 80, True, a["eth0"]),
        ("from outside", "outside", "tcp", a["a1"], 80, False, None),
        ("from outside by UDP", "outside", "udp", a["a1"], 53, False, None),
        ("from the neighbour", "neighbour", "tcp", a["a1"], 80, False, None),
        ("between others", "outside", "tcp", a["neighbour"], 80, True, a["outside"]),
        ("from the host", "host", "tcp", a["a1"], 80, True, None),
        ("to the host", "a1", "tcp", a["eth0"], 2200, open_, a["a1"]),
        ("to another network's gateway", "a1", "tcp", a["other gateway"], 2200, False, None),
    ]
    if world.kind == "bridge":
        rows.append(("to the gateway", "a1", "tcp", a["gateway"], 2200, True, a["a1"]))
    for who, source in (("outside", a["outside"]), ("neighbour", a["neighbour"]), ("host", None),
                        ("b1", None if world.hides_senders else a["b1"]), ("a2", None),
                        ("a1", None)):
        for interface in ("eth0", "eth1"):
            for kind, port, target in (("tcp", 8080, 80), ("udp", 5300, 53), ("tcp", 9001, 9001),
                                       ("tcp", 7001, 7101)):
                rows.append((f"published {kind} {port} on {interface} from {who}", who, kind,
                             a[interface], port, f"a1:{target}" if open_ else False, source))
    return rows


def mismatch(reached, source, result):
    """What is wrong with the (server, source) that was told, or None, if no answer came; "": nothing."""
    if not reached:
        return f"expected no answer, got {result}" if result else ""
    if result is None:
        return f"expected {reached}, got no answer"
    if isinstance(reached, str) and result[0] != reached:
        return f"expected {reached}, got {result}"
    if source and result[1] != source:
        return f"expected {reached} to be asked from {source}, got {result}"
    return ""
