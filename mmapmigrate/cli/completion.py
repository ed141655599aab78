# SPDX-License-Identifier: GPL-2.0-only
"""What a shell offers when a word is completed: codes of rules and of reasons, and releases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from mmapmigrate.lint.loader import LoadedRule

VARIABLE = "_MMAPMIGRATE_COMPLETE"
"""Set by a shell that asks for completions, and by who wants the script that makes a shell ask."""


def complete(group: click.Group, instruction: str) -> int:
    """Answers a shell that ``instruction`` comes from; the exit code."""
    from click.shell_completion import shell_complete

    try:
        return shell_complete(group, {}, "mmapmigrate", VARIABLE, instruction)
    except (KeyError, ValueError):
        # No shell asks so: what it typed, or where in it the cursor is, is missing or no number.
        return 1


def rule_codes(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Codes of rules, for a list with commas."""
    before, comma, last = incomplete.rpartition(",")
    codes = [("ALL", "every rule"), *((each.code, each.rule.name) for each in _rules(context))]
    return _items(((f"{before}{comma}{code}", text) for code, text in codes), f"{before}{comma}{last}")


def page_names(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Whatever has a page: codes and names of rules, codes of reasons."""
    from mmapmigrate.convert.catalog import reason_pages

    def names() -> Iterator[tuple[str, str]]:
        for each in _rules(context):
            yield each.code, each.rule.name
            yield each.rule.name, each.code
        for page in reason_pages().values():
            yield page.code, "a reason"

    return _items(names(), incomplete)


def releases(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The releases whose API is bundled."""
    from mmapmigrate.kernel.snapshot import snapshot_names

    return _items(((release, "bundled") for release in snapshot_names()), incomplete)


def _rules(context: click.Context) -> tuple[LoadedRule, ...]:
    from mmapmigrate.cli.loading import load

    try:
        return load(context.params.get("rule_folders") or ())
    except click.ClickException:
        # Who completes a word is told nothing; the command itself says what is wrong with the folder.
        return load(())


def _items(names: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name, help=text) for name, text in names if name.startswith(incomplete)]
