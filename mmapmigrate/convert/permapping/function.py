# SPDX-License-Identifier: GPL-2.0-only
"""The text of a function for vm_ops->mapped: statements of a hook, with what it is handed for the VMA."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.permapping.declared import Declared, Given
from mmapmigrate.convert.permapping.rendering import Rendering
from mmapmigrate.convert.permapping.sides import Piece
from mmapmigrate.convert.permapping.signature import Signature
from mmapmigrate.convert.text import layout
from mmapmigrate.syntax.edit import Edit, apply_edits
from mmapmigrate.syntax.nodes import bare, field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node


class MappedText:
    """Writes the function for one hook, or for a helper with what it is ``given``."""

    def __init__(
        self, hook: HookSource, signature: Signature, moved_offset: bool, given: Given | None = None
    ) -> None:
        self.hook = hook
        self.signature = signature
        self.moved_offset = moved_offset
        self.comments: list[tuple[int, int]] = []
        """The lines of comments in front of the statements, which the text has too."""
        self._rendering = Rendering(hook, signature, moved_offset, () if given is None else given.values)
        self._declared = Declared(self._rendering, given)

    @property
    def outer_lines(self) -> list[str]:
        """The lines that declare a helper's parameters, as its caller would write them."""
        return self._declared.outer_lines

    def write(
        self,
        name: str,
        pieces: Sequence[Piece],
        result: str,
        mark: Node | str | None,
        linkage: str = "static ",
        private: Node | None = None,
    ) -> str:
        """``pieces`` as a function; ``mark`` is the value for vm_private_data (an expression of the
        hook, or text), set where it succeeds.

        ``result`` is the local that the hook returns, ``linkage`` what the function's head begins with.
        ``private`` is what the hook set vm_private_data to, where it does so no more. Raises UnsplitError
        where mapped cannot know what it needs.
        """
        self.comments.clear()
        nodes = [piece.node for piece in pieces if piece.node is not None]
        marks = [mark] if mark is not None and not isinstance(mark, str) else []
        asked = [private] if private is not None and any(map(self._reads_private, nodes)) else []
        declared = self._declared.lines_for([*nodes, *marks, *asked], nodes, result)
        self._rendering.private_value = f"*{self.signature.private}"
        if private is not None:
            self._rendering.private_value = self._rendering.render(
                private, private.start_byte, private.end_byte
            )
        body: list[str] = []
        marking = None if mark is None else self._marking(mark)
        previous: Node | None = None
        for piece in pieces:
            if piece.node is None:
                end = self._end(result, marking)
                body += ["", *(f"{label}:" for label in piece.labels), *end[1 if piece.labels else 0 :]]
                previous = None
                continue
            if previous is None or self._apart(previous, piece.node):
                body.append("")
            body += [f"{label}:" for label in piece.labels]
            body += self._statement(piece.node, marking)
            previous = piece.node
        lines = [*declared, *([""] if declared else []), *_squeezed(body)]
        text = layout.wrap_lines("", "\n".join(lines))
        return f"{self.head(name, linkage)}\n{{\n{text}\n}}"

    def _reads_private(self, node: Node) -> bool:
        return any(
            self.hook.text(field(one, "field")) == "vm_private_data"
            and self.hook.text(bare(field(one, "argument"))) == self.hook.vma
            for one in find_all(node, "field_expression")
        )

    def head(self, name: str, linkage: str) -> str:
        """The function's head."""
        return layout.call(0, f"{linkage}int {name}", list(self.signature.parameters), "")

    def whole(self, body: Node, private: str, ending: Sequence[str], gone: Node | None = None) -> str:
        """A whole body, in braces, ``private`` in the place of vm_private_data, and then ``ending``.

        The declaration ``gone`` is left out. Raises UnsplitError.
        """
        edits = self._rendering.edits_of(body, private=private)
        returns = list(find_all(body, "return_statement"))
        edits += [Edit(one.start_byte, one.end_byte, b"return 0;") for one in returns]
        if gone is not None:
            data = self.hook.data
            start = data.rfind(b"\n", 0, gone.start_byte) + 1
            stop = data.find(b"\n", gone.end_byte) + 1
            edits = [e for e in edits if not start <= e.start < stop]
            edits.append(Edit(start, stop, b""))
        shifted = [Edit(e.start - body.start_byte, e.end - body.start_byte, e.text) for e in edits]
        text = apply_edits(self.hook.data[body.start_byte : body.end_byte], shifted).decode("latin-1")
        text = text.replace("\r\n", "\n").rstrip().removesuffix("}").rstrip()
        last = body.named_children[-1] if body.named_children else None
        lines = [*ending, *([] if last is not None and last.type == "return_statement" else ["return 0;"])]
        tail = "".join(f"\t{line}\n" for line in lines)
        return f"{text}\n\n{tail}}}" if tail else f"{text}\n}}"

    # Statements.

    def _end(self, result: str, marking: str | None) -> list[str]:
        if not result:
            return [*([f"\t{marking}"] if marking else []), "\treturn 0;"]
        marked = ["", f"\tif (!{result})", f"\t\t{marking}", ""] if marking else [""]
        return [*marked, f"\treturn {result};"][1:]

    def _marking(self, mark: Node | str) -> str:
        value = (
            mark if isinstance(mark, str) else self._rendering.render(mark, mark.start_byte, mark.end_byte)
        )
        return f"*{self.signature.private} = {value};"

    def _statement(self, node: Node, marking: str | None) -> list[str]:
        """A statement with the comments right in front of it, one tab deep."""
        data = self.hook.data
        begin = self._with_comments(node.start_byte)
        line = data.rfind(b"\n", 0, begin) + 1
        lead = layout.indentation(data[line:begin].decode("latin-1") + "x")
        text = self._rendering.render(node, begin, node.end_byte, marking)
        return [_shifted(one, lead) for one in f"{lead}{text}".split("\n")]

    def _with_comments(self, start: int) -> int:
        """Where the lines of comments begin right in front of a statement, or the statement."""
        data, code = self.hook.data, self.hook.file.unit.code
        line = data.rfind(b"\n", 0, start) + 1
        begin = line
        while begin > 0:
            above = data.rfind(b"\n", 0, begin - 1) + 1
            if not data[above:begin].strip() or code[above:begin].strip():
                break
            begin = above
        if begin == line or data[line:start].strip():
            return start
        self.comments.append((begin, line))
        return begin + len(data[begin:line]) - len(data[begin:line].lstrip(b" \t"))

    def _apart(self, one: Node, other: Node) -> bool:
        """Whether a blank line stood between two statements, or something else of the hook."""
        between = self.hook.data[one.end_byte : other.start_byte]
        code = self.hook.file.unit.code[one.end_byte : other.start_byte].strip()
        return bool(code) or re.search(rb"\n[ \t]*\n", between) is not None


def _shifted(line: str, lead: str) -> str:
    """A line that stood at ``lead``, at one tab."""
    if not line.strip():
        return ""
    if line.startswith(lead):
        return f"\t{line[len(lead) :]}"
    beyond = layout.column(layout.indentation(line)) - layout.column(lead) + layout.TAB
    return layout.indent(max(beyond, layout.TAB)) + line.lstrip(" \t")


def _squeezed(lines: Sequence[str]) -> list[str]:
    """No blank line at either end, and none after another."""
    found: list[str] = []
    for line in lines:
        if line or (found and found[-1]):
            found.append(line)
    while found and not found[-1]:
        found.pop()
    return found
