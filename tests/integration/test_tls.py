# SPDX-License-Identifier: BSD-2-Clause
"""TLS on TCP and Unix sockets, client certificates, and who may use which socket."""

import os
import socket
import ssl
import subprocess

import pytest

from certificates import Secure, free_port
from harness import IMAGE, PATIENCE, fails, klee_alone, refused


@pytest.fixture
def secure(kleene, certificates):
    """All kinds of sockets at once."""
    made = Secure(kleene, certificates)
    demanding = {"tlsverify": True, "tlscacert": certificates.cert("ca")}
    made.listen("tcp", f"https://127.0.0.1:{free_port()}")
    made.listen("unix", f"https://{kleene.base}/tls")
    made.listen("tcp with client", f"https://127.0.0.1:{free_port()}", **demanding)
    made.listen("unix with client", f"https://{kleene.base}/mtls", **demanding)
    made.listen("misnamed", f"https://127.0.0.1:{free_port()}", certificate="elsewhere")
    made.start()
    return made


@pytest.mark.parametrize("name", ["tcp", "unix"])
def test_requests_and_streams(secure, name):
    assert IMAGE in secure.klee(name, "lsi").out
    assert secure.klee(name, "run", "-q", IMAGE, "echo", "works").out == "works\n"
    data = os.urandom(1 << 20)
    got = secure.klee(name, "run", "-q", "-i", IMAGE, "cat", input=data)
    assert got.stdout == data


@pytest.mark.parametrize("name", ["tcp with client", "unix with client"])
def test_client_certificate_is_demanded(secure, name):
    assert IMAGE in secure.klee(name, "lsi", client="client").out
    got = secure.klee(name, "run", "-q", IMAGE, "echo", "works", client="client")
    assert got.out == "works\n"
    for client, words in ((None, "demands a client certificate"), ("intruder", "does not accept the client")):
        for command in (("lsi", ), ("run", IMAGE, "true"), ("container", "logs", "x")):
            result = secure.klee(name, *command, client=client, check=None)
            refused(result, 125, "cannot connect to kleened at", secure.urls[name], words)
            assert "--tlscert" in result.err and IMAGE not in result.out


def test_authorities_of_the_system_do_not_count(kleene, certificates, monkeypatch):
    """Clients need a certificate of the CA that is configured, not of any that the host trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", certificates.cert("stranger"))
    made = Secure(kleene, certificates)
    address = f"https://{kleene.base}/mtls"
    made.listen("mtls", address, tlsverify=True, tlscacert=certificates.cert("ca"))
    made.start()
    refused(made.klee("mtls", "lsi", client="intruder", check=None), 125, address)
    assert IMAGE in made.klee("mtls", "lsi", client="client").out


def test_certificate_of_one_socket_does_not_open_another(secure):
    """Where nobody asked for a certificate, none is needed, whatever the other sockets want."""
    assert IMAGE in secure.klee("tcp", "lsi", client="intruder").out
    assert IMAGE in secure.klee("tcp", "lsi").out


@pytest.mark.parametrize("name", ["tcp", "unix"])
def test_server_is_verified(secure, name):
    result = secure.klee(name, "lsi", ca="stranger", check=None)
    refused(result, 125, "certificate is refused", secure.urls[name])
    result = secure.klee(name, "lsi", ca=None, check=None)
    refused(result, 125, "certificate is refused", secure.urls[name])
    assert IMAGE in secure.klee(name, "--no-tlsverify", "lsi", ca=None).out


def test_server_is_verified_by_environment_and_file(secure, tmp_path):
    ca = secure.certificates.cert("ca")
    url = secure.urls["tcp with client"]
    c = secure.certificates
    environment = {
        **os.environ, "KLEE_HOST": url, "KLEE_TLS_CACERT": ca,
        "KLEE_TLS_CERT": c.cert("client"), "KLEE_TLS_KEY": c.key("client"),
    }
    klee = secure.kleene.command()[0]
    assert IMAGE in subprocess.check_output([klee, "lsi"], env=environment).decode()
    file = tmp_path / "klee_config.yaml"
    file.write_text(
        f"host: {url}\ntlscacert: {ca}\ntlscert: {c.cert('client')}\ntlskey: {c.key('client')}\n"
    )
    assert IMAGE in subprocess.check_output([klee, "--config", file, "lsi"]).decode()


def test_verification_is_off_and_on(secure, tmp_path):
    """By option, environment and file, in this order."""
    url = secure.urls["tcp"]
    file = tmp_path / "klee_config.yaml"
    file.write_text(f"host: {url}\ntlsverify: false\n")

    def shows_images(*options, **variables):
        result = klee_alone("--config", file, *options, "lsi", env={**os.environ, **variables})
        return result.code == 0 and IMAGE in result.out

    assert shows_images()
    assert not shows_images("--tlsverify")
    assert not shows_images(KLEE_TLS_VERIFY="true")
    assert shows_images("--no-tlsverify", KLEE_TLS_VERIFY="true")
    file.write_text(f"host: {url}\n")
    assert not shows_images()
    assert shows_images(KLEE_TLS_VERIFY="false")
    assert not shows_images("--tlsverify", KLEE_TLS_VERIFY="false")


def test_name_of_the_server_counts(secure):
    result = secure.klee("misnamed", "lsi", check=None)
    refused(result, 125, "certificate is refused", "IP address mismatch")


def test_certificate_without_its_key(secure):
    c = secure.certificates
    for args in (["--tlscert", c.cert("client")], ["--tlskey", c.key("client")]):
        result = secure.klee("tcp", *args, "lsi", check=None)
        refused(result, 125, "without", "tlskey", "tlscert")
    result = secure.klee(
        "tcp", "--tlscert", c.cert("client"), "--tlskey", c.key("intruder"), "lsi", check=None
    )
    refused(result, 125, "certificate")


def shake(address, minimum, maximum):
    """A TLS handshake that takes only these versions; returns the one agreed on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = minimum
    context.maximum_version = maximum
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as plain:
        plain.settimeout(PATIENCE)
        plain.connect(address)
        with context.wrap_socket(plain) as wrapped:
            return wrapped.version()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_are_refused(secure):
    version = ssl.TLSVersion
    port = int(secure.urls["tcp"].rsplit(":", 1)[1])
    for address in (("127.0.0.1", port), f"{secure.kleene.base}/tls"):
        for old in (version.TLSv1, version.TLSv1_1):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                shake(address, old, old)
        assert shake(address, version.TLSv1_2, version.TLSv1_2) == "TLSv1.2"
        assert shake(address, version.TLSv1, version.MAXIMUM_SUPPORTED) == "TLSv1.3"


