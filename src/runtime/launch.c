/* SPDX-License-Identifier: BSD-2-Clause */
/* Launching a container: its files, its warden, the setup. */
#include "dataset/datasets.h"
#include "network/joining.h"
#include "runtime/runtime_private.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/log.h"
#include "dataset/mounts.h"
#include "params/confinement.h"
#include "params/fstab.h"
#include "params/jailparam.h"
#include "params/limit.h"
#include "params/process_settings.h"
#include "runtime/lifecycle.h"
#include "runtime/protection.h"
#include "runtime/run_files.h"
#include "store/store_build.h"

#define SETUP_TIMEOUT 30000 /* ms: a warden that takes longer to make a container is given up */
#define FILL_SLICE    500 /* ms between looks for the daemon's end while one fills a volume */

static bool fills_volume(const struct jail_config *jail)
{
	for (size_t i = 0; i < jail->nmounts; i++)
		if (jail->mounts[i].populate)
			return true;
	return false;
}

/* Waits for the warden's answer: as long as it takes if it has to fill a volume. */
static int await_answer(const struct warden_setup *setup, struct running *c, struct wire_message *m,
	struct daemon *d, struct error *err)
{
	bool patient = fills_volume(&setup->jail);
	int n;

	do
		n = wire_conn_wait(&c->watch, m, patient ? FILL_SLICE : SETUP_TIMEOUT, err);
	while (n < 0 && err->code == ETIMEDOUT && patient && !d->stopping);
	if (n < 0 && err->code == ETIMEDOUT) {
		kill(c->pid, SIGKILL);
		if (patient)
			error_set(err, ERROR_UNAVAILABLE, "kleened is stopping");
	}
	if (n == 0)
		n = error_set(err, ERROR_SYSTEM, "the warden ended before it was ready");
	return n;
}

/* Sends the setup and waits for the answer. */
static int set_up(struct runtime *r, struct warden_setup *setup, struct network_view *view,
	struct running *c, const int fds[SETUP_FDS], struct error *err)
{
	const struct handover *handover = &setup->jail.handover;
	AUTO_FREE int *all = xmalloc((SETUP_FDS + handover->nfds) * sizeof(*all));
	struct wire w = {0};
	struct wire_message m;
	struct wire_field f;
	int n;

	memcpy(all, fds, SETUP_FDS * sizeof(*all));
	for (size_t i = 0; i < handover->nfds; i++)
		all[SETUP_FDS + i] = handover->fds[i];
	protocol_put_setup(&w, setup);
	n = wire_send(c->watch.fd, &w, all, SETUP_FDS + handover->nfds, 0, err);
	wire_free(&w);
	handover_free(&setup->jail.handover);
	if (n != 0)
		return -1;
	/* while the warden is at work */
	if (networks_join(r->daemon, view, err) != 0 ||
		await_answer(setup, c, &m, r->daemon, err) < 0)
		return -1;
	if (m.type == MSG_READY) {
		while (wire_next(&m, &f)) {
			if (f.tag == FIELD_NUMBER)
				c->number = (int)wire_field_u64(&f);
			else if (f.tag == FIELD_VERSION)
				c->version = protocol_version(wire_field_u64(&f));
		}
		if (c->number == 0)
			c->number = (int)c->pid;
		n = 0;
	} else {
		n = protocol_get_failed(&m, err);
	}
	wire_message_free(&m);
	return n;
}

static int fill_setup(struct runtime *r, const struct container *c, struct warden_setup *setup,
	struct jail_settings *settings, struct network_view *view, struct error *err)
{
	AUTO_FREE char *dataset = xasprintf("container/%s", c->id);

	*setup = (struct warden_setup){.log_size = LOG_SIZE};
	if (limits_parse(c->config, &setup->jail.limits, err) != 0 ||
		confinement_parse(c->config, &setup->jail.confinement, err) != 0 ||
		protection_check(r->daemon, c, err) != 0)
		return -1;
	if (jail_settings_parse(json_object_get(c->config, "jail_param"), c->id, settings, err) !=
		0)
		return -1;
	setup->jail.id = xstrdup(c->id);
	setup->jail.hostname = xstrdup(settings->hostname);
	setup->jail.devfs = settings->devfs;
	setup->jail.driver = DRIVER_DISABLED;
	process_settings_ids(c->config, &setup->jail.ids);
	strings_copy(&setup->jail.params, &settings->kernel);
	if (fstab_mounts(host_system, &settings->mounts, settings->fstab, &setup->jail, err) != 0 ||
		container_dataset_restore(r->daemon, c, err) != 0)
		return -1;
	if (storage_rootfs(r->daemon->storage, dataset, &setup->jail.root, err) != 0 ||
		networks_prepare(r->daemon, c, settings->hostname, view, &setup->jail, err) != 0)
		return -1;
	/* nothing of either survives the host's end (container_create.c, build/state.c) */
	setup->jail.root.unsynced = json_is_true(json_object_get(c->config, "auto_remove")) ||
				    store_is_build_container(r->daemon->store, c->id);
	return 0;
}

