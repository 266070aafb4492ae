#include "kleened/runtime.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/log.h"
#include "kleened/daemon.h"
#include "kleened/jailparam.h"

#define LOG_SIZE	(10u << 20)
#define SETUP_TIMEOUT	30000 /* ms: a warden that takes longer to make a container is given up */
#define REQUEST_TIMEOUT 10000 /* ms */

struct running {
	struct running *next;
	char id[ID_LEN + 1];
	pid_t pid;
	int process; /* process_watch */
	struct wire_conn watch; /* fd -1 once the warden has closed it */
	int number;
	bool ending; /* no process is left in it */
	int exit_code;
};

struct runtime {
	struct daemon *daemon;
	pthread_mutex_t mutex;
	pthread_cond_t ended; /* a row has gone */
	struct running *table;
	int wake[2]; /* makes the thread look at the table anew */
	bool stopping;
	pthread_t thread;
};

static char *container_dir(struct runtime *r, const char *id)
{
	return xasprintf("%s/container/%s", r->daemon->config->run_dir, id);
}

static void wake(struct runtime *r)
{
	(void)!write(r->wake[1], "", 1);
}

static struct running *find(struct runtime *r, const char *id)
{
	struct running *c = r->table;

	while (c != NULL && strcmp(c->id, id) != 0)
		c = c->next;
	return c;
}

/* Removes what the runtime directory holds of a container. */
static void remove_dir(struct runtime *r, const char *id)
{
	static const char *const names[] = {"control", "status"};
	AUTO_FREE char *dir = container_dir(r, id);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", dir, names[i]);

		unlink(path);
	}
	rmdir(dir);
}

static void add(struct runtime *r, struct running *c)
{
	pthread_mutex_lock(&r->mutex);
	c->next = r->table;
	r->table = c;
	pthread_mutex_unlock(&r->mutex);
	wake(r);
}

static void running_free(struct running *c)
{
	wire_conn_close(&c->watch);
	close_fd(&c->process);
	free(c);
}

/* ---- the thread that waits for wardens ---- */

/* The warden's process has ended and the host has released the container. */
static void has_ended(struct runtime *r, struct running *c)
{
	struct daemon *d = r->daemon;
	AUTO_FREE char *dataset = xasprintf("container/%s", c->id);
	struct rootfs root;
	struct error err;
	bool found;

	waitpid(c->pid, NULL, WNOHANG); /* nothing to reap if an earlier daemon started it */
	if (storage_rootfs(d->storage, dataset, &root, &err) == 0) {
		if (container_sweep(c->id, root.path, &found, &err) != 0)
			log_error("container %s: %s", c->id, err.message);
		rootfs_free(&root);
	}
	store_container_exited(d->store, c->id, c->exit_code);
	execs_remove_container(d->execs, c->id);
	remove_dir(r, c->id);
	log_info("container %s has stopped", c->id);

	pthread_mutex_lock(&r->mutex);
	for (struct running **at = &r->table; *at != NULL; at = &(*at)->next) {
		if (*at == c) {
			*at = c->next;
			break;
		}
	}
	pthread_cond_broadcast(&r->ended);
	pthread_mutex_unlock(&r->mutex);
	running_free(c);
}

static void process_has_ended(struct runtime *r, struct running *c, struct wire_message *m)
{
	AUTO_FREE char *id = NULL;
	struct wire_field f;
	bool last = false;
	int code = -1;

	while (wire_next(m, &f)) {
		if (f.tag == FIELD_ID && id == NULL)
			id = wire_field_str(&f);
		else if (f.tag == FIELD_CODE)
			code = (int)wire_field_u64(&f);
		else if (f.tag == FIELD_LAST)
			last = wire_field_u64(&f) != 0;
	}
	if (id != NULL)
		execs_remove(r->daemon->execs, id);
	pthread_mutex_lock(&r->mutex);
	c->exit_code = code;
	pthread_mutex_unlock(&r->mutex);
	if (last)
		runtime_ending(r, c->id, code);
}

