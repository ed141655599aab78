# SPDX-License-Identifier: GPL-2.0-only
"""How the paths of a kernel tree are written: as one of them was given, so that each file keeps one name."""

from __future__ import annotations

from pathlib import Path


def lead_of(path: str) -> str:
    """What a path has in front of the file's own name: nothing, or a folder with a slash."""
    return path[: path.rfind("/") + 1]


def lead_above(lead: str, root: Path | None = None) -> str | None:
    """What paths have in front in the folder above that of ``lead``; None where that is the tree ``root``."""
    folder = lead.rstrip("/")
    at_top = lead.startswith("/") and not folder
    if at_top or (root is not None and Path(lead or ".").resolve() == root.resolve()):
        return None
    if folder in ("", "."):
        return "../"
    return f"{folder}/../" if folder.endswith("..") else lead_of(folder)


def top_lead(lead: str, root: Path) -> str | None:
    """What the paths of files of the tree ``root`` have in front, where those of one folder have ``lead``.

    None where that folder lies outside of the tree, or a link in ``lead`` leads to it.
    """
    try:
        inside = Path(lead or ".").resolve().relative_to(root.resolve()).as_posix()
    except (OSError, ValueError):
        return None
    if inside == ".":
        return lead
    return lead.removesuffix(f"{inside}/") if f"/{lead}".endswith(f"/{inside}/") else None
