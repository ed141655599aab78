# SPDX-License-Identifier: GPL-2.0-only
"""What code does with a table that it names."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.tables.uses import (
    fops_list,
    is_copied,
    is_fops,
    is_handed_on,
    is_pointed_to,
    is_static_fops,
    listed_members,
    pointers_to,
    reads_mmap,
    sets_mmap,
    stored_members,
)


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("x = t.mmap;", True),
        ("if (t . mmap == NULL)", True),
        ("x = t[0].mmap;", True),
        ("x = t.fops[i].mmap;", True),
        ("t[0].mmap = f;", False),
        ("t[0].fops.mmap_prepare;", False),
        ("t.mmap = f;", False),
        ("t.mmap_prepare;", False),
        ("st.mmap;", False),
        ("f = (&t)->mmap;", True),
        ("f = ((struct file_operations *)&t)->mmap;", True),
        ("((struct file_operations *)&t)->mmap = f;", False),
        ("(&t)->mmap(file, vma);", False),
        ("f = ((struct file_operations *)t)->mmap;", False),
    ],
)
def test_the_member_is_read(code: str, read: bool) -> None:
    assert reads_mmap(code.encode(), b"t") is read


@pytest.mark.parametrize(
    ("code", "is_set"),
    [
        ("t.mmap = f;", True),
        ("((struct file_operations *)&t)->mmap = f;", True),
        ("(&t)->mmap = f;", True),
        ("f = (&t)->mmap;", False),
        ("((struct file_operations *)t)->mmap = f;", False),
    ],
)
def test_the_member_is_set(code: str, is_set: bool) -> None:
    assert sets_mmap(code.encode(), b"t") is is_set


@pytest.mark.parametrize(
    ("code", "fops", "static"),
    [
        ("static const struct file_operations t = {", True, True),
        ("struct file_operations __ro_after_init t;", True, False),
        ("static int a; const struct file_operations t;", True, False),
        ("static struct file_operations *t;", False, False),
        ("static struct xfile_operations t;", False, False),
        ("static struct file_operations tt;", False, False),
    ],
)
def test_the_table_is_declared(code: str, fops: bool, static: bool) -> None:
    assert is_fops(code.encode(), b"t") is fops
    assert is_static_fops(code.encode(), b"t") is static


def test_the_list_of_a_table() -> None:
    code = b"struct file_operations t; struct file_operations t = { .open = f };"
    assert fops_list(code, b"t") == code.index(b"{")
    assert fops_list(b"struct other_ops t = { };", b"t") is None


@pytest.mark.parametrize(
    "code",
    [
        "a = t;",
        "a = *t;",
        "t = b;",
        "memcpy(&a, &t, sizeof(a));",
        "memmove(&t, &a, sizeof(a));",
        "p = devm_kmemdup(d, &a); p = kmemdup(&t, sizeof(t), GFP_KERNEL);",
        "p = &t; a = *p;",
        "struct file_operations t[2]; a = t[0];",
        "struct { struct file_operations fops; } t; a = t.fops;",
        "struct { struct file_operations fops[2]; } t; a = t.fops[i];",
    ],
)
def test_a_copy_of_the_table(code: str) -> None:
    assert is_copied(code.encode(), b"t")


@pytest.mark.parametrize(
    "code",
    [
        "a = &t;",
        "a == t.b;",
        "d->t = b;",
        "*t = b;",
        "t == b;",
        "memcpy(&a, b, c); f(&t);",
        "p = &t; a = *q;",
        "struct { struct file_operations fops; int n; } t; a = t.n;",
        "struct { struct file_operations fops; } t[2]; a = t[0].n;",
    ],
)
def test_what_copies_no_table(code: str) -> None:
    assert not is_copied(code.encode(), b"t")


def test_a_table_is_handed_on() -> None:
    assert is_handed_on(b"struct file_operations t; f(a, & t);", b"t")
    assert not is_handed_on(b"static const struct file_operations t; f(&t);", b"t")
    assert not is_handed_on(b"a = &t;", b"t")


@pytest.mark.parametrize(
    ("code", "pointed_to"),
    [
        ("a = &t;", True),
        ("f(x, & t);", True),
        ("return &t;", True),
        ("struct file_operations *a[] = { &t, };", True),
        ("struct file_operations *a[] = { [0] = &t, };", True),
        ("struct b b = { .fops = &t };", False),
        ("p->a = &t;", False),
        ("p.a = &t;", False),
        ("a & t;", False),
        ("a = t;", False),
    ],
)
def test_a_variable_or_an_argument_points_to_a_table(code: str, pointed_to: bool) -> None:
    assert is_pointed_to(code.encode(), b"t") is pointed_to


def test_the_pointers_to_a_table() -> None:
    code = b"p = &t; q->a = &t; struct file_operations *r = & t, *s = &tt; v += &t;"
    assert list(pointers_to(code, b"t")) == [b"p", b"r"]


def test_the_members_that_hold_a_table() -> None:
    code = b"struct misc m = { .minor = 1, .fops = &t, .ops = t }; d->f_op = &t; c.ops = &t; n[0].fops = &t;"
    assert [name for _, name in listed_members(code, b"t")] == [b"fops", b"ops"]
    assert [code[start : start + 1] for start, _ in listed_members(code, b"t")] == [b",", b","]
    assert stored_members(code, b"t") == {b"f_op", b"ops", b"fops"}
