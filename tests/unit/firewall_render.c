/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints what becomes of a firewall's model described in JSON:
 *
 *   firewall_render nft MODEL             the whole ruleset
 *   firewall_render nft-change OLD NEW    what leads from one to the other
 *   firewall_render nft-remove MODEL      what removes it
 *   firewall_render nft-remove-but-admin MODEL
 *   firewall_render pf MODEL TEMPLATE     the template with the rules in it
 */
#include "firewall_json.h"

#include "read_text.h"

static int usage(void)
{
	fprintf(stderr, "usage: firewall_render nft|nft-change|nft-remove|nft-remove-but-admin|pf"
			" MODEL [MODEL|TEMPLATE]\n");
	return 2;
}

static int render(const char *what, const struct firewall *fw, const char *other,
	struct buffer *out, struct error *err)
{
	if (strcmp(what, "nft") == 0)
		return firewall_nft_all(fw, out, err);
	if (strcmp(what, "pf") == 0) {
		AUTO_FREE char *template = read_text(other);

		return firewall_pf_render(fw, template, out, err);
	}
	if (strcmp(what, "nft-change") == 0) {
		struct firewall_file after = firewall_read(other);

		firewall_nft_change(fw, &after.fw, out);
		firewall_file_free(&after);
		return 0;
	}
	firewall_nft_remove(fw->instance, strcmp(what, "nft-remove") != 0, out);
	return 0;
}

int main(int argc, char **argv)
{
	bool two = argc > 1 && (strcmp(argv[1], "pf") == 0 || strcmp(argv[1], "nft-change") == 0);
	struct buffer out = {0};
	struct firewall_file f;
	struct error err;
	int result;

	if (argc != (two ? 4 : 3))
		return usage();
	f = firewall_read(argv[2]);
	result = render(argv[1], &f.fw, two ? argv[3] : NULL, &out, &err);
	if (result == 0 && out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	else if (result != 0)
		fprintf(stderr, "firewall_render: %s\n", err.message);
	buffer_free(&out);
	firewall_file_free(&f);
	return result == 0 ? 0 : 1;
}
