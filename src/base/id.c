/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/id.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_MAX_LEN 63

static const char letters_digits[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

void id_new(char id[ID_LEN + 1])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t bytes[ID_LEN / 2];

	do {
		if (getentropy(bytes, sizeof(bytes)) != 0)
			abort();
		for (int i = 0; i < ID_LEN; i++)
			id[i] = hex[(bytes[i / 2] >> (i % 2 ? 0 : 4)) & 15];
		id[ID_LEN] = '\0';
	} while (strspn(id, "0123456789") == ID_LEN);
}

bool id_valid(const char *s)
{
	return strlen(s) == ID_LEN && strspn(s, "0123456789abcdef") == ID_LEN;
}

bool name_valid(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > NAME_MAX_LEN || strchr(letters_digits, s[0]) == NULL)
		return false;
	for (size_t i = 0; i < len; i++)
		if (strchr(letters_digits, s[i]) == NULL && strchr("_.-", s[i]) == NULL)
			return false;
	return true;
}
