/* SPDX-License-Identifier: BSD-2-Clause */
/* Fetching images, from files and from a small HTTP server in a thread of the test. */
#include "tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include "fetch/fetch.h"
#include "fetch/host_files.h"

struct fixture {
	char *dir, *root;
	int fd;
	char tar[1 << 16];
	size_t len;
	char sum[65];
	int listener;
	unsigned int port;
	SSL_CTX *tls; /* the server speaks TLS */
	pthread_t server;
	bool cancel;
	unsigned int updates;
	char lines[512];
	struct error err;
};

static void make_tar(struct fixture *f)
{
	struct archive *w = archive_write_new();
	struct archive_entry *e = archive_entry_new();

	archive_write_add_filter_gzip(w);
	archive_write_set_format_ustar(w);
	archive_write_open_memory(w, f->tar, sizeof(f->tar), &f->len);
	archive_entry_set_pathname(e, "file");
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, 4);
	archive_write_header(w, e);
	archive_write_data(w, "text", 4);
	archive_entry_set_filetype(e, AE_IFCHR);
	archive_entry_set_pathname(e, "null");
	archive_entry_set_size(e, 0);
	archive_write_header(w, e);
	archive_entry_free(e);
	archive_write_free(w);

	unsigned char sum[32];
	EVP_Digest(f->tar, f->len, sum, NULL, EVP_sha256(), NULL);
	for (int i = 0; i < 32; i++)
		snprintf(f->sum + 2 * i, 3, "%02x", sum[i]);
}

static void say(int fd, SSL *ssl, const void *data, size_t n)
{
	if (ssl != NULL)
		(void)!SSL_write(ssl, data, (int)n);
	else
		(void)!send(fd, data, n, MSG_NOSIGNAL);
}

static void answer(struct fixture *f, int fd, SSL *ssl, const char *path)
{
	char head[512];
	size_t claimed = f->len, given = f->len;

	if (strcmp(path, "/moved") == 0 || strcmp(path, "/to-file") == 0) {
		bool file = strcmp(path, "/to-file") == 0;
		snprintf(head, sizeof(head),
			"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
			file ? at("file://%s/image.tar", f->dir) : "/image");
		say(fd, ssl, head, strlen(head));
		return;
	}
	if (strcmp(path, "/missing") == 0) {
		const char *no = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\noops";
		say(fd, ssl, no, strlen(no));
		return;
	}
	if (strcmp(path, "/short") == 0)
		given /= 2;
	if (strcmp(path, "/hangs") == 0)
		given = 0;
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", claimed);
	say(fd, ssl, head, strlen(head));
	say(fd, ssl, f->tar, given);
	char c;
	if (given == 0) /* until the client goes away */
		(void)!recv(fd, &c, 1, 0);
}

static void serve(struct fixture *f, int fd)
{
	SSL *ssl = NULL;
	char request[4096] = "", path[256] = "";
	size_t len = 0;

	if (f->tls != NULL) {
		ssl = SSL_new(f->tls);
		SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) != 1) {
			SSL_free(ssl);
			return;
		}
	}
	while (strstr(request, "\r\n\r\n") == NULL && len + 1 < sizeof(request)) {
		size_t room = sizeof(request) - 1 - len;
		ssize_t n = ssl ? SSL_read(ssl, request + len, (int)room)
				: recv(fd, request + len, room, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (sscanf(request, "GET %255s", path) == 1)
		answer(f, fd, ssl, path);
	SSL_free(ssl);
}

static void *server(void *arg)
{
	struct fixture *f = arg;
	int fd;

	while ((fd = accept(f->listener, NULL, NULL)) >= 0) {
		serve(f, fd);
		close(fd);
	}
	return NULL;
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);

	f->dir = tree_new();
	f->root = xasprintf("%s/root", f->dir);
	assert_int_equal(mkdir(f->root, 0755), 0);
	f->fd = open(f->root, O_RDONLY | O_DIRECTORY);
	make_tar(f);
	f->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(f->listener, 8), 0);
	assert_int_equal(getsockname(f->listener, (struct sockaddr *)&a, &len), 0);
	f->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&f->server, NULL, server, f), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	shutdown(f->listener, SHUT_RDWR);
	pthread_join(f->server, NULL);
	close(f->listener);
	close(f->fd);
	SSL_CTX_free(f->tls);
	free(f->root);
	tree_remove(f->dir);
	free(f);
	return 0;
}

