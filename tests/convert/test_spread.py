# SPDX-License-Identifier: GPL-2.0-only
"""A function that very many files name or define is not followed through all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert import engine
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.reach import MOST_DEFINING, MOST_NAMING
from tests.convert.test_siblings import driver, made
from tests.drivers import GOOD_HOOK

GLOBAL = GOOD_HOOK.replace("static int foo_mmap", "int foo_mmap")


@pytest.mark.parametrize("more", [0, 1])
def test_definitions_of_a_hook(tmp_path: Path, more: int) -> None:
    found = made(tmp_path, {f"{chr(ord('a') + at)}.c": GLOBAL for at in range(MOST_DEFINING + more)}, "a.c")
    assert ("spread" in found.codes) == bool(more)
    if more:
        (reason,) = found.conversion.reasons
        assert reason.message == "foo_mmap() is defined in 9 files, more than are converted together"
        assert (found.conversion.tier, found.conversion.edits) == (Tier.SKELETON, {})


@pytest.mark.parametrize("more", [0, 1])
def test_names_of_a_hook(tmp_path: Path, more: int) -> None:
    others = {f"x{at}.h": "/* foo_mmap() */\n" for at in range(MOST_NAMING - 1 + more)}
    found = made(tmp_path, {"foo.c": GLOBAL, **others})
    assert found.codes == ({"spread"} if more else set())


def test_names_of_a_hook_that_stands_elsewhere(tmp_path: Path) -> None:
    table = "static const struct file_operations bar_fops = {\n\t.mmap = foo_mmap,\n};\n"
    others = {f"x{at}.h": "/* foo_mmap() */\n" for at in range(MOST_NAMING)}
    found = made(tmp_path, {"a.c": table, **others}, "a.c")
    assert [reason.message for reason in found.conversion.reasons] == [
        f"foo_mmap() is named in {MOST_NAMING + 1} files, more than are followed"
    ]


def test_names_of_a_helper(tmp_path: Path) -> None:
    others = {f"x{at}.h": "/* foo_map() */\n" for at in range(MOST_NAMING)}
    assert made(tmp_path, {**driver(), **others}).codes == {"spread"}


@pytest.mark.parametrize("most", [3, 4])
def test_hooks_that_share_a_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(engine, "MOST_TOGETHER", most)
    helper = "void foo_set(struct vm_area_struct *vma)\n{\n\tvm_flags_set(vma, VM_IO);\n}\n"
    sharing = '#include "foo.h"\n' + GOOD_HOOK.replace("\treturn", "\tfoo_set(vma);\n\treturn")
    hooks = {f"h{at}.c": sharing.replace("foo_mmap", f"h{at}_mmap") for at in range(4)}
    header = "#include <linux/mm.h>\n\nvoid foo_set(struct vm_area_struct *vma);\n"
    found = made(tmp_path, {**hooks, "foo.h": header, "foo.c": f'#include "foo.h"\n{helper}'}, "h0.c")
    assert found.codes == ({"spread"} if most < 4 else set())
    if most < 4:
        (reason,) = found.conversion.reasons
        assert reason.message == (
            "h0_mmap() shares helpers with hooks of 3 other files, more than are converted together"
        )
