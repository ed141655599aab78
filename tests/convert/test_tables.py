# SPDX-License-Identifier: GPL-2.0-only
"""The ops tables of a hook: all of them change, or none does."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.engine import Converter
from mmapmigrate.model.project import Project
from tests.convert.support import SETTING, TABLE, c, convert, hook, snapshot

HOOK = SETTING + hook("vm_flags_set(vma, VM_IO);\nvma->vm_ops = &foo_vm_ops;\nreturn 0;")


def table(text: str) -> str:
    """The converted text of a table, given as it stands behind a hook."""
    result = convert(HOOK + "\n" + c(text) + "\n")
    assert result.conversion.reasons == ()
    assert result.new is not None
    return result.new.split("return 0;\n}\n\n")[1].rstrip("\n")


def codes(text: str) -> set[str]:
    """The reasons why a table behind a hook holds the hook back."""
    result = convert(HOOK + "\n" + c(text) + "\n")
    assert result.tier is not Tier.COMPLETE, result.new
    return result.codes


MEMBERS = [
    pytest.param(
        ".owner = THIS_MODULE,\n.mmap = foo_mmap,\n.open = foo_open,",
        ".owner = THIS_MODULE,\n.mmap_prepare = foo_mmap_prepare,\n.open = foo_open,",
        id="spaces",
    ),
    pytest.param(
        ".owner\t\t= THIS_MODULE,\n.mmap\t\t= foo_mmap,\n.unlocked_ioctl\t= foo_ioctl,",
        ".owner\t\t= THIS_MODULE,\n.mmap_prepare\t= foo_mmap_prepare,\n.unlocked_ioctl\t= foo_ioctl,",
        id="tabs",
    ),
    pytest.param(
        ".owner\t\t\t= THIS_MODULE,\n.mmap\t\t\t= foo_mmap,",
        ".owner\t\t\t= THIS_MODULE,\n.mmap_prepare\t\t= foo_mmap_prepare,",
        id="wide tabs",
    ),
    pytest.param(
        ".open\t= foo_open,\n.mmap\t= foo_mmap,",
        ".open\t= foo_open,\n.mmap_prepare = foo_mmap_prepare,",
        id="narrow tabs",
    ),
    pytest.param(
        ".owner          = THIS_MODULE,\n.mmap           = foo_mmap,",
        ".owner          = THIS_MODULE,\n.mmap_prepare   = foo_mmap_prepare,",
        id="aligned spaces",
    ),
    pytest.param(
        ".owner =\tTHIS_MODULE,\n.mmap =\t\tfoo_mmap,",
        ".owner =\tTHIS_MODULE,\n.mmap_prepare =\tfoo_mmap_prepare,",
        id="tab behind the sign",
    ),
    pytest.param(
        ".owner\t\t=\tTHIS_MODULE,\n.mmap\t\t=\tfoo_mmap,",
        ".owner\t\t=\tTHIS_MODULE,\n.mmap_prepare\t=\tfoo_mmap_prepare,",
        id="tabs on both sides",
    ),
    pytest.param(
        ".owner=THIS_MODULE,.mmap=foo_mmap",
        ".owner=THIS_MODULE,.mmap_prepare=foo_mmap_prepare",
        id="no spaces",
    ),
    pytest.param(
        ".owner = THIS_MODULE,\n.mmap = foo_mmap",
        ".owner = THIS_MODULE,\n.mmap_prepare = foo_mmap_prepare",
        id="last without a comma",
    ),
    pytest.param(".mmap = &foo_mmap,", ".mmap_prepare = &foo_mmap_prepare,", id="address"),
    pytest.param(
        ".owner = THIS_MODULE, .mmap = foo_mmap, .open = foo_open,",
        ".owner = THIS_MODULE, .mmap_prepare = foo_mmap_prepare, .open = foo_open,",
        id="several on a line",
    ),
]


@pytest.mark.parametrize(("before", "after"), MEMBERS)
def test_a_member_is_renamed_in_its_columns(before: str, after: str) -> None:
    def filled(members: str) -> str:
        lines = "".join(f"\t{line}\n" for line in members.split("\n"))
        return f"static const struct file_operations foo_fops = {{\n{lines}}};"

    assert table(filled(before)) == filled(after)


TABLES = [
    pytest.param(
        """
        static const struct file_operations foo_fops = {
                .owner = THIS_MODULE,
        #ifdef CONFIG_FOO
                .mmap = foo_mmap,
        #endif
        };
        """,
        """
        static const struct file_operations foo_fops = {
                .owner = THIS_MODULE,
        #ifdef CONFIG_FOO
                .mmap_prepare = foo_mmap_prepare,
        #endif
        };
        """,
        id="in an arm",
    ),
    pytest.param(
        """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        static const struct file_operations bar_fops = {
                .mmap = foo_mmap,
        };
        """,
        """
        static const struct file_operations foo_fops = {
                .mmap_prepare = foo_mmap_prepare,
        };

        static const struct file_operations bar_fops = {
                .mmap_prepare = foo_mmap_prepare,
        };
        """,
        id="two tables",
    ),
    pytest.param(
        """
        static const struct file_operations foo_fops[] = {
                { .mmap = foo_mmap },
                { .open = foo_open, .mmap = foo_mmap },
        };
        """,
        """
        static const struct file_operations foo_fops[] = {
                { .mmap_prepare = foo_mmap_prepare },
                { .open = foo_open, .mmap_prepare = foo_mmap_prepare },
        };
        """,
        id="array of tables",
    ),
    pytest.param(
        """
        static struct file_operations foo_fops;

        static void foo_init(void)
        {
                foo_fops.mmap = foo_mmap;
        }
        """,
        """
        static struct file_operations foo_fops;

        static void foo_init(void)
        {
                foo_fops.mmap_prepare = foo_mmap_prepare;
        }
        """,
        id="assigned",
    ),
    pytest.param(
        """
        static const struct file_operations bar_fops = {
                .mmap = NULL,
        };

        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };
        """,
        """
        static const struct file_operations bar_fops = {
                .mmap = NULL,
        };

        static const struct file_operations foo_fops = {
                .mmap_prepare = foo_mmap_prepare,
        };
        """,
        id="beside a table without",
    ),
    pytest.param(
        """
        static struct miscdevice foo_misc = {
                .fops = &(const struct file_operations) {
                        .mmap = foo_mmap,
                },
        };
        """,
        """
        static struct miscdevice foo_misc = {
                .fops = &(const struct file_operations) {
                        .mmap_prepare = foo_mmap_prepare,
                },
        };
        """,
        id="inside another struct",
    ),
]


@pytest.mark.parametrize(("before", "after"), TABLES)
def test_every_table_of_the_hook_changes(before: str, after: str) -> None:
    assert table(before) == c(after)


HELD = [
    pytest.param(
        "table-in-macro",
        """
        #define FOO_OPS .mmap = foo_mmap

        static const struct file_operations foo_fops = {
                FOO_OPS,
        };
        """,
        id="in a macro",
    ),
    pytest.param(
        "other-table",
        """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        static const struct v4l2_file_operations foo_v4l2 = {
                .mmap = foo_mmap,
        };
        """,
        id="another kind of table too",
    ),
    pytest.param(
        "both-hooks",
        """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
                .mmap_prepare = foo_other,
        };
        """,
        id="both hooks",
    ),
    pytest.param(
        "several-hooks",
        """
        static struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        static void foo_init(void)
        {
                foo_fops.mmap = foo_other;
        }
        """,
        id="another hook at run time",
    ),
    pytest.param(
        "several-hooks",
        """
        static struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        static void foo_init(void)
        {
                foo_fops.mmap = NULL;
        }
        """,
        id="taken away at run time",
    ),
    pytest.param(
        "several-hooks",
        """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
                .read = foo_read,
                .mmap = NULL,
        };
        """,
        id="taken away by the last word of the list",
    ),
    pytest.param(
        "member-read",
        """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        static bool foo_maps(void)
        {
                return foo_fops.mmap;
        }
        """,
        id="read by the file",
    ),
    pytest.param(
        "member-read",
        """
        static const struct file_operations foo_fops[] = {
                { .mmap = foo_mmap, },
                { .read = foo_read, },
        };

        static bool foo_maps(int i)
        {
                return foo_fops[i].mmap != NULL;
        }
        """,
        id="read of an element",
    ),
    pytest.param(
        "member-read",
        """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        static bool foo_maps(const struct file_operations *fops)
        {
                return fops->mmap;
        }
        """,
        id="read through a parameter",
    ),
    pytest.param(
        "member-read",
        """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        int foo_map(struct file *file, struct vm_area_struct *vma)
        {
                return foo_fops.mmap(file, vma);
        }
        """,
        id="called by the file",
    ),
    pytest.param(
        "table-copied",
        """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        static void foo_init(struct foo *foo)
        {
                foo->fops = foo_fops;
        }
        """,
        id="copied by assignment",
    ),
    pytest.param(
        "table-copied",
        """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        static void foo_init(struct foo *foo)
        {
                memcpy(&foo->fops, &foo_fops, sizeof(foo_fops));
        }
        """,
        id="copied by memcpy",
    ),
    pytest.param(
        "table-copied",
        """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        static void foo_init(struct foo *foo)
        {
                foo->fops = kmemdup(&foo_fops, sizeof(foo_fops), GFP_KERNEL);
        }
        """,
        id="copied by kmemdup",
    ),
    pytest.param(
        "table-copied",
        """
        static struct file_operations foo_fops;

        static void foo_init(const struct file_operations *base)
        {
                foo_fops = *base;
                foo_fops.mmap = foo_mmap;
        }
        """,
        id="made from another",
    ),
    pytest.param(
        "unknown-table",
        """
        static void foo_init(struct file_operations *ops)
        {
                ops->mmap = foo_mmap;
        }
        """,
        id="set behind a pointer",
    ),
    pytest.param(
        "unknown-table",
        """
        struct foo {
                struct file_operations fops;
        };

        static void foo_init(struct foo *foo)
        {
                foo->fops.mmap = foo_mmap;
        }
        """,
        id="set in a struct",
    ),
]


@pytest.mark.parametrize(("code", "text"), HELD)
def test_one_table_that_cannot_change_holds_all_back(code: str, text: str) -> None:
    assert code in codes(text)


UNTOUCHED = [
    pytest.param(
        """
        static const struct file_operations foo_fops = {
                .mmap = NULL,
                .mmap = foo_mmap,
        };
        """,
        id="set by the last word of the list",
    ),
    pytest.param(
        """
        static const struct file_operations foo_fops = {
        #ifdef CONFIG_FOO
                .mmap = foo_mmap,
        #else
                .mmap = NULL,
        #endif
        };
        """,
        id="none in other builds",
    ),
    pytest.param(
        """
        static const struct file_operations foo_fops[] = {
                { .mmap = foo_mmap, },
                { .mmap = NULL, },
        };
        """,
        id="none in another element",
    ),
    pytest.param(
        """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        static bool foo_maps(const struct proto_ops *ops)
        {
                return ops->mmap;
        }
        """,
        id="another struct read",
    ),
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_a_table_that_keeps_its_hook_changes(text: str) -> None:
    assert convert(HOOK + "\n" + c(text) + "\n").tier is Tier.COMPLETE


POINTED = "static struct file_operations foo_fops = {\n        .mmap = foo_mmap,\n};\n"

HIDDEN = [
    pytest.param("p->mmap = NULL;", "several-hooks", id="taken away"),
    pytest.param("p->mmap = bar_mmap;", "several-hooks", id="another hook"),
    pytest.param("return p->mmap == NULL;", "member-read", id="read"),
    pytest.param("return p->open == NULL;", "", id="another member"),
]


@pytest.mark.parametrize(("use", "code"), HIDDEN)
def test_a_pointer_to_the_table_of_the_file_is_followed(use: str, code: str) -> None:
    user = "static int foo_do(void)\n{\n        struct file_operations *p = &foo_fops;\n\n        "
    text = f"{POINTED}\n{user}{use}\n}}\n"
    result = convert(HOOK + "\n" + c(text) + "\n")
    assert {reason.code for reason in result.conversion.reasons} == ({code} if code else set())


SETTER = """
static void foo_set(struct file_operations *p)
{
        p->mmap = bar_mmap;
}

