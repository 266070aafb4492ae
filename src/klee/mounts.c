#include "klee/mounts.h"

#include <string.h>

/* 512m, 2G: what others have -m for. */
static bool is_size(const char *text)
{
	size_t digits = strspn(text, "0123456789.");

	return digits > 0 && strspn(text + digits, "bkmgtBKMGTi") == strlen(text + digits);
}

json_t *mount_parse(const char *text, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(text);
	char *rest = copy, *source = strsep(&rest, ":"), *destination = strsep(&rest, ":");
	const char *mode = rest, *why = NULL;
	json_t *mount = NULL;

	if (destination == NULL && is_size(source))
		why = "it looks like a size, which --memory limits the memory to; --mount and -m "
		      "take SRC:DST[:rw|ro]";
	else if (destination == NULL)
		why = "expected SRC:DST[:rw|ro]";
	else if (*source == '\0')
		why = "the source is missing";
	else if (*destination != '/')
		why = "the destination must be an absolute path";
	else if (mode != NULL && strcmp(mode, "rw") != 0 && strcmp(mode, "ro") != 0)
		why = "expected 'rw' or 'ro' behind the destination";
	if (why == NULL)
		mount = json_pack("{s:s, s:s, s:s, s:b}", "type",
			*source == '/' ? "nullfs" : "volume", "source", source, "destination",
			destination, "read_only", mode != NULL && strcmp(mode, "ro") == 0);
	if (mount == NULL)
		error_set(err, ERROR_INVALID, "--mount: '%s': %s", text,
			why != NULL ? why : "it is not valid UTF-8");
	return mount;
}

json_t *mounts(const struct args *args, struct error *err)
{
	return klee_option_list(args, "mount", mount_parse, err);
}
