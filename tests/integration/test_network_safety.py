"""What networks promise whatever happens to the daemon, its host and its neighbours."""

import functools
import os
import resource
import select
import signal

import pytest

from harness import IMAGE, PATIENCE

BRIDGE = ("-t", "bridge", "--subnet", "10.1.0.0/24", "--subnet6", "fd00:1::/64")
on_linux = pytest.mark.skipif(os.uname().sysname != "Linux", reason="of nftables and rtnetlink")


@pytest.fixture
def descriptors():
    """1,200 descriptors that programs inherit, as many as 600 containers cost the daemon."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    held = [os.open("/dev/null", os.O_RDONLY) for _ in range(1200)]
    for fd in held:
        os.set_inheritable(fd, True)
    yield held
    for fd in held:
        os.close(fd)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@on_linux
def test_more_descriptors_than_select_has_room_for(networked, descriptors):
    networked.network("net", *BRIDGE)
    networked.stop()
    networked.spawn_daemon = functools.partial(networked.spawn_daemon, close_fds=False)
    networked.start()
    assert len(os.listdir(f"/proc/{networked.pid}/fd")) > len(descriptors)
    networked.klee("run", "-n", "net", IMAGE, "true")
    networked.network("other", "-t", "bridge", "--subnet", "10.2.0.0/24")
    assert networked.world.ruleset().count("table inet") == 1


def filter_process(kleene):
    """The process that has libnftables, if there is one."""
    for task in os.listdir(f"/proc/{kleene.pid}/task"):
        with open(f"/proc/{kleene.pid}/task/{task}/children", encoding="ascii") as children:
            for pid in children.read().split():
                with open(f"/proc/{pid}/cmdline", "rb") as command:
                    if command.read().startswith(b"kleened-filter\0"):
                        return int(pid)
    return None


@on_linux
def test_the_packet_filters_process_ends_and_is_there_again(networked):
    networked.network("net", *BRIDGE)
    first = filter_process(networked)
    os.kill(first, signal.SIGKILL)
    networked.klee("run", "-n", "net", IMAGE, "true")
    second = filter_process(networked)
    assert second not in (None, first)
    ended = os.pidfd_open(second)
    os.kill(second, signal.SIGTERM)  # as a service manager sends it to all: the daemon's end counts
    assert not select.select([ended], [], [], 0)[0]
    networked.kill9()
    assert select.select([ended], [], [], PATIENCE)[0], "nftables' process outlives kleened"
    os.close(ended)
    networked.start()
