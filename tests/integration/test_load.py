# SPDX-License-Identifier: BSD-2-Clause
"""Many at once, and much at once."""

import concurrent.futures
import os
import random
import re
import threading

import pytest

from harness import IMAGE, MEMORY, wait_until

CLIENTS = 16


def at_once(function, arguments):
    """Calls the function with each argument, 16 at a time; returns the results in order."""
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(function, arguments))


@pytest.mark.slow
def test_200_containers(kleene):
    def run(number):
        script = f"echo out {number}; echo err {number} >&2; exit {number % 50}"
        result = kleene.klee("run", "-q", "--name", f"c{number}", IMAGE, "sh", "-c", script, check=None)
        return result.out, result.err, result.code

    results = at_once(run, range(200))
    assert results == [(f"out {n}\n", f"err {n}\n", n % 50) for n in range(200)]
    assert kleene.running() == []
    containers = kleene.containers()
    assert {c["name"]: c["status"] for c in containers} == {
        f"c{n}": f"exited ({n % 50})" for n in range(200)
    }
    wait_until(lambda: kleene.system.descendants(kleene.pid) == [], "all processes to be gone")
    at_once(lambda c: kleene.klee("rmc", c["id"]), containers)
    assert kleene.containers() == []
    assert kleene.system.datasets(kleene.root, "container") == set()


def test_many_containers_run_side_by_side(kleene):
    ids = at_once(lambda _: kleene.detached(IMAGE, "sleep", "1000"), range(60))
    assert sorted(kleene.running()) == sorted(ids)
    outputs = at_once(lambda c: kleene.klee("exec", c, "hostname").out, ids)
    assert all(f"\n{c}\n" in output for c, output in zip(ids, outputs))
    kleene.restart()
    assert sorted(kleene.running()) == sorted(ids)
    at_once(lambda c: kleene.klee("stop", c), ids)
    assert kleene.running() == []


@pytest.mark.slow
def test_a_gigabyte_in_both_directions(kleene):
    block = os.urandom(1 << 20)
    twice = memoryview(block + block)
    size = 1 << 30
    client = kleene.popen("run", "-q", "-i", IMAGE, "cat", bufsize=0)

    def send():
        sent = 0
        while sent < size:
            at = sent % len(block)
            sent += client.stdin.write(twice[at : at + min(len(block), size - sent)])
        client.stdin.close()

    sender = threading.Thread(target=send)
    sender.start()
    received = 0
    buffer = bytearray(1 << 20)
    while n := client.stdout.readinto(buffer):
        at = received % len(block)
        assert memoryview(buffer)[:n] == twice[at : at + n], f"wrong bytes behind {received}"
        received += n
    sender.join()
    assert received == size
    assert client.wait() == 0 and client.stderr.read() == b""
    assert kleene.system.peak_memory(kleene.pid) < MEMORY


def legitimate(what, result):
    """True if a client may get this answer while others work on the same container."""
    reasons = {
        # an execution instance goes with its container; somebody else may have started it first
        "start": "is running already|is stopping|not running|ended|no such (container|execution instance)|container not found",
        "exec": "is stopping|not running|ended|no such (container|execution instance)|container not found",
        "stop": "not running|no such container",
        "rm": "running container|no such container",
        "create": "already taken",
    }
    codes = {"start": (0, 137, 143, 125), "exec": (0, 137, 143, 125), "create": (0, 125)}
    if result.code == 0:
        return True
    if result.code not in codes.get(what, (0, 1)):
        return False
    return result.code in (137, 143) or re.search(reasons[what], result.err) is not None


@pytest.mark.slow
def test_everybody_works_on_one_container(kleene):
    commands = {
        "create": ["create", "--name", "one", IMAGE, "sleep", "1000"],
        "start": ["start", "-d", "one"],
        "exec": ["exec", "--start", "one", "sh", "-c", "echo output"],
        "stop": ["stop", "one"],
        "rm": ["rmc", "one"],
        "list": ["lsc", "-a"],
    }
    rng = random.Random(5)
    work = [rng.choice(list(commands)) for _ in range(400)]

    def act(what):
        return what, kleene.klee(*commands[what], check=None)

    wrong = [(w, r) for w, r in at_once(act, work) if not legitimate(w, r)]
    assert not wrong, "\n".join(sorted({f"{w}: {r.code} {r.err}" for w, r in wrong}))
    assert kleene.klee("stop", "one", check=None).code in (0, 1)
    wait_until(lambda: kleene.system.descendants(kleene.pid) == [], "all processes to be gone")
    kleene.klee("rmc", "one", check=None)
    assert kleene.containers() == []
    kleene.klee(*commands["create"])
    assert "\noutput\n" in kleene.klee(*commands["exec"]).out


def test_many_execs_in_one_container(kleene):
    container = kleene.detached(IMAGE, "sleep", "1000")
    results = at_once(
        lambda n: kleene.klee("exec", container, "sh", "-c", f"echo {n}; exit {n}", check=n), range(64)
    )
    assert all(f"\n{n}\n\n" in r.out for n, r in enumerate(results))
    assert kleene.running() == [container]


def test_names_are_given_once(kleene):
    results = at_once(
        lambda _: kleene.klee("create", "--name", "same", IMAGE, "true", check=None), range(32)
    )
    assert sorted(r.code for r in results) == [0] + [125] * 31
    assert len(kleene.containers()) == 1
    at_once(lambda _: kleene.create(IMAGE, "true"), range(64))
    assert len({c["name"] for c in kleene.containers()}) == 65


def test_images_in_use_stay(kleene):
    """Creating containers and removing their image at once: one of the two is refused."""
    for _ in range(5):
        image = kleene.import_image(tag="contested")

        def act(what):
            args = ["rmi", image] if what % 4 == 0 else ["create", image, "true"]
            return kleene.klee(*args, check=None)

        at_once(act, range(16))
        left = [c for c in kleene.containers() if c["image_id"] == image]
        there = any(i["id"] == image for i in kleene.images())
        assert there or not left
        for container in left:
            kleene.klee("start", container["id"])
            kleene.klee("rmc", container["id"])
