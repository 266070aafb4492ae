# SPDX-License-Identifier: BSD-2-Clause
"""Running commands: what is printed, exit codes, options."""

import os
import re

import pytest

from harness import IMAGE, refused


def test_what_an_attached_run_prints(kleene):
    run = kleene.run(IMAGE, "echo", "hello")
    assert run.output == "hello\n"
    assert run.conclusion == f"executable {run.exec} and its container exited with exit-code 0"
    assert run.err == ""
    assert [c["id"] for c in kleene.containers()] == [run.container]


def test_output_without_a_line_end_is_ended(kleene):
    run = kleene.run(IMAGE, "printf", "no line end")
    assert run.out.split("\n", 2)[2] == (
        f"no line end\n\nexecutable {run.exec} and its container exited with exit-code 0\n"
    )


def test_no_output(kleene):
    run = kleene.run(IMAGE, "true")
    assert run.output == ""


@pytest.mark.parametrize("code", [0, 1, 7, 125, 255])
def test_exit_code(kleene, code):
    run = kleene.run(IMAGE, "sh", "-c", f"exit {code}", check=code)
    assert run.conclusion.endswith(f"and its container exited with exit-code {code}")
    assert kleene.inspect(run.container)["status"] == f"exited ({code})"
    assert kleene.inspect(run.container)["exit_code"] == code


def test_failing_command_is_told_of_once(kleene):
    """By the last line, and with -q by the exit code; there is no line such as jail(8)'s."""
    run = kleene.run(IMAGE, "sh", "-c", "exit 1", check=1)
    assert run.output == "" and run.err == ""
    result = kleene.klee("run", "-q", IMAGE, "sh", "-c", "exit 1", check=1)
    assert result.out == "" and result.err == ""


@pytest.mark.parametrize("name, number", [("TERM", 15), ("KILL", 9), ("ABRT", 6)])
def test_exit_code_of_a_signal(kleene, name, number):
    kleene.run(IMAGE, "sh", "-c", f"kill -{name} $$", check=128 + number)


@pytest.mark.parametrize(
    "command, code",
    [
        ("/etc/passwd", 126), ("/etc", 126), ("/no/such/program", 127), ("no-such-program", 127),
        ("/etc/passwd/below", 127), ("", 127),
    ],
)
def test_commands_that_cannot_run(kleene, command, code):
    refused(kleene.klee("run", IMAGE, command, check=None), code, f"'{command}'")
    (container,) = kleene.containers()
    assert not container["running"]
    assert container["status"] == f"exited ({code})"
    running = kleene.detached(IMAGE, "sleep", "1000")
    refused(kleene.klee("exec", running, command, check=None), code, f"'{command}'")
    assert kleene.running() == [running]


def test_failures_of_kleene_are_125(kleene):
    refused(kleene.klee("run", "no-such-image", "true", check=None), 125, "no such image")
    refused(kleene.klee("run", "--restart", "never", IMAGE, "true", check=None), 125, "never")
    refused(kleene.klee("run", "-e", "=value", IMAGE, "env", check=None), 125, "=value")
    refused(kleene.klee("run", "--name", "bad name", IMAGE, "true", check=None), 125, "bad name")
    refused(kleene.klee("run", "-J", "no.such", IMAGE, "true", check=None), 125, "no.such")
    refused(kleene.klee("exec", "no-such-container", "true", check=None), 125, "no-such-container")
    refused(kleene.klee("start", "no-such-container", check=None), 125, "no-such-container")
    assert kleene.containers() == []


@pytest.mark.parametrize(
    "args",
    [
        ["run"], ["run", "--no-such-option", IMAGE], ["no-such-command"], ["container"],
        ["container", "no-such-command"], ["container", "rename", "one"], ["stop"], [],
        ["run", "--name"], ["lsc", "superfluous"], ["exec"],
    ],
)
def test_wrong_usage_is_2(kleene, args):
    result = kleene.klee(*args, check=2)
    assert result.err.startswith("klee: ") and result.out == ""


def test_detach(kleene):
    container = kleene.detached(IMAGE, "sh", "-c", "echo from the container; sleep 1000")
    assert kleene.running() == [container]
    kleene.wait_log(container, "from the container")


