#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# To be read by ".": sets "python" to an interpreter that has the modules the tests need. They are
# packages of the system's own, which need not be the first in the path.
# shellcheck disable=SC2034 # it is for who reads this
python=python3
for other in python3 /usr/bin/python3 /usr/local/bin/python3; do
	if command -v "$other" >/dev/null && "$other" -c 'import pexpect, pytest, xdist' 2>/dev/null; then
		python=$other
		break
	fi
done
