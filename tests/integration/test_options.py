# SPDX-License-Identifier: BSD-2-Clause
"""Options in all their spellings: what is given by one has the effect that it has by the other."""

import json
import os
import re
import sys

import pytest

from building import Context, build
from harness import IMAGE, refused, wait_until

LONG, SHORT = 0, 1
SPELLINGS = pytest.mark.parametrize("spelling", [LONG, SHORT], ids=["long", "short"])

# of a process; of a container; beside those, of create and run
PROCESS = [("--user", "-u", "alice"), ("--env", "-e", "A=1"), ("--env", "-e", "B=two words")]
CONTAINER = [
    *PROCESS, ("--env-file", None, "{file}"), ("--mount", "-m", "v:/v"),
    ("--volume", "-v", "w:/w"), ("--tmpfs", None, "/t"),
    ("--jailparam", "-J", "allow.raw_sockets"), ("--driver", "-l", "vnet"),
    ("--network", "-n", "net"), ("--ip", None, "10.20.30.9"), ("--ip6", None, "fd20:30::9"),
    ("--publish", "-p", "8080:80"), ("--pids", None, "64"),
]
KEPT = [
    ("--persist", "-P", None), ("--restart", None, "on-failure:4"), ("--workdir", "-w", "/etc"),
    ("--entrypoint", None, "env"), ("--group-add", None, "50"), ("--ulimit", None, "nofile=100:200"),
    ("--stop-signal", None, "TERM"), ("--stop-timeout", None, "20"), ("--label", None, "of=test"),
    ("--init", None, None), ("--pid", None, "private"), ("--ipc", None, "private"),
    ("--uts", None, "private"),
]
# what one host alone has
LINUX = [
    ("--read-only", None, None), ("--cap-add", None, "AUDIT_WRITE"), ("--cap-drop", None, "KILL"),
    ("--device", None, "/dev/null:/dev/nothing"), ("--shm-size", None, "1M"),
    ("--sysctl", None, "kernel.msgmax=4096"),
] if sys.platform == "linux" else []
OF_LINUX = {
    "read_only": True, "cap_add": ["AUDIT_WRITE"], "cap_drop": ["KILL"],
    "devices": ["/dev/null:/dev/nothing"], "shm_size": 1 << 20, "sysctls": {"kernel.msgmax": "4096"},
} if sys.platform == "linux" else {}
KEPT += LINUX
HAS = {
    "user": "alice", "env": ["FROM_FILE=yes", "A=1", "B=two words"], "persist": True,
    "jail_param": ["allow.raw_sockets"], "network_driver": "vnet", "restart_policy": "on-failure:4",
    "pids": 64, "workdir": "/etc", "entrypoint": ["env"], "group_add": ["50"],
    "ulimits": ["nofile=100:200"], "stop_signal": "TERM", "stop_timeout": 20, "labels": {"of": "test"},
    **OF_LINUX,
}
OF_KEPT = (
    "persist", "restart_policy", "workdir", "entrypoint", "group_add", "ulimits", "stop_signal",
    "stop_timeout", "labels", *OF_LINUX,
)


def written(options, spelling, **values):
    """The options as words; the long spelling where there is no short one."""
    words = []
    for long, short, value in options:
        words.append(short if spelling == SHORT and short else long)
        if value is not None:
            words.append(value.format(**values))
    return words


@pytest.fixture
def prepared(networked, tmp_path):
    """A daemon with a network, and a file of variables."""
    networked.network("net", "-t", "bridge", "--subnet", "10.20.30.0/24", "--subnet6", "fd20:30::/64")
    networked.variables = tmp_path / "variables"
    networked.variables.write_text("FROM_FILE=yes\n")
    return networked


def check(kleene, container, expected):
    shown = kleene.api.get(f"/containers/{container}/inspect")
    seen = shown["container"]
    assert {**seen, "env": sorted(seen["env"])} == {
        **seen, **expected, "env": sorted(expected.get("env", seen["env"]))
    }
    return shown


@SPELLINGS
def test_create_and_run(prepared, spelling):
    options = written([*CONTAINER, *KEPT], spelling, file=prepared.variables)
    created = prepared.create(*options, IMAGE, "true")
    prepared.klee("network", "disconnect", "net", created)
    prepared.klee("rmc", created)
    detach = written([("--detach", "-d", None)], spelling)
    ran = prepared.klee("run", *detach, "--name", "ran", *options, IMAGE, "sleep", "1000").lines[0]
    shown = check(prepared, ran, {**HAS, "name": "ran"})
    assert shown["container_mountpoints"][0]["source"] == "v"
    (port,) = shown["container"]["public_ports"]
    assert (port["host_port"], port["container_port"]) == ("8080", "80")
    (endpoint,) = shown["container_endpoints"]
    assert (endpoint["ip_address"], endpoint["ip_address6"]) == ("10.20.30.9", "fd20:30::9")
    assert "\nFROM_FILE=yes\n" in prepared.klee("exec", ran, "env").out


