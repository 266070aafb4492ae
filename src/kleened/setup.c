/* SPDX-License-Identifier: BSD-2-Clause */
#include "kleened/setup.h"

#include "daemon/config.h"

static const char *const words[] = {
	[SETUP_OK] = "ok",
	[SETUP_REBOOT] = "reboot",
	[SETUP_ADVICE] = "advice",
	[SETUP_MISSING] = "missing",
};

static void say(FILE *out, const char *word, const struct setup_item *item, const char *note)
{
	fprintf(out, "%-8s %s: %s\n", word, item->name, note != NULL ? note : "");
	fflush(out);
}

/* Whether it is there at the end: what a preparation says is believed only after another look. */
static bool prepare(const struct setup_item *item, const struct setup *s, FILE *out)
{
	AUTO(buffer_free) struct buffer did = {0}, now = {0};
	struct error err = {0};
	enum setup_state state;

	if (item->apply(s, item, &did, &err) != 0) {
		say(out, "failed", item, err.message);
		return false;
	}
	state = item->check(s, item, &now);
	if (state == SETUP_MISSING) {
		say(out, words[state], item, now.data);
		return false;
	}
	say(out, state == SETUP_OK ? "done" : words[state], item, did.data);
	return true;
}

int setup_run(const struct setup_item *items, const struct setup *s, bool apply, FILE *out)
{
	int missing = 0;

	for (const struct setup_item *item = items; item->name != NULL; item++) {
		AUTO(buffer_free) struct buffer note = {0};
		enum setup_state state = item->check(s, item, &note);

		if (state == SETUP_MISSING && apply && item->apply != NULL) {
			missing += prepare(item, s, out) ? 0 : 1;
			continue;
		}
		say(out, words[state], item, note.data);
		missing += state == SETUP_MISSING ? 1 : 0;
	}
	return missing;
}

int setup_main(const char *config_path, bool apply)
{
	struct error err = {0};
	struct config *c = config_load(config_path, &err);
	struct setup s;
	int missing;

	if (c == NULL) {
		fprintf(stderr, "kleened: %s\n", err.message);
		return 1;
	}
	s = (struct setup){
		.root = c->kleene_root,
		.firewall = c->pf_config_path,
		.template = c->pf_config_template_path,
	};
	missing = setup_run(setup_items, &s, apply, stdout);
	config_free(c);
	if (missing == 0)
		return 0;
	if (apply)
		fprintf(stderr, "kleened: %d of these could not be prepared\n", missing);
	else
		fprintf(stderr, "kleened: %d missing; 'kleened init' prepares what can be\n",
			missing);
	return 1;
}
