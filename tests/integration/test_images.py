# SPDX-License-Identifier: BSD-2-Clause
"""Images: fetching, what archives must not do, tags, removal."""

import json
import os
import re
import shutil
import signal
import socket

import pytest

import api
import archives
import webserver
from harness import ID, IMAGE, refused, wait_until


@pytest.fixture
def web():
    server = webserver.Server()
    yield server
    server.end()


def fetch(kleene, url, *options, check=0, tag=IMAGE):
    return kleene.klee("image", "create", *options, "-t", tag, "fetch", url, check=check)


def nothing_left(kleene):
    assert kleene.images() == []
    assert kleene.system.datasets(kleene.root, "image") == set()
    assert kleene.system.stray_storage(kleene.root) == []


# ---- where images come from ----


@pytest.fixture
def mirrored(make_kleene, system):
    made = make_kleene()
    made.prefix = system.own_mirror()
    made.start()
    return made


def test_system_of_the_host(mirrored):
    """It is called after the release, unless it has a name or is to have none."""
    result = mirrored.klee("image", "create", "fetch-auto")
    (image,) = mirrored.images()
    assert result.lines == [image["id"]] and result.err == "I: from /usr/bin/mmdebstrap\n"
    assert re.fullmatch(r"[A-Z]\w+-[\w.]+", image["name"]) and image["tag"] == "latest"
    assert mirrored.quiet(image["name"], "echo", "works") == "works\n"
    for options, name in (
        (["--no-autotag"], ("", "")), (["-t", "mine:v1"], ("mine", "v1")),
        (["--autotag"], (image["name"], "latest")), (["-a"], (image["name"], "latest")),
    ):
        made = mirrored.klee("image", "create", *options, "fetch-auto").lines[-1]
        shown = mirrored.api.get(f"/images/{made}/inspect")
        assert (shown["name"], shown["tag"]) == name


@pytest.mark.parametrize("kind", ["tar", "gz", "bz2", "xz", "zst"])
def test_formats(bare, kind):
    result = fetch(bare, f"file://{bare.system.archive(kind)}")
    (image,) = bare.images()
    assert result.lines[-1] == image["id"]
    assert (image["name"], image["tag"]) == (IMAGE, "latest")
    assert bare.quiet(IMAGE, "echo", "works") == "works\n"


def test_http(bare, web):
    archive = bare.system.archive()
    fetch(bare, web.url("file", archive), tag="direct:1")
    fetch(bare, web.url("redirect", archive), tag="redirected:2")
    for name in ("direct:1", "redirected:2"):
        assert bare.quiet(name, "echo", "works") == "works\n"


UPDATER = """#!/bin/sh
echo "$@" >> /etc/updated
echo updating
exit $(cat /etc/fails 2>/dev/null || echo 0)
"""


def archive_with_updater(system, directory, fails=None):
    """An archive whose system's updater notes that it ran, and may fail."""
    tree = directory / "tree"
    shutil.copytree(system.image_tree(), tree, symlinks=True)
    program = tree / "bin" / system.updater
    program.write_text(UPDATER)
    program.chmod(0o755)
    if fails is not None:
        (tree / "etc" / "fails").write_text(f"{fails}\n")
    path = str(directory / "updated.tgz")
    archives.pack(tree, path, "gz")
    return f"file://{path}"


def test_update(bare, tmp_path):
    """The image is what the system's updater has made of what was fetched."""
    url = archive_with_updater(bare.system, tmp_path)
    result = fetch(bare, url, "--update")
    assert "updating" in result.err
    image = bare.api.get(f"/images/{IMAGE}/inspect")
    assert result.lines == [image["id"]]
    assert bare.system.updater in bare.quiet("--rm", IMAGE, "ls", "/bin")
    assert bare.quiet("--rm", IMAGE, "cat", "/etc/updated").strip()
    assert sorted(i["name"] for i in bare.images()) == ["", IMAGE]  # and what it was made from
    bare.klee("image", "prune", "-f", "-a")
    nothing_left(bare)
    # without being asked nothing is updated
    fetch(bare, url, "--no-update")
    assert bare.klee("run", "-q", "--rm", IMAGE, "cat", "/etc/updated", check=None).code != 0


