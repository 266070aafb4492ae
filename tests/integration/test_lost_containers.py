"""What must not make the daemon lose a container, take a living one for dead, or run it twice."""

import os
import re
import shutil
import signal

import pytest

from harness import IMAGE, refused, wait_until


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
