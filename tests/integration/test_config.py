# SPDX-License-Identifier: BSD-2-Clause
"""Starting kleened: its configuration, its sockets, its root; and klee without a daemon."""

import os
import re
import select
import signal
import socket
import stat
import subprocess
import sys

import pytest

from harness import IMAGE, KLEENED, PATIENCE, refused, wait_until


def look(kleene, option):
    """kleened --check or --ready: exit code and message."""
    done = subprocess.run(
        [KLEENED, "--config", kleene.config_file, option], capture_output=True, text=True,
        check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr.rstrip("\n")


def fails(kleene, *words, line=None, foreseen=True):
    """
    kleened must refuse to start, in one line that has all the words and names the line. foreseen:
    so must kleened --check.
    """
    before = look(kleene, "--check")
    daemon = kleene.spawn_daemon(stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    message = ""
    for text in daemon.stdout:
        message = text.decode().rstrip("\n")
        if "is ready" in message:
            daemon.kill()
    daemon.stdout.close()
    daemon.wait()
    if not foreseen:
        assert before == (0, "")
    for code, said in [(daemon.returncode, message)] + foreseen * [before]:
        assert code == 1, said
        assert said.startswith("kleened: ")
        for word in words:
            assert str(word) in said, f"no '{word}' in: {said}"
        if line is not None:
            assert re.search(rf"\bline:? {line}\b|:{line}\b", said), f"not line {line}: {said}"


@pytest.mark.parametrize(
    "text, line, word",
    [
        ("log_level: info\nno_such_key: 1\n", 2, "no_such_key"),
        ("log_level: loud\n", 1, "log_level"),
        ("\n\nenable_logging: perhaps\n", 3, "enable_logging"),
        ("api_listening_sockets: text\n", 1, "api_listening_sockets"),
        ("api_listening_sockets:\n  - tlscert: x\n", 2, "address"),
        ("api_listening_sockets:\n  - address: x\n    no_such_key: x\n", 3, "no_such_key"),
        ("log_file: [1, 2]\n", 1, "log_file"),
        ("log_file: info\n  bad: indentation\n", 2, ""),
        ('log_file: "no end\n', 1, ""),
    ],
)
def test_mistakes_have_file_and_line(make_kleene, text, line, word):
    kleene = make_kleene()
    good = {k: v for k, v in kleene.settings().items() if k in ("kleene_root", "run_dir", "instance")}
    if "api_listening_sockets" not in text:
        text += f"api_listening_sockets: [{{address: '{kleene.url}'}}]\n"
    kleene.write_config("".join(f"{k}: {v}\n" for k, v in good.items()) + text)
    fails(kleene, kleene.config_file, word, line=line + len(good))


@pytest.mark.parametrize(
    "key, value",
    [
        ("run_dir", "relative"), ("run_dir", "/" + "x" * 100), ("instance", "much-too-long"),
        ("instance", "a/b"), ("kleene_root", "/dev/null/x"), ("log_file", "/no/such/dir/log"),
        ("api_listening_sockets", [{"address": "nonsense"}]),
        ("api_listening_sockets", [{"address": "http://192.0.2.1:8080"}]),
        ("api_listening_sockets", [{"address": "https:///tmp/x"}]),
        ("api_listening_sockets", [{"address": "http:///no/such/dir/sock"}]),
        ("api_listening_sockets", [{"address": "http:///" + "x" * 120}]),
    ],
)
def test_values_that_cannot_be_used(make_kleene, key, value):
    kleene = make_kleene()
    kleene.write_config(**{key: value})
    shown = value[0]["address"] if isinstance(value, list) else value
    fails(kleene, shown if key != "run_dir" or len(value) < 50 else key)


def test_no_configuration_file(make_kleene):
    kleene = make_kleene()
    os.unlink(kleene.config_file)
    fails(kleene, kleene.config_file, kleene.system.no_such_file)


def test_second_daemon_on_the_socket(make_kleene, bare):
    second = make_kleene()
    second.write_config(api_listening_sockets=[{"address": bare.url}])
    fails(second, bare.socket, foreseen=False)
    assert bare.images() == []


def test_second_daemon_on_the_root(make_kleene, bare):
    second = make_kleene()
    second.write_config(kleene_root=bare.root)
    fails(second, bare.system.root_directory(bare.root), foreseen=False)
    assert bare.images() == []


def test_check_and_ready_beside_a_daemon_that_runs(bare):
    """What --check says is for who is about to restart it: nothing changes, good or bad."""
    assert look(bare, "--check") == (0, "")
    assert look(bare, "--ready") == (0, "")
    good = bare.settings()
    bare.write_config(log_level="loud")
    code, said = look(bare, "--check")
    assert code == 1 and "log_level" in said
    assert bare.images() == []
    bare.write_config(**good)
    bare.stop()
    assert look(bare, "--check") == (0, "")
    code, said = look(bare, "--ready")
    assert code == 1 and bare.url in said
    assert not os.path.exists(bare.socket)


def test_check_makes_nothing(make_kleene):
    kleene = make_kleene()
    kleene.write_config(log_file=os.path.join(kleene.base, "log.of.it"))
    before = sorted(os.listdir(kleene.base))
    assert look(kleene, "--check") == (0, "")
    assert sorted(os.listdir(kleene.base)) == before
    assert not os.path.exists(kleene.system.root_directory(kleene.root))


def test_stale_socket_is_replaced(kleene):
    kleene.kill9()
    assert os.path.exists(kleene.socket)
    kleene.start()
    assert kleene.quiet(IMAGE, "echo", "works") == "works\n"


def test_other_files_are_not_replaced(make_kleene):
    kleene = make_kleene()
    with open(kleene.socket, "w", encoding="ascii") as file:
        file.write("precious")
    fails(kleene, kleene.socket)
    with open(kleene.socket, encoding="ascii") as file:
        assert file.read() == "precious"
    os.unlink(kleene.socket)


def test_socket_is_not_for_everyone(bare):
    assert stat.S_IMODE(os.stat(bare.socket).st_mode) & ~0o660 == 0


def test_root_is_not_for_everyone(bare):
    mode = os.stat(bare.system.root_directory(bare.root)).st_mode
    assert stat.S_IMODE(mode) & 0o077 == 0


def test_several_sockets(make_kleene):
    kleene = make_kleene()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    second, tcp = f"{kleene.url}2", f"http://127.0.0.1:{port}"
    kleene.write_config(
        api_listening_sockets=[
            {"address": a, "allow_insecure": a == tcp} for a in (kleene.url, second, tcp)
        ]
    )
    kleene.start()
    kleene.import_image()
    for url in (kleene.url, second, tcp):
        assert kleene.klee("--host", url, "run", "-q", IMAGE, "echo", "works").out == "works\n"


def test_end_is_bounded(kleene):
    """An hour's stop is under way: the daemon ends all the same, however often it is asked to."""

    def says(word):
        return word in kleene.klee("container", "logs", container).out

    container = kleene.create(
        "--name", "stubborn", "-J", "stop.timeout=3600", "-m", "words:/words", IMAGE, "sh", "-c",
        "trap 'echo asked' TERM; echo ready; until [ -e /words/end ]; do sleep 1; done",
    )
    kleene.klee("start", "-d", container)
    wait_until(lambda: says("ready"), "the trap")
    stopping = kleene.popen("stop", container)
    wait_until(lambda: says("asked"), "the signal")
    kleene.daemon.send_signal(signal.SIGTERM)
    kleene.stop()
    assert stopping.wait(PATIENCE) != 0
    assert "something still hangs" in kleene.log()
    kleene.start()
    assert kleene.running() == [container]
    with open(os.path.join(kleene.volume("words"), "end"), "w", encoding="ascii"):
        pass
    wait_until(lambda: not kleene.running(), "the container to end")


SOCKET_FIRST = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", NOTIFY_SOCKET=sys.argv[2])
os.execvp(sys.argv[3], sys.argv[3:])
"""


def test_socket_of_a_service_manager(make_kleene):
    """A socket that is there before the daemon, outlives it, and tells when it is ready."""
    kleene = make_kleene()
    notices = os.path.join(kleene.base, "notices")
    with socket.socket(socket.AF_UNIX) as listening, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(notices)
        manager.settimeout(PATIENCE)
        listening.bind(kleene.socket)
        listening.listen()
        before = os.stat(kleene.socket).st_ino
        command = [sys.executable, "-c", SOCKET_FIRST, str(listening.fileno()), notices]
        for _ in range(2):
            client = kleene.popen("lsc")  # waits until there is a daemon
            assert select.select([listening], [], [], PATIENCE)[0]
            kleene.prefix = command
            daemon = kleene.daemon = kleene.spawn_daemon(pass_fds=[listening.fileno()])
            assert manager.recv(64) == b"READY=1"
            assert client.wait(PATIENCE) == 0
            assert kleene.images() == [] and daemon.poll() is None
            kleene.stop()
            assert manager.recv(64) == b"STOPPING=1"
            assert os.stat(kleene.socket).st_ino == before
    kleene.prefix = ()
    os.unlink(notices)


def test_log_file(make_kleene):
    kleene = make_kleene()
    path = os.path.join(kleene.base, "own.log")
    kleene.write_config(log_file=path, log_level="info")
    kleene.start()
    kleene.stop()
    with open(path, encoding="utf-8") as file:
        assert "ready" in file.read()
    kleene.write_config(log_file=path, enable_logging=False)
    os.unlink(path)
    kleene.start()
    kleene.stop()
    assert not os.path.exists(path) or os.path.getsize(path) == 0


def test_log_file_is_renamed(make_kleene):
    kleene = make_kleene()
    path = os.path.join(kleene.base, "own.log")
    kleene.write_config(log_file=path, log_level="info")
    kleene.start()
    os.rename(path, path + ".1")
    kleene.daemon.send_signal(signal.SIGHUP)
    wait_until(lambda: os.path.exists(path), "the new file")
    kleene.stop()
    for name, word in ((path + ".1", "is ready"), (path, "is stopping")):
        with open(name, encoding="utf-8") as file:
            assert word in file.read()


def test_wrong_usage_of_kleened():
    for args in (["--no-such-option"], ["superfluous"], ["--config"]):
        daemon = subprocess.run(
            [KLEENED, *args],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=PATIENCE,
        )
        assert daemon.returncode == 2 and daemon.stderr and not daemon.stdout


# ---- klee without a daemon ----


@pytest.mark.parametrize(
    "args",
    [["lsc"], ["run", "x"], ["stop", "x"], ["image", "create", "-t", "x", "fetch", "file:///x"]],
)
def test_no_daemon(make_kleene, args):
    kleene = make_kleene()
    result = kleene.klee(*args, check=125)
    assert result.err.splitlines()[0] == (
        f"klee: cannot connect to kleened at {kleene.url}: {kleene.system.no_such_file}"
    )
    assert result.out == ""


def test_daemon_is_gone(kleene):
    kleene.kill9()
    result = kleene.klee("lsc", check=125)
    assert result.err.splitlines()[0] == (
        f"klee: cannot connect to kleened at {kleene.url}: {kleene.system.connection_refused}"
    )


def test_what_is_no_daemon(make_kleene):
    kleene = make_kleene()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(kleene.socket)
        server.listen()
        client = kleene.popen("lsc")
        connection, _ = server.accept()
        connection.sendall(b"220 welcome to something else\r\n")
        connection.close()
        output, error = client.communicate(timeout=PATIENCE)
    assert client.returncode == 125 and output == b""
    assert error.startswith(f"klee: cannot connect to kleened at {kleene.url}: ".encode())
    assert error.count(b"\n") <= 2
    os.unlink(kleene.socket)


@pytest.mark.parametrize("url", ["nonsense", "ftp:///x", "http://", "http://256.256.256.256:1"])
def test_bad_host(make_kleene, url):
    kleene = make_kleene()
    refused(kleene.klee("--host", url, "lsc", check=None), 125, url)


def test_where_klee_finds_the_daemon(kleene, tmp_path):
    file = tmp_path / "klee.yaml"
    file.write_text(f"host: {kleene.url}\n")
    wrong = "http:///no/such/socket"
    klee = kleene.command()[0]

    def images(*args, **env):
        done = subprocess.run(
            [klee, *args, "lsi"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **env}, cwd=tmp_path,
        )
        return done.returncode == 0 and IMAGE in done.stdout.decode()

    assert images("--config", file)
    assert images(KLEE_CONFIG=str(file))
    assert images(KLEE_HOST=kleene.url)
    assert images("--host", kleene.url, "--config", file, KLEE_HOST=wrong)
    assert images("--config", file, KLEE_HOST=kleene.url)
    assert not images("--config", file, KLEE_HOST=wrong)
    assert not images("--host", wrong, KLEE_HOST=kleene.url)
    (tmp_path / "klee_config.yaml").write_text(f"host: {kleene.url}\n")
    assert images()
    file.write_text("hots: x\n")
    done = subprocess.run(
        [klee, "--config", file, "lsi"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False
    )
    assert done.returncode == 125 and str(file).encode() in done.stderr and b"hots" in done.stderr


# ---- what others can see and change ----


def test_directories_are_the_daemons_alone(make_kleene):
    """Whatever modes and groups they have, or get from the directory above."""
    kleene = make_kleene()
    inner = os.path.join(kleene.run_dir, "container")
    os.makedirs(inner, exist_ok=True)
    os.chmod(kleene.run_dir, 0o2755)
    os.chown(kleene.run_dir, 0, 65534)
    os.chown(inner, 0, 65534)
    os.chmod(inner, 0o2777)
    kleene.start()
    found = os.stat(inner)
    assert (found.st_mode & 0o7777, found.st_uid, found.st_gid) == (0o700, 0, 0)
    kleene.stop()
    os.makedirs(kleene.run_dir, exist_ok=True)
    os.chmod(kleene.run_dir, 0o777)
    fails(kleene, kleene.run_dir, "can be written to by others")
    os.chmod(kleene.run_dir, 0o700)
