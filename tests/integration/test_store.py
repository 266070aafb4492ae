# SPDX-License-Identifier: BSD-2-Clause
"""What the daemon knows of its objects, on disks that are full, fail or have lost something."""

import errno
import os
import sqlite3
import sys

import pytest

from faults import ALL_WRITES, Control
from harness import IMAGE, fails, fill_disk, refused, wait_until

linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="makes a file system fail by what ext4 and ld.so(8) have"
)


def database(kleene):
    return os.path.join(kleene.system.root_directory(kleene.root), "kleene.sqlite")


# ---- a full disk ----


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_daemon_starts_on_a_full_disk(small, how):
    """And things can be removed, which is what one wants to do then."""
    running = small.detached("--name", "running", IMAGE, "sleep", "1000")
    names = [small.create("--name", f"c{i}", IMAGE, "true") for i in range(3)]
    filling = fill_disk(small)
    small.kill9() if how == "killed" else small.stop()
    small.start()
    assert small.running() == [running]
    assert {c["id"] for c in small.containers()} == {running, *names}
    for _ in range(2):
        small.klee("rmc", names.pop())
        small.kill9()
        small.start()
    assert {c["id"] for c in small.containers()} == {running, *names}
    os.unlink(filling)
    assert small.quiet("--rm", IMAGE, "echo", "works") == "works\n"


def test_store_of_an_older_daemon_on_a_full_disk(small):
    """That one shared the log's index, and left it; its log has not been written back."""
    names = {small.create("--name", f"c{i}", IMAGE, "true") for i in range(3)}
    small.stop()
    store = sqlite3.connect(database(small), isolation_level=None)
    store.execute("PRAGMA wal_autocheckpoint = 0")
    store.execute("UPDATE container SET exit_code = 7")
    assert os.path.exists(database(small) + "-shm")
    copies = {}
    for end in ("", "-wal", "-shm"):
        with open(database(small) + end, "rb") as file:
            copies[end] = file.read()
    store.close()
    for end, data in copies.items():
        with open(database(small) + end, "wb") as file:
            file.write(data)
    with open(database(small) + "-wal", "ab") as file:  # it allocated so much
        os.posix_fallocate(file.fileno(), 0, 4400 << 10)
    os.truncate(database(small) + "-shm", 0)
    filling = fill_disk(small)
    small.start()
    assert {c["id"]: c["status"] for c in small.containers()} == dict.fromkeys(names, "exited (7)")
    assert not os.path.exists(database(small) + "-shm")
    os.unlink(filling)


def test_container_that_finds_no_room_says_so(small):
    """An overlay that cannot be written to is no container's file system."""
    container = small.create(IMAGE, "true")
    os.makedirs(os.path.join(small.system.root_directory(small.root), "log", container))
    filling = fill_disk(small)
    words = small.system.no_room_words
    refused(small.klee("start", container, check=None), 125, small.system.no_space, *words)
    os.unlink(filling)
    small.klee("start", container)


@linux_only
def test_files_of_networks_stay_whole_on_a_full_disk(small):
    """A container's own /etc/hosts grows past a block while it runs: it has all of it, or what it had."""
    name = "n" * 63
    container = small.create("--name", name, "-J", f"host.hostname={'h' * 63}", "-l", "ipnet", IMAGE, "sleep", "1000")
    path = os.path.join(small.system.root_directory(small.root), "net", container, "hosts")

    def connect(number):
        """To one more network; returns what the file holds then."""
        small.network(f"net{number}", "--driver", "ipnet", "--subnet", f"10.78.{number}.0/24")
        small.klee("network", "connect", f"net{number}", name)
        with open(path, encoding="ascii") as file:
            return file.read()

    small.klee("network", "create", "--driver", "ipnet", "--subnet", "10.78.0.0/24", "net0")
    small.klee("network", "connect", "net0", name)
    small.klee("start", "-d", name)
    number, text = 0, ""
    while len(text) < 4096 - 300:
        number += 1
        text = connect(number)
        assert text.count(name) == number + 1
    filling = fill_disk(small)
    for more in range(number + 1, number + 4):
        last, text = text, connect(more)
        if text == last:
            break
    assert text == last and len(text) < 4096 and text.endswith(f"{name}\n")
    assert f"container {container}: cannot write {path}: {small.system.no_space}" in small.log()
    assert text == small.klee("exec", name, "cat", "/etc/hosts").out.split("\n", 1)[1][:len(text)]
    os.unlink(filling)
    text = connect(number + 4)
    assert len(text) > 4096 and text.count(name) == 2 + more
    small.remove_networks()


# ---- a disk that cannot be written to ----


