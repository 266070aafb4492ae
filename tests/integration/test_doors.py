# SPDX-License-Identifier: BSD-2-Clause
"""Who is answered on which socket: names (Host) and web pages (Origin), plain HTTP on TCP."""

import http.client
import json
import os
import socket
import ssl
import struct
import sys

import pytest

from certificates import Secure, free_port
from harness import IMAGE, PATIENCE, fails, wait_until
from ws import CLOSE, Closed, WebSocket

PAGE = "http://evil.example"


def ask(address, head, context=None):
    """The answer to a request's head: its status and its body."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as plain:
        plain.settimeout(PATIENCE)
        plain.connect(address)
        connection = context.wrap_socket(plain) if context else plain
        connection.sendall(head.encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read().decode()


def get(*headers):
    lines = ("GET /images/list HTTP/1.1", *headers, "Connection: close")
    return "\r\n".join(lines) + "\r\n\r\n"


def create(*headers):
    lines = ("POST /volumes/create HTTP/1.1", *headers, "Content-Length: 12", "Connection: close")
    return "\r\n".join(lines) + '\r\n\r\n{"name":"v"}'


def upgrade(*headers):
    head = WebSocket.request("/containers/logs").decode().replace("Host: localhost\r\n", "")
    return head.replace("\r\n\r\n", "\r\n" + "\r\n".join(headers) + "\r\n\r\n")


@pytest.fixture
def tcp(kleene):
    """The address of a plain HTTP socket beside the usual one."""
    port = free_port()
    kleene.stop()
    kleene.write_config(
        api_listening_sockets=[
            {"address": kleene.url},
            {
                "address": f"http://127.0.0.1:{port}", "allow_insecure": True,
                "hostnames": ["containers.example.net"],
            },
        ]
    )
    kleene.start()
    return "127.0.0.1", port


@pytest.mark.parametrize("ip", ["127.0.0.1", "0.0.0.0", "[::1]"])
def test_plain_http_needs_consent(make_kleene, ip):
    """On loopback, too: every user of the host is there."""
    kleene = make_kleene()
    address = f"http://{ip}:{free_port()}"
    kleene.write_config(api_listening_sockets=[{"address": address}])
    fails(kleene, address, "allow_insecure")
    kleene.write_config(
        api_listening_sockets=[
            {"address": kleene.url}, {"address": address, "allow_insecure": True}
        ]
    )
    kleene.start()
    assert kleene.klee("--host", address.replace("0.0.0.0", "127.0.0.1"), "lsi").code == 0


def test_unknown_names_are_refused(kleene, tcp):
    """A page of evil.example, whose name leads to 127.0.0.1 the second time it is asked for."""
    for request in (get, create, upgrade):
        for host in ("evil.example", f"evil.example:{tcp[1]}", "localhost.evil.example", "", "["):
            status, body = ask(tcp, request(f"Host: {host}", f"Origin: http://{host}"))
            assert status == 403 and f"'{host}'" in body, (host, status, body)
    assert not kleene.volumes()
    assert ask(tcp, get("Host: localhost", "Host: localhost"))[0] == 400


def test_known_names_are_answered(tcp):
    for host in (
        "localhost", f"LOCALHOST:{tcp[1]}", "127.0.0.1", f"127.0.0.1:{tcp[1]}", "[::1]:80", "::1",
        "localhost.", "containers.example.net", "Containers.Example.net:80",
    ):
        assert ask(tcp, get(f"Host: {host}"))[0] == 200, host
        assert ask(tcp, upgrade(f"Host: {host}"))[0] == 101, host
    assert ask(tcp, "GET /images/list HTTP/1.0\r\n\r\n")[0] == 200


def test_foreign_pages_are_refused(kleene, tcp):
    own = f"Host: localhost:{tcp[1]}"
    for origin in (
        PAGE, "null", "", "http://localhost", f"https://localhost:{tcp[1]}",
        f"http://127.0.0.1:{tcp[1]}", f"http://localhost:{tcp[1]}.evil.example",
    ):
        for request in (get, create, upgrade):
            status, body = ask(tcp, request(own, f"Origin: {origin}"))
            assert status == 403 and "Origin" in body, (origin, status, body)
    assert not kleene.volumes()
    assert ask(tcp, get(own, f"Origin: http://localhost:{tcp[1]}"))[0] == 200
    assert ask(tcp, upgrade(own, f"Origin: http://localhost:{tcp[1]}"))[0] == 101
    assert ask(tcp, get("Host: localhost", "Origin: http://localhost:80"))[0] == 200


def test_any_name_leads_to_a_unix_socket(kleene):
    """There is no DNS on the way there; a forwarded one is still no place for pages."""
    for host in ("whatever", "", "kleened.sock"):
        assert ask(kleene.socket, get(f"Host: {host}"))[0] == 200, host
        assert ask(kleene.socket, upgrade(f"Host: {host}"))[0] == 101, host
    assert kleene.api.request("GET", "/images/list", None, {"Origin": PAGE})[0] == 403
    assert ask(kleene.socket, upgrade("Host: localhost", f"Origin: {PAGE}"))[0] == 403


def test_names_in_the_certificate_are_known(kleene, certificates):
    certificates.certificate("named", "ca", "subjectAltName=DNS:named.example,IP:127.0.0.1")
    port = free_port()
    made = Secure(kleene, certificates)
    made.listen("named", f"https://127.0.0.1:{port}", certificate="named")
    made.start()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    address = ("127.0.0.1", port)
    assert ask(address, get(f"Host: named.example:{port}"), context)[0] == 200
    assert ask(address, get("Host: evil.example"), context)[0] == 403
    own = f"Host: named.example:{port}"
    assert ask(address, get(own, f"Origin: https://named.example:{port}"), context)[0] == 200
    assert ask(address, get(own, f"Origin: http://named.example:{port}"), context)[0] == 403
    assert IMAGE in made.klee("named", "lsi").out


@pytest.mark.parametrize(
    "payload, answer",
    [
        (b"", 1005), (b"\x03", 1002), (struct.pack("!H", 1000), 1000),
        (struct.pack("!H", 3333) + b"bye", 3333), (struct.pack("!H", 1000) + b"\xff", 1002),
    ] + [(struct.pack("!H", code), 1002) for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000)],
)
def test_close_codes_that_must_not_be_sent(kleene, payload, answer):
    """They are no more sent back than they are understood (RFC 6455, 7.4.1)."""
    with kleene.api.websocket("/containers/logs") as stream:
        stream.send(CLOSE, payload)
        with pytest.raises(Closed) as closed:
            stream.read()
        assert closed.value.code == answer  # 1005: no code at all


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in proc(5)")
def test_half_open_handshakes_are_bounded(kleene, certificates):
    """Who begins very many handshakes and ends none takes a bounded number, and hinders nobody."""
    port = free_port()
    made = Secure(kleene, certificates)
    made.listen("tcp", f"https://127.0.0.1:{port}")
    made.start()

    def held():
        return len(os.listdir(f"/proc/{kleene.pid}/fd"))

    before = held()
    silent = []

    def one_more_ends_others():
        silent.append(socket.create_connection(("127.0.0.1", port)))
        silent[-1].sendall(b"\x16\x03\x01\x02\x00\x01")
        return kleene.log().count("TLS handshakes are under way: the oldest is ended") >= 50

    # what ends them is their number: their time, which libwebsockets keeps, is over without a word
    wait_until(one_more_ends_others)
    for connection in silent[:50]:
        connection.settimeout(PATIENCE)
        assert connection.recv(1) == b""
    assert IMAGE in made.klee("tcp", "lsi").out  # and so all who came before have been let in
    wait_until(lambda: held() <= before + 130, "the others to go")
    for connection in silent:
        connection.close()


def test_directions_of_text_do_not_reach_the_terminal(kleene):
    """Overrides and isolates of direction, and controls, in what klee prints of others' words."""
    evil = "a\u202eb\u2066c\u200fd\u009be\x1bf\u061cg\ufeffh"
    container = kleene.create("--name", "evil", IMAGE, "echo", evil)
    shown = kleene.klee("lsc", "-a").out + kleene.klee("isc", "evil").out
    shown += repr(kleene.klee("stop", evil, check=1).stderr.decode())
    for character in "\u202e\u2066\u200f\u009b\x1b\u061c\ufeff":
        assert character not in shown, ascii(shown)
    inspected = json.loads(kleene.klee("isc", "evil").out)
    assert inspected["container"]["cmd"] == ["echo", evil]
    assert kleene.quiet(IMAGE, "echo", evil) == evil + "\n"  # a container's own output
    assert kleene.klee("rmc", container).code == 0
