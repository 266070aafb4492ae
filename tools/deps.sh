#!/bin/sh
# Installs the packages that the given purposes need, where they are missing.
#
#   tools/deps.sh build|test|lint|fuzz|deb|demo|bench...
#
# To support another system, add its name to the case at the end, and three functions for it.
set -eu

debian_packages() {
	case $1 in
	build) echo gcc libc6-dev make meson ninja-build pkg-config python3 ca-certificates \
		libwebsockets-dev libjansson-dev libcyaml-dev libsqlite3-dev libarchive-dev \
		libcurl4-openssl-dev zlib1g-dev libldns-dev libssl-dev libseccomp-dev libmnl-dev libnftables-dev \
		libyaml-dev libcmocka-dev ;;
	test) echo python3-pytest python3-pytest-xdist python3-pexpect busybox-static openssl zstd xz-utils bzip2 \
		e2fsprogs mount iproute2 nftables procps python3-venv zsh fish curl mmdebstrap ;;
	fuzz) echo clang libclang-rt-dev ;;
	lint) echo clang clang-format clang-tidy cppcheck mandoc shellcheck python3-venv ;;
	deb) echo dpkg-dev debhelper ;;
	demo) echo busybox-static mmdebstrap ;;
	bench) echo busybox-static iperf3 iproute2 nftables procps ;;
	esac
}

debian_missing() {
	for package in "$@"; do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
		[ "$status" = installed ] || echo "$package"
	done
}

debian_install() {
	DEBIAN_FRONTEND=noninteractive
	export DEBIAN_FRONTEND
	# the lists are fetched only where the ones at hand do not do
	apt-get install -y -q --no-remove --no-install-recommends "$@" >"$log" 2>&1 || {
		apt-get update -q >"$log" 2>&1 &&
			apt-get install -y -q --no-remove --no-install-recommends "$@" >>"$log" 2>&1
	}
}

# a new system has neither pkg(8) itself nor a list of packages: both are fetched without a question
freebsd_pkg() {
	env ASSUME_ALWAYS_YES=yes pkg "$@"
}

# Python's packages have the version of the language in their names: that which python3 brings.
freebsd_python() {
	freebsd_pkg rquery %dn python3 2>/dev/null | sed -n "s/^python\(3[0-9]*\)$/py\1-$1/p"
}

# OpenSSL is the base system's.
freebsd_packages() {
	case $1 in
	build) echo meson ninja pkgconf python3 libwebsockets jansson libcyaml libyaml sqlite3 libarchive \
		curl ldns cmocka ;;
	test)
		[ -n "$(freebsd_python pytest)" ] || freebsd_pkg update -q >&2 || true
		freebsd_python pytest
		freebsd_python pytest-xdist
		freebsd_python pexpect
		echo bash zsh fish
		;;
	lint) echo llvm cppcheck hs-ShellCheck ;;
	fuzz) echo llvm ;;
	esac
}

freebsd_missing() {
	for package in "$@"; do
		freebsd_pkg info -e "$package" >/dev/null 2>&1 || echo "$package"
	done
}

freebsd_install() {
	freebsd_pkg install -y "$@" >"$log" 2>&1
}

case $(uname -s) in
FreeBSD) system=freebsd ;;
*) if command -v apt-get >/dev/null; then
	system=debian
else
	echo "deps: this knows the packages of Debian, Ubuntu and FreeBSD only; going on with" \
		"what is installed" >&2
	exit 0
fi ;;
esac

wanted=
for purpose in "$@"; do
	wanted="$wanted $(${system}_packages "$purpose")"
done
# shellcheck disable=SC2086 # a list of words
missing=$(${system}_missing $wanted | sort -u | tr '\n' ' ')
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "deps: not installed: $missing- run 'make deps' as root" >&2
	exit 1
fi
echo "deps: installing $missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM HUP
# shellcheck disable=SC2086
if ! ${system}_install $missing; then
	cat "$log" >&2
	echo "deps: cannot install: $missing- see above; is the network there?" >&2
	exit 1
fi
