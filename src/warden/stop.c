/* How a container is stopped: SIGTERM to what is in it, then SIGKILL. exec.stop has run before. */
#include <signal.h>

#include "warden/warden.h"

static void enter_phase(struct warden *w, enum stop_phase phase)
{
	w->stopping = phase;
	w->stop_deadline = now_ms() + w->stop_timeout;
	if (phase == STOP_TERM) {
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
	struct wire_field f;

	if (w->stopping != STOP_NONE)
		return;
	w->stop_timeout = 10000;
	while (wire_next(m, &f))
		if (f.tag == FIELD_TIMEOUT)
			w->stop_timeout = (int64_t)wire_field_u64(&f);
	enter_phase(w, w->stop_timeout > 0 ? STOP_TERM : STOP_KILL);
	stop_step(w);
}

void stop_step(struct warden *w)
{
	if (now_ms() >= w->stop_deadline)
		enter_phase(w, STOP_KILL);
	process_reap(w); /* nothing tells of the end if nothing runs */
}
