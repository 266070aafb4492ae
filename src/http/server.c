/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/server.h"

#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/mem.h"
#include "http/conn.h"
#include "http/listen.h"
#include "http/origin.h"
#include "http/task.h"
#include "http/tls.h"

#define FDS_MAX	       65536 /* connections; libwebsockets keeps 16 bytes for each */
#define FDS_RESERVED   256 /* descriptors kept for the work itself */
#define READ_SIZE      (64 * 1024)
#define ACCEPT_PAUSE   (100 * LWS_US_PER_MS) /* while there are no descriptors */
#define HANDSHAKE_TIME 10 /* seconds for TLS */
#define DRAIN_TIME     (8 * LWS_US_PER_SEC)

struct server;

/* A socket that listens, and its virtual host in libwebsockets, which holds its TLS settings. */
struct socket {
	struct server *server;
	struct lws_vhost *vhost;
	struct lws *wsi; /* NULL: not watched yet */
	char *path; /* of a Unix socket, or NULL */
	bool inherited; /* it is not for us to remove that */
	struct door door;
	const struct listener *listener; /* for tls_setup, while server_new runs */
};

enum { PROTOCOL_CONN, PROTOCOL_LISTEN, PROTOCOL_WAKE, PROTOCOLS };

struct server {
	const struct api *api;
	struct daemon *daemon;
	struct server_workers workers;
	struct lws_context *context;
	struct lws_protocols protocols[PROTOCOLS + 1];
	struct socket *sockets;
	size_t n;
	int wake; /* a byte sent here wakes the loop; the stopper's */
	struct lws *waker; /* what the loop has of that */
	struct stopper *stopper;
	unsigned int owed; /* server_owes */
	struct handshakes handshakes;

	pthread_mutex_t lock; /* for all below */
	pthread_cond_t idle;
	struct task *first, **last;
	bool woken;
	unsigned int busy;
};

const struct api *server_api(const struct server *s)
{
	return s->api;
}

struct daemon *server_daemon(const struct server *s)
{
	return s->daemon;
}

const struct door *server_door(struct lws *wsi)
{
	const struct socket *socket = lws_vhost_user(lws_get_vhost(wsi));

	return &socket->door;
}

struct pool *server_requests(const struct server *s)
{
	return s->workers.requests;
}

struct pool *server_operations(const struct server *s)
{
	return s->workers.operations;
}

void server_busy(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	s->busy++;
	pthread_mutex_unlock(&s->lock);
}

void server_done(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	if (--s->busy == 0)
		pthread_cond_signal(&s->idle);
	pthread_mutex_unlock(&s->lock);
}

void server_owes(struct server *s, bool more)
{
	if (more)
		s->owed++;
	else
		s->owed--;
}

struct handshakes *server_handshakes(struct server *s)
{
	return &s->handshakes;
}

bool server_stopping(const struct server *s)
{
	return s->stopper->asked;
}

static void wake(int fd)
{
	int saved = errno;

	/* a full socket will wake the loop as well */
	(void)!send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	errno = saved;
}

bool server_post(struct server *s, struct task *t)
{
	bool posted, needed = false;

	pthread_mutex_lock(&s->lock);
	posted = !t->posted;
	if (posted) {
		t->posted = true;
		t->next = NULL;
		*s->last = t;
		s->last = &t->next;
		needed = !s->woken;
		s->woken = true;
	}
	pthread_mutex_unlock(&s->lock);
	if (needed)
		wake(s->wake);
	return posted;
}

/* Runs what was posted. */
static void run_tasks(struct server *s)
{
	struct task *t, *next;

	pthread_mutex_lock(&s->lock);
	t = s->first;
	s->first = NULL;
	s->last = &s->first;
	s->woken = false;
	pthread_mutex_unlock(&s->lock);
	for (; t; t = next) {
		/* once it is no longer marked as posted it may be queued again: read next before */
		pthread_mutex_lock(&s->lock);
		next = t->next;
		t->posted = false;
		pthread_mutex_unlock(&s->lock);
		t->run(t);
	}
}

static int wake_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	char bytes[64];

	if (reason != LWS_CALLBACK_RAW_RX_FILE)
		return 0;
	(void)!read(lws_get_socket_fd(wsi), bytes, sizeof(bytes));
	run_tasks(lws_get_protocol(wsi)->user);
	return 0;
}