def test_input(kleene):
    assert kleene.quiet("-i", IMAGE, "cat", input="some\ninput") == "some\ninput"
    assert kleene.quiet("-i", IMAGE, "cat", input="") == ""
    assert kleene.quiet(IMAGE, "cat", input="not asked for") == ""
    everything = bytes(range(256)) * 300
    assert kleene.klee("run", "-q", "-i", IMAGE, "cat", input=everything).stdout == everything


def test_input_that_nobody_reads(kleene):
    assert kleene.quiet("-i", IMAGE, "true", input=b"x" * (4 << 20)) == ""


def test_environment(kleene):
    lines = kleene.quiet("-e", "A=1", "-e", "B=two words", "-eC=", IMAGE, "env").splitlines()
    variables = dict(line.split("=", 1) for line in lines)
    assert variables["A"] == "1" and variables["B"] == "two words" and variables["C"] == ""
    assert variables["HOME"] == "/root" and variables["USER"] == "root"
    assert variables["SHELL"] == "/bin/sh" and "/bin" in variables["PATH"].split(":")
    assert set(variables) <= {"A", "B", "C", "HOME", "USER", "SHELL", "PATH", "TERM"}


def test_variables_of_the_caller(kleene):
    """A name alone takes the caller's value; nothing else of the caller's comes along."""
    caller = {**os.environ, "MINE": "from the caller", "OTHER": "secret"}
    lines = kleene.klee("run", "-q", "-e", "MINE", "-e", "UNSET", IMAGE, "env", env=caller).lines
    assert "MINE=from the caller" in lines
    assert not [line for line in lines if line.startswith(("UNSET", "OTHER"))]


def test_later_variables_win(kleene):
    container = kleene.create("-e", "A=container", "-e", "B=container", IMAGE, "true")
    result = kleene.visit("-e", "B=exec", container, "sh", "-c", "echo $A $B")
    assert "container exec\n" in result.out


def test_env_file(kleene, tmp_path):
    file = tmp_path / "variables"
    file.write_text("# a comment\nA=from file\n\nB=2\n")
    out = kleene.quiet("--env-file", file, "-e", "B=3", IMAGE, "sh", "-c", "echo $A $B")
    assert out == "from file 3\n"
    # as editors elsewhere write it
    file.write_bytes("\ufeffA=of the first line\r\n\r\n  # a comment\r\n\t B= two \r\n".encode())
    out = kleene.quiet("--env-file", file, IMAGE, "sh", "-c", 'echo "<$A><$B>"')
    assert out == "<of the first line>< two >\n"


def test_not_utf8(kleene, tmp_path):
    """What JSON cannot carry is refused; nothing is left out in silence."""
    refused(kleene.klee("create", IMAGE, "echo", "\udcff", check=None), 2, "argument 6", "not UTF-8")
    file = tmp_path / "variables"
    file.write_bytes(b"A=\xff\n")
    refused(kleene.klee("run", "--env-file", file, IMAGE, check=None), 125, "'A'", "not UTF-8")
    assert kleene.containers() == []


@pytest.mark.parametrize(
    "user, uid, gid, groups",
    [
        ("", 0, 0, {0}),
        ("alice", 1001, 1001, {1001, 50, 60}),
        ("1001", 1001, 1001, {1001, 50, 60}),
        ("alice:staff", 1001, 50, {50}),
        ("1001:50", 1001, 50, {50}),
        ("bob:alice", 1002, 1001, {1001}),
        ("4321:4321", 4321, 4321, {4321}),
    ],
)
def test_user(kleene, user, uid, gid, groups):
    out = kleene.quiet("-u", user, IMAGE, "sh", "-c", "id -u; id -g; id -G").splitlines()
    assert (int(out[0]), int(out[1])) == (uid, gid)
    assert set(map(int, out[2].split())) == groups


def test_user_of_exec(kleene):
    container = kleene.create("-u", "alice", IMAGE, "sh", "-c", "id -u; echo $HOME $USER")
    assert "1001\n/home/alice alice\n" in kleene.klee("start", container).out
    assert "1002\n" in kleene.visit("-u", "bob", container, "id", "-u").out
    assert "1001\n" in kleene.visit(container, "id", "-u").out


@pytest.mark.parametrize("user", ["mallory", "alice:nobodies", "mallory:staff"])
def test_unknown_user(kleene, user):
    unknown = "nobodies" if "nobodies" in user else "mallory"
    refused(kleene.klee("run", "-u", user, IMAGE, "true", check=None), 125, unknown)
    assert kleene.running() == []


