# SPDX-License-Identifier: BSD-2-Clause
"""
Programs of Python packages that the system does not have, each in a virtual environment. Tests have no
way to the index where they run on a host of their own, so this, as a program, installs what there is to
be had.
"""

import fcntl
import os
import subprocess
import sys

import pytest

from programs import BUILD

PATIENCE = 300  # seconds for fetching
VERSIONS = {"schemathesis": "4.32.5", "kleene-cli": "0.1.0rc4"}


def program(package, name):
    """The path of a package's program, which is installed where the index can be reached."""
    version = VERSIONS[package]
    place = os.path.join(BUILD, f"python-{package}-{version}")
    path = os.path.join(place, "bin", name)
    done = os.path.join(place, "complete")
    with open(f"{place}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several processes run tests
        if not os.path.exists(done):
            install(package, version, place)
            with open(done, "w", encoding="ascii"):
                pass
    return path


def install(package, version, place):
    pip = [os.path.join(place, "bin", "python"), "-m", "pip", "--quiet", "--no-input", "--retries", "1"]
    for command in (
        [sys.executable, "-m", "venv", "--clear", place],
        [*pip, "install", f"{package}=={version}"],
    ):
        try:
            subprocess.run(
                command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=PATIENCE,
            )
        except subprocess.CalledProcessError as error:
            last = error.stdout.decode(errors="replace").strip().splitlines()[-1:]
            pytest.skip(f"{package} cannot be installed: {' '.join(last)}")
        except subprocess.TimeoutExpired:
            pytest.skip(f"{package} cannot be installed: the index does not answer")


if __name__ == "__main__":
    for known in VERSIONS:
        try:
            program(known, known)
        except pytest.skip.Exception as reason:
            print(reason)
