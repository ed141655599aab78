# SPDX-License-Identifier: GPL-2.0-only
"""Skeletons: what is known of a hook's new form, beside the old hook, for a person to finish.

    /*
     * Skeleton of foo_mmap(), which stays in use until ...
     */
    static int __maybe_unused foo_mmap_prepare(struct vm_area_desc *desc)

Helpers get a twin of the same kind behind their original. Where no sound body can be made, the body is the
reasons and a return of an error: that always builds. The tables stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from mmapmigrate.convert.conversion import Reason
from mmapmigrate.convert.helpers import ConversionSet
from mmapmigrate.convert.names import prepared
from mmapmigrate.convert.skeletons.function import bare_text, place_behind
from mmapmigrate.convert.skeletons.omission import NoBodyError
from mmapmigrate.convert.skeletons.twins import Twins
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.edit import Edit, OverlappingEditsError


class Skeleton(Struct):
    """``edits`` put it into the hook's file; ``names`` are its functions, by the name of the old ones."""

    edits: list[Edit] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


def skeleton_of(
    file: FileModel, handler: str, members: Sequence[ConversionSet], reasons: Sequence[Reason], *, bare: bool
) -> Skeleton:
    """The skeleton of the hook ``handler``, one for each of its definitions.

    ``reasons`` are those of its conversion. ``bare`` asks for the body that always builds. The plans of
    ``members`` are used up, unless it is bare.
    """
    made = Skeleton(names={handler: prepared(handler)})
    own = {reason for member in members for plan in member.plans for reason in plan.reasons}
    others = list(dict.fromkeys(reason.message for reason in reasons if reason not in own))
    for member in members:
        text = None if bare else _full(file, member, others, made)
        if text is None:
            text = bare_text(member, others)
        at = place_behind(file, member.hook.hook.function.node)
        made.edits.append(Edit(at, at, f"\n\n{text}".encode("latin-1")))
    return made


def _full(file: FileModel, member: ConversionSet, others: Sequence[str], made: Skeleton) -> str | None:
    """The skeleton of one definition with all that converts; adds its helpers' twins to ``made``."""
    places = {id(plan): list(plan.places) for plan in member.plans}
    twins = Twins(file, member, places)
    try:
        text = twins.function(member.hook, made.names[member.hook.hook.function.name], others)
    except (NoBodyError, OverlappingEditsError):
        return None
    for name, (edit, new) in twins.made.items():
        made.names[name] = new
        if edit is not None:
            made.edits.append(edit)
    return text
