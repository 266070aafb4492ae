# SPDX-License-Identifier: BSD-2-Clause
"""Names in containers, whatever the host's search domains are."""

import os
import sys

import pytest

import building
from harness import IMAGE, refused
from test_networks import (
    DRIVERS, NameServer, OTHERS, SUBNETS, addresses, inside, resolve, serve)


@pytest.mark.parametrize("driver,kind", DRIVERS, ids=["-".join(d) for d in DRIVERS])
def test_a_search_domain_does_not_hide_a_container(networked, driver, kind):
    """The servers of the host have an answer for every name below it."""
    with open(networked.world.resolv_conf, "a", encoding="ascii") as file:
        file.write("search corp.example. Lab.example\n")
    NameServer(networked.world)
    networked.network("net", "-t", kind, *SUBNETS)
    serve(networked, "web", "-l", driver, "-n", "net")
    serve(networked, "c", "-l", driver, "-n", "net")
    assert "corp.example" in inside(networked, "c", "cat", "/etc/resolv.conf")
    four, six = addresses(networked, "web", "net")
    for name in ("web", "web.corp.example", "WEB.lab.EXAMPLE."):
        assert resolve(networked, "c", name) == [four]
        assert resolve(networked, "c", name, "AAAA") == [six]
    # what is no container's name, or behind another suffix, is for the host's servers
    for name in ("db.corp.example", "web.example", "web.corp.example.org", "corp.example"):
        assert resolve(networked, "c", name) == ["203.0.113.7"]


@pytest.mark.parametrize("driver,options", [
    ("host", ()), ("host", ("--hostname", "own")), ("disabled", ()), ("disabled", ("--hostname", "own"))])
def test_a_container_without_networks_resolves_its_own_name(kleene, driver, options):
    out = kleene.quiet("--name", "box", "-l", driver, *options, IMAGE, "sh", "-c",
                       "cat /etc/hosts; echo host $(hostname); echo more >> /etc/hosts")
    own = next(line.split()[1] for line in out.splitlines() if line.startswith("host "))
    for address in ("127.0.0.1", "::1"):
        names = [line.split()[1:] for line in out.splitlines() if line.split()[:1] == [address]]
        assert any(own in found and "box" in found for found in names), out
        assert any("localhost" in found for found in names), out
    # its own files are as they were
    files = kleene.system.container_files(kleene.root, kleene.inspect("box")["id"])
    path = os.path.join(files, "etc/hosts")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            assert "more" not in file.read()
    kleene.klee("rmc", "box")


@pytest.mark.skipif(sys.platform != "linux", reason="FreeBSD has them in the container's root while it runs")
def test_files_of_the_daemons_change_nothing_in_a_container(networked):
    """Nor do they have overlayfs copy a directory up, which the container's end would wait for."""
    networked.network("net", *SUBNETS)
    for driver, options in (("host", ()), ("disabled", ()), ("ipnet", ("-n", "net"))):
        container = networked.create("-l", driver, *options, IMAGE, "cat", "/etc/hosts", "/etc/resolv.conf")
        assert container in networked.klee("start", container).out
        assert os.listdir(networked.system.container_files(networked.root, container)) == []


def test_aliases(networked):
    """Names that a container has in one network, beside its own."""
    networked.network("net", *SUBNETS)
    networked.network("far", *OTHERS)
    for name in ("db1", "db2"):
        serve(networked, name, "-n", "net", "--network-alias", "db", "--network-alias", f"{name}.x")
    serve(networked, "c", "-n", "net")
    four = {name: addresses(networked, name, "net")[0] for name in ("db1", "db2")}
    assert sorted(resolve(networked, "c", "DB")) == sorted(four.values())
    assert resolve(networked, "c", "db2.x") == [four["db2"]]
    assert networked.endpoints("db1")["net"]["aliases"] == ["db", "db1.x"]
    # not in other networks, and not in the place of a container that is called so
    networked.klee("network", "connect", "--alias", "shop", "far", "db1")
    networked.klee("network", "connect", "far", "db2")
    serve(networked, "far", "-n", "far")
    assert resolve(networked, "far", "db") is None
    assert resolve(networked, "far", "shop") == [addresses(networked, "db1", "far")[0]]
    assert resolve(networked, "c", "shop") is None
    db = serve(networked, "db", "-n", "net")
    assert resolve(networked, "c", "db") == [addresses(networked, "db", "net")[0]]
    networked.klee("rmc", "-f", db)
    networked.restart()
    assert sorted(resolve(networked, "c", "db")) == sorted(four.values())
    refused(networked.klee("create", "-n", "net", "--network-alias", "a b", IMAGE, check=None), 125,
            "bad alias 'a b'")
    refused(networked.klee("create", "--network-alias", "x", IMAGE, check=None), 125, "--network")


