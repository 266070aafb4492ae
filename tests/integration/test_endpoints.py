# SPDX-License-Identifier: BSD-2-Clause
"""Each endpoint as a client uses it: what succeeds, and what an object's state forbids."""

import contextlib
import json

import pytest

import api
import ws
from building import Context
from harness import IMAGE, wait_until


def fails(status, *words):
    """The call in the block must be answered with this status and a message with these words."""
    @contextlib.contextmanager
    def check():
        with pytest.raises(api.Error) as caught:
            yield
        assert caught.value.status == status, caught.value
        for word in words:
            assert word in caught.value.message, f"no '{word}' in: {caught.value.message}"
    return check()


def test_containers(kleene):
    client = kleene.api
    config = {"name": "one", "image": IMAGE, "cmd": ["sleep", "1000"]}
    one = client.post("/containers/create", config)["id"]
    assert client.get("/containers/list") == []
    (summary,) = client.get("/containers/list?all=true")
    shown = client.get("/containers/one/inspect")
    assert {**shown["container"], **summary} == summary and summary["image_name"] == IMAGE
    assert (shown["container_endpoints"], shown["container_mountpoints"]) == ([], [])
    assert client.post("/containers/one/update", {"name": "uno", "env": ["A=1"]}) == {"id": one}
    changed = client.get("/containers/uno/inspect")["container"]
    assert changed["env"] == ["A=1"] and changed["cmd"] == ["sleep", "1000"]
    kleene.klee("start", "-d", "uno")
    mounts = [{"type": "volume", "source": "v", "destination": "/v"}]
    with fails(409, "mounts"):
        client.post("/containers/uno/update", {"mounts": mounts})
    with fails(409, "running"):
        client.delete("/containers/uno")
    assert client.post("/containers/uno/stop") == {"id": one}
    assert client.delete("/containers/uno") == {"id": one}
    two = client.post("/containers/create", {"image": IMAGE})["id"]
    kept = client.post("/containers/create", {"image": IMAGE, "persist": True})["id"]
    assert client.post("/containers/prune") == [two]
    assert [c["id"] for c in kleene.containers()] == [kept]


def test_images(kleene):
    client = kleene.api
    (image,) = client.get("/images/list")
    container = client.post("/containers/create", {"image": IMAGE})["id"]
    for bad in ("", "a/b", "x:", "x:y:z"):
        with fails(404):
            client.post(f"/images/{IMAGE}/tag?nametag={bad}")
    assert client.post(f"/images/{IMAGE}/tag?nametag=other:v1") == {"id": image["id"]}
    assert client.get("/images/other:v1/inspect") == {
        **image, "name": "other", "tag": "v1", "names": ["other:v1"]}
    with fails(404, kleene.inspect(container)["name"]):
        client.delete("/images/other:v1")
    client.delete(f"/containers/{container}")
    assert client.delete("/images/other:v1") == {"id": image["id"]}
    other = kleene.import_image(tag="tagged")
    assert client.post("/images/prune") == []
    assert client.post("/images/prune?all=true") == [other]


def test_volumes(kleene):
    client = kleene.api
    assert client.post("/volumes/create", {"name": "one"}) == {"id": "one"}
    with fails(404, "one"):
        client.post("/volumes/create", {"name": "one"})
    (volume,) = client.get("/volumes/list")
    assert client.get("/volumes/one/inspect") == {"volume": volume, "mountpoints": []}
    container = kleene.detached("-m", "one:/v", IMAGE, "sleep", "1000")
    with fails(404, "one", "running"):
        client.delete("/volumes/one")
    client.post(f"/containers/{container}/stop")
    assert client.delete("/volumes/one") == {"id": "one"}
    made = client.post("/volumes/create", {})["id"]
    assert client.post("/volumes/prune") == [made]


def test_a_fault_of_the_host(bare):
    """What the host refuses is an error; what is half removed is not there for clients."""
    client = bare.api
    client.post("/volumes/create", {"name": "one"})
    with bare.system.busy_dataset(bare.root, "volume", "one"):
        with fails(bare.system.busy_status, "one"):
            client.delete("/volumes/one")
        with fails(404, "one"):
            client.get("/volumes/one/inspect")
        with fails(404, "one", "being removed"):
            client.post("/volumes/create", {"name": "one"})
    wait_until(lambda: bare.system.datasets(bare.root, "volume") == set(), "the rest to be removed")
    assert client.post("/volumes/create", {"name": "one"}) == {"id": "one"}


