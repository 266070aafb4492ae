# SPDX-License-Identifier: BSD-2-Clause
"""What pf(4) logs: packets read from pflog(4) by bpf(4), as tcpdump(1) does."""

import fcntl
import os
import select
import socket
import struct
import subprocess

BIOCGBLEN = 0x40044266
BIOCSETIF = 0x8020426C
BIOCIMMEDIATE = 0x80044270
BPF_HEADER = "<qqIIH"  # time, length captured, length, length of this header
PFLOG_HEADER = "BBBB16s"  # its length, family, action, reason, interface
DROP = 1


class Log:
    def __init__(self, interface="pflog0"):
        subprocess.run(["ifconfig", interface, "up"], check=True)
        self.fd = os.open("/dev/bpf", os.O_RDONLY | os.O_NONBLOCK)
        fcntl.ioctl(self.fd, BIOCSETIF, struct.pack("16s16x", interface.encode()))
        fcntl.ioctl(self.fd, BIOCIMMEDIATE, struct.pack("I", 1))
        self.size, = struct.unpack("I", fcntl.ioctl(self.fd, BIOCGBLEN, b"\0" * 4))

    def read(self, patience):
        """(interface, dropped, source, destination) of IPv4 packets that come within the time."""
        if not select.select([self.fd], [], [], patience)[0]:
            return []
        data, found = os.read(self.fd, self.size), []
        while data:
            _, _, captured, _, head = struct.unpack_from(BPF_HEADER, data)
            found.append(self.packet(data[head : head + captured]))
            data = data[-(-(head + captured) // 8) * 8 :]
        return [packet for packet in found if packet]

    @staticmethod
    def packet(data):
        length, family, action, _, interface = struct.unpack_from(PFLOG_HEADER, data)
        ip = data[-(-length // 4) * 4 :]
        if family != socket.AF_INET:
            return None
        source, destination = (socket.inet_ntoa(ip[i : i + 4]) for i in (12, 16))
        return interface.rstrip(b"\0").decode(), action == DROP, source, destination

    def close(self):
        os.close(self.fd)
