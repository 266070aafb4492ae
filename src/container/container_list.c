/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of containers, which may be thousands: written out as it is read, a page at a time, and
 * never there as a whole but as the text of the answer.
 */
#include "container/containers.h"

#include <string.h>

#include "daemon/daemon.h"
#include "dataset/datasets.h"
#include "dataset/sizes.h"
#include "network/joining.h"
#include "json/json.h"

static void put_text(struct buffer *b, const char *key, const char *value)
{
	buffer_printf(b, ",\"%s\":", key);
	json_put_string(b, value);
}

static void put_size(struct daemon *d, const char *dataset, struct buffer *b)
{
	json_t *sizes = json_object(), *value;
	const char *key;

	sizes_add(d, dataset, sizes);
	json_object_foreach (sizes, key, value)
		buffer_printf(b, ",\"%s\":%" JSON_INTEGER_FORMAT, key, json_integer_value(value));
	json_decref(sizes);
}

static void put_ports(struct daemon *d, const struct container *c, struct buffer *b)
{
	json_t *ports = ports_json(d, c);
	AUTO_FREE char *text = json_dumps(ports, JSON_COMPACT);

	buffer_printf(b, ",\"public_ports\":%s", text ? text : "[]");
	json_decref(ports);
}

/* Appends the container as a ContainerSummary; its configuration comes first. */
static void put_container(struct daemon *d, const struct container_summary *s,
	const struct request *req, struct buffer *b)
{
	const struct container *c = &s->container;
	AUTO_FREE char *dataset = dataset_name("container", c->id), *name = NULL, *status = NULL;
	size_t length = strlen(s->text);
	struct container_state state;

	container_look(d, c, &state);
	if (!state.running && !json_is_true(json_object_get(req->query, "all")))
		return;
	name = storage_dataset_name(d->storage, dataset);
	status = container_status(d, c, &state);
	buffer_puts(b, b->len == 0 ? "[" : ",");
	buffer_add(b, s->text, length - 1);
	buffer_printf(b, "%s\"id\":\"%s\"", length > 2 ? "," : "", c->id);
	put_text(b, "name", c->name);
	put_text(b, "image_id", c->image_id);
	put_text(b, "image_name", c->image_name);
	put_text(b, "image_tag", c->image_tag);
	put_text(b, "dataset", name);
	put_text(b, "created", c->created);
	put_text(b, "status", status);
	if (c->started[0] != '\0')
		put_text(b, "started", c->started);
	buffer_printf(b, ",\"running\":%s,\"restart_count\":%u", state.running ? "true" : "false",
		c->restarts);
	if (state.exit.code >= 0)
		buffer_printf(b, ",\"exit_code\":%d,\"out_of_memory\":%s", state.exit.code,
			state.exit.out_of_memory ? "true" : "false");
	if (state.running)
		buffer_printf(b, ",\"jid\":%d", state.number);
	else
		buffer_puts(b, ",\"jid\":null");
	put_ports(d, c, b);
	if (sizes_wanted(req))
		put_size(d, dataset, b);
	buffer_puts(b, "}");
}

int container_list(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	AUTO(container_page_free) struct container_page page = {0};
	int more;

	while ((more = store_next_containers(d->store, &page, err)) > 0)
		for (size_t i = 0; i < page.n; i++)
			put_container(d, &page.items[i], req, &res->text);
	buffer_puts(&res->text, res->text.len == 0 ? "[]" : "]");
	return more;
}
