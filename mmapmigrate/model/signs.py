# SPDX-License-Identifier: GPL-2.0-only
"""What the bytes of a file must hold for a question about it to have an answer.

A sign is what the question looks for in code, loosened by the comments that may stand between. So a file
without it need not be read any closer, and one without any of them matters to no rule of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mmapmigrate.syntax.search import holds
from mmapmigrate.syntax.words import in_word

LOOK_BACK = 4096
"""Bytes of white space and comments that may stand before the name of a member that is set."""

FAR = 80
"""Bytes of white space that may stand between the operator and the name of a member that is used."""

# Each begins with a literal, and so is found fast; what stands before it is asked behind that.
MENTION = re.compile(rb"vm(?<!\wvm)(?:a|_area_struct|_area_desc)\b")
"""The names of a VMA and its types."""
FLAG_BIT = re.compile(rb"VMA_(?<!\wVMA_)[A-Z0-9_]+_BIT")
_FLAGS = re.compile(rb"vm(?:_flags|_operations_struct|a_flags|a_desc_)")
_OTHERS = re.compile(rb"mmap(?:_action_|migrate:)")
_SET = re.compile(rb"mmap(?<![A-Za-z0-9]mmap)(?:(?<!_mmap)_\w++)?\s*+[=:\\/]")
_USED = re.compile(rb"mmap(?<=[\s.>]mmap)\b")

_MANY = 1000
"""Places that are looked at one by one; a file that has more of them may matter."""


def matters(data: bytes | memoryview) -> bool:
    """Whether one of our rules may have something to say about a file of these bytes; False is certain.

    They ask for hooks and their calls, VMAs, descriptors and their flags, vm_ops, and for suppressions.
    """
    return (
        MENTION.search(data) is not None
        or matters_anywhere(data)
        # What nobody can read is an error.
        or holds(data, b"\0")
    )


def matters_anywhere(data: bytes | memoryview) -> bool:
    """Whether ``data`` has what one of our rules looks at outside of hooks too; False is certain.

    The name of a VMA alone is nothing to them where no parameter and no table makes it that of a hook.
    """
    return (
        any(sign.search(data) is not None for sign in (_FLAGS, FLAG_BIT, _OTHERS))
        or may_set(data)
        or _any(_USED, data, is_member)
    )


def may_set(data: bytes | memoryview) -> bool:
    """Whether ``data`` may give a value to the mmap, mmap_x or x_mmap member of a table."""
    return _any(_SET, data, _may_be_set)


def begins_element(before: bytes) -> bool:
    """Whether what stands behind ``before`` begins an element of a list; directives may lie between."""
    while True:
        before = before.rstrip(b" \t\r\n\\")
        if before.endswith((b"{", b",")):
            return True
        line = before.rfind(b"\n") + 1
        if not before[line:].lstrip().startswith(b"#"):
            return False
        before = before[:line]


def is_member(data: bytes | memoryview, at: int) -> bool:
    """Whether ``->`` or ``.`` stands before the word at ``at``."""
    return bytes(data[max(0, at - FAR) : at]).rstrip().endswith((b"->", b"."))


def _may_be_set(data: bytes | memoryview, at: int) -> bool:
    while in_word(data, at - 1):
        at -= 1
    before = bytes(data[max(0, at - LOOK_BACK) : at])
    # A slash may end a comment.
    return (
        before.rstrip(b" \t\r\n\\").endswith((b".", b">", b"{", b",", b"/"))
        or b"//" in before
        or begins_element(before)
    )


def _any(
    pattern: re.Pattern[bytes], data: bytes | memoryview, fits: Callable[[bytes | memoryview, int], bool]
) -> bool:
    for count, found in enumerate(pattern.finditer(data)):
        if count == _MANY or fits(data, found.start()):
            return True
    return False
