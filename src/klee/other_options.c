/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options that people bring along from docker(1) and podman(1): other names of Klee's, what needs
 * no saying here, and, where Kleene lacks a thing, what does it. klee(1) shows them; a new one is a
 * line.
 */
#include <string.h>

#include "base/mem.h"
#include "klee/commands.h"

typedef const struct command *const list[];

static list making = {&cmd_container_run, &cmd_container_create, NULL};
static list run = {&cmd_container_run, NULL};
static list exec = {&cmd_container_exec, NULL};
static list attached = {&cmd_container_run, &cmd_container_exec, &cmd_container_start, NULL};
static list start = {&cmd_container_start, NULL};
static list stop = {&cmd_container_stop, &cmd_container_restart, NULL};
static list rm = {&cmd_container_rm, NULL};
static list logs = {&cmd_container_logs, NULL};
static list containers = {&cmd_container_ls, NULL};
static list images = {&cmd_image_ls, NULL};
static list rmi = {&cmd_image_rm, NULL};
static list inspect = {&cmd_container_inspect, NULL};
static list update = {&cmd_container_update, NULL};
static list build = {&cmd_image_build, NULL};
static list network = {&cmd_network_create, NULL};
static list connect = {&cmd_network_connect, NULL};
static list volume = {&cmd_volume_create, NULL};
static list prune = {
	&cmd_container_prune, &cmd_image_prune, &cmd_network_prune, &cmd_volume_prune, NULL};

#define SAME(other)    OTHER_SAME, other, NULL
#define INSTEAD(text)  OTHER_LACKING, NULL, text
#define NEEDLESS       OTHER_NEEDLESS, NULL, NULL
#define NEEDLESS_VALUE OTHER_NEEDLESS_VALUE, NULL, NULL

#define HEALTH	  INSTEAD("there are no health checks; --restart looks at how the process ends")
#define CPU	  INSTEAD("--cpus limits the time of processors")
#define LOGGED	  INSTEAD("there is one log, of limited size: 'klee logs CONTAINER' shows it")
#define DISK	  INSTEAD("of the disk's traffic there are no limits")
#define NO_IMAGES INSTEAD("there are no registries: images are what 'klee images' shows")

