# SPDX-License-Identifier: BSD-2-Clause
"""Options of containers: what each says holds for its processes, and is shown by inspect."""

import os
import re
import socket

import pytest

import api
from harness import IMAGE, PATIENCE, refused, wait_until

# says when it is ready, then what it is sent
HEARS = """
for name in HUP INT USR1 TERM; do trap "echo $name" $name; done
trap 'echo QUIT; exit 7' QUIT
echo ready
while :; do sleep 1000 & wait; done
"""


def hears(kleene, *options):
    container = kleene.detached(*options, IMAGE, "sh", "-c", HEARS)
    kleene.wait_log(container, "ready\n")
    return container


# ---- processes ----


def test_workdir(kleene):
    assert kleene.quiet(IMAGE, "pwd") == "/\n"
    assert kleene.quiet("-w", "/etc", IMAGE, "pwd") == "/etc\n"
    # made when missing, and the root's, whoever runs in it
    made = kleene.detached("-u", "alice", "--workdir", "/srv/app", IMAGE, "sleep", "1000")
    assert kleene.klee("exec", made, "pwd").lines[1] == "/srv/app"
    assert kleene.klee("exec", "-w", "/tmp", made, "pwd").lines[1] == "/tmp"
    assert kleene.klee("exec", "--workdir", "/tmp/new", "-u", "root", made, "pwd").lines[1] == "/tmp/new"
    assert kleene.klee("exec", made, "stat", "-c", "%u %a", "/srv/app").lines[1] == "0 755"
    assert kleene.inspect(made)["workdir"] == "/srv/app"
    refused(kleene.klee("create", "-w", "srv", IMAGE, check=None), 125, "workdir", "'srv'", "absolute")
    refused(kleene.klee("exec", "-w", "tmp", made, "pwd", check=None), 125, "workdir", "'tmp'")
    # a link of the container's leads no further than its root
    link = kleene.create("-w", "/link/there", IMAGE, "pwd", "-P")
    with_link = "ln -s ../../../../etc /link && mkdir /etc/there"
    kleene.klee("exec", "--start", "-w", "/", link, "sh", "-c", with_link)
    assert "\n/etc/there\n" in kleene.klee("start", link).out
    assert not os.path.exists("/etc/there")


def test_entrypoint(kleene):
    assert kleene.quiet("--entrypoint", "echo", IMAGE, "a", "b c") == "a b c\n"
    assert kleene.quiet("--entrypoint", '["echo", "-n", "x y"]', IMAGE, "z") == "x y z"
    container = kleene.create("--entrypoint", "echo", IMAGE)
    inspected = kleene.inspect(container)
    # what the image runs is no argument of another program
    assert (inspected["entrypoint"], inspected["cmd"]) == (["echo"], [])
    assert "\n\n" in kleene.klee("start", container).out
    kleene.klee("container", "update", "--entrypoint", "", container, "true")
    assert kleene.inspect(container)["entrypoint"] == []
    running = kleene.detached("--entrypoint", "sleep", IMAGE, "1000")
    assert kleene.klee("exec", running, "echo", "own").lines[1] == "own"
    bad = kleene.klee("create", "--entrypoint", "[1", IMAGE, check=None)
    refused(bad, 125, "--entrypoint", "JSON")


def test_groups(kleene):
    own = kleene.quiet(IMAGE, "id", "-G").split()
    options = ["--name", "grouped", "--group-add", "4242", "--group-add", "staff"]
    shown = kleene.quiet(*options, IMAGE, "id", "-G").split()
    assert sorted(shown) == sorted({*own, "4242", "50"})
    assert kleene.inspect("grouped")["group_add"] == ["4242", "staff"]
    missing = kleene.klee("run", "--group-add", "nobodys", IMAGE, "true", check=None)
    refused_in_run(missing, "no such group 'nobodys' in the container")


