# SPDX-License-Identifier: BSD-2-Clause
"""Timing commands in turn, and showing the times side by side."""

import os
import shutil
import signal
import statistics
import subprocess
import time
from typing import Callable, NamedTuple, Optional

LISTED = 5  # containers in a listing
TIMEOUT = 60  # seconds a single command may take
REST = 0.1  # seconds between two commands: the kernel takes down namespaces after their end


class Unusable(Exception):
    """The system cannot be measured here; the text says why."""


class Case(NamedTuple):
    """Commands, one after another, whose times are added up."""

    label: str
    commands: list
    env: Optional[dict] = None
    undo: Callable = lambda: None  # what is to be done before the next round, not timed


def output(argv, env=None, timeout=TIMEOUT):
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise Unusable(f"{os.path.basename(argv[0])}: {lines[-1]}")
    return done.stdout


def timed(argv, env, null):
    """Milliseconds from before the process is started until it has been waited for."""
    actions = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)]
    path = shutil.which(argv[0])
    begun = time.perf_counter()
    pid = os.posix_spawn(path, argv, env or os.environ, file_actions=actions)
    signal.setitimer(signal.ITIMER_REAL, TIMEOUT)
    _, status = os.waitpid(pid, 0)
    ended = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, 0)
    if status != 0:
        raise Unusable(f"'{' '.join(argv)}' failed in the middle of the run")
    return (ended - begun) * 1000


def measure(cases, rounds, limit):
    """Runs the cases in turn, within the limit of seconds; returns the times of each."""
    times = {case.label: [] for case in cases}
    deadline = time.monotonic() + limit
    with open(os.devnull, "r+") as null:
        for _ in range(rounds):
            for case in cases:
                times[case.label].append(
                    sum(timed(argv, case.env, null.fileno()) for argv in case.commands))
                case.undo()
                time.sleep(REST)  # each is to be charged for itself, not for the one before
            if time.monotonic() > deadline:
                break
    return times


def print_table(title, times):
    first = statistics.median(next(iter(times.values())))
    print(f"\n{title} ({len(next(iter(times.values())))} rounds)")
    print(f"  {'':<34}{'median ms':>10}{'p90 ms':>10}{'ratio':>8}")
    for label, values in times.items():
        values = sorted(values)
        median = statistics.median(values)
        p90 = values[min(len(values) - 1, int(len(values) * 0.9))]
        print(f"  {label:<34}{median:>10.1f}{p90:>10.1f}{median / first:>8.1f}")


def load():
    return " ".join(f"{n:.2f}" for n in os.getloadavg())
