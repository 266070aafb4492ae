# SPDX-License-Identifier: BSD-2-Clause
"""COPY: what lands where, with which attributes, and what cannot be reached."""

import os
import socket
import stat

import pytest

from building import Context, build, nothing_left
from harness import IMAGE


@pytest.fixture
def context(tmp_path):
    return Context(str(tmp_path / "context"))


def copied(kleene, context, *lines, look="ls"):
    """What a command sees after the instructions."""
    context.dockerfile(f"FROM {IMAGE}", *lines, f"RUN {look}")
    result = build(kleene, context, "--no-cache")
    return result.out.split(f": RUN {look}\n")[1].split("--> ")[0]


def fails(kleene, context, *lines):
    before = len(kleene.images())
    context.dockerfile(f"FROM {IMAGE}", *lines)
    result = build(kleene, context, "--rm", check=1)
    nothing_left(kleene, before)
    return result.out


def test_files(kleene, context):
    context.write("a", "a\n")
    context.write("d/b", "b\n")
    cases = [
        ("COPY a /x", "cat /x", "a\n"), ("COPY a /x/", "cat /x/a", "a\n"),
        ("COPY a /x/y/z", "cat /x/y/z", "a\n"), ("COPY a /tmp", "cat /tmp/a", "a\n"),
        ("COPY a /", "cat /a", "a\n"), ("WORKDIR /w\nCOPY a .", "cat /w/a", "a\n"),
        ("WORKDIR /w\nCOPY a b", "cat /w/b", "a\n"), ("WORKDIR /w\nCOPY a ../b", "cat /b", "a\n"),
        ("COPY d/b /x", "cat /x", "b\n"), ("COPY ./d/../a /x", "cat /x", "a\n"),
        ("COPY /a /x", "cat /x", "a\n"), ("COPY a d/b /x/", "cat /x/a /x/b", "a\nb\n"),
        ("COPY d /x", "cat /x/b", "b\n"), ("COPY d/ /x/", "cat /x/b", "b\n"),
        ("COPY . /x", "ls /x", "Dockerfile\na\nd\n"), ("COPY d a /x/", "ls /x", "a\nb\n"),
        ("COPY a /etc/passwd", "cat /etc/passwd", "a\n"),
    ]
    for lines, look, expected in cases:
        assert copied(kleene, context, lines, look=look) == expected, lines


def test_wildcards(kleene, context):
    for name in ("a1", "a2", "b1", ".hidden", "d/c1", "d/c2", "e/c1", "star*", "d/x/y"):
        context.write(name, f"{name}\n")
    cases = [
        ("COPY a* /x/", "a1 a2"), ("COPY a? b? /x/", "a1 a2 b1"), ("COPY ./[a-b]1 /x/", "a1 b1"),
        ("COPY ./[!a]1 /x/", "b1"), ("COPY */c1 /x/", "c1"), ("COPY d/c* /x/", "c1 c2"),
        ("COPY star\\* /x/", "star*"), ("COPY 'star*' /x/", "star*"), ("COPY d/*/y /x/", "y"),
        ('COPY ["a*", "/x/"]', "a1 a2"), ("ARG p=a*\nCOPY $p /x/", "a1 a2"),
        ("ARG p='a1 b1'\nCOPY $p /x/", "a1 b1"), ("COPY .h* /x/", ".hidden"),
        ("COPY a1 none* /x/", "a1"), ("COPY {a1,b*,none} /x/", "a1 b1"), ("COPY {d,e}/c{1,2} /x/", "c1 c2"),
        ("COPY d/**/y /x/", "y"), ("COPY **/c1 /x/", "c1"), ("COPY d/** /x/", "c1 c2 y"),
        ("COPY **/x/* /x/", "y"), ("COPY star\\\\* /x/", "star*"),
    ]
    for lines, names in cases:
        seen = copied(kleene, context, lines, look="ls -A /x")
        assert seen.split() == names.split(), lines
    assert "destination" in fails(kleene, context, "COPY a* /x")
    assert "'none*'" in fails(kleene, context, "COPY none* /x/")
    assert "'a3'" in fails(kleene, context, "COPY a1 a3 /x/")
    assert "a1" in fails(kleene, context, "COPY '{a1,b1}' a2 /x/")
    # links are not followed by "**", and lead nowhere else
    os.symlink("..", context.path("d/x/loop"))
    assert copied(kleene, context, "COPY **/c2 /x/", look="ls -A /x") == "c2\n"


