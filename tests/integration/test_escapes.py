# SPDX-License-Identifier: BSD-2-Clause
"""
Ways out of a container: each test is an attempt that gives the host's files, or the warden, to a
container of a runtime that does not guard against it.
"""

import glob
import os
import shutil

import pexpect
import pytest

import archives
import programs
from building import Context, build
from harness import IMAGE, SANITIZED, refused, wait_until

linux_only = pytest.mark.skipif(
    os.uname().sysname != "Linux", reason="what Linux alone has: /proc, memfds, mount namespaces"
)

# without a network of its own a container may have no user namespace either
DRIVERS = ["host", "disabled"]
# directories of the root on which the kernel's file systems are mounted
KERNELS = ["/sys", "/dev", "/proc"]


class Host:
    """A directory of the host's that no container knows of."""

    def __init__(self, directory):
        self.directory = str(directory)
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o777)
        self.file = os.path.join(self.directory, "secret")
        with open(self.file, "w", encoding="ascii") as file:
            file.write("of the host\n")
        os.chmod(self.file, 0o666)

    def assert_untouched(self):
        assert os.listdir(self.directory) == ["secret"]
        with open(self.file, encoding="ascii") as file:
            assert file.read() == "of the host\n"


@pytest.fixture
def host(tmp_path):
    made = Host(tmp_path / "host")
    yield made
    made.assert_untouched()


def hostile_tree(kleene, directory, change):
    """The image's tree, changed."""
    tree = os.path.join(str(directory), "tree")
    shutil.copytree(kleene.system.image_tree(), tree, symlinks=True)
    change(tree)
    return tree


def hostile_image(kleene, directory, change, name="evil"):
    """An image made of the user land after change(tree)."""
    archive = os.path.join(str(directory), f"{name}.tar")
    archives.pack(hostile_tree(kleene, directory, change), archive, "tar")
    kleene.import_image(archive, name)
    return name


def replace(tree, path, target):
    """What is there becomes a symbolic link."""
    where = tree + path
    if os.path.isdir(where) and not os.path.islink(where):
        shutil.rmtree(where)
    elif os.path.lexists(where):
        os.unlink(where)
    os.symlink(target, where)


# tries all that the host's root would be good for; prints nothing of the host's unless it gets there
def try_root(host):
    return (
        f"for up in /.. /../.. /../../..; do cat $up{host.file}; echo x > $up{host.directory}/new;"
        f" done; cat {host.file}; echo x > {host.directory}/new; grep -c kleene /proc/mounts"
    )


# ---- the container's beginnings ----


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("target", ["/", "..", "/proc/1/root", "/tmp"])
@pytest.mark.parametrize("path", KERNELS)
def test_image_whose_own_directory_is_a_link(kleene, tmp_path, host, path, target, driver):
    """The mount would go where the link leads, and what is below it would not be left any more."""
    image = hostile_image(kleene, tmp_path, lambda tree: replace(tree, path, target))
    done = kleene.klee("run", "-q", "-l", driver, image, "sh", "-c", try_root(host), check=None)
    assert "of the host" not in done.out
    host.assert_untouched()
    refused(done, 125, path, "symbolic link")


@linux_only
@pytest.mark.parametrize("kind", ["file", "fifo"])
@pytest.mark.parametrize("path", KERNELS)
def test_image_whose_own_directory_is_none(kleene, tmp_path, path, kind):
    def change(tree):
        os.rmdir(tree + path)
        if kind == "fifo":
            os.mkfifo(tree + path)
        else:
            with open(tree + path, "wb"):
                pass

    image = hostile_image(kleene, tmp_path, change)
    done = kleene.klee("run", "-q", image, "true", check=None)
    refused(done, 125, f"{path} of the container is a {kind.upper() if kind == 'fifo' else kind}")


