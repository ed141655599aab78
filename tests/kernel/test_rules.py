# SPDX-License-Identifier: GPL-2.0-only
"""The rules over parts of a real tree, against a second and cruder reading of the same text."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.reader import read_api
from mmapmigrate.lint.finding import Finding
from mmapmigrate.lint.loader import builtin_folder, load_folder
from mmapmigrate.lint.rule import RuleContext
from mmapmigrate.model.project import Project

KERNEL = os.environ.get("MMAPMIGRATE_KERNEL")
pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(not KERNEL, reason="MMAPMIGRATE_KERNEL names no kernel tree"),
]

FOLDERS = (
    *("drivers/char", "drivers/gpu", "drivers/xen"),
    *("fs", "ipc", "kernel", "mm", "security", "sound", "virt"),
)
RULES = {loaded.code: loaded for loaded in load_folder(builtin_folder(), builtin=True)}

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
TABLE = re.compile(r"\bstruct file_operations\s+(\w+)[^;={]*=\s*\{(.*?)\n\s*\};", re.DOTALL)
MEMBER = re.compile(r"\.mmap\s*=\s*&?(\w+)")
HELPER = re.compile(r"\bvm_flags_(?:init|reset|reset_once|set|clear|mod)\(")


@cache
def api() -> KernelApi:
    assert KERNEL is not None
    return read_api(KERNEL)


@cache
def files() -> tuple[tuple[str, str], ...]:
    """Path and text, without comments, of every .c file of FOLDERS that mentions a VMA or an mmap."""
    assert KERNEL is not None
    found = []
    for folder in FOLDERS:
        for path in sorted((Path(KERNEL) / folder).rglob("*.c")):
            text = path.read_text("latin-1")
            if "mmap" in text or "vm_area_struct" in text:
                found.append((str(path), COMMENT.sub("", text)))
    return tuple(found)


@cache
def findings() -> tuple[Finding, ...]:
    assert KERNEL is not None
    project = Project(Path(KERNEL))
    return tuple(
        finding
        for path, _ in files()
        for loaded in RULES.values()
        for finding in loaded.check(RuleContext(loaded.rule, project.file(path), api(), project))
    )


def of(code: str) -> Iterator[Finding]:
    return (finding for finding in findings() if finding.rule == code)


def test_every_table_that_a_search_finds_is_reported_and_no_other() -> None:
    crude = Counter(
        (path, table, hook)
        for path, text in files()
        for table, body in TABLE.findall(text)
        for hook in MEMBER.findall(body)
        if hook != "NULL"
    )
    ours = Counter((one.path, one.hook.object, one.hook.handler) for one in of("MM101") if one.hook)
    assert ours == (crude if api().has_mmap_prepare else Counter())


def test_every_call_that_writes_flags_is_reported_once() -> None:
    crude = Counter({path: found for path, text in files() if (found := len(HELPER.findall(text)))})
    ours = Counter(one.path for code in ("MM201", "MM205") for one in of(code))
    assert ours == (crude if api().has_mmap_prepare else Counter())


def test_a_tree_that_builds_has_no_errors() -> None:
    for code in ("MM102", "MM202", "MM203", "MM204"):
        assert [f"{one.path}:{one.line}: {one.message}" for one in of(code)] == []


def test_hooks_are_all_read() -> None:
    assert [f"{one.path}:{one.line}: {one.message}" for one in of("MM001")] == []
