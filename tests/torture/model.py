# SPDX-License-Identifier: BSD-2-Clause
"""Clients that do what users do, at random, and know what they have been told."""

import random
import subprocess
import threading
import time

import orphans
from harness import IMAGE, PATIENCE

SURE, GONE, UNSURE = "there", "gone", "either"
SLEEP = ("sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait")


class Violation(Exception):
    """Something is not as it was answered."""


class Client(threading.Thread):
    """
    Has objects that nobody else touches. `objects` says of each, by kind and name, whether the daemon
    has acknowledged that it is there, or gone; an operation that was cut off leaves both open.
    """

    def __init__(self, torture, number, seed):
        super().__init__()
        self.torture = torture
        self.number = number
        self.rng = random.Random(seed)
        self.objects = {}
        self.running = {}  # container → True, False, None: either
        self.words = {}  # volume → what may be in it
        self.done = 0
        self.process = None
        self.error = None
        self.going = threading.Event()
        self.idle = threading.Event()
        self.over = False

    # ---- the thread ----

    def run(self):
        while not self.over:
            self.idle.set()
            self.going.wait()
            self.idle.clear()
            if self.over or self.error:
                break
            try:
                self.rng.choice(self.OPERATIONS)(self)
            except Exception as error:  # pylint: disable=broad-exception-caught
                self.error = error
        self.idle.set()

    def pause(self):
        self.going.clear()
        if not self.idle.wait(3 * PATIENCE):
            raise Violation(f"an operation of client {self.number} does not end: {self.process.args}")
        if self.error:
            raise self.error

    def end(self):
        self.over = True
        self.going.set()
        self.join()

    # ---- asking the daemon ----

    def klee(self, *args, data=b""):
        """Returns the exit code, standard output, and whether anything was killed meanwhile."""
        before = self.torture.kills
        command = self.torture.kleene.command(*args)
        with orphans.started(lambda: subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)) as process:
            self.process = process
            try:
                out, err = process.communicate(data, timeout=2 * PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise Violation(f"no answer to {args} within {2 * PATIENCE} s") from None
        self.done += 1
        calm = before == self.torture.kills and self.torture.up
        return self.process.returncode, out.decode(), err.decode(), calm

    def attempt(self, kind, name, outcome, *args):
        """An operation after which the object is there or gone. True if it was acknowledged."""
        code, _, err, calm = self.klee(*args)
        if code == 0:
            self.objects[kind, name] = outcome
            return True
        if kind == "volume" and "is mounted in the container" in err:
            return False  # by one of --rm whose klee was killed, for a minute at most
        if calm:
            raise Violation(f"{args} failed with {code} though nothing was killed: {err}")
        self.objects[kind, name] = UNSURE
        return False

    def name(self, kind):
        return f"t{self.number}-{kind}{self.rng.randrange(3)}"

    def state(self, kind, name):
        return self.objects.get((kind, name), GONE)

    def free(self, kind, name):
        """Whether none of the client's containers may have it."""
        return not any(k == "container" and s != GONE and name in self.torture.uses.get(n, ())
                       for (k, n), s in self.objects.items())

    # ---- operations ----

    def volume(self):
        name = self.name("volume")
        if self.state("volume", name) == GONE:
            self.words[name] = {None}
            self.attempt("volume", name, SURE, "volume", "create", name)
        elif self.state("volume", name) == SURE and self.free("volume", name):
            self.attempt("volume", name, GONE, "rmv", name)

    def network(self):
        name = self.name("network")
        if self.state("network", name) == GONE:
            third = 10 * self.number + int(name[-1])
            self.attempt("network", name, SURE, "network", "create", "--driver", "vnet",
                         "--subnet", f"10.77.{third}.0/24", name)
        elif self.state("network", name) == SURE and self.free("network", name):
            self.attempt("network", name, GONE, "rmn", name)

    def write(self):
        """A word into a volume: once it is acknowledged, no other may be read."""
        name = self.name("volume")
        if self.state("volume", name) != SURE:
            return
        word = f"{self.rng.randrange(1 << 60):x}"
        script = f"echo {word} > /v/new && sync /v/new && mv /v/new /v/word && sync"
        code, _, err, calm = self.klee("run", "-q", "--rm", "-m", f"{name}:/v", IMAGE, "sh", "-c", script)
        if code == 0:
            self.words[name] = {word}
        elif calm:
            raise Violation(f"writing to {name} failed with {code}: {err}")
        else:
            self.words[name].add(word)

    def container(self):
        name = self.name("container")
        if self.state("container", name) == GONE:
            options = []
            uses = [n for (k, n), s in self.objects.items()
                    if s == SURE and k in ("volume", "network") and self.rng.random() < 0.3]
            network = [n for n in uses if "network" in n][:1]
            uses = [n for n in uses if "volume" in n] + network
            for used in uses:
                options += ["-n", used] if used in network else ["-m", f"{used}:/{used}"]
            self.torture.uses[name] = uses
            environment = ["-e", f"TORTURE={name}"]
            if self.attempt("container", name, SURE, "run", "-d", "--name", name, *environment,
                            *options, IMAGE, *SLEEP):
                self.running[name] = True
            else:
                self.running[name] = None
        elif self.state("container", name) == SURE:
            self.attempt("container", name, GONE, "rmc", "-f", name)
            self.running[name] = None if self.state("container", name) == UNSURE else False

    def start_or_stop(self):
        name = self.name("container")
        running = self.running.get(name)
        if self.state("container", name) != SURE or running is None:
            return
        code, _, err, calm = self.klee(*(("stop", name) if running else ("start", "-d", name)))
        if code == 0:
            self.running[name] = not running
        elif calm and not self.torture.was_killed(name):
            raise Violation(f"{'stop' if running else 'start'} {name} failed with {code}: {err}")
        else:
            self.running[name] = None

    def execute(self):
        name = self.name("container")
        if self.state("container", name) != SURE or self.running.get(name) is not True:
            return
        word = f"{self.rng.randrange(1 << 60):x}"
        code, out, err, calm = self.klee("exec", name, "echo", word)
        if code == 0 and out != f"{word}\n":
            raise Violation(f"exec in {name} printed {out!r}, not {word}")
        if code != 0 and calm and not self.torture.was_killed(name):
            raise Violation(f"exec in {name} failed with {code}: {err}")
        if not calm or code != 0:
            self.running[name] = None  # such a visit may itself have ended it

    def run_and_forget(self):
        word = f"{self.rng.randrange(1 << 60):x}"
        code, out, err, calm = self.klee("run", "-q", "--rm", IMAGE, "echo", word)
        if code == 0 and out != f"{word}\n":
            raise Violation(f"run --rm printed {out!r}, not {word}; {err}")
        if code != 0 and calm:
            raise Violation(f"run --rm failed with {code}: {err}")

    def image(self):
        name = self.name("image")
        if self.state("image", name) == GONE:
            self.torture.dockerfile.write(f"RUN echo {name} > /made\n", self.number)
            self.attempt("image", name, SURE, "build", "--rm", "-t", name,
                         self.torture.dockerfile.directory(self.number))
        elif self.state("image", name) == SURE:
            self.attempt("image", name, GONE, "rmi", name)

    OPERATIONS = [volume, network, write, write, container, container, start_or_stop, start_or_stop,
                  execute, execute, run_and_forget, run_and_forget, image]

    # ---- what must be ----

    def check(self, there, running, processes):
        """
        there: names of each kind that the daemon lists; running: names of containers that it says are;
        processes: container's name → how many main processes there are.
        """
        for (kind, name), state in sorted(self.objects.items()):
            seen = name in there[kind]
            if state == SURE and not seen:
                raise Violation(f"{kind} {name} was acknowledged and is lost")
            if state == GONE and seen:
                raise Violation(f"{kind} {name} was removed and is there")
            self.objects[kind, name] = SURE if seen else GONE
        for name, expected in sorted(self.running.items()):
            runs, count = name in running, processes.get(name, 0)
            if count > 1:
                raise Violation(f"container {name} runs {count} times")
            if runs != (count == 1):
                raise Violation(f"container {name} is {'' if runs else 'not '}running, with {count} processes")
            if expected is not None and expected != runs and not self.torture.was_killed(name):
                raise Violation(f"container {name} is {'' if runs else 'not '}running, against what was answered")
            self.running[name] = runs
        for name in sorted(there["volume"]):
            if name.startswith(f"t{self.number}-"):
                self.check_volume(name)

    def check_volume(self, name):
        word = self.torture.word_in(name)
        words = self.words.setdefault(name, {None})
        if word not in words:
            raise Violation(f"volume {name} has {word!r}, not one of {words}")
        self.words[name] = {word}


def stray(kleene):
    """What of images, containers and volumes is listed and not on the host, or there and not listed."""
    found = kleene.system.stray_storage(kleene.root)
    for kind, listed in (("container", {c["id"] for c in kleene.containers()}),
                         ("image", {i["id"] for i in kleene.images()}),
                         ("volume", {v["name"] for v in kleene.volumes()})):
        there = kleene.system.datasets(kleene.root, kind)
        # a removed image stays as long as others are clones of its
        wrong = listed - there if kind == "image" and listed else listed ^ there
        found += [f"{kind} {name}" for name in wrong]
    return found


def settle(condition, what):
    """Waits until the condition, which gives what is wrong, gives nothing."""
    deadline = time.monotonic() + PATIENCE
    while True:
        wrong = condition()
        if not wrong:
            return
        if time.monotonic() > deadline:
            raise Violation(f"{what}: {wrong}")
        time.sleep(0.01)
