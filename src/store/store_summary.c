/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Containers for a list of them: pages, so that thousands need no more memory than a few hundred,
 * and configurations as the texts they are stored as, which SQLite completes.
 */
#include <string.h>

#include "base/mem.h"
#include "store/store_sql.h"

#define PAGE 256

/* What is shown of the configuration as it is; older containers lack what came later. */
#define TEXT                                                                                       \
	"json_remove(json_insert(c.config, '$.memory', 0, '$.cpus', 0, '$.pids', 0, "              \
	"'$.jail_param',"                                                                          \
	" json('[]')), '$.public_ports')"

/* What the daemon must look at. */
#define CONFIG                                                                                     \
	"json_object('public_ports', json_extract(c.config, '$.public_ports'), 'restart_policy',"  \
	" json_extract(c.config, '$.restart_policy'))"

#define WHOLE "json_valid(c.config) AND json_type(c.config) = 'object'"

static void read_row(sqlite3_stmt *st, void *arg)
{
	struct container_page *page = arg;
	struct container_summary *s = &page->items[page->n++];
	struct container *c = &s->container;

	*s = (struct container_summary){.text = sql_text(st, 12)};
	sql_take_id(st, c->id);
	c->name = sql_text(st, 1);
	c->image_id = sql_text(st, 2);
	c->created = sql_text(st, 3);
	c->state = STATE_READY;
	c->exit.code = sqlite3_column_int(st, 4);
	c->exit.out_of_memory = sqlite3_column_int(st, 5) != 0;
	c->wanted = sqlite3_column_int(st, 6) != 0;
	c->restarts = (unsigned int)sqlite3_column_int(st, 7);
	c->image_name = sql_text(st, 8);
	c->image_tag = sql_text(st, 9);
	c->snapshot = sql_text(st, 10);
	c->config = sql_json(st, 11, &c->broken);
	c->visit = (enum visit)sqlite3_column_int(st, 13);
	c->started = sql_text(st, 14);
}

int store_next_containers(struct store *s, struct container_page *page, struct error *err)
{
	char id[ID_LEN + 1] = "";
	AUTO_FREE char *created = xstrdup("~"); /* which is after every time */
	int result;

	if (page->items != NULL && page->n < PAGE) { /* that was the last */
		container_page_free(page);
		return 0;
	}
	if (page->items != NULL && page->n > 0) {
		const struct container *last = &page->items[page->n - 1].container;

		free(take_ptr(&created));
		created = xstrdup(last->created);
		memcpy(id, last->id, sizeof(id));
	}
	container_page_free(page);
	page->items = xcalloc(PAGE, sizeof(*page->items));
	if (sql_begin(s, false, err) != 0)
		return -1;
	result = sql_run(s, read_row, page, err,
		"SELECT c.id, c.name, c.image_id, c.created, c.exit_code, c.out_of_memory, "
		"c.wanted,"
		" c.restarts, " SQL_IMAGE_NAME("name") ", " SQL_IMAGE_NAME(
			"tag") ", c.snapshot, iif(" WHOLE ", " CONFIG ", ''),"
			       " iif(" WHOLE ", " TEXT ", '{}'), c.visit, c.started"
			       " FROM container c JOIN image i ON i.id = c.image_id WHERE c.state "
			       "= 1"
			       " AND c.created <= ?1 AND (c.created < ?1 OR c.id > ?2)"
			       " ORDER BY c.created DESC, c.id LIMIT ?3",
		"ssi", created, id, PAGE);
	return sql_end(s, result, err) != 0 ? -1 : page->n > 0;
}

void container_page_free(struct container_page *page)
{
	for (size_t i = 0; page->items != NULL && i < page->n; i++) {
		container_free(&page->items[i].container);
		free(page->items[i].text);
	}
	free(page->items);
	*page = (struct container_page){0};
}
