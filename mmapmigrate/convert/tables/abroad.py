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
from mmapmigrate.kernel.dispatch import kernel_code
from mmapmigrate.model.calls import calls, text
from mmapmigrate.model.discovery import MMAP
from mmapmigrate.model.file import Definition, FileModel
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.model.project import Project
from mmapmigrate.model.spelling import lead_of
from mmapmigrate.syntax.nodes import arguments
from mmapmigrate.syntax.words import encoded, has_word

# Functions that put a table into open files, or keep it for that; none looks at its .mmap, but the one of
# debugfs that asks for either hook (include/linux/: cdev.h, fs.h, file.h, anon_inodes.h, debugfs.h,
# security.h, tracefs.h, sound/core.h).
VFS_TAKERS = frozenset(
    {
        *("alloc_file_clone", "alloc_file_pseudo", "alloc_file_pseudo_noaccount"),
        *("anon_inode_create_getfd", "anon_inode_create_getfile", "anon_inode_getfd", "anon_inode_getfile"),
        *("anon_inode_getfd_secure", "anon_inode_getfile_fmode", "anon_inode_getfile_secure"),
        *("cdev_init", "register_chrdev", "__register_chrdev", "fops_get", "fops_put", "replace_fops"),
        *("debugfs_create_file", "debugfs_create_file_full", "debugfs_create_file_size"),
        *("debugfs_create_file_unsafe", "securityfs_create_file", "tracefs_create_file"),
        *("snd_register_device", "snd_register_oss_device"),
    }
)


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
        for place in file.once(("takers", entry.object), partial(_takers, project, file, entry.object)):
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


def _takers(project: Project, file: FileModel, name: str) -> Sequence[str]:
    """The functions that are handed the address of a table, and copy it or name its .mmap."""
    found: list[str] = []
    for function in file.functions_with(name):
        for call, callee in calls(function.body):
            for place, argument in enumerate(arguments(call)):
                if re.sub(r"\s", "", text(file, argument)) != f"&{name}":
                    continue
                called = text(file, callee)
                for where, taker in file.definitions(called) or _far(project, file, called):
                    given = taker.parameters[place].name if place < len(taker.parameters) else None
                    code = where.unit.code[taker.body.start_byte : taker.body.end_byte]
                    if not given:
                        continue
                    # What the file itself does with the member of any table is known already.
                    used = next(uses_through(code, encoded(given)), None) is not None
                    kept = where.path != file.path and _keeps(where.unit.code, code, encoded(given))
                    if (used and where.path != file.path) or kept or _copies(code, encoded(given)):
                        found.append(f"{taker.name}() in {where.path}")
    return found


def _far(project: Project, file: FileModel, name: str) -> Sequence[Definition]:
    """The global functions of a name in those files of the tree that know of .mmap.

    Outside of a tree they are looked for in the folder. Nobody reads what the kernel's own do.
    """
    if name in VFS_TAKERS or not name.isidentifier() or file.macros_seen(name):
        return ()
    word = encoded(name)

    def read() -> tuple[Definition, ...]:
        index = project.index
        if index is None:
            paths = [path for path, data in project.texts(lead_of(file.path), "mmap") if has_word(data, word)]
        else:
            top = project.place("", file.path)
            below = (f"{top}/{path}" for path in kernel_code(index.below("", MMAP)))
            paths = [path for path in below if has_word(project.data(path) or b"", word)]
        wheres = [project.file(path) for path in paths if path.endswith(".c")]
        return tuple((one, function) for one in wheres for function in one.functions(name))

    found = project.once(("takers", name, "" if project.index else lead_of(file.path)), read)
    return [(where, function) for where, function in found if not function.static]


def _keeps(code: bytes, body: bytes, pointer: bytes) -> bool:
    """Whether a function stores its parameter, and its file names the .mmap behind a pointer."""
    stored = re.search(rb"(?<![=!<>])=\s*%s\s*[;,}]" % re.escape(pointer), body) is not None
    return stored and re.search(rb"->\s*mmap\b", code) is not None


def _copies(code: bytes, pointer: bytes) -> bool:
    """Whether a function's body copies what its parameter points to."""
    word = re.escape(pointer)
    return (
        re.search(rb"=\s*\*\s*%s\s*[;,]" % word, code) is not None
        or re.search(rb"\b(?:mem(?:cpy|move)|\w*memdup\w*)\s*\([^;]*(?<![\w.>&])%s\s*," % word, code)
        is not None
    )
