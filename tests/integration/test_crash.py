# SPDX-License-Identifier: BSD-2-Clause
"""Daemons and wardens that are killed or stopped while containers run."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import threading

import pytest

import api
import programs
from harness import ID, IMAGE, PATIENCE, SANITIZED, wait_until

COUNT = (
    'trap "echo last; exit 9" TERM HUP;'
    " i=0; while :; do i=$((i+1)); echo line $i; sleep 0.01; done"
)


def end_count(kleene, instance):
    """Ends COUNT; by a signal, as a helping process might be the last one in the container."""
    kleene.api.post(f"/exec/{instance}/stop?force_stop=false&stop_container=false")


def end(kleene, how):
    kleene.kill9() if how == "killed" else kleene.stop()


def check_count(log):
    """The log of COUNT must have every line."""
    lines = log.splitlines()
    assert lines[-1] == "last"
    numbers = [int(line.split()[1]) for line in lines[:-1]]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return numbers


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_containers_outlive_the_daemon(kleene, how):
    writing, instance = kleene.detached_exec(IMAGE, "sh", "-c", COUNT)
    waiting = kleene.detached("--name", "waiting", IMAGE, "sleep", "1000")
    kleene.wait_log(writing, "line 3")
    before = {c["id"]: c["jid"] for c in kleene.api.get("/containers/list")}
    end(kleene, how)
    assert len(kleene.system.wardens()) == 2
    kleene.start()
    assert {c["id"]: c["jid"] for c in kleene.api.get("/containers/list")} == before
    assert "hello\n" in kleene.klee("exec", waiting, "echo", "hello").out
    end_count(kleene, instance)
    kleene.wait_status(writing, "exited (9)")
    assert check_count(kleene.logs(writing))[0] == 1
    kleene.klee("stop", "waiting")
    assert kleene.inspect("waiting")["status"] == "exited (143)"


def status(connection):
    connection.request("GET", "/containers/list")
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_request_under_way_is_answered_by_a_daemon_that_stops(kleene, tmp_path):
    """Otherwise its client would not know what has become of it."""
    patient = "trap 'echo term' TERM; echo ready; until [ -e /test/end ]; do sleep 0.05; done; exit 7"
    options = ["-J", "stop.timeout=600", "-m", f"{tmp_path}:/test"]
    container = kleene.detached(*options, IMAGE, "sh", "-c", patient)
    kleene.wait_log(container, "ready")
    stopping = kleene.popen("stop", container)
    kleene.wait_log(container, "term")
    late = api.Connection(kleene.socket)
    assert status(late) == 200
    assert kleene.answers()  # so it is done with the first, else it would close that connection
    kleene.daemon.send_signal(signal.SIGTERM)
    wait_until(lambda: "is stopping" in kleene.log(), "the daemon to stop")
    assert status(late) == 503
    late.close()
    (tmp_path / "end").touch()
    kleene.stop()
    out, err = stopping.communicate()
    assert (stopping.returncode, out.decode(), err) == (0, f"{container}\n", b"")
    kleene.start()
    assert kleene.inspect(container)["status"] == "exited (7)"


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_what_ends_while_no_daemon_is_there(kleene, how):
    container = kleene.detached(IMAGE, "sh", "-c", "echo begin; sleep 1; echo end; exit 5")
    failing = kleene.detached(IMAGE, "sh", "-c", "sleep 1; kill -9 $$")
    end(kleene, how)
    wait_until(lambda: kleene.system.wardens() == [], "the containers to end")
    kleene.start()
    assert kleene.inspect(container)["status"] == "exited (5)"
    assert kleene.inspect(failing)["status"] == "exited (137)"
    assert kleene.logs(container) == "begin\nend\n"
    assert kleene.running() == []
    kleene.klee("start", "-d", container)
    kleene.wait_status(container, "exited (5)")
    assert kleene.logs(container) == "begin\nend\n" * 2


@pytest.mark.parametrize("how", ["killed", "stopped"])
@pytest.mark.parametrize("tty", [False, True])
def test_attached_process_outlives_the_daemon(kleene, how, tty):
    options = ["-t"] if tty else []
    client = kleene.popen("run", *options, IMAGE, "sh", "-c", COUNT)
    lines = iter(client.stdout.readline, b"")
    container = next(lines).decode().strip()
    instance = next(lines).decode().split()[-1]
    for line in lines:
        if line.strip() == b"line 3":
            break
    end(kleene, how)
    client.stdout.read()
    assert client.wait() == 125
    assert re.match(rb"klee: .*\n\Z", client.stderr.read())
    kleene.start()
    assert kleene.running() == [container]
    kleene.wait_log(container, "line")
    end_count(kleene, instance)
    kleene.wait_status(container, "exited (9)")
    assert check_count(kleene.logs(container).replace("\r\n", "\n"))[0] > 1


def test_process_can_be_attached_again(kleene):
    """A process that the daemon found after its restart takes input and gives output again."""
    container = kleene.create(IMAGE, "true")
    instance = kleene.api.exec_create(container, "sh", "-c", "echo ready; cat; exit 6")
    first = kleene.api.exec_start(instance)
    first.starting()
    assert first.read()[1] == b"ready\n"
    kleene.kill9()
    first.vanish()
    kleene.start()
    with kleene.api.exec_start(instance) as again:
        again.starting()
        again.send(2, b"more input\n")
        again.end_input()
        output, closed = again.read_all()
    assert output == b"more input\n"
    assert closed.code == 1000
    assert closed.message()["message"] == (
        f"executable {instance} and its container exited with exit-code 6"
    )


def test_many_restarts(kleene):
    """Also a daemon killed right at its start leaves what runs alone."""
    container, instance = kleene.detached_exec(IMAGE, "sh", "-c", COUNT)
    kleene.wait_log(container, "line 1\n")
    for _ in range(5):
        kleene.kill9()
        daemon = kleene.spawn_daemon()
        daemon.kill()
        daemon.wait()
        kleene.start()
        assert kleene.running() == [container]
    end_count(kleene, instance)
    kleene.wait_status(container, "exited (9)")
    check_count(kleene.logs(container))


def test_warden_is_killed(kleene):
    writing = "echo > /root/kept; sleep 1000 & echo written; sleep 1000"
    container = kleene.detached(IMAGE, "sh", "-c", writing)
    kleene.wait_log(container, "written")
    client = kleene.popen("exec", container, "sh", "-c", "echo ready; exec sleep 1000")
    while client.stdout.readline() != b"ready\n":
        pass
    (warden,) = kleene.system.wardens()
    kleene.system.kill(warden)
    assert client.wait() == 125
    assert re.match(rf"klee: .*{container}.*\n\Z", client.stderr.read().decode())
    wait_until(lambda: kleene.running() == [], "the container to count as stopped")
    wait_until(lambda: kleene.system.descendants(kleene.pid) == [], "its processes to be gone")
    assert kleene.system.mounts_below(kleene.root) == []
    assert "kept\n" in kleene.visit(container, "ls", "/root").out
    kleene.klee("start", "-d", container)
    assert kleene.running() == [container]
    assert kleene.klee("stop", container).out == f"{container}\n"


def test_warden_is_killed_while_no_daemon_is_there(kleene):
    container = kleene.detached(IMAGE, "sleep", "1000")
    kleene.kill9()
    (warden,) = kleene.system.wardens()
    kleene.system.kill(warden)
    wait_until(lambda: kleene.system.wardens() == [])
    kleene.start()
    assert kleene.running() == []
    assert "again\n" in kleene.visit(container, "echo", "again").out


def restart_and_agree(kleene, containers):
    """The next daemon has no other containers, and each that it says is running has a warden."""
    kleene.start()
    assert set(kleene.running()) <= set(containers)
    wait_until(
        lambda: len(kleene.running()) == len(kleene.system.wardens()),
        "wardens and running containers to be as many",
    )


def test_start_is_interrupted(kleene):
    """A daemon killed while it starts containers: each of them runs or does not, none is lost."""
    containers = [kleene.create(IMAGE, "sleep", "1000") for _ in range(6)]
    for _ in range(4):
        clients = [kleene.popen("start", "-d", c) for c in containers]
        clients[0].wait()
        kleene.kill9()
        for client in clients[1:]:
            client.wait()
        restart_and_agree(kleene, containers)
        for container in containers:
            kleene.klee("stop", container, check=None)
        assert kleene.running() == []
    for container in containers:
        assert re.search(rf"{ID}\n1\n", kleene.visit(container, "echo", "1").out)


# ---- what is changed behind the daemon's back ----


@pytest.mark.parametrize("restarted", [False, True])
def test_dataset_of_a_stopped_container_is_destroyed(kleene, restarted):
    container = kleene.create(IMAGE, "sh", "-c", "ls /root; echo > /root/kept")
    assert "kept" not in kleene.klee("start", container).out
    assert "kept" in kleene.klee("start", container).out
    kleene.system.destroy_dataset(kleene.root, "container", container)
    if restarted:
        kleene.restart()
        assert container in kleene.system.datasets(kleene.root, "container")
    assert "kept" not in kleene.klee("start", container).out
    assert f"container {container}: its dataset is gone" in kleene.log()


def test_dataset_of_a_running_container_is_destroyed(kleene):
    container = kleene.detached(IMAGE, "sh", "-c", "echo > /root/kept; sleep 1000")
    kleene.wait_status(container, "running")
    kleene.system.destroy_dataset(kleene.root, "container", container)
    kleene.klee("stop", container, check=None)
    assert kleene.running() == []
    wait_until(lambda: kleene.system.descendants(kleene.pid) == [], "its processes to be gone")
    assert kleene.system.mounts_below(kleene.root) == []
    assert "kept" not in kleene.visit(container, "ls", "/root").out
    assert f"container {container}: its dataset is gone" in kleene.log()


def test_reboot(kleene):
    """What the host's end leaves: no process, no mount, an empty run_dir; and the storage."""
    writing = "echo > /root/kept; echo written; sleep 1000"
    running = kleene.detached(IMAGE, "sh", "-c", writing)
    kleene.wait_log(running, "written")
    returning = kleene.detached("--restart", "on-startup", IMAGE, "sleep", "1000")
    ended = kleene.klee("run", IMAGE, "sh", "-c", "exit 5", check=None).lines[0]
    never = kleene.create(IMAGE, "true")
    wait_until(lambda: f"container {ended} has stopped" in kleene.log(), "its end to be noted")
    kleene.kill9()
    for warden in kleene.system.wardens():
        kleene.system.kill(warden)
    kleene.system.forget_containers(kleene.root)
    wait_until(lambda: kleene.system.descendants() == [], "all processes to be gone")
    shutil.rmtree(kleene.run_dir)
    kleene.start()
    wait_until(lambda: kleene.running() == [returning], "the container to return")
    status = {c["id"]: c["status"] for c in kleene.containers()}
    assert status == {
        running: "exited (137)", returning: "running", ended: "exited (5)", never: "created",
    }
    assert f"container {running}: it was running" in kleene.log()
    assert f"container {ended}: it was running" not in kleene.log()
    assert "kept\n" in kleene.visit(running, "ls", "/root").out


