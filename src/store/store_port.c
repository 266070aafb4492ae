/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "store/store_network_sql.h"

#define SELECT                                                                                     \
	"SELECT DISTINCT container_id, interface, protocol, low, high, target, 0 AS open FROM "    \
	"published_port "
#define SELECT_OPEN                                                                                \
	"UNION ALL SELECT container_id, interface, protocol, number, number, target, 1 FROM "      \
	"open_port "
#define ORDER " ORDER BY container_id, interface, protocol, low"

/* Who has which of the host's ports. */
struct holder {
	char id[ID_LEN + 1];
	char *name;
	int low, high;
};

static void read_holder(sqlite3_stmt *st, void *arg)
{
	struct holder *h = arg;

	free(h->name);
	sql_take_id(st, h->id);
	h->name = sql_text(st, 1);
	h->low = sqlite3_column_int(st, 2);
	h->high = sqlite3_column_int(st, 3);
}

static void format_ports(const struct published_port *p, char *text, size_t size)
{
	if (p->low == p->high)
		snprintf(text, size, "port %u/%s", p->low, protocol_names[p->protocol]);
	else
		snprintf(
			text, size, "ports %u:%u/%s", p->low, p->high, protocol_names[p->protocol]);
}

/* Ranges in the table do not overlap, so only the last that begins within can reach into this one.
 */
static int check_free(
	struct store *s, const struct published_port *p, int family, struct error *err)
{
	struct holder h = {.name = NULL};
	char ports[40];
	int found = sql_run(s, read_holder, &h, err,
		"SELECT p.container_id, coalesce(c.name, c.id), p.low, p.high FROM published_port p"
		" JOIN container c ON c.id = p.container_id"
		" WHERE p.interface = ? AND p.family = ? AND p.protocol = ? AND p.low <= ?"
		" ORDER BY p.low DESC LIMIT 1",
		"siii", p->place, family, (int)p->protocol, (int)p->high);

	if (found > 0 && h.high >= (int)p->low) {
		bool own = strcmp(h.id, p->container_id) == 0;

		format_ports(p, ports, sizeof(ports));
		found = error_set(err, ERROR_CONFLICT,
			own ? "%s of %s%s %s published twice"
			    : "%s of %s%s %s already published by container '%s'",
			ports, address_is_none(&p->address) ? "interface " : "", p->place,
			p->low == p->high ? "is" : "are", h.name);
	}
	free(h.name);
	return found < 0 ? -1 : 0;
}

static int insert(struct store *s, const struct published_port *p, int family, struct error *err)
{
	if (check_free(s, p, family, err) != 0)
		return -1;
	return sql_run(s, NULL, NULL, err,
		"INSERT INTO published_port (interface, family, protocol, low, high, target,"
		" container_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
		"siiiiis", p->place, family, (int)p->protocol, (int)p->low, (int)p->high,
		(int)p->target, p->container_id);
}

static void take_number(sqlite3_stmt *st, void *arg)
{
	*(unsigned int *)arg = (unsigned int)sqlite3_column_int(st, 0);
}

/* Those that are to be open, with the numbers that the container's have now. */
static int find_numbers(struct store *s, const char *container_id,
	const struct published_port *ports, size_t n, unsigned int *numbers, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (ports[i].open && sql_run(s, take_number, &numbers[i], err,
					     "SELECT number FROM open_port WHERE container_id = ?"
					     " AND protocol = ? AND target = ?",
					     "sii", container_id, (int)ports[i].protocol,
					     (int)ports[i].target) < 0)
			return -1;
	return 0;
}

static int insert_open(struct store *s, const struct published_port *p, const char *container_id,
	unsigned int number, struct error *err)
{
	return sql_run(s, NULL, NULL, err,
		"INSERT OR IGNORE INTO open_port (container_id, interface, protocol, target, "
		"number)"
		" VALUES (?, ?, ?, ?, ?)",
		"ssiii", container_id, p->place, (int)p->protocol, (int)p->target, (int)number);
}

static int publish(struct store *s, const char *container_id, const struct published_port *ports,
	size_t n, unsigned int families, struct error *err)
{
	AUTO_FREE unsigned int *numbers = xcalloc(n, sizeof(*numbers));

	if (find_numbers(s, container_id, ports, n, numbers, err) != 0 ||
		sql_run(s, NULL, NULL, err, "DELETE FROM published_port WHERE container_id = ?",
			"s", container_id) < 0 ||
		sql_run(s, NULL, NULL, err, "DELETE FROM open_port WHERE container_id = ?", "s",
			container_id) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct published_port p = ports[i];

		snprintf(p.container_id, sizeof(p.container_id), "%s", container_id);
		if (p.open && insert_open(s, &p, container_id, numbers[i], err) < 0)
			return -1;
		for (int family = 0; family < FAMILIES && !p.open; family++)
			if ((families & 1U << family) != 0 &&
				published_port_has_family(&p, (enum family_index)family) &&
				insert(s, &p, family, err) < 0)
				return -1;
	}
	return 0;
}

int store_publish(struct store *s, const char *container_id, const struct published_port *ports,
	size_t n, unsigned int families, struct error *err)
{
	if (sql_begin(s, true, err) != 0)
		return -1;
	return sql_end(s, publish(s, container_id, ports, n, families, err), err);
}

static int choose(struct store *s, const char *container_id, const struct published_port *ports,
	size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (ports[i].open &&
			sql_run(s, NULL, NULL, err,
				"UPDATE open_port SET number = ? WHERE container_id = ?"
				" AND protocol = ? AND target = ?",
				"isii", (int)ports[i].low, container_id, (int)ports[i].protocol,
				(int)ports[i].target) < 0)
			return -1;
	return 0;
}

int store_choose_ports(struct store *s, const char *container_id,
	const struct published_port *ports, size_t n, struct error *err)
{
	if (sql_begin(s, false, err) != 0)
		return -1;
	return sql_end(s, choose(s, container_id, ports, n, err), err);
}

static void read_row(sqlite3_stmt *st, void *arg)
{
	struct published_port *p = arg;

	*p = (struct published_port){.protocol = (enum protocol)sqlite3_column_int(st, 2),
		.low = (unsigned int)sqlite3_column_int(st, 3),
		.high = (unsigned int)sqlite3_column_int(st, 4),
		.target = (unsigned int)sqlite3_column_int(st, 5),
		.open = sqlite3_column_int(st, 6) != 0};
	sql_take_id(st, p->container_id);
	published_port_set_place(p, (const char *)sqlite3_column_text(st, 1));
}

int store_list_ports(struct store *s, const char *container_id, struct published_port **list,
	size_t *n, struct error *err)
{
	struct sql_list l = {.size = sizeof(struct published_port), .read = read_row};
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	if (container_id != NULL)
		result = sql_run(s, sql_append, &l, err,
			SELECT "WHERE container_id = ?" SELECT_OPEN "WHERE container_id = ?" ORDER,
			"ss", container_id, container_id);
	else
		result = sql_run(s, sql_append, &l, err, SELECT SELECT_OPEN ORDER, "");
	if (sql_end(s, result, err) != 0) {
		free(l.items);
		return -1;
	}
	*list = l.items;
	*n = l.n;
	return 0;
}
