# SPDX-License-Identifier: BSD-2-Clause
"""The package on a host of its own that systemd has booted: in namespaces, with files laid over this host's."""

import os
import shutil
import subprocess
import tempfile
import time

import pytest

from test_debian import PATIENCE, package, pytestmark  # noqa: F401  pylint: disable=unused-import

SYSTEMD = "/lib/systemd/systemd"
# What is on its disk is in $1, so that it is there when it is booted again. Services of this host's are
# not started, and no more is there of devices and control groups than systemd needs.
BOOT = r"""
set -e
mount --make-rprivate /
mkdir -p "$1/upper" "$1/work" "$1/root" "$1/srv"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
cd "$1/root"
test -e booted-before || rm -rf etc/systemd/system/*.wants usr/sbin/policy-rc.d var/lib/man-db/auto-update
touch booted-before
mount --bind "$1/srv" srv
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
mkdir sys/fs/cgroup/systemd sys/fs/cgroup/unified
mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
mount -t cgroup2 none sys/fs/cgroup/unified
mount -t tmpfs -o mode=755 tmpfs dev
for n in null zero full random urandom tty; do touch "dev/$n"; mount --bind "/dev/$n" "dev/$n"; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
pivot_root . mnt
umount -l mnt
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	/lib/systemd/systemd --log-target=journal --show-status=no --unit=multi-user.target
"""
CONFIG = "kleene_root: /srv/kleene\ninstance: kd{number}\n{more}"
# says that it is told to end, and ends with a code of its own
SERVICE = "trap 'echo told to end; exit 7' TERM; echo ready; while :; do sleep 1000 & wait; done"


class Host:
    def __init__(self):
        self.place = tempfile.mkdtemp(prefix="kd-", dir="/var/tmp")
        self.keeper = None
        self.pid = None

    def boot(self):
        names = ["-m", "-p", "-n", "-C", "-u", "-i"]
        self.keeper = subprocess.Popen(
            ["unshare", *names, "--fork", "--kill-child", "sh", "-c", BOOT, "-", self.place],
            stdin=subprocess.DEVNULL,
        )
        children = f"/proc/{self.keeper.pid}/task/{self.keeper.pid}/children"
        until(lambda: open(children, encoding="ascii").read().split(), "the host's first process")
        with open(children, encoding="ascii") as file:
            self.pid = file.read().split()[0]
        until(lambda: self.succeeds("systemctl", "is-active", "multi-user.target"), "systemd")

    def run(self, *command, check=True, text=None):
        done = subprocess.run(
            ["nsenter", "-t", self.pid, "-m", "-p", "-n", "-C", "-u", "-i", "env", "-i",
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "HOME=/root",
             *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, input=text, check=False,
            timeout=3 * PATIENCE,
        )
        said = done.stdout.decode()
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{said}"
        return said if check else done.returncode

    def succeeds(self, *command):
        return self.run(*command, check=False) == 0

    def configure(self, more=""):
        text = CONFIG.format(number=os.getpid() % 10000, more=more)
        self.run("sh", "-c", "mkdir -p /etc/kleened; cat > /etc/kleened/config.yaml", text=text.encode())

    def install(self, package):  # noqa: F811
        with open(package, "rb") as file:
            self.run("sh", "-c", "cat > /kleene.deb", text=file.read())
        self.run("dpkg", "-i", "/kleene.deb")

    def power_off(self):
        """In order, as a person does it."""
        self.run("systemctl", "poweroff", check=False)
        self.keeper.wait(3 * PATIENCE)

    def state(self, container):
        return self.run("klee", "container", "inspect", container)

    def end(self):
        if self.keeper is not None:
            self.keeper.kill()
            self.keeper.wait()
        until(lambda: not shutil.rmtree(self.place, ignore_errors=True) and not os.path.exists(self.place),
              "its files to go")


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"in vain waited for {what}"
        time.sleep(0.1)


@pytest.fixture
def host(package):  # noqa: F811
    """Booted, with the package and an image."""
    if not os.path.exists(SYSTEMD):
        pytest.skip("there is no systemd here")
    made = Host()
    try:
        made.boot()
        made.configure()
        made.install(package)
        made.run("sh", "-c", "mkdir -p /tmp/i/bin && cp /bin/busybox /tmp/i/bin/ && "
                 "for a in sh sleep echo; do ln -s busybox /tmp/i/bin/$a; done && tar -cf /tmp/i.tar -C /tmp/i .")
        made.run("klee", "image", "create", "-t", "small", "fetch", "file:///tmp/i.tar")
        yield made
    finally:
        made.end()


def service(host, name, *options):
    host.run("klee", "run", "-d", "--name", name, *options, "small", "sh", "-c", SERVICE)
    until(lambda: "ready" in host.run("klee", "container", "logs", name), f"{name} to be ready")


def test_poweroff_stops_containers_in_order_and_boot_starts_them(host):
    service(host, "stays", "--restart", "unless-stopped")
    service(host, "once")
    host.power_off()
    host.boot()
    until(lambda: "running" in host.run("klee", "lsc", "--format", "json"), "what is to run at boot")
    for name in ("stays", "once"):
        assert "told to end" in host.run("klee", "container", "logs", name), name
    assert '"exited (7)"' in host.state("once")
    assert "ended from outside" not in host.run("journalctl", "--no-pager", "-u", "kleened")


def test_restarting_the_daemon_stops_nothing(host):
    service(host, "stays")
    host.run("systemctl", "restart", "kleened")
    host.install("/".join([host.place, "upper/kleene.deb"]))
    assert '"running"' in host.state("stays")
    assert "told to end" not in host.run("klee", "container", "logs", "stays")


def test_reload_checks_the_configuration_before_the_restart(host):
    def daemon():
        return host.run("systemctl", "show", "-p", "MainPID", "--value", "kleened").strip()

    first = daemon()
    host.configure("log_level: louder\n")
    assert not host.succeeds("systemctl", "reload", "kleened")
    assert daemon() == first and host.succeeds("klee", "lsc")
    assert "log_level" in host.run("journalctl", "--no-pager", "-u", "kleened")
    host.configure("log_level: debug\n")
    host.run("systemctl", "reload", "kleened")
    until(lambda: daemon() not in (first, "0") and host.succeeds("klee", "lsc"), "the next daemon")


def test_removing_the_package_stops_containers(host):
    service(host, "stays", "--restart", "always")
    host.run("dpkg", "-r", "kleene")
    assert not host.succeeds("pidof", "sleep")
    host.install("/".join([host.place, "upper/kleene.deb"]))
    until(lambda: '"running"' in host.state("stays"), "it to be started again")
    assert "told to end" in host.run("klee", "container", "logs", "stays")
