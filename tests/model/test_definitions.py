# SPDX-License-Identifier: GPL-2.0-only
"""What makes a definition one of several."""

from __future__ import annotations

import pytest

from mmapmigrate.model.definitions import _declares_weak


@pytest.mark.parametrize(
    "code",
    [
        "int __weak foo(void);",
        "int foo(void) __weak;",
        "int foo(void) __attribute__((weak));",
        "extern __weak int\nfoo (int a, int b) ;",
        "int a; int __weak bar(int), foo(int);",
    ],
)
def test_a_prototype_that_says_weak(code: str) -> None:
    assert _declares_weak(code.encode(), b"foo")


@pytest.mark.parametrize(
    "code",
    [
        "int foo(void);",
        "int __weak bar(void); int foo(void);",
        "int foo(void); int bar(void) __weak;",
        "int foo(void) __weakly;",
        "int foo(void) __weak { }",
        "int __weak xfoo(void);",
        "int foo __weak;",
        "int __weak foo;",
    ],
)
def test_one_that_does_not(code: str) -> None:
    assert not _declares_weak(code.encode(), b"foo")
