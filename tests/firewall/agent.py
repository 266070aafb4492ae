# SPDX-License-Identifier: BSD-2-Clause
"""A process in a network namespace that serves and connects when told to."""

import ctypes
import json
import os
import socket
import threading
import traceback

CLONE_NEWNET = 0x40000000
# how long a probe that is to fail waits for an answer, and how long one that is to succeed may take
PATIENCE = {False: 0.4, True: 10}


def enter(namespace):
    """Moves this thread into the network namespace of that name, setns(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{namespace}", "rb") as handle:
        if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {namespace}")


def open_socket(kind, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return sock


def serve(name, kind, port):
    """Tells each client who it has reached, and from which address it seems to come."""
    def answer(peer):
        return json.dumps([f"{name}:{port}", peer[0]]).encode()

    def run(sock):
        while True:
            if kind == "udp":
                _, peer = sock.recvfrom(100)
                sock.sendto(answer(peer), peer)
            else:
                connection, peer = sock.accept()
                connection.sendall(answer(peer))
                connection.close()

    for address in ("0.0.0.0", "::"):
        sock = open_socket(kind, address)
        sock.bind((address, port))
        if kind == "tcp":
            sock.listen(64)
        threading.Thread(target=run, args=(sock,), daemon=True).start()


def probe(kind, address, port, expected, source=None):
    """What the server told, or None: there was no answer."""
    sock = open_socket(kind, address)
    sock.settimeout(PATIENCE[expected])
    try:
        if source:
            sock.bind((source, 0))
        sock.connect((address, port))
        if kind == "udp":
            sock.send(b"?")
        return json.loads(sock.recv(1000) or b"null")
    except OSError:
        return None
    finally:
        sock.close()


def probe_all(probes):
    results = [None] * len(probes)

    def one(i):
        results[i] = probe(*probes[i])

    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(probes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Agent:
    """The parent's handle of one: start() asks, finish() has the answers."""

    def __init__(self, namespace, tcp, udp):
        self.channel, theirs = socket.socketpair()
        self.reader = self.channel.makefile()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self.channel.close()
                self._run(theirs, namespace, tcp, udp)
                os._exit(0)
            except BaseException:  # nothing of the parent's is to run on here
                traceback.print_exc()
                os._exit(1)
        theirs.close()
        assert self.reader.readline() == "ready\n", namespace

    @staticmethod
    def _run(channel, namespace, tcp, udp):
        enter(namespace)
        for port in tcp:
            serve(namespace, "tcp", port)
        for port in udp:
            serve(namespace, "udp", port)
        channel.sendall(b"ready\n")
        for line in channel.makefile():
            channel.sendall(json.dumps(probe_all(json.loads(line))).encode() + b"\n")

    def start(self, probes):
        self.channel.sendall(json.dumps(probes).encode() + b"\n")

    def finish(self):
        return json.loads(self.reader.readline())

    def end(self):
        # later agents have copies of the channel, so that closing it would not end this one
        self.channel.shutdown(socket.SHUT_RDWR)
        self.reader.close()
        self.channel.close()
        os.waitpid(self.pid, 0)
