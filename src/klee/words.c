/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words that people bring along from docker(1), podman(1) and managers of jails: other names of
 * commands, and, where Kleene lacks a thing, what does it. Help, completion and klee(1) show them;
 * a new one is a line.
 */
#include "klee/commands.h"

#define GET_IMAGE                                                                                  \
	"there are no registries: 'klee image create fetch URL' makes an image of an archive, "    \
	"'fetch-auto' one of this system's release, 'klee build' one from a Dockerfile"
#define MOVE_IMAGE                                                                                 \
	"there are no registries; the other host builds the image, or fetches the archive of its " \
	"files by 'klee image create fetch URL'"
#define ONE_HOST "each kleened has one host; --host or KLEE_HOST names the one that klee speaks to"
#define ARCHIVE	 "'klee image create fetch file:///PATH' makes an image of an archive of files"
#define RUN_IN	 "'klee exec CONTAINER COMMAND' runs a command in one"
#define SET	 "'klee update -J NAME=VALUE CONTAINER' sets a jail parameter"
#define MOUNT	 "'klee update -m SOURCE:PLACE CONTAINER' says what is mounted in one that has stopped"
#define AT_BOOT	 "'klee update --restart always CONTAINER' has one started with the host"

const struct word other_words[] = {
	{NULL, "ps", &cmd_container_ls, NULL},
	{NULL, "logs", &cmd_container_logs, NULL},
	{NULL, "rm", &cmd_container_rm, NULL},
	{NULL, "rename", &cmd_container_rename, NULL},
	{NULL, "update", &cmd_container_update, NULL},
	{NULL, "inspect", &cmd_container_inspect, NULL},
	{NULL, "kill", &cmd_container_kill, NULL},
	{NULL, "images", &cmd_image_ls, NULL},
	{NULL, "tag", &cmd_image_tag, NULL},
	{"container", "ps", &cmd_container_ls, NULL},
	{"container", "list", &cmd_container_ls, NULL},
	{"container", "remove", &cmd_container_rm, NULL},
	{"image", "list", &cmd_image_ls, NULL},
	{"image", "remove", &cmd_image_rm, NULL},
	{"network", "list", &cmd_network_ls, NULL},
	{"network", "remove", &cmd_network_rm, NULL},
	{"volume", "list", &cmd_volume_ls, NULL},
	{"volume", "remove", &cmd_volume_rm, NULL},

	{NULL, "attach", NULL,
		"'klee container logs -f CONTAINER' follows what it writes, 'klee exec -it "
		"CONTAINER "
		"/bin/sh' gets in"},
	{NULL, "commit", NULL,
		"a Dockerfile says what is to be changed in an image, and 'klee build' makes one "
		"of it"},
	{NULL, "buildx", NULL, "'klee build' builds images"},
	{NULL, "compose", NULL, "there is none; a script of 'klee run' lines does it"},
	{NULL, "cp", NULL,
		"'klee exec --start CONTAINER tar -cf - PATH | tar -xf -' copies out, 'tar -cf - "
		"PATH | "
		"klee "
		"exec -i CONTAINER tar -xf -' copies in"},
	{NULL, "diff", NULL, "'klee isc CONTAINER' names the dataset that has what it has changed"},
	{NULL, "events", NULL, "the log of kleened tells what happens"},
	{NULL, "export", NULL, "'klee exec CONTAINER tar -cf - /' writes its files"},
	{NULL, "history", NULL, "'klee isi IMAGE' shows the instructions it was built from"},
	{NULL, "import", NULL, ARCHIVE},
	{NULL, "info", NULL, "'klee version' tells the version, 'klee lsc -a' what there is"},
	{NULL, "load", NULL, ARCHIVE},
	{NULL, "login", NULL, GET_IMAGE},
	{NULL, "logout", NULL, GET_IMAGE},
	{NULL, "pause", NULL,
		"there is none; 'klee exec CONTAINER kill -s STOP PID' stops a process"},
	{NULL, "port", NULL,
		"'klee lsc' shows the ports, \"klee isc -f '{{json .public_ports}}' CONTAINER\" "
		"those "
		"of one"},
	{NULL, "pull", NULL, GET_IMAGE},
	{NULL, "push", NULL, MOVE_IMAGE},
	{NULL, "save", NULL, MOVE_IMAGE},
	{NULL, "search", NULL, GET_IMAGE},
	{NULL, "service", NULL, ONE_HOST},
	{NULL, "stack", NULL, ONE_HOST},
	{NULL, "stats", NULL,
		"'klee lsc' shows what runs, 'klee exec CONTAINER ps aux' what it needs"},
	{NULL, "swarm", NULL, ONE_HOST},
	{NULL, "system", NULL,
		"'klee lsc -a', 'klee lsi', 'klee lsn' and 'klee lsv' show what there is, and "
		"'prune' "
		"of each kind what nobody uses"},
	{NULL, "top", NULL, "'klee exec CONTAINER ps aux' shows its processes"},
	{NULL, "wait", NULL,
		"'klee container logs -f CONTAINER' returns when it has ended, \"klee isc -f "
		"'{{.exit_code}}' CONTAINER\" tells how"},
	/* of those who manage jails */
	{NULL, "bootstrap", NULL, GET_IMAGE},
	{NULL, "clone", NULL, "images take the place of clones: 'klee build' makes one"},
	{NULL, "cmd", NULL, RUN_IN},
	{NULL, "config", NULL, SET},
	{NULL, "console", NULL, "'klee exec -it CONTAINER /bin/sh' gets in"},
	{NULL, "destroy", NULL, "'klee rm CONTAINER' removes one that has stopped"},
	{NULL, "enable", NULL, AT_BOOT},
	{NULL, "fetch", NULL, GET_IMAGE},
	{NULL, "fstab", NULL, MOUNT},
	{NULL, "get", NULL, "'klee isc CONTAINER' shows all that is set"},
	{NULL, "jexec", NULL, RUN_IN},
	{NULL, "jls", NULL, "'klee lsc' shows what runs"},
	{NULL, "limits", NULL, "'klee update --memory 1G --cpus 2 CONTAINER' sets limits"},
	{NULL, "mount", NULL, MOUNT},
	{NULL, "pkg", NULL, RUN_IN},
	{NULL, "rdr", NULL, "'klee update -p 8080:80 CONTAINER' publishes a port"},
	{NULL, "set", NULL, SET},
	{NULL, "snapshot", NULL,
		"there is none of one container; 'klee build' makes images, and zfs(8) a snapshot "
		"of all that kleened has"},
	{NULL, "sysrc", NULL, RUN_IN},
	{NULL, "template", NULL, "a Dockerfile is one: 'klee build' makes an image of it"},
	{NULL, "upgrade", NULL,
		"'klee image create fetch-auto' and 'klee build --no-cache' make new images, which "
		"new containers are made of"},
	{"image", "pull", NULL, GET_IMAGE},
	{"image", "push", NULL, MOVE_IMAGE},
	{0},
};
