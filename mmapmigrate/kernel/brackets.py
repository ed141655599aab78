# SPDX-License-Identifier: GPL-2.0-only
"""Brackets in C text: what closes one, and what stands in none."""

from __future__ import annotations

import re


def closing(text: str, start: int) -> int:
    """The index of the parenthesis or bracket that closes the one at ``start``, or -1."""
    depth = 0
    for index in range(start, len(text)):
        char = text[index]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return index
    return -1


def split_top(text: str, separator: str = ",") -> list[str]:
    """``text`` split at separators that stand in no bracket of any kind."""
    if not any(char in text for char in "([{"):
        return text.split(separator)
    parts: list[str] = []
    depth = start = 0
    for match in re.finditer(rf"[(\[{{)\]}}{re.escape(separator)}]", text):
        char = match.group(0)
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif depth <= 0:
            parts.append(text[start : match.start()])
            start = match.end()
    parts.append(text[start:])
    return parts
