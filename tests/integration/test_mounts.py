# SPDX-License-Identifier: BSD-2-Clause
"""Mounts: volumes, directories and files of the host, and that nothing leads out of a container."""

import json
import os
import signal
import stat
import tempfile

import pytest

import api
import archives
import leaks
from harness import IMAGE, refused, wait_until


@pytest.fixture(params=["host", "disabled"])
def driver(request):
    """Containers with the host's user ids, and with their own where the system has that."""
    return request.param


@pytest.fixture
def source(tmp_path):
    """A directory of the host with something in it."""
    directory = tmp_path / "source"
    (directory / "sub").mkdir(parents=True)
    (directory / "file").write_text("of the host\n")
    (directory / "sub" / "other").write_text("also\n")
    return directory


def mount(source_, destination, read_only=False):
    kind = "nullfs" if str(source_).startswith("/") else "volume"
    return {
        "type": kind, "source": str(source_), "destination": destination, "read_only": read_only
    }


# ---- what can be mounted ----


def test_a_directory_of_the_host(kleene, source, driver):
    run = ["-l", driver, "-m", f"{source}:/mnt", IMAGE, "sh", "-c"]
    out = kleene.quiet(*run, "cat /mnt/file; echo more >> /mnt/file; mkdir /mnt/made; ls /mnt")
    assert out == "of the host\nfile\nmade\nsub\n"
    assert (source / "file").read_text() == "of the host\nmore\n"
    assert os.stat(source / "made").st_uid == 0


def test_the_owners_are_the_hosts(kleene, source, driver):
    os.chown(source / "file", 1001, 50)
    os.chmod(source / "file", 0o600)
    run = ["-l", driver, "-m", f"{source}:/mnt", IMAGE]
    assert kleene.quiet("-u", "alice", *run, "cat", "/mnt/file") == "of the host\n"
    assert kleene.quiet(*run, "ls", "-ln", "/mnt/file").split()[2:4] == ["1001", "50"]
    kleene.klee("run", "-u", "bob", *run, "cat", "/mnt/file", check=1)
    kleene.klee("run", *run, "sh", "-c", "touch /mnt/sub/alice; chown alice /mnt/sub/alice")
    assert os.stat(source / "sub" / "alice").st_uid == 1001


def test_read_only(kleene, source, driver):
    result = kleene.klee(
        "run", "-q", "-l", driver, "-m", f"{source}:/mnt:ro", IMAGE, "touch", "/mnt/here", check=1
    )
    assert result.err.splitlines()[0] == "touch: /mnt/here: Read-only file system"
    run = ["-q", "-l", driver, "-m", f"{source}:/mnt:ro", IMAGE, "sh", "-c"]
    for command in ("rm /mnt/file", "chmod 777 /mnt/file", "mkdir /mnt/d", "echo x >> /mnt/sub/other"):
        result = kleene.klee("run", *run, command, check=None)
        assert result.code != 0 and "Read-only file system" in result.err
    assert sorted(os.listdir(source)) == ["file", "sub"]


def test_read_only_volume(kleene, driver):
    result = kleene.klee(
        "run", "-q", "-l", driver, "-m", "archive:/writeprotected:ro", IMAGE, "touch",
        "/writeprotected/here", check=1,
    )
    assert "touch: /writeprotected/here: Read-only file system" in result.err.splitlines()
    assert os.listdir(kleene.volume("archive")) == []


def test_read_only_holds_for_what_is_mounted_below(kleene, source, driver):
    with kleene.system.file_system(source / "sub"):
        (source / "sub" / "inner").write_text("inner\n")
        read_only = ["-l", driver, "-m", f"{source}:/mnt:ro", IMAGE, "sh", "-c"]
        assert kleene.quiet(*read_only, "cat /mnt/sub/inner") == "inner\n"
        for command in ("touch /mnt/sub/x", "touch /mnt/x", "rm /mnt/sub/inner"):
            result = kleene.klee("run", "-q", *read_only, command, check=1)
            assert "Read-only file system" in result.err
        assert os.listdir(source / "sub") == ["inner"]
        writable = ["-l", driver, "-m", f"{source}:/mnt", IMAGE, "sh", "-c"]
        kleene.klee("run", *writable, "echo x > /mnt/sub/x")
        assert (source / "sub" / "x").read_text() == "x\n"


