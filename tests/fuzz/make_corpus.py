# SPDX-License-Identifier: BSD-2-Clause
"""Makes the small corpora that fuzzing begins with, but the Dockerfiles', which are written by hand."""

import io
import os
import struct
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))


def put(target, **inputs):
    os.makedirs(os.path.join(HERE, target), exist_ok=True)
    for name, data in inputs.items():
        with open(os.path.join(HERE, target, name.replace("_", "-")), "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)


def archive(kind, *members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as tar:
        for name, what, target in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = what, target, 4 if what == tarfile.REGTYPE else 0
            tar.addfile(info, io.BytesIO(b"text"))
    return out.getvalue()


def query(name, kind, edns=b"", number=7, flags=0x0100, answers=0):
    labels = b"".join(bytes([len(x)]) + x for x in name.split(b".")) + b"\0"
    head = struct.pack("!6H", number, flags, 1, answers, 0, 1 if edns else 0)
    return head + labels + struct.pack("!2H", kind, 1) + edns


def frame(opcode, data, final=True):
    mask = b"abcd"
    masked = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
    return bytes([opcode | (0x80 if final else 0), 0x80 | len(data)]) + mask + masked


def message(kind, *fields):
    body = b"".join(struct.pack("=2I", tag, len(data)) + data for tag, data in fields)
    return struct.pack("=3I", len(body), kind, 0) + body


def main():
    regular, link, hard, directory = (
        tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
    )
    put(
        "archive",
        plain=archive(tarfile.USTAR_FORMAT, ("d", directory, ""), ("d/f", regular, "")),
        pax=archive(tarfile.PAX_FORMAT, ("n" * 120, regular, ""), ("ä", regular, "")),
        gnu=archive(tarfile.GNU_FORMAT, ("n" * 120, regular, ""), ("x", hard, "n" * 120)),
        links=archive(tarfile.USTAR_FORMAT, ("l", link, "/"), ("l/f", regular, "")),
        up=archive(tarfile.USTAR_FORMAT, ("../f", regular, "")),
    )
    put(
        "http",
        get="GET /containers/list?all=true&x=%41+b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        body="POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n{}\n",
        chunked="POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2;a=b\r\n{}\r\n0\r\nTrailer: x\r\n\r\n",
        upgrade="GET /exec/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    )
    put(
        "websocket",
        text=frame(1, b'{"exec_id":"0123456789ab"}') + frame(8, b"\x03\xe8"),
        parts=frame(2, b"ab", False) + frame(9, b"ping") + frame(0, b"cd"),
        long=b"\x82\xfe\x00\x04abcdefgh",
        huge=b"\x82\xff\x00\x00\x00\x01\x00\x00\x00\x00abcd",
        key="dGhlIHNhbXBsZSBub25jZQ==",
    )
    put(
        "json",
        container='{"name":"x","image":"img","cmd":["a"],"env":["A=b"],"memory":1048576,'
        '"mounts":[{"type":"volume","source":"v","destination":"/v"}],"public_ports":[]}',
        network='{"name":"n","type":"bridge","subnet":"10.1.2.0/24","icc":false}',
        exec='{"container_id":"0123456789ab","cmd":["x"],"tty":true}',
        deep="[" * 40, string='"\\u0001\\"\\\\\\u00e4"', number="1e999",
    )
    put(
        "wire",
        fields=message(3, (1, b"0123456789ab"), (2, struct.pack("=Q", 7))),
        two=message(1) + message(2, (9, b"")),
        short=message(4, (1, b"x"))[:-1], long=struct.pack("=3I", 0xFFFFFFFF, 1, 0),
        lying=struct.pack("=3I2I", 8, 1, 0, 1, 0xFFFFFFF0), fds=struct.pack("=3I", 0, 1, 99),
    )
    asked = query(b"one.example", 1)
    edns = b"\0" + struct.pack("!2HI", 41, 4096, 0) + b"\0\0"
    reply = query(b"one.example", 1, flags=0x8180, answers=1)
    reply += b"\xc0\x0c" + struct.pack("!2HIH", 1, 1, 60, 4) + b"\x0a\0\0\1"
    put(
        "resolver",
        a=bytes([len(asked)]) + asked + reply,
        edns=bytes([len(asked) + len(edns)]) + query(b"two.example", 28, edns),
        reverse=b"\xff" + query(b"3.2.1.10.in-addr.arpa", 12),
        pointer=b"\xff" + asked[:12] + b"\xc0\x0c\0\1\0\1",
    )
    put(
        "jailparam",
        some="host.hostname=x\nexec.start=echo \"a b\" 'c'\nexec.start+=true\nnomount.devfs\n"
        "allow.mount.tmpfs\nstop.timeout=5\nexec.clean=false",
        fstab="/a\\040b /c nullfs ro 0 0\nnone /t tmpfs rw,size=1m,mode=1770 0 0\n# comment\n",
        mount="mount=tmpfs /x tmpfs\nmount+=proc /proc procfs rw 0 0\nexec.prestart=\"x",
    )
    put(
        "dockerignore",
        rules="a/b/c.txt\n# comment\n**/*.txt\n!a/**/c.*\n/x/\n[a-c]?\\*\n",
        pattern="[!a-z]*x\\\n[^]]\n", stars="aaaaaaaaaaaaaaaaaaaa\n*a*a*a*a*a*a*a*b\n",
    )
    put(
        "userdb",
        name="www:users\nroot:*:0:0::/root:/bin/sh\nwww:*:80:80:c:/w:/bin/false\n\0"
        "users:*:100:www,root\n",
        number="80:7\nwww:*:80:80::/:/x\n\0", odd="x\nx:::::\n:::\nx:-1:99999999999::\n",
    )


if __name__ == "__main__":
    main()
