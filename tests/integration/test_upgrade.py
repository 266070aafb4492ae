# SPDX-License-Identifier: BSD-2-Clause
"""Containers of the first release's wardens go on with today's daemon."""

import os
import signal
import subprocess
import sys

import pytest

import harness
from harness import IMAGE, PATIENCE, wait_until
from programs import REPOSITORY

FIRST_WARDEN = os.path.join(REPOSITORY, "tests/integration/programs/first_warden.py")
INSTANCE = "0123456789ab"
# the directory of an earlier release's build, whose daemon and warden are then tried as well
EARLIER = os.environ.get("KLEENE_TEST_EARLIER")


def end_processes(kleene, warden):
    for pid, _ in kleene.system.descendants(warden.pid):
        os.kill(pid, signal.SIGTERM)


@pytest.fixture
def first(kleene):
    """A container that an earlier release's daemon has started, and which this one has found."""
    container = kleene.create(IMAGE, "sleep", "1000")
    kleene.stop()
    place = os.path.join(kleene.run_dir, "container", container)
    os.makedirs(place, mode=0o700)
    command = "echo ready; read line; echo got $line; exec sleep 1000"
    warden = subprocess.Popen(
        [
            sys.executable, FIRST_WARDEN, os.path.join(place, "control"),
            os.path.join(place, "status"), INSTANCE, "sh", "-c", command,
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert warden.stdout.readline() == b"listening\n"
        kleene.start()
        yield kleene, container, warden
    finally:
        warden.stdout.close()
        if warden.poll() is None:
            end_processes(kleene, warden)
            warden.kill()
        warden.wait()


def test_first_release_goes_on(first):
    kleene, container, warden = first
    assert kleene.running() == [container]
    assert "protocol version 1" in kleene.log()

    # a process that ran is taken up, with its input and output
    with kleene.api.exec_start(INSTANCE) as attached:
        attached.starting()
        assert attached.read()[1] == b"ready\n"
        attached.send(2, b"a line\n")
        assert attached.read()[1] == b"got a line\n"
        # others are started in it, and their ends and exit codes come
        done = kleene.klee("exec", container, "sh", "-c", "echo out; echo err >&2; exit 7", check=7)
        assert "out\n" in done.out and "err\n" in done.out + done.err
        detached = kleene.klee("exec", "-d", container, "sleep", "1000").out.split()[-1]
        kleene.api.post(f"/exec/{detached}/stop?force_stop=true&stop_container=false")
        kleene.restart()  # and again, with nothing but the first one running
    assert kleene.running() == [container]

    # it stops, and how it ended is known
    assert kleene.klee("stop", container).out == f"{container}\n"
    assert warden.wait(PATIENCE) == 0, "the daemon has sent what the first release did not know"
    assert kleene.inspect(container)["status"] == "exited (143)"
    assert "\nanew\n" in kleene.visit(container, "echo", "anew").out


def test_first_release_ends_while_no_daemon_is_there(first):
    kleene, container, warden = first
    kleene.kill9()
    end_processes(kleene, warden)
    assert warden.wait(PATIENCE) == 0
    kleene.start()
    assert kleene.inspect(container)["status"] == "exited (143)"
    wait_until(
        lambda: not os.path.exists(os.path.join(kleene.run_dir, "container", container)),
        "its directory to be gone",
    )


@pytest.mark.skipif(not EARLIER, reason="KLEENE_TEST_EARLIER names no earlier release's build")
def test_earlier_release_goes_on(kleene, monkeypatch):
    """The same with containers that an earlier release has really started."""
    with monkeypatch.context() as earlier:
        earlier.setattr(harness, "KLEENED", os.path.join(EARLIER, "src/kleened/kleened"))
        earlier.setattr(harness, "WARDEN", os.path.join(EARLIER, "src/warden/warden"))
        kleene.restart()
        container, instance = kleene.detached_exec(IMAGE, "sh", "-c", "read line; sleep 1000")
        kleene.kill9()
    kleene.start()
    assert kleene.running() == [container]
    assert "protocol version" in kleene.log()
    done = kleene.klee("exec", container, "sh", "-c", "echo out; exit 7", check=7)
    assert "out\n" in done.out
    kleene.api.post(f"/exec/{instance}/stop?force_stop=true&stop_container=false")
    kleene.wait_status(container, "exited (137)")
    assert "anew\n" in kleene.visit(container, "echo", "anew").out
