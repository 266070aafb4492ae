# SPDX-License-Identifier: BSD-2-Clause
"""Archives, good and bad."""

import io
import os
import subprocess
import tarfile

FILTERS = {"bz2": ["bzip2", "-c"], "gz": ["gzip", "-1c"], "xz": ["xz", "-0c"], "zst": ["zstd", "-1qc"]}


def compress(tar, path, kind):
    """Writes the tar file to path, compressed as kind says ("tar": not at all)."""
    if kind == "tar":
        os.link(tar, path)
        return
    with open(tar, "rb") as source, open(path, "wb") as target:
        subprocess.run(FILTERS[kind], stdin=source, stdout=target, check=True)


def pack(tree, path, kind):
    """Packs a directory."""
    plain = f"{path}.plain"
    with tarfile.open(plain, "w") as tar:
        tar.add(tree, arcname=".")
    compress(plain, path, kind)
    os.unlink(plain)


def pack_with(tree, path, attributes=None, **directories):
    """
    Packs a tree and, below it, other directories as what they are to be called. attributes: for
    paths in the archive, extended headers such as SCHILY.xattr.user.NAME.
    """
    attributes = attributes or {}

    def add_attributes(info):
        info.pax_headers = {k: str(v) for k, v in attributes.get(info.name, {}).items()}
        return info

    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        tar.add(tree, arcname=".")
        for name, directory in directories.items():
            tar.add(directory, arcname=name, filter=add_attributes)
    return path


def write(path, *members):
    """
    Writes a tar file of members, each a dictionary of what tarfile.TarInfo has, and "data". A name
    is kept as it is.
    """
    with tarfile.open(path, "w") as tar:
        for member in members:
            member = dict(member)
            data = member.pop("data", b"")
            info = tarfile.TarInfo()
            info.mode = 0o755
            info.size = len(data)
            for key, value in member.items():
                setattr(info, key, value)
            tar.addfile(info, io.BytesIO(data))
    return path


def directory(name):
    return {"name": name, "type": tarfile.DIRTYPE}


def file(name, data=b"content\n"):
    return {"name": name, "data": data}


def symlink(name, target):
    return {"name": name, "type": tarfile.SYMTYPE, "linkname": target}


def hardlink(name, target):
    return {"name": name, "type": tarfile.LNKTYPE, "linkname": target}


def device(name, major, minor):
    return {"name": name, "type": tarfile.CHRTYPE, "devmajor": major, "devminor": minor}
