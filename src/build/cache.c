/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of the build cache. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "build/build_private.h"

char *cache_key(const struct build *b, const char *kind, json_t *depends)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	struct buffer key = {0};
	char *text;

	json_object_set_new(depends, "instruction", json_string(kind));
	json_object_set_new(depends, "contents", json_string(b->contents));
	text = json_dumps(depends, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(depends);
	if (text == NULL || EVP_Digest(text, strlen(text), digest, &len, EVP_sha256(), NULL) != 1)
		abort(); /* out of memory */
	free(text);
	for (unsigned int i = 0; i < len; i++)
		buffer_printf(&key, "%02x", digest[i]);
	return key.data;
}
