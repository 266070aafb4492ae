# SPDX-License-Identifier: BSD-2-Clause
"""Building images: instructions, errors, the cache, failures, and what builds leave."""

import itertools
import json
import os
import re
import signal
import subprocess

import pytest

import api
import archives
from building import (
    SNAPSHOT, Context, build, finish, image, nothing_left, read_line, snapshots, stream,
)
from harness import ID, IMAGE, refused, wait_until


@pytest.fixture
def context(tmp_path):
    return Context(str(tmp_path / "context"))


def output_of(kleene, context, *lines, options=(), check=0):
    """The output of a build from the base image, without the lines of the builder."""
    context.dockerfile(f"FROM {IMAGE}", *lines)
    result = build(kleene, context, *options, check=check)
    kept = [
        line for line in result.out.splitlines()
        if not re.match(r"Step \d+/\d+ : |--> |[0-9a-f]{12}$", line)
    ]
    return kept


# ---- what is printed ----


def test_output(kleene, context):
    context.dockerfile("# a comment", f"FROM {IMAGE}", "RUN echo one \\", "  two", "CMD echo three")
    result = build(kleene, context)
    form = (
        rf"Step 1/3 : FROM {IMAGE}\nStep 2/3 : RUN echo one   two\none two\n"
        rf"--> Snapshot created: @({ID})\nStep 3/3 : CMD echo three\n({ID})\n"
    )
    match = re.fullmatch(form, result.out)
    assert match and result.err == "", repr(result)
    made = image(kleene, "made")
    assert (made["id"], made["name"], made["tag"]) == (match.group(2), "made", "latest")
    assert made["instructions"] == [
        [f"FROM {IMAGE}", ""], ["RUN echo one   two", f"@{match.group(1)}"], ["CMD echo three", ""],
    ]
    assert made["cmd"] == ["/bin/sh", "-c", "echo three"]
    assert kleene.quiet("made") == "three\n"


