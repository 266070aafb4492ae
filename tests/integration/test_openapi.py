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


@pytest.mark.slow
@pytest.mark.skipif(SCHEMATHESIS is None, reason="there is no schemathesis here: pip install it")
def test_answers_agree_with_the_description(reachable, tmp_path):
    done = subprocess.run(
        [
            SCHEMATHESIS, "run", f"{reachable.tcp}/openapi.json", "--checks", "all",
            "--max-examples", EXAMPLES, "--seed", "1", "--exclude-checks", "ignored_auth",
        ],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=tmp_path, timeout=60 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()
    assert reachable.answers()
