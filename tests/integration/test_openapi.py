# SPDX-License-Identifier: BSD-2-Clause
"""The API against its own description, by schemathesis: no answer that disagrees, no 5xx."""

import json
import os
import shutil
import subprocess
import threading

import pytest

import python_packages
from harness import IMAGE, PATIENCE

pytestmark = pytest.mark.slow

HERE = os.path.dirname(os.path.abspath(__file__))
# how many requests to make of each endpoint's, and how many sequences of requests
EXAMPLES = os.environ.get("KLEENE_SCHEMATHESIS_EXAMPLES", "10")
# more of its options, such as "--phases stateful"
OPTIONS = os.environ.get("KLEENE_SCHEMATHESIS_OPTIONS", "").split()

# Not asked for: that everything of the right types is accepted, as the description does not tell
# what a name, a variable or a subnet looks like (and 400 is described); that "Allow" has no more
# than a path's own methods: an object can be called "list", and DELETE removes it; and that a
# server without client certificates asks for them.
EXCLUDED = "positive_data_acceptance,allow_header_conformance,ignored_auth"

# What must have been answered, beside all the rest, else the requests came to nothing; a few of
# them may miss some.
LEAST = [
    "POST /containers/create 201", "POST /containers/create 404", "DELETE /containers/{id} 200",
    "POST /containers/{id}/update 201", "GET /containers/{id}/inspect 200", "POST /exec/create 201",
    "POST /networks/create 201", "POST /networks/create 409", "POST /networks/connect 204",
    "POST /images/{id}/tag 200", "GET /volumes/{name}/inspect 200", "DELETE /volumes/{name} 200",
]


@pytest.fixture
def schemathesis():
    """The program: KLEENE_SCHEMATHESIS, that of the system, or one from the packages' index."""
    given = os.environ.get("KLEENE_SCHEMATHESIS") or shutil.which("schemathesis")
    return given or python_packages.program("schemathesis", "schemathesis")


class Keeper:
    """Keeps something of each kind in a daemon, whatever others remove."""

    def __init__(self, kleene):
        self.kleene = kleene
        self.ended = threading.Event()
        self.fill()
        self.thread = threading.Thread(target=self.keep)
        self.thread.start()

    def fill(self):
        for command in (
            ["image", "create", "-t", IMAGE, "fetch", f"file://{self.kleene.system.archive()}"],
            ["create", "--name", "one", IMAGE, "true"],
            ["run", "-d", "--name", "busy", IMAGE, "sleep", "1000"],
            ["start", "-d", "busy"],
            ["volume", "create", "archive"],
            ["network", "create", "--subnet", "10.71.1.0/24", "net"],
        ):
            if command[0] == "image" and any(i["name"] == IMAGE for i in self.kleene.images()):
                continue
            self.kleene.klee(*command, check=None)

    def keep(self):
        while not self.ended.wait(1):
            self.fill()

    def end(self):
        self.ended.set()
        self.thread.join()


@pytest.fixture
def keeper(networked):
    made = Keeper(networked)
    yield made
    made.end()


def answers_agree(schemathesis, kleene, directory, url, *options):
    answers = os.path.join(directory, "answers.json")
    done = subprocess.run(
        [
            *kleene.world.prefix("host"), schemathesis, "run", f"{url}/openapi.json",
            "--checks", "all", "--exclude-checks", EXCLUDED, "--max-examples", EXAMPLES,
            "--no-color", *options, *OPTIONS,
        ],
        env={
            **os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": HERE,
            "PYTHONDONTWRITEBYTECODE": "1", "KLEENE_ANSWERS": answers,
        },
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=directory,
        timeout=PATIENCE * (10 + int(EXAMPLES)), check=False,
    )
    shown = done.stdout.decode()
    assert done.returncode == 0, shown
    assert kleene.answers()
    with open(answers, encoding="ascii") as file:
        seen = json.load(file)
    print(f"{sum(seen.values())} calls:\n{json.dumps(seen, indent=1)}\n{shown[-2000:]}")
    assert not [answer for answer in seen if answer.split()[-1].startswith("5")], seen
    if int(EXAMPLES) >= 100 and not OPTIONS:
        assert set(LEAST) <= set(seen), f"never answered: {set(LEAST) - set(seen)}"


def listen(kleene, url, **options):
    """The daemon anew, with a TCP socket beside its own."""
    kleene.stop()
    kleene.write_config(
        log_level="info",
        api_listening_sockets=[{"address": kleene.url}, {"address": url, **options}],
    )
    kleene.start()


def test_answers_agree_with_the_description(schemathesis, networked, tmp_path, request):
    listen(networked, "http://127.0.0.1:8080", allow_insecure=True)
    request.getfixturevalue("keeper")
    answers_agree(schemathesis, networked, tmp_path, "http://127.0.0.1:8080")


def test_with_client_certificate(schemathesis, networked, certificates, tmp_path, request):
    listen(
        networked, "https://127.0.0.1:8443", tlscert=certificates.cert("server"),
        tlskey=certificates.key("server"), tlsverify=True, tlscacert=certificates.cert("ca"),
    )
    request.getfixturevalue("keeper")
    answers_agree(
        schemathesis, networked, tmp_path, "https://127.0.0.1:8443",
        "--tls-verify", certificates.cert("ca"),
        "--request-cert", certificates.cert("client"),
        "--request-cert-key", certificates.key("client"),
    )
