"""Words of docker(1) and podman(1): understood, or answered by what does it here."""

import json
import re

import pytest

from harness import IMAGE, klee_alone, refused

LACKING = re.search(r"\nWords of others.*?:\n(.*?)\n\n", klee_alone("--help").out, re.S)[1]
LACKING = re.findall(r"\w+", LACKING)


@pytest.fixture
def web(kleene):
    kleene.detached("--name", "web", IMAGE, "sh", "-c", "echo started; sleep 1000")
    kleene.wait_log("web", "started")
    return kleene


def test_words_for_the_same(web):
    """A word is the command: the same options, the same output."""
    strip = lambda out: re.sub(" +", " ", re.sub(r"(About a|\d+|Less than a) (second|minute)s?( ago)?", "", out))
    for words, same in (
        (("ps", "-a"), ("lsc", "-a")), (("images", ), ("lsi", )), (("logs", "web"), ("container", "logs", "web")),
        (("logs", "-t", "-n", "1", "web"), ("container", "logs", "--timestamps", "--tail", "1", "web")),
        (("inspect", "web"), ("isc", "web")), (("inspect", "-f", "{{.name}}", "web"), ("isc", "-f", "{{.name}}", "web")),
        (("container", "ps", "-q"), ("lsc", "-q")), (("container", "list", "-aq"), ("lsc", "-aq")),
        (("image", "list", "-q"), ("lsi", "-q")), (("network", "list"), ("lsn", )), (("volume", "list"), ("lsv", )),
    ):
        seen = web.klee(*words)
        assert strip(seen.out) == strip(web.klee(*same).out) and seen.out, words
    web.klee("tag", IMAGE, "shop:v1")
    assert web.klee("images", "--format", "{{.Repository}}:{{.Tag}}").out == f"{IMAGE}:latest\nshop:v1\n"
    web.klee("kill", "-s", "CHLD", "web")
    web.klee("update", "--restart", "no", "web")
    web.klee("rename", "web", "other")
    assert json.loads(web.klee("inspect", "other").out)["container"]["name"] == "other"
    web.klee("rm", "-f", "other")
    assert web.containers() == []
    web.klee("create", "--name", "new", "shop:v1", "true")
    web.klee("container", "remove", "new")
    web.klee("volume", "create", "data")
    web.klee("volume", "remove", "data")
    web.klee("image", "remove", "shop:v1", IMAGE)
    assert web.volumes() == [] and web.images() == []


def test_inspect_of_something_else(kleene):
    """Who does not say the kind hears which it is."""
    failed = kleene.klee("inspect", IMAGE, check=None)
    refused(failed, 1, "no such container")
    assert f"'klee image inspect {IMAGE}'" in failed.err


@pytest.mark.parametrize("word", LACKING)
def test_words_for_what_is_lacking(word):
    for words in ((word, ), (word, "web"), (word, "--all"), ("help", word)):
        done = klee_alone(*words)
        refused(done, 2, f"there is no command '{word}'")
        assert "'klee " in done.err.splitlines()[1] or "kleened" in done.err.splitlines()[1]
        assert "Did you mean" not in done.err


def test_all_words_are_known():
    known = klee_alone("--help").out
    for word in ("ps logs rm rmi rename update images tag inspect network volume commit pull push login system "
                 "kill cp stats top port wait attach swarm").split():
        assert re.search(rf"\b{word}\b", known), word
    for words in (("image", "pull", "x"), ("image", "push", "x")):
        refused(klee_alone(*words), 2, "there is no command")


@pytest.mark.parametrize("word", ("sotp", "stopp", "rmc2", "prun", "killl", "rmn1", "restrt"))
def test_no_suggestion_ends_or_removes_something(word):
    done = klee_alone(word, "web")
    assert done.code == 2 and not re.search(r"mean '(stop|rm\w?|prune|kill|restart)'", done.err), done
    done = klee_alone("container", word, "web")
    assert done.code == 2 and not re.search(r"mean '(stop|rm|prune|kill|restart)'", done.err), done


def test_help_and_version():
    top = klee_alone("--help").out
    for words in (("-h", ), ("help", )):
        assert klee_alone(*words).out == top
    assert klee_alone("version").out == klee_alone("--version").out
    for command in (("run", ), ("container", "run"), ("container", ), ("ps", ), ("lsc", )):
        text = klee_alone(*command, "--help").out
        assert text.startswith("Usage: klee container")
        assert klee_alone("help", *command).out == text == klee_alone(*command, "-h").out
    refused(klee_alone("help", "frobnicate"), 2, "unknown command")
