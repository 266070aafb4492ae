#!/bin/sh
# Runs a fuzzing target of tests/fuzz with libFuzzer. What it learns stays in build-fuzz/; the corpus
# that is kept, and replayed by the unit tests, is tests/fuzz/TARGET/.
#
#   tools/fuzz.sh TARGET [RUNS]
set -eu
cd "$(dirname "$0")/.."
target=$1
runs=${2:-10000000}

for clang in "${FUZZ_CC:-clang}" clang-19 clang-18 clang-17 clang-16 clang-15 clang-14; do
	if command -v "$clang" >/dev/null; then
		break
	fi
done
mkdir -p "build-fuzz/$target"
"$clang" -std=gnu17 -g -O2 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	-D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Isrc -o "build-fuzz/fuzz_$target" \
	"tests/fuzz/fuzz_$target.c" src/kleened/build/dockerfile.c src/kleened/build/match.c \
	src/kleened/build/shell_words.c src/kleened/build/variables.c src/kleened/api/utf8.c \
	src/base/error.c src/base/mem.c -ljansson
export ASAN_OPTIONS=malloc_context_size=4:quarantine_size_mb=16
exec "build-fuzz/fuzz_$target" -runs="$runs" -max_len=256 -timeout=10 -print_final_stats=1 \
	-dict=tests/fuzz/dictionary -artifact_prefix=build-fuzz/ "build-fuzz/$target" \
	"tests/fuzz/$target"
