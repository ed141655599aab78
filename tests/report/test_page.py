# SPDX-License-Identifier: GPL-2.0-only
"""A rule's page and the list of rules."""

from __future__ import annotations

import json
from pathlib import Path

from mmapmigrate.lint.finding import Severity
from mmapmigrate.lint.loader import LoadedRule
from mmapmigrate.lint.rule import Example, Rule
from mmapmigrate.report.page import render_page, render_rules, rules_json

RULE = LoadedRule(
    Rule(
        "ACME1",
        "no-foo",
        Severity.NOTE,
        "no foo here",
        default=False,
        bad=(Example("a foo", "foo;\n\n\tbar;\n", fixed="bar;\n"),),
        good=(Example("no foo", "bar;\n", findings=0),),
    ),
    lambda context: (),
    "What it does.\n\nMore.",
    Path("foo.py"),
)


def test_a_page() -> None:
    assert (
        "\n".join(render_page(RULE))
        == """\
ACME1 no-foo
============

note, off by default

What it does.

More.

## Examples that fail

A foo:

    foo;

    \tbar;

Fixed:

    bar;

## Examples that pass

No foo:

    bar;"""
    )


def test_the_list() -> None:
    assert list(render_rules([RULE])) == [
        "code   name    default  severity  summary",
        "ACME1  no-foo  off      note      no foo here",
    ]


def test_the_list_for_a_program() -> None:
    assert json.loads(rules_json([RULE])) == [
        {"rule": "ACME1", "name": "no-foo", "severity": "note", "default": False, "summary": "no foo here"}
    ]
