# SPDX-License-Identifier: BSD-2-Clause
"""Restart policies: which ends of a container, and of the daemon, start it again."""

import os
import re

import pytest

from harness import ID, IMAGE, refused, wait_until

# counts its runs in a file of its own and then does what the rest says
COUNT = "echo run >> /root/runs; "


def restarted(kleene, container, times):
    wait_until(
        lambda: kleene.inspect(container)["restart_count"] >= times,
        f"container {container} to be restarted {times} times",
    )


def rests(kleene, container):
    """The container has ended and is not to be started again."""
    wait_until(
        lambda: re.fullmatch(r"exited \(\d+\)", kleene.inspect(container)["status"]),
        lambda: f"container {container} to rest: {kleene.inspect(container)}",
    )


def runs(kleene, container):
    """How often the command has run, as the container itself has noted; it must be stopped."""
    out = kleene.visit(container, "cat", "/root/runs").out
    return out.count("run\n")


def test_always(kleene):
    container = kleene.detached("--restart", "always", IMAGE, "sh", "-c", COUNT + "true")
    restarted(kleene, container, 3)
    assert kleene.klee("stop", container).lines == [container]
    rests(kleene, container)
    assert not kleene.running()
    assert kleene.inspect(container)["restart_policy"] == "always"
    assert runs(kleene, container) >= 3


def test_process_is_killed(kleene):
    container = kleene.detached("--restart", "always", IMAGE, "sleep", "1000")
    for _ in range(2):
        kleene.wait_status(container, "running")
        before = kleene.inspect(container)["restart_count"]
        (warden,) = kleene.system.wardens()
        kleene.system.kill(warden)
        restarted(kleene, container, before + 1)
    kleene.wait_status(container, "running")
    assert kleene.inspect(container)["restart_count"] == 2
    # started by hand it counts anew
    kleene.klee("restart", container)
    assert kleene.inspect(container)["restart_count"] == 0
    assert kleene.running() == [container]


def test_on_failure(kleene):
    fails = kleene.detached("--restart", "on-failure:2", IMAGE, "sh", "-c", COUNT + "exit 3")
    succeeds = kleene.detached("--restart", "on-failure", IMAGE, "sh", "-c", COUNT + "exit 0")
    restarted(kleene, fails, 2)
    rests(kleene, fails)
    rests(kleene, succeeds)
    assert kleene.inspect(fails)["exit_code"] == 3
    assert (runs(kleene, fails), runs(kleene, succeeds)) == (3, 1)
    assert kleene.inspect(succeeds)["restart_count"] == 0


def test_fails_until_it_succeeds(kleene):
    command = COUNT + "test $(wc -l < /root/runs) -ge 3"
    container = kleene.detached("--restart", "on-failure", IMAGE, "sh", "-c", command)
    restarted(kleene, container, 2)
    rests(kleene, container)
    assert kleene.inspect(container)["exit_code"] == 0
    assert runs(kleene, container) == 3


def test_what_is_not_restarted(kleene):
    no = kleene.detached("--restart", "no", IMAGE, "sh", "-c", COUNT + "exit 1")
    startup = kleene.detached("--restart", "on-startup", IMAGE, "sh", "-c", COUNT + "exit 1")
    last = kleene.detached("--restart", "on-failure:1", IMAGE, "sh", "-c", "exit 1")
    restarted(kleene, last, 1)
    for container in (no, startup, last):
        rests(kleene, container)
    assert (runs(kleene, no), runs(kleene, startup)) == (1, 1)


def test_start_that_fails(kleene):
    """Who starts a container learns that it cannot be; nobody goes on trying."""
    container = kleene.create("--restart", "always", IMAGE, "/no/such/command")
    assert kleene.klee("start", "-d", container, check=None).code == 127
    rests(kleene, container)
    kleene.restart()
    # with the daemon there is nobody to be told: it is tried again and again
    restarted(kleene, container, 2)
    kleene.klee("stop", container)
    rests(kleene, container)


def test_stop_while_waiting(kleene):
    """A container that waits to be started again can be stopped, removed, and started."""
    container = kleene.detached("--restart", "always", IMAGE, "false")
    restarted(kleene, container, 5)  # the waits are long by now
    wait_until(
        lambda: kleene.inspect(container)["status"] == "exited (1), restarting", "it to wait"
    )
    assert kleene.klee("stop", container).lines == [container]
    rests(kleene, container)
    refused(kleene.klee("stop", container, check=None), 1, "not running")
    kleene.klee("start", "-d", container)
    restarted(kleene, container, 2)
    wait_until(lambda: kleene.klee("rmc", container, check=None).code == 0, "it to be removed")
    assert kleene.containers() == []


