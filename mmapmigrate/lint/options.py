# SPDX-License-Identifier: GPL-2.0-only
"""What a run is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from mmapmigrate.change.lines import Lines
    from mmapmigrate.kernel.api import KernelApi
    from mmapmigrate.model.glance import TreeIndex

CONVERTED_RULES = frozenset({"MM101", "MM103"})
"""The rules whose findings are fixed by a conversion."""

DEFECT = "defect of mmapmigrate"
"""How an error begins that is the tool's own fault."""


class CheckOptions(Struct, frozen=True):
    """What a run needs to know; it crosses to the worker processes, so it holds plain values only.

    ``codes`` are the active rules; ``rule_folders`` the user's folders; ``conversions`` says whether the
    fixes of CONVERTED_RULES are wanted; ``texts`` are new contents of files, by path, that stand for those
    on disk. ``lines`` are those, by path, that a finding has to touch; None where all count.
    ``name`` says how files are called in fingerprints; without it findings get none. Findings with one of
    the fingerprints ``known`` are left out. ``file_codes`` are the active rules, by path, of files that have
    others than ``codes``. ``skeletons`` tells that skeletons are wanted too.
    ``survey`` tells that each file's part of the tree's picture is wanted. ``indexes`` are what is known of
    whole trees, by their tops. ``memory`` is the folder where results are kept between runs, if any, and
    ``catalogue`` the one that has what the built-in rules say of themselves.
    """

    api: KernelApi
    codes: frozenset[str]
    rule_folders: tuple[str, ...] = ()
    conversions: bool = True
    skeletons: bool = False
    survey: bool = False
    texts: Mapping[str, bytes] = field(default_factory=dict)
    lines: Mapping[str, Lines] | None = None
    name: Callable[[str], str] | None = None
    known: frozenset[str] = frozenset()
    file_codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    indexes: Mapping[Path, TreeIndex] = field(default_factory=dict)
    memory: Path | None = None
    catalogue: Path | None = None

    @property
    def ours_only(self) -> bool:
        """Whether our own rules alone have questions: others may ask for any file that names what ours do."""
        return not self.rule_folders and not self.survey
