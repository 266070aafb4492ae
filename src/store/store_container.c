/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/store_network_sql.h"

#define SELECT                                                                                     \
	"SELECT c.id, c.name, c.image_id, c.snapshot, c.created, c.state, c.exit_code, c.config,"  \
	" " SQL_IMAGE_NAME("name") ", " SQL_IMAGE_NAME(                                            \
		"tag") ", c.out_of_memory, c.wanted,"                                              \
		       " c.restarts, c.visit, c.started FROM container c JOIN"                     \
		       " image i ON i.id = c.image_id "

static void read_row(sqlite3_stmt *st, void *arg)
{
	struct container *c = arg;

	sql_take_id(st, c->id);
	c->name = sql_text(st, 1);
	c->image_id = sql_text(st, 2);
	c->snapshot = sql_text(st, 3);
	c->created = sql_text(st, 4);
	c->state = (enum object_state)sqlite3_column_int(st, 5);
	c->exit.code = sqlite3_column_int(st, 6);
	c->config = sql_json(st, 7, &c->broken);
	c->image_name = sql_text(st, 8);
	c->image_tag = sql_text(st, 9);
	c->exit.out_of_memory = sqlite3_column_int(st, 10) != 0;
	c->wanted = sqlite3_column_int(st, 11) != 0;
	c->restarts = (unsigned int)sqlite3_column_int(st, 12);
	c->visit = (enum visit)sqlite3_column_int(st, 13);
	c->started = sql_text(st, 14);
}

int store_add_container(struct store *s, const struct container *c, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err,
		"INSERT INTO container (id, name, image_id, snapshot, state, created, exit_code,"
		" config) SELECT ?, ?, id, ?, 0, ?, -1, ? FROM image WHERE id = ? AND state = 1",
		"ssssjs", c->id, c->name, c->snapshot, c->created, c->config, c->image_id);
	if (result < 0 && err->kind == ERROR_CONFLICT)
		error_set(err, ERROR_CONFLICT, "container name '%s' is already taken", c->name);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such image '%s'", c->image_id);
	return sql_end(s, result, err);
}

int store_container_ready(struct store *s, const char *id, bool durable, struct error *err)
{
	int result;

	if (sql_begin(s, durable, err) != 0)
		return -1;
	result =
		sql_run(s, NULL, NULL, err, "UPDATE container SET state = 1 WHERE id = ?", "s", id);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such container '%s'", id);
	else if (result > 0)
		result = sql_run(s, NULL, NULL, err,
			"UPDATE endpoint SET state = 1 WHERE container_id = ? AND state = 0", "s",
			id);
	return sql_end(s, result < 0 ? -1 : 0, err);
}

int store_removing_container(struct store *s, const char *id, bool volumes, struct error *err)
{
	return sql_change(s, false, "container",
		volumes ? "UPDATE container SET state = 2, name = NULL, config ="
			  " iif(json_valid(config), json_set(config, '$.remove_volumes', "
			  "json('true')),"
			  " config) WHERE id = ? AND state < 2"
			: "UPDATE container SET state = 2, name = NULL WHERE id = ? AND state < 2",
		id, err);
}

bool container_with_volumes(const struct container *c)
{
	return c->state == STATE_CREATING ||
	       json_is_true(json_object_get(c->config, "remove_volumes")) ||
	       json_is_true(json_object_get(c->config, "auto_remove"));
}

int store_drop_container(struct store *s, const char *id, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = drop_endpoints(s, id, err);
	if (result == 0)
		result = sql_run(s, NULL, NULL, err, "DELETE FROM container WHERE id = ?", "s", id);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such container '%s'", id);
	return sql_end(s, result, err);
}

int store_update_container(
	struct store *s, const char *id, const char *name, json_t *config, struct error *err)
{
	int result;

