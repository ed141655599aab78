# SPDX-License-Identifier: GPL-2.0-only
"""The first look at many files."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from mmapmigrate.lint import look as module
from mmapmigrate.lint.look import look
from mmapmigrate.lint.memory.witness import witnessed
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.model.glance import TreeIndex

HOOK = "static const struct file_operations foo_fops = {\n\t.mmap = foo_mmap,\n};\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "BATCH", 3)
    texts = {
        "MAINTAINERS": "",
        "Kconfig": "",
        "include/linux/mm.h": "struct vm_area_struct;\n",
        "drivers/a/foo.h": "",
        "drivers/a/foo.c": f'#include "foo.h"\n{HOOK}',
        "drivers/a/none.c": "int a;\n",
        "drivers/b/use.c": "void f(struct vm_area_struct *vma);\n",
        "fs/far.c": '#include "../drivers/a/foo.h"\nint mmap;\n',
        **{f"lib/{number}.c": "" for number in range(9)},
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("style", ["", "./", ".//", "{tree}/", "{tree}//"])
def test_a_look_at_a_part_shows_all_of_the_tree(
    tree: Path, options: CheckOptions, workers: int, style: str
) -> None:
    top = style.format(tree=tree)
    paths = [str(path.relative_to(tree)) for path in sorted((tree / "drivers").rglob("*.[ch]"))]
    view = look([f"{top}{path}" for path in paths], options, workers)
    assert view.wanted == [f"{top}drivers/a/foo.c", f"{top}drivers/b/use.c"]
    assert view.hooks == {f"{top}drivers/a/foo.c"}
    assert list(view.indexes.values()) == [TreeIndex.read(str(tree))]
    assert sorted(view.seen) == sorted(f"{top}{path.relative_to(tree)}" for path in tree.rglob("*.[ch]"))


def test_without_a_hook_nobody_needs_the_rest_of_the_tree(tree: Path, options: CheckOptions) -> None:
    view = look(["drivers/b/use.c"], options, 1)
    assert (view.wanted, view.indexes, view.seen) == (["drivers/b/use.c"], {}, ["drivers/b/use.c"])


def test_a_text_of_its_own_and_what_cannot_be_read_are_wanted(tree: Path, options: CheckOptions) -> None:
    options = replace(options, texts={"drivers/a/none.c": HOOK.encode()})
    paths = ["drivers/a/foo.h", "drivers/a/none.c", "drivers/missing.c"]
    assert look(paths, options, 1).wanted == paths[1:]


def test_the_witness_need_not_hear_of_each_file(tree: Path, options: CheckOptions) -> None:
    with witnessed() as seen:
        view = look(["drivers/a/foo.c"], options, 1)
    assert view.seen
    assert seen.paths.isdisjoint(view.seen)
