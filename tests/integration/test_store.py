"""What the daemon knows of its objects, on disks that are full, fail or have lost something."""

import os
import sqlite3

import pytest

from harness import IMAGE, refused, wait_until


def database(kleene):
    return os.path.join(kleene.system.root_directory(kleene.root), "kleene.sqlite")


def fill_disk(directory):
    """Until not even root finds a byte."""
    path = os.path.join(directory, "filling")
    with open(path, "ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                pass
    return path


@pytest.fixture
def small(small_root, make_kleene):
    """A daemon with little room."""
    kleene = make_kleene(root=small_root)
    kleene.start()
    kleene.import_image()
    return kleene


# ---- a full disk ----


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_daemon_starts_on_a_full_disk(small, how):
    """And things can be removed, which is what one wants to do then."""
    running = small.detached("--name", "running", IMAGE, "sleep", "1000")
    names = [small.create("--name", f"c{i}", IMAGE, "true") for i in range(3)]
    filling = fill_disk(os.path.dirname(small.root))
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
    filling = fill_disk(os.path.dirname(small.root))
    small.start()
    assert {c["id"]: c["status"] for c in small.containers()} == dict.fromkeys(names, "exited (7)")
    assert not os.path.exists(database(small) + "-shm")
    os.unlink(filling)


def test_container_that_finds_no_room_says_so(small):
    """An overlay that cannot be written to is no container's file system."""
    container = small.create(IMAGE, "true")
    os.makedirs(os.path.join(small.system.root_directory(small.root), "log", container))
    filling = fill_disk(os.path.dirname(small.root))
    words = small.system.no_room_words
    refused(small.klee("start", container, check=None), 125, small.system.no_space, *words)
    os.unlink(filling)
    small.klee("start", container)
