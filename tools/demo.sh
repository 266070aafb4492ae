#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Shows Kleene at work: a daemon of its own in a temporary directory, an image, a container that
# keeps its changes. Leaves nothing behind, however it ends.
#
#   tools/demo.sh BUILD-DIRECTORY
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "$1" && pwd) || exit 1

if [ "$(id -u)" != 0 ]; then
	echo "demo: must be run as root, for it makes containers" >&2
	exit 1
fi

place=$(mktemp -d "${TMPDIR:-/tmp}/kleene-demo.XXXXXX") || exit 1
daemon=
pool=
PATH=$build/src/klee:$PATH
KLEENE_WARDEN=$build/src/warden/warden
KLEE_HOST=http://$place/kleened.sock
export PATH KLEENE_WARDEN KLEE_HOST
unset KLEE_CONFIG KLEE_THEME

ids() {
	klee lsc ${1:+"$1"} --format json 2>/dev/null | python3 -c '
import json, sys
for c in json.load(sys.stdin):
    print(c["id"])' 2>/dev/null
}

clean_up() {
	trap '' INT TERM HUP
	if [ -n "$daemon" ] && kill -0 "$daemon" 2>/dev/null; then
		for id in $(ids -a); do
			klee rmc -f "$id" >/dev/null 2>&1
		done
		kill "$daemon"
		wait "$daemon"
	fi
	[ -z "$pool" ] || zpool destroy -f "$pool"
	rm -rf "$place"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

fail() {
	echo "demo: $1" >&2
	if [ -s "$place/kleened.log" ]; then
		echo "demo: the last lines of kleened's log:" >&2
		tail -n 5 "$place/kleened.log" >&2
	fi
	exit 1
}

# Explains what comes next, a line for each argument.
say() {
	echo
	printf '# %s\n' "$@"
}

# Prints a command as one would type it, then runs it.
show() {
	line='$'
	for word in "$@"; do
		case $word in
		'' | *[!a-zA-Z0-9_/.:=@%+,-]*) line="$line '$word'" ;;
		*) line="$line $word" ;;
		esac
	done
	printf '%s\n' "$line"
	"$@"
}

# Storage of the demo's own: a directory; on FreeBSD, a ZFS pool in a file.
make_storage() {
	if [ "$(uname -s)" = FreeBSD ]; then
		truncate -s 4g "$place/pool" &&
			zpool create -m "$place/zfs" "kleenedemo$$" "$place/pool" || return 1
		pool=kleenedemo$$
		storage=$pool/kleene
	else
		storage=$place/storage
	fi
}

start_daemon() {
	cat >"$place/kleened.yaml" <<YAML
kleene_root: $storage
run_dir: $place/run
instance: d$$
log_file: $place/kleened.log
api_listening_sockets:
  - address: "http://$place/kleened.sock"
YAML
	# in a session of its own, so that Ctrl-C reaches the daemon's clients only
	python3 -c 'import os, sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])' \
		"$build/src/kleened/kleened" --config "$place/kleened.yaml" &
	daemon=$!
	tries=0
	until klee lsc >/dev/null 2>&1; do
		kill -0 "$daemon" 2>/dev/null || return 1
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || return 1
		sleep 0.1
	done
}

# An archive of a root file system with nothing but static tools, from this machine.
small_archive() {
	mkdir -p "$place/small/bin" "$place/small/etc" "$place/small/root" "$place/small/tmp"
	if [ -d /rescue ]; then
		(cd /rescue && tar cf - .) | (cd "$place/small/bin" && tar xf -)
	elif command -v busybox >/dev/null; then
		cp "$(command -v busybox)" "$place/small/bin/busybox"
		for tool in $(busybox --list); do
			[ -e "$place/small/bin/$tool" ] || ln -s busybox "$place/small/bin/$tool"
		done
	else
		fail "there is no network, and neither busybox (package busybox-static) nor /rescue here"
	fi
	printf 'root:*:0:0:root:/root:/bin/sh\n' >"$place/small/etc/passwd"
	tar czf "$place/small.tar.gz" -C "$place/small" .
}

image_name() {
	klee lsi --format json | python3 -c '
import json, sys
i = json.load(sys.stdin)[0]
print(i["name"] + ":" + i["tag"] if i["name"] else i["id"])'
}

make_storage || fail "cannot make a ZFS pool in a file"
start_daemon || fail "kleened does not start"
say "A daemon of this demo's own runs, with all it stores in $place." \
	"klee finds it by this variable; without one, it calls the daemon of the system."
printf '$ export KLEE_HOST=%s\n' "$KLEE_HOST"

say "An image is what containers are made from. This one is fetched from the mirror of the" \
	"distribution that runs here, which takes a while:"
if ! show klee image create fetch-auto; then
	say "That did not work (the reason is above), so the image is made of the static tools of" \
		"this machine instead:"
	small_archive
	show klee image create -t small fetch "file://$place/small.tar.gz" ||
		fail "cannot make an image"
fi
show klee image ls || fail "cannot list images"
image=$(image_name)

say "A container is a writable copy of an image, and a process in it. This one counts how often" \
	"it was started, in a file of its own:"
# shellcheck disable=SC2016 # the container's shell expands it
show klee run --name counter "$image" /bin/sh -c \
	'echo x >> /count; echo "started $(wc -l < /count) time(s), in a container named $(hostname)"' ||
	fail "cannot run a container"

say "It has ended; the container is still there, with its changes:"
show klee lsc -a || fail "cannot list containers"

say "So when it is started again, it goes on counting:"
show klee start counter || fail "cannot start a container again"

if [ -t 0 ] && [ -t 1 ]; then
	say "Now it is yours: a shell in a container, with a terminal. It ends with 'exit'."
	show klee run -it --name shell "$image" /bin/sh
fi

say "What is no longer needed is removed:"
show klee rmc counter || fail "cannot remove a container"
[ -z "$(ids -a)" ] || klee rmc -f shell >/dev/null
show klee rmi "$image" || fail "cannot remove an image"

say "That was all. The demo's daemon and directory are removed now; to install Kleene:" \
	"    make install"
