/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of control sockets, as the other end may send them. */
#include "fuzz.h"

#include "base/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_conn c = {.fd = -1};
	struct wire_message m;
	struct wire_field f;
	struct error err;

	buffer_add(&c.in, data, size);
	while (wire_conn_next(&c, &m, &err) == 1) {
		while (wire_next(&m, &f)) {
			char *text = wire_field_str(&f);

			must(strlen(text) <= f.len);
			free(text);
			wire_field_u64(&f);
		}
		wire_message_free(&m);
	}
	wire_conn_close(&c);
	return 0;
}
