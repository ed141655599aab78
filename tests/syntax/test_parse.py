# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import threading

import pytest
from tree_sitter import Point

from mmapmigrate.syntax.parse import ParseTimeoutError, error_nodes, parse_range

FUNCTION = b"int f(void)\n{\n\treturn 1;\n}"


def test_offsets_and_points_are_the_files_own() -> None:
    (function,) = parse_range(FUNCTION, 100, Point(7, 3)).root_node.children
    assert (function.start_byte, function.end_byte) == (100, 100 + len(FUNCTION))
    assert (tuple(function.start_point), tuple(function.end_point)) == ((7, 3), (10, 1))


def test_a_nodes_text_is_the_masks() -> None:
    (function,) = parse_range(FUNCTION, 100, Point(7, 0)).root_node.children
    assert function.text == FUNCTION


def test_a_closing_byte_is_parsed_behind_the_text() -> None:
    assert error_nodes(parse_range(b"FOO(x)", 0, Point(0, 0)).root_node)
    assert not error_nodes(parse_range(b"FOO(x)", 0, Point(0, 0), closing=b";").root_node)


def test_errors_of_one_parse_do_not_reach_the_next() -> None:
    parse_range(b"int f( {", 0, Point(0, 0))
    assert not error_nodes(parse_range(FUNCTION, 0, Point(0, 0)).root_node)


def test_outermost_errors_come_in_order() -> None:
    root = parse_range(b"int a = ;\nint b;\nint c = ;\n", 0, Point(0, 0)).root_node
    assert [node.start_point.row for node in error_nodes(root)] == [0, 2]


def test_a_parse_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(ParseTimeoutError):
        parse_range(b"int f(void) {" + b"a(" * 2_000_000, 0, Point(0, 0), 0.02)


def test_a_parser_serves_again_after_a_timeout() -> None:
    with pytest.raises(ParseTimeoutError):
        parse_range(b"int f(void) {" + b"a(" * 2_000_000, 0, Point(0, 0), 0.02)
    assert not error_nodes(parse_range(FUNCTION, 0, Point(0, 0)).root_node)


def test_each_thread_has_a_parser() -> None:
    errors: list[int] = []

    def work() -> None:
        for _ in range(50):
            errors.append(len(error_nodes(parse_range(FUNCTION, 0, Point(0, 0)).root_node)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == [0] * 200
