/* SPDX-License-Identifier: BSD-2-Clause */
#include "runtime/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "daemon/movers.h"
#include "http/session.h"
#include "warden/protocol.h"

#define PIECES	       8 /* of input that one step takes */
#define TERMINAL_EOF   '\004'
#define TERMINAL_DRAIN 65536 /* more than a terminal holds back */

int attachment_open(struct attachment *a, struct wire_message *m, struct error *err)
{
	struct wire_field f;

	while (wire_next(m, &f))
		if (f.tag == FIELD_TTY)
			a->tty = wire_field_u64(&f) != 0;
	if (m->nfds != (a->tty ? 1 : 3))
		return error_set(err, ERROR_SYSTEM, "the warden sent no streams");
	a->input = take_fd(&m->fds[0]);
	a->outputs[0] = a->tty ? fcntl(a->input, F_DUPFD_CLOEXEC, 0) : take_fd(&m->fds[1]);
	a->outputs[1] = a->tty ? -1 : take_fd(&m->fds[2]);
	fcntl(a->input, F_SETFL, O_NONBLOCK | O_WRONLY);
	for (int i = 0; i < 2; i++)
		if (a->outputs[i] >= 0)
			fcntl(a->outputs[i], F_SETFL, O_NONBLOCK);
	return 0;
}

void attachment_close(struct attachment *a)
{
	close_fd(&a->input);
	close_fd(&a->outputs[0]);
	close_fd(&a->outputs[1]);
	wire_conn_close(&a->conn);
}

enum { SLOT_WARDEN, SLOT_INPUT, SLOT_OUTPUTS, SLOTS = SLOT_OUTPUTS + 2 };

struct pump {
	struct mover mover; /* first */
	struct session *session;
	struct attachment *a;
	char *pending; /* input the process has not taken yet, or NULL */
	size_t pending_at, pending_len;
	size_t left[2]; /* of the outputs, once the process has ended */
	struct attach_result result;
	bool exited, lost, draining;
	void (*over)(void *arg, const struct attach_result *result);
	void *arg;
};

/* Closes one of the process's streams, which is not waited for any more. */
static void close_stream(struct pump *p, unsigned int slot, int *fd)
{
	mover_wait(&p->mover, slot, -1, false, NULL);
	close_fd(fd);
}

/* What typing the character would do, but for its echo, which FreeBSD's terminals have. */
static void type_end(int terminal)
{
	struct termios settings, quiet;
	bool known = tcgetattr(terminal, &settings) == 0;

	if (known) {
		quiet = settings;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(terminal, TCSANOW, &quiet);
	}
	/* nothing is left to be done if it cannot be taken */
	(void)!write(terminal, (char[]){TERMINAL_EOF}, 1);
	if (known)
		tcsetattr(terminal, TCSANOW, &settings);
}

static void end_input(struct pump *p)
{
	struct wire w = {0};
	struct error err;

	if (p->a->tty) {
		type_end(p->a->input);
		return;
	}
	close_stream(p, SLOT_INPUT, &p->a->input);
	wire_begin(&w, MSG_CLOSE_STDIN);
	/* a warden that does not read what it is told would make all others wait */
	wire_send(p->a->conn.fd, &w, NULL, 0, MSG_DONTWAIT, &err);
	wire_free(&w);
}

static void drop_pending(struct pump *p)
{
	free(take_ptr(&p->pending));
	p->pending_at = p->pending_len = 0;
}

/* Gives the process input; returns how much it took. */
static size_t give(struct pump *p, const char *data, size_t len)
{
	ssize_t n = write(p->a->input, data, len);

	if (n >= 0)
		return (size_t)n;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	if (!p->a->tty) /* the process has closed its input */
		close_stream(p, SLOT_INPUT, &p->a->input);
	return len;
}

static void give_pending(struct pump *p)
{
	size_t n = give(p, p->pending + p->pending_at, p->pending_len);

	p->pending_at += n;
	p->pending_len -= n;
	if (p->pending_len == 0)
		drop_pending(p);
}

/* A piece from the client: what the process does not take at once is kept. */
static void take_piece(struct pump *p, const char *piece, size_t len)
{
	size_t n;

	if (p->a->input < 0) /* nobody reads it any more */
		return;
	n = give(p, piece, len);
	if (n == len)
		return;
	p->pending = xmalloc(len - n);
	p->pending_len = len - n;
	memcpy(p->pending, piece + n, len - n);
}

/* Passes input on as long as the process takes it. */
static void take_input(struct pump *p)
{
	char *piece = mover_scratch(&p->mover);

	for (int i = 0; i < PIECES; i++) {
		ssize_t n;

		if (p->pending != NULL)
			return;
		n = session_input(p->session, piece, MOVER_SCRATCH);
		if (n < 0)
			return;
		if (p->a->no_input)
			continue;
		if (n == 0)
			end_input(p);
		else
			take_piece(p, piece, (size_t)n);
	}
	mover_wake(&p->mover); /* there may be more, but others have their turn */
}

/* Passes on at most max bytes of an output; returns how many, 0 if there were none. */
static size_t pass_output(struct pump *p, int index, size_t max)
{
	char *piece = mover_scratch(&p->mover);
	ssize_t n = read(
		p->a->outputs[index], piece, max < MOVER_SCRATCH ? max : (size_t)MOVER_SCRATCH);

	if (n > 0) {
		if (!p->a->silent)
			session_output(p->session, index == 0 ? SESSION_STDOUT : SESSION_STDERR,
				piece, (size_t)n);
		return (size_t)n;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR)) /* EIO: nobody has the terminal */
		close_stream(p, SLOT_OUTPUTS + (unsigned int)index, &p->a->outputs[index]);
	return 0;
}

