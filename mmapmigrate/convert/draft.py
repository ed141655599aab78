# SPDX-License-Identifier: GPL-2.0-only
"""A conversion before the gate, and several that are to become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from mmapmigrate.convert.conversion import Conversion, Reason, Tier
from mmapmigrate.convert.helpers import ConversionSet, Helper
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.edit import Edit

# What stands in the way of a hook that the kernel could serve.
_HOLDING_BACK = frozenset(
    {"by-hand-dispatch", "lock-spans-action", "released-on-return", "table-in-macro", "unknown-table"}
)


class Added(Struct, frozen=True):
    """A function that comes into the file ``path``; ``hook`` of ``home`` had its statements."""

    path: str
    name: str
    home: str
    hook: str


class Draft(Struct, frozen=True):
    """A conversion before the gate: its files and the new names in each by path, and its helpers.

    ``members`` are its functions, where they are in reach.
    ``added`` are the functions that come in.
    """

    conversion: Conversion
    files: Mapping[str, FileModel]
    renamed: Mapping[str, Mapping[str, str]]
    helpers: tuple[Helper, ...]
    members: Sequence[ConversionSet] = ()
    added: frozenset[Added] = frozenset()


def join(drafts: Sequence[Draft]) -> Draft:
    """Several hooks as one conversion: all their tables, reasons and edits; the worst tier."""
    first = drafts[0]
    reasons = [reason for draft in drafts for reason in draft.conversion.reasons]
    edits: dict[str, list[Edit]] = {}
    for draft in drafts:
        for path, each in draft.conversion.edits.items():
            edits.setdefault(path, []).extend(each)
    hooks = tuple(dict.fromkeys(hook for draft in drafts for hook in draft.conversion.hooks))
    whole = all(draft.conversion.edits for draft in drafts)
    return Draft(
        finish(replace(first.conversion, hooks=hooks), reasons, edits if whole else {}),
        {path: file for draft in drafts for path, file in draft.files.items()},
        {
            path: {old: new for draft in drafts for old, new in draft.renamed.get(path, {}).items()}
            for draft in drafts
            for path in draft.renamed
        },
        tuple(helper for draft in drafts for helper in draft.helpers),
        added=frozenset(one for draft in drafts for one in draft.added),
    )


def agree(drafts: Sequence[Draft]) -> bool:
    """Whether hooks that are to change together make the same of the helpers that they share."""
    made: dict[tuple[str, str], set[tuple[str, bool]]] = {}
    for draft in drafts:
        for helper in draft.helpers:
            place = helper.plans[0].hook.file.path, helper.name
            made.setdefault(place, set()).add((helper.new, helper.kept))
    return all(len(each) == 1 for each in made.values())


def finish(draft: Conversion, reasons: Sequence[Reason], edits: Mapping[str, Sequence[Edit]]) -> Conversion:
    """``draft`` with its reasons, worst first, its tier, and its edits if it may have any.

    What the kernel lacks comes before what only holds the hook back.
    """
    tier = Tier.worst(reason.tier for reason in reasons)
    ordered = tuple(sorted(set(reasons), key=lambda one: (-one.tier.rank, one.code in _HOLDING_BACK, one)))
    kept = {path: tuple(sorted(set(each))) for path, each in edits.items() if each}
    return replace(draft, tier=tier, reasons=ordered, edits=kept if writable(reasons) else {})


def writable(reasons: Sequence[Reason]) -> bool:
    """Whether text is written at all: tier complete or review."""
    return Tier.worst(reason.tier for reason in reasons).rank <= Tier.REVIEW.rank