def test_read_only_holds_against_a_root_that_may_mount(kleene, source):
    """What allow.mount gives is not enough to write to what was mounted read-only."""
    if kleene.system.name != "Linux":
        pytest.skip("a jail cannot change mounts that are not its own")
    run = [
        "-q", "-l", "disabled", "-J", "allow.mount", "-m", f"{source}:/mnt:ro", IMAGE, "sh", "-c",
    ]
    kleene.klee("run", *run, "mount -t tmpfs none /tmp && touch /tmp/x")  # it may
    for command in (
        "mount -o remount,bind,rw /mnt", "mount -o remount,rw /mnt",
        "mount --bind /mnt /tmp && mount -o remount,bind,rw /tmp",
        "mount -o remount,bind,ro,dev /mnt", "mount -o bind,rw /mnt /tmp",
    ):
        kleene.klee("run", *run, f"{command}; touch /mnt/x /tmp/x /mnt/sub/x", check=None)
        assert sorted(os.listdir(source)) == ["file", "sub"], command
        assert os.listdir(source / "sub") == ["other"], command


def test_what_is_mounted_later_stays_outside(kleene, source):
    """A mount on the host after the start could not be read-only in the container."""
    with kleene.system.file_system(source):
        (source / "sub").mkdir()
        container = kleene.detached("-m", f"{source}:/mnt:ro", IMAGE, "sleep", "1000")
        with kleene.system.file_system(source / "sub"):
            (source / "sub" / "later").write_text("later\n")
            assert "later" not in kleene.klee("exec", container, "ls", "/mnt/sub").out
        kleene.klee("stop", container)


def mounts_files(kleene):
    """Skips where the host's kernel cannot mount a single file."""
    if not kleene.system.mounts_files:
        pytest.skip("this kernel may panic when a file is mounted")


def test_a_file_is_refused_where_the_kernel_may_panic(kleene, source):
    if kleene.system.mounts_files:
        pytest.skip("this kernel mounts files")
    for place in ("/etc/hosts", "/etc/resolv.conf", "/made/new"):
        result = kleene.klee("create", "-m", f"{source}/file:{place}", IMAGE, "true", check=None)
        refused(result, 125, "a single file cannot be mounted on this kernel")
    # nor by those ways that do not go through the list of mounts
    line = f"{source}/file /etc/hosts nullfs ro 0 0"
    result = kleene.klee("run", "-J", f"mount={line}", IMAGE, "true", check=None)
    assert result.code != 0
    assert kleene.running() == []


def test_a_file_of_the_host(kleene, source, driver):
    mounts_files(kleene)
    path = source / "file"
    run = ["-l", driver, "-m", f"{path}:/some/where/name", IMAGE, "sh", "-c"]
    out = kleene.quiet(*run, "cat /some/where/name; echo more >> /some/where/name; ls /some/where")
    assert out == "of the host\nname\n"
    assert path.read_text() == "of the host\nmore\n"
    # in the place of one that is there
    run = ["-l", driver, "-m", f"{path}:/etc/group:ro", IMAGE, "sh", "-c"]
    assert kleene.quiet(*run, "cat /etc/group") == "of the host\nmore\n"
    result = kleene.klee("run", "-q", *run, "echo x > /etc/group", check=None)
    assert result.code != 0 and "Read-only file system" in result.err


def test_mounts_hide_what_is_below_them(kleene, source):
    container = kleene.create("-m", f"{source}:/etc", IMAGE, "sh", "-c", "ls /etc; rm /etc/file")
    assert "\nfile\nsub\n" in kleene.klee("start", container).out
    mount = {"type": "nullfs", "source": str(source), "destination": "/mnt", "read_only": True}
    kleene.api.post(f"/containers/{container}/update", {"mounts": [mount], "cmd": ["ls", "/etc"]})
    assert "\npasswd\n" in kleene.klee("start", container).out