def test_update_that_fails(bare, tmp_path):
    url = archive_with_updater(bare.system, tmp_path, fails=3)
    result = fetch(bare, url, "--update", check=125)
    assert result.err.splitlines()[-1].startswith("klee: cannot update the image")
    nothing_left(bare)
    assert bare.containers() == []


def test_what_the_web_cannot_give(bare, web):
    archive = bare.system.archive()
    refused(fetch(bare, web.url("none", archive), check=None), 125, "404")
    refused(fetch(bare, web.url("circle", archive), check=None), 125)
    refused(fetch(bare, web.url("cut", archive), check=None), 125)
    refused(fetch(bare, web.url("to-disk", archive), check=None), 125)
    nothing_left(bare)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/x"
        refused(fetch(bare, url, check=None), 125, "127.0.0.1")
    nothing_left(bare)


@pytest.mark.parametrize(
    "url, word",
    [
        ("gopher://127.0.0.1/x", "gopher"), ("file:///no/such/file", "/no/such/file"),
        ("file:///etc", "/etc"), ("image.tgz", "image.tgz"), ("", ""), ("file://", "file://"),
        ("file:///dev/zero", "/dev/zero"),
    ],
)
def test_bad_urls(bare, url, word):
    refused(fetch(bare, url, check=None), 125, word)
    nothing_left(bare)


def test_wrong_usage(bare):
    assert fetch(bare, "file:///x", check=None, tag="bad name").code == 125
    bare.klee("image", "create", "no-such-method", check=2)
    bare.klee("image", "create", "fetch", check=2)
    nothing_left(bare)


@pytest.mark.parametrize("how", ["killed", "interrupted"])
def test_client_goes_away_while_fetching(bare, web, how):
    client = bare.popen("image", "create", "-t", "x", "fetch", web.url("stall", bare.system.archive()))
    assert web.stalled.wait(60)
    assert bare.system.datasets(bare.root, "image") != set()
    client.send_signal(signal.SIGKILL if how == "killed" else signal.SIGINT)
    client.wait()
    wait_until(lambda: bare.system.datasets(bare.root, "image") == set(), "the image to be undone")
    wait_until(lambda: bare.system.stray_storage(bare.root) == [])
    nothing_left(bare)


def test_daemon_is_stopped_while_fetching(bare, web):
    client = bare.popen("image", "create", "-t", "x", "fetch", web.url("stall", bare.system.archive()))
    assert web.stalled.wait(60)
    bare.stop()
    assert client.wait() == 125
    assert client.stderr.read().startswith(b"klee: ")
    bare.start()
    nothing_left(bare)


def test_daemon_is_killed_while_fetching(bare, web):
    client = bare.popen("image", "create", "-t", "x", "fetch", web.url("stall", bare.system.archive()))
    assert web.stalled.wait(60)
    bare.kill9()
    assert client.wait() == 125
    bare.start()
    nothing_left(bare)


def test_fetching_delays_nobody(bare, web):
    bare.import_image()
    bare.popen("image", "create", "-t", "x", "fetch", web.url("stall", bare.system.archive()))
    assert web.stalled.wait(60)
    assert bare.quiet(IMAGE, "echo", "meanwhile") == "meanwhile\n"
    assert len(bare.images()) == 1


def test_disk_is_full(small_root, make_kleene, tmp_path):
    archive = archives.write(
        tmp_path / "big.tar", *(archives.file(f"file{i}", os.urandom(8 << 20)) for i in range(8))
    )
    kleene = make_kleene(root=small_root)
    kleene.start()
    kleene.import_image()
    before = kleene.system.free_space(small_root)
    no_space = kleene.system.no_space
    refused(fetch(kleene, f"file://{archive}", check=None, tag="big"), 125, no_space)
    assert [i["name"] for i in kleene.images()] == [IMAGE]
    assert len(kleene.system.datasets(kleene.root, "image")) == 1

    def space_is_back():
        return kleene.system.free_space(small_root) >= before - (1 << 20)

    wait_until(space_is_back, "the space to be free again")
    assert kleene.quiet("--rm", IMAGE, "echo", "works") == "works\n"
    # a container may fill the disk, too: its own trouble, and it can be removed
    full = kleene.klee("run", IMAGE, "dd", "if=/dev/zero", "of=/root/big", "bs=65536", check=None)
    assert full.code not in (0, 125) and no_space in full.err
    kleene.klee("rmc", full.lines[0])
    wait_until(space_is_back, "the space to be free again")