# ---- what a daemon that is killed was just starting ----


def copies(kleene):
    """Processes that daemons which were killed have made, and that are not yet anything else."""
    return [pid for pid, name in kleene.system.descendants() if name == "kleened"]


def has_trials(kleene):
    root = kleene.system.root_directory(kleene.root)
    trash = os.path.join(root, "trash")
    names = os.listdir(root) + (os.listdir(trash) if os.path.isdir(trash) else [])
    return [name for name in names if name.startswith(("trial", "tree"))]


def test_trial_does_not_outlive_a_killed_daemon(kleene):
    """It held the root's lock, for ever, and left its directory."""
    kleene.stop()
    for _ in range(25):
        daemon = kleene.spawn_daemon()
        while not kleene.system.children(daemon.pid) and not kleene.answers():
            assert daemon.poll() is None, kleene.log()
        daemon.kill()
        daemon.wait()
    wait_until(lambda: copies(kleene) == [], "what was being made to be gone")
    # what earlier releases have left
    os.makedirs(os.path.join(kleene.system.root_directory(kleene.root), "trial-abcdef/upper"))
    kleene.start()
    if kleene.system.name == "Linux":
        assert has_trials(kleene) == []
    assert "usable" in kleene.quiet(IMAGE, "echo", "usable")


def check_copies(kleene):
    """They have what they need, and nothing of each other, once they have taken their first step."""

    def holds_little(pid):
        return kleene.system.files_open(pid) <= 6 or pid not in kleene.system.copies(kleene.pid)

    copies_now = kleene.system.copies(kleene.pid)
    for pid in copies_now:
        wait_until(lambda p=pid: holds_little(p), "a half-made warden to close what is not its own")
    return len(copies_now)


