# SPDX-License-Identifier: GPL-2.0-only
"""However long the gaps between its tokens are, a driver costs time in proportion to them.

A comment is a gap too, for who reads the code. A pattern that begins anew at each of its blanks takes the
square of its length, and one that may share out the same words in several ways has no end.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.loader import load_rules
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.migration.macros import uses
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit
from tests.convert.support import TABLE, hook
from tests.convert.test_siblings import made
from tests.drivers import GOOD_HOOK
from tests.fuzz.mutation import FIXTURES
from tests.fuzz.test_linear import NAME, grows_with


def read(fixture: str) -> str:
    """The driver of a fixture."""
    return (FIXTURES / fixture / "before.c").read_text()


GAPS = {
    "before the end of a table": (GOOD_HOOK, ".mmap = foo_mmap,", b" "),
    "behind the name of a hook": (GOOD_HOOK, ".mmap = foo_mmap", b"\n"),
    "before all": (read("ops_private"), "/**", b" "),
    "behind a function": (read("ops_private"), "half_pages(void)\n{", b"\n"),
}
"""Drivers, each with what the gap stands behind, and what it is made of."""


@pytest.mark.parametrize(("driver", "behind", "gap"), GAPS.values(), ids=GAPS)
def test_a_long_gap(driver: str, behind: str, gap: bytes) -> None:
    api = load_snapshot("7.3")
    codes = frozenset(loaded.code for loaded in load_rules())
    before, mark, after = driver.partition(behind)

    def check(number: int) -> None:
        text = f"{before}{mark}".encode() + gap * (number // len(gap)) + after.encode()
        result = Checker(CheckOptions(api, codes, texts={NAME: text})).check(NAME)
        assert result.errors == ()
        assert result.conversions

    assert mark
    assert grows_with(6_000, check)


@pytest.mark.parametrize("words", ["a_" * 5_000, "a " * 5_000, "a(b) " * 2_000])
def test_words_in_a_list_that_nothing_closes(words: str) -> None:
    texts = {
        NAME: GOOD_HOOK.removesuffix("};\n").encode() + b"struct " + words.encode() + b"= {\n\t.x = 1,\n"
    }
    codes = frozenset(loaded.code for loaded in load_rules())
    result = Checker(CheckOptions(load_snapshot("7.3"), codes, texts=texts)).check(NAME)
    assert result.errors == ()


def test_attributes_behind_a_table_of_a_macro() -> None:
    text = f"static struct file_operations foo_fops {'__a' * 2_000} (1) = {{ FOPS }};\n"
    file = FileModel(SourceUnit(SourceFile(NAME, text.encode())))
    assert [each.object for each in uses(file, {"FOPS": "FOPS"})] == [None]


def test_comments_behind_what_may_be_a_function(tmp_path: Path) -> None:
    body = "if (!foo_touch())\n        return -EINVAL;\nreturn 0;"
    own = f'#include "foo.h"\n\n{hook(body)}{TABLE}'
    files = {
        "foo.c": own,
        "foo.h": "bool foo_touch(void);\n",
        "bar.c": f"int bar = foo_touch() {'/* a */ ' * 5_000};\n",
    }
    assert made(tmp_path, files).codes
