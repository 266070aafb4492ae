# SPDX-License-Identifier: BSD-2-Clause
"""Times Kleene beside what does the same on this machine, side by side in one run.

The systems take turns, command by command, so that what else the machine does falls on all alike.
Everything lives in a temporary directory and is removed at the end; a system that does not work
here is left out, in words. What there is to compare is the host's affair: host_<name>.py.
"""

import argparse
import os
import platform
import signal
import subprocess
import sys
import tempfile


def choose_host():
    if platform.system() == "Linux":
        import host_linux

        return host_linux.Host
    if platform.system() == "FreeBSD":
        import host_freebsd

        return host_freebsd.Host
    sys.exit(f"bench: there is nothing to compare Kleene with on {platform.system()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build-bench", help="build directory")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--limit", type=float, default=60, help="seconds for each table")
    args = parser.parse_args()
    # an interrupted run cleans up as well; so does one with a command that hangs
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, lambda *_: sys.exit("bench: interrupted"))
    place = tempfile.mkdtemp(prefix="kleene-bench.")
    host = None
    try:
        host = choose_host()(place)
        host.open(os.path.abspath(args.build))
        host.bench(args)
    finally:
        if host is not None:
            host.close()
        subprocess.run(["rm", "-rf", place], check=False)


if __name__ == "__main__":
    main()
