/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* Those that both systems have. */
static const struct {
	const char *name;
	int number;
} signals[] = {
	{"HUP", SIGHUP},
	{"INT", SIGINT},
	{"QUIT", SIGQUIT},
	{"ILL", SIGILL},
	{"TRAP", SIGTRAP},
	{"ABRT", SIGABRT},
	{"BUS", SIGBUS},
	{"FPE", SIGFPE},
	{"KILL", SIGKILL},
	{"USR1", SIGUSR1},
	{"SEGV", SIGSEGV},
	{"USR2", SIGUSR2},
	{"PIPE", SIGPIPE},
	{"ALRM", SIGALRM},
	{"TERM", SIGTERM},
	{"CHLD", SIGCHLD},
	{"CONT", SIGCONT},
	{"STOP", SIGSTOP},
	{"TSTP", SIGTSTP},
	{"TTIN", SIGTTIN},
	{"TTOU", SIGTTOU},
	{"URG", SIGURG},
	{"XCPU", SIGXCPU},
	{"XFSZ", SIGXFSZ},
	{"VTALRM", SIGVTALRM},
	{"PROF", SIGPROF},
	{"WINCH", SIGWINCH},
	{"IO", SIGIO},
	{"SYS", SIGSYS},
};

/* A number without sign and blanks; -1: it is none. */
static long number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return text[0] >= '0' && text[0] <= '9' && *end == '\0' ? n : -1;
}

/* "RTMIN", "RTMIN+3", "RTMAX-1"; -1: no real-time signal. */
static long real_time(const char *name)
{
	bool from_end = strncasecmp(name, "RTMAX", 5) == 0;
	long offset = 0;

	if (!from_end && strncasecmp(name, "RTMIN", 5) != 0)
		return -1;
	if (name[5] != '\0') {
		offset = number(name + 6);
		if (name[5] != (from_end ? '-' : '+') || offset < 0 || offset > SIGRTMAX)
			return -1;
	}
	offset = from_end ? SIGRTMAX - offset : SIGRTMIN + offset;
	return offset >= SIGRTMIN ? offset : -1;
}

int signal_parse(const char *text, struct error *err)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	long n = number(text);

	for (size_t i = 0; i < ARRAY_SIZE(signals) && n < 0; i++)
		if (strcasecmp(signals[i].name, name) == 0)
			n = signals[i].number;
	if (n < 0)
		n = real_time(name);
	if (n > 0 && n <= SIGRTMAX)
		return (int)n;
	return error_set(err, ERROR_INVALID, "there is no signal '%s'", text);
}
