# SPDX-License-Identifier: BSD-2-Clause
"""
A warden as the first release had it: first_warden.py CONTROL STATUS INSTANCE COMMAND...

It is as much of one as a daemon sees: the control socket at CONTROL, the frames, processes with
pipes, the status file. COMMAND has been started by a daemon before and is execution instance
INSTANCE. There is no container around the processes. What a frame looks like and which number means
what stands here as it was then and is not to follow the product: that is what it is for.

Fields that the first release did not know are passed over, as it did; a message that it did not
know closes the connection, and this program then ends with exit code 3.
"""

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import sys

READY_TO_LISTEN = "listening"
FAILED, START, STARTED, ATTACH, CLOSE_STDIN, WATCH, EXEC, EXIT = 3, 4, 5, 6, 7, 8, 9, 10
SIGNAL, RESIZE, STOP, UPDATE, OK, ENDED = 11, 12, 13, 14, 15, 16
F_ID, F_ARG, F_ENV, F_TTY, F_DETACHED, F_INTERNAL, F_REQUIRE = 1, 18, 19, 23, 24, 25, 27
F_PID, F_NUMBER, F_CODE, F_KIND, F_TEXT, F_LAST, F_SIGNAL, F_TIMEOUT = 28, 29, 30, 31, 32, 33, 34, 37
CONFLICT = 3  # a kind of error


def u64(tag, value):
    return struct.pack("=IIQ", tag, 8, value)


def text(tag, value):
    return struct.pack("=II", tag, len(value)) + value


class Connection:
    def __init__(self, sock):
        self.socket = sock
        self.bytes = b""
        self.watching = False

    def send(self, kind, fields=b"", fds=()):
        frame = struct.pack("=III", len(fields), kind, len(fds)) + fields
        with contextlib.suppress(BrokenPipeError):  # a daemon that is no more
            socket.send_fds(self.socket, [frame], fds)

    def frames(self):
        """Those that have arrived: (type, {tag: [values]}); None at the end."""
        data, fds = b"", []
        with contextlib.suppress(ConnectionResetError):
            data, fds, _, _ = socket.recv_fds(self.socket, 1 << 16, 8)
        for fd in fds:
            os.close(fd)
        self.bytes += data
        while len(self.bytes) >= 12:
            length, kind, _ = struct.unpack("=III", self.bytes[:12])
            if len(self.bytes) < 12 + length:
                break
            rest, self.bytes = self.bytes[12 : 12 + length], self.bytes[12 + length :]
            fields = {}
            while rest:
                tag, size = struct.unpack("=II", rest[:8])
                fields.setdefault(tag, []).append(rest[8 : 8 + size])
                rest = rest[8 + size :]
            yield kind, fields
        if not data:
            yield None, {}


class Warden:
    def __init__(self, control, status):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(control)
        self.listener.listen(128)
        self.status = open(status, "ab", buffering=0)
        self.connections = []
        self.processes = {}  # id → (Popen, the connection that hears of its end, internal)
        self.ends = os.pipe()
        self.stopping = self.unknown = False
        signal.signal(signal.SIGCHLD, lambda *_: os.write(self.ends[1], b"."))

    def start(self, instance, command, connection, detached=False, internal=False):
        pipe = subprocess.DEVNULL if detached else subprocess.PIPE
        child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
        self.processes[instance] = (child, connection, internal)
        return child

    def attach(self, instance, connection):
        child, _, internal = self.processes[instance]
        self.processes[instance] = (child, connection, internal)
        streams = [s for s in (child.stdin, child.stdout, child.stderr) if s is not None]
        fields = u64(F_PID, child.pid) + u64(F_TTY, 0)
        connection.send(STARTED, fields, [stream.fileno() for stream in streams])

    def on_start(self, connection, fields):
        instance = fields[F_ID][0]
        if self.stopping:
            refusal = u64(F_KIND, CONFLICT) + u64(F_CODE, 0)
            connection.send(FAILED, refusal + text(F_TEXT, b"the container is stopping"))
            return
        flag = lambda tag: fields.get(tag, [bytes(8)])[0] != bytes(8)
        command = fields[F_ARG]
        if F_REQUIRE in fields:  # a path in the container, which is not there
            command = ["true"]
        self.start(instance, command, connection, flag(F_DETACHED), flag(F_INTERNAL))
        self.attach(instance, connection)

    def handle(self, connection, kind, fields):
        if kind == WATCH:
            connection.watching = True
            for instance, (child, _, internal) in self.processes.items():
                if not internal:
                    known = text(F_ID, instance) + u64(F_PID, child.pid) + u64(F_TTY, 0)
                    connection.send(EXEC, known)
            connection.send(OK, u64(F_NUMBER, 0))
        elif kind == START:
            self.on_start(connection, fields)
        elif kind == ATTACH:
            self.attach(fields[F_ID][0], connection)
        elif kind == CLOSE_STDIN:
            for child, attached, _ in self.processes.values():
                if attached is connection:
                    child.stdin.close()
        elif kind == SIGNAL:
            number = struct.unpack("=Q", fields[F_SIGNAL][0])[0]
            self.processes[fields[F_ID][0]][0].send_signal(number)
            connection.send(OK)
        elif kind == UPDATE:
            connection.send(OK)
        elif kind == STOP:
            self.stopping = F_TIMEOUT in fields
            connection.send(OK)
            for child, _, _ in self.processes.values():
                child.terminate()
        else:
            self.unknown |= kind is not None
            self.connections.remove(connection)
            connection.socket.close()

    def reap(self):
        os.read(self.ends[0], 4096)
        ended = [i for i, (child, _, _) in self.processes.items() if child.poll() is not None]
        for instance in ended:
            child, connection, internal = self.processes.pop(instance)
            code = child.returncode if child.returncode >= 0 else 128 - child.returncode
            last = not self.processes
            fields = text(F_ID, instance) + u64(F_CODE, code) + u64(F_LAST, last)
            if not internal:
                self.status.write(b"%s %d %d\n" % (instance, code, last))
            for other in self.connections:
                if other is connection or (other.watching and not internal):
                    other.send(EXIT, fields)

    def run(self):
        while self.processes:
            sources = [self.listener, self.ends[0], *(c.socket for c in self.connections)]
            ready, _, _ = select.select(sources, [], [])
            for connection in [c for c in self.connections if c.socket in ready]:
                for kind, fields in connection.frames():
                    self.handle(connection, kind, fields)
            if self.listener in ready:
                self.connections.append(Connection(self.listener.accept()[0]))
            if self.ends[0] in ready:
                self.reap()
        for connection in self.connections:
            if connection.watching:
                connection.send(ENDED)
        return 3 if self.unknown else 0


def main():
    control, status, instance, *command = sys.argv[1:]
    warden = Warden(control, status)
    warden.start(instance.encode(), command, None)
    print(READY_TO_LISTEN, flush=True)
    return warden.run()


sys.exit(main())
