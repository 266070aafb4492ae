# SPDX-License-Identifier: BSD-2-Clause
"""
A daemon that is killed at any instruction: whatever it was doing is finished or undone when the
next one has started.
"""

import os
import random
import subprocess
import threading
import time

import pytest

import archives
import building
from harness import IMAGE, wait_until

SEED = int(os.environ.get("KLEENE_TEST_SEED", "1"))


def agree(kleene):
    """What the daemon lists is what there is on the host."""
    system, root = kleene.system, kleene.root
    images = {i["id"] for i in kleene.images()}
    assert {c["id"] for c in kleene.containers()} == system.datasets(root, "container")
    # one that has been removed stays as long as others are clones of its: with the last they all go
    assert images <= system.datasets(root, "image") if images else not system.datasets(root, "image")
    assert {v["name"] for v in kleene.volumes()} == system.datasets(root, "volume")
    assert system.stray_storage(root) == []


class Work:
    """Clients that do something over and over until their daemon is gone."""

    def __init__(self, kleene, *commands):
        self.kleene = kleene
        self.over = threading.Event()
        self.done = threading.Semaphore(0)
        self.threads = [threading.Thread(target=self.repeat, args=(c,)) for c in commands]
        for thread in self.threads:
            thread.start()

    def repeat(self, command):
        while not self.over.is_set():
            subprocess.run(
                self.kleene.command(*command()), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
            )
            self.done.release()

    def wait(self, count):
        """Waits until so many operations have been done."""
        for _ in range(count):
            self.done.acquire()

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def small_image(tmp_path):
    return archives.write(
        tmp_path / "small.tar",
        *(archives.file(f"file{i}", os.urandom(20000)) for i in range(20)),
    )


def kill_while(kleene, rng, *commands):
    work = Work(kleene, *commands)
    work.wait(rng.randrange(1, 8))
    time.sleep(rng.random() * 0.02)  # anywhere within the next operation
    kleene.kill9()
    work.end()
    kleene.start()
    agree(kleene)


@pytest.mark.slow
def test_containers(kleene):
    rng = random.Random(SEED)

    def remove():
        names = os.listdir(os.path.join(kleene.system.root_directory(kleene.root), "container"))
        return ["rmc", "-f", rng.choice(names)] if names else ["lsc"]

    def create():
        return ["create", IMAGE, "true"]

    def run():
        return ["run", IMAGE, "sh", "-c", "echo x > /file; mkdir -p /a/b/c"]

    for _ in range(14):
        kill_while(kleene, rng, create, create, run, remove, remove)
        for container in rng.sample(kleene.containers(), min(3, len(kleene.containers()))):
            out = kleene.visit(container["id"], "echo", "usable").out
            assert "\nusable\n" in out
    for container in kleene.running():
        kleene.klee("stop", container)
    kleene.klee("container", "prune", "-f")
    assert kleene.containers() == []
    agree(kleene)


@pytest.mark.slow
def test_images(kleene, small_image):
    rng = random.Random(SEED)

    def remove():
        names = [i for i in kleene.system.datasets(kleene.root, "image") if i != base]
        return ["rmi", rng.choice(names)] if names else ["lsi"]

    def create():
        return ["image", "create", "-t", f"small:{rng.randrange(4)}", "fetch", f"file://{small_image}"]

    def use():
        return ["create", f"small:{rng.randrange(4)}", "true"]

    (base,) = kleene.system.datasets(kleene.root, "image")
    for _ in range(10):
        kill_while(kleene, rng, create, create, use, remove)
        for image in rng.sample(kleene.images(), min(2, len(kleene.images()))):
            container = kleene.create(image["id"], "/file0")
            # the small image has no program: what shows that its files are there is the error
            code = 126 if image["id"] != base else 127
            assert kleene.klee("start", container, check=None).code == code
    agree(kleene)


@pytest.mark.slow
def test_running_containers(kleene):
    """Starts, stops and output under way when the daemon is killed."""
    rng = random.Random(SEED)
    ids = [kleene.create(IMAGE, "sh", "-c", "while :; do echo x; sleep 0.05; done") for _ in range(3)]

    def start():
        return ["start", "-d", rng.choice(ids)]

    def stop():
        return ["stop", rng.choice(ids)]

    def execute():
        return ["exec", "--start", rng.choice(ids), "echo", "x"]

    for _ in range(10):
        kill_while(kleene, rng, start, stop, execute, execute)
        assert set(kleene.running()) <= set(ids)
        for container in ids:
            assert "usable\n" in kleene.visit(container, "echo", "usable").out
    for container in kleene.running():
        kleene.klee("stop", container, check=None)  # it might be ending by itself
    wait_until(lambda: kleene.system.descendants(kleene.pid) == [], "all processes to be gone")


@pytest.mark.slow
def test_volumes(kleene):
    """Volumes made, filled, used and removed."""
    rng = random.Random(SEED)

    def name():
        return f"v{rng.randrange(4)}"

    def create():
        return ["volume", "create", name()]

    def remove():
        return ["rmv", name(), name()]

    def run():
        return ["run", "-m", f"{name()}:/etc", "-m", f"{name()}:/v", IMAGE, "cat", "/etc/passwd"]

    for _ in range(10):
        kill_while(kleene, rng, create, remove, remove, run, run)
        volume = name()
        kleene.klee("volume", "create", volume, check=None)  # it may be there
        out = kleene.quiet("--rm", "-m", f"{volume}:/v", IMAGE, "sh", "-c", "echo x > /v/x; cat /v/x")
        assert out == "x\n"
    for container in kleene.running():
        kleene.klee("stop", container, check=None)
    kleene.klee("container", "prune", "-f")
    kleene.klee("volume", "prune", "-f")
    assert kleene.volumes() == []
    agree(kleene)


@pytest.mark.slow
def test_builds(kleene, tmp_path):
    """Builds at every step: what they leave is whole, or nothing."""
    rng = random.Random(SEED)
    context = building.Context(str(tmp_path / "context"))
    context.write("file", "copied\n")
    context.dockerfile(
        f"FROM {IMAGE}", "RUN echo 1 > /one", "WORKDIR /w", "COPY file .", "RUN echo 2 > /two; cat file",
        "WORKDIR /last",
    )

    def build(*options):
        return ["build", "-t", f"made{rng.randrange(3)}", *options, context.directory]

    def prune():
        return ["image", "prune", "-f", *rng.choice(([], ["-a"]))]

    container = kleene.create(IMAGE, "true")  # keeps the base image from being pruned
    for _ in range(10):
        kill_while(
            kleene, rng, build, lambda: build("--no-cache"), lambda: build("--no-cache", "--rm"), prune,
        )
        assert [c["id"] for c in kleene.containers()] == [container]
        for image in kleene.images():
            for number, (_, snapshot) in enumerate(image["instructions"]):
                if snapshot:
                    name = "/one" if number < 3 else "/w/file" if number < 4 else "/two"
                    assert kleene.quiet("--rm", f"{image['id']}{snapshot}", "ls", name) == f"{name}\n"
        result = building.build(kleene, context)
        assert len(building.snapshots(result)) == 3
    kleene.klee("container", "prune", "-f")
    kleene.klee("image", "prune", "-a", "-f")
    assert kleene.images() == []
    agree(kleene)
