# SPDX-License-Identifier: BSD-2-Clause
"""The API as a hostile or broken client uses it."""

import json
import socket
import threading

import pytest

import api
import ws
from harness import IMAGE, MEMORY, PATIENCE, wait_until


YES = "while :; do echo 0123456789012345678901234567890123456789012345678901234567890123456789; done"


def responsive(kleene):
    return isinstance(kleene.containers(), list)


def memory_is_bounded(kleene):
    return kleene.system.peak_memory(kleene.pid) < MEMORY


# ---- HTTP ----


@pytest.mark.parametrize(
    "body", [b"{", b"", b"[]", b"null", b'"text"', b'{"image": "x"} rest', b"\xff\xfe", b"{" * 100000]
)
def test_malformed_json(bare, body):
    status, headers, answer = bare.api.request(
        "POST", "/containers/create", body, {"Content-Type": "application/json"}
    )
    assert status == 400 and headers["Content-Type"].startswith("application/json")
    assert list(json.loads(answer)) == ["message"]
    assert responsive(bare)


@pytest.mark.parametrize(
    "config, word",
    [
        ({"image": 1}, "image"), ({"image": "x", "cmd": "text"}, "cmd"),
        ({"image": "x", "cmd": [1]}, "cmd"), ({"image": "x", "cmd": ["a\0b"]}, "JSON"),
        ({"image": "x", "persist": "maybe"}, "persist"),
    ],
)
def test_bad_fields(bare, config, word):
    with pytest.raises(api.Error) as caught:
        bare.api.post("/containers/create", config)
    assert caught.value.status == 400 and word in caught.value.message


PORT = {"host_port": "8080", "container_port": "80"}
VOLUME = {"type": "volume", "source": "v", "destination": "/v"}


@pytest.mark.parametrize(
    "config, word",
    [
        ({"name": "bad/name"}, "bad/name"), ({"env": ["AB"]}, "'AB'"),
        ({"jail_param": ["no.such.parameter"]}, "no.such.parameter"),
        ({"jail_param": ["osrelease=1"]}, "osrelease"), ({"restart_policy": "sometimes"}, "sometimes"),
        ({"public_ports": [{**PORT, "host_port": "x"}]}, "'x'"),
        ({"public_ports": [{**PORT, "container_port": "70000"}]}, "70000"),
        ({"mounts": [{**VOLUME, "destination": "relative"}]}, "relative"),
        ({"mounts": [{**VOLUME, "source": ".bad"}]}, ".bad"), ({"image": ""}, "image"),
    ],
)
def test_what_cannot_be_has_a_code_that_is_listed(kleene, config, word):
    """In every endpoint that takes it: never 400, which the published client does not know."""
    described = kleene.api.get("/openapi.json")
    container = kleene.create(IMAGE, "true")
    for path, body in (
        ("/containers/create", {"image": IMAGE, "network_driver": "ipnet", **config}),
        (f"/containers/{container}/update", config),
    ):
        if "image" in config and path.endswith("update"):
            continue
        with pytest.raises(api.Error) as caught:
            kleene.api.post(path, body)
        operation = described["paths"][path.replace(container, "{id}")]["post"]
        assert caught.value.status == (409 if "409" in operation["responses"] else 404), path
        assert word in caught.value.message
    assert len(kleene.containers()) == 1 and kleene.volumes() == []


def test_other_names_that_cannot_be(kleene):
    for path, body, status in (
        ("/volumes/create", {"name": "a/b"}, 404), (f"/images/{IMAGE}/tag?nametag=a/b", None, 404),
        ("/networks/create", {"name": "a/b", "subnet": "10.9.0.0/24"}, 409),
        ("/networks/create", {"name": "net", "subnet": "rubbish"}, 409),
        ("/networks/connect", {"network": "net", "container": ""}, 409),
        ("/exec/create", {"container_id": kleene.create(IMAGE, "true"), "env": ["AB"]}, 404),
    ):
        with pytest.raises(api.Error) as caught:
            kleene.api.post(path, body)
        assert caught.value.status == status, (path, caught.value)