def refused_in_run(result, *words):
    """As refused, after the container's id."""
    assert result.code == 125, repr(result)
    (line,) = result.err.splitlines()
    for word in words:
        assert word in line, repr(result)


def test_ulimits(kleene):
    options = ["--ulimit", "nofile=77:88", "--ulimit", "core=0"]
    script = "ulimit -Sn; ulimit -Hn; ulimit -c"
    assert kleene.quiet("--name", "limited", *options, IMAGE, "sh", "-c", script) == "77\n88\n0\n"
    assert kleene.inspect("limited")["ulimits"] == ["nofile=77:88", "core=0"]
    # the warden's own are not those: it writes the log, however little a process may write
    small = kleene.detached("--ulimit", "fsize=1", "--ulimit", "nofile=4", IMAGE, "sh", "-c", "echo long enough")
    kleene.wait_status(small, "exited (0)")
    assert kleene.logs(small) == "long enough\n"
    for wrong, words in {
        "nofile": ["NAME=SOFT[:HARD]"], "files=3": ["'files=3'", "nofile"], "nofile=x": ["whole number"],
        "nofile=5:4": ["above the hard one"], "nofile=1:2:3": ["whole number"],
    }.items():
        refused(kleene.klee("create", "--ulimit", wrong, IMAGE, check=None), 125, *words)


def test_labels(kleene):
    container = kleene.create("--label", "owner=me=too", "--label", "plain", IMAGE, "true")
    assert kleene.inspect(container)["labels"] == {"owner": "me=too", "plain": ""}
    kleene.klee("container", "update", "--label", "owner=you", container)
    assert kleene.inspect(container)["labels"]["owner"] == "you"
    started = kleene.detached("--label", "b", "--label", "b=c", IMAGE, "true")
    assert kleene.inspect(started)["labels"] == {"b": "c"}
    refused(kleene.klee("create", "--label", "=x", IMAGE, check=None), 125, "--label", "'=x'")


# ---- ending ----


def test_stop_signal_and_time(kleene):
    container = hears(kleene, "--stop-signal", "quit", "--stop-timeout", "1000")
    inspected = kleene.inspect(container)
    assert (inspected["stop_signal"], inspected["stop_timeout"]) == ("quit", 1000)
    kleene.klee("stop", container)
    assert kleene.logs(container) == "ready\nQUIT\n"
    assert kleene.inspect(container)["status"] == "exited (7)"
    # who hears nothing but SIGKILL ends, after no time at all
    container = hears(kleene, "--stop-timeout", "1000")
    kleene.klee("stop", "-t", "0", container)
    assert (kleene.logs(container), kleene.inspect(container)["exit_code"]) == ("ready\n", 137)
    container = hears(kleene, "--stop-timeout", "1000")
    kleene.klee("restart", "-t", "0", container)
    kleene.wait_log(container, "ready\nready")
    kleene.klee("restart", "--time", "0", container)
    kleene.wait_log(container, "ready\nready\nready")
    kleene.klee("stop", "-t", "0", container)
    container = hears(kleene, "--stop-timeout", "0")
    kleene.klee("stop", container)
    assert (kleene.logs(container), kleene.inspect(container)["exit_code"]) == ("ready\n", 137)
    container = hears(kleene, "--stop-timeout", "0", "--stop-signal", "SIGQUIT")
    kleene.klee("stop", "--time", "1000", container)
    assert kleene.inspect(container)["exit_code"] == 7
    for option, wrong in {"--stop-signal": "BOOM", "--stop-timeout": "-1"}.items():
        refused(kleene.klee("create", option, wrong, IMAGE, check=None), 125, wrong)
    refused(kleene.klee("stop", "-t", "soon", container, check=None), 125, "--time", "'soon'")
    with pytest.raises(api.Error) as error:
        kleene.api.post(f"/containers/{container}/stop?timeout=-1")
    assert "-1" in str(error.value)


