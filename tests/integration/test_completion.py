# SPDX-License-Identifier: BSD-2-Clause
"""Completion: what klee answers, and real shells that ask it."""

import os
import shutil
import subprocess

import pexpect
import pytest

from harness import IMAGE, KLEE, PATIENCE

COMPLETION = os.path.join(os.path.dirname(__file__), "..", "..", "packaging", "completion")


def answers(kleene, *words):
    """The candidates klee knows, and what else the shell may add."""
    done = subprocess.run(
        [KLEE, "__complete", "--host", kleene.url, *words], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, check=True, timeout=PATIENCE,
    )
    assert done.stderr == b""
    lines = done.stdout.decode().splitlines()
    return [line.split("\t")[0] for line in lines[:-1]], lines[-1]


@pytest.fixture
def filled(kleene):
    kleene.create("--name", "webserver", IMAGE, "true")
    kleene.create("--name", "webcache", IMAGE, "true")
    kleene.create("--name", "database", IMAGE, "true")
    kleene.klee("image", "tag", IMAGE, "second:v1")
    kleene.import_image(tag="third")
    kleene.klee("volume", "create", "archive")
    return kleene


def test_words(filled):
    def found(*words):
        return sorted(answers(filled, *words)[0])

    assert found("con") == ["container"]
    assert {"container", "image", "volume", "run", "lsc"} <= set(found(""))
    assert found("container", "re") == ["rename", "restart"]
    assert found("lsc", "--format", "") == ["json", "table"]
    assert found("lsc", "--format=t") == ["--format=table"]
    assert found("--theme", "f") == ["fancy"]
    assert found("image", "create", "--no-d") == ["--no-dns"]
    assert found("run", "--na") == ["--name"]
    assert found("run", "--no-such-option", "x", "") == []
    assert found("no-such-command", "") == []


def test_live_names(filled):
    def found(*words):
        return sorted(answers(filled, *words)[0])

    assert found("stop", "web") == ["webcache", "webserver"]
    assert found("stop", "webcache", "web") == ["webserver"]  # nothing twice
    assert found("container", "inspect", "") == ["database", "webcache", "webserver"]
    assert found("isc", "database", "") == []  # it takes but one
    assert found("run", "") == [IMAGE, "second:v1", "third"]
    assert found("run", "-it", "--name", "x", "se") == ["second:v1"]
    assert found("run", "third:") == ["third:latest"]
    assert found("rmv", "") == ["archive"]
    assert found("volume", "create", "") == []
    assert found("exec", "webserver", "ls", "-") == []  # the command's own
    assert answers(filled, "create", "--env-file", "") == ([], ":files")
    assert answers(filled, "--config", "") == ([], ":files")
    assert answers(filled, "create", "--name", "") == ([], ":none")


@pytest.fixture
def with_networks(networked):
    networked.network("inner", "--subnet", "10.20.30.0/24")
    networked.network("outer", "--subnet", "10.20.31.0/24")
    networked.create("--name", "webserver", IMAGE, "true")
    return networked


def test_live_names_of_networks(with_networks):
    def found(*words):
        return sorted(answers(with_networks, *words)[0])

    assert found("rmn", "") == ["inner", "outer"]
    assert found("rmn", "inner", "") == ["outer"]
    assert found("network", "inspect", "o") == ["outer"]
    assert found("network", "connect", "inner", "") == ["webserver"]
    assert found("network", "connect", "inner", "webserver", "") == []
    assert found("run", "-n", "") == ["inner", "outer"]
    assert found("run", "--network=in") == ["--network=inner"]


def test_no_daemon(make_kleene):
    kleene = make_kleene()
    assert answers(kleene, "stop", "") == ([], ":none")
    assert answers(kleene, "container", "sto") == (["stop"], ":none")


# ---- shells ----


def environment(kleene, home):
    return {
        "PATH": f"{os.path.dirname(KLEE)}:{os.environ['PATH']}", "HOME": str(home), "TERM": "dumb",
        "KLEE_HOST": kleene.url, "LC_ALL": "C.UTF-8", "PS1": "ready> ",
    }


def need(shell):
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"there is no {shell} here")
    return path


