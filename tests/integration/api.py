# SPDX-License-Identifier: BSD-2-Clause
"""The API of kleened over its Unix socket."""

import http.client
import json
import socket

import recorded
import ws


class Error(Exception):
    """An answer that is no success."""

    def __init__(self, status, message):
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Client:
    def __init__(self, path):
        self.path = path

    def request(self, method, url, body=None, headers=None):
        """Returns status, headers and the body's bytes. A body that is no bytes is sent as JSON."""
        connection = Connection(self.path)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, url, body, headers)
            answer = connection.getresponse()
            data = answer.read()
            recorded.answer(method, url, answer.status)
            if url == "/openapi.json":
                recorded.description(data)
            return answer.status, answer.headers, data
        finally:
            connection.close()

    def call(self, method, url, body=None):
        """Returns the answer's JSON, or raises Error."""
        status, headers, data = self.request(method, url, body)
        answer = json.loads(data) if data else None
        if status >= 300:
            assert headers["Content-Type"].startswith("application/json"), headers
            assert list(answer) == ["message"], answer
            raise Error(status, answer["message"])
        return answer

    def get(self, url):
        return self.call("GET", url)

    def post(self, url, body=None):
        return self.call("POST", url, body)

    def delete(self, url):
        return self.call("DELETE", url)

    def websocket(self, url):
        return ws.WebSocket(self.path, url)

    def exec_create(self, container, *cmd, tty=False, env=(), user=""):
        config = {
            "container_id": container, "cmd": list(cmd), "tty": tty, "env": list(env), "user": user,
        }
        return self.post("/exec/create", config)["id"]

    def exec_start(self, exec_id, attach=True, start_container=True, **more):
        """Opens the stream of an execution instance; returns the WebSocket."""
        socket_ = self.websocket("/exec/start")
        socket_.send_json(
            {"exec_id": exec_id, "attach": attach, "start_container": start_container, **more}
        )
        return socket_
