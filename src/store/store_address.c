/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The free addresses of networks, as ranges that neither overlap nor touch. Every step is a search
 * in the table's primary key.
 */
#include <stdio.h>
#include <string.h>

#include "store/store_network_sql.h"

const char *address_key(const struct address *a, char key[ADDRESS_KEY_MAX])
{
	if (a->family == AF_UNSPEC)
		return NULL;
	if (a->family == AF_INET)
		snprintf(key, ADDRESS_KEY_MAX, "%08x", (unsigned int)a->value);
	else
		snprintf(key, ADDRESS_KEY_MAX, "%016llx%016llx",
			(unsigned long long)(a->value >> 64), (unsigned long long)a->value);
	return key;
}

struct address address_from_key(const char *key)
{
	struct address a = {AF_UNSPEC, 0};

	if (key == NULL)
		return a;
	a.family = strlen(key) == 8 ? AF_INET : AF_INET6;
	for (; *key != '\0'; key++)
		a.value = a.value << 4 | (unsigned int)(*key <= '9' ? *key - '0' : *key - 'a' + 10);
	return a;
}

struct range {
	struct address low, high;
};

static void take_range(sqlite3_stmt *st, void *arg)
{
	struct range *r = arg;

	r->low = address_from_key((const char *)sqlite3_column_text(st, 0));
	r->high = address_from_key((const char *)sqlite3_column_text(st, 1));
}

static int insert_range(struct store *s, const char *network_id, struct range r, struct error *err)
{
	char low[ADDRESS_KEY_MAX], high[ADDRESS_KEY_MAX];

	return sql_run(s, NULL, NULL, err,
		"INSERT INTO free_range (network_id, family, low, high) VALUES (?, ?, ?, ?)",
		"siss", network_id, (int)family_index(r.low.family), address_key(&r.low, low),
		address_key(&r.high, high));
}

static int delete_range(struct store *s, const char *network_id, struct range r, struct error *err)
{
	char low[ADDRESS_KEY_MAX];

	return sql_run(s, NULL, NULL, err,
		"DELETE FROM free_range WHERE network_id = ? AND family = ? AND low = ?", "sis",
		network_id, (int)family_index(r.low.family), address_key(&r.low, low));
}

/* The free range that begins at or before the address, the last of those. Returns as sql_run. */
static int range_before(struct store *s, const char *network_id, const struct address *a,
	struct range *r, struct error *err)
{
	char key[ADDRESS_KEY_MAX];

	return sql_run(s, take_range, r, err,
		"SELECT low, high FROM free_range WHERE network_id = ? AND family = ?"
		" AND low <= ? ORDER BY low DESC LIMIT 1",
		"sis", network_id, (int)family_index(a->family), address_key(a, key));
}

/* The free range that begins behind the address, the first of those. */
static int range_behind(struct store *s, const char *network_id, const struct address *a,
	struct range *r, struct error *err)
{
	char key[ADDRESS_KEY_MAX];

	return sql_run(s, take_range, r, err,
		"SELECT low, high FROM free_range WHERE network_id = ? AND family = ?"
		" AND low > ? ORDER BY low LIMIT 1",
		"sis", network_id, (int)family_index(a->family), address_key(a, key));
}

int free_addresses(struct store *s, const char *network_id, struct address low, struct address high,
	struct error *err)
{
	struct range r = {low, high}, before, behind;
	int found = range_before(s, network_id, &low, &before, err);

	if (found < 0)
		return -1;
	if (found > 0 && before.high.value + 1 == low.value) {
		r.low = before.low;
		if (delete_range(s, network_id, before, err) < 0)
			return -1;
	}
	found = range_behind(s, network_id, &high, &behind, err);
	if (found < 0)
		return -1;
	if (found > 0 && high.value + 1 == behind.low.value) {
		r.high = behind.high;
		if (delete_range(s, network_id, behind, err) < 0)
			return -1;
	}
	return insert_range(s, network_id, r, err) < 0 ? -1 : 0;
}

/* Takes an address out of the free range it is in. */
static int cut(struct store *s, const char *network_id, struct range r, const struct address *a,
	struct error *err)
{
	struct range left = r, right = r;

	left.high.value = a->value - 1;
	right.low.value = a->value + 1;
	if (delete_range(s, network_id, r, err) < 0 ||
		(a->value > r.low.value && insert_range(s, network_id, left, err) < 0) ||
		(a->value < r.high.value && insert_range(s, network_id, right, err) < 0))
		return -1;
	return 1;
}

int take_any_address(struct store *s, const char *network_id, const struct subnet *within,
	struct address *a, struct error *err)
{
	const struct address last = subnet_last(within);
	struct range r = {{0}, {0}};
	int found = range_before(s, network_id, &within->base, &r, err);

	*a = within->base;
	if (found == 0 || (found > 0 && r.high.value < a->value)) {
		found = range_behind(s, network_id, &within->base, &r, err);
		*a = r.low;
	}
	if (found <= 0 || a->value > last.value)
		return found < 0 ? -1 : 0;
	return cut(s, network_id, r, a, err);
}

int take_address(
	struct store *s, const char *network_id, const struct address *a, struct error *err)
{
	struct range r;
	int found = range_before(s, network_id, a, &r, err);

	if (found <= 0 || r.high.value < a->value)
		return found < 0 ? -1 : 0;
	return cut(s, network_id, r, a, err);
}