def test_mounts_in_mounts(kleene, source, driver):
    """Whatever their order: what is mounted below comes later."""
    mounts = ["-m", "inner:/a/b/c", "-m", f"{source}:/a", "-m", "middle:/a/b"]
    kleene.klee("run", "-l", driver, *mounts, IMAGE, "sh", "-c", "echo x > /a/b/c/x; echo y > /a/b/y")
    assert os.listdir(kleene.volume("inner")) == ["x"]
    assert sorted(os.listdir(kleene.volume("middle"))) == ["c", "y"]
    assert sorted(os.listdir(source)) == ["b", "file", "sub"]


def test_a_volume_mounted_twice(kleene, driver):
    out = kleene.quiet(
        "-l", driver, "-m", "v:/one", "-m", "v:/two:ro", IMAGE, "sh", "-c",
        "echo x > /one/file; cat /two/file; touch /two/file2 2>/dev/null || echo refused",
    )
    assert out == "x\nrefused\n"


def test_devices_of_the_host_cannot_be_used(kleene, tmp_path, driver):
    os.mknod(tmp_path / "null", 0o666 | stat.S_IFCHR, os.stat("/dev/null").st_rdev)
    os.chmod(tmp_path / "null", 0o666)
    run = ["-l", driver, "-m", f"{tmp_path}:/mnt", IMAGE, "sh", "-c"]
    result = kleene.klee("run", "-q", *run, "echo x > /mnt/null", check=None)
    assert result.code != 0


def test_the_containers_root_owns_what_was_made(kleene, driver):
    out = kleene.quiet("-l", driver, "-m", "v:/a/b/c", IMAGE, "ls", "-ldn", "/a", "/a/b")
    assert all(line.split()[2:4] == ["0", "0"] for line in out.splitlines())
    assert all(line.startswith("drwxr-xr-x") for line in out.splitlines())


def test_mounts_are_changed_while_stopped(kleene):
    container = kleene.detached("-m", "one:/v", IMAGE, "sleep", "1000")
    change = {"mounts": [mount("two", "/v")]}
    with pytest.raises(api.Error) as error:
        kleene.api.post(f"/containers/{container}/update", change)
    assert error.value.status == 409 and "mounts" in error.value.message
    inspected = json.loads(kleene.klee("isc", container).out)
    assert [m["source"] for m in inspected["container_mountpoints"]] == ["one"]
    refused(kleene.klee("rmv", "one", check=None), 1, "one")
    kleene.klee("stop", container)
    refused(kleene.klee("rmv", "one", check=None), 1, "one")
    kleene.api.post(f"/containers/{container}/update", change)
    kleene.klee("rmv", "one")
    kleene.klee("start", "-d", container)
    refused(kleene.klee("rmv", "two", check=None), 1, "two")


def test_mounts_end_with_the_container(kleene, source, driver, tmp_path):
    mounts = ["-m", f"{source}:/a", "-m", "v:/a/sub/x"]
    if kleene.system.mounts_files:
        mounts += ["-m", f"{source}/file:/file:ro"]
    before = mounts_of_the_host(kleene, tmp_path)
    container = kleene.detached("-l", driver, *mounts, IMAGE, "sleep", "1000")
    kleene.klee("stop", container)
    assert mounts_of_the_host(kleene, tmp_path) == before
    assert kleene.system.mounts_below(kleene.root) == []
    again = kleene.detached("-l", driver, *mounts, IMAGE, "sleep", "1000")
    kleene.kill9()
    for warden in kleene.system.wardens():
        kleene.system.kill(warden)
    wait_until(lambda: kleene.system.wardens() == [])
    kleene.start()
    kleene.klee("rmc", container, again)
    kleene.klee("rmv", "v")
    assert sorted(os.listdir(source)) == ["file", "sub"]


# ---- what is refused ----


@pytest.mark.parametrize(
    "option, words",
    [
        ("", ["SRC:DST"]), ("name", ["'name'", "SRC:DST"]), (":/x", ["source"]), (":", ["source"]),
        ("name:", ["absolute"]), ("name:x", ["name:x", "absolute"]), ("name:x:ro", ["absolute"]),
        ("name:/x:", ["'rw' or 'ro'"]), ("name:/x:RO", ["'rw' or 'ro'"]),
        ("name:/x:ro:rw", ["'rw' or 'ro'"]), ("a/b:/x", ["'a/b'", "absolute"]),
        ("./a:/x", ["'./a'", "absolute"]), ("-a:/x", ["'-a'"]), ("name:/", ["root directory"]),
        ("name:///", ["root directory"]), ("name:/a/../b", ["'..'"]), ("name:/./a", ["'.'"]),
        ("/no/such/path:/x", ["/no/such/path", "No such file or directory"]),
        ("/dev/null:/x", ["/dev/null", "device cannot be used in a mount"]), ("name:/" + "x" * 1100, ["longer"]),
    ],
)
def test_bad_options(kleene, option, words):
    refused(kleene.klee("create", "-m", option, IMAGE, check=None), 125, *words)
    assert kleene.containers() == [] and kleene.volumes() == []


