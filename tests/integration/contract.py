# SPDX-License-Identifier: BSD-2-Clause
"""
What was agreed on, as data: what klee understands and how it ends, what the API answers, what
streams send. The product may have more. test_contract.py compares it with the product's own
tables; rows.py looks whether all of both is tested.
"""

GLOBAL_OPTIONS = (
    "--config --theme --host --tlsverify --no-tlsverify --tlscert --tlskey --tlscacert --version --help"
)
ENVIRONMENT = (
    "KLEE_CONFIG KLEE_THEME KLEE_HOST KLEE_TLS_VERIFY KLEE_TLS_CERT KLEE_TLS_KEY KLEE_TLS_CACERT "
    "NO_COLOR"
)

PROCESS = "-u --user -e --env"
OF_BUILD = (
    f"{PROCESS} --env-file -m --mount -J --jailparam -l --driver -n --network --ip --ip6 --name "
    "-p --publish"
)
OF_CREATE = f"{OF_BUILD} -P --persist --restart"
ATTACHING = "-d --detach -i --interactive -t --tty"

# command → arguments, options
COMMANDS = {
    "container create": ("IMAGE [COMMAND]...", OF_CREATE),
    "container run": ("IMAGE [COMMAND]...", f"{OF_CREATE} {ATTACHING} --rm -q --quiet"),
    "container start": ("CONTAINER...", ATTACHING),
    "container exec": ("CONTAINER COMMAND...", f"{ATTACHING} {PROCESS} --start"),
    "container stop": ("CONTAINER...", ""),
    "container restart": ("CONTAINER...", ""),
    "container rm": ("CONTAINER...", "-f --force"),
    "container ls": ("", "-a --all --format"),
    "container inspect": ("CONTAINER", "--format"),
    "container prune": ("", "-f --force"),
    "container rename": ("CONTAINER NEW_NAME", ""),
    "container update": (
        "CONTAINER [COMMAND]...", f"--name {PROCESS} -J --jailparam -P --persist --restart"
    ),
    "container logs": ("CONTAINER", "-f --follow --tail --timestamps"),
    "image create": (
        "METHOD [SOURCE]",
        "-t --tag --dns --no-dns --localtime --no-localtime --update --no-update -a --autotag "
        "--no-autotag",
    ),
    "image build": ("PATH", f"{OF_BUILD} --from -f --file -t --tag -q --quiet --rm --build-arg"),
    "image ls": ("", "--format"),
    "image inspect": ("IMAGE", "--format"),
    "image rm": ("IMAGE...", ""),
    "image tag": ("IMAGE NAMETAG", "-f --force"),
    "image prune": ("", "-a --all -f --force"),
    "network create": (
        "NAME",
        "-t --type -i --interface --subnet --subnet6 --gw --gw6 --nat --no-nat --nat-if --icc --no-icc "
        "--internal --driver",
    ),
    "network connect": ("NETWORK CONTAINER", "--ip --ip6"),
    "network disconnect": ("NETWORK CONTAINER", ""),
    "network ls": ("", "--format"),
    "network inspect": ("NETWORK", "--format"),
    "network rm": ("NETWORK...", "-f --force"),
    "network prune": ("", "-f --force"),
    "volume create": ("[NAME]", ""),
    "volume ls": ("", "--format"),
    "volume inspect": ("VOLUME", "--format"),
    "volume rm": ("VOLUME...", "-f --force"),
    "volume prune": ("", "-f --force"),
}

SHORTCUTS = {
    "build": "image build", "create": "container create", "exec": "container exec",
    "restart": "container restart", "run": "container run", "start": "container start",
    "stop": "container stop",
    **{
        f"{short}{group[0]}": f"{group} {command}"
        for short, command in (("is", "inspect"), ("ls", "ls"), ("rm", "rm"))
        for group in ("container", "image", "network", "volume")
    },
}

# values that have a meaning of their own
VALUES = {
    "--theme": "fancy simple",
    "container ls --format": "json table",
    "container run --restart": "no on-startup always unless-stopped on-failure on-failure:N",
    "container run --driver": "ipnet host vnet disabled",
    "container run --network": "host NAME",
    "image create METHOD": "fetch fetch-auto zfs-copy zfs-clone",
    "network create --type": "loopback bridge custom",
    "network create --driver": "ipnet vnet",
    "network create --gw": "auto IP ''",
    "network create --gw6": "auto IP ''",
}

