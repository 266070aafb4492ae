/* How a container is stopped: exec.stop, then SIGTERM to what is left, then SIGKILL. */
#include <signal.h>
#include <time.h>

#include "warden/warden.h"

int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

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
	struct process_spec spec = {.id = xstrdup("exec.stop"), .clean = true, .detached = true};
	struct wire_field f;
	struct error err;

	if (w->stopping != STOP_NONE) {
		process_spec_free(&spec);
		return;
	}
	w->stop_timeout = 10000;
	while (wire_next(m, &f)) {
		if (f.tag == FIELD_TIMEOUT)
			w->stop_timeout = (int64_t)wire_field_u64(&f);
		else if (f.tag == FIELD_ARG)
			strings_take(&spec.argv, wire_field_str(&f));
		else if (f.tag == FIELD_REQUIRE && spec.require == NULL)
			spec.require = wire_field_str(&f);
	}
	enter_phase(w, STOP_EXEC);
	if (spec.argv.n > 0 && process_start(w, &spec, NULL, &w->stopper, &err) == 0)
		w->stopper->internal = true;
	process_spec_free(&spec);
	stop_step(w);
}

void stop_step(struct warden *w)
{
	bool late = now_ms() >= w->stop_deadline;

	if (w->stopping == STOP_EXEC && (w->stopper == NULL || late))
		enter_phase(w, STOP_TERM);
	else if (late && (w->stopping == STOP_TERM || w->stopping == STOP_KILL))
		enter_phase(w, STOP_KILL);
	if (w->stopping != STOP_EXEC)
		process_reap(w); /* nothing tells of the end if nothing runs */
}