def test_kill(kleene):
    container = hears(kleene, "--restart", "always")
    for signal in ("HUP", "sigusr1", "2"):
        assert kleene.klee("container", "kill", "-s", signal, container).lines == [container]
    kleene.wait_log(container, "ready\nHUP\nUSR1\nINT\n")
    # KILL ends it as a stop does: its policy does not start it again
    assert kleene.klee("container", "kill", container).lines == [container]
    assert kleene.inspect(container)["status"] == "exited (137)"
    refused(kleene.klee("container", "kill", container, check=None), 1, "container not running")
    refused(kleene.klee("container", "kill", "--signal", "x", container, check=None), 1, "no signal 'x'")
    refused(kleene.klee("container", "kill", "nobody", check=None), 1, "nobody")


@pytest.mark.parametrize("quiet", ["-q", "--quiet"])
def test_kill_by_the_interface(kleene, quiet):
    container = hears(kleene)
    assert kleene.klee("container", "kill", quiet, "-s", "HUP", container).out == ""
    assert kleene.api.post(f"/containers/{container}/kill?signal=USR1") == {"id": container}
    kleene.wait_log(container, "ready\nHUP\nUSR1\n")
    assert kleene.api.post(f"/containers/{container}/kill?signal=KILL") == {"id": container}
    assert kleene.inspect(container)["status"] == "exited (137)"
    with pytest.raises(api.Error) as error:
        kleene.api.post(f"/containers/{container}/kill?signal=KILL")
    assert error.value.status == 409 and "not running" in str(error.value)


def test_kill_is_for_the_process_the_container_was_started_for(kleene):
    container = hears(kleene)
    other = "trap 'echo other' HUP; echo set; while :; do sleep 1000 & wait; done"
    kleene.klee("exec", "-d", container, "sh", "-c", other)
    kleene.wait_log(container, "ready\nset\n")
    kleene.klee("container", "kill", "-s", "HUP", container)
    kleene.wait_log(container, "ready\nset\nHUP\n")
    # it ends, and the other goes on: then that gets it
    kleene.klee("container", "kill", "-s", "QUIT", container)
    kleene.wait_log(container, "ready\nset\nHUP\nQUIT\n")

    def heard():
        kleene.klee("container", "kill", "-s", "HUP", container)
        return "QUIT\nother\n" in kleene.logs(container)

    wait_until(heard, "the other to hear it")


# ---- update ----


def test_update_of_variables(kleene):
    container = kleene.create("-e", "A=1", "-e", "B=2", IMAGE, "env")

    def env(*options):
        kleene.klee("container", "update", *options, container)
        return kleene.inspect(container)["env"]

    assert env("-e", "B=3", "-e", "C=4") == ["A=1", "B=3", "C=4"]
    assert env("--env-clear", "-e", "D=5") == ["D=5"]
    assert env("--env-clear") == []
    # and a client of the published interface replaces them
    kleene.api.post(f"/containers/{container}/update", {"env": ["X=1"]})
    assert kleene.inspect(container)["env"] == ["X=1"]


def test_update_of_mounts(kleene):
    container = kleene.create("-m", "old:/old", IMAGE, "sh", "-c", "echo new > /new/file; ls /")
    kleene.klee("container", "update", "-m", "new:/new", container)
    # the published client sends an empty list with whatever it changes
    kleene.api.post(f"/containers/{container}/update", {"mounts": [], "public_ports": []})
    listed = kleene.klee("start", container).lines
    assert "new" in listed and "old" not in listed
    kleene.klee("container", "update", container, "sleep", "1000")
    kleene.klee("start", "-d", container)
    refused(kleene.klee("container", "update", "-m", "x:/x", container, check=None), 1, "mounts", "stopped")


