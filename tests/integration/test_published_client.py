# SPDX-License-Identifier: BSD-2-Clause
"""
The client that is published for Python, unchanged, against our daemon: each of its commands.

It comes from the index of Python's packages; KLEENE_CLIENT may name the program of one that is
installed. What it cannot show is its own: it has no exit code for most of what fails, and no
words for the reason that an image is not created.
"""

import json
import os
import re
import subprocess

import pytest

import python_packages
from building import Context
from certificates import Secure, free_port
from harness import ID, IMAGE, PATIENCE



@pytest.fixture(scope="module")
def program():
    return os.environ.get("KLEENE_CLIENT") or python_packages.program("kleene-cli", "klee")


class Client:
    def __init__(self, program, kleene, directory, *options):
        self.program = program
        self.kleene = kleene
        self.directory = directory
        self.options = options or ("--host", kleene.url)

    def __call__(self, *args, code=0):
        """What a command prints."""
        done = subprocess.run(
            [self.program, "--theme", "simple", *map(str, (*self.options, *args))],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=2 * PATIENCE, check=False,
            cwd=self.directory, env={**os.environ, "COLUMNS": "200", "TERM": "dumb"},
        )
        text = done.stdout.decode()
        assert done.returncode == code and "Traceback" not in text, f"klee {args}: {text}"
        return text

    def ids(self, *args):
        """The ids or names that a command prints, and nothing else."""
        return self(*args).split()

    def object(self, kind, name):
        return json.loads(self(kind, "inspect", name))


@pytest.fixture
def client(program, networked, tmp_path):
    return Client(program, networked, tmp_path)


def test_running(client):
    out = client("run", IMAGE, "/bin/echo", "hello")
    form = rf"({ID})\ncreated execution instance ({ID})\nhello\n\nexecutable \2 and its container exited"
    assert re.match(form, out), out
    name, = (line.split()[2] for line in client("lsc", "-a").splitlines() if "echo hello" in line)
    out = client("run", "-d", "--name", "behind", "-e", "A=b", "-J", "allow.raw_sockets", IMAGE,
                 "sleep", "1000")
    container, *rest = out.split("\n")
    assert re.fullmatch(ID, container) and rest[0].startswith("created execution instance")
    assert "behind" in client("lsc") and name not in client("lsc")
    out = client("exec", "-u", "alice", "-e", "X=1", "behind", "/bin/sh", "-c", "echo $A $X; id -un")
    assert "\nb 1\nalice\n" in out and "has exited with exit-code 0" in out
    out = client("exec", "-t", "behind", "test", "-t", "0")
    assert "has exited with exit-code 0" in out
    assert client.ids("stop", "behind") == [container]
    assert not client.object("container", "behind")["container"]["running"]
    assert "created execution instance" in client("start", "-d", "behind")
    assert client("restart", "behind").startswith(container)
    assert client.object("container", container)["container"]["running"]
    client("stop", "behind")
    assert client.ids("rmc", "behind", name)[0] == container
    assert client.kleene.containers() == []


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_tls(program, kleene, certificates, tmp_path, kind):
    """With certificates on both sides, requests and streams."""
    secure = Secure(kleene, certificates)
    url = f"https://127.0.0.1:{free_port()}" if kind == "tcp" else f"https://{kleene.base}/tls"
    secure.listen(kind, url, tlsverify=True, tlscacert=certificates.cert("ca"))
    secure.start()
    options = ("--host", url, "--tlscacert", certificates.cert("ca"))
    client = Client(program, kleene, tmp_path, *options, "--tlscert", certificates.cert("client"),
                    "--tlskey", certificates.key("client"))
    assert IMAGE in client("lsi")
    assert "\nworks\n" in client("run", IMAGE, "echo", "works")
    client("container", "prune", "-f")
    stranger = Client(program, kleene, tmp_path, *options)
    assert "unable to connect to kleened" in stranger("lsi", code=1)


def test_changing(client):
    options = ("-m", "data:/data", "-P", "--restart", "on-startup", "-p", "8080:80", "-n", "net")
    client("network", "create", "-t", "bridge", "--subnet", "10.1.0.0/24", "net")
    container, = client.ids("create", "--name", "old", *options, IMAGE, "cat", "/data/file")
    with open(f"{client.kleene.volume('data')}/file", "w", encoding="ascii") as file:
        file.write("kept\n")
    before = client.object("container", "old")
    assert client.ids("container", "rename", "old", "new") == [container]
    after = client.object("container", "new")
    before["container"]["name"] = "new"
    assert after == before  # what it has no options for stays as it was
    client("container", "update", "--env", "A=b", "-J", "allow.raw_sockets", "new", "env")
    changed = client.object("container", "new")["container"]
    assert (changed["env"], changed["jail_param"], changed["restart_policy"], changed["mounts"]) == (
        ["A=b"], ["allow.raw_sockets"], "no", before["container"]["mounts"])
    assert "\nA=b\n" in client("start", "new")
    client("start", "-d", "new")
    assert client.ids("container", "prune", "-f") == [container]
    assert client.ids("network", "prune", "-f") and client.ids("volume", "prune", "-f") == ["data"]


