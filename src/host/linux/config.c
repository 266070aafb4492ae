/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/system.h"

const char daemon_config_path[] = "/etc/kleened/config.yaml";