@pytest.mark.skipif(SANITIZED == "thread", reason="a child made by clone(2) waits for locks of libtsan's for ever")
def test_half_made_wardens_end_with_a_killed_daemon(kleene):
    """They waited for each other for ever: each held copies of what the others waited at."""
    create = ("create", "-l", "disabled", IMAGE, "sleep", "1000")
    caught = 0
    containers = [kleene.klee(*create).out.strip() for _ in range(16)]
    for _ in range(12):
        clients = [kleene.popen("start", "-d", c) for c in containers]
        while any(client.poll() is None for client in clients):
            if kleene.system.copies(kleene.pid):
                break
        os.kill(kleene.pid, signal.SIGSTOP)
        caught += check_copies(kleene)
        kleene.kill9()
        wait_until(lambda: copies(kleene) == [], "half-made wardens to be gone")
        for client in clients:
            client.wait()
        restart_and_agree(kleene, containers)
        kleene.end_containers()
    assert caught > 0


def test_commands_on_the_host_have_none_of_the_daemons_descriptors(kleene):
    listing = "ls -l /proc/self/fd" if kleene.system.name == "Linux" else "procstat files $$"
    kleene.quiet("-J", f"exec.prestart=/bin/sh -c '{listing}'", IMAGE, "true")
    lines = [line for line in kleene.log().splitlines() if "exec.prestart: " in line]
    found = {m[1] for line in lines for m in [re.search(r" (\d+) -> ", line)] if m}
    assert found - {"3"} == {"0", "1", "2"}, lines  # 3: what ls reads


