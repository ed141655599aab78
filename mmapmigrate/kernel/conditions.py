# SPDX-License-Identifier: GPL-2.0-only
"""The conditions of ``#if`` as literals: their complement, their disjunction, and how C writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmapmigrate.kernel.brackets import closing

Literals = tuple[str, ...]
"""A preprocessor condition: literals that must all hold; () is always."""

_CALL_LITERAL = re.compile(r"!?\w+\([\w ,]*\)|!?\w+")

# Bounds that no header reaches, so that one made to hurt costs time in proportion to its length only.
_MOST_BRANCHES = 64
_DEEPEST = 64

_ALWAYS = frozenset({"defined(__KERNEL__)", "!defined(__ASSEMBLY__)", "!defined(__ASSEMBLER__)"})


def conjunction(stack: Sequence[Sequence[str]]) -> Literals:
    """What holds inside the conditionals of ``stack``, each the literals of its arm ("" says nothing)."""
    found: list[str] = []
    for group in stack[:_DEEPEST]:
        for literal in group[:_MOST_BRANCHES]:
            if literal and literal not in _ALWAYS and literal not in found:
                found.append(literal)
    return tuple(found)


def negate(literal: str) -> str:
    """The complement of a literal; negating twice gives the literal back."""
    if literal.startswith("!") and _CALL_LITERAL.fullmatch(literal):
        return literal[1:]
    if literal.startswith("!(") and closing(literal, 1) == len(literal) - 1:
        return literal[2:-1]
    return f"!{literal}" if _CALL_LITERAL.fullmatch(literal) else f"!({literal})"


def weakest(conditions: Sequence[Literals]) -> tuple[Literals, ...]:
    """The same disjunction of ``conditions`` with complementary branches merged; ``((),)`` is always."""
    found = set(conditions)
    if len(found) > _MOST_BRANCHES:
        return tuple(sorted(found))
    while (step := _resolved(found)) is not None:
        weaker, stronger = step
        found.discard(stronger)
        found.add(weaker)
    return tuple(sorted(one for one in found if not any(set(two) < set(one) for two in found)))


def _resolved(found: set[Literals]) -> tuple[Literals, Literals] | None:
    """A term of ``found`` that another one makes weaker (A || (!A && B) is A || B), after and before."""
    for one in sorted(found):
        for literal in one:
            rest = set(one) - {literal}
            opposite = negate(literal)
            for two in sorted(found):
                if opposite in two and rest <= set(two):
                    return tuple(part for part in two if part != opposite), two
    return None


def condition_text(conditions: Sequence[Literals]) -> str:
    """The disjunction of ``conditions`` as one C expression; "" when it always holds or there are none."""
    terms = weakest(conditions)
    if not terms or () in terms:
        return ""
    texts = [" && ".join(_wrapped(literal, len(term)) for literal in term) for term in terms]
    if len(texts) == 1:
        return texts[0]
    return " || ".join(f"({text})" if "&&" in text else text for text in texts)


def _wrapped(literal: str, count: int) -> str:
    if count == 1 or _CALL_LITERAL.fullmatch(literal) or literal.startswith("!("):
        return literal
    return f"({literal})"
