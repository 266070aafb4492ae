/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "store/store_network_sql.h"

#define COLUMNS "id, name, interface, created, state, config"

const char store_network_schema[] =
	"CREATE TABLE network ("
	"  id TEXT PRIMARY KEY,"
	"  name TEXT UNIQUE," /* null once it is being removed */
	"  interface TEXT NOT NULL,"
	"  number INTEGER UNIQUE," /* of kleeneN; null: the interface has a name that was given */
	"  low TEXT, high TEXT, low6 TEXT, high6 TEXT," /* of the subnets */
	"  state INTEGER NOT NULL, created TEXT NOT NULL, config TEXT NOT NULL) STRICT;"
	"CREATE TABLE free_range ("
	"  network_id TEXT NOT NULL REFERENCES network (id) ON DELETE CASCADE,"
	"  family INTEGER NOT NULL, low TEXT NOT NULL, high TEXT NOT NULL,"
	"  PRIMARY KEY (network_id, family, low)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE endpoint ("
	"  number INTEGER PRIMARY KEY," /* in the order in which they were made */
	"  id TEXT NOT NULL UNIQUE,"
	"  network_id TEXT NOT NULL REFERENCES network (id),"
	"  container_id TEXT NOT NULL REFERENCES container (id),"
	"  address TEXT, address6 TEXT,"
	"  state INTEGER NOT NULL,"
	"  UNIQUE (container_id, network_id),"
	"  UNIQUE (network_id, address), UNIQUE (network_id, address6)) STRICT;"
	"CREATE TABLE published_port ("
	"  interface TEXT NOT NULL, family INTEGER NOT NULL, protocol INTEGER NOT NULL,"
	"  low INTEGER NOT NULL, high INTEGER NOT NULL, target INTEGER NOT NULL,"
	"  container_id TEXT NOT NULL REFERENCES container (id) ON DELETE CASCADE,"
	"  PRIMARY KEY (interface, family, protocol, low)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX published_port_container ON published_port (container_id);";

/* Published ports that are to have any free number, and which they have, or had last; 0: none. */
const char store_open_port_schema[] =
	"CREATE TABLE open_port ("
	"  container_id TEXT NOT NULL REFERENCES container (id) ON DELETE CASCADE,"
	"  interface TEXT NOT NULL, protocol INTEGER NOT NULL, target INTEGER NOT NULL,"
	"  number INTEGER NOT NULL,"
	"  PRIMARY KEY (container_id, interface, protocol, target)) STRICT, WITHOUT ROWID;";

static void read_row(sqlite3_stmt *st, void *arg)
{
	struct network *n = arg;
	struct error ignored;

	sql_take_id(st, n->id);
	n->name = sql_text(st, 1);
	snprintf(
		n->interface, sizeof(n->interface), "%s", (const char *)sqlite3_column_text(st, 2));
	n->created = sql_text(st, 3);
	n->state = (enum object_state)sqlite3_column_int(st, 4);
	n->config = sql_json(st, 5, &n->broken);
	if (network_settings_parse(n->config, &n->settings, &ignored) != 0)
		n->broken = true;
}

/* ---- adding ---- */

static void take_text(sqlite3_stmt *st, void *arg)
{
	char **text = arg;

	free(*text);
	*text = sql_text(st, 0);
}

/* A network that shares an address with the subnet. Returns as sql_run. */
static int find_overlap(
	struct store *s, const struct subnet *subnet, char **other, struct error *err)
{
	static const char *const queries[FAMILIES] = {
		"SELECT coalesce(name, id) FROM network WHERE low <= ? AND high >= ? LIMIT 1",
		"SELECT coalesce(name, id) FROM network WHERE low6 <= ? AND high6 >= ? LIMIT 1"};
	char low[ADDRESS_KEY_MAX], high[ADDRESS_KEY_MAX];
	struct address last = subnet_last(subnet);

	return sql_run(s, take_text, other, err, queries[family_index(subnet->base.family)], "ss",
		address_key(&last, high), address_key(&subnet->base, low));
}

int store_subnet_is_free(
	struct store *s, const struct subnet *subnet, bool *is_free, struct error *err)
{
	AUTO_FREE char *other = NULL;
	int found;

	if (sql_begin(s, false, err) != 0)
		return -1;
	found = find_overlap(s, subnet, &other, err);
	*is_free = found == 0;
	return sql_end(s, found, err);
}

/* No subnet of the network may share an address with another network's. */
static int check_overlaps(struct store *s, const struct network *n, struct error *err)
{
	for (int i = 0; i < FAMILIES; i++) {
		const struct subnet *subnet = &n->settings.subnet[i];
		char text[SUBNET_TEXT_MAX];
		AUTO_FREE char *other = NULL;
		int found;

		if (address_is_none(&subnet->base))
			continue;
		found = find_overlap(s, subnet, &other, err);
		if (found < 0)
			return -1;
		if (found > 0 && strcmp(other, n->name) == 0)
			return error_set(
				err, ERROR_CONFLICT, "network name '%s' is already taken", n->name);
		if (found > 0)
			return error_set(err, ERROR_CONFLICT,
				"subnet %s overlaps the one of network '%s'",
				subnet_format(subnet, text), other);
	}
	return 0;
}

