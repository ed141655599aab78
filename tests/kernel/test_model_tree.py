# SPDX-License-Identifier: GPL-2.0-only
"""The model against a whole kernel tree, and against what a plain search finds there."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mmapmigrate.model.body import Body
from mmapmigrate.model.discovery import candidate, discover
from mmapmigrate.model.ops import EntryForm, OpsEntry
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.lexer import blank_opaque

KERNEL = os.environ.get("MMAPMIGRATE_KERNEL", "")
NOT_KERNEL_CODE = frozenset({"Documentation", "scripts", "tools", "usr", "rust"})

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(not KERNEL, reason="MMAPMIGRATE_KERNEL names no kernel tree"),
]

# Members written one to a line, as the kernel writes them; a value that is a call is data.
_DESIGNATOR = re.compile(rb"^[ \t]*\.[ \t]*(mmap|mmap_\w+|\w+_mmap)[ \t]*=[ \t]*([^\n]*)", re.MULTILINE)
_TABLE = re.compile(
    rb"struct\s+file_operations\s+(?:__\w+\s+)*(\w+)\s*(?:\[[^\]]*\]\s*)?(?:__\w+\s*)*=\s*\{([^;]*?)\}\s*;"
)
_HOOK = re.compile(rb"\.mmap\s*=\s*&?\s*(\w+)")


@dataclass
class Survey:
    """What one pass over the tree found."""

    entries: dict[str, tuple[OpsEntry, ...]] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    unparsed: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    functions: int = 0

    def all(self) -> Iterator[tuple[str, OpsEntry]]:
        return ((path, entry) for path, entries in self.entries.items() for entry in entries)


def _folders() -> list[str]:
    return sorted(
        str(path) for path in Path(KERNEL).iterdir() if path.is_dir() and path.name not in NOT_KERNEL_CODE
    )


@pytest.fixture(scope="module")
def survey() -> Survey:
    found = Survey()
    project = Project(Path(KERNEL))
    for path in discover(_folders()):
        assert isinstance(path, str)
        if not candidate(Path(path).read_bytes()):
            continue
        file = project.file(path)
        if file.entries():
            found.entries[path] = tuple(file.entries())
        if b"mmap" in file.unit.source.data:
            found.texts[path] = blank_opaque(file.unit.source.data)
        found.unparsed += (f"{path}: {region.message}" for region in file.unparsed() if region.matters)
        for function in file.functions_with("vm_area_struct"):
            vma = function.vma_parameter()
            if vma is None:
                continue
            found.functions += 1
            if Body(file, function).unread(vma):
                found.unread.append(f"{path}: {function.name}")
    return found


def test_every_designator_is_an_entry(survey: Survey) -> None:
    missed = []
    for path, text in survey.texts.items():
        known = {entry.member_start for entry in survey.entries.get(path, ())}
        for match in _DESIGNATOR.finditer(text):
            if match.start(1) not in known and not re.match(rb"\w+\s*\(", match[2]):
                missed.append(f"{path}: {match[0].decode('latin-1')}")
    assert missed == []


def test_every_file_operations_table_that_a_search_finds_is_known(survey: Survey) -> None:
    searched, missed = 0, []
    for path, text in survey.texts.items():
        for table in _TABLE.finditer(text):
            for hook in _HOOK.finditer(table[2]):
                searched += 1
                expected = ("file_operations", "mmap", table[1].decode(), hook[1].decode())
                if not any(
                    (entry.struct, entry.member, entry.object, entry.handler) == expected
                    or (entry.struct, entry.form) == ("file_operations", EntryForm.MACRO)
                    for entry in survey.entries.get(path, ())
                ):
                    missed.append(f"{path}: {expected}")
    assert searched > 80
    assert missed == []


def test_a_file_operations_entry_stands_where_the_text_says_so(survey: Survey) -> None:
    wrong = []
    for path, entry in survey.all():
        if (
            entry.struct == "file_operations"
            and entry.member == "mmap"
            and entry.form is EntryForm.INITIALIZER
        ):
            before = survey.texts[path][: entry.start]
            heads = list(re.finditer(rb"\bstruct\s+(\w+)[\s\w\[\]]*=\s*\{", before))
            if not heads or heads[-1][1] != b"file_operations":
                wrong.append(f"{path}: {entry.object}")
    assert wrong == []


def test_the_struct_of_every_mmap_member_is_known(survey: Survey) -> None:
    unknown = [
        f"{path}: {entry}" for path, entry in survey.all() if entry.struct is None and entry.member == "mmap"
    ]
    assert unknown == []


def test_most_mmap_members_are_none_of_file_operations(survey: Survey) -> None:
    kinds = Counter(
        entry.struct for path, entry in survey.all() if entry.member == "mmap" and path.endswith(".c")
    )
    assert kinds["file_operations"] >= 100
    assert kinds["v4l2_file_operations"] >= 100
    assert kinds["proto_ops"] >= 50
    assert sum(kinds.values()) > 3 * kinds["file_operations"]
    assert len(kinds) >= 20


def test_the_macros_that_make_tables_are_known(survey: Survey) -> None:
    macros = {entry.object: entry for _, entry in survey.all() if entry.form is EntryForm.MACRO}
    drm = macros["DRM_GEM_FOPS"]
    assert (drm.struct, drm.handler) == ("file_operations", "drm_gem_mmap")


def test_nothing_that_could_be_part_of_a_hook_is_unparsed(survey: Survey) -> None:
    gaps = [region for region in survey.unparsed if "one arm" in region]
    assert [region for region in survey.unparsed if region not in gaps] == []
    assert len(gaps) <= 1


def test_every_place_that_names_a_vma_is_read(survey: Survey) -> None:
    assert survey.functions > 1000
    assert survey.unread == []
