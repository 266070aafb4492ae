# SPDX-License-Identifier: BSD-2-Clause
"""What klee says to who comes from elsewhere: what is wrong, and what helps."""

import os

import pytest

import rows
from harness import IMAGE, klee_alone, refused


def second_line(result):
    lines = result.err.splitlines()
    assert len(lines) == 2, repr(result)
    return lines[1]


def test_host_as_others_write_it(kleene):
    assert IMAGE in klee_alone("lsi", env={**os.environ, "KLEE_HOST": f"unix://{kleene.socket}"}).out
    refused(klee_alone("--host", "tcp://localhost:2375", "lsi"), 125, "tcp://localhost:2375", "unix:///PATH",
            "http[s]://HOST[:PORT]")


@pytest.mark.parametrize("command", ("run", "create"))
def test_image_that_is_not_there(kleene, command):
    """What is there, and how one comes to be."""
    failed = kleene.klee(command, "debian:12", "true", check=None)
    refused(failed, 125, "no such image", "debian:12")
    for words in (f"{IMAGE}:latest", "image create fetch-auto", "fetch URL"):
        assert words in second_line(failed)
    kleene.klee("rmi", IMAGE)
    assert "there is none yet" in second_line(kleene.klee(command, "debian:12", "true", check=None))


def test_image_of_a_dockerfile_that_is_not_there(kleene, tmp_path):
    """Which file says so, where, and what there is."""
    for name in ("Dockerfile", "other"):
        (tmp_path / name).write_text("\nFROM debian:12\nRUN true\n", encoding="ascii")
        failed = kleene.klee("build", "-q", "-f", name, str(tmp_path), check=None)
        refused(failed, 125, f"{name}: line 2: no such image 'debian:12'")
        assert f"{IMAGE}:latest" in second_line(failed)


def test_size_given_to_mount(kleene):
    for size in ("512m", "1.5G", "1073741824"):
        refused(kleene.klee("run", "-m", size, IMAGE, "true", check=None), 125, size, "--memory")


def test_archive_given_by_its_path(kleene):
    failed = kleene.klee("image", "create", "-t", "x", "fetch", "/x.tar", check=None)
    refused(failed, 125, "'/x.tar' is no URL", "file:///x.tar")
    failed = kleene.klee("image", "create", "-t", "x", "fetch", "x.tar", check=None)
    refused(failed, 125, "'x.tar' is no URL", "file://", "whole path")


def test_option_that_there_is_not(kleene):
    for words, line in ((("logs", "-q"), "unknown option '-q'"), (("logs", "-fq"), "unknown option '-q' in '-fq'")):
        assert klee_alone(*words, "web").err.splitlines()[0] == f"klee: {line}"


def test_help_fits_80_columns():
    commands = ["", *{c.split()[0] for c in rows.commands()}, *rows.commands()]
    wide = [line for c in commands for line in rows.help_of(*c.split()).splitlines() if len(line) > 80]
    assert not wide, "\n".join(wide)
