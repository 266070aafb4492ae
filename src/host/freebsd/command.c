/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#define OUTPUT_MAX (64u << 20) /* bytes: lists of 100,000s of datasets fit */

/* One of the command's output streams. */
struct stream {
	int reader, writer;
	struct buffer *to; /* NULL: thrown away */
};

static void stream_close(struct stream *s)
{
	close_fd(&s->reader);
	close_fd(&s->writer);
}

static int stream_open(struct stream *s, struct error *err)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_errno(err, errno, "pipe");
	s->reader = pair[0];
	s->writer = pair[1];
	return 0;
}

/* Reads once; closes the stream at its end. */
static void stream_read(struct stream *s)
{
	char block[16384];
	ssize_t n = read(s->reader, block, sizeof(block));

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0)
		close_fd(&s->reader);
	else if (s->to != NULL && s->to->len < OUTPUT_MAX)
		buffer_add(s->to, block, (size_t)n);
}

static void read_all(struct stream *out, struct stream *errors)
{
	while (out->reader >= 0 || errors->reader >= 0) {
		struct pollfd fds[] = {
			{.fd = out->reader, .events = POLLIN},
			{.fd = errors->reader, .events = POLLIN},
		};

		if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
			continue;
		if (fds[0].revents != 0)
			stream_read(out);
		if (fds[1].revents != 0)
			stream_read(errors);
	}
}

/* With no signal blocked or ignored, whatever the calling thread has. */
static int spawn(
	const char *const argv[], const struct stream *out, const struct stream *errors, pid_t *pid)
{
	static char language[] = "LC_ALL=C", path[] = "PATH=/sbin:/bin:/usr/sbin:/usr/bin";
	char *env[] = {language, path, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, pipes;
	int failure;

	sigemptyset(&none);
	sigemptyset(&pipes);
	sigaddset(&pipes, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &pipes);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out->writer, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, errors->writer, STDERR_FILENO);
	failure = posix_spawn(
		pid, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return failure;
}

/* What the command said, on one line. */
static int command_failed(
	const char *const argv[], int status, struct buffer *said, struct error *err)
{
	const char *name = strrchr(argv[0], '/') + 1;

	for (size_t i = 0; i < said->len; i++)
		if (said->data[i] == '\n' || said->data[i] == '\0')
			said->data[i] = i + 1 < said->len ? ';' : '\0';
	if (said->len > 0)
		return error_set(err, ERROR_SYSTEM, "%s %s: %s", name, argv[1], said->data);
	return error_set(err, ERROR_SYSTEM, "%s %s failed with wait status %#x", name, argv[1],
		(unsigned)status);
}

int command_run(const char *const argv[], struct buffer *output, struct error *err)
{
	AUTO(buffer_free) struct buffer said = {0};
	AUTO(stream_close) struct stream out = {-1, -1, output};
	AUTO(stream_close) struct stream errors = {-1, -1, &said};
	int failure, status = 0;
	pid_t pid;

	if (stream_open(&out, err) < 0 || stream_open(&errors, err) < 0)
		return -1;
	failure = spawn(argv, &out, &errors, &pid);
	if (failure != 0)
		return error_errno(err, failure, "%s", argv[0]);
	close_fd(&out.writer);
	close_fd(&errors.writer);
	read_all(&out, &errors);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_errno(err, errno, "wait for %s", argv[0]);
	return status == 0 ? 0 : command_failed(argv, status, &said, err);
}
