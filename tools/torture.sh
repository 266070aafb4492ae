#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs the torture, or another program of tests/torture, against a build directory, on a host of its own.
#
#   tools/torture.sh PROGRAM BUILD-DIRECTORY [ARGUMENT...]
set -eu
cd "$(dirname "$0")/.."
if [ "$(uname -s)" != Linux ]; then
	echo "torture: skipped: this is for Linux"
	exit 0
fi
. tools/python.sh
program=$1 build=$2
shift 2
exec "$python" tests/integration/own_host.py "$python" "tests/torture/$program.py" --build "$build" "$@"