def test_users_are_not_the_hosts(kleene):
    """A name that only the host's user database has is unknown."""
    with open("/etc/passwd", encoding="utf-8") as file:
        hosts = {line.split(":")[0] for line in file}
    known = kleene.quiet(IMAGE, "cat", "/etc/passwd")
    name = sorted(n for n in hosts if not re.search(rf"^{n}:", known, re.M))[0]
    refused(kleene.klee("run", "-u", name, IMAGE, "true", check=None), 125, name)


def test_names(kleene):
    names = [kleene.inspect(kleene.create(IMAGE, "true"))["name"] for _ in range(30)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+_[a-z]+[0-9]*", name) for name in names), names
    kleene.create("--name", "mine", IMAGE, "true")
    refused(kleene.klee("create", "--name", "mine", IMAGE, "true", check=None), 125, "mine", "taken")


def test_rm_leaves_nothing(kleene):
    assert kleene.run("--rm", IMAGE, "sh", "-c", "echo x > /file; exit 3", check=3).output == ""
    assert kleene.containers() == []
    kleene.klee("run", "--rm", IMAGE, "no-such-program", check=127)
    assert kleene.containers() == []
    assert kleene.system.datasets(kleene.root, "container") == set()


def test_streams_are_separate(kleene):
    result = kleene.klee("run", "-q", IMAGE, "sh", "-c", "echo out; echo err >&2")
    assert (result.out, result.err) == ("out\n", "err\n")
    result = kleene.klee("run", "-q", IMAGE, "sh", "-c", r"printf '\377\1out'; printf '\376\2err' >&2")
    assert (result.stdout, result.stderr) == (b"\xff\x01out", b"\xfe\x02err")


def test_quiet_prints_the_bytes_alone(kleene):
    assert kleene.klee("run", "-q", IMAGE, "printf", "%s", "only").stdout == b"only"
    assert kleene.klee("run", "--quiet", IMAGE, "true").stdout == b""
    failed = kleene.klee("run", "-q", IMAGE, "no-such-program", check=127)
    assert failed.stdout == b"" and failed.err.startswith("klee: ")


def test_options_before_and_after_the_image(kleene):
    script = 'echo "$A $B $*"'
    args = ["-e", "B=2", "-q", "sh", "-c", script, "zero", "-e", "--name", "x"]
    assert kleene.quiet("-e", "A=1", IMAGE, *args) == "1 2 -e --name x\n"
    assert kleene.quiet(IMAGE, "-eA=1", "--env=B=2", "-i", "sh", "-c", script, "0", "-q") == "1 2 -q\n"
    assert kleene.klee("run", "-qi", IMAGE, "cat", input="in").out == "in"
    assert kleene.klee("run", "--qui", "--inter", IMAGE, "cat", input="in").out == "in"
    container = kleene.create(IMAGE, "--name=later", "echo", "-n")
    assert kleene.inspect("later")["id"] == container
    assert kleene.inspect("later")["cmd"] == ["echo", "-n"]


def test_double_dash_ends_the_options(kleene):
    assert kleene.quiet("--", IMAGE, "echo", "-q", "--", "-e") == "-q -- -e\n"
    assert kleene.quiet(IMAGE, "--", "echo", "-q") == "-q\n"
    refused(kleene.klee("run", IMAGE, "--", "-q", check=None), 127, "'-q'")


def test_command_of_the_image(kleene):
    container = kleene.create(IMAGE)
    assert kleene.inspect(container)["cmd"] == kleene.images()[0]["cmd"]
    assert kleene.quiet("-i", IMAGE, input="echo from the shell\n") == "from the shell\n"


def test_arguments_arrive_unchanged(kleene):
    words = ["", " ", "a b", "'", '"', "$HOME", "*", "\\", "ü", "\n", "-x"]
    out = kleene.quiet(IMAGE, "sh", "-c", 'for i; do printf "<%s>" "$i"; done', "sh", *words)
    assert out == "".join(f"<{w}>" for w in words)


def test_a_container_is_closed_off(kleene):
    """Hostname, processes and files are the container's own."""
    run = kleene.run(IMAGE, "sh", "-c", "hostname; ls /; ps -ax 2>/dev/null || ps")
    hostname, rest = run.output.split("\n", 1)
    assert hostname == run.container
    assert "busybox" in rest or "sh" in rest
    assert "kleened" not in rest and "pytest" not in rest
    assert kleene.klee("run", "-q", IMAGE, "test", "-e", kleene.socket, check=1).out == ""
