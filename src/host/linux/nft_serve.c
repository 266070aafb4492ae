/* SPDX-License-Identifier: BSD-2-Clause */
/* libnftables' process itself: one thread, three descriptors, nothing but transactions. */
#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/firewall.h"
#include "host/linux/nft_process.h"

bool nft_receive(int fd, void *to, size_t len)
{
	char *at = to;

	while (len > 0) {
		ssize_t n = recv(fd, at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool send_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool nft_send(int fd, int result, const char *text)
{
	const struct nft_header header = {result, (unsigned int)strlen(text)};

	return send_all(fd, &header, sizeof(header)) && send_all(fd, text, header.len);
}

/* Whether the file is still the one of that name: whoever had it before removes it at its end. */
static bool is_there(int fd, const char *path)
{
	struct stat own, there;

	return fstat(fd, &own) == 0 && stat(path, &there) == 0 && own.st_ino == there.st_ino &&
	       own.st_dev == there.st_dev;
}

/* Waits until the process of a daemon that was killed has done its last. */
static int take_lock(const char *path)
{
	int fd;

	while ((fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)) >= 0) {
		while (flock(fd, LOCK_EX) != 0)
			if (errno != EINTR) {
				close(fd);
				return -1;
			}
		if (is_there(fd, path))
			return fd;
		close(fd);
	}
	return -1;
}

/* False: there is nothing more to do. */
static bool serve_one(struct nft_ctx *nft)
{
	AUTO_FREE char *commands = NULL;
	struct nft_header header;
	int result;

	if (!nft_receive(STDIN_FILENO, &header, sizeof(header)))
		return false;
	commands = xcalloc(1, (size_t)header.len + 1);
	if (!nft_receive(STDIN_FILENO, commands, header.len))
		return false;
	result = nft_run_cmd_from_buffer(nft, commands);
	return nft_send(STDIN_FILENO, result,
		result == 0 ? nft_ctx_get_output_buffer(nft) : nft_ctx_get_error_buffer(nft));
}

int nft_serve(const char *lock)
{
	AUTO_CLOSE int fd = take_lock(lock);
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);

	/* what ends the daemon ends this: what is sent to both must not come in between */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (fd < 0 || nft == NULL || nft_ctx_buffer_output(nft) != 0 ||
		nft_ctx_buffer_error(nft) != 0) {
		fprintf(stderr, "kleened: nftables' process cannot begin: %s: %s\n", lock,
			strerror(errno));
		return 1;
	}
	while (serve_one(nft))
		;
	nft_ctx_free(nft);
	unlink(lock);
	return 0;
}

int filter_process(int argc, char **argv)
{
	return argc == 2 && strcmp(argv[0], FILTER_PROCESS) == 0 ? nft_serve(argv[1]) : -1;
}
