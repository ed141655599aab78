# SPDX-License-Identifier: GPL-2.0-only
"""Tables that are reached without their name: by a copy, a macro, or a pointer of which nobody says whose."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.neighbours import MOST_FOLDERS
from mmapmigrate.convert.tables.uses import is_copied, is_pointed_to
from tests.convert.support import TABLE, c, convert
from tests.convert.test_siblings import made
from tests.drivers import GOOD_HOOK

HOOK = GOOD_HOOK[: GOOD_HOOK.index("static const struct")]
MISC = "static struct miscdevice foo_misc = {\n\t.fops = &foo_fops,\n};\n"


def found(behind: str, before: str = "", table: str = TABLE) -> set[str]:
    """The reasons of a driver with a table and a device, and more behind these."""
    result = convert(c(before) + "\n" + HOOK + c(table) + "\n" + MISC + c(behind) + "\n", handler="foo_mmap")
    assert (result.tier is Tier.COMPLETE) == (not result.codes)
    return result.codes


SETS = "\n        mine.mmap = bar_mmap;"


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        pytest.param(f"mine = *foo_misc.fops;{SETS}", {"several-hooks"}, id="of the device"),
        pytest.param(f"mine = *file->f_op;{SETS}", {"several-hooks"}, id="of an open file"),
        pytest.param("mine = *file->f_op;\n        mine.mmap = NULL;", {"several-hooks"}, id="taken away"),
        pytest.param(
            f"memcpy(&mine, file->f_op, sizeof(mine));{SETS}",
            {"several-hooks"},
            id="of an open file, by bytes",
        ),
        pytest.param(
            f"mine = *(a ? &foo_fops : &bar_fops);{SETS}", {"several-hooks"}, id="chosen by pointer"
        ),
        pytest.param(
            "struct file_operations *p = kmemdup(foo_misc.fops, 8, GFP_KERNEL);\n\n        p->mmap = NULL;",
            {"several-hooks"},
            id="duplicate",
        ),
        pytest.param(
            "struct file_operations *p = kzalloc(sizeof(*p), GFP_KERNEL);\n\n        p->mmap = bar_mmap;",
            set(),
            id="a new one",
        ),
        pytest.param("mine.mmap = bar_mmap;", set(), id="another table"),
        pytest.param("mine = *file->f_op;\n        mine.open = bar_open;", set(), id="another member"),
    ],
)
def test_a_copy_that_gets_another_hook(body: str, codes: set[str]) -> None:
    declared = "static struct file_operations mine;\n\nstatic void bar(struct file *file, int a)\n{\n        "
    assert found(f"{declared}{body}\n}}") == codes


@pytest.mark.parametrize(("last", "codes"), [("mmap = NULL", {"several-hooks"}), ("open = NULL", set())])
def test_a_table_without_a_name_that_loses_its_hook(last: str, codes: set[str]) -> None:
    text = """
    static void foo_init(struct foo *foo)
    {
            foo->fops = (struct file_operations){ .mmap = foo_mmap };
            foo->fops.%s;
    }
    """
    result = convert(HOOK + c(text % last) + "\n")
    assert result.codes == codes


@pytest.mark.parametrize(
    ("use", "codes"),
    [
        ("mine = *file->f_op;\n        mine.mmap = bar_mmap;", {"table-copied"}),
        ("mine = *file->f_op;\n        mine.open = bar_open;", set()),
        ("mine = bar_fops;\n        mine.mmap = bar_mmap;", set()),
    ],
)
def test_a_copy_of_an_open_files_table_in_another_file(use: str, codes: set[str], tmp_path: Path) -> None:
    other = "static struct file_operations mine;\n\nvoid bar(struct file *file)\n{\n        "
    assert made(tmp_path, {"foo.c": HOOK + TABLE, "bar.c": c(f"{other}{use}\n}}") + "\n"}).codes == codes


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        pytest.param("static const struct file_operations __aligned(8) foo_fops = {", "};", id="attribute"),
        pytest.param(
            "static const struct file_operations bar_fops = { .open = x }, foo_fops = {", "};", id="second"
        ),
        pytest.param(
            "typedef struct file_operations ops_t;\nstatic const ops_t foo_fops = {", "};", id="typedef"
        ),
        pytest.param(
            "static const struct { struct file_operations f; } foo_fops = { .f = {", "} };", id="inner"
        ),
    ],
)
@pytest.mark.parametrize(
    ("member", "codes"),
    [
        ("FOO_MORE,", {"unknown-table"}),
        ("FOO_MORE\n        .open = foo_open,", {"unknown-table"}),
        (".open = FOO_OPEN,", {"unknown-table"}),
        (".open = foo_open,", set()),
        (".open = FOO_READ,", set()),
    ],
)
def test_a_macro_in_a_list_however_it_is_declared(
    head: str, rest: str, member: str, codes: set[str], tmp_path: Path
) -> None:
    macros = ("MORE .mmap = bar_mmap,", "OPEN foo_open, .mmap = bar_mmap", "READ foo_read")
    header = "".join(f"#define FOO_{one}\n" for one in macros)
    text = f'#include "foo.h"\n{HOOK}{head}\n\t.mmap = foo_mmap,\n\t{c(member)}\n{rest}\n'
    outcome = made(tmp_path, {"foo.h": header, "foo.c": text})
    assert outcome.codes - {"unread-table"} == codes


@pytest.mark.parametrize(
    ("macro", "use", "codes"),
    [
        ("CALL(o, op, ...) (o)->op(__VA_ARGS__)", "return CALL(&foo_fops, mmap, f, v);", {"member-read"}),
        ("OP(o, op) ((o).op)", "return OP(foo_fops, mmap)(f, v);", {"member-read"}),
        ("SET(o, f) (o).mmap = f", "SET(foo_fops, bar_mmap);", {"member-read"}),
        (
            "CALL(o, op, ...) (o)->op(__VA_ARGS__)\n#define BY(o, op, ...) CALL(o, op, __VA_ARGS__)",
            "return BY(&foo_fops, mmap, f, v);",
            {"member-read"},
        ),
        ("CALL(o, op, ...) (o)->op(__VA_ARGS__)", "return CALL(&foo_fops, open, f, v);", set()),
        ("SET(o, f) (o).mmap = f", "return 0;", set()),
        ("SHOW(x) foo_show(x)", "int mmap = 0; SHOW(mmap);", set()),
    ],
)
def test_a_macro_that_reaches_the_member(macro: str, use: str, codes: set[str], tmp_path: Path) -> None:
    user = f"int foo_by(struct file *f, struct vm_area_struct *v)\n{{\n\t{use}\n}}\n"
    files = {"foo.h": f"#define {macro}\n", "foo.c": f'#include "foo.h"\n{HOOK}{TABLE}\n{user}'}
    assert made(tmp_path, files).codes == codes


BAR = "struct bar {\n        const char *name;\n        const struct %s *ops;\n};\n"
CALLED = (
    "\nint foo_call(int i, struct file *f, struct vm_area_struct *v)\n{\n        return %s->mmap(f, v);\n}"
)


@pytest.mark.parametrize(
    ("holder", "called", "codes"),
    [
        pytest.param("", "foo_misc.fops", {"by-hand-dispatch"}, id="the device's own"),
        pytest.param(
            'static const struct bar bars[] = {\n        { "a", &foo_fops },\n};',
            "bars[i].ops",
            {"by-hand-dispatch"},
            id="by its place in a list",
        ),
        pytest.param(
            "static struct { int n; const struct file_operations *ops; } bars[] = { { 1, &foo_fops } };",
            "bars[i].ops",
            {"by-hand-dispatch"},
            id="in a struct without a tag",
        ),
        pytest.param(
            "static const struct of_device_id ids[] = { { .data = &foo_fops } };\n"
            "const struct file_operations *foo_ops;",
            "foo_ops",
            {"by-hand-dispatch"},
            id="by the data of a match",
        ),
        pytest.param(
            "static void *data = (void *)&foo_fops;\nconst struct file_operations *foo_ops;",
            "foo_ops",
            {"by-hand-dispatch"},
            id="by a plain pointer",
        ),
        pytest.param("static const struct bar bars[1];", "bars[i].ops", set(), id="not there"),
    ],
)
def test_a_table_that_is_called_by_hand(holder: str, called: str, codes: set[str], tmp_path: Path) -> None:
    behind = c(BAR % "file_operations" + holder + CALLED % called)
    assert made(tmp_path, {"foo.c": f"{HOOK}{TABLE}{MISC}{behind}\n"}).codes == codes


def test_the_hook_of_another_struct_is_called_by_hand(tmp_path: Path) -> None:
    other = "struct bar_ops {\n        int (*mmap)(struct file *, struct vm_area_struct *);\n};\n"
    text = 'static const struct bar bars[] = {\n        { "a", (void *)&foo_fops },\n};'
    behind = c(other + BAR % "bar_ops" + text + CALLED % "bars[i].ops")
    assert made(tmp_path, {"foo.c": f"{HOOK}{TABLE}{MISC}{behind}\n"}).codes == set()


def test_a_table_without_a_name_may_be_called_by_hand(tmp_path: Path) -> None:
    text = HOOK + MISC.replace("&foo_fops", "&(struct file_operations){\n\t\t.mmap = foo_mmap\n\t}")
    assert made(tmp_path, {"foo.c": text}).codes == set()
    assert made(tmp_path, {"foo.c": text + c(CALLED % "foo_misc.fops") + "\n"}).codes == {"by-hand-dispatch"}


@pytest.mark.parametrize(
    ("code", "copied"),
    [
        ("struct bar b = { .fops = t, .n = 1 };", True),
        ("a = c ? t : u;", True),
        ("a = c ? u : t;", True),
        ("return t;", True),
        ("f(a, t);", True),
        ("n = sizeof(t) + ARRAY_SIZE(t);", False),
        ("static struct file_operations a, t;", False),
        ("MODULE_FOO(t);", False),
        ("if (a == &t) f(&t);", False),
    ],
)
def test_a_table_by_its_value(code: str, copied: bool) -> None:
    assert is_copied(code.encode(), b"t") is copied


@pytest.mark.parametrize(
    "code", ["a = c ? &t : NULL;", "a = c ? b : &t;", "a = (void *)&t;", "x[] = { (void *)&t };"]
)
def test_what_points_to_a_table(code: str) -> None:
    assert is_pointed_to(code.encode(), b"t")


ALL = TABLE.replace("static ", "")
NAMED = (
    "extern const struct file_operations foo_fops;\nstruct bar {\n\tconst struct file_operations *impl;\n};\n"
)
GETS = "\nconst struct file_operations *foo_get(void)\n{\n\treturn &foo_fops;\n}\n"
CALL = "int bar_call(struct bar *bar, int i, struct file *f, struct vm_area_struct *v)\n{\n\treturn %s;\n}\n"


@pytest.mark.parametrize(
    ("declared", "use", "codes"),
    [
        pytest.param("", "(&foo_fops)->mmap(f, v)", {"by-hand-dispatch"}, id="by its address"),
        pytest.param(
            "static struct bar one = { .impl = &foo_fops };\n",
            "bar->impl->mmap(f, v)",
            {"by-hand-dispatch"},
            id="by a member",
        ),
        pytest.param(
            "static const struct file_operations *const all[] = { NULL, &foo_fops };\n",
            "all[i]->mmap(f, v)",
            {"by-hand-dispatch"},
            id="by an element",
        ),
        pytest.param(
            "static struct bar one = { .impl = &foo_fops };\n", "bar->impl->open(f, v)", set(), id="open"
        ),
        pytest.param("static struct bar one;\n", "bar->impl->mmap(f, v)", set(), id="another"),
    ],
)
def test_a_table_that_another_file_names_and_calls(
    declared: str, use: str, codes: set[str], tmp_path: Path
) -> None:
    bar = f'#include "foo.h"\n{declared}{CALL % use}'
    files = {"foo.h": NAMED, "foo.c": f'#include "foo.h"\n{HOOK}{ALL}', "bar.c": bar}
    assert made(tmp_path, files).codes == codes


@pytest.mark.parametrize(
    ("read", "codes"),
    [
        ("foo_get()->mmap != NULL", {"member-read"}),
        ("!bar->impl->mmap", {"member-read"}),
        ("f->f_op->mmap != NULL", {"member-read"}),
        ("f->f_op->open != NULL", set()),
        ("v->vm_ops->mmap != NULL", set()),
    ],
)
def test_what_another_file_reads_of_some_table(read: str, codes: set[str], tmp_path: Path) -> None:
    bar = f"const struct file_operations *foo_get(void);\n{NAMED}{CALL % read}"
    assert made(tmp_path, {"foo.c": f"{HOOK}{TABLE}{GETS}", "bar.c": bar}).codes == codes


@pytest.mark.parametrize(
    ("makefile", "codes"),
    [("obj-m += foo_all.o\nfoo_all-y := foo.o bar.o\n", {"member-read"}), ("obj-m += foo.o bar.o\n", set())],
)
def test_what_another_driver_reads_of_any_open_file(makefile: str, codes: set[str], tmp_path: Path) -> None:
    files = {
        "drivers/x/foo.c": f"{HOOK}{TABLE}",
        "drivers/x/bar.c": CALL % "f->f_op->mmap != NULL",
        "drivers/x/Makefile": makefile,
    }
    assert made(tmp_path, files, "drivers/x/foo.c", tmp_path).codes == codes


STRUCT = "struct foo {\n\tstruct file_operations fops;\n\tstruct file_operations *ops;\n};\n"
INSIDE = "struct foo the_foo = {\n\t.fops = {\n\t\t.mmap = foo_mmap,\n\t},\n};\n"
MADE = """
static void foo_init(struct foo *foo)
{
        foo->fops = (struct file_operations){ .mmap = foo_mmap };
}
"""
KEPT = """
static void foo_init(struct foo *foo)
{
        foo->ops = &foo_fops;
}
"""
WRITABLE = TABLE.replace("const ", "")


@pytest.mark.parametrize(
    ("own", "sets", "codes"),
    [
        pytest.param(INSIDE, "foo->fops.mmap = bar_mmap;", {"several-hooks"}, id="inside"),
        pytest.param(INSIDE, "foo->fops.mmap = NULL;", {"several-hooks"}, id="inside, taken away"),
        pytest.param(INSIDE, "foo->fops.open = bar_open;", set(), id="inside, another member"),
        pytest.param(INSIDE, "foo->bar_fops.mmap = bar_mmap;", set(), id="inside, another table"),
        pytest.param(c(MADE), "foo->fops.mmap = bar_mmap;", {"several-hooks"}, id="made"),
        pytest.param(c(MADE), "foo->ops->mmap = bar_mmap;", set(), id="made, another pointer"),
        pytest.param(WRITABLE + c(KEPT), "foo->ops->mmap = bar_mmap;", {"several-hooks"}, id="by a pointer"),
        pytest.param(WRITABLE + c(KEPT), "foo->fops.mmap = bar_mmap;", set(), id="not by a pointer"),
        pytest.param(WRITABLE, "foo->ops->mmap = bar_mmap;", set(), id="no pointer kept"),
        pytest.param(
            TABLE + c(KEPT), "foo->ops->mmap = bar_mmap;", set(), id="what is const cannot be written"
        ),
    ],
)
def test_a_table_that_another_file_reaches_by_a_member(
    own: str, sets: str, codes: set[str], tmp_path: Path
) -> None:
    files = {
        "foo.h": STRUCT,
        "foo.c": f'#include "foo.h"\n{HOOK}{own}',
        "bar.c": f'#include "foo.h"\n\nvoid bar(struct foo *foo)\n{{\n\t{sets}\n}}\n',
    }
    assert made(tmp_path, files).codes == codes


@pytest.mark.parametrize(
    ("use", "code"),
    [
        ("int bar(struct foo *foo)\n{\n\treturn foo->ops->mmap ? 0 : 1;\n}\n", "member-read"),
        (
            "int bar(struct foo *foo, struct file *f, struct vm_area_struct *v)\n"
            "{\n\treturn foo->ops->mmap(f, v);\n}\n",
            "by-hand-dispatch",
        ),
        ("void bar(struct foo *foo)\n{\n\tfoo->ops->mmap = bar_mmap;\n}\n", "several-hooks"),
        ("void bar(struct foo *foo)\n{\n\tfoo->ops->open = bar_open;\n}\n", ""),
    ],
)
def test_another_folder_of_a_module_outside_of_a_tree(use: str, code: str, tmp_path: Path) -> None:
    files = {
        "d/inc/foo.h": STRUCT,
        "d/src/foo.c": f'#include "../inc/foo.h"\n{HOOK}{WRITABLE}{c(KEPT)}',
        "d/core/bar.c": f'#include "../inc/foo.h"\n\n{use}',
        "d/Makefile": "obj-m += foo.o\nfoo-y := src/foo.o core/bar.o\n",
    }
    assert made(tmp_path / "module", files, "d/src/foo.c").codes == ({code} if code else set())
    del files["d/Makefile"]
    assert made(tmp_path / "no module", files, "d/src/foo.c").codes == set()


def test_a_folder_of_all_that_somebody_owns_is_no_module(tmp_path: Path) -> None:
    use = "int bar(struct foo *foo)\n{\n\treturn foo->ops->mmap ? 0 : 1;\n}\n"
    files = {
        "foo.h": STRUCT,
        "foo.c": f'#include "foo.h"\n{HOOK}{WRITABLE}{c(KEPT)}',
        "core/bar.c": f'#include "../foo.h"\n\n{use}',
    }
    assert made(tmp_path, files).codes == {"member-read"}
    for each in range(MOST_FOLDERS):
        (tmp_path / f"other{each}").mkdir()
    assert made(tmp_path, files).codes == set()