def test_quiet(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", "RUN echo one; echo two >&2")
    result = build(kleene, context, "-q")
    assert re.fullmatch(rf"{ID}\n", result.out) and result.err == "", repr(result)


def test_streams(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", "RUN echo out; echo err >&2; cat")
    result = build(kleene, context)
    assert "\nout\n" in result.out and result.err == "err\n"


def test_output_comes_while_it_runs(kleene, context):
    """What a command has written is there before it ends."""
    context.dockerfile(f"FROM {IMAGE}", "RUN echo ready; sleep 1000")
    with stream(kleene, context) as socket:
        socket.starting()
        read_line(socket, "ready")
    wait_until(lambda: len(kleene.images()) == 1 and kleene.containers() == [])


def test_progress(kleene, context):
    """The steps, on the terminal that standard error is."""
    context.dockerfile(f"FROM {IMAGE}", "RUN printf '\\rnot progress\\n'")
    child = kleene.spawn("build", "-q", context.directory)
    child.expect(r"Step 1/2 : FROM.*Step 2/2 : RUN")
    child.expect(ID)
    child.wait()
    assert child.exitstatus == 0
    result = build(kleene, context, "--no-cache")
    assert b"\rnot progress\n" in result.stdout and b"\rStep" not in result.stdout


# ---- instructions ----


def test_every_instruction_in_every_form(kleene, context):
    context.write("a.txt", "a\n")
    context.write("b.txt", "b\n")
    context.write("name with blanks", "blanks\n")
    context.dockerfile(
        f"ARG BASE={IMAGE}", "ARG SECOND", "FROM $BASE", 'ARG VALUE="two words" PLAIN=x',
        "ENV ONE=1 TWO='2 3' THREE=\"$VALUE\"", "ENV FOUR=${UNSET:-4} FIVE=${ONE:+five} SIX=\\$ONE",
        "USER alice", "RUN id -un", "USER root", "WORKDIR /work", "WORKDIR below",
        "RUN pwd; for v in \"$ONE\" \"$TWO\" \"$THREE\" $FOUR $FIVE \"$SIX\"; do echo \"$v\"; done", 'RUN ["/bin/sh", "-c", "echo json $ONE"]',
        "COPY a.txt b.txt ./", 'COPY ["name with blanks", "/with blanks"]', "COPY *.txt /all/",
        "RUN cat a.txt b.txt '/with blanks' /all/*",
        'CMD ["/bin/cat", "/work/below/a.txt"]',
    )
    result = build(kleene, context)
    lines = [line for line in result.lines if not re.match("Step |--> ", line)]
    assert lines[:-1] == [
        "alice", "/work/below", "1", "2 3", "two words", "4", "five", "$ONE", "json 1", "a", "b",
        "blanks", "a", "b",
    ]
    made = image(kleene, "made")
    assert sorted(made["env"]) == [
        "FIVE=five", "FOUR=4", "ONE=1", "SIX=$ONE", "THREE=two words", "TWO=2 3",
    ]
    assert made["cmd"] == ["/bin/cat", "/work/below/a.txt"] and made["user"] == "root"
    assert kleene.quiet("made") == "a\n"
    assert len(snapshots(result)) == 7


def test_arguments(kleene, context):
    lines = ("ARG a=default", "ARG b", "RUN echo \"$a:$b:${b:-empty}:$c\"")
    assert output_of(kleene, context, *lines) == ["default::empty:"]
    given = ("--build-arg", "a=x y", "--build-arg", "b=z", "--build-arg", "c=undeclared")
    assert output_of(kleene, context, *lines, options=given) == ["x y:z:z:"]
    # one that is declared again, and one that ENV has set
    lines = ("ARG a=1", "ARG a", "RUN echo \"<$a>\"", "ENV e=env", "ARG e=arg", "RUN echo $e")
    assert output_of(kleene, context, *lines) == ["<>", "env"]
    assert image(kleene, "made")["env"] == ["e=env"]


def test_forms_of_env(kleene, context):
    """NAME=VALUE each, NAME and a blank, and a value with blanks that sets nothing else."""
    assert image(kleene, IMAGE)["user"] == "root"
    context.dockerfile(
        f"FROM {IMAGE}", "ENV A=1 B='2 3'", "ENV C three  $A", "ENV D=four five -x=y $B", "ENV E=",
        'RUN echo "<$A><$B><$C><$D><$E>"',
    )
    assert "\n<1><2 3><three  1><four five -x=y 2 3><>\n" in build(kleene, context).out
    made = image(kleene, "made")
    assert made["env"] == ["A=1", "B=2 3", "C=three  1", "D=four five -x=y 2 3", "E="]
    assert made["user"] == "root"


def test_arguments_before_from(kleene, context):
    """They are FROM's; behind it only those that are declared again, with what they had."""
    lines = [
        "ARG NAME=" + IMAGE, "ARG V=1.2", "ARG W=w", "ARG BASE=$NAME", "FROM ${BASE}",
        'RUN echo "<$V><$W><$BASE>"', "ARG V", "ARG W=other", 'RUN echo "<$V><$W><$BASE>"',
        "ARG B=b", "ARG C=$B-x D=${C:-none} E='$B' F=${V}", 'RUN echo "<$C><$D><$E><$F>"',
    ]
    for options, expected in (
        ((), ["<><><>", "<1.2><other><>", "<b-x><none><$B><1.2>"]),
        (("--build-arg", "V=2", "--build-arg", "B=y"), ["<><><>", "<2><other><>", "<y-x><none><$B><2>"]),
    ):
        context.dockerfile(*lines)
        result = build(kleene, context, "--no-cache", *options)
        assert [line for line in result.lines if line.startswith("<")] == expected


def test_files_of_other_systems(kleene, context):
    """A mark at the beginning, CR LF, indented lines, an empty line where lines are joined."""
    context.write("Dockerfile", (
        f"\ufeffFROM {IMAGE}\r\n\r\n  # a comment\r\n\tRUN echo one \\\r\n\r\n  \\\r\n# dropped\r\n  two\r\n"
        "RUN [ -d /etc ] && echo there\r\nRUN [ \"$HOME\" = x ] || echo other\r\n  COPY . /c\r\n"
        "RUN ls /c\r\n"
    ))
    context.write(".dockerignore", "\ufeffDockerfile\r\n .dockerignore\r\n")
    context.write("kept")
    result = build(kleene, context)
    kept = [line for line in result.lines if not line.startswith(("Step ", "--> "))]
    assert kept[:-1] == ["one two", "there", "other", "kept"]


def test_arguments_that_nothing_declares(kleene, context):
    """They are told of, on standard error: most often one is misspelt."""
    context.dockerfile("ARG V=latest", f"FROM {IMAGE}:$V", "ARG A B=1", "RUN echo $A")
    given = [word for name in ("V=latest", "A=2", "B=3", "C=4", "AA=5") for word in ("--build-arg", name)]
    for options in ((), ("-q", )):
        result = build(kleene, context, *options, *given)
        assert sorted(result.err.splitlines()) == [
            f"Warning: no ARG declares the build argument '{name}'" for name in ("AA", "C")
        ]
        assert "Warning" not in result.out
    assert build(kleene, context, "--build-arg", "A=2").err == ""


def test_argument_counts_from_its_line(kleene, context):
    lines = ("RUN echo \"<$a>\"", "ARG a=1", "RUN echo \"<$a>\"")
    assert output_of(kleene, context, *lines) == ["<>", "<1>"]


def test_variables_run_nothing_on_the_host(kleene, context, tmp_path):
    trap = tmp_path / "trap"
    context.write("plain", "x")
    lines = (
        f"ENV A=$(touch${{IFS}}{trap})`touch${{IFS}}{trap}`", "ENV B=\"$A\" C='$(id)'",
        "COPY plain /$B/", f"WORKDIR /`touch${{IFS}}{trap}`",
    )
    context.dockerfile(f"FROM {IMAGE}", *lines)
    build(kleene, context, check=None)
    context.dockerfile(f"FROM $(touch${{IFS}}{trap})")
    refused(build(kleene, context, check=None), 125, "no such image '$(touch")
    assert not trap.exists()
    assert "C=$(id)" in image(kleene, "made")["env"]


def test_commands_keep_their_variables(kleene, context):
    """What a command says of variables is what the container has, when it runs."""
    script = "echo $PORT ${PORT:-none} '$PORT' \"$(echo $PORT)\" $$x ${5:-five}"
    listed = json.dumps(["/bin/sh", "-c", script])
    for form in (script, listed):
        context.dockerfile(
            f"FROM {IMAGE}", "ARG PORT=1", "ENV PORT=8080", "WORKDIR \"/a'b\"", f"CMD {form}",
        )
        build(kleene, context)
        assert image(kleene, "made")["cmd"] == ["/bin/sh", "-c", script]
        for options, port in (((), 8080), (("-e", "PORT=9090"), 9090)):
            out = kleene.quiet(*options, "made")
            assert re.fullmatch(rf"{port} {port} \$PORT {port} \d+x five\n", out)
    context.dockerfile(
        f"FROM {IMAGE}", "ARG a=arg", "ENV e=env", 'RUN ["/bin/echo", "$a ${e}", "${unset:-w}", "${"]',
        'RUN ["/bin/sh", "-c", "echo $a ${e} \\"$(echo $e)\\""]',
    )
    assert "\n$a ${e} ${unset:-w} ${\n" in (result := build(kleene, context)).out
    assert "\narg env env\n" in result.out


NOTED = {
    "entrypoint": [], "workdir": "", "shell": [], "exposed_ports": [], "volumes": [], "labels": {},
    "stop_signal": "", "maintainer": "",
}


def noted(kleene, name):
    """What an image says beside its command, as the API and as klee show it."""
    shown = json.loads(kleene.klee("image", "inspect", name).out)
    shown = shown[0] if isinstance(shown, list) else shown
    found = image(kleene, name)
    assert {key: shown[key] for key in NOTED} == {key: found[key] for key in NOTED}
    return {key: found[key] for key in NOTED}


def test_what_is_kept_with_the_image(kleene, context):
    """And with those that begin with it, until they say something else."""
    assert noted(kleene, IMAGE) == NOTED
    context.dockerfile(
        f"FROM {IMAGE}", "ARG p=80", "ENTRYPOINT [\"/bin/echo\", \"$HOME\"]", "EXPOSE $p 8000-8010/udp 80/tcp",
        "VOLUME /data /logs", 'VOLUME ["/data", "/more"]', "LABEL a.b=\"c d\" e=$p", "LABEL e last one",
        "STOPSIGNAL SIGINT", 'SHELL ["/bin/sh", "-ec"]', "MAINTAINER A B <c@d>", "WORKDIR /w",
    )
    build(kleene, context, tag="base")
    expected = {
        "entrypoint": ["/bin/echo", "$HOME"], "workdir": "/w", "shell": ["/bin/sh", "-ec"],
        "exposed_ports": ["80/tcp", "8000-8010/udp"], "volumes": ["/data", "/logs", "/more"],
        "labels": {"a.b": "c d", "e": "last one"}, "stop_signal": "SIGINT", "maintainer": "A B <c@d>",
    }
    assert noted(kleene, "base") == expected
    kleene.restart()
    context.dockerfile(
        "FROM base", "RUN pwd; false || true; echo $-", "LABEL f=g", "EXPOSE 90", "ENTRYPOINT true", "WORKDIR x",
    )
    result = build(kleene, context)
    assert result.lines[2] == "/w" and "e" in result.lines[3]
    assert noted(kleene, "made") == {
        **expected, "labels": {**expected["labels"], "f": "g"}, "workdir": "/w/x",
        "exposed_ports": ["80/tcp", "8000-8010/udp", "90/tcp"], "entrypoint": ["/bin/sh", "-ec", "true"],
    }
    for line, word in (
        ("EXPOSE 0", "'0'"), ("EXPOSE 70000", "'70000'"), ("EXPOSE 80/icmp", "80/icmp"), ("EXPOSE 9-8", "9-8"),
        ("EXPOSE 80x", "80x"), ("STOPSIGNAL NONE", "NONE"), ("STOPSIGNAL $x", "no word"),
    ):
        context.dockerfile(f"FROM {IMAGE}", line)
        assert word in build(kleene, context, "--rm", tag="bad", check=1).out


def test_entrypoint(kleene, context):
    """It stands before CMD's words, or those that are given in their place."""
    context.dockerfile(f"FROM {IMAGE}", 'ENTRYPOINT ["/bin/echo", "one"]')
    build(kleene, context)
    assert kleene.quiet("made") == "one\n"  # what FROM's image has as CMD is not meant for it
    assert kleene.quiet("made", "two", "three") == "one two three\n"
    context.dockerfile("FROM made", 'CMD ["two"]')
    build(kleene, context, tag="other")
    assert kleene.quiet("other") == "one two\n" and kleene.quiet("other", "three") == "one three\n"
    # commands of the build, and of exec, are none of its
    context.dockerfile("FROM other", "RUN echo built", "WORKDIR /tmp", "ENTRYPOINT pwd; echo")
    assert "\nbuilt\n" in build(kleene, context, tag="line").out
    assert kleene.quiet("line") == "/tmp\n\n" and kleene.quiet("line", "more") == "/tmp\n\n"


def test_stop_signal(kleene, context):
    context.dockerfile(
        f"FROM {IMAGE}", "STOPSIGNAL INT",
        "CMD trap 'echo interrupted; exit 5' INT; trap 'exit 6' TERM; echo ready; while :; do sleep 1; done",
    )
    build(kleene, context)
    container = kleene.detached_exec("made")[0]
    wait_until(lambda: "ready" in kleene.klee("container", "logs", container).out)
    kleene.klee("stop", container)
    assert kleene.inspect(container)["status"] == "exited (5)"


def test_path_is_known(kleene, context):
    lines = ("ENV PATH=/own:$PATH", "RUN echo $PATH | grep -c '^/own:.*/bin'")
    assert output_of(kleene, context, *lines) == ["1"]


def test_workdir(kleene, context):
    lines = (
        "RUN pwd", "WORKDIR a", "RUN pwd", "WORKDIR b/../c", "RUN pwd", "WORKDIR /x", "RUN pwd",
        "RUN ln -s /home /link", "WORKDIR /link/new", "RUN pwd -P", "USER alice",
        "RUN ls -ld . | cut -c1-10", "WORKDIR /last",
    )
    assert output_of(kleene, context, *lines) == [
        "/", "/a", "/a/c", "/x", "/home/new", "drwxr-xr-x",
    ]
    assert kleene.quiet("made", "ls", "-d", "/last") == "/last\n"
    # taken from the cache, it is there as well
    build(kleene, context)
    assert kleene.quiet("made", "ls", "-d", "/last") == "/last\n"


def test_from(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", "ENV A=1", "USER alice", "RUN echo > /tmp/one", "CMD id -un")
    first = build(kleene, context, tag="first:one").lines[-1]
    context.dockerfile("FROM first:one", "RUN id -un; echo $A; ls /tmp/one")
    result = build(kleene, context, tag="second")
    assert "\nalice\n1\n/tmp/one\n" in result.out
    assert kleene.quiet("second") == "alice\n"
    assert image(kleene, "second")["env"] == ["A=1"]
    # another image than the Dockerfile's, by its id
    result = build(kleene, context, "--from", IMAGE, "--no-cache", check=1)
    assert "root\n" in result.out and "Step 1/2 : FROM first:one\n" in result.out
    result = build(kleene, context, "--from", first[:8], "--no-cache", tag="third")
    assert "alice\n" in result.out


def test_container_options(kleene, context, tmp_path):
    """The build's container is configured as klee run configures one."""
    context.write("file", "mounted\n")
    result = None
    context.dockerfile(
        f"FROM {IMAGE}", "RUN hostname; cat /m/file; echo $E $F; id -un", "ENV F=file", "RUN echo $E $F",
    )
    options = (
        "-J", "host.hostname=builder", "-J", "mount.devfs", "-m", f"{context.directory}:/m:ro",
        "-e", "E=option", "-e", "F=option", "-u", "alice",
    )
    result = build(kleene, context, *options)
    lines = [line for line in result.lines if not re.match("Step |--> ", line)]
    assert lines[:-1] == ["builder", "mounted", "option option", "alice", "option file"]
    assert image(kleene, "made")["env"] == ["F=file"]
    refused(build(kleene, context, "-J", "no.such", check=None), 125, "no.such")


def test_container_can_be_seen(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", "RUN echo ready; cat /tmp/go 2> /dev/null || sleep 1000")
    with stream(kleene, context, tag="made", cleanup=False) as socket:
        id_ = socket.starting()["data"]
        read_line(socket, "ready")
        (container,) = kleene.containers()
        assert container["name"] == f"build_{id_}" and container["running"]
        for call in (lambda: kleene.api.delete(f"/containers/build_{id_}"), ):
            with pytest.raises(api.Error) as error:
                call()
            assert error.value.status == 409
        assert "usable\n" in kleene.klee("exec", f"build_{id_}", "echo", "usable").out
        kleene.klee("stop", f"build_{id_}")
        output, closed = socket.read_all()
    assert b"returned a non-zero code: 143" in output and closed.code == 1011
    assert kleene.containers() == []


def test_processes_left_running(kleene, context):
    lines = (
        "RUN sleep 1000 & echo $! > /pid; (while :; do echo x >> /grows; done) & "
        "while ! test -s /grows; do :; done; echo left",
        "RUN kill -0 $(cat /pid) 2> /dev/null && echo there || echo gone; wc -c < /grows > /size",
        "RUN test $(wc -c < /grows) = $(cat /size) && echo same",
    )
    assert output_of(kleene, context, *lines) == ["left", "gone", "same"]


def test_big_output(kleene, context):
    """All of it, in order, and the daemon does not grow."""
    lines = ("RUN i=0; while [ $i -lt 20000 ]; do echo line $i of many, many lines; i=$((i+1)); done", )
    found = output_of(kleene, context, *lines)
    assert found == [f"line {i} of many, many lines" for i in range(20000)]


# ---- errors before the build starts ----


BAD = [
    (["FOO x"], 2, ["'FOO'", "FOO x"]), (["", "run x"], 3, ["upper case"]), (["FROM x"], 2, ["already"]),
    (["RUN"], 2, ["no command"]), (["RUN []"], 2, ["no command"]), (["RUN [\"a\""], 2, ["bad JSON"]),
    (["RUN a", "CMD [1]"], 3, ["bad JSON", "strings"]), (["COPY [\"a\"]"], 2, ["destination"]),
    (["COPY a"], 2, ["destination"]), (["COPY a b c"], 2, ["'/'"]), (["COPY --from=a b c"], 2, ["one stage"]), (["ADD a b"], 2, ["no ADD: ", "COPY"]), (["HEALTHCHECK CMD x"], 2, ["no HEALTHCHECK"]),
    (["ARG"], 2, ["NAME"]), (["ARG TEST-VAR=x"], 2, ["TEST-VAR"]), (["ENV TEST-VAR=x"], 2, ["TEST-VAR"]),
    (["ENV A"], 2, ["NAME=VALUE"]), (["ENV"], 2, ["NAME=VALUE"]), (["ENV 1 x"], 2, ["'1'"]), (["ENV A=1 # comment"], 2, ["'#'"]), (["ENV A=${B"], 2, ["${B"]),
    (["ENV A='b"], 2, ["no other end"]), (["USER ${x%y}"], 2, ["bad variable"]),
    ([f"ENV A={'${a:-' * 60}x{'}' * 60}"], 2, ["in each other"]), (["USER"], 2, ["one word"]),
    (["USER a b"], 2, ["this has 2"]), (["RUN a \\", "  b", "", "WORKDIR"], 5, ["one word"]),
    (["RUN a\1"], 2, ["control character", "0x01"]), (["RUN true", "RUN \udcff"], 3, ["UTF-8"]),
    (["RUN x"] * 10000, 10001, ["more than 10000 instructions"]),
]


def test_bad_dockerfile(kleene, context):
    """Each is told before anything is done, with its line."""
    for lines, number, words in BAD:
        context.dockerfile(f"FROM {IMAGE}", *lines)
        result = build(kleene, context, check=None)
        refused(result, 125, f"line {number}: ", *words)
        assert result.out == ""
    nothing_left(kleene)


def test_bad_beginnings(kleene, context):
    for lines, number, words in (
        ([], 1, ["FROM"]), (["RUN x"], 1, ["only ARG"]), (["ARG a", "ENV b=c"], 2, ["only ARG"]),
        (["ARG a", "FROM no-such-image"], 2, ["no such image"]), (["FROM a b"], 1, ["one word"]),
        ([f"FROM {IMAGE}@{'0' * 12}"], 1, ["no snapshot"]), (["FROM $a"], 1, ["no word"]),
    ):
        context.dockerfile(*lines)
        refused(build(kleene, context, check=None), 125, f"line {number}: ", *words)
        nothing_left(kleene)


def test_bad_configuration(kleene, context):
    refused(build(kleene, context, check=None), 125, "Dockerfile", "No such file")
    context.dockerfile(f"FROM {IMAGE}")
    refused(build(kleene, context, "-f", "other", check=None), 125, "other")
    refused(build(kleene, context, tag="bad name", check=None), 125, "bad name")
    refused(build(kleene, Context(context.path("Dockerfile") + "x"), "-f", "/", check=None), 125, "/")
    refused(kleene.klee("build", "/no/such/directory", check=None), 125, "/no/such/directory")
    kleene.klee("build", check=2)
    kleene.klee("build", "--build-arg", "=x", context.directory, check=125)
    nothing_left(kleene)


@pytest.mark.parametrize("cache", [(), ("--no-cache",)])
def test_several_names_are_one_image_s(kleene, context, cache):
    context.dockerfile(f"FROM {IMAGE}", "RUN echo made > /x", "ENV A=b", "CMD cat /x; echo $A")
    before = kleene.images()
    names = "-t", "first", "-t", "second:2", "--tag", "third", "-t", "first:latest"
    for _ in range(2):
        made = kleene.klee("build", "-q", *cache, *names, context.directory).out.strip()
    found = {i["id"]: i["names"] for i in kleene.images() if i not in before and i["names"]}
    assert found == {made: ["first:latest", "second:2", "third:latest"]}
    assert {kleene.quiet(name) for name in ("first", "second:2", "third", made)} == {"made\nb\n"}
    # a name that goes to another image
    context.dockerfile(f"FROM {IMAGE}", "CMD echo other")
    other = build(kleene, context, tag="second:2").lines[-1]
    assert kleene.api.get(f"/images/{made}/inspect")["names"] == ["first:latest", "third:latest"]
    assert kleene.api.get("/images/second:2/inspect")["id"] == other
    refused(kleene.klee("build", "-t", "fourth", "-t", "a/b", context.directory, check=None), 125, "'a/b'")
    assert "fourth" not in {i["name"] for i in kleene.images()}
    # its state, if it fails, has a name of its own
    context.dockerfile(f"FROM {IMAGE}", "RUN false")
    kleene.klee("build", *names, context.directory, check=1)
    assert kleene.api.get("/images/first:failed/inspect")["names"] == ["first:failed"]
    assert kleene.api.get("/images/third/inspect")["id"] == made


def test_bad_messages(kleene, context):
    context.dockerfile(f"FROM {IMAGE}")
    for config, word in (
        ({"context": context.directory, "quiet": "lol"}, "quiet"), ({"dockerfile": "x"}, "context"),
        ({"context": context.directory, "buildargs": "x"}, "buildargs"),
        ({"context": context.directory, "container_config": {"env": "x"}}, "env"),
    ):
        with kleene.api.websocket("/images/build") as socket:
            socket.send_json(config)
            output, closed = socket.read_all()
        assert closed.code == 1002 and word in closed.message()["message"], (output, closed)
    for config, word in (({"container_config": {"env": ["x"]}}, "'x'"), ({"tag": "a b"}, "a b")):
        with kleene.api.websocket("/images/build") as socket:
            socket.send_json({"context": context.directory, **config})
            closed = socket.read_all()[1]
        assert closed.code == 1011 and word in closed.message()["message"], closed
    nothing_left(kleene)


# ---- the WebSocket ----


def test_stream(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", "RUN echo x")
    # as the published client sends it
    more = {
        "quiet": "false", "dockerfile": None, "container_config": {"image": None, "env": None},
        "networks": None, "buildargs": {}, "tag": "made",
    }
    with stream(kleene, context, **more) as socket:
        id_, output, closed = finish(socket)
    assert closed.code == 1000
    assert closed.message() == {"msg_type": "closing", "message": "image created", "data": id_}
    assert image(kleene, "made")["id"] == id_
    assert re.fullmatch(rf"Step 1/2 : .*\nStep 2/2 : .*\nx\n--> Snapshot created: @{ID}\n", output)


def test_failing_stream(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", "RUN true", "RUN exit 7")
    with stream(kleene, context) as socket:
        id_, output, closed = finish(socket)
    (snapshot,) = SNAPSHOT.findall(output)
    assert "The command '/bin/sh -c exit 7' returned a non-zero code: 7\n" in output
    # the published client makes a line of the snapshot
    assert output.endswith("returned a non-zero code: 7\n") and "Failed to build" not in output
    assert closed.code == 1011
    assert closed.message() == {
        "msg_type": "error", "message": f"Failed to build image {id_}", "data": f"@{snapshot}",
    }
    nothing_left(kleene)  # "cleanup" is on unless it is turned off


# ---- failures ----


def failing(kleene, context, *options):
    context.dockerfile(
        f"FROM {IMAGE}", "RUN echo 1 > /one", "RUN echo 2 > /two", "RUN echo 3 > /three; exit 3",
        "RUN echo never > /four",
    )
    result = build(kleene, context, *options, check=1)
    assert "The command '/bin/sh -c echo 3 > /three; exit 3' returned a non-zero code: 3" in result.out
    assert f"Most recent snapshot is @{snapshots(result)[-1]}\n" in result.out
    assert (result.out + result.err).count("Failed to build image") == 1
    return result


def test_failed_build_is_kept(kleene, context):
    result = failing(kleene, context)
    refused(result, 1, "made:failed")
    first, second = snapshots(result)
    made = image(kleene, "made:failed")
    assert [i[1] for i in made["instructions"]] == ["", f"@{first}", f"@{second}"]
    # as the command left it, and as the snapshots have it
    assert kleene.quiet("made:failed", "ls", "/one", "/two", "/three") == "/one\n/three\n/two\n"
    assert kleene.quiet(f"made:failed@{second}", "cat", "/two") == "2\n"
    assert kleene.klee("run", f"made:failed@{second}", "ls", "/three", check=None).code != 0
    assert kleene.klee("run", f"made:failed@{first}", "ls", "/two", check=None).code != 0
    # going on from there
    context.dockerfile(f"FROM made:failed@{second}", "RUN ls /one /two; ls /three 2>&1 || true")
    result = build(kleene, context)
    assert "\n/one\n/two\n" in result.out and "No such file" in result.out
    # the next one takes the name
    failing(kleene, context, "--no-cache")
    assert image(kleene, "made:failed")["id"] != made["id"]
    assert image(kleene, made["id"])["name"] == ""


def test_nothing_is_kept(kleene, context):
    result = failing(kleene, context, "--rm")
    refused(result, 1, "nothing")
    nothing_left(kleene)


def test_failure_without_a_name(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", "RUN exit 1")
    result = build(kleene, context, tag=None, check=1)
    (made,) = [i for i in kleene.images() if i["name"] == ""]
    assert f"Failed to build image {made['id']}.\n" in result.out


FAILING = [
    (["RUN [\"/no/such\"]"], ["/no/such", "code: 127"]), (["RUN kill -9 $$"], ["code: 137"]),
    (["RUN [\"/etc/passwd\"]"], ["/etc/passwd", "code: 126"]), (["RUN exit 255"], ["code: 255"]),
    (["USER nobody-there", "RUN true"], ["line 3: ", "nobody-there"]), (["USER $x"], ["line 2: ", "no word"]),
    (["WORKDIR $x"], ["line 2: ", "no word"]), (["WORKDIR /etc/passwd", "RUN true"], ["line 3: ", "/etc/passwd"]),
    (["COPY none /"], ["line 2: ", "'none'"]), (["COPY * $x"], ["line 2: ", "destination"]),
    (["COPY $x /"], ["line 2: ", "no source"]), (["COPY a* /x"], ["line 2: ", "several sources"]),
    (["COPY fifo /"], ["line 2: ", "neither a file nor"]), (["COPY deep /"], ["line 2: ", "more than 200"]),
    ([f"COPY {'x/' * 201}y /"], ["line 2: ", "too many components"]),
    ([f"ARG x={'y' * 200000}", "ENV z=$x$x"], ["line 3: ", "more than 262144 bytes"]),
]


def test_failing_instructions(kleene, context):
    """Where a command has failed that is told; anything else has its line."""
    context.write("a1")
    context.write("a2")
    os.mkfifo(context.path("fifo"))
    os.makedirs(context.path("deep" + "/d" * 201))
    for lines, words in FAILING:
        context.dockerfile(f"FROM {IMAGE}", *lines)
        result = build(kleene, context, "--rm", check=1)
        for word in words:
            assert word in result.out, repr(result)
    nothing_left(kleene)


def test_out_of_memory(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", "RUN x=aaaaaaaa; while :; do x=$x$x; done")
    result = build(kleene, context, "--rm", "--memory", "32M", check=1)
    assert "memory" in result.err + result.out
    nothing_left(kleene)


# ---- the cache ----


def test_cache(kleene, context):
    context.write("file", "content")
    context.dockerfile(
        f"FROM {IMAGE}", "RUN echo ran", "WORKDIR /w", "COPY file .", "RUN cat file", "CMD cat file",
    )
    first = build(kleene, context)
    second = build(kleene, context)
    assert snapshots(first) == snapshots(second) and len(snapshots(first)) == 3
    assert "\nran\n" in first.out and "\nran\n" not in second.out
    assert second.out.count("--> Using the cache\n") == 3
    assert first.lines[-1] == second.lines[-1] and len(kleene.images()) == 2
    assert kleene.quiet("made") == "content"
    for snapshot in snapshots(second):
        assert kleene.quiet(f"made@{snapshot}", "echo", "x") == "x\n"
    third = build(kleene, context, "--no-cache")
    assert "Using the cache" not in third.out
    assert set(snapshots(third)).isdisjoint(snapshots(first))
    kleene.restart()
    assert snapshots(build(kleene, context)) == snapshots(third)


def test_a_build_of_what_is_there(kleene, context):
    """Nothing nameless is left by a build that changes nothing; what differs is an image of its own."""
    def made(*options, tag="made"):
        return build(kleene, context, *options, tag=tag).lines[-1]

    context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one", "ENV A=1", "CMD cat /one")
    first = made("-t", "second")
    assert made("-t", "second") == made() == made(tag="second") == first
    assert len(kleene.images()) == 2
    assert kleene.klee("build", "-q", context.directory).out.strip() != first  # which has no name to be found by
    assert made("-t", "third") != first
    latest = kleene.api.get("/images/made/inspect")["id"]
    context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one", "ENV A=2", "CMD cat /one")
    assert made() != latest
    latest = kleene.api.get("/images/made/inspect")["id"]
    assert made("--no-cache") != latest
    # by the API it is as published, unless asked for otherwise
    for reuse in (False, True):
        latest = kleene.api.get("/images/made/inspect")["id"]
        with stream(kleene, context, tag="made", **({"reuse": True} if reuse else {})) as socket:
            finish(socket)
        assert (kleene.api.get("/images/made/inspect")["id"] == latest) == reuse
    kleene.klee("image", "prune", "-a", "-f")
    nothing_left(kleene, images=0)


def test_what_the_cache_depends_on(kleene, context):
    def hits(*options):
        return build(kleene, context, *options).out.count("Using the cache")

    context.write("d/file", "1")
    context.dockerfile(f"FROM {IMAGE}", "ARG a", "RUN echo $a", "COPY d /d", "RUN true")
    assert hits() == 0 and hits() == 3
    assert hits("--build-arg", "a=1") == 0 and hits("--build-arg", "a=1") == 3
    context.write("d/file", "2")
    assert hits() == 1 and hits() == 3
    context.write("d/file", "1")
    assert hits() == 3  # as at first
    os.chmod(context.path("d/file"), 0o755)
    assert hits() == 1
    os.utime(context.path("d/file"))  # its contents count, and not when they came to be
    assert hits() == 3
    context.write("d/other", "")
    assert hits() == 1
    context.write(".dockerignore", "d/other\n")
    os.chmod(context.path("d/file"), 0o644)
    assert hits() == 3
    assert hits("-e", "x=1") == 0 and hits("-e", "x=1") == 3 and hits() == 3
    assert hits("-J", "host.hostname=other") == 0
    assert hits("-u", "alice") == 0
    context.dockerfile(f"FROM {IMAGE}", "ARG a", "RUN echo  $a", "COPY d /d", "RUN true")
    assert hits() == 0


def test_cache_of_a_failed_build(kleene, context):
    result = failing(kleene, context)
    context.dockerfile(
        f"FROM {IMAGE}", "RUN echo 1 > /one", "RUN echo 2 > /two", "RUN echo 3 > /three", "RUN ls /three",
    )
    again = build(kleene, context)
    assert snapshots(again)[:2] == snapshots(result) and again.out.count("Using the cache") == 2
    assert kleene.quiet("made", "ls", "/one", "/two", "/three") == "/one\n/three\n/two\n"


def test_newest_result_is_the_cache_s(kleene, context):
    """What was done anew replaces what the cache had."""
    context.dockerfile(f"FROM {IMAGE}", "RUN head -c 8 /dev/urandom | od -An -tx1 > /one", "RUN cp /one /two")
    older = build(kleene, context, tag="older")
    newer = build(kleene, context, "--no-cache", tag="newer")
    result = build(kleene, context)
    assert snapshots(result) == snapshots(newer) != snapshots(older)
    assert kleene.quiet("made", "cat", "/two") == kleene.quiet("newer", "cat", "/one")
    kleene.restart()
    assert snapshots(build(kleene, context)) == snapshots(newer)


def run_and_remove(kleene, *args):
    """The output of a container, of which nothing is left."""
    out = kleene.quiet("--name", "once", *args)
    kleene.klee("rmc", "-f", "once")
    return out


@pytest.mark.parametrize("restart", [False, True])
def test_cache_ties_no_images_together(kleene, context, restart):
    """Whichever of two that were built alike goes first, the other is whole; then nothing is left."""
    for first, second in (("va", "vb"), ("vb", "va")):
        context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one", "RUN echo 2 > /two", "CMD cat /one /two")
        built = build(kleene, context, tag="va")
        assert snapshots(build(kleene, context, tag="vb")) == snapshots(built)
        kleene.klee("rmi", first)
        if restart:
            kleene.restart()
        assert {i["name"] for i in kleene.images()} == {IMAGE, second}
        refused(kleene.klee("run", first, "true", check=None), 125, "no such image")
        assert run_and_remove(kleene, second) == "1\n2\n"
        for snapshot, there in zip(snapshots(built), ("/one /two*", "/one /two")):
            state = f"{second}@{snapshot}"
            assert run_and_remove(kleene, state, "sh", "-c", "echo /one /two*") == f"{there}\n"
        refused(kleene.klee("rmi", IMAGE, check=None), 1, f"{second}:latest")
        # what is left of the first serves a third, which does not need it to be there either
        assert snapshots(build(kleene, context, tag="vc")) == snapshots(built)
        kleene.klee("rmi", second)
        assert run_and_remove(kleene, "vc") == "1\n2\n"
        kleene.klee("rmi", "vc")
        nothing_left(kleene)


def test_removed_images_are_no_cache(kleene, context):
    """What only a removed image had is done anew, though others hold its dataset."""
    context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one", "RUN echo a > /two")
    removed = build(kleene, context, tag="va")
    context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one", "RUN echo b > /two")
    build(kleene, context, tag="vb")
    kleene.klee("rmi", "va")
    context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one", "RUN echo a > /two")
    again = build(kleene, context, tag="va")
    assert snapshots(again)[0] == snapshots(removed)[0] and snapshots(again)[1] != snapshots(removed)[1]
    assert run_and_remove(kleene, "va", "cat", "/two") == "a\n" and run_and_remove(kleene, "vb", "cat", "/two") == "b\n"


def test_cache_goes_with_its_images(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one")
    first = build(kleene, context)
    second = build(kleene, context, tag="other")
    assert second.lines[-1] != first.lines[-1]
    # the second is a clone of what the first has, and stays without it
    kleene.klee("rmi", first.lines[-1])
    assert run_and_remove(kleene, "other", "cat", "/one") == "1\n"
    kleene.klee("rmi", second.lines[-1])
    nothing_left(kleene)
    assert "Using the cache" not in build(kleene, context).out


def test_image_of_a_removed_one_s_twin(kleene, context):
    """A build that begins at an image, with what another image's build has left."""
    context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one")
    build(kleene, context, tag="va")
    build(kleene, context, tag="vb")
    for name in ("va", "vb"):
        context.dockerfile(f"FROM {name}", "RUN echo 2 > /two")
        build(kleene, context, tag=f"on-{name}")
    refused(kleene.klee("rmi", "va", check=None), 1, "on-va:latest")
    kleene.klee("rmi", "on-va")
    kleene.klee("rmi", "va")
    assert run_and_remove(kleene, "on-vb", "cat", "/one", "/two") == "1\n2\n"
    assert len(kleene.klee("image", "prune", "-a", "-f").out.split()) == 3
    assert kleene.images() == [] and kleene.system.datasets(kleene.root, "image") == set()
    assert kleene.system.stray_storage(kleene.root) == []


@pytest.mark.parametrize("restart", [False, True])
def test_removal_in_all_orders(kleene, context, restart):
    """Of two images that were built alike and a container of each: what is used is refused, the rest goes."""
    uses = {"va": "ca", "vb": "cb"}
    for order in itertools.permutations(("va", "vb", "ca", "cb")):
        context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one", "CMD cat /one")
        for name, container in uses.items():
            build(kleene, context, tag=name)
            kleene.create("--name", container, name)
        there = set(order)
        for name in order:
            if uses.get(name) in there:
                refused(kleene.klee("rmi", name, check=None), 1, uses[name])
                continue
            kleene.klee("rmi" if name in uses else "rmc", name)
            there.remove(name)
            assert {i["name"] for i in kleene.images()} == {IMAGE, *(there & set(uses))}
            for left in there - set(uses):
                assert kleene.klee("start", "-q", left).out == "1\n"
        if restart:
            kleene.restart()
        for name in there:  # what was refused before
            kleene.klee("rmi", name)
        nothing_left(kleene)


# ---- images and what depends on them ----


def test_dependencies(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one")
    snapshot = snapshots(build(kleene, context, tag="middle"))[0]
    context.dockerfile("FROM middle", "RUN echo 2 > /two")
    build(kleene, context, tag="top")
    container = kleene.create("--name", "user", f"middle@{snapshot}", "cat", "/one")
    refused(kleene.klee("rmi", IMAGE, check=None), 1, "middle:latest")
    refused(kleene.klee("rmi", "middle", check=None), 1, "top:latest", "user")
    with pytest.raises(api.Error) as error:
        kleene.api.delete("/images/middle")
    assert error.value.status == 404
    pruned = kleene.klee("image", "prune", "-a", "-f").out.split()
    assert len(pruned) == 1 and {i["name"] for i in kleene.images()} == {IMAGE, "middle"}
    assert "1\n" in kleene.klee("start", "user").out
    kleene.klee("rmc", container)
    # one round after another, until nothing more can go
    assert len(kleene.klee("image", "prune", "-a", "-f").out.split()) == 2
    assert kleene.images() == [] and kleene.system.datasets(kleene.root, "image") == set()
    assert kleene.system.stray_storage(kleene.root) == []


def test_prune_leaves_tagged_images(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one")
    build(kleene, context)
    assert kleene.klee("image", "prune", "-f").out == ""
    build(kleene, context, "--no-cache")
    assert len(kleene.klee("image", "prune", "-f").out.split()) == 1
    assert kleene.quiet("made", "cat", "/one") == "1\n"


def test_references(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one")
    result = build(kleene, context, tag="made:two")
    snapshot, id_ = snapshots(result)[0], result.lines[-1]
    for ref in (f"made:two@{snapshot}", f"{id_}@{snapshot}", f"{id_[:6]}@{snapshot}"):
        assert kleene.quiet(ref, "cat", "/one") == "1\n"
    for ref in (f"made:two@{'0' * 12}", f"made@{snapshot}", f"{IMAGE}@{snapshot}", "made:two@", "@x"):
        refused(kleene.klee("create", ref, check=None), 125)


# ---- clients that go away ----


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_client_goes_away(kleene, context, number):
    context.dockerfile(f"FROM {IMAGE}", "RUN echo 1 > /one", "RUN echo ready; sleep 1000")
    client = kleene.popen("build", "-t", "made", context.directory)
    while client.stdout.readline() != b"ready\n":
        pass
    client.send_signal(number)
    client.wait()
    wait_until(lambda: kleene.containers() == [] and len(kleene.images()) == 1)
    wait_until(lambda: kleene.system.stray_storage(kleene.root) == [])
    nothing_left(kleene)


def test_client_goes_away_between_steps(kleene, context):
    context.dockerfile(f"FROM {IMAGE}", *(f"RUN echo {i} > /{i}" for i in range(30)))
    for wait in (0, 3, 9):
        with stream(kleene, context, tag="made", cleanup=False, cache=False) as socket:
            socket.starting()
            for _ in range(wait):
                socket.read()
        wait_until(lambda: kleene.containers() == [] and len(kleene.images()) == 1)
    wait_until(lambda: kleene.system.stray_storage(kleene.root) == [])
    nothing_left(kleene)


def test_builds_side_by_side(kleene, context):
    """Each is another image, and they do not wait for each other."""
    context.dockerfile(f"FROM {IMAGE}", "RUN echo ready; sleep 1000")
    slow = stream(kleene, context, tag="slow")
    slow.starting()
    read_line(slow, "ready")
    for i in range(4):
        other = Context(context.path(f"other{i}"))
        other.dockerfile(f"FROM {IMAGE}", f"RUN echo {i} > /{i}", f"RUN cat /{i}")
    clients = [
        kleene.popen("build", "-t", f"made{i}", context.path(f"other{i}")) for i in range(4)
    ]
    for i, client in enumerate(clients):
        out, err = client.communicate()
        assert client.returncode == 0 and f"\n{i}\n".encode() in out, err
    slow.vanish()
    wait_until(lambda: kleene.containers() == [])


def test_not_utf8(kleene, context, tmp_path):
    """What JSON cannot carry is refused; nothing is left out in silence."""
    context.dockerfile(f"FROM {IMAGE}")
    result = kleene.klee("build", "--build-arg", "A", context.directory, check=None,
                         env={**os.environ, "A": "\udcff"})
    refused(result, 125, "--build-arg: 'A'", "not UTF-8")
    directory = tmp_path / "\udcff"
    directory.mkdir()
    refused(kleene.klee("build", ".", check=None, cwd=directory), 125, "working directory", "not UTF-8")
    nothing_left(kleene)


def test_slow_client(kleene, context):
    """A client that does not read makes the command wait, and the daemon does not grow."""
    context.dockerfile(f"FROM {IMAGE}", "RUN while :; do echo some output of a loop; done")
    with stream(kleene, context) as socket:
        socket.starting()
        socket.read()
        assert kleene.quiet(IMAGE, "echo", "x") == "x\n"
    wait_until(lambda: kleene.containers() and len(kleene.images()) == 1)
    wait_until(lambda: [c for c in kleene.containers() if c["name"].startswith("build_")] == [])


# ---- daemons that go away ----


def wait_for_snapshots(socket, count):
    """Reads until so many snapshots were announced, and returns their ids."""
    text = ""
    while len(SNAPSHOT.findall(text)) < count:
        text += socket.read()[1].decode()
    return SNAPSHOT.findall(text)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("kill", [True, False])
def test_daemon_goes_away(kleene, context, keep, kill):
    lines = [f"RUN echo {i} > /{i}" for i in range(3)]
    context.dockerfile(f"FROM {IMAGE}", *lines, "RUN echo x > /part; echo ready; sleep 1000")
    container = {"network_driver": "host"}  # as klee builds, below
    with stream(kleene, context, tag="made", cleanup=not keep, container_config=container) as socket:
        id_ = socket.starting()["data"]
        found = wait_for_snapshots(socket, 3)
        read_line(socket, "ready")
        if kill:
            kleene.kill9()
        else:
            kleene.stop()
    kleene.start()
    assert kleene.containers() == []
    if not keep:
        nothing_left(kleene)
        return
    made = image(kleene, "made:failed")
    assert made["id"] == id_
    assert [i[1] for i in made["instructions"]] == [""] + [f"@{s}" for s in found]
    for number, snapshot in enumerate(found):
        assert kleene.quiet(f"made:failed@{snapshot}", "cat", f"/{number}") == f"{number}\n"
    assert kleene.quiet("made:failed", "cat", "/part") == "x\n"
    # what was done is taken from the cache
    context.dockerfile(f"FROM {IMAGE}", *lines)
    assert snapshots(build(kleene, context)) == found
    assert kleene.system.datasets(kleene.root, "container") == {
        c["id"] for c in kleene.containers()
    }


# ---- many steps ----


def test_two_hundred_steps(kleene, context):
    lines = [f"RUN echo {i} > /file{i}" for i in range(200)]
    context.dockerfile(f"FROM {IMAGE}", *lines)
    result = build(kleene, context)
    found = snapshots(result)
    assert len(found) == 200
    out = kleene.quiet("made", "sh", "-c", "cat /file0 /file199; ls / | grep -c file")
    assert out == "0\n199\n200\n"
    assert kleene.quiet(f"made@{found[99]}", "sh", "-c", "ls / | grep -c file") == "100\n"
    assert snapshots(build(kleene, context)) == found


def test_more_steps_than_layers(kleene, context):
    """Where there is a limit, it is an error in words."""
    limit = kleene.system.layers_max
    if limit is None:
        pytest.skip("snapshots are no layers here")
    # what is folded into another layer does not count
    context.dockerfile(f"FROM {IMAGE}", *(f"RUN mkfifo /fifo{i}" for i in range(limit + 1)))
    result = build(kleene, context, "--rm", check=1)
    assert "too many layers" in result.out
    nothing_left(kleene)


def test_archives_are_no_trap(bare, context, tmp_path):
    """Images whose files lead out of them: nothing is written on the host."""
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("untouched")
    tree = bare.system.image_tree()
    traps = tmp_path / "traps"
    traps.mkdir()
    up = "../" * 20
    os.symlink(str(victim), traps / "absolute")
    os.symlink(f"{up}{victim}", traps / "relative")
    os.symlink(str(victim / "file"), traps / "file")
    os.symlink("loop", traps / "loop")
    os.mkfifo(traps / "fifo")
    archive = archives.pack_with(tree, tmp_path / "image.tar", traps=str(traps))
    bare.import_image(archive)
    context.write("file", "written")
    context.write("d/file", "written")
    context.write("d/absolute/file", "written")
    for line in (
        "COPY file /traps/absolute/", "COPY file /traps/relative/", "COPY file /traps/file",
        "COPY d /traps/absolute", "COPY d /traps", "COPY file /traps/relative/new/", "COPY file /traps/fifo",
        "WORKDIR /traps/absolute/made\nRUN true", f"COPY file /{up}{victim}/", f"WORKDIR /{up}{victim}/w",
    ):
        context.dockerfile(f"FROM {IMAGE}", line)
        build(bare, context)
    for line in ("COPY file /traps/loop/", "WORKDIR /traps/loop/x\nRUN true", "COPY file /traps/fifo/"):
        context.dockerfile(f"FROM {IMAGE}", line)
        build(bare, context, "--rm", check=1)
    assert sorted(os.listdir(victim)) == ["file"] and (victim / "file").read_text() == "untouched"
    # what a link named is there, inside
    context.dockerfile(f"FROM {IMAGE}", "COPY file /traps/absolute/", f"RUN cat {victim}/file")
    assert "\nwritten" in build(bare, context).out


def test_mounts_are_left_alone(kleene, context):
    """COPY writes into the image, even where RUN sees something mounted."""
    context.write("file", "copied\n")
    context.dockerfile(f"FROM {IMAGE}", "COPY file /v/", "RUN cat /v/file; echo x > /v/x")
    result = build(kleene, context, "-m", "volume:/v")
    assert "\ncopied\n" in result.out  # a new volume receives what the directory has
    assert kleene.quiet("made", "ls", "/v") == "file\n"
    assert sorted(os.listdir(kleene.volume("volume"))) == ["file", "x"]


def test_no_mounts_and_descriptors_left(kleene, context):
    context.write("file", "x")
    context.dockerfile(f"FROM {IMAGE}", "WORKDIR /w", "COPY file .", "RUN true", "COPY file /other/")
    build(kleene, context, "--no-cache")
    before = kleene.system.open_files(kleene.pid)
    for _ in range(5):
        build(kleene, context, "--no-cache")
        subprocess.run(["sync"], check=True)
    wait_until(lambda: kleene.system.open_files(kleene.pid) <= before + 2)
