#!/bin/sh
# Removes the files that `make install` installs from a build directory.
#
#   tools/uninstall.sh BUILD-DIRECTORY DESTDIR
set -eu
cd "$(dirname "$0")/.."
if [ ! -e "$1/build.ninja" ]; then
	echo "uninstall: $1 is not configured: run 'make build' first, with the PREFIX of the installation" >&2
	exit 1
fi
meson introspect "$1" --installed | python3 -c '
import json, sys
print("\n".join(json.load(sys.stdin).values()))' | while read -r file; do
	rm -fv "$2$file"
	rmdir "$(dirname "$2$file")" 2>/dev/null || true
done
