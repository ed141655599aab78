# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import textwrap

import pytest

from mmapmigrate.convert.prepared import Prepared
from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.prepare import Deed
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

HEAD = "static int foo_mmap_prepare(struct vm_area_desc *desc)\n{\n"


def actions(body: str, before: str = "") -> set[tuple[str, ...]]:
    """The names of the actions on each path on which foo_mmap_prepare() may succeed."""
    code = before + HEAD + textwrap.indent(textwrap.dedent(body), "\t") + "}\n"
    file = FileModel(SourceUnit(SourceFile("foo.c", code.encode())))
    prepared = Prepared(file, load_snapshot("7.3"))
    (hook,) = (one for one in prepared.functions if one.function.name == "foo_mmap_prepare")
    return {
        tuple(event.name.removeprefix("mmap_action_") for event in path.events if event.deed is Deed.ACTION)
        for path in prepared.paths(hook)
        if path.may_succeed
    }


ONE, TWO = "mmap_action_remap_full(desc, 1);", "mmap_action_ioremap_full(desc, 1);"


def helper_of(kind: str, without: str, otherwise: str) -> str:
    """A function that chooses an action unless y holds, and what it returns."""
    return (
        f"static {kind} foo_map(struct vm_area_desc *d)\n{{\n\tif (y)\n\t\treturn {without};\n"
        f"\tmmap_action_remap_full(d, 1);\n\treturn {otherwise};\n}}\n"
    )


def test_both_arms_are_paths() -> None:
    body = f"if (x)\n\t{ONE}\nelse\n\t{TWO}\nreturn 0;\n"
    assert actions(body) == {("remap_full",), ("ioremap_full",)}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x", "!x"),
        ("foo->io", "!(foo->io)"),
        ("kind == A", "kind == B"),
        ("kind == A", "kind != A"),
        ("likely(x)", "unlikely(!x)"),
        ("x && y", "!x"),
    ],
)
def test_tests_that_exclude_each_other(first: str, second: str) -> None:
    body = f"if ({first})\n\t{ONE}\nif ({second})\n\t{TWO}\nreturn 0;\n"
    assert ("remap_full", "ioremap_full") not in actions(body)
    assert ("remap_full",) in actions(body)


@pytest.mark.parametrize(
    ("first", "between", "second"),
    [
        ("x", "x = foo();", "!x"),
        ("foo->io", "foo->io = 0;", "!foo->io"),
        ("x", "", "y"),
        ("kind == a", "", "kind == b"),
        ("x || y", "", "!x"),
    ],
)
def test_tests_that_do_not(first: str, between: str, second: str) -> None:
    body = f"if ({first})\n\t{ONE}\n{between}\nif ({second})\n\t{TWO}\nreturn 0;\n"
    assert ("remap_full", "ioremap_full") in actions(body)


def test_cases_of_one_value_exclude_each_other() -> None:
    body = f"switch (k) {{\ncase A:\n\t{ONE}\n\tbreak;\n}}\nswitch (k) {{\ncase B:\n\t{TWO}\n}}\nreturn 0;\n"
    assert ("remap_full", "ioremap_full") not in actions(body)


def test_a_path_that_fails_does_not_count() -> None:
    body = f"{ONE}\nif (x) {{\n\t{TWO}\n\treturn -EINVAL;\n}}\nreturn 0;\n"
    assert actions(body) == {("remap_full",)}


def test_a_helper_stands_in_the_place_of_its_call() -> None:
    helper = helper_of("int", "-EIO", "0")
    assert actions(f"{TWO}\nreturn foo_map(desc);\n", helper) == {("ioremap_full", "remap_full")}


def test_what_a_helper_returns_decides_the_path() -> None:
    helper = helper_of("bool", "false", "true")
    body = f"if (foo_map(desc))\n\treturn 0;\n{TWO}\nreturn 0;\n"
    assert actions(body, helper) == {("remap_full",), ("ioremap_full",)}


def test_a_helper_that_calls_itself_ends() -> None:
    helper = f"static int foo_map(struct vm_area_desc *d)\n{{\n\t{ONE}\n\treturn foo_map(d);\n}}\n"
    assert ("remap_full",) in actions("return foo_map(desc);\n", helper.replace("(desc", "(d"))


def test_a_positive_number_of_a_helper_is_no_error() -> None:
    helper = helper_of("int", "-EIO", "1")
    body = f"if (foo_map(desc) < 0)\n\treturn -EIO;\n{TWO}\nreturn 0;\n"
    assert actions(body, helper) == {("remap_full", "ioremap_full")}
