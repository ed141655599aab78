# SPDX-License-Identifier: GPL-2.0-only
"""Which rules are active: by code or by prefix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mmapmigrate.lint.rule import Rule

ALL = "ALL"
"""The selector of every rule."""

_SHOWN = 80
"""Characters of an unknown one that a message shows."""


class UnknownRuleError(Exception):
    """A selector that fits no rule; the text is one line for the user."""


def selected_codes(
    rules: Iterable[Rule],
    *,
    select: Sequence[str] = (),
    extend_select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> frozenset[str]:
    """The codes of the active rules.

    ``select`` replaces the default set, ``extend_select`` adds to it, ``ignore`` takes away. Each item is a
    code, a prefix of codes, or ``ALL``; where two fit a rule the longer one wins, and ``ignore`` wins a tie.

    Raises UnknownRuleError when an item fits no rule.
    """
    known = list(rules)
    for selector in (*select, *extend_select, *ignore):
        if not any(_fits(selector, rule) for rule in known):
            raise UnknownRuleError(_unknown(selector, known))
    active = set()
    for rule in known:
        default = 0 if rule.default and not select else -1
        wanted = max((_weight(item, rule) for item in (*select, *extend_select)), default=-1)
        unwanted = max((_weight(item, rule) for item in ignore), default=-1)
        if max(default, wanted) > unwanted:
            active.add(rule.code)
    return frozenset(active)


def find_rule(name: str, rules: Iterable[Rule]) -> Rule:
    """The rule of this code (in any case) or name.

    Raises UnknownRuleError when there is none.
    """
    known = list(rules)
    for rule in known:
        if name.upper() == rule.code or name == rule.name:
            return rule
    raise UnknownRuleError(_unknown(name, known))


def _fits(selector: str, rule: Rule) -> bool:
    return selector == ALL or (selector != "" and rule.code.startswith(selector))


def _weight(selector: str, rule: Rule) -> int:
    """How closely ``selector`` fits: 0 for ALL, else its length; -1 when it does not fit."""
    if not _fits(selector, rule):
        return -1
    return 0 if selector == ALL else len(selector)


def _unknown(name: str, known: Sequence[Rule]) -> str:
    # A run whose rules are known must not wait for it.
    import difflib

    name = name[:_SHOWN]
    codes = difflib.get_close_matches(
        name.upper(), [rule.code for rule in known], n=len(known) or 1, cutoff=0.5
    )
    # Codes are alike by their first characters: they are the group.
    codes.sort(key=lambda code: (-_shared(code, name.upper()), code))
    by_name = {rule.name: rule.code for rule in known}
    names = difflib.get_close_matches(name.lower(), by_name, n=1, cutoff=0.5)
    close = [*codes, *(by_name[each] for each in names)]
    hint = f"; did you mean {close[0]}?" if close else "; `mmapmigrate rules` lists them"
    return f"unknown rule {name!r}{hint}"


def _shared(left: str, right: str) -> int:
    """How many characters both begin with."""
    return next(
        (at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )
