# SPDX-License-Identifier: BSD-2-Clause
"""Very many sessions at once: none costs a thread, and none keeps requests or inner work waiting."""

import contextlib
import socket
import sys

import pytest

from harness import IMAGE, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in proc(5)")

MANY = 600  # more than there are workers


def threads(kleene):
    with open(f"/proc/{kleene.pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("Threads:"):
                return int(line.split()[1])


def follow(kleene, stack, container):
    stream = stack.enter_context(kleene.api.websocket("/containers/logs"))
    stream.send_json({"container": container, "follow": True})
    return stream


def read_until(stream, text):
    seen = b""
    while text not in seen:
        seen += stream.read()[1]


def test_followers_and_attached_cost_no_thread(kleene):
    """Each of them is served while there are more than there are workers."""
    container = kleene.detached(
        IMAGE, "sh", "-c", "echo first; mkfifo /go; cat /go; echo last; sleep 1000"
    )
    others = [kleene.detached(IMAGE, "sleep", "1000") for _ in range(6)]
    with contextlib.ExitStack() as stack:
        followers = [follow(kleene, stack, container) for _ in range(MANY)]
        for stream in followers:
            stream.starting()
            read_until(stream, b"first\n")
        attached = []
        for number in range(MANY):
            instance = kleene.api.exec_create(others[number % len(others)], "cat")
            attached.append(stack.enter_context(kleene.api.exec_start(instance)))
            attached[-1].starting()
        assert len(kleene.running()) == 7
        for number, stream in enumerate(attached):
            stream.send(2, b"%d\n" % number)
        for number, stream in enumerate(attached):
            read_until(stream, b"%d\n" % number)
        # workers that have just ended requests and starts may idle, but nothing waits in them
        wait_until(lambda: threads(kleene) < 40, "idle workers to end")
        kleene.klee("exec", container, "sh", "-c", "echo now > /go")
        for stream in followers:
            read_until(stream, b"last\n")
        for stream in attached:
            stream.end_input()
        for stream in attached:
            assert stream.read_all()[1].code == 1000
    kleene.klee("stop", container, *others)


def test_slow_readers_of_logs_hold_no_worker(kleene):
    """Clients that ask for logs and never read them."""
    container = kleene.detached(IMAGE, "sh", "-c", "seq 400000; sleep 1000")
    wait_until(
        lambda: "399999\n" in kleene.klee("container", "logs", "--tail", "5", container).out, "logs"
    )
    with contextlib.ExitStack() as stack:
        for _ in range(MANY):
            stream = stack.enter_context(kleene.api.websocket("/containers/logs"))
            stream.send_json({"container": container})
            stream.starting()
        assert kleene.api.get("/containers/list")[0]["id"] == container
        wait_until(lambda: threads(kleene) < 40, "idle workers to end")
        # the first may be the rest of one whose beginning is no longer kept
        lines = kleene.klee("container", "logs", container).out.split()[1:]
        assert lines == [str(n) for n in range(1, 400001)][-len(lines):]
    kleene.klee("stop", container)


def test_full_workers_do_not_hinder_requests_and_inner_work(kleene):
    """Operations that last take all their workers: requests are answered, --rm removes."""
    container = kleene.detached("--rm", IMAGE, "sh", "-c", "mkfifo /go; cat /go")
    other = kleene.detached(IMAGE, "sleep", "1000")
    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(socket.socket())
        silent.bind(("127.0.0.1", 0))
        silent.listen(1024)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x.tar"
        refused = 0
        for number in range(MANY):
            stream = stack.enter_context(kleene.api.websocket("/images/create"))
            stream.send_json({"method": "fetch", "tag": f"t:{number}", "url": url})
            if number >= 512:
                closed = stream.read_all()[1]
                assert closed.message()["message"] == "too many operations are under way"
                refused += 1
        assert refused == MANY - 512
        kleene.api.post(f"/containers/{other}/stop")
        assert kleene.running() == [container]
        kleene.api.post(f"/containers/{container}/stop")
        wait_until(
            lambda: [c["id"] for c in kleene.containers()] == [other], "the container to be removed"
        )
