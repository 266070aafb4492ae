#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Turns the Makefile's lines "target: … ## what it does" into the list that `make` prints.
exec sed -n 's/^\([a-z]*\):.*## \(.*\)/\1 \2/p' | while read -r name what; do
	printf '  make %-12s %s\n' "$name" "$what"
done
