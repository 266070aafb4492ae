/* SPDX-License-Identifier: BSD-2-Clause */
/* A server of its own on a Unix socket, with endpoints of its own; the client writes raw bytes. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#include "base/mem.h"
#include "http/api.h"
#include "http/openapi.h"
#include "http/pool.h"
#include "http/server.h"
#include "http/session.h"

struct daemon {
	atomic_int entered, left; /* how often the handler "gate" began and ended */
	atomic_bool open; /* lets it end */
	atomic_int sessions_over; /* sessions whose client went away */
	atomic_size_t input; /* bytes of standard input seen */
};

static void nap(void)
{
	poll(NULL, 0, 1);
}

/* --- endpoints --- */

static int echo(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	res->body = json_pack("{s:O}", "config", req->body);
	return 0;
}

static int params(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	res->body = json_pack("{s:s, s:s, s:O}", "first", req->path[0], "second",
		req->path[1] ? req->path[1] : "", "query", req->query);
	return 0;
}

static int failing(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	long kind = json_integer_value(json_object_get(req->query, "kind"));

	return error_set(err, (enum error_kind)kind, "failed on \"%s\"", "purpose");
}

static int nothing(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	return 0;
}

static int gate(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	d->entered++;
	while (!d->open)
		nap();
	d->left++;
	res->body = json_object();
	return 0;
}

static int large(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	res->body = json_array();
	for (int i = 0; i < 300000; i++)
		json_array_append_new(res->body, json_integer(i));
	return 0;
}

static const struct field exec_fields[] = {
	{"container_id", SCHEMA_STRING, NULL, true, NULL, NULL, ""},
	{"cmd", SCHEMA_STRINGS, NULL, false, "[]", NULL, ""},
	{"env", SCHEMA_STRINGS, NULL, false, "[]", NULL, ""},
	{"user", SCHEMA_STRING, NULL, false, "\"\"", NULL, ""},
	{"tty", SCHEMA_BOOLEAN, NULL, false, "false", NULL, ""},
	{.name = NULL},
};
static const struct field start_fields[] = {
	{"exec_id", SCHEMA_STRING, NULL, true, NULL, NULL, ""},
	{"separate_stderr", SCHEMA_BOOLEAN, NULL, false, "false", NULL, ""},
	{.name = NULL},
};
static const struct field logs_fields[] = {
	{"container", SCHEMA_STRING, NULL, true, NULL, NULL, ""},
	{"tail", SCHEMA_INTEGER, NULL, false, "-1", NULL, ""},
	{.name = NULL},
};
static const struct field message_fields[] = {
	{"message", SCHEMA_STRING, NULL, true, NULL, NULL, ""}, {.name = NULL}};
static const struct schema exec_schema = {"ExecConfig", exec_fields};
static const struct schema start_schema = {"ExecStartConfig", start_fields};
static const struct schema logs_schema = {"LogsConfig", logs_fields};
static const struct schema error_schema = {"ErrorResponse", message_fields};
static const struct schema message_schema = {"WebSocketMessage", message_fields};
static const struct schema *const schemas[] = {
	&exec_schema, &start_schema, &logs_schema, &error_schema, &message_schema, NULL};

static const struct query_param kind_query[] = {
	{"kind", SCHEMA_INTEGER, true, "error kind"}, {.name = NULL}};
static const struct query_param all_query[] = {
	{"all", SCHEMA_BOOLEAN, false, ""}, {"name", SCHEMA_STRING, false, ""}, {.name = NULL}};

static int openapi_get(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);

static const struct endpoint endpoints[] = {
	{"POST", "/echo", echo, &exec_schema, NULL, NULL, 201, 409, ""},
	{"GET", "/things/{id}/parts/{part}", params, NULL, all_query, NULL, 200, 0, ""},
	{"POST", "/things/create", nothing, NULL, NULL, NULL, 204, 0, ""},
	{"DELETE", "/things/{id}", params, NULL, NULL, NULL, 200, 0, ""},
	{"GET", "/fail", failing, NULL, kind_query, NULL, 200, 404, ""},
	{"GET", "/gate", gate, NULL, NULL, NULL, 200, 0, ""},
	{"GET", "/large", large, NULL, NULL, NULL, 200, 0, ""},
	{"GET", "/openapi.json", openapi_get, NULL, NULL, NULL, 200, 0, ""},
	{.path = NULL},
};

/* --- stream endpoints --- */

/* A pipe that is readable when something has changed for the session. */
static void write_event(void *arg)
{
	(void)!write(((int *)arg)[1], "", 1);
}

static void begin_events(struct session *s, int fds[2])
{
	assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	session_watch(s, write_event, fds);
}

static void wait_event(const int fds[2])
{
	char bytes[64];
	struct pollfd p = {fds[0], POLLIN, 0};

	poll(&p, 1, -1);
	(void)!read(fds[0], bytes, sizeof(bytes)); /* before what has changed is looked at */
}

static void end_events(struct session *s, const int fds[2])
{
	session_watch(s, NULL, NULL);
	close(fds[0]);
	close(fds[1]);
}