def test_further_hosts(networked):
    networked.network("net", "-t", "bridge", *SUBNETS)
    serve(networked, "c", "-n", "net", "--hostname", "front", "--add-host", "db:10.9.9.9",
          "--add-host", "six:fd00::9", "--add-host", "up:host-gateway")
    lines = [line.split() for line in inside(networked, "c", "cat", "/etc/hosts").splitlines()]
    four, six = addresses(networked, "c", "net")
    for line in (["10.9.9.9", "db"], ["fd00::9", "six"], ["10.1.0.1", "up"],
                 [four, "front", "c"], [six, "front", "c"]):
        assert line in lines
    assert inside(networked, "c", "hostname") == "front"
    for bad in ("db", "db:", "a b:10.9.9.9", "db:10.9.9"):
        refused(networked.klee("create", "--add-host", bad, IMAGE, check=None), 125, bad)


def test_a_containers_own_servers(networked):
    """Names that are no containers' are asked of the servers it was given, not of the host's."""
    NameServer(networked.world)
    program = NameServer.PROGRAM.replace("192.0.2.2", "198.51.100.2").replace("x07", "x08")
    child = networked.world.popen("neighbour", "python3", "-c", program)
    assert child.stdout.readline() == b"ready\n"
    networked.network("net", "-t", "bridge", *SUBNETS)
    serve(networked, "c", "-n", "net", "--dns", "198.51.100.2")
    serve(networked, "other", "-n", "net")
    assert resolve(networked, "c", "somewhere.example") == ["203.0.113.8"]
    assert resolve(networked, "other", "somewhere.example") == ["203.0.113.7"]
    assert resolve(networked, "c", "other") == [addresses(networked, "other", "net")[0]]
    out = networked.quiet("--dns", "198.51.100.2", IMAGE, "cat", "/etc/resolv.conf")
    assert "nameserver 198.51.100.2" in out.splitlines()
    refused(networked.klee("create", "--dns", "nobody", IMAGE, check=None), 125, "dns: 'nobody'")


def test_names_of_builds(networked, tmp_path):
    networked.network("net", *SUBNETS)
    context = building.Context(str(tmp_path / "context"))
    context.dockerfile(f"FROM {IMAGE}", "RUN hostname; cat /etc/hosts; peer resolve shop A")
    options = ["-n", "net", "--hostname", "front", "--add-host", "db:10.9.9.9", "--network-alias", "shop"]
    lines = networked.klee("build", *options, context.directory).lines
    (own,) = [line.split()[0] for line in lines if line.startswith("10.") and "front" in line.split()]
    assert "front" in lines and "db" in [line.split()[-1] for line in lines if "10.9.9.9" in line]
    assert own in lines  # by the alias
    context.dockerfile(f"FROM {IMAGE}", "RUN cat /etc/resolv.conf")
    lines = networked.klee("build", "-l", "host", "--dns", "198.51.100.2", context.directory).lines
    assert "nameserver 198.51.100.2" in lines


def test_hostname_of_a_created_container(kleene):
    container = kleene.create("--hostname", "front", IMAGE, "hostname")
    assert kleene.klee("start", "-q", container).out == "front\n"


def test_no_network_at_all(kleene):
    container = kleene.create("--network", "none", IMAGE, "true")
    assert kleene.inspect(container)["network_driver"] == "disabled"
    refused(kleene.klee("create", "-n", "none", "-n", "x", IMAGE, check=None), 125, "none", "'x'")
    refused(kleene.klee("create", "-l", "host", "-p", "80", IMAGE, check=None), 125,
            "'host'", "the host's port already")
    kleene.klee("rmc", container)
