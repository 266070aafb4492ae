"""Options of containers: what each says holds for its processes, and is shown by inspect."""

import os

import pytest

import api
from harness import IMAGE, refused, wait_until

# says when it is ready, then what it is sent
HEARS = """
for name in HUP INT USR1 TERM; do trap "echo $name" $name; done
trap 'echo QUIT; exit 7' QUIT
echo ready
while :; do sleep 1000 & wait; done
"""


def hears(kleene, *options):
    container = kleene.detached(*options, IMAGE, "sh", "-c", HEARS)
    kleene.wait_log(container, "ready\n")
    return container


# ---- processes ----


def test_workdir(kleene):
    assert kleene.quiet(IMAGE, "pwd") == "/\n"
    assert kleene.quiet("-w", "/etc", IMAGE, "pwd") == "/etc\n"
    # made when missing, and the root's, whoever runs in it
    made = kleene.detached("-u", "alice", "--workdir", "/srv/app", IMAGE, "sleep", "1000")
    assert kleene.klee("exec", made, "pwd").lines[1] == "/srv/app"
    assert kleene.klee("exec", "-w", "/tmp", made, "pwd").lines[1] == "/tmp"
    assert kleene.klee("exec", "--workdir", "/tmp/new", "-u", "root", made, "pwd").lines[1] == "/tmp/new"
    assert kleene.klee("exec", made, "stat", "-c", "%u %a", "/srv/app").lines[1] == "0 755"
    assert kleene.inspect(made)["workdir"] == "/srv/app"
    refused(kleene.klee("create", "-w", "srv", IMAGE, check=None), 125, "workdir", "'srv'", "absolute")
    refused(kleene.klee("exec", "-w", "tmp", made, "pwd", check=None), 125, "workdir", "'tmp'")
    # a link of the container's leads no further than its root
    link = kleene.create("-w", "/link/there", IMAGE, "pwd", "-P")
    with_link = "ln -s ../../../../etc /link && mkdir /etc/there"
    kleene.klee("exec", "--start", "-w", "/", link, "sh", "-c", with_link)
    assert "\n/etc/there\n" in kleene.klee("start", link).out
    assert not os.path.exists("/etc/there")


def test_entrypoint(kleene):
    assert kleene.quiet("--entrypoint", "echo", IMAGE, "a", "b c") == "a b c\n"
    assert kleene.quiet("--entrypoint", '["echo", "-n", "x y"]', IMAGE, "z") == "x y z"
    container = kleene.create("--entrypoint", "echo", IMAGE)
    inspected = kleene.inspect(container)
    # what the image runs is no argument of another program
    assert (inspected["entrypoint"], inspected["cmd"]) == (["echo"], [])
    assert "\n\n" in kleene.klee("start", container).out
    kleene.klee("container", "update", "--entrypoint", "", container, "true")
    assert kleene.inspect(container)["entrypoint"] == []
    running = kleene.detached("--entrypoint", "sleep", IMAGE, "1000")
    assert kleene.klee("exec", running, "echo", "own").lines[1] == "own"
    bad = kleene.klee("create", "--entrypoint", "[1", IMAGE, check=None)
    refused(bad, 125, "--entrypoint", "JSON")


def test_groups(kleene):
    own = kleene.quiet(IMAGE, "id", "-G").split()
    options = ["--name", "grouped", "--group-add", "4242", "--group-add", "staff"]
    shown = kleene.quiet(*options, IMAGE, "id", "-G").split()
    assert sorted(shown) == sorted({*own, "4242", "50"})
    assert kleene.inspect("grouped")["group_add"] == ["4242", "staff"]
    missing = kleene.klee("run", "--group-add", "nobodys", IMAGE, "true", check=None)
    refused_in_run(missing, "no such group 'nobodys' in the container")


def refused_in_run(result, *words):
    """As refused, after the container's id."""
    assert result.code == 125, repr(result)
    (line,) = result.err.splitlines()
    for word in words:
        assert word in line, repr(result)


def test_ulimits(kleene):
    options = ["--ulimit", "nofile=77:88", "--ulimit", "core=0"]
    script = "ulimit -Sn; ulimit -Hn; ulimit -c"
    assert kleene.quiet("--name", "limited", *options, IMAGE, "sh", "-c", script) == "77\n88\n0\n"
    assert kleene.inspect("limited")["ulimits"] == ["nofile=77:88", "core=0"]
    # the warden's own are not those: it writes the log, however little a process may write
    small = kleene.detached("--ulimit", "fsize=1", "--ulimit", "nofile=4", IMAGE, "sh", "-c", "echo long enough")
    kleene.wait_status(small, "exited (0)")
    assert kleene.logs(small) == "long enough\n"
    for wrong, words in {
        "nofile": ["NAME=SOFT[:HARD]"], "files=3": ["'files=3'", "nofile"], "nofile=x": ["whole number"],
        "nofile=5:4": ["above the hard one"], "nofile=1:2:3": ["whole number"],
    }.items():
        refused(kleene.klee("create", "--ulimit", wrong, IMAGE, check=None), 125, *words)


