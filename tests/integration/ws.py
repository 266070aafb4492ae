# SPDX-License-Identifier: BSD-2-Clause
"""A WebSocket client (RFC 6455) that does as little as possible by itself."""

import base64
import json
import os
import socket
import struct

import recorded

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Closed(Exception):
    """The other side has closed the connection; code 0: without a close frame."""

    def __init__(self, code, reason):
        super().__init__(f"closed with {code}: {reason}")
        self.code = code
        self.reason = reason

    def message(self):
        """The reason as a WebSocketMessage."""
        message = json.loads(self.reason)
        assert set(message) == {"msg_type", "message", "data"}, message
        return message


def message_type(text):
    """That of a WebSocketMessage, or "" if the text is none."""
    try:
        return json.loads(text)["msg_type"]
    except (ValueError, TypeError, KeyError):
        return ""


class WebSocket:
    def __init__(self, path, url, shake=True):
        self.url = url
        self.configured = False
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.buffer = bytearray()
        if shake:
            self.handshake(url)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.vanish()

    def vanish(self):
        """Goes away without a word."""
        self.socket.close()

    def handshake(self, url):
        self.socket.sendall(self.request(url))
        while b"\r\n\r\n" not in self.buffer:
            self.receive()
        end = self.buffer.index(b"\r\n\r\n") + 4
        head = self.take(end)
        assert head.startswith(b"HTTP/1.1 101 "), head
        recorded.answer("GET", url, 101)

    @staticmethod
    def request(url):
        key = base64.b64encode(os.urandom(16)).decode()
        return (
            f"GET {url} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode()

    def receive(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise Closed(0, "")
        self.buffer += data

    def take(self, size):
        while len(self.buffer) < size:
            self.receive()
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    # ---- sending ----

    @staticmethod
    def frame(opcode, data, final=True):
        mask = os.urandom(4)
        size = len(data)
        head = bytes([opcode | (0x80 if final else 0)])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 1 << 16:
            head += struct.pack("!BH", 0x80 | 126, size)
        else:
            head += struct.pack("!BQ", 0x80 | 127, size)
        stream = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")
        return head + mask + masked

    def note_sent(self, opcode, data):
        """The first frame is the configuration, what follows is input."""
        if opcode not in (TEXT, BINARY):
            return
        what = "input as text" if opcode == TEXT else "input" if data else "end of input"
        recorded.frame(self.url, what if self.configured else "configuration")
        self.configured = True

    def send(self, opcode, data, final=True):
        self.note_sent(opcode, data)
        self.socket.sendall(self.frame(opcode, data, final))

    def send_json(self, value):
        self.send(TEXT, json.dumps(value).encode())

    def end_input(self):
        self.send(BINARY, b"")

    # ---- receiving ----

    def read_frame(self):
        first, second = self.take(2)
        size = second & 0x7F
        assert not second & 0x80, "a server's frames are not masked"
        if size == 126:
            (size,) = struct.unpack("!H", self.take(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self.take(8))
        return bool(first & 0x80), first & 0x0F, self.take(size)

    def read(self):
        """The next message: opcode and data. Raises Closed."""
        try:
            opcode, data = self.read_message()
        except Closed as closed:
            recorded.frame(self.url, f"close {closed.code} {message_type(closed.reason)}")
            raise
        what = "text" if opcode == TEXT else "binary"
        recorded.frame(self.url, message_type(data) or what)
        return opcode, data

    def read_message(self):
        opcode, message = None, b""
        while True:
            final, this, data = self.read_frame()
            if this == CLOSE:
                assert len(data) <= 125, "a control frame holds at most 125 bytes"
                code = struct.unpack("!H", data[:2])[0] if data else 1005
                raise Closed(code, data[2:].decode())
            if this in (PING, PONG):
                continue
            opcode = opcode or this
            message += data
            if final:
                return opcode, message

    def starting(self):
        """Reads the message that comes first and returns it."""
        opcode, data = self.read()
        message = json.loads(data)
        assert opcode == TEXT and message["msg_type"] == "starting", data
        return message

    def read_all(self):
        """Everything until the other side closes: the output, and how it closed."""
        output = bytearray()
        while True:
            try:
                output += self.read()[1]
            except Closed as closed:
                return bytes(output), closed
