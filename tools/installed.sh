#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What to do when `make install` has installed Kleene on this host.
#
#   tools/installed.sh PREFIX
cat <<TEXT

Kleene is installed below $1. What to do next, as root:

    kleened init          # prepares the host, and says what it did
TEXT
if [ "$(uname -s)" = FreeBSD ]; then
	cat <<'TEXT'
    sysrc kleened_enable=YES
    service kleened start
TEXT
elif [ -d /run/systemd/system ]; then
	cat <<'TEXT'
    systemctl daemon-reload
    systemctl enable --now kleened
TEXT
else
	cat <<'TEXT'
    kleened >> /var/log/kleened.log 2>&1 &
TEXT
fi
cat <<'TEXT'
    klee lsc              # answers when kleened runs
TEXT
case ":$PATH:" in
*":$1/sbin:"*) ;;
*) echo "$1/bin and $1/sbin are not in your PATH, where these are found." ;;
esac
