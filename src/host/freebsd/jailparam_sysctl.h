/* SPDX-License-Identifier: BSD-2-Clause */
/* The running kernel's jail parameters and their types. */
#ifndef FREEBSD_JAILPARAM_SYSCTL_H
#define FREEBSD_JAILPARAM_SYSCTL_H

#include "host/freebsd/jailparam.h"

/*
 * A jailparam_lookup (ctx unused): reads the type from the sysctl(3) node security.jail.param.*
 * of that name, and loads the kernel module that brings the parameter where that is known.
 */
jailparam_lookup jailparam_sysctl;

#endif
