# SPDX-License-Identifier: GPL-2.0-only
"""The floor: ``python files.py list|read FOLDER`` lists or reads its .c and .h files in one process.

It is a program of its own, and imports nothing of ours: it is what any Python program must spend.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

SUFFIXES = (".c", ".h")


def sources(folder: str) -> Iterator[str]:
    """The .c and .h files below ``folder``, in no order."""
    pending = [folder]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git":
                        pending.append(entry.path)
                elif entry.name.endswith(SUFFIXES):
                    yield entry.path


def read(folder: str) -> int:
    """Reads all of them; the number of their bytes."""
    total = 0
    for path in sources(folder):
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue  # A link that leads nowhere.
        try:
            while block := os.read(descriptor, 1 << 18):
                total += len(block)
        finally:
            os.close(descriptor)
    return total


def main(what: str, folder: str) -> None:
    """Prints the files, or how many bytes they have."""
    print("\n".join(sources(folder)) if what == "list" else read(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
