/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control groups of containers, over copies of what hosts have: trees of directories and files. As
 * the kernel does, mkdirat and unlinkat here make and remove the files in them.
 */
#include "tree.h"

#include <dirent.h>

#include "host/linux/cgroup.h"
#include "host/linux/host.h"

#define ID	  "0123456789ab"
#define INSTANCE  "kleene"
#define LINE	  "31 23 0:28 / %s rw,relatime shared:9 - %s x rw%s\n"
#define UNIFIED2  "/sys/fs/cgroup"
#define UNIFIED_H "/sys/fs/cgroup/unified"

/* ---- what the kernel does ---- */

int __real_mkdirat(int directory, const char *path, mode_t mode);
int __wrap_mkdirat(int directory, const char *path, mode_t mode);
int __real_unlinkat(int directory, const char *path, int flags);
int __wrap_unlinkat(int directory, const char *path, int flags);

static const char *const unified_files[] = {"memory.max", "memory.swap.max", "memory.oom.group",
	"memory.high", "memory.current", "memory.events", "cpu.max", "pids.max",
	"cgroup.subtree_control", NULL};
static const char *const memory_files[] = {"memory.limit_in_bytes", "memory.memsw.limit_in_bytes",
	"memory.oom_control", "memory.failcnt", "cgroup.event_control", NULL};
static const char *const cpu_files[] = {"cpu.cfs_quota_us", NULL};
static const char *const pids_files[] = {"pids.max", NULL};

/* The files a group gets are named in one in the hierarchy's root. */
static void fill(int group, const char *const *files)
{
	for (; *files != NULL; files++)
		close(openat(group, *files, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
}

int __wrap_mkdirat(int directory, const char *path, mode_t mode)
{
	int result = __real_mkdirat(directory, path, mode);
	AUTO_CLOSE int group = -1;

	if (result != 0)
		return result;
	group = openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fill(group, (const char *[]){"cgroup.procs", NULL});
	if (faccessat(directory, "is_unified", F_OK, 0) == 0)
		fill(group, (const char *[]){"cgroup.subtree_control", NULL});
	if (faccessat(directory, "has_all", F_OK, 0) == 0)
		fill(group, unified_files);
	if (faccessat(directory, "has_memory", F_OK, 0) == 0)
		fill(group, memory_files);
	if (faccessat(directory, "has_cpu", F_OK, 0) == 0)
		fill(group, cpu_files);
	if (faccessat(directory, "has_pids", F_OK, 0) == 0)
		fill(group, pids_files);
	return 0;
}

/* Files go with the group; groups below it, and processes in it, keep it. */
int __wrap_unlinkat(int directory, const char *path, int flags)
{
	AUTO_CLOSE int group = openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	if (group < 0)
		return -1;
	if (fstatat(group, "busy", &st, 0) == 0) {
		errno = EBUSY;
		return -1;
	}
	dir = fdopendir(dup(group));
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || entry->d_type != DT_DIR)
			continue;
		closedir(dir);
		errno = EBUSY;
		return -1;
	}
	rewinddir(dir);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			__real_unlinkat(group, entry->d_name, 0);
	closedir(dir);
	return __real_unlinkat(directory, path, flags);
}

/* ---- hosts ---- */

struct host_tree {
	char *root;
	struct buffer table;
	struct cgroups *groups;
};

static void add_mount(struct host_tree *t, const char *point, const char *type, const char *options)
{
	AUTO_FREE char *command = xasprintf("%s%s", t->root, point);

	for (char *slash = strchr(command + 1, '/'); slash != NULL;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(command, 0755);
		*slash = '/';
	}
	mkdir(command, 0755);
	put_file(at("%s/cgroup.procs", command), "");
	buffer_printf(&t->table, LINE, point, type, options);
}

static void mark(struct host_tree *t, const char *point, const char *what)
{
	put_file(at("%s%s/%s", t->root, point, what), "");
}