def test_update(kleene):
    container = kleene.detached(IMAGE, "sh", "-c", COUNT + "echo has run; sleep 1000")
    has_run = lambda times: kleene.logs(container).count("has run\n") == times
    wait_until(lambda: has_run(1), "the command to run")
    kleene.klee("container", "update", "--restart", "unless-stopped", container)
    assert kleene.inspect(container)["restart_policy"] == "unless-stopped"
    (warden,) = kleene.system.wardens()
    kleene.system.kill(warden)
    restarted(kleene, container, 1)
    wait_until(lambda: has_run(2), "the command to run again")
    kleene.klee("container", "update", "--restart", "no", container)
    (warden,) = kleene.system.wardens()
    kleene.system.kill(warden)
    rests(kleene, container)
    assert runs(kleene, container) == 2


def test_update_while_waiting(kleene):
    container = kleene.detached("--restart", "always", IMAGE, "false")
    restarted(kleene, container, 5)
    wait_until(lambda: "restarting" in kleene.inspect(container)["status"], "it to wait")
    kleene.klee("container", "update", "--restart", "no", container)
    rests(kleene, container)


def test_policies_that_are_none(kleene):
    for policy in ("sometimes", "on-failure:0", "on-failure:x", "always:2"):
        result = kleene.klee("create", "--restart", policy, IMAGE, "true", check=None)
        refused(result, 125, policy, "unless-stopped")
    result = kleene.klee("run", "--rm", "--restart", "always", IMAGE, "true", check=None)
    refused(result, 125, "always", "removed")
    container = kleene.create(IMAGE, "true")
    result = kleene.klee("container", "update", "--restart", "x", container, check=None)
    refused(result, 1, "'x'")
    assert kleene.inspect(container)["restart_policy"] == "no"


def test_list_shows_it(kleene):
    for policy in ("no", "on-startup", "always", "on-failure:4"):
        kleene.create("--name", policy.replace(":", "-"), "--restart", policy, IMAGE, "true")
    lines = kleene.klee("lsc", "-a").lines[1:]
    shown = {line.split()[1]: re.split(r"\s{2,}", line)[5] for line in lines}
    assert shown == {
        "no": "no", "on-startup": "yes", "always": "always", "on-failure-4": "on-failure:4"
    }


def start_all(kleene, *more):
    """A container of each policy."""
    policies = ("no", "on-startup", "always", "unless-stopped", "on-failure")
    return {
        p: kleene.detached("--name", p, "--restart", p, *more, IMAGE, "sleep", "1000")
        for p in policies
    }


def names(kleene):
    return sorted(c["name"] for c in kleene.api.get("/containers/list"))


@pytest.mark.parametrize("end", ["stop", "kill9"])
def test_stop_by_hand_holds_until_the_next_daemon(kleene, end):
    containers = start_all(kleene)
    kleene.klee("stop", *containers.values())
    assert names(kleene) == []
    getattr(kleene, end)()
    kleene.start()
    wait_until(lambda: names(kleene) == ["always", "on-startup"], "two of them to run")
    for name in ("no", "unless-stopped", "on-failure"):
        assert kleene.inspect(name)["status"].startswith("exited ")
    # nor does a command that visits a stopped container have its own started
    kleene.visit("unless-stopped", "false", check=1)
    kleene.restart()
    wait_until(lambda: names(kleene) == ["always", "on-startup"], "two of them to run")


def test_ends_without_a_daemon(kleene):
    containers = start_all(kleene)
    kleene.kill9()
    for warden in kleene.system.wardens():
        kleene.system.kill(warden)
    wait_until(lambda: kleene.system.wardens() == [], "the wardens to be gone")
    kleene.start()
    wait_until(
        lambda: names(kleene) == ["always", "on-failure", "on-startup", "unless-stopped"],
        "all but one to run again",
    )
    assert kleene.inspect(containers["no"])["status"] == "exited (137)"


def test_running_containers_are_left_alone(kleene):
    containers = start_all(kleene)
    before = sorted(kleene.system.wardens())
    kleene.kill9()
    kleene.start()
    assert sorted(kleene.running()) == sorted(containers.values())
    assert sorted(kleene.system.wardens()) == before
    # and their policies still count
    for warden in kleene.system.wardens():
        kleene.system.kill(warden)
    wait_until(
        lambda: names(kleene) == ["always", "on-failure", "unless-stopped"], "three to run again"
    )