@linux_only
def test_image_without_the_directories(kleene, tmp_path):
    """They are made, and are the container's own."""
    def change(tree):
        for path in KERNELS:
            os.rmdir(tree + path)

    image = hostile_image(kleene, tmp_path, change)
    assert kleene.quiet(image, "sh", "-c", "ls -d /sys/kernel /proc/self /dev/null").split() == [
        "/dev/null", "/proc/self", "/sys/kernel"]


@linux_only
def test_build_whose_context_makes_a_directory_a_link(kleene, tmp_path, host):
    base = hostile_image(kleene, tmp_path, lambda tree: os.rmdir(f"{tree}/sys"), "base")
    context = Context(str(tmp_path / "context"))
    context.link("d/sys", "/")
    context.dockerfile(f"FROM {base}", "COPY d /", f"RUN {try_root(host)}")
    done = build(kleene, context, check=None)
    assert done.code != 0 and "of the host" not in done.out, repr(done)
    assert "symbolic link" in done.out + done.err, repr(done)


@linux_only
@pytest.mark.parametrize("path", KERNELS)
def test_container_that_makes_a_directory_a_link(kleene, host, path):
    """What it may mount and unmount is in its own namespace; the next start makes it anew."""
    change = f"umount -l {path}; rmdir {path} && ln -s / {path}"
    container = kleene.create("-l", "disabled", "-J", "allow.mount", IMAGE, "sh", "-c", change)
    kleene.klee("start", container)
    done = kleene.klee("start", container, check=None)
    refused(done, 125, path, "symbolic link")


# ---- the warden, by what is in the container's root ----

HOSTILE_NULL = {
    "fifo": "rm /dev/null; mkfifo /dev/null",
    "log": "rm /dev/null; ln -s /proc/1/fd/7 /dev/null",
    "directory": "rm /dev/null; mkdir /dev/null",
    "gone": "rm /dev/null",
}


@pytest.mark.parametrize("kind", HOSTILE_NULL)
def test_what_dev_null_is_does_not_matter_to_the_warden(kleene, kind):
    """A warden that opens it waits for a writer of the FIFO, and hears nothing else."""
    if os.uname().sysname != "Linux" and kind != "gone":
        pytest.skip("in devfs(5) no files can be made")
    container = kleene.detached(IMAGE, "sh", "-c", f"{HOSTILE_NULL[kind]}; echo done; sleep 1000")
    kleene.wait_log(container, "done")
    kleene.klee("exec", "-d", container, "sh", "-c", "cat; echo end of input")
    kleene.wait_log(container, "end of input")
    assert "hello" in kleene.klee("exec", container, "echo", "hello").out
    kleene.klee("stop", container)
    assert kleene.inspect(container)["status"].startswith("exited")


def test_input_of_a_detached_process_is_at_its_end(kleene):
    """And it is nothing of the host's, whose mode could be changed by its descriptor."""
    before = os.stat("/dev/null")
    commands = "cat; chmod 600 /proc/self/fd/0 /dev/fd/0; chown 1001 /proc/self/fd/0; echo done"
    container = kleene.detached("-l", "host", "-J", "mount.nodevfs", IMAGE, "sh", "-c", commands)
    kleene.wait_log(container, "done")
    after = os.stat("/dev/null")
    os.chmod("/dev/null", before.st_mode & 0o7777)
    os.chown("/dev/null", before.st_uid, before.st_gid)
    assert (before.st_mode, before.st_uid) == (after.st_mode, after.st_uid)


@pytest.mark.parametrize("name", ["passwd", "group"])
@pytest.mark.parametrize("kind", ["fifo", "descriptor", "outside"])
def test_user_database_is_read_as_a_file_of_the_container(kleene, tmp_path, name, kind):
    """Neither is a FIFO waited for, nor a link followed out of the root or to a descriptor."""
    outside = tmp_path / "outside"
    outside.write_text("alice:*:1001:1001::/:/bin/sh\n" if name == "passwd" else "staff:*:1001:\n")

    def change(tree):
        os.unlink(f"{tree}/etc/{name}")
        if kind == "fifo":
            os.mkfifo(f"{tree}/etc/{name}")
        else:
            target = "/proc/self/fd/7" if kind == "descriptor" else outside
            os.symlink(target, f"{tree}/etc/{name}")

    image = hostile_image(kleene, tmp_path, change)
    user = "alice" if name == "passwd" else "root:staff"
    done = kleene.klee("run", "-q", "-u", user, image, "id", check=None)
    refused(done, 125, "no such user 'alice'" if name == "passwd" else "no such group 'staff'")
    assert kleene.quiet(image, "echo", "hello") == "hello\n"


