#include "kleened/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "kleened/api/session.h"
#include "warden/protocol.h"

#define PIECE	       65536 /* bytes moved at once */
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

struct pump {
	struct session *session;
	struct attachment *a;
	char piece[PIECE];
	char pending[PIECE]; /* input the process has not taken yet */
	size_t pending_at, pending_len;
	int code;
	bool exited, last, lost;
};

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
	close_fd(&p->a->input);
	wire_begin(&w, MSG_CLOSE_STDIN);
	wire_send(p->a->conn.fd, &w, NULL, 0, 0, &err);
	wire_free(&w);
}

/* Takes input from the client if none is pending. */
static void take_input(struct pump *p)
{
	ssize_t n;

	while (p->pending_len == 0) {
		n = session_input(p->session, p->pending, sizeof(p->pending));
		if (n < 0)
			return;
		if (p->a->no_input)
			continue;
		if (n == 0)
			end_input(p);
		else if (p->a->input >= 0) /* otherwise nobody reads it any more */
			p->pending_len = (size_t)n;
		p->pending_at = 0;
	}
}

static void give_input(struct pump *p)
{
	ssize_t n = write(p->a->input, p->pending + p->pending_at, p->pending_len);

	if (n > 0) {
		p->pending_at += (size_t)n;
		p->pending_len -= (size_t)n;
	} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		p->pending_len = 0; /* the process has closed its input */
		if (!p->a->tty)
			close_fd(&p->a->input);
	}
}

/* Passes on at most max bytes of an output; returns how many, 0 if there were none. */
static size_t pass_output(struct pump *p, int index, size_t max)
{
	size_t want = max < sizeof(p->piece) ? max : sizeof(p->piece);
	ssize_t n = read(p->a->outputs[index], p->piece, want);

	if (n > 0 && p->a->silent)
		return (size_t)n;
	if (n > 0) {
		session_output(p->session, index == 0 ? SESSION_STDOUT : SESSION_STDERR, p->piece,
			(size_t)n);
		return (size_t)n;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(&p->a->outputs[index]); /* EIO: nobody has the terminal any more */
	return 0;
}

/* The process has ended: what it wrote lies ready; what others write later is not waited for. */
static void drain(struct pump *p)
{
	for (int i = 0; i < 2; i++) {
		int left = TERMINAL_DRAIN;

		if (p->a->outputs[i] < 0 ||
			(!p->a->tty && ioctl(p->a->outputs[i], FIONREAD, &left) != 0))
			continue;
		while (left > 0 && p->a->outputs[i] >= 0 && !session_gone(p->session)) {
			size_t n = pass_output(p, i, (size_t)left);

			if (n == 0)
				break;
			left -= (int)n;
		}
	}
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
				p->code = (int)wire_field_u64(&f);
			else if (f.tag == FIELD_LAST)
				p->last = wire_field_u64(&f) != 0;
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

enum { SLOT_SESSION, SLOT_WARDEN, SLOT_INPUT, SLOT_OUTPUTS, SLOTS = SLOT_OUTPUTS + 2 };

/* One wait for whatever can go on, and one step of it. */
static void step(struct pump *p)
{
	struct pollfd fds[SLOTS];
	size_t room;

	session_event_clear(p->session);
	take_input(p);
	room = session_room(p->session);
	fds[SLOT_SESSION] = (struct pollfd){session_event_fd(p->session), POLLIN, 0};
	fds[SLOT_WARDEN] = (struct pollfd){p->a->conn.fd, POLLIN, 0};
	/* a descriptor that is not waited for must be absent: its end would be told all the time */
	fds[SLOT_INPUT] = (struct pollfd){p->pending_len > 0 ? p->a->input : -1, POLLOUT, 0};
	for (int i = 0; i < 2; i++)
		fds[SLOT_OUTPUTS + i] =
			(struct pollfd){room > 0 ? p->a->outputs[i] : -1, POLLIN, 0};
	if (session_gone(p->session) || poll(fds, SLOTS, -1) <= 0)
		return;
	if (fds[SLOT_INPUT].revents != 0)
		give_input(p);
	for (int i = 0; i < 2; i++)
		if (fds[SLOT_OUTPUTS + i].revents != 0)
			pass_output(p, i, session_room(p->session));
	if (fds[SLOT_WARDEN].revents != 0)
		read_warden(p);
}

enum attach_end attach_run(struct session *s, struct attachment *a, int *code, bool *last)
{
	struct pump *p = xcalloc(1, sizeof(*p));
	enum attach_end end = ATTACH_EXITED;

	p->session = s;
	p->a = a;
	if (a->no_input)
		end_input(p);
	/* its end may have been read together with its start */
	p->lost = take_frames(p) < 0;
	while (!p->exited && !p->lost && !session_gone(s))
		step(p);
	if (p->exited || p->lost)
		drain(p);
	if (!p->exited)
		end = p->lost ? ATTACH_LOST : ATTACH_GONE;
	*code = p->code;
	*last = p->last;
	free(p);
	return end;
}