def test_daemon_is_killed_while_one_waits(kleene):
    container = kleene.detached("--restart", "always", IMAGE, "sh", "-c", COUNT + "false")
    restarted(kleene, container, 5)
    kleene.kill9()
    kleene.start()
    restarted(kleene, container, 1)
    kleene.klee("stop", container)


@pytest.mark.parametrize("end", ["stop", "kill9"])
def test_count_survives_the_daemon(kleene, end):
    """A container that fails ever again ends after as many restarts, however many daemons do them."""
    container = kleene.detached("--restart", "on-failure:3", IMAGE, "sh", "-c", COUNT + "exit 1")
    restarted(kleene, container, 1)
    getattr(kleene, end)()
    kleene.start()
    restarted(kleene, container, 3)
    rests(kleene, container)
    getattr(kleene, end)()
    kleene.start()
    rests(kleene, container)
    assert kleene.inspect(container)["restart_count"] == 3
    # a daemon that is killed may have counted a start that did not come to be
    assert runs(kleene, container) in ((4,) if end == "stop" else (2, 3, 4))
    kleene.klee("start", "-d", container)
    restarted(kleene, container, 3)
    assert kleene.inspect(container)["restart_count"] == 3


def test_visit_while_one_waits(kleene):
    """A command in a container that waits for its next start neither ends nor hastens that."""
    container = kleene.detached("--restart", "always", IMAGE, "sh", "-c", COUNT + "false")
    restarted(kleene, container, 4)
    wait_until(lambda: "restarting" in kleene.inspect(container)["status"], "it to wait")
    assert "here\n" in kleene.visit(container, "echo", "here").out
    restarted(kleene, container, 6)
    kleene.klee("stop", container)


# ---- starting what runs ----


@pytest.mark.parametrize("option", ["-d", "-i"])
def test_start_of_a_running_container(kleene, option):
    """It succeeds, prints the id, and starts nothing."""
    command = COUNT + "echo started; sleep 1000"
    container = kleene.detached("--name", "once", IMAGE, "sh", "-c", command)
    kleene.wait_log(container, "started")
    result = kleene.klee("start", option, "once")
    assert result.lines == [container] and result.err == ""
    kleene.klee("stop", container)
    assert runs(kleene, container) == 1
    assert re.search(rf"created execution instance {ID}", kleene.klee("start", "-d", "once").out)


def test_api_refuses_to_start_it_twice(kleene):
    container = kleene.detached(IMAGE, "sleep", "1000")
    instance = kleene.api.exec_create(container)
    with kleene.api.exec_start(instance, attach=False, stopped_only=True) as stream:
        _, closed = stream.read_all()
    assert closed.code == 1011 and "running already" in closed.message()["message"]


def test_stop_is_not_undone_by_the_daemons_start(kleene, tmp_path):
    """What is to be started with the daemon starts side by side, and what is stopped before that
    was its turn stays stopped."""
    wait = f"touch {tmp_path}/$CONTAINER; until [ -e {tmp_path}/go ]; do sleep 0.05; done"
    containers = []
    for number in range(12):
        hook = f"exec.prestart=/bin/sh -c '{wait.replace('$CONTAINER', str(number))}'"
        options = ["-J", hook, "-J", "exec.timeout=600", "--restart", "always"]
        containers.append(kleene.create(*options, IMAGE, "sleep", "1000"))
    kleene.kill9()
    kleene.start()
    begun = wait_until(lambda: len(os.listdir(tmp_path)) >= 8 and os.listdir(tmp_path), "8 starts")
    assert len(begun) == 8
    waiting = [c for n, c in enumerate(containers) if str(n) not in begun]
    for container in waiting:
        assert kleene.klee("stop", container).lines == [container]
    (tmp_path / "go").touch()
    started = [c for n, c in enumerate(containers) if str(n) in begun]
    wait_until(lambda: sorted(kleene.running()) == sorted(started), "the others to run")
    # planned after all those, so it comes after them
    restarted(kleene, kleene.detached("--name", "last", "--restart", "always", IMAGE, "true"), 3)
    assert sorted(os.listdir(tmp_path)) == sorted([*begun, "go"])
    kleene.klee("stop", "last")
    kleene.klee("rmc", "last")
    kleene.stop()
    kleene.start()
    wait_until(lambda: len(kleene.running()) == 12, "all to run, as the policy says")
