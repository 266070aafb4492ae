/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>

#include "api/endpoints.h"
#include "base/log.h"
#include "build/recover.h"
#include "container/containers.h"
#include "container/networks.h"
#include "container/start.h"
#include "daemon/daemon.h"
#include "daemon/notify.h"
#include "dataset/images.h"
#include "dataset/volumes.h"
#include "host/firewall.h"
#include "host/system.h"
#include "kleened/check.h"
#include "kleened/reconcile.h"
#include "kleened/setup.h"
#include "kleened/stop_all.h"
#include "runtime/execs.h"
#include "runtime/restarts.h"
#include "runtime/runtime.h"

#define STOP_CONTAINERS "stop-containers"

#define STOP_TIME 10 /* seconds from the first request to stop to the end, whatever hangs */
/* Threads at most: for what clients may have under way at once, and for what waits in queues. */
#define REQUESTS_MAX   256
#define OPERATIONS_MAX 512
#define ENDINGS_MAX    32
#define HOUSEWORK_MAX  64

static const char usage[] =
	"Usage: kleened [--config FILE] [--check|--ready|init|dryinit|stop-containers]\n"
	"\n"
	"The Kleene daemon: runs containers for klee.\n"
	"\n"
	"  init                prepare the host for it, saying what was done\n"
	"  dryinit             say what init would find missing, and change nothing\n"
	"  stop-containers     when the host goes down and kleened has ended: stop the containers\n"
	"\n"
	"  -c, --config FILE   configuration file; without it the default one, if there is one\n"
	"      --check         say whether it could start with the configuration, and end\n"
	"      --ready         whether one that was started with it answers\n"
	"  -h, --help          show this text\n"
	"  -V, --version       show the version\n";

/* for the signal handlers alone */
static struct stopper stopper;
static const char *log_path;
static int log_fd = STDERR_FILENO;

/* However often it is asked to stop, the time for that begins with the first. */
static void on_signal(int number)
{
	int saved = errno;

	(void)number;
	if (!stopper.asked)
		alarm(STOP_TIME);
	server_stop(&stopper);
	errno = saved;
}

/*
 * Something hangs that must be over before all can be taken down. A daemon that is killed loses
 * nothing either, and whoever stops it shall not have to do that.
 */
static void on_alarm(int number)
{
	static const char line[] = "kleened: something still hangs ten seconds after the signal, "
				   "and ends with kleened\n";

	(void)number;
	(void)!write(log_fd, line, sizeof(line) - 1);
	_exit(0);
}