def test_short_words_that_clients_compare(kleene):
    """They have no name in them; klee, which shows it, asks what else there is to say."""
    container = kleene.create("--name", "there", IMAGE, "true")
    instance = kleene.api.exec_create(container, "true")
    for method, path, body, words in (
        ("DELETE", "/containers/ther", None, "no such container"),
        ("POST", "/exec/create", {"container_id": "ther"}, "container not found"),
        ("POST", f"/exec/{instance}/stop?stop_container=true", None, "no such container"),
        ("GET", "/containers/ther/inspect", None, "no such container 'ther'. Did you mean 'there'?"),
    ):
        status, _, answer = kleene.api.request(method, path, body)
        assert (status, json.loads(answer)) == (404, {"message": words}), path
    for command in (["rmc", "ther"], ["exec", "ther", "true"]):
        result = kleene.klee(*command, check=None)
        assert result.code != 0 and "no such container 'ther'. Did you mean 'there'?" in result.err


def test_a_start_that_failed_can_be_made_again(kleene):
    container = kleene.create(IMAGE, "sh", "-c", "echo works")
    instance = kleene.api.exec_create(container)
    for _ in range(2):
        with kleene.api.exec_start(instance, start_container=False) as stream:
            closed = stream.read_all()[1]
        assert closed.code == 1011 and closed.message()["message"] == "container not running"
    with kleene.api.exec_start(instance) as stream:
        stream.starting()
        assert stream.read_all()[0] == b"works\n"


def test_an_absent_driver_reaches_least(kleene):
    made = kleene.api.post("/containers/create", {"image": IMAGE})["id"]
    assert kleene.inspect(made)["network_driver"] == "ipnet"
    assert kleene.inspect(kleene.create(IMAGE))["network_driver"] == "host"  # klee says so


def test_the_order_of_lists_and_prunes(networked):
    """Networks, and what is removed, the oldest first; the other lists the newest first, as published."""
    post, names = networked.api.post, ["c", "a", "b"]
    made = [networked.create("--name", name, IMAGE, "true") for name in names]
    for number, name in enumerate(names):
        post("/volumes/create", {"name": name})
        post("/networks/create", {"name": name, "subnet": f"10.{number}.0.0/24"})
    networks = [n["id"] for n in networked.networks()]
    assert [n["name"] for n in networked.networks()] == names
    assert [c["name"] for c in networked.containers()] == names[::-1]
    assert [v["name"] for v in networked.volumes()] == names[::-1]
    assert post("/containers/prune") == made
    assert post("/volumes/prune") == names and post("/networks/prune") == networks


def test_null_and_python_booleans(kleene):
    """The published client leaves fields out with null and writes some booleans as strings."""
    config = {"name": None, "image": IMAGE, "cmd": None, "user": None, "env": None, "persist": "true"}
    container = kleene.api.post("/containers/create", config)["id"]
    assert kleene.inspect(container)["persist"] is True
    instance = kleene.api.exec_create(container, "echo", "x")
    with kleene.api.exec_start(instance, start_container="true") as stream:
        stream.starting()
        assert stream.read_all()[0] == b"x\n"


def test_huge_body(bare):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(bare.socket)
        client.settimeout(60)
        client.sendall(
            b"POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 104857600\r\n\r\n"
        )
        try:
            for _ in range(1600):
                client.sendall(b" " * 65536)
        except OSError:
            pass  # the daemon need not take it all
        assert client.recv(1000).startswith(b"HTTP/1.1 413 ")
    status, _, answer = bare.api.request("POST", "/containers/create", b" " * (5 << 20))
    assert status == 413 and "message" in json.loads(answer)
    assert responsive(bare) and memory_is_bounded(bare)


