# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.disk import rests
from mmapmigrate.disk.rests import Rests, now


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


@pytest.mark.parametrize("many", [1, 20_000])
def test_states_hold_until_one_changes(tree: Path, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    monkeypatch.setattr(rests, "MANY", many)
    seen = [str(path) for path in tree.rglob("*")] + [str(tree / "none.c"), "/", "relative.c"]
    kept = Rests.on(seen, now())
    assert kept is not None
    assert kept.hold()
    for name in ("a.c", "below/b.h", "below/deep/d.c", "none.c"):
        kept = Rests.on(seen, now())
        assert kept is not None
        (tree / name).write_text("int z;\n")
        assert not kept.hold()


def test_what_may_still_change_is_nothing_to_rest_on(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rests, "SETTLED", 2_000_000_000)
    assert Rests.on([str(tree / "a.c")], now()) is None
    assert Rests.on([str(tree / "a.c")], now() + 3_000_000_000) is not None
    assert Rests.on([str(tree / "none.c")], now()) is not None


def test_a_configuration_that_is_a_link_to_nothing_is_not_nothing(tree: Path) -> None:
    seen = [str(tree / "gone.toml")]
    kept = Rests.on(seen, now())
    assert kept is not None
    (tree / "gone.toml").symlink_to("nothing")
    assert not kept.hold()
    kept = Rests.on(seen, now())
    assert kept is not None
    assert kept.hold()
    (tree / "gone.toml").unlink()
    assert not kept.hold()


def test_what_nobody_wrote_so_does_not_hold() -> None:
    assert not Rests(b"folder/\0name").hold()