# ---- what is built ----


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore", "d/Dockerfile"])
@pytest.mark.parametrize("how", ["absolute", "relative", "directory"])
def test_file_of_the_build_that_is_a_link_out_of_the_context(kleene, tmp_path, name, how):
    """Whoever made the context would choose a file of the host for the daemon to read as root."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / os.path.basename(name)).write_text("of the host\n")
    context = Context(str(tmp_path / "context"))
    context.dockerfile(f"FROM {IMAGE}")
    options = ["-f", name] if name.endswith("file") else []
    if os.path.lexists(context.path(name)):
        os.unlink(context.path(name))
    if how == "directory" and "/" in name:
        context.link("d", str(outside))
    else:
        start = str(outside) if how == "absolute" else "../" * (1 + name.count("/")) + "outside"
        context.link(name, f"{start}/{os.path.basename(name)}")
    done = build(kleene, context, *options, check=None)
    refused(done, 125, "leads out of the directory")
    assert "of the host" not in done.out + done.err


def test_file_of_the_build_that_is_a_link_within_the_context(kleene, tmp_path):
    """And one outside, if it is who builds that says so."""
    context = Context(str(tmp_path / "context"))
    context.dockerfile(f"FROM {IMAGE}", "RUN echo hello", name="d/real")
    context.link("Dockerfile", "d/real")
    context.link(".dockerignore", "d/ignored")
    context.write("d/ignored", "nothing\n")
    assert "hello" in build(kleene, context).out
    other = Context(str(tmp_path / "other"))
    other.write("file")
    for name in (context.path("d/real"), "../context/Dockerfile"):
        assert "hello" in build(kleene, other, "-f", name).out


# ---- published ways out of other container systems ----

CORE_PATTERN = "/proc/sys/kernel/core_pattern"


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


@pytest.fixture
def kernel():
    """Settings of the host's kernel that a container must not change."""
    paths = [CORE_PATTERN, "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hotplug"]
    before = {path: read(path) for path in paths if os.path.exists(path)}
    yield before
    after = {path: read(path) for path in before}
    for path, value in before.items():
        with open(path, "w", encoding="ascii") as file:
            file.write(value)
    assert after == before


@pytest.fixture
def armed(kleene, tmp_path):
    """An image with the program that takes part in the attempts, and where it is not read soon."""
    def change(tree):
        shutil.copy(programs.ESCAPE, f"{tree}/bin/escape")
        # reading this takes whoever enters the container long enough to be met
        with open(f"{tree}/etc/passwd", "a", encoding="ascii") as file:
            file.write("nobody:x:65534:65534::/:/bin/sh\n" * 100000)

    return hostile_image(kleene, tmp_path, change, "armed")


def meet(kleene, container, command):
    """Processes enter the container until the hunter in it has met one, and then some more."""
    def has_met_some():
        kleene.klee("exec", "-u", "nobody", container, *command, check=None)
        said = kleene.logs(container)
        assert "caught" not in said
        return said.split().count("met") >= 3

    wait_until(has_met_some, "the hunter to meet somebody")


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
def test_cve_2016_9962_process_that_enters_is_taken_hold_of(kleene, armed, driver):
    """runc: what entered a container could be traced there, with its descriptors of the host."""
    container = kleene.detached("-l", driver, armed, "escape", "hunt")
    kleene.wait_log(container, "ready")
    meet(kleene, container, ["true"])