def test_update_of_ports(networked):
    networked.network("net", "--subnet", "10.20.30.0/24")
    container = networked.create("-n", "net", "-p", "8080:80", IMAGE, "true")

    def ports(*options):
        networked.klee("container", "update", *options, container)
        return [(p["host_port"], p["container_port"]) for p in networked.inspect(container)["public_ports"]]

    assert ports("-p", "8081:81", "-p", "8082:82") == [("8081", "81"), ("8082", "82")]
    assert ports("--publish", "8080:80") == [("8080", "80")]
    assert ports("--label", "a=b") == [("8080", "80")]


# ---- surroundings ----


def test_path_is_that_of_a_login(kleene):
    path = kleene.quiet(IMAGE, "sh", "-c", "echo $PATH").strip()
    assert path == kleene.system.login_path


# ---- mounts ----


def points(kleene, container):
    found = kleene.api.get(f"/containers/{container}/inspect")["container_mountpoints"]
    return sorted((p["destination"], p["type"], p["source"], p["read_only"]) for p in found)


def test_mounts_in_words(kleene, tmp_path):
    source = tmp_path / "with:colon"
    source.mkdir()
    (source / "file").write_text("here\n")
    options = [
        "--mount", f"type=bind,source={source},target=/a:b,readonly", "--mount", "type=volume,src=vol,dst=/v",
        "-v", "other:/o:ro", "--mount", "type=tmpfs,destination=/t,tmpfs-size=64k,tmpfs-mode=0700",
    ]
    script = "cat /a:b/file; stat -c %a /t; df -k /t | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2; touch /v/x; touch /a:b/x"
    done = kleene.klee("run", "-q", "--name", "mounted", *options, IMAGE, "sh", "-c", script, check=1)
    assert done.out == "here\n700\n64\n"
    assert points(kleene, "mounted") == [
        ("/a:b", "nullfs", str(source), True), ("/o", "volume", "other", True), ("/t", "tmpfs", "", False),
        ("/v", "volume", "vol", False),
    ]
    assert os.listdir(kleene.volume("vol")) == ["x"]
    for wrong, words in {
        "type=bind,source=/x": ["destination is missing"], "type=ext4,source=/x,target=/y": ["types are"],
        "type=bind,target=/y": ["source is missing"], "type=tmpfs,source=/x,target=/y": ["no source"],
        "type=bind,source=/x,target=/y,size=3": ["unknown key 'size'"], "/a:/b:/c": ["type=bind"],
        "type=bind,source=/x,target=y": ["absolute"], "type=bind,source=/x,target=/y,ro=maybe": ["true or false"],
        "type=bind,source=/x,target=/y,bind-propagation=shared": ["private"],
    }.items():
        refused(kleene.klee("create", "-v", wrong, IMAGE, check=None), 125, "--mount", *words)


def test_tmpfs(kleene):
    script = ("echo x > /t/file && cat /t/file; stat -c %a /t /r; df -k /r | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2;"
              " cp /bin/busybox /t/true && /t/true; cp /bin/busybox /n/true && /n/true || echo not executed; touch /r/x")
    options = ["--tmpfs", "/t", "--tmpfs", "/r:ro,size=64k,mode=0700", "--tmpfs", "/n:noexec"]
    done = kleene.klee("run", "-q", *options, IMAGE, "sh", "-c", script, check=1)
    assert done.out == "x\n1777\n700\n64\nnot executed\n"
    assert "Read-only file system" in done.err
    for wrong, words in {"t": ["absolute"], "/t:size=much": ["size=much"], "/t:suid": ["suid"]}.items():
        refused(kleene.klee("create", "--tmpfs", wrong, IMAGE, check=None), 125, *words)


# ---- what is Linux's ----


def linux_alone(kleene):
    if kleene.system.name != "Linux":
        pytest.skip("jails have all ids")


def linux(kleene, *words):
    """On the host that cannot, the option is refused in one line."""
    if kleene.system.name != "Linux":
        refused(kleene.klee("create", *words, IMAGE, check=None), 125, "FreeBSD")
        pytest.skip("refused, in words")


