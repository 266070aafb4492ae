# SPDX-License-Identifier: BSD-2-Clause
"""Published ports and processes of the host's: who has a port keeps it, and nobody has it twice."""

import pytest

import api
import peers
from harness import IMAGE, wait_until
from world import ADDRESSES

SUBNETS = ("-t", "bridge", "--subnet", "10.1.0.0/24", "--subnet6", "fd00:1::/64")
HOST = ADDRESSES["eth0"]
# tries to have the port, as a server would: what has hold of it, or nothing
BIND = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM if sys.argv[2] == "tcp" else socket.SOCK_DGRAM)
if sys.argv[2] == "tcp":
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if family == socket.AF_INET6:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
try:
    s.bind((sys.argv[1], int(sys.argv[3])))
    if sys.argv[2] == "tcp":
        s.listen()
    print("free")
except OSError as e:
    print(e.strerror)
"""


def bind(kleene, address, protocol, port):
    done = kleene.world.run("host", "python3", "-c", BIND, address, protocol, str(port))
    return done.strip() == "free"


def serve(kleene, name, *options, check=0):
    done = kleene.klee("run", "-d", "--name", name, "-n", "net", *options, IMAGE,
                       "peer", "serve", name, "tcp:80", "udp:80", check=check)
    if done.code == 0:
        kleene.wait_log(name, "peer: ready")
    return done


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_port_of_a_process_of_the_hosts_is_not_published(networked, protocol):
    networked.network("net", *SUBNETS)
    host = peers.in_world(networked.world, "host", services=(f"{protocol}:8080",))
    outside = peers.in_world(networked.world, "outside")
    done = serve(networked, "web", "-p", f"8080:80/{protocol}", check=None)
    assert done.code != 0
    assert f"port 8080/{protocol} of" in done.err and "(peer)" in done.err, repr(done)
    for address in HOST:
        answer = outside.ask(protocol, address, 8080)
        assert answer is not None and answer[0].startswith("host"), "the host's own goes on"
    host.end()
    networked.klee("start", "-d", "web")
    networked.wait_log("web", "peer: ready")
    for address in HOST:
        answer = outside.ask(protocol, address, 8080)
        assert answer is not None and answer[0].startswith("web")
    outside.end()


def test_a_published_port_is_taken(networked):
    """For addresses it is published at and for all of the host's, until the container has stopped."""
    networked.network("net", *SUBNETS)
    serve(networked, "web", "-p", "8080:80", "-p", "8081:80/udp", "-p", "9000:9002:80:*")
    for _ in range(2):
        for everywhere, own in zip(("0.0.0.0", "::"), HOST):
            for address in (everywhere, own):
                assert not bind(networked, address, "tcp", 8080)
                assert not bind(networked, address, "tcp", 9002)
                assert not bind(networked, address, "udp", 8081)
                assert bind(networked, address, "tcp", 8081)
                assert bind(networked, address, "tcp", 9003)
        networked.restart()  # a daemon that comes anew takes them again
    networked.klee("stop", "web")
    assert bind(networked, "0.0.0.0", "tcp", 8080), "free when stop has returned"
    assert bind(networked, "::", "udp", 8081)
    networked.klee("start", "-d", "web")
    assert not bind(networked, "::", "tcp", 8080)
    networked.klee("rmc", "-f", "web")
    assert bind(networked, "0.0.0.0", "tcp", 8080), "free when rmc has returned"


def test_connections_of_the_past_do_not_keep_a_port(networked):
    """What a server of the host's has left behind that has just ended."""
    networked.network("net", *SUBNETS)
    host = peers.in_world(networked.world, "host", services=("tcp:8080",))
    outside = peers.in_world(networked.world, "outside")
    assert outside.ask("tcp", HOST[0], 8080) is not None
    host.end()
    serve(networked, "web", "-p", "8080:80")
    assert outside.ask("tcp", HOST[0], 8080)[0].startswith("web")
    assert not bind(networked, HOST[0], "tcp", 8080)
    assert not bind(networked, "0.0.0.0", "tcp", 8080)
    outside.end()


def publish(kleene, port):
    kleene.api.post("/containers/web/update", {"public_ports": [
        {"host_port": port, "container_port": "80", "protocol": "tcp", "interfaces": []}]})


def test_an_update_does_not_take_a_port_either(networked):
    networked.network("net", *SUBNETS)
    serve(networked, "web", "-p", "8080:80")
    host = peers.in_world(networked.world, "host", services=("tcp:8090",))
    with pytest.raises(api.Error, match=r"port 8090/tcp of .* \(peer\)") as refused:
        publish(networked, "8090")
    assert refused.value.status == 409
    assert not bind(networked, HOST[0], "tcp", 8080), "what was published is so"
    host.end()
    publish(networked, "8090")
    assert bind(networked, HOST[0], "tcp", 8080)
    assert not bind(networked, HOST[0], "tcp", 8090)


def test_a_port_that_was_taken_while_no_daemon_was_there(networked):
    """The container has had it before: it goes on, and the log says who does not get it."""
    networked.network("net", *SUBNETS)
    serve(networked, "web", "-p", "8080:80")
    outside = peers.in_world(networked.world, "outside")
    networked.stop()
    host = peers.in_world(networked.world, "host", services=("tcp:8080",))
    networked.start()
    wait_until(lambda: "port 8080/tcp" in networked.log(), "the log to say so")
    assert "(peer)" in networked.log()
    assert outside.ask("tcp", HOST[0], 8080)[0].startswith("web")
    host.end()
    outside.end()