def test_endless_chunked_body(bare):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(bare.socket)
        client.settimeout(60)
        client.sendall(
            b"POST /containers/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        try:
            for _ in range(1600):
                client.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
        except OSError:
            pass
        assert client.recv(1000).startswith(b"HTTP/1.1 413 ")
    assert responsive(bare) and memory_is_bounded(bare)


def test_endless_head(bare):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(bare.socket)
        client.settimeout(60)
        try:
            client.sendall(b"GET / HTTP/1.1\r\n")
            for _ in range(1000):
                client.sendall(b"X: " + b"x" * 60000)
        except OSError:
            pass
        try:
            assert client.recv(1000)[:10] in (b"HTTP/1.1 4", b"")
        except ConnectionError:
            pass
    assert responsive(bare) and memory_is_bounded(bare)


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/", 404), ("GET", "/no/such/path", 404), ("GET", "/containers", 404),
        ("GET", "/containers/list/", 404), ("GET", "/../../etc/passwd", 404),
        ("DELETE", "/containers/list", 404), ("PUT", "/containers/list", 405),
        ("POST", "/containers/list", 405), ("GET", "/containers/create", 405),
        ("GET", "/containers/list?all=maybe", 400), ("GET", "/containers/x%/inspect", 400),
        ("GET", "/containers/no-such/inspect", 404), ("GET", "/images/no-such/inspect", 404),
        ("POST", "/containers/no-such/stop", 404), ("DELETE", "/containers/no-such", 404),
        ("DELETE", "/images/no-such", 404), ("POST", "/images/no-such/tag?nametag=x", 404),
        ("POST", "/exec/000000000000/stop", 404), ("GET", "/containers/%00/inspect", 400),
        ("GET", "/containers/" + "x" * 5000 + "/inspect", 404),
    ],
)
def test_paths_and_methods(bare, method, path, status):
    seen, _, answer = bare.api.request(method, path)
    assert seen == status, answer
    assert list(json.loads(answer)) == ["message"]


def test_unknown_objects(kleene):
    with pytest.raises(api.Error) as caught:
        kleene.api.post("/containers/create", {"image": "no-such", "cmd": ["x"]})
    assert caught.value.status == 404 and "no-such" in caught.value.message
    with pytest.raises(api.Error) as caught:
        kleene.api.exec_create("no-such", "x")
    assert caught.value.status == 404 and caught.value.message == "container not found"
    with kleene.api.exec_start("0123456789ab") as stream:
        closed = stream.read_all()[1]
    assert closed.code == 1011 and closed.message()["msg_type"] == "error"
    assert "0123456789ab" in closed.message()["message"]


def test_ambiguous_id(kleene):
    ids = [
        kleene.api.post("/containers/create", {"image": IMAGE, "cmd": ["true"]})["id"]
        for _ in range(17)
    ]
    prefix = next(i[0] for i in ids if sum(j[0] == i[0] for j in ids) > 1)
    candidates = [i for i in ids if i[0] == prefix]
    with pytest.raises(api.Error) as caught:
        kleene.inspect(prefix)
    assert caught.value.status == 404
    assert all(i in caught.value.message for i in candidates[:2])
    with pytest.raises(api.Error):
        kleene.api.delete(f"/containers/{prefix}")
    assert len(kleene.containers()) == 17
    assert kleene.inspect(ids[0][:11])["id"] == ids[0]


def test_statuses_of_conflicts(kleene):
    container = kleene.detached("--name", "one", IMAGE, "sleep", "1000")
    with pytest.raises(api.Error) as caught:
        kleene.api.delete(f"/containers/{container}")
    assert (caught.value.status, caught.value.message) == (
        409, "you cannot remove a running container",
    )
    kleene.api.post("/containers/one/stop")
    with pytest.raises(api.Error) as caught:
        kleene.api.post("/containers/one/stop")
    assert (caught.value.status, caught.value.message) == (404, "container not running")
    with pytest.raises(api.Error) as caught:
        kleene.api.post("/containers/create", {"name": "one", "image": IMAGE})
    assert caught.value.status == 404 and "one" in caught.value.message
    with pytest.raises(api.Error) as caught:
        kleene.api.delete(f"/images/{IMAGE}")
    assert caught.value.status == 404 and "one" in caught.value.message


