/* SPDX-License-Identifier: BSD-2-Clause */
/* The way of a new process from fork(2) to execve(2). */
#ifndef WARDEN_CHILD_H
#define WARDEN_CHILD_H

#include "host/jail.h"
#include "warden/protocol.h"

/*
 * In the child: enters the jail, sets up terminal or streams, user and environment, and executes
 * the command. Never returns. report: a socket on which FAILED is sent if something goes wrong, or
 * an OK that carries the terminal's master; it closes on execve(2), which is how the warden learns
 * of success. streams: standard input, output and error; ignored with a terminal.
 */
void child_run(struct jail *jail, const struct process_spec *p, const int streams[3], int report)
	__attribute__((noreturn));

#endif
