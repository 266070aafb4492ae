# SPDX-License-Identifier: BSD-2-Clause
"""Timing the build of a real application that is all in the cache: nginx on Debian, and a page."""

import os
import subprocess
import sys

from measuring import Case, Unusable, measure, output, print_table

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "integration"))
import packages  # noqa: E402

INSTALLING = 600  # seconds
DOCKERFILE = """\
FROM debian
COPY apt.conf /walk/
RUN export APT_CONFIG=/walk/apt.conf DEBIAN_FRONTEND=noninteractive; apt-get -q update && \\
    apt-get -q install -y --no-install-recommends nginx
COPY index.html /var/www/html/
CMD ["/usr/sbin/nginx", "-g", "daemon off;"]
"""


def write_context(place):
    context = os.path.join(place, "context-application")
    os.mkdir(context)
    files = {
        "Dockerfile": DOCKERFILE, "apt.conf": packages.configuration(), "index.html": "<p>a page\n",
        ".dockerignore": "Dockerfile\n",
    }
    for name, text in files.items():
        with open(os.path.join(context, name), "w") as file:
            file.write(text)
    return context


def bench_application(kleene, place, rounds, limit):
    """Left out, in words, where no packages can be had."""
    context = write_context(place)
    build = kleene.command("build", "-q", "-l", "host", *packages.environment(), "-t", "web", context)
    try:
        reason = packages.why_unreachable(place)
        if reason:
            raise Unusable(reason)
        output(kleene.command("image", "create", "-t", "debian", "fetch-auto"), kleene.env, INSTALLING)
        output(build, kleene.env, INSTALLING)
    except (Unusable, subprocess.TimeoutExpired) as why:
        print(f"\nThe build of an application is left out: {why}")
        return
    prune = lambda: output(kleene.command("image", "prune", "-f"), kleene.env)
    case = Case("klee build, all in the cache", [build], kleene.env, prune)
    print_table("A build of nginx and a page on Debian", measure([case], rounds, limit))
