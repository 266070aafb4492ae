/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks, endpoints and published ports in the store; above all, addresses and who has them. */
#include "tree.h"

#include <pthread.h>

#include "store/store_network_sql.h"

#define IMAGE	"aaaaaaaaaaaa"
#define CREATED "2026-01-01T00:00:00.000000Z"
#define NET	"eeeeeeeeeee0"
#define NET2	"eeeeeeeeeee1"
#define NET3	"eeeeeeeeeee2"

struct fixture {
	char *dir;
	struct store *s;
};

/* Ids that tests number. */
static const char *id_of(char prefix, unsigned int n, char id[ID_LEN + 1])
{
	snprintf(id, ID_LEN + 1, "%c%011x", prefix, n);
	return id;
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	json_t *config = json_object();
	struct image i = {.id = IMAGE, .created = (char *)CREATED, .config = config};
	struct error err;

	f->dir = tree_new();
	f->s = store_open(at("%s/db", f->dir), &err);
	if (f->s == NULL || store_add_image(f->s, &i, &err) != 0 ||
		store_image_ready(f->s, IMAGE, &(struct strings){0}, config, &err) != 0)
		fail_msg("%s", err.message);
	json_decref(config);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	tree_remove(f->dir);
	free(f);
	return 0;
}

static void check(int result, const struct error *err)
{
	if (result != 0)
		fail_msg("%s", err->message);
}

static void assert_failed(
	int result, const struct error *err, enum error_kind kind, const char *line)
{
	assert_int_equal(result, -1);
	assert_string_equal(err->message, line);
	assert_int_equal(err->kind, kind);
}

/* ---- making things ---- */

static int try_network(struct store *s, const char *id, const char *name, const char *config,
	const struct strings *host, char interface[INTERFACE_MAX], struct error *err)
{
	struct network n = {.name = (char *)name,
		.created = (char *)CREATED,
		.config = json_loads(config, 0, NULL)};
	struct strings none = {0};
	int result;

	assert_non_null(n.config);
	memcpy(n.id, id, ID_LEN + 1);
	result = store_add_network(s, &n, host != NULL ? host : &none, err);
	memcpy(interface, n.interface, INTERFACE_MAX);
	json_decref(n.config);
	return result;
}

static void add_network(struct store *s, const char *id, const char *name, const char *config)
{
	char interface[INTERFACE_MAX];
	struct error err;

	check(try_network(s, id, name, config, NULL, interface, &err), &err);
	check(store_network_ready(s, id, &err), &err);
}

static void add_container(struct store *s, unsigned int number)
{
	AUTO_FREE char *name = xasprintf("container%u", number);
	struct container c = {.name = name,
		.image_id = (char *)IMAGE,
		.snapshot = (char *)"image",
		.created = (char *)CREATED,
		.config = json_object()};
	struct error err;

	id_of('c', number, c.id);
	check(store_add_container(s, &c, &err), &err);
	check(store_container_ready(s, c.id, true, &err), &err);
	json_decref(c.config);
}

static struct address_wish wish_of(const char *text)
{
	struct address_wish wish = {.kind = WISH_ANY};
	struct error err;

	if (text[0] == '\0')
		wish.kind = WISH_NONE;
	else if (strcmp(text, "any") != 0)
		wish.kind = WISH_GIVEN;
	if (wish.kind == WISH_GIVEN)
		check(address_parse(text, AF_UNSPEC, &wish.address, &err), &err);
	return wish;
}

/* Connects container number to the network by an endpoint of the same number. */
static int connect_to(struct store *s, const char *network, unsigned int number, const char *ip,
	const char *ip6, struct network_endpoint *e, struct error *err)
{
	struct address_wish wish[FAMILIES] = {wish_of(ip), wish_of(ip6)};
	char id[ID_LEN + 1], container[ID_LEN + 1];

	return store_add_endpoint(s, id_of(network[ID_LEN - 1] == '0' ? 'd' : 'f', number, id),
		network, id_of('c', number, container), wish, "", e, err);
}