static void add_unified(struct host_tree *t, const char *point, const char *controllers)
{
	add_mount(t, point, "cgroup2", "");
	put_file(at("%s%s/cgroup.controllers", t->root, point), controllers);
	put_file(at("%s%s/cgroup.subtree_control", t->root, point), "");
	mark(t, point, "is_unified");
	if (*controllers != '\0')
		mark(t, point, "has_all");
}

static void add_version1(struct host_tree *t)
{
	add_mount(t, "/sys/fs/cgroup/systemd", "cgroup", ",name=systemd");
	add_mount(t, "/sys/fs/cgroup/memory", "cgroup", ",memory");
	mark(t, "/sys/fs/cgroup/memory", "has_memory");
	add_mount(t, "/sys/fs/cgroup/cpu,cpuacct", "cgroup", ",cpu,cpuacct");
	mark(t, "/sys/fs/cgroup/cpu,cpuacct", "has_cpu");
	add_mount(t, "/sys/fs/cgroup/pids", "cgroup", ",pids");
	mark(t, "/sys/fs/cgroup/pids", "has_pids");
}

static struct host_tree *host_new(void)
{
	struct host_tree *t = xcalloc(1, sizeof(*t));

	t->root = tree_new();
	buffer_printf(&t->table, LINE, "/", "ext4", "");
	return t;
}

static void open_groups(struct host_tree *t)
{
	FILE *mounts = fmemopen(t->table.data, t->table.len, "r");

	t->groups = cgroups_open(mounts, t->root, INSTANCE);
	fclose(mounts);
}

static void host_free(struct host_tree *t)
{
	cgroups_close(t->groups);
	tree_remove(t->root);
	buffer_free(&t->table);
	free(t);
}

static struct host_tree *host_version2(void)
{
	struct host_tree *t = host_new();

	add_unified(t, UNIFIED2, "cpuset cpu io memory hugetlb pids rdma\n");
	open_groups(t);
	return t;
}

static struct host_tree *host_hybrid(void)
{
	struct host_tree *t = host_new();

	add_version1(t);
	add_unified(t, UNIFIED_H, "");
	open_groups(t);
	return t;
}

static struct host_tree *host_version1(void)
{
	struct host_tree *t = host_new();

	add_version1(t);
	open_groups(t);
	return t;
}

static const char *group(struct host_tree *t, const char *point, const char *file)
{
	return at("%s%s/" INSTANCE "/" ID "/%s", t->root, point, file);
}

static int try_join(struct host_tree *t, const char *id, struct limits l, struct error *err)
{
	int home, result = cgroup_make(t->groups, id, &l, &home, err);

	close_fd(&home);
	return result == 0 ? cgroup_join(t->groups, id, &l, 42, false, err) : -1;
}

static void join(struct host_tree *t, struct limits l)
{
	struct error err = {0};

	assert_int_equal(try_join(t, ID, l, &err), 0);
}

/* ---- which hierarchies there are ---- */

static void test_version2(void **state)
{
	struct host_tree *t = host_version2();

	assert_int_equal(t->groups->n, 1);
	for (int i = 0; i < CONTROLLERS; i++)
		assert_ptr_equal(cgroups_with(t->groups, (enum controller)i), &t->groups->list[0]);
	assert_true(t->groups->list[0].unified);
	host_free(t);
}

static void test_hybrid(void **state)
{
	struct host_tree *t = host_hybrid();

	assert_int_equal(t->groups->n, 4);
	assert_true(t->groups->list[0].unified);
	for (int i = 0; i < CONTROLLERS; i++) {
		const struct hierarchy *h = cgroups_with(t->groups, (enum controller)i);

		assert_non_null(h);
		assert_false(h->unified);
		assert_int_equal(h->controllers, 1u << i);
	}
	host_free(t);
}

static void test_version1(void **state)
{
	struct host_tree *t = host_version1();

	assert_int_equal(t->groups->n, 3);
	assert_ptr_equal(cgroups_with(t->groups, CONTROLLER_PIDS), &t->groups->list[0]);
	host_free(t);
}

