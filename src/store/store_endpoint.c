/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "store/store_network_sql.h"

#define COLUMNS "id, network_id, container_id, state, address, address6, by_address, aliases"

static void take_row_id(sqlite3_stmt *st, int column, char id[ID_LEN + 1])
{
	strncpy(id, (const char *)sqlite3_column_text(st, column), ID_LEN);
	id[ID_LEN] = '\0';
}

static void read_row(sqlite3_stmt *st, void *arg)
{
	struct network_endpoint *e = arg;

	take_row_id(st, 0, e->id);
	take_row_id(st, 1, e->network_id);
	take_row_id(st, 2, e->container_id);
	e->state = (enum object_state)sqlite3_column_int(st, 3);
	for (int i = 0; i < FAMILIES; i++)
		e->address[i] = address_from_key((const char *)sqlite3_column_text(st, 4 + i));
	e->by_address = sqlite3_column_int(st, 6) != 0;
	snprintf(e->aliases, sizeof(e->aliases), "%s", (const char *)sqlite3_column_text(st, 7));
}

/* ---- addresses ---- */

/* What is known of the network within a transaction. */
struct target {
	char id[ID_LEN + 1];
	char *name;
	struct network_settings settings;
	bool broken;
};

static void read_target(sqlite3_stmt *st, void *arg)
{
	struct target *t = arg;
	json_t *config = sql_json(st, 2, &t->broken);
	struct error ignored;

	sql_take_id(st, t->id);
	t->name = sql_text(st, 1);
	if (network_settings_parse(config, &t->settings, &ignored) != 0)
		t->broken = true;
	json_decref(config);
}

/* An address that no container can have, whether it is taken or not. */
static int check_given(const struct target *t, const struct address *a, struct error *err)
{
	enum family_index i = family_index(a->family);
	const struct subnet *subnet = &t->settings.subnet[i];
	char text[ADDRESS_TEXT_MAX], within[SUBNET_TEXT_MAX];

	address_format(a, text);
	subnet_format(subnet, within);
	switch (subnet_role(subnet, a)) {
	case ADDRESS_OUTSIDE:
		return error_set(err, ERROR_CONFLICT,
			"address %s is outside the subnet %s of network '%s'", text, within,
			t->name);
	case ADDRESS_NETWORK:
		return error_set(err, ERROR_CONFLICT,
			"address %s is the network address of network '%s' (%s)", text, t->name,
			within);
	case ADDRESS_BROADCAST:
		return error_set(err, ERROR_CONFLICT,
			"address %s is the broadcast address of network '%s' (%s)", text, t->name,
			within);
	case ADDRESS_USABLE:
		break;
	}
	if (address_equal(&t->settings.gateway[i], a))
		return error_set(err, ERROR_CONFLICT,
			"address %s is the gateway address of network '%s' (%s)", text, t->name,
			within);
	return 0;
}

static int reserve_given(
	struct store *s, const struct target *t, const struct address *a, struct error *err)
{
	char text[ADDRESS_TEXT_MAX];
	int taken;

	if (check_given(t, a, err) != 0)
		return -1;
	taken = take_address(s, t->id, a, err);
	if (taken == 0)
		return error_set(err, ERROR_CONFLICT, "address %s is already taken in network '%s'",
			address_format(a, text), t->name);
	return taken < 0 ? -1 : 0;
}

static int reserve_any(struct store *s, const struct target *t, enum family_index i,
	struct address *a, struct error *err)
{
	char within[SUBNET_TEXT_MAX];
	int taken = take_any_address(s, t->id, &t->settings.range[i], a, err);

	if (taken == 0)
		return error_set(err, ERROR_CONFLICT, "network '%s' has no %s address left in %s",
			t->name, family_name[i], subnet_format(&t->settings.range[i], within));
	return taken < 0 ? -1 : 0;
}

