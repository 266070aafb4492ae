/* SPDX-License-Identifier: BSD-2-Clause */
/* .dockerignore and patterns: the first line is a path, the rest the file. */
#include "fuzz.h"

#include "build/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rules = strchr(text, '\n'), *plain;
	struct ignore ignore = {0};

	if (rules != NULL) {
		*rules++ = '\0';
		ignore_parse(rules, &ignore);
		ignore_has(&ignore, text);
		ignore_free(&ignore);
		match_name(rules, text);
	}
	plain = match_unquote(text);
	if (!match_has_wildcards(text))
		must(match_name(text, plain));
	free(plain);
	free(text);
	return 0;
}
