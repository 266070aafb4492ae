# SPDX-License-Identifier: BSD-2-Clause
"""pf(4): the rulesets that are expected of models, the administrator's template, and pflog0."""

import glob
import os
import subprocess

import pytest

import peers
import pflog
from harness import refused, wait_until
from programs import REPOSITORY

RULESETS = sorted(glob.glob(os.path.join(REPOSITORY, "tests/unit/firewall/*.pf")))
SUBNET = ("--subnet", "10.1.0.0/24")
OTHER = ("--subnet", "10.2.0.0/24")


@pytest.fixture(scope="module", autouse=True)
def pf(system):
    if not system.has_pf:
        pytest.skip(f"{system.name} has another packet filter")


@pytest.fixture(scope="module")
def kleene(module_networked):
    """A daemon with a network."""
    module_networked.network("net", *SUBNET)
    return module_networked


@pytest.fixture
def world(kleene):
    """Each test finds the template as it comes."""
    yield kleene.world
    kleene.world.reset_template()
    kleene.restart()
    # one that is "persist" stays without rules
    kleene.world.run("host", "pfctl", "-q", "-t", "mine", "-T", "kill", check=False)


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def test_there_are_rulesets():
    assert len(RULESETS) >= 3


@pytest.mark.parametrize("path", RULESETS, ids=map(os.path.basename, RULESETS))
def test_expected_rulesets(path):
    """pf takes what the unit tests expect of models."""
    done = subprocess.run(["pfctl", "-n", "-f", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_next_boot(world):
    """The host's start loads from the file what is there now."""
    rules = world.ruleset()
    assert "<kleene_networks>" in rules
    world.run("host", "pfctl", "-q", "-F", "rules")
    world.run("host", "pfctl", "-q", "-f", world.config)
    assert world.ruleset() == rules


def test_what_was_there_is_kept(kleene, world):
    assert read(world.config).startswith(f"# Made by kleened from {world.template}")
    assert read(f"{world.config}.before-kleene") == world.bare_rules()
    assert world.template in kleene.log()


def test_after_the_last_network_pf_is_what_it_was(kleene, world):
    """Its rules, its file, and whether it is enabled: be there rules of somebody's, or nothing."""
    kept = f"{world.config}.before-kleene"
    kleene.klee("rmn", "net")
    try:
        assert read(world.config) == world.bare_rules()
        assert "kleene" not in world.ruleset() and world.is_enabled() == world.had_pf
        assert not os.path.exists(kept)
        # a host that has no rules
        os.unlink(world.config)
        world.run("host", "pfctl", "-q", "-F", "rules")
        world.run("host", "pfctl", "-q", "-d", check=False)  # it may be already
        kleene.network("net", *SUBNET)
        assert "<kleene_networks>" in world.ruleset() and world.is_enabled()
        kleene.kill9()
        kleene.start()
        kleene.klee("rmn", "net")
        assert world.ruleset() == "" and not world.is_enabled()
        assert not os.path.exists(world.config) and not os.path.exists(kept)
        # nor is anything left of a network that could not be made
        world.edit_template("scrub in all", "scrub everything")
        refused(kleene.klee("network", "create", *SUBNET, "net", check=None), 1, "syntax error")
        assert not world.is_enabled() and not os.path.exists(world.config)
    finally:
        if world.had_pf:
            world.run("host", "pfctl", "-q", "-e", check=False)
        world.load_bare_rules()
        kleene.network("net", *SUBNET)


def test_file_that_was_written_meanwhile_counts(kleene, world):
    """Somebody has changed pf.conf while there were networks: that is what the last one leaves."""
    with open(world.config, "w", encoding="ascii") as file:
        file.write("block in quick proto tcp to any port 4711\n")
    kleene.klee("rmn", "net")
    try:
        assert "port = 4711" in world.ruleset() and "kleene" not in world.ruleset()
        assert "4711" in read(world.config)
    finally:
        world.load_bare_rules()
        kleene.network("net", *SUBNET)


def test_own_things(kleene, world):
    """Everything but the marks is the administrator's, wherever it stands."""
    for mark, lines in (
        ("macros", 'mine = "203.0.113.9"\ntable <mine> persist { $mine }\n'),
        ("translation", 'nat-anchor "mine/*"\nno nat on eth1 from <mine> to any\n'),
        ("filtering", 'anchor "mine/*"\nblock in quick on eth1 from <mine> to any\n'),
    ):
        whole = f"<%= kleene_{mark} %>"
        world.edit_template(whole, lines + whole)
    kleene.network("more", *OTHER)
    assert 'anchor "mine/*"' in world.ruleset()
    assert "no nat on eth1" in world.run("host", "pfctl", "-q", "-s", "nat")
    assert world.run("host", "pfctl", "-q", "-t", "mine", "-T", "show").split() == ["203.0.113.9"]
    lines = world.ruleset().splitlines()
    own, = [i for i, line in enumerate(lines) if "<mine>" in line]
    assert own < min(i for i, line in enumerate(lines) if "<kleene_" in line)
    kleene.klee("rmn", "more")
    assert 'anchor "mine/*"' in world.ruleset()


BAD_TEMPLATES = {
    "mark missing": ("<%= kleene_filtering %>", "", "<%= kleene_filtering %> is missing"),
    "mark unknown": ("kleene_macros", "kleene_micros", "unknown mark"),
    "mark twice": ("<%= kleene_filtering %>", "<%= kleene_filtering %>\n<%= kleene_filtering %>",
                   "twice"),
    "not pf's language": ("scrub in all", "scrub everything", "syntax error"),
}


@pytest.mark.parametrize("case", BAD_TEMPLATES)
def test_bad_templates(kleene, world, case):
    """What is wrong is said, and rules and file stay as they were."""
    old, new, words = BAD_TEMPLATES[case]
    before = world.state(), read(world.config), kleene.networks()
    world.edit_template(old, new)
    result = kleene.klee("network", "create", *OTHER, "more", check=None)
    refused(result, 1, words)
    assert (world.state(), read(world.config), kleene.networks()) == before


def test_log(kleene, world):
    """With kleene_log set, what Kleene blocks is to be seen on pflog0, and without it is not."""
    outside = peers.in_world(world, "outside", ())
    log = pflog.Log()
    blocked = ("eth0", True, "192.0.2.2", "10.1.0.77")
    assert outside.ask("tcp", "10.1.0.77", 80, expected=False) is None
    assert blocked not in log.read(0)
    world.edit_template("#kleene_log = ", "kleene_log = ")
    kleene.restart()

    def is_logged():
        outside.ask("tcp", "10.1.0.77", 80, expected=False)
        return blocked in log.read(0)

    wait_until(is_logged, "the packet on pflog0")
    log.close()
    outside.end()