static void on_line(void *arg, const char *text)
{
	struct fixture *f = arg;
	snprintf(f->lines, sizeof(f->lines), "%s", text);
}

static void on_update(void *arg, const char *text)
{
	((struct fixture *)arg)->updates++;
	assert_null(strchr(text, '\n'));
}

static bool on_cancelled(void *arg)
{
	return ((struct fixture *)arg)->cancel;
}

static int fetch(struct fixture *f, const char *url, const char *sum)
{
	struct progress p = {on_line, on_update, on_cancelled, f};
	return image_fetch(url, sum, f->fd, &p, &f->err);
}

static const char *http(struct fixture *f, const char *path)
{
	return at("http://127.0.0.1:%u%s", f->port, path);
}

static void fetched(struct fixture *f, int rc)
{
	if (rc != 0)
		fail_msg("%s", f->err.message);
	assert_file(at("%s/file", f->root), "text");
	assert_true(f->updates > 0);
	assert_string_equal(f->lines, "left out: 1 device nodes");
}

static void refused(struct fixture *f, int rc, const char *part)
{
	assert_int_equal(rc, -1);
	if (strstr(f->err.message, part) == NULL)
		fail_msg("'%s' is not in '%s'", part, f->err.message);
	assert_null(strchr(f->err.message, '\n'));
}

static void put_tar(struct fixture *f, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, f->tar, f->len), f->len);
	close(fd);
}

static void test_file(void **state)
{
	struct fixture *f = *state;

	put_tar(f, at("%s/an image.tar", f->dir));
	fetched(f, fetch(f, at("file://%s/an%%20image.tar", f->dir), f->sum));
	refused(f, fetch(f, at("file://%s/none", f->dir), NULL), "no such file");
	refused(f, fetch(f, at("file://%s", f->dir), NULL), "no regular file");
	assert_int_equal(mkfifo(at("%s/fifo", f->dir), 0644), 0);
	refused(f, fetch(f, at("file://%s/fifo", f->dir), NULL), "no regular file");
}

static void test_other_urls(void **state)
{
	struct fixture *f = *state;
	static const char *const urls[] = {"ftp://127.0.0.1/x", "gopher://x/", "/etc/passwd", "",
		"http://", "scp://x/y", "file", "javascript:x"};

	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		assert_int_equal(fetch(f, urls[i], NULL), -1);
		assert_int_equal(f->err.kind, ERROR_INVALID);
		assert_non_null(strstr(f->err.message, urls[i]));
	}
}

static void test_http(void **state)
{
	struct fixture *f = *state;

	fetched(f, fetch(f, http(f, "/image"), NULL));
}

static void test_redirected(void **state)
{
	struct fixture *f = *state;

	fetched(f, fetch(f, http(f, "/moved"), f->sum));
}

static void test_not_redirected_to_file(void **state)
{
	struct fixture *f = *state;

	put_tar(f, at("%s/image.tar", f->dir));
	refused(f, fetch(f, http(f, "/to-file"), NULL), "cannot fetch");
	assert_false(is_there(at("%s/file", f->root)));
}

static void test_status(void **state)
{
	struct fixture *f = *state;

	refused(f, fetch(f, http(f, "/missing"), NULL), "HTTP status 404");
	assert_int_equal(f->err.kind, ERROR_NOT_FOUND);
}

static void test_cut_off(void **state)
{
	struct fixture *f = *state;

	refused(f, fetch(f, http(f, "/short"), NULL), "cannot fetch http://127.0.0.1");
}

static void test_nobody_listens(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0); /* bound but not listening */

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	refused(f, fetch(f, at("http://127.0.0.1:%u/", ntohs(a.sin_port)), NULL),
		"Connection refused");
	close(fd);
}

static void test_wrong_sum(void **state)
{
	struct fixture *f = *state;

	f->sum[0] = f->sum[0] == '0' ? '1' : '0';
	refused(f, fetch(f, http(f, "/image"), f->sum), f->sum);
}

