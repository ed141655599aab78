# SPDX-License-Identifier: GPL-2.0-only
"""One preprocessor condition around a place."""

from __future__ import annotations

from msgspec import Struct


class Condition(Struct, frozen=True):
    """One preprocessor conditional that encloses a place.

    ``group`` numbers the #if..#endif in the file, ``branch`` its arm (0 for #if, 1 for the next ...);
    ``text`` is the arm's condition ("" for #else; ``defined(X)`` for #ifdef, ``!defined(X)`` for #ifndef);
    ``start`` the offset of the arm's directive.
    """

    group: int
    branch: int
    text: str
    start: int