@pytest.mark.parametrize(
    "mounts, status",
    [
        ([{"type": "bind", "source": "a", "destination": "/a"}], 400),
        ([{"source": "a", "destination": "/a"}], 400),
        ([mount("a", "a")], 404), ([mount("a", "/..")], 404), ([mount("", "a")], 404),
        ([{"type": "nullfs", "source": "", "destination": "/a"}], 404),
        ([{"type": "nullfs", "source": "a", "destination": "/a"}], 404),
        ([{"type": "volume", "source": "/tmp", "destination": "/a"}], 404),
        ([{"type": "volume", "source": "../image", "destination": "/a"}], 404),
        ([mount("/no/such", "/a")], 404), ([mount("/dev/null", "/a")], 404),
        ([mount("a", "/a"), mount("b", "//a/")], 404), ([mount("a", f"/{i}") for i in range(129)], 404),
    ],
)
def test_bad_configurations(kleene, mounts, status):
    with pytest.raises(api.Error) as error:
        kleene.api.post("/containers/create", {"image": IMAGE, "mounts": mounts})
    assert error.value.status == status
    assert kleene.containers() == [] and kleene.volumes() == []


def test_many_mounts(kleene, driver):
    mounts = [arg for i in range(128) for arg in ("-m", f"v:/mnt/{i}")]
    out = kleene.quiet("-l", driver, *mounts, IMAGE, "sh", "-c", "echo x > /mnt/0/x; cat /mnt/*/x | wc -l")
    assert out.split() == ["128"]


def test_a_source_that_went_away(kleene, source):
    container = kleene.create("-m", f"{source}/sub:/mnt", IMAGE, "true")
    os.rename(source / "sub", source / "elsewhere")
    result = kleene.klee("start", container, check=None)
    refused(result, 125, str(source / "sub"), "No such file or directory")
    assert kleene.running() == []
    os.rename(source / "elsewhere", source / "sub")
    kleene.klee("start", container)


@pytest.mark.parametrize(
    "destination, what", [("/etc/passwd", "a file"), ("/made/fifo", "a FIFO"), ("/etc/passwd/x", "a file")]
)
def test_a_directory_on_something_else(kleene, destination, what, driver):
    container = kleene.create("-l", driver, IMAGE, "sh", "-c", "mkdir -p /made; mkfifo /made/fifo")
    kleene.klee("start", container)
    mounts = {"mounts": [mount("v", destination)]}
    kleene.api.post(f"/containers/{container}/update", mounts)
    refused(kleene.klee("start", container, check=None), 125, destination, what, "directory")
    assert kleene.running() == []


@pytest.mark.parametrize("destination, what", [("/etc", "a directory"), ("/made/fifo", "a FIFO")])
def test_a_file_on_something_else(kleene, source, destination, what, driver):
    mounts_files(kleene)
    container = kleene.create("-l", driver, IMAGE, "sh", "-c", "mkdir -p /made; mkfifo /made/fifo")
    kleene.klee("start", container)
    mounts = {"mounts": [mount(source / "file", destination)]}
    kleene.api.post(f"/containers/{container}/update", mounts)
    refused(kleene.klee("start", container, check=None), 125, destination, what)
    assert kleene.running() == []


def test_nothing_is_mounted_on_the_kernels_files(kleene, driver):
    if kleene.system.name != "Linux":
        pytest.skip("there are none unless they are asked for")
    for destination in ("/proc/sys", "/proc/self/attr", "/sys/kernel", "/proc"):
        result = kleene.klee("run", "-l", driver, "-m", f"v:{destination}", IMAGE, "true", check=None)
        refused(result, 125, destination, "nothing can be mounted in")