	if (sql_begin(s, true, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err,
		"UPDATE container SET name = ?, config = ? WHERE id = ? AND state = 1", "sjs", name,
		config, id);
	if (result < 0 && err->kind == ERROR_CONFLICT)
		error_set(err, ERROR_CONFLICT, "container name '%s' is already taken", name);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such container '%s'", id);
	return sql_end(s, result, err);
}

bool container_end_unknown(const struct container *c)
{
	return c->exit.code == EXIT_UNKNOWN || c->visit == VISIT_UNDER_WAY;
}

void store_container_started(struct store *s, const char *id, bool visit)
{
	char now[32];
	struct error err;

	timestamp(now);
	if (sql_begin(s, false, &err) != 0 ||
		sql_end(s,
			sql_run(s, NULL, NULL, &err,
				visit ? "UPDATE container SET visit = 1, started = ? WHERE id = ?"
				      : "UPDATE container SET visit = 0, started = ?, exit_code = "
					"-2, out_of_memory = 0 WHERE id = ?",
				"ss", now, id),
			&err) != 0)
		log_error("container %s: its start is not noted: %s", id, err.message);
}

void store_container_exited(struct store *s, const char *id, struct exit_status exit)
{
	struct error err;

	if (sql_begin(s, false, &err) != 0 ||
		sql_end(s,
			sql_run(s, NULL, NULL, &err,
				"UPDATE container SET exit_code = CASE visit WHEN 0 THEN ?1"
				" ELSE exit_code END, out_of_memory = CASE visit WHEN 0 THEN ?2"
				" ELSE out_of_memory END, visit = CASE visit WHEN 0 THEN 0 ELSE 2"
				" END WHERE id = ?3",
				"iis", exit.code, (int)exit.out_of_memory, id),
			&err) != 0)
		log_error("container %s: its exit code is lost: %s", id, err.message);
}

int store_container_wanted(struct store *s, const char *id, bool wanted, struct error *err)
{
	return sql_change(s, true, "container",
		wanted ? "UPDATE container SET wanted = 1 WHERE id = ?"
		       : "UPDATE container SET wanted = 0 WHERE id = ?",
		id, err);
}

int store_container_restarts(
	struct store *s, const char *id, unsigned int restarts, struct error *err)
{
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, NULL, NULL, err, "UPDATE container SET restarts = ? WHERE id = ?", "is",
		(int)restarts, id);
	return sql_end(s, result, err);
}

int store_find_container(struct store *s, const char *ref, char id[ID_LEN + 1], struct error *err)
{
	int result;

	id[0] = '\0';
	if (sql_begin(s, false, err) != 0)
		return -1;
	/* a whole id comes before a name that looks like one */
	result = sql_run(s, sql_take_id, id, err,
		"SELECT id FROM container WHERE state = 1 AND (id = ?1 OR name = ?1)"
		" ORDER BY id = ?1 DESC LIMIT 1",
		"s", ref);
	if (result == 0)
		result = sql_find_id(s, "container", "container", ref, id, err);
	return sql_end(s, result, err);
}

int store_get_container(struct store *s, const char *id, struct container *c, struct error *err)
{
	int result;

	*c = (struct container){0};
	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, read_row, c, err, SELECT "WHERE c.id = ?", "s", id);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no such container '%s'", id);
	else if (c->broken)
		result = sql_broken("container", c->name, err);
	result = sql_end(s, result, err);
	if (result != 0)
		container_free(c);
	return result;
}

void container_free(struct container *c)
{
	free(c->name);
	free(c->image_id);
	free(c->snapshot);
	free(c->image_name);
	free(c->image_tag);
	free(c->created);
	free(c->started);
	json_decref(c->config);
	*c = (struct container){0};
}

int store_list_containers(struct store *s, enum object_state state, struct container **list,
	size_t *n, struct error *err)
{
	struct sql_list l = {.size = sizeof(struct container), .read = read_row};
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, sql_append, &l, err,
		SELECT "WHERE c.state = ? ORDER BY c.created DESC, c.id", "i", (int)state);
	if (sql_end(s, result, err) != 0) {
		container_list_free(l.items, l.n);
		return -1;
	}
	*list = l.items;
	*n = l.n;
	return 0;
}

int store_list_volume_users(
	struct store *s, const char *volume, struct container **list, size_t *n, struct error *err)
{
	struct sql_list l = {.size = sizeof(struct container), .read = read_row};
	int result;

	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, sql_append, &l, err,
		SELECT "WHERE c.state = 1 AND EXISTS (SELECT 1 FROM json_each(" SQL_CONFIG(
			"c.config") ", '$.mounts')"
				    " m WHERE m.value ->> 'type' = 'volume' AND m.value ->> "
				    "'source' = ?)"
				    " ORDER BY c.created DESC, c.id",
		"s", volume);
	if (sql_end(s, result, err) != 0) {
		container_list_free(l.items, l.n);
		return -1;
	}
	*list = l.items;
	*n = l.n;
	return 0;
}

void container_list_free(struct container *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		container_free(&list[i]);
	free(list);
}
