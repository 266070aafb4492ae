# SPDX-License-Identifier: BSD-2-Clause
"""Certificates, made by openssl, and a daemon that has them."""

import os
import socket
import subprocess

PATIENCE = 60  # seconds for one of its commands


class Certificates:
    """CAs and what they sign, made by openssl in a directory of the test's own."""

    def __init__(self, directory):
        self.directory = directory
        self.authority("ca")
        self.authority("stranger")
        # names that only TLS clients look at: an address for TCP; a Unix socket has no name
        self.certificate("server", "ca", "subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost")
        self.certificate("elsewhere", "ca", "subjectAltName=DNS:elsewhere.example")
        self.certificate("client", "ca", "extendedKeyUsage=clientAuth")
        self.certificate("intruder", "stranger", "extendedKeyUsage=clientAuth")

    def path(self, name):
        return os.path.join(self.directory, name)

    def cert(self, name):
        return self.path(f"{name}.pem")

    def key(self, name):
        return self.path(f"{name}.key")

    def openssl(self, *args):
        subprocess.run(
            ["openssl", *args], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=PATIENCE,
        )

    def request(self, name):
        return [
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", self.key(name), "-subj", f"/CN={name}",
        ]

    def authority(self, name):
        self.openssl(*self.request(name), "-x509", "-days", "2", "-out", self.cert(name))

    def certificate(self, name, authority, extension):
        request, extensions = self.path(f"{name}.csr"), self.path(f"{name}.ext")
        with open(extensions, "w", encoding="ascii") as file:
            file.write(extension + "\n")
        self.openssl(*self.request(name), "-out", request)
        self.openssl(
            "x509", "-req", "-in", request, "-CA", self.cert(authority), "-CAkey",
            self.key(authority), "-CAcreateserial", "-days", "2", "-extfile", extensions,
            "-out", self.cert(name),
        )


def free_port(family=socket.AF_INET):
    with socket.socket(family) as free:
        free.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        return free.getsockname()[1]


class Secure:
    """A daemon that listens without TLS for the test itself, and with it for what is tested."""

    def __init__(self, kleene, certificates):
        self.kleene = kleene
        self.certificates = certificates
        self.sockets = [{"address": kleene.url}]
        self.urls = {}

    def listen(self, name, address, certificate="server", **more):
        c = self.certificates
        self.urls[name] = address
        self.sockets.append(
            {"address": address, "tlscert": c.cert(certificate), "tlskey": c.key(certificate), **more}
        )

    def start(self):
        self.kleene.write_config(api_listening_sockets=self.sockets)
        if self.kleene.daemon is not None:
            self.kleene.stop()
        self.kleene.start()

    def klee(self, name, *args, ca="ca", client=None, **options):
        c = self.certificates
        before = ["--host", self.urls[name]]
        if ca is not None:
            before += ["--tlscacert", c.cert(ca)]
        if client is not None:
            before += ["--tlscert", c.cert(client), "--tlskey", c.key(client)]
        return self.kleene.klee(*before, *args, **options)
