# SPDX-License-Identifier: BSD-2-Clause
"""What klee shows and how: help, suggestions, themes, JSON, questions."""

import json
import os
import re
import sys

import pytest

import programs
from harness import IMAGE, klee_alone, refused


def output(*args, check=0):
    """klee without a daemon."""
    done = klee_alone(*args)
    assert done.code == check, repr(done)
    return done.out


def rows(text, title):
    """The first words of the rows below a title of a help text."""
    part = text.split(f"{title}:\n", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^  (\S+)", part, re.M)


GROUPS = rows(output("--help"), "Commands")
COMMANDS = [(g, c) for g in GROUPS for c in rows(output(g, "--help"), "Commands")]


# ---- help ----


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_commands(command):
    text = output(*command, "--help")
    assert text.startswith(f"Usage: klee {' '.join(command)}")
    shortcut = re.search(r"^Shortcut: klee (\S+)$", text, re.M)
    if shortcut:
        assert output(shortcut.group(1), "--help") == text


def test_shortcuts_are_listed_once():
    text = output("--help")
    listed = re.findall(r"(\w+) = (\w+) (\w+)", text)
    assert len({s for s, *_ in listed}) == len(listed)
    assert {tuple(c) for _, *c in listed} <= set(COMMANDS)
    for shortcut in "create exec restart run start stop isc isi isv lsc lsi lsv rmc rmi rmv".split():
        assert [s for s, *_ in listed].count(shortcut) == 1


# ---- what may be meant ----


@pytest.mark.parametrize(
    "args, meant",
    [
        (["contaner", "ls"], "container"), (["rnu"], "run"), (["container", "lss"], "ls"),
        (["image", "crate"], "create"), (["lsc", "--formt", "json"], "--format"),
        (["--hots", "x", "lsc"], "--host"), (["image", "create", "--no-dsn", "x"], "--no-dns"),
    ],
)
def test_words_that_are_none(args, meant):
    done = klee_alone(*args)
    first, second = done.err.splitlines()
    assert done.code == 2 and first.endswith(f". Did you mean '{meant}'?"), first
    assert second.startswith("see 'klee ") and second.endswith("--help'")


def test_words_that_are_like_nothing():
    for args in (["frobnicate"], ["container", "frobnicate"], ["lsc", "--frobnicate"]):
        done = klee_alone(*args)
        assert done.code == 2 and "Did you mean" not in done.err


def test_objects_that_are_none(kleene):
    kleene.create("--name", "webserver", IMAGE, "true")
    kleene.klee("volume", "create", "archive")
    for args, code, line in (
        (["run", "Freebsd-13.2-RELEASE"], 125, f"image 'Freebsd-13.2-RELEASE'. Did you mean '{IMAGE}:latest'?"),
        (["isi", "FreeBSD"], 1, f"image 'FreeBSD'. Did you mean '{IMAGE}:latest'?"),
        (["isi", f"{IMAGE}:latets"], 1, f"image '{IMAGE}:latets'. Did you mean '{IMAGE}:latest'?"),
        (["stop", "webservr"], 1, "container 'webservr'. Did you mean 'webserver'?"),
        (["isc", "Webserver"], 1, "container 'Webserver'. Did you mean 'webserver'?"),
        (["rmv", "archiv"], 1, "volume 'archiv'. Did you mean 'archive'?"),
        (["isc", "something-else"], 1, "container 'something-else'"),
        (["isc", "0123456789ab"], 1, "container '0123456789ab'"),
        (["rmv", "elsewhere"], 1, "volume 'elsewhere'"),
    ):
        result = kleene.klee(*args, check=code)
        assert result.err == f"klee: no such {line}\n"


# ---- connections that end ----


@pytest.mark.skipif(sys.platform != "linux", reason="ld.so(8)'s LD_PRELOAD, as Linux has it")
@pytest.mark.parametrize(
    "which, words",
    [
        (1, "cannot connect to kleened at {}: the connection was closed without an answer\n"),
        (2, "cannot connect to kleened at {}: the connection was closed without an answer\n"),
        (3, "cannot connect to kleened at {}: the connection was closed\n"),
        (4, "the connection to kleened at {} was lost\n"),
    ],
)
def test_connection_that_ends_when_klee_would_send(kleene, which, words):
    """Head and body of the first request, head and first frame of the second."""
    container = kleene.detached(IMAGE, "sleep", "1000")
    env = {
        **os.environ, "LD_PRELOAD": programs.HANG_UP, "HANG_UP": str(which),
        "ASAN_OPTIONS": f"{os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0",
    }
    done = kleene.visit(container, "echo", "no", check=125, env=env)
    assert done.err.startswith("klee: " + words.format(kleene.url)), done
    assert kleene.quiet(IMAGE, "echo", "usable") == "usable\n"


# ---- lists ----


def fill(kleene):
    kleene.create("--name", "one", IMAGE, "true")
    kleene.klee("volume", "create", "archive")


LISTS = [g for g, c in COMMANDS if c == "ls"]


@pytest.mark.parametrize("group", LISTS)
def test_lists_as_json(kleene, group):
    fill(kleene)
    all_ = ["-a"] if group == "container" else []
    listed = json.loads(kleene.klee(group, "ls", "--format", "json", *all_).out)
    assert isinstance(listed, list)
    assert listed == kleene.api.get(f"/{group}s/list" + ("?all=true" if all_ else ""))
    table = kleene.klee(group, "ls", "--format", "table", *all_)
    # the same columns and objects; ages go on, and the columns' widths with them
    plain = kleene.klee(group, "ls", *all_)
    assert table.lines[0].split() == plain.lines[0].split()
    assert [row.split()[0] for row in table.lines] == [row.split()[0] for row in plain.lines]
    assert len(table.lines) == len(listed) + 1
    result = kleene.klee(group, "ls", "--format", "xml", check=None)
    refused(result, 125, "--format", "json", "table")


@pytest.mark.parametrize("group, name", [("container", "one"), ("image", IMAGE), ("volume", "archive")])
def test_inspect_is_json(kleene, group, name):
    fill(kleene)
    shown = json.loads(kleene.klee(group, "inspect", name).out)
    assert shown == kleene.api.get(f"/{group}s/{name}/inspect")
    assert json.loads(kleene.klee(group, "inspect", "--format", "json", name).out) == shown


def shown_at_terminal(kleene, *args, **environment):
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "KLEE_THEME")}
    child = kleene.spawn(*args, env={**env, **environment}, dimensions=(24, 200))
    return child.read()


