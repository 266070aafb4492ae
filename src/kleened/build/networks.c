/* Networks of builds. */
#include "kleened/build/build_private.h"

int build_networks(struct build *b, struct error *err)
{
	if (json_array_size(json_object_get(b->config, "networks")) > 0)
		return error_set(err, ERROR_INVALID,
			"ImageBuildConfig.networks: there are no networks to connect to");
	return 0;
}