static void take_int(sqlite3_stmt *st, void *arg)
{
	*(int *)arg = sqlite3_column_int(st, 0);
}

/* The lowest number from number on that no network in the store has. */
static int next_number(struct store *s, int *number, struct error *err)
{
	int next = *number;

	/* a number is free if it is itself, or follows one that is taken */
	if (sql_run(s, take_int, &next, err,
		    "SELECT min(n) FROM (SELECT ?1 AS n UNION ALL"
		    " SELECT number + 1 FROM network WHERE number >= ?1)"
		    " WHERE n NOT IN (SELECT number FROM network WHERE number IS NOT NULL)",
		    "i", *number) < 0)
		return -1;
	*number = next;
	return 0;
}

/* 1 if the host or a network in the store has the interface, 0 if not, -1 on error. */
static int is_taken(struct store *s, const char *interface, const struct strings *host_interfaces,
	struct error *err)
{
	if (strings_has(host_interfaces, interface))
		return 1;
	return sql_run(s, NULL, NULL, err, "SELECT 1 FROM network WHERE interface = ? LIMIT 1", "s",
		interface);
}

/* Takes the name that the configuration gives the network's own interface. */
static int take_interface(struct store *s, struct network *n, const struct strings *host_interfaces,
	struct error *err)
{
	int taken = is_taken(s, n->settings.interface, host_interfaces, err);

	if (taken > 0)
		return error_set(err, ERROR_CONFLICT,
			"interface: the host has an interface '%s' already: networks of type '%s' "
			"make one of their own, only those of type 'custom' use what is there",
			n->settings.interface, network_type_names[n->settings.type]);
	memcpy(n->interface, n->settings.interface, sizeof(n->interface));
	return taken;
}

static int choose_interface(struct store *s, struct network *n,
	const struct strings *host_interfaces, int *number, struct error *err)
{
	int taken;

	for (*number = 0;; ++*number) {
		if (next_number(s, number, err) != 0)
			return -1;
		snprintf(n->interface, sizeof(n->interface), "kleene%d", *number);
		taken = is_taken(s, n->interface, host_interfaces, err);
		if (taken <= 0)
			return taken;
	}
}

/* number: that of kleeneN, else -1. */
static int find_interface(struct store *s, struct network *n, const struct strings *host_interfaces,
	int *number, struct error *err)
{
	*number = -1;
	if (n->settings.interface[0] == '\0')
		return choose_interface(s, n, host_interfaces, number, err);
	if (n->settings.type != NETWORK_CUSTOM)
		return take_interface(s, n, host_interfaces, err);
	memcpy(n->interface, n->settings.interface, sizeof(n->interface));
	return 0;
}

static int insert(struct store *s, const struct network *n, int number, struct error *err)
{
	char key[2 * FAMILIES][ADDRESS_KEY_MAX];
	const char *low[FAMILIES], *high[FAMILIES];
	AUTO_FREE char *digits = number >= 0 ? xasprintf("%d", number) : NULL;

	for (int i = 0; i < FAMILIES; i++) {
		struct address last = subnet_last(&n->settings.subnet[i]);

		low[i] = address_key(&n->settings.subnet[i].base, key[i]);
		high[i] = address_key(&last, key[FAMILIES + i]);
	}
	return sql_run(s, NULL, NULL, err,
		"INSERT INTO network (id, name, interface, number, low, high, low6, high6, state,"
		" created, config) VALUES (?, ?, ?, CAST(? AS INTEGER), ?, ?, ?, ?, 0, ?, ?)",
		"sssssssssj", n->id, n->name, n->interface, digits, low[IPV4], high[IPV4],
		low[IPV6], high[IPV6], n->created, n->config);
}

/* Makes all addresses free that a container can have. */
static int open_subnets(struct store *s, const struct network *n, struct error *err)
{
	for (int i = 0; i < FAMILIES; i++) {
		const struct subnet *subnet = &n->settings.subnet[i];

		if (address_is_none(&subnet->base))
			continue;
		if (free_addresses(s, n->id, subnet_first_usable(subnet),
			    subnet_last_usable(subnet), err) != 0)
			return -1;
		if (!address_is_none(&n->settings.gateway[i]) &&
			take_address(s, n->id, &n->settings.gateway[i], err) < 0)
			return -1;
	}
	return 0;
}

static int add(struct store *s, struct network *n, const struct strings *host_interfaces,
	struct error *err)
{
	int number, result;

	if (check_overlaps(s, n, err) != 0 ||
		find_interface(s, n, host_interfaces, &number, err) != 0)
		return -1;
	result = insert(s, n, number, err);
	if (result < 0 && err->kind == ERROR_CONFLICT)
		return error_set(
			err, ERROR_CONFLICT, "network name '%s' is already taken", n->name);
	return result < 0 ? -1 : open_subnets(s, n, err);
}

