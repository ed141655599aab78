# SPDX-License-Identifier: GPL-2.0-only
"""The tree's .mailmap: under which name and address people want to be reached now.

Source: gitmailmap(5). Addresses are compared as they are written, as scripts/get_maintainer.pl does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from mmapmigrate.disk.scan import read

_ENTRY = re.compile(r"([^<]*)<([^<>]+)>(?:([^<]*)<([^<>]+)>)?")

_LARGEST = 1 << 20
"""Bytes; that of Linux 7.3 has 60,000."""

Place = tuple[str, str]
"""A name and an address; the name is empty where any will do, or where none is said."""


class Mailmap(Struct, frozen=True):
    """By what is written elsewhere, a name and an address, what is to stand there."""

    entries: Mapping[Place, Place] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> Mailmap:
        """That of the tree at ``root``; an empty one where there is none."""
        data = read(str(root / ".mailmap"), _LARGEST)
        if data is None:
            return cls()
        entries: dict[Place, Place] = {}
        for line in data.decode("utf-8", "replace").splitlines():
            found = _ENTRY.fullmatch(line.partition("#")[0].strip())
            if found is None:
                continue
            name, address, old_name, old_address = (_bare(each or "") for each in found.groups())
            place = (old_name, old_address) if old_address else ("", address)
            known = entries.get(place, ("", ""))
            entries[place] = (name or known[0], (address if old_address else "") or known[1])
        return cls(entries)

    def of(self, name: str, address: str) -> Place:
        """The name and the address in force for these; an entry for both outranks one for the address."""
        real = self.entries.get((name, address)) or self.entries.get(("", address)) or ("", "")
        return real[0] or name, real[1] or address


def _bare(text: str) -> str:
    return text.strip().strip('"')
