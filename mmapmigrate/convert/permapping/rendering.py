# SPDX-License-Identifier: GPL-2.0-only
"""A hook's text as mapped has it: with what it is handed in the place of the VMA."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from mmapmigrate.convert.handed import only_reads_file
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.permapping.sides import UnsplitError
from mmapmigrate.convert.permapping.signature import Signature
from mmapmigrate.syntax.edit import Edit, apply_edits
from mmapmigrate.syntax.nodes import bare, field, find_all, outer

if TYPE_CHECKING:
    from tree_sitter import Node


class Rendering:
    """Renders what one function spells, a hook or a helper whose parameters of ``given`` have a value.

    ``private_value`` is what stands for vm_private_data, "" where nothing does.
    """

    def __init__(
        self, hook: HookSource, signature: Signature, moved_offset: bool, given: Collection[str] = ()
    ) -> None:
        self.hook = hook
        self.signature = signature
        self.moved_offset = moved_offset
        self.given = given
        self.private_value = ""

    def render(self, node: Node, begin: int, end: int, marking: str | None = None) -> str:
        """The hook's text from ``begin`` to ``end``, which holds ``node``, with what changes in that.

        Raises UnsplitError, also where it succeeds before ``marking``, which stands at the end.
        """
        edits = self.edits_of(node)
        for left in find_all(node, "return_statement"):
            value = next((one for one in left.named_children if one.type != "comment"), None)
            if value is not None and self.hook.text(bare(value)) == "0" and marking is not None:
                raise UnsplitError(left, "it succeeds early")
        shifted = [Edit(e.start - begin, e.end - begin, e.text) for e in edits]
        return apply_edits(self.hook.data[begin:end], shifted).decode("latin-1").replace("\r\n", "\n")

    def edits_of(self, node: Node, private: str = "") -> list[Edit]:
        """What changes in ``node``; ``private`` stands for vm_private_data, if it may be used."""
        edits: list[Edit] = []
        for use in find_all(node, "identifier"):
            name = self.hook.text(use)
            if name == self.hook.vma:
                edits.append(self._private(use, private or self.private_value) or self._handed(use))
            elif name == self.hook.file_parameter:
                self._only_read(use)
                edits.append(Edit(use.start_byte, use.end_byte, self.signature.file.encode()))
            elif name in self.others and name not in self.given:
                raise UnsplitError(use, f"mapped is not handed `{name}`")
            elif name in self.clashes and name in self.hook.locals:
                raise UnsplitError(use, f"`{name}` is the name of a parameter of mapped")
        return edits

    def _private(self, use: Node, private: str) -> Edit | None:
        """vm_private_data as ``private``, in parentheses where that needs them."""
        holder = use.parent
        if not private or holder is None or holder.type != "field_expression":
            return None
        if self.hook.text(field(holder, "field")) != "vm_private_data":
            return None
        above = holder.parent
        written = (
            above is not None and above.type == "assignment_expression" and field(above, "left") == holder
        )
        if not private.startswith("*") and (
            written or (above is not None and above.type in ("update_expression", "pointer_expression"))
        ):
            raise UnsplitError(use, "vm_private_data changes in it")
        tight = above is not None and above.type in ("field_expression", "call_expression")
        text = f"({private})" if tight and not re.fullmatch(r"\w+", private) else private
        return Edit(holder.start_byte, holder.end_byte, text.encode())

    @property
    def others(self) -> set[str]:
        """The hook's parameters that mapped has nothing for."""
        return {one.name for one in self.hook.function.parameters} - {self.hook.vma, self.hook.file_parameter}

    @property
    def clashes(self) -> set[str]:
        """The names of parameters of mapped that may be something else in the hook."""
        given = self.signature
        same = {
            name
            for name, local in self.hook.locals.items()
            if local.single is not None and self._handed_name(bare(local.single)) == name
        }
        return {given.start, given.end, given.pgoff, given.file, given.private} - same

    def _handed_name(self, node: Node) -> str | None:
        """The parameter that has the value of ``vma->field``."""
        if node.type != "field_expression" or self.hook.text(field(node, "argument")) != self.hook.vma:
            return None
        given = self.signature
        names = {"vm_start": given.start, "vm_end": given.end, "vm_pgoff": given.pgoff, "vm_file": given.file}
        return names.get(self.hook.text(field(node, "field")))

    def _handed(self, use: Node) -> Edit:
        holder = use.parent
        name = None if holder is None else self._handed_name(holder)
        if holder is None or name is None:
            raise UnsplitError(
                use, f"`{self.hook.short(holder or use)}` is more of the VMA than mapped is handed"
            )
        if name == self.signature.pgoff and self.moved_offset:
            raise UnsplitError(use, "the offset that mapped is handed may be another by then")
        if name == self.signature.file:
            self._only_read(holder)
        return Edit(holder.start_byte, holder.end_byte, name.encode())

    def _only_read(self, use: Node) -> None:
        """mapped is handed a const file: what hands it on, or writes to it, would not build."""
        if not only_reads_file(self.hook.file, use):
            holder = outer(use).parent
            raise UnsplitError(use, f"`{self.hook.short(holder or use)}` needs a file that mapped may change")
