# SPDX-License-Identifier: GPL-2.0-only
"""Comments: those above a hook describe the new signature, those in what is replaced are kept.

scripts/kernel-doc warns (W=1) about a description of a parameter that a function does not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.text import layout
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import enclosing_statement

_COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*", re.S)
_TAG = re.compile(rb"\bvm_area_struct\b")
_AREA = re.compile(
    rb"(?<!@)\b(VMA|vma|[Vv]irtual memory area)\b(?:[ \t]+struct(?:ure)?\b)?(?!'s|->|[ \t]+desc(?:riptor)?\b)"
)


def comment_edits(hook: HookSource, *, alone: bool = True) -> list[Edit]:
    """Turn ``@vma:`` into ``@desc:`` in the comment right above the hook.

    The descriptions of the other parameters go where the descriptor stands ``alone`` in the new head.
    """
    data = hook.data
    start = hook.function.node.start_byte
    end = len(data[:start].rstrip())
    if not data[:end].endswith(b"*/"):
        return []
    begin = data.rfind(b"/*", 0, end)
    if begin < 0:
        return []
    edits: list[Edit] = []
    names = {parameter.name for parameter in hook.function.parameters}
    gone: list[tuple[int, int]] = []
    described: list[tuple[int, int]] = []
    for found in re.finditer(
        rb"^[ \t]*\*[ \t]*@(\w+):[^\n]*\n(?:(?:[ \t]*\*[ \t]*\n)*[ \t]*\*[ \t]{2,}(?!@)[^\n]*\n)*",
        data[begin:end],
        re.M,
    ):
        if alone and found[1].decode() in names - {hook.vma}:
            gone.append((begin + found.start(), begin + found.end()))
        elif found[1].decode() == hook.vma:
            described.append((begin + found.end(1), begin + found.end()))
    edits += [Edit(start, stop, b"") for start, stop in gone]
    for found in re.finditer(rb"@%s\b" % re.escape(hook.vma.encode()), data[begin:end]):
        at = begin + found.start() + 1
        if not any(start <= at < stop for start, stop in gone):
            edits.append(Edit(at, at + len(hook.vma), hook.desc.encode()))
    for start, stop in described:
        edits += _described(data, start, stop)
    return edits


def _described(data: bytes, start: int, stop: int) -> Iterator[Edit]:
    """What a description calls the parameter: it is no VMA any more, but describes one."""
    tag = _TAG.search(data, start, stop)
    if tag is not None:
        yield Edit(tag.start(), tag.end(), b"vm_area_desc")
        return
    name = _AREA.search(data, start, stop)
    if name is None:
        return
    line = data.rfind(b"\n", 0, name.start()) + 1
    text = data[line : data.find(b"\n", name.end())].decode("latin-1")
    added = b" descriptor"
    if layout.column(text) + len(added) - (name.end() - name.end(1)) <= layout.WIDTH:
        yield Edit(name.end(1), name.end(), added)


def keep_comments(
    hook: HookSource, edits: Sequence[Edit], moved: Sequence[tuple[int, int]] = ()
) -> list[Edit]:
    """The same edits of a function, with each comment that they would drop put above its statement.

    ``moved`` are the byte ranges of comments that stand in another function now.
    """

    def went(at: int) -> bool:
        return any(start <= at < end for start, end in moved)

    kept: list[Edit] = []
    above: dict[int, list[tuple[int, bytes]]] = {}
    for edit in edits:
        lost = [
            (at, text)
            for at, text in _comments(hook, edit.start, edit.end)
            if text not in edit.text and not went(at)
        ]
        if not lost:
            kept.append(edit)
            continue
        node = hook.body.descendant_for_byte_range(edit.start, edit.start)
        statement = edit.start if node is None else enclosing_statement(node).start_byte
        line = hook.data.rfind(b"\n", 0, min(statement, edit.start) + 1) + 1
        if not edit.text and hook.data[edit.start - 1 : edit.start] == b"\n":
            kept.append(Edit(edit.start, edit.end, _placed(hook, lost, _lead(hook.data, edit.start))))
        elif line == edit.start:
            kept.append(Edit(line, edit.end, _placed(hook, lost, "") + edit.text))
        else:
            kept.append(edit)
            above.setdefault(line, []).extend(lost)
    for line, texts in above.items():
        kept.append(Edit(line, line, _placed(hook, texts, _lead(hook.data, line))))
    return kept


def renaming_edits(hook: HookSource, renamed: Mapping[str, str], edits: Sequence[Edit]) -> list[Edit]:
    """What the comments of a function call by its old name, outside of ``edits``, as the code does now."""
    if not renamed:
        return []
    called = re.compile(rb"\b(%s)(?=\(\))" % b"|".join(re.escape(name.encode()) for name in renamed))
    found: list[Edit] = []
    for at, text in _comments(hook, hook.body.start_byte, hook.body.end_byte):
        if any(edit.start < at + len(text) and at < edit.end for edit in edits):
            continue
        for name in called.finditer(text):
            new = renamed[name[1].decode()].encode()
            line = hook.data.rfind(b"\n", 0, at + name.start()) + 1
            whole = hook.data[line : hook.data.find(b"\n", line)].decode("latin-1")
            if layout.column(whole) + len(new) - len(name[1]) <= layout.WIDTH:
                found.append(Edit(at + name.start(), at + name.end(), new))
    return found


def _placed(hook: HookSource, comments: Sequence[tuple[int, bytes]], lead: str) -> bytes:
    """Comments on lines of their own at ``lead``, each as deep within itself as it was."""
    lines: list[str] = []
    for at, text in comments:
        line = hook.data.rfind(b"\n", 0, at) + 1
        column = layout.column(hook.data[line:at].decode("latin-1"))
        first, *rest = text.decode("latin-1").replace("\r\n", "\n").split("\n")
        lines.append(lead + first)
        for one in rest:
            beyond = layout.column(layout.indentation(one)) - column
            lines.append(lead + " " * max(beyond, 0) + one.lstrip(" \t"))
    return "".join(f"{line}\n" for line in lines).encode("latin-1")


def _comments(hook: HookSource, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The comments of the file in ``[start, end)``, each with its offset."""
    code = hook.file.unit.code
    for found in _COMMENT.finditer(hook.data, start, end):
        # In a string the code keeps the quotes around blanks, and so does the text in front of it.
        if not code[found.start() : found.end()].strip() and code.count(b'"', start, found.start()) % 2 == 0:
            yield found.start(), found[0].rstrip(b"\r")


def _lead(data: bytes, line: int) -> str:
    return layout.indentation(data[line : data.find(b"\n", line)].decode("latin-1"))


def item_start(file: FileModel, at: int) -> int:
    """Where what stands at ``at`` begins, with the comment right above it."""
    item = file.unit.item_at(at)
    start = at if item is None else item.start
    data, code = file.unit.source.data, file.unit.code
    line = data.rfind(b"\n", 0, start) + 1
    if data[line:start].strip():
        return start
    while line:
        above = data.rfind(b"\n", 0, line - 1) + 1
        if not data[above:line].strip() or code[above:line].strip():
            break
        start = line = above
    return start