static void accept_one(struct lws *wsi, struct socket *socket)
{
	lws_sock_file_fd_type fd;
	int on = 1;

	fd.sockfd = accept4(lws_get_socket_fd(wsi), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd.sockfd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			log_warning("cannot accept a connection: %s", strerror(errno));
			lws_rx_flow_control(wsi, 0);
			lws_set_timer_usecs(wsi, ACCEPT_PAUSE);
		}
		return;
	}
	if (!socket->path) {
		setsockopt(fd.sockfd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		setsockopt(fd.sockfd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	}
	/* on failure the descriptor is closed there */
	lws_adopt_descriptor_vhost(socket->vhost,
		LWS_ADOPT_SOCKET | (socket->door.tls ? LWS_ADOPT_ALLOW_SSL : 0), fd,
		socket->server->protocols[PROTOCOL_CONN].name, NULL);
}

/* The first protocol is also told of what concerns a whole virtual host. */
static int first_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS)
		return tls_setup(user, ((const struct socket *)lws_vhost_user(in))->listener);
	return conn_callback(wsi, reason, user, in, len);
}

static int listen_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	if (reason == LWS_CALLBACK_RAW_RX_FILE)
		accept_one(wsi, lws_get_opaque_user_data(wsi));
	else if (reason == LWS_CALLBACK_TIMER && !server_stopping(lws_get_protocol(wsi)->user))
		lws_rx_flow_control(wsi, 1);
	return 0;
}

static void log_line(int level, const char *line)
{
	log_error("libwebsockets: %.*s", (int)strcspn(line, "\n"), line);
}

/* Has the loop watch a descriptor, which it closes in the end. */
static struct lws *watch(struct server *s, struct lws_vhost *vhost, int fd, int protocol)
{
	lws_sock_file_fd_type u;

	u.filefd = fd;
	return lws_adopt_descriptor_vhost(
		vhost, LWS_ADOPT_RAW_FILE_DESC, u, s->protocols[protocol].name, NULL);
}

static unsigned int fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur > FDS_MAX + FDS_RESERVED)
		return FDS_MAX;
	return (unsigned int)(limit.rlim_cur > 2 * FDS_RESERVED ? limit.rlim_cur - FDS_RESERVED
								: limit.rlim_cur / 2 + 1);
}

static void set_protocols(struct server *s)
{
	s->protocols[PROTOCOL_CONN] = (struct lws_protocols){.name = "kleene",
		.callback = first_callback,
		.per_session_data_size = conn_size,
		.tx_packet_size = CONN_WRITE_MAX,
		.user = s};
	s->protocols[PROTOCOL_LISTEN] = (struct lws_protocols){
		.name = "kleene-listen", .callback = listen_callback, .user = s};
	s->protocols[PROTOCOL_WAKE] =
		(struct lws_protocols){.name = "kleene-wake", .callback = wake_callback, .user = s};
}

/* OpenSSL takes time and memory: it is set up only where some listener needs it. */
static uint64_t tls_option(const struct listener *listeners, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncasecmp(listeners[i].address, "https:", 6) == 0)
			return LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	return 0;
}

/* Makes the context, and a virtual host for the descriptor by which the loop is woken. */
static int make_context(struct server *s, uint64_t tls, struct error *err)
{
	struct lws_context_creation_info info = {.port = CONTEXT_PORT_NO_LISTEN,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | tls,
		.fd_limit_per_thread = fd_limit(),
		.pt_serv_buf_size = READ_SIZE,
		.timeout_secs = HANDSHAKE_TIME,
		.protocols = s->protocols,
		.vhost_name = "kleened"};
	struct lws_vhost *vhost;
	int pair[2];

	lws_set_log_level(LLL_ERR, log_line);
	s->context = lws_create_context(&info);
	info.options = 0;
	vhost = s->context ? lws_create_vhost(s->context, &info) : NULL;
	if (!vhost)
		return error_set(err, ERROR_SYSTEM, "cannot set up libwebsockets");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == -1)
		return error_errno(err, errno, "socketpair");
	s->wake = pair[1];
	s->stopper->fd = 1 + s->wake;
	s->waker = watch(s, vhost, pair[0], PROTOCOL_WAKE);
	if (!s->waker)
		return error_set(err, ERROR_SYSTEM, "cannot watch the daemon's own socket");
	return 0;
}

