# SPDX-License-Identifier: BSD-2-Clause
"""Terminals: the transcript that the product was asked for with, and what a shell needs of one."""

import os
import re
import signal
import subprocess
import termios

import pexpect
import pexpect.fdpexpect
import pytest

from harness import ID, IMAGE, PATIENCE, wait_until


def start_shell(kleene, *options, **terminal):
    """Returns the shell at its prompt, and the ids of its container and execution instance."""
    child = kleene.spawn("run", *options, "-it", IMAGE, "/bin/sh", **terminal)
    child.expect(rf"\A({ID})\r\ncreated execution instance ({ID})\r\n")
    child.container, child.exec = child.match.groups()
    child.expect(kleene.system.prompt)
    return child


def ask(child, command):
    """Runs a command in the shell and returns its output."""
    child.sendline(f"echo begin-$((1+1)); {command}; echo end-$((1+1))")
    child.expect(r"begin-2\r\n(.*)end-2\r\n")
    output = child.match.group(1)
    child.expect("# ")
    return output.replace("\r\n", "\n")


def leave(child, code=0):
    child.sendline(f"exit {code}" if code else "exit")
    child.expect(
        rf"exit[^\r]*\r\n(?:.*\r\n)?\r\n"
        rf"executable {child.exec} and its container exited with exit-code {code}\r\n"
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == code


def test_transcript(kleene):
    shell = start_shell(kleene, "--name", "test")
    assert kleene.inspect("test")["id"] == shell.container
    assert kleene.inspect("test")["running"]
    assert ask(shell, "echo changed > /root/file; tty").startswith("/dev/")
    leave(shell)
    assert kleene.inspect("test")["status"] == "exited (0)"

    again = kleene.spawn("container", "start", "-it", "test")
    again.expect(rf"\A{shell.container}\r\ncreated execution instance ({ID})\r\n")
    again.container, again.exec = shell.container, again.match.group(1)
    again.expect(kleene.system.prompt)
    assert again.exec != shell.exec
    assert ask(again, "cat /root/file") == "changed\n"
    leave(again, 5)
    assert kleene.inspect("test")["status"] == "exited (5)"


def test_job_control(kleene):
    shell = start_shell(kleene)
    assert "can't access tty" not in shell.before
    shell.sendline("sleep 1000 &")
    shell.expect("# ")
    assert re.search(r"Running\s+sleep 1000", ask(shell, "jobs"))
    assert ask(shell, "kill %1; wait %1; jobs").count("Running") == 0

    shell.sendline(
        "sh -c 'trap \"echo continued-$((1+1))\" CONT; echo ready-$((1+1));"
        " while :; do sleep 0.1; done'"
    )
    shell.expect("ready-2\r\n")
    shell.sendcontrol("z")
    shell.expect("Stopped|Suspended")
    shell.expect("# ")
    assert re.search("Stopped|Suspended", ask(shell, "jobs"))
    shell.sendline("fg")
    shell.expect("continued-2\r\n")
    shell.sendcontrol("c")  # ends what is in the foreground, not the shell
    shell.expect("# ")
    assert ask(shell, "jobs") == ""
    # one that was just being started when the signal came lives a little longer
    names = lambda: [name for _, name in kleene.system.descendants(kleene.pid)]
    wait_until(lambda: "sleep" not in names(), "the last of the job to end")
    leave(shell)


def test_window_size(kleene):
    shell = start_shell(kleene, dimensions=(33, 111))
    wait_until(lambda: ask(shell, "stty size") == "33 111\n", "the caller's size")
    shell.setwinsize(44, 99)
    wait_until(lambda: ask(shell, "stty size") == "44 99\n", "the new size")
    leave(shell)


def test_exec_in_a_terminal(kleene):
    container = kleene.detached(IMAGE, "sleep", "1000")
    child = kleene.spawn("exec", "-it", container, "/bin/sh", dimensions=(20, 70))
    child.expect(rf"created execution instance ({ID})\r\n")
    instance = child.match.group(1)
    child.expect(kleene.system.prompt)
    wait_until(lambda: ask(child, "stty size") == "20 70\n", "the caller's size")
    child.sendline("exit 3")
    child.expect(rf"\r\n\r\n{instance} has exited with exit-code 3\r\n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 3
    assert kleene.running() == [container]


def test_end_of_input_ends_the_shell(kleene):
    shell = start_shell(kleene)
    shell.sendeof()
    shell.expect("exited with exit-code 0\r\n")
    shell.expect(pexpect.EOF)


class Terminal:
    """A terminal whose settings can be looked at before, while and after klee has it."""

    def __init__(self):
        self.master, self.slave = os.openpty()
        self.before = self.settings()
        self.child = pexpect.fdpexpect.fdspawn(self.master, timeout=PATIENCE, encoding="utf-8")

    def settings(self):
        return termios.tcgetattr(self.slave)

    def klee(self, kleene, *args):
        return kleene.popen(
            *args, stdin=self.slave, stdout=self.slave, stderr=self.slave, start_new_session=True
        )

    def close(self):
        os.close(self.slave)
        self.child.close()


@pytest.fixture
def terminal():
    made = Terminal()
    yield made
    made.close()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"])
def test_terminal_is_restored_after_a_signal(kleene, terminal, name):
    klee = terminal.klee(kleene, "run", "-it", IMAGE, "/bin/sh")
    terminal.child.expect("# ")
    assert terminal.settings() != terminal.before
    number = getattr(signal, name)
    # klee gives up at the third interrupt, at the second SIGTERM
    attempts = {"SIGINT": 3, "SIGTERM": 2}.get(name, 1)

    def ended():
        nonlocal attempts
        if attempts > 0:
            klee.send_signal(number)
            attempts -= 1
        try:
            klee.wait(1)
        except subprocess.TimeoutExpired:
            return False
        return True

    wait_until(ended)
    assert klee.returncode in (128 + number, 128 + signal.SIGHUP, 128 + signal.SIGKILL)
    assert terminal.settings() == terminal.before
    wait_until(lambda: kleene.running() == [], "the shell to be ended with its client")


def test_terminal_is_restored_at_the_end(kleene, terminal):
    klee = terminal.klee(kleene, "run", "-it", IMAGE, "/bin/sh", "-c", "stty -echo raw; exit 4")
    terminal.child.expect("exit-code 4")
    assert klee.wait(PATIENCE) == 4
    assert terminal.settings() == terminal.before


def test_terminal_is_restored_when_the_daemon_dies(kleene, terminal):
    klee = terminal.klee(kleene, "run", "-it", IMAGE, "/bin/sh")
    terminal.child.expect("# ")
    kleene.kill9()
    terminal.child.expect("klee: .*lost")
    assert klee.wait(PATIENCE) == 125
    assert terminal.settings() == terminal.before


def test_a_terminal_without_input(kleene):
    child = kleene.spawn("run", "-t", IMAGE, "sh", "-c", "test -t 1 && echo terminal; cat; echo over")
    child.expect("terminal\r+\n.*over\r+\n")
    child.expect("exit-code 0")


def test_tty_needs_no_terminal_of_the_caller(kleene):
    result = kleene.klee("run", "-q", "-t", IMAGE, "sh", "-c", "test -t 1 && echo terminal")
    assert result.out == "terminal\r\n"