# ---- an image full of traps ----


@pytest.fixture
def outside(tmp_path):
    """A directory of the host that nothing may be done to."""
    directory = tmp_path / "outside"
    (directory / "sub").mkdir(parents=True)
    (directory / "victim").write_text("untouched\n")
    return directory


def look(directory):
    return {
        os.path.join(where, name): os.lstat(os.path.join(where, name)).st_mtime_ns
        for where, directories, files in os.walk(directory) for name in [*directories, *files, "."]
    }


UP = "/".join([".."] * 40)


def traps(outside):
    """name → target of links in the image"""
    return {
        "slash": "/",
        "dotdot": UP,
        "dot": ".",
        "absolute": str(outside),
        "relative": f"{UP}{outside}",
        "victim": str(outside / "victim"),
        "dangling": f"{outside}/new/directory",
        "process": "/proc/self/root",
        "cwd": f"/proc/1/cwd{outside}",
        "loop": "loop",
        "circle1": "circle2/x",
        "circle2": "circle1/y",
        "chain": "absolute/../outside",
        "back": f"{outside}/..",
    }


def mounts_of_the_host(kleene, tmp_path):
    """
    Those that are neither a daemon's own nor another test's, which come and go meanwhile: of the
    mounts in the directories for temporary files only this test's count.
    """
    own = tuple(kleene.system.own_mounts(kleene))
    temporary = f"{tempfile.gettempdir()}/", f"{leaks.TEMPORARY}/"
    mounts = {m for m in kleene.system.mounts() if not m.startswith(own)}
    return {m for m in mounts if not m.startswith(temporary) or m.startswith(f"{tmp_path}/")}


@pytest.fixture
def trapped(kleene, outside, tmp_path):
    """The daemon with an image that has the links in /deep/er; at the end the outside is the same."""
    tree = tmp_path / "traps"
    tree.mkdir()
    for name, target in traps(outside).items():
        os.symlink(target, tree / name)
    os.mkfifo(tree / "fifo")
    archive = archives.pack_with(
        kleene.system.image_tree(), tmp_path / "image.tar", **{"deep/er": tree}
    )
    kleene.import_image(archive, "traps")
    before = look(outside), mounts_of_the_host(kleene, tmp_path)
    yield kleene
    assert look(outside) == before[0]
    assert mounts_of_the_host(kleene, tmp_path) == before[1]


def test_links_stay_inside(trapped, outside, driver):
    """A link in an image never leads out of the container: its target is made inside."""
    targets = {
        "slash": "", "dotdot": "", "dot": "/deep/er", "dangling": f"{outside}/new/directory",
        "back": os.path.dirname(outside), "victim": f"{outside}/victim", "absolute": str(outside),
        "relative": str(outside), "chain": str(outside),
    }
    for i, (name, target) in enumerate(targets.items()):
        for k, below in enumerate(("", "/made/here")):
            volume, place = f"v{i}{k}", f"/deep/er/{name}{below}"
            if place == "/deep/er/back":
                continue  # the volume would hide the directory that the link leads through
            result = trapped.klee(
                "run", "-q", "-l", driver, "-m", f"{volume}:{place}", "traps", "sh", "-c",
                f"echo x > {place}/x; cd -P {place}; pwd", check=None,
            )
            if target + below == "":
                refused(result, 125, place, "the container's root directory")
                continue
            assert result.code == 0, result
            assert "x" in os.listdir(trapped.volume(volume))
            assert result.out == f"{target}{below}\n"


def test_files_stay_inside(trapped, source, driver):
    mounts_files(trapped)
    for place in ("absolute/x", "relative/x", "chain/x", "dangling", "victim", "slash/x", "dotdot/x"):
        out = trapped.quiet(
            "-l", driver, "-m", f"{source}/file:/deep/er/{place}:ro", "traps", "cat",
            f"/deep/er/{place}",
        )
        assert out == "of the host\n"


def test_traps_that_lead_nowhere(trapped, driver):
    for destination, words in {
        "loop": "symbolic links", "loop/x": "symbolic links", "circle1": "symbolic links",
        "circle2/x": "symbolic links", "fifo": "a FIFO", "fifo/x": "a FIFO",
    }.items():
        destination = f"/deep/er/{destination}"
        result = trapped.klee(
            "run", "-l", driver, "-m", f"v:{destination}", "traps", "true", check=None
        )
        refused(result, 125, destination, words)
    assert trapped.running() == []


