/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors of ours in the event loop of libwebsockets. */
#include <fcntl.h>

#include "base/mem.h"
#include "klee/client_private.h"

struct watch {
	struct watch *next;
	struct lws *wsi;
	void (*ready)(void *arg, bool hung_up);
	void *arg;
};

int watch_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct watch *w = user;

	if (w == NULL || w->ready == NULL)
		return 0;
	if (reason == LWS_CALLBACK_RAW_RX_FILE) {
		lws_rx_flow_control(wsi, 0);
		w->ready(w->arg, false);
	} else if (reason == LWS_CALLBACK_RAW_CLOSE_FILE && w->wsi != NULL) {
		w->wsi = NULL;
		w->ready(w->arg, true);
	}
	return 0;
}

struct watch *watch_new(struct client *c, int fd, void (*ready)(void *arg, bool hung_up), void *arg)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), flags = fcntl(fd, F_GETFL);
	struct watch *w;

	if (copy < 0 || flags < 0)
		return NULL;
	w = xcalloc(1, sizeof(*w));
	w->ready = ready;
	w->arg = arg;
	w->wsi = lws_adopt_descriptor_vhost(c->vhost, LWS_ADOPT_RAW_FILE_DESC,
		(lws_sock_file_fd_type){.filefd = copy}, "watch", NULL);
	/* libwebsockets makes it non-blocking, for every process that shares it, too */
	fcntl(fd, F_SETFL, flags);
	if (w->wsi == NULL) {
		free(w);
		return NULL;
	}
	lws_set_wsi_user(w->wsi, w);
	w->next = c->watches;
	c->watches = w;
	return w;
}

void watch_resume(struct watch *w)
{
	if (w->wsi != NULL)
		lws_rx_flow_control(w->wsi, 1);
}

void watch_stop(struct watch *w)
{
	w->ready = NULL;
	if (w->wsi != NULL)
		lws_set_timeout(w->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	w->wsi = NULL;
}

void watch_free_all(struct client *c)
{
	while (c->watches != NULL) {
		struct watch *next = c->watches->next;

		free(c->watches);
		c->watches = next;
	}
}
