#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Clients work at random, while daemon, wardens and clients are killed; then calls of the daemon's to the
kernel are made to fail, one after the other. After each blow: what was acknowledged is there, nothing is
left, nothing runs twice.

    torture.py --build DIRECTORY [--seconds N | --kills N] [--seed N]

It makes the same random choices for the same seed; what they meet with depends on the machine. Exits with
1 when something was violated, and keeps the daemon's log then.
"""

import argparse
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration"))


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kills", type=int, help="so many, however long that takes")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--only", choices=["kills", "faults"])
    parser.add_argument("--errors", default="ENOSPC,EMFILE,EIO", help="that calls fail with, by turns")
    parser.add_argument("--stride", type=int, default=1, help="only each Nth call fails")
    parser.add_argument("--operation", default="", help="only operations whose command has this in it")
    return parser.parse_args()


OPTIONS = options()
os.environ["KLEENE_BUILD"] = os.path.abspath(OPTIONS.build)

# pylint: disable=wrong-import-position
import failing
import harness
import leaks
import system as systems
from harness import IMAGE
from model import Client, Violation, settle, stray


ANY = "any"
OF_CLIENT = re.compile(r"t\d+-")


class Dockerfiles:
    def __init__(self, place):
        self.place = place

    def directory(self, number):
        return os.path.join(self.place, f"context{number}")

    def write(self, lines, number):
        os.makedirs(self.directory(number), exist_ok=True)
        with open(os.path.join(self.directory(number), "Dockerfile"), "w", encoding="ascii") as file:
            file.write(f"FROM {IMAGE}\n{lines}")


class Torture:
    def __init__(self, kleene, place, seed):
        self.kleene = kleene
        self.rng = random.Random(seed)
        self.seed = seed
        self.dockerfile = Dockerfiles(place)
        self.kills, self.counts = 0, {"daemon": 0, "daemon at its start": 0, "warden": 0, "klee": 0}
        self.up = True
        self.uses = {}  # container → names of what it has
        self.killed = set()  # names of containers whose wardens were killed, since the last look
        self.left = 0  # containers of --rm whose klee was killed before it had started them
        self.clients = []

    # ---- blows ----

    def count(self, what):
        self.kills += 1
        self.counts[what] += 1

    def kill_daemon(self):
        self.up = False
        self.count("daemon")
        self.kleene.kill9()
        while self.rng.random() < 0.5:
            self.kleene.daemon = self.kleene.spawn_daemon()
            time.sleep(self.rng.random() * 0.08)  # anywhere in its start
            self.count("daemon at its start")
            self.kleene.kill9()
        self.kleene.start()
        self.kills += 1  # what began meanwhile is cut off, too
        self.up = True

    def kill_warden(self):
        wardens = self.kleene.system.wardens()
        if wardens:
            pid = self.rng.choice(wardens)
            self.killed |= self.names_in(self.kleene.system.container_of(pid))
            self.count("warden")
            self.kleene.system.kill(pid)

    def names_in(self, container):
        """Names of what runs in the container; of a process just made nobody knows, so it may be any."""
        system = self.kleene.system
        found = {system.variable_of(pid, "TORTURE", "sh") for pid in system.processes()
                 if container and system.container_of(pid) == container}
        found.discard(None)
        return found or {ANY}

    def kill_klee(self):
        process = self.rng.choice(self.clients).process
        if process is not None and process.poll() is None:
            self.count("klee")
            process.send_signal(signal.SIGKILL)

    def was_killed(self, name):
        """Whether the container's warden may have been killed since the last look."""
        return name in self.killed or ANY in self.killed

    # ---- looking ----

    def word_in(self, volume):
        path = os.path.join(self.kleene.volume(volume), "word")
        if not os.path.exists(path):
            return None
        with open(path, encoding="ascii") as file:
            return file.read().strip()

    def look(self):
        """All clients wait; what there is must be what they were told."""
        for client in self.clients:
            client.pause()
        kleene = self.kleene
        settle(self.forgotten, "containers of --rm are still there")
        settle(self.unequal, "daemon and host disagree")
        containers = kleene.containers()
        there = {"container": {c["name"] for c in containers}, "volume": {v["name"] for v in kleene.volumes()},
                 "network": {n["name"] for n in kleene.networks()},
                 "image": {i["name"] for i in kleene.images()}}
        running = {c["name"] for c in containers if c["running"]}
        for client in self.clients:
            client.check(there, running, self.processes())
        known = {n for c in self.clients for (_, n), s in c.objects.items() if s != "gone"}
        for kind in ("container", "volume", "network"):
            if there[kind] - known:
                raise Violation(f"nobody has asked for {kind} {there[kind] - known}")
        self.killed.clear()
        for client in self.clients:
            client.going.set()

    def forgotten(self):
        """
        Names of containers of --rm. One whose klee was killed before it had started it waits to be
        started, as docker's do, and is removed here.
        """
        kleene = self.kleene
        found = [c for c in kleene.containers() if not OF_CLIENT.match(c["name"])]
        for container in found:
            if container["status"] == "created":
                self.left += kleene.klee("rmc", container["name"], check=None).code == 0
        return [f"{c['name']}: {c['status']}" for c in found]

    def processes(self):
        """Container's name → how many main processes of it there are."""
        found = {}
        for pid in self.kleene.system.processes():
            name = self.kleene.system.variable_of(pid, "TORTURE", "sh")
            if name:
                found[name] = found.get(name, 0) + 1
        return found

    def unequal(self):
        """What the daemon lists, against what there is on the host."""
        kleene, processes = self.kleene, self.processes()
        wrong = [f"{c['name']} runs {processes.get(c['name'], 0)} times, listed running: {c['running']}"
                 for c in kleene.containers() if c["running"] != (processes.get(c["name"], 0) == 1)]
        return wrong + stray(kleene)

    # ---- the whole ----

    def enough(self, deadline):
        if OPTIONS.kills is not None:
            return sum(self.counts.values()) >= OPTIONS.kills
        return time.monotonic() >= deadline

    def work(self, seconds, clients):
        self.clients = [Client(self, n, self.seed * 1000 + n) for n in range(clients)]
        blows = [self.kill_daemon, self.kill_daemon, self.kill_warden, self.kill_klee]
        deadline = time.monotonic() + seconds
        for client in self.clients:
            client.start()
            client.going.set()
        try:
            while not self.enough(deadline):
                for _ in range(10):
                    time.sleep(self.rng.random() * 0.2)
                    self.rng.choice(blows)()
                self.look()
            return sum(client.done for client in self.clients)
        finally:
            for client in self.clients:
                client.end()


