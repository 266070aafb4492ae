# SPDX-License-Identifier: BSD-2-Clause
"""Processes of Linux: which there are, and their memory."""

import os


def pss(pids):
    """Proportional set size of processes together, in KiB."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as rollup:
                total += sum(int(l.split()[1]) for l in rollup if l.startswith("Pss:"))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total


def processes(wanted):
    """Ids of processes for which wanted(name, command line, parent) is true."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as stat:
                text = stat.read()
            with open(f"/proc/{entry}/cmdline", "rb") as command:
                line = command.read().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        name = text[text.index("(") + 1:text.rindex(")")]
        parent = int(text[text.rindex(")") + 2:].split()[1])
        if wanted(name, line, parent):
            found.append(int(entry))
    return found
