# SPDX-License-Identifier: GPL-2.0-only
"""Which module an object is a part of, by the Makefiles above it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.series.modules import Module, Modules


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
    (tmp_path / name).write_text(text + "\n")
    assert Modules(tmp_path).of(path) == Module(*module)