def shell(kleene, home, command, *setup):
    (home / "settings.yaml").touch()
    child = pexpect.spawn(
        need(command[0]), command[1:], env=environment(kleene, home), encoding="utf-8",
        timeout=PATIENCE, dimensions=(24, 200), cwd=home,
    )
    kleene.children.append(child)
    for line in (*setup, "PS1='r''eady> '"):
        child.sendline(line)
    child.expect_exact("ready> ")
    return child


def completes(child, typed, line):
    """After a tab the line must be this one; it is then given up."""
    child.send(typed + "\t")
    child.expect_exact(line)
    child.send("\x03")
    child.expect_exact("ready> ")


LINES = [
    ("klee cont", "klee container "),
    ("klee container insp", "klee container inspect "),
    ("klee stop webs", "klee stop webserver "),
    ("klee run --rest", "klee run --restart "),
    ("klee lsc --format=j", "klee lsc --format=json"),
    ("klee isi second:", "klee isi second:v1"),
    ("klee rmv a", "klee rmv archive "),
    ("klee --config sett", "klee --config settings.yaml"),
]
NETWORK_LINES = [
    ("klee isn inn", "klee isn inner "),
    ("klee network connect out", "klee network connect outer "),
    ("klee network connect outer web", "klee network connect outer webserver "),
    ("klee run --network inn", "klee run --network inner "),
]


def bash(kleene, home):
    return shell(
        kleene, home, ["bash", "--norc", "--noprofile", "-i"],
        "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'",
        f". {os.path.join(COMPLETION, 'klee.bash')}",
    )


def zsh(kleene, home):
    return shell(
        kleene, home, ["zsh", "-f", "-i"],
        "unsetopt zle_bracketed_paste prompt_cr prompt_sp; unset zle_bracketed_paste",
        f"fpath=({COMPLETION} $fpath); autoload -Uz compinit; compinit -u -D; setopt no_list_beep",
    )


def fish(kleene, home):
    """A function that tells what fish has for a line, each with its description if it has one."""
    path = need("fish")
    script = os.path.join(COMPLETION, "klee.fish")

    def found(line):
        out = subprocess.run(
            [path, "--no-config", "-c", f"source {script}; complete -C '{line}'"],
            env=environment(kleene, home), stdout=subprocess.PIPE, check=True, timeout=PATIENCE,
            cwd=home,
        ).stdout.decode()
        return dict((line + "\t").split("\t")[:2] for line in out.splitlines())

    return found


def test_bash(filled, tmp_path):
    child = bash(filled, tmp_path)
    for typed, line in LINES:
        completes(child, typed, line)
    child.send("klee stop web\t\t")
    child.expect(r"webcache\s+webserver")


def test_zsh(filled, tmp_path):
    child = zsh(filled, tmp_path)
    for typed, line in LINES:
        completes(child, typed, line)
    child.send("klee stop web\t")
    child.expect(r"web(cache|server)\s+web(cache|server)\s+-- created")


def test_fish(filled, tmp_path):
    found = fish(filled, tmp_path)
    (tmp_path / "settings.yaml").touch()
    assert list(found("klee cont")) == ["container"]
    assert found("klee container insp") == {"inspect": "Show a container in detail (JSON)"}
    assert found("klee stop web") == {"webcache": "created", "webserver": "created"}
    assert list(found("klee stop webcache web")) == ["webserver"]
    assert list(found("klee run --rest")) == ["--restart"]
    assert list(found("klee lsc --format=j")) == ["--format=json"]
    assert list(found("klee isi second:")) == ["second:v1"]
    assert list(found("klee rmv a")) == ["archive"]
    assert list(found("klee --config sett")) == ["settings.yaml"]


@pytest.mark.parametrize("shell_", [bash, zsh])
def test_networks_in_shells(with_networks, tmp_path, shell_):
    child = shell_(with_networks, tmp_path)
    for typed, line in NETWORK_LINES:
        completes(child, typed, line)


def test_networks_in_fish(with_networks, tmp_path):
    found = fish(with_networks, tmp_path)
    for typed, line in NETWORK_LINES:
        assert list(found(typed)) == [line.split()[-1]]
