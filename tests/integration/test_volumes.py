# SPDX-License-Identifier: BSD-2-Clause
"""Volumes: what is done with them, who shares them, and what a new one is filled with."""

import contextlib
import json
import os
import re
import socket
import sqlite3
import stat
import subprocess
import threading

import pytest

import api
import archives
from building import Context, build
from harness import ID, IMAGE, PATIENCE, refused, wait_until

CONTENT = "content"  # an image with something in /content


@pytest.fixture(params=["host", "disabled"])
def driver(request):
    """Containers with the host's user ids, and with their own where the system has that."""
    return request.param


def names(kleene):
    return sorted(v["name"] for v in kleene.volumes())


# ---- the commands ----


def test_create_list_inspect_remove(kleene):
    assert kleene.klee("volume", "create", "first").out == "first\n"
    kleene.klee("volume", "create", "second")
    header, *rows = kleene.klee("volume", "ls").lines
    assert re.split(r"\s{2,}", header.strip()) == ["VOLUME NAME", "CREATED"]
    assert [r.split()[0] for r in rows] == ["second", "first"]
    assert all(r.strip().endswith(" ago") for r in rows)
    assert kleene.klee("lsv").lines[0] == header
    listed = json.loads(kleene.klee("lsv", "--format", "json").out)
    for reference in (["volume", "inspect"], ["isv"]):
        inspected = json.loads(kleene.klee(*reference, "first").out)
        assert inspected["mountpoints"] == []
        volume = inspected["volume"]
        assert set(volume) >= {"name", "dataset", "mountpoint", "created"} and volume in listed
        assert volume["name"] == "first" and os.path.isdir(volume["mountpoint"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", volume["created"])
    assert kleene.system.datasets(kleene.root, "volume") == {"first", "second"}
    assert kleene.klee("volume", "rm", "first").out == "first\n"
    assert kleene.klee("rmv", "second").out == "second\n"
    assert names(kleene) == [] and not os.path.exists(volume["mountpoint"])


def test_a_volume_without_a_name_gets_an_id(kleene):
    name = kleene.klee("volume", "create").out.strip()
    assert re.fullmatch(ID, name) and names(kleene) == [name]


@pytest.mark.parametrize("name", ["..", ".x", "-x", "a/b", "/a", "a b", "a:b", "ü", "x" * 64, "@a"])
def test_bad_names(kleene, name):
    refused(kleene.klee("volume", "create", "--", name, check=None), 1, f"'{name}'")
    with pytest.raises(api.Error) as error:
        kleene.api.post("/volumes/create", {"name": name})
    assert error.value.status == 404
    assert names(kleene) == []


@pytest.mark.parametrize("name", ["a", "0", "A_b.c-d", "x" * 63, "create", "list"])
def test_good_names(kleene, name):
    assert kleene.klee("volume", "create", name).out == f"{name}\n"
    assert kleene.quiet("-m", f"{name}:/v", IMAGE, "ls", "/v") == ""
    kleene.klee("rmc", kleene.containers()[0]["id"])
    kleene.klee("rmv", name)


def test_a_name_is_taken_once(kleene):
    kleene.klee("volume", "create", "mine")
    refused(kleene.klee("volume", "create", "mine", check=None), 1, "mine", "taken")
    with pytest.raises(api.Error) as error:
        kleene.api.post("/volumes/create", {"name": "mine"})
    assert error.value.status == 404


def test_what_is_not_there(kleene):
    kleene.klee("volume", "create", "there")
    refused(kleene.klee("isv", "no-such", check=None), 1, "no such volume", "no-such")
    result = kleene.klee("rmv", "no-such", "there", check=1)
    refused(result, 1, "no such volume", "no-such")
    assert result.out == "there\n"
    for call in (kleene.api.get, ), (kleene.api.delete, ):
        url = "/volumes/no-such" + ("/inspect" if call[0] == kleene.api.get else "")
        with pytest.raises(api.Error) as error:
            call[0](url)
        assert error.value.status == 404


def test_created_on_first_use(kleene):
    container = kleene.create("-m", "new:/foo/bar", "-m", "other:/x:ro", IMAGE, "true")
    assert names(kleene) == ["new", "other"]
    points = [
        {"type": "volume", "source": "new", "destination": "/foo/bar", "read_only": False,
         "container_id": container},
        {"type": "volume", "source": "other", "destination": "/x", "read_only": True,
         "container_id": container},
    ]
    assert json.loads(kleene.klee("isc", container).out)["container_mountpoints"] == points
    assert json.loads(kleene.klee("isv", "new").out)["mountpoints"] == points[:1]
    assert json.loads(kleene.klee("isv", "other").out)["mountpoints"] == points[1:]


def test_a_create_that_fails_makes_no_volume(kleene):
    kleene.create("--name", "taken", IMAGE, "true")
    for arguments in (["no-such-image"], ["--name", "taken", IMAGE], ["-e", "=x", IMAGE]):
        kleene.klee("create", "-m", "new:/v", *arguments, check=125)
    assert names(kleene) == [] and kleene.system.datasets(kleene.root, "volume") == set()


def test_a_volume_in_use_stays(kleene):
    container = kleene.detached("-m", "used:/v", IMAGE, "sh", "-c", "echo x > /v/file; sleep 1000")
    wait_until(lambda: os.path.exists(f"{kleene.volume('used')}/file"))
    name = kleene.inspect(container)["name"]
    refused(kleene.klee("rmv", "-f", "used", check=None), 1, "used", "running container", name)
    with pytest.raises(api.Error) as error:
        kleene.api.delete("/volumes/used")
    assert error.value.status == 404
    assert kleene.klee("volume", "prune", "-f").out == ""
    assert os.path.exists(f"{kleene.volume('used')}/file")
    kleene.klee("stop", container)
    kleene.klee("rmv", "-f", "used")
    assert names(kleene) == []
    # the container gets a new one
    kleene.klee("start", "-d", container)
    assert names(kleene) == ["used"]


def test_a_volume_that_containers_name_is_not_removed_by_mistake(kleene):
    """They are named, running or not; the API's own request goes on as it was published."""
    for name in ("web", "db"):
        kleene.create("--name", name, "-m", "used:/v", IMAGE, "true")
    kleene.klee("volume", "create", "free")
    result = kleene.klee("rmv", "used", "free", check=1)
    assert result.out == "free\n" and result.err.splitlines()[1:] == ["--force does it when they are stopped"]
    assert "mounted in the containers web, db" in result.err or "containers db, web" in result.err
    with pytest.raises(api.Error) as error:
        kleene.api.delete("/volumes/used?unused=true")
    assert error.value.status == 404 and names(kleene) == ["used"]
    assert kleene.klee("volume", "rm", "--force", "used").out == "used\n"
    kleene.create("--name", "other", "-m", "more:/v", IMAGE, "true")
    assert kleene.api.delete("/volumes/more") == {"id": "more"}
    assert names(kleene) == []


def test_prune_asks_and_spares_what_is_mounted(kleene):
    for name in ("a", "b", "c"):
        kleene.klee("volume", "create", name)
    kleene.create("-m", "b:/v", IMAGE, "true")
    out = kleene.klee("volume", "prune", input="n\n").out
    assert "WARNING" in out and out.rstrip().endswith("[y/N]:")
    assert names(kleene) == ["a", "b", "c"]
    assert sorted(kleene.klee("volume", "prune", "-f").lines) == ["a", "c"]
    assert names(kleene) == ["b"]


def test_help_knows_volumes(kleene):
    out = kleene.klee("--help").out
    assert "lsv = volume ls" in out and "isv = volume inspect" in out and "rmv = volume rm" in out
    for command in ("create", "ls", "inspect", "rm", "prune"):
        assert f"klee volume {command}" in kleene.klee("volume", command, "--help").out


# ---- sharing ----


def test_a_volume_outlives_its_containers(kleene, driver):
    run = ["run", "-q", "--rm", "-l", driver, "-m", "kept:/data", IMAGE, "sh", "-c"]
    kleene.klee(*run, "echo one >> /data/file; mkdir /data/sub; ln -s /etc/passwd /data/link")
    kleene.klee(*run, "echo two >> /data/file")
    assert kleene.klee(*run, "cat /data/file; ls /data").out == "one\ntwo\nfile\nlink\nsub\n"
    kleene.restart()
    assert kleene.klee(*run, "cat /data/file").out == "one\ntwo\n"


def test_containers_share_a_volume(kleene, driver):
    mount = ["-l", driver, "-m", "shared:/data"]
    writer = kleene.detached(*mount, IMAGE, "sleep", "1000")
    reader = kleene.detached("-l", driver, "-m", "shared:/seen:ro", IMAGE, "sleep", "1000")
    kleene.klee("exec", writer, "sh", "-c", "echo hello > /data/file; chmod 666 /data/file")
    assert "\nhello\n" in kleene.klee("exec", reader, "cat", "/seen/file").out
    failed = kleene.klee("exec", reader, "sh", "-c", "echo x > /seen/file", check=None)
    assert failed.code != 0 and "Read-only file system" in failed.err
    assert "\nhello\n" in kleene.klee("exec", writer, "cat", "/data/file").out


def test_owners_are_the_same_in_every_container(kleene, driver):
    """Whatever ids a container has on the host, the volume knows those that it sees."""
    script = "mkdir /v/d; touch /v/root /v/d/alice; chown alice:staff /v/d/alice; chmod 4755 /v/root"
    kleene.klee("run", "-l", driver, "-m", "v:/v", IMAGE, "sh", "-c", script)
    for other in ("host", "disabled"):
        out = kleene.quiet("-l", other, "-m", "v:/v", IMAGE, "ls", "-ln", "/v/root", "/v/d/alice")
        owners = {line.split()[-1]: line.split()[2:4] for line in out.splitlines()}
        assert owners == {"/v/root": ["0", "0"], "/v/d/alice": ["1001", "50"]}
    found = os.stat(f"{kleene.volume('v')}/d/alice")
    assert (found.st_uid, found.st_gid) == (1001, 50)


def test_nobody_on_the_host_can_reach_a_volumes_programs(kleene):
    """A set-user-id program that a container leaves in a volume is of no use outside of it."""
    kleene.klee("run", "-m", "v:/v", IMAGE, "sh", "-c", "cp /bin/id /v/id; chmod 4755 /v/id")
    path = f"{kleene.volume('v')}/id"
    assert os.stat(path).st_mode & stat.S_ISUID

    def become_nobody():
        os.setgid(65534)
        os.setuid(65534)

    with pytest.raises(PermissionError):
        subprocess.run([path, "-u"], preexec_fn=become_nobody, check=False)


# ---- what a new volume is filled with ----


def describe(tree, system):
    """All that can be said of what is in a directory, and of it."""
    tree = str(tree)
    found = {}
    inodes = {}
    for where, directories, files in os.walk(tree):
        for name in [*directories, *files, *([""] if where == tree else [])]:
            path = os.path.join(where, name) if name else where
            info = os.lstat(path)
            about = [stat.S_IFMT(info.st_mode), oct(info.st_mode & 0o7777), info.st_uid, info.st_gid]
            about.append(info.st_mtime_ns // 1000)
            if stat.S_ISLNK(info.st_mode):
                about.append(os.readlink(path))
            elif stat.S_ISREG(info.st_mode):
                with open(path, "rb") as file:
                    about.append(file.read())
            if not stat.S_ISDIR(info.st_mode):
                about.append(info.st_nlink)
                # the other names of the same file
                about.append(inodes.setdefault(info.st_ino, os.path.relpath(path, tree)))
            if stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode):
                about.append(system.attributes(path))
                about.append(system.acl(path))
            if stat.S_ISDIR(info.st_mode):
                about.append(system.acl(path, inherited=True))
            found[os.path.relpath(path, tree)] = about
    return found


def make_content(directory):
    """Files of all kinds; the walk of describe meets hard links in the same order everywhere."""
    (directory / "sub" / "deep").mkdir(parents=True)
    (directory / "empty").mkdir()
    (directory / "a").write_bytes(os.urandom(300000))
    (directory / "program").write_text("#!/bin/sh\n")
    (directory / "sub" / "private").write_text("secret\n")
    (directory / "sub" / "deep" / "none").write_text("")
    os.link(directory / "a", directory / "sub" / "again")
    os.link(directory / "a", directory / "sub" / "deep" / "and again")
    os.symlink("../a", directory / "sub" / "relative")
    os.symlink("/etc/passwd", directory / "absolute")
    os.symlink("nowhere", directory / "dangling")
    os.mkfifo(directory / "fifo")
    os.chown(directory / "sub", 1001, 50)
    os.chown(directory / "sub" / "private", 1002, 1002)
    os.chown(directory / "absolute", 1001, 1001, follow_symlinks=False)
    os.chown(directory / "fifo", 1001, 60)
    for name, mode in {
        "program": 0o4755, "sub/private": 0o400, "sub": 0o2770, "empty": 0o1777, "fifo": 0o622,
        "": 0o751,
    }.items():
        os.chmod(directory / name, mode)
    os.chown(directory, 1002, 60)
    for i, (where, directories, files) in enumerate(os.walk(directory, topdown=False)):
        for k, name in enumerate([*files, *directories]):
            when = (1000000000 + 1000 * i + k) * 10**9
            os.utime(os.path.join(where, name), ns=(when, when), follow_symlinks=False)
    os.utime(directory, ns=(999999999 * 10**9,) * 2)


ATTRIBUTES = {
    "content/a": {"SCHILY.xattr.user.colour": "blue", "SCHILY.xattr.user.shape": "round"},
    "content/sub": {
        "SCHILY.xattr.user.colour": "green",
        "SCHILY.acl.access": "user::rwx,group::rwx,mask::rwx,user:alice:rwx:1001,other::---",
        "SCHILY.acl.default": "user::rwx,group::r-x,mask::r-x,user:bob:r-x:1002,other::---",
    },
    "content/program": {
        "SCHILY.acl.access": "user::rwx,group::r-x,mask::r-x,user:alice:r-x:1001,other::r-x",
    },
}


@pytest.fixture(scope="session")
def content(system, tmp_path_factory):
    """A directory with files of all kinds, and an archive of an image that has it as /content."""
    directory = tmp_path_factory.mktemp("volumes") / "content"
    directory.mkdir()
    make_content(directory)
    archive = str(directory) + ".tar"
    archives.pack_with(system.image_tree(), archive, attributes=ATTRIBUTES, content=directory)
    return directory, archive


@pytest.fixture
def filled(kleene, content):
    """The daemon with that image; what is in it, as the unpacked image has it."""
    kleene.import_image(content[1], CONTENT)
    return kleene


def expected(content, system):
    found = describe(content[0], system)
    # of these the archive alone knows
    found["a"][-2] = found["sub/again"][-2] = found["sub/deep/and again"][-2] = {
        "colour": b"blue", "shape": b"round"
    }
    found["sub"][-3] = {"colour": b"green"}
    return found


def without_acls(described, system):
    """What is described, and the lists separately."""
    lists = {}
    for name, about in described.items():
        if about[0] == stat.S_IFDIR:
            lists[name] = about[-2:]
            del about[-2:]
        elif about[0] == stat.S_IFREG:
            lists[name] = about.pop()
    return described, lists


def check_content(volume, content, system):
    found, lists = without_acls(describe(volume, system), system)
    wanted, _ = without_acls(expected(content, system), system)
    assert found == wanted
    if system.has_posix_acls:
        assert None not in lists["sub"] and lists["program"] is not None
        assert lists["a"] is None and lists["empty"] == [None, None]


def test_filled_with_everything(filled, content, driver):
    out = filled.quiet("-l", driver, "-m", "new:/content", CONTENT, "ls", "/content")
    assert out.split() == sorted(os.listdir(content[0]))
    check_content(filled.volume("new"), content, filled.system)


def test_a_read_only_volume_is_filled_too(filled, content, driver):
    mount = ["-l", driver, "-m", "new:/content:ro"]
    result = filled.klee("run", "-q", *mount, CONTENT, "touch", "/content/a", check=1)
    assert "Read-only file system" in result.err
    check_content(filled.volume("new"), content, filled.system)


def test_lists_are_the_images(filled, content, driver):
    """Access control lists on the volume are those that the image has."""
    if not filled.system.has_posix_acls:
        pytest.skip("no lists that an archive could hold")
    container = filled.create("-l", driver, "-m", "new:/content", CONTENT, "true")
    filled.klee("start", container)
    image = filled.inspect(container)["image_id"]
    layer = os.readlink(os.path.join(filled.root, "image", image, "snapshots", "image"))
    source = os.path.join(filled.root, "layer", layer.split(":")[0], "content")
    for name in ("sub", "program"):
        for inherited in (False, True):
            assert filled.system.acl(f"{filled.volume('new')}/{name}", inherited) == \
                filled.system.acl(f"{source}/{name}", inherited)


def test_lists_of_the_storages_own_kind(filled, driver):
    """What somebody has given to files of a container goes with them, on Linux as on ZFS."""
    script = "mkdir -p /made/dir; echo x > /made/file; echo x > /made/plain; chmod 755 /made/*"
    container = filled.create("-l", driver, IMAGE, "sh", "-c", script)
    filled.klee("start", container)
    made = os.path.join(filled.system.container_files(filled.root, container), "made")
    for name in ("dir", "file"):
        filled.system.set_own_list(f"{made}/{name}")
    mount = {"type": "volume", "source": "v", "destination": "/made", "read_only": False}
    filled.api.post(f"/containers/{container}/update", {"mounts": [mount], "cmd": ["true"]})
    filled.klee("start", container)
    volume = filled.volume("v")
    for name in ("dir", "file"):
        given = filled.system.own_list(f"{made}/{name}")
        assert given and filled.system.own_list(f"{volume}/{name}") == given
    assert not filled.system.own_list(f"{volume}/plain")


def test_filled_once(filled):
    """What a user has removed does not come back, what he has changed stays."""
    mount = ["-m", "v:/content", CONTENT]
    filled.klee("run", *mount, "sh", "-c", "cd /content; rm -rf sub absolute; echo mine > a")
    assert filled.quiet(*mount, "sh", "-c", "cd /content; ls; cat a").split() == sorted(
        {*os.listdir(filled.volume("v")), "mine"} - {""}, key=lambda n: (n == "mine", n)
    )
    assert not os.path.exists(f"{filled.volume('v')}/sub")


def test_what_is_in_a_volume_stays(filled):
    """A volume that has something in it gets nothing more."""
    filled.klee("volume", "create", "v")
    with open(f"{filled.volume('v')}/mine", "w", encoding="ascii") as file:
        file.write("mine\n")
    assert filled.quiet("-m", "v:/content", CONTENT, "ls", "/content") == "mine\n"


def test_an_emptied_volume_is_filled_again(filled, content):
    filled.klee("run", "-m", "v:/content", CONTENT, "sh", "-c", "rm -rf /content/*; ls /content")
    assert os.listdir(filled.volume("v")) == []
    filled.klee("run", "-m", "v:/content", CONTENT, "true")
    assert sorted(os.listdir(filled.volume("v"))) == sorted(os.listdir(content[0]))


def test_host_directories_are_not_filled(filled, tmp_path):
    assert filled.quiet("-m", f"{tmp_path}:/content", CONTENT, "ls", "/content") == ""
    assert os.listdir(tmp_path) == []


def test_a_volume_on_a_mount_is_filled_from_the_image(filled, content, tmp_path, driver):
    """Nothing of what is mounted below goes into it, be it the host's or another volume's."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "secret").write_text("the host's\n")
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "secret").write_text("the host's\n")
    filled.klee("volume", "create", "outer")
    os.mkdir(f"{filled.volume('outer')}/deep")
    with open(f"{filled.volume('outer')}/deep/secret", "w", encoding="ascii") as file:
        file.write("another volume's\n")
    for number, below in enumerate((str(tmp_path), "outer")):
        filled.quiet(
            "-l", driver, "-m", f"{below}:/content/sub", "-m", f"new{number}:/content/sub/deep:ro",
            "-m", f"alone{number}:/content/sub/alone", CONTENT, "true",
        )
        assert sorted(os.listdir(filled.volume(f"new{number}"))) == sorted(
            os.listdir(content[0] / "sub" / "deep"))
        assert os.listdir(filled.volume(f"alone{number}")) == []


def test_an_empty_place_gives_its_owner(filled, driver):
    """A new volume belongs to whom the directory belonged; one that was given away stays his."""
    mount = ["-l", driver, "-m", "v:/home/alice", IMAGE]
    filled.klee("run", "-u", "alice", *mount, "touch", "/home/alice/file")
    found = os.stat(filled.volume("v"))
    assert (found.st_uid, found.st_gid) == (1001, 1001)
    filled.klee("run", *mount, "sh", "-c", "rm /home/alice/file; chown bob:bob /home/alice")
    filled.klee("run", *mount, "true")
    assert os.stat(filled.volume("v")).st_uid == 1002


def test_what_a_container_has_made_fills_a_volume(filled, driver):
    """Also holes, which stay holes; devices and sockets are left out, FIFOs are not opened."""
    container = filled.create("-l", driver, IMAGE, "sh", "-c", (
        "mkdir -p /made/dir; cd /made; mkfifo fifo dir/fifo; echo data > file;"
        " dd if=/dev/zero of=holes bs=1 count=1 seek=50000000 2>/dev/null"
    ))
    filled.klee("start", container)
    made = os.path.join(filled.system.container_files(filled.root, container), "made")
    os.mknod(f"{made}/device", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(made, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{here}/socket" if os.path.exists("/proc/self/fd") else f"{made}/socket")
        os.close(here)
    mount = {"type": "volume", "source": "v", "destination": "/made", "read_only": False}
    filled.api.post(f"/containers/{container}/update", {"mounts": [mount], "cmd": ["ls", "/made"]})
    assert "\ndir\nfifo\nfile\nholes\n\n" in filled.klee("start", container).out
    volume = filled.volume("v")
    assert os.stat(f"{volume}/holes").st_size == 50000001
    assert os.stat(f"{volume}/holes").st_blocks < 10000
    assert stat.S_ISFIFO(os.stat(f"{volume}/dir/fifo").st_mode)


def test_links_are_copied_and_not_followed(filled, tmp_path, driver):
    """Wherever a link in the image leads on the host."""
    victim = tmp_path / "outside"
    victim.mkdir()
    (victim / "file").write_text("untouched\n")
    archive = archives.pack_with(
        filled.system.image_tree(), tmp_path / "image.tar", trap=make_traps(tmp_path, victim)
    )
    filled.import_image(archive, "traps")
    filled.klee("run", "-l", driver, "-m", "v:/trap", "traps", "true")
    volume = filled.volume("v")
    assert os.readlink(f"{volume}/directory") == str(victim)
    assert os.readlink(f"{volume}/file") == str(victim / "file")
    assert os.listdir(victim) == ["file"] and (victim / "file").read_text() == "untouched\n"
    # and now the volume has links where the next image has directories and files
    other = tmp_path / "other"
    (other / "directory").mkdir(parents=True)
    (other / "directory" / "new").write_text("new\n")
    (other / "file").write_text("changed\n")
    archive = archives.pack_with(
        filled.system.image_tree(), tmp_path / "other.tar", trap=other
    )
    filled.import_image(archive, "others")
    mark_populating(filled, "v")
    filled.klee("run", "-l", driver, "-m", "v:/trap", "others", "true")
    assert os.path.islink(f"{volume}/directory") and os.path.islink(f"{volume}/file")
    assert os.listdir(victim) == ["file"] and (victim / "file").read_text() == "untouched\n"


def make_traps(tmp_path, victim):
    directory = tmp_path / "trap"
    directory.mkdir()
    os.symlink(victim, directory / "directory")
    os.symlink(victim / "file", directory / "file")
    os.symlink("..", directory / "up")
    os.symlink("loop", directory / "loop")
    return directory


def mark_populating(kleene, volume):
    """As a daemon leaves it that was killed while the volume was being filled."""
    script = (
        "import sqlite3, sys; s = sqlite3.connect(sys.argv[1]);"
        " s.execute('UPDATE volume SET populating = 1 WHERE name = ?', sys.argv[2:]); s.commit()"
    )
    path = os.path.join(kleene.system.root_directory(kleene.root), "kleene.sqlite")
    kleene.stop()
    subprocess.run(["python3", "-c", script, path, volume], check=True)
    kleene.start()


def test_two_containers_at_once_on_a_new_volume(filled, content, driver):
    """Each finds everything there when it begins."""
    wanted = sorted(os.listdir(content[0]))
    results = []

    def run():
        mount = ["-l", driver, "-m", "new:/content"]
        results.append(filled.klee("run", "-q", *mount, CONTENT, "ls", "/content", check=None))

    for _ in range(3):
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(2 * PATIENCE)
        assert [r.out.split() for r in results] == [wanted] * 4, results
        check_content(filled.volume("new"), content, filled.system)
        filled.klee("container", "prune", "-f")
        filled.klee("rmv", "new")
        results.clear()


# ---- interrupted ----

MANY = 3000


@pytest.fixture(scope="session")
def many(system, tmp_path_factory):
    """An archive of an image with so many files that copying them takes a while."""
    directory = tmp_path_factory.mktemp("many") / "many"
    for i in range(MANY):
        path = directory / f"d{i % 20}"
        path.mkdir(parents=True, exist_ok=True)
        (path / f"file{i}").write_text(f"content of {i}\n" * 20)
    return archives.pack_with(system.image_tree(), str(directory) + ".tar", many=directory)


def count(directory):
    return sum(len(files) for _, _, files in os.walk(directory))


def begin_filling(kleene):
    """Starts a container on a new volume; returns when some files are in it, but not all."""
    child = kleene.popen("run", "-m", "v:/many", "many", "sh", "-c", "ls /many/* | wc -l")
    wait_until(lambda: "v" in kleene.system.datasets(kleene.root, "volume"))
    path = os.path.join(kleene.system.root_directory(kleene.root), "volume", "v")
    wait_until(
        lambda: any(files for _, _, files in os.walk(path)), "files to be in the volume"
    )
    return child


def check_many(kleene):
    out = kleene.quiet("-m", "v:/many", "many", "sh", "-c", "cat /many/*/* | wc -l; ls -a /many/*")
    assert int(out.split()[0]) == 20 * MANY
    assert count(kleene.volume("v")) == MANY
    assert ".kleene" not in out
    for i in range(0, MANY, 500):
        with open(f"{kleene.volume('v')}/d{i % 20}/file{i}", encoding="ascii") as file:
            assert file.read() == f"content of {i}\n" * 20


@pytest.mark.parametrize("who", ["daemon", "warden", "both"])
def test_killed_while_filling(kleene, many, who):
    kleene.import_image(many, "many")
    child = begin_filling(kleene)
    if who != "warden":
        kleene.kill9()
    if who != "daemon":
        for warden in kleene.system.wardens():
            kleene.system.kill(warden)
    assert b"klee: " in child.communicate(timeout=PATIENCE)[1]
    wait_until(lambda: kleene.system.wardens() == [], "the warden to be gone")
    if who != "warden":
        kleene.start()
    interrupted = count(kleene.volume("v"))
    assert 0 < interrupted < MANY
    # what a user puts there meanwhile is his
    os.makedirs(f"{kleene.volume('v')}/d1", exist_ok=True)
    with open(f"{kleene.volume('v')}/d1/file1", "w", encoding="ascii") as file:
        file.write("content of 1\n" * 19 + "mine\n")
    check_many(kleene)
    with open(f"{kleene.volume('v')}/d1/file1", encoding="ascii") as file:
        assert file.read().endswith("mine\n")
    # from now on it is never filled again
    os.unlink(f"{kleene.volume('v')}/d1/file1")
    kleene.klee("run", "-m", "v:/many", "many", "true")
    assert count(kleene.volume("v")) == MANY - 1


def test_a_daemon_that_stops_does_not_wait(kleene, many):
    kleene.import_image(many, "many")
    child = begin_filling(kleene)
    kleene.stop()
    child.wait(PATIENCE)
    kleene.start()
    check_many(kleene)


def test_no_room_for_what_it_is_filled_with(system, small_root, make_kleene, tmp_path):
    big = tmp_path / "big"
    big.mkdir()
    for i in range(16):
        (big / f"file{i}").write_bytes(os.urandom(1 << 20))
    archive = archives.pack_with(system.image_tree(), tmp_path / "big.tar", big=big)
    kleene = make_kleene(root=small_root)
    kleene.start()
    kleene.import_image(archive, "big")
    kleene.klee("volume", "create", "filler")
    filler = f"{kleene.volume('filler')}/file"
    with open(filler, "wb") as file:
        file.write(os.urandom(4 << 20))
    result = kleene.klee("run", "-m", "v:/big", "big", "true", check=None)
    refused(result, 125, "volume", kleene.system.no_space)
    assert kleene.running() == []
    os.unlink(filler)
    # what is there already is not copied again
    out = kleene.klee("run", "-q", "-m", "v:/big", "big", "ls", "/big", check=None)
    kleene.klee("container", "prune", "-f")
    kleene.klee("rmv", "v", "filler")
    if out.code == 0:
        assert len(out.out.split()) == 16
    assert kleene.end() == []


def test_volumes_are_found_again(kleene):
    """A daemon's start undoes what was half made and finishes what was half removed."""
    kleene.klee("volume", "create", "kept")
    kleene.klee("volume", "create", "gone")
    with open(f"{kleene.volume('kept')}/file", "w", encoding="ascii") as file:
        file.write("mine\n")
    kleene.kill9()
    kleene.system.destroy_dataset(kleene.root, "volume", "gone")
    kleene.start()
    assert names(kleene) == ["gone", "kept"]
    assert os.listdir(kleene.volume("kept")) == ["file"] and os.listdir(kleene.volume("gone")) == []
    assert "gone" in kleene.log()


# ---- volumes without a name ----


def points(kleene, container):
    """destination → mount"""
    return {m["destination"]: m for m in kleene.api.get(f"/containers/{container}/inspect")["container_mountpoints"]}


@pytest.mark.parametrize("options", [
    ("-v", "/content"), ("--volume", "/content"), ("-m", "/content"), ("--mount", "type=volume,dst=/content"),
    ("--mount", "destination=/content"),
])
def test_volume_without_a_name(filled, options):
    """Filled as others are; it stays with its container, and is removed with it if that is asked for."""
    kleene = filled
    kleene.klee("volume", "create", "other")
    container = kleene.create("--name", "c", *options, CONTENT, "sh", "-c", "ls /content; echo mine > /content/mine")
    mount = points(kleene, "c")["/content"]
    name = mount["source"]
    assert re.fullmatch(ID, name) and mount["type"] == "volume" and mount["anonymous"] is True
    assert names(kleene) == sorted([name, "other"]) and name in kleene.klee("lsv").out
    for _ in range(2):
        listed = kleene.klee("start", "-q", container).out.split()
    assert "mine" in listed and len(listed) > 1
    assert set(os.listdir(kleene.volume(name))) == set(listed)
    kleene.restart()
    kleene.klee("rmc", "c")
    assert names(kleene) == sorted([name, "other"])  # it is found by its name, as others are
    assert kleene.quiet("-m", f"{name}:/x", IMAGE, "cat", "/x/mine") == "mine\n"
    kleene.klee("container", "prune", "-f")
    kleene.klee("volume", "prune", "-f")
    assert names(kleene) == []


@pytest.mark.parametrize("option", ["-v", "--volumes"])
def test_volumes_without_a_name_go_with_their_containers(kleene, option):
    """But not what has a name, nor what others mount."""
    mounts = "-v", "/a", "-v", "/b/c", "-v", "named:/d"
    kleene.create("--name", "one", *mounts, IMAGE, "true")
    a, b = (points(kleene, "one")[path]["source"] for path in ("/a", "/b/c"))
    assert len({a, b}) == 2 and names(kleene) == sorted([a, b, "named"])
    kleene.create("--name", "two", "-v", f"{a}:/x", IMAGE, "true")
    kleene.klee("rmc", option, "one")
    assert names(kleene) == sorted([a, "named"])
    kleene.klee("rm", "-f", option, "two")  # there it is one that was given by its name
    assert names(kleene) == sorted([a, "named"])
    kleene.klee("rmv", a)
    kleene.klee("run", "-q", "--rm", *mounts, IMAGE, "sh", "-c", "echo x > /a/x; echo x > /d/x")
    assert names(kleene) == ["named"] and os.listdir(kleene.volume("named")) == ["x"]
    running = kleene.detached("--rm", *mounts, IMAGE, "sleep", "1000")
    assert len(names(kleene)) == 3
    kleene.klee("stop", running)
    assert names(kleene) == ["named"]
    failed = kleene.klee("create", "--name", "two", *mounts, "-v", "bad..name/:/x", IMAGE, "true", check=None)
    assert failed.code == 125 and names(kleene) == ["named"]
    assert kleene.containers() == []


def test_volumes_of_what_was_never_made(kleene):
    """Its daemon was killed before it was: what was asked for without a name goes, what has a name stays."""
    kleene.create("--name", "half", "-v", "/a", "-v", "named:/b", IMAGE, "true")
    whole = kleene.create("-v", "/a", IMAGE, "true")
    kleene.stop()
    path = os.path.join(kleene.system.root_directory(kleene.root), "kleene.sqlite")
    with contextlib.closing(sqlite3.connect(path)) as store, store:
        assert store.execute("UPDATE container SET state = 0 WHERE name = 'half'").rowcount == 1
    kleene.start()
    assert [c["id"] for c in kleene.containers()] == [whole]
    assert names(kleene) == sorted(["named", points(kleene, whole)["/a"]["source"]])


def test_volumes_that_an_image_says(filled, tmp_path):
    """One for each VOLUME, unless something is mounted there."""
    kleene, context = filled, Context(str(tmp_path / "context"))
    context.dockerfile(f"FROM {CONTENT}", "VOLUME /content /new", "RUN echo built > /content/built", "VOLUME /none/")
    build(kleene, context)
    assert names(kleene) == []  # builds have none
    kleene.create("--name", "c", "-v", "data://new/", "--tmpfs", "/none", "made", "cat", "/content/built")
    found = points(kleene, "c")
    assert {d: m["type"] for d, m in found.items()} == {"//new/": "volume", "/none": "tmpfs", "/content": "volume"}
    own = found["/content"]["source"]
    assert found["/content"]["anonymous"] is True and "anonymous" not in found["//new/"]
    assert names(kleene) == sorted([own, "data"])
    assert kleene.klee("start", "-q", "c").out == "built\n"
    # other mounts take their places; those of the image stay what they are
    kleene.klee("update", "-v", "more:/more", "c")
    assert points(kleene, "c")["/content"] == found["/content"] and set(points(kleene, "c")) == {"/more", "/content"}
    kleene.klee("update", "-v", "/content", "-v", "/further", "c")
    assert points(kleene, "c")["/content"]["source"] == own
    further = points(kleene, "c")["/further"]["source"]
    assert kleene.klee("start", "-q", "c").out == "built\n"
    assert {own, further} <= set(names(kleene))
    kleene.klee("rmc", "-v", "c")
    assert names(kleene) == ["data"]
    assert kleene.quiet("--rm", "made", "cat", "/content/built") == "built\n"
    assert names(kleene) == ["data"]
    context.dockerfile(f"FROM {CONTENT}", "VOLUME /a/../b")
    assert "'..'" in build(kleene, context, "--rm", tag="bad", check=1).out
    context.dockerfile(f"FROM {CONTENT}")
    refused(build(kleene, context, "-v", "/x", check=None), 125, "/x", "needs a name")
