# SPDX-License-Identifier: GPL-2.0-only
"""What a file that sees an ops table of another one does with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import TABLE, c, convert
from tests.convert.test_siblings import Outcome, made
from tests.drivers import GOOD_HOOK

HOOK = GOOD_HOOK[: GOOD_HOOK.index("static const struct")]
TABLE_OF_ALL = TABLE.replace("static ", "")
DECLARED = "extern const struct file_operations foo_fops;\n"

COPY = """
        static struct file_operations mine;

        void bar_init(void)
        {
                mine = foo_fops;
                mine.mmap = bar_mmap;
        }
"""
SET = """
        void bar_init(void)
        {
                foo_fops.mmap = NULL;
        }
"""
READ = """
        bool bar_maps(void)
        {
                return foo_fops.mmap != NULL;
        }
"""
POINTER_SET = """
        void bar_init(void)
        {
                struct file_operations *ops = &foo_fops;

                ops->mmap = bar_mmap;
        }
"""
POINTER_READ = """
        bool bar_maps(void)
        {
                const struct file_operations *ops = &foo_fops;

                return ops->mmap;
        }
"""
HARMLESS = """
        void bar_init(void)
        {
                cdev_init(&bar_cdev, &foo_fops);
        }
"""

USES = [
    pytest.param(COPY, {"table-copied"}, Tier.REVIEW, id="copies"),
    pytest.param(SET, {"several-hooks"}, Tier.SKELETON, id="sets"),
    pytest.param(READ, {"member-read"}, Tier.SKELETON, id="reads"),
    pytest.param(POINTER_SET, {"several-hooks"}, Tier.SKELETON, id="sets through a pointer"),
    pytest.param(POINTER_READ, {"member-read"}, Tier.SKELETON, id="reads through a pointer"),
    pytest.param(HARMLESS, set(), Tier.COMPLETE, id="registers"),
]


def _in_tree(folder: Path, files: dict[str, str], path: str = "drivers/foo/foo.c") -> Outcome:
    return made(folder, files, path, folder)


@pytest.mark.parametrize(("use", "codes", "tier"), USES)
def test_a_file_that_includes_the_tables(use: str, codes: set[str], tier: Tier, tmp_path: Path) -> None:
    found = made(tmp_path, {"foo.c": HOOK + TABLE, "bar.c": '#include "foo.c"\n' + c(use)})
    assert (found.codes, found.conversion.tier) == (codes, tier)


@pytest.mark.parametrize(("use", "codes", "tier"), USES)
@pytest.mark.parametrize("include", ['"../foo/foo.h"', "<foo.h>"])
def test_a_file_of_another_folder_that_includes_its_header(
    include: str, use: str, codes: set[str], tier: Tier, tmp_path: Path
) -> None:
    files = {
        "drivers/foo/foo.h": DECLARED,
        "drivers/foo/foo.c": '#include "foo.h"\n' + HOOK + TABLE_OF_ALL,
        "drivers/bar/bar.c": f"#include {include}\n" + c(use),
    }
    found = _in_tree(tmp_path, files)
    assert (found.codes, found.conversion.tier) == (codes, tier)


@pytest.mark.parametrize(("use", "codes", "tier"), USES)
def test_a_far_file_that_declares_the_table_itself(
    use: str, codes: set[str], tier: Tier, tmp_path: Path
) -> None:
    files = {
        "drivers/foo/foo.h": DECLARED,
        "drivers/foo/foo.c": '#include "foo.h"\n' + HOOK + TABLE_OF_ALL,
        "sound/bar.c": f"{DECLARED}\n{c(use)}",
    }
    found = _in_tree(tmp_path / "declares", files)
    assert (found.codes, found.conversion.tier) == (codes, tier)
    # One of its own.
    files["sound/bar.c"] = TABLE.replace("foo_mmap", "NULL") + c(use)
    assert _in_tree(tmp_path / "has one", files).codes == set()


@pytest.mark.parametrize("include", ["#include <linux/foo.h>\n", ""], ids=["itself too", "not itself"])
@pytest.mark.parametrize(("use", "codes", "tier"), USES)
def test_a_file_of_the_tree_that_a_header_for_all_tells(
    use: str, codes: set[str], tier: Tier, include: str, tmp_path: Path
) -> None:
    files = {
        "include/linux/foo.h": DECLARED,
        "drivers/foo/foo.c": include + HOOK + TABLE_OF_ALL,
        "sound/bar.c": "#include <linux/foo.h>\n" + c(use),
    }
    found = _in_tree(tmp_path, files)
    assert (found.codes, found.conversion.tier) == (codes, tier)


@pytest.mark.parametrize(("use", "codes", "tier"), USES)
def test_a_header_with_the_table_itself(use: str, codes: set[str], tier: Tier, tmp_path: Path) -> None:
    files = {
        "drivers/foo/foo.h": HOOK + TABLE,
        "drivers/foo/sub/bar.c": '#include "../foo.h"\n' + c(use),
    }
    found = _in_tree(tmp_path, files, "drivers/foo/foo.h")
    assert (found.codes, found.conversion.tier) == (codes, tier)


def test_a_static_table_of_that_name_is_another(tmp_path: Path) -> None:
    files = {"foo.c": HOOK + TABLE_OF_ALL, "bar.c": TABLE.replace("foo_mmap", "NULL") + c(SET)}
    assert made(tmp_path, files).codes == set()


def test_a_table_without_a_name_may_be_the_one_that_a_statement_sets() -> None:
    text = """
        struct foo {
                struct file_operations fops;
        };

        static void foo_init(struct foo *foo)
        {
                foo->fops = (struct file_operations){ .mmap = foo_mmap };
                %s
        }
    """
    found = convert(HOOK + c(text % "foo->fops.mmap = NULL;"))
    assert (found.codes, found.tier) == ({"several-hooks"}, Tier.REVIEW)
    assert convert(HOOK + c(text % "foo->fops.read = NULL;")).tier is Tier.COMPLETE


TAKER = """
        static struct file_operations mine;

        void bar_take(const char *name, %sstruct file_operations *ops)
        {
                %s
        }
