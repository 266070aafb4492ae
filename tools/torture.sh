#!/bin/sh
# Runs the torture (tests/torture) against a build directory, on a host of its own.
#
#   tools/torture.sh BUILD-DIRECTORY [ARGUMENT...]
set -eu
cd "$(dirname "$0")/.."
if [ "$(uname -s)" != Linux ]; then
	echo "torture: skipped: this is for Linux"
	exit 0
fi
. tools/python.sh
build=$1
shift
exec "$python" tests/integration/own_host.py "$python" tests/torture/torture.py --build "$build" "$@"