# Beside 0; 2, wrong usage; and 125, no daemon: 1, failed for at least one of its arguments.
ARGUMENT_FAILS = """
    container start, container stop, container restart, container rm, container inspect,
    container rename, container update, image inspect, image rm, image tag, network connect,
    network disconnect, network inspect, network rm, volume inspect, volume rm
"""
# and what a process has made of it: its own code, that of a signal, cannot be executed, is not there
ATTACHED = ("container run", "container start", "container exec")
OF_PROCESSES = {"its own": (3,), "128 + signal": (137, 143), "126": (126,), "127": (127,)}

# endpoint → body, answer, status of success, statuses of what fails
ENDPOINTS = {
    "POST /containers/create": ("ContainerConfig", "IdResponse", 201, (400, 404)),
    "GET /containers/list": (None, "[ContainerSummary]", 200, (400,)),
    "GET /containers/{id}/inspect": (None, "ContainerInspect", 200, (404,)),
    "POST /containers/{id}/stop": (None, "IdResponse", 200, (404,)),
    "POST /containers/{id}/kill": (None, "IdResponse", 200, (400, 404, 409)),
    "POST /containers/{id}/update": ("ContainerConfig", "IdResponse", 201, (400, 404, 409)),
    "DELETE /containers/{id}": (None, "IdResponse", 200, (404, 409)),
    "POST /containers/prune": (None, "[string]", 200, ()),
    "POST /exec/create": ("ExecConfig", "IdResponse", 201, (400, 404)),
    "POST /exec/{id}/stop": (None, "IdResponse", 200, (400, 404)),
    "POST /exec/{id}/resize": (None, None, 200, (400, 404)),
    "GET /images/list": (None, "[Image]", 200, ()),
    "GET /images/{id}/inspect": (None, "Image", 200, (404,)),
    "POST /images/{id}/tag": (None, "IdResponse", 200, (400, 404)),
    "DELETE /images/{id}": (None, "IdResponse", 200, (404,)),
    "POST /images/prune": (None, "[string]", 200, (400,)),
    "POST /networks/create": ("NetworkConfig", "IdResponse", 201, (400, 409)),
    "GET /networks/list": (None, "[Network]", 200, ()),
    "GET /networks/{id}/inspect": (None, "NetworkInspect", 200, (404,)),
    "DELETE /networks/{id}": (None, "IdResponse", 200, (404,)),
    "POST /networks/prune": (None, "[string]", 200, ()),
    "POST /networks/connect": ("EndPointConfig", None, 204, (400, 404, 409)),
    "POST /networks/{id}/disconnect/{container}": (None, None, 204, (404, 409)),
    "POST /volumes/create": ("VolumeConfig", "IdResponse", 201, (400, 404)),
    "GET /volumes/list": (None, "[Volume]", 200, ()),
    "GET /volumes/{name}/inspect": (None, "VolumeInspect", 200, (404,)),
    "DELETE /volumes/{name}": (None, "IdResponse", 200, (404,)),
    "POST /volumes/prune": (None, "[string]", 200, ()),
    "GET /openapi.json": (None, None, 200, ()),
}
# what generated clients make the names of their functions of
OPERATIONS = {
    "Container.List": "GET /containers/list", "Container.Create": "POST /containers/create",
    "Container.Remove": "DELETE /containers/{id}", "Container.Stop": "POST /containers/{id}/stop",
    "Container.Update": "POST /containers/{id}/update", "Container.Prune": "POST /containers/prune",
    "Container.Inspect": "GET /containers/{id}/inspect", "Exec.Create": "POST /exec/create",
    "Exec.Stop": "POST /exec/{id}/stop", "ExecStartWebSocket": "GET /exec/start",
    "Image.List": "GET /images/list", "Image.Remove": "DELETE /images/{id}",
    "Image.Tag": "POST /images/{id}/tag", "Image.Prune": "POST /images/prune",
    "Image.Inspect": "GET /images/{id}/inspect", "ImageBuild": "GET /images/build",
    "ImageCreate": "GET /images/create", "Network.Create": "POST /networks/create",
    "Network.List": "GET /networks/list", "Network.Remove": "DELETE /networks/{id}",
    "Network.Prune": "POST /networks/prune", "Network.Connect": "POST /networks/connect",
    "Network.Disconnect": "POST /networks/{id}/disconnect/{container}",
    "Network.Inspect": "GET /networks/{id}/inspect", "Volume.List": "GET /volumes/list",
    "Volume.Create": "POST /volumes/create", "Volume.Remove": "DELETE /volumes/{name}",
    "Volume.Prune": "POST /volumes/prune", "Volume.Inspect": "GET /volumes/{name}/inspect",
}
PARAMETERS = {
    "GET /containers/list": "all size", "GET /containers/{id}/inspect": "size",
    "GET /images/list": "size", "GET /images/{id}/inspect": "size", "GET /volumes/list": "size",
    "GET /volumes/{name}/inspect": "size", "POST /exec/{id}/stop": "force_stop stop_container",
    "POST /exec/{id}/resize": "rows cols", "POST /images/{id}/tag": "nametag unused add",
    "DELETE /containers/{id}": "volumes", "DELETE /networks/{id}": "unused", "DELETE /volumes/{name}": "unused", "DELETE /images/{id}": "unused",
    "POST /containers/{id}/stop": "timeout", "POST /containers/{id}/kill": "signal",
    "POST /images/prune": "all",
}

