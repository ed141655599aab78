# SPDX-License-Identifier: GPL-2.0-only
"""FIXME comments in the kernel's style: what is left to a person, and the old statement where it is gone."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from mmapmigrate.convert.text import layout

MARK = "\x01"
"""Stands in a comment, until the function is whole, where a statement is missing that might have failed."""

_LONGEST_QUOTE = 10
_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|/\*.*?\*/|//[^\n]*', re.S)


def comment(
    lead: str, messages: Sequence[str], quote: Sequence[str] = (), *, about: str = "", missing: bool = False
) -> str:
    """A comment of one FIXME a message, its lines after the first at ``lead``; ``quote`` is old code.

    ``about`` is a text that goes before. ``missing`` marks the comment as standing for a statement without
    which the hook must not succeed.
    """
    mark = MARK if missing else ""
    texts = [f"FIXME: {message.replace('`', '').replace('*/', '* /')}" for message in messages]
    whole = f"/* {texts[0]} */" if len(texts) == 1 and not (quote or about) else ""
    if whole and layout.column(whole, layout.column(lead)) <= layout.WIDTH:
        return mark.join(("/*", whole[2:]))
    width = max(layout.WIDTH - layout.column(lead) - 3, 40)
    lines = [f"/*{mark}"]
    if about:
        lines += [f" * {line}" for line in textwrap.wrap(about, width)]
        lines += [" *"] if texts else []
    for index, text in enumerate(texts):
        text += ":" if quote and index == len(texts) - 1 else ""
        wrapped = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
        lines += [f" * {line}" for line in wrapped]
    lines += [f" *\t{line}".rstrip() for line in quote]
    return ("\n" + lead).join([*lines, " */"])


def quoted(text: str, lead: str) -> list[str]:
    """The lines of old code as a comment can hold them: comments left out, shortened where it is long."""
    plain = _COMMENT.sub(lambda found: found[1] or "", text).replace("/*", "/ *").replace("*/", "* /")
    depth = layout.column(lead)
    lines: list[str] = []
    for line in plain.replace("\r", "").split("\n"):
        if line.strip():
            beyond = layout.column(layout.indentation(line)) - depth if lines else 0
            lines.append(layout.indent(max(beyond, 0)) + line.strip())
    if len(lines) > _LONGEST_QUOTE:
        lines = [*lines[: _LONGEST_QUOTE - 2], "...", lines[-1]]
    return lines
