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
_FORWARD = re.compile(rb"^struct[ \t]+\w+[ \t]*;[^\n]*\n", re.MULTILINE)
# Both include linux/mm_types.h; for code whose tree is not there to be read.
_KNOWING = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*<linux/(?:mm|mm_types|fs)\.h>", re.MULTILINE)
_INCLUDE = re.compile(rb"^[ \t]*#[ \t]*include\b[^\n]*\n", re.MULTILINE)


def forward_edits(project: Project, file: FileModel, edits: Sequence[Edit]) -> list[Edit]:
    """The declaration of the descriptor's struct that a header needs for ``edits``, or nothing."""
    data, code = file.unit.source.data, file.unit.code
    if not file.path.endswith(".h") or not any(_TAG in edit.text for edit in edits):
        return []
    if re.search(rb"\bstruct\s+vm_area_desc\b", code):
        return []
    own = re.search(rb"^struct[ \t]+vm_area_struct[ \t]*;[^\n]*\n", code, re.MULTILINE)
    if own is not None:
        return [Edit(own.start(), own.start(), _TAG + b";\n")]
    if _KNOWING.search(data) or project.find_struct("vm_area_desc", file.path) is not None:
        return []
    forward = next(
        (one for one in _FORWARD.finditer(code) if not file.unit.conditions(one.start())[1:]), None
    )
    if forward is not None:
        return [Edit(forward.start(), forward.start(), _TAG + b";\n")]
    includes = [one for one in _INCLUDE.finditer(data) if not file.unit.conditions(one.start())[1:]]
    if includes:
        return [Edit(includes[-1].end(), includes[-1].end(), b"\n" + _TAG + b";\n")]
    first = min(edit.start for edit in edits if _TAG in edit.text)
    item = file.unit.item_at(first)
    start = data.rfind(b"\n", 0, first if item is None else item.start) + 1
    return [Edit(start, start, _TAG + b";\n\n")]