/* The process has ended: what it wrote lies ready; what others write later is not waited for. */
static void begin_draining(struct pump *p)
{
	p->draining = true;
	for (int i = 0; i < 2; i++) {
		int left = TERMINAL_DRAIN;

		if (p->a->outputs[i] >= 0 &&
			(p->a->tty || ioctl(p->a->outputs[i], FIONREAD, &left) == 0))
			p->left[i] = (size_t)left;
	}
}

/* Returns whether all has been passed on. */
static bool drain(struct pump *p)
{
	for (int i = 0; i < 2; i++) {
		while (p->left[i] > 0 && p->a->outputs[i] >= 0) {
			size_t room = session_room(p->session);
			size_t n;

			if (room == 0)
				return false;
			n = pass_output(p, i, p->left[i] < room ? p->left[i] : room);
			p->left[i] = n > 0 ? p->left[i] - n : 0;
		}
	}
	return true;
}

/* Takes the frames that have been read from the warden; -1: they cannot be understood. */
static int take_frames(struct pump *p)
{
	struct wire_message m;
	struct wire_field f;
	struct error err;
	int next;

	while ((next = wire_conn_next(&p->a->conn, &m, &err)) > 0) {
		while (m.type == MSG_EXIT && wire_next(&m, &f)) {
			p->exited = true;
			if (f.tag == FIELD_CODE)
				p->result.code = (int)wire_field_u64(&f);
			else if (f.tag == FIELD_LAST)
				p->result.last = wire_field_u64(&f) != 0;
		}
		wire_message_free(&m);
	}
	return next;
}

static void read_warden(struct pump *p)
{
	struct error err = {0};
	int n = wire_conn_read(&p->a->conn, &err), next = take_frames(p);

	p->lost = !p->exited && (n == 0 || next < 0 || (n < 0 && err.code != EAGAIN));
}

/* Waits for whatever can go on now. */
static void await(struct pump *p)
{
	bool room = session_room(p->session) > 0;
	struct error err;

	/* what is not waited for is in no slot: its end would be told all the time */
	if (mover_wait(&p->mover, SLOT_WARDEN, p->draining ? -1 : p->a->conn.fd, false, &err) != 0)
		p->lost = true;
	mover_wait(&p->mover, SLOT_INPUT, p->pending != NULL ? p->a->input : -1, true, &err);
	for (int i = 0; i < 2; i++)
		if (mover_wait(&p->mover, SLOT_OUTPUTS + (unsigned int)i,
			    room && !p->draining ? p->a->outputs[i] : -1, false, &err) != 0)
			close_fd(&p->a->outputs[i]);
}

static void move(struct pump *p, unsigned int ready)
{
	if (ready & 1U << SLOT_INPUT && p->pending != NULL)
		give_pending(p);
	take_input(p);
	for (int i = 0; i < 2; i++) {
		size_t room = session_room(p->session);

		if (ready & 1U << (SLOT_OUTPUTS + i) && p->a->outputs[i] >= 0 && room > 0)
			pass_output(p, i, room);
	}
	if (ready & 1U << SLOT_WARDEN)
		read_warden(p);
}

static bool end(struct pump *p, enum attach_end how)
{
	session_watch(p->session, NULL, NULL);
	drop_pending(p);
	p->result.end = how;
	return false;
}

static bool step(struct mover *m, unsigned int ready)
{
	struct pump *p = (struct pump *)m;

	if (!p->exited && !p->lost && !session_gone(p->session))
		move(p, ready);
	if (session_gone(p->session))
		return end(p, p->exited ? ATTACH_EXITED : p->lost ? ATTACH_LOST : ATTACH_GONE);
	if ((p->exited || p->lost) && !p->draining)
		begin_draining(p);
	if (p->draining && drain(p))
		return end(p, p->exited ? ATTACH_EXITED : ATTACH_LOST);
	await(p);
	if (p->lost && !p->draining)
		mover_wake(m);
	return true;
}

static void over(struct mover *m)
{
	struct pump *p = (struct pump *)m;

	p->over(p->arg, &p->result);
	free(p);
}

static void wake(void *arg)
{
	mover_wake(arg);
}

void attach_start(struct movers *ms, struct session *s, struct attachment *a,
	void (*told)(void *arg, const struct attach_result *result), void *arg)
{
	static const struct mover_kind kind = {step, over};
	struct pump *p = xcalloc(1, sizeof(*p));

	mover_init(ms, &p->mover, &kind);
	p->session = s;
	p->a = a;
	p->over = told;
	p->arg = arg;
	if (a->no_input)
		end_input(p);
	/* its end may have been read together with its start */
	p->lost = take_frames(p) < 0;
	session_watch(s, wake, &p->mover); /* which is the first call */
}

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool is_over;
	struct attach_result result;
};

static void tell_waiter(void *arg, const struct attach_result *result)
{
	struct waiter *w = arg;

	pthread_mutex_lock(&w->lock);
	w->result = *result;
	w->is_over = true;
	pthread_cond_signal(&w->over);
	pthread_mutex_unlock(&w->lock);
}

struct attach_result attach_run(struct movers *ms, struct session *s, struct attachment *a)
{
	struct waiter w = {.lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER};

	attach_start(ms, s, a, tell_waiter, &w);
	pthread_mutex_lock(&w.lock);
	while (!w.is_over)
		pthread_cond_wait(&w.over, &w.lock);
	pthread_mutex_unlock(&w.lock);
	pthread_mutex_destroy(&w.lock);
	pthread_cond_destroy(&w.over);
	return w.result;
}
