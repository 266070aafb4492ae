# SPDX-License-Identifier: BSD-2-Clause
"""
The Debian package: built by dpkg-buildpackage, looked at, and installed, removed and purged in a
world of its own, an overlay over the host's files in namespaces. The host itself is left alone.

KLEENE_DEB names a package that is built already.
"""

import glob
import os
import re
import shutil
import subprocess
import tempfile

import pytest

SOURCE = os.path.join(os.path.dirname(__file__), "..", "..")
PATIENCE = 60

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces and packages need root"),
    pytest.mark.skipif(
        shutil.which("dpkg-buildpackage") is None or shutil.which("dh") is None,
        reason="there is no dpkg-buildpackage or no debhelper here",
    ),
]


def output(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, **options).stdout.decode()


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    if "KLEENE_DEB" in os.environ:
        return os.environ["KLEENE_DEB"]
    directory = tmp_path_factory.mktemp("package")
    subprocess.run([os.path.join(SOURCE, "tools", "package-debian.sh"), directory], check=True)
    (found,) = glob.glob(f"{directory}/kleene_*.deb")
    return found


def test_what_building_needs():
    """The package asks for the libraries that tools/deps.sh installs, and for no others."""
    with open(os.path.join(SOURCE, "tools", "packages"), encoding="utf-8") as file:
        rows = [line.split() for line in file if line.strip() and not line.startswith("#")]
    wanted = [name for row in rows if row[1] == "build" for name in row[2].split(",")]
    with open(os.path.join(SOURCE, "packaging", "debian", "control"), encoding="utf-8") as file:
        asked = re.search(r"^Build-Depends:(.*?)^\S", file.read(), re.S | re.M).group(1)
    libraries = {w for w in wanted if w.startswith("lib")} - {"libc6-dev", "libcmocka-dev"}
    assert set(re.findall(r"lib\S+-dev", asked)) == libraries


# ---- what is in it ----


@pytest.fixture(scope="session")
def unpacked(package, tmp_path_factory):
    directory = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["dpkg-deb", "-R", package, directory], check=True)
    return directory


def test_files(unpacked):
    for path in (
        "usr/bin/klee", "usr/sbin/kleened", "usr/libexec/kleene/warden",
        "lib/systemd/system/kleened.service", "lib/systemd/system/kleened.socket",
        "lib/systemd/system/kleene-containers.service",
        "usr/lib/sysusers.d/kleene.conf", "usr/lib/tmpfiles.d/kleene.conf",
        "etc/logrotate.d/kleene", "usr/share/doc/kleene/examples/config.yaml.sample",
        "usr/share/doc/kleene/README.md", "usr/share/doc/kleene/guide/getting-started.md",
        "usr/share/man/man1/klee.1.gz", "usr/share/man/man1/klee-container-run.1.gz",
        "usr/share/man/man5/kleened.conf.5.gz", "usr/share/man/man5/kleene-dockerfile.5.gz",
        "usr/share/man/man7/kleene-jailparam.7.gz", "usr/share/man/man7/kleene-networking.7.gz",
        "usr/share/man/man8/kleened.8.gz", "usr/share/bash-completion/completions/klee",
        "usr/share/zsh/site-functions/_klee", "usr/share/fish/vendor_completions.d/klee.fish",
    ):
        assert (unpacked / path).is_file(), path


def test_no_traces_of_the_build(unpacked, package):
    names = output("dpkg-deb", "-c", package)
    assert "/tests/" not in names and "klee_man" not in names
    for program in ("usr/bin/klee", "usr/sbin/kleened", "usr/libexec/kleene/warden"):
        data = (unpacked / program).read_bytes()
        assert os.path.abspath(SOURCE).encode() not in data
    assert b"/usr/libexec/kleene/warden" in (unpacked / "usr/sbin/kleened").read_bytes()


def test_units(unpacked):
    service = (unpacked / "lib/systemd/system/kleened.service").read_text()
    for line in ("Type=notify", "KillMode=process", "Delegate=yes", "ExecStart=/usr/sbin/kleened"):
        assert line in service.splitlines()
    socket = (unpacked / "lib/systemd/system/kleened.socket").read_text()
    for line in ("ListenStream=/run/kleened.sock", "SocketMode=0660", "SocketGroup=kleene"):
        assert line in socket.splitlines()


# ---- installing it ----

SET_UP = """
set -e
mount --make-rprivate /
mount -t tmpfs -o size=2g tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /sys "$1/root/sys"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs tmpfs "$1/root/run"
mount -t tmpfs tmpfs "$1/root/tmp"
mount --bind "$2" "$1/root/srv"
rm -f "$1/root/var/lib/man-db/auto-update" # the index of all of the host's manuals takes long
echo ready
exec sleep infinity
"""