static void test_incomplete(void **state)
{
	struct host_tree *t = host_new();

	/* version 2 as in some containers, and a hierarchy of version 1 with two controllers */
	add_unified(t, UNIFIED_H, "memory\n");
	add_unified(t, "/mnt/twice", "memory pids\n");
	add_mount(t, "/sys/fs/with\\040blank", "cgroup", ",cpu,pids");
	mkdir(at("%s/sys/fs/with blank", t->root), 0755);
	put_file(at("%s/sys/fs/with blank/cgroup.procs", t->root), "");
	buffer_puts(&t->table, "not a line of a mount table\n");
	buffer_printf(&t->table, LINE, "/not/there", "cgroup", ",memory");
	open_groups(t);
	assert_int_equal(t->groups->n, 2);
	assert_int_equal(t->groups->list[0].controllers, 1u << CONTROLLER_MEMORY);
	assert_int_equal(
		t->groups->list[1].controllers, 1u << CONTROLLER_CPU | 1u << CONTROLLER_PIDS);
	host_free(t);
}

static void test_none(void **state)
{
	struct limits none = {0}, some = {.pids = 3};
	struct host_tree *t = host_new();
	struct error err = {0};

	open_groups(t);
	assert_int_equal(t->groups->n, 0);
	assert_null(cgroups_with(t->groups, CONTROLLER_MEMORY));
	assert_int_equal(try_join(t, ID, none, &err), 0);
	assert_int_equal(try_join(t, ID, some, &err), -1);
	cgroups_close(t->groups);
	t->groups = cgroups_open(NULL, t->root, INSTANCE);
	assert_int_equal(t->groups->n, 0);
	host_free(t);
}

/* ---- joining ---- */

static const struct limits all = {.memory = 64 << 20, .cpu = 500, .pids = 32};

static void test_join_version2(void **state)
{
	struct host_tree *t = host_version2();

	join(t, all);
	assert_file(group(t, UNIFIED2, "cgroup.procs"), "42\n");
	assert_file(group(t, UNIFIED2, "memory.max"), "67108864");
	assert_file(group(t, UNIFIED2, "memory.swap.max"), "0");
	assert_file(group(t, UNIFIED2, "memory.oom.group"), "1");
	assert_file(group(t, UNIFIED2, "cpu.max"), "50000 100000");
	assert_file(group(t, UNIFIED2, "pids.max"), "33"); /* and the warden */
	/* the last that was enabled */
	assert_file(at("%s" UNIFIED2 "/cgroup.subtree_control", t->root), "+pids");
	assert_file(at("%s" UNIFIED2 "/" INSTANCE "/cgroup.subtree_control", t->root), "+pids");
	host_free(t);
}

static void test_join_hybrid(void **state)
{
	struct host_tree *t = host_hybrid();

	join(t, all);
	assert_file(group(t, UNIFIED_H, "cgroup.procs"), "42\n");
	assert_file(group(t, "/sys/fs/cgroup/memory", "cgroup.procs"), "42\n");
	assert_file(group(t, "/sys/fs/cgroup/memory", "memory.limit_in_bytes"), "67108864");
	assert_file(group(t, "/sys/fs/cgroup/memory", "memory.memsw.limit_in_bytes"), "67108864");
	assert_file(group(t, "/sys/fs/cgroup/cpu,cpuacct", "cgroup.procs"), "42\n");
	assert_file(group(t, "/sys/fs/cgroup/cpu,cpuacct", "cpu.cfs_quota_us"), "50000");
	assert_file(group(t, "/sys/fs/cgroup/pids", "cgroup.procs"), "42\n");
	assert_file(group(t, "/sys/fs/cgroup/pids", "pids.max"), "33");
	host_free(t);
}

static void test_join_for_nothing(void **state)
{
	struct host_tree *t = host_hybrid();

	join(t, (struct limits){0});
	assert_file(group(t, UNIFIED_H, "cgroup.procs"), "42\n");
	assert_false(is_there(group(t, "/sys/fs/cgroup/memory", "")));
	assert_false(is_there(group(t, "/sys/fs/cgroup/cpu,cpuacct", "")));
	assert_false(is_there(group(t, "/sys/fs/cgroup/pids", "")));
	host_free(t);
	t = host_version1();
	join(t, (struct limits){.memory = 64 << 20});
	assert_file(group(t, "/sys/fs/cgroup/pids", "cgroup.procs"), "42\n"); /* the home */
	assert_file(group(t, "/sys/fs/cgroup/pids", "pids.max"), "");
	assert_file(group(t, "/sys/fs/cgroup/memory", "memory.limit_in_bytes"), "67108864");
	assert_false(is_there(group(t, "/sys/fs/cgroup/cpu,cpuacct", "")));
	host_free(t);
}

