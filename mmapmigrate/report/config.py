# SPDX-License-Identifier: GPL-2.0-only
"""What is configured, and from where."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from msgspec import Struct

from mmapmigrate.config.file import KEYS, Config
from mmapmigrate.report.style import harmless_json, printable, unicode_text

COMMAND_LINE = "command line"
DEFAULT = "default"


class InForce(Struct, frozen=True):
    """One path's configuration: the file's, the same under the command line, and the active rules."""

    path: str
    written: Config
    merged: Config
    codes: tuple[str, ...]

    def values(self) -> Iterator[tuple[str, object, str]]:
        """Key, value (None: nothing is set) and origin of each key."""
        for key in KEYS:
            name = key.replace("-", "_")
            value = getattr(self.merged, name)
            if value is None:
                yield key, None, DEFAULT
            elif value == getattr(self.written, name):
                yield key, value, str(self.written.file)
            else:
                yield key, value, COMMAND_LINE


def render_config(found: Iterable[InForce]) -> Iterator[str]:
    """Lines for people."""
    for number, each in enumerate(found):
        if number:
            yield ""
        yield printable(f"{each.path}: {each.written.file or 'no configuration file'}")
        for key, value, origin in each.values():
            if value is not None:
                yield printable(f"  {key} = {json.dumps(_plain(value), ensure_ascii=False)}  ({origin})")
        yield f"  active rules: {' '.join(each.codes) or 'none'}"


def config_json(found: Iterable[InForce]) -> str:
    """The same for programs."""
    document = {
        "schema": 1,
        "paths": [
            {
                "path": unicode_text(each.path),
                "file": None if each.written.file is None else unicode_text(str(each.written.file)),
                "values": {
                    key: {"value": _plain(value), "from": unicode_text(origin)}
                    for key, value, origin in each.values()
                },
                "rules": list(each.codes),
            }
            for each in found
        ],
    }
    return harmless_json(json.dumps(document, indent=2, ensure_ascii=False))


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        pairs = all(isinstance(each, tuple) for each in value)
        return {key: list(codes) for key, codes in value} if pairs and value else list(value)
    return unicode_text(value) if isinstance(value, str) else value
