/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into klee (ld.so(8), LD_PRELOAD): the connection of its Nth send(2) is closed by the
 * other side just before, as by a daemon that ends then. N is the value of HANG_UP in the
 * environment.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/socket.h>

ssize_t send(int fd, const void *data, size_t n, int flags)
{
	static ssize_t (*real)(int, const void *, size_t, int);
	static int calls;
	const char *which = getenv("HANG_UP");

	if (real == NULL)
		real = (__typeof__(real))dlsym(RTLD_NEXT, "send");
	if (which != NULL && ++calls == atoi(which))
		shutdown(fd, SHUT_RDWR);
	return real(fd, data, n, flags);
}