static int open_log(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* The file was renamed: what is logged from now on goes to a new one, under the same descriptor. */
static void on_hangup(int number)
{
	int saved = errno, fd = open_log(log_path);

	(void)number;
	if (fd >= 0) {
		dup3(fd, log_fd, O_CLOEXEC);
		close(fd);
	}
	errno = saved;
}

/* Finds the warden: where it was installed, or beside a kleened that was just built. */
static char *warden_path(void)
{
	const char *given = getenv("KLEENE_WARDEN");

	return xstrdup(given != NULL ? given : WARDEN_PATH);
}

static int start_logging(const struct config *c, struct error *err)
{
	int fd = STDERR_FILENO;

	if (c->log_file != NULL) {
		fd = open_log(c->log_file);
		if (fd < 0)
			return error_errno(err, errno, "log_file: cannot open %s", c->log_file);
		log_path = c->log_file;
		log_fd = fd;
	}
	log_setup(fd, c->log_level ? *c->log_level : LOG_INFO_);
	if (c->enable_logging != NULL && !*c->enable_logging)
		log_off();
	return 0;
}

static int open_workers(struct daemon *d, struct error *err)
{
	d->requests = pool_new(REQUESTS_MAX);
	d->operations = pool_new(OPERATIONS_MAX);
	d->endings = pool_new_queue(ENDINGS_MAX, err);
	d->housework = d->endings ? pool_new_queue(HOUSEWORK_MAX, err) : NULL;
	d->movers = d->housework ? movers_new(err) : NULL;
	return d->movers ? 0 : -1;
}

/* The sessions are over, and with them what the movers moved. */
static void close_workers(struct daemon *d)
{
	pool_free(d->requests);
	pool_free(d->operations);
	movers_free(d->movers);
	pool_free(d->endings);
	pool_free(d->housework);
}

/* What goes on being removed, and by whom. */
static const struct removal_kind removal_kinds[] = {
	[REMOVE_CONTAINER] = {"container", "", container_finish_removal},
	[REMOVE_IMAGE] = {"image", "", image_finish_removal},
	[REMOVE_VOLUME] = {"volume", VOLUME_LOCK "/", volume_finish_removal},
	[REMOVE_NETWORK] = {"network", NETWORK_REMOVAL_LOCK "/", network_finish_removal},
	[REMOVE_BUILD] = {"build", NULL, build_finish_removal},
};

static const struct upkeep_work upkeep_work = {
	.kinds = removal_kinds,
	.not_started = container_not_started,
	.removed = images_release, /* it may have been an image's last user */
};

static int open_parts(struct daemon *d, struct error *err)
{
	AUTO_FREE char *warden = warden_path();
	AUTO_FREE char *database = NULL;

	if (instance_claim(&d->instance, d->config->run_dir, d->config->instance, err) != 0)
		return -1;
	d->storage = storage_open(d->config->kleene_root, err);
	if (d->storage == NULL)
		return -1;
	database = xasprintf("%s/kleene.sqlite", storage_directory(d->storage));
	d->store = store_open(database, err);
	d->host = d->store ? host_open(warden, storage_directory(d->storage), d->config->instance,
				     d->config->run_dir, err)
			   : NULL;
	if (d->host == NULL)
		return -1;
	d->locks = locks_new();
	d->execs = execs_new();
	if (open_workers(d, err) != 0)
		return -1;
	d->restarts = restarts_new(d, start_planned, err);
	d->upkeep = d->restarts ? upkeep_new(d, &upkeep_work, err) : NULL;
	d->runtime = d->upkeep ? runtime_new(d, container_has_stopped, err) : NULL;
	if (d->runtime == NULL || networks_open(d, err) != 0 ||
		runtime_recover(d->runtime, err) != 0 || networks_recover(d, err) != 0)
		return -1;
	reconcile(d);
	return 0;
}

static void close_parts(struct daemon *d)
{
	restarts_end(d->restarts);
	close_workers(d);
	upkeep_free(d->upkeep);
	runtime_free(d->runtime);
	restarts_free(d->restarts);
	networks_close(d);
	host_close(d->host);
	execs_free(d->execs);
	locks_free(d->locks);
	store_close(d->store);
	if (d->storage != NULL)
		storage_close(d->storage);
	instance_release(&d->instance);
	config_free(d->config);
}

static void handle_signals(void)
{
	struct sigaction stop = {.sa_handler = on_signal};
	struct sigaction end = {.sa_handler = on_alarm};
	struct sigaction hangup = {.sa_handler = on_hangup, .sa_flags = SA_RESTART};

	sigaction(SIGALRM, &end, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	if (log_path != NULL)
		sigaction(SIGHUP, &hangup, NULL);
}

/* Many containers take many descriptors; the hard limit is what an administrator allows. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* With all parts open: answers clients until it is told to stop. */
static int serve(struct daemon *d, struct error *err)
{
	const struct server_setup setup = {
		.listeners = d->config->api_listening_sockets,
		.n = d->config->api_listening_sockets_count,
		.api = &api,
		.daemon = d,
		.workers = {d->requests, d->operations},
		.stopper = &stopper,
	};
	struct server *server = server_new(&setup, err);

	if (server == NULL)
		return -1;
	handle_signals();
	start_with_daemon(d);
	log_notice("kleened %s is ready, %s storage in %s", KLEENE_VERSION,
		storage_driver(d->storage), d->config->kleene_root);
	notify_manager("READY=1");
	server_run(server);
	notify_manager("STOPPING=1");
	log_notice("kleened is stopping; running containers go on");
	d->stopping = true;
	server_drain(server);
	server_free(server);
	return 0;
}

/* What is done with all parts open: serve, or stop_all. */
typedef int (*daemon_work)(struct daemon *d, struct error *err);

static int run(struct daemon *d, const char *config_path, daemon_work work, struct error *err)
{
	d->config = config_load(config_path, err);
	if (d->config == NULL || start_logging(d->config, err) != 0 || open_parts(d, err) != 0)
		return -1;
	return work(d, err);
}

struct arguments {
	const char *config; /* NULL: the default */
	const char *command; /* NULL: run the daemon */
	int (*look)(const char *config); /* check.h; NULL: none of it */
};

enum { CHECK = 256, READY }; /* options without a letter */

static bool is_command(const char *word)
{
	return strcmp(word, "init") == 0 || strcmp(word, "dryinit") == 0 ||
	       strcmp(word, STOP_CONTAINERS) == 0;
}

/* Returns the exit code if there is nothing more to do, otherwise -1. */
static int parse(int argc, char **argv, struct arguments *to)
{
	static const struct option options[] = {
		{"check", no_argument, NULL, CHECK},
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{"ready", no_argument, NULL, READY},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			to->config = optarg;
			break;
		case CHECK:
			to->look = check_main;
			break;
		case READY:
			to->look = ready_main;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			puts("kleened " KLEENE_VERSION);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc && is_command(argv[optind]))
		to->command = argv[optind++];
	if (optind == argc)
		return -1;
	fprintf(stderr, "kleened: unexpected argument '%s'\n", argv[optind]);
	return 2;
}

static int run_daemon(const char *config, daemon_work work)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct daemon d = {.instance = {.run_dir = -1, .name = -1}};
	struct error err = {0};
	int result;

	sigaction(SIGPIPE, &ignore, NULL);
	raise_limits();
	system_return_memory();
	curl_global_init(CURL_GLOBAL_ALL);
	result = run(&d, config, work, &err);
	if (result != 0)
		fprintf(stderr, "kleened: %s\n", err.message);
	if (d.config != NULL)
		close_parts(&d);
	curl_global_cleanup();
	return result == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct arguments arguments = {0};
	int done = filter_process(argc, argv);

	if (done < 0)
		done = parse(argc, argv, &arguments);
	if (done >= 0)
		return done;
	if (geteuid() != 0) {
		fputs("kleened: must be run as root\n", stderr);
		return 1;
	}
	umask(022);
	if (arguments.look != NULL)
		return arguments.look(arguments.config);
	if (arguments.command == NULL)
		return run_daemon(arguments.config, serve);
	if (strcmp(arguments.command, STOP_CONTAINERS) == 0)
		return run_daemon(arguments.config, stop_all);
	return setup_main(arguments.config, strcmp(arguments.command, "init") == 0);
}
