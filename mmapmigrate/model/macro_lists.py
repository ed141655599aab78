# SPDX-License-Identifier: GPL-2.0-only
"""In the initialiser lists of which structs a file uses a macro, by itself or through other macros."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from mmapmigrate.syntax.unit import SourceUnit
from mmapmigrate.syntax.words import encoded

_WORD = re.compile(rb"[A-Za-z_]\w*")

Use = tuple[str | None, str | None]
"""Of one use of a macro: the struct whose list it stands in, and the macro in whose body."""


def structs_of_lists(
    unit: SourceUnit, macros: Iterable[str], use_at: Callable[[int], Use]
) -> Mapping[str, str]:
    """The one struct in whose lists the file uses each of ``macros``, which it defines.

    Those of no struct, and of several, are left out. ``use_at`` tells of the use at an offset.
    """
    places: dict[bytes, list[int]] = {name: [] for name in unit.defines}
    for word in _WORD.finditer(unit.code):
        if word[0] in places:
            places[word[0]].append(word.start())
    structs: dict[str, set[str]] = {macro: set() for macro in macros}
    bodies: dict[str, list[str]] = {}
    pending = list(structs)
    while pending:
        macro = pending.pop()
        for at in places.get(encoded(macro), ()):
            struct, outer = use_at(at)
            if struct is not None:
                structs[macro].add(struct)
            elif outer is not None:
                bodies.setdefault(outer, []).append(macro)
                if outer not in structs:
                    structs[outer] = set()
                    pending.append(outer)
    # What a macro is used for, those in its body are.
    told = [macro for macro, found in structs.items() if found]
    while told:
        outer = told.pop()
        for inner in bodies.get(outer, ()):
            # Two are too many already: so each is told of twice at most.
            if len(structs[inner]) < 2 and not structs[outer] <= structs[inner]:
                structs[inner] |= structs[outer]
                told.append(inner)
    return {macro: next(iter(found)) for macro, found in structs.items() if len(found) == 1}
