# SPDX-License-Identifier: BSD-2-Clause
"""A private daemon, its client, and ways to wait for what they do."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import tempfile
import time

import pexpect

import api
import leaks
import recorded
from programs import KLEE, KLEENED, WARDEN


IMAGE = "FreeBSD-13.2-RELEASE"
ID = r"[0-9a-f]{12}"
# seconds until something that must happen counts as never happening
SANITIZED = os.environ.get("KLEENE_TEST_SANITIZED")
# what the daemon's memory must stay below; the sanitizers' own would be counted with it
MEMORY = (32 << 20) if SANITIZED is None else (4 << 30)
PATIENCE = int(os.environ.get("KLEENE_TEST_PATIENCE", "60"))


def wait_until(condition, what=None, patience=PATIENCE):
    """Calls condition until it is true and returns its value."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            what = what() if callable(what) else what or condition
            raise AssertionError(f"in vain waited for {what}")
        time.sleep(PATIENCE / 6000)  # slow machines have more to do than this


class Result:
    """What a command wrote and how it ended. A signal's exit code is negative."""

    def __init__(self, args, code, stdout, stderr):
        self.args = args
        self.code = code
        self.stdout = stdout
        self.stderr = stderr
        self.out = stdout.decode(errors="surrogateescape")
        self.err = stderr.decode(errors="surrogateescape")

    @property
    def lines(self):
        return self.out.splitlines()

    def __repr__(self):
        args = " ".join(map(str, self.args)).encode(errors="backslashreplace").decode()
        return (
            f"{args}\nexit code {self.code}\n"
            f"standard output: {self.out[-2000:]!r}\nstandard error: {self.err[-2000:]!r}"
        )


