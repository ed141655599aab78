# SPDX-License-Identifier: GPL-2.0-only
"""The message of one patch: why, what, what to look at, and who made it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.report.series.words import from_root, items, made_by, paragraph, why
from mmapmigrate.report.style import printable
from mmapmigrate.series.account import Moved
from mmapmigrate.series.drivers import Driver


def message(driver: Driver, moved: Sequence[Moved], subject: str, command: str) -> str:
    """The whole commit message, without trailers."""
    structs = (hook.struct for outcome in driver.outcomes for hook in outcome.hooks)
    parts = [subject, why(structs), _what(moved), *_more(driver)]
    if driver.tier is Tier.COMPLETE:
        parts.append(
            paragraph(
                "No change in behaviour is intended: flags, contents, success and failure of a mapping stay "
                "the same."
            )
        )
    else:
        parts += [paragraph("Please look at:"), items(_review(driver))]
    parts.append(made_by(command, driver.root, patch=True))
    return "\n\n".join(parts) + "\n"


def _what(moved: Sequence[Moved]) -> str:
    if len(moved) == 1:
        one = moved[0]
        return paragraph(f"{_converted(one)}.{_acts(one)}")
    return paragraph("Convert its hooks:") + "\n\n" + items(_item(one) for one in moved)


def _converted(one: Moved) -> str:
    old = f"{one.outcome.handler}()"
    if one.own:
        return f"Convert {old} to {one.new}()" if one.new else f"Convert {old}"
    new = f"{one.new}()" if one.new else "its counterpart"
    return f"Name {new} in {_tables(one)}, in the place of {old}"


def _tables(one: Moved) -> str:
    names = sorted({hook.object for hook in one.outcome.hooks if hook.object})
    return " and ".join(names) or "the ops table"


def _acts(one: Moved) -> str:
    if not one.actions:
        return ""
    return f" It asks for the mapping by {_calls(one)}, which mm carries out once the VMA exists."


def _item(one: Moved) -> str:
    if not one.own:
        return _converted(one)
    text = f"{one.outcome.handler}()" + (f" becomes {one.new}()" if one.new else "")
    return f"{text}, by {_calls(one)}" if one.actions else text


def _calls(one: Moved) -> str:
    return " or ".join(f"{name}()" for name in one.actions)


def _more(driver: Driver) -> Iterator[str]:
    """Files that change beside the hooks' own, and what else the rules found in them."""
    homes = {outcome.path for outcome in driver.outcomes}
    beside = [name for name, change in driver.files.items() if change.path not in homes]
    if beside:
        yield paragraph(f"{' and '.join(map(printable, beside))} change{'s' * (len(beside) == 1)} with it.")
    if driver.others:
        names = {change.path: name for name, change in driver.files.items()}
        where = (f"{printable(names[one.path])}: {one.rule}, line {one.line}" for one in driver.others)
        yield paragraph("Fix in the same files what the tool's other rules found:") + "\n\n" + items(where)


def _review(driver: Driver) -> Iterator[str]:
    for outcome in driver.outcomes:
        for reason in dict.fromkeys(outcome.reasons):
            yield _reason(reason, outcome.handler, driver)


def _reason(reason: Reason, handler: str, driver: Driver) -> str:
    path = from_root(printable(reason.path), driver.root)
    place = f"line {reason.line} of {path}" if len(driver.files) > 1 else f"line {reason.line}"
    return f"{handler}(), {place} before this patch: {from_root(printable(reason.message), driver.root)}"
