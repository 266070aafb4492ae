# SPDX-License-Identifier: BSD-2-Clause
"""
Calls of the daemon's to the kernel that fail: of each operation the first, then the second, and so on,
until it has no more. It may then fail, in one line; but the daemon lives, what there is is whole, and the
same operation once more succeeds.
"""

import errno
import os
import time

from faults import Control
from harness import IMAGE, PATIENCE
from model import Violation, settle, stray

class Failing:
    def __init__(self, kleene, place, options):
        self.kleene = kleene
        self.place = place
        self.control = Control(place)
        self.errors = [getattr(errno, name) for name in options.errors.split(",")]
        self.stride = options.stride
        self.only = options.operation
        self.failed, self.refused, self.operations = 0, 0, 0
        self.turn = 0
        self.last = "nothing"

    def start(self):
        kleene = self.kleene
        if kleene.daemon is not None:
            kleene.stop()
        kleene.prefix = self.control.prefix()
        kleene.start()
        if not kleene.images():
            kleene.import_image()

    def pairs(self):
        """What is done and undone: names, and (what is asked for, whether it is there)."""
        k = self.kleene
        context = os.path.join(self.place, "context-f")
        os.makedirs(context, exist_ok=True)
        with open(os.path.join(context, "Dockerfile"), "w", encoding="ascii") as file:
            file.write(f"FROM {IMAGE}\nRUN echo made > /made\nCOPY Dockerfile /\n")

        def container(name):
            return any(c["name"] == name for c in k.containers())

        def runs(name):
            return any(c["name"] == name and c["running"] for c in k.containers())

        sleep = ("sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait")
        return [
            (("volume", "create", "fv"), ("rmv", "fv"), lambda: any(v["name"] == "fv" for v in k.volumes())),
            (("network", "create", "--driver", "vnet", "--subnet", "10.78.1.0/24", "fn"), ("rmn", "fn"),
             lambda: any(n["name"] == "fn" for n in k.networks())),
            (("create", "--name", "fc", "-m", "fill:/v", IMAGE, "true"), ("rmc", "fc"), lambda: container("fc")),
            (("start", "-d", "kept"), ("stop", "kept"), lambda: runs("kept")),
            (("run", "-d", "--name", "fr", "-n", "keep", IMAGE, *sleep), ("rmc", "-f", "fr"), lambda: container("fr")),
            (("run", "--rm", IMAGE, "echo", "x"), None, None),
            (("exec", "other", "echo", "x"), None, None),
            (("network", "connect", "late", "other"), ("network", "disconnect", "late", "other"),
             lambda: "late" in k.endpoints("other")),
            (("build", "--no-cache", "--rm", "-t", "fi", context), ("rmi", "fi"),
             lambda: any(i["name"] == "fi" for i in k.images())),
            (("image", "create", "-t", "ff", "fetch", f"file://{k.system.archive()}"), ("rmi", "ff"),
             lambda: any(i["name"] == "ff" for i in k.images())),
        ]

    def prepare(self):
        k = self.kleene
        k.klee("network", "create", "--driver", "vnet", "--subnet", "10.78.2.0/24", "keep")
        k.klee("network", "create", "--driver", "ipnet", "--subnet", "10.78.3.0/24", "first")
        k.klee("network", "create", "--driver", "ipnet", "--subnet", "10.78.4.0/24", "late")
        sleep = ("sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait")
        k.klee("create", "--name", "kept", "-n", "keep", "-m", "kept:/v", IMAGE, *sleep)
        k.klee("run", "-d", "--name", "other", "-n", "first", IMAGE, *sleep)
        k.klee("volume", "create", "fill")

    def alive(self, what):
        k = self.kleene
        if k.daemon.poll() is not None:
            raise Violation(f"{what}: the daemon ended with {k.daemon.returncode}")

    def attempt(self, number, command):
        """The command while a call fails. Returns what failed and the command's exit code."""
        self.control.arm(number, self.errors[self.turn % len(self.errors)])
        error = errno.errorcode[self.errors[self.turn % len(self.errors)]]
        self.turn += 1
        result = self.kleene.klee(*command, check=None)
        what = self.control.disarm()
        text = f"klee {' '.join(command[:3])}, call {number} ({what}: {error})"
        self.last = f"{text}, exit code {result.code}; before it {self.last.split(';')[0]}"
        self.alive(text)
        if result.code < 0 or (result.code != 0 and len(result.err.strip().splitlines()) > 2):
            raise Violation(f"{text}: {result!r}")
        self.operations += 1
        self.failed += what is not None
        self.refused += result.code != 0
        return what, result, text

    def again(self, command, is_so, wanted, text):
        """Once more, with nothing failing, until it is as wanted."""
        deadline = time.monotonic() + PATIENCE
        while is_so() != wanted:
            result = self.kleene.klee(*command, check=None)
            self.alive(text)
            if is_so() != wanted and time.monotonic() > deadline:
                raise Violation(f"{self.last}: once more, and it is not so: {result!r}")
        self.alive(text)

    def sweep(self, do, undo, is_there):
        number, going = 1, True
        while going:
            going = False
            for command, wanted in ((do, True), (undo, False)):
                if command is None:
                    continue
                what, result, text = self.attempt(number, command)
                going |= what is not None
                if is_there is None:
                    continue
                if result.code == 0 and is_there() != wanted:
                    raise Violation(f"{text}: acknowledged, and not so")
                if result.code != 0:
                    self.again(command, is_there, wanted, text)
            number += self.stride

    def agree(self, what):
        def wrong():
            # whatever could not be removed is tried again when something else is
            self.kleene.klee("volume", "create", "other")
            self.kleene.klee("rmv", "other")
            return stray(self.kleene)

        settle(wrong, f"after {what}: daemon and host disagree")

    def run(self):
        self.start()
        self.prepare()
        for do, undo, is_there in self.pairs():
            if self.only not in " ".join(do):
                continue
            self.sweep(do, undo, is_there)
            self.agree(" ".join(do[:3]))
        self.kleene.klee("stop", "other")
        self.kleene.restart()
        self.kleene.klee("rmc", "kept", "other")
        self.kleene.klee("rmn", "keep", "first", "late")
        if self.failed == 0:
            raise Violation("no call has failed: the library was not loaded")
        return f"{self.failed} failing calls in {self.operations} operations, of which {self.refused} were refused"
