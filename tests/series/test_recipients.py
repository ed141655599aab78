# SPDX-License-Identifier: GPL-2.0-only
"""Who gets a patch."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.series.errors import SeriesError
from mmapmigrate.series.mailmap import Mailmap
from mmapmigrate.series.recipients import Directory, by_script, recipient
from tests.series.support import write_tree


def test_every_entry_that_has_the_file_counts_the_most_precise_first(tmp_path: Path) -> None:
    found = Directory(write_tree(tmp_path)).of(["drivers/char/bar.c"])
    assert found.people == (
        "=?utf-8?q?B=C3=A4r_Bar?= <bar@example.org>",
        "New Name <quiet@example.com>",
        '"Misc, Mr." <misc@example.org>',
    )
    assert found.lists == ("bar@lists.example.org", "all@lists.example.org")


def test_two_files_of_one_entry_name_nobody_twice(tmp_path: Path) -> None:
    found = Directory(write_tree(tmp_path)).of(["drivers/misc/a.c", "drivers/misc/b.c"])
    assert found.all == ('"Misc, Mr." <misc@example.org>', "all@lists.example.org")


def test_one_person_under_two_addresses_gets_one_mail(tmp_path: Path) -> None:
    root = write_tree(tmp_path)
    (root / ".mailmap").write_text(
        "<misc@example.com> <bar@example.org>\n<misc@example.com> <misc@example.org>\n"
    )
    assert [each.partition("<")[2] for each in Directory(root).of(["drivers/char/bar.c"]).people] == [
        "misc@example.com>",
        "quiet@example.org>",
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Real <old@x.org>", ("Real", "old@x.org")),
        ("<new@x.org> <old@x.org>", ("Old", "new@x.org")),
        ("Real <new@x.org> <old@x.org>  # moved", ("Real", "new@x.org")),
        ("Real <new@x.org> Old <old@x.org>", ("Real", "new@x.org")),
        ("Real <new@x.org> Another <old@x.org>", ("Old", "old@x.org")),
        ("# Real <new@x.org> <old@x.org>", ("Old", "old@x.org")),
        ("Real <new@x.org> <OLD@x.org>", ("Old", "old@x.org")),
        ("Real <new@x.org> <old@x.org> <other@x.org>", ("Old", "old@x.org")),
        ("no address", ("Old", "old@x.org")),
    ],
)
def test_mailmap(tmp_path: Path, line: str, found: tuple[str, str]) -> None:
    (tmp_path / ".mailmap").write_text(f"{line}\n")
    assert Mailmap.read(tmp_path).of("Old", "old@x.org") == found


def test_mailmap_for_a_name_and_an_address_outranks_that_of_the_address(tmp_path: Path) -> None:
    (tmp_path / ".mailmap").write_text(
        "A <a@x.org> Old <old@x.org>\nB <b@x.org> <old@x.org>\nC <old@x.org>\n"
    )
    mailmap = Mailmap.read(tmp_path)
    assert mailmap.of("Old", "old@x.org") == ("A", "a@x.org")
    assert mailmap.of("Other", "old@x.org") == ("C", "b@x.org")


def test_a_folder_without_maintainers_has_none(tmp_path: Path) -> None:
    assert Directory(tmp_path).of(["a.c"]).all == ()


@pytest.mark.parametrize("written", ["nobody", "a b", "x <y>", "evil <a@b\nTo: c>", "ü <ü@example.org>"])
def test_what_is_no_address_is_left_out(written: str) -> None:
    assert recipient(written) is None


def test_the_script_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match="no such file"):
        by_script(tmp_path, ["a.c"])


def test_the_script_answers(tmp_path: Path) -> None:
    script = tmp_path / "scripts" / "get_maintainer.pl"
    script.parent.mkdir()
    script.write_text('print "A B <a\\@example.org>\\nlist\\@example.org\\n$ARGV[-1]\\n";\n')
    found = by_script(tmp_path, ["drivers/a.c"])
    assert (found.people, found.lists) == (("A B <a@example.org>",), ("list@example.org",))


def test_a_mailmap_beyond_measure_says_nothing(tmp_path: Path) -> None:
    with (tmp_path / ".mailmap").open("wb") as stream:
        stream.write(b"Real <old@x.org>\n")
        stream.truncate(10 << 30)
    assert Mailmap.read(tmp_path).of("Old", "old@x.org") == ("Old", "old@x.org")
