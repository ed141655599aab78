# SPDX-License-Identifier: GPL-2.0-only
"""A driver's own ops struct with an mmap hook, and the hook of its file_operations that calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Conversion, Tier
from mmapmigrate.convert.engine import Converter
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.edit import apply_edits
from tests.convert.support import TABLE, Result, convert, hook, snapshot

STRUCTS = """\
struct foo;

/**
 * struct foo_ops - what a kind of foo does
 * @start: starts it
 * @mmap: maps it
 */
struct foo_ops {
	int (*start)(struct foo *foo);
	int (*mmap)(struct foo *foo, struct vm_area_struct *vma);
};

struct foo {
	const struct foo_ops *ops;
	unsigned long pfn;
};

"""

OWN = "struct foo *foo, struct vm_area_struct *vma"
REMAP = "remap_pfn_range(vma, vma->vm_start, foo->pfn, vma->vm_end - vma->vm_start, vma->vm_page_prot)"

RAM = hook(f"return {REMAP};", OWN, "foo_ram_mmap")
IO = hook(f"return io_{REMAP};", OWN, "foo_io_mmap")

TABLES = """
static const struct foo_ops foo_ram_ops = {
	.start	= foo_start,
	.mmap	= foo_ram_mmap,
};

static const struct foo_ops foo_io_ops = {
	.mmap = foo_io_mmap,
};

