/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jails made by the warden's side, and the daemon's view of processes. Needs root on FreeBSD and
 * devfs ruleset 4; skipped without root.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/id.h"
#include "host/freebsd/jailcall.h"
#include "host/freebsd/mounts.h"
#include "host/jail.h"
#include "host/process.h"

struct fixture {
	char root[64];
	char id[ID_LEN + 1];
	struct jail_config config;
	struct jail *jail;
	struct error err;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	*state = f;
	if (getuid() != 0)
		return 0;
	snprintf(f->root, sizeof(f->root), "/tmp/kleene-test-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	id_new(f->id);
	f->config = (struct jail_config){
		.id = f->id,
		.hostname = f->id,
		.root = {.path = f->root},
		.devfs = true,
		.driver = DRIVER_DISABLED,
	};
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char dev[80];

	if (f->jail != NULL)
		jail_destroy(f->jail);
	strings_free(&f->config.params);
	if (f->root[0] != '\0') {
		snprintf(dev, sizeof(dev), "%s/dev", f->root);
		unlink(dev);
		rmdir(dev);
		assert_int_equal(rmdir(f->root), 0);
	}
	free(f);
	return 0;
}

static struct fixture *fixture(void **state)
{
	struct fixture *f = *state;

	if (f->root[0] == '\0')
		skip();
	return f;
}

static void create(struct fixture *f)
{
	f->jail = jail_create(&f->config, &f->err);
	if (f->jail == NULL)
		fail_msg("%s", f->err.message);
}

static size_t mounts_below(const struct fixture *f)
{
	AUTO(mount_list_free) struct mount_list list = {0};
	AUTO_FREE size_t *order = NULL;
	struct error err;
	char real[PATH_MAX];

	assert_non_null(realpath(f->root, real));
	assert_int_equal(mounts_read(&list, &err), 0);
	order = xcalloc(list.n, sizeof(*order));
	return mount_list_below(&list, real, true, order);
}

/* Runs in a child inside the jail; its exit code is the function's result. */
static int inside(struct fixture *f, int (*function)(struct fixture *))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(jail_enter(f->jail, &f->err) < 0 ? 99 : function(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int sees_devices(struct fixture *f)
{
	char name[80];

	if (access("/dev/null", W_OK) < 0 || access("/dev/pts", X_OK) < 0)
		return 1;
	if (access("/dev/mem", F_OK) == 0 || access(f->root, F_OK) == 0)
		return 2;
	return gethostname(name, sizeof(name)) < 0 || strcmp(name, f->id) != 0 ? 3 : 0;
}

static void create_and_destroy(void **state)
{
	struct fixture *f = fixture(state);
	int pty = posix_openpt(O_RDWR | O_NOCTTY); /* /dev/pts comes with the first one */

	create(f);
	assert_true(jail_number(f->jail) > 0);
	assert_int_equal(jailcall_find(f->id, &f->err), jail_number(f->jail));
	assert_int_equal(mounts_below(f), 1);
	assert_int_equal(inside(f, sees_devices), 0);
	close(pty);
	jail_destroy(f->jail);
	f->jail = NULL;
	assert_int_equal(jailcall_find(f->id, &f->err), 0);
	assert_int_equal(mounts_below(f), 0);
}

static int has_no_network(struct fixture *f)
{
	return socket(AF_INET, SOCK_DGRAM, 0) < 0 && errno == EPROTONOSUPPORT ? 0 : 1;
}

static int has_network(struct fixture *f)
{
	return socket(AF_INET, SOCK_DGRAM, 0) >= 0 && socket(AF_INET6, SOCK_DGRAM, 0) >= 0 ? 0 : 1;
}

static void no_network(void **state)
{
	struct fixture *f = fixture(state);

	create(f);
	assert_int_equal(inside(f, has_no_network), 0);
}

static void the_hosts_network(void **state)
{
	struct fixture *f = fixture(state);

	f->config.driver = DRIVER_HOST;
	create(f);
	assert_int_equal(inside(f, has_network), 0);
}

static int raw_socket(struct fixture *f)
{
	return socket(AF_INET, SOCK_RAW, 1) >= 0 ? 0 : 1;
}

static void parameters(void **state)
{
	struct fixture *f = fixture(state);

	f->config.driver = DRIVER_HOST;
	strings_add(&f->config.params, "allow.raw_sockets");
	strings_add(&f->config.params, "children.max=3");
	strings_add(&f->config.params, "allow.mount=false");
	strings_add(&f->config.params, "host.domainname=example.org");
	strings_add(&f->config.params, "sysvshm=new");
	create(f);
	assert_int_equal(inside(f, raw_socket), 0);
}

static void bad_parameters(void **state)
{
	static const char *const bad[] = {"allow.everything", "children.max=many", "ip4.addr=1.2.3",
		"name=x", "path=/", "nopersist", "enforce_statfs=9", "ip4..", "allow.mount."};
	struct fixture *f = fixture(state);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		strings_add(&f->config.params, bad[i]);
		f->jail = jail_create(&f->config, &f->err);
		if (f->jail != NULL)
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(f->err.kind, ERROR_INVALID);
		assert_int_equal(jailcall_find(f->id, &f->err), 0);
		assert_int_equal(mounts_below(f), 0);
		strings_free(&f->config.params);
	}
}

static void devfs_ruleset_must_exist(void **state)
{
	struct fixture *f = fixture(state);

	strings_add(&f->config.params, "devfs_ruleset=4711");
	assert_null(jail_create(&f->config, &f->err));
	assert_non_null(strstr(f->err.message, "4711"));
	assert_int_equal(mounts_below(f), 0);
}

static void dev_is_no_way_out(void **state)
{
	struct fixture *f = fixture(state);
	char dev[80];

	snprintf(dev, sizeof(dev), "%s/dev", f->root);
	assert_int_equal(symlink("/mnt", dev), 0);
	assert_null(jail_create(&f->config, &f->err));
	assert_int_equal(f->err.kind, ERROR_CONFLICT);
}

static int opens_terminal(struct fixture *f)
{
	int master, terminal;
	char c = 0;

	if (jail_open_terminal(f->jail, &master, &terminal, &f->err) < 0)
		return 1;
	return isatty(terminal) && write(terminal, "x", 1) == 1 && read(master, &c, 1) == 1 &&
			       c == 'x'
		       ? 0
		       : 2;
}

static void terminals(void **state)
{
	struct fixture *f = fixture(state);

	create(f);
	assert_int_equal(inside(f, opens_terminal), 0);
}

static void no_terminal_without_devfs(void **state)
{
	struct fixture *f = fixture(state);

	f->config.devfs = false;
	create(f);
	assert_int_equal(inside(f, opens_terminal), 1);
}

static int gives_up_root(struct fixture *f)
{
	const gid_t want[] = {30, 31};
	gid_t groups[8];
	int n;

	if (jail_confine(f->jail, 1001, 1002, want, 2, &f->err) < 0)
		return 1;
	if (getuid() != 1001 || geteuid() != 1001 || getgid() != 1002 || getegid() != 1002)
		return 2;
	n = getgroups(8, groups);
	for (int i = 0; i < n; i++)
		if (groups[i] != 1002 && groups[i] != 30 && groups[i] != 31)
			return 3;
	return n >= 2 && setuid(0) < 0 ? 0 : 4;
}

static void users(void **state)
{
	struct fixture *f = fixture(state);

	create(f);
	assert_int_equal(inside(f, gives_up_root), 0);
}

/* Starts a process in the jail that waits for a signal. Through a parent that ends: orphaned. */
static pid_t start_sleeper(struct fixture *f, bool orphan)
{
	int ready[2];
	pid_t pid, child;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (orphan && fork() != 0)
			_exit(0);
		if (jail_enter(f->jail, &f->err) < 0)
			_exit(99);
		child = getpid();
		(void)!write(ready[1], &child, sizeof(child));
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &child, sizeof(child)), sizeof(child));
	close(ready[0]);
	close(ready[1]);
	if (orphan)
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	return child;
}

