# SPDX-License-Identifier: BSD-2-Clause
"""The host of its own that the tests run on (own_host.py): neither sees what the other does."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile

import pytest

import leaks
from harness import PATIENCE

OWN_HOST = [sys.executable, os.path.join(os.path.dirname(__file__), "own_host.py")]
LOOK = r"""
import os, sys
def look():
    print(sorted(os.listdir("/tmp")), sorted(os.listdir("/sys/class/net")), sorted(open("/proc/self/mounts")),
          sorted(where for where, _, _ in os.walk("/sys/fs/cgroup")), sorted(filter(str.isdigit, os.listdir("/proc"))),
          flush=True)
look()
sys.stdin.readline()
look()
"""

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/ns"), reason="there are no namespaces")


@pytest.fixture
def begun(monkeypatch):
    """Begins a command on a host of its own below this one."""
    if not os.environ.get("KLEENE_TEST_OWN_HOST"):
        pytest.skip("what it leaves can be told on a host of the tests' own alone: tools/integration.sh")
    directory = tempfile.mkdtemp(prefix="own-", dir="/var/tmp")
    monkeypatch.setenv("TMPDIR", directory)
    children = []

    def begin(*command):
        children.append(
            subprocess.Popen(
                [*OWN_HOST, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
        return children[-1]

    begin.directory = directory
    yield begin
    for child in children:
        child.terminate()
        child.communicate()
    assert os.listdir(directory) == [], "its /tmp is still there"
    os.rmdir(directory)


def groups():
    return {
        os.path.join(where, name)
        for where, names, _ in os.walk("/sys/fs/cgroup") for name in names
    }


def test_what_others_do_is_not_seen(begun, session_name):
    child = begun("python3", "-c", LOOK)
    before = child.stdout.readline()
    name = f"{session_name}own"
    made = [where for where in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified", "/sys/fs/cgroup")
            if os.path.exists(os.path.join(where, "cgroup.procs"))]
    directory = tempfile.mkdtemp(prefix=name, dir=leaks.TEMPORARY)
    subprocess.run(["mount", "-t", "tmpfs", "none", directory], check=True)
    subprocess.run(["ip", "link", "add", name, "type", "bridge"], check=True)
    for where in made:
        os.mkdir(os.path.join(where, name))
    try:
        child.stdin.write("\n")
        child.stdin.flush()
        assert child.stdout.readline() == before
        assert child.wait(PATIENCE) == 0
    finally:
        for where in made:
            os.rmdir(os.path.join(where, name))
        subprocess.run(["ip", "link", "del", name], check=True)
        subprocess.run(["umount", directory], check=True)
        os.rmdir(directory)


def test_the_command_has_its_own(begun):
    child = begun("sh", "-c", "echo $$; ls /tmp; ls /sys/class/net; cat /proc/self/cgroup; exit 7")
    lines = child.stdout.read().splitlines()
    assert child.wait(PATIENCE) == 7
    assert int(lines[0]) < 100, "the process has a number of a namespace that others are in"
    assert lines[1] == "lo"
    assert {line.split(":", 2)[2] for line in lines[2:]} <= {"/", "/suite"}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_what_is_interrupted_leaves_nothing(begun, how):
    make = "for d in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do mkdir ${d%/*}/mine; done"
    child = begun("sh", "-c", f"sleep 1000 & touch /tmp/x; {make} 2> /dev/null; echo; wait")
    child.stdout.readline()
    name = f"kleene-tests-{child.pid}"
    assert any(g.endswith(f"{name}/mine") for g in groups()) and os.listdir(begun.directory)
    os.kill(child.pid, how)
    child.wait(PATIENCE)
    assert not [g for g in groups() if name in g]


def test_it_is_for_root(begun):
    user = [shutil.which("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"]
    done = subprocess.run(
        [*user, *OWN_HOST, "true"], stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr) == (1, "own_host: run this as root\n")
