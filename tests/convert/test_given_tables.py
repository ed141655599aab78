# SPDX-License-Identifier: GPL-2.0-only
"""Tables that DRM, which calls ``->mmap`` by hand, may get in a way that nobody follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import TABLE, c
from tests.convert.test_siblings import made
from tests.drivers import GOOD_HOOK

HOOK = GOOD_HOOK[: GOOD_HOOK.index("static const struct")]
FOO = HOOK + TABLE

WAYS = [
    pytest.param("#define FOO_FOPS (&%s)", "driver.fops = FOO_FOPS;", id="macro"),
    pytest.param("#define FOO_FOPS &%s", "driver.fops = FOO_FOPS;", id="bare macro"),
    pytest.param(
        "#define FOO_MORE FOO_FOPS\n#define FOO_FOPS (&%s)", "driver.fops = FOO_MORE;", id="macro of a macro"
    ),
    pytest.param(
        "#define FOO_DRIVER .fops = &%s\n\nstatic struct drm_driver foo_driver = { FOO_DRIVER };",
        "",
        id="macro of members",
    ),
    pytest.param(
        "static const struct file_operations *foo_get(void)\n{\n        return &%s;\n}",
        "driver.fops = foo_get();",
        id="function",
    ),
    pytest.param("static const struct file_operations *foo_p = &%s;", "driver.fops = foo_p;", id="variable"),
    pytest.param("", "const struct file_operations *p = &%s;\n\n        driver.fops = p;", id="local"),
    pytest.param("", "driver.fops = a ? &%s : NULL;", id="choice"),
    pytest.param("", "driver.fops = (const struct file_operations *)&%s;", id="cast"),
    pytest.param(
        "static void foo_set(const struct file_operations *p)\n{\n        driver.fops = p;\n}",
        "foo_set(&%s);",
        id="parameter",
    ),
    pytest.param(
        "struct foo { const struct file_operations *table; };\nstatic struct foo foo = { .table = &%s };",
        "driver.fops = foo.table;",
        id="another struct",
    ),
    pytest.param(
        "struct foo { const struct file_operations *table; };\nstatic struct foo foo[] = { { &%s } };",
        "driver.fops = foo[a].table;",
        id="another struct by its place",
    ),
    pytest.param(
        "static const struct file_operations *foo_p = &%s;\n"
        "static const struct drm_driver foo_drv = { .fops = foo_p };",
        "",
        id="list",
    ),
]


def _driver(above: str, body: str, table: str, struct: str = "drm_driver") -> str:
    text = "static struct %s driver;\n\n%s\n\nstatic void foo_init(int a)\n{\n        %s\n}"
    return c(text % (struct, above, body)).replace("%s", table).replace("drm_driver", struct) + "\n"


@pytest.mark.parametrize(("above", "body"), WAYS)
def test_a_table_that_a_drm_driver_may_get(above: str, body: str, tmp_path: Path) -> None:
    def codes(case: str, table: str, struct: str = "drm_driver") -> set[str]:
        (tmp_path / case).mkdir()
        more = "static const struct file_operations bar_fops = {\n\t.open = bar_open,\n};\n"
        text = FOO + more + _driver(above, body, table, struct)
        found = made(tmp_path / case, {"foo.c": text})
        assert (found.conversion.tier is Tier.COMPLETE) == (not found.codes)
        return found.codes

    assert codes("it", "foo_fops") == {"by-hand-dispatch"}
    assert codes("another table", "bar_fops") == set()
    assert codes("another struct", "foo_fops", "miscdevice") == set()


@pytest.mark.parametrize("rooted", [True, False])
def test_a_function_of_another_file_that_lends_the_table(rooted: bool, tmp_path: Path) -> None:
    lends = "const struct file_operations *foo_get(void)\n{\n\treturn &foo_fops;\n}\n"
    files = {
        "d/foo.h": "const struct file_operations *foo_get(void);\n",
        "d/foo.c": '#include "foo.h"\n' + FOO + lends,
        "d/drv.c": '#include "foo.h"\n' + _driver("", "driver.fops = foo_get();", ""),
    }
    root = tmp_path if rooted else None
    assert made(tmp_path, files, "d/foo.c", root).codes == {"by-hand-dispatch"}
    files["d/drv.c"] = files["d/drv.c"].replace("driver.fops", "driver.name")
    assert made(tmp_path, files, "d/foo.c", root).codes == set()


def test_a_macro_of_a_header(tmp_path: Path) -> None:
    files = {
        "foo.h": "#define FOO_FOPS &foo_fops\n",
        "foo.c": '#include "foo.h"\n' + FOO + _driver("", "driver.fops = FOO_FOPS;", ""),
    }
    assert made(tmp_path, files).codes == {"by-hand-dispatch"}
    files["foo.h"] = "#define FOO_FOPS &bar_fops\n"
    assert made(tmp_path, files).codes == set()
