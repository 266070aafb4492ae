/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a container is stopped: SIGTERM to what is in it, then SIGKILL. One with a signal of its own
 * has that sent to the process it was started for, which knows it, and SIGTERM to what that leaves.
 * exec.stop has run before. And how a container is signalled.
 */
#include <errno.h>
#include <signal.h>

#include "warden/warden.h"

static bool signal_is_valid(uint64_t signal)
{
	return signal > 0 && signal <= (uint64_t)SIGRTMAX;
}

/* The process that the container was started for; NULL: it has ended. */
static const struct process *first_process(const struct warden *w)
{
	const struct process *p = w->processes;

	while (p != NULL && (!p->first || p->exited))
		p = p->next;
	return p;
}

static void enter_phase(struct warden *w, enum stop_phase phase)
{
	w->stopping = phase;
	if (phase == STOP_ASK) {
		kill(first_process(w)->pid, w->stop_signal);
	} else if (phase == STOP_TERM) {
		jail_signal_all(w->jail, SIGTERM);
		for (struct process *p = w->processes; p != NULL; p = p->next)
			if (p->tty && !p->exited)
				kill(p->pid, SIGHUP);
	} else if (phase == STOP_KILL) {
		jail_signal_all(w->jail, SIGKILL);
		w->stop_deadline = now_ms() + 100; /* processes may be born while others die */
	}
}

void stop_begin(struct warden *w, struct wire_message *m)
{
	int64_t timeout = 10000;
	struct wire_field f;

	if (w->stopping != STOP_NONE)
		return;
	w->stop_signal = SIGTERM;
	while (wire_next(m, &f)) {
		if (f.tag == FIELD_TIMEOUT)
			timeout = (int64_t)wire_field_u64(&f);
		else if (f.tag == FIELD_SIGNAL && signal_is_valid(wire_field_u64(&f)))
			w->stop_signal = (int)wire_field_u64(&f);
	}
	w->stop_deadline = now_ms() + timeout;
	if (timeout <= 0)
		enter_phase(w, STOP_KILL);
	else if (w->stop_signal != SIGTERM && first_process(w) != NULL)
		enter_phase(w, STOP_ASK);
	else
		enter_phase(w, STOP_TERM);
	stop_step(w);
}

void stop_step(struct warden *w)
{
	if (now_ms() >= w->stop_deadline)
		enter_phase(w, STOP_KILL);
	else if (w->stopping == STOP_ASK && first_process(w) == NULL)
		enter_phase(w, STOP_TERM);
	process_reap(w); /* nothing tells of the end if nothing runs */
}

int stop_kill(struct warden *w, struct wire_message *m, struct error *err)
{
	const struct process *p = first_process(w);
	uint64_t signal = 0;
	struct wire_field f;

	while (wire_next(m, &f))
		if (f.tag == FIELD_SIGNAL)
			signal = wire_field_u64(&f);
	if (!signal_is_valid(signal))
		return error_set(err, ERROR_INVALID, "bad signal number");
	if (p == NULL)
		jail_signal_all(w->jail, (int)signal);
	else if (kill(p->pid, (int)signal) != 0)
		return error_errno(err, errno, "cannot signal a process");
	return 0;
}
