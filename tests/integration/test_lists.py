# SPDX-License-Identifier: BSD-2-Clause
"""Lists and details as scripts read them: ids alone, filters, templates; and as people do."""

import json
import re

import pytest

from building import Context, build
from harness import ID, IMAGE, refused

LONG = "a command that is longer than what a table has room for"


@pytest.fixture
def context(tmp_path):
    return Context(str(tmp_path / "context"))


@pytest.fixture
def full(networked):
    """Containers of several kinds, a network, volumes."""
    kleene = networked
    kleene.network("net", "--subnet", "10.84.0.0/24")
    kleene.detached("--name", "web", "-l", "ipnet", "-n", "net", "-p", "8080:80", "-m", "data:/data", IMAGE,
                    "sh", "-c", f"sleep 1000 # {LONG}")
    kleene.klee("run", "-q", "--name", "crashed", IMAGE, "sh", "-c", "exit 9", check=9)
    kleene.create("--name", "new", IMAGE, "true")
    return kleene


def lines(kleene, *args):
    return kleene.klee(*args).lines


def names(kleene, *args):
    return sorted(lines(kleene, "lsc", "--format", "{{.Names}}", *args))


@pytest.mark.parametrize("option", ("-q", "--quiet"))
def test_ids_alone(full, option):
    api = full.api
    assert lines(full, "lsc", option) == full.running()
    assert sorted(lines(full, "lsc", option, "-a")) == sorted(c["id"] for c in full.containers())
    assert lines(full, "lsi", option) == [i["id"] for i in full.images()]
    assert lines(full, "lsn", option) == [n["id"] for n in api.get("/networks/list")]
    assert lines(full, "lsv", option) == ["data"]
    full.klee("stop", *lines(full, "lsc", option))
    assert lines(full, "lsc", option) == []


def test_filters_of_containers(full):
    image, tag = IMAGE, "latest"
    id_ = full.inspect("web")["id"]
    for given, found in (
        (("name=we", ), ["web"]), (("name=we", "name=new"), ["new", "web"]), ((f"id={id_[:6]}", ), ["web"]),
        (("status=exited", ), ["crashed"]), (("status=created", ), ["new"]), (("status=running", ), ["web"]),
        (("exited=9", ), ["crashed"]), (("exited=9", "name=web"), []), (("volume=data", ), ["web"]),
        ((f"ancestor={image}", "name=new"), ["new"]), ((f"image={image}:{tag}", "name=new"), ["new"]),
        (("image=other", ), []),
    ):
        options = [word for value in given for word in ("--filter", value)]
        assert names(full, "-a", *options) == found, given
    assert names(full, "-f", "status=exited") == ["crashed"]  # without -a, too
    listed = json.loads(full.klee("lsc", "-a", "--filter", "name=new", "--format", "json").out)
    assert [c["name"] for c in listed] == ["new"]
    refused(full.klee("lsc", "--filter", "colour=red", check=None), 125, "colour=red", "status", "name")
    refused(full.klee("lsc", "--filter", "name", check=None), 125, "KEY=VALUE")


def test_filters_of_the_others(full):
    full.klee("image", "tag", IMAGE, "shop:v1")
    for command, given, field, found in (
        ("lsi", "reference=shop", "Repository", ["shop"]), ("lsi", "reference=sh*:v1", "Tag", ["v1"]),
        ("lsi", "dangling=true", "ID", []), ("lsn", "name=ne", "Name", ["net"]),
        ("lsn", "type=bridge", "Name", []), ("lsv", "name=dat", "Name", ["data"]),
        ("lsv", "name=x", "Name", []),
    ):
        for option in ("--filter", "-f"):
            seen = lines(full, command, option, given, "--format", "{{.%s}}" % field)
            assert seen == found, (command, given)