static void foo_init(void)
{
        foo_set(&foo_fops);
}
"""


def test_a_table_that_is_handed_to_what_sets_the_member_is_for_review() -> None:
    assert codes(POINTED + SETTER) == {"several-hooks"}
    other = SETTER.replace("&foo_fops", "&bar_fops")
    for text in (POINTED + other, POINTED.replace("static", "static const") + SETTER):
        assert convert(HOOK + "\n" + c(text) + "\n").tier is Tier.COMPLETE


@pytest.mark.parametrize("macro", ["DRM_GEM_FOPS", "FOO_FOPS(foo)", "members_of", "members_of(foo)"])
def test_a_macro_among_the_members_may_set_another_hook(macro: str) -> None:
    whole = POINTED.replace(".mmap", f"{macro},\n        .mmap")
    assert codes(whole) == {"unknown-table"}
    known = f"#define {macro.replace('foo', 'x')} .open = foo_open\n\n"
    assert convert(HOOK + "\n" + known + c(whole) + "\n").tier is Tier.COMPLETE
    other = known.replace(".open = foo_open", ".mmap = foo_other")
    assert convert(HOOK + other + c(whole), handler="foo_mmap").codes == {"unknown-table"}
    value = POINTED.replace(".mmap", ".owner = THIS_MODULE,\n        .mmap")
    assert convert(HOOK + "\n" + c(value) + "\n").tier is Tier.COMPLETE


@pytest.mark.parametrize("members", ["FOO_FOPS((foo))", '#include "foo_members.h"\n'])
def test_what_brackets_or_an_include_bring_may_set_another_hook(members: str) -> None:
    assert codes(POINTED.replace(".mmap", f"{members},\n.mmap".replace("\n,", "\n"))) == {"unknown-table"}


@pytest.mark.parametrize("member", [".x = @@,", ".x = ({,"])
def test_a_table_that_cannot_be_read_whole_is_for_review(member: str) -> None:
    text = """
    static const struct file_operations foo_fops = {
            .mmap = foo_mmap,
            %s
    };
    """
    assert table(text % ".x = y,")
    result = convert(HOOK + "\n" + c(text % member) + "\n")
    assert (result.tier, result.codes) == (Tier.REVIEW, {"unread-table"})


def test_a_suppressed_table_holds_the_others_back() -> None:
    text = HOOK + TABLE + TABLE.replace("foo_fops", "bar_fops")
    second = text.index("bar_fops")
    result = convert(text, suppressed=lambda _path, offset: offset > second)
    assert "suppressed" in result.codes
    assert result.new is None


def test_a_suppression_elsewhere_does_not() -> None:
    assert convert(HOOK + TABLE, suppressed=lambda _path, offset: offset == 0).tier is Tier.COMPLETE


REACHED = """
int foo_map(struct foo *foo, struct file *file, struct vm_area_struct *vma)
{
        return foo->fops->mmap(file, vma);
}
"""


@pytest.mark.parametrize(
    "holder",
    [
        "static struct foo foo_device = {\n        .fops = &foo_fops,\n};",
        "static void foo_init(struct foo *foo)\n{\n        foo->fops = &foo_fops;\n}",
    ],
)
def test_a_table_that_is_called_by_hand_is_blocked(holder: str, tmp_path: Path) -> None:
    (tmp_path / "core.c").write_text(
        "struct foo {\n\tconst struct file_operations *fops;\n};\n" + c(REACHED) + "\n"
    )
    text = HOOK + TABLE + "struct foo {\n\tconst struct file_operations *fops;\n};\n" + c(holder) + "\n"
    path = tmp_path / "foo.c"
    path.write_text(text)
    result = convert(text, str(path))
    assert "by-hand-dispatch" in result.codes
    assert result.tier is Tier.BLOCKED


def test_the_dispatcher_of_drm_prime_is_known_outside_of_a_tree() -> None:
    text = HOOK + TABLE + "static const struct drm_driver foo_driver = {\n\t.fops = &foo_fops,\n};\n"
    result = convert(text)
    assert "by-hand-dispatch" in result.codes
    assert result.tier is Tier.BLOCKED


PRIME = """\
struct drm_driver { const struct file_operations *fops; };
struct drm_device { const struct drm_driver *driver; };

