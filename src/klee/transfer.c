/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "klee/output.h"

struct transfer {
	struct output output;
	struct closing *closing;
	struct error *err;
	bool over, failed;
	bool silent; /* nothing is printed */
	bool any; /* something came that is no progress */
	bool progress; /* the frame under way is progress */
	bool overwriting; /* a line of progress is on the screen */
};

#define CLEAR_LINE "\r\033[K"

static void clear_progress(struct transfer *t)
{
	if (t->overwriting)
		fputs(CLEAR_LINE, stderr);
	t->overwriting = false;
}

/* The text is cut to what is harmless: control characters would move the cursor. */
static void show_progress(struct transfer *t, const char *data, size_t len, bool first)
{
	AUTO_FREE char *text = xstrndup(data + first, len - first);
	AUTO_FREE char *line = klee_one_line(text);

	if (!isatty(STDERR_FILENO))
		return;
	if (first)
		fputs(CLEAR_LINE, stderr);
	fputs(line, stderr);
	t->overwriting = true;
}

static void on_output(void *arg, const void *data, size_t len, bool first, bool text)
{
	struct transfer *t = arg;

	if (t->over || t->silent)
		return;
	if (first)
		t->progress = text && len > 0 && *(const char *)data == '\r';
	if (t->progress) {
		show_progress(t, data, len, first);
		return;
	}
	clear_progress(t);
	t->any = t->any || len > 0;
	if (output_piece(&t->output, data, len, first, text, t->err) < 0)
		t->failed = t->over = true;
}

static void on_writable(void *arg)
{
}

static void on_closed(void *arg, int code, const char *reason, size_t len)
{
	struct transfer *t = arg;

	closing_parse(t->closing, code, reason, len);
	t->over = true;
}

int transfer(struct klee *k, const char *path, const json_t *config, enum transfer_to to,
	struct closing *closing, struct error *err)
{
	const struct stream_events events = {
		.lines = true, .output = on_output, .writable = on_writable, .closed = on_closed};
	struct transfer t = {
		.output = {.split = to == TRANSFER_TO_BOTH, .report = to == TRANSFER_TO_STDERR},
		.closing = closing,
		.err = err,
		.silent = to == TRANSFER_TO_NOBODY};
	struct stream *stream;

	*closing = (struct closing){0};
	if (klee_client(k, err) == NULL)
		return -1;
	fflush(stdout);
	stream = stream_open(k->client, path, config, &events, &t);
	while (!t.over)
		client_service(k->client);
	stream_abort(stream);
	clear_progress(&t);
	if (!t.failed && closing_check(closing, k->settings.host, err) == 0)
		return t.any;
	closing_free(closing);
	return -1;
}

void transfer_result(struct closing *closing)
{
	AUTO_FREE char *id = klee_one_line(closing->data);

	if (*id != '\0')
		puts(id);
	closing_free(closing);
}
