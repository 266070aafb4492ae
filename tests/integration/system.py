# SPDX-License-Identifier: BSD-2-Clause
"""The one place where the tests know what system they run on."""

import platform


def kind():
    if platform.system() == "Linux":
        import system_linux

        return system_linux.Linux
    if platform.system() == "FreeBSD":
        import system_freebsd

        return system_freebsd.FreeBSD
    raise RuntimeError(f"the integration tests do not know the system {platform.system()}")


def make(directory):
    return kind()(directory)
