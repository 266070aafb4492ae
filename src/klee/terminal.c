/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_raw(struct terminal *t)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &t->saved) < 0)
		return false;
	raw = t->saved;
	cfmakeraw(&raw);
	t->raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
	return t->raw;
}

void terminal_restore(struct terminal *t)
{
	if (t->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &t->saved);
	t->raw = false;
}

bool terminal_size(unsigned int *rows, unsigned int *cols)
{
	struct winsize size;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
			*rows = size.ws_row;
			*cols = size.ws_col;
			return true;
		}
	}
	return false;
}

/* Global because a signal handler is given nothing else: the pipe, and what was caught. */
static int signal_pipe[2] = {-1, -1};
static sigset_t caught;

static void on_signal(int number)
{
	unsigned char byte = (unsigned char)number;
	int saved = errno;

	(void)!write(signal_pipe[1], &byte, 1);
	errno = saved;
}

int signals_catch(const int *signals)
{
	/* no SA_RESTART: a write to a reader that does not read must end */
	struct sigaction action = {.sa_handler = on_signal}, old;

	if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	sigemptyset(&caught);
	sigfillset(&action.sa_mask);
	for (; *signals != 0; signals++) {
		/* a signal ignored for us, as by nohup(1), stays so */
		sigaction(*signals, NULL, &old);
		if (old.sa_handler == SIG_IGN)
			continue;
		sigaddset(&caught, *signals);
		sigaction(*signals, &action, NULL);
	}
	return signal_pipe[0];
}

void signals_release(void)
{
	for (int number = 1; number < NSIG; number++)
		if (sigismember(&caught, number) == 1)
			signal(number, SIG_DFL);
	sigemptyset(&caught);
	for (size_t i = 0; i < 2; i++) {
		if (signal_pipe[i] >= 0)
			close(signal_pipe[i]);
		signal_pipe[i] = -1;
	}
}
