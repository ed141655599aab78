# SPDX-License-Identifier: GPL-2.0-only
"""A kernel tree: where it begins, and which release it is."""

from __future__ import annotations

import re
from pathlib import Path

from mmapmigrate.disk.scan import is_file, read_whole
from mmapmigrate.kernel.errors import KernelError

LANDMARKS = ("MAINTAINERS", "Kconfig", "include/linux/mm.h")
"""What the top of every kernel tree has, and no folder below it."""

NOT_API = frozenset({"dt-bindings", "uapi", "generated", "config"})
"""Folders of include/ that hold constants and what user space sees: no kernel function is declared there."""

_LARGEST = 4 << 20
"""Bytes of a Makefile; that of Linux 7.3 has 70,000."""

_VERSION = re.compile(rb"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*=[ \t]*([^\s#]*)", re.MULTILINE)


def is_tree(folder: Path) -> bool:
    """Whether ``folder`` is the top of a kernel tree."""
    return all(is_file(f"{folder}/{landmark}") for landmark in LANDMARKS)


def find_tree(path: str | Path) -> Path | None:
    """The top of the kernel tree that holds ``path`` (a file or a folder, which need not exist), or None.

    The result is absolute; symbolic links in ``path`` are not followed, so that a tree that links in a file
    from elsewhere still holds it.
    """
    here = Path(path).absolute()
    # ".." is taken literally first: "drivers/../mm" is below the tree either way.
    for folder in (here, *here.parents):
        if folder.name == "..":
            continue
        if is_tree(folder):
            return folder
    return None


def read_release(root: Path) -> str:
    """The release of the tree at ``root`` as its Makefile says it, like ``7.3.4`` or ``7.4.0-rc2``.

    Raises KernelError when the Makefile cannot be read or names no version.
    """
    makefile = root / "Makefile"
    try:
        head = read_whole(str(makefile), _LARGEST)[:4096]
    except OSError as error:
        raise KernelError(f"cannot read {makefile}: {error.strerror or error}") from None
    found: list[tuple[bytes, bytes]] = _VERSION.findall(head)
    parts = {key.decode(): value.decode("latin-1") for key, value in found}
    if not parts.get("VERSION", "").isdigit() or not parts.get("PATCHLEVEL", "").isdigit():
        raise KernelError(f"{makefile} names no kernel version")
    numbers = [parts["VERSION"], parts["PATCHLEVEL"]]
    if parts.get("SUBLEVEL"):
        numbers.append(parts["SUBLEVEL"])
    return ".".join(numbers) + parts.get("EXTRAVERSION", "")
