# SPDX-License-Identifier: GPL-2.0-only
"""What a compiler says, and what of it is new."""

from __future__ import annotations

from mmapmigrate.kbuild.messages import new_messages, parse_messages

GCC = """\
drivers/char/foo.c: In function ‘foo_mmap’:
drivers/char/foo.c:12:6: warning: unused variable ‘size’ [-Wunused-variable]
   12 |  int size;
drivers/char/foo.c:14:2: error: ‘vma’ undeclared (first use in this function)
"""


def test_a_message_has_its_place_its_kind_and_its_function() -> None:
    warning, error = parse_messages(GCC)
    assert (warning.path, warning.line, warning.kind) == ("drivers/char/foo.c", 12, "warning")
    assert (warning.function, error.kind) == ("foo_mmap", "error")
    assert error.printed == "drivers/char/foo.c:14:2: error: ‘vma’ undeclared (first use in this function)"


def test_a_fatal_error_is_an_error() -> None:
    [message] = parse_messages("a.c:1:10: fatal error: none.h: No such file or directory\n")
    assert message.kind == "error"


def test_what_make_prints_is_no_message() -> None:
    assert parse_messages("  CC      drivers/char/foo.o\nmake[2]: *** [foo.o] Error 1\n") == []


def test_a_message_that_only_moved_is_not_new() -> None:
    moved = GCC.replace(":12:", ":20:").replace(":14:", ":22:")
    assert new_messages(parse_messages(GCC), parse_messages(moved)) == []


def test_a_message_that_names_the_hook_by_its_new_name_is_not_new() -> None:
    before = parse_messages("a.c:3:12: warning: no previous prototype for ‘foo_mmap’\n")
    after = parse_messages("a.c:3:12: warning: no previous prototype for ‘foo_mmap_prepare’\n")
    assert new_messages(before, after) == []


def test_the_second_of_two_equal_messages_is_new() -> None:
    line = "a.c:3:12: warning: unused variable ‘i’\n"
    assert len(new_messages(parse_messages(line), parse_messages(line * 2))) == 1


def test_a_message_that_went_is_not_new() -> None:
    assert new_messages(parse_messages(GCC), []) == []
