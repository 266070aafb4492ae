# SPDX-License-Identifier: BSD-2-Clause
"""What must not make the daemon lose a container, take a living one for dead, or run it twice."""

import ctypes
import errno
import os
import shutil
import signal
import socket
import sys

import pytest

import api
from harness import IMAGE, refused, wait_until

SYS_PIDFD_GETFD = 438  # the same on every architecture

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into proc(5), and at pidfds")


def test_killed_with_its_warden_after_an_exec_is_no_success(kleene):
    """The exit code of an exec is not the container's, whose end nobody has seen."""
    container = kleene.detached("--restart", "on-failure:1", IMAGE, "sleep", "1000")
    assert kleene.klee("exec", container, "true").code == 0
    (warden,) = kleene.system.wardens()
    kleene.kill9()
    kleene.system.kill(warden)
    wait_until(lambda: kleene.system.wardens() == [], "the warden to end")
    kleene.start()
    wait_until(lambda: kleene.inspect(container)["restart_count"] == 1, "it to be restarted")
    kleene.wait_status(container, "running")
    kleene.klee("exec", container, "true")
    (warden,) = kleene.system.wardens()
    kleene.kill9()
    kleene.system.kill(warden)
    wait_until(lambda: kleene.system.wardens() == [], "the warden to end")
    kleene.start()
    kleene.wait_status(container, "exited (137)")


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0]


def hold_still(pid):
    """Stops the process and waits until the kernel has done so."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: state_of(pid) == "T", f"process {pid} to be stopped")


def go_on(pid):
    os.kill(pid, signal.SIGCONT)


def arguments_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().split(b"\0")
    except FileNotFoundError:
        return []


def is_known(kleene, instance):
    """Whether the daemon believes that the execution instance runs."""
    try:
        kleene.api.post(f"/exec/{instance}/resize?rows=1&cols=1")
    except api.Error as error:
        return "no such execution instance" not in error.message
    return True


def start_many(kleene, container, count, *command):
    """Execution instances, without a client for each."""
    instances = [kleene.api.exec_create(container, *command) for _ in range(count)]
    for instance in instances:
        with kleene.api.exec_start(instance, attach=False) as session:
            session.starting()
    return instances


@linux_only
def test_many_ends_at_once_are_no_end_of_the_container(kleene):
    """More ends than a socket takes while the daemon has no time to read them."""
    container = kleene.detached(IMAGE, "sleep", "1000")
    instances = start_many(kleene, container, 470, "sleep", "999")
    (warden,) = kleene.system.wardens()
    sleepers = [p for p in kleene.system.processes_in(warden) if b"999" in arguments_of(p)]
    assert len(sleepers) == 470
    hold_still(kleene.pid)
    for pid in sleepers:
        kleene.system.kill(pid)
    wait_until(lambda: len(kleene.system.processes_in(warden)) == 1, "the processes to end")
    go_on(kleene.pid)
    wait_until(lambda: not any(is_known(kleene, i) for i in instances), "all ends to be known")
    assert kleene.inspect(container)["status"] == "running"
    assert "there\n" in kleene.klee("exec", container, "echo", "there").out
    kleene.klee("stop", container)
    assert kleene.system.wardens() == []


@linux_only
def test_connection_to_a_warden_is_made_again(kleene):
    """One that breaks says nothing of the container, while its warden's process lives."""
    container = kleene.detached(IMAGE, "sleep", "1000")
    break_watch(kleene)
    wait_until(lambda: f"container {container} is running, warden" in kleene.log(), "the answer")
    assert kleene.inspect(container)["status"] == "running"
    assert "there\n" in kleene.klee("exec", container, "echo", "there").out
    break_watch(kleene)
    kleene.klee("stop", container)
    assert kleene.inspect(container)["status"] == "exited (143)"
    assert kleene.system.wardens() == []


