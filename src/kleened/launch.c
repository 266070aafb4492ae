/* Launching a container: its files, its warden, the setup. */
#include "kleened/runtime_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/log.h"
#include "kleened/jailparam.h"
#include "kleened/reconcile.h"

#define LOG_SIZE      (10u << 20) /* bytes of one of the two log files */
#define SETUP_TIMEOUT 30000 /* ms: a warden that takes longer to make a container is given up */

int runtime_open_log(struct daemon *d, const char *id, int index, struct error *err)
{
	AUTO_FREE char *all = xasprintf("%s/log", storage_directory(d->storage));
	AUTO_FREE char *dir = xasprintf("%s/%s", all, id);
	AUTO_FREE char *path = xasprintf("%s/%d", dir, index);
	int fd;

	if ((mkdir(all, 0700) != 0 && errno != EEXIST) ||
		(mkdir(dir, 0700) != 0 && errno != EEXIST))
		return error_errno(err, errno, "cannot make %s", dir);
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, errno, "cannot open %s", path);
	return fd;
}

void runtime_remove_logs(struct daemon *d, const char *id)
{
	AUTO_FREE char *dir = xasprintf("%s/log/%s", storage_directory(d->storage), id);

	for (int i = 0; i < 2; i++) {
		AUTO_FREE char *path = xasprintf("%s/%d", dir, i);

		unlink(path);
	}
	rmdir(dir);
}

/*
 * Makes the runtime directory of a container; opens control socket, logs and status file. It is the
 * warden that listens, so that the socket's peer is the warden and not a daemon long gone.
 */
static int prepare_files(struct runtime *r, const char *id, int fds[4], struct error *err)
{
	AUTO_FREE char *dir = runtime_dir(r, id);
	AUTO_FREE char *status = xasprintf("%s/status", dir);
	struct sockaddr_un address = runtime_control_address(r, id);

	runtime_remove_dir(r, id);
	if (mkdir(dir, 0700) != 0)
		return error_errno(err, errno, "cannot make %s", dir);
	fds[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fds[0] < 0 || bind(fds[0], (struct sockaddr *)&address, sizeof(address)) != 0 ||
		fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0)
		return error_errno(err, errno, "cannot make the control socket in %s", dir);
	for (int i = 0; i < 2; i++)
		if ((fds[1 + i] = runtime_open_log(r->daemon, id, i, err)) < 0)
			return -1;
	fds[3] = open(status, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fds[3] < 0)
		return error_errno(err, errno, "cannot make %s", status);
	return 0;
}

/* Sends the setup and waits for the answer. */
static int set_up(
	const struct warden_setup *setup, struct running *c, const int fds[4], struct error *err)
{
	struct wire w = {0};
	struct wire_message m;
	struct wire_field f;
	int n;

	protocol_put_setup(&w, setup);
	n = wire_send(c->watch.fd, &w, fds, 4, 0, err);
	wire_free(&w);
	if (n != 0)
		return -1;
	n = wire_conn_wait(&c->watch, &m, SETUP_TIMEOUT, err);
	if (n == 0)
		return error_set(err, ERROR_SYSTEM, "the warden ended before it was ready");
	if (n < 0)
		return -1;
	if (m.type == MSG_READY) {
		while (wire_next(&m, &f))
			if (f.tag == FIELD_NUMBER)
				c->number = (int)wire_field_u64(&f);
		if (c->number == 0)
			c->number = (int)c->pid;
		n = 0;
	} else {
		n = protocol_get_failed(&m, err);
	}
	wire_message_free(&m);
	return n;
}

static int fill_setup(
	struct runtime *r, const struct container *c, struct warden_setup *setup, struct error *err)
{
	AUTO_FREE char *dataset = xasprintf("container/%s", c->id);
	const char *driver = json_string_value(json_object_get(c->config, "network_driver"));
	struct jail_settings settings;

	*setup = (struct warden_setup){.log_size = LOG_SIZE};
	if (jail_settings_parse(json_object_get(c->config, "jail_param"), c->id, &settings, err) !=
		0)
		return -1;
	setup->jail.id = xstrdup(c->id);
	setup->jail.hostname = xstrdup(settings.hostname);
	setup->jail.devfs = settings.devfs;
	setup->jail.network =
		driver && strcmp(driver, "host") == 0 ? NETWORK_HOST : NETWORK_DISABLED;
	setup->jail.params = settings.kernel;
	settings.kernel = (struct strings){0};
	jail_settings_free(&settings);
	if (reconcile_dataset(r->daemon, c, err) != 0)
		return -1;
	return storage_rootfs(r->daemon->storage, dataset, &setup->jail.root, err);
}

static void setup_free(struct warden_setup *setup)
{
	free(setup->jail.id);
	free(setup->jail.hostname);
	strings_free(&setup->jail.params);
	rootfs_free(&setup->jail.root);
}

/* Starts the warden program and makes it set the container up. */
static int spawn(struct runtime *r, const struct warden_setup *setup, struct running *c,
	const int fds[4], struct error *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return error_errno(err, errno, "cannot make a socket pair");
	c->watch.fd = pair[0];
	c->pid = warden_spawn(r->daemon->warden, pair[1], setup->jail.network, err);
	close(pair[1]);
	if (c->pid < 0 || (c->process = process_watch(c->pid, err)) < 0)
		return -1;
	return set_up(setup, c, fds, err);
}

int runtime_launch(struct runtime *r, const struct container *container, struct error *err)
{
	struct running *c = running_new(container->id);
	struct warden_setup setup;
	int fds[4] = {-1, -1, -1, -1}, result;

	runtime_wait_end(r, c->id); /* the kernel may still be at the last run's mounts */
	result = fill_setup(r, container, &setup, err);
	if (result == 0)
		result = prepare_files(r, c->id, fds, err);
	if (result == 0)
		result = spawn(r, &setup, c, fds, err);
	for (int i = 0; i < 4; i++)
		close_fd(&fds[i]);
	if (result == 0) {
		log_info("container %s has started, warden %d", c->id, (int)c->pid);
		store_container_exited(r->daemon->store, c->id, EXIT_UNKNOWN);
		runtime_add(r, c);
	} else {
		wire_conn_close(&c->watch); /* makes a warden that waits end */
		if (c->pid > 0)
			waitpid(c->pid, NULL, 0);
		runtime_remove_dir(r, c->id);
		running_free(c);
		error_prefix(err, "cannot start container %s", container->name);
	}
	setup_free(&setup);
	return result;
}
