# SPDX-License-Identifier: GPL-2.0-only
"""Places in the code, as links of a page."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from urllib.parse import quote

from msgspec import Struct

from mmapmigrate.report.style import printable


class Links(Struct, frozen=True):
    """How places are written and linked: ``name`` writes a path from the tree's top.

    Links lead to ``base`` followed by that; without a base to the path as it was given.
    """

    name: Callable[[str], str]
    base: str | None = None

    def url(self, path: str, line: int) -> str:
        """Where a place is linked to."""
        where = path
        if self.base is not None:
            where = self.base.rstrip("/") + "/" + _quoted(self.name(path))
        else:
            where = _quoted(path)
        return f"{where}#L{line}" if line else where

    def place(self, path: str, line: int) -> str:
        """A place as a link."""
        text = f"{self.name(path)}:{line}" if line else self.name(path)
        return f'<a href="{escape(self.url(path, line))}">{breakable(text)}</a>'


def breakable(text: str) -> str:
    """``text`` escaped, with places where a narrow screen may break it."""
    return escape(printable(text)).replace("/", "/<wbr>").replace("_", "_<wbr>")


def _quoted(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")
