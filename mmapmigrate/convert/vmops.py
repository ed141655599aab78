# SPDX-License-Identifier: GPL-2.0-only
"""The vm_operations_struct tables that a hook may set: which members they have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.lexer import lex

# mm/filemap.c: fault, map_pages and page_mkwrite.
KERNEL_TABLES = {"generic_file_vm_ops": frozenset({"fault", "map_pages", "page_mkwrite"})}


def vm_ops_members(file: FileModel, name: str) -> frozenset[str] | None:
    """The members that the vm_ops table ``name`` sets in any arm or later.

    The table is looked for in ``file`` and in its folder. None when it is not there, or is written without
    its members' names.
    """
    if name in KERNEL_TABLES:
        return KERNEL_TABLES[name]
    found = _members_in(file.unit.code, name)
    if found is None and not re.search(
        rb"\bstatic\b[^;{}()]*\b%s\b" % re.escape(name.encode()), file.unit.code
    ):
        folder = file.path.rpartition("/")[0] or "."
        for code in _sources(folder):
            found = found or _members_in(code, name)
    return found


def _members_in(code: bytes, name: str) -> frozenset[str] | None:
    word = re.escape(name.encode())
    members: set[str] = set()
    heads = list(re.finditer(rb"\bvm_operations_struct\s+(?:\w+\s+)*%s\s*(?:\w+\s*)*=\s*\{" % word, code))
    if not heads:
        return None
    for head in heads:
        inside = code[head.end() : _closing(code, head.end())]
        members |= {found.decode() for found in re.findall(rb"\.(\w+)\s*=", inside)}
        entries = [
            entry for entry in re.split(rb",", re.sub(rb"(?m)^[ \t]*#.*$", b"", inside)) if entry.strip()
        ]
        if any(not entry.lstrip().startswith(b".") for entry in entries):
            return None
    members |= {found.decode() for found in re.findall(rb"\b%s\.(\w+)\s*=[^=]" % word, code)}
    if re.search(rb"(?<![\w.>*])%s\s*=\s*[^={\s]" % word, code):
        return None
    return frozenset(members)


def _closing(code: bytes, at: int) -> int:
    depth = 1
    for brace in re.finditer(rb"[{}]", code[at:]):
        depth += 1 if brace[0] == b"{" else -1
        if depth == 0:
            return at + brace.start()
    return len(code)


def _sources(folder: str) -> Iterator[bytes]:
    return iter(_read(folder))


@lru_cache(maxsize=8)
def _read(folder: str) -> tuple[bytes, ...]:
    """The code of a folder's C files that have a vm_ops table."""
    try:
        paths = sorted(path for path in Path(folder).iterdir() if path.suffix == ".c" and path.is_file())
        texts = [path.read_bytes() for path in paths]
    except OSError:
        return ()
    return tuple(lex(text)[0] for text in texts if b"vm_operations_struct" in text)
