/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a message queue of the host's that tests look for in containers, and removes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

int main(int argc, char **argv)
{
	int number, id;

	if (argc != 3)
		return 2;
	number = (int)strtol(argv[2], NULL, 10);
	if (strcmp(argv[1], "remove") == 0)
		return msgctl(number, IPC_RMID, NULL) != 0;
	id = msgget((key_t)number, IPC_CREAT | IPC_EXCL | 0666);
	if (id < 0)
		return 1;
	printf("%d\n", id);
	return 0;
}
