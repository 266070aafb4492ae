# SPDX-License-Identifier: BSD-2-Clause
"""
What tests have done to the product: each way in which klee was called and how it ended, each
request of the API with its answer's status, each frame of a stream. Noted as it happens, in a file
for each process, from which rows.py makes its table.
"""

import glob
import json
import os
import shutil
import sys

from programs import BUILD, KLEE

DIRECTORY = os.path.join(BUILD, "recorded")
DESCRIPTION = os.path.join(BUILD, "openapi.json")
NOTED = set()


def note(kind, *what):
    """Lines are few: what one test does again and again is noted once."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rsplit(" ", 1)[0]
    line = json.dumps([kind, test, *what])
    if line not in NOTED and os.path.isdir(DIRECTORY):
        NOTED.add(line)
        with open(os.path.join(DIRECTORY, str(os.getpid())), "a", encoding="utf-8") as file:
            file.write(line + "\n")


def klee(arguments, environment=None):
    """klee is called with these arguments."""
    names = sorted(n for n in environment or () if n.startswith("KLEE_") or n == "NO_COLOR")
    note("klee", [str(a) for a in arguments], names)


def ended(arguments, code):
    """klee has ended."""
    note("code", [str(a) for a in arguments], code)


def answer(method, url, status):
    note("answer", method, url.split("?")[0], status)


def description(text):
    """/openapi.json"""
    with open(DESCRIPTION, "wb") as file:
        file.write(text)


def frame(url, what):
    """what: one of the frames that contract.py lists."""
    note("frame", url.split("?")[0], what)


def started(event, arguments):
    """Processes of klee's, whoever starts them: an audit hook of Python's."""
    if event == "subprocess.Popen":
        _, command, _, environment = arguments
    elif event == "os.exec":
        _, command, environment = arguments
    else:
        return
    words = [os.fsdecode(w) for w in command] if isinstance(command, (list, tuple)) else []
    if KLEE in words:
        klee(words[words.index(KLEE) + 1:], environment or os.environ)


def begin():
    """A run of the tests begins; what the one before has left is forgotten."""
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    os.makedirs(DIRECTORY)


def all_noted():
    """Each line as (kind, test, what)."""
    for path in glob.glob(os.path.join(DIRECTORY, "*")):
        with open(path, encoding="utf-8") as file:
            for line in file:
                kind, test, *what = json.loads(line)
                yield kind, test, what


sys.addaudithook(started)