def test_several_requests_on_one_connection(bare):
    connection = api.Connection(bare.socket)
    for path, status in (("/containers/list", 200), ("/no/such", 404), ("/images/list", 200)) * 10:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()


def test_openapi(bare):
    described = bare.api.get("/openapi.json")
    assert described["openapi"].startswith("3.")
    for path in ("/containers/create", "/containers/{id}/inspect", "/exec/create", "/images/list"):
        assert path in described["paths"]
    assert "ContainerConfig" in described["components"]["schemas"]


# ---- WebSocket ----


@pytest.mark.parametrize("path", ["/exec/start", "/images/create"])
@pytest.mark.parametrize(
    "frame",
    [
        b"rubbish", b"", b"[]", b"{}", b"\xff\xff", b'{"exec_id": 1, "method": 1}',
        b'{"exec_id": "0123456789ab", "attach": 2, "method": "no-such-method"}',
    ],
)
def test_first_frame_is_rubbish(bare, path, frame):
    with bare.api.websocket(path) as stream:
        stream.send(ws.TEXT, frame)
        output, closed = stream.read_all()
    assert output == b"" and closed.code in ((1002, 1007) if frame == b"\xff\xff" else (1002,))
    if closed.code == 1002:
        assert closed.message()["msg_type"] == "error"
    assert responsive(bare)


def test_protocol_errors(bare):
    """Frames that RFC 6455 does not allow end the connection."""
    unmasked = b"\x81\x02{}"
    for bad in (unmasked, b"\xf1\x80\0\0\0\0", b"\x83\x80\0\0\0\0", b"\x09\x80\0\0\0\0"):
        with bare.api.websocket("/exec/start") as stream:
            stream.socket.sendall(bad)
            assert stream.read_all()[1].code in (0, 1002)
    with bare.api.websocket("/exec/start") as stream:
        stream.socket.sendall(b"\x81\xff" + (1 << 62).to_bytes(8, "big") + b"\0\0\0\0")
        try:
            for _ in range(1600):
                stream.socket.sendall(b"x" * 65536)
        except OSError:
            pass
        try:
            assert stream.read_all()[1].code in (0, 1002, 1009)
        except ConnectionError:
            pass
    assert responsive(bare) and memory_is_bounded(bare)


def test_announced_sizes(bare):
    """A first frame that is to be too large is refused by its head."""
    size = (4 << 20) + 1
    for head in (
        b"\x81\xff" + (1 << 62).to_bytes(8, "big"), b"\x81\xff" + size.to_bytes(8, "big"),
        b"\x01\x81" + b"\0\0\0\0{" + b"\x80\xff" + (size - 1).to_bytes(8, "big"),
    ):
        with bare.api.websocket("/exec/start") as stream:
            stream.socket.sendall(head + b"\0\0\0\0")
            closed = stream.read_all()[1]
            assert closed.code == 1009 and "too large" in closed.message()["message"]