def test_http_is_not_https(secure):
    """Neither side speaks the other's protocol, and both say so and go on."""
    tcp = secure.urls["tcp"]
    result = secure.kleene.klee("--host", tcp.replace("https", "http"), "lsi", check=None)
    refused(result, 125, "cannot connect to kleened at")
    secure.urls["plain"] = secure.kleene.url.replace("http", "https")
    result = secure.klee("plain", "lsi", check=None)
    refused(result, 125, "cannot connect to kleened at", "TLS")
    assert IMAGE in secure.klee("tcp", "lsi").out


def test_silent_connections_hinder_nobody(secure):
    port = int(secure.urls["tcp"].rsplit(":", 1)[1])
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    silent[0].sendall(b"\x16\x03\x01\x02\x00\x01")
    assert IMAGE in secure.klee("tcp", "lsi").out
    for connection in silent:
        connection.close()


def test_tls_beyond_loopback(kleene, certificates):
    made = Secure(kleene, certificates)
    port = free_port()
    made.listen("all", f"https://0.0.0.0:{port}")
    made.start()
    made.urls["all"] = f"https://localhost:{port}"
    assert IMAGE in made.klee("all", "lsi").out


def test_files_that_cannot_be_used(make_kleene, certificates):
    kleene = make_kleene()
    address = f"https://{kleene.base}/tls"
    good = {
        "address": address, "tlscert": certificates.cert("server"),
        "tlskey": certificates.key("server"),
    }
    for change, words in (
        ({"tlskey": None}, ("tlskey",)),
        ({"tlscert": "/no/such/file"}, ("/no/such/file",)),
        ({"tlskey": certificates.key("client")}, ("tlskey",)),
        ({"tlscert": kleene.config_file}, ("tlscert",)),
        ({"tlsverify": True}, ("tlscacert",)),
        ({"tlsverify": True, "tlscacert": kleene.config_file}, ("tlscacert",)),
        ({"tlsdh": kleene.config_file}, (kleene.config_file,)),
    ):
        changed = {k: v for k, v in {**good, **change}.items() if v is not None}
        kleene.write_config(api_listening_sockets=[changed])
        fails(kleene, address, *words)


def test_the_socket_is_roots_without_the_group(make_kleene, system):
    """Whatever group the directory has: on FreeBSD that is what a new file gets."""
    if system.has_group("kleene"):
        pytest.skip("this host has the group kleene")
    kleene = make_kleene()
    os.chmod(kleene.base, 0o2775)
    os.chown(kleene.base, 0, 65534)
    kleene.start()
    found = os.stat(kleene.socket)
    assert (found.st_mode & 0o7777, found.st_uid, found.st_gid) == (0o600, 0, 0)
    denied = kleene.klee("lsi", user=65534, group=65534, check=None)
    refused(denied, 125, "ermission denied")
    assert kleene.system.joins_group in denied.err


def test_members_of_the_group(make_kleene, system):
    """The socket is for root and the group kleene, which this host need not have."""
    group = 53917
    kleene = make_kleene()
    kleene.prefix = system.with_group(kleene.base, "kleene", group)
    kleene.start()
    assert (os.stat(kleene.socket).st_mode & 0o777, os.stat(kleene.socket).st_gid) == (0o660, group)
    os.chmod(kleene.base, 0o755)

    def as_user(groups):
        return kleene.klee("lsi", user=65534, group=65534, extra_groups=groups, check=None)

    assert as_user([group]).code == 0
    refused(as_user([]), 125, "ermission denied")
