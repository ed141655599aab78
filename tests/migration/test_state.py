# SPDX-License-Identifier: GPL-2.0-only
"""From a tree to hooks, subsystems and blockers."""

from __future__ import annotations

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.migration.state import Hook, Migration
from tests.migration.conftest import MigrationOf


def hook(found: Migration, table: str) -> Hook:
    (only,) = (each for each in found.hooks if each.ref.object == table)
    return only


def worth(found: Migration) -> dict[str, tuple[int, int]]:
    return {one.blocker.id: (one.in_the_way, one.frees_alone) for one in found.blockers}


def test_each_table_is_one_hook(migration_of: MigrationOf) -> None:
    found = migration_of()
    tables = [
        ("foo_fops", "MM101"),
        ("foo_pages_ops", "MM105"),
        ("easy_fops", "MM101"),
        ("own_ops", "MM105"),
        ("a_ops", "MM105"),
        ("b_ops", "MM105"),
        ("c_fops", None),
        ("d_fops", None),
        ("FOO_FOPS", "MM101"),
    ]
    assert [(each.ref.object, each.rule) for each in found.hooks] == tables


def test_what_takes_a_descriptor_already_is_counted(migration_of: MigrationOf) -> None:
    found = migration_of()
    assert [(done.ref.object, done.ref.handler) for done in found.converted] == [
        ("done_fops", "done_mmap_prepare")
    ]


def test_a_converted_member_of_another_ops_struct_is_counted(migration_of: MigrationOf) -> None:
    header = "struct foo_bin {\n\tint (*mmap)(struct vm_area_struct *);\n"
    header += "\tint (*mmap_prepare)(struct vm_area_desc *);\n};\n"
    driver = "#include <linux/bin.h>\nstatic struct foo_bin x_bin = {\n\t.mmap_prepare = x_prepare,\n};\n"
    found = migration_of({"include/linux/bin.h": header, "drivers/bar/x.c": driver})
    assert "x_bin" in [done.ref.object for done in found.converted]


def test_a_file_belongs_to_the_most_precise_entry(migration_of: MigrationOf) -> None:
    found = migration_of()
    assert hook(found, "a_ops").subsystem == "FOO DRIVER A <fast>"
    assert hook(found, "b_ops").subsystem == "FOO DRIVERS"
    assert hook(found, "easy_fops").subsystem == "THE REST"


def test_subsystems_count_their_hooks(migration_of: MigrationOf) -> None:
    found = migration_of()
    by_name = {one.name: one for one in found.subsystems}
    rest = by_name["THE REST"]
    assert (rest.hooks, rest.converted, rest.status) == (2, 1, "Buried")
    assert rest.by_tier == {Tier.COMPLETE: 1, Tier.BLOCKED: 1}
    assert sum(one.hooks for one in found.subsystems) == len(found.hooks)


def test_outside_a_tree_the_folder_stands_for_the_subsystem(migration_of: MigrationOf) -> None:
    found = migration_of({"MAINTAINERS": "Maintainers List\n\n"})
    assert hook(found, "a_ops").subsystem.endswith("drivers/foo")


def test_a_member_waits_for_its_form_and_for_what_its_hook_calls(migration_of: MigrationOf) -> None:
    found = migration_of()
    assert hook(found, "a_ops").blockers == ("function:fooq_fop_mmap", "member:foo_file_ops.mmap")
    assert hook(found, "own_ops").blockers == ("member:foo_file_ops.mmap",)


def test_a_drivers_own_functions_are_looked_through(migration_of: MigrationOf) -> None:
    assert "function:fooq_mmap" in hook(migration_of(), "b_ops").blockers


def test_a_function_needs_the_member_that_it_calls_through_a_macro(migration_of: MigrationOf) -> None:
    found = {one.blocker.id: one.blocker for one in migration_of().blockers}
    assert found["function:fooq_mmap"].needs == ("member:foo_queue_ops.mmap",)
    assert found["function:fooq_fop_mmap"].needs == ("function:fooq_mmap",)


def test_a_function_that_only_looks_at_the_vma_blocks_nothing(migration_of: MigrationOf) -> None:
    assert "function:fooq_size" not in worth(migration_of())


def test_a_dispatcher_waits_for_the_members_that_it_calls(migration_of: MigrationOf) -> None:
    assert hook(migration_of(), "foo_fops").blockers == ("member:foo_file_ops.mmap",)


def test_a_member_called_through_a_local_pointer_is_known(migration_of: MigrationOf) -> None:
    core = """\
#include <linux/foo.h>

static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct foo_dev *dev = file->private_data;
	const auto map = dev->fops->mmap;

	return map(file, vma);
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
"""
    found = migration_of({"core/foo.c": core})
    assert hook(found, "foo_fops").blockers == ("member:foo_file_ops.mmap",)


def test_users_of_a_macro_hang_on_it(migration_of: MigrationOf) -> None:
    found = migration_of()
    for table in ("c_fops", "d_fops"):
        assert hook(found, table).macro == "FOO_FOPS"
        assert hook(found, table).blockers == ("macro:FOO_FOPS",)
    macro = next(one.blocker for one in found.blockers if one.blocker.id == "macro:FOO_FOPS")
    assert macro.needs == ("function:fooq_fop_mmap",)


def test_users_of_a_macro_in_front_of_the_macro_are_found(migration_of: MigrationOf) -> None:
    files = {
        "drivers/foo/wrap.h": "#define WRAP(name) DEFINE_FOO_FOPS(name)\n",
        "drivers/foo/w.c": '#include "wrap.h"\n\nWRAP(w_fops);\n',
    }
    assert hook(migration_of(files), "w_fops").macro == "FOO_FOPS"