def test_attributes(kleene, context):
    context.write("d/run", "#!/bin/sh\n", 0o4755)
    context.write("d/secret", "x", 0o400)
    os.symlink("run", context.path("d/link"))
    os.makedirs(context.path("d/sticky"))
    os.chmod(context.path("d/sticky"), 0o1777)
    for name in ("d", "d/run", "d/secret", "d/sticky"):
        os.chown(context.path(name), 1000, 1000)
    os.lchown(context.path("d/link"), 1000, 1000)
    os.chmod(context.path("d/run"), 0o4755)
    for name in ("d/run", "d/secret", "d/sticky", "d"):
        os.utime(context.path(name), (10**9, 10**9))
    os.utime(context.path("d/link"), (10**9, 10**9), follow_symlinks=False)
    look = "cd /x; for f in . run secret link sticky; do ls -ldn $f; done"
    lines = [line.split() for line in copied(kleene, context, "COPY d /x", look=look).splitlines()]
    link = stat.filemode(os.lstat(context.path("d/link")).st_mode)  # not every system's have one
    assert [line[0][:10] for line in lines] == [
        "drwxr-xr-x", "-rwsr-xr-x", "-r--------", link, "drwxrwxrwt",
    ]
    assert all(line[2:4] == ["0", "0"] for line in lines), lines
    assert all("2001" in line for line in lines), lines
    # a directory that is there keeps its mode
    assert copied(kleene, context, "COPY d/sticky /etc", look="ls -ld /etc | cut -c1-10") == "drwxr-xr-x\n"


def test_owner_and_mode(kleene, context):
    """The image's own users, and the same mode for files and directories that are made."""
    context.write("f", "x", 0o600)
    context.write("d/g", "x")
    os.symlink("g", context.path("d/link"))
    look = "stat -c '%u %g %a %n' /x /x/* /f"
    ids = "id -u alice; id -g alice"
    uid, gid = copied(kleene, context, look=ids).split()
    for options, owner, mode in (
        ("--chown=alice", f"{uid} {gid}", None), ("--chown=alice:0 --chmod=751", f"{uid} 0", "751"),
        ("--chown=12:34", "12 34", None), ("--chmod=4711", "0 0", "4711"), ("--chown=$u", f"{uid} {gid}", None),
    ):
        lines = ("ARG u=alice", f"COPY {options} d /x", f"COPY {options} f /f")
        found = dict(reversed(line.rsplit(" ", 1)) for line in copied(kleene, context, *lines, look=look).splitlines())
        assert found == {
            "/x": f"{owner} {mode or '755'}", "/x/g": f"{owner} {mode or '644'}",
            "/x/link": f"{owner} 777", "/f": f"{owner} {mode or '600'}",
        }
    assert "nobody-there" in fails(kleene, context, "COPY --chown=nobody-there f /")
    assert "no user left" in fails(kleene, context, "COPY --chown=$x f /")
    # each is another result for the cache
    for options in ("", "--chmod=600", "--chown=alice"):
        context.dockerfile(f"FROM {IMAGE}", f"COPY {options} f /f")
        assert "Using the cache" not in build(kleene, context).out
        assert "Using the cache" in build(kleene, context).out


def test_contents(kleene, context):
    data = os.urandom(3 << 20)
    context.write("big", data)
    with open(context.path("holes"), "wb") as file:
        file.seek(50 << 20)
        file.write(b"end")
    context.write("empty")
    look = "cmp /x/big /m/big && cmp /x/holes /m/holes && wc -c < /x/empty && ls -sk /x/holes"
    context.dockerfile(f"FROM {IMAGE}", "COPY . /x/", f"RUN {look}")
    result = build(kleene, context, "-m", f"{context.directory}:/m:ro")
    size, used, _ = result.out.split(f"RUN {look}\n")[1].split("-->")[0].split()
    assert size == "0" and int(used) < 1024


def test_links_in_the_container(kleene, context):
    context.write("a", "a\n")
    context.write("d/home/b", "b\n")
    lines = ("RUN ln -s /home /link; ln -s a /loose; ln -s /nowhere/new /dangling; ln -s home /rel", )
    cases = [
        ("COPY a /link/", "cat /home/a", "a\n"), ("COPY a /link", "cat /home/a", "a\n"),
        ("COPY a /rel/", "cat /home/a", "a\n"), ("COPY a /link/../x", "cat /x", "a\n"),
        ("COPY a /loose", "test -L /loose || cat /loose", "a\n"),
        ("COPY a /dangling/", "cat /nowhere/new/a", "a\n"),
        # a directory of the context meets a link of the container that leads to one
        ("RUN mkdir /real; mv /home /real/; ln -s real/home /home\nCOPY d /", "cat /real/home/b", "b\n"),
    ]
    for line, look, expected in cases:
        assert copied(kleene, context, *lines, line, look=look) == expected, line


