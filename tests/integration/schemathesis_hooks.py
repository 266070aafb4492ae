# SPDX-License-Identifier: BSD-2-Clause
"""
What schemathesis has to know beside the description: which objects there are, and what is a name,
a variable or a subnet. Without that nearly all of its requests would end at the first check. Every
second request of the right types is made so; all others stay as random as they were.

It runs in schemathesis' own process, and writes which answers there were, how often.
"""

import atexit
import collections
import datetime
import json
import os
import threading

import hypothesis
import schemathesis
from hypothesis import strategies as st

# most of the time would go into looking for inputs that are slower, or smaller
hypothesis.settings.register_profile(
    "kleene", phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate]
)
hypothesis.settings.load_profile("kleene")

# what test_openapi.py keeps there
IMAGE = "FreeBSD-13.2-RELEASE"
NAMES = {
    "containers": ["one", "busy", "web"],
    "images": [IMAGE, f"{IMAGE}:latest", "other:v1"],
    "networks": ["net", "lan", "inner"],
    "volumes": ["archive", "v1"],
    "exec": ["0123456789ab"],
    "container": ["one", "busy", "web"],
}
ENV = [["A=1"], ["A=1", "EMPTY="]]
JAIL_PARAM = [["allow.raw_sockets"], ["mount.nodevfs", "host.hostname=there"]]
MOUNTS = [
    [{"type": "volume", "source": "v1", "destination": "/v"}],
    [{"type": "nullfs", "source": "/etc", "destination": "/e", "read_only": True}],
]
PORTS = [
    [{"host_port": "8080", "container_port": "80"}],
    [{"host_port": "9000:9009", "container_port": "9000:*", "protocol": "udp", "interfaces": ["eth0"]}],
    [{"host_port": "0", "container_port": "80", "interfaces": ["127.0.0.1", "::1"]}],
]
CONFIG = {
    "cmd": [["true"], ["sleep", "1"]], "user": ["", "root"], "env": ENV, "mounts": MOUNTS,
    "jail_param": JAIL_PARAM, "persist": [True, False], "public_ports": PORTS,
    "restart_policy": ["no", "on-startup", "always", "on-failure:3", "unless-stopped"],
    "network_driver": ["ipnet", "host", "vnet", "disabled"], "memory": [0, 1 << 26], "pids": [0, 64],
    "cpus": [0, 0.5],
}
# for each endpoint the fields that are always there, and some that may be
BODIES = {
    "POST /containers/create": ({"image": [IMAGE]}, {"name": ["web", "two"], **CONFIG}),
    "POST /containers/{id}/update": ({}, {"name": ["one", "web", "new"], **CONFIG}),
    "POST /exec/create": (
        {"container_id": NAMES["containers"], "cmd": [["true"]]},
        {"env": ENV, "user": ["", "root"], "tty": [True, False]},
    ),
    "POST /networks/create": (
        {"name": NAMES["networks"], "subnet": ["10.71.1.0/24", "10.71.2.0/29", "10.71.3.0/30"]},
        {
            "type": ["loopback", "bridge"], "subnet6": ["fd71:1::/64"], "internal": [True, False],
            "icc": [True, False], "nat": ["", "<host-gateway>"], "driver": ["ipnet", "vnet"],
            "gateway": ["", "<auto>"],
        },
    ),
    "POST /networks/connect": (
        {"network": NAMES["networks"], "container": NAMES["containers"]},
        {"ip_address": ["<auto>", "", "10.71.1.9", "10.71.2.3"], "ip_address6": ["<auto>", ""]},
    ),
    "POST /volumes/create": ({}, {"name": NAMES["volumes"]}),
}


def one_of(fields):
    return {name: st.sampled_from(values) for name, values in fields.items()}


def body(label):
    always, sometimes = BODIES[label]
    return st.fixed_dictionaries(one_of(always), optional=one_of(sometimes))


def path_parameters(case):
    collection = case.operation.path.split("/")[1]
    return st.fixed_dictionaries(one_of(
        {name: NAMES.get(name, NAMES[collection]) for name in case.path_parameters}
    ))


def with_parts(case, parts):
    for name, value in parts.items():
        setattr(case, name, value)
    return case


@schemathesis.hook
def flatmap_case(context, case):
    if not case.meta or case.meta.generation.mode.is_negative:
        return st.just(case)
    parts = {}
    if case.path_parameters:
        parts["path_parameters"] = path_parameters(case)
    if case.operation.label in BODIES:
        parts["body"] = body(case.operation.label)
    if "nametag" in (case.query or {}):
        parts["query"] = st.just({"nametag": "other:v1"})
    meant = st.fixed_dictionaries(parts).map(lambda drawn: with_parts(case, drawn))
    return st.booleans().flatmap(lambda random: st.just(case) if random else meant)


ANSWERS = collections.Counter()
LOCK = threading.Lock()


def write_answers():
    with open(os.environ["KLEENE_ANSWERS"], "w", encoding="ascii") as file:
        json.dump(ANSWERS, file, indent=1, sort_keys=True)


# When it was last asked that an object go. What is made of its name afterwards is another object,
# but schemathesis, which sees the name alone, takes it for what should have gone.
ASKED_TO_GO = {}


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat()


def path_of_object(case):
    return "/".join(case.formatted_path.split("/")[:3])


def times(value):
    """All times of creation that an answer has."""
    if isinstance(value, dict):
        return [v for k, v in value.items() if k == "created"] + times(list(value.values()))
    return [time for item in value for time in times(item)] if isinstance(value, list) else []


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.method == "DELETE":
        ASKED_TO_GO[path_of_object(case)] = now()


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if type(failure).__name__ != "UseAfterFree":
        return True
    asked = ASKED_TO_GO.get(path_of_object(case), "")
    created = [time.replace("Z", "+00:00") for time in times(response.json())]
    return created != [] and max(created) < asked


@schemathesis.hook
def after_call(context, case, response):
    with LOCK:
        ANSWERS[f"{case.method} {case.operation.path} {response.status_code}"] += 1
        if sum(ANSWERS.values()) % 1000 == 0:
            write_answers()


atexit.register(write_answers)
