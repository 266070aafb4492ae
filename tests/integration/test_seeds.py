# SPDX-License-Identifier: BSD-2-Clause
"""The examples of klee's reference pages, run as written; ids and addresses aside."""

import re

import pytest

from harness import ID, matches, name_as_pages, on_terminal, shell

@pytest.fixture
def pages(kleene):
    return name_as_pages(kleene)


# ---- Assign name and allocate pseudo-TTY ----


def test_name(pages):
    child = pages.spawn("run", "--name", "test", "-it", "FreeBSD-13.2-RELEASE", "/bin/sh")
    child.expect(rf"\A{ID}\r\ncreated execution instance ({ID})\r\n")
    instance = child.match.group(1)
    child.expect(pages.system.prompt)
    child.sendline("exit")
    child.expect(rf"exit\r\n\r\nexecutable {instance} and its container exited with exit-code 0\r\n")


# ---- Mounting filesystems into containers ----


def test_mount_of_a_new_volume(pages):
    child = pages.spawn("run", "-m", "some_storage:/foo/bar", "-it", "FreeBSD-13.2-STABLE", "/bin/sh")
    child.expect(rf"\A{ID}\r\ncreated execution instance {ID}\r\n")
    child.expect(pages.system.prompt)
    child.sendline("ls /foo")
    child.expect(r"ls /foo\r\nbar\r\n.*# ")
    child.sendline("exit")
    child.expect("exit-code 0\r\n")
    child = pages.spawn("volume", "ls")
    child.expect(
        r"\A\S* VOLUME NAME    CREATED\S*\r\n"
        r"─{25,}\r\n"
        r" some_storage   (\d+ seconds?|Less than a second) ago\r\n"
    )


def test_mount_read_only(pages):
    text = shell(
        pages, "klee run -m archive:/writeprotected:ro FreeBSD13.2-STABLE touch /writeprotected/here",
        check=1,
    )
    # between the two, the page has a line of jail(8), which takes no part here
    matches(
        "ID\ncreated execution instance ID\ntouch: /writeprotected/here: Read-only file system\n"
        "\nexecutable ID and its container exited with exit-code 1\n", text,
    )


def test_mount_of_a_directory(pages, tmp_path):
    """The page's /home/someuser/kleened is elsewhere."""
    (tmp_path / "kleened" / "lib" / "api").mkdir(parents=True)
    (tmp_path / "kleened" / "lib" / "core").mkdir()
    (tmp_path / "kleened" / "lib" / "kleened.ex").write_text("")
    text = shell(
        pages, f"klee run -m {tmp_path}/kleened:/kleened FreeBSD13.2-STABLE ls /kleened/lib"
    )
    matches(
        "ID\ncreated execution instance ID\napi\ncore\nkleened.ex\n"
        "\nexecutable ID and its container exited with exit-code 0\n", text,
    )


# ---- Set environment variables ----


def test_env(pages):
    text = on_terminal(
        pages, "klee run --env VAR1=value1 --env VAR2=value2 FreeBSD-13.2-STABLE env | grep VAR"
    )
    assert text == "VAR1=value1\nVAR2=value2\n"


def test_env_of_the_caller(pages):
    text = on_terminal(pages, """export VAR1=value1
export VAR2=value2

klee run --env VAR1=$VAR1 --env VAR2=$VAR2 FreeBSD-13.2-STABLE env | grep VAR""")
    assert text == "VAR1=value1\nVAR2=value2\n"


# ---- Start a container detached from process IO ----


def test_detach(pages):
    matches(
        "ID\ncreated execution instance ID\n", shell(pages, "klee run -d FreeBSD-13.2-STABLE echo test")
    )


# ---- Specifying Jail parameters ----


@pytest.fixture
def pingable(pages):
    """The pages ping an address of the Internet; here it is the host's own."""
    return pages, "127.0.0.1"


def test_jailparam_refused(pingable):
    pages, address = pingable
    # the page's exit code is that of jail(8), which takes no part here; this is ping's own
    code = pages.system.ping_refused
    text = shell(
        pages, f"klee run FreeBSD-13.2-STABLE --network host /sbin/ping {address}", check=code
    )
    lines = text.splitlines()
    assert re.fullmatch(ID, lines[0])
    instance = re.fullmatch(f"created execution instance ({ID})", lines[1]).group(1)
    assert any(re.match("ping: .*permi(ssion|tted)", line) for line in lines), text
    assert lines[-2:] == [
        "", f"executable {instance} and its container exited with exit-code {code}"
    ]


def test_jailparam_allowed(pingable):
    pages, address = pingable
    # as on the page, but for the end: ping goes on until it is told to end
    child = pages.spawn(
        "run", "FreeBSD-13.2-STABLE", "-J", "mount.devfs", "-J", "allow.raw_sockets",
        "--network", "host", "/sbin/ping", address,
    )
    child.expect(rf"\A{ID}\r\ncreated execution instance {ID}\r\n")
    child.expect(rf"PING {re.escape(address)} \({re.escape(address)}\): 56 data bytes\r\n")
    for number in range(3):
        child.expect(
            rf"64 bytes from {re.escape(address)}: (icmp_)?seq={number} ttl=\d+ time=[\d.]+ ms\r\n"
        )
    child.sendintr()
    child.expect("exited with exit-code")
