#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Very many containers, one after the other, by clients at the same time: what the daemon needs for them, and
how fast it is, must be the same in the end as in the beginning.

    runs.py --build DIRECTORY [--runs N] [--clients N]

Prints a line each tenth of the runs. Exits with 1 when a run has failed, when descriptors, memory, threads or
processes that nobody waits for have grown, or when the last runs were slower than the first.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration"))

LOOP = 'while read -r go; do if "$@" > /dev/null; then echo .; else echo x; fi; done'
MEMORY = 16 << 20  # what the allocator may keep after many threads have used it
STEPS = 10


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--runs", type=int, default=100000)
    parser.add_argument("--clients", type=int, default=64)
    return parser.parse_args()


OPTIONS = options()
os.environ["KLEENE_BUILD"] = os.path.abspath(OPTIONS.build)

# pylint: disable=wrong-import-position
import harness
import leaks
import system as systems
from harness import IMAGE, wait_until


def needs(kleene):
    """What the daemon has now, while clients go on."""
    with open(f"/proc/{kleene.pid}/status", encoding="ascii", errors="replace") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file)
    states = [state for parent, state, _ in kleene.system.processes().values() if parent == kleene.pid]
    return {"descriptors": kleene.system.files_open(kleene.pid), "memory": int(status["VmRSS"].split()[0]) << 10,
            "threads": int(status["Threads"]), "zombies": states.count("Z")}


def run(kleene):
    """Returns, for each tenth, runs a second and what the daemon needed."""
    command = kleene.command("run", "-q", "--rm", IMAGE, "true")
    tickets, ticket = os.pipe()
    answers, answer = os.pipe()
    clients = [subprocess.Popen(["sh", "-c", LOOP, "sh", *command], stdin=tickets, stdout=answer)
               for _ in range(OPTIONS.clients)]
    os.close(tickets)
    os.close(answer)
    found, done, begun = [], 0, 0
    since, size = time.monotonic(), OPTIONS.runs // STEPS
    while done < OPTIONS.runs:
        while begun < OPTIONS.runs and begun - done < 2 * OPTIONS.clients:
            os.write(ticket, b"\n")
            begun += 1
        for word in os.read(answers, 2).split():
            if word != b".":
                raise AssertionError(f"run {done} failed")
            done += 1
            if done % size == 0:
                now = time.monotonic()
                found.append((size / (now - since), needs(kleene)))
                print(f"runs: {done}: {found[-1][0]:.1f}/s, {found[-1][1]}", flush=True)
                since = time.monotonic()
    os.close(ticket)
    for client in clients:
        client.wait()
    return found


def judge(found):
    (first, before), (last, after) = found[0], found[-1]
    if last < 0.9 * first:
        yield f"{last:.1f} runs a second in the end, {first:.1f} in the beginning"
    if after["memory"] > before["memory"] + MEMORY:
        yield f"memory has grown from {before['memory']} to {after['memory']}"
    for what in ("descriptors", "threads", "zombies"):
        if after[what] > 2 * before[what] + OPTIONS.clients:
            yield f"{what} have grown from {before[what]} to {after[what]}"


def main():
    place = tempfile.mkdtemp(prefix="runs-")
    kleene = harness.Kleene(systems.make(place), f"t{os.getpid() % 0x10000:04x}")
    try:
        kleene.start()
        kleene.import_image()
        wrong = list(judge(run(kleene)))
        wait_until(lambda: kleene.containers() == [], "all containers to be removed")
        wrong += kleene.end() + kleene.check()
    except AssertionError as error:
        wrong = [str(error)]
        kleene.end()
    finally:
        kleene.remove()
        leaks.remove(place)
    for what in wrong:
        print(f"runs: WRONG: {what}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