int store_add_network(struct store *s, struct network *n, const struct strings *host_interfaces,
	struct error *err)
{
	if (network_settings_parse(n->config, &n->settings, err) != 0 ||
		sql_begin(s, false, err) != 0)
		return -1;
	n->state = STATE_CREATING;
	return sql_end(s, add(s, n, host_interfaces, err), err);
}

static int move_network(struct store *s, struct network *n, const struct strings *host_interfaces,
	struct error *err)
{
	AUTO_FREE char *digits = NULL;
	int number;

	if (choose_interface(s, n, host_interfaces, &number, err) != 0)
		return -1;
	digits = xasprintf("%d", number);
	return sql_run(s, NULL, NULL, err,
		       "UPDATE network SET interface = ?, number = CAST(? AS INTEGER) WHERE id = ?",
		       "sss", n->interface, digits, n->id) < 0
		       ? -1
		       : 0;
}

int store_move_network(struct store *s, struct network *n, const struct strings *host_interfaces,
	struct error *err)
{
	if (n->settings.interface[0] != '\0')
		return error_set(err, ERROR_CONFLICT, "network %s is to have the interface '%s'",
			n->name, n->settings.interface);
	if (sql_begin(s, true, err) != 0)
		return -1;
	return sql_end(s, move_network(s, n, host_interfaces, err), err);
}

int store_reserve_address(
	struct store *s, const char *network_id, const struct address *a, struct error *err)
{
	if (sql_begin(s, false, err) != 0)
		return -1;
	return sql_end(s, take_address(s, network_id, a, err) < 0 ? -1 : 0, err);
}

/* ---- states ---- */

int store_network_ready(struct store *s, const char *id, struct error *err)
{
	return sql_change(s, true, "network", "UPDATE network SET state = 1 WHERE id = ?", id, err);
}

/* Refuses if containers are connected to the network. */
static int check_connected(struct store *s, const char *id, struct error *err)
{
	AUTO(buffer_free) struct buffer names = {0};
	int n = sql_run(s, sql_gather_names, &names, err,
		"SELECT coalesce(c.name, c.id) FROM endpoint e JOIN container c"
		" ON c.id = e.container_id WHERE e.network_id = ? ORDER BY 1",
		"s", id);

	if (n <= 0)
		return n;
	return error_set(err, ERROR_CONFLICT,
		"network %s has the container%s %s: to disconnect %s takes force", id,
		n > 1 ? "s" : "", names.data, n > 1 ? "them" : "it");
}

int store_removing_network(struct store *s, const char *id, bool unused, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = unused ? check_connected(s, id, err) : 0;
	if (result == 0)
		result = sql_run(s, NULL, NULL, err,
			"UPDATE network SET state = 2, name = NULL WHERE id = ? AND state = 1", "s",
			id);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such network '%s'", id);
	return sql_end(s, result, err);
}

int store_drop_network(struct store *s, const char *id, struct error *err)
{
	int result = sql_change(s, false, "network", "DELETE FROM network WHERE id = ?", id, err);

	if (result != 0 && err->kind == ERROR_CONFLICT)
		error_set(err, ERROR_CONFLICT, "network %s still has endpoints", id);
	return result;
}

/* ---- reading ---- */

int store_find_network(struct store *s, const char *ref, char id[ID_LEN + 1], struct error *err)
{
	int result;

	id[0] = '\0';
	if (sql_begin(s, false, err) != 0)
		return -1;
	/* a whole id comes before a name that looks like one */
	result = sql_run(s, sql_take_id, id, err,
		"SELECT id FROM network WHERE state = 1 AND (id = ?1 OR name = ?1)"
		" ORDER BY id = ?1 DESC LIMIT 1",
		"s", ref);
	if (result == 0)
		result = sql_find_id(s, "network", "network", ref, id, err);
	return sql_end(s, result, err);
}

int store_get_network(struct store *s, const char *id, struct network *n, struct error *err)
{
	if (store_get_any_network(s, id, n, err) != 0)
		return -1;
	if (!n->broken)
		return 0;
	network_free(n);
	return sql_broken("network", id, err);
}

int store_get_any_network(struct store *s, const char *id, struct network *n, struct error *err)
{
	int result;

	*n = (struct network){0};
	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(
		s, read_row, n, err, "SELECT " COLUMNS " FROM network WHERE id = ?", "s", id);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such network '%s'", id);
	result = sql_end(s, result, err);
	if (result != 0)
		network_free(n);
	return result;
}

void network_free(struct network *n)
{
	free(n->name);
	free(n->created);
	json_decref(n->config);
	*n = (struct network){0};
}

int store_list_networks(struct store *s, enum object_state state, struct network **list, size_t *n,
	struct error *err)
{
	struct sql_list l = {.size = sizeof(struct network), .read = read_row};
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, sql_append, &l, err,
		"SELECT " COLUMNS " FROM network WHERE state = ? ORDER BY created, id", "i",
		(int)state);
	if (sql_end(s, result, err) != 0) {
		network_list_free(l.items, l.n);
		return -1;
	}
	*list = l.items;
	*n = l.n;
	return 0;
}

void network_list_free(struct network *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		network_free(&list[i]);
	free(list);
}
