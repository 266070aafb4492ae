/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/resolver_servers.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define BLANKS	  " \t\r\n"
#define LINES_MAX 1000 /* of the file that are read */

/* Takes ADDRESS or [ADDRESS]:PORT apart and appends it; what is neither is passed over. */
static void add_server(struct servers *s, char *word)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_DGRAM,
		.ai_family = AF_UNSPEC};
	const char *port = "53";
	char *end = strchr(word, ']');
	struct addrinfo *found;

	if (s->n == SERVERS_MAX)
		return;
	if (*word == '[' && end != NULL) {
		*end++ = '\0';
		word++;
		if (*end == ':')
			port = end + 1;
	}
	if (getaddrinfo(word, port, &hints, &found) != 0)
		return;
	if (found->ai_addrlen <= sizeof(s->list[0].address)) {
		memcpy(&s->list[s->n].address, found->ai_addr, found->ai_addrlen);
		s->list[s->n++].len = found->ai_addrlen;
	}
	freeaddrinfo(found);
}

static void read_file(struct servers *s)
{
	AUTO_FREE char *line = NULL;
	FILE *file = fopen(s->path, "re");
	size_t size = 0;

	s->n = 0;
	for (int i = 0; file != NULL && i < LINES_MAX && getline(&line, &size, file) >= 0; i++) {
		char *rest = line + strspn(line, BLANKS), *word = strsep(&rest, BLANKS);

		if (strcmp(word, "nameserver") != 0 || rest == NULL)
			continue;
		rest += strspn(rest, BLANKS);
		rest[strcspn(rest, BLANKS)] = '\0';
		add_server(s, rest);
	}
	if (file != NULL)
		fclose(file);
	if (s->n == 0) {
		char local[] = "127.0.0.1";

		add_server(s, local);
	}
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void servers_refresh(struct servers *s)
{
	struct stat now;
	bool there = stat(s->path, &now) == 0;

	if (s->n > 0 && there == s->known && (!there || is_same(&now, &s->seen)))
		return;
	s->known = there;
	if (there)
		s->seen = now;
	read_file(s);
}