static void assert_connects(struct store *s, const char *network, unsigned int number,
	const char *ip, const char *ip6, const char *got, const char *got6)
{
	char text[ADDRESS_TEXT_MAX];
	struct network_endpoint e;
	struct error err;

	check(connect_to(s, network, number, ip, ip6, &e, &err), &err);
	assert_string_equal(address_format(&e.address[IPV4], text), got);
	assert_string_equal(address_format(&e.address[IPV6], text), got6);
}

static void assert_refused(struct store *s, const char *network, unsigned int number,
	const char *ip, const char *ip6, const char *message)
{
	struct network_endpoint e;
	struct error err;

	assert_failed(
		connect_to(s, network, number, ip, ip6, &e, &err), &err, ERROR_CONFLICT, message);
}

static void disconnect(struct store *s, unsigned int number)
{
	char id[ID_LEN + 1];
	struct error err;

	check(store_drop_endpoint(s, id_of('d', number, id), &err), &err);
}

static void count_row(sqlite3_stmt *st, void *arg)
{
	*(int *)arg = sqlite3_column_int(st, 0);
}

/* How many free ranges there are. */
static int free_ranges(struct store *s)
{
	struct error err;
	int n = -1;

	check(sql_begin(s, false, &err), &err);
	check(sql_end(s, sql_run(s, count_row, &n, &err, "SELECT count(*) FROM free_range", ""),
		      &err),
		&err);
	return n;
}

/* ---- networks ---- */

static void test_interfaces(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	AUTO(strings_free) struct strings host = {0};
	char interface[INTERFACE_MAX];
	struct error err;

	strings_add(&host, "lo");
	strings_add(&host, "kleene1");
	strings_add(&host, "kleene2");
	check(try_network(s, NET, "a", "{\"subnet\": \"10.0.0.0/24\"}", &host, interface, &err),
		&err);
	assert_string_equal(interface, "kleene0");
	check(try_network(s, NET2, "b", "{\"subnet\": \"10.0.1.0/24\"}", &host, interface, &err),
		&err);
	assert_string_equal(interface, "kleene3");
	check(store_drop_network(s, NET, &err), &err);
	check(try_network(s, NET3, "c", "{\"subnet\": \"10.0.2.0/24\"}", NULL, interface, &err),
		&err);
	assert_string_equal(interface, "kleene0");
	check(try_network(s, NET, "d", "{\"subnet\": \"10.0.3.0/24\"}", NULL, interface, &err),
		&err);
	assert_string_equal(interface, "kleene1");
	check(try_network(s, "eeeeeeeeeee3", "e",
		      "{\"subnet\": \"10.0.4.0/24\", \"type\": \"custom\", \"interface\": "
		      "\"eth1\"}",
		      &host, interface, &err),
		&err);
	assert_string_equal(interface, "eth1");
	check(try_network(s, "eeeeeeeeeee4", "f",
		      "{\"subnet\": \"10.0.5.0/24\", \"type\": \"custom\", \"interface\": "
		      "\"eth1\"}",
		      &host, interface, &err),
		&err);
}

static void test_names_and_overlaps(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	char interface[INTERFACE_MAX];
	struct error err;

	add_network(s, NET, "one", "{\"subnet\": \"10.0.0.0/16\", \"subnet6\": \"fd00::/64\"}");
	assert_failed(
		try_network(s, NET2, "one", "{\"subnet\": \"10.1.0.0/16\"}", NULL, interface, &err),
		&err, ERROR_CONFLICT, "network name 'one' is already taken");
	assert_failed(
		try_network(s, NET2, "two", "{\"subnet\": \"10.0.5.0/24\"}", NULL, interface, &err),
		&err, ERROR_CONFLICT, "subnet 10.0.5.0/24 overlaps the one of network 'one'");
	assert_failed(
		try_network(s, NET2, "two", "{\"subnet\": \"10.0.0.0/15\"}", NULL, interface, &err),
		&err, ERROR_CONFLICT, "subnet 10.0.0.0/15 overlaps the one of network 'one'");
	assert_failed(try_network(s, NET2, "two",
			      "{\"subnet\": \"10.1.0.0/16\", \"subnet6\": \"fd00::/48\"}", NULL,
			      interface, &err),
		&err, ERROR_CONFLICT, "subnet fd00::/48 overlaps the one of network 'one'");
	assert_failed(
		try_network(s, NET2, "two", "{\"subnet\": \"10.1.0.1/16\"}", NULL, interface, &err),
		&err, ERROR_INVALID,
		"subnet: '10.1.0.1/16' is not a subnet: bits behind the prefix are set; it would "
		"be 10.1.0.0/16");
	assert_int_equal(free_ranges(s), 2); /* the failed ones have left nothing */
	add_network(
		s, NET2, "two", "{\"subnet\": \"10.1.0.0/16\", \"subnet6\": \"fd00:0:0:1::/64\"}");
	check(store_removing_network(s, NET, false, &err), &err);
	add_network(s, NET3, "one", "{\"subnet\": \"10.2.0.0/16\"}");
}