# ---- klee that is killed between creating a container and starting it ----


class Between:
    """A socket that passes on what klee and kleened say, until klee says a word."""

    def __init__(self, kleene, word):
        self.to, self.word = kleene.socket, word
        self.path = os.path.join(kleene.base, "between")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.said = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):  # it is closed at the end
            while True:
                client, _ = self.listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.to)
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self.move, args=pair, daemon=True).start()

    def move(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if self.word in data:
                    self.said.set()
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def test_container_that_nobody_starts_in_time_is_removed(kleene):
    """One that was started in time stays, and so does one of which nothing was said."""
    def create(name, **config):
        body = {"name": name, "image": IMAGE, "cmd": ["true"], **config}
        return kleene.api.post("/containers/create", body)["id"]

    create("kept")
    started = create("started", remove_unless_started=60)
    kleene.klee("start", started)
    left = create("left", remove_unless_started=1)
    wait_until(lambda: sorted(c["name"] for c in kleene.containers()) == ["kept", "started"],
               "the container to be removed")
    assert f"container {left} is removed: nobody has started it" in kleene.log()
    assert len(kleene.system.datasets(kleene.root, "container")) == 2
    kleene.restart()
    kleene.klee("start", "started")
    kleene.klee("start", "kept")
    for bad in (-1, 86401, 1 << 62):
        with pytest.raises(api.Error) as error:
            create("bad", remove_unless_started=bad)
        assert error.value.status == 404 and "remove_unless_started" in error.value.message


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_klee_run_rm_that_is_killed_before_the_start(kleene, how):
    """Its container has a minute, which nobody waits for here: the next daemon removes it, too."""
    between = Between(kleene, b"/exec/create")
    klee = subprocess.Popen(
        [programs.KLEE, "--host", f"http://{between.path}", "run", "--rm", IMAGE, "true"])
    assert between.said.wait(PATIENCE)
    klee.kill()
    klee.wait()
    between.close()
    (container,) = kleene.containers()
    assert container["status"] == "created"
    assert kleene.inspect(container["id"])["remove_unless_started"] == 60
    end(kleene, how)
    kleene.start()
    wait_until(lambda: kleene.containers() == [], "the container to be removed")
    assert f"container {container['id']} is removed: nobody has started it" in kleene.log()
    assert not kleene.system.datasets(kleene.root, "container")
