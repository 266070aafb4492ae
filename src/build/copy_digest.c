/* SPDX-License-Identifier: BSD-2-Clause */
/* What COPY copies, as a digest for the cache. */
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "build/copy.h"

struct digest {
	EVP_MD_CTX *sum;
	struct session *session;
};

/* Strings go in with their ends, so that no two lists of them are alike. */
static void add(
	struct digest *d, char kind, const char *name, const struct stat *st, const char *more)
{
	const uint64_t numbers[] = {
		(uint64_t)st->st_mode & 07777, S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0};

	EVP_DigestUpdate(d->sum, &kind, 1);
	EVP_DigestUpdate(d->sum, name, strlen(name) + 1);
	EVP_DigestUpdate(d->sum, numbers, sizeof(numbers));
	EVP_DigestUpdate(d->sum, more, strlen(more) + 1);
}

static int digest_directory(void *arg, const char *name, const struct stat *st, struct error *err)
{
	add(arg, 'd', name, st, "");
	return 0;
}

static int digest_nothing(void *arg, const char *name, const struct stat *st, struct error *err)
{
	return 0;
}

static int digest_link(
	void *arg, const char *name, const char *target, const struct stat *st, struct error *err)
{
	add(arg, 'l', name, st, target);
	return 0;
}

static int digest_file(
	void *arg, const char *name, int fd, const struct stat *st, struct error *err)
{
	struct digest *d = arg;
	char piece[65536];
	ssize_t n;

	add(d, 'f', name, st, "");
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		EVP_DigestUpdate(d->sum, piece, (size_t)n);
	if (n < 0)
		return error_errno(err, errno, "cannot read '%s' of the context", name);
	return step_check_client(d->session, err);
}

char *copy_digest(struct build *b, const struct strings *sources, struct error *err)
{
	struct digest d = {.sum = EVP_MD_CTX_new(), .session = b->session};
	const struct context_visitor visitor = {
		digest_directory, digest_nothing, digest_file, digest_link, &d};
	unsigned char sum[EVP_MAX_MD_SIZE];
	struct buffer text = {0};
	unsigned int len = 0;
	int result = 0;

	if (d.sum == NULL || EVP_DigestInit_ex(d.sum, EVP_sha256(), NULL) != 1)
		abort(); /* out of memory */
	for (size_t i = 0; i < sources->n && result == 0; i++) {
		EVP_DigestUpdate(d.sum, sources->v[i], strlen(sources->v[i]) + 1);
		result = context_walk(&b->context, sources->v[i], &visitor, err);
	}
	EVP_DigestFinal_ex(d.sum, sum, &len);
	EVP_MD_CTX_free(d.sum);
	for (unsigned int i = 0; i < len && result == 0; i++)
		buffer_printf(&text, "%02x", sum[i]);
	return text.data;
}
