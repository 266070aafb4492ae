/* SPDX-License-Identifier: BSD-2-Clause */
#include "params/limit.h"

#include <stdio.h>

#include "base/mem.h"

#define MEMORY_MIN (4 << 20) /* bytes: with less, a container could not even be started */
#define CPU_MIN	   0.01 /* of a processor: what the hosts can still keep */
#define CPU_MAX	   100000.0
#define PIDS_MAX   4194304 /* more than any host can have */

int limits_parse(const json_t *config, struct limits *l, struct error *err)
{
	json_int_t memory = json_integer_value(json_object_get(config, "memory"));
	json_int_t pids = json_integer_value(json_object_get(config, "pids"));
	double cpus = json_number_value(json_object_get(config, "cpus"));

	if (memory != 0 && memory < MEMORY_MIN)
		return error_set(err, ERROR_INVALID,
			"bad memory limit %lld: expected at least %d bytes (%dM), or 0 for none",
			(long long)memory, MEMORY_MIN, MEMORY_MIN >> 20);
	if (cpus != 0 && !(cpus >= CPU_MIN && cpus <= CPU_MAX))
		return error_set(err, ERROR_INVALID,
			"bad number of processors %g: expected at least %g, or 0 for all", cpus,
			CPU_MIN);
	if (pids < 0 || pids > PIDS_MAX)
		return error_set(err, ERROR_INVALID,
			"bad number of processes %lld: expected 1 to %d, or 0 for any",
			(long long)pids, PIDS_MAX);
	*l = (struct limits){.memory = (uint64_t)memory,
		.cpu = (unsigned int)(cpus * 1000 + 0.5),
		.pids = (unsigned int)pids};
	return 0;
}

void memory_text(uint64_t bytes, char text[MEMORY_TEXT_SIZE])
{
	static const char units[] = "KMGTPE";
	size_t unit = 0;

	if (bytes == 0 || bytes % 1024 != 0) {
		snprintf(text, MEMORY_TEXT_SIZE, "%llu", (unsigned long long)bytes);
		return;
	}
	for (bytes /= 1024; bytes % 1024 == 0; bytes /= 1024)
		unit++;
	snprintf(text, MEMORY_TEXT_SIZE, "%llu%c", (unsigned long long)bytes, units[unit]);
}
