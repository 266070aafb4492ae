/* The host as the daemon found it at its start. */
#ifndef HOST_LINUX_HOST_H
#define HOST_LINUX_HOST_H

struct cgroups;

struct host {
	int fd; /* sealed memfd with the warden's executable */
	struct cgroups *cgroups;
};

#endif