static void signals_reach_all(void **state)
{
	struct fixture *f = fixture(state);
	pid_t children[2];
	int status;

	create(f);
	children[0] = start_sleeper(f, false);
	children[1] = start_sleeper(f, true);
	assert_false(jail_has_strangers(f->jail));
	jail_signal_all(f->jail, SIGTERM);
	/* the orphan too is ours to reap */
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	}
}

/* A jail that another process is the warden of; here are the strangers. */
static void strangers(void **state)
{
	struct fixture *f = fixture(state);
	int up[2], down[2], status;
	pid_t warden, stranger;
	char c = 0;

	assert_int_equal(pipe(up), 0);
	assert_int_equal(pipe(down), 0);
	warden = fork();
	if (warden == 0) {
		struct jail *j = jail_create(&f->config, &f->err);

		(void)!write(up[1], j != NULL ? "+" : "-", 1);
		(void)!read(down[0], &c, 1);
		c = jail_has_strangers(j) ? '+' : '-';
		jail_signal_all(j, SIGUSR1);
		(void)!write(up[1], &c, 1);
		(void)!read(down[0], &c, 1);
		jail_destroy(j);
		_exit(0);
	}
	assert_int_equal(read(up[0], &c, 1), 1);
	assert_int_equal(c, '+');
	stranger = fork();
	if (stranger == 0) {
		if (jailcall_attach(jailcall_find(f->id, &f->err), &f->err) == 0)
			(void)!write(down[1], "x", 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(up[0], &c, 1), 1);
	assert_int_equal(c, '+');
	assert_int_equal(waitpid(stranger, &status, 0), stranger);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
	assert_int_equal(write(down[1], "x", 1), 1);
	assert_int_equal(waitpid(warden, &status, 0), warden);
	assert_int_equal(status, 0);
	assert_int_equal(mounts_below(f), 0);
}

static void sweep(void **state)
{
	struct fixture *f = fixture(state);
	bool found = false;

	create(f);
	assert_int_equal(container_sweep(NULL, f->id, f->root, &found, &f->err), 0);
	assert_true(found);
	assert_int_equal(jailcall_find(f->id, &f->err), 0);
	assert_int_equal(mounts_below(f), 0);
	assert_int_equal(container_sweep(NULL, f->id, f->root, &found, &f->err), 0);
	assert_false(found);
}

static bool readable(int fd, int timeout)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, timeout) == 1 && (p.revents & POLLIN) != 0;
}