/* A group that an earlier run has left is replaced, with all that is in it. */
static void test_join_again(void **state)
{
	struct host_tree *t = host_version2();

	join(t, all);
	mkdir(group(t, UNIFIED2, "below"), 0755);
	mkdir(group(t, UNIFIED2, "below/deeper"), 0755);
	join(t, (struct limits){0});
	assert_file(group(t, UNIFIED2, "cgroup.procs"), "42\n");
	assert_file(group(t, UNIFIED2, "memory.max"), "");
	assert_false(is_there(group(t, UNIFIED2, "below")));
	host_free(t);
}

static void test_not_writable(void **state)
{
	struct host_tree *t = host_hybrid();
	struct limits none = {0};
	struct error err = {0};

	/* in the place of the instance's directory */
	put_file(at("%s" UNIFIED_H "/" INSTANCE, t->root), "");
	assert_int_equal(try_join(t, ID, none, &err), 0);
	assert_int_equal(try_join(t, ID, all, &err), -1);
	assert_non_null(strstr(err.message, ID));
	host_free(t);
}

/* ---- changing ---- */

static void limit(struct host_tree *t, enum controller c, struct limits l)
{
	struct error err = {0};

	assert_int_equal(cgroup_limit(t->groups, ID, c, &l, &err), 0);
}

