# SPDX-License-Identifier: GPL-2.0-only
"""Kernel coding style for the text that a conversion writes: tabs of 8, 80 columns, aligned continuations.

Source: Documentation/process/coding-style.rst, and scripts/checkpatch.pl --strict for the alignment.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from mmapmigrate.syntax.edit import Edit, apply_edits

TAB = 8
WIDTH = 80


def column(text: str, start: int = 0) -> int:
    """The visual column, from 0, that follows ``text`` when it begins at column ``start``."""
    at = start
    *before, last = text.split("\t")
    for part in before:
        at = ((at + len(part)) // TAB + 1) * TAB
    return at + len(last)


def indent(width: int) -> str:
    """White space of ``width`` columns: tabs, then spaces."""
    return "\t" * (width // TAB) + " " * (width % TAB)


def indentation(line: str) -> str:
    """The leading white space of ``line``."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def fill(at: int, target: int, unit: str) -> str:
    """White space from column ``at`` to ``target``, tabs if ``unit`` is one; a space where it is past."""
    if at >= target:
        return " "
    if unit != "\t":
        return " " * (target - at)
    gap = ""
    while at < target:
        at = (at // TAB + 1) * TAB
        gap += "\t"
    return gap


def call(start: int, head: str, arguments: Sequence[str], tail: str) -> str:
    """``head(arguments)tail`` laid out from visual column ``start``, broken after commas to fit.

    An argument that holds a newline of its own is put on as few lines as its text allows. What begins where
    no line is left is not broken.
    """
    flat = [" ".join(argument.split()) for argument in arguments]
    whole = f"{head}({', '.join(flat)}){tail}"
    if column(whole, start) <= WIDTH:
        return whole
    align = column(head + "(", start)
    if align >= WIDTH:
        # No line of it would fit, and the white space could be longer than any file.
        return whole
    lines: list[str] = []
    current = ""
    for index, argument in enumerate(flat):
        piece = argument + (f"){tail}" if index == len(flat) - 1 else ",")
        joined = f"{current} {piece}" if current else piece
        if current and align + len(joined) > WIDTH:
            lines.append(current)
            current = piece
        else:
            current = joined
    lines.append(current)
    return f"{head}(" + ("\n" + indent(align)).join(lines)


def realign(data: bytes, edits: Sequence[Edit], start: int, end: int) -> list[Edit]:
    """Edits that keep continuation lines of ``data[start:end]`` aligned once ``edits`` are applied.

    A line that was aligned to the first character after an open parenthesis (or brace, or bracket) of an
    earlier line, and whose parenthesis moves, is indented anew. Lines that were not aligned stay.
    """
    text = data[start:end].decode("latin-1")
    inside = [edit for edit in edits if start <= edit.start and edit.end <= end]
    order = sorted(inside, key=lambda edit: edit.start)
    starts = [edit.start for edit in order]
    ends = list(accumulate((edit.end for edit in order), max))
    opens = _open_brackets(text)
    lines = _line_offsets(text)
    added: list[Edit] = []
    for number, offset in enumerate(lines[1:], 1):
        stop = lines[number + 1] if number + 1 < len(lines) else len(text)
        lead = indentation(text[offset:stop])
        # The edits that begin before the line's text: is one of them still open at the line's start?
        before_text = bisect_left(starts, start + offset + len(lead))
        if not text[offset:stop].strip() or (before_text and ends[before_text - 1] > start + offset):
            continue
        bracket = opens.get(offset)
        if bracket is None:
            continue
        line = bisect_right(lines, bracket) - 1
        before = column(text[lines[line] : bracket + 1])
        if column(lead) != before:
            continue
        after = _new_column(data, [*inside, *added], start + lines[line], start + bracket + 1)
        if after is not None and after != before:
            added.append(Edit(start + offset, start + offset + len(lead), indent(after).encode()))
    return added


def _new_column(data: bytes, edits: Sequence[Edit], line: int, offset: int) -> int | None:
    """The column of ``offset`` on its line once edits are applied; None when an edit covers it."""
    here = [edit for edit in edits if line <= edit.start and edit.end <= offset]
    if any(edit.start < offset < edit.end for edit in edits):
        return None
    base = [Edit(e.start - line, e.end - line, e.text) for e in here]
    new = apply_edits(data[line:offset], base).decode("latin-1")
    crossing = [edit for edit in edits if edit.start < line < edit.end]
    if crossing:
        return None
    return column(new.rsplit("\n", 1)[-1])


def _line_offsets(text: str) -> list[int]:
    offsets = [0]
    at = text.find("\n")
    while at >= 0:
        offsets.append(at + 1)
        at = text.find("\n", at + 1)
    return offsets


def _open_brackets(text: str) -> dict[int, int]:
    """For each line start inside a round or square bracket: the offset of the innermost one."""
    found: dict[int, int] = {}
    stack: list[int] = []
    at = 0
    while at < len(text):
        character = text[at]
        if character in "([{":
            stack.append(at)
        elif character in ")]}":
            if stack:
                stack.pop()
        elif character in "\"'":
            at = _literal_end(text, at)
            continue
        elif text.startswith("/*", at):
            close = text.find("*/", at + 2)
            stop = len(text) if close < 0 else close + 2
            at = stop
            continue
        elif text.startswith("//", at):
            close = text.find("\n", at)
            at = len(text) if close < 0 else close
            continue
        elif character == "\n" and stack and text[stack[-1]] != "{":
            found[at + 1] = stack[-1]
        at += 1
    return found


def _literal_end(text: str, at: int) -> int:
    quote = text[at]
    at += 1
    while at < len(text) and text[at] not in (quote, "\n"):
        at += 2 if text[at] == "\\" else 1
    return at + 1


def wrap_lines(old: str, new: str) -> str:
    """Break the lines of ``new`` that are too long and are not lines of ``old``, at commas and && or ||.

    What changed behind a break is aligned with it.
    """
    known = set(old.split("\n"))
    lines = new.split("\n")
    result: list[str] = []
    opens: list[tuple[int, str]] = []
    broken_in: set[int] = set()
    for line in lines:
        pending = line
        if len(opens) in broken_in and line.strip() and line not in known:
            pending = indent(opens[-1][0]) + line.lstrip()
        while column(pending) > WIDTH and line not in known:
            broken = _break(pending, opens)
            if broken is None:
                break
            head, pending = broken
            result.append(head)
            _track(head, opens)
            broken_in.add(len(opens))
        result.append(pending)
        lowest = _track(pending, opens)
        broken_in = {depth for depth in broken_in if depth <= lowest}
    return "\n".join(result)


def _track(line: str, opens: list[tuple[int, str]]) -> int:
    """Keep the stack of brackets that are open at the end of ``line``: (column after it, bracket).

    The result is how many of them ``line`` left open all along: one that it closes and another that it opens
    are two.
    """
    at, lowest = 0, len(opens)
    while at < len(line):
        character = line[at]
        if character in "([{":
            opens.append((column(line[: at + 1]), character))
        elif character in ")]}":
            if opens:
                opens.pop()
            lowest = min(lowest, len(opens))
        elif character in "\"'":
            at = _literal_end(line, at)
            continue
        elif line.startswith(("/*", "//"), at):
            close = line.find("*/", at)
            at = len(line) if close < 0 else close + 2
            continue
        at += 1
    return lowest


def _break(line: str, opens: list[tuple[int, str]]) -> tuple[str, str] | None:
    """Where to break a long line: the outermost bracket's last place that fits."""
    stack = list(opens)
    best: tuple[int, int, int] | None = None
    at = len(indentation(line))
    while at < len(line):
        character = line[at]
        if character in "([{":
            stack.append((column(line[: at + 1]), character))
        elif character in ")]}":
            if stack:
                stack.pop()
        elif character in "\"'":
            at = _literal_end(line, at)
            continue
        elif line.startswith(("/*", "//"), at):
            return None
        elif stack and stack[-1][1] == "(":
            size = 1 if character == "," else 2 if line.startswith(("&&", "||"), at) else 0
            stop = at + size
            if size and stop < len(line) - 1 and column(line[:stop]) <= WIDTH:
                depth = len(stack)
                if best is None or depth <= best[0]:
                    best = (depth, stop, stack[-1][0])
        at += 1
    if best is None or not line[best[1] :].strip():
        return None
    return line[: best[1]], indent(best[2]) + line[best[1] :].lstrip()
