# SPDX-License-Identifier: BSD-2-Clause
"""
Processes that came to this one when their parents had ended, and that it must wait for. Those that it has
started itself have somebody who wants to know how they ended.
"""

import contextlib
import os
import threading

_lock = threading.Lock()
_own = set()


@contextlib.contextmanager
def started(start):
    """Starts a process, by a function that returns its Popen, which alone is told of its end."""
    with _lock:
        process = start()
        _own.add(process.pid)
    try:
        yield process
    finally:
        with _lock:
            _own.discard(process.pid)


def reap(pid):
    with _lock:
        if pid not in _own:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
