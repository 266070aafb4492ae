/* SPDX-License-Identifier: BSD-2-Clause */
#include "warden/userdb.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/inside.h"

#define DATABASE_MAX (4u << 20) /* bytes of a file that are read */
#define FIELDS_MAX   10

/* Splits the line at *at into fields in place of ':'; false at the end of the text. */
static bool next_entry(const char **at, char *line, size_t size, char *fields[FIELDS_MAX])
{
	while (**at != '\0') {
		size_t len = strcspn(*at, "\n");
		const char *start = *at;
		size_t n = 0;

		*at += len + ((*at)[len] == '\n');
		if (len == 0 || len >= size || *start == '#')
			continue;
		memcpy(line, start, len);
		line[len] = '\0';
		memset(fields, 0, FIELDS_MAX * sizeof(*fields));
		for (char *p = line; p != NULL && n < FIELDS_MAX;)
			fields[n++] = strsep(&p, ":");
		return true;
	}
	return false;
}

/* True if s is a decimal number that fits an id; ids beyond 2^31 are no user's. */
static bool parse_id(const char *s, unsigned int *id)
{
	char *end;
	unsigned long v;

	if (s == NULL || !isdigit((unsigned char)*s))
		return false;
	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno != 0 || *end != '\0' || v > INT_MAX)
		return false;
	*id = (unsigned int)v;
	return true;
}

static void set_text(char **to, const char *s)
{
	free(*to);
	*to = xstrdup(s);
}

/* Finds the first entry with the name or, if name is NULL, with the uid. */
static bool find_entry(const char *name, uid_t number, const char *passwd, struct user *user)
{
	char line[4096], *f[FIELDS_MAX];
	unsigned int uid, gid;

	while (passwd != NULL && next_entry(&passwd, line, sizeof(line), f)) {
		if (f[6] == NULL || !parse_id(f[2], &uid) || !parse_id(f[3], &gid))
			continue;
		if (name != NULL ? strcmp(f[0], name) != 0 : uid != number)
			continue;
		user->uid = uid;
		user->gid = gid;
		set_text(&user->name, f[0]);
		set_text(&user->home, f[5][0] ? f[5] : "/");
		set_text(&user->shell, f[6][0] ? f[6] : "/bin/sh");
		return true;
	}
	return false;
}

/* A name that is a number comes before the number. */
static bool find_passwd(const char *who, const char *passwd, struct user *user)
{
	unsigned int number;

	return find_entry(who, 0, passwd, user) ||
	       (parse_id(who, &number) && find_entry(NULL, number, passwd, user));
}

static bool find_group(const char *who, const char *group, gid_t *gid)
{
	char line[65536], *f[FIELDS_MAX];
	unsigned int id;

	while (group != NULL && next_entry(&group, line, sizeof(line), f)) {
		if (f[2] != NULL && strcmp(f[0], who) == 0 && parse_id(f[2], &id)) {
			*gid = id;
			return true;
		}
	}
	if (!parse_id(who, &id))
		return false;
	*gid = id;
	return true;
}

static void add_group(struct user *user, gid_t gid)
{
	for (size_t i = 0; i < user->ngroups; i++)
		if (user->groups[i] == gid)
			return;
	if (user->ngroups < USER_GROUPS_MAX)
		user->groups[user->ngroups++] = gid;
}

/* The groups that list the user as a member. */
static void find_memberships(const char *group, struct user *user)
{
	char line[65536], *f[FIELDS_MAX];
	unsigned int gid;

	while (group != NULL && next_entry(&group, line, sizeof(line), f)) {
		char *members = f[3], *member;

		if (members == NULL || !parse_id(f[2], &gid))
			continue;
		while ((member = strsep(&members, ",")) != NULL)
			if (strcmp(member, user->name) == 0)
				add_group(user, gid);
	}
}

int user_find(const char *who, const char *passwd, const char *group, struct user *user,
	struct error *err)
{
	const char *colon = strchr(who, ':');
	AUTO_FREE char *name = xstrndup(who, colon ? (size_t)(colon - who) : strlen(who));
	unsigned int number;

	*user = (struct user){0};
	if (name[0] == '\0')
		set_text(&name, "root");
	if (!find_passwd(name, passwd, user)) {
		if (strcmp(name, "root") == 0)
			number = 0;
		else if (!parse_id(name, &number))
			return error_set(
				err, ERROR_INVALID, "no such user '%s' in the container", name);
		user->uid = number;
		set_text(&user->name, name);
		set_text(&user->home, "/");
		set_text(&user->shell, "/bin/sh");
	}
	if (colon != NULL && !find_group(colon + 1, group, &user->gid)) {
		user_free(user);
		return error_set(
			err, ERROR_INVALID, "no such group '%s' in the container", colon + 1);
	}
	add_group(user, user->gid);
	if (colon == NULL)
		find_memberships(group, user);
	return 0;
}

/* The text of a regular file in the container, or NULL. */
static char *read_database(int root, const char *path)
{
	struct error none; /* an image need not have it, and what is no file counts as none */
	AUTO_CLOSE int fd = inside_open_file(root, path, false, &none);
	struct buffer text = {0};
	char bytes[8192];
	ssize_t n;

	if (fd < 0)
		return NULL;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0 && text.len < DATABASE_MAX)
		buffer_add(&text, bytes, (size_t)n);
	return text.data;
}

int user_join(struct user *user, const struct strings *groups, const char *group, struct error *err)
{
	gid_t gid;

	for (size_t i = 0; i < groups->n; i++) {
		if (!find_group(groups->v[i], group, &gid))
			return error_set(err, ERROR_INVALID, "no such group '%s' in the container",
				groups->v[i]);
		if (user->ngroups == USER_GROUPS_MAX)
			return error_set(err, ERROR_INVALID, "user '%s' has more than %d groups",
				user->name, USER_GROUPS_MAX);
		add_group(user, gid);
	}
	return 0;
}

int user_lookup(int root, const char *who, const struct strings *groups, struct user *user,
	struct error *err)
{
	AUTO_FREE char *passwd = read_database(root, "/etc/passwd");
	AUTO_FREE char *group = read_database(root, "/etc/group");

	if (user_find(who, passwd, group, user, err) != 0)
		return -1;
	if (user_join(user, groups, group, err) == 0)
		return 0;
	user_free(user);
	return -1;
}

void user_free(struct user *user)
{
	free(user->name);
	free(user->home);
	free(user->shell);
	*user = (struct user){0};
}