def test_socket_of_the_host(kleene, tmp_path):
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        linux(kleene, "-v", f"{path}:/run/s")
        server.listen()
        server.settimeout(PATIENCE)
        client = kleene.detached("-v", f"{path}:/run/s", IMAGE, "attempt", "connect-socket", "/run/s")
        server.accept()[0].close()
        kleene.wait_log(client, "done\n")


def test_device(kleene):
    linux(kleene, "--device", "/dev/null")
    options = ["--name", "has", "--device", "/dev/null:/dev/nothing", "--device", "/dev/zero:/srv/z:rwm"]
    script = ("echo gone > /dev/nothing && head -c 2 /srv/z | od -An -tx1; chmod 0707 /dev/nothing; chown 5 /dev/nothing;"
              " stat -c '%F %t:%T %a %u' /dev/nothing; stat -c '%F %t:%T' /srv/z")
    before = os.stat("/dev/null")
    lines = kleene.quiet(*options, IMAGE, "sh", "-c", script).splitlines()
    assert lines[0].split() == ["00", "00"]
    assert lines[1:] == ["character special file 1:3 707 5", "character special file 1:5"]
    # what is done to the node is not done to the host's
    after = os.stat("/dev/null")
    assert (after.st_mode, after.st_uid) == (before.st_mode, before.st_uid)
    assert kleene.inspect("has")["devices"] == ["/dev/null:/dev/nothing", "/dev/zero:/srv/z:rwm"]
    for wrong, words in {
        "/dev/null:/x:r": ["reading and writing"], "/dev/none": ["no device /dev/none"], "/etc/passwd": ["no device"],
        "null": ["absolute"], "/dev/null:/../x": ["absolute"],
    }.items():
        refused(kleene.klee("create", "--device", wrong, IMAGE, check=None), 125, *words)
    refused(kleene.klee("create", "-v", "/dev/null:/x", IMAGE, check=None), 125, "device")


def test_read_only(kleene):
    linux(kleene, "--read-only")
    script = "for d in / /etc /tmp /v /dev/shm; do touch $d/x 2> /dev/null && echo $d; done; true"
    options = ["--name", "ro", "--read-only", "--tmpfs", "/tmp", "-v", "v:/v"]
    assert kleene.quiet(*options, IMAGE, "sh", "-c", script) == "/tmp\n/v\n/dev/shm\n"
    assert kleene.inspect("ro")["read_only"] is True
    remount = "mount -o remount,rw / 2> /dev/null; touch /x 2> /dev/null || echo no"
    assert kleene.quiet("--read-only", IMAGE, "sh", "-c", remount) == "no\n"
    # the daemon's own files, in memory or on its disk
    append = "for f in hosts resolv.conf; do cat /etc/$f > /dev/null; true >> /etc/$f && echo $f; done 2> /dev/null; echo end"
    kleene.network("ro", "-t", "bridge")
    for driver in (["-l", "host"], ["-l", "vnet", "-n", "ro"]):
        assert kleene.quiet("--rm", "--read-only", *driver, IMAGE, "sh", "-c", append) == "end\n"
    kleene.remove_networks()


CAPABILITIES = "sed -n 's/^Cap\\(Eff\\|Bnd\\):[^0-9a-f]*//p' /proc/self/status"


def capabilities(kleene, *options):
    """The effective ones of root, and those that any process can get."""
    effective, bounding = kleene.quiet(*options, IMAGE, "sh", "-c", CAPABILITIES).split()
    assert effective == bounding
    return int(effective, 16)


