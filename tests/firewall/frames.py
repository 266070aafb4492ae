#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Frames made by hand, as no honest container sends them.

    frames.py send INTERFACE < FRAMES     sends them, hexadecimal, a line each, in order
    frames.py listen INTERFACE            says "ready", then what passes, until there is one with END

Each frame has a mark in it, MARK and a number of two digits, by which it is known where it arrives.
"""

import os
import re
import socket
import struct
import subprocess
import sys

MARK, END = b"KLEENE", b"KLEENE99"
ETH_P_ALL = 3


def mac(text):
    return bytes(int(part, 16) for part in text.split(":"))


def ip4(text):
    return socket.inet_pton(socket.AF_INET, text)


def ip6(text):
    return socket.inet_pton(socket.AF_INET6, text)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[:len(data) // 2 * 2]))
    total += data[-1] << 8 if len(data) % 2 else 0
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ethernet(source, kind, payload, to="ff:ff:ff:ff:ff:ff"):
    return mac(to) + mac(source) + struct.pack("!H", kind) + payload


def packet4(source, to, kind, body, options=b""):
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, 4 * words + len(body), 1, 0, 64, kind, 0,
                       ip4(source), ip4(to)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def udp4(source, to, ports=(5555, 53), data=b""):
    return packet4(source, to, 17, struct.pack("!HHHH", *ports, 8 + len(data), 0) + data)


def udp6(source, to, ports=(5555, 53), data=b""):
    pseudo = ip6(source) + ip6(to) + struct.pack("!II", 8 + len(data), 17)
    body = struct.pack("!HHHH", *ports, 8 + len(data), 0) + data
    body = body[:6] + struct.pack("!H", checksum(pseudo + body)) + body[8:]
    return packet6(source, to, 17, body)


def igmp(source, to, kind, data=b""):
    """With the option by which routers look at it, as honest hosts send it."""
    body = struct.pack("!BBH4s", kind, 0, 0, ip4("0.0.0.0")) + data
    return packet4(source, to, 2, body[:2] + struct.pack("!H", checksum(body)) + body[4:], b"\x94\4\0\0")


def packet6(source, to, kind, body, hops=255):
    return struct.pack("!IHBB", 6 << 28, len(body), kind, hops) + ip6(source) + ip6(to) + body


def icmp6(source, to, kind, body, before=b"", first=58):
    """before: extension headers, of which the first has that number."""
    pseudo = ip6(source) + ip6(to) + struct.pack("!II", 4 + len(body), 58)
    check = checksum(pseudo + struct.pack("!BBH", kind, 0, 0) + body)
    return packet6(source, to, first, before + struct.pack("!BBH", kind, 0, check) + body)


def arp(operation, hardware, address, target):
    return struct.pack("!HHBBH", 1, 0x800, 6, 4, operation) + mac(hardware) + ip4(address) \
        + bytes(6) + ip4(target)


class Listener:
    """Hears in a namespace what arrives at an interface."""

    def __init__(self, namespace, interface):
        self.child = subprocess.Popen(
            ["ip", "netns", "exec", namespace, sys.executable, __file__, "listen", interface],
            stdout=subprocess.PIPE, text=True)
        assert self.child.stdout.readline() == "ready\n"

    def numbers(self):
        """Of all that has arrived before the last, END."""
        found, _ = self.child.communicate(timeout=60)
        return {int(line) for line in found.split()}


def send(namespace, interface, frames):
    text = "\n".join(frame.hex() for frame in frames) + "\n"
    subprocess.run(["ip", "netns", "exec", namespace, sys.executable, __file__, "send", interface],
                   input=text, text=True, check=True)


def main():
    what, interface = sys.argv[1:]
    own = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    own.bind((interface, 0))
    if what == "send":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # so that they stay in order
        for line in sys.stdin:
            own.send(bytes.fromhex(line))
        return
    print("ready", flush=True)
    while True:
        data, address = own.recvfrom(4096)
        if address[2] == socket.PACKET_OUTGOING:
            continue
        for number in re.findall(MARK + rb"(\d\d)", data):
            if MARK + number == END:
                return
            print(int(number), flush=True)


if __name__ == "__main__":
    main()