def test_create_is_as_run(prepared):
    options = written([*CONTAINER, *KEPT], LONG, file=prepared.variables)
    created = prepared.create("--name", "made", *options, IMAGE, "true")
    check(prepared, created, {**HAS, "name": "made", "cmd": ["true"]})


@SPELLINGS
def test_build(prepared, tmp_path, spelling):
    """The container of a build, seen while it runs."""
    context = Context(str(tmp_path / "context"))
    context.dockerfile("FROM no-such-image", "ARG x", "RUN echo $x; read wait < /v/fifo", name="Other")
    prepared.klee("volume", "create", "v")
    os.mkfifo(f"{prepared.volume('v')}/fifo")
    options = written([
        *CONTAINER, ("--from", None, IMAGE), ("--file", "-f", "Other"), ("--tag", "-t", "made:v2"),
        ("--build-arg", None, "x=1"), ("--name", None, "given"), ("--rm", None, None),
        ("--no-cache", None, None), ("--quiet", "-q", None),
    ], spelling, file=prepared.variables)
    child = prepared.popen("build", *options, context.directory)
    wait_until(prepared.running, "the build's container to run")
    (container,) = prepared.running()
    expected = {k: v for k, v in HAS.items() if k not in OF_KEPT}
    shown = check(prepared, container, expected)
    assert shown["container_endpoints"][0]["ip_address"] == "10.20.30.9"
    with open(f"{prepared.volume('v')}/fifo", "w", encoding="ascii") as fifo:
        fifo.write("go on\n")
    output, error = child.communicate()
    (image,) = [i for i in prepared.images() if (i["name"], i["tag"]) == ("made", "v2")]
    assert (child.returncode, output.decode(), error) == (0, image["id"] + "\n", b"")


@SPELLINGS
def test_exec(kleene, spelling):
    container = kleene.detached(IMAGE, "sleep", "1000")
    options = written([*PROCESS, ("--interactive", "-i", None)], spelling)
    command = ["sh", "-c", "id -un; echo $A $B; cat"]
    result = kleene.klee("exec", *options, container, *command, input="in\n")
    assert "\nalice\n1 two words\nin\n" in result.out
    options = written([("--detach", "-d", None)], spelling)
    result = kleene.klee("exec", *options, container, "sh", "-c", "echo behind")
    assert re.fullmatch(r"created execution instance \w+\n", result.out)
    kleene.wait_log(container, "behind\n")
    child = kleene.spawn("exec", *written([("--tty", "-t", None)], spelling), container, "tty")
    child.expect("/dev/pts/")


@SPELLINGS
def test_start(kleene, spelling):
    container = kleene.create(IMAGE, "sh", "-c", "cat; exit 3")
    options = written([("--interactive", "-i", None)], spelling)
    result = kleene.klee("start", *options, container, input="in\n", check=3)
    assert "\nin\n" in result.out
    kleene.klee("start", *written([("--detach", "-d", None)], spelling), container)
    kleene.wait_status(container, "exited (3)")
    container = kleene.create(IMAGE, "tty")
    child = kleene.spawn("start", *written([("--tty", "-t", None)], spelling), container)
    child.expect("/dev/pts/")


def test_exit_codes_of_start(kleene):
    kleene.klee("start", kleene.create(IMAGE, "no-such-command"), check=127)
    kleene.klee("start", kleene.create(IMAGE, "/etc/passwd"), check=126)
    kleene.klee("start", kleene.create(IMAGE, "sh", "-c", "kill -TERM $$"), check=143)


@SPELLINGS
def test_run_at_a_terminal(kleene, spelling):
    options = [("--tty", "-t", None), ("--interactive", "-i", None), ("--quiet", "-q", None)]
    options = written(options, spelling)
    child = kleene.spawn("run", *options, IMAGE, "sh", "-c", "tty; read x; echo got $x")
    child.expect("/dev/pts/")
    assert not child.before.strip()  # quiet
    child.sendline("this")
    child.expect("got this")


@SPELLINGS
def test_update(kleene, spelling):
    container = kleene.create(IMAGE, "true")
    options = written([
        ("--name", None, "new"), *PROCESS, ("--jailparam", "-J", "allow.raw_sockets"), *KEPT,
        ("--pids", None, "64"), ("--cpus", None, "0.5"), ("--memory", None, "64M"),
        ("--env-clear", None, None), ("--jailparam-clear", None, None), ("--mount", "-m", "v:/v"), ("--volume", "-v", "w:/w"),
        ("--tmpfs", None, "/t"),
    ], spelling)
    assert kleene.klee("container", "update", *options, container, "echo", "-n").lines == [container]
    expected = {**HAS, "env": ["A=1", "B=two words"], "name": "new", "cmd": ["echo", "-n"],
                "memory": 64 << 20, "cpus": 0.5}
    del expected["network_driver"]
    check(kleene, container, expected)