static void test_password_not_shown(void **state)
{
	struct fixture *f = *state;

	static const char *const others[] = {"ftp://user:secret@host/x", "http://user:secret@",
		"user:secret@host/x", "http://user:secret@host:x/"};

	refused(f, fetch(f, at("http://user:secret@127.0.0.1:%u/missing", f->port), NULL), "404");
	assert_null(strstr(f->err.message, "secret"));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_int_equal(fetch(f, others[i], NULL), -1);
		assert_null(strstr(f->err.message, "secret"));
	}
}

static void test_cancelled(void **state)
{
	struct fixture *f = *state;

	f->cancel = true;
	refused(f, fetch(f, http(f, "/hangs"), NULL), "cancelled");
}

static bool cancel_second_time(void *arg)
{
	return ((struct fixture *)arg)->updates++ > 0;
}

/* While it waits for the server. */
static void test_cancelled_waiting(void **state)
{
	struct fixture *f = *state;
	struct progress p = {.cancelled = cancel_second_time, .arg = f};

	refused(f, image_fetch(http(f, "/hangs"), NULL, f->fd, &p, &f->err), "cancelled");
}

/* By functions that OpenSSL 1.1, FreeBSD 13's, has as well. */
static EVP_PKEY *new_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	EVP_PKEY *key = NULL;

	assert_true(EVP_PKEY_keygen_init(ctx) > 0);
	assert_true(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1) > 0);
	assert_true(EVP_PKEY_keygen(ctx, &key) > 0);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void test_self_signed(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = new_key();
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(cert, name);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	f->tls = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate(f->tls, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(f->tls, key), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
	refused(f, fetch(f, at("https://localhost:%u/image", f->port), NULL), "certificate");
	assert_false(is_there(at("%s/file", f->root)));
}

static void test_text(void **state)
{
	struct fixture *f = *state;
	struct progress p = {0};
	struct buffer text = {0};

	put_file(at("%s/text", f->dir), "words");
	AUTO_FREE char *url = xasprintf("file://%s/text", f->dir);
	assert_int_equal(fetch_text(url, 5, &text, &p, &f->err), 0);
	assert_string_equal(text.data, "words");
	buffer_free(&text);
	refused(f, fetch_text(url, 4, &text, &p, &f->err), "more than 4 bytes");
	buffer_free(&text);
}

/* A file of the host is copied into the image, never through a link of the image. */
static void test_host_file(void **state)
{
	struct fixture *f = *state;

	put_file(at("%s/text", f->dir), "words");
	AUTO_FREE char *source = xasprintf("%s/text", f->dir);
	AUTO_FREE char *copy = xasprintf("%s%s", f->root, source);
	assert_int_equal(host_file_copy(f->fd, source, &f->err), 0);
	assert_file(copy, "words");
	unlink(copy);
	put_file(at("%s/outside", f->dir), "keep");
	assert_int_equal(symlink(at("%s/outside", f->dir), copy), 0);
	assert_int_equal(host_file_copy(f->fd, source, &f->err), 0);
	assert_file(copy, "words");
	assert_file(at("%s/outside", f->dir), "keep");
	unlink(source);
	assert_int_equal(host_file_copy(f->fd, source, &f->err), 0);
	assert_file(copy, "words");

	put_file(source, "other");
	unlink(copy);
	*strrchr(copy, '/') = '\0';
	assert_int_equal(rmdir(copy), 0);
	assert_int_equal(symlink(f->dir, copy), 0);
	refused(f, host_file_copy(f->fd, source, &f->err), "symbolic link");
	assert_file(source, "other");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_file),
		TEST(test_other_urls),
		TEST(test_http),
		TEST(test_redirected),
		TEST(test_not_redirected_to_file),
		TEST(test_status),
		TEST(test_cut_off),
		TEST(test_nobody_listens),
		TEST(test_wrong_sum),
		TEST(test_password_not_shown),
		TEST(test_cancelled),
		TEST(test_cancelled_waiting),
		TEST(test_self_signed),
		TEST(test_text),
		TEST(test_host_file),
	};

	signal(SIGPIPE, SIG_IGN);
	/* a proxy of this machine must not get in between */
	setenv("no_proxy", "*", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
