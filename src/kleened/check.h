/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said of a daemon from outside, before and after it is started: whether its configuration
 * would do, and whether it answers. Nothing is changed by it.
 */
#ifndef KLEENED_CHECK_H
#define KLEENED_CHECK_H

/*
 * kleened --check: reads the configuration (NULL: the default one) and looks whether what it names
 * can be used, be there a daemon that runs with it or not. Returns the exit code: 0, or 1 after a
 * line that says why not.
 */
int check_main(const char *config_path);

/* kleened --ready: 0 if somebody answers on the first socket of the configuration. */
int ready_main(const char *config_path);

#endif
