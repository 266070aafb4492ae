/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's side of libnftables' process. */
#include "host/linux/nft_process.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "host/firewall.h"

#define TRIES	   2
#define PATIENCE   60 /* seconds; what the largest ruleset takes is below one */
#define ANSWER_MAX (64u << 20) /* bytes */

struct nft_process {
	char *lock;
	pid_t pid;
	int fd; /* -1: there is none */
};

struct nft_process *nft_process_new(const char *lock)
{
	struct nft_process *p = xcalloc(1, sizeof(*p));

	p->lock = xstrdup(lock);
	p->fd = -1;
	return p;
}

/* It ends by itself when its socket is closed; one that does not answer is made to. */
static void end(struct nft_process *p, bool kill_it)
{
	if (p->fd < 0)
		return;
	close_fd(&p->fd);
	if (kill_it)
		kill(p->pid, SIGKILL);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void nft_process_free(struct nft_process *p)
{
	if (p == NULL)
		return;
	end(p, false);
	free(p->lock);
	free(p);
}

/* ---- starting ---- */

static int spawn(struct nft_process *p, int in)
{
	char *const argv[] = {(char *)(uintptr_t)FILTER_PROCESS, p->lock, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int errnum;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	errnum = posix_spawn(&p->pid, "/proc/self/exe", &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return errnum;
}

static int begin(struct nft_process *p, struct error *err)
{
	const struct timeval patience = {.tv_sec = PATIENCE};
	int pair[2], errnum;

	if (p->fd >= 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return error_errno(err, errno, "cannot make a socket for nftables' process");
	errnum = spawn(p, pair[1]);
	close(pair[1]);
	if (errnum != 0) {
		close(pair[0]);
		return error_errno(err, errnum, "cannot start nftables' process");
	}
	p->fd = pair[0];
	/* for each piece that is sent or received: the process may be stopped amid an answer */
	setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return 0;
}

/* ---- asking ---- */

static bool ask(struct nft_process *p, const char *commands, int *result, struct buffer *text)
{
	AUTO_FREE char *data = NULL;
	struct nft_header header;

	if (!nft_send(p->fd, 0, commands) || !nft_receive(p->fd, &header, sizeof(header)) ||
		header.len > ANSWER_MAX)
		return false;
	data = xmalloc(header.len + 1);
	if (header.len > 0 && !nft_receive(p->fd, data, header.len))
		return false;
	buffer_add(text, data, header.len);
	*result = header.result;
	return true;
}

/* The first line of what the library says, which goes on with the text it has read. */
static int refused(const char *text, struct error *err)
{
	const char *reason = strstr(text, "Error: ");

	reason = reason != NULL ? reason + strlen("Error: ") : text;
	return error_set(err, ERROR_SYSTEM, "nftables refuses the firewall's rules: %.*s",
		(int)strcspn(reason, "\n"), reason);
}

int nft_process_run(
	struct nft_process *p, const char *commands, struct buffer *output, struct error *err)
{
	for (int i = 0; i < TRIES; i++) {
		AUTO(buffer_free) struct buffer text = {0};
		int result = 0;

		if (begin(p, err) != 0)
			return -1;
		buffer_puts(&text, "");
		if (ask(p, commands, &result, &text)) {
			if (result != 0)
				return refused(text.data, err);
			if (output != NULL)
				buffer_puts(output, text.data);
			return 0;
		}
		log_warning("nftables' process has ended, or does not answer: it is started anew");
		end(p, true);
	}
	return error_set(err, ERROR_SYSTEM,
		"nftables' process ends, or does not answer, when it is given the firewall's "
		"rules");
}
