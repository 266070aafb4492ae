#!/bin/sh
# Compiles the FreeBSD side with tools/cross-freebsd; that the compiler cannot be had is no failure.
cd "$(dirname "$0")/.." || exit 1
if [ "$(uname -s)" = FreeBSD ]; then
	echo "cross: not needed, this is FreeBSD"
	exit 0
fi
tools/cross-freebsd build-freebsd
code=$?
[ $code = 77 ] || exit $code
echo "cross: SKIPPED, the FreeBSD side was not compiled (the reason is above)"