const struct other_option other_options[] = {
	{making, NULL, 'h', OTHER_SAME_BEFORE_WORD, "hostname", NULL},
	{making, "net", 0, SAME("network")},
	{build, "net", 0, SAME("network")},
	{making, "net-alias", 0, SAME("network-alias")},
	{making, "pids-limit", 0, SAME("pids")},
	{update, "pids-limit", 0, SAME("pids")},
	{network, "driver", 'd', SAME("driver")},
	{network, "gateway", 0, SAME("gw")},
	{logs, "until", 0, INSTEAD("-t puts the time in front of each line, to be searched for")},
	{logs, "since", 0,
		INSTEAD("--tail N shows the last lines, -t puts the time in front of each")},
	{logs, "details", 0, INSTEAD("'klee inspect CONTAINER' shows its labels")},
	{stop, "timeout", 0, SAME("time")},
	{stop, "signal", 's',
		INSTEAD("'klee kill -s SIGNAL' sends one; --stop-signal of run is what stop "
			"sends")},
	{containers, "latest", 'l', INSTEAD("'-n 1' shows the one that was made last")},
	{rm, "link", 'l', INSTEAD("there are no links; 'klee network disconnect' takes one out")},
	{images, "all", 'a', NEEDLESS},
	{images, "digests", 0, INSTEAD("images have ids, which -q shows")},
	{images, "tree", 0, INSTEAD("'klee image inspect IMAGE' shows what it was built from")},
	{rmi, "no-prune", 0, INSTEAD("what an image was built from is not removed with it")},
	{inspect, "type", 0,
		INSTEAD("'klee image inspect', 'klee network inspect' and 'klee volume inspect' "
			"show others than containers")},
	{prune, "filter", 0, INSTEAD("lists have --filter and -q: their ids go to 'rm'")},

	{run, "pull", 0, NO_IMAGES},
	{making, "pull", 0, NO_IMAGES},
	{making, "platform", 0, INSTEAD("an image runs on the machines that it was made for")},
	{making, "volumes-from", 0, INSTEAD("-m NAME:/PATH mounts the same volume in several")},
	{making, "volume-driver", 0, INSTEAD("volumes are directories or datasets of this host")},
	{making, "link", 0,
		INSTEAD("containers of one network find each other by name: --network NETWORK")},
	{making, "expose", 0,
		INSTEAD("in a network all ports are open to each other; -p publishes one on the "
			"host")},
	{making, "publish-all", 0, INSTEAD("-p PORT publishes one; -P is --persist here")},
	{making, "security-opt", 0,
		INSTEAD("--cap-add, --cap-drop, --read-only and -J say what a container may")},
	{making, "userns", 0,
		INSTEAD("a container that is not on the host's network has its own ids")},
	{making, "cgroupns", 0, INSTEAD("every container has its own")},
	{making, "cgroup-parent", 0, INSTEAD("--memory, --cpus and --pids limit a container")},
	{making, "gpus", 0, INSTEAD("--device /dev/NAME lets it use a device of the host")},
	{making, "device-cgroup-rule", 0, INSTEAD("--device /dev/NAME lets it use a device")},
	{making, "runtime", 0, INSTEAD("there is one")},
	{making, "isolation", 0, INSTEAD("there is one")},
	{making, "log-driver", 0, LOGGED},
	{making, "log-opt", 0, LOGGED},
	{making, "health-cmd", 0, HEALTH},
	{making, "health-interval", 0, HEALTH},
	{making, "health-retries", 0, HEALTH},
	{making, "health-timeout", 0, HEALTH},
	{making, "health-start-period", 0, HEALTH},
	{making, "no-healthcheck", 0, NEEDLESS},
	{making, "cpu-shares", 'c', CPU},
	{making, "cpu-period", 0, CPU},
	{making, "cpu-quota", 0, CPU},
	{making, "cpuset-cpus", 0, CPU},
	{making, "cpuset-mems", 0, CPU},
	{making, "memory-swap", 0, INSTEAD("--memory limits memory")},
	{making, "memory-swappiness", 0, INSTEAD("--memory limits memory")},
	{making, "memory-reservation", 0, INSTEAD("--memory limits memory")},
	{making, "kernel-memory", 0, INSTEAD("--memory limits memory, the kernel's for it too")},
	{making, "oom-kill-disable", 0, INSTEAD("--memory says how much it may have")},
	{making, "oom-score-adj", 0, INSTEAD("--memory says how much it may have")},
	{making, "blkio-weight", 0, DISK},
	{making, "device-read-bps", 0, DISK},
	{making, "device-write-bps", 0, DISK},
	{making, "device-read-iops", 0, DISK},
	{making, "device-write-iops", 0, DISK},
	{making, "storage-opt", 0, DISK},
	{making, "dns-search", 0, INSTEAD("names are looked up as the host's resolv.conf says")},
	{making, "dns-option", 0, INSTEAD("names are looked up as the host's resolv.conf says")},
	{making, "dns-opt", 0, INSTEAD("names are looked up as the host's resolv.conf says")},
	{making, "domainname", 0, INSTEAD("--hostname NAME.DOMAIN has both")},
	{making, "mac-address", 0, INSTEAD("it follows from the address: --ip ADDRESS")},
	{making, "label-file", 0, INSTEAD("--label NAME=VALUE, once for each")},
	{making, "annotation", 0, INSTEAD("--label NAME=VALUE")},
	{making, NULL, 'l', INSTEAD("-l is --driver here; a label is --label NAME=VALUE")},
	{making, "secret", 0, INSTEAD("-m /FILE:/PATH:ro mounts a file of the host")},
	{making, "pod", 0, INSTEAD("containers of one network find each other: --network NETWORK")},
	{making, "replace", 0, INSTEAD("'klee rm -f NAME' removes the old one first")},
	{making, "tz", 0, INSTEAD("-e TZ=ZONE")},
	{making, "systemd", 0, INSTEAD("there is none in a container")},
	{run, "attach", 'a', INSTEAD("without -d run is attached, with -i to its input too")},
	{attached, "sig-proxy", 0, INSTEAD("signals to klee go to the process")},
	{attached, "detach-keys", 0,
		INSTEAD("nobody can leave an attached process; -d starts one detached")},
	{start, "attach", 'a', NEEDLESS},
	{exec, "privileged", 0,
		INSTEAD("exec can do what the container can: see --cap-add of run")},
	{exec, "env-file", 0, INSTEAD("-e NAME=VALUE, once for each")},

	{build, "pull", 0, NEEDLESS},
	{build, "progress", 0, NEEDLESS_VALUE},
	{build, "force-rm", 0, SAME("rm")},
	{build, "compress", 0, NEEDLESS},
	{build, "target", 0, INSTEAD("there is one stage a Dockerfile: -f FILE names another one")},
	{build, "platform", 0, INSTEAD("images are built for this machine")},
	{build, "label", 0, INSTEAD("a LABEL line in the Dockerfile does it")},
	{build, "squash", 0, INSTEAD("an image is not made slower by its instructions")},
	{build, "cache-from", 0, INSTEAD("the images of this host are the cache")},
	{build, "cache-to", 0, INSTEAD("the images of this host are the cache")},
	{build, "secret", 0, INSTEAD("-m /FILE:/PATH:ro mounts a file of the host in the build")},
	{build, "ssh", 0, INSTEAD("-m /FILE:/PATH mounts a socket of the host in the build")},
	{build, "output", 'o', INSTEAD("'klee exec CONTAINER tar -cf - PATH' copies out of one")},
	{build, "push", 0, INSTEAD("there are no registries")},
	{build, "load", 0, NEEDLESS},
	{build, "iidfile", 0, INSTEAD("'klee build -q' prints the id alone")},

	{network, "label", 0, INSTEAD("networks have none, containers have")},
	{network, "opt", 'o', INSTEAD("--interface, --nat, --icc and --gw say how it is")},
	{network, "attachable", 0, NEEDLESS},
	{network, "ipv6", 0, INSTEAD("--subnet6 SUBNET gives it IPv6")},
	{network, "ipam-driver", 0, INSTEAD("--subnet and --ip-range say which addresses it has")},
	{network, "aux-address", 0, INSTEAD("--ip-range says which addresses containers get")},
	{connect, "link", 0, INSTEAD("--alias NAME is a further name in the network")},
	{volume, "driver", 'd', INSTEAD("volumes are directories or datasets of this host")},
	{volume, "name", 0, INSTEAD("'klee volume create NAME'")},
	{volume, "label", 0, INSTEAD("volumes have none, containers have")},
	{volume, "opt", 'o', INSTEAD("-m /PATH:/PATH of run mounts a directory of the host")},
	{0},
};

static bool concerns(const struct other_option *o, const struct command *command)
{
	for (size_t i = 0; o->commands[i] != NULL; i++)
		if (o->commands[i] == command)
			return true;
	return false;
}

const struct other_option *other_option_long(
	const struct command *command, const char *name, size_t len)
{
	for (const struct other_option *o = other_options; o->commands != NULL; o++)
		if (o->name != NULL && strlen(o->name) == len && strncmp(o->name, name, len) == 0 &&
			concerns(o, command))
			return o;
	return NULL;
}

const struct other_option *other_option_letter(const struct command *command, char letter)
{
	for (const struct other_option *o = other_options; o->commands != NULL; o++)
		if (o->letter != 0 && o->letter == letter && concerns(o, command))
			return o;
	return NULL;
}
