#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Removes the files that `make install` installs from a build directory.
#
#   tools/uninstall.sh BUILD-DIRECTORY DESTDIR
set -eu
cd "$(dirname "$0")/.."
if [ ! -e "$1/build.ninja" ]; then
	echo "uninstall: $1 is not configured: run 'make build' first, with the PREFIX of the installation" >&2
	exit 1
fi
files=$(meson introspect "$1" --installed | python3 -c '
import json, sys
print("\n".join(json.load(sys.stdin).values()))')
# without the programs nobody could stop what runs; units of a package are not ours
unit=$(systemctl show -p FragmentPath --value kleened.service 2>/dev/null) || unit=
if [ -z "$2" ] && [ -n "$unit" ] && echo "$files" | grep -qxF "$unit"; then
	systemctl disable --now kleened.socket kleened.service kleene-containers.service || true
fi
echo "$files" | while read -r file; do
	rm -fv "$2$file"
	rmdir "$(dirname "$2$file")" 2>/dev/null || true
done
