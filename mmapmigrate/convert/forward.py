# SPDX-License-Identifier: GPL-2.0-only
"""A header that comes to speak of the descriptor must know it: a forward declaration where it does not.

A struct that a prototype is the first to name is that prototype's own, and gcc warns. Only linux/mm_types.h
defines the descriptor; headers that declare ``struct vm_area_struct;`` themselves do so to need no include.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.edit import Edit

_TAG = b"struct vm_area_desc"
_KNOWN = re.compile(rb"\bstruct\s+vm_area_desc\b")
_OWN = re.compile(rb"^struct[ \t]+vm_area_struct[ \t]*;[^\n]*\n", re.MULTILINE)
_FORWARD = re.compile(rb"^struct[ \t]+\w+[ \t]*;[^\n]*\n", re.MULTILINE)
# Both include linux/mm_types.h; for code whose tree is not there to be read.
_KNOWING = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*<linux/(?:mm|mm_types|fs)\.h>", re.MULTILINE)
_INCLUDE = re.compile(rb"^[ \t]*#[ \t]*include\b[^\n]*\n", re.MULTILINE)


def forward_edits(project: Project, file: FileModel, edits: Sequence[Edit]) -> list[Edit]:
    """The declaration of the descriptor's struct that a header needs for ``edits``, or nothing.

    It stands where each of the places that name the struct sees it, whatever arm of an #ifdef they are in.
    """
    data, code = file.unit.source.data, file.unit.code
    uses = [edit.start for edit in edits if _TAG in edit.text]
    if not file.path.endswith(".h") or not uses:
        return []

    def seen(pattern: re.Pattern[bytes], text: bytes) -> list[re.Match[bytes]]:
        return [one for one in pattern.finditer(text) if _is_seen(file, one.start(), uses)]

    if seen(_KNOWN, code):
        return []
    own = seen(_OWN, code)
    if own:
        return [Edit(own[0].start(), own[0].start(), _TAG + b";\n")]
    included = _KNOWING.search(data) is None and project.find_struct("vm_area_desc", file.path) is not None
    if included or seen(_KNOWING, data):
        return []
    forward = seen(_FORWARD, code)
    if forward:
        return [Edit(forward[0].start(), forward[0].start(), _TAG + b";\n")]
    includes = seen(_INCLUDE, data)
    if includes:
        return [Edit(includes[-1].end(), includes[-1].end(), b"\n" + _TAG + b";\n")]
    start = _before(file, uses)
    return [Edit(start, start, _TAG + b";\n\n")]


def _is_seen(file: FileModel, at: int, uses: Sequence[int]) -> bool:
    """Whether what stands at ``at`` is there in each build, and in front, for all of ``uses``."""
    around = set(_arms(file, at))
    return all(at < use and around <= set(_arms(file, use)) for use in uses)


def _arms(file: FileModel, at: int) -> list[tuple[int, int]]:
    return [(one.group, one.branch) for one in file.unit.conditions(at)]


def _before(file: FileModel, uses: Sequence[int]) -> int:
    """The start of the line in front of the first of ``uses`` that all of them see."""
    data = file.unit.source.data
    first = min(uses)
    for group, branch in _arms(file, first):
        if not all((group, branch) in _arms(file, use) for use in uses):
            first = next(one.start for one in file.unit.conditionals.all if one.group == group)
            return data.rfind(b"\n", 0, first) + 1
    item = file.unit.item_at(first)
    return data.rfind(b"\n", 0, first if item is None else item.start) + 1
