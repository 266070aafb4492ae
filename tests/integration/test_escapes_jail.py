# SPDX-License-Identifier: BSD-2-Clause
"""Ways out of jails, from FreeBSD's advisories since 2020, tried on containers."""

import os
import re

import pytest

import archives
from harness import IMAGE, refused, wait_until

pytestmark = pytest.mark.skipif(os.uname().sysname != "FreeBSD", reason="about jails")


def mounts(kleene):
    """What is mounted on the host, but for the daemon's datasets."""
    return sorted(where for where, kind in kleene.system.mount_table() if kind != "zfs")


def attempt(kleene, action, *options, argument=""):
    return kleene.quiet(*options, IMAGE, "/bin/attempt", action, argument).strip()


@pytest.fixture(name="linked")
def fixture_linked(kleene, system, tmp_path):
    """Makes an image of the tests' own in which some paths are symbolic links."""
    def make(name, links):
        tree = tmp_path / name
        system.make_tree(str(tree))
        for place, target in links.items():
            path = tree / place.lstrip("/")
            if path.is_dir():
                path.rmdir()
            path.symlink_to(target)
        archive = tmp_path / f"{name}.tar"
        archives.pack(str(tree), str(archive), "tar")
        kleene.klee("image", "create", "-t", name, "fetch", f"file://{archive}")
        return name
    return make


@pytest.mark.parametrize("target", ["/", "/etc", "..", "../../../../../../etc", "/dev"])
def test_links_instead_of_dev(kleene, linked, target):
    image = linked("dev", {"/dev": target})
    before = mounts(kleene)
    result = kleene.klee("run", "-q", image, "true", check=None)
    assert result.code == 125 and "/dev" in result.err and "not a directory" in result.err
    assert mounts(kleene) == before
    assert kleene.running() == []


@pytest.mark.parametrize("target", ["/", "..", "/tmp", "../../../../../../tmp"])
def test_links_instead_of_proc(kleene, linked, target):
    """procfs comes to be where the link leads inside the container, or nowhere."""
    image = linked("proc", {"/proc": target})
    before = mounts(kleene)
    container = kleene.create("-J", "mount.procfs", image, "sleep", "1000")
    result = kleene.klee("start", "-d", container, check=None)
    root = os.path.join(kleene.system.root_directory(kleene.root), "container", container)
    new = [where for where in mounts(kleene) if where not in before]
    assert all(where.startswith(root + "/") for where in new), new
    if result.code != 0:
        assert "container's root directory" in result.err
    kleene.klee("stop", container, check=None)
    kleene.klee("rmc", container)
    assert mounts(kleene) == before


def test_links_made_by_the_container_itself(kleene):
    """What a container makes of /dev counts at its next start."""
    container = kleene.create("-J", "mount.nodevfs", IMAGE, "sh", "-c", "rmdir /dev && ln -s / /dev")
    kleene.klee("start", container)
    kleene.api.post(f"/containers/{container}/update", {"jail_param": [], "cmd": ["true"]})
    before = mounts(kleene)
    refused(kleene.klee("start", container, check=None), 125, "/dev")
    assert mounts(kleene) == before


def test_cve_2020_25582_newcomers_cannot_be_traced(kleene):
    """jail_attach(2) and then chdir(2): in between the jail's root must not get hold of the process."""
    # whose groups take long to be found
    slow = "yes 'games:*:60:alice,bob' | head -n 100000 >> /etc/group"
    container = kleene.detached(
        IMAGE, "sh", "-c", f"{slow}; attempt trace-newcomers; sleep 1000")

    def has_met_some():
        kleene.klee("exec", container, "true")
        return kleene.logs(container).strip()

    wait_until(has_met_some, "the tracer to meet somebody")
    assert kleene.logs(container).strip() == "EPERM"


def test_cve_2020_25581_nothing_survives_the_jails_end(kleene):
    """jail_remove(2) must not miss what forks meanwhile."""
    forks = "while :; do (while :; do (:) & done) & (sleep 1000) & wait $!; done"
    container = kleene.detached("--pids", "60", IMAGE, "sh", "-c", forks)
    name = kleene.system.jail_name(container)
    assert kleene.system.processes_in(name)
    kleene.klee("stop", container)
    assert kleene.system.processes_in(name) == []
    assert name not in kleene.system.network_namespaces()


def test_cve_2020_7453_no_jails_in_jails(kleene):
    assert attempt(kleene, "make-jail") == "EPERM"
    assert kleene.quiet("-J", "osrelease=13.1-KLEENE", IMAGE, "uname", "-r").strip() == "13.1-KLEENE"


@pytest.mark.parametrize("kind", ["tmpfs", "nullfs"])
def test_cve_2020_25584_and_2025_15547_no_mounts(kleene, kind):
    """Both need a jail that may mount: none may that was not asked for it."""
    assert attempt(kleene, "mount", argument="/tmp") == "EPERM"
    result = kleene.klee("run", "-q", IMAGE, "mount", "-t", kind, kind, "/tmp", check=None)
    assert result.code != 0 and re.search("not permitted|No such|not found", result.err)


def test_no_descriptors_of_the_wardens(kleene):
    """Nor of the daemon's: a directory among them would be a way out."""
    assert attempt(kleene, "inherited-files") == "ENOENT"
    container = kleene.detached(IMAGE, "sleep", "1000")
    out = kleene.klee("exec", container, "/bin/attempt", "inherited-files").out
    assert "ENOENT" in out


def test_cve_2025_15576_directories_of_another_container(kleene, tmp_path):
    """
    Containers that share a volume can pass descriptors to each other. A kernel that has not mended
    it lets the other's root directory lead to the host's: see docs/guide/security.md.
    """
    (tmp_path / "marker").write_text("of the host")
    kleene.detached("-m", "shared:/v", IMAGE, "/bin/attempt", "give-root", "/v/socket")
    path = str(tmp_path / "marker").lstrip("/")
    found = attempt(kleene, "take-root", "-m", "shared:/v", argument=f"/v/socket:{path}")
    if found == "done":
        pytest.xfail("this kernel has the fault of CVE-2025-15576")
