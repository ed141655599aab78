# SPDX-License-Identifier: GPL-2.0-only
"""Which functions are skeletons, and what is left to do in them."""

from __future__ import annotations

import pytest

from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.model.prepare import prepare_functions
from mmapmigrate.model.project import Project
from mmapmigrate.model.skeletons import skeleton_named
from mmapmigrate.syntax.source import SourceFile

OLD = """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	/* FIXME: one at a time */
	return foo_map(vma);
}

"""
HELPER = """\
static int __maybe_unused foo_map_desc(struct vm_area_desc *desc)
{
	return 0;
}

"""
NEW = """\
static int __maybe_unused foo_mmap_prepare(struct vm_area_desc *desc)
{
	/* FIXME: one at a time */
	/* FIXME: map it */
	return foo_map_desc(desc);
}
"""
IN_USE = """
static const struct file_operations foo_fops = {
	.mmap_prepare = foo_mmap_prepare,
};
"""


def left(text: str) -> tuple[int, ...] | None:
    file = Project().model(SourceFile("foo.c", text.encode()))
    found = skeleton_named(file, "foo_mmap_prepare", "foo_mmap")
    return None if found is None else found.fixmes


def checked(text: str) -> list[str]:
    """The functions with a descriptor that the rules look at."""
    file = Project().model(SourceFile("foo.c", text.encode()))
    return [each.function.name for each in prepare_functions(file, load_snapshot("7.3"))]


def test_its_own_fixmes_count_and_not_those_of_the_old_hook() -> None:
    assert left(OLD + HELPER + NEW) == (15,)


def test_those_of_its_helpers_count_too() -> None:
    assert left(OLD + HELPER.replace("\treturn", "\t/* FIXME */\n\treturn") + NEW) == (9, 16)


def test_one_that_is_finished_has_none() -> None:
    assert left(OLD + HELPER + NEW.replace("FIXME: map it", "all is mapped")) == ()


@pytest.mark.parametrize(
    "text",
    [
        OLD,
        OLD + HELPER + NEW.replace("__maybe_unused ", ""),
        OLD + HELPER + NEW.replace("static ", ""),
        OLD + HELPER + NEW + IN_USE,
    ],
    ids=["there is none", "it is used", "it is not static", "a table names it"],
)
def test_what_is_no_skeleton(text: str) -> None:
    assert left(text) is None


def test_rules_do_not_look_into_an_unfinished_one_nor_its_helpers() -> None:
    assert checked(HELPER + NEW) == []


def test_rules_look_into_a_finished_one_and_into_one_in_use() -> None:
    names = ["foo_map_desc", "foo_mmap_prepare"]
    assert checked(HELPER + NEW.replace("FIXME", "")) == names
    assert checked(HELPER + NEW + IN_USE) == names