static void test_change_version2(void **state)
{
	struct host_tree *t = host_version2();
	struct limits less = {.memory = 16 << 20};
	struct error err = {0};

	join(t, all);
	limit(t, CONTROLLER_MEMORY, (struct limits){0});
	limit(t, CONTROLLER_CPU, (struct limits){0});
	limit(t, CONTROLLER_PIDS, (struct limits){0});
	assert_file(group(t, UNIFIED2, "memory.max"), "max");
	assert_file(group(t, UNIFIED2, "memory.swap.max"), "max");
	assert_file(group(t, UNIFIED2, "memory.oom.group"), "0");
	assert_file(group(t, UNIFIED2, "cpu.max"), "max");
	assert_file(group(t, UNIFIED2, "pids.max"), "max");
	/* what is in use is not taken away */
	put_file(group(t, UNIFIED2, "memory.current"), "33554432\n");
	assert_int_equal(cgroup_limit(t->groups, ID, CONTROLLER_MEMORY, &less, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_file(group(t, UNIFIED2, "memory.max"), "max");
	assert_file(group(t, UNIFIED2, "memory.high"), "max");
	limit(t, CONTROLLER_MEMORY, all);
	assert_file(group(t, UNIFIED2, "memory.max"), "67108864");
	host_free(t);
}

static void test_change_version1(void **state)
{
	struct host_tree *t = host_version1();

	join(t, all);
	limit(t, CONTROLLER_MEMORY, (struct limits){0});
	limit(t, CONTROLLER_CPU, (struct limits){.cpu = 10});
	limit(t, CONTROLLER_PIDS, (struct limits){0});
	assert_file(group(t, "/sys/fs/cgroup/memory", "memory.limit_in_bytes"), "-1");
	assert_file(group(t, "/sys/fs/cgroup/memory", "memory.memsw.limit_in_bytes"), "-1");
	assert_file(group(t, "/sys/fs/cgroup/cpu,cpuacct", "cpu.cfs_quota_us"), "1000");
	assert_file(group(t, "/sys/fs/cgroup/pids", "pids.max"), "max");
	host_free(t);
}

/* A kernel that does not count what is swapped out. */
static void test_without_swap(void **state)
{
	struct host_tree *t = host_version1();

	join(t, all);
	__real_unlinkat(
		AT_FDCWD, group(t, "/sys/fs/cgroup/memory", "memory.memsw.limit_in_bytes"), 0);
	limit(t, CONTROLLER_MEMORY, (struct limits){.memory = 32 << 20});
	assert_file(group(t, "/sys/fs/cgroup/memory", "memory.limit_in_bytes"), "33554432");
	host_free(t);
}

static void test_controller_is_not_enabled(void **state)
{
	struct host_tree *t = host_version2();
	struct error err = {0};

	join(t, (struct limits){0});
	__real_unlinkat(AT_FDCWD, group(t, UNIFIED2, "pids.max"), 0);
	assert_int_equal(cgroup_limit(t->groups, ID, CONTROLLER_PIDS, &all, &err), -1);
	assert_non_null(strstr(err.message, "pids"));
	assert_file(at("%s" UNIFIED2 "/" INSTANCE "/cgroup.subtree_control", t->root), "+pids");
	host_free(t);
}

/* A limit that comes later, in version 1: all processes are brought along. */
static void test_extend(void **state)
{
	struct host_tree *t = host_hybrid();
	const struct hierarchy *memory = cgroups_with(t->groups, CONTROLLER_MEMORY);
	struct error err = {0};

	assert_int_equal(cgroup_extend(t->groups, ID, memory, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	join(t, (struct limits){0});
	put_file(group(t, UNIFIED_H, "cgroup.procs"), "42\n4\n421\n");
	assert_int_equal(cgroup_extend(t->groups, ID, memory, &err), 0);
	assert_file(group(t, "/sys/fs/cgroup/memory", "cgroup.procs"), "42\n4\n421\n");
	assert_int_equal(cgroup_extend(t->groups, ID, memory, &err), 0);
	assert_file(group(t, "/sys/fs/cgroup/memory", "cgroup.procs"), "42\n4\n421\n");
	host_free(t);
}

/* All or nothing, for a running container. */
static void test_change_of_all(void **state)
{
	struct host_tree *t = host_hybrid();
	struct limits less = {.memory = 32 << 20, .cpu = 100, .pids = 5};
	struct host h = {.cgroups = t->groups};
	struct error err = {0};

	join(t, all);
	assert_int_equal(limits_change(&h, ID, &all, &less, &err), 0);
	assert_file(group(t, "/sys/fs/cgroup/memory", "memory.limit_in_bytes"), "33554432");
	assert_file(group(t, "/sys/fs/cgroup/cpu,cpuacct", "cpu.cfs_quota_us"), "10000");
	assert_file(group(t, "/sys/fs/cgroup/pids", "pids.max"), "6");
	__real_unlinkat(AT_FDCWD, group(t, "/sys/fs/cgroup/pids", "pids.max"), 0);
	assert_int_equal(limits_change(&h, ID, &less, &all, &err), -1);
	assert_non_null(strstr(err.message, "pids"));
	assert_file(group(t, "/sys/fs/cgroup/memory", "memory.limit_in_bytes"), "33554432");
	assert_file(group(t, "/sys/fs/cgroup/cpu,cpuacct", "cpu.cfs_quota_us"), "10000");
	host_free(t);
}

/* What is told from the counters of both versions. */
static void test_exceeded(void **state)
{
	struct host_tree *t = host_version2();
	struct host h = {.cgroups = t->groups};

	assert_false(limits_exceeded(&h, ID));
	join(t, all);
	assert_false(limits_exceeded(&h, ID));
	/* the host was short of memory, not the container */
	put_file(group(t, UNIFIED2, "memory.events"), "max 9\noom 0\noom_kill 1\n");
	assert_false(limits_exceeded(&h, ID));
	put_file(group(t, UNIFIED2, "memory.events"), "max 9\noom 1\noom_kill 1\n");
	assert_true(limits_exceeded(&h, ID));
	host_free(t);

	t = host_hybrid();
	h.cgroups = t->groups;
	join(t, all);
	put_file(group(t, "/sys/fs/cgroup/memory", "memory.oom_control"),
		"oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
	put_file(group(t, "/sys/fs/cgroup/memory", "memory.max_usage_in_bytes"), "33554432\n");
	assert_false(limits_exceeded(&h, ID));
	put_file(group(t, "/sys/fs/cgroup/memory", "memory.max_usage_in_bytes"), "67104768\n");
	assert_true(limits_exceeded(&h, ID));
	host_free(t);
}

static void test_get(void **state)
{
	struct host_tree *t = host_version2();
	AUTO_CLOSE int fd = -1;
	uint64_t n;

	join(t, (struct limits){0});
	fd = cgroup_open(t->groups, ID, &t->groups->list[0]);
	assert_true(fd >= 0);
	put_file(group(t, UNIFIED2, "memory.events"), "low 0\nhigh 2\noom 3\noom_kill 14\n");
	assert_int_equal(cgroup_get(fd, "memory.events", "oom_kill", &n), 0);
	assert_int_equal(n, 14);
	assert_int_equal(cgroup_get(fd, "memory.events", "oom", &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(cgroup_get(fd, "memory.events", "max", &n), -1);
	assert_int_equal(errno, ENOENT);
	put_file(group(t, UNIFIED2, "memory.max"), "max\n");
	assert_int_equal(cgroup_get(fd, "memory.max", NULL, &n), 0);
	assert_true(n == UINT64_MAX);
	assert_int_equal(cgroup_get(fd, "no.file", NULL, &n), -1);
	host_free(t);
}

/* ---- removing ---- */

static void test_remove(void **state)
{
	struct host_tree *t = host_hybrid();
	struct error err = {0};

	join(t, all);
	mkdir(group(t, UNIFIED_H, "below"), 0755);
	assert_int_equal(cgroup_remove(t->groups, ID, &err), 0);
	assert_false(is_there(group(t, UNIFIED_H, "")));
	assert_false(is_there(group(t, "/sys/fs/cgroup/memory", "")));
	assert_false(is_there(group(t, "/sys/fs/cgroup/cpu,cpuacct", "")));
	assert_false(is_there(group(t, "/sys/fs/cgroup/pids", "")));
	assert_int_equal(cgroup_remove(t->groups, ID, &err), 0);
	cgroups_close(t->groups);
	assert_false(is_there(at("%s" UNIFIED_H "/" INSTANCE, t->root)));
	assert_false(is_there(at("%s/sys/fs/cgroup/memory/" INSTANCE, t->root)));
	open_groups(t);
	host_free(t);
}

static void test_sweep(void **state)
{
	struct host_tree *t = host_hybrid();
	struct limits none = {0};
	struct error err = {0};

	join(t, all);
	put_file(group(t, UNIFIED_H, "busy"), "");
	assert_int_equal(try_join(t, "aaaaaaaaaaaa", none, &err), 0);
	mkdir(at("%s" UNIFIED_H "/somebody", t->root), 0755);
	cgroups_sweep(t->groups);
	assert_true(is_there(group(t, UNIFIED_H, "")));
	assert_false(is_there(at("%s" UNIFIED_H "/" INSTANCE "/aaaaaaaaaaaa", t->root)));
	assert_false(is_there(group(t, "/sys/fs/cgroup/memory", "")));
	assert_true(is_there(at("%s" UNIFIED_H "/somebody", t->root)));
	cgroups_close(t->groups);
	assert_true(is_there(group(t, UNIFIED_H, "")));
	open_groups(t);
	host_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version2),
		cmocka_unit_test(test_hybrid),
		cmocka_unit_test(test_version1),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_join_version2),
		cmocka_unit_test(test_join_hybrid),
		cmocka_unit_test(test_join_for_nothing),
		cmocka_unit_test(test_join_again),
		cmocka_unit_test(test_not_writable),
		cmocka_unit_test(test_change_version2),
		cmocka_unit_test(test_change_version1),
		cmocka_unit_test(test_without_swap),
		cmocka_unit_test(test_controller_is_not_enabled),
		cmocka_unit_test(test_extend),
		cmocka_unit_test(test_change_of_all),
		cmocka_unit_test(test_exceeded),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
