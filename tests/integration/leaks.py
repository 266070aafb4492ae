# SPDX-License-Identifier: BSD-2-Clause
"""What must not be left behind, by one daemon and by the whole session."""

import os
import shutil
import sqlite3
import tempfile
import time

TEMPORARY = os.environ.get("KLEENE_TEST_DIR", tempfile.gettempdir())
GOING = 60  # seconds until what is on its way out counts as left


def remove(directory):
    shutil.rmtree(directory, ignore_errors=True)


def files_below(directory):
    return [os.path.join(where, f) for where, _, files in os.walk(directory) for f in files]


def check_store(kleene):
    """Compares the store with the datasets of a daemon that has ended; returns what differs."""
    path = os.path.join(kleene.system.root_directory(kleene.root), "kleene.sqlite")
    if not os.path.exists(path):
        return []
    found = []
    known = {}
    store = sqlite3.connect(path)
    try:
        for kind, key in (("image", "id"), ("container", "id"), ("volume", "name")):
            rows = store.execute(f"SELECT {key}, state FROM {kind}").fetchall()
            found += [f"{kind} {i} is in state {s} in the store" for i, s in rows if s not in (1, 3)]
            known[kind] = {i for i, _ in rows}
        # an image that was removed is kept as long as others are clones of it, and no longer
        found += [f"image {i} is kept for no other" for i, in store.execute(
            "SELECT id FROM image AS i WHERE state = 3"
            " AND NOT EXISTS (SELECT 1 FROM image WHERE i.id IN (origin, parent))")]
    finally:
        store.close()
    datasets = kleene.system.all_datasets(kleene.root)
    for kind, ids in known.items():
        there = datasets[kind]
        found += [f"stray dataset {kind}/{i}" for i in sorted(there - ids)]
        found += [f"missing dataset {kind}/{i}" for i in sorted(ids - there)]
    found += kleene.system.stray_storage(kleene.root, datasets)
    return found


class GoingOn:
    """What goes on for the whole session: a daemon, which may be another process later, and its world."""

    def __init__(self):
        self.kleene, self.pids = None, set()

    def begin(self, kleene):
        self.kleene = kleene
        self.pids = {pid for pid, _ in kleene.system.descendants()}

    def end(self):
        self.kleene, self.pids = None, set()

    def now(self):
        """The ids of its processes."""
        if self.kleene is None or self.kleene.daemon is None:
            return self.pids
        below = {pid for pid, _ in self.kleene.system.descendants(self.kleene.pid)}
        return self.pids | below | {self.kleene.pid}


going_on = GoingOn()


def processes(system):
    """(pid, name) of all that should have ended by now."""
    kept = going_on.now()
    return [(pid, name) for pid, name in system.descendants() if pid not in kept]


def check(kleene):
    """What a daemon that has ended, with all its containers stopped, has left."""
    system = kleene.system
    found = []
    deadline = time.monotonic() + GOING
    while processes(system) and time.monotonic() < deadline:
        time.sleep(0.01)  # what was told to end may take a moment to be gone
    for pid, name in processes(system):
        found.append(f"process {pid} ({name})")
        system.kill(pid)
    found += [f"mount {m}" for m in system.mounts_below(kleene.base)]
    found += [f"file {f}" for f in files_below(kleene.run_dir)]
    found += [f"cgroup {c}" for c in system.cgroups() if kleene.instance in c]
    found += [f"interface {i}" for i in system.interfaces() if i.startswith(kleene.instance)]
    found += check_store(kleene)
    return found


def differences(before, now):
    found = [f"new {kind} {x}" for kind in now for x in sorted(now[kind] - before[kind])]
    return found + [f"gone {kind} {x}" for kind in now for x in sorted(before[kind] - now[kind])]


def check_world(world, before):
    """What the host in a world has that it did not have before, and what it has no more."""
    deadline = time.monotonic() + GOING
    while True:
        found = differences(before, world.state())
        # interfaces may take a moment to be gone
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


class Session:
    """
    The host as it was before the first test, to be compared with how it is after the last. shared:
    others use the host meanwhile, so only what bears this session's name counts.
    """

    def __init__(self, system, name, shared):
        self.system = system
        self.name = name
        self.shared = shared
        self.before = self.look()

    def look(self):
        system = self.system
        return {
            "mount": set(system.mounts()),
            "interface": set(system.interfaces()),
            "network namespace": set(system.network_namespaces()),
            "cgroup": set(system.cgroups()),
            "firewall": set(system.firewall()),
            "route": set(system.routes()),
            "setting": set(system.network_settings()),
            "file": {os.path.join(TEMPORARY, f) for f in os.listdir(TEMPORARY)},
        }

    def check(self):
        """Returns what is there now and was not before."""
        found = [f"process {pid} ({name})" for pid, name in self.system.descendants()]
        for kind, things in self.look().items():
            new = sorted(things - self.before[kind])
            found += [f"{kind} {t}" for t in new if not self.shared or self.name in t]
        return found
