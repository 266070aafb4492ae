"""The documentation's transcripts, run as they stand there."""

import glob
import os
import re

import pytest

import harness
import pages

DOCS = os.path.join(os.path.dirname(__file__), "../../docs/guide")
PAGES = sorted(os.path.basename(p) for p in glob.glob(os.path.join(DOCS, "*.md")))
# what they call the system's image, which is the tests' own here
IMAGE = "Debian-12"


def read(page):
    with open(os.path.join(DOCS, page), encoding="utf-8") as file:
        return file.read()


@pytest.fixture
def shell(networked, tmp_path):
    kleene = networked
    kleene.klee("image", "tag", harness.IMAGE, IMAGE)
    env = {**os.environ, "KLEE_HOST": kleene.url, "KLEE_THEME": "simple",
           "PATH": f"{os.path.dirname(harness.KLEE)}:{os.environ['PATH']}"}
    made = pages.Shell(env, tmp_path)
    # there is no mirror to fetch from: the image is there already
    made.run(f'klee() {{ case "$*" in *fetch-auto*) command klee isi {IMAGE} ;; '
             '*) command klee "$@" ;; esac; }')
    yield made
    made.end()


@pytest.mark.parametrize("page", PAGES)
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
            assert os.path.exists(os.path.join(DOCS, target)), f"{page} refers to {target}"


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
