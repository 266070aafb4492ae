# SPDX-License-Identifier: BSD-2-Clause
"""Words of docker(1), podman(1) and managers of jails: understood, or answered by what does it here."""

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
    for word in "console cmd jexec jls destroy bootstrap clone mount rdr set limits snapshot pkg sysrc".split():
        assert word in LACKING, word
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


@pytest.mark.parametrize("words, advice", (
    (("run", "--health-cmd", "x", "img"), "health"), (("run", "--gpus=all", "img"), "--device"),
    (("create", "--userns", "host", "img"), "ids"), (("build", "--target", "x", "."), "-f FILE"),
    (("run", "-c", "5", "img"), "--cpus"), (("run", "-l", "a=b", "img"), "--label"),
    (("logs", "--since", "5m", "web"), "--tail"), (("stop", "-s", "INT", "web"), "kill -s"),
    (("volume", "create", "--name", "x"), "volume create NAME"), (("network", "prune", "--filter", "x"), "--filter"),
))
def test_options_for_what_is_lacking(words, advice):
    """They are answered as commands are: by what does it here, and by no guess."""
    done = klee_alone(*words)
    assert done.code in (2, 125) and done.out == "", repr(done)
    assert advice in done.err.splitlines()[1] and "Did you mean" not in done.err, repr(done)


def test_options_for_the_same(web, tmp_path):
    assert web.quiet("--net", "none", "--pids-limit=50", "-h", "box", IMAGE, "hostname") == "box\n"
    refused(web.klee("run", "--net", "gone", IMAGE, check=None), 125, "no such network 'gone'")
    assert "'klee network create --type bridge gone'" in web.klee("run", "--net", "gone", IMAGE, check=None).err
    assert klee_alone("run", "-h").out == klee_alone("run", "--help").out == klee_alone("run", "-h", "--rm").out
    assert web.klee("logs", "--tail", "all", "web").out == "started\n"
    assert web.klee("images", "-a", "-q").out == web.klee("images", "-qa").out == web.klee("images", "-q").out
    web.create("--name", "other", IMAGE, "echo", "here")
    assert "here" in web.klee("start", "-a", "other").out
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\n")
    web.klee("build", "--pull", "--progress", "plain", "--progress=tty", "-t", "built", tmp_path)
    assert klee_alone("-v").out == klee_alone("--version").out
    assert "web" in klee_alone("-H", web.url, "ps").out


def test_bridge_is_a_kind_of_network(networked):
    for number, words in enumerate((("-d", "bridge"), ("--driver", "bridge"), ("--driver=bridge", "-t", "bridge"))):
        name = f"net{number}"
        networked.klee("network", "create", *words, name)
        assert networked.api.get(f"/networks/{name}/inspect")["network"]["type"] == "bridge"
    refused(networked.klee("network", "create", "-d", "bridge", "-t", "loopback", "x", check=None), 125, "--type loopback")


def test_ports_without_a_network_name_the_way(networked):
    done = networked.klee("run", "--rm", "-p", "8080:80", IMAGE, "true", check=None)
    refused(done, 125, "cannot publish ports")
    create, join = re.findall(r"'(.*?)'", done.err.splitlines()[1])
    networked.klee(*create.split()[1:])
    assert networked.quiet("--rm", *join.split()[1:3], "-p", "8080:80", IMAGE, "echo", "runs") == "runs\n"


def test_what_is_in_the_way_says_how_to_go_on(web):
    done = web.klee("rm", "web", check=None)
    refused(done, 1, "web", "running container")
    assert done.err.splitlines()[1] == "--force stops it first"
    refused(web.klee("run", "--rm", "--restart", "always", IMAGE, check=None), 125, "--restart", "--rm")


def test_a_long_option_with_one_dash():
    refused(klee_alone("run", "-name", "web", IMAGE), 2, "-name", "'--name'")


def test_options_behind_an_image(web, tmp_path):
    """They are Klee's, but where the image's or the given program is to get them."""
    tell = ("--entrypoint", '["sh", "-c", "echo $0 $*"]')
    assert web.quiet("--rm", *tell, IMAGE, "-d", "--rm", "x") == "-d --rm x\n"
    assert web.quiet("--rm", *tell, IMAGE, "--", "-d", "--help") == "-d --help\n"
    assert web.quiet("--entrypoint", "", IMAGE, "--rm", "echo", "ours") == "ours\n"
    (tmp_path / "Dockerfile").write_text(f'FROM {IMAGE}\nENTRYPOINT ["/bin/sh", "-c", "echo $0 $*"]\n')
    web.klee("build", "-t", "app", tmp_path)
    running = web.running()
    assert web.quiet("--rm", "app", "-d", "echo", "hi") == "-d echo hi\n"
    assert web.quiet("--rm", "app", "--help") == "--help\n" and web.quiet("--rm", "app", "-v") == "-v\n"
    assert web.running() == running
    assert web.quiet(IMAGE, "--rm", "-e", "A=1", "sh", "-c", "echo $A") == "1\n"
    for words in (("-c", "id"), ("--bogus", ), ("-l", "x")):
        done = web.klee("run", IMAGE, *words, check=None)
        assert done.code in (2, 125) and "'--': klee run IMAGE -- ..." in done.err, repr(done)


def test_persist_publishes_nothing(web, tmp_path):
    """docker's -P does, which nobody should believe to have been done."""
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nEXPOSE 80\n")
    web.klee("build", "-t", "app", tmp_path)
    assert "-p PORT" in web.klee("create", "-P", "app", "true").err
    assert "-p PORT" in web.klee("run", "--rm", "-P", IMAGE, "true").err
    assert web.klee("create", "-P", IMAGE, "true").err == web.klee("create", "--persist", "app", "true").err == ""


def test_an_empty_log_says_why(web):
    web.quiet("--name", "seen", IMAGE, "echo", "one")
    done = web.klee("logs", "seen")
    assert done.out == "" and "the log of seen is empty" in done.err and "-d" in done.err
    silent = web.detached(IMAGE, "sleep", "1000")
    assert web.klee("logs", silent).err == ""
    assert web.klee("logs", "web").err == web.klee("logs", "--tail", "0", "web").err == ""