# s string, b boolean, i integer, o object, […] a list of it
CONTAINER = (
    "id:s name:s image_id:s cmd:[s] user:s env:[s] jail_param:[s] network_driver:s persist:b "
    "restart_policy:s public_ports:[PublishedPort] dataset:s created:s running:b"
)
NETWORK = (
    "name:s type:s subnet:s subnet6:s interface:s gateway:s gateway6:s nat:s icc:b internal:b driver:s"
)
PORT = "interfaces:[s] host_port:s container_port:s protocol:s"
MOUNT = "type:s source:s destination:s read_only:b"
SCHEMAS = {
    "ContainerConfig": (
        "name:s image:s cmd:[s] user:s env:[s] mounts:[MountPointConfig] jail_param:[s] persist:b "
        "restart_policy:s network_driver:s public_ports:[PublishedPortConfig]"
    ),
    "Container": CONTAINER,
    "ContainerSummary": f"{CONTAINER} image_name:s image_tag:s jid:i",
    "ContainerInspect": (
        "container:Container container_endpoints:[EndPoint] container_mountpoints:[MountPoint]"
    ),
    "ExecConfig": "container_id:s cmd:[s] env:[s] user:s tty:b",
    "ExecStartConfig": "exec_id:s attach:b start_container:b",
    "Image": "id:s name:s tag:s created:s cmd:[s] env:[s] user:s dataset:s instructions:[[s]]",
    "ImageBuildConfig": (
        "context:s dockerfile:s tag:s quiet:b cleanup:b buildargs:o container_config:ContainerConfig "
        "networks:[EndPointConfig]"
    ),
    "ImageCreateConfig": (
        "method:s url:s zfs_dataset:s tag:s autotag:b dns:b localtime:b update:b force:b"
    ),
    "NetworkConfig": NETWORK,
    "Network": f"id:s {NETWORK}",
    "NetworkInspect": "network:Network network_endpoints:[EndPoint]",
    "EndPointConfig": "network:s container:s ip_address:s ip_address6:s",
    "EndPoint": "id:s network_id:s container_id:s ip_address:s ip_address6:s epair:s",
    "PublishedPortConfig": PORT,
    "PublishedPort": f"{PORT} ip_address:s ip_address6:s",
    "MountPointConfig": MOUNT,
    "MountPoint": f"{MOUNT} container_id:s",
    "Volume": "name:s dataset:s mountpoint:s created:s",
    "VolumeInspect": "volume:Volume mountpoints:[MountPoint]",
    "VolumeConfig": "name:s",
    "IdResponse": "id:s",
    "ErrorResponse": "message:s",
    "WebSocketMessage": "msg_type:s message:s data:s",
}

# stream → its first frame, the frames there are
SENT = "starting, close 1000 closing, close 1002 error, close 1011 error, text"
STREAMS = {
    "/exec/start": (
        "ExecStartConfig",
        f"configuration, input as text, input, end of input, {SENT}, binary, close 1001 closing",
    ),
    "/images/create": ("ImageCreateConfig", f"configuration, {SENT}"),
    "/images/build": ("ImageBuildConfig", f"configuration, {SENT}, binary"),
}
