/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "klee/settings.h"

static int bad(struct error *err, const char *text, const char *why)
{
	return error_set(err, ERROR_INVALID, "host '%s': %s", text, why);
}

static int parse_port(const char *text, int *port)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || n < 1 || n > 65535)
		return -1;
	*port = (int)n;
	return 0;
}

/* HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT, with a slash behind at most. */
static int parse_tcp(struct url *url, const char *text, const char *rest, struct error *err)
{
	size_t len = strcspn(rest, "/");
	AUTO_FREE char *part = xstrndup(rest, len);
	char *host = part, *end = part + strcspn(part, ":");

	if (rest[len] == '/' && rest[len + 1] != '\0')
		return bad(err, text, "a path is only for Unix sockets, as in http:///path");
	if (*part == '[') {
		host = part + 1;
		end = strchr(part, ']');
		if (end == NULL)
			return bad(err, text, "']' is missing");
		*end++ = '\0';
	}
	if (*end == ':') {
		if (parse_port(end + 1, &url->port) < 0)
			return bad(err, text, "the port must be a number from 1 to 65535");
		*end = '\0';
	} else if (*end != '\0') {
		return bad(err, text, "':PORT' or nothing expected behind ']'");
	}
	if (*host == '\0')
		return bad(err, text, "no host name and no path");
	url->host = xstrdup(host);
	return 0;
}

int url_parse(struct url *url, const char *text, struct error *err)
{
	struct sockaddr_un sun;
	const char *rest;

	*url = (struct url){.port = 80};
	if (strncmp(text, "http://", 7) == 0) {
		rest = text + 7;
	} else if (strncmp(text, "https://", 8) == 0) {
		rest = text + 8;
		url->tls = true;
		url->port = 443;
	} else if (strncmp(text, "unix:///", 8) == 0) {
		rest = text + 7;
	} else {
		return bad(err, text,
			"must be http[s]://HOST[:PORT], or http[s]:///PATH or unix:///PATH for a "
			"Unix socket");
	}
	if (*rest != '/')
		return parse_tcp(url, text, rest, err);
	if (strlen(rest) >= sizeof(sun.sun_path))
		return bad(err, text, "the path is too long for a Unix socket");
	url->path = xstrdup(rest);
	url->host = xstrdup("localhost");
	return 0;
}

void url_free(struct url *url)
{
	free(url->path);
	free(url->host);
	*url = (struct url){0};
}
