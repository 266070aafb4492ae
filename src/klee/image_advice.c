/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/image_advice.h"

#include <string.h>

#define NAMES_MAX 8 /* images that are named */

#define GET_ONE                                                                                    \
	"'klee image create fetch-auto' makes one of this system's release, '-t NAME fetch URL' "  \
	"of an archive"

/* "a:latest, b:2", and how many more. */
static char *image_names(const json_t *images)
{
	struct buffer names = {0};
	size_t n = 0, i, j;
	json_t *image, *name;

	json_array_foreach (images, i, image)
		json_array_foreach (json_object_get(image, "names"), j, name)
			if (n++ < NAMES_MAX)
				buffer_printf(
					&names, "%s%s", n > 1 ? ", " : "", json_string_value(name));
	if (n > NAMES_MAX)
		buffer_printf(&names, " and %zu more", n - NAMES_MAX);
	return names.data;
}

/* What must be typed first. */
static void network_advice(struct klee *k, const struct error *err)
{
	const char *name = strchr(err->message, '\'');

	if (strstr(err->message, "'host' network driver cannot publish") != NULL) {
		free(k->advice);
		k->advice = xstrdup("'klee network create --type bridge net' makes a network, "
				    "'run --network net -p ...' joins it");
	} else if (strncmp(err->message, "no such network '", 17) == 0 &&
		   strstr(err->message, "Did you mean") == NULL && strchr(name + 1, '\'') != NULL) {
		AUTO_FREE char *quoted = xstrndup(name + 1, strcspn(name + 1, "'"));
		AUTO_FREE char *line = klee_one_line(quoted);

		free(k->advice);
		k->advice = xasprintf("'klee network create --type bridge %s' makes it", line);
	}
}

void creation_advice(struct klee *k, const struct error *err)
{
	network_advice(k, err);
	image_advice(k, err);
}

void image_advice(struct klee *k, const struct error *err)
{
	AUTO_FREE char *names = NULL, *line = NULL;
	struct error ignored = {0};
	json_t *images;

	if (strstr(err->message, "no such image '") == NULL ||
		strstr(err->message, "Did you mean") != NULL ||
		klee_request(k, "GET", "/images/list", NULL, &images, &ignored) < 0)
		return;
	names = image_names(images);
	json_decref(images);
	line = klee_one_line(names != NULL ? names : "");
	free(k->advice);
	k->advice = names != NULL ? xasprintf("there is %s; " GET_ONE, line)
				  : xasprintf("there is none yet; " GET_ONE);
}
