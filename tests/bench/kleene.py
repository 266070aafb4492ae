# SPDX-License-Identifier: BSD-2-Clause
"""A daemon of its own with the image "bench", on every host."""

import json
import os
import subprocess
import sys
import time

from measuring import TIMEOUT, Unusable, output


class Kleene:
    name = "klee"

    def __init__(self, place, root, archive, build, prefix=()):
        """root: for kleene_root. archive: the image "bench". prefix: before the daemon's command."""
        self.place = os.path.join(place, "kleene")
        os.mkdir(self.place)
        socket = os.path.join(self.place, "sock")
        config = os.path.join(self.place, "config.yaml")
        with open(config, "w") as file:
            file.write(f"kleene_root: {root}\nrun_dir: {self.place}/run\n"
                       f"instance: b{os.getpid()}x{len(prefix)}\nlog_file: {self.place}/log\n"
                       f"api_listening_sockets:\n  - address: \"http://{socket}\"\n")
        self.klee = os.path.join(build, "src/klee/klee")
        self.env = dict(os.environ, KLEE_HOST=f"http://{socket}",
                        KLEENE_WARDEN=os.path.join(build, "src/warden/warden"))
        self.daemon = subprocess.Popen(
            [*prefix, os.path.join(build, "src/kleened/kleened"), "--config", config], env=self.env)
        deadline = time.monotonic() + 20
        while True:
            try:
                output([self.klee, "lsc"], self.env)
                break
            except Unusable:
                if self.daemon.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        output([self.klee, "image", "create", "-t", "bench", "fetch", f"file://{archive}"], self.env)
        self.version = output([self.klee, "--version"], self.env).strip()
        self.settings = "a release build of this source"

    def command(self, *args):
        return [self.klee, *args]

    def close(self):
        if self.daemon.poll() is None:
            try:
                for c in json.loads(output([self.klee, "lsc", "-a", "--format", "json"], self.env)):
                    output([self.klee, "rmc", "-f", c["id"]], self.env)
            except Unusable as reason:
                print(f"bench: {reason}", file=sys.stderr)
            self.daemon.terminate()
            self.daemon.wait(TIMEOUT)
