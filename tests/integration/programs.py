# SPDX-License-Identifier: BSD-2-Clause
"""Where the programs are that are tested, or that take part in tests."""

import os

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("KLEENE_BUILD", os.path.join(REPOSITORY, "build")))
KLEE = os.path.join(BUILD, "src/klee/klee")
KLEENED = os.path.join(BUILD, "src/kleened/kleened")
WARDEN = os.path.join(BUILD, "src/warden/warden")
# in every image as /bin/attempt: tries what a container must not do
ATTEMPT = os.path.join(BUILD, "tests/integration/attempt")
# on Linux: runs a command on a host whose kernel refuses some system calls
WITHOUT = os.path.join(BUILD, "tests/integration/without")
# in every image as /bin/peer: serves and asks in networks
PEER = os.path.join(BUILD, "tests/integration/peer")
# what takes part in the attempts of test_escapes.py, where there is a Linux
ESCAPE = os.path.join(BUILD, "tests/integration/escape")
HOSTILE = os.path.join(BUILD, "tests/integration/libhostile.so")
# preloaded into klee on Linux: a connection of its is closed when it would send
HANG_UP = os.path.join(BUILD, "tests/integration/libhang_up.so")