@SPELLINGS
def test_lists_and_logs(kleene, spelling):
    container = kleene.detached(IMAGE, "echo", "written")
    kleene.wait_status(container, "exited (0)")
    assert container not in kleene.klee("lsc").out
    assert container in kleene.klee("lsc", *written([("--all", "-a", None)], spelling)).out
    waits = kleene.detached(IMAGE, "sh", "-c", "echo one; while [ ! -e /go ]; do sleep 0.05; done; echo two")
    follow = kleene.popen("container", "logs", *written([("--follow", "-f", None)], spelling), waits)
    assert follow.stdout.readline() == b"one\n"
    kleene.klee("exec", waits, "touch", "/go")
    assert follow.stdout.read() == b"two\n" and follow.wait() == 0


@SPELLINGS
def test_removing_and_pruning(networked, spelling):
    force = written([("--force", "-f", None)], spelling)
    runs = networked.detached(IMAGE, "sleep", "1000")
    assert networked.klee("rmc", *force, runs).lines == [runs]
    stopped = networked.create(IMAGE, "true")
    network = networked.network("net", "--subnet", "10.20.30.0/24")
    networked.klee("volume", "create", "v")
    (image,) = networked.images()
    assert networked.klee("container", "prune", *force).lines == [stopped]
    assert networked.klee("network", "prune", *force).lines == [network]
    assert networked.klee("volume", "prune", *force).lines == ["v"]
    everything = written([("--all", "-a", None)], spelling)
    assert networked.klee("image", "prune", *force, *everything).lines == [image["id"]]


@SPELLINGS
def test_networks(networked, spelling):
    def create(name, *options):
        given = networked.network(name, *written(options, spelling))
        shown = json.loads(networked.klee("network", "inspect", "--format", "json", name).out)
        assert json.loads(networked.klee("isn", given).out) == shown
        networked.klee("rmn", *written([("--force", "-f", None)], spelling), name)
        return shown["network"]

    bridge = create(
        "bridge", ("--type", "-t", "bridge"), ("--subnet", None, "10.20.30.0/24"),
        ("--subnet6", None, "fd20:30::/64"), ("--gw", None, "10.20.30.7"),
        ("--gw6", None, "fd20:30::7"), ("--no-icc", None, None), ("--internal", None, None),
        ("--no-nat", None, None),
    )
    assert (bridge["gateway"], bridge["gateway6"]) == ("10.20.30.7", "fd20:30::7")
    assert (bridge["icc"], bridge["internal"], bridge["nat"]) == (False, True, "")
    subnets = (("--subnet", None, "10.20.30.0/24"), ("--subnet6", None, "fd20:30::/64"))
    automatic = create(
        "bridge", ("--driver", None, "vnet"), *subnets, ("--gw", None, "auto"), ("--gw6", None, "auto"),
        ("--icc", None, None), ("--nat", None, None),
    )
    assert (automatic["gateway"], automatic["gateway6"]) == ("10.20.30.1", "fd20:30::1")
    assert (automatic["type"], automatic["icc"], automatic["nat"]) == ("bridge", True, "eth0")
    none = create(
        "bridge", ("--type", "-t", "bridge"), *subnets, ("--gw", None, ""), ("--gw6", None, "")
    )
    assert (none["gateway"], none["gateway6"]) == ("", "")
    loopback = create("lo", ("--driver", None, "ipnet"), *subnets, ("--nat-if", None, "eth1"))
    assert (loopback["type"], loopback["driver"], loopback["nat"]) == ("loopback", "ipnet", "eth1")
    custom = create(
        "custom", ("--type", "-t", "custom"), ("--interface", "-i", "eth1"),
        ("--subnet", None, "198.51.100.128/25"),
    )
    assert custom["interface"] == "eth1"


def test_image_tag_in_full(bare):
    archive = f"file://{bare.system.archive()}"
    made = bare.klee("image", "create", "--tag", "made:v1", "-t", "more", "fetch", archive).lines[-1]
    assert bare.api.get("/images/made:v1/inspect")["id"] == made
    assert bare.api.get("/images/more/inspect")["names"] == ["made:v1", "more:latest"]


@pytest.mark.parametrize("method", ["zfs-copy", "zfs-clone"])
def test_datasets_that_are_not_there(bare, method):
    result = bare.klee("image", "create", "-t", "x", method, "no/such/dataset", check=None)
    refused(result, 125, *bare.system.no_dataset)
    assert bare.images() == []


def test_build_is_as_before_without_options(kleene, tmp_path):
    """Limits and a network driver are those of a container without options."""
    context = Context(str(tmp_path / "context"))
    context.dockerfile(f"FROM {IMAGE}", "RUN id -un")
    result = build(kleene, context, "-l", "host", "--cpus", "0.5", "--memory", "64M")
    assert "\nroot\n" in result.out
