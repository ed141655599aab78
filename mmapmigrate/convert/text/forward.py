# SPDX-License-Identifier: GPL-2.0-only
"""A header that comes to speak of the descriptor, or of a file, must know it: declared where it does not.

A struct that a prototype is the first to name is that prototype's own, and gcc warns. Only linux/mm_types.h
defines the descriptor; headers that declare ``struct vm_area_struct;`` themselves do so to need no include.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmapmigrate.convert.text.comments import item_start
from mmapmigrate.model.arms import arms_around
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.unit import ItemKind

_TAGS = (b"struct vm_area_desc", b"struct file")
_OWN = re.compile(rb"^struct[ \t]+vm_area_struct[ \t]*;[^\n]*\n", re.MULTILINE)
_FORWARD = re.compile(rb"^struct[ \t]+\w+[ \t]*;[^\n]*\n", re.MULTILINE)
# Both include linux/mm_types.h and linux/fs.h; for code whose tree is not there to be read.
_KNOWING = {
    b"struct vm_area_desc": re.compile(
        rb"^[ \t]*#[ \t]*include[ \t]*<linux/(?:mm|mm_types|fs)\.h>", re.MULTILINE
    ),
    b"struct file": re.compile(rb"^[ \t]*#[ \t]*include[ \t]*<linux/(?:mm|fs)\.h>", re.MULTILINE),
}
_INCLUDE = re.compile(rb"^[ \t]*#[ \t]*include\b[^\n]*\n", re.MULTILINE)
_TYPES = re.compile(
    rb"^[ \t]*#[ \t]*include[ \t]*<(?:linux|asm|drm|media|net|sound|rdma|scsi)/", re.MULTILINE
)
"""Headers of the kernel include linux/types.h, itself or through others."""


def with_forward(project: Project, file: FileModel, edits: Sequence[Edit]) -> list[Edit]:
    """``edits`` and the declarations that a header needs for them: of the descriptor's struct, of the file's.

    They stand where each place that names the struct sees them, whatever arm of an #ifdef these are in.
    """
    result = list(edits)
    for one in _forward_edits(project, file, edits):
        begun = next((edit for edit in result if edit.start == one.start), None)
        if begun is None:
            result.append(one)
        else:
            # It is written anew from its first column on.
            result = [edit for edit in result if edit != begun]
            result.append(Edit(begun.start, begun.end, one.text + begun.text))
    return result


def _forward_edits(project: Project, file: FileModel, edits: Sequence[Edit]) -> list[Edit]:
    if not file.path.endswith(".h"):
        return []
    found: list[Edit] = []
    for tag in _TAGS:
        word = re.compile(rb"\b%s\b" % tag.replace(b" ", rb"\s+"))
        uses = [edit.start for edit in edits if word.search(edit.text)]
        found += _forward(project, file, tag, word, uses) if uses else []
    offsets = [edit.start for edit in edits if re.search(rb"\bpgoff_t\b", edit.text)]
    if offsets and not _TYPES.search(file.unit.source.data):
        start = _top(file, offsets)
        found.append(Edit(start, start, b"#include <linux/types.h>\n\n"))
    return _together(found)


def _forward(
    project: Project, file: FileModel, tag: bytes, word: re.Pattern[bytes], uses: Sequence[int]
) -> list[Edit]:
    data, code = file.unit.source.data, file.unit.code

    def seen(pattern: re.Pattern[bytes], text: bytes) -> list[re.Match[bytes]]:
        return [one for one in pattern.finditer(text) if _is_seen(file, one.start(), uses)]

    if seen(word, code):
        return []
    own = seen(_OWN, code)
    if own:
        return [Edit(own[0].start(), own[0].start(), tag + b";\n")]
    knowing = _KNOWING[tag]
    name = tag.split()[1].decode()
    included = knowing.search(data) is None and project.find_struct(name, file.path) is not None
    if included or seen(knowing, data):
        return []
    forward = seen(_FORWARD, code)
    if forward:
        return [Edit(forward[0].start(), forward[0].start(), tag + b";\n")]
    includes = seen(_INCLUDE, data)
    if includes:
        return [Edit(includes[-1].end(), includes[-1].end(), b"\n" + tag + b";\n")]
    start = _before(file, uses)
    return [Edit(start, start, tag + b";\n\n")]


def _together(edits: Sequence[Edit]) -> list[Edit]:
    """The edits with one text for one place: includes first."""
    places = dict.fromkeys(edit.start for edit in edits)
    found: list[Edit] = []
    for start in places:
        texts = sorted((one.text for one in edits if one.start == start), key=lambda text: text[:1] != b"#")
        lines = b"".join(texts)
        found.append(Edit(start, start, re.sub(rb";\n\n(?=struct)", b";\n", lines)))
    return found


def _top(file: FileModel, uses: Sequence[int]) -> int:
    """Where the first declaration of a header begins that is there in each build which has ``uses``."""
    for item in file.unit.items:
        if item.kind is not ItemKind.DEFINE and _is_seen(file, item.start, uses):
            return item_start(file, item.start)
    return _before(file, uses)


def _is_seen(file: FileModel, at: int, uses: Sequence[int]) -> bool:
    """Whether what stands at ``at`` is there in each build, and in front, for all of ``uses``."""
    around = set(arms_around(file, at))
    return all(at < use and around <= set(arms_around(file, use)) for use in uses)


def _before(file: FileModel, uses: Sequence[int]) -> int:
    """The start of the line in front of the first of ``uses`` that all of them see."""
    data = file.unit.source.data
    first = min(uses)
    for group, branch in arms_around(file, first):
        if not all((group, branch) in arms_around(file, use) for use in uses):
            first = next(one.start for one in file.unit.conditionals.all if one.group == group)
            return data.rfind(b"\n", 0, first) + 1
    # What is put behind a function belongs to no item, but must not get its declaration inside of that one.
    item = file.unit.item_at(first) or file.unit.item_at(first - 1)
    return data.rfind(b"\n", 0, first if item is None else item.start) + 1
