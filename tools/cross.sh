#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Compiles for FreeBSD on another system: everything, where there is a sysroot; the FreeBSD side with
# tools/cross-freebsd otherwise. That the compiler cannot be had is no failure then.
#
#   tools/cross.sh [SYSROOT]
cd "$(dirname "$0")/.." || exit 1
if [ "$(uname -s)" = FreeBSD ]; then
	echo "cross: not needed, this is FreeBSD"
	exit 0
fi
[ -z "${1:-}" ] || exec tools/cross-sysroot "$1" build-freebsd
tools/cross-freebsd build-freebsd
code=$?
[ $code = 77 ] || exit $code
echo "cross: SKIPPED, the FreeBSD side was not compiled (the reason is above)"