static int reserve(struct store *s, const struct target *t,
	const struct address_wish wish[FAMILIES], struct network_endpoint *e, struct error *err)
{
	for (int i = 0; i < FAMILIES; i++) {
		bool has = !address_is_none(&t->settings.subnet[i].base);

		if (wish[i].kind == WISH_NONE || (wish[i].kind == WISH_ANY && !has))
			continue;
		if (!has)
			return error_set(err, ERROR_CONFLICT, "network '%s' has no %s subnet",
				t->name, family_name[i]);
		e->address[i] = wish[i].address;
		if (wish[i].kind == WISH_GIVEN
				? reserve_given(s, t, &e->address[i], err) != 0
				: reserve_any(s, t, (enum family_index)i, &e->address[i], err) != 0)
			return -1;
	}
	if (address_is_none(&e->address[IPV4]) && address_is_none(&e->address[IPV6]))
		return error_set(err, ERROR_CONFLICT,
			"no address is asked for that network '%s' has", t->name);
	return 0;
}

/* ---- adding and dropping ---- */

static void take_text(sqlite3_stmt *st, void *arg)
{
	char **text = arg;

	free(*text);
	*text = sql_text(st, 0);
}

static int insert(struct store *s, const struct target *t, const struct network_endpoint *e,
	struct error *err)
{
	char key[FAMILIES][ADDRESS_KEY_MAX];
	AUTO_FREE char *container = NULL;
	int found = sql_run(s, take_text, &container, err,
		"SELECT coalesce(name, id) FROM container WHERE id = ? AND state < 2", "s",
		e->container_id);

	if (found == 0)
		return error_set(err, ERROR_NOT_FOUND, "no such container '%s'", e->container_id);
	if (found < 0)
		return -1;
	found = sql_run(s, NULL, NULL, err,
		"INSERT INTO endpoint (" COLUMNS ") VALUES (?, ?, ?, 0, ?, ?, 1, ?)", "ssssss",
		e->id, e->network_id, e->container_id, address_key(&e->address[IPV4], key[IPV4]),
		address_key(&e->address[IPV6], key[IPV6]), e->aliases);
	if (found < 0 && err->kind == ERROR_CONFLICT)
		error_set(err, ERROR_CONFLICT,
			"container '%s' is already connected to network '%s'", container, t->name);
	return found < 0 ? -1 : 0;
}

/* The container must not be connected; asked first, as then no address is the fault. */
static int check_unconnected(struct store *s, const struct target *t,
	const struct network_endpoint *e, struct error *err)
{
	AUTO_FREE char *container = NULL;
	int found = sql_run(s, take_text, &container, err,
		"SELECT coalesce(c.name, c.id) FROM endpoint e JOIN container c"
		" ON c.id = e.container_id WHERE e.container_id = ? AND e.network_id = ?",
		"ss", e->container_id, e->network_id);

	if (found > 0)
		return error_set(err, ERROR_CONFLICT,
			"container '%s' is already connected to network '%s'", container, t->name);
	return found;
}

static int add(struct store *s, const struct address_wish wish[FAMILIES],
	struct network_endpoint *e, struct error *err)
{
	struct target t = {.name = NULL};
	int result = sql_run(s, read_target, &t, err,
		"SELECT id, name, config FROM network WHERE id = ? AND state = 1", "s",
		e->network_id);

	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such network '%s'", e->network_id);
	else if (t.broken)
		result = sql_broken("network", e->network_id, err);
	if (result > 0)
		result = check_unconnected(s, &t, e, err) != 0 ||
					 reserve(s, &t, wish, e, err) != 0 ||
					 insert(s, &t, e, err) != 0
				 ? -1
				 : 0;
	free(t.name);
	return result;
}

int store_add_endpoint(struct store *s, const char *id, const char *network_id,
	const char *container_id, const struct address_wish wish[FAMILIES], const char *aliases,
	struct network_endpoint *e, struct error *err)
{
	*e = (struct network_endpoint){.state = STATE_CREATING, .by_address = true};
	strncpy(e->id, id, ID_LEN);
	strncpy(e->network_id, network_id, ID_LEN);
	strncpy(e->container_id, container_id, ID_LEN);
	snprintf(e->aliases, sizeof(e->aliases), "%s", aliases);
	if (sql_begin(s, false, err) != 0)
		return -1;
	return sql_end(s, add(s, wish, e, err), err);
}

