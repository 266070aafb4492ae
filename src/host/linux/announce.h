/* The neighbours of a container that has just got its interfaces (net/announcement.h). */
#ifndef HOST_LINUX_ANNOUNCE_H
#define HOST_LINUX_ANNOUNCE_H

#include "host/endpoint.h"

/* Opens a socket that sends frames in the thread's network namespace. The caller closes it. */
int announce_open(struct error *err);

/*
 * Opens a socket that tells when interfaces of the host change: to be opened before the endpoint's
 * interface is made. The caller closes it.
 */
int announce_watch(struct error *err);

/*
 * Says on an endpoint's network where its addresses are, as soon as its port passes frames; that
 * takes no longer than a second, and what is lost then is asked for in the ordinary way. fd: a
 * netlink socket, watch: as above. packets: a socket of announce_open in the container's namespace,
 * where its interface has the index. A custom network's neighbours hear it from the host, which
 * answers for the container.
 */
void announce(int fd, int watch, int packets, int index, const struct jail_endpoint *e);

#endif