static void watch(void **state)
{
	struct fixture *f = *state;
	AUTO_CLOSE int running = -1, zombie = -1, gone = -1;
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	running = process_watch(pid, &f->err);
	assert_true(running >= 0);
	assert_false(readable(running, 0));
	kill(pid, SIGKILL);
	assert_true(readable(running, -1));
	zombie = process_watch(pid, &f->err);
	assert_true(zombie >= 0 && readable(zombie, -1));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	gone = process_watch(pid, &f->err);
	assert_true(gone >= 0 && readable(gone, -1));
}

/* The shell as a warden would not do: it gets no arguments. cat(1) copies its stdin, the void. */
static void spawn(void **state)
{
	struct fixture *f = fixture(state);
	struct host *h = host_open("/bin/cat", "/tmp", "test", "/tmp", &f->err);
	int status, pair[2];
	pid_t pid;
	char c;

	assert_non_null(h);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = warden_spawn(h, pair[1], &f->config, &f->err);
	if (pid < 0)
		fail_msg("%s", f->err.message);
	close(pair[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* it had the only other copy */
	assert_int_equal(read(pair[0], &c, 1), 0);
	close(pair[0]);
	host_close(h);
	assert_null(host_open("/nonexistent", "/tmp", "test", "/tmp", &f->err));
	assert_null(host_open("/tmp", "/tmp", "test", "/tmp", &f->err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(create_and_destroy),
		TEST(no_network),
		TEST(the_hosts_network),
		TEST(parameters),
		TEST(bad_parameters),
		TEST(devfs_ruleset_must_exist),
		TEST(dev_is_no_way_out),
		TEST(terminals),
		TEST(no_terminal_without_devfs),
		TEST(users),
		TEST(signals_reach_all),
		TEST(strangers),
		TEST(sweep),
		TEST(watch),
		TEST(spawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