int store_renew_hardware(struct store *s, const char *container_id, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err,
		"UPDATE endpoint SET by_address = 1 WHERE container_id = ?", "s", container_id);
	return sql_end(s, result, err);
}

int store_endpoint_ready(struct store *s, const char *id, struct error *err)
{
	return sql_change(
		s, true, "endpoint", "UPDATE endpoint SET state = 1 WHERE id = ?", id, err);
}

int store_removing_endpoint(struct store *s, const char *id, struct error *err)
{
	return sql_change(s, false, "endpoint",
		"UPDATE endpoint SET state = 2 WHERE id = ? AND state = 1", id, err);
}

static int drop(struct store *s, const struct network_endpoint *e, struct error *err)
{
	for (int i = 0; i < FAMILIES; i++)
		if (!address_is_none(&e->address[i]) &&
			free_addresses(s, e->network_id, e->address[i], e->address[i], err) != 0)
			return -1;
	return sql_run(s, NULL, NULL, err, "DELETE FROM endpoint WHERE id = ?", "s", e->id);
}

int store_drop_endpoint(struct store *s, const char *id, struct error *err)
{
	struct network_endpoint e;
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(
		s, read_row, &e, err, "SELECT " COLUMNS " FROM endpoint WHERE id = ?", "s", id);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such endpoint '%s'", id);
	if (result > 0)
		result = drop(s, &e, err);
	return sql_end(s, result, err);
}

/* ---- reading ---- */

int store_find_endpoint(struct store *s, const char *network_id, const char *container_id,
	struct network_endpoint *e, struct error *err)
{
	int result;

	*e = (struct network_endpoint){0};
	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, read_row, e, err,
		"SELECT " COLUMNS " FROM endpoint WHERE network_id = ? AND container_id = ?", "ss",
		network_id, container_id);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND,
			"container '%s' is not connected to network '%s'", container_id,
			network_id);
	return sql_end(s, result, err);
}

/* A query for each filter, so that each uses its index. */
static int select_endpoints(struct store *s, const char *network_id, const char *container_id,
	struct sql_list *l, struct error *err)
{
	if (network_id != NULL && container_id != NULL)
		return sql_run(s, sql_append, l, err,
			"SELECT " COLUMNS
			" FROM endpoint WHERE network_id = ? AND container_id = ?",
			"ss", network_id, container_id);
	if (network_id != NULL)
		return sql_run(s, sql_append, l, err,
			"SELECT " COLUMNS " FROM endpoint WHERE network_id = ? ORDER BY number",
			"s", network_id);
	if (container_id != NULL)
		return sql_run(s, sql_append, l, err,
			"SELECT " COLUMNS " FROM endpoint WHERE container_id = ? ORDER BY number",
			"s", container_id);
	return sql_run(
		s, sql_append, l, err, "SELECT " COLUMNS " FROM endpoint ORDER BY number", "");
}

int store_list_endpoints(struct store *s, const char *network_id, const char *container_id,
	struct network_endpoint **list, size_t *n, struct error *err)
{
	struct sql_list l = {.size = sizeof(struct network_endpoint), .read = read_row};
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = select_endpoints(s, network_id, container_id, &l, err);
	if (sql_end(s, result, err) != 0) {
		free(l.items);
		return -1;
	}
	*list = l.items;
	*n = l.n;
	return 0;
}

int drop_endpoints(struct store *s, const char *container_id, struct error *err)
{
	struct sql_list l = {.size = sizeof(struct network_endpoint), .read = read_row};
	int result = select_endpoints(s, NULL, container_id, &l, err);

	for (size_t i = 0; result >= 0 && i < l.n; i++)
		result = drop(s, (struct network_endpoint *)l.items + i, err);
	free(l.items);
	return result < 0 ? -1 : 0;
}
