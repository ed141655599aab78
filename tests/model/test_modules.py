# SPDX-License-Identifier: GPL-2.0-only
"""Which module an object is a part of, and what it is linked with, by the Makefiles above it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.model.modules import Module, Modules, comes_with


@pytest.mark.parametrize(
    ("makefile", "path", "module"),
    [
        pytest.param("drivers/a/Makefile: obj-m += b.o", "drivers/a/b.c", ("drivers/a", "b"), id="alone"),
        pytest.param(
            "drivers/a/Makefile: abc-y := x.o b.o", "drivers/a/b.c", ("drivers/a", "abc"), id="composite"
        ),
        pytest.param(
            "drivers/a/Makefile: abc-objs = \\\n x.o \\\n b.o",
            "drivers/a/b.c",
            ("drivers/a", "abc"),
            id="old",
        ),
        pytest.param(
            "drivers/a/Makefile: abc-$(CONFIG_B) += b.o", "drivers/a/b.c", ("drivers/a", "abc"), id="option"
        ),
        pytest.param(
            "drivers/a/Makefile: abc-$(CONFIG_B)$(CONFIG_C) += b.o",
            "drivers/a/b.c",
            ("drivers/a", "abc"),
            id="either option",
        ),
        pytest.param(
            "drivers/a/Makefile: abc-$(CONFIG_B:m=y) += b.o",
            "drivers/a/b.c",
            ("drivers/a", "abc"),
            id="changed option",
        ),
        pytest.param(
            "drivers/a/Makefile: abc-y := x.o \\\r\n b.o\r",
            "drivers/a/b.c",
            ("drivers/a", "abc"),
            id="carriage returns",
        ),
        pytest.param(
            "drivers/a/Makefile: # abc-y := \\\nabc-y := b.o",
            "drivers/a/b.c",
            ("drivers/a", "b"),
            id="joined comment",
        ),
        pytest.param(
            "drivers/a/Makefile: abc-objs-y += b.o", "drivers/a/b.c", ("drivers/a", "abc"), id="nested"
        ),
        pytest.param(
            "drivers/Makefile: abc-y += a/b.o", "drivers/a/b.c", ("drivers", "abc"), id="folder-above"
        ),
        pytest.param("drivers/a/Makefile: abc-y += bb.o", "drivers/a/b.c", ("drivers/a", "b"), id="another"),
        pytest.param("drivers/a/Makefile: # abc-y += b.o", "drivers/a/b.c", ("drivers/a", "b"), id="comment"),
        pytest.param("drivers/a/Kbuild: abc-y += b.o", "drivers/a/b.c", ("drivers/a", "abc"), id="kbuild"),
        pytest.param("drivers/x/Makefile: b-y += c.o", "b.c", ("", "b"), id="no-makefile"),
    ],
)
def test_the_module_of_an_object(tmp_path: Path, makefile: str, path: str, module: tuple[str, str]) -> None:
    name, _, text = makefile.partition(": ")
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_bytes(f"{text}\n".encode())
    assert Modules(tmp_path).of(path) == Module(*module)


@pytest.mark.parametrize(
    ("makefile", "expected"),
    [
        pytest.param("abc-y := a.o b.o", True, id="one list"),
        pytest.param("abc-objs := a.o\nabc-y += b.o", True, id="two ways to write it"),
        pytest.param("abc-$(CONFIG_A) += a.o\nabc-y += b.o", True, id="the other always"),
        pytest.param("abc-y += a.o\nabc-$(CONFIG_B) += b.o", False, id="the other sometimes"),
        pytest.param("abc-$(CONFIG_A) += a.o\nabc-$(CONFIG_A) += b.o", True, id="same option"),
        pytest.param("abc-y := a.o b.o\nabd-y := a.o", False, id="also without it"),
        pytest.param("obj-m := a.o\nabc-y := b.o", False, id="two modules"),
        pytest.param("abc-y := a.o", False, id="only one"),
        pytest.param("ifdef X\nabc-y := a.o b.o\nendif", None, id="a choice"),
        pytest.param("obj-y := c.o", None, id="neither"),
    ],
)
def test_what_is_linked_with_an_object(tmp_path: Path, makefile: str, expected: bool | None) -> None:
    (tmp_path / "Makefile").write_text(makefile + "\n")
    assert comes_with(str(tmp_path / "a.c"), str(tmp_path / "b.c"), None) is expected


def test_a_list_of_the_folder_above_counts_in_a_tree(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "Makefile").write_text("abc-y := x/a.o x/b.o\n")
    pair = str(tmp_path / "x" / "a.c"), str(tmp_path / "x" / "b.c")
    assert comes_with(*pair, tmp_path) is True
    assert comes_with(*pair, None) is None