@linux_only
def test_cve_2018_15664_directory_swapped_while_it_is_copied_from(kleene, armed, tmp_path, host):
    """docker cp: a path that was looked at was a link when it was used, in a running container."""
    kleene.klee("volume", "create", "shared")
    made = "mkdir -p /v/dir/inner; echo inside > /v/dir/inner/secret; mkdir /v/other"
    link = f"ln -s {host.directory} /v/other/inner"
    container = kleene.detached(
        "-l", "host", "-m", "shared:/v", armed, "sh", "-c",
        f"{made}; {link}; exec escape swap /v/dir /v/other")
    kleene.wait_log(container, "ready")
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(f"FROM {IMAGE}\nCOPY dir/inner /taken\nRUN cat /taken/*\n")
    context = Context(kleene.volume("shared"))
    outputs = [
        build(kleene, context, "-f", str(dockerfile), "--rm", check=None) for _ in range(30)]
    assert not any("of the host" in o.out for o in outputs)
    assert any("leads out of the directory" in o.out + o.err for o in outputs), repr(outputs)


@linux_only
@pytest.mark.skipif(SANITIZED is not None, reason="a sanitized warden needs libraries the container has not")
@pytest.mark.parametrize("driver", DRIVERS)
def test_cve_2019_5736_runtime_is_overwritten(kleene, armed, driver):
    """runc: /proc/self/exe of what enters was the host's program, and could be written."""
    command = "ln -s /proc/self/exe /bin/self; printf '#!/proc/self/exe\\n' > /bin/script;"
    container = kleene.detached(
        "-l", driver, armed, "sh", "-c", f"{command} chmod 755 /bin/script; exec escape write-exe")
    kleene.wait_log(container, "ready")
    for program in ("/bin/self", "/bin/script", "/proc/self/exe"):
        kleene.klee("exec", "-d", container, program)
    kleene.wait_log(container, "met")
    kleene.klee("exec", container, "pidof", "escape")
    assert "caught" not in kleene.logs(container)
    # not even the host's root could: it is the same memory for every container
    (warden,) = kleene.system.wardens()
    with pytest.raises(OSError):
        open(f"/proc/{warden}/exe", "r+b").close()
    with pytest.raises(PermissionError):
        os.chmod(f"/proc/{warden}/exe", 0o600)
    with open(f"/proc/{warden}/exe", "rb") as running, open(programs.WARDEN, "rb") as built:
        assert running.read() == built.read()
    assert kleene.quiet("-l", driver, IMAGE, "echo", "hello") == "hello\n"


@linux_only
def test_cve_2019_14271_library_of_the_image_is_loaded(kleene, tmp_path):
    """docker cp: a process of the host's, with its powers, loaded libnss of the container."""
    names = ["libnss_files.so.2", "libnss_compat.so.2", "libnss_dns.so.2", "libc.so.6", "libgcc_s.so.1"]

    def change(tree):
        for directory in ("lib", "lib64", "usr/lib", "lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu",
                          "usr/lib/aarch64-linux-gnu", "lib/aarch64-linux-gnu"):
            os.makedirs(f"{tree}/{directory}", exist_ok=True)
            for name in names:
                shutil.copy(programs.HOSTILE, f"{tree}/{directory}/{name}")
        for name, text in (("nsswitch.conf", "passwd: files compat\ngroup: files compat\n"),
                           ("ld.so.preload", "/lib/libc.so.6\n")):
            with open(f"{tree}/etc/{name}", "w", encoding="ascii") as file:
                file.write(text)

    image = hostile_image(kleene, tmp_path, change)
    container = kleene.detached("-u", "alice:staff", image, "sleep", "1000")
    kleene.klee("exec", "-u", "bob", container, "true")
    kleene.klee("exec", container, "true")
    context = Context(str(tmp_path / "context"))
    context.write("file", "of the context\n")
    context.dockerfile(f"FROM {image}", "USER alice", "COPY file /", "RUN ls /")
    assert "loaded" not in build(kleene, context).out
    kleene.klee("stop", container)
    assert "loaded" not in kleene.quiet(image, "ls", "/")
    assert not os.path.exists("/loaded")
    files = kleene.system.container_files(kleene.root, container)
    assert "loaded" not in os.listdir(files)


def sockets_of(pid):
    """Inode numbers of the Unix sockets of a process."""
    where = f"/proc/{pid}/fd"
    links = [os.readlink(os.path.join(where, fd)) for fd in os.listdir(where)]
    return {link[8:-1] for link in links if link.startswith("socket:[")}


@linux_only
def test_cve_2020_15257_socket_of_the_runtime_in_the_hosts_network(kleene, armed):
    """containerd: its shims listened on abstract sockets, which a container of the host's network reached."""
    other = kleene.detached(armed, "sleep", "1000")
    pids = [kleene.pid, *kleene.system.wardens()]
    ours = set().union(*map(sockets_of, pids))
    rows = [line.split() for line in read("/proc/net/unix").splitlines()[1:]]
    names = {row[7] for row in rows if row[6] in ours and len(row) > 7}
    assert names, "neither the daemon nor a warden listens"
    assert not any(name.startswith("@") for name in names)
    for name in sorted(names):
        assert kleene.quiet("-l", "host", armed, "escape", "connect", name) in ("ENOENT\n", "EACCES\n")
    assert kleene.running() == [other]


@linux_only
def test_cve_2021_30465_destination_swapped_while_it_is_mounted_on(kleene, armed, tmp_path, host):
    """runc: a mount's destination, in a volume of two containers, was swapped for a link to the host."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "file").write_text("of the mount\n")
    kleene.klee("volume", "create", "shared")
    up = "../" * 12
    swapping = kleene.detached(
        "-m", "shared:/v", armed, "sh", "-c",
        f"mkdir /v/dir; ln -s {up}{host.directory[1:]} /v/link; exec escape swap /v/dir /v/link")
    kleene.wait_log(swapping, "ready")
    show = ["-m", "shared:/v", "-m", f"{source}:/v/dir/new", IMAGE, "sh", "-c"]
    results = [
        kleene.klee("run", "-q", "--rm", *show, f"cat {host.file}; cat /v/dir/new/file", check=None)
        for _ in range(40)]
    host.assert_untouched()
    assert not any("of the host" in result.out for result in results)
    assert any("of the mount" in result.out for result in results), repr(results)


@linux_only
@pytest.mark.parametrize("options", [
    ["-l", "host"], ["-l", "disabled"], ["-l", "disabled", "-J", "allow.mount"],
    ["-l", "disabled", "-J", "children.max=5"],
])
def test_cve_2022_0492_release_agent(kleene, armed, options):
    """Linux: root of any user namespace could name a program for the host to run."""
    done = kleene.quiet(*options, armed, "escape", "release-agent", "/tmp/evil")
    assert done in ("EPERM\n", "EACCES\n", "EBUSY\n", "ENOENT\n", "EINVAL\n")
    for agent in glob.glob("/sys/fs/cgroup/*/release_agent"):
        assert "/tmp/evil" not in read(agent)


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
def test_cve_2024_21626_working_directory_is_a_descriptor(kleene, tmp_path, host, driver):
    """runc: a working directory /proc/self/fd/N was the host's, from a descriptor left open."""
    steps = "for up in .. ../.. ../../.. ../../../../../../..; do"
    steps = f"{steps} cat $up{host.file}; echo x > $up{host.directory}/new; done"
    context = Context(str(tmp_path / "context"))
    outcomes = []
    for number in range(3, 17):
        context.dockerfile(f"FROM {IMAGE}", f"RUN ln -s /proc/self/fd/{number} /fd",
                           f"WORKDIR /{'fd' if number % 2 else f'proc/self/fd/{number}'}",
                           f"RUN {steps}; pwd")
        outcomes.append(build(kleene, context, "-l", driver, "--rm", check=None))
        host.assert_untouched()
    assert not any("of the host" in o.out for o in outcomes)
    # attack 3: the command is a descriptor
    for number in range(3, 17):
        done = kleene.klee("run", "-q", "--rm", "-l", driver, IMAGE, f"/proc/self/fd/{number}", check=None)
        assert done.code in (126, 127) and done.out == "", repr(done)


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("target", [CORE_PATTERN, "/proc/sysrq-trigger"])
def test_cve_2025_31133_what_masks_files_is_a_link(kleene, tmp_path, kernel, target, driver):
    """runc: files were masked with the container's /dev/null, which could be a link to a setting."""
    def change(tree):
        os.symlink(target, f"{tree}/dev/null")

    image = hostile_image(kleene, tmp_path, change)
    masked = "for f in kcore keys timer_list sched_debug; do"
    commands = f"{masked} echo '|evil' > /proc/$f; cat /proc/$f; done; echo '|evil' > /dev/null; echo end"
    for options in ([], ["-J", "mount.nodevfs"]):
        out = kleene.quiet("-l", driver, *options, image, "sh", "-c", commands)
        assert out == "end\n"
        mounts = kleene.quiet("-l", driver, *options, image, "cat", "/proc/self/mountinfo")
        sources = {row.split()[4]: row.split()[3] for row in mounts.splitlines()}
        assert sources["/proc/keys"] == "/empty"
    assert read(CORE_PATTERN) == kernel[CORE_PATTERN]