/* Starts the warden program and makes it set the container up. */
static int spawn(struct runtime *r, struct warden_setup *setup, struct network_view *view,
	struct running *c, const int fds[SETUP_FDS], struct error *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return error_errno(err, errno, "cannot make a socket pair");
	c->watch.fd = pair[0];
	c->pid = warden_spawn(r->daemon->host, pair[1], &setup->jail, err);
	close(pair[1]);
	if (c->pid < 0 || (c->process = process_watch(c->pid, err)) < 0)
		return -1;
	return set_up(r, setup, view, c, fds, err);
}

/* Undoes what a start has made that failed before the container could end by itself. */
static void undo(
	struct runtime *r, struct running *c, const struct jail_config *jail, bool prepared)
{
	struct error ignored;
	bool found;

	wire_conn_close(&c->watch); /* makes a warden that waits end */
	if (c->pid > 0)
		waitpid(c->pid, NULL, 0);
	limits_release(r->daemon->host, c->id);
	networks_leave(r->daemon, c->id);
	for (size_t i = 0; i < jail->nendpoints; i++) /* it may not have joined them yet */
		endpoint_release(r->daemon->host, &jail->endpoints[i]);
	if (c->pid > 0) /* it may have had no chance to undo what it had made */
		container_sweep(r->daemon->host, c->id, jail->root.path, &found, &ignored);
	network_files_withdraw(r->daemon, c->id);
	/* unless the daemon is stopping: then the directory tells the next one to do it */
	if (!prepared || lifecycle_end(r->daemon, c->id) == 0)
		run_files_forget(r->daemon, c->id);
	running_free(c);
}

/* The caller holds the container's lock file: there is no other warden. */
static int launch(struct runtime *r, const struct container *container, bool visit,
	int fds[SETUP_FDS], struct error *err)
{
	struct running *c = running_new(container->id);
	AUTO(jail_settings_free) struct jail_settings settings = {0};
	AUTO(network_view_free) struct network_view view = {0};
	struct launch_volumes volumes = {0};
	struct warden_setup setup;
	bool prepared = false;
	int result = fill_setup(r, container, &setup, &settings, &view, err);

	if (result == 0)
		result = launch_volumes_take(&volumes, r->daemon, container, &setup.jail, err);
	if (result == 0)
		result = run_files_make(r->daemon, c->id, fds, err);
	prepared = result == 0;
	if (prepared)
		result = lifecycle_prepare(r->daemon, container, &settings, err);
	if (result == 0)
		result = spawn(r, &setup, &view, c, fds, err);
	if (result == 0)
		result = launch_volumes_filled(&volumes, err);
	if (result == 0) {
		log_info("container %s has started, warden %d", c->id, (int)c->pid);
		c->link = LINK_UP;
		c->starting = c->limited = true;
		store_container_started(r->daemon->store, c->id, visit);
		runtime_add(r, c);
	} else {
		undo(r, c, &setup.jail, prepared);
	}
	launch_volumes_release(&volumes);
	jail_config_free(&setup.jail);
	return result;
}

int runtime_launch(
	struct runtime *r, const struct container *container, bool visit, struct error *err)
{
	int fds[SETUP_FDS], result = -1;

	for (int i = 0; i < SETUP_FDS; i++)
		fds[i] = -1;
	runtime_make_room(r);
	runtime_wait_end(r, container->id); /* the kernel may still be at the last run's mounts */
	fds[SETUP_LOCK] = run_files_lock(r->daemon, container->id, err);
	if (fds[SETUP_LOCK] >= 0)
		result = launch(r, container, visit, fds, err);
	for (int i = 0; i < SETUP_FDS; i++)
		close_fd(&fds[i]);
	return result == 0 ? 0 : error_prefix(err, "cannot start container %s", container->name);
}
