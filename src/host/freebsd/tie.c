/* SPDX-License-Identifier: BSD-2-Clause */
/* The warden's life until its container is whole: host/jail.h. */
#include <poll.h>
#include <signal.h>
#include <sys/procctl.h>

#include "host/jail.h"

bool jail_tie_to_daemon(int control)
{
	struct pollfd p = {.fd = control};
	int number = SIGKILL;

	/* of mounts that are left then, the daemon's next start takes care */
	procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &number);
	return poll(&p, 1, 0) == 0 || (p.revents & (POLLHUP | POLLERR)) == 0;
}

void jail_untie(void)
{
	int none = 0;

	procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &none);
}