def test_templates(full):
    seen = full.klee("lsc", "--format", "{{.ID}}\\t{{.Names}} {{.State}} {{.Ports}}").out
    assert re.fullmatch(rf"{ID}\tweb running 8080->80/tcp\n", seen), seen
    (row, ) = lines(full, "lsc", "--format", "{{json .}}")
    assert json.loads(row)["Names"] == "web" and json.loads(row)["network_driver"] == "ipnet"
    head, line = lines(full, "lsc", "--format", "table {{.Names}}\t{{.Status}}")
    assert head.split() == ["NAME", "STATUS"] and line.split()[:2] == ["web", "running"]
    assert lines(full, "lsv", "--format", "{{.Name}}") == ["data"]
    assert lines(full, "lsn", "--format", "{{.Name}} {{.Subnets}}") == ["net 10.84.0.0/24"]
    refused(full.klee("lsc", "--format", "{{.Nmae}}", check=None), 125, "Nmae", "Names")
    refused(full.klee("lsc", "--format", "{{system \"ls\"}}", check=None), 125, "no function 'system'")


def test_inspect_by_template(full):
    show = lambda what, template: full.klee(what[0], "inspect", "-f", template, what[1]).out
    web, crashed = ("container", "web"), ("container", "crashed")
    assert show(crashed, "{{.State.ExitCode}} {{.State.Running}}") == "9 false\n"
    assert show(web, "{{.State.Status}} {{.name}} {{.Config.User}}") == "running web root\n"
    assert show(web, "{{.NetworkSettings.IPAddress}}") == full.endpoints("web")["net"]["ip_address"] + "\n"
    assert show(web, "{{range .Mounts}}{{.Source}}:{{.Destination}}{{end}}") == "data:/data\n"
    assert json.loads(show(web, "{{json .cmd}}"))[0] == "sh"
    assert show(("image", IMAGE), "{{.name}}:{{.tag}}") == f"{IMAGE}:latest\n"
    assert show(("network", "net"), "{{.subnet}}") == "10.84.0.0/24\n"
    assert show(("volume", "data"), "{{.name}}") == "data\n"
    again = full.klee("isc", "--format", "json", "web").out
    assert json.loads(again)["container"]["name"] == "web"
    for group, name in (web, ("image", IMAGE), ("network", "net"), ("volume", "data")):
        refused(full.klee(group, "inspect", "--format", "{{.x", name, check=None), 125, "--format")


@pytest.mark.parametrize("option", ("-n", "--last"))
def test_the_last_ones(full, option):
    assert names(full, option, "1") == ["new"]
    assert names(full, option, "2") == ["crashed", "new"]
    refused(full.klee("lsc", option, "0", check=None), 125, "--last")


def test_nothing_is_shortened(full):
    assert LONG not in full.klee("lsc").out
    assert LONG in full.klee("lsc", "--no-trunc").out
    for command in ("lsi", "lsn", "lsv"):
        assert full.klee(command, "--no-trunc").lines[1:]


MB = 1 << 20
FILLED = "dd if=/dev/zero of={} bs=1M count={} 2>/dev/null; sync"


