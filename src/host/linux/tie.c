/* SPDX-License-Identifier: BSD-2-Clause */
/* The warden's life until its container is whole: host/jail.h. */
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>

#include "host/jail.h"

bool jail_tie_to_daemon(int control)
{
	struct pollfd p = {.fd = control};

	/* it is the thread that started this process that counts, and that one waits for READY */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return poll(&p, 1, 0) == 0 || (p.revents & (POLLHUP | POLLERR)) == 0;
}

void jail_untie(void)
{
	prctl(PR_SET_PDEATHSIG, 0);
}
