#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Ends with one clear line unless it is run by root: containers need it.
#
#   tools/need-root.sh COMMAND
[ "$(id -u)" = 0 ] && exit 0
echo "$1: must be run as root, for it makes containers (for example: sudo $1)" >&2
exit 1