/* Sends its input back until the end of input, or until the client is gone. */
static int cat(struct daemon *d, struct session *s, json_t *config, struct error *err)
{
	char buf[4096];
	int events[2];
	ssize_t n;

	session_split(s, json_is_true(json_object_get(config, "separate_stderr")));
	session_starting(s, "started", "");
	begin_events(s, events);
	for (;;) {
		while ((n = session_input(s, buf, sizeof(buf))) > 0) {
			d->input += (size_t)n;
			session_output(s, SESSION_STDOUT, buf, (size_t)n);
		}
		if (n == 0)
			break;
		if (session_gone(s)) {
			end_events(s, events);
			d->sessions_over++;
			return 0;
		}
		wait_event(events);
	}
	end_events(s, events);
	session_finish(s, 1000, "over", "id");
	return 0;
}

/* Writes as much as the client takes: "tail" MiB, or for ever if it is negative. */
static int pour(struct daemon *d, struct session *s, json_t *config, struct error *err)
{
	static const char block[65536] = {[0 ... 65535] = 'x'};
	json_int_t n = json_integer_value(json_object_get(config, "tail"));

	for (json_int_t i = 0; n < 0 || i < n * 16; i++) {
		if (session_output(s, SESSION_STDOUT, block, sizeof(block))) {
			d->sessions_over++;
			return 0;
		}
	}
	session_finish(s, 1000, "poured", "");
	return 0;
}

/* Fails with the message that the container's name is. */
static int breaking(struct daemon *d, struct session *s, json_t *config, struct error *err)
{
	session_error_data(s, "@snapshot");
	return error_set(
		err, ERROR_SYSTEM, "%s", json_string_value(json_object_get(config, "container")));
}

/* Takes no input until the gate is open. */
static int deaf(struct daemon *d, struct session *s, json_t *config, struct error *err)
{
	char buf[65536];
	int events[2];
	ssize_t n;

	while (!d->open && !session_gone(s))
		nap();
	begin_events(s, events);
	for (;;) {
		while ((n = session_input(s, buf, sizeof(buf))) > 0)
			d->input += (size_t)n;
		if (n == 0 || session_gone(s))
			break;
		wait_event(events);
	}
	end_events(s, events);
	if (n)
		d->sessions_over++;
	session_finish(s, 1000, "heard", "");
	return 0;
}

static const struct stream_endpoint stream_endpoints[] = {
	{"/cat", "Cat", cat, &start_schema, ""},
	{"/pour", "Pour", pour, &logs_schema, ""},
	{"/break", "Break", breaking, &logs_schema, ""},
	{"/deaf", "Deaf", deaf, &start_schema, ""},
	{.path = NULL},
};

static const struct api api = {endpoints, stream_endpoints, schemas};

static int openapi_get(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	return openapi_answer(&api, res, err);
}

/* --- the server under test --- */

struct fixture {
	char dir[32], path[64], address[80];
	struct daemon daemon;
	struct pool *pool, *operations;
	struct stopper stopper;
	struct server *server;
	pthread_t thread;
	bool running;
	int fds; /* open descriptors before the server was there */
};

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

static void *loop(void *arg)
{
	server_run(arg);
	return NULL;
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct listener l = {.address = f->address};
	struct error err;

	f->fds = count_fds();
	strcpy(f->dir, "/tmp/kleene-test.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/s", f->dir);
	snprintf(f->address, sizeof(f->address), "http://%s", f->path);
	f->pool = pool_new(32);
	f->operations = pool_new(32);
	f->server = server_new(&(struct server_setup){.listeners = &l,
				       .n = 1,
				       .api = &api,
				       .daemon = &f->daemon,
				       .workers = {f->pool, f->operations},
				       .stopper = &f->stopper},
		&err);
	if (!f->server)
		fail_msg("%s", err.message);
	pthread_create(&f->thread, NULL, loop, f->server);
	f->running = true;
	*state = f;
	return 0;
}

static void stop(struct fixture *f)
{
	if (!f->running)
		return;
	f->running = false;
	server_stop(&f->stopper);
	pthread_join(f->thread, NULL);
	f->daemon.open = true;
	server_free(f->server);
	pool_free(f->pool);
	pool_free(f->operations);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	stop(f);
	close(f->stopper.fd - 1);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(count_fds(), f->fds);
	rmdir(f->dir);
	free(f);
	return 0;
}

/* --- a client --- */

static int dial(struct fixture *f)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(sun.sun_path, f->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void put(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len) {
		n = send(fd, p, len, MSG_NOSIGNAL);
		if (n <= 0)
			return; /* the server may refuse before all is sent */
		p += n;
		len -= (size_t)n;
	}
}

static void puts_fd(int fd, const char *text)
{
	put(fd, text, strlen(text));
}