def test_a_name_that_a_macro_pastes_is_counted_where_the_macro_is_used(migration_of: MigrationOf) -> None:
    # Two structs have such a member; only one has the others that the header sets.
    files = {
        "include/linux/pic.h": (
            "struct pic_ops {\n\tint (*pic_read)(struct pic *pic);\n"
            "\tint (*pic_mmap)(struct pic *pic, struct vm_area_struct *vma);\n};\n"
            "struct other_ops {\n\tint (*pic_mmap)(struct pic *pic, struct vm_area_struct *vma);\n};\n"
        ),
        "drivers/foo/parts.h": (
            "#define PIC_READ(name) \\\n\t.pic_read = pic_io_read\n"
            "#define PIC_MMAP(name) \\\n\t.pic_mmap = name ## _pic_mmap\n"
            "#define PIC_OPS(name) \\\n\tPIC_READ(name), \\\n\tPIC_MMAP(name)\n"
        ),
        "drivers/foo/p.c": (
            '#include "parts.h"\n\nstatic int p_pic_mmap(struct pic *pic, struct vm_area_struct *vma);\n\n'
            "static const struct pic_ops p_ops = {\n\t.owner = THIS_MODULE,\n\tPIC_OPS(p),\n};\n"
        ),
    }
    found = hook(migration_of(files), "p_ops")
    assert (found.macro, found.ref.struct, found.ref.member) == ("PIC_MMAP", "pic_ops", "pic_mmap")
    assert "macro:PIC_MMAP" in found.blockers


def test_blockers_count_the_hooks_behind_them(migration_of: MigrationOf) -> None:
    # Behind the queue's member: its own table, a, b, c, d and the macro itself.
    assert worth(migration_of()) == {
        "member:foo_queue_ops.mmap": (6, 4),
        "function:fooq_mmap": (5, 3),
        "function:fooq_fop_mmap": (4, 3),
        "member:foo_file_ops.mmap": (4, 2),
        "macro:FOO_FOPS": (2, 2),
    }


def test_blockers_are_found_in_the_tree(migration_of: MigrationOf) -> None:
    places = {
        one.blocker.id: (one.blocker.path, one.blocker.line, one.subsystem) for one in migration_of().blockers
    }
    path, line, subsystem = places["member:foo_file_ops.mmap"]
    assert (path.rpartition("linux/include/")[2], line, subsystem) == ("linux/foo.h", 9, "FOO CORE")
    path, line, _ = places["function:fooq_mmap"]
    assert (path.rpartition("/")[2], line) == ("foo.c", 10)


def test_a_core_is_worth_what_its_blockers_free_together(migration_of: MigrationOf) -> None:
    (core,) = migration_of().cores
    assert (core.subsystem, core.in_the_way, core.frees_alone) == ("FOO CORE", 8, 8)


def test_the_order_ends_with_all_that_can_be_freed(migration_of: MigrationOf) -> None:
    found = migration_of()
    assert [step.blocker for step in found.order] == ["member:foo_queue_ops.mmap", "member:foo_file_ops.mmap"]
    assert found.order[-1].total == sum(bool(each.blockers) for each in found.hooks)


def test_a_part_of_a_tree_knows_what_it_calls_by_name(migration_of: MigrationOf) -> None:
    found = migration_of(below="drivers")
    assert hook(found, "a_ops").blockers == ("function:fooq_fop_mmap", "member:foo_file_ops.mmap")


def test_nothing_to_move_is_an_answer(migration_of: MigrationOf) -> None:
    found = migration_of(below="drivers/bar/done.c")
    assert (found.hooks, found.blockers, found.order) == ((), (), ())
    assert len(found.converted) == 1


def test_a_macro_of_a_driver_is_used_in_that_driver_only(migration_of: MigrationOf) -> None:
    macro = "#define OWN_OPS(n) static const struct file_operations n = { .mmap = own_mmap }\n"
    other = "#define OWN_OPS(n) int n\n\nOWN_OPS(x);\n"
    found = migration_of(
        {"drivers/bar/m.c": f"{macro}\nOWN_OPS(p_fops);\nOWN_OPS(q_fops);\n", "drivers/bar/n.c": other}
    )
    users = [
        (each.ref.object, each.path.rpartition("/")[2]) for each in found.hooks if each.macro == "OWN_OPS"
    ]
    assert users == [("p_fops", "m.c"), ("q_fops", "m.c")]


def test_a_function_of_several_folders_has_no_place(migration_of: MigrationOf) -> None:
    head = "int fooq_mmap(struct foo_queue *q, struct vm_area_struct *vma)\n"
    body = head + "{\n\tvma->vm_ops = 0;\n\treturn 0;\n}\n"
    found = migration_of({"core/foo.c": "", "arch/a/foo.c": body, "arch/b/foo.c": body})
    places = {one.blocker.id: (one.blocker.path, one.subsystem) for one in found.blockers}
    assert places["function:fooq_mmap"] == ("", "")


def test_a_file_that_vanishes_after_it_was_checked_is_said(migration_of: MigrationOf) -> None:
    path = hook(migration_of(), "easy_fops").path
    found = migration_of(gone=[path[path.index("drivers/") :]])
    assert [(each.path, each.message) for each in found.unread] == [
        (path, "cannot be read any more: No such file or directory")
    ]
    assert hook(found, "easy_fops").path == path
