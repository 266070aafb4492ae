#include "kleened/config.h"

const char config_default_path[] = "/usr/local/etc/kleened/config.yaml";