@pytest.mark.parametrize("group", LISTS)
def test_themes(kleene, group):
    fill(kleene)
    fancy = shown_at_terminal(kleene, group, "ls")
    assert "\x1b[" in fancy and "\u2500" in fancy
    plain = kleene.klee(group, "ls").out.replace("\n", "\r\n")
    assert re.fullmatch(r"[ -~\r\n]*", plain)
    # ages may have gone on, so only what comes before them is compared
    for shown in (
        shown_at_terminal(kleene, "--theme", "simple", group, "ls"),
        shown_at_terminal(kleene, group, "ls", KLEE_THEME="simple"),
        shown_at_terminal(kleene, group, "ls", NO_COLOR="1"),
    ):
        assert re.fullmatch(r"[ -~\r\n]*", shown)
        assert shown.splitlines()[0] == plain.splitlines()[0]
    assert "\x1b[" in shown_at_terminal(kleene, group, "ls", NO_COLOR="")
    assert "\x1b[" in shown_at_terminal(
        kleene, "--theme", "fancy", group, "ls", KLEE_THEME="simple"
    )


def test_themes_that_are_none(bare):
    refused(bare.klee("--theme", "garish", "lsc", check=None), 125, "garish", "fancy", "simple")


# ---- questions ----


PRUNES = [g for g, c in COMMANDS if c == "prune"]


@pytest.mark.parametrize("group", PRUNES)
def test_prune_asks(kleene, group):
    fill(kleene)
    question = "Are you sure you want to continue? [y/N]: "
    before = kleene.api.get(f"/{group}s/list" + ("?all=true" if group == "container" else ""))
    for answer in ("", "n\n", "\n", "nonsense\n", "yess\n"):
        result = kleene.klee(group, "prune", input=answer)
        assert question in result.out and result.out.count("\n") <= 2, result.out
    assert before == kleene.api.get(
        f"/{group}s/list" + ("?all=true" if group == "container" else "")
    )
    child = kleene.spawn(group, "prune")
    child.expect_exact(question)
    child.sendline("y")
    child.read()
    child.wait()
    assert child.exitstatus == 0


def test_prune_lists_what_it_removed(kleene):
    container = kleene.create("--name", "one", IMAGE, "true")
    kleene.klee("volume", "create", "archive")
    assert kleene.klee("container", "prune", input="Y\n").lines[-1].endswith(container)
    assert kleene.klee("container", "prune", "-f").out == ""
    assert kleene.klee("volume", "prune", "-f").out == "archive\n"
    (image,) = kleene.images()
    assert kleene.klee("image", "prune", "-f").out == ""
    assert kleene.klee("image", "prune", "-af").out == image["id"] + "\n"
