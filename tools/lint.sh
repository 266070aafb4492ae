#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Checks style and looks for faults without running anything. Says what it found, and at the end
# which of the checks failed.
#
#   tools/lint.sh BUILD-DIRECTORY [JOBS]
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1
jobs=${2:-2}
failed=

# name, and whether it succeeded
result() {
	if [ "$2" = 0 ]; then
		echo "lint: $1: ok"
	else
		echo "lint: $1: FAILED"
		failed="$failed $1"
	fi
}

# The tool by its plain name, or with the version that the FreeBSD package has in it.
find_tool() {
	for tool in "$1" "$1"-19 "$1"-18 "$1"-17 "$1"-16 "$1"-15 "$1"19 "$1"18 "$1"17 "$1"16 "$1"15; do
		command -v "$tool" >/dev/null && echo "$tool" && return
	done
	echo "lint: there is no $1: run 'make deps' as root" >&2
	exit 1
}

# Prints the C files below the directories.
sources() {
	find "$@" -name '*.[ch]' | sort
}

# pattern (extended regular expression), what is wrong with it, files: fails if it occurs.
forbid() {
	pattern=$1
	what=$2
	shift 2
	if grep -nE "$pattern" "$@"; then
		echo "lint: $what" >&2
		return 1
	fi
}

format() {
	sources src tests | xargs "$(find_tool clang-format)" --dry-run -Werror
}

# Only files that this build compiles are looked at: the other host's have no compile commands.
tidy() {
	python3 -c '
import json, os, sys
os.chdir(sys.argv[1])
names = {os.path.relpath(os.path.join(c["directory"], c["file"]), os.getcwd())
         for c in json.load(open("compile_commands.json"))}
files = {os.path.relpath(n, "..") for n in names}
# the longest first: no job waits for the last one long
print("\n".join(sorted((f for f in files if f.startswith("src/")),
                       key=lambda f: -os.path.getsize(os.path.join("..", f)))))' "$build" |
		xargs -P "$jobs" -n 2 "$(find_tool clang-tidy)" -p "$build" --quiet \
			--extra-arg=-Wno-unknown-warning-option 2>/dev/null
}

check_c() {
	cppcheck --enable=warning,performance,portability --inline-suppr --error-exitcode=1 --quiet \
		--std=c11 -j "$jobs" -Isrc '-Djson_array_foreach(a,i,v)=for(i=0;(v=json_array_get(a,i));i++)' \
		'-Djson_object_foreach(o,k,v)=for(;(v=json_object_get(o,k));)' \
		--suppress=missingIncludeSystem --suppress=unknownMacro src
}

check_shell() {
	command -v shellcheck >/dev/null || {
		echo "lint: no shellcheck here, shell scripts were not checked"
		return 0
	}
	grep -lE '^#!/bin/sh' .ci/run tools/* | xargs shellcheck
}

check_manuals() {
	# not the whole build directory: tests keep other people's packages there
	find "$build/docs/man" docs/man -type f -name '*.[1-9]' -exec mandoc -Tlint -Wwarning {} +
}

# What documents name as the test of a claim is there: a test's function or its file.
# shellcheck disable=SC2013 # names of tests have no spaces
check_named_tests() {
	status=0
	for name in $(grep -ohE '\btest_[a-z0-9_]+' docs/guide/*.md docs/architecture.md | sort -u); do
		grep -rqE "(def|void) $name\(" tests || [ -n "$(find tests -name "$name.*")" ] || {
			echo "lint: documents name $name, and there is no such test" >&2
			status=1
		}
	done
	return $status
}

# shellcheck disable=SC2046 # names of source files have no spaces
own_rules() {
	status=0
	forbid '__FreeBSD__|__linux__|__DragonFly__|__NetBSD__' \
		"what differs between systems belongs below src/host" \
		$(sources src | grep -v ^src/host/) || status=1
	forbid '[^a-zA-Z0-9_](system|popen|strcpy|strcat|sprintf|vsprintf|atoi|atol|gets)\(' \
		"these functions hide errors or overrun: see base/mem.h and strtol(3)" \
		$(sources src) || status=1
	for file in $(sources src); do
		lines=$(wc -l <"$file")
		if [ "$lines" -gt 450 ]; then
			echo "lint: $file has $lines lines, more than 450: it is more than one idea" >&2
			status=1
		fi
	done
	return $status
}

format
result clang-format $?
own_rules
result own-rules $?
tools/rooms.py "$build"
result rooms $?
check_shell
result shellcheck $?
check_manuals
result mandoc $?
check_named_tests
result named-tests $?
check_c
result cppcheck $?
tidy
result clang-tidy $?

if [ -n "$failed" ]; then
	echo "lint: FAILED:$failed"
	exit 1
fi
echo "lint: all passed"
