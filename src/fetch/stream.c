/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/stream.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

#define BUFFER_MAX   (1u << 20) /* bytes in store before the server has to wait */
#define FILE_BLOCK   (128u << 10)
#define POLL_MS	     200 /* how long a cancellation can take */
#define CONNECT_S    30L
#define STALLED_S    60L
#define REDIRECTIONS 10L

struct stream {
	char *url; /* as shown */
	struct buffer in; /* not given out yet */
	struct buffer out; /* what the last call gave out */
	uint64_t done, total;
	int file; /* of a file:// URL, otherwise -1 */
	CURLM *multi;
	CURL *easy;
	bool paused, finished;
	CURLcode result;
	char why[CURL_ERROR_SIZE];
};

static pthread_once_t curl_ready = PTHREAD_ONCE_INIT;

static void curl_start(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Takes user and password out of the URL, as messages are seen by others. */
static char *shown_url(CURLU *url)
{
	char *text = NULL, *copy;

	curl_url_set(url, CURLUPART_USER, NULL, 0);
	curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
	if (curl_url_get(url, CURLUPART_URL, &text, 0) != CURLUE_OK)
		return xstrdup("the URL");
	copy = xstrdup(text);
	curl_free(text);
	return copy;
}

static int open_file(struct stream *s, CURLU *url, struct error *err)
{
	char *path = NULL;
	struct stat st;

	if (curl_url_get(url, CURLUPART_PATH, &path, CURLU_URLDECODE) != CURLUE_OK)
		return error_set(err, ERROR_INVALID, "%s names no file", s->url);
	s->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	curl_free(path);
	if (s->file < 0 && errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "cannot open %s: no such file", s->url);
	if (s->file < 0 || fstat(s->file, &st) != 0)
		return error_errno(err, errno, "cannot open %s", s->url);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_INVALID, "%s is no regular file", s->url);
	s->total = (uint64_t)st.st_size;
	return 0;
}

