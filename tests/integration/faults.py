# SPDX-License-Identifier: BSD-2-Clause
"""Calls of a daemon's to the kernel that fail, by a library that is preloaded into it (Linux)."""

import mmap
import os
import struct

from programs import BUILD

LIBRARY = os.path.join(BUILD, "tests/torture/libfault.so")
LAYOUT = "iii52s"
ALL_WRITES = -1


class Control:
    """The file that tells the library what is to fail: fault.c has its layout."""

    def __init__(self, place):
        self.path = os.path.join(place, "fault")
        with open(self.path, "wb") as file:
            file.truncate(struct.calcsize(LAYOUT))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), struct.calcsize(LAYOUT))

    def prefix(self):
        """Stands before the daemon's command."""
        return ("env", f"LD_PRELOAD={LIBRARY}", f"KLEENE_FAULT={self.path}")

    def arm(self, left, error):
        """The call that comes after so many others fails; or all that write to a disk do."""
        struct.pack_into("iii", self.map, 0, 0, error, 0)
        struct.pack_into("i", self.map, 0, left)

    def disarm(self):
        """The name of what has failed, if anything has."""
        struct.pack_into("i", self.map, 0, 0)
        _, _, failed, what = struct.unpack_from(LAYOUT, self.map)
        return what.rstrip(b"\0").decode() if failed else None