# ---- what archives must not do ----


def outside(path):
    """A directory that nothing may be written to."""
    directory = path / "outside"
    directory.mkdir()
    (directory / "victim").write_text("untouched\n")
    return directory


def untouched(directory):
    return os.listdir(directory) == ["victim"] and (directory / "victim").read_text() == "untouched\n"


HOSTILE = {
    "dotdot": lambda out: [archives.file("../evil")],
    "dotdot inside": lambda out: [archives.directory("a"), archives.file("a/../../evil")],
    "absolute": lambda out: [archives.file(f"{out}/evil")],
    "below a link": lambda out: [archives.symlink("link", str(out)), archives.file("link/evil")],
    "below a relative link": lambda out: [
        archives.symlink("link", "../../../../../../../../../../.." + str(out)),
        archives.file("link/evil"),
    ],
    "below a link in a directory": lambda out: [
        archives.directory("d"), archives.symlink("d/link", str(out)),
        archives.directory("d/link/evil"),
    ],
    "hard link out": lambda out: [archives.hardlink("evil", f"{out}/victim")],
    "hard link up": lambda out: [archives.hardlink("evil", "../../../../../../../../etc/passwd")],
    "hard link through a link": lambda out: [
        archives.symlink("link", str(out)), archives.hardlink("evil", "link/victim"),
    ],
    "hard link to nothing": lambda out: [archives.hardlink("evil", "not/there")],
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_archives(bare, tmp_path, kind):
    out = outside(tmp_path)
    members = [archives.file("first"), *HOSTILE[kind](out), archives.file("last")]
    archive = archives.write(tmp_path / "bad.tar", *members)
    refused(fetch(bare, f"file://{archive}", check=None), 125, "evil")
    assert untouched(out)
    nothing_left(bare)


REPLACING = {
    "file over a link": lambda out: [
        archives.symlink("name", f"{out}/victim"), archives.file("name", b"overwritten"),
    ],
    "file over a hard link to a link": lambda out: [
        archives.symlink("link", f"{out}/victim"), archives.hardlink("name", "link"),
        archives.file("name", b"overwritten"),
    ],
    "directory over a link": lambda out: [
        archives.symlink("name", str(out)), {**archives.directory("name"), "mode": 0o777},
        archives.file("name/evil"),
    ],
    "file that the daemon writes": lambda out: [
        archives.directory("etc"), archives.symlink("etc/resolv.conf", f"{out}/victim"),
        archives.symlink("etc/localtime", f"{out}/victim"),
    ],
    "directory that the daemon writes to": lambda out: [archives.symlink("etc", str(out))],
}


@pytest.mark.parametrize("kind", REPLACING)
def test_links_are_never_followed(bare, tmp_path, kind):
    out = outside(tmp_path)
    mode = out.stat().st_mode
    archive = archives.write(tmp_path / "a.tar", *REPLACING[kind](out))
    fetch(bare, f"file://{archive}", "--dns", "--localtime", check=None)
    assert untouched(out) and out.stat().st_mode == mode


def test_device_nodes_are_left_out(bare, tmp_path):
    base = bare.system.image_tree()
    archive = tmp_path / "devices.tar"
    archives.pack(base, archive, "tar")
    with archives.tarfile.open(archive, "a") as tar:
        info = archives.tarfile.TarInfo("./root/disk")
        info.type, info.devmajor, info.devminor = archives.tarfile.BLKTYPE, 7, 0
        tar.addfile(info)
        info = archives.tarfile.TarInfo("./root/null")
        info.type, info.devmajor, info.devminor = archives.tarfile.CHRTYPE, 1, 3
        tar.addfile(info)
        info = archives.tarfile.TarInfo("./root/fifo")
        info.type = archives.tarfile.FIFOTYPE
        tar.addfile(info)
    fetch(bare, f"file://{archive}")
    assert bare.quiet(IMAGE, "ls", "/root") == "fifo\n"


def damage(kind, archive, path):
    with open(archive, "rb") as file:
        data = bytearray(file.read())
    if kind == "truncated":
        data = data[: len(data) // 2]
    elif kind == "truncated at the end":
        data = data[:-600]
    elif kind == "corrupt":
        for i in range(len(data) // 2, len(data) // 2 + 64):
            data[i] ^= 0x5A
    elif kind == "rubbish":
        data = b"this is no archive\n" * 1000
    elif kind == "empty":
        data = b""
    with open(path, "wb") as file:
        file.write(data)
    return path


@pytest.mark.parametrize("compression", ["tar", "gz", "bz2", "xz", "zst"])
@pytest.mark.parametrize("kind", ["truncated", "truncated at the end", "corrupt"])
def test_damaged_archives(bare, tmp_path, kind, compression):
    if compression == "tar" and kind != "truncated":
        # without a checksum of the contents; what can be noticed is a damaged header
        archive = tmp_path / "a.tar"
        archives.write(archive, archives.file("first", b"x" * 512), archives.file("second"))
        with open(archive, "r+b") as file:
            if kind == "corrupt":
                file.seek(1024)
                file.write(b"\x5a" * 64)
            else:
                file.truncate(1024 + 512 + 3)
    else:
        archive = damage(kind, bare.system.archive(compression), tmp_path / "a")
    refused(fetch(bare, f"file://{archive}", check=None), 125)
    nothing_left(bare)


@pytest.mark.parametrize("kind", ["rubbish", "empty"])
def test_what_is_no_archive(bare, tmp_path, kind):
    archive = damage(kind, bare.system.archive(), tmp_path / "a")
    refused(fetch(bare, f"file://{archive}", check=None), 125)
    nothing_left(bare)


def test_archive_without_members(bare, tmp_path):
    archive = archives.write(tmp_path / "a.tar")
    refused(fetch(bare, f"file://{archive}", check=None), 125)
    nothing_left(bare)


def test_contents_arrive_as_they_are(bare, tmp_path):
    archive = tmp_path / "a.tar"
    archives.pack(bare.system.image_tree(), archive, "tar")
    with archives.tarfile.open(archive, "a") as tar:
        members = [
            {**archives.directory("./x"), "mode": 0o1770, "uid": 1001, "gid": 50},
            {**archives.file("./x/set-user-id"), "mode": 0o4755, "uid": 1002, "gid": 1001},
            {**archives.file("./x/old"), "mtime": 86400 * 365},
            archives.hardlink("./x/same", "./x/old"),
            archives.symlink("./x/link", "/no/where"),
            archives.file("./x/new\nline"),
        ]
        for member in members:
            data = member.pop("data", b"")
            info = archives.tarfile.TarInfo()
            info.mode, info.size = 0o644, len(data)
            for key, value in member.items():
                setattr(info, key, value)
            tar.addfile(info, archives.io.BytesIO(data))
    fetch(bare, f"file://{archive}")
    out = bare.quiet(IMAGE, "ls", "-lnd", "/x", "/x/set-user-id", "/x/link")
    forms = [
        r"^lrwx\S+\s+1\s+0\s+0\s.*/x/link -> /no/where$", r"^-rwsr-xr-x\s+1\s+1002\s+1001\s.*set-user-id$",
        r"^drwxrwx--T\s+2\s+1001\s+50\s.*/x$",
    ]
    for form in forms:
        assert re.search(form, out, re.M), out
    assert bare.quiet(IMAGE, "sh", "-c", "test /x/old -ef /x/same && ls -l /x/old").count("1971") == 1
    assert bare.quiet(IMAGE, "cat", "/x/new\nline") == "content\n"


def test_files_of_the_host(bare):
    archive = f"file://{bare.system.archive()}"
    fetch(bare, archive, "--no-dns", "--no-localtime", tag="without")
    bare.klee("run", "-q", "without", "ls", "/etc/resolv.conf", check=1)
    if os.path.exists("/etc/resolv.conf"):
        with open("/etc/resolv.conf", encoding="utf-8") as file:
            expected = file.read()
        fetch(bare, archive, tag="with")
        assert bare.quiet("with", "cat", "/etc/resolv.conf") == expected


def test_command_of_a_system_with_rc(bare, tmp_path):
    archive = tmp_path / "a.tar"
    archives.pack(bare.system.image_tree(), archive, "tar")
    with archives.tarfile.open(archive, "a") as tar:
        data = b"echo starting the system\n"
        info = archives.tarfile.TarInfo("./etc/rc")
        info.size = len(data)
        tar.addfile(info, archives.io.BytesIO(data))
    fetch(bare, f"file://{archive}")
    assert bare.images()[0]["cmd"] == ["/bin/sh", "/etc/rc"]
    assert bare.run(IMAGE).output == "starting the system\n"


# ---- names and removal ----


def test_list_and_inspect(kleene):
    (image,) = kleene.images()
    header, *rows = kleene.klee("lsi").lines
    assert re.split(r"\s{2,}", header.strip()) == ["ID", "NAME", "TAG", "CREATED"]
    assert re.match(rf"\s*{image['id']}\s+{IMAGE}\s+latest\s+\S.* ago", rows[0])
    assert json.loads(kleene.klee("image", "ls", "--format", "json").out) == [image]
    for reference in (IMAGE, f"{IMAGE}:latest", image["id"], image["id"][:7]):
        assert json.loads(kleene.klee("image", "inspect", reference).out) == image
    refused(kleene.klee("isi", "no-such", check=None), 1, "no-such")
    refused(kleene.klee("isi", f"{IMAGE}:other", check=None), 1, f"{IMAGE}:other")


def test_tag(kleene):
    image = kleene.images()[0]["id"]
    assert kleene.klee("image", "tag", IMAGE, "other:1.0").out == f"{image}\n"
    kleene.klee("image", "tag", image[:8], "plain")
    kleene.klee("image", "tag", "plain", IMAGE)  # it is called so already
    (found,) = kleene.images()
    assert found["names"] == [f"{IMAGE}:latest", "other:1.0", "plain:latest"]
    assert (found["name"], found["tag"]) == (IMAGE, "latest")
    assert kleene.api.get("/images/other:1.0/inspect") == found
    rows = [line.split()[:3] for line in kleene.klee("lsi").lines[1:]]
    assert rows == [[image, IMAGE, "latest"], [image, "other", "1.0"], [image, "plain", "latest"]]
    assert kleene.klee("lsi", "-q").out == f"{image}\n"
    assert kleene.klee("lsi", "--filter", "reference=other", "--format", "{{.ID}} {{.Tag}}").out == f"{image} 1.0\n"
    refused(kleene.klee("image", "tag", "plain", "bad name", check=None), 1, "bad name")
    refused(kleene.klee("image", "tag", "gone", "x", check=None), 1, "gone")
    # as it was published: in the place of the one that is shown
    kleene.api.post("/images/plain/tag?nametag=new")
    assert kleene.images()[0]["names"] == ["new:latest", "other:1.0", "plain:latest"]
    refused(kleene.klee("create", IMAGE, "true", check=None), 125, IMAGE)


def test_names_are_removed_one_by_one(kleene):
    image = kleene.images()[0]["id"]
    kleene.klee("image", "tag", IMAGE, "other:1.0")
    kleene.klee("image", "tag", IMAGE, "third")
    container = kleene.create("--name", "user", IMAGE, "true")
    refused(kleene.klee("rmi", image, check=None), 1, "other:1.0", "third:latest")
    refused(kleene.klee("rmi", "-f", image, check=None), 1, "user")
    assert kleene.klee("rmi", IMAGE, "third").out == f"{image}\n" * 2
    refused(kleene.klee("rmi", IMAGE, check=None), 1, IMAGE)
    assert kleene.images()[0]["names"] == ["other:1.0"]
    refused(kleene.klee("rmi", "other:1.0", check=None), 1, "user")  # that is the last one
    assert kleene.quiet("--rm", "other:1.0", "echo", "works") == "works\n"
    kleene.klee("image", "prune", "-f")
    kleene.klee("rmc", container)
    kleene.klee("rmi", "other:1.0")
    assert kleene.images() == []
    made = kleene.import_image()
    kleene.klee("image", "tag", IMAGE, "more")
    assert kleene.klee("image", "prune", "-a", "-f").lines[-1] == made  # with all its names
    assert kleene.images() == []
    made = kleene.import_image()
    kleene.klee("image", "tag", IMAGE, "more")
    assert kleene.klee("rmi", "--force", made[:6]).out == f"{made}\n"
    assert kleene.images() == []


def test_a_name_moves_to_the_newer_image(kleene):
    first = kleene.images()[0]["id"]
    container = kleene.create(IMAGE, "true")
    second = kleene.import_image()
    assert first != second
    names = {i["id"]: (i["name"], i["tag"]) for i in kleene.images()}
    assert names == {first: ("", ""), second: (IMAGE, "latest")}
    assert kleene.inspect(kleene.create(IMAGE, "true"))["image_id"] == second
    assert kleene.inspect(container)["image_id"] == first
    kleene.klee("start", container)
    result = kleene.klee("image", "tag", first, IMAGE, check=None)
    refused(result, 1, f"{IMAGE}:latest", second)
    assert result.err.endswith("\n--force does it all the same\n")
    assert {i["id"]: (i["name"], i["tag"]) for i in kleene.images()} == names
    kleene.klee("image", "tag", second, IMAGE)  # its own
    kleene.klee("image", "tag", "-f", first, IMAGE)
    names = {i["id"]: (i["name"], i["tag"]) for i in kleene.images()}
    assert names == {second: ("", ""), first: (IMAGE, "latest")}
    # as it was published
    kleene.api.post(f"/images/{second}/tag?nametag={IMAGE}")
    with pytest.raises(api.Error) as error:
        kleene.api.post(f"/images/{first}/tag?nametag={IMAGE}&unused=true")
    assert error.value.status == 404 and second in error.value.message
    kleene.klee("image", "tag", "--force", first, IMAGE)


def test_remove(kleene):
    image = kleene.images()[0]["id"]
    container = kleene.create("--name", "user", IMAGE, "true")
    refused(kleene.klee("rmi", IMAGE, check=None), 1, "user")
    assert kleene.quiet(IMAGE, "echo", "works") == "works\n"
    kleene.klee("rmc", *(c["id"] for c in kleene.containers()))
    other = kleene.import_image(tag="other")
    result = kleene.klee("image", "rm", "no-such", IMAGE, check=1)
    assert result.out == f"{image}\n"
    refused(result, 1, "no-such")
    assert [i["id"] for i in kleene.images()] == [other]
    refused(kleene.klee("create", IMAGE, "true", check=None), 125, IMAGE)
    assert container


def test_image_with_a_running_container_is_not_removed(kleene):
    container = kleene.detached("--name", "busy", IMAGE, "sleep", "1000")
    refused(kleene.klee("rmi", IMAGE, check=None), 1, "busy")
    assert kleene.running() == [container]


def test_prune(kleene):
    first = kleene.images()[0]["id"]
    container = kleene.create(IMAGE, "true")
    second = kleene.import_image()
    third = kleene.import_image()
    out = kleene.klee("image", "prune", "-f").out
    assert second in out and first not in out and third not in out
    assert {i["id"] for i in kleene.images()} == {first, third}
    kleene.klee("rmc", container)
    out = kleene.klee("image", "prune", "-a", input="y\n").out
    assert first in out and third in out
    assert kleene.images() == []


def test_an_image_does_not_change(kleene):
    kleene.run(IMAGE, "sh", "-c", "echo changed > /etc/passwd; rm -r /home; echo > /new")
    look = "ls /home; test -e /new || head -n 1 /etc/passwd | cut -d : -f 1"
    assert kleene.quiet(IMAGE, "sh", "-c", look) == "alice\nroot\n"


def test_no_tag(bare):
    result = bare.klee("image", "create", "fetch", f"file://{bare.system.archive()}")
    (image,) = bare.images()
    assert result.lines[-1] == image["id"] and re.fullmatch(ID, image["id"])
    assert bare.quiet(image["id"], "echo", "works") == "works\n"