static size_t take_in(char *data, size_t size, size_t n, void *arg)
{
	struct stream *s = arg;

	if (s->in.len > BUFFER_MAX) {
		s->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	buffer_add(&s->in, data, size * n);
	return size * n;
}

static int open_http(struct stream *s, const char *url, struct error *err)
{
	pthread_once(&curl_ready, curl_start);
	s->multi = curl_multi_init();
	s->easy = curl_easy_init();
	if (s->multi == NULL || s->easy == NULL)
		return error_set(err, ERROR_SYSTEM, "cannot fetch %s: out of memory", s->url);
	curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->easy, CURLOPT_URL, url);
	curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(s->easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(s->easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(s->easy, CURLOPT_MAXREDIRS, REDIRECTIONS);
	curl_easy_setopt(s->easy, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(s->easy, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(s->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(s->easy, CURLOPT_LOW_SPEED_TIME, STALLED_S);
	curl_easy_setopt(s->easy, CURLOPT_USERAGENT, "kleened/" KLEENE_VERSION);
	curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, s->why);
	curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, take_in);
	curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
	if (curl_multi_add_handle(s->multi, s->easy) != CURLM_OK)
		return error_set(err, ERROR_SYSTEM, "cannot fetch %s", s->url);
	return 0;
}

static int open_url(struct stream *s, CURLU *parsed, const char *url, struct error *err)
{
	char *scheme = NULL;
	CURLUcode rc = curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
	bool file, http;

	if (rc == CURLUE_OK)
		rc = curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0);
	/* what cannot be parsed may have a password anywhere */
	if (rc != CURLUE_OK && url[0] == '/')
		return error_set(err, ERROR_INVALID, "'%s' is no URL; say file://%s", url, url);
	if (rc != CURLUE_OK && strpbrk(url, "@:?") == NULL)
		return error_set(err, ERROR_INVALID,
			"'%s' is no URL; say file:// and the whole path of a file", url);
	if (rc != CURLUE_OK)
		return error_set(err, ERROR_INVALID, "'%s' is no URL: %s",
			strchr(url, '@') == NULL ? url : "...@...", curl_url_strerror(rc));
	s->url = shown_url(parsed);
	file = strcmp(scheme, "file") == 0;
	http = strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
	curl_free(scheme);
	if (!file && !http)
		return error_set(err, ERROR_INVALID,
			"cannot fetch '%s': it must begin with file://, http:// or https://",
			s->url);
	return file ? open_file(s, parsed, err) : open_http(s, url, err);
}

struct stream *stream_open(const char *url, struct error *err)
{
	struct stream *s = xcalloc(1, sizeof(*s));
	CURLU *parsed = curl_url();
	int rc;

	s->file = -1;
	rc = parsed == NULL ? error_set(err, ERROR_SYSTEM, "out of memory")
			    : open_url(s, parsed, url, err);
	curl_url_cleanup(parsed);
	if (rc == 0)
		return s;
	stream_close(s);
	return NULL;
}

void stream_close(struct stream *s)
{
	if (s == NULL)
		return;
	if (s->easy != NULL && s->multi != NULL)
		curl_multi_remove_handle(s->multi, s->easy);
	curl_easy_cleanup(s->easy);
	curl_multi_cleanup(s->multi);
	close_fd(&s->file);
	buffer_free(&s->in);
	buffer_free(&s->out);
	free(s->url);
	free(s);
}

static ssize_t read_file(struct stream *s, const void **block, struct error *err)
{
	ssize_t n;

	if (s->out.data == NULL)
		s->out.data = xmalloc(FILE_BLOCK);
	do
		n = read(s->file, s->out.data, FILE_BLOCK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, errno, "cannot read %s", s->url);
	*block = s->out.data;
	s->done += (uint64_t)n;
	return n;
}

static int fail(struct stream *s, struct error *err)
{
	long status = 0, errnum = 0;

	curl_easy_getinfo(s->easy, CURLINFO_OS_ERRNO, &errnum);
	if (s->result == CURLE_COULDNT_CONNECT && errnum != 0)
		return error_errno(err, (int)errnum, "cannot fetch %s: cannot connect", s->url);
	if (s->result == CURLE_HTTP_RETURNED_ERROR) {
		curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
		return error_set(err, status == 404 ? ERROR_NOT_FOUND : ERROR_SYSTEM,
			"cannot fetch %s: the server answers with HTTP status %ld", s->url, status);
	}
	return error_set(err, ERROR_SYSTEM, "cannot fetch %s: %s", s->url,
		s->why[0] ? s->why : curl_easy_strerror(s->result));
}

/* Lets curl work until there is something to give out or the transfer has ended. */
static int wait_for_data(struct stream *s, const struct progress *p, struct error *err)
{
	while (s->in.len == 0 && !s->finished) {
		int running, left;
		CURLMsg *msg;

		if (progress_cancelled(p))
			return error_set(err, ERROR_SYSTEM, "fetching %s was cancelled", s->url);
		if (s->paused) {
			s->paused = false;
			curl_easy_pause(s->easy, CURLPAUSE_CONT);
		}
		CURLMcode rc = curl_multi_perform(s->multi, &running);
		while (rc == CURLM_OK && (msg = curl_multi_info_read(s->multi, &left)) != NULL) {
			s->finished = msg->msg == CURLMSG_DONE;
			s->result = msg->data.result;
		}
		if (rc == CURLM_OK && s->in.len == 0 && !s->finished)
			rc = curl_multi_poll(s->multi, NULL, 0, POLL_MS, NULL);
		if (rc != CURLM_OK)
			return error_set(err, ERROR_SYSTEM, "cannot fetch %s: %s", s->url,
				curl_multi_strerror(rc));
	}
	return 0;
}

static ssize_t read_http(
	struct stream *s, const void **block, const struct progress *p, struct error *err)
{
	struct buffer empty = s->out;
	curl_off_t total = 0;

	if (wait_for_data(s, p, err) != 0)
		return -1;
	if (s->in.len == 0)
		return s->result == CURLE_OK ? 0 : fail(s, err);
	if (curl_easy_getinfo(s->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total) == CURLE_OK)
		s->total = total > 0 ? (uint64_t)total : 0;
	empty.len = 0;
	s->out = s->in;
	s->in = empty;
	*block = s->out.data;
	s->done += s->out.len;
	return (ssize_t)s->out.len;
}

ssize_t stream_read(
	struct stream *s, const void **block, const struct progress *p, struct error *err)
{
	if (progress_cancelled(p))
		return error_set(err, ERROR_SYSTEM, "fetching %s was cancelled", s->url);
	return s->file >= 0 ? read_file(s, block, err) : read_http(s, block, p, err);
}

uint64_t stream_done(const struct stream *s)
{
	return s->done;
}

uint64_t stream_total(const struct stream *s)
{
	return s->total;
}

const char *stream_url(const struct stream *s)
{
	return s->url;
}
