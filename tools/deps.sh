#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs the packages that the given purposes need, where they are missing.
#
#   tools/deps.sh build|test|lint|fuzz|deb|demo|bench...
#
# tools/packages is the table of them. To support another system, add a column there, its manager of
# packages and its case below, and two functions: SYSTEM_missing prints which of some packages are not
# installed, SYSTEM_install installs them, with what went wrong in $log.
set -eu
table=$(dirname "$0")/packages

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

# what another package provides counts
fedora_missing() {
	for package in "$@"; do
		rpm -q --whatprovides "$package" >/dev/null 2>&1 || echo "$package"
	done
}

fedora_install() {
	dnf install -y -q --setopt=install_weak_deps=False "$@" >"$log" 2>&1
}

alpine_missing() {
	for package in "$@"; do
		apk info -e "$package" >/dev/null 2>&1 || echo "$package"
	done
}

alpine_install() {
	apk add -q "$@" >"$log" 2>&1 || {
		apk update -q >"$log" 2>&1 && apk add -q "$@" >>"$log" 2>&1
	}
}

# it prints those that are missing, and fails where there are any
arch_missing() {
	pacman -T "$@" || true
}

# Never with -y alone: new packages beside old ones are none that anybody has tried.
arch_install() {
	pacman -S --needed --noconfirm "$@" >"$log" 2>&1 || {
		echo "pacman -Syu brings system and lists of packages up to date" >>"$log"
		return 1
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

freebsd_missing() {
	for package in "$@"; do
		case $package in
		python:*)
			name=${package#python:}
			package=$(freebsd_python "$name")
			if [ -z "$package" ]; then
				freebsd_pkg update -q >&2 || true
				package=$(freebsd_python "$name")
			fi
			;;
		esac
		freebsd_pkg info -e "$package" >/dev/null 2>&1 || echo "$package"
	done
}

freebsd_install() {
	freebsd_pkg install -y "$@" >"$log" 2>&1
}

system=
if [ "$(uname -s)" = FreeBSD ]; then
	system=freebsd
else
	for known in apt-get:debian dnf:fedora apk:alpine pacman:arch; do
		if [ -z "$system" ] && command -v "${known%:*}" >/dev/null; then
			system=${known#*:}
		fi
	done
fi
if [ -z "$system" ]; then
	echo "deps: this knows the packages of Debian, Ubuntu, Fedora, Alpine, Arch and FreeBSD;" \
		"going on with what is installed. What is needed: $table" >&2
	exit 0
fi

# Prints the things and their packages, THING PACKAGE,..., that the purposes need.
needed() {
	while read -r thing purposes debian fedora alpine arch freebsd; do
		case $thing:$system in
		:* | '#'*) continue ;;
		*:debian) packages=$debian ;;
		*:fedora) packages=$fedora ;;
		*:alpine) packages=$alpine ;;
		*:arch) packages=$arch ;;
		*) packages=$freebsd ;;
		esac
		for purpose in "$@"; do
			case ,$purposes, in
			*,"$purpose",*) echo "$thing $packages" && break ;;
			esac
		done
	done <"$table"
}

# Whether somebody has installed what there is no package of.
is_there() {
	command -v "$1" >/dev/null || pkg-config --exists "$1" 2>/dev/null
}

wanted=
absent=
while read -r thing packages; do
	case $packages in
	-) ;;
	!*) is_there "${packages#!}" || absent="$absent $thing" ;;
	?*) wanted="$wanted $(echo "$packages" | tr , ' ')" ;;
	esac
done <<LIST
$(needed "$@")
LIST
for thing in $absent; do
	echo "deps: $system has no package of $thing: going on without; where it is needed," \
		"install it from its source" >&2
done
[ -n "$wanted" ] || exit 0
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