def test_no_http(bare):
    """What is no HTTP is refused by its first byte; its sender may wait for an answer."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect(bare.socket)
        client.sendall(b"\x16\x03\x01\x02\x00\x01")
        assert client.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_pings_and_fragments(kleene):
    container = kleene.create(IMAGE, "true")
    instance = kleene.api.exec_create(container, "cat")
    config = json.dumps({"exec_id": instance, "attach": True, "start_container": True}).encode()
    with kleene.api.websocket("/exec/start") as stream:
        stream.send(ws.PING, b"before")
        stream.send(ws.TEXT, config[:10], final=False)
        stream.send(ws.PING, b"between")
        stream.send(ws.CONTINUATION, config[10:])
        answers = []
        while len(answers) < 3:
            answers.append(stream.read_frame())
        assert [a for a in answers if a[1] == ws.PONG] == [
            (True, ws.PONG, b"before"), (True, ws.PONG, b"between"),
        ]
        stream.send(ws.BINARY, b"one ", final=False)
        stream.send(ws.CONTINUATION, b"two\n")
        echo = b""
        while len(echo) < len(b"one two\n"):  # cat may have been given it in two pieces
            kind, piece = stream.read()
            assert kind == ws.TEXT
            echo += piece
        assert echo == b"one two\n"
        stream.send(ws.BINARY, b"\xff\0")
        assert stream.read() == (ws.BINARY, b"\xff\0")
        stream.end_input()
        assert stream.read_all()[1].code == 1000


def test_detached_start(kleene):
    container = kleene.create(IMAGE, "sleep", "1000")
    instance = kleene.api.exec_create(container)
    with kleene.api.exec_start(instance, attach=False) as stream:
        stream.starting()
        output, closed = stream.read_all()
    assert output == b"" and closed.code == 1001
    assert kleene.running() == [container]


def test_start_without_starting_the_container(kleene):
    container = kleene.create(IMAGE, "true")
    instance = kleene.api.exec_create(container, "true")
    with kleene.api.exec_start(instance, start_container=False) as stream:
        closed = stream.read_all()[1]
    assert closed.code == 1011 and "not running" in closed.message()["message"]
    assert kleene.running() == []


def test_an_execution_instance_starts_once(kleene):
    container = kleene.detached(IMAGE, "sleep", "1000")
    instance = kleene.api.exec_create(container, "sh", "-c", "echo x >> /root/starts; sleep 1000")
    with kleene.api.exec_start(instance) as first:
        first.starting()
        read = lambda: kleene.klee("exec", container, "cat", "/root/starts", check=None).out
        wait_until(lambda: "x\n" in read(), "the process to run")
        with kleene.api.exec_start(instance) as second:
            assert second.read_all()[1].code == 1011
        kleene.api.post(f"/exec/{instance}/stop?force_stop=true&stop_container=false")
        closed = first.read_all()[1]
    assert closed.message()["message"] == f"{instance} has exited with exit-code 137"
    assert read().count("x\n") == 1


def test_closing_reason_fits(kleene):
    """However long a message is, the reason is whole JSON of at most 123 bytes."""
    container = kleene.create(IMAGE, "true")
    for name in ("x" * 250, "\"" * 250, "ü" * 120, "\\" * 90, "\n" * 100):
        instance = kleene.api.exec_create(container, f"/{name}")
        with kleene.api.exec_start(instance) as stream:
            closed = stream.read_all()[1]
        assert closed.code == 1011 and closed.message()["data"] == "127"
        assert len(closed.reason.encode()) <= 123


def vanish_at(kleene, stage):
    """Opens a stream and goes away at a stage of it."""
    container = kleene.create(IMAGE, "sleep", "1000")
    instance = kleene.api.exec_create(container, "sh", "-c", YES if stage == "output" else "cat")
    if stage == "connected":
        return ws.WebSocket(kleene.socket, "/exec/start", shake=False).vanish()
    if stage == "handshake":
        stream = ws.WebSocket(kleene.socket, "/exec/start", shake=False)
        stream.socket.sendall(stream.request("/exec/start")[:50])
        return stream.vanish()
    stream = kleene.api.websocket("/exec/start")
    if stage == "upgraded":
        return stream.vanish()
    config = json.dumps({"exec_id": instance, "attach": True, "start_container": True}).encode()
    if stage == "half a frame":
        stream.socket.sendall(stream.frame(ws.TEXT, config)[:20])
        return stream.vanish()
    stream.send(ws.TEXT, config)
    if stage == "asked":
        return stream.vanish()
    stream.starting()
    if stage == "output":
        stream.read()
    elif stage == "input":
        stream.send(ws.BINARY, b"x" * 1000)
        stream.socket.sendall(stream.frame(ws.BINARY, b"x" * 10000)[:5000])
    elif stage == "closing":
        stream.send(ws.CLOSE, (1000).to_bytes(2, "big"))
    return stream.vanish()


STAGES = [
    "connected", "handshake", "upgraded", "half a frame", "asked", "started", "output", "input",
    "closing",
]


@pytest.mark.parametrize("stage", STAGES)
def test_client_vanishes(kleene, stage):
    """Its process ends with it, and the daemon keeps nothing of it."""
    assert responsive(kleene)
    files = kleene.system.open_files(kleene.pid)
    for _ in range(3):
        vanish_at(kleene, stage)
        assert responsive(kleene)
    wait_until(lambda: kleene.running() == [], "the processes to end")
    wait_until(lambda: kleene.system.descendants(kleene.pid) == [], "the containers to be gone")
    wait_until(lambda: kleene.system.open_files(kleene.pid) <= files, "descriptors to be closed")


def test_client_that_never_reads(kleene):
    container = kleene.create(IMAGE, "true")
    streams = []
    for _ in range(4):
        instance = kleene.api.exec_create(container, "sh", "-c", YES)
        streams.append(kleene.api.exec_start(instance))
        streams[-1].starting()
    other = kleene.detached(IMAGE, "sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x | fold")
    for _ in range(100):
        assert responsive(kleene)
    assert kleene.quiet(IMAGE, "echo", "meanwhile") == "meanwhile\n"
    kleene.wait_status(other, "exited (0)")
    assert memory_is_bounded(kleene)
    for stream in streams:
        stream.vanish()
    wait_until(lambda: kleene.running() == [], "the processes to end")


def test_reading_late_loses_nothing(kleene):
    container = kleene.create(IMAGE, "true")
    instance = kleene.api.exec_create(container, "sh", "-c", "head -c 20000000 /dev/zero; exit 3")
    with kleene.api.exec_start(instance) as stream:
        stream.starting()
        for _ in range(50):
            assert responsive(kleene)
        output, closed = stream.read_all()
    assert len(output) == 20000000 and not output.strip(b"\0")
    assert closed.message()["message"].endswith("exit-code 3")
    assert memory_is_bounded(kleene)


def test_process_that_never_reads(kleene):
    """Input that is not taken makes the client wait, not the daemon grow."""
    container = kleene.create(IMAGE, "true")
    instance = kleene.api.exec_create(container, "sh", "-c", "echo ready; sleep 1000")
    with kleene.api.exec_start(instance) as stream:
        stream.starting()
        assert stream.read()[1] == b"ready\n"
        sent = threading.Event()

        def send():
            try:
                for _ in range(2000):
                    stream.send(ws.BINARY, b"x" * 65536)
                sent.set()
            except OSError:
                pass

        sender = threading.Thread(target=send)
        sender.start()
        for _ in range(100):
            assert responsive(kleene)
        assert not sent.is_set() and memory_is_bounded(kleene)
        stream.socket.shutdown(socket.SHUT_RDWR)
        sender.join()
    wait_until(lambda: kleene.running() == [], "the process to end")


def test_resize(kleene):
    container = kleene.create(IMAGE, "true")
    instance = kleene.api.exec_create(container, "sh", "-c", "read x; stty size", tty=True)
    with kleene.api.exec_start(instance) as stream:
        stream.starting()
        kleene.api.post(f"/exec/{instance}/resize?rows=12&cols=34")
        stream.send(ws.BINARY, b"\r")
        output, closed = stream.read_all()
    assert output.endswith(b"12 34\r\n")
    with pytest.raises(api.Error) as caught:
        kleene.api.post(f"/exec/{instance}/resize?rows=12&cols=34")
    assert caught.value.status == 404
    with pytest.raises(api.Error) as caught:
        kleene.api.post(f"/exec/{instance}/resize?rows=x&cols=34")
    assert caught.value.status == 400
    assert closed.code == 1000


def connect(kleene):
    """A connection; None where the system refuses it, as too many have not been accepted yet."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(kleene.socket)
    except ConnectionRefusedError:
        connection.close()
        return None
    return connection


def test_idle_connections_keep_nobody_out(kleene):
    idle = []
    try:
        for _ in range(300):
            idle.append(wait_until(lambda: connect(kleene), "a connection"))
        assert responsive(kleene)
        assert kleene.quiet(IMAGE, "echo", "works") == "works\n"
    finally:
        for connection in idle:
            connection.close()
    assert memory_is_bounded(kleene)