static void read_watch(struct runtime *r, struct running *c)
{
	struct wire_message m;
	struct error err = {0};
	int n = wire_conn_read(&c->watch, &err), next;

	while ((next = wire_conn_next(&c->watch, &m, &err)) > 0) {
		if (m.type == MSG_EXIT)
			process_has_ended(r, c, &m);
		wire_message_free(&m);
	}
	if (n <= 0 || next < 0) {
		if (n < 0 || next < 0)
			log_error("container %s: %s", c->id, err.message);
		wire_conn_close(&c->watch);
		runtime_ending(r, c->id, -1);
	}
}

static void *watch_wardens(void *arg)
{
	struct runtime *r = arg;
	struct pollfd *fds = NULL;
	struct running **rows = NULL;
	char bytes[64];
	size_t n;

	for (;;) {
		bool stopping;

		pthread_mutex_lock(&r->mutex);
		stopping = r->stopping;
		n = 1;
		for (struct running *c = r->table; c != NULL; c = c->next)
			n++;
		fds = xrealloc(fds, n * sizeof(*fds));
		rows = xrealloc(rows, n * sizeof(*rows));
		n = 1;
		for (struct running *c = r->table; c != NULL; c = c->next) {
			/* the connection first: what it says comes before the process's end */
			fds[n].fd = c->watch.fd >= 0 ? c->watch.fd : c->process;
			fds[n].events = POLLIN;
			rows[n++] = c;
		}
		pthread_mutex_unlock(&r->mutex);
		if (stopping)
			break;
		fds[0] = (struct pollfd){.fd = r->wake[0], .events = POLLIN};
		if (poll(fds, (nfds_t)n, -1) <= 0)
			continue;
		if (fds[0].revents != 0)
			(void)!read(r->wake[0], bytes, sizeof(bytes));
		for (size_t i = 1; i < n; i++) {
			if (fds[i].revents == 0)
				continue;
			if (rows[i]->watch.fd >= 0)
				read_watch(r, rows[i]);
			else
				has_ended(r, rows[i]);
		}
	}
	free(fds);
	free(rows);
	return NULL;
}

struct runtime *runtime_new(struct daemon *d, struct error *err)
{
	struct runtime *r = xcalloc(1, sizeof(*r));
	AUTO_FREE char *dir = xasprintf("%s/container", d->config->run_dir);

	r->daemon = d;
	if ((mkdir(d->config->run_dir, 0700) != 0 && errno != EEXIST) ||
		(mkdir(dir, 0700) != 0 && errno != EEXIST) ||
		pipe2(r->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
		error_errno(err, errno, "cannot make %s", dir);
		free(r);
		return NULL;
	}
	pthread_mutex_init(&r->mutex, NULL);
	pthread_cond_init(&r->ended, NULL);
	if (pthread_create(&r->thread, NULL, watch_wardens, r) != 0)
		abort();
	return r;
}

void runtime_free(struct runtime *r)
{
	AUTO_FREE char *dir = NULL;

	if (r == NULL)
		return;
	pthread_mutex_lock(&r->mutex);
	r->stopping = true;
	pthread_mutex_unlock(&r->mutex);
	wake(r);
	pthread_join(r->thread, NULL);
	while (r->table != NULL) {
		struct running *c = r->table;

		r->table = c->next;
		running_free(c);
	}
	close(r->wake[0]);
	close(r->wake[1]);
	pthread_cond_destroy(&r->ended);
	pthread_mutex_destroy(&r->mutex);
	dir = xasprintf("%s/container", r->daemon->config->run_dir);
	if (rmdir(dir) == 0) /* no container runs */
		rmdir(r->daemon->config->run_dir);
	free(r);
}

/* ---- launching ---- */

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

static void control_address(struct runtime *r, const char *id, struct sockaddr_un *address)
{
	AUTO_FREE char *dir = container_dir(r, id);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof(address->sun_path), "%s/control", dir);
}