def test_links_of_the_kernel_are_not_ways_out(trapped, driver):
    """What /proc/self/root is for the daemon or the warden is not what the container sees."""
    for name in ("process", "cwd"):
        result = trapped.klee(
            "run", "-q", "-l", driver, "-m", f"v:/deep/er/{name}/made", "traps", "true", check=None
        )
        assert result.code in (0, 125)


def test_a_volume_full_of_traps(trapped, outside, driver):
    """Links in a volume, for a mount below it, are inside the container as well."""
    script = "; ".join(f"ln -s {target} /v/{name}" for name, target in traps(outside).items())
    trapped.klee("run", "-l", driver, "-m", "v:/v", IMAGE, "sh", "-c", script)
    for name in ("absolute", "relative", "dangling", "chain", "dotdot"):
        result = trapped.klee(
            "run", "-q", "-l", driver, "-m", "v:/v", "-m", f"w:/v/{name}/made", IMAGE, "sh", "-c",
            f"echo x > /v/{name}/made/x", check=None,
        )
        assert result.code == 0, result
    refused(
        trapped.klee("run", "-l", driver, "-m", "v:/v", "-m", "w:/v/loop", IMAGE, "true", check=None),
        125, "/v/loop", "symbolic links",
    )


SWAP = """
cd /v; mkdir -p real/sub
while :; do
    ln -s {outside} link; mv real away; mv link real; rm real; mv away real
done 2>/dev/null
"""


def test_a_link_swapped_while_starting(trapped, outside, driver):
    """Another container replaces a directory on the way by a link, over and over."""
    swapper = trapped.detached(
        "-l", driver, "-m", "v:/v", IMAGE, "sh", "-c", SWAP.format(outside=outside)
    )
    wait_until(lambda: os.path.lexists(f"{trapped.volume('v')}/real"))
    for _ in range(20):
        result = trapped.klee(
            "run", "-q", "--rm", "-l", driver, "-m", "v:/v", "-m", "w:/v/real/sub/made/here", IMAGE,
            "sh", "-c", "test ! -e /v/real/victim", check=None,
        )
        assert result.code in (0, 1, 125), result
        if result.code == 125:
            assert len(result.err.splitlines()) == 1, result
    assert trapped.running() == [swapper]
    trapped.klee("stop", swapper)


def test_a_link_swapped_while_filling(trapped, outside, driver, tmp_path):
    """The volume that is filled is changed meanwhile by a container that has it already."""
    content = tmp_path / "content"
    for i in range(200):
        (content / "real" / "sub").mkdir(parents=True, exist_ok=True)
        (content / "real" / "sub" / f"file{i}").write_text("evil\n")
    archive = archives.pack_with(
        trapped.system.image_tree(), tmp_path / "content.tar", content=content
    )
    trapped.import_image(archive, "content")
    swap = SWAP.replace("mkdir -p real/sub", "until test -d real; do :; done")
    swapper = trapped.detached(
        "-l", driver, "-m", "v:/v", IMAGE, "sh", "-c", swap.format(outside=outside)
    )
    for _ in range(5):
        result = trapped.klee(
            "run", "-q", "-l", driver, "-m", "v:/content", "content", "true", check=None
        )
        assert result.code in (0, 125), result
    trapped.klee("stop", swapper)
    assert not os.path.exists(outside / "sub" / "file0")


def test_an_attached_client_that_goes_while_starting(kleene, source):
    """Nothing of a start that nobody waits for any more is left."""
    ids = []
    for _ in range(5):
        child = kleene.popen("run", "--rm", "-m", f"{source}:/a", "-m", "v:/b", IMAGE, "sleep", "1000")
        ids.append(child.stdout.readline().decode().strip())
        child.send_signal(signal.SIGKILL)
        child.wait()
    wait_until(lambda: kleene.running() == [], "the containers to end")
    # a start may still be under way, and is over before the container can be removed
    for container in ids:
        kleene.klee("rmc", "-f", container, check=None)
    assert kleene.containers() == []
