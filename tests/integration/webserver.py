# SPDX-License-Identifier: BSD-2-Clause
"""A small web server on 127.0.0.1 that serves files, well and badly."""

import http.server
import os
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kind, _, name = self.path[1:].partition("/")
        if kind in ("file", "cut", "stall") and name in self.server.files:
            self.send_file(kind, self.server.files[name])
        elif kind == "redirect":
            self.redirect(f"/file/{name}")
        elif kind == "to-disk" and name in self.server.files:
            self.redirect(f"file://{self.server.files[name]}")
        elif kind == "circle":
            self.redirect(self.path)
        else:
            self.send_error(404)

    def redirect(self, where):
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_file(self, kind, path):
        with open(path, "rb") as file:
            data = file.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if kind == "file":
            self.wfile.write(data)
            return
        self.wfile.write(data[: len(data) // 2])
        self.wfile.flush()
        if kind == "stall":
            self.server.stalled.set()
            self.server.go_on.wait()
        self.close_connection = True

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {}
        self.stalled = threading.Event()
        self.go_on = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self.thread.start()

    def url(self, kind, path):
        """kind: file, cut (half of it), stall (half of it, then nothing), redirect, to-disk."""
        name = os.path.basename(path)
        self.files[name] = path
        return f"http://127.0.0.1:{self.server_port}/{kind}/{name}"

    def end(self):
        self.go_on.set()
        self.shutdown()
        self.thread.join()
        self.server_close()