def break_watch(kleene):
    """Shuts down, at the warden's end, its connections to the daemon."""
    (warden,) = kleene.system.wardens()
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = os.pidfd_open(warden)
    broken = 0
    for number in os.listdir(f"/proc/{warden}/fd"):
        try:
            if not os.readlink(f"/proc/{warden}/fd/{number}").startswith("socket:"):
                continue
        except FileNotFoundError:
            continue
        taken = libc.syscall(SYS_PIDFD_GETFD, pidfd, int(number), 0)
        if taken < 0 and ctypes.get_errno() == errno.EBADF:  # it was just being closed
            continue
        assert taken >= 0, os.strerror(ctypes.get_errno())
        end = socket.socket(fileno=taken)
        if not end.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            end.shutdown(socket.SHUT_RDWR)
            broken += 1
        end.close()
    os.close(pidfd)
    assert broken >= 1


@linux_only
def test_silent_warden_is_kept_and_never_doubled(kleene):
    """One that does not answer when the daemon starts runs as long as the kernel says so."""
    container = kleene.detached(IMAGE, "sleep", "1000")
    (warden,) = kleene.system.wardens()
    hold_still(warden)
    kleene.kill9()
    kleene.start()
    assert "its warden does not answer" in kleene.log()
    assert kleene.inspect(container)["status"] == "running"
    kleene.klee("start", "-d", container)  # it runs already
    refused(kleene.klee("rmc", container, check=None), 1, "running")
    assert kleene.system.wardens() == [warden]
    go_on(warden)
    wait_until(lambda: f"container {container} is running, warden" in kleene.log(), "the answer")
    assert "there\n" in kleene.klee("exec", container, "echo", "there").out
    kleene.klee("stop", container)
    assert kleene.inspect(container)["status"] == "exited (143)"


@linux_only
def test_two_wardens_on_one_dataset_are_impossible(kleene):
    """Whatever the daemon believes: the first one's lock is the kernel's."""
    container = kleene.detached(IMAGE, "sleep", "1000")
    (warden,) = kleene.system.wardens()
    kleene.kill9()
    hold_still(warden)
    # nothing is left by which the daemon could find it
    shutil.rmtree(kleene.run_dir)
    os.unlink(os.path.join(kleene.root, "log", container, "control"))
    kleene.start()
    assert kleene.inspect(container)["status"] == "running"
    assert kleene.system.wardens() == [warden]
    kleene.system.kill(warden)
    kleene.wait_status(container, "exited (137)")
    kleene.klee("start", "-d", container)
    assert kleene.running() == [container] and len(kleene.system.wardens()) == 1


@linux_only
@pytest.mark.parametrize("still", [False, True])
def test_files_that_somebody_removes_double_nothing(kleene, still):
    """Neither lock nor control socket is left: by its control group it is ended."""
    container = kleene.detached(IMAGE, "sleep", "1000")
    (warden,) = kleene.system.wardens()
    kleene.kill9()
    if still:
        hold_still(warden)
    shutil.rmtree(kleene.run_dir)
    shutil.rmtree(os.path.join(kleene.root, "log", container))
    kleene.start()
    assert kleene.inspect(container)["status"] == "exited (137)"
    assert kleene.system.wardens() == []
    kleene.klee("start", "-d", container)
    assert kleene.running() == [container] and len(kleene.system.wardens()) == 1


def test_run_dir_that_somebody_tidies_up_loses_nothing(kleene):
    container = kleene.detached(IMAGE, "sh", "-c", "sleep 1000")
    other = kleene.detached(IMAGE, "sh", "-c", "until [ -e /end ]; do sleep 0.1; done; exit 5")
    shutil.rmtree(kleene.run_dir)
    assert "there\n" in kleene.klee("exec", container, "echo", "there").out
    wardens = sorted(kleene.system.wardens())
    kleene.kill9()
    kleene.start()
    assert sorted(kleene.running()) == sorted([container, other])
    kleene.klee("start", "-d", container)  # it runs already
    refused(kleene.klee("rmc", container, check=None), 1, "running")
    assert sorted(kleene.system.wardens()) == wardens
    shutil.rmtree(kleene.run_dir)
    kleene.klee("exec", other, "touch", "/end")
    kleene.wait_status(other, "exited (5)")
    kleene.klee("stop", container)
    assert kleene.system.wardens() == []
    kleene.klee("start", "-d", container)
    assert kleene.running() == [container]
