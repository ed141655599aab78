# SPDX-License-Identifier: GPL-2.0-only
"""What the built-in rules say of themselves, known without importing them.

To import the rules is to import the model and the converter. A run whose answer is kept needs their names.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.disk.kept import read_entry, write_entry
from mmapmigrate.lint.loader import LoadedRule, builtin_folder, load_builtin, load_folder
from mmapmigrate.lint.memory.stamp import tool_stamp

if TYPE_CHECKING:
    from mmapmigrate.lint.finding import Finding
    from mmapmigrate.lint.rule import Check, RuleContext

ENTRY = "rules.entry"


class Deferred(Struct, frozen=True):
    """The check of the built-in rule in the module ``path``, imported when it is called."""

    path: Path

    def __call__(self, context: RuleContext) -> Iterable[Finding]:
        return _check_of(self.path)(context)


@cache
def _check_of(path: Path) -> Check:
    return load_builtin(path).check


@cache
def builtin_rules(folder: Path) -> tuple[LoadedRule, ...]:
    """The built-in rules by code, from the cache ``folder`` where it has them.

    Raises what ``load_folder`` raises.
    """
    stamp = tool_stamp()
    values = read_entry(folder / ENTRY)
    if next(values, None) == stamp:
        found = next(values, None)
        if isinstance(found, tuple) and all(isinstance(each, LoadedRule) for each in found):
            return found
    loaded = sorted(load_folder(builtin_folder(), builtin=True), key=lambda rule: rule.code)
    rules = tuple(LoadedRule(each.rule, Deferred(each.path), each.page, each.path) for each in loaded)
    write_entry(folder / ENTRY, stamp, rules)
    return rules