int prime(struct drm_device *dev, struct file *fil, struct vm_area_struct *vma)
{
	return dev->driver->fops->mmap(fil, vma);
}
"""


@pytest.mark.parametrize(("text", "line"), [(PRIME, 6), ("\n\n" + PRIME, 8), ("int prime;\n", None)])
def test_a_known_dispatcher_stands_where_the_tree_has_it(text: str, line: int | None, tmp_path: Path) -> None:
    known = next(one for one in snapshot().dispatchers or () if one.path.endswith("drm_prime.c"))
    path = tmp_path / "drivers/gpu/drm/drm_prime.c"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    driver = path.parent / "foo/foo.c"
    driver.parent.mkdir()
    driver.write_text(
        HOOK + TABLE + "static const struct drm_driver foo_driver = {\n\t.fops = &foo_fops,\n};\n"
    )
    project = Project(tmp_path)
    file = project.file(str(driver))
    conversion = Converter(project, snapshot()).conversion(file, next(iter(file.entries())))
    said = next(one.message for one in conversion.reasons if one.code == "by-hand-dispatch")
    assert said.startswith(f"drivers/gpu/drm/drm_prime.c:{line or known.line} calls ")


def test_a_table_of_a_misc_device_is_followed_by_the_vfs_alone() -> None:
    text = HOOK + TABLE + "static struct miscdevice foo_misc = {\n\t.fops = &foo_fops,\n};\n"
    assert convert(text).tier is Tier.COMPLETE


MINE = "static struct file_operations mine;\n"


@pytest.mark.parametrize(
    "use",
    [
        "int bar(struct file *f, struct vm_area_struct *v)\n{\n        return foo_fops.mmap(f, v);\n}",
        "bool bar(void)\n{\n        return foo_fops.mmap;\n}",
        "void bar(void)\n{\n        mine = foo_fops;\n        mine.mmap = bar_mmap;\n}",
    ],
)
def test_a_table_that_another_file_reads_or_copies_is_held_back(use: str, tmp_path: Path) -> None:
    (tmp_path / "user.c").write_text("extern const struct file_operations foo_fops;\n" + MINE + c(use) + "\n")
    path = tmp_path / "foo.c"
    path.write_text(HOOK + TABLE.replace("static ", ""))
    assert convert(path.read_text(), str(path)).tier is not Tier.COMPLETE


def test_a_table_that_is_copied_through_a_pointer_is_held_back() -> None:
    text = """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        static void foo_init(struct foo *foo)
        {
                const struct file_operations *base = &foo_fops;

                foo->fops = *base;
                foo->fops.mmap = foo_other;
        }
        """
    assert "table-copied" in codes(text)


def test_a_file_that_asks_for_the_old_member_is_held_back() -> None:
    text = """
        static const struct file_operations foo_fops = {
                .mmap = foo_mmap,
        };

        static bool foo_maps(struct file *file)
        {
                return file->f_op == &foo_fops && file->f_op->mmap;
        }
        """
    assert codes(text)


@pytest.mark.parametrize(
    "use",
    [
        """
        int bar(struct file *file, struct vm_area_struct *vma)
        {
                const struct file_operations *ops = &foo_fops;

                return ops->mmap(file, vma);
        }
        """,
        """
        static int baz(const struct file_operations *ops, struct file *file, struct vm_area_struct *vma)
        {
                return ops->mmap(file, vma);
        }

        int bar(struct file *file, struct vm_area_struct *vma)
        {
                return baz(&foo_fops, file, vma);
        }
        """,
        """
        static const struct file_operations *const tables[] = { &foo_fops, };

        int bar(int i, struct file *file, struct vm_area_struct *vma)
        {
                return tables[i]->mmap(file, vma);
        }
        """,
        """
        static const struct file_operations *baz(void)
        {
                return &foo_fops;
        }

        int bar(struct file *file, struct vm_area_struct *vma)
        {
                return baz()->mmap(file, vma);
        }
        """,
    ],
    ids=["a local", "an argument", "an element", "a result"],
)
def test_a_table_that_is_called_through_a_pointer_of_the_file_is_held_back(use: str, tmp_path: Path) -> None:
    path = tmp_path / "foo.c"
    path.write_text(HOOK + TABLE + c(use) + "\n")
    result = convert(path.read_text(), str(path))
    assert "by-hand-dispatch" in result.codes
    assert result.tier is not Tier.COMPLETE


@pytest.mark.parametrize(
    ("parameters", "codes"),
    [
        ("struct file *file, struct vm_area_struct *vma, int more", {"hook-parameters"}),
        ("struct vm_area_struct *vma, struct file *file", {"hook-parameters"}),
        ("void *file, struct vm_area_struct *vma", {"hook-parameters"}),
        ("struct file *const file, struct vm_area_struct *__restrict vma", set()),
    ],
)
def test_a_hook_takes_what_the_vfs_gives(parameters: str, codes: set[str]) -> None:
    body = "if (file->private_data)\n        return -EINVAL;\nvm_flags_set(vma, VM_IO);\nreturn 0;"
    assert convert(hook(body, parameters) + TABLE).codes == codes


MISC_DEVICE = "static struct miscdevice foo_misc = {\n\t.fops = &foo_fops,\n};\n"


@pytest.mark.parametrize(
    ("head", "called"),
    [
        ("const struct file_operations *ops = fops_get(inode->i_fop);", "ops->%s(file, vma)"),
        ("const struct file_operations *ops = file->private_data;", "ops->%s(file, vma)"),
        ("struct file_operations ops = *file->f_op;", "ops.%s(file, vma)"),
        ("", "bar_ops(file)->%s(file, vma)"),
        ("", "BAR_OPS(file)->%s(file, vma)"),
    ],
)
@pytest.mark.parametrize(("member", "tier"), [("mmap", Tier.REVIEW), ("poll", Tier.COMPLETE)])
def test_a_caller_in_the_file_by_what_an_open_file_or_inode_may_have(
    head: str, called: str, member: str, tier: Tier, tmp_path: Path
) -> None:
    path = tmp_path / "foo.c"
    parameters = "struct inode *inode, struct file *file, void *vma"
    use = f"static int bar({parameters})\n{{\n\t{head}\n\n\treturn {called % member};\n}}\n"
    path.write_text(HOOK + TABLE + MISC_DEVICE + "#define BAR_OPS(file) ((file)->f_op)\n" + use)
    assert convert(path.read_text(), str(path)).tier is tier


@pytest.mark.parametrize("arguments", ["bar, file, vma", "vma"])
def test_what_is_called_with_other_arguments_is_another_hook(arguments: str, tmp_path: Path) -> None:
    path = tmp_path / "foo.c"
    use = (
        f"static int bar(struct file *file, void *vma)\n{{\n\treturn bar_ops(file)->mmap({arguments});\n}}\n"
    )
    path.write_text(HOOK + TABLE + MISC_DEVICE + use)
    assert convert(path.read_text(), str(path)).tier is Tier.COMPLETE


@pytest.mark.parametrize(("taker", "tier"), [("core_register", Tier.REVIEW), ("baz_register", Tier.COMPLETE)])
def test_a_core_above_that_keeps_the_table_it_is_handed(taker: str, tier: Tier, tmp_path: Path) -> None:
    path = tmp_path / "backend" / "foo.c"
    path.parent.mkdir()
    path.write_text(HOOK + TABLE + f"int bar(void)\n{{\n\treturn {taker}(&foo_fops);\n}}\n")
    core = """
        struct core {
                const struct file_operations *ops;
        };

        int core_register(const struct file_operations *ops)
        {
                core_new()->ops = ops;
                return 0;
        }

        static int core_mmap(struct core *core, struct file *file, void *vma)
        {
                return core->ops->mmap(file, vma);
        }
        """
    (tmp_path / "core.c").write_text(c(core) + "\n")
    assert convert(path.read_text(), str(path)).tier is tier


@pytest.mark.parametrize(("called", "tier"), [("mmap", Tier.REVIEW), ("poll", Tier.COMPLETE)])
@pytest.mark.parametrize("folder", ["", "backend"], ids=["beside", "above"])
def test_a_table_that_a_core_calls_through_a_shared_pointer_is_held_back(
    folder: str, called: str, tier: Tier, tmp_path: Path
) -> None:
    path = tmp_path / folder / "foo.c"
    path.parent.mkdir(exist_ok=True)
    path.write_text(HOOK + TABLE + "int bar(void)\n{\n\tfoo_backend = &foo_fops;\n\treturn 0;\n}\n")
    core = f"""
        const struct file_operations *foo_backend;

        static int core_{called}(struct file *file, void *vma)
        {{
                return foo_backend->{called}(file, vma);
        }}
        """
    (tmp_path / "core.c").write_text(c(core) + "\n")
    assert convert(path.read_text(), str(path)).tier is tier


def test_a_table_that_is_handed_to_what_calls_no_hook_converts(tmp_path: Path) -> None:
    path = tmp_path / "foo.c"
    path.write_text(HOOK + TABLE + "void bar(void)\n{\n\tregister_chrdev(0, FOO_NAME, &foo_fops);\n}\n")
    assert convert(path.read_text(), str(path)).tier is Tier.COMPLETE


@pytest.mark.parametrize(
    "use",
    [
        'static struct kprobe foo_probe = {\n\t.symbol_name = "foo_mmap",\n};\n',
        'asm(".globl foo_mmap_alias\\n"\n    ".set foo_mmap_alias, foo_mmap");\n',
    ],
    ids=["a string", "assembly"],
)
def test_a_hook_that_may_be_looked_up_by_its_name_is_for_review(use: str) -> None:
    result = convert(HOOK + TABLE + use)
    assert (result.tier, result.codes) == (Tier.REVIEW, {"named-in-string"})


def test_a_message_that_holds_the_name_is_no_look_up() -> None:
    use = 'static void bar(void)\n{\n\tpr_debug("foo_mmap: called\\n");\n}\n'
    assert convert(HOOK + TABLE + use).tier is Tier.COMPLETE


def test_a_caller_of_any_files_mmap_reaches_the_tables_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "foo.c"
    call = "int foo_again(struct file *file, struct vm_area_struct *vma)\n{\n\treturn %s;\n}\n"
    path.write_text(HOOK + TABLE + call % "file->f_op->mmap(file, vma)")
    assert "by-hand-dispatch" in convert(path.read_text(), str(path)).codes
    beside = tmp_path / "beside" / "foo.c"
    beside.parent.mkdir()
    beside.write_text(HOOK + TABLE + call % "vfs_mmap(file, vma)")
    assert "by-hand-dispatch" not in convert(beside.read_text(), str(beside)).codes


@pytest.mark.parametrize(
    ("value", "held"),
    [
        ("foo_mmap", set()),
        ("&foo_mmap", set()),
        ("(foo_mmap)", set()),
        ("(void *)foo_mmap", set()),
        ("(foo_mmap_t)foo_mmap", {"hook-parameters"}),
        ("(foo_mmap_t)&foo_mmap", {"hook-parameters"}),
    ],
)
def test_a_hook_that_is_cast_to_its_old_type_stays(value: str, held: set[str]) -> None:
    assert convert(HOOK + c(POINTED.replace("= foo_mmap", f"= {value}"))).codes == held