def test_networks(client):
    bridge, = client.ids("network", "create", "-t", "bridge", "--subnet", "10.1.0.0/24",
                         "--subnet6", "fd00:1::/64", "--nat", "false", "bridge")
    loopback, = client.ids("network", "create", "--interface", "testif", "--subnet", "10.2.0.0/24", "lo")
    assert client.object("network", "lo")["network"]["interface"] == "testif"
    assert {bridge, loopback} <= set(client("lsn").split())
    client("create", "--name", "one", "-l", "vnet", "-n", "bridge", "--ip", "10.1.0.7", IMAGE, "sleep", "1000")
    endpoint, = client.object("container", "one")["container_endpoints"]
    assert endpoint["ip_address"] == "10.1.0.7" and endpoint["network_id"] == bridge
    client("network", "disconnect", "bridge", "one")
    assert client.object("network", "bridge")["network_endpoints"] == []
    client("network", "connect", "--ip", "10.1.0.8", "bridge", "one")
    assert "is already connected" in client("network", "connect", "bridge", "one")
    out = client("run", "--name", "two", "-n", "bridge", IMAGE, "sh", "-c",
                 "ip addr || ifconfig")
    assert "10.1.0." in out
    client("rmc", "one", "two")
    assert client.ids("rmn", "lo", "bridge") == [loopback, bridge]
    assert "no such network" in client("network", "inspect", "bridge")


def test_volumes(client):
    assert client.ids("volume", "create", "data") == ["data"]
    assert "data" in client("lsv")
    assert client.object("volume", "data")["volume"]["name"] == "data"
    assert client.ids("rmv", "data") == ["data"]
    assert "no such volume" in client("rmv", "data")


@pytest.fixture
def context(tmp_path):
    return Context(str(tmp_path / "context"))


def test_images(client, context):
    context.dockerfile(f"FROM {IMAGE}", "ARG A=1", "RUN echo $A > /file", "COPY other /", "CMD cat /file")
    context.write("other", "other\n")
    out = client("build", "-t", "made:1", "--build-arg", "A=2", context.directory).splitlines()
    assert out[0].startswith("Started to build image with ID ")
    steps = [line for line in out if line.startswith(("Step ", "--> Snapshot"))]
    assert steps[2] == "Step 3/5 : RUN echo $A > /file" and steps[3].startswith("--> Snapshot created: @")
    assert "" not in out[1:out.index("Step 5/5 : CMD cat /file")]
    assert out[-2:] == ["image created", client.object("image", "made:1")["id"]]
    assert "\n2\n" in client("run", "made:1")
    assert "\nother\n" in client("run", f"made:1{steps[-2].split()[-1]}", "cat", "/other")
    client("image", "tag", "made:1", "other:tag")
    assert "other" in client("lsi") and "made" not in client("lsi")
    assert "is used by container" in client("rmi", "other:tag", code=1)
    client("container", "prune", "-f")
    assert client.ids("rmi", "other:tag") == [out[-1]]
    assert "no such image" in client("rmi", "other:tag", code=1)
    client("image", "prune", "-a", "-f")
    assert client.kleene.images() == []


def test_builds_that_fail(client, context):
    context.dockerfile(f"FROM {IMAGE}", "RUN echo x > /x", "RUN false")
    out = client("build", "-t", "made", context.directory, code=1)
    assert "returned a non-zero code: 1" in out and "Most recent snapshot is @" in out
    assert out.count("Failed to build image") == 1
    assert client.object("image", "made:failed")["name"] == "made"
    for lines, reason in (
        (["FRO nothing"], "FRO"), (["RUN before", f"FROM {IMAGE}"], "FROM"), (["FROM nothing"], "'nothing'"),
    ):
        context.dockerfile(*lines)
        assert reason in client("build", context.directory, code=1)
    client("image", "prune", "-a", "-f")


def test_creating_images(client, tmp_path):
    archive = client.kleene.system.archive()
    out = client("image", "create", "-t", "fetched:1", "fetch", f"file://{archive}")
    assert "image created" in out
    assert client.object("image", "fetched:1")["tag"] == "1"
    assert "no such file" in client("image", "create", "fetch", f"file://{tmp_path}/nothing")
    client("rmi", "fetched:1")


def test_what_is_not_there(client):
    for command in ("isc", "isi", "isv", "isn", "stop", "rmn"):
        assert "no such " in client(command, "nothing")
    assert "container not found" in client("start", "nothing")
    assert "no such container" in client("rmc", "nothing", code=1)
    assert "no such image" in client("run", "nothing", code=1)


def test_what_cannot_be(client):
    """The reason is shown, whatever is wrong with a configuration."""
    client("network", "create", "--subnet", "10.1.0.0/24", "net")
    client("create", "--name", "there", IMAGE, "true")
    for word, code, *command in (
        ("'a/b'", 1, "create", "--name", "a/b", IMAGE), ("'AB'", 1, "create", "-e", "AB", IMAGE),
        ("no.such", 1, "create", "-J", "no.such", IMAGE), ("'x'", 1, "create", "-l", "ipnet", "-p", "x", IMAGE),
        ("osrelease", 1, "run", "-J", "osrelease=1", IMAGE), ("70000", 1, "run", "-l", "ipnet", "-p", "1:70000", IMAGE),
        ("'relative'", 1, "create", "-m", "v:relative", IMAGE), ("'.v'", 1, "create", "-m", ".v:/v", IMAGE),
        ("'a/b'", 0, "container", "rename", "there", "a/b"), ("'AB'", 0, "container", "update", "-e", "AB", "there"),
        ("no.such", 0, "container", "update", "-J", "no.such", "there"), ("'AB'", 0, "exec", "-e", "AB", "there", "true"),
        ("'a/b'", 0, "image", "tag", IMAGE, "a/b"), ("'rubbish'", 0, "network", "create", "--subnet", "rubbish", "n"),
        ("'a/b'", 0, "network", "create", "--subnet", "10.2.0.0/24", "a/b"),
        ("'1.2'", 0, "network", "connect", "--ip", "1.2", "net", "there"),
    ):
        assert word in client(*command, code=code), command
    assert len(client.kleene.containers()) == 1
    # "volume create" is left out: that client knows no refusal of it at all
