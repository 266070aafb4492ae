#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs the fuzzing targets of tests/fuzz with libFuzzer, one after the other. What they learn stays in
# build-fuzz/corpus/; the corpora that are kept, and replayed by the unit tests, are tests/fuzz/TARGET/.
#
#   tools/fuzz.sh SECONDS [TARGET...]   SECONDS: for all of them together
#
# FUZZ_SEED in the environment: the same inputs each time, for a check that is to tell of the change it
# checks and not of chance.
set -eu
cd "$(dirname "$0")/.."
seconds=$1
shift

for clang in "${FUZZ_CC:-clang}" clang-19 clang-18 clang-17 clang-16 clang-15 clang-14; do
	if command -v "$clang" >/dev/null; then
		break
	fi
done
if [ ! -e build-fuzz/build.ninja ]; then
	CC="$clang" meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false \
		-Dwerror=false >build-fuzz.log 2>&1 || { cat build-fuzz.log; exit 1; }
	rm -f build-fuzz.log
fi
if [ $# -eq 0 ]; then
	# the table is in tests/fuzz/meson.build
	for source in tests/fuzz/fuzz_*.c; do
		name=${source##*/fuzz_}
		set -- "$@" "${name%.c}"
	done
fi
for target; do
	ninja -C build-fuzz "tests/fuzz/fuzz_$target" >build-fuzz/log 2>&1 || { tail -40 build-fuzz/log; exit 1; }
done
each=$((seconds / $#))
if [ "$each" -lt 1 ]; then
	each=1
fi
export ASAN_OPTIONS=malloc_context_size=4:quarantine_size_mb=16
for target; do
	mkdir -p "build-fuzz/corpus/$target"
	echo "fuzzing $target for $each seconds"
	"build-fuzz/tests/fuzz/fuzz_$target" -max_total_time="$each" -max_len=4096 -timeout=10 \
		-seed="${FUZZ_SEED:-0}" -dict=tests/fuzz/dictionary -artifact_prefix="build-fuzz/$target-" \
		"build-fuzz/corpus/$target" "tests/fuzz/$target" >build-fuzz/log 2>&1 ||
		{ tail -60 build-fuzz/log; exit 1; }
	grep '^Done' build-fuzz/log
done