static int make_vhost(
	struct server *s, const struct listener *l, struct socket *socket, struct error *err)
{
	struct lws_context_creation_info info = {.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = s->protocols,
		.alpn = "http/1.1", /* or a client would be told that HTTP/2 is spoken */
		.vhost_name = l->address,
		.user = socket};

	if (socket->door.tls) {
		if (tls_check(l, err))
			return -1;
		info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = l->tlscert;
		info.ssl_private_key_filepath = l->tlskey;
		info.ssl_ca_filepath = l->tlscacert;
		if (l->tlsverify)
			info.options |= LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT;
	}
	socket->vhost = lws_create_vhost(s->context, &info);
	if (!socket->vhost)
		return error_set(err, ERROR_INVALID,
			"%s: its certificate, key, CA or parameters cannot be used", l->address);
	return 0;
}

static int open_socket(
	struct server *s, const struct listener *l, struct socket *socket, struct error *err)
{
	AUTO(listen_address_free) struct listen_address a = {0};
	int fd;

	if (listen_parse(l->address, &a, err))
		return -1;
	socket->server = s;
	socket->listener = l;
	socket->door.tls = a.tls;
	socket->door.any_host = a.path != NULL;
	for (unsigned int i = 0; i < l->hostnames_count; i++)
		strings_add(&socket->door.hostnames, l->hostnames[i]);
	if (make_vhost(s, l, socket, err))
		return -1;
	fd = listen_open(l, &a, &socket->inherited, err);
	if (fd < 0)
		return -1;
	socket->path = take_ptr(&a.path);
	socket->wsi = watch(s, socket->vhost, fd, PROTOCOL_LISTEN);
	if (!socket->wsi)
		return error_set(err, ERROR_SYSTEM, "%s: cannot watch the socket", l->address);
	lws_set_opaque_user_data(socket->wsi, socket);
	return 0;
}

struct server *server_new(const struct server_setup *setup, struct error *err)
{
	const struct listener *listeners = setup->listeners;
	size_t n = setup->n;
	struct server *s = xcalloc(1, sizeof(*s));

	s->api = setup->api;
	s->daemon = setup->daemon;
	s->workers = setup->workers;
	s->stopper = setup->stopper;
	s->wake = -1;
	s->last = &s->first;
	s->sockets = xcalloc(n ? n : 1, sizeof(*s->sockets));
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->idle, NULL);
	set_protocols(s);
	if (make_context(s, tls_option(listeners, n), err))
		goto failed;
	for (; s->n < n; s->n++) {
		if (open_socket(s, &listeners[s->n], &s->sockets[s->n], err)) {
			s->n++; /* what was begun is undone as well */
			goto failed;
		}
	}
	return s;
failed:
	server_free(s);
	return NULL;
}

void server_run(struct server *s)
{
	while (!s->stopper->asked && lws_service(s->context, 0) >= 0)
		;
}

void server_stop(struct stopper *stopper)
{
	int fd = stopper->fd - 1;

	stopper->asked = true;
	if (fd >= 0)
		wake(fd);
}

void server_drain(struct server *s)
{
	lws_usec_t end = lws_now_usecs() + DRAIN_TIME;

	for (size_t i = 0; i < s->n; i++)
		lws_rx_flow_control(s->sockets[i].wsi, 0);
	lws_set_timer_usecs(s->waker, DRAIN_TIME);
	while (s->owed > 0 && lws_now_usecs() < end && lws_service(s->context, 0) >= 0)
		;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	if (s->context)
		lws_context_destroy(s->context);
	for (size_t i = 0; i < s->n; i++) {
		if (s->sockets[i].path && !s->sockets[i].inherited)
			unlink(s->sockets[i].path);
		free(s->sockets[i].path);
		strings_free(&s->sockets[i].door.hostnames);
	}
	pthread_mutex_lock(&s->lock);
	while (s->busy)
		pthread_cond_wait(&s->idle, &s->lock);
	pthread_mutex_unlock(&s->lock);
	run_tasks(s);
	pthread_cond_destroy(&s->idle);
	pthread_mutex_destroy(&s->lock);
	free(s->sockets);
	free(s);
}
