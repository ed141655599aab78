# SPDX-License-Identifier: GPL-2.0-only
"""Entries of a cache: values that are written whole, and read back only as they were written.

An entry is a mark, a digest and pickles. What is broken, cut short or of another version is no entry.
Reading makes values of this package's classes and of a few built-in ones: a pickle that asks for more is no
entry either.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_MARK = b"mmapmigrate kept 1\n"
_DIGEST = 32
_PLAIN = frozenset({("builtins", "frozenset"), ("builtins", "set"), ("pathlib", "PosixPath")})


def read_entry(path: Path) -> Iterator[Any]:
    """The values of an entry, each made when it is asked for; none where there is no valid entry."""
    try:
        data = path.read_bytes()
    except OSError:
        return
    payload = memoryview(data)[len(_MARK) + _DIGEST :]
    if not data.startswith(_MARK) or hashlib.sha256(payload).digest() != data[len(_MARK) :][:_DIGEST]:
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
    payload = b"".join(pickle.dumps(value, pickle.HIGHEST_PROTOCOL) for value in values)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=path.suffix)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(_MARK + hashlib.sha256(payload).digest() + payload)
            Path(name).replace(path)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()


class _Reader(pickle.Unpickler):
    """Makes plain values of this package."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN or module.startswith("mmapmigrate."):
            found = super().find_class(module, name)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value of ours")
