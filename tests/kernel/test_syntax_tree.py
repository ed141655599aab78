# SPDX-License-Identifier: GPL-2.0-only
"""The mask against a whole kernel tree: what mentions a VMA or an mmap member must parse."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import ItemKind, ParsedItem, SourceUnit

KERNEL = os.environ.get("MMAPMIGRATE_KERNEL", "")
FOLDERS = (
    "arch block crypto drivers fs include init io_uring ipc kernel lib mm net samples security sound virt"
)

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(not KERNEL, reason="MMAPMIGRATE_KERNEL names no kernel tree"),
]

_MENTION = re.compile(rb"vm_area_struct\b|\bvma\b|[.>]\s*mmap\b|\bmmap\s*=|\bmmap_prepare\b")
_MEMBER = re.compile(rb"\.\s*(?:mmap|mmap_prepare)\s*=\s*&?\s*(\w+)")
_WORD = re.compile(rb"\bvma\b")


@dataclass
class Survey:
    """What one pass over the tree counted; places are ``path:line``."""

    items: int = 0
    left: list[str] = field(default_factory=list)
    tables: int = 0
    broken_tables: list[str] = field(default_factory=list)
    hooks: int = 0
    broken_hooks: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def files() -> Iterator[Path]:
    for folder in FOLDERS.split():
        for path in sorted((Path(KERNEL) / folder).rglob("*.[ch]")):
            if path.is_file():
                yield path


def count(unit: SourceUnit, survey: Survey) -> None:
    items = {unit.item_at(match.start()) for match in _MENTION.finditer(unit.code)}
    hooks = {match[1] for match in _MEMBER.finditer(unit.code)} - {b"NULL"}
    for item in items:
        if item is None:
            continue
        parsed = unit.parse(item)
        text = unit.code[item.start : item.end]
        place = f"{unit.source.path}:{unit.source.position(item.start).line}"
        survey.items += 1
        if parsed.errors:
            survey.left.append(place)
        if item.kind is not ItemKind.DEFINE and _MEMBER.search(text):
            survey.tables += 1
            if parsed.errors:
                survey.broken_tables.append(place)
        if item.kind is ItemKind.FUNCTION and any(
            re.search(rb"\b" + hook + rb"\s*\(", text.split(b"{")[0]) for hook in hooks
        ):
            survey.hooks += 1
            if parsed.errors:
                survey.broken_hooks.append(place)
        if item.kind is not ItemKind.DEFINE and not accounted(unit, parsed):
            survey.lost.append(place)


def accounted(unit: SourceUnit, parsed: ParsedItem) -> bool:
    """Whether each ``vma`` of the item's text is in its mask, or in a range that is told."""
    item = parsed.item
    told = (*parsed.blanked, *parsed.rewritten, *((error.start, error.end) for error in parsed.errors))
    return all(
        parsed.mask[match.start() : match.end()] == match[0]
        or any(start <= item.start + match.start() < end for start, end in told)
        for match in _WORD.finditer(unit.text[item.start : item.end])
    )


@pytest.fixture(scope="module")
def survey() -> Survey:
    result = Survey()
    for path in files():
        source = SourceFile.read(str(path))
        if any(word in source.data for word in (b"vma", b"vm_area_struct", b"mmap")):
            count(SourceUnit(source), result)
    return result


def test_at_most_one_item_in_a_hundred_that_mentions_a_vma_is_left_unparsed(survey: Survey) -> None:
    assert survey.items > 4000
    assert len(survey.left) * 100 <= survey.items, survey.left


def test_every_ops_table_with_an_mmap_member_parses(survey: Survey) -> None:
    assert survey.tables > 400
    assert survey.broken_tables == []


def test_every_function_that_an_mmap_member_names_in_its_file_parses(survey: Survey) -> None:
    assert survey.hooks > 150
    assert survey.broken_hooks == []


def test_no_mask_drops_a_vma_without_telling(survey: Survey) -> None:
    assert survey.lost == []
