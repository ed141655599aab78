# SPDX-License-Identifier: GPL-2.0-only
"""Entries of a cache: values in a sealed file.

Reading makes values of this package's data classes and of a few built-in ones: a pickle that asks for more is
no entry, as is a file whose seal is broken.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from dataclasses import is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from msgspec import Struct

from mmapmigrate.disk.rests import Rests
from mmapmigrate.disk.sealed import seal, unsealed

# Where the class of a path lives differs: Python 3.13 keeps it in pathlib._local.
_PATH = (type(Path()).__module__, type(Path()).__name__)
_PLAIN = frozenset({("builtins", "frozenset"), ("builtins", "set"), _PATH})


def read_entry(path: Path) -> Iterator[Any]:
    """The values of an entry, each made when it is asked for; none where there is no valid entry."""
    payload = unsealed(str(path))
    if payload is None:
        return
    stream = io.BytesIO(payload)
    while stream.tell() < len(payload):
        try:
            value = _Reader(stream).load()
        except Exception:  # a pickle may fail in any way
            return
        yield value


def write_entry(path: Path, *values: object) -> None:
    """Writes an entry atomically; one that cannot be written is left out."""
    seal(str(path), b"".join(pickle.dumps(value, pickle.HIGHEST_PROTOCOL) for value in values))


class _Reader(pickle.Unpickler):
    """Makes plain values of this package."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if module.startswith("mmapmigrate."):
            found = super().find_class(module, name)
            # A name with a dot, or of what a module imports, leads to any class: subprocess.Popen for one.
            own = isinstance(found, type) and (found.__module__, found.__name__) == (module, name)
            if own and (is_dataclass(found) or issubclass(found, (Enum, Rests, Struct, tuple))):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value of ours")
