# SPDX-License-Identifier: BSD-2-Clause
"""kleened as a service of rc(8)."""

import os
import subprocess
import sys

import pytest

from harness import IMAGE, KLEENED, WARDEN
from programs import REPOSITORY

pytestmark = pytest.mark.skipif(not sys.platform.startswith("freebsd"), reason="about rc(8)")

SCRIPT = os.path.join(REPOSITORY, "packaging/freebsd/port/sysutils/kleene/files/kleened.in")


class Service:
    """The script as it is installed, for a daemon of the test's own."""

    def __init__(self, kleene):
        self.kleene = kleene
        self.script = os.path.join(kleene.base, "kleened.rc")
        self.pidfile = os.path.join(kleene.base, "kleened.pid")
        with open(SCRIPT, encoding="ascii") as file:
            text = file.read()
        for old, new in (("%%PREFIX%%/sbin/${name}", KLEENED), ("/var/run/${name}.pid", self.pidfile)):
            assert old in text
            text = text.replace(old, new)
        with open(self.script, "w", encoding="ascii") as file:
            file.write(text)

    def __call__(self, word):
        """What "service kleened WORD" ends with and says."""
        done = subprocess.run(
            ["sh", self.script, word], capture_output=True, text=True, check=False,
            env={**os.environ, "KLEENE_WARDEN": WARDEN, "kleened_config": self.kleene.config_file})
        return done.returncode, done.stdout + done.stderr

    @property
    def pid(self):
        with open(self.pidfile, encoding="ascii") as file:
            return int(file.read())


@pytest.fixture
def service(make_kleene):
    made = Service(make_kleene())
    yield made
    if os.path.exists(made.pidfile):
        made("onestop")
    os.unlink(made.script)


def test_start_and_stop(service):
    assert service("onestart")[0] == 0
    assert service.kleene.answers()
    assert service("onestatus")[0] == 0
    assert service("onestop")[0] == 0
    assert not os.path.exists(service.pidfile)
    assert service("onestatus")[0] != 0


def test_containers_are_stopped_when_the_host_goes_down_alone(service):
    kleene = service.kleene
    service("onestart")
    kleene.import_image()
    container = kleene.detached(IMAGE, "sleep", "1000")
    assert service("onerestart")[0] == 0
    assert kleene.running() == [container]
    assert service("onestop")[0] == 0
    service("onestart")
    assert kleene.running() == [container]
    assert service("faststop")[0] == 0
    service("onestart")
    assert kleene.running() == []


def test_restart_with_a_bad_configuration_leaves_the_daemon_alone(service):
    kleene = service.kleene
    service("onestart")
    pid = service.pid
    good = kleene.settings()
    kleene.write_config(log_level="loud")
    for word in ("onerestart", "configtest"):
        code, said = service(word)
        assert code != 0 and "log_level" in said
    assert service.pid == pid and kleene.answers()
    kleene.write_config(**good)
    assert service("configtest") == (0, "")
    assert service("onerestart")[0] == 0
    assert service.pid != pid and kleene.answers()


def test_start_that_fails_says_so(service, bare):
    """What only the start itself can find: another daemon has the root."""
    service.kleene.write_config(kleene_root=bare.root)
    code, said = service("onestart")
    assert code != 0 and "has not started" in said
    assert not os.path.exists(service.pidfile)


def test_start_with_a_bad_configuration_says_so(service):
    service.kleene.write_config(log_level="loud")
    code, said = service("onestart")
    assert code != 0 and "log_level" in said and "Starting" not in said
