# SPDX-License-Identifier: BSD-2-Clause
"""What was agreed on, compared with the product's own tables; and what all of a table's rows share."""

import json
import re

import pytest

import contract
import rows
import ws
from harness import klee_alone

# ---- klee ----


@pytest.mark.parametrize("command", contract.COMMANDS)
def test_command_is_there(command):
    arguments, options = contract.COMMANDS[command]
    assert rows.commands()[command] == arguments
    missing = set(options.split()) - set(rows.options(*command.split()))
    assert not missing, f"klee {command} has no {missing}"


def test_shortcuts_and_global_options():
    assert contract.SHORTCUTS.items() <= rows.shortcuts().items()  # others' words are in test_words.py
    assert set(contract.GLOBAL_OPTIONS.split()) <= set(rows.options())


def test_version():
    assert re.fullmatch(r"klee \d+\.\d+\.\d+\n", klee_alone("--version").out)


@pytest.mark.parametrize("command", rows.commands())
def test_wrong_usage(command):
    result = klee_alone(*command.split(), "--no-such-option")
    assert result.code == 2 and result.out == ""
    assert result.err.splitlines()[0].startswith("klee: ")
    assert result.err.splitlines()[1] == f"see 'klee {command} --help'"


def plausible(command):
    """As many arguments as a command needs, that say what could be meant."""
    words = {"METHOD": "fetch", "[SOURCE]": "file:///no/such", "PATH": "/"}
    wanted = rows.commands()[command].split()
    return [words.get(w, "something") for w in wanted if not w.startswith("[") or w in words]


@pytest.mark.parametrize("command", rows.commands())
def test_no_daemon(command):
    options = ["-f"] if command.endswith("prune") else []
    if command == "image create":
        options = ["-t", "x"]
    url = "http:///no/such/socket"
    result = klee_alone("--host", url, *command.split(), *options, *plausible(command))
    assert result.code == 125 and result.out == ""
    assert result.err.splitlines()[0].startswith(f"klee: cannot connect to kleened at {url}: ")


# ---- the API ----


@pytest.fixture
def described(bare):
    return bare.api.get("/openapi.json")


def schema_name(schema):
    """The contract's word for a schema of the description."""
    schema = schema.get("allOf", [schema])[0]
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[1]
    if schema["type"] == "array":
        return f"[{schema_name(schema['items'])}]"
    return schema["type"]


def content(part):
    content_ = part.get("content")
    return schema_name(content_["application/json"]["schema"]) if content_ else None


def test_endpoints_are_described(described):
    operations = {f"{m} {p}": o for m, p, o in rows.operations(described)}
    for endpoint, (body, answer, success, failures) in contract.ENDPOINTS.items():
        operation = operations[endpoint]
        sent = content(operation.get("requestBody", {}))
        # an update has the same fields, none of which has a default
        assert (sent or "").replace("ContainerUpdate", "ContainerConfig") == (body or ""), endpoint
        responses = operation["responses"]
        assert {str(s) for s in (success, *failures)} <= set(responses), endpoint
        assert answer is None or content(responses[str(success)]) == answer, endpoint
        for status in failures:
            assert content(responses[str(status)]) == "ErrorResponse", endpoint
        parameters = {p["name"] for p in operation["parameters"] if p["in"] == "query"}
        assert parameters == set(contract.PARAMETERS.get(endpoint, "").split()), endpoint


TYPES = {"s": "string", "b": "boolean", "i": "integer", "[s]": "[string]", "[[s]]": "[[string]]",
         "o": "object"}


@pytest.mark.parametrize("name", contract.SCHEMAS)
def test_fields_are_described(described, name):
    properties = described["components"]["schemas"][name]["properties"]
    for field in contract.SCHEMAS[name].split():
        field, type_ = field.split(":")
        assert schema_name(properties[field]) == TYPES.get(type_, type_), f"{name}.{field}"


