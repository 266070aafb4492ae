/* SPDX-License-Identifier: BSD-2-Clause */
/* A container's user database: the first line is who is looked for, NUL divides passwd and group.
 */
#include "fuzz.h"

#include "base/error.h"
#include "warden/userdb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *who = fuzz_text(data, size), *passwd = strchr(who, '\n'), *group = NULL;
	struct user user = {0};
	struct error err = {0};

	if (passwd != NULL) {
		*passwd++ = '\0';
		if (passwd + strlen(passwd) < who + size)
			group = passwd + strlen(passwd) + 1;
	}
	if (user_find(who, passwd, group, &user, &err) == 0) {
		must(user.name != NULL && user.home != NULL && user.shell != NULL);
		must(user.ngroups >= 1 && user.ngroups <= USER_GROUPS_MAX);
		user_free(&user);
	} else {
		must(err.message[0] != '\0');
	}
	free(who);
	return 0;
}
