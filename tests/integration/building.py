# SPDX-License-Identifier: BSD-2-Clause
"""Contexts, builds and what they leave."""

import os
import re

from harness import ID
from ws import Closed

SNAPSHOT = re.compile(rf"--> Snapshot created: @({ID})")


class Context:
    """A directory to build from."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, data="", mode=0o644):
        """Makes a file, with its directories."""
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode(errors="surrogateescape"))
        os.chmod(self.path(name), mode)
        return self.path(name)

    def dockerfile(self, *lines, name="Dockerfile"):
        return self.write(name, "".join(f"{line}\n" for line in lines))

    def link(self, name, target):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        os.symlink(target, self.path(name))


def build(kleene, context, *options, check=0, tag="made"):
    """klee build of the context; what it printed."""
    named = ("-t", tag) if tag else ()
    return kleene.klee("build", *named, *options, context.directory, check=check)


def snapshots(result):
    """The ids of the snapshots that a build announced."""
    return SNAPSHOT.findall(result.out)


def image(kleene, name):
    return kleene.api.get(f"/images/{name}/inspect")


def stream(kleene, context, **config):
    """The WebSocket of a build, its first message sent."""
    socket = kleene.api.websocket("/images/build")
    socket.send_json({"context": context.directory, **config})
    return socket


def finish(socket):
    """Reads a build's stream from its beginning: image id, output, how it closed."""
    started = socket.starting()
    output = ""
    while True:
        try:
            output += frame_text(socket)
        except Closed as closed:
            return started["data"], output, closed


def frame_text(socket):
    """The next frame; those of steps are lines without their end."""
    text = socket.read()[1].decode()
    return text + "\n" * text.startswith(("Step ", "--> "))


def read_line(socket, line):
    """Reads until a command has written the line."""
    seen = ""
    while f"\n{line}\n" not in seen:
        seen += frame_text(socket)


def nothing_left(kleene, images=1):
    """But the base image, nothing of a build is there."""
    assert len(kleene.images()) == images
    assert kleene.containers() == []
    assert len(kleene.system.datasets(kleene.root, "image")) == images
    assert kleene.system.datasets(kleene.root, "container") == set()
    assert kleene.system.stray_storage(kleene.root) == []