def test_links_lead_somewhere(described):
    """What an answer has that another request asks for is where the link says."""
    operations = {o["operationId"]: o for _, _, o in rows.operations(described) if "parameters" in o}
    assert len(operations) == len(contract.ENDPOINTS)
    led_to = set()
    for operation in operations.values():
        for response in operation["responses"].values():
            for link in response.get("links", {}).values():
                target = operations[link["operationId"]]
                names = {p["name"] for p in target["parameters"]}
                assert set(link.get("parameters", {})) <= names
                assert "requestBody" not in link or "requestBody" in target
                led_to.add(link["operationId"])
    for operation_id, operation in operations.items():
        in_path = [p for p in operation["parameters"] if p["in"] == "path"]
        assert not in_path or operation_id in led_to, f"nothing leads to {operation_id}"
    created = operations["Container.Create"]["responses"]["201"]["links"]
    assert created["Container.Inspect"]["parameters"] == {"id": "$response.body#/id"}


def test_operations_are_called_as_published(described):
    found = {(m, p): o["operationId"] for m, p, o in rows.operations(described)}
    for called, operation in contract.OPERATIONS.items():
        assert found[tuple(operation.split())] == called
    assert len(set(found.values())) == len(found)


def test_streams_are_described(described):
    for path, (config, _) in contract.STREAMS.items():
        operation = described["paths"][path]["get"]
        assert schema_name(operation["x-websocket-first-frame"]) == config
        assert schema_name(operation["x-websocket-messages"]) == "WebSocketMessage"


def refused(kleene, status, method, path, body=None, name="no-such"):
    """The request, with that name in its path, must be answered with this status and a message."""
    seen, _, answer = kleene.api.request(method, re.sub(r"\{\w+\}", name, path), body)
    assert (seen, list(json.loads(answer))) == (status, ["message"]), (method, path, answer)


# what a request that names something must have beside
QUERIES = {
    "/containers/{id}/kill": "?signal=HUP", "/images/{id}/tag": "?nametag=x",
    "/exec/{id}/resize": "?rows=1&cols=1",
}
BODIES = {
    "/containers/{id}/update": {}, "/containers/create": {"image": "no-such"},
    "/exec/create": {"container_id": "no-such"},
    "/networks/connect": {"network": "no-such", "container": "no-such"},
}


def test_other_methods(bare, described):
    for path in described["paths"]:
        refused(bare, 405, "PATCH", path)


def test_malformed_requests(bare, described):
    for method, path, operation in rows.operations(described):
        if "requestBody" in operation:
            for body in (b"", b"{", b"[]", b'{"name": 1, "exec_id": 1, "network": 1}'):
                refused(bare, 400, method, path, body)
            refused(bare, 413, method, path, b" " * (5 << 20))
        if "{" in path:
            refused(bare, 400, method, path + QUERIES.get(path, ""), BODIES.get(path), name="%00")
        for parameter in operation.get("parameters", []):
            wanted = f"{path}?{parameter['name']}="
            if parameter["in"] == "query" and parameter["schema"]["type"] != "string":
                refused(bare, 400, method, f"{wanted}perhaps")
            elif parameter["in"] == "query":
                refused(bare, 400, method, path)


def test_names_of_nothing(bare, described):
    for method, path, operation in rows.operations(described):
        if path in BODIES or "{" in path:
            refused(bare, 404, method, path + QUERIES.get(path, ""), BODIES.get(path))
            assert "404" in operation["responses"], path


def test_streams_need_an_upgrade(bare, described):
    for path in streams(described):
        refused(bare, 426, "GET", path)


def streams(described):
    return [p for _, p, operation in rows.operations(described) if "x-websocket-messages" in operation]


def test_first_frames_that_are_wrong(bare, described):
    for path in streams(described):
        for frame in (b"rubbish", b"[]", b"{}"):
            with bare.api.websocket(path) as stream:
                stream.send(ws.TEXT, frame)
                output, closed = stream.read_all()
            assert output == b"" and closed.code == 1002 and closed.message()["msg_type"] == "error"
