#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Configures a build directory unless it is there, and compiles.
#
#   tools/build.sh DIRECTORY [OPTIONS OF MESON SETUP]
set -eu
cd "$(dirname "$0")/.."
directory=$1
shift
[ -e "$directory/build.ninja" ] || meson setup "$directory" "$@"
exec ninja -C "$directory"