def test_what_is_in_the_way(kleene, context):
    context.write("a", "a\n")
    context.write("d/passwd/b", "b\n")
    assert "directory" in fails(kleene, context, "COPY a /etc/passwd/")
    assert "directory" in fails(kleene, context, "COPY d /etc")
    context.write("e/home", "x")
    assert "home" in fails(kleene, context, "COPY e /")


def test_nothing_outside_the_context(kleene, context, tmp_path):
    (tmp_path / "outside").write_text("secret")
    (tmp_path / "outside-directory").mkdir()
    (tmp_path / "outside-directory" / "file").write_text("secret")
    context.write("in/file", "inside\n")
    context.link("up", "../outside")
    context.link("absolute", str(tmp_path / "outside"))
    context.link("directory", "../outside-directory")
    context.link("in/up", "../../outside")
    context.link("in/fine", "file")
    context.link("fine", "in/../in")
    for source in (
        "../outside", "in/../../outside", "up", "absolute", "directory", "directory/file",
        "directory/*", "in/up", "../*", "*/../../outside",
    ):
        text = fails(kleene, context, f"COPY {source} /x/")
        assert "line 2: " in text and "secret" not in text, source
    # links that stay inside are followed where they are named, and copied where they are found
    assert copied(kleene, context, "COPY fine/fine /x", look="cat /x") == "inside\n"
    look = "readlink /x/up; readlink /x/fine; cat /x/fine"
    assert copied(kleene, context, "COPY in /x", look=look) == "../../outside\nfile\ninside\n"


def test_what_is_no_file(kleene, context):
    context.write("d/file", "x")
    os.mkfifo(context.path("d/fifo"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(context.path("d/socket"))
        assert copied(kleene, context, "COPY d /x", look="ls /x") == "file\n"
        assert "neither" in fails(kleene, context, "COPY d/fifo /x")


def test_dockerignore(kleene, context):
    for name in ("a", "b.o", "d/c.o", "d/e", "secret/key", "secret/public", "deep/x/y/z", "deep/x/w"):
        context.write(name, "x")
    look = "cd /x; find . -type f | sort"

    def seen(rules, line="COPY . /x"):
        context.write(".dockerignore", rules)
        found = copied(kleene, context, line, look=look).split()
        return {f[2:] for f in found} - {"Dockerfile", ".dockerignore"}

    everything = {"a", "b.o", "d/c.o", "d/e", "secret/key", "secret/public", "deep/x/y/z", "deep/x/w"}
    assert seen("# nothing\n") == everything
    assert seen("*.o\n") == everything - {"b.o"}
    assert seen("**/*.o\nsecret\n") == {"a", "d/e", "deep/x/y/z", "deep/x/w"}
    assert seen("secret\n!secret/public\n") == everything - {"secret/key"}
    assert seen("*\n!deep/x/y\n") == {"deep/x/y/z"}
    assert seen("d\n", "COPY d* /x/") == {"x/y/z", "x/w"}
    context.write(".dockerignore", "secret/key\n")
    assert "'secret/key'" in fails(kleene, context, "COPY secret/key /x")


def test_deep_and_many(kleene, context):
    path = "/".join(["d"] * 150)
    context.write(f"{path}/file", "deep\n")
    for i in range(500):
        context.write(f"many/{i}", str(i))
    assert copied(kleene, context, "COPY d /x", look=f"cat /x/{path[2:]}/file") == "deep\n"
    assert copied(kleene, context, "COPY many /x", look="ls /x | wc -l").strip() == "500"
    context.write("/".join(["e"] * 250) + "/file", "too deep\n")
    assert "directories" in fails(kleene, context, "COPY e /x")


def test_over_earlier_files(kleene, context):
    """Files of other layers are replaced, not changed."""
    context.write("file", "new\n")
    context.dockerfile(f"FROM {IMAGE}", "RUN echo old > /file; ln /file /other", "COPY file /", "RUN cat /file /other")
    assert "\nnew\nold\n" in build(kleene, context).out
