# SPDX-License-Identifier: BSD-2-Clause
"""The archive of packages that this host's own apt uses; whatever host it is on, apt knows."""

import os
import shutil
import subprocess

PATIENCE = 10  # seconds until the archive counts as one that cannot be reached
HELPER = "/usr/lib/apt/apt-helper"
# the host's settings that a container's apt needs as well, where they are set
PROXY = "Acquire::http::Proxy"
SETTINGS = ("Acquire::Check-Valid-Until", "Acquire::Check-Date")


def output(*command):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=3 * PATIENCE, check=False,
    )
    return done.returncode, done.stdout.strip()


def why_unreachable(directory):
    """In words, or "" if packages can be had. directory: for what is fetched to see that."""
    for program in (HELPER, "apt-get", "mmdebstrap", "curl"):
        if shutil.which(program) is None:
            return f"{program} is not here"
    _, uris = output("apt-get", "--print-uris", "update")
    if not uris.startswith("'"):
        return "apt has no sources"
    uri = uris.split("'")[1]
    options = ["Acquire::Retries=0", f"Acquire::http::Timeout={PATIENCE}"]
    target = os.path.join(directory, "Release")
    try:
        code, said = output(HELPER, *[f"-o{o}" for o in options], "download-file", uri, target)
    except subprocess.TimeoutExpired:
        return f"{uri} does not answer"
    return "" if code == 0 else f"{uri} cannot be fetched: {said.splitlines()[-1:]}"


def setting(name):
    """What the host's apt is set to, "" if it is not."""
    _, value = output("apt-config", "dump", "--format", "%v%n", name)
    return value


def environment():
    """Options of klee with which a container's apt takes the way that the host's takes."""
    proxy = setting(PROXY) or os.environ.get("http_proxy", "")
    return ["-e", f"http_proxy={proxy}", "-e", f"https_proxy={proxy}"] if proxy else []


def configuration():
    """A file for /etc/apt/apt.conf.d."""
    values = {name: setting(name) for name in SETTINGS}
    return "".join(f'{name} "{value}";\n' for name, value in values.items() if value)