def main():
    if os.geteuid() != 0:
        sys.exit("torture: run this as root")
    place = tempfile.mkdtemp(prefix="torture-")
    if not os.path.exists("/proc/self/ns"):
        print("torture: skipped: this is for Linux")
        return 0
    system = systems.make(place)
    kleene = harness.Kleene(system, f"t{os.getpid() % 0x10000:04x}")
    torture = Torture(kleene, place, OPTIONS.seed)
    how_long = f"{OPTIONS.seconds:g} s" if OPTIONS.kills is None else f"{OPTIONS.kills} kills"
    print(f"torture: seed {OPTIONS.seed}, {how_long}", flush=True)
    fault = None
    try:
        if OPTIONS.only != "faults":
            kleene.start()
            kleene.import_image()
            done = torture.work(OPTIONS.seconds, OPTIONS.clients)
            print(f"torture: {done} operations, " + ", ".join(f"{n} kills of {k}" for k, n in torture.counts.items())
                  + f", {torture.left} containers of --rm never started")
        if OPTIONS.only != "kills":
            fault = failing.Failing(kleene, place, OPTIONS)
            print(f"torture: {fault.run()}", flush=True)
        kleene.remove_networks()
        found = kleene.end() + kleene.check()
        if found:
            raise Violation("left behind: " + ", ".join(found))
    except (Violation, AssertionError) as error:
        kept = os.path.join(os.path.abspath(OPTIONS.build), "torture.log")
        shutil.copy(kleene.log_path, kept)
        print(f"torture: VIOLATION (seed {OPTIONS.seed}, {torture.counts}): {error}\nlog: {kept}", flush=True)
        kleene.end()
        return 1
    finally:
        kleene.remove()
        leaks.remove(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
