# SPDX-License-Identifier: BSD-2-Clause
"""Limits of memory, processors and processes."""

import os
import re
import signal
import time

import pexpect
import pytest

import api
from harness import ID, IMAGE, PATIENCE, refused, wait_until

# takes more and more
HOG = ("tail", "/dev/zero")
ENDED = "exited (137), out of memory"
MEGABYTE = 1 << 20


def notice(container, limit="64M"):
    return f"kleened: container {container} exceeded its memory limit of {limit}\n"


def hold(megabytes):
    """A command that has so much memory, says so and keeps it."""
    return ["/bin/attempt", "hold-memory", str(megabytes)]


def limits(kleene, container):
    inspected = kleene.inspect(container)
    return inspected["memory"], inspected["cpus"], inspected["pids"]


def population(kleene, container):
    jid = [c["jid"] for c in kleene.api.get("/containers/list") if c["id"] == container]
    return len(kleene.system.processes_in(jid[0])) if jid else 0


# ---- memory ----


@pytest.mark.parametrize("driver", ["host", "disabled"])
@pytest.mark.parametrize("how", ["directly", "by a child", "beside others"])
def test_too_much_memory(kleene, how, driver):
    script = {
        "directly": "exec tail /dev/zero",
        "by a child": "while :; do tail /dev/zero; done",
        "beside others": "sleep 1000 & echo begin; tail /dev/zero; sleep 1000",
    }[how]
    done = kleene.run(
        "--driver", driver, "--memory", "64M", IMAGE, "sh", "-c", script, check=137
    )
    assert done.output == ("begin\n" if how == "beside others" else "")
    assert done.err.endswith(notice(done.container))
    assert done.conclusion == f"executable {done.exec} and its container exited with exit-code 137"
    inspected = kleene.inspect(done.container)
    assert inspected["status"] == ENDED and inspected["out_of_memory"] is True
    assert inspected["exit_code"] == 137 and not inspected["running"]
    assert kleene.logs(done.container) == ""
    assert kleene.klee("container", "logs", done.container).err.endswith(notice(done.container))
    assert ENDED in kleene.klee("lsc", "-a").out
    kleene.klee("rmc", done.container)


def test_too_much_memory_with_nobody_there(kleene):
    container = kleene.detached("--memory", "64M", IMAGE, "sh", "-c", "echo begin; tail /dev/zero")
    kleene.wait_status(container, ENDED)
    logged = kleene.klee("container", "logs", container)
    assert logged.out == "begin\n" and logged.err.endswith(notice(container))
    # it can be started again, and its next end is one like any other
    kleene.klee("container", "update", container, "true")
    assert "exit-code 0" in kleene.klee("start", container).out
    assert kleene.inspect(container)["status"] == "exited (0)"


