# SPDX-License-Identifier: BSD-2-Clause
"""What a container was protected by when it was made holds for its life."""

import os
import re
import sys

import pytest

from harness import IMAGE, fill_disk, refused

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="FreeBSD has no user namespaces")

# without this capability nobody can give a user namespace its ids
NO_USER_NAMESPACES = ["setpriv", "--bounding-set=-setuid"]


@linux_only
def test_user_namespace_is_not_given_up_where_there_is_no_room_to_try(small):
    """A daemon started on a full disk ran everything without, until its next start."""
    container = small.create("-l", "disabled", IMAGE, "cat", "/proc/self/uid_map")
    assert small.inspect(container)["protection"] == ["userns"]
    small.klee("start", container)  # so that there is what a start makes
    small.kill9()
    filling = fill_disk(small)
    small.start()
    assert "whether containers can have user namespaces is not known yet" in small.log()
    refused(small.klee("start", container, check=None), 125, "user namespace", "No space left")
    os.unlink(filling)
    started = small.klee("start", container).out
    assert re.search(r"\n +0 +[1-9]\d+ +1048576\n", started), started


@linux_only
def test_container_that_had_a_user_namespace_is_not_started_without(kleene):
    """Nor one that the host cannot give it any more, for good."""
    container = kleene.create("-l", "disabled", IMAGE, "true")
    kleene.stop()
    kleene.prefix = NO_USER_NAMESPACES
    kleene.start()
    assert "run without user namespaces of their own" in kleene.log()
    refused(kleene.klee("start", container, check=None), 125, "its user namespace")
    # what is made here has none, and says so
    other = kleene.create("-l", "disabled", IMAGE, "true")
    assert kleene.inspect(other)["protection"] == []
    kleene.stop()
    kleene.prefix = ()
    kleene.start()
    kleene.klee("start", container)
