# SPDX-License-Identifier: BSD-2-Clause
"""Starts that cannot succeed end in words, and what is stopped ends whatever its warden does."""

import json
import os
import signal
import subprocess
import sys

import pytest

import ws
from harness import IMAGE, PATIENCE, refused, wait_until

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="prlimit(2) is Linux's")

# what commands on the host do between a container's launch and the request for its process; the
# daemon is their parent
NO_DESCRIPTORS = (
    "import os, resource as r; p = os.getppid(); n = r.RLIMIT_NOFILE;"
    " r.prlimit(p, n, (8, r.prlimit(p, n)[1]))"
)
NO_CONTAINER = (
    "import os, signal; os.kill(int(os.environ['JID']), signal.SIGKILL)"
    if sys.platform == "linux"
    else "import os; os.system('jail -r ' + os.environ['JID'])"
)


def created_hook(program):
    return ["-J", f'exec.created=exec {sys.executable} -c "{program}"']


def launches(kleene, container):
    return kleene.log().count(f"container {container} has started")


def nothing_runs(kleene):
    return kleene.running() == [] and kleene.system.wardens() == []


@linux_only
def test_start_without_descriptors_is_not_repeated(kleene):
    """It was, for ever, with the container's lock held."""
    container = kleene.create(*created_hook(NO_DESCRIPTORS), IMAGE, "sleep", "1000")
    client = kleene.popen("start", "-d", container)
    _, err = client.communicate(timeout=PATIENCE)
    subprocess.run(["prlimit", "--pid", str(kleene.pid), "--nofile=1024:"], check=True)
    assert client.returncode == 125 and b"Too many open files" in err, err
    assert launches(kleene, container) == 1
    assert nothing_runs(kleene)
    assert kleene.klee("rmc", container).out == f"{container}\n"
    kleene.restart()  # which removes what could not be removed without descriptors


def test_start_that_ends_again_and_again_is_given_up(kleene):
    container = kleene.create(*created_hook(NO_CONTAINER), IMAGE, "sleep", "1000")
    result = kleene.klee("start", "-d", container, check=None)
    refused(result, 125, "has ended 3 times")
    assert launches(kleene, container) == 3
    assert nothing_runs(kleene)
    assert kleene.klee("rmc", container).out == f"{container}\n"  # its lock is free


@pytest.mark.parametrize("hook", ["created", "poststart"])
def test_start_that_failed_counts_as_that(kleene, hook):
    """And not as the end of the process that it has come to, and which is then ended."""
    container = kleene.create("-J", f"exec.{hook}=false", IMAGE, "sleep", "1000")
    refused(kleene.klee("start", "-d", container, check=None), 125, f"exec.{hook}")
    assert kleene.inspect(container)["status"] == "exited (125)"


def test_arguments_that_are_too_long_are_not_tried_again(kleene):
    container = kleene.create(IMAGE, "true")
    config = {"container_id": container, "cmd": ["/bin/true", *["x" * 200000] * 4]}
    body = json.dumps(config, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json"}
    _, _, answer = kleene.api.request("POST", "/exec/create", body, headers)
    instance = json.loads(answer)["id"]
    with kleene.api.exec_start(instance) as session:
        with pytest.raises(ws.Closed) as closed:
            session.starting()
    assert "too long" in closed.value.reason, closed.value
    assert launches(kleene, container) == 1
    assert nothing_runs(kleene)


# ---- wardens that do not answer ----


@pytest.fixture
def silent(kleene):
    """A container whose warden has been stopped, and starts no process any more."""
    options = ["-J", "stop.timeout=1", "-J", "exec.timeout=1"]
    container = kleene.detached(*options, IMAGE, "sleep", "1000")
    kleene.wait_status(container, "running")
    (warden,) = kleene.system.wardens()
    os.kill(warden, signal.SIGSTOP)
    yield kleene, container
    if warden in kleene.system.wardens():
        os.kill(warden, signal.SIGKILL)


def test_stop_ends_a_container_whose_warden_does_not_answer(silent):
    kleene, container = silent
    assert kleene.klee("stop", container).out == f"{container}\n"
    assert kleene.inspect(container)["status"] == "exited (137)"
    wait_until(lambda: kleene.system.descendants(kleene.pid) == [], "its processes to be gone")
    assert "so the kernel has to" in kleene.log()
    assert "\nusable\n" in kleene.visit(container, "echo", "usable").out


def test_removal_by_force_ends_it_too(silent):
    kleene, container = silent
    assert kleene.klee("rmc", "-f", container).out == f"{container}\n"
    assert nothing_runs(kleene) and kleene.containers() == []


def test_restart_ends_it_too(silent):
    kleene, container = silent
    kleene.klee("restart", container)
    assert kleene.running() == [container]
    assert launches(kleene, container) == 2
    assert len(kleene.system.wardens()) == 1


def test_stop_ends_it_too_after_a_restart_of_the_daemon(silent):
    kleene, container = silent
    kleene.kill9()
    kleene.start()
    assert kleene.running() == [container]
    assert kleene.klee("stop", container).out == f"{container}\n"
    assert nothing_runs(kleene)


def test_wait_for_a_process_ends_when_its_client_goes(silent):
    """And with it the container's lock is free."""
    kleene, container = silent
    instance = kleene.api.exec_create(container, "sleep", "1000")
    client = kleene.api.exec_start(instance)
    wait_until(lambda: kleene.klee("lsc").out, "another request to be answered")
    client.vanish()
    assert kleene.klee("stop", container).out == f"{container}\n"
    assert nothing_runs(kleene)


def test_wait_for_a_process_ends_when_the_daemon_stops(silent):
    kleene, container = silent
    client = kleene.popen("exec", container, "sleep", "1000")
    line = client.stdout.readline()
    kleene.stop()
    client.communicate(timeout=PATIENCE)
    assert client.returncode == 125, line
    kleene.start()
    assert kleene.klee("stop", container).out == f"{container}\n"
