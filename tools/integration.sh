#!/bin/sh
# Runs the integration tests against a build directory; with sanitizers, when it was built so.
#
#   tools/integration.sh BUILD-DIRECTORY
set -eu
cd "$(dirname "$0")/.."
if ! ls tests/integration/test_*.py >/dev/null 2>&1; then
	echo "integration: there are no tests yet"
	exit 0
fi
KLEENE_BUILD=$(cd "$1" && pwd)
export KLEENE_BUILD PYTHONDONTWRITEBYTECODE=1
exec python3 -m pytest -q -p no:cacheprovider tests/integration
