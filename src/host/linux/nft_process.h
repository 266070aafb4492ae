/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libnftables(3) in a process of its own. The library waits by select(2), which ends a process
 * whose descriptors have numbers above 1,023, and calls exit(3) where recvmsg(2) fails: a daemon
 * that has two descriptors for each container can afford neither.
 *
 * The process is kleened's own executable once more. It has three descriptors, ends when the
 * daemon's end of its socket is closed, and is started anew when it has ended.
 */
#ifndef HOST_LINUX_NFT_PROCESS_H
#define HOST_LINUX_NFT_PROCESS_H

#include "base/error.h"
#include "base/mem.h"

struct nft_process;

/*
 * lock: a file that the process holds locked (flock(2)) from its first command to its end, so that
 * what a daemon that was killed had begun is over before the next one's commands. Nothing is
 * started yet.
 */
struct nft_process *nft_process_new(const char *lock);
void nft_process_free(struct nft_process *p);

/*
 * Runs commands in one transaction, as nft(8) -f would. output (may be NULL): what they print is
 * appended. Commands that a process ended with are given to a second one: they must be such that
 * this does no harm. One call at a time. ERROR_SYSTEM: the first line of what nftables says.
 */
int nft_process_run(
	struct nft_process *p, const char *commands, struct buffer *output, struct error *err);

/* ---- what the two say to each other: a header each, then as many bytes as it says ---- */

struct nft_header {
	int result; /* of an answer: 0, or nftables has refused the commands */
	unsigned int len;
};

/* Receive or send exactly as much. False: the other end is closed, or failed, or is too slow. */
bool nft_receive(int fd, void *to, size_t len);
bool nft_send(int fd, int result, const char *text);

/* The process itself, its socket being standard input; returns its exit code. */
int nft_serve(const char *lock);

#endif
