# SPDX-License-Identifier: BSD-2-Clause
"""Parties in networks: the program peer in containers, or elsewhere in a world."""

import os
import select
import time

from harness import IMAGE, PATIENCE
from programs import PEER

SERVICES = ("tcp:80", "tcp:7101", "tcp:9001", "udp:53")
# milliseconds that an answer may take where one is expected, and where none is
WAIT = {True: 10000, False: 400}


class Peer:
    """A running "peer talk"."""

    def __init__(self, child):
        self.child = child
        self.rest = b""
        self.reasons = {}  # why there was no answer, by the number of the question
        assert self.line() == ["ready"]

    def line(self):
        """The words of its next line, without that which begins all of them."""
        deadline = time.monotonic() + PATIENCE
        while True:
            while b"\n" in self.rest:
                line, self.rest = self.rest.split(b"\n", 1)
                words = line.decode().split()
                if words and words[0] == "peer:":
                    return words[1:]
            left = deadline - time.monotonic()
            ready = select.select([self.child.stdout], [], [], max(left, 0))[0]
            data = os.read(self.child.stdout.fileno(), 1 << 16) if ready else b""
            assert data, f"a peer says nothing more: {self.rest} {self.child.poll()}"
            self.rest += data

    def start(self, questions):
        """questions: (protocol, address, port, expected)"""
        lines = [f"{i} {protocol} {address} {port} {WAIT[bool(expected)]}\n"
                 for i, (protocol, address, port, expected) in enumerate(questions)]
        self.child.stdin.write("".join(lines).encode())
        self.child.stdin.flush()

    def finish(self, n):
        """For each of n questions (who has answered, from where it came), or None."""
        found = [None] * n
        self.reasons = {}
        for _ in range(n):
            number, *words = self.line()
            if words[0] == "-":
                self.reasons[int(number)] = " ".join(words[1:])
            else:
                found[int(number)] = tuple(words)
        return found

    def ask(self, protocol, address, port, expected=True):
        self.start([(protocol, address, port, expected)])
        return self.finish(1)[0]

    def end(self):
        self.child.stdin.close()
        self.child.wait(PATIENCE)
        self.child.stdout.close()


def in_container(kleene, name, *options, services=SERVICES):
    """klee run, with a peer in the container."""
    child = kleene.popen(
        "run", "-q", "-i", "--name", name, *options, IMAGE, "/bin/peer", "talk", name, *services,
        stderr=None,
    )
    return Peer(child)


def in_world(world, place, services=SERVICES):
    """A peer beside the containers: in the host or around it."""
    return Peer(world.popen(place, PEER, "talk", place, *services))


def ask_all(peers, rows):
    """rows: (who, protocol, address, port, expected). All are asked side by side."""
    asked = {}
    for i, (who, *question) in enumerate(rows):
        asked.setdefault(who, []).append((i, question))
    for who, own in asked.items():
        peers[who].start([question for _, question in own])
    found = [None] * len(rows)
    for who, own in asked.items():
        for k, (i, question), result in zip(range(len(own)), own, peers[who].finish(len(own))):
            found[i] = result
            if question[-1] and result is None:  # for the report of a test that fails
                print(f"{who} asks {question[:-1]}: {peers[who].reasons[k]}")
    return found
