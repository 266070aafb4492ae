/* SPDX-License-Identifier: BSD-2-Clause */
/* The base image of a FreeBSD host: the base.txz of the release that it runs. */
#include "base_image/base_image.h"

#include <sys/param.h>
#include <sys/sysctl.h>
#include <sys/utsname.h>

#include <errno.h>

#include "base/mem.h"
#include "base_image/freebsd/release.h"
#include "fetch/fetch.h"

#define MANIFEST_MAX (64u << 10) /* it has a line for each of a dozen files */

static int fetch_base(
	int dirfd, const char *release_dir, const struct progress *p, struct error *err)
{
	AUTO_FREE char *manifest_url = xasprintf("%s/MANIFEST", release_dir);
	AUTO_FREE char *base_url = xasprintf("%s/base.txz", release_dir);
	AUTO_FREE char *note = xasprintf("fetching %s", base_url);
	AUTO_FREE char *sum = NULL;
	struct buffer manifest = {0};

	progress_line(p, note);
	if (fetch_text(manifest_url, MANIFEST_MAX, &manifest, p, err) != 0) {
		buffer_free(&manifest);
		return -1;
	}
	buffer_add(&manifest, "", 0);
	sum = release_checksum(manifest.data, "base.txz");
	buffer_free(&manifest);
	if (sum == NULL)
		return error_set(err, ERROR_SYSTEM, "%s has no checksum of base.txz", manifest_url);
	return image_fetch(base_url, sum, dirfd, p, err);
}

int base_image_make(
	int dirfd, const char *dir, const struct progress *p, char **tag, struct error *err)
{
	char arch[64];
	size_t len = sizeof(arch);
	struct utsname host;

	if (uname(&host) != 0 || sysctlbyname("hw.machine_arch", arch, &len, NULL, 0) != 0)
		return error_errno(err, errno, "cannot tell which release is running");
	AUTO_FREE char *url = release_url(host.release, host.machine, arch, err);
	if (url == NULL || fetch_base(dirfd, url, p, err) != 0)
		return -1;
	*tag = release_tag(host.release);
	return 0;
}

/* freebsd-update(8) shows what it does by a pager, and exits with 2 when there is nothing to do */
const char base_image_update[] =
	"export PAGER=cat; release=$(freebsd-version -u); "
	"freebsd-update --not-running-from-cron --currently-running \"$release\" fetch && "
	"{ freebsd-update --not-running-from-cron --currently-running \"$release\" install || "
	"[ $? = 2 ]; }";
