#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs the integration tests against a build directory; with sanitizers, when it was built so.
# As they mostly wait, one more than JOBS run at a time where pytest-xdist is there. On Linux they run
# on a host of their own; what comes from the index of Python's packages is fetched before.
#
#   tools/integration.sh BUILD-DIRECTORY [JOBS [PYTEST-ARGUMENT...]]
set -eu
cd "$(dirname "$0")/.."
if ! ls tests/integration/test_*.py >/dev/null 2>&1; then
	echo "integration: there are no tests yet"
	exit 0
fi
KLEENE_BUILD=$(cd "$1" && pwd)
export KLEENE_BUILD PYTHONDONTWRITEBYTECODE=1
jobs=${2:-2}
shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- tests/integration

. tools/python.sh
if "$python" -c 'import xdist' 2>/dev/null; then
	set -- -n "$((jobs + 1))" "$@"
fi
[ "$(uname -s)" = Linux ] || exec "$python" -m pytest -q -p no:cacheprovider "$@"
"$python" tests/integration/python_packages.py
KLEENE_TEST_OWN_HOST=1
export KLEENE_TEST_OWN_HOST
exec "$python" tests/integration/own_host.py "$python" -m pytest -q -p no:cacheprovider "$@"