def fails(kleene, *words, arguments=()):
    """The daemon does not start, and says so in one line with these words."""
    daemon = kleene.spawn_daemon(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    message = daemon.communicate(timeout=PATIENCE)[0].decode().splitlines()[-1]
    assert daemon.returncode == 1, message
    for word in ("kleened: ", *words):
        assert word in message, f"no '{word}' in: {message}"


def fill_disk(kleene):
    """Fills what the daemon's root is on until not even root finds a byte; returns the file that does it."""
    path = os.path.join(os.path.dirname(kleene.system.root_directory(kleene.root)), "filling")
    with open(path, "ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size) == size:
                    pass
    return path


def refused(result, code, *words):
    """The command must have failed with one clear line that has all the words in it."""
    assert result.code == code, repr(result)
    lines = result.err.splitlines()
    assert 1 <= len(lines) <= 2 and lines[0].startswith("klee: "), repr(result)
    for word in words:
        assert word in lines[0], f"no '{word}' in {result!r}"


class Run(Result):
    """The output of an attached run taken apart; fails if it does not look as it must."""

    FORM = re.compile(
        rf"\A({ID})\ncreated execution instance ({ID})\n(.*?)\n((?:executable )?{ID}.*)\n\Z", re.S
    )

    def __init__(self, result):
        super().__init__(result.args, result.code, result.stdout, result.stderr)
        match = self.FORM.match(self.out)
        assert match, f"not the output of an attached run: {result!r}"
        self.container, self.exec, self.output, self.conclusion = match.groups()


def klee_alone(*args, **options):
    """klee as it is called without a daemon of the test's."""
    done = subprocess.run(
        [KLEE, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE,
        check=False, **options,
    )
    recorded.ended(args, done.returncode)
    return Result(["klee", *args], done.returncode, done.stdout, done.stderr)


def shell(kleene, commands, check=0):
    """Runs lines as a user types them into a shell; returns what they print, errors included."""
    environment = dict(os.environ, KLEE_HOST=f"http://{kleene.socket}", NO_COLOR="1")
    environment["PATH"] = f"{os.path.dirname(KLEE)}:{environment['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", commands], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=environment, timeout=2 * PATIENCE, check=False,
    )
    text = done.stdout.decode()
    assert done.returncode == check, text
    return text


def on_terminal(kleene, commands):
    """The same at a terminal; returns what is to be seen there."""
    environment = dict(os.environ, KLEE_HOST=f"http://{kleene.socket}", NO_COLOR="1")
    environment["PATH"] = f"{os.path.dirname(KLEE)}:{environment['PATH']}"
    child = pexpect.spawn("/bin/sh", ["-c", commands], env=environment, timeout=PATIENCE, encoding="utf-8")
    text = child.read().replace("\r\n", "\n")
    child.close()
    assert child.exitstatus == 0, text
    return text


def matches(form, text):
    """form: what the page shows, with ID for every id."""
    pattern = re.escape(form).replace("ID", ID)
    assert re.fullmatch(pattern, text), text


def name_as_pages(kleene):
    """Gives the daemon's image all the names that klee's reference pages use."""
    there = {image["name"] for image in kleene.images()}
    for name in ("FreeBSD-13.2-STABLE", "FreeBSD13.2-STABLE"):
        if name not in there:
            kleene.import_image(tag=name)
    return kleene


class Kleene:
    """A daemon of its own: root, sockets, instance prefix and log below one directory."""

    count = 0

    def __init__(self, system, session, root=None):
        """root: another daemon's that has ended, and which removes it."""
        Kleene.count += 1
        self.system = system
        self.session = session
        self.base = tempfile.mkdtemp(prefix=f"{session}-", dir=leaks.TEMPORARY)
        self.has_own_root = root is None
        self.root = root or system.make_root(self.base)
        self.run_dir = os.path.join(self.base, "run")
        self.socket = os.path.join(self.base, "sock")
        self.instance = f"{session}{Kleene.count % 1000}"
        self.config_file = os.path.join(self.base, "config.yaml")
        self.log_path = os.path.join(self.base, "log")
        self.url = f"http://{self.socket}"
        self.api = api.Client(self.socket)
        self.daemon = None
        self.children = []
        self.prefix = ()  # in front of the daemon's command
        self.world = None  # what is around the daemon's host
        self.last_log = ""
        self.write_config()

    # ---- the daemon ----

    def settings(self):
        return {
            "kleene_root": self.root,
            "run_dir": self.run_dir,
            "instance": self.instance,
            "log_level": "debug",
            "api_listening_sockets": [{"address": self.url}],
            **(self.world.daemon_settings() if self.world else {}),
        }

    def enter(self, world):
        """The daemon, which is not started yet, shall run in the world's host."""
        self.world = world
        self.prefix = world.daemon_prefix()
        self.write_config()

    def write_config(self, text=None, **changes):
        """The configuration file; JSON is YAML too. A change to None leaves a key out."""
        settings = {k: v for k, v in {**self.settings(), **changes}.items() if v is not None}
        with open(self.config_file, "w", encoding="utf-8") as file:
            file.write(text if text is not None else json.dumps(settings, indent=4))

    def spawn_daemon(self, *arguments, **options):
        """Starts kleened and returns at once; for starts that are to fail, and its commands."""
        with open(self.log_path, "ab") as log:
            options = {"stdout": log, "stderr": log, **options}
            return subprocess.Popen(
                [*self.prefix, KLEENED, "--config", self.config_file, *arguments],
                env={**os.environ, "KLEENE_WARDEN": WARDEN},
                stdin=subprocess.DEVNULL,
                **options,
            )

    def start(self):
        assert self.daemon is None
        daemon = self.spawn_daemon()
        self.daemon = daemon

        def answers():
            assert daemon.poll() is None, f"kleened ended with {daemon.returncode}:\n{self.log()}"
            return self.answers()

        wait_until(answers, "kleened to answer")

    def answers(self):
        """True if this daemon answers; a connection alone might be to one that has just died."""
        try:
            return self.api.get("/images/list") is not None
        except (OSError, http.client.HTTPException):
            return False

    def stop(self):
        """Ends the daemon in order. Its containers go on."""
        daemon, self.daemon = self.daemon, None
        daemon.send_signal(signal.SIGTERM)
        try:
            code = daemon.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
            raise AssertionError("kleened does not end on SIGTERM") from None
        assert code == 0, f"kleened ended with {code}"

    def kill9(self):
        daemon, self.daemon = self.daemon, None
        daemon.kill()
        daemon.wait()

    def restart(self):
        self.stop()
        self.start()

    @property
    def pid(self):
        return self.daemon.pid

    def log(self):
        if os.path.exists(self.log_path):
            with open(self.log_path, encoding="utf-8", errors="replace") as file:
                self.last_log = file.read()
        return self.last_log

    # ---- the client ----

    def command(self, *args):
        return [KLEE, "--host", self.url, *map(str, args)]

    def piped(self, *args):
        """
        command, for output that is read through pipes: with the lines of klee's own on standard
        output, as they are on a terminal's. test_status_lines.py is about where they go by themselves.
        """
        words = list(map(str, args))
        named = 2 if words[:1] == ["container"] else 1
        if words[named - 1 : named] and words[named - 1] in ("run", "start", "exec"):
            words[named:named] = ["--status", "stdout"]
        return self.command(*words)

    def klee(self, *args, input=b"", check=0, timeout=2 * PATIENCE, **options):
        """Runs klee. check: the exit code that is expected, None for any."""
        if isinstance(input, str):
            input = input.encode()
        command = self.piped(*args)
        if "stdin" not in options:
            options["input"] = input
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
            check=False, **options,
        )
        recorded.ended(command[1:], done.returncode)
        result = Result(["klee", *args], done.returncode, done.stdout, done.stderr)
        if check is not None:
            assert result.code == check, repr(result)
        return result

    def run(self, *args, **options):
        """klee run, attached, with its output taken apart."""
        return Run(self.klee("run", *args, **options))

    def quiet(self, *args, **options):
        """klee run -q: the process's own output."""
        return self.klee("run", "-q", *args, **options).out

    def visit(self, *args, **options):
        """klee exec --start: in a container that need not run."""
        return self.klee("exec", "--start", *args, **options)

    def create(self, *args):
        return self.klee("create", *args).out.strip()

    def detached_exec(self, *args):
        """klee run -d; returns the ids of the container and the execution instance."""
        out = self.klee("run", "-d", *args).out
        match = re.fullmatch(rf"({ID})\ncreated execution instance ({ID})\n", out)
        assert match, out
        return match.groups()

    def detached(self, *args):
        """klee run -d; returns the container's id."""
        return self.detached_exec(*args)[0]

    def popen(self, *args, **options):
        options = {
            "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
            **options,
        }
        child = subprocess.Popen(self.piped(*args), **options)
        self.children.append(child)
        return child

    def spawn(self, *args, **options):
        """klee at a terminal."""
        options = {"timeout": PATIENCE, "encoding": "utf-8", **options}
        command = self.command(*args)
        child = pexpect.spawn(command[0], command[1:], **options)
        self.children.append(child)
        return child

    # ---- what there is ----

    def containers(self):
        return self.api.get("/containers/list?all=true")

    def running(self):
        return [c["id"] for c in self.api.get("/containers/list")]

    def images(self):
        return self.api.get("/images/list")

    def volumes(self):
        return self.api.get("/volumes/list")

    def volume(self, name):
        """The directory of the volume's files on the host."""
        return self.api.get(f"/volumes/{name}/inspect")["volume"]["mountpoint"]

    def networks(self):
        return self.api.get("/networks/list")

    def endpoints(self, container):
        """network's name → endpoint"""
        found = self.api.get(f"/containers/{container}/inspect")["container_endpoints"]
        names = {n["id"]: n["name"] for n in self.networks()}
        return {names[e["network_id"]]: e for e in found}

    def inspect(self, container):
        return self.api.get(f"/containers/{container}/inspect")["container"]

    def wait_status(self, container, status):
        wait_until(
            lambda: self.inspect(container)["status"] == status,
            f"container {container} to be '{status}'",
        )

    def logs(self, container):
        return self.klee("container", "logs", container).out

    def wait_log(self, container, text):
        """Waits until the container has written the text."""
        wait_until(lambda: text in self.logs(container), f"'{text}' in the container's log")

    def import_image(self, archive=None, tag=IMAGE, *args):
        archive = archive or self.system.archive()
        out = self.klee("image", "create", *args, "-t", tag, "fetch", f"file://{archive}").out
        return out.split()[-1]

    def network(self, name, *options):
        """klee network create; returns the id."""
        return self.klee("network", "create", *options, name).out.strip()

    # ---- the end ----

    def remove_networks(self):
        """All containers and networks go, by the daemon's own means."""
        self.end_children()
        if self.daemon is None or self.daemon.poll() is not None:
            self.daemon = None
            self.start()
        self.end_containers()
        for container in self.containers():
            self.api.delete(f"/containers/{container['id']}")
        for network in self.networks():
            self.api.delete(f"/networks/{network['id']}")

    def begin_anew(self):
        """Nothing but the image is there, as in the beginning."""
        self.remove_networks()
        for volume in self.volumes():
            self.api.delete(f"/volumes/{volume['name']}")
        if [image["name"] for image in self.images()] != [IMAGE]:
            self.klee("image", "prune", "-a", "-f")
            self.import_image()

    def end_children(self):
        while self.children:
            child = self.children.pop()
            if isinstance(child, pexpect.spawn):
                child.close(force=True)
                continue
            if child.poll() is None:
                child.kill()
            for stream in (child.stdin, child.stdout, child.stderr):
                if stream is not None:
                    try:
                        stream.close()
                    except OSError:
                        pass
            child.wait()

    def end_containers(self):
        running = self.api.get("/containers/list")
        stops = [
            subprocess.Popen(
                self.command("stop", c["id"]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            for c in running
        ]
        for stop in stops:
            stop.wait(PATIENCE)
        # what has just ended may still be tidied up
        where = os.path.join(self.run_dir, "container")
        wait_until(lambda: not os.listdir(where), f"{where} to be empty", 10)

    def end(self):
        """Ends everything of this daemon; returns what went wrong."""
        found = []
        try:
            self.end_children()
            if self.daemon is not None and self.daemon.poll() is not None:
                found.append(f"kleened had ended with {self.daemon.returncode}")
                self.daemon = None
            if self.daemon is None:
                self.write_config()
                self.start()
            self.end_containers()
            self.stop()
        except (AssertionError, OSError, ValueError, subprocess.SubprocessError) as error:
            found.append(f"cannot end in order: {error}")
        if self.daemon is not None and self.daemon.poll() is None:
            self.kill9()
        return found

    def check(self):
        """Returns what an ended daemon has left that it should not have left."""
        return leaks.check(self)

    def remove(self):
        self.log()
        with contextlib.suppress(FileNotFoundError):  # of a daemon that was killed
            os.unlink(f"/var/run/kleened-{self.instance}.lock")
        if self.has_own_root:
            self.system.remove_root(self.root)
        leaks.remove(self.base)
