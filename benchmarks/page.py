# SPDX-License-Identifier: GPL-2.0-only
"""The last result in docs/performance.md, between two marks; what stands around them is written by hand."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"

BEGIN = "<!-- result: written by python -m benchmarks KERNEL_TREE --write-docs -->\n"
END = "<!-- end of result -->\n"


class PageError(Exception):
    """The page lacks a mark, or has one twice."""


def refreshed(page: str, result: str) -> str:
    """``page`` with ``result`` between its marks. Raises PageError when they are not there once, in order."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(END) < page.index(BEGIN):
        raise PageError("the marks around the result are not there once, in order")
    head, _, rest = page.partition(BEGIN)
    return f"{head}{BEGIN}\n{result}\n{END}{rest.partition(END)[2]}"