def test_labels(kleene):
    container = kleene.create("--label", "owner=me=too", "--label", "plain", IMAGE, "true")
    assert kleene.inspect(container)["labels"] == {"owner": "me=too", "plain": ""}
    refused(kleene.klee("create", "--label", "=x", IMAGE, check=None), 125, "--label", "'=x'")


# ---- ending ----


def test_stop_signal_and_time(kleene):
    container = hears(kleene, "--stop-signal", "quit", "--stop-timeout", "1000")
    inspected = kleene.inspect(container)
    assert (inspected["stop_signal"], inspected["stop_timeout"]) == ("quit", 1000)
    kleene.klee("stop", container)
    assert kleene.logs(container) == "ready\nQUIT\n"
    assert kleene.inspect(container)["status"] == "exited (7)"
    # who hears nothing but SIGKILL ends, after no time at all
    container = hears(kleene, "--stop-timeout", "1000")
    kleene.klee("stop", "-t", "0", container)
    assert (kleene.logs(container), kleene.inspect(container)["exit_code"]) == ("ready\n", 137)
    container = hears(kleene, "--stop-timeout", "0")
    kleene.klee("stop", container)
    assert (kleene.logs(container), kleene.inspect(container)["exit_code"]) == ("ready\n", 137)
    container = hears(kleene, "--stop-timeout", "0", "--stop-signal", "SIGQUIT")
    kleene.klee("stop", "--time", "1000", container)
    assert kleene.inspect(container)["exit_code"] == 7
    for option, wrong in {"--stop-signal": "BOOM", "--stop-timeout": "-1"}.items():
        refused(kleene.klee("create", option, wrong, IMAGE, check=None), 125, wrong)
    refused(kleene.klee("stop", "-t", "soon", container, check=None), 125, "--time", "'soon'")
    with pytest.raises(api.Error) as error:
        kleene.api.post(f"/containers/{container}/stop?timeout=-1")
    assert "-1" in str(error.value)


def test_kill(kleene):
    container = hears(kleene, "--restart", "always")
    for signal in ("HUP", "sigusr1", "2"):
        assert kleene.klee("container", "kill", "-s", signal, container).lines == [container]
    kleene.wait_log(container, "ready\nHUP\nUSR1\nINT\n")
    # KILL ends it as a stop does: its policy does not start it again
    assert kleene.klee("container", "kill", container).lines == [container]
    assert kleene.inspect(container)["status"] == "exited (137)"
    refused(kleene.klee("container", "kill", container, check=None), 1, "container not running")
    refused(kleene.klee("container", "kill", "--signal", "x", container, check=None), 1, "no signal 'x'")
    refused(kleene.klee("container", "kill", "nobody", check=None), 1, "nobody")


def test_kill_is_for_the_process_the_container_was_started_for(kleene):
    container = hears(kleene)
    other = "trap 'echo other' HUP; echo set; while :; do sleep 1000 & wait; done"
    kleene.klee("exec", "-d", container, "sh", "-c", other)
    kleene.wait_log(container, "ready\nset\n")
    kleene.klee("container", "kill", "-s", "HUP", container)
    kleene.wait_log(container, "ready\nset\nHUP\n")
    # it ends, and the other goes on: then that gets it
    kleene.klee("container", "kill", "-s", "QUIT", container)
    kleene.wait_log(container, "ready\nset\nHUP\nQUIT\n")

    def heard():
        kleene.klee("container", "kill", "-s", "HUP", container)
        return "QUIT\nother\n" in kleene.logs(container)

    wait_until(heard, "the other to hear it")


# ---- update ----


def test_update_of_variables(kleene):
    container = kleene.create("-e", "A=1", "-e", "B=2", IMAGE, "env")

    def env(*options):
        kleene.klee("container", "update", *options, container)
        return kleene.inspect(container)["env"]

    assert env("-e", "B=3", "-e", "C=4") == ["A=1", "B=3", "C=4"]
    assert env("--env-clear", "-e", "D=5") == ["D=5"]
    assert env("--env-clear") == []
    # and a client of the published interface replaces them
    kleene.api.post(f"/containers/{container}/update", {"env": ["X=1"]})
    assert kleene.inspect(container)["env"] == ["X=1"]


def test_update_of_mounts(kleene):
    container = kleene.create("-m", "old:/old", IMAGE, "sh", "-c", "echo new > /new/file; ls /")
    kleene.klee("container", "update", "-m", "new:/new", container)
    listed = kleene.klee("start", container).lines
    assert "new" in listed and "old" not in listed
    kleene.klee("container", "update", container, "sleep", "1000")
    kleene.klee("start", "-d", container)
    refused(kleene.klee("container", "update", "-m", "x:/x", container, check=None), 1, "mounts", "stopped")


# ---- surroundings ----


def test_path_is_that_of_a_login(kleene):
    path = kleene.quiet(IMAGE, "sh", "-c", "echo $PATH").strip()
    assert path == kleene.system.login_path