"""

DISPATCH = hook(
    "struct foo *foo = file->private_data;\n\n"
    "if (!foo->ops->mmap)\n        return -ENODEV;\nreturn foo->ops->mmap(foo, vma);"
)


def private(
    *,
    structs: str = STRUCTS,
    hooks: str = RAM + IO,
    tables: str = TABLES,
    dispatch: str = DISPATCH,
    more: str = "",
) -> Result:
    return convert(structs + hooks + tables + dispatch + more + TABLE, handler="foo_mmap")


def test_all_change_together() -> None:
    result = private()
    assert result.conversion.reasons == ()
    assert result.tier is Tier.COMPLETE
    assert result.new is not None
    assert "\tint (*mmap_prepare)(struct foo *foo, struct vm_area_desc *desc);\n" in result.new
    assert "\t.mmap_prepare = foo_ram_mmap_prepare,\n" in result.new
    assert "\t.mmap_prepare = foo_io_mmap_prepare,\n" in result.new
    assert "static int foo_ram_mmap_prepare(struct foo *foo, struct vm_area_desc *desc)\n" in result.new
    assert result.body("foo_io_mmap_prepare") == "mmap_action_ioremap_full(desc, foo->pfn);\nreturn 0;"
    assert result.body().endswith(
        "if (!foo->ops->mmap_prepare)\n\treturn -ENODEV;\nreturn foo->ops->mmap_prepare(foo, desc);"
    )


def test_the_members_description_changes_its_name() -> None:
    new = private().new
    assert new is not None
    assert " * @start: starts it\n * @mmap_prepare: maps it\n" in new


def test_a_parameter_without_a_name_stays_without() -> None:
    new = private(structs=STRUCTS.replace("vm_area_struct *vma);", "vm_area_struct *);")).new
    assert new is not None
    assert "\tint (*mmap_prepare)(struct foo *foo, struct vm_area_desc *);\n" in new


def test_a_test_elsewhere_changes_its_member() -> None:
    more = "\nstatic bool foo_maps(struct foo *foo)\n{\n\treturn foo->ops && foo->ops->mmap;\n}\n"
    new = private(more=more).new
    assert new is not None
    assert "return foo->ops && foo->ops->mmap_prepare;" in new


def test_an_assignment_at_run_time_changes() -> None:
    fill = "\nstatic void foo_fill(struct foo_ops *ops)\n{\n\tops->mmap = foo_io_mmap;\n}\n"
    new = private(more=fill).new
    assert new is not None
    assert "ops->mmap_prepare = foo_io_mmap_prepare;" in new


def test_an_array_of_pointers_to_tables_is_no_table() -> None:
    more = "\nstatic const struct foo_ops *const foo_kinds[] = { &foo_ram_ops, &foo_io_ops };\n"
    assert private(more=more).tier is Tier.COMPLETE


def test_the_same_member_of_another_struct_stays() -> None:
    more = (
        "\nstruct bar_ops {\n\tint (*mmap)(int);\n};\n"
        "\nstatic int bar(struct bar_ops *ops)\n{\n\treturn ops->mmap(1);\n}\n"
    )
    result = private(more=more)
    assert result.tier is Tier.COMPLETE
    assert result.new is not None
    assert "return ops->mmap(1);" in result.new


def test_one_hook_that_is_blocked_holds_all_back() -> None:
    io = IO.replace("io_remap_pfn_range", "dma_mmap_coherent")
    result = private(hooks=RAM + io)
    assert result.tier is Tier.BLOCKED
    assert result.new is None


def test_one_hook_that_needs_review_makes_all_need_it() -> None:
    io = IO.replace(
        f"return io_{REMAP};",
        f'if (io_{REMAP}) {{\n\t\tpr_err("no");\n\t\treturn -EAGAIN;\n\t}}\n\treturn 0;',
    )
    assert private(hooks=RAM + io).tier is Tier.REVIEW


def test_a_second_action_behind_the_call_is_one_too_many() -> None:
    twice = hook(
        "struct foo *foo = file->private_data;\nint ret;\n\nret = foo->ops->mmap(foo, vma);\n"
        f"if (ret)\n        return ret;\nreturn {REMAP};"
    )
    assert "two-actions" in private(dispatch=twice).codes


def test_a_hook_that_serves_another_struct_too_keeps_its_old_form() -> None:
    more = "\nstatic const struct bar_ops bar_ops = {\n\t.mmap = foo_io_mmap,\n};\n"
    result = private(more="\nstruct bar_ops {\n\tint (*mmap)(" + OWN + ");\n};\n" + more)
    assert result.new is not None
    assert "static int foo_io_mmap(struct foo *foo, struct vm_area_struct *vma)\n" in result.new
    assert "static int foo_io_mmap_prepare(struct foo *foo, struct vm_area_desc *desc)\n" in result.new
    assert "bar_ops = {\n\t.mmap = foo_io_mmap,\n" in result.new


REFUSED = {
    "another caller": "\nstatic int foo_other(" + OWN + ")\n{\n\treturn foo->ops->mmap(foo, vma);\n}\n",
    "compared": "\nstatic bool foo_is_io(struct foo *foo)\n{\n\treturn foo->ops->mmap == foo_io_mmap;\n}\n",
    "by place": "\nstatic const struct foo_ops foo_old_ops = { foo_start, foo_io_mmap };\n",
    "by place in an array": "\nstatic const struct foo_ops foo_olds[] = { { foo_start, foo_io_mmap } };\n",
    "by place behind an index": "\nstatic struct foo_ops foo_old[] = { [1] = { foo_start, foo_io_mmap } };\n",
    "by place behind a name": "\nstatic struct foo_ops foo_olds = { .start = foo_start, &foo_io_mmap };\n",
    "by place in a typedef": "\ntypedef struct foo_ops foo_t;\n"
    "static foo_t foo_old_ops = { foo_start, foo_io_mmap };\n",
    "by place in another struct": "\nstruct foo_kind {\n\tstruct foo_ops ops;\n};\n\n"
    "static const struct foo_kind foo_kind = {\n\t.ops = { foo_start, (void *)foo_io_mmap },\n};\n",
    "another hook by place": "\n"
    + hook("return 0;", OWN, "foo_no_mmap")
    + "static struct foo_ops *foo_none = &(struct foo_ops) { foo_start, foo_no_mmap };\n",
    "by offset": "\nstatic size_t foo_at = offsetof(struct foo_ops, mmap);\n",
    "by its address": "\nstatic void *const foo_member = (void *)&foo_io_ops.mmap;\n",
    "in a macro": "\n#define foo_call(foo, vma) ((foo)->ops->mmap((foo), (vma)))\n",
    "named to a macro": "\nstatic int foo_x(struct foo *foo)\n{\n\treturn FOO_HAS(foo, mmap);\n}\n",
    "table in a macro": "\n#define FOO_OPS(name) struct foo_ops name = { .mmap = foo_io_mmap }\n",
    "of unknown type": "\nstatic bool foo_y(void)\n{\n\treturn !foo_find()->mmap;\n}\n",
}


@pytest.mark.parametrize("more", REFUSED.values(), ids=REFUSED.keys())
def test_what_hides_the_member_or_calls_it_too_holds_all_back(more: str) -> None:
    result = private(more=more)
    assert result.new is None
    assert "nested-hook" in result.codes


def test_a_hook_that_is_handed_to_a_function_keeps_its_old_form() -> None:
    more = "\nstatic int foo_init(struct foo *foo)\n{\n\treturn foo_add(foo, foo_io_mmap, foo_ram_mmap);\n}\n"
    result = private(more=more)
    assert result.new is not None
    assert "foo_add(foo, foo_io_mmap, foo_ram_mmap)" in result.new
    assert ".mmap_prepare = foo_io_mmap_prepare" in result.new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("int (*mmap)(struct foo *foo, struct vm_area_struct *vma);", "foo_mmap_fn mmap;"),
        ("\tint (*start)", "\tint (*mmap_prepare)(struct foo *foo);\n\tint (*start)"),
        ("struct vm_area_struct *vma);", "struct vm_area_struct *vma, int how);"),
    ],
    ids=["a typedef", "a member of the new name", "other parameters"],
)
def test_a_member_of_another_shape_holds_all_back(old: str, new: str) -> None:
    assert old in STRUCTS
    result = private(structs=STRUCTS.replace(old, new, 1))
    assert (result.tier, result.codes) == (Tier.BLOCKED, {"nested-hook"})


def test_a_struct_that_another_build_defines_otherwise_holds_all_back() -> None:
    both = f"#ifdef CONFIG_FOO\n{STRUCTS}#else\n{STRUCTS}#endif\n"
    result = private(structs=both)
    assert (result.tier, result.codes) == (Tier.BLOCKED, {"nested-hook"})
    assert private(structs=f"#ifdef CONFIG_FOO\n{STRUCTS}#endif\n").new is not None


def test_a_struct_that_is_not_defined_here_is_not_the_drivers_own() -> None:
    result = private(structs="struct foo {\n\tconst struct foo_ops *ops;\n\tunsigned long pfn;\n};\n")
    assert (result.tier, result.codes) == (Tier.BLOCKED, {"nested-hook"})


# The file that a helper or a private hook is given.

GENERIC = "return generic_file_mmap(file, vma);"


def test_a_helper_that_is_given_another_file_keeps_it() -> None:
    helper = hook(GENERIC, name="foo_map")
    dispatch = hook("struct foo *foo = file->private_data;\n\nreturn foo_map(foo->lower, vma);")
    assert convert(helper + dispatch + TABLE, handler="foo_mmap").codes == {"another-file"}


def test_a_helper_that_is_given_the_hooks_file_is_converted() -> None:
    helper = hook(GENERIC, name="foo_map")
    result = convert(helper + hook("return foo_map(file, vma);") + TABLE, handler="foo_mmap")
    assert result.tier is Tier.COMPLETE, result.conversion.reasons


def test_a_file_parameter_that_is_given_another_file_is_not_the_descriptors() -> None:
    body = "struct foo *foo = file->private_data;\n\nfile = foo->lower;\n" + GENERIC
    assert convert(hook(body) + TABLE).codes == {"counterpart-arguments"}


# Several files.


def drive(folder: Path, root: Path | None = None) -> Conversion:
    project = Project(root)
    file = project.file(str(folder / "main.c"))
    entry = next(entry for entry in file.entries() if entry.struct == "file_operations")
    conversion = Converter(project, snapshot()).conversion(file, entry)
    assert conversion.defect is None
    return conversion


def test_hooks_and_tables_of_other_files_change_too(tmp_path: Path) -> None:
    include = '#include "foo.h"\n\n'
    (tmp_path / "foo.h").write_text(STRUCTS + "extern const struct foo_ops foo_io_ops;\n")
    io = "\nconst struct foo_ops foo_io_ops = {\n\t.mmap = foo_io_mmap,\n};\n"
    (tmp_path / "io.c").write_text(include + IO + io)
    (tmp_path / "main.c").write_text(include + DISPATCH + TABLE)
    conversion = drive(tmp_path)
    assert conversion.tier is Tier.COMPLETE, conversion.reasons
    assert [Path(path).name for path in conversion.files] == ["foo.h", "io.c", "main.c"]
    texts = {
        Path(path).name: apply_edits(Path(path).read_bytes(), edits).decode()
        for path, edits in conversion.edits.items()
    }
    assert "int (*mmap_prepare)(struct foo *foo, struct vm_area_desc *desc);" in texts["foo.h"]
    assert "\t.mmap_prepare = foo_io_mmap_prepare,\n" in texts["io.c"]


def test_a_struct_of_the_same_name_in_another_driver_is_another(tmp_path: Path) -> None:
    text = STRUCTS + RAM + IO + TABLES + DISPATCH + TABLE
    (tmp_path / "main.c").write_text(text)
    (tmp_path / "other.c").write_text(text)
    conversion = drive(tmp_path)
    assert conversion.tier is Tier.COMPLETE, conversion.reasons
    assert [Path(path).name for path in conversion.files] == ["main.c"]


def test_a_struct_that_a_folder_below_uses_is_not_the_folders_own(tmp_path: Path) -> None:
    (tmp_path / "foo.h").write_text(STRUCTS)
    (tmp_path / "main.c").write_text('#include "foo.h"\n\n' + RAM + IO + TABLES + DISPATCH + TABLE)
    assert drive(tmp_path).tier is Tier.COMPLETE
    (tmp_path / "bar").mkdir()
    (tmp_path / "bar" / "bar.c").write_text('#include "../foo.h"\n\nstatic struct foo_ops *bar;\n')
    assert drive(tmp_path).tier is Tier.BLOCKED


@pytest.mark.parametrize("in_a_tree", [False, True])
@pytest.mark.parametrize(("member", "tier"), [("mmap", Tier.BLOCKED), ("start", Tier.COMPLETE)])
def test_a_folder_below_has_the_struct_by_another_header_too(
    tmp_path: Path, member: str, tier: Tier, in_a_tree: bool
) -> None:
    folder = tmp_path / "drivers/foo"
    (folder / "bar").mkdir(parents=True)
    (folder / "foo.h").write_text(STRUCTS)
    (folder / "core.h").write_text('#include "foo.h"\n')
    (folder / "all.h").write_text('#include "core.h"\n')
    (folder / "main.c").write_text('#include "all.h"\n\n' + RAM + IO + TABLES + DISPATCH + TABLE)
    body = f"{{\n\treturn foo->ops->{member}(foo, vma);\n}}\n"
    (folder / "bar/bar.c").write_text(f'#include "../all.h"\n\nint bar({OWN})\n{body}')
    assert drive(folder, tmp_path if in_a_tree else None).tier is tier


CALLS = "{\n\treturn foo->ops->mmap(foo, vma);\n}\n"


@pytest.mark.parametrize(("header", "tier"), [("foo.h", Tier.BLOCKED), ("bar.h", Tier.COMPLETE)])
def test_each_folder_above_that_builds_something_is_asked_who_uses_the_struct(
    tmp_path: Path, header: str, tier: Tier
) -> None:
    folder = tmp_path / "driver/core/map"
    folder.mkdir(parents=True)
    (tmp_path / "driver/other").mkdir()
    for one in ("driver", "driver/core"):
        (tmp_path / one / "Makefile").touch()
    (folder / "foo.h").write_text(STRUCTS)
    (folder / "main.c").write_text('#include "foo.h"\n\n' + RAM + IO + TABLES + DISPATCH + TABLE)
    body = "{\n\treturn foo->ops->mmap(foo, vma);\n}\n"
    (tmp_path / "driver/other/a.c").write_text(f'#include "../core/map/{header}"\n\nint bar({OWN})\n{body}')
    assert drive(folder).tier is tier


USED = [
    pytest.param("foo_test.c", f"int foo_test({OWN})\n{CALLS}", id="a test"),
    pytest.param(
        "foo_more.inc", "static const struct foo_ops more = { .mmap = foo_io_mmap };\n", id="tables"
    ),
]


@pytest.mark.parametrize(("name", "text"), USED)
def test_what_a_file_includes_may_use_the_member(name: str, text: str, tmp_path: Path) -> None:
    own = STRUCTS + RAM + IO + TABLES + DISPATCH + TABLE
    (tmp_path / "main.c").write_text(f'{own}#include "{name}"\n')
    (tmp_path / name).write_text(text)
    assert drive(tmp_path).tier is Tier.BLOCKED
    (tmp_path / name).write_text(text.replace("mmap", "start"))
    assert drive(tmp_path).tier is Tier.COMPLETE


@pytest.mark.parametrize(
    "typedef", ["typedef struct foo_ops ops_t;\n", "typedef const struct foo_ops ops_t;\n", ""]
)
def test_a_member_that_is_set_by_its_place_in_a_typedef(typedef: str, tmp_path: Path) -> None:
    other = (
        "static ops_t bar_ops = { bar_start, bar_mmap };\n"
        if typedef
        else "static int bars[] = { bar, 1 };\n"
    )
    (tmp_path / "main.c").write_text(STRUCTS + typedef + RAM + IO + TABLES + other + DISPATCH + TABLE)
    assert drive(tmp_path).tier is (Tier.BLOCKED if typedef else Tier.COMPLETE)
