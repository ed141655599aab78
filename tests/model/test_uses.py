# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from collections.abc import Callable

import pytest

from mmapmigrate.model.file import FileModel
from mmapmigrate.model.uses import Access, Escape, UseKind, VmaUse, count_words, vma_uses

Model = Callable[[str], FileModel]


def hook(body: str) -> str:
    return f"static int f(struct file *file, struct vm_area_struct *vma)\n{{\n{body}\n}}\n"


@pytest.fixture
def uses(model: Model) -> Callable[[str], tuple[VmaUse, ...]]:
    def find(body: str) -> tuple[VmaUse, ...]:
        file = model(hook(body))
        return vma_uses(file, file.functions("f")[0], "vma")

    return find


Uses = Callable[[str], tuple[VmaUse, ...]]


@pytest.mark.parametrize(
    ("statement", "field", "access"),
    [
        ("x = vma->vm_start;", "vm_start", Access.READ),
        ("x = (vma)->vm_end - 1;", "vm_end", Access.READ),
        ("vma->vm_ops = &foo_vm_ops;", "vm_ops", Access.WRITE),
        ("vma->vm_flags |= VM_IO;", "vm_flags", Access.COMPOUND),
        ("vma->vm_pgoff++;", "vm_pgoff", Access.COMPOUND),
        ("vma->vm_page_prot.pgprot |= 1;", "vm_page_prot", Access.COMPOUND),
        ("vma->vm_page_prot.pgprot = 1;", "vm_page_prot", Access.COMPOUND),
        ("g(&vma->vm_page_prot);", "vm_page_prot", Access.ADDRESS),
        ("vma->vm_file->private_data = x;", "vm_file", Access.READ),
        ("(*vma->vm_ops).open = x;", "vm_ops", Access.READ),
    ],
)
def test_tells_what_is_done_to_a_field(uses: Uses, statement: str, field: str, access: Access) -> None:
    (use,) = uses(statement)
    assert (use.kind, use.field, use.access) == (UseKind.FIELD, field, access)


@pytest.mark.parametrize(
    ("statement", "callee", "index"),
    [
        ("g(vma);", "g", 0),
        ("return remap(1, (vma), 2);", "remap", 1),
        ("foo->ops->mmap(file, /* the */ vma);", "foo->ops->mmap", 1),
        ("for_each_foo(vma, x)\n\t\tg(x);", "for_each_foo", 0),
    ],
)
def test_tells_whose_argument_it_is(uses: Uses, statement: str, callee: str, index: int) -> None:
    (use,) = uses(statement)
    if use.kind is UseKind.ARGUMENT:
        assert (use.callee, use.index) == (callee, index)
    else:
        # The mask may show an iterator macro to the grammar as another statement.
        assert callee == "for_each_foo"


@pytest.mark.parametrize(
    "statement",
    [
        "if (!vma)\n\t\treturn 0;",
        "if (vma)\n\t\treturn 0;",
        "if (vma == NULL)\n\t\treturn 0;",
        "if (NULL != vma)\n\t\treturn 0;",
        "if (a && vma)\n\t\treturn 0;",
        "while (vma)\n\t\tg();",
        "x = vma ? 1 : 2;",
    ],
)
def test_tells_a_test(uses: Uses, statement: str) -> None:
    (use,) = uses(statement)
    assert use.kind is UseKind.TEST


@pytest.mark.parametrize(
    ("statement", "escape", "alias"),
    [
        ("struct vm_area_struct *a = vma;", Escape.ALIASED, "a"),
        ("struct vm_area_struct *a;\n\ta = (vma);", Escape.ALIASED, "a"),
        ("static struct vm_area_struct *a;\n\ta = vma;", Escape.STORED, None),
        ("global = vma;", Escape.STORED, None),
        ("file = vma;", Escape.ALIASED, "file"),
        ("foo->area = vma;", Escape.STORED, None),
        ("areas[0] = vma;", Escape.STORED, None),
        ("struct foo x = { .area = vma };", Escape.STORED, None),
        ("return vma;", Escape.RETURNED, None),
        ("x = (unsigned long)vma;", Escape.CAST, None),
        ("vma = find();", Escape.REPLACED, None),
        ("vma++;", Escape.REPLACED, None),
        ("g(&vma);", Escape.OTHER, None),
        ("x = sizeof(*vma);", Escape.OTHER, None),
        ("if (vma == other)\n\t\tg();", Escape.OTHER, None),
    ],
)
def test_tells_where_the_pointer_goes(uses: Uses, statement: str, escape: Escape, alias: str | None) -> None:
    (use,) = uses(statement)
    assert (use.kind, use.escape, use.alias) == (UseKind.ESCAPE, escape, alias)


@pytest.mark.parametrize(
    "body",
    [
        "/* vma */ g();",
        'g("vma");',
        "x->vma = 1; y.vma = 2;",
        "goto vma;\nvma:\n\treturn 0;",
        "struct vma *x;",
        "g(vma_pages, xvma, vma1);",
    ],
)
def test_a_name_in_another_name_space_is_no_use(uses: Uses, body: str) -> None:
    assert uses(body) == ()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("{\n\tstruct foo *vma = g();\n\tvma->a = 1;\n\t}\n\tvma->b = 1;", ["b"]),
        ("vma->a = 1;\n\t{\n\tvma->b = 1;\n\tstruct foo *vma;\n\tvma->c = 1;\n\t}", ["a", "b"]),
        ("for (struct foo *vma = g(); vma->a; vma++)\n\t\tvma->b = 1;\n\tvma->c = 1;", ["c"]),
        ("int g(struct foo *vma);\n\tvma->a = 1;", ["a"]),
    ],
)
def test_an_inner_declaration_hides_the_vma(uses: Uses, body: str, fields: list[str]) -> None:
    assert [use.field for use in uses(body)] == fields


def test_follows_a_local_by_its_declaration(model: Model) -> None:
    file = model(hook("struct vm_area_struct *a = vma;\n\ta->vm_ops = x;\n\t{\n\tint a = 1;\n\tg(a);\n\t}"))
    (function,) = file.functions("f")
    at = file.unit.source.data.index(b"*a") + 1
    assert [use.field for use in vma_uses(file, function, "a", at)] == ["vm_ops"]


def test_both_arms_of_a_conditional_count(uses: Uses) -> None:
    found = uses("#ifdef A\n\tif (vma->a)\n#else\n\tif (vma->b)\n#endif\n\t\treturn vma->c;")
    assert len(found) == 3


def test_an_argument_that_does_not_parse_is_not_missed(uses: Uses) -> None:
    found = uses("FOO(struct bar ] vma, 1 1);")
    assert [use.kind for use in found] == [UseKind.UNREAD]


def test_a_macro_of_the_file_that_names_the_vma_is_a_use(model: Model) -> None:
    file = model(
        "#define SIZE (vma->vm_end - vma->vm_start)\n#define LEN(vma) (vma->vm_end)\n" + hook("return SIZE;")
    )
    (use,) = vma_uses(file, file.functions("f")[0], "vma")
    assert (use.kind, use.macro) == (UseKind.UNREAD, "SIZE")


def test_as_many_uses_are_found_as_words_are_spelled(model: Model) -> None:
    file = model(hook("g(vma, vma->a); /* vma */\n\tx->vma = vma;\n#ifdef A\n\tvma = NULL;\n#endif"))
    (function,) = file.functions("f")
    assert count_words(file, function, "vma") == len(vma_uses(file, function, "vma")) == 4
