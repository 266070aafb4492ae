#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whether the rooms of the source keep their order.

    tools/rooms.py [BUILD-DIRECTORY]

src/ROOMS has the rooms, the lowest first: a file includes headers of its own room and of those
before it, and nothing else; a room with names in parentheses, of those alone. With a directory of a
build, its objects are looked at likewise: what they call and name.
"""

import collections
import os
import re
import subprocess
import sys

TABLE = "src/ROOMS"


def read_table():
    """Which rooms each room may know."""
    known = {}
    with open(TABLE, encoding="utf-8") as file:
        for line in file:
            row = re.match(r"([a-z_]+)(?: \(([a-z_ ]*)\))?:", line)
            if row:
                name, only = row.groups()
                known[name] = {name} | (set(known) if only is None else set(only.split()))
    return known


def room_of(path):
    """The room of a file below src."""
    return path.split("/")[1]


def sources():
    """Every C file below src."""
    for directory, _, names in sorted(os.walk("src")):
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield os.path.join(directory, name)


def check_includes(known):
    """Says which includes lead to a room that is not known; how many."""
    wrong = 0
    for path in sources():
        room = room_of(path)
        if room not in known:
            print(f"rooms: {path}: {room} has no line in {TABLE}")
            wrong += 1
            continue
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                row = re.match(r'#include "([^/"]+)/', line)
                if row and row[1] not in known[room]:
                    print(f"rooms: {path}:{number}: includes a header of {row[1]}, "
                          f"which {room} must not know: see {TABLE}")
                    wrong += 1
    return wrong


def symbols(path):
    """What an object defines, and what it lacks."""
    defined, lacking = set(), set()
    listing = subprocess.run(["nm", "-g", path], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        *_, kind, name = line.split()
        if kind == "U":
            lacking.add(name)
        elif kind not in "wv":
            defined.add(name)
    return defined, lacking


def check_calls(known, build):
    """The same for names that objects take from others."""
    where, lacks = collections.defaultdict(set), {}
    for directory, _, names in os.walk(os.path.join(build, "src")):
        room = os.path.relpath(directory, os.path.join(build, "src")).split("/")[0]
        for name in names:
            if name.endswith(".c.o") and room in known:
                path = os.path.join(directory, name)
                defined, lacks[room, name] = symbols(path)
                for symbol in defined:
                    where[symbol].add(room)
    wrong = 0
    for (room, name), lacking in sorted(lacks.items()):
        for symbol in sorted(lacking):
            if where[symbol] and not where[symbol] & known[room]:
                print(f"rooms: {name.replace('.c.o', '.c')} of {room} needs {symbol} of "
                      f"{' or '.join(sorted(where[symbol]))}, which {room} must not know: see {TABLE}")
                wrong += 1
    return wrong


def main():
    """The exit code: 1 if the order is broken."""
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    known = read_table()
    wrong = check_includes(known)
    if len(sys.argv) > 1:
        wrong += check_calls(known, sys.argv[1])
    return 1 if wrong else 0


sys.exit(main())
