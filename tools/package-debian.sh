#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds the Debian package with dpkg-buildpackage, from a copy of the source.
#
#   tools/package-debian.sh DIRECTORY
#
# The .deb and its .changes are put into DIRECTORY.
set -eu
cd "$(dirname "$0")/.."
mkdir -p "$1"
output=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

mkdir "$work/kleene"
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
	git ls-files -z --cached --others --exclude-standard | tar -c --null -T - -f - |
		tar -x -C "$work/kleene" -f -
else
	tar -c --exclude='./build*' -f - . | tar -x -C "$work/kleene" -f -
fi
cp -R packaging/debian "$work/kleene/debian"
cd "$work/kleene"
if ! dpkg-buildpackage -us -uc -b >"$work/log" 2>&1; then
	tail -n 60 "$work/log" >&2
	exit 1
fi
cp ../*.deb ../*.changes "$output"
for package in ../kleene_*.deb; do
	echo "built $output/${package##*/}; to install it: apt install $output/${package##*/}"
done
