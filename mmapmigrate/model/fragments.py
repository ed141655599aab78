# SPDX-License-Identifier: GPL-2.0-only
"""The struct to which a list of members belongs, told from the members' names alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mmapmigrate.model.declarations import StructDefinition
from mmapmigrate.model.types import Types
from mmapmigrate.syntax.unit import SourceUnit

FILE_OPERATIONS = "file_operations"

# Members that no other ops struct with an mmap member has (Linux 6.12 to 7.3, include/).
_ONLY_FILE_OPERATIONS = frozenset(
    b"compat_ioctl read_iter write_iter iopoll iterate_shared fop_flags flush fsync fasync lock flock"
    b" check_flags splice_write splice_read splice_eof setlease fallocate show_fdinfo mmap_capabilities"
    b" copy_file_range remap_file_range fadvise uring_cmd uring_cmd_iopoll".split()
)
_ALSO_FILE_OPERATIONS = frozenset(
    b"owner llseek read write poll unlocked_ioctl mmap mmap_prepare open release get_unmapped_area".split()
)

_CALLBACK = rb"\(\s*\*\s*%s\s*\)\s*\("
_DESIGNATED = re.compile(rb"(?<![\w)\]>.])\s\.(\w+)\s*=(?!=)")
_STRUCT = re.compile(rb"\bstruct\s+(?:__\w+\s+)?(\w+)\s*\{")


def struct_with(unit: SourceUnit, types: Types, members: frozenset[str]) -> str | None:
    """The tag of the only struct in sight that has all of ``members``, None if that is not one only.

    In sight are struct file_operations and the structs that the file of ``unit`` defines itself.
    """
    names = frozenset(member.encode() for member in members)
    if names & _ONLY_FILE_OPERATIONS and names <= _ONLY_FILE_OPERATIONS | _ALSO_FILE_OPERATIONS:
        return FILE_OPERATIONS
    tags: set[str] = set()
    for name in names:
        for callback in re.finditer(_CALLBACK % name, unit.text):
            item = unit.item_at(callback.start())
            if item is None:
                continue
            for found in _STRUCT.finditer(unit.text, item.start, item.end):
                tag = found.group(1).decode()
                definition = types.struct(tag)
                if definition is not None and members <= definition.members.keys():
                    tags.add(tag)
    return tags.pop() if len(tags) == 1 else None


def struct_of_designators(unit: SourceUnit, structs: Mapping[str, StructDefinition]) -> str | None:
    """The only one of ``structs`` that has every member which the file of ``unit`` designates.

    A header that offers parts of tables as macros, one macro a member, names the struct nowhere.
    """
    named = {name.decode() for name in _DESIGNATED.findall(unit.code)}
    found = [tag for tag, definition in structs.items() if named <= definition.members.keys()]
    return found[0] if len(found) == 1 else None
