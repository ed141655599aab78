# SPDX-License-Identifier: GPL-2.0-only
"""A rule's page, and the list of all rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from textwrap import indent

from mmapmigrate.convert.catalog import ReasonPage
from mmapmigrate.lint.loader import LoadedRule
from mmapmigrate.lint.rule import Example
from mmapmigrate.report.fold import reflowed, sentence_table, wrapped
from mmapmigrate.report.summary import plain_table

WIDEST = 100
"""Nobody reads longer lines."""


def render_page(loaded: LoadedRule, width: int | None = None) -> Iterator[str]:
    """The page of one rule: its head, its module's docstring, and the examples that are its tests.

    With a ``width`` its paragraphs are filled for a terminal of so many columns.
    """
    yield from reflowed(_page(loaded), width and min(width, WIDEST))


def _page(loaded: LoadedRule) -> Iterator[str]:
    rule = loaded.rule
    head = f"{rule.code} {rule.name}"
    yield head
    yield "=" * len(head)
    yield ""
    yield f"{rule.severity.value}, {'on' if rule.default else 'off'} by default"
    yield ""
    yield from loaded.page.splitlines()
    for title, examples in (("Examples that fail", rule.bad), ("Examples that pass", rule.good)):
        if examples:
            yield ""
            yield f"## {title}"
        for example in examples:
            yield from _example(example)


def render_reason(page: ReasonPage, width: int | None = None) -> Iterator[str]:
    """What the code of a reason means, for a terminal of ``width`` columns if that is given."""
    columns = min(width or 80, 80)
    yield page.code
    yield "=" * len(page.code)
    yield ""
    yield "Why a conversion is not complete:"
    yield from wrapped(page.means, columns, "    ", "    ")
    yield ""
    yield "What to do:"
    yield from wrapped(page.remedy, columns, "    ", "    ")


def page_object(loaded: LoadedRule) -> dict[str, object]:
    """The same for a program."""
    return {**rule_object(loaded), "page": loaded.page}


def rule_object(loaded: LoadedRule) -> dict[str, object]:
    """One rule as JSON."""
    rule = loaded.rule
    return {
        "rule": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "default": rule.default,
        "summary": rule.summary,
    }


def render_rules(rules: Iterable[LoadedRule], width: int | None = None) -> Iterator[str]:
    """All rules, one a line; on a terminal of ``width`` columns a summary may take several."""
    rows = [["code", "name", "default", "severity", "summary"]]
    rows += [
        [
            each.code,
            each.rule.name,
            "on" if each.rule.default else "off",
            each.rule.severity.value,
            each.rule.summary,
        ]
        for each in rules
    ]
    if width is None:
        yield from plain_table(rows, left=len(rows[0]))
    else:
        yield from sentence_table(rows, width)


def rules_json(rules: Iterable[LoadedRule]) -> str:
    """All rules as a JSON list."""
    return json.dumps([rule_object(rule) for rule in rules], indent=2, ensure_ascii=False)


def _example(example: Example) -> Iterator[str]:
    yield ""
    yield f"{example.title[:1].upper()}{example.title[1:]}:"
    yield ""
    yield from indent(example.code.rstrip("\n"), "    ").splitlines()
    if example.fixed is not None:
        yield ""
        yield "Fixed:"
        yield ""
        yield from indent(example.fixed.rstrip("\n"), "    ").splitlines()