@linux_only
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("devfs", ["mount.devfs", "mount.nodevfs"])
def test_cve_2025_52565_console_is_a_link(kleene, tmp_path, kernel, devfs, driver):
    """runc: a terminal was mounted on the container's /dev/console, from its /dev/pts/N."""
    def change(tree):
        for name in ("console", "ptmx", "tty", "null"):
            os.symlink(CORE_PATTERN, f"{tree}/dev/{name}")
        os.mkdir(f"{tree}/dev/pts")
        for number in range(4):
            os.symlink(CORE_PATTERN, f"{tree}/dev/pts/{number}")

    image = hostile_image(kleene, tmp_path, change)
    commands = "test -t 0 && echo terminal; grep -c ' /proc/sys ' /proc/mounts; grep console /proc/mounts"
    child = kleene.spawn("run", "-q", "-t", "-l", driver, "-J", devfs, image, "sh", "-c",
                         f"{commands}; echo '|evil' > /dev/console; echo end")
    child.expect("end\r+\n")
    assert child.before.split()[:2] == ["terminal", "1"]
    assert "console /" not in child.before
    child.expect(pexpect.EOF)
    assert read(CORE_PATTERN) == kernel[CORE_PATTERN]


@linux_only
@pytest.mark.parametrize("place", ["/proc", "/proc/self/attr", "/proc/sys", "/proc/1/attr", "/link"])
def test_cve_2025_52881_writes_to_proc_are_led_elsewhere(kleene, tmp_path, kernel, place):
    """runc: what it wrote to its own /proc went to another file, by mounts or by what was there."""
    def change(tree):
        os.makedirs(f"{tree}/proc/sys/net/ipv4")
        os.symlink(CORE_PATTERN, f"{tree}/proc/sys/net/ipv4/ping_group_range")
        os.makedirs(f"{tree}/proc/self/attr")
        for name in ("exec", "current", "keycreate"):
            os.symlink(CORE_PATTERN, f"{tree}/proc/self/attr/{name}")
        os.symlink("/proc/self/attr", f"{tree}/link")

    image = hostile_image(kleene, tmp_path, change)
    kleene.klee("volume", "create", "fake")
    options = ["-l", "disabled", "-J", "allow.raw_sockets"]
    done = kleene.klee("run", "-q", *options, "-m", f"fake:{place}", image, "true", check=None)
    assert done.code != 0 and "/proc" in done.err, repr(done)
    # what the warden itself writes goes to the container's own proc(5), whatever lies below
    show = ["cat", "/proc/sys/net/ipv4/ping_group_range"]
    assert kleene.quiet(*options, image, *show).split() == ["0", "65535"]
    assert read(CORE_PATTERN) == kernel[CORE_PATTERN]
