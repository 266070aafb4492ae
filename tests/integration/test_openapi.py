"""The API against its own description, by schemathesis: no answer that disagrees, no 5xx."""

import os
import shutil
import socket
import subprocess

import pytest

from harness import IMAGE, PATIENCE

# the program, where it is not in the PATH; and how many calls to make for each operation
SCHEMATHESIS = os.environ.get("KLEENE_SCHEMATHESIS") or shutil.which("schemathesis")
EXAMPLES = os.environ.get("KLEENE_SCHEMATHESIS_EXAMPLES", "25")


@pytest.fixture
def reachable(kleene):
    """A daemon with something of each kind in it, by TCP, as schemathesis needs it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        kleene.tcp = f"http://127.0.0.1:{free.getsockname()[1]}"
    kleene.stop()
    kleene.write_config(
        api_listening_sockets=[{"address": kleene.url}, {"address": kleene.tcp}]
    )
    kleene.start()
    kleene.create("--name", "one", IMAGE, "true")
    kleene.klee("volume", "create", "archive")
    return kleene


# Not asked for: that everything of the right types is accepted, as the description does not tell
# what a name, a variable or a subnet looks like (and 400 is described); and that "Allow" has no more
# than a path's own methods: an object can be called "list", and DELETE removes it.
EXCLUDED = "positive_data_acceptance,allow_header_conformance,ignored_auth"


def check(kleene, directory, url, *options):
    done = subprocess.run(
        [
            SCHEMATHESIS, "run", f"{url}/openapi.json", "--checks", "all", "--exclude-checks",
            EXCLUDED, "--max-examples", EXAMPLES, "--no-color", *options,
        ],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=directory, timeout=60 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()
    assert kleene.answers()


@pytest.mark.slow
@pytest.mark.skipif(SCHEMATHESIS is None, reason="there is no schemathesis here: pip install it")
def test_answers_agree_with_the_description(reachable, tmp_path):
    check(reachable, tmp_path, reachable.tcp)


@pytest.mark.slow
@pytest.mark.skipif(SCHEMATHESIS is None, reason="there is no schemathesis here: pip install it")
def test_with_client_certificate(reachable, certificates, tmp_path):
    url = reachable.tcp.replace("http", "https")
    reachable.stop()
    reachable.write_config(
        api_listening_sockets=[
            {"address": reachable.url},
            {
                "address": url, "tlscert": certificates.cert("server"),
                "tlskey": certificates.key("server"), "tlsverify": True,
                "tlscacert": certificates.cert("ca"),
            },
        ]
    )
    reachable.start()
    check(
        reachable, tmp_path, url, "--tls-verify", certificates.cert("ca"), "--request-cert",
        certificates.cert("client"), "--request-cert-key", certificates.key("client"),
    )