static bool get(int fd, void *data, size_t len)
{
	char *p = data;
	ssize_t n;

	while (len) {
		n = recv(fd, p, len, 0);
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

struct answer {
	int status;
	char head[1024];
	char *body;
};

/* Reads one answer; the caller frees the body. */
static struct answer answer(int fd)
{
	struct answer a = {0};
	size_t len = 0, size = 0;
	char *p;

	while (!strstr(a.head, "\r\n\r\n")) {
		assert_true(len < sizeof(a.head) - 1);
		if (!get(fd, a.head + len, 1))
			fail_msg("the connection ended in the answer: \"%s\"", a.head);
		len++;
	}
	assert_int_equal(sscanf(a.head, "HTTP/1.1 %d ", &a.status), 1);
	p = strstr(a.head, "Content-Length: ");
	if (p)
		size = strtoul(p + 16, NULL, 10);
	a.body = xcalloc(1, size + 1);
	assert_true(get(fd, a.body, size));
	return a;
}

static void expect(int fd, int status, const char *body)
{
	struct answer a = answer(fd);

	if (a.status != status || (body && strcmp(a.body, body) != 0))
		fail_msg("expected %d %s, got %d %s", status, body ? body : "", a.status, a.body);
	free(a.body);
}

static void expect_end(int fd)
{
	char c;

	assert_int_equal(recv(fd, &c, 1, 0), 0);
	close(fd);
}

static void asks(struct fixture *f, const char *request, int status, const char *body)
{
	int fd = dial(f);

	puts_fd(fd, request);
	expect(fd, status, body);
	close(fd);
}

/* --- HTTP --- */

#define ECHO_BODY "{\"container_id\":\"c\"}"
#define ECHO_ANSWER                                                                                \
	"{\"config\":{\"container_id\":\"c\",\"cmd\":[],\"env\":[],\"user\":\"\",\"tty\":false}}"

static void test_keep_alive(void **state)
{
	int fd = dial(*state);

	for (int i = 0; i < 3; i++) {
		puts_fd(fd,
			"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n" ECHO_BODY);
		expect(fd, 201, ECHO_ANSWER);
		puts_fd(fd, "POST /things/create HTTP/1.1\r\n\r\n");
		expect(fd, 204, "");
		puts_fd(fd, "GET /nowhere HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
		expect(fd, 404, "{\"message\":\"no such endpoint: /nowhere\"}");
	}
	close(fd);
}

static void test_pipelined(void **state)
{
	int fd = dial(*state);

	puts_fd(fd, "GET /things/a/parts/1 HTTP/1.1\r\n\r\nGET /fail?kind=2 HTTP/1.1\r\n\r\n"
		    "DELETE /things/c HTTP/1.1\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n\r\n");
	expect(fd, 200, "{\"first\":\"a\",\"second\":\"1\",\"query\":{}}");
	expect(fd, 404, "{\"message\":\"failed on \\\"purpose\\\"\"}");
	expect(fd, 200, "{\"first\":\"c\",\"second\":\"\",\"query\":{}}");
	expect_end(fd);
}

static void test_routing(void **state)
{
	asks(*state, "GET /echo HTTP/1.1\r\n\r\n", 405,
		"{\"message\":\"/echo does not take GET\"}");
	asks(*state, "GET /things/create HTTP/1.1\r\n\r\n", 405, NULL);
	asks(*state, "PUT /echo HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 405, NULL);
	asks(*state, "POST /cat HTTP/1.1\r\n\r\n", 405, NULL);
	asks(*state, "GET /cat HTTP/1.1\r\n\r\n", 426, NULL);
	asks(*state, "GET /things/x/parts HTTP/1.1\r\n\r\n", 404, NULL);
	asks(*state, "GET /things//parts/1 HTTP/1.1\r\n\r\n", 404, NULL);
	asks(*state, "GET / HTTP/1.1\r\n\r\n", 404, NULL);
}

static void test_allow(void **state)
{
	int fd = dial(*state);
	struct answer a;

	puts_fd(fd, "PATCH /things/create HTTP/1.1\r\n\r\n");
	a = answer(fd);
	assert_non_null(strstr(a.head, "\r\nAllow: POST, DELETE\r\n"));
	assert_non_null(strstr(a.head, "\r\nContent-Type: application/json\r\n"));
	free(a.body);
	close(fd);
}

static void test_head(void **state)
{
	int fd = dial(*state);
	char line[18] = "";

	puts_fd(fd, "HEAD /echo HTTP/1.1\r\nConnection: close\r\n\r\n");
	assert_true(get(fd, line, 17));
	assert_string_equal(line, "HTTP/1.1 405 Meth");
	while (get(fd, line, 1))
		assert_true(line[0] != '{');
	close(fd);
}

static void test_query(void **state)
{
	asks(*state, "GET /things/a%2Fb%3A1/parts/1?all=true&name=a+%26%C3%A9&x=1 HTTP/1.1\r\n\r\n",
		200,
		"{\"first\":\"a/b:1\",\"second\":\"1\",\"query\":{\"all\":true,\"name\":\"a "
		"&\xc3\xa9\"}}");
	asks(*state, "GET /things/a/parts/1?all=maybe HTTP/1.1\r\n\r\n", 400,
		"{\"message\":\"query parameter all: expected true or false, got \\\"maybe\\\"\"}");
	asks(*state, "GET /fail HTTP/1.1\r\n\r\n", 400,
		"{\"message\":\"missing query parameter: kind\"}");
	asks(*state, "GET /fail?kind=x HTTP/1.1\r\n\r\n", 400, NULL);
	asks(*state, "GET /fail?kind=99999999999999999999 HTTP/1.1\r\n\r\n", 400, NULL);
}

static void test_encoding(void **state)
{
	asks(*state, "GET /things/%zz/parts/1 HTTP/1.1\r\n\r\n", 400,
		"{\"message\":\"bad percent-encoding in \\\"%zz\\\"\"}");
	asks(*state, "DELETE /things/a%2 HTTP/1.1\r\n\r\n", 400, NULL);
	asks(*state, "DELETE /things/a% HTTP/1.1\r\n\r\n", 400, NULL);
	asks(*state, "DELETE /things/a%00 HTTP/1.1\r\n\r\n", 400, NULL);
	asks(*state, "DELETE /things/%ff HTTP/1.1\r\n\r\n", 400, NULL);
	asks(*state, "GET /things/a/parts/1?name=%4 HTTP/1.1\r\n\r\n", 400, NULL);
}

static void test_statuses(void **state)
{
	static const int statuses[] = {[ERROR_INVALID] = 404,
		[ERROR_NOT_FOUND] = 404,
		[ERROR_CONFLICT] = 404,
		[ERROR_TOO_LARGE] = 413,
		[ERROR_EXEC] = 500,
		[ERROR_UNAVAILABLE] = 503,
		[ERROR_SYSTEM] = 500};
	char request[100];

	for (int kind = ERROR_INVALID; kind <= ERROR_SYSTEM; kind++) {
		snprintf(request, sizeof(request), "GET /fail?kind=%d HTTP/1.1\r\n\r\n", kind);
		asks(*state, request, statuses[kind],
			"{\"message\":\"failed on \\\"purpose\\\"\"}");
	}
}

static void test_body(void **state)
{
	asks(*state, "POST /echo HTTP/1.1\r\n\r\n", 400, NULL);
	asks(*state, "POST /echo HTTP/1.1\r\nContent-Length: 7\r\n\r\n{\"a\":\n}", 400,
		"{\"message\":\"malformed JSON at line 2, column 1: unexpected token near '}'\"}");
	asks(*state, "POST /echo HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 400,
		"{\"message\":\"ExecConfig.container_id: is required\"}");
	asks(*state,
		"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
		"a;x=y\r\n{\"containe\r\n0A\r\nr_id\":\"c\"}\r\n0\r\nA: b\r\n\r\n",
		201, ECHO_ANSWER);
}

static void test_body_in_pieces(void **state)
{
	static const char request[] = "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
				      "a\r\n{\"containe\r\n0A\r\nr_id\":\"c\"}\r\n0\r\n\r\n"
				      "POST /echo HTTP/1.1\r\ncontent-length:20\r\n\r\n" ECHO_BODY;
	int fd = dial(*state);

	for (const char *p = request; *p; p++)
		put(fd, p, 1);
	expect(fd, 201, ECHO_ANSWER);
	expect(fd, 201, ECHO_ANSWER);
	close(fd);
}

static void test_continue(void **state)
{
	int fd = dial(*state);

	puts_fd(fd, "POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n");
	expect(fd, 100, "");
	puts_fd(fd, ECHO_BODY);
	expect(fd, 201, ECHO_ANSWER);
	puts_fd(fd,
		"POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5000000\r\n\r\n");
	expect(fd, 413, NULL);
	expect_end(fd);
}

static void test_malformed(void **state)
{
	struct fixture *f = *state;
	static char head[20000];

	asks(f, "GARBAGE\r\n\r\n", 400, "{\"message\":\"malformed request line\"}");
	asks(f, "GET nowhere HTTP/1.1\r\n\r\n", 400, NULL);
	asks(f, "GET / HTTP/2.0\r\n\r\n", 505, NULL);
	asks(f, "GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, NULL);
	asks(f, "GET / HTTP/1.1\r\nA : b\r\n\r\n", 400, NULL);
	asks(f, "POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, NULL);
	asks(f, "POST /echo HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400, NULL);
	asks(f, "POST /echo HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501, NULL);
	asks(f, "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
		400, NULL);
	asks(f, "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400,
		"{\"message\":\"malformed chunked body\"}");
	memset(head, 'a', sizeof(head) - 1);
	memcpy(head, "GET /", 5);
	asks(f, head, 431, NULL);
}

/* The answer comes although the client goes on sending; then the connection ends. */
static void floods(struct fixture *f, const char *head, const char *piece)
{
	int fd = dial(f);
	char c;

	puts_fd(fd, head);
	for (int i = 0; i < 5000; i++)
		puts_fd(fd, piece);
	expect(fd, 413, "{\"message\":\"the request's body is larger than 4 MiB\"}");
	while (recv(fd, &c, 1, 0) > 0)
		;
	close(fd);
}

static void test_too_large(void **state)
{
	static char piece[1024 + 9];

	asks(*state, "POST /echo HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n", 413, NULL);
	asks(*state, "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n400001\r\n", 413,
		NULL);
	snprintf(piece, sizeof(piece), "400\r\n%01024d\r\n", 0);
	floods(*state, "POST /echo HTTP/1.1\r\nContent-Length: 5120000\r\n\r\n", piece);
	floods(*state, "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", piece);
}

static void test_large_answer(void **state)
{
	int fd = dial(*state);
	struct answer a;

	for (int i = 0; i < 2; i++) {
		puts_fd(fd, "GET /large HTTP/1.1\r\n\r\n");
		a = answer(fd);
		assert_int_equal(a.status, 200);
		assert_string_equal(a.body + strlen(a.body) - 14, "299998,299999]");
		free(a.body);
	}
	close(fd);
}

/* A handler that blocks delays nobody, and its answer may find nobody. */
static void test_vanishing(void **state)
{
	struct fixture *f = *state;
	int fds[8];

	for (int i = 0; i < 8; i++) {
		fds[i] = dial(f);
		puts_fd(fds[i], "GET /gate HTTP/1.1\r\n\r\n");
	}
	while (f->daemon.entered < 8)
		nap();
	asks(f, "DELETE /things/c HTTP/1.1\r\n\r\n", 200, NULL);
	for (int i = 0; i < 7; i++)
		close(fds[i]);
	asks(f, "DELETE /things/c HTTP/1.1\r\n\r\n", 200, NULL);
	f->daemon.open = true;
	expect(fds[7], 200, "{}");
	close(fds[7]);
	/* heads and bodies half sent, answers not read */
	for (int i = 0; i < 50; i++) {
		fds[0] = dial(f);
		puts_fd(fds[0], i % 3 == 0   ? "POST /ec"
				: i % 3 == 1 ? "POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"
					     : "GET /large HTTP/1.1\r\n\r\n");
		close(fds[0]);
	}
	asks(f, "DELETE /things/c HTTP/1.1\r\n\r\n", 200, NULL);
}

static void test_half_closed(void **state)
{
	int fd = dial(*state);

	puts_fd(fd, "DELETE /things/c HTTP/1.1\r\n\r\n");
	shutdown(fd, SHUT_WR);
	expect(fd, 200, NULL);
	expect_end(fd);
}

static void test_too_many(void **state)
{
	struct fixture *f = *state;
	int fds[33];

	for (int i = 0; i < 32; i++) {
		fds[i] = dial(f);
		puts_fd(fds[i], "GET /gate HTTP/1.1\r\n\r\n");
	}
	while (f->daemon.entered < 32)
		nap();
	asks(f, "GET /gate HTTP/1.1\r\n\r\n", 503, NULL);
	f->daemon.open = true;
	for (int i = 0; i < 32; i++) {
		expect(fds[i], 200, "{}");
		close(fds[i]);
	}
}

/* Follows names through objects. */
static const json_t *member(const json_t *json, ...)
{
	const char *name;
	va_list ap;

	va_start(ap, json);
	while ((name = va_arg(ap, const char *))) {
		json = json_object_get(json, name);
		if (!json)
			fail_msg("no \"%s\" in the description", name);
	}
	va_end(ap);
	return json;
}

/* Every reference leads to a schema of the document. */
static void check_references(const json_t *json, const json_t *all)
{
	static const char prefix[] = "#/components/schemas/";
	const char *key;
	json_t *value;
	size_t i;

	json_array_foreach (json, i, value)
		check_references(value, all);
	json_object_foreach ((json_t *)json, key, value) {
		if (strcmp(key, "$ref") != 0)
			check_references(value, all);
		else if (strncmp(json_string_value(value), prefix, strlen(prefix)) != 0 ||
			 !json_object_get(all, json_string_value(value) + strlen(prefix)))
			fail_msg("%s leads nowhere", json_string_value(value));
	}
}

static void test_openapi(void **state)
{
	int fd = dial(*state);
	struct answer a;
	json_t *json;

	puts_fd(fd, "GET /openapi.json HTTP/1.1\r\n\r\n");
	a = answer(fd);
	assert_int_equal(a.status, 200);
	json = json_loads(a.body, 0, NULL);
	assert_non_null(json);
	check_references(json, member(json, "components", "schemas", NULL));
	member(json, "paths", "/things/{id}", "delete", "responses", "200", NULL);
	member(json, "paths", "/cat", "get", "x-websocket-first-frame", NULL);
	assert_string_equal(json_string_value(member(json, "paths", "/echo", "post", "requestBody",
				    "content", "application/json", "schema", "$ref", NULL)),
		"#/components/schemas/ExecConfig");
	assert_string_equal(json_string_value(member(json, "components", "schemas", "ExecConfig",
				    "properties", "user", "type", NULL)),
		"string");
	assert_int_equal(json_array_size(member(json, "paths", "/things/{id}/parts/{part}", "get",
				 "parameters", NULL)),
		4);
	json_decref(json);
	free(a.body);
	close(fd);
}

/* --- WebSocket --- */

#define UPGRADE(path)                                                                              \
	"GET " path " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"        \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10, FIN = 0x80 };

static void frame(int fd, int head, const void *data, size_t len)
{
	uint8_t *f = xmalloc(len + 14);
	const uint8_t *p = data;
	static const uint8_t mask[4] = {1, 2, 3, 4};
	size_t n = 2;

	f[0] = (uint8_t)head;
	if (len < 126) {
		f[1] = (uint8_t)(0x80 | len);
	} else {
		f[1] = 0x80 | 127;
		for (int i = 0; i < 8; i++)
			f[n++] = (uint8_t)((uint64_t)len >> (56 - 8 * i));
	}
	memcpy(f + n, mask, 4);
	n += 4;
	for (size_t i = 0; i < len; i++)
		f[n + i] = p[i] ^ mask[i & 3];
	put(fd, f, n + len);
	free(f);
}

static void text_frame(int fd, const char *text)
{
	frame(fd, FIN | TEXT, text, strlen(text));
}

struct message {
	int opcode;
	size_t len;
	char *data; /* NUL-terminated */
};

static struct message receive_any(int fd)
{
	struct message m = {0};
	uint8_t head[10];

	if (!get(fd, head, 2))
		fail_msg("the connection ended instead of a frame");
	assert_int_equal(head[0] & 0xf0, FIN);
	m.opcode = head[0] & 15;
	m.len = head[1];
	assert_true(m.len < 128); /* not masked */
	if (m.len == 126) {
		assert_true(get(fd, head, 2));
		m.len = (size_t)head[0] << 8 | head[1];
	} else if (m.len == 127) {
		assert_true(get(fd, head, 8));
		m.len = 0;
		for (int i = 0; i < 8; i++)
			m.len = m.len << 8 | head[i];
	}
	m.data = xcalloc(1, m.len + 1);
	assert_true(get(fd, m.data, m.len));
	return m;
}

/* The next frame that is no ping of the server's own. */
static struct message receive(int fd)
{
	struct message m = receive_any(fd);

	while (m.opcode == PING) {
		free(m.data);
		m = receive_any(fd);
	}
	return m;
}

static void gets_frame(int fd, int opcode, const void *data, size_t len)
{
	struct message m = receive(fd);

	if (m.opcode != opcode || m.len != len || memcmp(m.data, data, len) != 0)
		fail_msg("expected a frame %d of %zu bytes, got %d of %zu bytes: %.100s", opcode,
			len, m.opcode, m.len, m.data);
	free(m.data);
}

static void gets_text(int fd, const char *text)
{
	gets_frame(fd, TEXT, text, strlen(text));
}

/* Reads the close frame, answers it, and sees the connection end. */
static void gets_close(int fd, int code, const char *reason)
{
	struct message m = receive(fd);
	json_t *json = NULL;

	assert_int_equal(m.opcode, CLOSE);
	assert_true(m.len >= 2 && m.len <= 125);
	assert_int_equal((uint8_t)m.data[0] << 8 | (uint8_t)m.data[1], code);
	if (reason)
		assert_string_equal(m.data + 2, reason);
	if (m.len > 2) {
		json = json_loads(m.data + 2, 0, NULL);
		assert_non_null(json);
		assert_int_equal(json_object_size(json), 3);
		json_decref(json);
	}
	frame(fd, FIN | CLOSE, m.data, 2);
	free(m.data);
	expect_end(fd);
}

static int upgrade(struct fixture *f, const char *request, const char *config)
{
	int fd = dial(f);
	struct answer a;

	puts_fd(fd, request);
	a = answer(fd);
	assert_int_equal(a.status, 101);
	assert_non_null(strstr(a.head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
	free(a.body);
	if (config)
		text_frame(fd, config);
	return fd;
}

#define EXEC	 "{\"exec_id\":\"e\"}"
#define STARTING "{\"msg_type\":\"starting\",\"message\":\"started\",\"data\":\"\"}"
#define OVER	 "{\"msg_type\":\"closing\",\"message\":\"over\",\"data\":\"id\"}"

static void test_session(void **state)
{
	int fd = upgrade(*state, UPGRADE("/cat"), EXEC);

	gets_text(fd, STARTING);
	text_frame(fd, "hello");
	gets_text(fd, "hello");
	frame(fd, FIN | BINARY, "\xff\x00x", 3);
	gets_frame(fd, BINARY, "\xff\x00x", 3);
	frame(fd, FIN | PING, "are you there", 13);
	gets_frame(fd, PONG, "are you there", 13);
	text_frame(fd, ""); /* an empty text frame is not the end */
	text_frame(fd, "more");
	gets_text(fd, "more");
	frame(fd, FIN | BINARY, "", 0);
	gets_close(fd, 1000, OVER);
}

static void test_fragments(void **state)
{
	int fd = upgrade(*state, UPGRADE("/cat"), NULL);

	frame(fd, TEXT, "{\"exec_id\"", 10);
	frame(fd, FIN | PING, "", 0);
	frame(fd, 0, "", 0);
	frame(fd, FIN, ":\"e\"}", 5);
	gets_frame(fd, PONG, "", 0);
	gets_text(fd, STARTING);
	frame(fd, BINARY, "", 0); /* the beginning of a message is not the end of input */
	frame(fd, FIN, "x", 1);
	gets_text(fd, "x");
	frame(fd, FIN | BINARY, "", 0);
	gets_close(fd, 1000, OVER);
}

static void test_all_at_once(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	char buf[sizeof(UPGRADE("/cat")) + 64];
	size_t n = strlen(UPGRADE("/cat"));

	/* the upgrade, the first message and the end of input in one piece; masks of zeros */
	memcpy(buf, UPGRADE("/cat"), n);
	memcpy(buf + n, "\x81\x8f\0\0\0\0" EXEC "\x82\x80\0\0\0\0", 6 + 15 + 6);
	put(fd, buf, n + 6 + 15 + 6);
	expect(fd, 101, NULL);
	gets_text(fd, STARTING);
	gets_close(fd, 1000, OVER);
}

static void test_split(void **state)
{
	int fd = upgrade(
		*state, UPGRADE("/cat"), "{\"exec_id\":\"e\",\"separate_stderr\":\"true\"}");

	gets_text(fd, STARTING);
	text_frame(fd, "hello");
	gets_frame(fd, BINARY, "\1hello", 6);
	frame(fd, FIN | BINARY, "", 0);
	gets_close(fd, 1000, OVER);
}

static void test_bad_first(void **state)
{
	gets_close(upgrade(*state, UPGRADE("/cat"), "{\"exec_id\":"), 1002, NULL);
	gets_close(upgrade(*state, UPGRADE("/cat"), "{\"exec_id\":7}"), 1002,
		"{\"msg_type\":\"error\",\"message\":\"ExecStartConfig.exec_id: expected a "
		"string\","
		"\"data\":\"\"}");
	gets_close(upgrade(*state, UPGRADE("/cat"), "\xff"), 1002, NULL);
}

static void test_bad_frames(void **state)
{
	int fd = upgrade(*state, UPGRADE("/cat"), NULL);

	frame(fd, FIN | BINARY, EXEC, 15);
	gets_close(fd, 1002, NULL);
	fd = upgrade(*state, UPGRADE("/cat"), EXEC);
	gets_text(fd, STARTING);
	put(fd, "\x81\x01x", 3); /* not masked */
	gets_close(fd, 1002, NULL);
	fd = upgrade(*state, UPGRADE("/cat"), NULL);
	frame(fd, FIN, "x", 1); /* continues nothing */
	gets_close(fd, 1002, NULL);
	fd = upgrade(*state, UPGRADE("/cat"), NULL);
	frame(fd, FIN | 0x40 | TEXT, "x", 1);
	gets_close(fd, 1002, NULL);
	fd = upgrade(*state, UPGRADE("/cat"), NULL);
	frame(fd, PING, "x", 1); /* a fragmented control frame */
	gets_close(fd, 1002, NULL);
}

static void test_first_too_large(void **state)
{
	int fd = upgrade(*state, UPGRADE("/cat"), NULL);
	char *big = xcalloc(1, 5 << 20);

	memset(big, ' ', 5 << 20);
	frame(fd, FIN | TEXT, big, 5 << 20);
	gets_close(fd, 1009, NULL);
	free(big);
}

static void test_upgrade_refused(void **state)
{
	asks(*state, UPGRADE("/nowhere"), 404, NULL);
	asks(*state, UPGRADE("/echo"), 404, NULL);
	asks(*state,
		"GET /cat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n",
		426, NULL);
	asks(*state,
		"GET /cat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n\r\n",
		400, NULL);
}

static void test_failure(void **state)
{
	gets_close(upgrade(*state, UPGRADE("/break"), "{\"container\":\"it broke\"}"), 1011,
		"{\"msg_type\":\"error\",\"message\":\"it broke\",\"data\":\"@snapshot\"}");
}

/* A reason has 123 bytes: what does not fit comes before, whole. */
static void test_long_failure(void **state)
{
	char config[700], message[601];
	int fd;

	for (int i = 0; i < 300; i++)
		memcpy(message + 2 * i, "\xc3\xa9", 2);
	message[600] = '\0';
	snprintf(config, sizeof(config), "{\"container\":\"%s\"}", message);
	fd = upgrade(*state, UPGRADE("/break"), config);
	gets_text(fd, message); /* without a line end: it is no line of output */
	gets_close(fd, 1011, NULL);
	/* quotes take two bytes in JSON */
	memset(message, '"', 200);
	message[200] = '\0';
	strcpy(config, "{\"container\":\"");
	for (int i = 0; i < 200; i++)
		strcat(config, "\\\"");
	strcat(config, "\"}");
	fd = upgrade(*state, UPGRADE("/break"), config);
	gets_text(fd, message); /* without a line end: it is no line of output */
	gets_close(fd, 1011, NULL);
}

/* Many megabytes through a session whose client reads slowly at first. */
static void test_pour(void **state)
{
	int fd = upgrade(*state, UPGRADE("/pour"), "{\"container\":\"c\",\"tail\":64}");
	struct message m;
	size_t total = 0;

	asks(*state, "DELETE /things/c HTTP/1.1\r\n\r\n", 200, NULL);
	while ((m = receive(fd)).opcode == TEXT) {
		total += m.len;
		for (size_t i = 0; i < m.len; i += 997)
			assert_int_equal(m.data[i], 'x');
		free(m.data);
	}
	assert_int_equal(total, 64 << 20);
	assert_int_equal(m.opcode, CLOSE);
	free(m.data);
	close(fd);
}

static void wait_for(atomic_int *n, int value)
{
	while (*n < value)
		nap();
}

/* Clients that never read, vanish, or close while their handlers write. */
static void test_session_gone(void **state)
{
	struct fixture *f = *state;
	int fds[10];

	for (int i = 0; i < 10; i++)
		fds[i] = upgrade(f, i & 1 ? UPGRADE("/cat") : UPGRADE("/pour"),
			i & 1 ? EXEC : "{\"container\":\"c\",\"tail\":-1}");
	asks(f, "DELETE /things/c HTTP/1.1\r\n\r\n", 200, NULL);
	assert_int_equal(f->daemon.sessions_over, 0);
	for (int i = 0; i < 10; i++) {
		if (i > 5)
			frame(fds[i], FIN | CLOSE, "\x03\xe8", 2);
		if (i != 7)
			close(fds[i]);
	}
	gets_text(fds[7], STARTING);
	gets_close(fds[7], 1000, NULL);
	wait_for(&f->daemon.sessions_over, 10);
}

static void test_stop_with_sessions(void **state)
{
	struct fixture *f = *state;
	int fd = upgrade(f, UPGRADE("/cat"), EXEC);
	int idle = upgrade(f, UPGRADE("/cat"), NULL);
	int poured = upgrade(f, UPGRADE("/pour"), "{\"container\":\"c\",\"tail\":-1}");

	gets_text(fd, STARTING);
	free(receive(poured).data);
	stop(f);
	assert_int_equal(f->daemon.sessions_over, 2);
	close(fd);
	close(idle);
	close(poured);
}

struct sender {
	int fd;
	atomic_size_t sent;
};

static void *send_input(void *arg)
{
	struct sender *s = arg;
	static const char block[65536];

	for (int i = 0; i < 512; i++) {
		frame(s->fd, FIN | BINARY, block, sizeof(block));
		s->sent += sizeof(block);
	}
	frame(s->fd, FIN | BINARY, "", 0);
	return NULL;
}

/* Waits until nothing more is taken from it; returns how much was. */
static size_t wait_stuck(struct sender *s)
{
	size_t before;

	do {
		before = s->sent;
		for (int i = 0; i < 50; i++)
			nap();
	} while (s->sent != before || before == 0);
	return before;
}

/* A handler that does not take its input makes the client wait; later all of it arrives. */
static void test_input_waits(void **state)
{
	struct fixture *f = *state;
	struct sender s = {.fd = upgrade(f, UPGRADE("/deaf"), EXEC)};
	pthread_t thread;

	pthread_create(&thread, NULL, send_input, &s);
	assert_true(wait_stuck(&s) < 4 << 20);
	f->daemon.open = true;
	pthread_join(thread, NULL);
	gets_close(s.fd, 1000, NULL);
	assert_int_equal(f->daemon.input, 512 * 65536);
}

/* A client that vanishes while it waits is noticed although nothing is read from it. */
static void test_input_gone(void **state)
{
	struct fixture *f = *state;
	struct sender s = {.fd = upgrade(f, UPGRADE("/deaf"), EXEC)};
	pthread_t thread;

	pthread_create(&thread, NULL, send_input, &s);
	wait_stuck(&s);
	shutdown(s.fd, SHUT_RDWR); /* ends the thread; the other end need not see it */
	pthread_join(thread, NULL);
	close(s.fd);
	wait_for(&f->daemon.sessions_over, 1);
}

/* --- sockets --- */

static struct server *open_second(
	const struct listener *l, struct stopper *stopper, struct error *err)
{
	return server_new(
		&(struct server_setup){.listeners = l, .n = 1, .api = &api, .stopper = stopper},
		err);
}

static void refuses(const char *address, bool insecure, const char *message)
{
	struct listener l = {.address = xstrdup(address), .allow_insecure = insecure};
	struct stopper stopper = {0};
	struct error err = {0};

	assert_null(open_second(&l, &stopper, &err));
	assert_string_equal(err.message, message);
	close(stopper.fd - 1);
	free(l.address);
}

#define PLAIN                                                                                      \
	": plain http on a TCP address, which makes root of all who reach it, needs "              \
	"allow_insecure: true"

static void test_addresses(void **state)
{
	refuses("http://127.0.0.1:8085", false, "http://127.0.0.1:8085" PLAIN);
	refuses("http://[::1]:8085", false, "http://[::1]:8085" PLAIN);
	refuses("ftp://127.0.0.1", false,
		"ftp://127.0.0.1: expected http[s]://IP[:PORT] or http[s]:///path");
	refuses("http://127.0.0.1:80x", false,
		"http://127.0.0.1:80x: expected http[s]://IP[:PORT] or http[s]:///path");
	refuses("http://0.0.0.0:8085", false, "http://0.0.0.0:8085" PLAIN);
	refuses("http://[::]:8085", false, "http://[::]:8085" PLAIN);
	refuses("https://127.0.0.1:8085", false,
		"https://127.0.0.1:8085: https needs tlscert and tlskey");
	refuses("http:///nonexistent/s", false,
		"http:///nonexistent/s: cannot bind: No such file or directory");
}

static void test_unix_socket(void **state)
{
	struct fixture *f = *state;
	struct listener l = {.address = f->address};
	struct stopper stopper = {0};
	struct error err = {0};
	struct server *second;
	struct stat st;
	char file[80];
	int fd;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, getgrnam("kleene") != NULL ? 0660 : 0600);
	assert_null(open_second(&l, &stopper, &err));
	close(stopper.fd - 1);
	assert_non_null(strstr(err.message, "another process is listening"));
	asks(f, "DELETE /things/c HTTP/1.1\r\n\r\n", 200, NULL);

	/* a file that is no socket stays; a socket that nobody listens on is replaced */
	snprintf(file, sizeof(file), "%s/f", f->dir);
	fclose(fopen(file, "w"));
	l.address = xasprintf("http://%s", file);
	assert_null(open_second(&l, &stopper, &err));
	close(stopper.fd - 1);
	assert_int_equal(access(file, F_OK), 0);
	unlink(file);
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	strcpy(sun.sun_path, file);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
	second = open_second(&l, &stopper, &err);
	assert_non_null(second);
	server_free(second);
	close(stopper.fd - 1);
	assert_int_equal(access(file, F_OK), -1);
	free(l.address);
}

/* Signals come at any time: also when the server is gone, and more than once. */
static void test_stopped_again(void **state)
{
	struct fixture *f = *state;

	server_stop(&f->stopper);
	stop(f);
	server_stop(&f->stopper);
	assert_true(f->stopper.asked);
}

#define BOTH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_keep_alive),
		BOTH(test_pipelined),
		BOTH(test_routing),
		BOTH(test_allow),
		BOTH(test_head),
		BOTH(test_query),
		BOTH(test_encoding),
		BOTH(test_statuses),
		BOTH(test_body),
		BOTH(test_body_in_pieces),
		BOTH(test_continue),
		BOTH(test_malformed),
		BOTH(test_too_large),
		BOTH(test_large_answer),
		BOTH(test_vanishing),
		BOTH(test_half_closed),
		BOTH(test_too_many),
		BOTH(test_openapi),
		BOTH(test_session),
		BOTH(test_fragments),
		BOTH(test_all_at_once),
		BOTH(test_split),
		BOTH(test_bad_first),
		BOTH(test_bad_frames),
		BOTH(test_first_too_large),
		BOTH(test_upgrade_refused),
		BOTH(test_failure),
		BOTH(test_long_failure),
		BOTH(test_pour),
		BOTH(test_session_gone),
		BOTH(test_stop_with_sessions),
		BOTH(test_input_waits),
		BOTH(test_input_gone),
		cmocka_unit_test(test_addresses),
		BOTH(test_unix_socket),
		BOTH(test_stopped_again),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