"""


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("mine = *ops;", {"table-copied"}),
        ("memcpy(&mine, ops, sizeof(mine));", {"table-copied"}),
        ("mine.fops = kmemdup(ops, sizeof(*ops), GFP_KERNEL);", {"table-copied"}),
        ("ops->mmap = bar_mmap;", {"table-copied"}),
        ("ops->open = bar_open;", set()),
        ("cdev_init(&bar_cdev, ops);", set()),
        ("mine.size = 4 * ops;", set()),
    ],
)
def test_a_function_of_another_file_that_is_handed_the_table(
    body: str, codes: set[str], tmp_path: Path
) -> None:
    given = '\nvoid foo_init(void)\n{\n\tbar_take("foo", &foo_fops);\n}\n'
    files = {
        "bar.h": "void bar_take(const char *name, const struct file_operations *ops);\n",
        "foo.c": '#include "bar.h"\n' + HOOK + TABLE + given,
        "bar.c": '#include "bar.h"\n' + c(TAKER % ("const ", body)),
    }
    assert made(tmp_path, files).codes == codes


KEEPER = """
        static const struct file_operations *kept;

        %(static)svoid bar_take(const char *name, const struct file_operations *ops)
        {
                %(body)s
        }

        static int bar_mmap(struct file *file, struct vm_area_struct *vma)
        {
                return kept->%(member)s(file, vma);
        }
"""


@pytest.mark.parametrize(
    ("body", "member", "static", "codes"),
    [
        ("if (!ops->mmap)\n                        ops->mmap = bar_mmap;", "poll", "", {"table-copied"}),
        ("mine = *ops;", "mmap", "", {"table-copied"}),
        ("kept = ops;", "mmap", "", {"table-copied"}),
        ("kept = ops;", "poll", "", set()),
        ("foo_probe(name);", "mmap", "", set()),
        ("kept = ops;", "mmap", "static ", set()),
    ],
)
@pytest.mark.parametrize("table", [HOOK + TABLE, TABLE.replace("foo_mmap", "generic_file_mmap")])
def test_a_function_of_the_tree_that_is_handed_the_table(
    table: str, body: str, member: str, static: str, codes: set[str], tmp_path: Path
) -> None:
    given = '\nvoid foo_init(void)\n{\n\tbar_take("foo", &foo_fops);\n}\n'
    files = {
        "include/linux/bar.h": "void bar_take(const char *name, const struct file_operations *ops);\n",
        "drivers/foo/foo.c": "#include <linux/bar.h>\n" + table + given,
        "lib/bar.c": c(KEEPER % {"static": static, "body": body, "member": member}),
    }
    assert _in_tree(tmp_path, files).codes == codes


@pytest.mark.parametrize(("use", "codes", "tier"), USES)
def test_a_table_with_a_hook_of_the_kernel(use: str, codes: set[str], tier: Tier, tmp_path: Path) -> None:
    table = TABLE_OF_ALL.replace("foo_mmap", "generic_file_mmap")
    found = made(tmp_path, {"foo.c": table, "bar.c": DECLARED + c(use)})
    assert found.codes >= codes
    assert (found.conversion.tier is Tier.COMPLETE) is (tier is Tier.COMPLETE)


def test_a_function_of_the_file_that_copies_what_it_is_handed() -> None:
    given = '\nvoid foo_init(void)\n{\n\tbar_take("foo", &foo_fops);\n}\n'
    taker = c(TAKER % ("const ", "%s;"))
    assert convert(HOOK + TABLE + taker % "mine = *ops" + given).codes == {"table-copied"}
    assert convert(HOOK + TABLE + taker % "mine.open = ops->open" + given).tier is Tier.COMPLETE


@pytest.mark.parametrize(
    ("use", "codes"),
    [
        ("foo_all.fops.mmap = NULL;", {"several-hooks"}),
        ("if (foo_all.fops.mmap)\n                return;", {"member-read"}),
        ("foo_all.fops.open = NULL;", set()),
    ],
)
def test_a_table_within_a_struct_of_another_file(use: str, codes: set[str], tmp_path: Path) -> None:
    header = "struct foo {\n\tstruct file_operations fops;\n};\nextern struct foo foo_all;\n"
    files = {
        "foo.h": header,
        "foo.c": '#include "foo.h"\n'
        + HOOK
        + "struct foo foo_all = {\n\t.fops = { .mmap = foo_mmap, },\n};\n",
        "bar.c": '#include "foo.h"\n' + f"void bar(void)\n{{\n\t{use}\n}}\n",
    }
    assert made(tmp_path, files).codes == codes