class World:
    """The host's files, as they are, with another life: what is changed here is gone in the end."""

    def __init__(self, package):
        self.place = tempfile.mkdtemp(prefix="kd-")
        self.data = tempfile.mkdtemp(prefix="kd-")
        self.keeper = subprocess.Popen(
            ["unshare", "-m", "-p", "-f", "--kill-child", "sh", "-c", SET_UP, "-", self.place, self.data],
            stdout=subprocess.PIPE,
        )
        assert self.keeper.stdout.readline() == b"ready\n"
        children = f"/proc/{self.keeper.pid}/task/{self.keeper.pid}/children"
        with open(children, encoding="ascii") as file:
            self.pid = file.read().split()[0]
        with open(package, "rb") as file:
            self.run("sh", "-c", "cat > /kleene.deb", stdin=file)

    def command(self, *command):
        return ["nsenter", "-t", self.pid, "-m", "-p", "chroot", f"{self.place}/root", *command]

    def run(self, *command, check=True, **options):
        options = {"stdin": subprocess.DEVNULL, **options}
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive",
            "LC_ALL": "C", "HOME": "/root",
        }
        done = subprocess.run(
            self.command(*command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            timeout=5 * PATIENCE, env=environment, **options,
        )
        text = done.stdout.decode()
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{text}"
        return text if check else done.returncode

    def has(self, path):
        return self.run("test", "-e", path, check=False) == 0

    def end(self):
        self.keeper.kill()
        self.keeper.wait()
        self.keeper.stdout.close()
        for directory in (self.place, self.data):
            shutil.rmtree(directory)


@pytest.fixture
def world(package):
    made = World(package)
    yield made
    made.end()


def install(world):
    world.run("dpkg", "-i", "/kleene.deb")


def test_install(world):
    install(world)
    assert "install ok installed" in world.run("dpkg", "-s", "kleene")
    assert world.run("klee", "--version").startswith("klee ")
    assert world.run("kleened", "--version").startswith("kleened ")
    assert world.run("getent", "group", "kleene").startswith("kleene:")
    for unit in ("multi-user.target.wants/kleened.service", "sockets.target.wants/kleened.socket"):
        assert world.run("test", "-L", f"/etc/systemd/system/{unit}", check=False) == 0, unit
    verdict = world.run(
        "systemd-analyze", "verify", "--recursive-errors=no", "/lib/systemd/system/kleened.service",
        "/lib/systemd/system/kleened.socket", "/lib/systemd/system/kleene-containers.service", check=False,
    )
    assert verdict == 0
    world.run("systemd-tmpfiles", "--create", "kleene.conf")
    assert world.run("stat", "-c", "%a %U", "/run/kleene") == "700 root\n"
    if world.run("test", "-x", "/usr/bin/mandoc", check=False) == 0:
        assert "KLEE-CONTAINER-RUN(1)" in world.run("mandoc", "/usr/share/man/man1/klee-container-run.1.gz")


CONFIG = """
kleene_root: /srv/kleene
instance: kd{number}
api_listening_sockets:
  - address: "http:///run/kleened.sock"
"""


def test_daemon_of_the_package(world):
    """It finds its warden, and its socket is the group's."""
    install(world)
    config = CONFIG.format(number=os.getpid() % 10000)
    world.run("sh", "-c", "cat > /etc/kleened/config.yaml", stdin=None, input=config.encode())
    daemon = subprocess.Popen(world.command("kleened"), stderr=subprocess.PIPE)
    try:
        for line in daemon.stderr:
            if b"is ready" in line:
                break
        else:
            raise AssertionError("kleened did not start")
        group = world.run("getent", "group", "kleene").split(":")[2]
        assert world.run("stat", "-c", "%a %g", "/run/kleened.sock") == f"660 {group}\n"
        world.run("sh", "-c", "mkdir -p /tmp/i/bin && cp /bin/busybox /tmp/i/bin/sh && tar -cf /tmp/i.tar -C /tmp/i .")
        world.run("klee", "--host", "http:///run/kleened.sock", "image", "create", "-t", "small", "fetch", "file:///tmp/i.tar")
        out = world.run(
            "klee", "--host", "http:///run/kleened.sock", "run", "-q", "--rm", "small", "/bin/sh", "-c",
            "echo works",
        )
        assert out == "works\n"
    finally:
        daemon.terminate()
        daemon.wait(PATIENCE)
        daemon.stderr.close()


def test_remove_leaves_data_and_purge_does_not(world):
    install(world)
    files = ("/var/lib/kleene/kleene.sqlite", "/var/lib/kleene/image/x/y", "/etc/kleened/config.yaml")
    for file in files:
        world.run("sh", "-c", f'mkdir -p "$(dirname {file})" && echo precious > {file}')
    world.run("dpkg", "-r", "kleene")
    assert not world.has("/usr/bin/klee") and not world.has("/lib/systemd/system/kleened.service")
    assert all(world.has(file) for file in files) and world.has("/etc/logrotate.d/kleene")
    install(world)
    assert all(world.has(file) for file in files)
    world.run("dpkg", "-P", "kleene")
    for gone in (*files, "/var/lib/kleene", "/etc/kleened", "/etc/logrotate.d/kleene", "/run/kleene"):
        assert not world.has(gone), gone
    assert "kleene" not in world.run("sh", "-c", "ls /etc/systemd/system/*.wants")


def test_purge_of_a_file_system_of_its_own(world):
    install(world)
    world.run("sh", "-c", "mkdir -p /var/lib/kleene && mount -t tmpfs tmpfs /var/lib/kleene")
    world.run("sh", "-c", "mkdir /var/lib/kleene/image && echo x > /var/lib/kleene/image/y")
    world.run("dpkg", "-P", "kleene")
    assert world.run("ls", "-A", "/var/lib/kleene") == ""
    world.run("umount", "/var/lib/kleene")


def test_upgrade(world):
    install(world)
    world.run("sh", "-c", "echo '# mine' > /etc/kleened/config.yaml; mkdir -p /var/lib/kleene; echo x > /var/lib/kleene/kept")
    install(world)
    assert world.run("cat", "/etc/kleened/config.yaml") == "# mine\n"
    assert world.has("/var/lib/kleene/kept")


def test_log_rotation(world):
    install(world)
    if world.run("test", "-x", "/usr/sbin/logrotate", check=False) != 0:
        pytest.skip("there is no logrotate here")
    world.run("logrotate", "-d", "/etc/logrotate.d/kleene")
