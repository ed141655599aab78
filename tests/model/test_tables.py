# SPDX-License-Identifier: GPL-2.0-only
"""Where an ops table's member may be written, and what is read of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mmapmigrate.model.declarations import StructDefinition, TypeRef
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.ops import EntryForm, OpsEntry
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

Model = Callable[[str], FileModel]
Entry = Callable[[str], OpsEntry]

FORMS = {
    "static const": (
        "static const struct file_operations foo_fops = { .open = foo_open, .mmap = foo_mmap, };",
        ("file_operations", "foo_fops", "foo_mmap"),
    ),
    "not const, last without a comma": (
        "struct file_operations foo_fops = { .mmap = foo_mmap };",
        ("file_operations", "foo_fops", "foo_mmap"),
    ),
    "attributes before and behind the name": (
        "static struct v4l2_file_operations __maybe_unused foo_fops __ro_after_init = { .mmap = foo_mmap };",
        ("v4l2_file_operations", "foo_fops", "foo_mmap"),
    ),
    "second declarator": (
        "static const struct file_operations a = { .open = f }, b = { .mmap = foo_mmap };",
        ("file_operations", "b", "foo_mmap"),
    ),
    "inside a function": (
        "static int probe(void)\n{\n\tstatic const struct file_operations fops = { .mmap = foo_mmap };\n\n"
        "\treturn reg(&fops);\n}",
        ("file_operations", "fops", "foo_mmap"),
    ),
    "array with indices": (
        "static const struct file_operations ops[2] = { [0] = { .open = f }, [1] = { .mmap = foo_mmap } };",
        ("file_operations", "ops", "foo_mmap"),
    ),
    "array without indices": (
        "static const struct file_operations ops[] = { { .open = f }, { .mmap = foo_mmap } };",
        ("file_operations", "ops", "foo_mmap"),
    ),
    "element and member in one designator": (
        "static const struct file_operations ops[] = { [FOO_MINOR].mmap = foo_mmap };",
        ("file_operations", "ops", "foo_mmap"),
    ),
    "compound literal": (
        "void set(struct foo *foo)\n{\n\tfoo->ops = &(const struct file_operations){ .mmap = foo_mmap };\n}",
        ("file_operations", None, "foo_mmap"),
    ),
    "compound literal that a variable points to": (
        "static const struct file_operations *ops = &(struct file_operations){ .mmap = foo_mmap };",
        ("file_operations", "ops", "foo_mmap"),
    ),
    "compound literal as an argument": (
        "static int probe(void)\n{\n\treturn reg((struct file_operations){ .mmap = foo_mmap });\n}",
        ("file_operations", None, "foo_mmap"),
    ),
    "nested in a struct that the file defines": (
        "struct foo { int id; struct file_operations fops; };\n"
        "static struct foo foo = { .id = 1, .fops = { .mmap = foo_mmap } };",
        ("file_operations", "foo", "foo_mmap"),
    ),
    "nested, by one designator": (
        "struct foo { struct { struct file_operations fops; } inner; };\n"
        "static struct foo foo = { .inner.fops.mmap = foo_mmap };",
        ("file_operations", "foo", "foo_mmap"),
    ),
    "nested, by place": (
        "struct foo { int id; struct proto_ops ops; };\nstatic struct foo foo = { 1, { .mmap = foo_mmap } };",
        ("proto_ops", "foo", "foo_mmap"),
    ),
    "nested in an array of structs": (
        "struct foo { struct file_operations fops; };\n"
        "static struct foo foo[] = { { .fops = { .mmap = foo_mmap } } };",
        ("file_operations", "foo", "foo_mmap"),
    ),
    "member of an unnamed struct": (
        "struct foo { union { struct file_operations fops; int x; }; };\n"
        "static struct foo foo = { .fops = { .mmap = foo_mmap } };",
        ("file_operations", "foo", "foo_mmap"),
    ),
    "member of a struct_group": (
        "struct foo { struct_group(ops, struct file_operations fops; ); };\n"
        "static struct foo foo = { .fops = { .mmap = foo_mmap } };",
        ("file_operations", "foo", "foo_mmap"),
    ),
    "struct without a tag around it": (
        "static struct { int id; struct file_operations fops; } foo = { .fops = { .mmap = foo_mmap } };",
        ("file_operations", "foo", "foo_mmap"),
    ),
    "nested in a struct that nobody defines": (
        "static struct foo foo = { .fops = { .mmap = foo_mmap } };",
        (None, "foo", "foo_mmap"),
    ),
    "typedef": (
        "typedef struct file_operations fops_t;\nstatic const fops_t foo_fops = { .mmap = foo_mmap };",
        ("file_operations", "foo_fops", "foo_mmap"),
    ),
    "typedef of a typedef with a body": (
        "typedef struct file_operations { int (*mmap)(void); } a_t;\ntypedef a_t fops_t;\n"
        "fops_t foo_fops = { .mmap = foo_mmap };",
        ("file_operations", "foo_fops", "foo_mmap"),
    ),
    "typedef that nobody defines": ("static fops_t foo_fops = { .mmap = f };", (None, "foo_fops", "f")),
    "address of the function": (
        "struct file_operations foo_fops = { .mmap = &foo_mmap };",
        ("file_operations", "foo_fops", "foo_mmap"),
    ),
    "casts and parentheses": (
        "struct file_operations foo_fops = { .mmap = (void *)(&(foo_mmap)) };",
        ("file_operations", "foo_fops", "foo_mmap"),
    ),
    "NULL": ("struct file_operations f = { .mmap = NULL };", ("file_operations", "f", "NULL")),
    "0": ("struct file_operations f = { .mmap = 0 };", ("file_operations", "f", "NULL")),
    "a choice is no name": (
        "struct file_operations f = { .mmap = IS_ENABLED(CONFIG_FOO) ? foo_mmap : NULL };",
        ("file_operations", "f", None),
    ),
    "an old designator": (
        "struct file_operations f = { open: o, mmap: foo_mmap };",
        ("file_operations", "f", "foo_mmap"),
    ),
    "an old designator behind directives": (
        "struct file_operations f = {\n#ifdef FOO\n\topen: o,\n#else\n\topen: p,\n# endif\n\n"
        "\tmmap: foo_mmap\n};",
        ("file_operations", "f", "foo_mmap"),
    ),
    "behind a macro with its own comma": (
        "static const struct file_operations foo_fops = {\n\tFOO_OPS(foo)\n\t.mmap = foo_mmap,\n};",
        ("file_operations", "foo_fops", "foo_mmap"),
    ),
    "spread over lines": (
        "static const struct file_operations\nfoo_fops = {\n\t.mmap\t/* why */ =\n\t\tfoo_mmap,\n};",
        ("file_operations", "foo_fops", "foo_mmap"),
    ),
}


@pytest.mark.parametrize(("code", "expected"), FORMS.values(), ids=FORMS.keys())
def test_reads_an_initialised_member(
    entry: Entry, code: str, expected: tuple[str | None, str | None, str | None]
) -> None:
    found = entry(code)
    assert (found.struct, found.object, found.handler) == expected
    assert (found.form, found.member) == (EntryForm.INITIALIZER, "mmap")


ASSIGNMENTS = {
    "file-scope variable": (
        "static struct file_operations foo_fops;\nvoid f(void)\n{\n\tfoo_fops.mmap = foo_mmap;\n}",
        ("file_operations", "foo_fops", "foo_mmap"),
    ),
    "parameter": (
        "void f(int x, struct file_operations *ops)\n{\n\tops->mmap = foo_mmap;\n}",
        ("file_operations", "ops", "foo_mmap"),
    ),
    "local": (
        "void f(void)\n{\n\tstruct proto_ops *ops = get();\n\n\tif (ops)\n\t\tops->mmap = foo_mmap;\n}",
        ("proto_ops", "ops", "foo_mmap"),
    ),
    "local hides a parameter": (
        "void f(struct proto_ops *ops)\n{\n\tg();\n\t{\n\t\tstruct file_operations *ops = h();\n\n"
        "\t\tops->mmap = foo_mmap;\n\t}\n}",
        ("file_operations", "ops", "foo_mmap"),
    ),
    "a block before it is closed": (
        "void f(struct proto_ops *ops)\n{\n\t{\n\t\tstruct file_operations *ops = h();\n\n\t\tg(ops);\n\t}\n"
        "\tops->mmap = foo_mmap;\n}",
        ("proto_ops", "ops", "foo_mmap"),
    ),
    "variable of a for statement": (
        "void f(void)\n{\n\tfor (struct file_operations *o = a; o < b; o++)\n\t\to->mmap = foo_mmap;\n}",
        ("file_operations", "o", "foo_mmap"),
    ),
    "member of a struct": (
        "struct foo { struct bin_attribute attr; };\n"
        "void f(struct foo *foo)\n{\n\tfoo->attr.mmap = foo_mmap;\n}",
        ("bin_attribute", "foo", "foo_mmap"),
    ),
    "element of a member": (
        "struct foo { struct file_operations fops[2]; };\n"
        "void f(struct foo *foo, int i)\n{\n\tfoo->fops[i].mmap = foo_mmap;\n}",
        ("file_operations", "foo", "foo_mmap"),
    ),
    "dereferenced": (
        "void f(struct file_operations *ops)\n{\n\t(*ops).mmap = &foo_mmap;\n}",
        ("file_operations", "ops", "foo_mmap"),
    ),
    "address": (
        "static struct file_operations fops;\nvoid f(void)\n{\n\t(&fops)->mmap = foo_mmap;\n}",
        ("file_operations", "fops", "foo_mmap"),
    ),
    "cast": (
        "void f(void *data)\n{\n\t((struct file_operations *)data)->mmap = foo_mmap;\n}",
        ("file_operations", "data", "foo_mmap"),
    ),
    "container_of": (
        "struct foo { struct file_operations fops; };\n"
        "void f(struct bar *bar)\n{\n\tcontainer_of(bar, struct foo, bar)->fops.mmap = foo_mmap;\n}",
        ("file_operations", "bar", "foo_mmap"),
    ),
    "macro that is container_of": (
        "#define to_foo(p) container_of(p, struct foo, bar)\nstruct foo { struct file_operations fops; };\n"
        "void f(struct bar *bar)\n{\n\tto_foo(bar)->fops.mmap = foo_mmap;\n}",
        ("file_operations", "bar", "foo_mmap"),
    ),
    "function of the file": (
        "static struct file_operations *ops_of(int x)\n{\n\treturn table + x;\n}\n"
        "void f(int minor)\n{\n\tops_of(minor)->mmap = foo_mmap;\n}",
        ("file_operations", "minor", "foo_mmap"),
    ),
    "chain of assignments": (
        "static struct file_operations a, b;\nvoid f(void)\n{\n\tb.mmap = NULL;\n}",
        ("file_operations", "b", "NULL"),
    ),
    "type that nobody declares": (
        "void f(void)\n{\n\tunseen.mmap = foo_mmap;\n}",
        (None, "unseen", "foo_mmap"),
    ),
}


@pytest.mark.parametrize(("code", "expected"), ASSIGNMENTS.values(), ids=ASSIGNMENTS.keys())
def test_reads_an_assigned_member(
    entry: Entry, code: str, expected: tuple[str | None, str | None, str | None]
) -> None:
    found = entry(code)
    assert (found.struct, found.object, found.handler) == expected
    assert found.form is EntryForm.ASSIGNMENT


def test_reads_each_target_of_a_chain(model: Model) -> None:
    found = model(
        """\
        static struct file_operations a, b;
        void f(void)
        {
            a.mmap = b.mmap = foo_mmap;
        }
        """
    ).entries()
    assert [(one.object, one.handler) for one in found] == [("a", "foo_mmap"), ("b", "foo_mmap")]


NOT_ENTRIES = {
    "comparison": "void f(struct file_operations *o)\n{\n\tif (o->mmap == foo_mmap)\n\t\tg();\n}",
    "comment": "/* .mmap = foo_mmap, */ int x;",
    "string": 'static const char *s = ".mmap = foo_mmap";',
    "call's result": "void f(struct priv *p)\n{\n\tp->mmap = pci_iomap(dev, 0, 0);\n}",
    "number": "void f(struct priv *p)\n{\n\tp->use_mmap = 1;\n}",
    "truth": "void f(struct priv *p)\n{\n\tp->may_mmap = true;\n}",
    "sum": "void f(struct priv *p)\n{\n\tp->mmap_base = base + size;\n}",
    "data member of a known struct": (
        "struct priv { int mmap_state; };\nvoid f(struct priv *p)\n{\n\tp->mmap_state = pci_mmap_io;\n}"
    ),
    "a longer name": "void f(struct priv *p)\n{\n\tp->remmap = x;\n\tp->mmapped = y;\n\tp->a_mmap_b = z;\n}",
    "plain variable": "void f(void)\n{\n\tmmap = foo_mmap;\n}",
    "label": "int f(void)\n{\nmmap:\n\treturn 0;\n}",
    "choice in a condition": "long f(struct mm_struct *mm)\n{\n\treturn x ? mm->mmap_a : mm->mmap_b;\n}",
}


@pytest.mark.parametrize("code", NOT_ENTRIES.values(), ids=NOT_ENTRIES.keys())
def test_leaves_out_what_is_no_hook(model: Model, code: str) -> None:
    assert list(model(code).entries()) == []


COMPUTED = {
    "a macro's call": ("HOOK(foo)", None),
    "a macro that leaves it out": ("PTR_IF(IS_ENABLED(CONFIG_FOO), foo_mmap)", None),
    "an element": ("hooks[FOO + 1]", None),
    "a choice of two": ("has_foo ? foo_mmap : 0", None),
    "a statement": ("({ foo_mmap; })", None),
    "a cast to a function's type": (
        "(int (*)(struct file *, struct vm_area_struct *))foo_mmap",
        "foo_mmap",
    ),
}


@pytest.mark.parametrize(("value", "handler"), COMPUTED.values(), ids=COMPUTED.keys())
@pytest.mark.parametrize(
    "form",
    [
        "static const struct file_operations foo_fops = {{ .mmap = {} }};",
        "struct own {{ int (*mmap)(struct file *, struct vm_area_struct *); }};\n"
        "static struct own foo_fops = {{ .mmap = {} }};",
        "void f(void)\n{{\n\tstatic struct file_operations foo_fops;\n\n\tfoo_fops.mmap = {};\n}}",
    ],
    ids=["a table", "a driver's own table", "an assignment"],
)
def test_reads_a_hook_that_is_computed(form: str, value: str, handler: str | None, entry: Entry) -> None:
    found = entry(form.format(value))
    assert (found.object, found.member, found.handler) == ("foo_fops", "mmap", handler)


@pytest.mark.parametrize("value", ["1", "true", '"x"'])
def test_a_literal_is_no_hook(value: str, model: Model) -> None:
    assert not model(f"static struct file_operations foo_fops = {{ .mmap = {value} }};").entries()


class NoHeaders:
    """Types that nobody may ask for: each question may read hundreds of headers."""

    def find_struct(self, tag: str, path: str) -> StructDefinition | None:
        raise AssertionError(tag)

    def find_typedef(self, name: str, path: str) -> TypeRef | None:
        raise AssertionError(name)


def test_what_can_be_no_hook_needs_no_struct() -> None:
    code = b"void f(struct priv *p)\n{\n\tp->now.use_mmap = 1;\n\tp->mm->mmap_base = a + b;\n}\n"
    assert list(FileModel(SourceUnit(SourceFile("foo.c", code)), NoHeaders()).entries()) == []


def test_reads_other_members_that_may_take_a_vma(model: Model) -> None:
    found = model(
        """\
        static const struct proc_ops foo_proc_ops = { .proc_mmap = foo_mmap };
        static const struct bpf_map_ops foo_map_ops = { .map_mmap = bar_mmap };
        static const struct file_operations foo_fops = { .mmap_prepare = foo_mmap_prepare };
        """
    ).entries()
    assert [(one.struct, one.member, one.handler) for one in found] == [
        ("proc_ops", "proc_mmap", "foo_mmap"),
        ("bpf_map_ops", "map_mmap", "bar_mmap"),
        ("file_operations", "mmap_prepare", "foo_mmap_prepare"),
    ]


def test_sees_both_arms_of_a_conditional_in_the_list(model: Model) -> None:
    found = model(
        """\
        static const struct file_operations foo_fops = {
            .open = foo_open,
        #ifdef CONFIG_MMU
            .mmap = foo_mmap,
        #else
            .mmap = foo_nommu_mmap,
            .get_unmapped_area = foo_area,
        #endif
            .release = foo_release,
        };
        """
    ).entries()
    assert [(one.struct, one.handler) for one in found] == [
        ("file_operations", "foo_mmap"),
        ("file_operations", "foo_nommu_mmap"),
    ]
    assert [one.conditions[0].branch for one in found] == [0, 1]
    assert found[0].conditions[0].group == found[1].conditions[0].group


def test_sees_each_value_that_the_preprocessor_chooses(model: Model) -> None:
    found = model(
        """\
        static const struct file_operations foo_fops = {
            .mmap =
        #ifdef CONFIG_FOO
                foo_mmap,
        #else
                bar_mmap,
        #endif
            .open = foo_open,
        };
        """
    ).entries()
    assert [one.handler for one in found] == ["foo_mmap", "bar_mmap"]


def test_reads_a_table_whose_head_is_in_two_arms(model: Model) -> None:
    found = model(
        """\
        #ifdef CONFIG_FOO
        static const struct file_operations foo_fops = {
        #else
        const struct file_operations foo_fops = {
        #endif
            .mmap = foo_mmap,
        };
        static const struct proto_ops bar_ops = { .mmap = bar_mmap };
        """
    ).entries()
    assert [(one.struct, one.object) for one in found] == [
        ("file_operations", "foo_fops"),
        ("proto_ops", "bar_ops"),
    ]


def test_reads_a_table_that_the_grammar_cannot(model: Model) -> None:
    found = model(
        "static const struct file_operations fops = { @@ .x = 1 1, .mmap = foo_mmap, ) };"
    ).entries()
    assert [(one.struct, one.handler) for one in found] == [("file_operations", "foo_mmap")]


def test_ranges_are_those_of_the_text(entry: Entry, model: Model) -> None:
    code = "struct file_operations f = {\n\t.open = o,\n\t.mmap = (void *)foo_mmap, /* why */\n};"
    found = entry(code)
    assert code[found.start : found.end] == ".mmap = (void *)foo_mmap"
    assert code[found.member_start : found.member_end] == "mmap"
    assert code[found.value_start : found.value_end] == "(void *)foo_mmap"
    assert found.list_start == code.index("{")


def test_range_of_an_assignment_is_the_expression(entry: Entry) -> None:
    code = "void f(struct file_operations *o)\n{\n\tif (x)\n\t\to->mmap = foo_mmap;\n}"
    found = entry(code)
    assert code[found.start : found.end] == "o->mmap = foo_mmap"
    assert found.list_start is None


MACROS = {
    "whole table": (
        "#define DEFINE_FOPS(name) \\\n\tstatic const struct file_operations name = { \\\n"
        "\t\t.mmap = foo_mmap, \\\n\t}",
        ("file_operations", "DEFINE_FOPS", "foo_mmap"),
    ),
    "name made by pasting": (
        "#define ATTR(n) struct bin_attribute n##_attr = { .attr = { .mode = 0600 }, .mmap = foo_mmap }",
        ("bin_attribute", "ATTR", "foo_mmap"),
    ),
    "handler is a parameter": (
        "#define FOPS(name, _mmap) static const struct file_operations name = { .mmap = (_mmap) }",
        ("file_operations", "FOPS", None),
    ),
    "handler made by pasting": (
        "#define FOPS(p) static const struct file_operations p##_fops = { .mmap = p ## _mmap }",
        ("file_operations", "FOPS", None),
    ),
    "fragment that the file uses": (
        "#define FOO_OPS .open = o, .mmap = foo_mmap\nstruct vfio_device_ops ops = { FOO_OPS, };",
        ("vfio_device_ops", "FOO_OPS", "foo_mmap"),
    ),
    "fragment in a fragment": (
        "#define FOO_MMAP .mmap = foo_mmap,\n#define FOO_OPS .open = o, FOO_MMAP\n"
        "static const struct proto_ops ops = { FOO_OPS };",
        ("proto_ops", "FOO_MMAP", "foo_mmap"),
    ),
    "fragment in a macro's table": (
        "#define FOO_MMAP .mmap = foo_mmap,\n#define TABLE(n) struct bin_attribute n = { FOO_MMAP }",
        ("bin_attribute", "FOO_MMAP", "foo_mmap"),
    ),
    "fragment known by its members": (
        "#define FOO_FOPS \\\n\t.open = o, \\\n\t.compat_ioctl = c, \\\n\t.mmap = foo_mmap",
        ("file_operations", "FOO_FOPS", "foo_mmap"),
    ),
    "fragment of a struct of the same header": (
        "struct fb_ops { int (*fb_open)(void); int (*fb_mmap)(void); };\n#define FOO_OPS .fb_mmap = foo_mmap",
        ("fb_ops", "FOO_OPS", "foo_mmap"),
    ),
    "fragment that could be many things": (
        "#define FOO_OPS .open = o, .mmap = foo_mmap",
        (None, "FOO_OPS", "foo_mmap"),
    ),
}


@pytest.mark.parametrize(("code", "expected"), MACROS.values(), ids=MACROS.keys())
def test_reads_a_macro_that_makes_a_table(
    entry: Entry, code: str, expected: tuple[str | None, str, str | None]
) -> None:
    found = entry(code)
    assert (found.struct, found.object, found.handler) == expected
    assert found.form is EntryForm.MACRO


def test_fragment_used_in_two_kinds_of_table_has_no_struct(entry: Entry) -> None:
    found = entry(
        "#define FOO_MMAP .mmap = foo_mmap,\n"
        "struct file_operations a = { FOO_MMAP };\nstruct proto_ops b = { FOO_MMAP };"
    )
    assert found.struct is None


def test_deep_nesting_ends_without_an_answer(entry: Entry) -> None:
    depth = 5000
    found = entry("struct file_operations f = " + "{" * depth + " .mmap = foo_mmap " + "}" * depth + ";")
    assert found.struct is None


def test_latin_1_does_not_move_the_ranges(entry: Entry) -> None:
    code = "/* \xfcber */ struct file_operations f = { .mmap = foo_mmap };"
    found = entry(code)
    assert code[found.start : found.end] == ".mmap = foo_mmap"
