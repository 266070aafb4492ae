#include "kleened/config.h"

const char config_default_path[] = "/etc/kleened/config.yaml";
