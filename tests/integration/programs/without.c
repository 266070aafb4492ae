/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * without CALL[:BITS] COMMAND [ARGUMENT]...: runs a command on a host whose kernel refuses a system
 * call with EPERM; with BITS only if all of them are set in its first argument.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	char *bits = argc > 1 ? strchr(argv[1], ':') : NULL;
	scmp_datum_t mask = bits ? strtoul(bits + 1, NULL, 0) : 0;
	const struct scmp_arg_cmp set = SCMP_A0(SCMP_CMP_MASKED_EQ, mask, mask);

	if (argc < 3 || ctx == NULL)
		return 2;
	if (bits != NULL)
		*bits = '\0';
	if (seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM),
		    seccomp_syscall_resolve_name(argv[1]), bits != NULL, &set) != 0)
		return 2;
	/* with privileges: the command is root's, and starts containers */
	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0) != 0 || seccomp_load(ctx) != 0)
		return 2;
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
