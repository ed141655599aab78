# SPDX-License-Identifier: GPL-2.0-only
"""The vm_operations_struct tables of a file: which members they set."""

from __future__ import annotations

import re

from mmapmigrate.model.file import FileModel


def vm_ops_members(file: FileModel, name: str) -> frozenset[str] | None:
    """The members that the vm_ops table ``name`` sets in any arm or later, or None when it is not in this file."""
    code = file.unit.code
    head = re.search(
        rb"\bvm_operations_struct\s+(?:\w+\s+)*%s\s*(?:\w+\s*)*=\s*\{" % re.escape(name.encode()), code
    )
    if head is None:
        return None
    depth, at = 1, head.end()
    for brace in re.finditer(rb"[{}]", code[at:]):
        depth += 1 if brace[0] == b"{" else -1
        if depth == 0:
            at += brace.start()
            break
    members = {found.decode() for found in re.findall(rb"\.(\w+)\s*=", code[head.end() : at])}
    members |= {
        found.decode() for found in re.findall(rb"\b%s\.(\w+)\s*=[^=]" % re.escape(name.encode()), code)
    }
    return frozenset(members)
