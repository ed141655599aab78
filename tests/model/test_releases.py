# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.model.releases import release_test, serves
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit


def model(text: str) -> FileModel:
    return FileModel(SourceUnit(SourceFile("foo.c", text.encode())))


@pytest.mark.parametrize(
    "test",
    [
        "#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)",
        "#if defined(MODULE) && (LINUX_VERSION_CODE) >= FOO_RELEASE",
        "#if (KERNEL_VERSION(4, 5, 0) > LINUX_VERSION_CODE)",
        "#ifdef FOO\n#elif LINUX_VERSION_CODE == 0x060300",
    ],
)
def test_a_comparison_with_the_version_tells_of_other_kernels(test: str) -> None:
    file = model(f"int a;\n{test}\n#endif\n")
    found = release_test(file)
    assert found is not None
    assert file.unit.source.position(found[1]).line == test.count("\n") + 2


@pytest.mark.parametrize(
    "text",
    [
        "/* #if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0) */",
        "#ifndef LINUX_VERSION_CODE\n#include <linux/version.h>\n#endif",
        "#if !defined(LINUX_VERSION_CODE)\n#endif",
        "static const unsigned int version = LINUX_VERSION_CODE;",
        "int foo(void)\n{\n\treturn LINUX_VERSION_CODE < 3;\n}",
        "#if FOO_VERSION_CODE < 3\n#endif",
    ],
)
def test_what_compares_no_version_tells_of_none(text: str) -> None:
    assert release_test(model(text + "\n")) is None


def test_a_header_of_the_driver_tells_too(tmp_path: Path) -> None:
    (tmp_path / "compat.h").write_text("#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)\n#endif\n")
    (tmp_path / "foo.c").write_text('#include "compat.h"\n')
    found = release_test(Project(None).file(str(tmp_path / "foo.c")))
    assert found is not None
    assert found[0].path == str(tmp_path / "compat.h")


@pytest.mark.parametrize(
    ("test", "arms"),
    [
        ("LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)", (False, True)),
        ("LINUX_VERSION_CODE >= KERNEL_VERSION(6,3,0)", (True, False)),
        ("(LINUX_VERSION_CODE>KERNEL_VERSION(7, 3, 0))", (False, True)),
        ("( LINUX_VERSION_CODE <= ( KERNEL_VERSION(7, 4, 0) ) )", (True, False)),
        ("KERNEL_VERSION(4, 5, 0) > LINUX_VERSION_CODE", (False, True)),
        ("KERNEL_VERSION(7, 3, 0) <= LINUX_VERSION_CODE", (True, False)),
        ("LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0) || defined(FOO)", (True, True)),
        ("LINUX_VERSION_CODE < FOO_RELEASE", (True, True)),
        ("defined(FOO)", (True, True)),
    ],
)
def test_an_arm_is_left_out_only_where_the_version_says_so(test: str, arms: tuple[bool, bool]) -> None:
    text = f"#if {test}\nint a;\n#else\nint b;\n#endif\n"
    file = model(text)
    assert tuple(serves(file, text.index(name), "7.3") for name in ("int a", "int b")) == arms


def test_an_arm_behind_one_that_is_taken_is_left_out() -> None:
    text = "#if LINUX_VERSION_CODE > KERNEL_VERSION(6, 3, 0)\n#elif defined(FOO)\nint a;\n#endif\nint b;\n"
    file = model(text)
    assert not serves(file, text.index("int a"), "7.3.4")
    assert serves(file, text.index("int b"), "7.3.4")