static void test_network_states(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	char id[ID_LEN + 1], interface[INTERFACE_MAX];
	struct network *list, n;
	struct network_endpoint e;
	struct error err;
	size_t count;

	add_container(s, 1);
	check(try_network(s, NET, "one",
		      "{\"subnet\": \"10.0.0.0/24\", \"driver\": \"vnet\", \"internal\": true}",
		      NULL, interface, &err),
		&err);
	assert_int_equal(store_find_network(s, "one", id, &err), -1);
	assert_failed(connect_to(s, NET, 1, "any", "any", &e, &err), &err, ERROR_NOT_FOUND,
		"no such network '" NET "'");
	check(store_network_ready(s, NET, &err), &err);
	check(store_find_network(s, "one", id, &err), &err);
	check(store_find_network(s, "eee", id, &err), &err);
	assert_string_equal(id, NET);
	check(store_get_network(s, NET, &n, &err), &err);
	assert_string_equal(n.name, "one");
	assert_string_equal(n.interface, "kleene0");
	assert_int_equal(n.settings.type, NETWORK_BRIDGE);
	assert_true(n.settings.internal);
	network_free(&n);
	check(connect_to(s, NET, 1, "any", "any", &e, &err), &err);
	check(store_removing_network(s, NET, false, &err), &err);
	assert_failed(store_find_network(s, "one", id, &err), &err, ERROR_NOT_FOUND,
		"no such network 'one'");
	assert_failed(store_drop_network(s, NET, &err), &err, ERROR_CONFLICT,
		"network " NET " still has endpoints");
	check(store_list_networks(s, STATE_REMOVING, &list, &count, &err), &err);
	assert_int_equal(count, 1);
	assert_string_equal(list[0].name, "");
	network_list_free(list, count);
	disconnect(s, 1);
	check(store_drop_network(s, NET, &err), &err);
	assert_int_equal(free_ranges(s), 0);
}

/* ---- endpoints ---- */

