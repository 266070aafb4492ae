/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's packet filter, which does what the model says (firewall/firewall.h): nftables by
 * libnftables(3) on Linux, pf(4) by its configuration file and pfctl(8) on FreeBSD. Which
 * rendering is loaded is the host's affair. Callers see to it that one call runs at a time.
 */
#ifndef HOST_FIREWALL_H
#define HOST_FIREWALL_H

#include "firewall/firewall.h"

struct filter_host;

/*
 * template, config: FreeBSD: the administrator's template, and the file that pf.conf(5) is rendered
 * to. run_dir: where a lock is kept (Linux), or a note of what is to be undone (FreeBSD). Nothing
 * is read or written yet.
 */
struct filter_host *filter_open(
	const char *template, const char *config, const char *run_dir, struct error *err);
void filter_close(struct filter_host *f);

/* Makes the rules what the whole model says, in one transaction; those of others stay. */
int filter_load(struct filter_host *f, const struct firewall *fw, struct error *err);

/*
 * Leads from one model to another of which both hold only what has to do with the change
 * (firewall_nft_change). Returns 0, or 1 if that cannot be done by a change, or has failed, which
 * err then says: the whole is to be loaded.
 */
int filter_change(struct filter_host *f, const struct firewall *before,
	const struct firewall *after, struct error *err);

/*
 * Removes all rules of the instance, but for the administrator's in the chain "admin" (Linux).
 * FreeBSD: the rules, their file, and whether pf is enabled, are what they were before the first
 * filter_load.
 */
int filter_unload(struct filter_host *f, const char *instance, struct error *err);

/*
 * Ends what the kernel has in mind of connections by UDP that were made when the ports led
 * elsewhere, or nowhere: to addresses of the host's with these ports, and to and from the
 * container's addresses. Linux: nfnetlink of conntrack; FreeBSD: pfctl(8) -k. Failures are logged.
 */
void filter_forget(struct filter_host *f, const struct firewall *fw,
	const struct published_port *ports, size_t nports, const struct address *addresses,
	size_t naddresses);

/*
 * Linux: the packet filter's library runs in a process of its own, which is this program once more,
 * with FILTER_PROCESS for argv[0]. First thing in main: returns the exit code if this is that
 * process, whose work is done then, otherwise -1. FreeBSD: always -1.
 */
#define FILTER_PROCESS "kleened-filter"
int filter_process(int argc, char **argv);

#endif
