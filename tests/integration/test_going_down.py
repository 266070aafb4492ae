# SPDX-License-Identifier: BSD-2-Clause
"""The host goes down: kleened stop-containers, which service managers call when kleened has ended."""

import pytest

from harness import IMAGE, PATIENCE, fails, wait_until

# says what it was told to end with, and ends with a code of its own
ENDS = "trap 'echo told to end; exit 7' TERM; echo ready; while :; do sleep 1000 & wait; done"


def go_down(kleene):
    """What a service manager does when the host goes down; the next start is that of the next boot."""
    kleene.stop()
    assert kleene.spawn_daemon("stop-containers").wait(2 * PATIENCE) == 0


def ready(kleene, *arguments, command=ENDS):
    container = kleene.detached(*arguments, IMAGE, "sh", "-c", command)
    kleene.wait_log(container, "ready")
    return container


def test_containers_are_stopped_in_order_and_started_by_their_policies(kleene):
    policies = ("no", "on-startup", "on-failure", "always", "unless-stopped")
    made = {policy: ready(kleene, "--restart", policy) for policy in policies}
    by_hand = ready(kleene, "--restart", "unless-stopped")
    kleene.klee("stop", by_hand)
    go_down(kleene)
    assert kleene.system.wardens() == []
    kleene.start()
    for container in made.values():
        assert "told to end" in kleene.logs(container)
    for policy in policies[1:]:
        kleene.wait_status(made[policy], "running")
    assert kleene.inspect(made["no"])["status"] == "exited (7)"
    assert kleene.inspect(by_hand)["status"] == "exited (7)"
    assert sorted(kleene.running()) == sorted(made[policy] for policy in policies[1:])
    assert "ended from outside" not in kleene.log()


def test_the_stop_at_the_end_of_the_host_is_no_wish(kleene):
    """One that ended in order is started again when the host comes up twice, too."""
    container = ready(kleene, "--restart", "unless-stopped")
    for _ in range(2):
        go_down(kleene)
        kleene.start()
        kleene.wait_status(container, "running")
        wait_until(lambda: kleene.logs(container).endswith("ready\n"), "it to be ready again")


def test_containers_are_stopped_together(kleene):
    """Each ends in order only if the other has been told to end meanwhile."""
    text = "trap 'touch /s/{0}; until [ -e /s/{1} ]; do sleep 0.1; done; exit 3' TERM; " \
           "echo ready; while :; do sleep 1000 & wait; done"
    made = [ready(kleene, "-m", "meeting:/s", command=text.format(*names)) for names in ("ab", "ba")]
    go_down(kleene)
    kleene.start()
    for container in made:
        assert kleene.inspect(container)["status"] == "exited (3)"


def test_commands_of_the_stop_are_run(kleene):
    good = ready(kleene, "-J", "mount.devfs", "-J", "exec.stop=touch /stopped")
    bad = ready(kleene, "-J", "mount.devfs", "-J", "exec.prestop=false", "-J", "exec.stop=true")
    go_down(kleene)
    kleene.start()
    assert kleene.inspect(bad)["status"] == "exited (7)"
    assert f"container {bad}: exec.prestop" in kleene.log()
    assert kleene.klee("exec", "--start", good, "ls", "/stopped").code == 0


def test_containers_to_be_removed_are_removed(kleene):
    ready(kleene, "--rm")
    go_down(kleene)
    kleene.start()
    wait_until(lambda: kleene.containers() == [], "it to be removed")


def test_it_is_refused_while_a_daemon_runs(kleene):
    container = ready(kleene)
    fails(kleene, "another kleened uses", arguments=("stop-containers",))
    assert kleene.running() == [container]


def test_nothing_to_stop_is_no_failure(kleene):
    go_down(kleene)
    kleene.start()
    assert "0 of 0 containers have been stopped" in kleene.log()