def test_too_much_memory_at_a_terminal(kleene):
    child = kleene.spawn("run", "--memory", "64M", "-it", IMAGE, *HOG)
    child.expect(rf"\A({ID})\r\n")
    container = child.match.group(1)
    child.expect_exact(notice(container).replace("\n", "\r\n"))
    child.expect("exited with exit-code 137\r\n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 137


def test_too_much_memory_for_a_client_with_one_stream(kleene):
    container = kleene.create("--memory", "64M", IMAGE, *HOG)
    with kleene.api.exec_start(kleene.api.exec_create(container)) as socket:
        socket.starting()
        output, closed = socket.read_all()
    assert output.decode().endswith(notice(container))
    assert "and its container exited with exit-code 137" in closed.message()["message"]


def test_too_much_memory_of_an_exec(kleene):
    container = kleene.detached("--memory", "64M", IMAGE, "sleep", "1000")
    done = kleene.klee("exec", container, *HOG, check=137)
    assert done.err.endswith(notice(container))
    assert "and its container exited" in done.out
    assert kleene.inspect(container)["status"] == ENDED


@pytest.mark.skipif(not os.path.exists("/proc/self/cgroup"), reason="Linux")
def test_too_much_memory_and_the_warden_is_ended_too(kleene):
    """As control groups of version 2 do it."""
    script = "echo begin; sleep 1; exec tail /dev/zero"
    client = kleene.popen("run", "--memory", "64M", IMAGE, "sh", "-c", script)
    while client.stdout.readline() != b"begin\n":
        assert client.poll() is None
    (running,) = kleene.api.get("/containers/list")
    os.kill(running["jid"], signal.SIGSTOP)
    wait_until(lambda: "exceeded" in kleene.log(), "the host to act")
    kleene.system.kill(running["jid"])
    out, err = client.communicate(timeout=PATIENCE)
    assert client.returncode == 137 and err.decode().endswith(notice(running["id"]))
    assert b"and its container exited with exit-code 137\n" in out
    assert kleene.inspect(running["id"])["status"] == ENDED
    logged = kleene.klee("container", "logs", running["id"])
    assert logged.err == notice(running["id"])


def test_enough_memory(kleene):
    taken = kleene.quiet("--memory", "64m", IMAGE, "/bin/attempt", "take-memory", "20")
    assert taken == "done\n"
    # what is killed by anybody else is not said to have had too much
    done = kleene.run("--memory", "64M", IMAGE, "sh", "-c", "kill -9 $$", check=137)
    assert done.err == "" and kleene.inspect(done.container)["status"] == "exited (137)"


def test_memory_of_others(kleene):
    """Neither without a limit nor with a larger one does a container end with its neighbour."""
    without = kleene.detached(IMAGE, *hold(24))
    larger = kleene.detached("--memory", "256M", IMAGE, *hold(24))
    for container in (without, larger):
        kleene.wait_log(container, "ready")
    kleene.run("--memory", "16M", IMAGE, *HOG, check=137)
    assert set(kleene.running()) == {without, larger}


# ---- processes ----


def test_fork_bomb(kleene):
    container = kleene.detached(
        "--pids", "32", IMAGE, "sh", "-c", "bomb() { bomb | bomb & }; bomb; sleep 1000"
    )
    most = 0

    def has_gone_off():
        nonlocal most
        most = max(most, population(kleene, container))
        return "fork" in kleene.klee("container", "logs", container).err

    wait_until(has_gone_off, "the bomb to meet its limit")
    for _ in range(20):
        most = max(most, population(kleene, container))
    assert most <= 32
    assert kleene.quiet(IMAGE, "echo", "others go on") == "others go on\n"
    # a shell that cannot fork ends: all of them may have by now
    kleene.klee("stop", container, check=None)
    wait_until(lambda: kleene.running() == [], "the container to end")


def test_processes_are_counted(kleene):
    script = "trap : TERM; i=0; while [ $i -lt 100 ]; do sleep 1000 & i=$((i+1)); done"
    container = kleene.detached("--pids", "20", IMAGE, "sh", "-c", script)
    # the shell gives up when it cannot fork; its children are the others
    wait_until(lambda: population(kleene, container) == 19, "19 processes")
    kleene.klee("exec", "-d", container, "sleep", "1000")
    # where it can be started at all, it cannot start another one
    assert kleene.klee("exec", container, "sh", "-c", "sleep 1000 & :", check=None).code != 0
    assert population(kleene, container) == 20
    kleene.klee("stop", container)


# ---- processors ----


def test_half_a_processor(kleene):
    container = kleene.detached("--cpus", "0.5", IMAGE, "sh", "-c", "while :; do :; done")
    system = kleene.system
    wait_until(lambda: system.is_throttled(kleene.instance, container), "the loop to be held up")
    began, used = time.monotonic(), system.processor_time(kleene.instance, container)
    wait_until(
        lambda: system.processor_time(kleene.instance, container) > used + 1, "a second of its time"
    )
    used = system.processor_time(kleene.instance, container) - used
    # what it had left of the period that was under way, and of the one that is now
    assert used <= 0.5 * (time.monotonic() - began) + system.throttling_slack


# ---- changing ----


def test_inspect(kleene):
    container = kleene.create("--memory", "64M", "--cpus", "0.5", "--pids", "32", IMAGE, "true")
    assert limits(kleene, container) == (64 * MEGABYTE, 0.5, 32)
    kleene.klee("container", "update", "--cpus", "2", container)
    assert limits(kleene, container) == (64 * MEGABYTE, 2, 32)
    kleene.klee("container", "update", "--memory", "", "--cpus", "0", "--pids", "", container)
    assert limits(kleene, container) == (0, 0, 0)
    assert limits(kleene, kleene.create(IMAGE, "true")) == (0, 0, 0)


@pytest.mark.parametrize(
    "text, size",
    [
        ("67108864", 64 * MEGABYTE), ("65536k", 64 * MEGABYTE), ("8M", 8 * MEGABYTE),
        ("1.5g", 1536 * MEGABYTE), ("2GiB", 2048 * MEGABYTE), ("64mb", 64 * MEGABYTE),
        ("8388608b", 8 * MEGABYTE), ("1T", 1 << 40), ("0", 0), ("", 0),
    ],
)
def test_sizes(kleene, text, size):
    assert limits(kleene, kleene.create("--memory", text, IMAGE, "true"))[0] == size


def test_update_of_a_stopped_container(kleene):
    container = kleene.create(IMAGE, *HOG)
    kleene.klee("container", "update", "--memory", "16M", container)
    done = kleene.klee("start", container, check=137)
    assert done.err.endswith(notice(container, "16M"))


def test_update_of_a_running_container(kleene):
    container = kleene.detached(IMAGE, "sh", "-c", "sleep 1000 & sleep 1000 & wait")
    wait_until(lambda: population(kleene, container) == 3)
    update = ("container", "update", container)
    many = "i=0; while [ $i -lt 10 ]; do sleep 1000 & i=$((i+1)); done"

    kleene.klee(*update, "--pids", "6")
    assert limits(kleene, container) == (0, 0, 6)
    assert "fork" in kleene.klee("exec", container, "sh", "-c", many, check=None).err
    wait_until(lambda: population(kleene, container) == 5)
    kleene.klee(*update, "--pids", "0")
    assert "fork" not in kleene.klee("exec", container, "sh", "-c", many).err
    assert population(kleene, container) == 15

    assert not kleene.system.is_throttled(kleene.instance, container)
    kleene.klee("exec", "-d", container, "sh", "-c", "while :; do :; done")
    kleene.klee(*update, "--cpus", "0.1")
    wait_until(lambda: kleene.system.is_throttled(kleene.instance, container))

    kleene.klee(*update, "--memory", "64M")
    assert kleene.inspect(container)["running"]
    done = kleene.klee("exec", container, *HOG, check=137)
    assert done.err.endswith(notice(container))
    assert kleene.inspect(container)["status"] == ENDED


def test_memory_that_is_in_use_is_not_taken_away(kleene):
    container = kleene.detached("--memory", "512M", "--pids", "30", IMAGE, *hold(24))
    kleene.wait_log(container, "ready")
    failed = kleene.klee(
        "container", "update", container, "--pids", "5", "--memory", "16M", check=1
    )
    refused(failed, 1, container, "uses more memory")
    # nothing of it has been changed
    assert limits(kleene, container) == (512 * MEGABYTE, 0, 30)
    many = "i=0; while [ $i -lt 10 ]; do sleep 1000 & i=$((i+1)); done"
    assert "fork" not in kleene.klee("exec", container, "sh", "-c", many).err
    kleene.klee("container", "update", container, "--memory", "256M")
    assert limits(kleene, container) == (256 * MEGABYTE, 0, 30)
    assert kleene.inspect(container)["running"]


def test_update_that_cannot_be_stored(kleene):
    """The limits of a running container stay with what the store has."""
    kleene.create("--name", "taken", IMAGE, "true")
    container = kleene.detached(IMAGE, "sleep", "1000")
    refused(
        kleene.klee("container", "update", container, "--name", "taken", "--pids", "1", check=1),
        1, "taken",
    )
    assert limits(kleene, container) == (0, 0, 0)
    assert "hello\n" in kleene.klee("exec", container, "echo", "hello").out


# ---- refusals ----


@pytest.mark.parametrize(
    "option, value, word",
    [
        ("--memory", "much", "much"), ("--memory", "-1", "-1"), ("--memory", "64X", "64X"),
        ("--memory", "64Mx", "64Mx"), ("--memory", "1.", "1."), ("--memory", "1k", "4M"),
        ("--memory", "99999999999999999999", "9999"), ("--memory", "9000000T", "9000000T"),
        ("--cpus", "all", "all"), ("--cpus", "-0.5", "-0.5"), ("--cpus", "0.001", "0.001"),
        ("--cpus", "1e3", "1e3"), ("--cpus", "1000000", "1e+06"), ("--pids", "few", "few"),
        ("--pids", "-3", "-3"), ("--pids", "1.5", "1.5"), ("--pids", "99999999", "99999999"),
    ],
)
def test_values_that_cannot_be(kleene, option, value, word):
    refused(kleene.klee("create", option, value, IMAGE, "true", check=None), 125, word)
    container = kleene.create(IMAGE, "true")
    failed = kleene.klee("container", "update", option, value, container, check=None)
    assert failed.code in (1, 125) and word in failed.err
    assert limits(kleene, container) == (0, 0, 0)


@pytest.mark.parametrize(
    "field, value", [("memory", -1), ("memory", "64M"), ("cpus", "1"), ("cpus", -1), ("pids", -1)]
)
def test_fields_that_cannot_be(kleene, field, value):
    with pytest.raises(api.Error) as failed:
        kleene.api.post("/containers/create", {"image": IMAGE, field: value})
    assert failed.value.status == (400 if isinstance(value, str) else 404)
    assert re.search(r"memory|processors|processes|cpus", str(failed))


@pytest.mark.parametrize("missing", ["memory", "cpu", "pids", None])
def test_hosts_that_cannot(kleene, missing):
    options = {"memory": ("--memory", "64M"), "cpu": ("--cpus", "1"), "pids": ("--pids", "9")}
    prefix = kleene.system.without_limits(missing)
    if prefix is None:
        pytest.skip("this host cannot be made to be without")
    running = kleene.detached(IMAGE, "sleep", "1000")
    stored = kleene.create(*(options[missing or "pids"]), IMAGE, "true")
    kleene.stop()
    kleene.prefix = prefix
    kleene.start()
    for name, option in options.items():
        if missing in (name, None):
            refused(kleene.klee("run", *option, IMAGE, "true", check=None), 125, name, "cgroup")
            failed = kleene.klee("container", "update", *option, running, check=None)
            refused(failed, 1, name, "cgroup")
        else:
            assert kleene.quiet(*option, IMAGE, "echo", "works") == "works\n"
    refused(kleene.klee("start", stored, check=None), 125, missing or "pids", "cgroup")
    assert limits(kleene, running) == (0, 0, 0)
    assert kleene.quiet(IMAGE, "echo", "works") == "works\n"
    kleene.prefix = ()
    kleene.restart()


# ---- what is left ----


def groups(kleene, container):
    """What the host has for the container."""
    return [g for g in kleene.system.cgroups() if container in g]


def test_groups_go_with_the_container(kleene):
    options = ("--memory", "64M", "--cpus", "1", "--pids", "10")
    container = kleene.detached(*options, IMAGE, "sleep", "1000")
    assert groups(kleene, container)
    kleene.klee("stop", container)
    assert not groups(kleene, container)
    container = kleene.create(*options, IMAGE, "no-such-command")
    kleene.klee("start", container, check=127)
    wait_until(lambda: not groups(kleene, container), "the groups to be gone")


def test_groups_go_with_a_failed_start(kleene):
    options = ("--memory", "64M", "--cpus", "1", "--pids", "10")
    # a directory in the place of a file: the warden has to find that out
    container = kleene.create(*options, "-m", f"{kleene.base}:/bin/sh", IMAGE, "true")
    refused(kleene.klee("start", container, check=None), 125, "/bin/sh")
    assert not groups(kleene, container)
    assert "cannot remove" not in kleene.log()


def test_end_while_no_daemon_is_there(kleene, tmp_path):
    options = ("--memory", "64M", "--cpus", "2", "--pids", "20", "-m", f"{tmp_path}:/gate:ro")

    def behind_the_gate(script):
        script = f"until test -e /gate/open; do sleep 0.1; done; {script}"
        return kleene.detached(*options, IMAGE, "sh", "-c", script)

    ended = behind_the_gate("exit 4")
    greedy = behind_the_gate("exec tail /dev/zero")
    rest = behind_the_gate("tail /dev/zero; sleep 2")
    kleene.kill9()
    (tmp_path / "open").touch()
    wait_until(lambda: kleene.system.wardens() == [], "the containers to end")
    assert groups(kleene, ended)
    kleene.start()
    assert kleene.inspect(ended)["status"] == "exited (4)"
    for container in (greedy, rest):
        assert kleene.inspect(container)["status"] == ENDED
        assert kleene.klee("container", "logs", container).err.endswith(notice(container))
    for container in (ended, greedy, rest):
        assert not groups(kleene, container)


def test_limits_outlive_the_daemon(kleene):
    later = kleene.detached("--memory", "64M", IMAGE, "sleep", "1000")
    # the host may leave the second process alone; the next daemon does not
    script = "sleep 1; tail /dev/zero; echo killed; sleep 1000"
    soon = kleene.detached("--memory", "64M", IMAGE, "sh", "-c", script)
    log = os.path.join(kleene.system.root_directory(kleene.root), "log", soon, "0")
    kleene.kill9()

    def has_been_killed():
        with open(log, "rb") as file:
            return b"killed" in file.read() or len(kleene.system.wardens()) == 1

    wait_until(has_been_killed, "the host to act")
    kleene.start()
    kleene.wait_status(soon, ENDED)
    assert kleene.running() == [later]
    kleene.klee("container", "update", later, "--memory", "32M")
    done = kleene.klee("exec", later, *HOG, check=137)
    assert done.err.endswith(notice(later, "32M"))


@pytest.mark.skipif(not os.path.exists("/proc/self/cgroup"), reason="Linux")
def test_own_groups_look_like_the_root(kleene):
    limited = ("--memory", "64M", "--cpus", "1", "--pids", "9")
    for options in ((), limited, ("--driver", "disabled", *limited)):
        lines = kleene.quiet(*options, IMAGE, "cat", "/proc/self/cgroup").splitlines()
        assert lines and all(line.endswith(":/") for line in lines)
