# SPDX-License-Identifier: GPL-2.0-only
"""What other files do with an ops table: one may include its file, or a header that declares it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.reach import naming_object
from mmapmigrate.convert.tables.members import FOPS
from mmapmigrate.convert.tables.uses import (
    asked,
    is_copied,
    is_static_fops,
    pointers_to,
    reads_mmap,
    sets_mmap,
    uses_through,
)
from mmapmigrate.model.calls import calls, text
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.nodes import arguments
from mmapmigrate.syntax.words import encoded


def abroad_reasons(file: FileModel, entries: Sequence[OpsEntry], project: Project) -> Iterator[Reason]:
    """Why a table of ``entries`` in ``file`` cannot change: another file reads, sets or copies its .mmap.

    So may a function of the driver that is handed its address.

    Raises SpreadError where more files name a table than are followed.
    """
    for entry in entries:
        if entry.object is None or entry.struct != FOPS:
            continue
        name = encoded(entry.object)
        line = file.unit.source.position(entry.start).line
        for place in file.once(("takers", entry.object), partial(_takers, file, entry.object)):
            message = f"`{entry.object}` is handed to {place}, which copies it or looks at its .mmap"
            yield Reason(file.path, line, "table-copied", message, Tier.REVIEW)
        for other in naming_object(project, file, entry.object, static=asked(is_static_fops, file, name)):
            code, tier = other.unit.code, Tier.SKELETON
            if asked(reads_mmap, other, name):
                yield Reason(
                    file.path, line, "member-read", f"{other.path} reads `{entry.object}.mmap`", tier
                )
            if asked(sets_mmap, other, name):
                message = f"`{entry.object}` gets another .mmap in {other.path}"
                yield Reason(file.path, line, "several-hooks", message, tier)
            for pointer in asked(pointers_to, other, name):
                use = next(uses_through(code, pointer), None)
                if use is not None:
                    kind, did = ("several-hooks", "sets") if use[1] else ("member-read", "reads")
                    place = f"{other.path}:{other.unit.source.position(use.start()).line}"
                    message = f"{place} {did} the .mmap of `{entry.object}` through a pointer"
                    yield Reason(file.path, line, kind, message, tier)
            if asked(is_copied, other, name):
                message = f"{other.path} copies `{entry.object}` as a whole"
                yield Reason(file.path, line, "table-copied", message, Tier.REVIEW)


def _takers(file: FileModel, name: str) -> Sequence[str]:
    """The driver's functions that are handed the address of a table, and copy it or name its .mmap."""
    found: list[str] = []
    for function in file.functions_with(name):
        for call, callee in calls(function.body):
            for place, argument in enumerate(arguments(call)):
                if re.sub(r"\s", "", text(file, argument)) != f"&{name}":
                    continue
                for where, taker in file.definitions(text(file, callee)):
                    given = taker.parameters[place].name if place < len(taker.parameters) else None
                    code = where.unit.code[taker.body.start_byte : taker.body.end_byte]
                    if not given:
                        continue
                    # What the file itself does with the member of any table is known already.
                    used = next(uses_through(code, encoded(given)), None) is not None
                    if (used and where.path != file.path) or _copies(code, encoded(given)):
                        found.append(f"{taker.name}() in {where.path}")
    return found


def _copies(code: bytes, pointer: bytes) -> bool:
    """Whether a function's body copies what its parameter points to."""
    word = re.escape(pointer)
    return (
        re.search(rb"=\s*\*\s*%s\s*[;,]" % word, code) is not None
        or re.search(rb"\b(?:mem(?:cpy|move)|\w*memdup\w*)\s*\([^;]*(?<![\w.>&])%s\s*," % word, code)
        is not None
    )
