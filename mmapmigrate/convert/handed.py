# SPDX-License-Identifier: GPL-2.0-only
"""The file that vm_ops->mapped is handed: a const one, which may be read and not lent or written to.

Source: include/linux/mm.h (vm_operations_struct).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.nodes import bare, field, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node

_READERS = frozenset({"file_inode", "file_dentry"})
"""What takes a const struct file (include/linux/fs.h)."""


def only_reads_file(file: FileModel, use: Node) -> bool:
    """Whether ``use``, an expression for the file, also builds with a const one."""
    holder = outer(use).parent
    if holder is not None and holder.type == "field_expression":
        above = outer(holder).parent
        target = None if above is None else above.child_by_field_name("left") or above
        written = (
            above is not None
            and target is not None
            and above.type in ("assignment_expression", "update_expression")
            and (above.type == "update_expression" or bare(target).id == holder.id)
        )
        lent = above is not None and above.type == "pointer_expression" and operator(above) == "&"
        if not lent and not written:
            return True
    call = holder.parent if holder is not None and holder.type == "argument_list" else None
    return call is not None and text(file, field(call, "function")) in _READERS
