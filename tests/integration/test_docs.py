# SPDX-License-Identifier: BSD-2-Clause
"""The documentation's transcripts, run as they stand there."""

import glob
import io
import os
import re
import shutil
import tarfile

import pytest

import conftest
import harness
import pages

DOCS = os.path.join(os.path.dirname(__file__), "../../docs/guide")
README = "../../README.md"
PAGES = [README, *sorted(os.path.basename(p) for p in glob.glob(os.path.join(DOCS, "*.md")))]
A_DAY = "a-day.md"
# what they call the system's image, which is the tests' own here
IMAGE = "Debian-12"


def read(page):
    with open(os.path.join(DOCS, page), encoding="utf-8") as file:
        return file.read()


def give_image(kleene, place):
    """
    The system's image as the pages call it. There is no mirror to install from, and the tests' image has
    already what the pages' lines install: so its apt-get has nothing to do.
    """
    programs = {"apt-get": b"#!/bin/sh\n"}
    if kleene.system.name != "Linux":
        programs["busybox"] = b'#!/bin/sh\nexec "$@"\n'
    archive = shutil.copy(kleene.system.archive("tar"), place / "image.tar")
    with tarfile.open(archive, "a") as tar:
        for name, text in programs.items():
            member = tarfile.TarInfo(f"./bin/{name}")
            member.mode, member.size = 0o755, len(text)
            tar.addfile(member, io.BytesIO(text))
    kleene.klee("rmi", harness.IMAGE)
    kleene.import_image(archive, IMAGE)


@pytest.fixture
def shell(networked, tmp_path):
    kleene = networked
    give_image(kleene, tmp_path)
    env = {**os.environ, "KLEE_HOST": kleene.url, "KLEE_THEME": "simple",
           "PATH": f"{os.path.dirname(harness.KLEE)}:{os.environ['PATH']}"}
    made = pages.Shell(env, tmp_path)
    # there is no mirror to fetch from: the image is there already
    made.run(f'klee() {{ case "$*" in *fetch-auto*) command klee isi {IMAGE} ;; '
             '*) command klee "$@" ;; esac; }')
    yield made
    made.end()


@pytest.fixture
def two_hosts(shell, make_kleene, system, root_with_image, tmp_path):
    """The page's shell, and a second host, with a daemon of its own, which ssh and scp lead to."""
    if conftest.ONE_WORLD:
        pytest.skip("the page is written for Debian's programs")
    home = tmp_path / "other"
    home.mkdir()
    with conftest.daemon_in_a_world(make_kleene, system, root_with_image) as other:
        give_image(other, tmp_path)
        shell.run(f'scp() {{ cp "$2" {home}; }}')
        shell.run(f'ssh() {{ (cd {home} && KLEE_HOST={other.url} sh -c "$2"); }}')
        yield shell


def test_a_day(two_hosts):
    """A shop of five services is built, run, upgraded, backed up, restored, and moved to another host."""
    wrong = pages.check(read(A_DAY), two_hosts)
    assert not wrong, f"{A_DAY}:\n" + "\n".join(wrong)
    for where in ("klee lsc -a --format json", "klee lsn --format json", "klee lsv --format json"):
        for command in (where, f"ssh other '{where}'"):
            assert two_hosts.run(command) == ["[]"], command


@pytest.mark.parametrize("page", [page for page in PAGES if page != A_DAY])
def test_transcripts(shell, system, page):
    text = read(page)
    for words, own in system.in_pages.items():
        text = text.replace(words, own)
    wrong = pages.check(text, shell)
    assert not wrong, f"{page}:\n" + "\n".join(wrong)
    assert shell.run("klee lsc -a --format json") == ["[]"], "a page leaves containers"


@pytest.mark.parametrize("page", PAGES)
def test_links(page):
    """What a page refers to is there."""
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", read(page)):
        if "://" not in target:
            assert os.path.exists(os.path.join(DOCS, os.path.dirname(page), target)), f"{page} refers to {target}"


def test_comparison():
    """What makes a transcript wrong, and what does not."""
    good = [
        (["5735bd3844ec"], ["0123456789ab"]),
        (["a  b"], ["a b"]),
        (["x", "...", "y"], ["x", "1", "2", "y"]),
        (["..."], []),
        (["id ... end"], ["id anything end"]),
        (["t  3 seconds ago   no"], ["t  About a minute ago no"]),
    ]
    for expected, seen in good:
        assert pages.agrees(expected, seen), (expected, seen)
    for expected, seen in [(["a"], ["b"]), ([], ["a"]), (["a"], []), (["a", "..."], ["b"]),
                           (["5735bd3844ec"], ["5735bd3844e"])]:
        assert not pages.agrees(expected, seen), (expected, seen)
    text = "```console\n$ a \\\n  b\nc\n$ e\n> f\n> g\n```\n<!-- not run: x -->\n```console\n$ d\n```\n"
    assert [pages.steps(*block) for block in pages.blocks(text)] == [
        [[2, "a \\\n  b", ["c"]], [5, "e\nf\ng", []]]]
