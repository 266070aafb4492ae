# SPDX-License-Identifier: BSD-2-Clause
"""Where klee's own lines go, and that a process's output is never mixed with them."""

import re
import subprocess

import pytest

from harness import ID, IMAGE, klee_alone, on_terminal, refused, shell

CREATED = rf"created execution instance {ID}\n"
ENDED = rf"\n(executable )?{ID} (and its container|has) exited with exit-code 0\n"
LOOK = ("sh", "-c", "printf a; printf b >&2")


def plain(kleene, *args):
    """klee as a script calls it: nothing in its output is a terminal."""
    return klee_alone("--host", kleene.url, *args)


@pytest.fixture
def calls(kleene):
    """The three commands that are attached, with what stands before "created"."""
    kleene.detached("--name", "web", IMAGE, "sleep", "1000")
    stopped = kleene.create("--name", "stopped", IMAGE, *LOOK)
    return {"run": (IMAGE, *LOOK), "exec": ("web", *LOOK), "start": (stopped, )}


@pytest.mark.parametrize("command", ("run", "exec", "start"))
def test_to_standard_error_where_output_is_no_terminal(kleene, calls, command):
    done = plain(kleene, command, *calls[command])
    assert (done.code, done.out) == (0, "a"), repr(done)
    id_line = "" if command == "exec" else rf"{ID}\n"
    assert re.fullmatch(rf"{id_line}{CREATED}b\n{ENDED}", done.err), repr(done)


@pytest.mark.parametrize("command", ("run", "exec", "start"))
def test_status_says_where(kleene, calls, command):
    done = plain(kleene, command, "--status", "stdout", *calls[command])
    assert done.err == "b" and re.search(rf"{CREATED}a\n{ENDED}\Z", done.out), repr(done)
    words = " ".join(calls[command][:1])
    seen = on_terminal(kleene, f"klee {command} --status stderr {words} {'' if command == 'start' else 'true'} >/dev/null")
    assert re.search(rf"{CREATED}(b\n)?{ENDED}\Z", seen), seen
    refused(plain(kleene, command, "--status", "nowhere", *calls[command]), 125, "nowhere")


@pytest.mark.parametrize("command", ("run", "exec", "start"))
@pytest.mark.parametrize("option", ("-q", "--quiet"))
def test_quiet(kleene, calls, command, option):
    done = plain(kleene, command, option, *calls[command])
    assert (done.code, done.out, done.err) == (0, "a", "b"), repr(done)


def test_quiet_and_detached(kleene):
    done = plain(kleene, "run", "-d", "-q", IMAGE, "sleep", "1000")
    assert kleene.running() == [done.out.rstrip("\n")] and done.err == ""
    assert plain(kleene, "exec", "-d", "-q", done.out.strip(), "true").stdout == b""
    kleene.create("--name", "other", IMAGE, "true")
    assert plain(kleene, "start", "-dq", "other").stdout == b""


def test_detached_a_script_reads_the_id_alone(kleene):
    done = plain(kleene, "run", "-d", "--name", "web", IMAGE, "sleep", "1000")
    assert re.fullmatch(rf"{ID}\n{CREATED}", done.out) and done.err == ""
    assert re.fullmatch(CREATED, plain(kleene, "exec", "-d", "web", "true").out)
    assert shell(kleene, f"id=$(klee run -d -q {IMAGE} sleep 1000); klee stop $id && klee rm $id")
    assert len(kleene.containers()) == 1


def test_detached_on_a_terminal_they_are_what_is_printed(kleene):
    assert re.fullmatch(rf"{ID}\n{CREATED}", on_terminal(kleene, f"klee run -d --name web {IMAGE} sleep 1000"))
    assert re.fullmatch(CREATED, on_terminal(kleene, "klee exec -d web true"))


def test_output_is_the_process_s_bytes(kleene, tmp_path):
    """Whatever they are: no end of a line at their end, NUL, what is no UTF-8, and many of them."""
    kleene.detached("--name", "db", IMAGE, "sleep", "1000")
    data = bytes(range(256)) * 4096 + b"\n\r\n\x00end"
    file = tmp_path / "dump"
    with open(file, "wb") as dump:
        subprocess.run(
            kleene.command("exec", "-i", "db", "cat"), input=data, stdout=dump,
            stderr=subprocess.DEVNULL, check=True)
    assert file.read_bytes() == data
    (tmp_path / "there").mkdir()
    shell(kleene, f"klee exec -q -i db sh -c 'cat > /root/dump' < {file}\n"
                  f"klee exec db tar -cf - -C /root dump 2>/dev/null | tar -xf - -C {tmp_path}/there")
    assert (tmp_path / "there" / "dump").read_bytes() == data


def test_pipe_on_a_terminal_shows_what_its_reader_prints(kleene):
    kleene.detached("--name", "web", IMAGE, "sleep", "1000")
    assert on_terminal(kleene, "klee exec web echo one | cat") == "one\n"
    assert on_terminal(kleene, f"klee run {IMAGE} echo two | cat") == "two\n"


def test_on_a_terminal_they_are_where_the_output_is(kleene):
    seen = on_terminal(kleene, f"klee run {IMAGE} echo here")
    assert re.fullmatch(rf"{ID}\n{CREATED}here\n{ENDED}", seen), seen
    seen = on_terminal(kleene, f"klee run {IMAGE} echo here 2>/dev/null")
    assert re.fullmatch(rf"{ID}\n{CREATED}here\n{ENDED}", seen), seen


def test_quiet_everywhere(networked, tmp_path):
    """What makes something prints its id alone, what acts prints nothing, and errors stay."""
    kleene = networked
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN echo built\n")
    archive = kleene.system.archive()
    for option in ("-q", "--quiet"):
        for form, *words in (
            (ID, "create", option, "-l", "ipnet", "--name", "one", IMAGE, "true"),
            (ID, "image", "build", option, "-t", "built", tmp_path),
            (ID, "image", "create", option, "-t", "base", "fetch", f"file://{archive}"),
            (ID, "network", "create", option, "--subnet", "10.83.0.0/24", "net"),
            ("vol", "volume", "create", option, "vol"),
        ):
            done = plain(kleene, *words)
            assert re.fullmatch(rf"{form}\n", done.out) and done.err == "", repr(done)
        for words in (
            ("network", "connect", option, "net", "one"),
            ("network", "disconnect", option, "net", "one"),
            ("container", "rename", option, "one", "two"),
            ("container", "update", option, "--user", "root", "two"),
            ("restart", option, "two"), ("rmc", option, "-f", "two"),
            ("image", "tag", option, "built", "named"), ("rmi", option, "named", "base"),
            ("rmn", option, "net"), ("rmv", option, "vol"),
            ("container", "prune", option, "-f"), ("network", "prune", option, "-f"),
            ("volume", "prune", option, "-f"), ("image", "prune", option, "-f"),
        ):
            done = plain(kleene, *words)
            assert (done.code, done.out, done.err) == (0, "", ""), repr(done)
        kleene.detached("--name", "running", IMAGE, "sleep", "1000")
        assert plain(kleene, "stop", option, "running").stdout == b""
        plain(kleene, "rmc", "running")
        refused(plain(kleene, "rmc", option, "running"), 1, "running")
