# SPDX-License-Identifier: BSD-2-Clause
"""make install: what it brings beside the programs, and what it says in the end."""

import json
import os
import re
import subprocess

import pytest

from programs import KLEENED

SOURCE = os.path.join(os.path.dirname(__file__), "..", "..")
BUILD = os.path.dirname(os.path.dirname(os.path.dirname(KLEENED)))


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A directory with what is installed, and the prefix in it."""
    place = tmp_path_factory.mktemp("installed")
    subprocess.run(
        ["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet"], check=True,
        env={**os.environ, "DESTDIR": str(place)}, stdout=subprocess.DEVNULL,
    )
    (program,) = place.glob("**/sbin/kleened")
    return place, program.parent.parent


def test_units_and_configuration_are_installed(installed, system):
    place, prefix = installed
    if system.name != "Linux":
        assert (prefix / "etc/rc.d/kleened").is_file()
        assert (prefix / "etc/kleened/config.yaml.sample").is_file()
        return
    kleened = "/" + str((prefix / "sbin/kleened").relative_to(place))
    units = {name: (prefix / "lib/systemd/system" / name).read_text(encoding="ascii")
             for name in ("kleened.service", "kleene-containers.service", "kleened.socket")}
    assert f"ExecStart={kleened}\n" in units["kleened.service"]
    assert f"ExecReload={kleened} --check\n" in units["kleened.service"]
    assert f"ExecStop={kleened} stop-containers\n" in units["kleene-containers.service"]
    assert (prefix / "lib/sysusers.d/kleene.conf").is_file()
    assert (prefix / "lib/tmpfiles.d/kleene.conf").is_file()
    assert (place / "etc/kleened/config.yaml.sample").is_file()


def test_nothing_is_written_outside_a_prefix_of_ones_own(tmp_path):
    build, prefix = tmp_path / "build", "/srv/own"
    subprocess.run(
        ["meson", "setup", build, SOURCE, f"--prefix={prefix}", "-Dtests=false"], check=True,
        stdout=subprocess.DEVNULL,
    )
    told = subprocess.run(
        ["meson", "introspect", "--installed", build], check=True, stdout=subprocess.PIPE, text=True).stdout
    places = json.loads(told).values()
    assert any(place.endswith("config.yaml.sample") for place in places)
    assert [place for place in places if not place.startswith(prefix + "/")] == []


def test_the_next_steps_are_those_of_the_readme():
    """What is said in the end stands in the README, too, line by line."""
    said = subprocess.run(
        [os.path.join(SOURCE, "tools", "installed.sh"), "/usr/local"], check=True,
        stdout=subprocess.PIPE, text=True,
    ).stdout
    steps = [re.sub(r" *#.*", "", line) for line in said.splitlines() if line.startswith("    ")]
    assert len(steps) >= 3 and steps[0].strip() == "kleened init" and steps[-1].strip() == "klee lsc"
    with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
        readme = file.read()
    for step in steps:
        assert step.strip() in readme, step
