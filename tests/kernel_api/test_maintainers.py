# SPDX-License-Identifier: GPL-2.0-only
"""MAINTAINERS says whose a file is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.maintainers import Maintainers, parse_maintainers, read_maintainers

HEAD = """\
List of maintainers
===================

Descriptions
	F: *Files* wildcard patterns.
	F:	drivers/net/	all files in and below drivers/net

Maintainers List
----------------

.. note:: read this first

"""


def owner(text: str, path: str) -> str | None:
    entry = parse_maintainers(HEAD + text).entry(path)
    return entry.title if entry is not None else None


def test_the_description_of_the_format_is_no_entry() -> None:
    found = parse_maintainers(HEAD + "FOO\nM:\tA\nS:\tMaintained\nF:\tfoo/\n")
    assert [entry.title for entry in found.entries] == ["FOO"]
    assert found.entries[0].status == "Maintained"


def test_an_entry_ends_at_an_empty_line() -> None:
    text = "FOO\nF:\tfoo/\n\nBAR:\tthe bar\nS:\tOrphan\nF:\tbar/\n"
    assert [entry.title for entry in parse_maintainers(HEAD + text).entries] == ["FOO", "BAR: the bar"]


def test_a_list_without_its_heading_is_read_too() -> None:
    assert parse_maintainers("FOO\nF:\tfoo/\n").entry("foo/a.c") is not None


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("drivers/foo/", "drivers/foo/a.c", True),
        ("drivers/foo/", "drivers/foo/bar/a.c", True),
        ("drivers/foo/", "drivers/foobar/a.c", False),
        ("drivers/foo", "drivers/foo/bar/a.c", True),
        ("drivers/foo/*", "drivers/foo/a.c", True),
        ("drivers/foo/*", "drivers/foo/bar/a.c", False),
        ("drivers/foo/a.c", "drivers/foo/a.c", True),
        ("drivers/foo/a.c", "drivers/foo/b.c", False),
        ("drivers/foo/a*.[ch]", "drivers/foo/abc.h", True),
        ("drivers/foo/a*.[ch]", "drivers/foo/abc.S", False),
        ("drivers/foo/da?.c", "drivers/foo/da7.c", True),
        ("drivers/foo/a.c", "drivers/foo/abc", False),
        ("*/foo/", "drivers/foo/a.c", True),
        ("fs/**/*foo*.c", "fs/a/b/myfoo1.c", True),
        ("fs/**/*foo*.c", "mm/a/b/myfoo1.c", False),
        ("include/linux/foo*", "include/linux/foo_bar.h", True),
        ("include/linux/foo*", "include/linux/foo/bar.h", False),
    ],
)
def test_a_files_pattern(pattern: str, path: str, matches: bool) -> None:
    assert (owner(f"FOO\nF:\t{pattern}\n", path) == "FOO") == matches


def test_the_deepest_pattern_wins() -> None:
    text = "WIDE\nF:\tdrivers/\n\nDEEP\nF:\tdrivers/foo/bar/\n\nMIDDLE\nF:\tdrivers/foo/\n"
    assert owner(text, "drivers/foo/bar/a.c") == "DEEP"
    assert owner(text, "drivers/foo/a.c") == "MIDDLE"
    assert owner(text, "drivers/a.c") == "WIDE"


def test_a_file_that_is_named_is_nearer_than_its_folder() -> None:
    text = "FOLDER\nF:\tdrivers/foo/\n\nFILE\nF:\tdrivers/foo/a.c\n"
    assert owner(text, "drivers/foo/a.c") == "FILE"


def test_of_equals_the_one_without_wildcards_wins() -> None:
    text = "GLOB\nF:\tdrivers/foo/a*\n\nNAME\nF:\tdrivers/foo/ab.c\n"
    assert owner(text, "drivers/foo/ab.c") == "NAME"


def test_of_equals_the_entry_with_fewer_files_wins() -> None:
    text = "BIG\nF:\tdrivers/foo/a.c\nF:\tdrivers/foo/b.c\n\nSMALL\nF:\tdrivers/foo/a.c\n"
    assert owner(text, "drivers/foo/a.c") == "SMALL"


def test_what_is_excluded_belongs_to_the_next() -> None:
    text = "NET\nF:\tnet/\nF:\tnet/core/*\nX:\tnet/ipv6/\nX:\tnet/core/odd.c\n\nREST\nF:\t*\nF:\t*/\n"
    assert owner(text, "net/core/a.c") == "NET"
    assert owner(text, "net/core/odd.c") == "REST"
    assert owner(text, "net/ipv6/a.c") == "REST"


def test_names_are_expressions_and_weaker_than_files() -> None:
    text = "TEGRA\nN:\t[^a-z]tegra\n\nFOO\nF:\tdrivers/foo/\n\nREST\nF:\t*\nF:\t*/\n"
    assert owner(text, "drivers/bar/tegra-a.c") == "TEGRA"
    assert owner(text, "drivers/bar/integra.c") == "REST"
    assert owner(text, "drivers/foo/tegra-a.c") == "FOO"


def test_content_says_nothing_about_whose_a_file_is() -> None:
    assert owner("FOO\nK:\tdrivers\n", "drivers/a.c") is None


def test_an_expression_that_python_cannot_read_is_passed_over() -> None:
    assert owner("BAD\nN:\t(?<n\nF:\tdrivers/(a\n\nFOO\nF:\tfoo/\n", "foo/a.c") == "FOO"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(KernelError, match="MAINTAINERS"):
        read_maintainers(tmp_path)


def test_no_entries_have_no_file() -> None:
    assert Maintainers().entry("a.c") is None