static void test_messages(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	char container[ID_LEN + 1];
	struct network_endpoint e;
	struct error err;

	for (unsigned int i = 1; i <= 4; i++)
		add_container(s, i);
	add_network(s, NET, "net", "{\"type\": \"bridge\", \"subnet\": \"10.0.0.0/29\"}");
	assert_connects(s, NET, 1, "10.0.0.5", "any", "10.0.0.5", "");
	assert_refused(
		s, NET, 2, "10.0.0.5", "any", "address 10.0.0.5 is already taken in network 'net'");
	assert_refused(s, NET, 2, "10.0.0.8", "any",
		"address 10.0.0.8 is outside the subnet 10.0.0.0/29 of network 'net'");
	assert_refused(s, NET, 2, "10.0.0.0", "any",
		"address 10.0.0.0 is the network address of network 'net' (10.0.0.0/29)");
	assert_refused(s, NET, 2, "10.0.0.7", "any",
		"address 10.0.0.7 is the broadcast address of network 'net' (10.0.0.0/29)");
	assert_refused(s, NET, 2, "10.0.0.1", "any",
		"address 10.0.0.1 is the gateway address of network 'net' (10.0.0.0/29)");
	assert_refused(s, NET, 2, "any", "fd00::1", "network 'net' has no IPv6 subnet");
	assert_refused(s, NET, 2, "", "any", "no address is asked for that network 'net' has");
	assert_refused(s, NET, 1, "any", "any",
		"container 'container1' is already connected to network 'net'");
	assert_connects(s, NET, 2, "any", "any", "10.0.0.2", "");
	assert_failed(connect_to(s, NET, 99, "any", "any", &e, &err), &err, ERROR_NOT_FOUND,
		"no such container 'c00000000063'");
	id_of('c', 3, container);
	assert_int_equal(store_find_endpoint(s, NET, container, &e, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	check(store_find_endpoint(s, NET, id_of('c', 2, container), &e, &err), &err);
	assert_string_equal(e.id, "d00000000002");
	assert_int_equal(e.state, STATE_CREATING);
	check(store_endpoint_ready(s, e.id, &err), &err);
	check(store_removing_endpoint(s, e.id, &err), &err);
	assert_refused(
		s, NET, 3, "10.0.0.2", "any", "address 10.0.0.2 is already taken in network 'net'");
	disconnect(s, 2);
	assert_connects(s, NET, 3, "10.0.0.2", "", "10.0.0.2", "");
}

/* Connects as many containers as there is room for; they get the addresses in order. */
static void assert_room(struct store *s, const char *config, int family, const char *addresses)
{
	AUTO_FREE char *list = xstrdup(addresses);
	unsigned int n = 0;
	char *next = list, *address;
	struct error err;
	struct network_endpoint e;

	add_network(s, NET, "net", config);
	while ((address = strsep(&next, " ")) != NULL && address[0] != '\0')
		assert_connects(s, NET, ++n, "any", "any", family == AF_INET ? address : "",
			family == AF_INET6 ? address : "");
	assert_int_equal(connect_to(s, NET, n + 1, "any", "any", &e, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_non_null(strstr(err.message, "address left in"));
	while (n > 0)
		disconnect(s, n--);
	check(store_removing_network(s, NET, false, &err), &err);
	check(store_drop_network(s, NET, &err), &err);
}

static void test_small_subnets(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;

	for (unsigned int i = 1; i <= 8; i++)
		add_container(s, i);
	assert_room(s, "{\"subnet\": \"10.0.0.4/30\"}", AF_INET, "10.0.0.5 10.0.0.6");
	assert_room(s, "{\"subnet\": \"10.0.0.4/31\"}", AF_INET, "10.0.0.4 10.0.0.5");
	assert_room(s, "{\"subnet\": \"10.0.0.4/32\"}", AF_INET, "10.0.0.4");
	assert_room(s, "{\"subnet6\": \"fd00::4/127\"}", AF_INET6, "fd00::4 fd00::5");
	assert_room(s, "{\"subnet6\": \"fd00::4/128\"}", AF_INET6, "fd00::4");
	assert_room(s, "{\"subnet\": \"10.0.0.4/30\", \"type\": \"bridge\"}", AF_INET, "10.0.0.6");
	assert_room(s, "{\"subnet\": \"10.0.0.4/31\", \"type\": \"bridge\"}", AF_INET, "10.0.0.5");
	assert_room(s, "{\"subnet\": \"10.0.0.4/32\", \"type\": \"bridge\"}", AF_INET, "");
	assert_room(s, "{\"subnet6\": \"fd00::/127\", \"type\": \"bridge\"}", AF_INET6, "fd00::1");
	assert_room(s,
		"{\"subnet\": \"10.0.0.0/29\", \"type\": \"bridge\", \"gateway\": \"10.0.0.3\"}",
		AF_INET, "10.0.0.1 10.0.0.2 10.0.0.4 10.0.0.5 10.0.0.6");
}

/* An address that the host itself has is nobody's. */
static void test_excluded(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct address a;
	struct error err;
	char id[ID_LEN + 1], interface[INTERFACE_MAX];

	add_container(s, 1);
	id_of('e', 0, id);
	check(try_network(s, id, "lan", "{\"subnet\": \"10.0.0.0/29\"}", NULL, interface, &err),
		&err);
	check(address_parse("10.0.0.1", AF_INET, &a, &err), &err);
	check(store_reserve_address(s, id, &a, &err), &err);
	check(store_reserve_address(s, id, &a, &err), &err);
	check(store_network_ready(s, id, &err), &err);
	assert_refused(
		s, id, 1, "10.0.0.1", "", "address 10.0.0.1 is already taken in network 'lan'");
	assert_connects(s, id, 1, "any", "", "10.0.0.2", "");
}

static void test_large_ipv6(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;

	for (unsigned int i = 1; i <= 5; i++)
		add_container(s, i);
	add_network(s, NET, "net", "{\"subnet6\": \"fd00::/64\", \"type\": \"bridge\"}");
	assert_connects(s, NET, 1, "any", "any", "", "fd00::2");
	assert_connects(
		s, NET, 2, "any", "fd00::ffff:ffff:ffff:ffff", "", "fd00::ffff:ffff:ffff:ffff");
	assert_connects(s, NET, 3, "any", "fd00::3", "", "fd00::3");
	assert_connects(s, NET, 4, "any", "any", "", "fd00::4");
	assert_refused(s, NET, 5, "any",
		"fd00::", "address fd00:: is the network address of network 'net' (fd00::/64)");
	assert_refused(s, NET, 5, "any", "fd00:0:0:1::1",
		"address fd00:0:0:1::1 is outside the subnet fd00::/64 of network 'net'");
	for (unsigned int i = 1; i <= 4; i++)
		disconnect(s, i);
	assert_int_equal(free_ranges(s), 1);
}

/* What the statements did since the last call: rows stepped over without an index, and all steps.
 */
static void statement_work(struct store *s, int *scanned, int *steps)
{
	*scanned = *steps = 0;
	for (size_t i = 0; i < s->nstatements; i++) {
		sqlite3_stmt *st = s->statements[i];

		*scanned += sqlite3_stmt_status(st, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
		*scanned += sqlite3_stmt_status(st, SQLITE_STMTSTATUS_SORT, 1);
		*steps += sqlite3_stmt_status(st, SQLITE_STMTSTATUS_VM_STEP, 1);
	}
}

/* Takes two addresses and gives them back; returns how many steps that was. */
static int measure(struct store *s)
{
	int scanned, steps;

	statement_work(s, &scanned, &steps);
	assert_connects(s, NET, 1, "any", "any", "10.0.0.1", "");
	assert_connects(s, NET, 2, "10.16.0.1", "any", "10.16.0.1", "");
	disconnect(s, 1);
	disconnect(s, 2);
	statement_work(s, &scanned, &steps);
	assert_int_equal(scanned, 0);
	return steps;
}

static void test_nearly_full(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	int empty;

	for (unsigned int i = 1; i <= 4; i++)
		add_container(s, i);
	add_network(s, NET, "net", "{\"subnet\": \"10.0.0.0/8\"}");
	empty = measure(s);

	/* every other address of the upper half of the first /9 is taken: 2^18 holes of one */
	assert_int_equal(
		sqlite3_exec(s->db,
			"DELETE FROM free_range;"
			"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
			" WHERE i < 262143) INSERT INTO free_range SELECT '" NET "', 0, k, k"
			" FROM (SELECT printf('%08x', 0x0a100001 + 2 * i) AS k FROM n);"
			"INSERT INTO free_range VALUES ('" NET "', 0, '0a000001', "
			"'0a000001')",
			NULL, NULL, NULL),
		SQLITE_OK);
	assert_in_range(measure(s), 1, (uintmax_t)empty * 2);

	/* three are left of 16 million */
	assert_int_equal(sqlite3_exec(s->db,
				 "DELETE FROM free_range; INSERT INTO free_range VALUES"
				 " ('" NET "', 0, '0a7fffff', '0a800000'), ('" NET
				 "', 0, '0afffffe', '0afffffe')",
				 NULL, NULL, NULL),
		SQLITE_OK);
	assert_connects(s, NET, 1, "any", "any", "10.127.255.255", "");
	assert_connects(s, NET, 2, "10.255.255.254", "any", "10.255.255.254", "");
	assert_connects(s, NET, 3, "any", "any", "10.128.0.0", "");
	assert_refused(
		s, NET, 4, "any", "any", "network 'net' has no IPv4 address left in 10.0.0.0/8");
	disconnect(s, 3);
	assert_connects(s, NET, 4, "any", "any", "10.128.0.0", "");
}

/* ---- against a naive model ---- */

#define MODEL_SIZE 62 /* usable addresses of a /26 */

static unsigned int random_below(uint32_t *seed, unsigned int n)
{
	*seed = *seed * 1664525U + 1013904223U;
	return (*seed >> 8) % n;
}

static void model_connect(struct store *s, unsigned int *holder, unsigned int who, int wanted)
{
	char text[ADDRESS_TEXT_MAX] = "any";
	unsigned int lowest = 0;
	struct network_endpoint e;
	struct error err;
	int result;

	while (lowest < MODEL_SIZE && holder[lowest] != 0)
		lowest++;
	if (wanted >= 0)
		snprintf(text, sizeof(text), "10.0.0.%d", wanted + 1);
	result = connect_to(s, NET, who, text, "any", &e, &err);
	if (wanted >= 0 ? holder[wanted] != 0 : lowest == MODEL_SIZE) {
		assert_int_equal(result, -1);
		return;
	}
	check(result, &err);
	if (wanted < 0)
		wanted = (int)lowest;
	assert_int_equal((uint32_t)e.address[IPV4].value, 0x0a000001 + (uint32_t)wanted);
	holder[wanted] = who;
}

/* How many runs of free addresses the model has. */
static int model_ranges(const unsigned int *holder)
{
	int n = 0;

	for (int i = 0; i < MODEL_SIZE; i++)
		n += holder[i] == 0 && (i == 0 || holder[i - 1] != 0);
	return n;
}

static void test_random(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	unsigned int holder[MODEL_SIZE] = {0}; /* number of the container that has it; 0: none */
	bool connected[MODEL_SIZE + 3] = {false};
	uint32_t seed = 20260101;

	for (unsigned int i = 1; i <= MODEL_SIZE + 2; i++)
		add_container(s, i);
	add_network(s, NET, "net", "{\"subnet\": \"10.0.0.0/26\"}");
	for (int step = 0; step < 3000; step++) {
		/* now it is filled up, now emptied */
		unsigned int who = 1 + random_below(&seed, MODEL_SIZE + 2);
		bool filling = step / 500 % 2 == 0;

		if (connected[who] && random_below(&seed, 4) < (filling ? 1 : 3)) {
			disconnect(s, who);
			for (int i = 0; i < MODEL_SIZE; i++)
				if (holder[i] == who)
					holder[i] = 0;
		} else if (!connected[who]) {
			model_connect(s, holder, who,
				random_below(&seed, 2) ? (int)random_below(&seed, MODEL_SIZE) : -1);
		}
		connected[who] = false;
		for (int i = 0; i < MODEL_SIZE; i++)
			connected[who] = connected[who] || holder[i] == who;
		assert_int_equal(free_ranges(s), model_ranges(holder));
	}
}

/* ---- threads ---- */

#define THREADS 8
#define EACH	12 /* 96 containers want 62 addresses */

struct job {
	struct store *s;
	unsigned int first;
	unsigned int connected, refused;
};

static void *connect_many(void *arg)
{
	struct job *j = arg;
	struct network_endpoint e;
	struct error err;

	for (unsigned int i = 0; i < EACH; i++) {
		if (connect_to(j->s, NET, j->first + i, "any", "any", &e, &err) == 0)
			j->connected++;
		else
			j->refused++;
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	unsigned int connected = 0, refused = 0;
	struct job jobs[THREADS];
	pthread_t threads[THREADS];
	bool seen[256] = {false};
	struct network_endpoint *list;
	struct error err;
	size_t n;

	for (unsigned int i = 1; i <= THREADS * EACH; i++)
		add_container(s, i);
	add_network(s, NET, "net", "{\"subnet\": \"10.0.0.0/26\"}");
	for (unsigned int i = 0; i < THREADS; i++) {
		jobs[i] = (struct job){.s = s, .first = 1 + i * EACH};
		assert_int_equal(pthread_create(&threads[i], NULL, connect_many, &jobs[i]), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		connected += jobs[i].connected;
		refused += jobs[i].refused;
	}
	assert_int_equal(connected, MODEL_SIZE);
	assert_int_equal(refused, THREADS * EACH - MODEL_SIZE);
	check(store_list_endpoints(s, NET, NULL, &list, &n, &err), &err);
	assert_int_equal(n, MODEL_SIZE);
	for (size_t i = 0; i < n; i++) {
		unsigned int last = (unsigned int)list[i].address[IPV4].value & 255;

		assert_false(seen[last]);
		seen[last] = true;
	}
	free(list);
	assert_int_equal(free_ranges(s), 0);
}

static void test_several_networks(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	char container[ID_LEN + 1];
	struct network_endpoint *list;
	struct error err;
	size_t n;

	add_container(s, 1);
	add_container(s, 2);
	add_network(s, NET, "one", "{\"subnet\": \"10.0.0.0/24\", \"subnet6\": \"fd00::/64\"}");
	add_network(s, NET2, "two", "{\"subnet\": \"10.0.1.0/24\"}");
	assert_connects(s, NET2, 1, "any", "any", "10.0.1.1", "");
	assert_connects(s, NET, 1, "any", "any", "10.0.0.1", "fd00::1");
	assert_connects(s, NET, 2, "any", "", "10.0.0.2", "");
	check(store_list_endpoints(s, NULL, id_of('c', 1, container), &list, &n, &err), &err);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].network_id, NET2); /* in the order of connecting */
	assert_string_equal(list[1].network_id, NET);
	free(list);
	check(store_list_endpoints(s, NULL, NULL, &list, &n, &err), &err);
	assert_int_equal(n, 3);
	free(list);
	/* a container that goes gives all back */
	check(store_removing_container(s, container, false, &err), &err);
	check(store_drop_container(s, container, &err), &err);
	check(store_list_endpoints(s, NULL, NULL, &list, &n, &err), &err);
	assert_int_equal(n, 1);
	free(list);
	assert_int_equal(free_ranges(s), 4);
}

/* ---- published ports ---- */

#define BOTH (1U << IPV4 | 1U << IPV6)

static struct published_port port(const char *place, enum protocol protocol, unsigned int low,
	unsigned int high, unsigned int target)
{
	struct published_port p = {
		.protocol = protocol, .low = low, .high = high, .target = target};

	published_port_set_place(&p, place);
	return p;
}

static int publish(struct store *s, unsigned int number, struct published_port p,
	unsigned int families, struct error *err)
{
	char container[ID_LEN + 1];

	return store_publish(s, id_of('c', number, container), &p, 1, families, err);
}

static void test_ports(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct published_port list[] = {
		port("eth0", PROTOCOL_TCP, 8000, 8010, 80), port("eth0", PROTOCOL_UDP, 53, 53, 53)};
	struct published_port *all;
	char container[ID_LEN + 1];
	struct error err;
	size_t n;

	for (unsigned int i = 1; i <= 3; i++)
		add_container(s, i);
	check(store_publish(s, id_of('c', 1, container), list, 2, BOTH, &err), &err);
	assert_failed(publish(s, 2, port("eth0", PROTOCOL_TCP, 8010, 8010, 1), BOTH, &err), &err,
		ERROR_CONFLICT,
		"port 8010/tcp of interface eth0 is already published by container 'container1'");
	assert_failed(publish(s, 2, port("eth0", PROTOCOL_TCP, 7000, 9000, 1), BOTH, &err), &err,
		ERROR_CONFLICT,
		"ports 7000:9000/tcp of interface eth0 are already published by container "
		"'container1'");
	assert_int_equal(publish(s, 2, port("eth0", PROTOCOL_TCP, 7000, 8000, 1), BOTH, &err), -1);
	assert_int_equal(
		publish(s, 2, port("eth0", PROTOCOL_TCP, 8005, 8006, 1), 1U << IPV6, &err), -1);
	check(publish(s, 2, port("eth0", PROTOCOL_TCP, 7000, 7999, 1), BOTH, &err), &err);
	check(publish(s, 2, port("eth0", PROTOCOL_TCP, 8011, 8011, 1), BOTH, &err), &err);
	check(publish(s, 2, port("eth1", PROTOCOL_TCP, 8000, 8000, 1), BOTH, &err), &err);
	check(publish(s, 3, port("eth0", PROTOCOL_UDP, 8000, 8000, 1), BOTH, &err), &err);
	check(store_list_ports(s, NULL, &all, &n, &err), &err);
	assert_int_equal(n, 4);
	assert_int_equal(all[0].high, 8010);
	assert_int_equal(all[0].target, 80);
	free(all);
	/* a port can change hands */
	check(store_publish(s, container, NULL, 0, BOTH, &err), &err);
	check(publish(s, 2, port("eth0", PROTOCOL_TCP, 8000, 8000, 1), 1U << IPV4, &err), &err);
	check(publish(s, 3, port("eth0", PROTOCOL_TCP, 8000, 8000, 1), 1U << IPV6, &err), &err);
	check(store_removing_container(s, id_of('c', 2, container), false, &err), &err);
	check(store_drop_container(s, container, &err), &err);
	check(publish(s, 1, port("eth0", PROTOCOL_TCP, 8000, 8000, 1), 1U << IPV4, &err), &err);
	list[1] = port("eth1", PROTOCOL_TCP, 70, 80, 70);
	list[0] = port("eth1", PROTOCOL_TCP, 80, 90, 80);
	assert_failed(store_publish(s, id_of('c', 3, container), list, 2, BOTH, &err), &err,
		ERROR_CONFLICT, "ports 70:80/tcp of interface eth1 are published twice");
	check(store_list_ports(s, container, &all, &n, &err), &err);
	assert_int_equal(n, 1); /* what it had before */
	free(all);
}

/* A place that is an address has its family alone. */
static void test_ports_at_addresses(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct published_port *all;
	struct error err;
	size_t n;

	add_container(s, 1);
	add_container(s, 2);
	check(publish(s, 1, port("127.0.0.1", PROTOCOL_TCP, 80, 80, 80), BOTH, &err), &err);
	assert_failed(publish(s, 2, port("127.0.0.1", PROTOCOL_TCP, 80, 80, 1), BOTH, &err), &err,
		ERROR_CONFLICT,
		"port 80/tcp of 127.0.0.1 is already published by container 'container1'");
	check(publish(s, 2, port("::1", PROTOCOL_TCP, 80, 80, 1), BOTH, &err), &err);
	check(store_list_ports(s, NULL, &all, &n, &err), &err);
	assert_int_equal(n, 2);
	assert_string_equal(all[0].place, "127.0.0.1");
	assert_int_equal(all[0].address.family, AF_INET);
	assert_int_equal(all[1].address.value, 1);
	free(all);
}

/* Open ports have no number until one is noted, and keep it when others are published beside. */
static void test_open_ports(void **state)
{
	struct published_port list[] = {port("eth0", PROTOCOL_TCP, 0, 0, 80),
		port("127.0.0.1", PROTOCOL_TCP, 0, 0, 80), port("eth0", PROTOCOL_UDP, 0, 0, 53),
		port("eth0", PROTOCOL_TCP, 9000, 9000, 90)};
	struct store *s = ((struct fixture *)*state)->s;
	struct published_port *all;
	char container[ID_LEN + 1];
	struct error err;
	size_t n;

	add_container(s, 1);
	add_container(s, 2);
	for (int i = 0; i < 3; i++)
		list[i].open = true;
	/* two containers, and the same twice, are no conflict */
	check(store_publish(s, id_of('c', 2, container), list, 3, BOTH, &err), &err);
	check(store_publish(s, id_of('c', 1, container), list, 3, BOTH, &err), &err);
	check(store_list_ports(s, container, &all, &n, &err), &err);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		assert_true(all[i].open);
		assert_int_equal(all[i].low, 0);
		all[i].low = all[i].high = all[i].target == 80 ? 40080 : 40053;
	}
	check(store_choose_ports(s, container, all, n, &err), &err);
	free(all);
	check(store_publish(s, container, list, ARRAY_SIZE(list), BOTH, &err), &err);
	check(store_list_ports(s, container, &all, &n, &err), &err);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(all[i].open, all[i].target != 90);
		assert_int_equal(all[i].low, all[i].target == 80   ? 40080
					     : all[i].target == 53 ? 40053
								   : 9000);
		assert_int_equal(all[i].high, all[i].low);
	}
	free(all);
	check(store_publish(s, container, NULL, 0, BOTH, &err), &err);
	check(store_list_ports(s, container, &all, &n, &err), &err);
	assert_int_equal(n, 0);
	free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_interfaces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names_and_overlaps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_network_states, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_messages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_small_subnets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_excluded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_large_ipv6, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nearly_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_random, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_threads, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_several_networks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ports, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ports_at_addresses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_open_ports, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
