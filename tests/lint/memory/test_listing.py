# SPDX-License-Identifier: GPL-2.0-only
"""The listing of a folder, which rests on its folders."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mmapmigrate.disk import rests
from mmapmigrate.lint.memory import listing
from mmapmigrate.lint.memory.listing import listed
from mmapmigrate.lint.memory.witness import witnessed
from mmapmigrate.model.discovery import discover


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    # What these tests write is younger than two seconds.
    monkeypatch.setattr(rests, "SETTLED", -(10**18))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a.c", "below/b.h", "below/c.txt", "below/deep/d.c"):
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text("int x;\n")
    (tmp_path / "away.c").write_text("int y;\n")
    (tmp_path / "tree" / "link.c").symlink_to(tmp_path / "away.c")
    return tmp_path / "tree"


def test_a_folder_is_listed_once(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(discover((str(tree),)))
    assert list(listed(str(tree), tmp_path / "kept")) == found
    monkeypatch.setattr(listing, "discover", None)
    assert list(listed(str(tree), tmp_path / "kept")) == found


def test_who_watches_a_listing_hears_of_the_folders_and_not_of_the_cache(tree: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for _ in range(2):
        with witnessed() as seen:
            list(listed(str(tree), kept))
        assert any(path.endswith("below/deep") for path in seen.paths)
        assert not [path for path in seen.paths if path.startswith(str(kept))]


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: (tree / "below/deep/new.c").write_text(""),
        lambda tree: (tree / "below/b.h").unlink(),
        lambda tree: (tree / "below/b.h").rename(tree / "below/e.h"),
        lambda tree: (tree / "below/empty").mkdir() or (tree / "below/empty/f.c").write_text(""),
        lambda tree: (tree.parent / "away.c").unlink(),
        lambda tree: (tree / "a.c").unlink() or (tree / "a.c").mkdir(),
    ],
)
def test_a_new_entry_or_a_lost_one_is_seen(
    tree: Path, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    kept = tmp_path / "kept"
    before = list(listed(str(tree), kept))
    change(tree)
    after = list(listed(str(tree), kept))
    assert after != before
    assert after == list(discover((str(tree),)))


def test_a_change_of_a_file_s_text_is_no_change_of_the_listing(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(listed(str(tree), tmp_path / "kept"))
    (tree / "a.c").write_text("int other;\n")
    monkeypatch.setattr(listing, "discover", None)
    assert list(listed(str(tree), tmp_path / "kept")) == before


def test_a_single_file_and_a_missing_one_are_not_kept(tree: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert list(listed(str(tree / "a.c"), kept)) == [str(tree / "a.c")]
    assert not isinstance(next(iter(listed(str(tree / "none"), kept))), str)
    assert not kept.exists()


def test_a_folder_that_cannot_be_read_is_not_kept(tree: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (tree / "below").chmod(0)
    list(listed(str(tree), tmp_path / "kept"))
    (tree / "below").chmod(0o700)
    assert not (tmp_path / "kept").exists()