def test_sizes(kleene, context):
    """Of the disk: what something takes alone, and with what it shares; asked for, or left out."""
    def size(kind, name, field="size"):
        answer = kleene.api.get(f"/{kind}s/{name}/inspect?size=true")
        return answer.get(kind, answer)[field]

    context.dockerfile(f"FROM {IMAGE}", f"RUN {FILLED.format('/big', 5)}", "CMD true")
    build(kleene, context, tag="big")
    kleene.klee("run", "-q", "--name", "one", "-v", "data:/data", "big", "sh", "-c",
                f"{FILLED.format('/own', 3)}; {FILLED.format('/data/x', 2)}")
    kleene.create("--name", "empty", "big", "true")
    base = size("image", IMAGE)
    assert size("image", IMAGE, "virtual_size") == base
    # a file system's own blocks, and compression, are neither here nor there
    if kleene.system.name == "Linux":
        assert 5 * MB <= size("image", "big") < 6 * MB
        assert base + 5 * MB <= size("image", "big", "virtual_size") < base + 6 * MB
        assert 3 * MB <= size("container", "one") < 4 * MB
        assert base + 8 * MB <= size("container", "one", "virtual_size") < base + 9 * MB
        assert size("container", "empty") < MB / 4
        assert 2 * MB <= size("volume", "data") < 3 * MB
    for path, names in (("/containers/list?all=true", ("one", "empty")), ("/images/list", ("big", )),
                        ("/volumes/list", ("data", ))):
        kind = path[1:path.index("s/")]
        plain = {o["name"]: o for o in kleene.api.get(path)}
        sized = {o["name"]: o for o in kleene.api.get(f"{path}{'&' if '?' in path else '?'}size=true")}
        for name in names:
            assert "size" not in plain[name] and "virtual_size" not in plain[name]
            assert sized[name] == {**plain[name], "size": size(kind, name),
                                   "virtual_size": size(kind, name, "virtual_size")}
        assert "size" not in kleene.api.get(f"/{kind}s/{names[0]}/inspect").get(kind, {})


@pytest.mark.parametrize("option", ("-s", "--size"))
def test_sizes_are_shown(full, option):
    amount = r"\d[\d.]*[kMG]?B"
    for command, words in (
        (("lsc", ), rf"{amount} \(virtual {amount}\)"), (("lsi", ), amount), (("lsv", ), amount),
    ):
        plain, sized = full.klee(*command).lines, full.klee(*command, option).lines
        assert "SIZE" not in plain[0] and sized[0].rstrip().endswith("SIZE")
        assert re.search(rf" {words} *$", sized[1]), sized
        assert re.fullmatch(words, full.klee(*command, "--format", "{{.Size}}").lines[0])
        assert full.klee(*command, option, "--format", "table {{.Size}}").lines[0].rstrip() == "SIZE"
        listed = json.loads(full.klee(*command, option, "--format", "json").out)
        assert all(isinstance(o["size"], int) for o in listed)
    assert full.klee("lsi", "--format", "{{.VirtualSize}} {{.UniqueSize}}").out.count("B") == 2
    for group, name in (("container", "web"), ("image", IMAGE), ("volume", "data")):
        answer = json.loads(full.klee(group, "inspect", option, name).out)
        assert isinstance(answer.get(group, answer)["size"], int)
        assert full.klee(group, "inspect", "--format", "{{.size}}", name).out.strip().isdigit()
        assert "virtual_size" not in full.klee(group, "inspect", name).out


def test_ports_and_uptime_are_shown(full):
    row = re.split(r"\s{2,}", lines(full, "lsc")[1])
    assert re.fullmatch(r"running (\d+ seconds?|Less than a second|About a minute|\d+ minutes)", row[6]), row
    assert row[8] == "8080->80/tcp"
    started = full.inspect("web")["started"]
    assert full.inspect("web")["created"] <= started
    full.klee("restart", "web")
    assert full.inspect("web")["started"] > started
    assert "started" not in full.inspect("new")


@pytest.mark.parametrize("columns", (80, 120))
def test_tables_fit_the_terminal(full, columns):
    """What is too wide is shortened, but for the id; in a pipe nothing is."""
    wide = full.create("--name", "a_name_that_is_much_too_long_for_a_column_of_any_table", IMAGE, "true")
    child = full.spawn("--theme", "simple", "lsc", "-a", dimensions=(40, columns))
    seen = child.read().splitlines()
    shown = ("PORTS", "STATUS", "AUTORUN")[: 2 if columns == 80 else 3]
    assert all(title in seen[0] for title in shown) and "AUTORUN" in full.klee("lsc").out
    assert len(seen) == 5 and all(len(line) <= columns for line in seen), seen
    assert any(line.startswith(wide) and "..." in line for line in seen)
    assert "a_name_that_is_much_too_long_for_a_column_of_any_table" in full.klee("lsc", "-a").out