def have_something(kleene):
    kleene.detached("--name", "running", IMAGE, "sleep", "1000")
    kleene.create("--name", "stopped", IMAGE, "true")
    kleene.klee("volume", "create", "kept")


def nothing_can_be_written(kleene, reason):
    """Each thing that changes something fails in a line with the reason; what only looks does not."""
    for command in (("create", IMAGE), ("rmc", "stopped"), ("volume", "create", "new"),
                    ("rmv", "kept"), ("image", "tag", IMAGE, "other:new"), ("container", "rename", "stopped", "x"),
                    ("network", "create", "--driver", "ipnet", "--subnet", "10.77.0.0/24", "new")):
        done = kleene.klee(*command, check=None)
        refused(done, 125 if command[0] == "create" else 1, reason)
    for command in (("run", "--rm", IMAGE, "true"), ("start", "stopped")):
        refused(kleene.klee(*command, check=None), 125, reason)
    assert "works\n" in kleene.klee("exec", "running", "echo", "works").out
    nothing_is_lost(kleene)


def nothing_is_lost(kleene):
    assert sorted(c["name"] for c in kleene.containers()) == ["running", "stopped"]
    assert [v["name"] for v in kleene.volumes()] == ["kept"]
    assert [i["name"] for i in kleene.images()] == [IMAGE]
    assert kleene.networks() == []


def everything_works(kleene):
    nothing_is_lost(kleene)
    kleene.klee("start", "stopped")
    assert kleene.quiet("--rm", IMAGE, "echo", "works") == "works\n"
    kleene.klee("rmc", "stopped")
    kleene.klee("rmv", "kept")


@linux_only
def test_disk_that_has_become_read_only(small):
    """As a file system does that has found an error; a daemon that is started there says so, too."""
    have_something(small)
    small.system.forbid_writing(small.root)
    nothing_can_be_written(small, "Read-only file system")
    small.klee("stop", "running")
    small.stop()
    fails(small, "Read-only file system")
    small.system.allow_writing(small.root)
    small.start()
    assert small.inspect("running")["status"].startswith("exited")
    everything_works(small)


@linux_only
@pytest.mark.parametrize("how", ["killed", "mended"])
def test_disk_that_fails(make_kleene, how):
    """Whatever writes to it fails, until it is mended, or until another daemon finds it whole."""
    bare = make_kleene()
    control = Control(bare.base)
    bare.prefix = control.prefix()
    bare.start()
    bare.import_image()
    have_something(bare)
    control.arm(ALL_WRITES, errno.EIO)
    nothing_can_be_written(bare, "Input/output error")
    if how == "killed":
        bare.kill9()
    assert control.disarm()
    if how == "killed":
        bare.start()
    everything_works(bare)


# ---- what is missing, broken, or cannot be removed ----


def change_store(kleene, statement, *values):
    """While no daemon is there."""
    with sqlite3.connect(database(kleene)) as store:
        assert store.execute(statement, values).rowcount == 1
    store.close()


def test_objects_are_in_the_database_when_the_daemon_has_stopped(kleene):
    """Not in its log alone, which a copy may be without."""
    container = kleene.create(IMAGE, "true")
    kleene.stop()
    log = f"{database(kleene)}-wal"
    assert os.path.exists(log)
    os.unlink(log)
    kleene.start()
    assert [c["id"] for c in kleene.containers()] == [container]


def test_store_without_its_log_is_refused(kleene):
    """A daemon that was killed has left one, with what was stored last."""
    container = kleene.create(IMAGE, "true")
    kleene.kill9()
    log = f"{database(kleene)}-wal"
    os.rename(log, f"{log}.away")
    fails(kleene, log, "is missing")
    os.rename(f"{log}.away", log)
    kleene.start()
    assert [c["id"] for c in kleene.containers()] == [container]


def test_log_without_its_store_is_refused(kleene):
    """SQLite would remove it."""
    container = kleene.create(IMAGE, "true")
    kleene.kill9()
    path = database(kleene)
    os.rename(path, f"{path}.away")
    fails(kleene, path, "is missing")
    os.rename(f"{path}.away", path)
    kleene.start()
    assert [c["id"] for c in kleene.containers()] == [container]


@pytest.mark.parametrize("config", ["{no JSON", "[]", ""])
def test_container_with_a_broken_configuration(kleene, config):
    """It is shown as broken and can be removed; the others are served."""
    broken = kleene.create("--name", "broken", "-m", "v:/v", IMAGE, "true")
    whole = kleene.create("--name", "whole", "-m", "v:/v", IMAGE, "echo", "works")
    kleene.stop()
    change_store(kleene, "UPDATE container SET config = ? WHERE id = ?", config, broken)
    kleene.start()
    assert {c["name"]: c["status"] for c in kleene.containers()} == {
        "broken": "broken", "whole": "created",
    }
    assert "broken" in kleene.klee("lsc", "-a").out
    for command in (["start", "broken"], ["container", "inspect", "broken"], ["container", "update", "-u", "x", "broken"]):
        refused(kleene.klee(*command, check=None), 125 if command[0] == "start" else 1, "container broken is broken")
    assert "works\n" in kleene.klee("start", "whole").out
    assert whole in kleene.klee("volume", "inspect", "v").out
    kleene.klee("rmc", "broken")
    assert [c["name"] for c in kleene.containers()] == ["whole"]


