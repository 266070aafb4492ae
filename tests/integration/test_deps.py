# SPDX-License-Identifier: BSD-2-Clause
"""tools/deps.sh: what it asks each system's manager of packages for, which are made up here."""

import os
import shutil
import subprocess

import pytest

TOOLS = os.path.join(os.path.dirname(__file__), "..", "..", "tools")
COLUMNS = ("debian", "fedora", "alpine", "arch", "freebsd")
# what the script itself needs of a system
ORDINARY = ("sh", "dirname", "sed", "tr", "sort", "mktemp", "cat", "rm", "env")

# An installed package is a line of $installed; what was asked of a manager is a line of $asked.
ASKED = '#!/bin/sh\necho "${0##*/} $*" >> "$asked"\n'
HAS = 'has() { grep -qxF -- "$1" "$installed"; }\n'
FAKES = {
    "debian": {
        "apt-get": ASKED,
        "dpkg-query": "#!/bin/sh\n" + HAS + 'for p; do :; done\nhas "$p" && echo installed\n',
    },
    "fedora": {"dnf": ASKED, "rpm": "#!/bin/sh\n" + HAS + 'for p; do :; done\nhas "$p"\n'},
    "alpine": {"apk": "#!/bin/sh\n" + HAS + 'test "$1" != info || { has "$3"; exit; }\n'
                      'echo "${0##*/} $*" >> "$asked"\n'},
    "arch": {"pacman": "#!/bin/sh\n" + HAS + 'if test "$1" = -T; then shift\n'
                       'for p; do has "$p" || { echo "$p"; code=127; }; done; exit ${code:-0}; fi\n'
                       'echo "${0##*/} $*" >> "$asked"\n'},
    "freebsd": {"pkg": "#!/bin/sh\n" + HAS + 'case $1 in\ninfo) has "$3" ;;\nrquery) echo python311 ;;\n'
                       '*) echo "${0##*/} $*" >> "$asked" ;;\nesac\n'},
}
INSTALL = {
    "debian": "apt-get install -y -q --no-remove --no-install-recommends ",
    "fedora": "dnf install -y -q --setopt=install_weak_deps=False ",
    "alpine": "apk add -q ",
    "arch": "pacman -S --needed --noconfirm ",
    "freebsd": "pkg install -y ",
}


def table():
    with open(os.path.join(TOOLS, "packages"), encoding="utf-8") as file:
        return [line.split() for line in file if line.strip() and not line.startswith("#")]


def packages(system, purpose):
    """What the table has for it, apart from what there is no package of."""
    cells = [row[2 + COLUMNS.index(system)] for row in table() if purpose in row[1].split(",")]
    names = [n for cell in cells if cell[0] not in "-!" for n in cell.split(",")]
    return sorted({n.replace("python:", "py311-") for n in names})


class System:
    """Nothing is found on it but what the script needs and what is made up."""

    def __init__(self, name, place):
        self.place = place
        (place / "bin").mkdir()
        for program in (*ORDINARY, "grep"):
            (place / "bin" / program).symlink_to(shutil.which(program))
        self.add("uname", f"#!/bin/sh\necho {'FreeBSD' if name == 'freebsd' else 'Linux'}\n")
        for program, text in FAKES.get(name, {}).items():
            self.add(program, text)
        self.user(0)
        self.installed = place / "installed"
        self.asked = place / "asked"
        self.installed.write_text("")
        self.asked.write_text("")

    def add(self, program, text):
        path = self.place / "bin" / program
        path.write_text(text)
        path.chmod(0o755)

    def user(self, number):
        self.add("id", f"#!/bin/sh\necho {number}\n")

    def deps(self, *purposes):
        """The exit code, and what was said and asked for."""
        self.asked.write_text("")
        done = subprocess.run(
            ["sh", os.path.join(TOOLS, "deps.sh"), *purposes], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False, timeout=60,
            env={"PATH": str(self.place / "bin"), "asked": str(self.asked),
                 "installed": str(self.installed)},
        )
        return done.returncode, done.stdout, self.asked.read_text().splitlines()


@pytest.fixture
def made_up(request, tmp_path):
    return System(request.param, tmp_path)


each = pytest.mark.parametrize("made_up, name", [(n, n) for n in COLUMNS], indirect=["made_up"])


def test_the_table_is_whole():
    for row in table():
        assert len(row) == 2 + len(COLUMNS), row
        assert set(row[1].split(",")) <= {"build", "test", "lint", "fuzz", "deb", "demo", "bench"}, row


@each
def test_missing_packages_are_installed(made_up, name):
    wanted = packages(name, "build")
    code, said, asked = made_up.deps("build")
    assert (code, asked) == (0, [INSTALL[name] + " ".join(wanted)]), said
    assert "deps: installing " + " ".join(wanted) in said


@each
def test_what_is_installed_is_left_alone(made_up, name):
    *there, last = packages(name, "test")
    made_up.installed.write_text("\n".join(there) + "\n")
    assert made_up.deps("test")[2] == [INSTALL[name] + last]
    made_up.installed.write_text("\n".join([*there, last]) + "\n")
    assert made_up.deps("test") == (0, "", [])


@each
def test_users_are_told_what_is_missing(made_up, name):
    made_up.user(1000)
    code, said, asked = made_up.deps("build")
    assert (code, asked) == (1, [])
    assert "deps: not installed: " + " ".join(packages(name, "build")) in said
    assert "run 'make deps' as root" in said


@each
def test_a_failure_is_shown(made_up, name):
    for manager in ("apt-get", "dnf", "pacman", "apk", "pkg"):
        if manager in FAKES[name]:
            made_up.add(manager, FAKES[name][manager].replace('>> "$asked"', "&& exit 1"))
    code, said, _ = made_up.deps("build")
    assert code == 1
    assert INSTALL[name].split()[0] in said and "deps: cannot install: " in said


@pytest.mark.parametrize("made_up", ["alpine"], indirect=True)
def test_what_has_no_package_is_said_in_words(made_up):
    made_up.installed.write_text("\n".join(packages("alpine", "build")) + "\n")
    code, said, asked = made_up.deps("build")
    assert (code, asked) == (0, [])
    assert said.startswith("deps: alpine has no package of libcyaml: going on without")
    # somebody has installed it from its source
    made_up.add("pkg-config", '#!/bin/sh\ntest "$*" = "--exists libcyaml"\n')
    assert made_up.deps("build") == (0, "", [])


@pytest.mark.parametrize("made_up", ["fedora"], indirect=True)
def test_debian_packages_are_built_on_debian(made_up):
    code, said, asked = made_up.deps("deb")
    assert (code, asked) == (0, [])
    assert "fedora has no package of debhelper" in said


@pytest.mark.parametrize("made_up", ["none"], indirect=True)
def test_another_system_goes_on_with_what_it_has(made_up):
    code, said, _ = made_up.deps("build")
    assert code == 0
    assert said.startswith("deps: this knows the packages of Debian, Ubuntu, Fedora, Alpine, Arch and FreeBSD;")


def test_debian_has_what_building_its_package_needs():
    """dpkg-buildpackage demands build-essential of every package."""
    assert "build-essential" in packages("debian", "deb")
