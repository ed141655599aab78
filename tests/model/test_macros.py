# SPDX-License-Identifier: GPL-2.0-only
"""The #defines of a file."""

from __future__ import annotations

from collections.abc import Callable

from mmapmigrate.model.file import FileModel

Model = Callable[[str], FileModel]

TEXT = """\
#define FOO(x) bar(x, count) /* total */
#  define \\
        FOO_BAR FOO
#ifdef CONFIG_FOO
#define FOO(y) 0
#endif
#define BAZ(FOO) 1
#undef FOO
"""


def test_the_macros_of_a_name(model: Model) -> None:
    file = model(TEXT)
    assert [macro.body for macro in file.macros("FOO")] == ["bar(x, count)", "0"]
    assert [macro.name for macro in file.macros("FOO_BAR")] == ["FOO_BAR"]
    assert not file.macros("count")


def test_the_macros_that_spell_a_word(model: Model) -> None:
    file = model(TEXT)
    assert [macro.name for macro in file.macros_spelling("FOO")] == ["FOO_BAR"]
    assert [macro.name for macro in file.macros_spelling("count")] == ["FOO"]
    assert [macro.name for macro in file.macros_spelling("total")] == ["FOO"]
    assert not file.macros_spelling("coun")