def test_image_with_a_broken_configuration(kleene):
    other = kleene.import_image(tag="other")
    kleene.stop()
    change_store(kleene, "UPDATE image SET config = 'x' WHERE id = ?", other)
    kleene.start()
    refused(kleene.klee("run", "other", "true", check=None), 125, f"image {other} is broken")
    refused(kleene.klee("run", "other@abcdefabcdef", "true", check=None), 125, "has no snapshot")
    assert kleene.quiet("--rm", IMAGE, "echo", "works") == "works\n"
    kleene.klee("rmi", "other")
    assert [i["name"] for i in kleene.images()] == [IMAGE]


def test_what_cannot_be_removed_does_not_stop_the_start(kleene):
    """One line in the log, and it is tried again."""
    removed = kleene.create(IMAGE, "true")
    left = kleene.create(IMAGE, "true")
    kleene.stop()
    change_store(kleene, "UPDATE container SET state = 2, name = NULL WHERE id = ?", removed)
    with kleene.system.busy_dataset(kleene.root, "container", removed):
        kleene.start()
        assert [c["id"] for c in kleene.containers()] == [left]
        said = [x for x in kleene.log().splitlines() if f"{removed} is not removed yet" in x]
        assert len([x for x in said if " error " in x]) == 1
    wait_until(
        lambda: kleene.system.datasets(kleene.root, "container") == {left}, "the rest to be removed"
    )


@pytest.mark.parametrize("kind", ["container", "image"])
def test_removal_that_fails_is_carried_on(kleene, kind):
    """And who asked is told."""
    if kind == "container":
        name, remove = kleene.create("--name", "x", IMAGE, "true"), "rmc"
    else:
        name, remove = kleene.import_image(tag="x"), "rmi"
    with kleene.system.busy_dataset(kleene.root, kind, name):
        refused(kleene.klee(remove, "x", check=None), 1, name, "goes on being removed")
        if kind == "container":  # its name is free
            kleene.klee("rmc", kleene.create("--name", "x", IMAGE, "true"))
    wait_until(
        lambda: name not in kleene.system.datasets(kleene.root, kind), "the rest to be removed"
    )


def test_logs_that_cannot_be_removed(kleene):
    """rm does not say that all is gone; the rest goes later."""
    container = kleene.create(IMAGE, "echo", "x")
    kleene.klee("start", container)
    logs = os.path.join(kleene.system.root_directory(kleene.root), "log", container)
    os.mkdir(f"{logs}/foreign")
    refused(kleene.klee("rmc", container, check=None), 1, logs, "goes on being removed")
    os.rmdir(f"{logs}/foreign")
    wait_until(lambda: not os.path.exists(logs), "the logs to be removed")


# ---- daemons side by side ----


@pytest.mark.parametrize("what", ["run_dir", "instance"])
def test_another_root_with_the_same(bare, make_kleene, what):
    other = make_kleene()
    value = {"run_dir": bare.run_dir, "instance": bare.instance}[what]
    other.write_config(**{what: value})
    fails(other, what, "another kleened")
    other.write_config()
    other.start()


# ---- lists ----


def test_list_says_what_inspecting_says(kleene):
    """It is written in another way, and page by page."""
    kleene.create("--name", "plain", IMAGE, "true")
    kleene.create(
        "--name", "rich", "-e", "X=\"\\\u00e4\t", "-m", "v:/v",
        "--restart", "on-failure:3", IMAGE, "sh", "-c", 'echo "\\n"; exit 3',
    )
    kleene.klee("start", "plain")
    running = kleene.detached("--name", "running", IMAGE, "sleep", "1000")
    listed = {c["name"]: c for c in kleene.containers()}
    assert list(listed) == ["running", "rich", "plain"]
    for name, container in listed.items():
        of_list = {key: container.pop(key) for key in ("image_name", "image_tag", "jid")}
        assert (of_list["image_name"], of_list["image_tag"]) == (IMAGE, "latest")
        assert (of_list["jid"] is not None) == (name == "running")
        assert container == kleene.inspect(name)
    assert kleene.running() == [running]
    kleene.klee("stop", "running")
    assert kleene.api.get("/containers/list") == []
