# SPDX-License-Identifier: GPL-2.0-only
"""Who gets a patch."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.series.errors import SeriesError
from mmapmigrate.series.recipients import Directory, by_script, recipient
from tests.series.support import write_tree


def test_every_entry_that_has_the_file_counts_the_most_precise_first(tmp_path: Path) -> None:
    found = Directory(write_tree(tmp_path)).of(["drivers/char/bar.c"])
    assert found.people == ("=?utf-8?q?B=C3=A4r_Bar?= <bar@example.org>", '"Misc, Mr." <misc@example.org>')
    assert found.lists == ("bar@lists.example.org", "all@lists.example.org")


def test_two_files_of_one_entry_name_nobody_twice(tmp_path: Path) -> None:
    found = Directory(write_tree(tmp_path)).of(["drivers/misc/a.c", "drivers/misc/b.c"])
    assert found.all == ('"Misc, Mr." <misc@example.org>', "all@lists.example.org")


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