def test_capabilities_given_and_taken(kleene):
    linux(kleene, "--cap-drop", "ALL")
    chown, net_raw, audit_write = 1 << 0, 1 << 13, 1 << 29
    usual = capabilities(kleene)
    assert usual & chown and usual & audit_write and not usual & net_raw
    assert capabilities(kleene, "--cap-drop", "CHOWN") == usual & ~chown
    assert capabilities(kleene, "--cap-drop", "ALL", "--cap-add", "CAP_CHOWN") == chown
    own = ["--driver", "disabled"]
    assert capabilities(kleene, *own, "--cap-add", "net_raw") == usual | net_raw
    for add, words in {
        "SYS_ADMIN": ["SYS_ADMIN", "allow.mount"], "ALL": ["singly"], "BOGUS": ["no capability 'BOGUS'"],
        "SYS_PTRACE": ["first process"], "SYS_NICE": ["first process"], "SYS_RESOURCE": ["--ulimit"],
        "NET_ADMIN": ["vnet"], "NET_RAW": ["host", "allow.raw_sockets"], "SYS_MODULE": ["power over the host"],
    }.items():
        refused(kleene.klee("create", "--driver", "host", "--cap-add", add, IMAGE, check=None), 125, *words)
    refused(kleene.klee("create", "--cap-drop", "BOGUS", IMAGE, check=None), 125, "BOGUS")


def test_shared_memory(kleene):
    linux(kleene, "--shm-size", "1M")
    size = "df -k /dev/shm | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2"
    assert kleene.quiet(IMAGE, "sh", "-c", size) == "65536\n"
    assert kleene.quiet("--name", "shm", "--shm-size", "1.5M", IMAGE, "sh", "-c", size) == "1536\n"
    assert kleene.inspect("shm")["shm_size"] == 3 << 19
    refused(kleene.klee("create", "--shm-size", "big", IMAGE, check=None), 125, "--shm-size", "'big'")


def test_sysctls_of_the_container(kleene):
    linux(kleene, "--sysctl", "kernel.shmmax=1")
    options = ["--name", "set", "--driver", "disabled", "--sysctl", "net.ipv4.ip_default_ttl=77",
               "--sysctl", "kernel.msgmax=4096"]
    read = "cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/msgmax"
    with open("/proc/sys/kernel/msgmax", encoding="ascii") as file:
        before = file.read()
    assert kleene.quiet(*options, IMAGE, "sh", "-c", read) == "77\n4096\n"
    with open("/proc/sys/kernel/msgmax", encoding="ascii") as file:
        assert file.read() == before
    assert kleene.inspect("set")["sysctls"] == {"net.ipv4.ip_default_ttl": "77", "kernel.msgmax": "4096"}
    for wrong, words in {
        "vm.swappiness=1": ["vm.swappiness", "whole host's"], "kernel.shmmaxx=1": ["whole host's"],
        "net.ipv4.ip_forward=1": ["driver host"], "net..x=1": ["NAME=VALUE"], "net/../vm=1": ["NAME=VALUE"],
    }.items():
        refused(kleene.klee("create", "--driver", "host", "--sysctl", wrong, IMAGE, check=None), 125, *words)
    refused(kleene.klee("create", "--sysctl", "net.x", IMAGE, check=None), 125, "--sysctl")


def test_counts_from_the_next_start(kleene):
    linux(kleene, "--read-only")
    container = kleene.detached(IMAGE, "sleep", "1000")
    refused(kleene.klee("container", "update", "--read-only", container, check=None), 1, "read_only", "stopped")
    kleene.klee("stop", "-t", "0", container)
    kleene.klee("container", "update", "--read-only", container, "touch", "/x")
    assert "Read-only" in kleene.klee("start", container, check=None).err


HIGH = 2 << 20  # what a container has without being asked for ends before


def test_ids_that_the_container_has_not(kleene):
    """They are the container's from its start on, or never."""
    linux_alone(kleene)
    container = kleene.detached("--name", "c", "-u", f"{HIGH}:{HIGH + 100000}", IMAGE, "sleep", "1000")
    ranges = f"0 to 1048575, {HIGH} to {HIGH + 65535}, {HIGH + 65536} to {HIGH + 131071}"
    done = kleene.klee("exec", "-u", str(HIGH - 1), container, "true", check=None)
    assert done.code == 125 and f"user {HIGH - 1}: " in done.err and ranges in done.err, done.err
    assert f"{HIGH + 65535}\n" in kleene.klee("exec", "-u", str(HIGH + 65535), container, "id", "-u").out


