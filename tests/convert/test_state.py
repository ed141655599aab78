# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.state import changes_of_events, left_over, state_tables
from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.prepare import Prepare, events
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit


def changes(statements: str, before: str = "") -> list[tuple[str, bool]]:
    """What is left over of the changes in a function: its name, and whether it gives back."""
    code = f"{before}static void foo(struct foo *foo, int n)\n{{\n\tint i;\n\tchar *p;\n\t{statements}\n}}\n"
    file = FileModel(SourceUnit(SourceFile("foo.c", code.encode())))
    (function,) = file.functions("foo")
    found = events(file, load_snapshot("7.3"), Prepare(function, frozenset(), frozenset()), function.body)
    return [(one.name, one.gives) for one in left_over(changes_of_events(file, function, found)) if one.known]


@pytest.mark.parametrize(
    ("take", "give"),
    [
        ("kref_get(&foo->kref);", "kref_put(&foo->kref, foo_free);"),
        ("p = kzalloc(8, GFP_KERNEL);", "kfree(p);"),
        ("p = dma_pool_zalloc(pool, GFP_KERNEL, &handle);", "dma_pool_free(pool, p, handle);"),
        ("p = gen_pool_dma_alloc(pool, 8, &handle);", "gen_pool_free(pool, p, 8);"),
        ("p = kmalloc_obj(*foo);", "kvfree(p);"),
        ("pm_runtime_get_sync(foo->dev);", "pm_runtime_put_autosuspend(foo->dev);"),
        ("list_add_tail(&foo->node, &foo_list);", "list_del_init(&foo->node);"),
        ("atomic_inc(&foo->n);", "atomic_dec_and_test(&foo->n);"),
        ("atomic_inc(&foo->n);", "atomic_add_unless(&foo->n, -1, 1);"),
        ("foo->n++;", "--foo->n;"),
        ("foo->n += n;", "foo->n -= n;"),
        ("get_file(foo->file);", "fput(foo->file);"),
    ],
)
def test_what_is_given_back_is_not_left_over(take: str, give: str) -> None:
    assert changes(f"{take}\n\t{give}") == []
    assert [gives for _name, gives in changes(take)] == [False]
    assert [gives for _name, gives in changes(give)] == [True]
    assert len(changes(f"{give}\n\t{take}")) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "i++;",
        "n -= 1;",
        "p++;",
        "mutex_lock(&foo->lock);",
        'dev_dbg(foo->dev, "x");',
        "READ_ONCE(foo->n);",
        "foo->n = 1;",
    ],
)
def test_no_change(statement: str) -> None:
    assert changes(statement) == []


def test_a_counter_at_file_scope() -> None:
    assert changes("foo_users++;") == [("foo_users", False)]


def test_a_function_of_the_file_is_read() -> None:
    helper = "static void foo_hold(struct foo *foo)\n{\n\trefcount_inc(&foo->users);\n}\n"
    assert changes("foo_hold(foo);", helper) == [("refcount_inc", False)]


def test_a_function_that_gives_back_what_it_takes_changes_nothing() -> None:
    helper = "static void foo_peek(struct foo *foo)\n{\n\tget_device(foo->dev);\n\tput_device(foo->dev);\n}\n"
    assert changes("foo_peek(foo);", helper) == []


def test_what_a_function_counts_in_a_variable_of_its_caller_changes_nothing() -> None:
    helper = "static void foo_next(unsigned long *at)\n{\n\t*at += 8;\n}\n"
    assert changes("foo_next(&i);", helper) == []
    assert changes("foo_next(&foo->n);", helper) == [("*at", False)]
    assert changes("foo_next(p);", helper) == [("*at", False)]
    elsewhere = helper.replace("\t*at", "\tat = &foo_users;\n\t*at")
    assert changes("foo_next(&i);", elsewhere) == [("*at", False)]


def test_what_takes_is_stateful_for_a_conversion_too() -> None:
    facts = tables()
    for name in ("kref_get", "kmalloc_obj", "pm_runtime_get_sync", "list_add_tail", "atomic_inc", "set_bit"):
        assert facts.stateful.match(name), name
        assert any(pair.takes.match(name) for pair in state_tables().pairs), name


def test_nothing_gives_back_what_it_takes() -> None:
    for pair in state_tables().pairs:
        for other in ("kfree", "kref_put", "fput", "list_del", "atomic_dec", "pm_runtime_put", "clear_bit"):
            assert not (pair.takes.match(other) and pair.gives.match(other))
