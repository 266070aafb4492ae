# SPDX-License-Identifier: BSD-2-Clause
"""Timing builds: five lines beside others, and the steps of many."""

import os
import statistics
import subprocess
import time

from measuring import TIMEOUT, Case, Unusable, output

LINES = 5
STEPS = 200
BUILDS = 3  # of so many steps


def write_context(place, name, lines):
    """A directory with a Dockerfile that starts from the image "bench"."""
    path = os.path.join(place, f"context-{name}")
    os.mkdir(path)
    with open(os.path.join(path, "Dockerfile"), "w") as file:
        file.write("".join(f"{line}\n" for line in ["FROM bench", *lines]))
    return path


def five_lines(place):
    return write_context(place, "five", [f"RUN echo {i}" for i in range(LINES)])


def kleene_cases(kleene, context):
    """With the cache, all of it is there once the first has been built."""
    build = kleene.command("build", "-q", "-t", "five", context)
    output(build, kleene.env)
    prune = lambda: output(kleene.command("image", "prune", "-f"), kleene.env)
    yield Case("klee build --no-cache", [[*build[:2], "--no-cache", *build[2:]]], kleene.env, prune)
    yield Case("klee build, all in the cache", [build], kleene.env, prune)


def podman_case(podman, context):
    return Case("podman build --no-cache", [
        [*podman.argv, "build", "--no-cache", "-q", "--network=none", "-t", "five", context]
    ], podman.env)


def docker_case(docker, context):
    """From the image as it is called there, lest it be looked for elsewhere."""
    other = f"{context}.docker"
    with open(os.path.join(context, "Dockerfile")) as file, open(other, "w") as to:
        to.write(file.read().replace("FROM bench\n", f"FROM {docker.image}\n"))
    return Case("docker build --no-cache", [
        [*docker.argv, "build", "--no-cache", "-q", "--network=none", "-t", f"{docker.image}-five",
         "-f", other, context]
    ])


def usable(case):
    """Whether it works here, in words if it does not."""
    try:
        output(case.commands[0], case.env)
        return True
    except (Unusable, subprocess.TimeoutExpired) as reason:
        print(f"{case.label} is left out: {reason}")
        return False


def step_times(command, env):
    """Milliseconds between the snapshots that a build announces."""
    times = []
    last = None
    with subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True) as build:
        for line in build.stdout:
            if not line.startswith("--> Snapshot created"):
                continue
            now = time.perf_counter()
            if last is not None:
                times.append((now - last) * 1000)
            last = now
        if build.wait(TIMEOUT) != 0:
            raise Unusable("klee build failed")
    return times


def bench_steps(kleene, place):
    """The last steps of many beside the tenth; those around it count, as one alone is noise."""
    print(f"\nThe steps of a build of {STEPS} RUN lines ({BUILDS} builds, medians of 9 steps around)")
    print(f"  {'':<34}{'10th ms':>10}{'last ms':>10}{'ratio':>8}")
    for label, line in (("RUN echo", "RUN echo {}"), ("RUN echo > file", "RUN echo {} > /file{}")):
        lines = [line.replace("{}", str(i)) for i in range(STEPS)]
        context = write_context(place, f"steps{len(label)}", lines)
        early, late = [], []
        for _ in range(BUILDS):
            times = step_times(kleene.command("build", "--no-cache", context), kleene.env)
            early += times[4:13]
            late += times[-9:]
        tenth, last = statistics.median(early), statistics.median(late)
        print(f"  {label:<34}{tenth:>10.1f}{last:>10.1f}{last / tenth:>8.2f}")
