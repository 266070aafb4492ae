# SPDX-License-Identifier: BSD-2-Clause
"""The life of containers: create, start, stop, restart, list, inspect, rename, remove, prune."""

import json
import re
import signal
import sys

import pytest

import api
from harness import ID, IMAGE, PATIENCE, refused, wait_until

WAIT_FOR_TERM = 'trap "echo got the signal; exit 3" TERM; echo ready; while :; do sleep 0.05; done'
IGNORE_TERM = 'trap "" TERM; echo ready; while :; do sleep 0.05; done'


def create(kleene, *cmd, **config):
    """A container with what klee has no option for."""
    return kleene.api.post("/containers/create", {"image": IMAGE, "cmd": list(cmd), **config})["id"]


def test_list(kleene):
    running = kleene.detached("--name", "first", IMAGE, "sleep", "1000")
    stopped = kleene.create("--name", "second", IMAGE, "echo", "a b")
    header, *rows = kleene.klee("lsc").lines
    assert re.split(r"\s{2,}", header.strip()) == [
        "CONTAINER ID", "NAME", "IMAGE", "COMMAND", "CREATED", "AUTORUN", "STATUS", "JID", "PORTS",
    ]
    assert len([r for r in rows if r.strip()]) == 1
    assert re.match(rf"\s*{running}\s+first\s+{IMAGE}\S*\s+sleep 1000\s.*\srunning \S.*\s\d+\s*$", rows[0])
    out = kleene.klee("container", "ls", "-a").out
    assert running in out and re.search(rf"{stopped}\s+second\s+.*\screated\s", out)
    listed = json.loads(kleene.klee("lsc", "-a", "--format", "json").out)
    assert {c["id"]: c["running"] for c in listed} == {running: True, stopped: False}