def test_networks(networked):
    client = networked.api
    config = {"name": "net", "type": "bridge", "subnet": "10.20.30.0/24"}
    network = client.post("/networks/create", config)["id"]
    with fails(409, "net"):
        client.post("/networks/create", {**config, "subnet": "10.20.31.0/24"})
    with fails(409, "10.20.30.0/24"):
        client.post("/networks/create", {**config, "name": "other"})
    (listed,) = client.get("/networks/list")
    assert listed["id"] == network
    assert client.get("/networks/net/inspect") == {"network": listed, "network_endpoints": []}
    of_container = {"name": "one", "image": IMAGE, "network_driver": "ipnet"}
    one = client.post("/containers/create", of_container)["id"]
    client.post("/containers/create", {**of_container, "name": "apart", "network_driver": "host"})
    endpoint = {"network": "net", "container": "one", "ip_address": "10.20.30.9"}
    assert client.post("/networks/connect", endpoint) is None
    (shown,) = client.get("/networks/net/inspect")["network_endpoints"]
    assert (shown["container_id"], shown["ip_address"]) == (one, "10.20.30.9")
    for bad, words in (
        ({}, ["one"]), ({"container": "apart"}, ["host"]), ({"ip_address": "x"}, ["x"]),
    ):
        with fails(409, *words):
            client.post("/networks/connect", {**endpoint, **bad})
    assert client.post("/networks/net/disconnect/one") is None
    with fails(409, "not connected"):
        client.post("/networks/net/disconnect/one")
    assert client.delete("/networks/net") == {"id": network}
    unused = client.post("/networks/create", config)["id"]
    assert client.post("/networks/prune") == [unused]


def test_executions(kleene):
    client = kleene.api
    container = kleene.detached(IMAGE, "sleep", "1000")
    instance = client.exec_create(container, "cat")
    with client.exec_start(instance) as stream:
        stream.starting()
        stream.send(ws.TEXT, b"as text\n")
        assert stream.read() == (ws.TEXT, b"as text\n")
        assert client.post(f"/exec/{instance}/stop?force_stop=false") == {"id": instance}
        closed = stream.read_all()[1]
    assert closed.message()["message"] == f"{instance} has exited with exit-code 143"
    instance = client.exec_create(container, "cat")
    with client.exec_start(instance) as stream:
        stream.starting()
        client.post(f"/exec/{instance}/stop?stop_container=true")
        stream.read_all()
    assert kleene.running() == []


# ---- streams ----


def open_stream(kleene, url, config):
    stream = kleene.api.websocket(url)
    stream.send_json(config)
    return stream


def test_logs(kleene):
    container = kleene.detached(IMAGE, "printf", "one\\ntwo\\n")
    kleene.wait_log(container, "two")
    with open_stream(kleene, "/containers/logs", {"container": container, "tail": 1}) as stream:
        stream.starting()
        output, closed = stream.read_all()
    assert output == b"two\n" and closed.code == 1000
    assert closed.message()["msg_type"] == "closing"
    with open_stream(kleene, "/containers/logs", {"container": "no-such"}) as stream:
        output, closed = stream.read_all()
    assert output == b"" and closed.code == 1011 and "no-such" in closed.message()["message"]


def test_images_are_created(bare):
    url = f"file://{bare.system.archive()}"
    config = {"method": "fetch", "url": url, "tag": "made", "progress": True}
    with open_stream(bare, "/images/create", config) as stream:
        stream.starting()
        output, closed = stream.read_all()
    (image,) = bare.images()
    assert output and closed.code == 1000
    assert closed.message() == {"msg_type": "closing", "message": "image created", "data": image["id"]}
    with open_stream(bare, "/images/create", {**config, "url": url + ".none"}) as stream:
        closed = stream.read_all()[1]
    assert closed.code == 1011 and closed.message()["msg_type"] == "error"
    assert len(bare.images()) == 1


def test_output_of_builds(kleene, tmp_path):
    """What is no UTF-8 comes as it is."""
    context = Context(str(tmp_path / "context"))
    context.dockerfile(f"FROM {IMAGE}", "RUN printf '\\377\\376'")
    config = {"context": context.directory, "tag": "made"}
    with open_stream(kleene, "/images/build", config) as stream:
        stream.starting()
        frames = []
        with pytest.raises(ws.Closed) as closed:
            while True:
                frames.append(stream.read())
    assert closed.value.code == 1000
    assert (ws.BINARY, b"\xff\xfe") in frames and frames[0][0] == ws.TEXT


def test_too_many_at_once(kleene):
    """Beyond its limit the daemon refuses, and serves again when there is less to do."""
    options = ["-J", "stop.timeout=1000"]
    container = kleene.detached(*options, IMAGE, "sh", "-c", "trap '' TERM; echo; sleep 1000")
    kleene.wait_log(container, "\n")
    waiting = [api.Connection(kleene.socket) for _ in range(300)]

    def refused():
        status, _, answer = kleene.api.request("GET", "/containers/list")
        if status == 503:
            assert "too many" in json.loads(answer)["message"]
        return status == 503

    try:
        for connection in waiting:  # the first stops it, the others wait for that
            connection.request("POST", f"/containers/{container}/stop")
        wait_until(refused, "a request to be refused")
        (warden,) = kleene.system.wardens()
        kleene.system.end_container(warden)
    finally:
        for connection in waiting:
            connection.close()
    wait_until(lambda: not refused(), "the daemon to serve again")
    kleene.wait_status(container, "exited (137)")