/* Makes the runtime directory of a container; opens control socket, logs and status file. */
static int prepare_files(struct runtime *r, const char *id, int fds[4], struct error *err)
{
	AUTO_FREE char *dir = container_dir(r, id);
	AUTO_FREE char *status = xasprintf("%s/status", dir);
	struct sockaddr_un address;

	remove_dir(r, id);
	if (mkdir(dir, 0700) != 0)
		return error_errno(err, errno, "cannot make %s", dir);
	control_address(r, id, &address);
	fds[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fds[0] < 0 || bind(fds[0], (struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(fds[0], 128) != 0 || fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0)
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
	struct running *c = xcalloc(1, sizeof(*c));
	struct warden_setup setup;
	int fds[4] = {-1, -1, -1, -1}, result;

	c->process = c->watch.fd = -1;
	c->exit_code = -1;
	memcpy(c->id, container->id, sizeof(c->id));
	result = fill_setup(r, container, &setup, err);
	if (result == 0)
		result = prepare_files(r, c->id, fds, err);
	if (result == 0)
		result = spawn(r, &setup, c, fds, err);
	for (int i = 0; i < 4; i++)
		close_fd(&fds[i]);
	if (result == 0) {
		log_info("container %s has started, warden %d", c->id, (int)c->pid);
		add(r, c);
	} else {
		wire_conn_close(&c->watch); /* makes a warden that waits end */
		if (c->pid > 0)
			waitpid(c->pid, NULL, 0);
		remove_dir(r, c->id);
		running_free(c);
		error_prefix(err, "cannot start container %s", container->name);
	}
	setup_free(&setup);
	return result;
}

/* ---- asking ---- */

bool runtime_looks_running(struct runtime *r, const char *id, int *number, int *exit_code)
{
	struct running *c;
	bool running;

	pthread_mutex_lock(&r->mutex);
	c = find(r, id);
	running = c != NULL && !c->ending;
	if (running && number != NULL)
		*number = c->number;
	if (c != NULL && c->ending && exit_code != NULL)
		*exit_code = c->exit_code;
	pthread_mutex_unlock(&r->mutex);
	return running;
}

bool runtime_is_running(struct runtime *r, const char *id, int *number)
{
	struct running *c;

	pthread_mutex_lock(&r->mutex);
	while ((c = find(r, id)) != NULL && c->ending)
		pthread_cond_wait(&r->ended, &r->mutex);
	if (c != NULL && number != NULL)
		*number = c->number;
	pthread_mutex_unlock(&r->mutex);
	return c != NULL;
}

void runtime_ending(struct runtime *r, const char *id, int exit_code)
{
	struct running *c;

	pthread_mutex_lock(&r->mutex);
	c = find(r, id);
	if (c != NULL) {
		c->ending = true;
		if (exit_code >= 0)
			c->exit_code = exit_code;
	}
	pthread_mutex_unlock(&r->mutex);
}

void runtime_wait_end(struct runtime *r, const char *id)
{
	pthread_mutex_lock(&r->mutex);
	while (find(r, id) != NULL)
		pthread_cond_wait(&r->ended, &r->mutex);
	pthread_mutex_unlock(&r->mutex);
}

static int connect_control(
	struct runtime *r, const char *id, struct wire_conn *c, struct error *err)
{
	struct sockaddr_un address;

	*c = (struct wire_conn){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	control_address(r, id, &address);
	if (c->fd >= 0 && connect(c->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	error_errno(err, errno, "cannot reach the warden of container %s", id);
	close_fd(&c->fd);
	return -1;
}

int runtime_connect(struct runtime *r, const char *id, struct wire_conn *c, struct error *err)
{
	if (!runtime_is_running(r, id, NULL))
		return error_set(err, ERROR_CONFLICT, "container not running");
	return connect_control(r, id, c, err);
}

int runtime_request(struct runtime *r, const char *id, struct wire *w, struct error *err)
{
	struct wire_conn c;
	struct wire_message m;
	int n;

	if (runtime_connect(r, id, &c, err) != 0)
		return -1;
	n = wire_send(c.fd, w, NULL, 0, 0, err);
	if (n == 0)
		n = wire_conn_wait(&c, &m, REQUEST_TIMEOUT, err);
	if (n > 0) {
		n = m.type == MSG_FAILED ? protocol_get_failed(&m, err) : 0;
		wire_message_free(&m);
	} else if (n == 0) {
		n = error_set(err, ERROR_CONFLICT, "container not running");
	}
	wire_conn_close(&c);
	return n;
}

/* ---- after a restart ---- */

/* Asks a warden what runs in its container. */
static int take_up(struct runtime *r, struct running *c, struct error *err)
{
	struct wire w = {0};
	struct wire_message m;
	int n;

	if (connect_control(r, c->id, &c->watch, err) != 0 ||
		(c->pid = socket_peer_root(c->watch.fd, err)) < 0 ||
		(c->process = process_watch(c->pid, err)) < 0)
		return -1;
	wire_begin(&w, MSG_WATCH);
	n = wire_send(c->watch.fd, &w, NULL, 0, 0, err);
	wire_free(&w);
	while (n == 0) {
		struct wire_field f;
		AUTO_FREE char *id = NULL;
		bool tty = false;

		if (wire_conn_wait(&c->watch, &m, REQUEST_TIMEOUT, err) <= 0)
			return -1;
		while (wire_next(&m, &f)) {
			if (f.tag == FIELD_ID && id == NULL)
				id = wire_field_str(&f);
			else if (f.tag == FIELD_TTY)
				tty = wire_field_u64(&f) != 0;
			else if (f.tag == FIELD_NUMBER)
				c->number = (int)wire_field_u64(&f);
		}
		if (m.type == MSG_EXEC && id != NULL && id_valid(id))
			execs_found(r->daemon->execs, id, c->id, tty);
		n = m.type == MSG_OK;
		wire_message_free(&m);
	}
	if (c->number == 0)
		c->number = (int)c->pid;
	return n == 1 ? 0 : -1;
}

/* The exit code of the last line of a status file, -1 if there is none. */
static int last_status(struct runtime *r, const char *id)
{
	AUTO_FREE char *dir = container_dir(r, id);
	AUTO_FREE char *path = xasprintf("%s/status", dir);
	FILE *f = fopen(path, "re");
	char line[128];
	int code = -1;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		const char *space = strchr(line, ' ');

		if (space != NULL)
			code = (int)strtol(space, NULL, 10);
	}
	if (f != NULL)
		fclose(f);
	return code;
}

static void recover(struct runtime *r, const char *id)
{
	struct running *c = xcalloc(1, sizeof(*c));
	struct error err = {0};

	c->process = c->watch.fd = -1;
	memcpy(c->id, id, sizeof(c->id));
	c->exit_code = last_status(r, id);
	if (take_up(r, c, &err) == 0) {
		log_notice("container %s is running, warden %d", id, (int)c->pid);
		add(r, c);
		return;
	}
	log_notice("container %s has stopped while no daemon was there, exit code %d", id,
		last_status(r, id));
	if (c->process >= 0) { /* it was just ending */
		struct pollfd p = {.fd = c->process, .events = POLLIN};

		poll(&p, 1, REQUEST_TIMEOUT);
	}
	c->exit_code = last_status(r, id);
	if (c->exit_code >= 0)
		store_container_exited(r->daemon->store, id, c->exit_code);
	remove_dir(r, id);
	running_free(c);
}

int runtime_recover(struct runtime *r, struct error *err)
{
	AUTO_FREE char *path = xasprintf("%s/container", r->daemon->config->run_dir);
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (dir == NULL)
		return error_errno(err, errno, "cannot read %s", path);
	while ((entry = readdir(dir)) != NULL)
		if (id_valid(entry->d_name))
			recover(r, entry->d_name);
	closedir(dir);
	return 0;
}