def test_inspect(kleene):
    container = kleene.create("--name", "it", "-e", "A=1", "-u", "alice", IMAGE, "echo", "x")
    for reference in (container, container[:6], "it"):
        inspected = json.loads(kleene.klee("container", "inspect", reference).out)
        assert set(inspected) >= {"container", "container_endpoints", "container_mountpoints"}
        found = inspected["container"]
        assert found["id"] == container and found["name"] == "it" and found["user"] == "alice"
        assert found["cmd"] == ["echo", "x"] and found["env"] == ["A=1"]
        assert found["running"] is False and found["image_id"] == kleene.images()[0]["id"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", found["created"])
    assert json.loads(kleene.klee("isc", "it").out) == inspected
    refused(kleene.klee("isc", "no-such", check=None), 1, "no-such")


def test_start_several(kleene):
    first, second = kleene.create(IMAGE, "sleep", "1000"), kleene.create(IMAGE, "sleep", "1001")
    out = kleene.klee("start", "-d", first, second).out
    assert re.findall(rf"^({ID})$", out, re.M) == [first, second]
    assert sorted(kleene.running()) == sorted([first, second])
    assert "exactly one" in kleene.klee("start", first, second, check=2).err


def test_start_attached_keeps_changes(kleene):
    container = kleene.create(IMAGE, "sh", "-c", "echo more >> /root/file; cat /root/file")
    first = kleene.klee("start", container).out
    again = kleene.klee("container", "start", container).out
    assert first.startswith(f"{container}\ncreated execution instance ")
    assert "\nmore\n\nexecutable " in first and "\nmore\nmore\n\nexecutable " in again


def test_exec_needs_a_running_container(kleene):
    """It says so in one clear line, and starts nothing."""
    crashed = kleene.run("--name", "web", IMAGE, "sh", "-c", "exit 9", check=9).container
    refused(kleene.klee("exec", "web", "true", check=None), 125, "'web'", "not running", "exited (9)")
    kleene.create("--name", "new", IMAGE, "true")
    refused(kleene.klee("exec", "-d", "new", "true", check=None), 125, "'new'", "not running")
    assert {c["name"]: c["status"] for c in kleene.containers()} == {"web": "exited (9)", "new": "created"}
    # nor does one get in that ended after klee has looked
    instance = kleene.api.exec_create(crashed, "true")
    with kleene.api.exec_start(instance, start_container=False) as socket:
        assert "not running" in socket.read_all()[1].message()["message"]


def test_exec_without_a_command_starts_no_second_service(kleene):
    kleene.detached("--name", "web", IMAGE, "sh", "-c", "echo started; sleep 1000")
    kleene.wait_log("web", "started")
    for options in ((), ("--start", )):
        refused(kleene.klee("exec", *options, "web", check=None), 2, "a command is missing")
    assert kleene.logs("web") == "started\n"


def test_visit_of_a_stopped_container(kleene):
    container = kleene.create(IMAGE, "sleep", "1000")
    result = kleene.visit(container, "sh", "-c", "echo here; exit 4", check=4)
    match = re.fullmatch(
        rf"created execution instance ({ID})\nhere\n\n"
        rf"executable ({ID}) and its container exited with exit-code 4\n", result.out,
    )
    assert match and match.group(1) == match.group(2), result.out
    assert kleene.inspect(container)["status"] == "created"  # its own command has never run
    kleene.klee("start", "-d", container)
    assert "here\n" in kleene.visit(container, "echo", "here").out
    assert kleene.running() == [container]


def keeps_its_exit_code(kleene, container):
    """In lists, too, and while the visit's end is not yet noted."""
    (listed,) = (c for c in kleene.containers() if c["id"] == container)
    assert listed["status"] == kleene.inspect(container)["status"] == "exited (9)"
    assert listed["exit_code"] == 9


def test_visit_leaves_the_exit_code(kleene):
    """Of klee's and of the API, which other clients use; that succeeds, fails or cannot run."""
    container = kleene.run(IMAGE, "sh", "-c", "exit 9", check=9).container
    for command, code in (("true", 0), ("false", 1), ("/no/such", 127)):
        kleene.visit(container, command, check=code)
        keeps_its_exit_code(kleene, container)
    with kleene.api.exec_start(kleene.api.exec_create(container, "true")) as socket:
        socket.read_all()
    keeps_its_exit_code(kleene, container)
    kleene.visit("-d", container, "sleep", "1000")
    kleene.klee("stop", container)
    keeps_its_exit_code(kleene, container)
    kleene.klee("start", container, check=9)  # its own counts again
    assert kleene.inspect(container)["status"] == "exited (9)"


@pytest.mark.parametrize("daemon_ends", ["while it runs", "first"])
def test_visit_that_no_daemon_sees_end(kleene, daemon_ends):
    container = kleene.run(IMAGE, "sh", "-c", "exit 9", check=9).container
    kleene.visit("-d", container, "sleep", "1000")
    (warden,) = kleene.system.wardens()
    kleene.kill9()
    if daemon_ends == "while it runs":
        kleene.start()
        assert kleene.running() == [container]
        kleene.klee("stop", container)
    else:
        kleene.system.kill(warden)
        wait_until(lambda: kleene.system.wardens() == [], "the warden to end")
        kleene.start()
    keeps_its_exit_code(kleene, container)


def test_own_command_in_a_visited_container(kleene):
    """Its exit code is the container's, whatever the container was started for."""
    container = kleene.create(IMAGE, "sh", "-c", "read line; exit 5")
    kleene.visit("-d", container, "sleep", "1000")
    with kleene.api.exec_start(kleene.api.exec_create(container)) as own:
        own.starting()
        kleene.klee("exec", container, "sh", "-c", "kill -9 $(pidof sleep); while pidof sleep; do :; done")
        own.send(2, b"\n")
        own.read_all()
    kleene.wait_status(container, "exited (5)")


def test_exec_in_a_running_container(kleene):
    container = kleene.detached(IMAGE, "sleep", "1000")
    result = kleene.klee("exec", container, "sh", "-c", "hostname; exit 4", check=4)
    match = re.fullmatch(
        rf"created execution instance ({ID})\n{container}\n\n({ID}) has exited with exit-code 4\n",
        result.out,
    )
    assert match and match.group(1) == match.group(2), result.out
    assert kleene.running() == [container]
    kleene.klee("exec", "-d", container, "sh", "-c", "echo > /tmp/made")
    wait_until(lambda: kleene.klee("exec", container, "test", "-e", "/tmp/made", check=None).code == 0)
    assert kleene.klee("exec", "-i", container, "cat", input="in\n").out.count("\nin\n") == 1


def test_background_process_keeps_the_container_running(kleene):
    run = kleene.run(IMAGE, "sh", "-c", "sleep 1000 >/dev/null 2>&1 </dev/null & echo started")
    assert run.output == "started\n"
    assert run.conclusion == f"{run.exec} has exited with exit-code 0"
    assert run.container in kleene.klee("lsc").out
    assert kleene.klee("stop", run.container).out == f"{run.container}\n"
    assert run.container not in kleene.klee("lsc").out
    assert kleene.system.descendants(kleene.pid) == []


def test_background_process_that_holds_the_output(kleene):
    run = kleene.run(IMAGE, "sh", "-c", "sleep 1000 & echo started")
    assert run.output == "started\n"
    assert run.conclusion == f"{run.exec} has exited with exit-code 0"


def test_container_stops_with_its_last_process(kleene):
    run = kleene.run(IMAGE, "sh", "-c", "(until test -e /tmp/go; do sleep 0.05; done) & exit 2", check=2)
    assert run.conclusion == f"{run.exec} has exited with exit-code 2"
    assert kleene.running() == [run.container]
    kleene.klee("exec", run.container, "touch", "/tmp/go")
    wait_until(lambda: kleene.running() == [], "the container to stop")
    wait_until(lambda: kleene.system.descendants(kleene.pid) == [], "its processes to be gone")
    assert kleene.system.mounts_below(kleene.root) == []


def test_stop_lets_processes_end(kleene):
    container = kleene.detached(IMAGE, "sh", "-c", WAIT_FOR_TERM)
    kleene.wait_log(container, "ready")
    assert kleene.klee("stop", container).out == f"{container}\n"
    assert kleene.inspect(container)["status"] == "exited (3)"
    assert kleene.logs(container) == "ready\ngot the signal\n"


def test_stop_kills_after_the_timeout(kleene):
    container = create(kleene, "sh", "-c", IGNORE_TERM, jail_param=["stop.timeout=1"])
    kleene.klee("start", "-d", container)
    kleene.wait_log(container, "ready")
    kleene.klee("stop", container)
    assert kleene.inspect(container)["status"] == "exited (137)"
    assert kleene.running() == []


def test_stop_runs_exec_stop(kleene):
    container = create(kleene, "sleep", "1000", jail_param=["exec.stop=/bin/touch /root/a /root/b"])
    kleene.klee("start", "-d", container)
    kleene.klee("stop", container)
    assert "a\nb\n" in kleene.visit(container, "ls", "/root").out


def test_stop_runs_the_systems_shutdown(kleene):
    container = kleene.create(IMAGE, "sleep", "1000")
    script = "echo 'echo $1 > /root/down' > /etc/rc.shutdown"
    kleene.visit(container, "sh", "-c", script)
    kleene.klee("start", "-d", container)
    kleene.klee("stop", container)
    assert "\njail\n" in kleene.visit(container, "cat", "/root/down").out


def test_stop_of_what_does_not_run(kleene):
    stopped = kleene.create(IMAGE, "true")
    running = kleene.detached(IMAGE, "sleep", "1000")
    result = kleene.klee("stop", stopped, "no-such", running, check=1)
    assert result.out == f"{running}\n"
    first, second = [line for line in result.err.splitlines() if line.startswith("klee: ")]
    assert "not running" in first and stopped in first
    assert "no-such" in second
    assert kleene.running() == []


def test_restart(kleene):
    container = kleene.detached(IMAGE, "sh", "-c", "echo once >> /root/starts; sleep 1000")
    pid = kleene.api.get("/containers/list")[0]["jid"]
    starts = lambda: kleene.klee(
        "exec", container, "cat", "/root/starts", check=None  # it may not be there yet
    ).out.count("once\n")
    wait_until(lambda: starts() == 1)
    assert kleene.klee("restart", container).out == f"{container}\n"
    wait_until(lambda: starts() == 2)
    assert kleene.api.get("/containers/list")[0]["jid"] != pid
    kleene.klee("stop", container)
    kleene.klee("restart", container)
    assert kleene.running() == [container]
    refused(kleene.klee("restart", "no-such", check=None), 1, "no-such")


def test_remove(kleene):
    first, second, third = (kleene.create(IMAGE, "true") for _ in range(3))
    result = kleene.klee("rmc", first, "no-such", second, check=1)
    assert result.out == f"{first}\n{second}\n"
    refused(result, 1, "no-such")
    assert [c["id"] for c in kleene.containers()] == [third]
    assert kleene.system.datasets(kleene.root, "container") == {third}
    refused(kleene.klee("container", "rm", first, check=None), 1, first)


def test_remove_of_a_running_container(kleene):
    container = kleene.detached("--name", "busy", IMAGE, "sleep", "1000")
    refused(kleene.klee("rmc", "busy", check=None), 1, "busy", "running container")
    assert kleene.running() == [container]
    assert kleene.klee("rmc", "-f", "busy").out == f"{container}\n"
    assert kleene.containers() == []


def test_removal_of_awkward_files(kleene):
    """Deep trees, odd names and links to elsewhere do not stop a removal or lead it astray."""
    script = (
        "cd /root; i=0; while test $i -lt 200; do mkdir d; cd d; i=$((i+1)); done;"
        r" touch -- -rf '* ?' \" \"; ln -s /etc/passwd link; mkfifo fifo; chmod 000 /root"
    )
    container = kleene.run(IMAGE, "sh", "-c", script).container
    kleene.klee("rmc", container)
    assert kleene.system.datasets(kleene.root, "container") == set()
    assert kleene.quiet(IMAGE, "head", "-n", "1", "/etc/passwd").startswith("root:")


def test_prune(kleene):
    running = kleene.detached(IMAGE, "sleep", "1000")
    persistent = kleene.create("--persist", IMAGE, "true")
    stopped = kleene.create(IMAGE, "true")
    refusal = kleene.klee("container", "prune", input="n\n", check=None)
    assert "Are you sure you want to continue? [y/N]:" in refusal.out + refusal.err
    assert len(kleene.containers()) == 3
    result = kleene.klee("container", "prune", input="y\n")
    assert stopped in result.out and running not in result.out and persistent not in result.out
    assert {c["id"] for c in kleene.containers()} == {running, persistent}
    other = kleene.create(IMAGE, "true")
    assert kleene.klee("container", "prune", "-f").lines[-1] == other


def test_rename(kleene):
    container = kleene.create("--name", "old", IMAGE, "true")
    kleene.create("--name", "taken", IMAGE, "true")
    assert kleene.klee("container", "rename", "old", "new").out == f"{container}\n"
    assert kleene.inspect("new")["id"] == container
    with pytest.raises(api.Error):
        kleene.inspect("old")
    refused(kleene.klee("container", "rename", "new", "taken", check=None), 1, "taken")
    refused(kleene.klee("container", "rename", "new", "bad/name", check=None), 1, "bad/name")
    refused(kleene.klee("container", "rename", "old", "other", check=None), 1, "old")


def test_logs(kleene):
    script = "i=1; while test $i -le 20; do echo out $i; i=$((i+1)); done; printf end"
    container = kleene.detached(IMAGE, "sh", "-c", script)
    kleene.wait_status(container, "exited (0)")
    lines = [f"out {i}" for i in range(1, 21)]
    assert kleene.logs(container) == "\n".join([*lines, "end"])
    assert kleene.klee("container", "logs", "--tail", "2", container).out == "out 20\nend"
    stamped = kleene.klee("container", "logs", "--timestamps", "--tail", "1", container).out
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z end", stamped)
    assert kleene.klee("container", "logs", "--tail", "0", container).out == ""
    refused(kleene.klee("container", "logs", "no-such", check=None), 1, "no-such")


def test_logs_keep_the_streams_apart(kleene):
    container = kleene.detached(IMAGE, "sh", "-c", r"echo out; echo err >&2; printf '\377' >&2")
    kleene.wait_status(container, "exited (0)")
    result = kleene.klee("container", "logs", container)
    assert (result.stdout, result.stderr) == (b"out\n", b"err\n\xff")


def followed(kleene, first, then):
    """A container that has written its first line and goes on, and the client that follows it."""
    script = f"echo {first}; until [ -e /go ]; do sleep 0.05; done; {then}"
    container = kleene.detached(IMAGE, "sh", "-c", script)
    follower = kleene.popen("container", "logs", "-f", container)
    assert follower.stdout.readline().decode() == f"{first}\n"
    kleene.klee("exec", container, "touch", "/go")
    return container, follower


def test_logs_follow(kleene):
    container, follower = followed(kleene, "one", "echo two")
    assert follower.stdout.readline() == b"two\n"
    kleene.wait_status(container, "exited (0)")
    if follower.poll() is None:
        follower.send_signal(signal.SIGINT)
    follower.wait()


def test_followed_logs_change_over(kleene):
    """What fills one of the two files and half of the other comes whole."""
    container, follower = followed(kleene, "0", "seq 300000")
    out, _ = follower.communicate(timeout=PATIENCE)
    assert list(map(int, out.split())) == list(range(1, 300001))
    assert list(map(int, kleene.logs(container).split())) == list(range(300001))


def test_a_follower_that_pauses_is_told_what_it_has_lost(kleene):
    """The log's files have changed over many times meanwhile; all that it says comes in its place."""
    last = 900000
    container = kleene.detached(IMAGE, "sh", "-c", (
        f"echo 0; until [ -e /go ]; do sleep 0.05; done; seq {last}"))
    with kleene.api.websocket("/containers/logs") as stream:
        stream.send_json({"container": container, "follow": True, "timestamps": True})
        stream.starting()
        assert stream.read()[1].endswith(b" 0\n")
        kleene.klee("exec", container, "touch", "/go")
        kleene.wait_status(container, "exited (0)")
        lines = stream.read_all()[0].decode().splitlines()
    at = [i for i, line in enumerate(lines) if line.startswith("kleened: ")]
    assert len(at) == 1, [lines[i] for i in at]
    before, after = lines[: at[0]], lines[at[0] + 1 :]
    assert lines[at[0]] == (
        f"kleened: what was written after {before[-1].split()[0]} and before {after[0].split()[0]}"
        " is lost: the log was written over before it was read"
    )
    numbers = [line.partition(" ")[2] for line in before]
    assert [int(n) for n in numbers[:-1]] == list(range(1, len(before)))
    assert str(len(before)).startswith(numbers[-1])
    rest, *whole = [line.partition(" ")[2] for line in after]  # the rest of a line, perhaps ""
    assert list(map(int, whole)) == list(range(last - len(whole) + 1, last + 1))
    assert str(last - len(whole)).endswith(rest)
    assert len(before) + len(after) < last


def test_what_was_attached_is_not_logged(kleene):
    run = kleene.run(IMAGE, "sh", "-c", "echo to the client")
    assert kleene.logs(run.container) == ""


def test_log_is_bounded(kleene):
    """Many megabytes of output leave a log of few, with the end in it."""
    script = "head -c 60000000 /dev/zero | tr '\\0' 'x' | fold -w 99; echo; echo the end"
    container = kleene.detached(IMAGE, "sh", "-c", script)
    kleene.wait_status(container, "exited (0)")
    out = kleene.logs(container)
    assert out.endswith("x\nthe end\n")
    assert 1 << 16 < len(out) < 55_000_000


def test_client_that_vanishes(kleene):
    """Its process gets SIGTERM, others in the container go on."""
    container = kleene.detached(IMAGE, "sleep", "1000")
    script = 'trap "echo term > /root/got; exit" TERM; echo ready; while :; do sleep 0.05; done'
    client = kleene.popen("exec", container, "sh", "-c", script)
    assert client.stdout.readline().startswith(b"created execution instance")
    assert client.stdout.readline() == b"ready\n"
    client.kill()
    wait_until(
        lambda: kleene.klee("exec", container, "cat", "/root/got", check=None).out.count("term"),
        "the process to get SIGTERM",
    )
    assert kleene.running() == [container]


def ready(client):
    while client.stdout.readline() != b"ready\n":
        assert client.poll() is None


def test_sigterm_of_klee_goes_on_to_the_process(kleene):
    """Klee waits for what becomes of it, as a service manager waits for klee."""
    script = 'trap "sleep 0.2; echo got it; exit 7" TERM; echo ready; while :; do sleep 0.05; done'
    client = kleene.popen("run", IMAGE, "sh", "-c", script)
    ready(client)
    client.terminate()
    assert client.stdout.read().startswith(b"got it\n")
    assert client.wait(PATIENCE) == 7
    assert kleene.running() == []


@pytest.mark.parametrize("remove", [True, False])
def test_second_sigterm_is_for_klee(kleene, remove):
    script = 'trap "echo got it" TERM; echo ready; while :; do sleep 0.05; done'
    client = kleene.popen("run", *(["--rm", "-J", "stop.timeout=1"] if remove else []), IMAGE, "sh", "-c", script)
    ready(client)
    client.terminate()
    assert client.stdout.readline() == b"got it\n"
    client.terminate()
    assert client.wait(PATIENCE) == 128 + signal.SIGTERM
    assert len(kleene.running()) == (0 if remove else 1)
    assert len(kleene.containers()) == (0 if remove else 1)


def run_together(kleene, names):
    """Each ends when all have been told to; one after the other they would be killed. Returns the ids."""
    script = ("trap 'touch /v/$HOSTNAME; while [ $(ls /v | wc -l) -lt 3 ]; do sleep 0.05; done;"
              " touch /v/$HOSTNAME.over; exit 0' TERM; echo ready; while :; do sleep 0.05; done")
    for name in names:
        kleene.klee("run", "-d", "--name", name, "-e", f"HOSTNAME={name}", "-m", "told:/v",
                    "-J", "stop.timeout=30", IMAGE, "sh", "-c", script)
        kleene.wait_log(name, "ready")
    return [kleene.inspect(name)["id"] for name in names]


def ended_by_themselves(kleene):
    files = kleene.klee("run", "-q", "--rm", "-m", "told:/v", IMAGE, "ls", "/v").lines
    return sorted(name.removesuffix(".over") for name in files if name.endswith(".over"))


def test_containers_are_stopped_together(kleene):
    names = ["one", "two", "three"]
    ids = run_together(kleene, names)
    done = kleene.klee("stop", *names, "nowhere", check=1)
    assert done.lines == ids
    assert done.err.count("\n") == 1 and "nowhere" in done.err
    assert {kleene.inspect(name)["status"] for name in names} == {"exited (0)"}


def test_containers_are_restarted_together(kleene):
    names = ["one", "two", "three"]
    ids = run_together(kleene, names)
    done = kleene.klee("restart", "nowhere", *names, "one", check=1)
    assert done.lines == [*ids, ids[0]]
    assert done.err.count("\n") == 1 and "nowhere" in done.err
    assert sorted(kleene.running()) == sorted(ids)
    for name in names:  # one of the first's three runs may be over before it is ready
        wait_until(lambda n=name: kleene.klee("logs", n).out.count("ready\n") >= 2, f"{name} to be ready again")
    assert ended_by_themselves(kleene) == sorted(names)


def test_containers_are_removed_together(kleene):
    names = ["one", "two", "three"]
    ids = run_together(kleene, names)
    kleene.klee("create", "--name", "four", IMAGE)
    done = kleene.klee("rmc", "-f", *names, "nowhere", "four", "one", check=1)
    assert done.lines[:3] == ids and len(done.lines) == 4
    assert done.err.count("\n") == 2 and "nowhere" in done.err and "'one'" in done.err
    assert kleene.containers() == []
    assert ended_by_themselves(kleene) == sorted(names)


def test_run_rm_whose_command_leaves_a_process(kleene):
    """Nothing has failed, and so klee does not say so; kleened removes the container later."""
    done = kleene.klee("run", "--rm", IMAGE, "sh", "-c", "sleep 1000 & echo over")
    assert done.err == "" and "over\n" in done.out
    assert done.lines[-1] == (
        "the container goes on with processes that are left in it, and is removed when they have ended")
    container = done.lines[0]
    assert kleene.running() == [container]
    quiet = kleene.klee("run", "-q", "--rm", "--name", "other", IMAGE, "sh", "-c", "sleep 1000 & echo over")
    assert (quiet.out, quiet.err) == ("over\n", "")
    assert kleene.klee("stop", container, "other").lines[0] == container
    assert kleene.containers() == []


def test_what_is_removed_when_it_stops_has_gone_when_klee_says_so(kleene):
    """Whether klee or kleened is the first to remove it."""
    for i in range(10):
        container = kleene.detached("--rm", "--name", "one", IMAGE, "sleep", "1000")
        words = ("stop", "one") if i % 2 else ("rmc", "-f", "one")
        assert kleene.klee(*words).lines == [container]
        assert kleene.containers() == []
        assert not kleene.system.datasets(kleene.root, "container")
    assert "no such container" in kleene.klee("rmc", "-f", "one", check=1).err


def test_client_of_the_only_process_vanishes(kleene):
    client = kleene.popen("run", IMAGE, "sh", "-c", "echo ready; exec sleep 1000")
    while client.stdout.readline() != b"ready\n":
        pass
    assert len(kleene.running()) == 1
    client.kill()
    wait_until(lambda: kleene.running() == [], "the container to stop")
    assert kleene.containers()[0]["status"] == "exited (143)"


def test_interrupt_of_an_attached_run(kleene):
    client = kleene.popen("run", IMAGE, "sh", "-c", "echo ready; exec sleep 1000")
    while client.stdout.readline() != b"ready\n":
        pass
    client.send_signal(signal.SIGINT)
    assert client.wait() == 143
    assert kleene.running() == []


def test_update_of_a_stored_container(kleene):
    container = kleene.create("-e", "A=1", IMAGE, "sh", "-c", "echo $A")
    kleene.klee("container", "update", "--name", "updated", "-e", "A=2", container)
    found = kleene.inspect("updated")
    assert found["id"] == container and found["env"] == ["A=2"]
    assert found["cmd"] == ["sh", "-c", "echo $A"]
    assert "\n2\n" in kleene.klee("start", "updated").out


def test_what_is_to_be_removed_stays_so_while_it_runs(kleene):
    """A file system that need not be written to disk cannot become one that must have been."""
    container = create(kleene, "sleep", "1000", auto_remove=True)
    kleene.klee("start", "-d", container)
    with pytest.raises(api.Error) as error:
        kleene.api.post(f"/containers/{container}/update", {"auto_remove": False})
    assert error.value.status == 409 and "removed when it has stopped" in error.value.message
    assert kleene.inspect(container)["auto_remove"] is True
    kleene.api.post(f"/containers/{container}/update", {"auto_remove": True})
    kleene.klee("stop", container)
    wait_until(lambda: kleene.containers() == [], "the container to be removed")


def test_restart_of_what_is_to_be_removed(kleene):
    """Stopping it would be its end, so it is left running."""
    container = kleene.detached("--rm", "--name", "brief", IMAGE, "sleep", "1000")
    refused(kleene.klee("restart", "brief", check=None), 1, "brief", "removed when it stops")
    assert kleene.running() == [container]


@pytest.mark.skipif(sys.platform != "linux", reason="an option of overlayfs")
@pytest.mark.parametrize("kept", [True, False])
def test_only_what_is_kept_is_written_to_disk(kleene, kept):
    options = [] if kept else ["--rm"]
    mounts = kleene.quiet(*options, IMAGE, "cat", "/proc/mounts").splitlines()
    (how,) = [m.split()[3] for m in mounts if m.split()[1:3] == ["/", "overlay"]]
    assert ("volatile" in re.split("[,=]", how)) is not kept