def test_high_ids(kleene, tmp_path):
    linux_alone(kleene)
    for high in (70000, HIGH, 1000660000, 0x7fffffff):
        for words in (["-u", str(high)], ["-u", f"{high}:{high}"], ["-u", f"1:{high}"], ["--group-add", str(high)]):
            assert str(high) in re.split("[ =(,\n]", kleene.quiet(*words, IMAGE, "id")), words
    # users and files that nobody told of, as far as the first million goes
    change = "touch /f && chown 197609:197121 /f && stat -c %u:%g /f"
    container = kleene.create("--name", "files", IMAGE, "sh", "-c", change)
    assert "197609:197121\n" in kleene.klee("start", container).out
    # on disk they are what they are in the container
    stat = os.stat(os.path.join(kleene.system.container_files(kleene.root, container), "f"))
    assert (stat.st_uid, stat.st_gid) == (197609, 197121)
    # what is mounted belongs to whom it does on the host
    os.chown(tmp_path, HIGH + 5, HIGH + 70000)
    assert kleene.quiet("-v", f"{tmp_path}:/m", IMAGE, "stat", "-c", "%u:%g", "/m") == f"{HIGH + 5}:{HIGH + 70000}\n"


def test_ids_of_containers_do_not_overlap(kleene):
    linux_alone(kleene)
    taken = []
    for i in range(3):
        container = kleene.detached("-u", str(HIGH + i), IMAGE, "sleep", "1000")
        lines = kleene.klee("exec", "-q", "-u", "0", container, "cat", "/proc/self/uid_map", "/proc/self/gid_map").lines
        users, groups = lines[:len(lines) // 2], lines[len(lines) // 2:]
        assert users == groups and len(users) == 2
        taken += [tuple(map(int, line.split()[1:])) for line in users]
        if i == 1:
            kleene.kill9()
            kleene.start()
    taken.sort()
    assert taken[0][0] >= 0x80000000
    assert all(first + count <= following for (first, count), (following, _) in zip(taken, taken[1:])), taken


# ---- words of others ----


def test_what_all_have_and_none_gets(kleene):
    options = ["--init", "--pid", "private", "--ipc", "private", "--uts=private"]
    assert kleene.quiet(*options, IMAGE, "echo", "runs") == "runs\n"
    for words, said in {
        ("--privileged",): ["--cap-add", "--device"], ("--pid", "host"): ["host's processes", "--pids"],
        ("--ipc", "host"): ["allow.sysvipc"], ("--uts", "host"): ["host=inherit"],
        ("--pid", "container:x"): ["'container:x'"],
    }.items():
        refused(kleene.klee("run", *words, IMAGE, "true", check=None), 125, words[0], *said)
    container = kleene.containers()[0]["id"]
    refused(kleene.klee("create", "--privileged", IMAGE, check=None), 125, "--privileged")
    refused(kleene.klee("container", "update", "--privileged", container, check=None), 125, "--privileged")
    assert kleene.containers()[0]["status"] == "exited (0)" and len(kleene.containers()) == 1


def test_file_of_the_id(kleene, tmp_path):
    path = tmp_path / "id"
    container = kleene.create("--cidfile", path, IMAGE, "true")
    assert path.read_text() == container
    refused(kleene.klee("run", "--cidfile", path, IMAGE, "true", check=None), 125, "--cidfile", str(path), "exists")
    assert path.read_text() == container and len(kleene.containers()) == 1
    # of a container that there is not, there is no file
    other = tmp_path / "other"
    kleene.klee("run", "--cidfile", other, "no-such-image", "true", check=125)
    assert not other.exists()
