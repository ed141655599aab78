# SPDX-License-Identifier: GPL-2.0-only
"""Patches against a tree: not applied, applied, in part, or not at all."""

from __future__ import annotations

import time
from difflib import unified_diff
from pathlib import Path

import pytest

from mmapmigrate.change.apply import fit
from mmapmigrate.change.errors import ChangeError
from mmapmigrate.change.lines import Change, Lines
from mmapmigrate.change.patch import Patch, read_patches

BASE = "".join(f"int a{number};\n" for number in range(30))
ONE = BASE.replace("int a9;\n", "int a9;\nint one;\n")
TWO = ONE.replace("int one;\n", "int one;\nint two;\n").replace("int a3;\n", "")


def diff(old: str, new: str, name: str = "foo.c") -> Patch:
    lines = unified_diff(old.splitlines(True), new.splitlines(True), f"a/{name}", f"b/{name}")
    (patch,) = read_patches("".join(lines).encode())
    return patch


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "foo.c").write_text(BASE)
    return tmp_path


def added(change: Change, tree: Path, name: str = "foo.c") -> Lines | None:
    return change.lines.get(str(tree / name))


def text(change: Change, tree: Path, name: str = "foo.c") -> str | None:
    found = change.texts.get(str(tree / name))
    return None if found is None else found.decode()


def test_not_applied(tree: Path) -> None:
    change, applied = fit([diff(BASE, ONE)], tree)
    assert (applied, text(change, tree), added(change, tree)) == (0, ONE, Lines(((11, 12),)))


def test_applied(tree: Path) -> None:
    (tree / "foo.c").write_text(ONE)
    change, applied = fit([diff(BASE, ONE)], tree)
    assert (applied, change.texts, added(change, tree)) == (1, {}, Lines(((11, 12),)))


@pytest.mark.parametrize(("state", "count"), [(BASE, 0), (ONE, 1), (TWO, 2)])
def test_a_series_of_which_the_tree_has_some(tree: Path, state: str, count: int) -> None:
    (tree / "foo.c").write_text(state)
    change, applied = fit([diff(BASE, ONE), diff(ONE, TWO)], tree)
    assert applied == count
    assert (text(change, tree) or state) == TWO
    assert added(change, tree) == Lines(((10, 12),))


def test_lines_that_moved(tree: Path) -> None:
    (tree / "foo.c").write_text("int new;\n" * 50 + BASE)
    change, _ = fit([diff(BASE, ONE)], tree)
    assert added(change, tree) == Lines(((61, 62),))


@pytest.mark.parametrize(("line", "place"), [(1, 2), (4, 2), (5, 7), (9, 7), (40, 12)])
def test_of_equal_places_the_nearest_is_taken(tmp_path: Path, line: int, place: int) -> None:
    (tmp_path / "foo.c").write_text("x\nint a;\nint b;\nx\nx\n" * 3)
    patch = f"--- a/foo.c\n+++ b/foo.c\n@@ -{line},2 +{line},3 @@\n int a;\n+new\n int b;\n"
    change, _ = fit(read_patches(patch.encode()), tmp_path)
    assert added(change, tmp_path) == Lines(((place + 1, place + 2),))


def test_a_long_hunk_of_equal_lines_is_looked_for_in_time(tmp_path: Path) -> None:
    (tmp_path / "foo.c").write_text("a\n" * 100_000)
    lines = " a\n" * 20_000
    patch = f"--- a/foo.c\n+++ b/foo.c\n@@ -1,20001 +1,20001 @@\n{lines}-b\n+c\n"
    before = time.process_time()
    with pytest.raises(ChangeError, match=r"hunk 1 of foo\.c"):
        fit(read_patches(patch.encode()), tmp_path)
    assert time.process_time() - before < 20


def test_a_line_that_a_later_patch_takes_away_is_not_added(tree: Path) -> None:
    change, _ = fit([diff(BASE, ONE), diff(ONE, BASE)], tree)
    assert added(change, tree) is None


def test_what_is_applied_already_is_not_applied_again(tree: Path) -> None:
    repeated = "int same;\n" * 20
    (tree / "foo.c").write_text(repeated)
    change, applied = fit([diff("int same;\n" * 17, repeated)], tree)
    assert (applied, change.texts) == (1, {})


def test_a_patch_without_context(tree: Path) -> None:
    patch = read_patches(b"--- a/foo.c\n+++ b/foo.c\n@@ -10,0 +11 @@\n+int one;\n")
    change, applied = fit(patch, tree)
    assert (applied, text(change, tree)) == (0, ONE)
    (tree / "foo.c").write_text(ONE)
    assert fit(patch, tree)[1] == 1


def test_dos_line_ends_stay(tree: Path) -> None:
    (tree / "foo.c").write_bytes(BASE.replace("\n", "\r\n").encode())
    change, _ = fit([diff(BASE, ONE)], tree)
    assert change.texts[str(tree / "foo.c")] == ONE.replace("\n", "\r\n").encode()


def test_a_rename(tree: Path) -> None:
    patch = read_patches(
        b"diff --git a/foo.c b/bar.c\nsimilarity index 90%\nrename from foo.c\nrename to bar.c\n"
        b"--- a/foo.c\n+++ b/bar.c\n@@ -30 +30,2 @@\n int a29;\n+int b;\n"
    )
    change, applied = fit(patch, tree)
    assert (applied, added(change, tree), added(change, tree, "bar.c")) == (0, None, Lines(((31, 32),)))
    assert (text(change, tree), text(change, tree, "bar.c")) == ("", BASE + "int b;\n")
    (tree / "foo.c").unlink()
    (tree / "bar.c").write_text(BASE + "int b;\n")
    change, applied = fit(patch, tree)
    assert (applied, added(change, tree, "bar.c")) == (1, Lines(((31, 32),)))


def test_a_copy_leaves_the_old_file(tree: Path) -> None:
    patch = read_patches(
        b"diff --git a/foo.c b/bar.c\nsimilarity index 90%\ncopy from foo.c\ncopy to bar.c\n"
        b"--- a/foo.c\n+++ b/bar.c\n@@ -30 +30,2 @@\n int a29;\n+int b;\n"
    )
    change, _ = fit(patch, tree)
    assert (text(change, tree), text(change, tree, "bar.c")) == (None, BASE + "int b;\n")


def test_a_deleted_file(tree: Path) -> None:
    patch = read_patches(b"--- a/foo.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-int a;\n")
    (tree / "foo.c").write_text("int a;\n")
    assert text(fit(patch, tree)[0], tree) == ""
    (tree / "foo.c").unlink()
    assert fit(patch, tree)[1] == 1


def test_a_file_that_is_there_with_another_text(tree: Path) -> None:
    patch = read_patches(b"--- /dev/null\n+++ b/foo.c\n@@ -0,0 +1 @@\n+int a;\n")
    with pytest.raises(ChangeError, match=r"has foo\.c already"):
        fit(patch, tree)


def test_names_without_a_prefix(tree: Path) -> None:
    patch = read_patches(b"--- foo.c\n+++ foo.c\n@@ -30 +30,2 @@\n int a29;\n+int b;\n")
    assert added(fit(patch, tree)[0], tree) == Lines(((31, 32),))


def test_what_does_not_fit_is_named(tree: Path) -> None:
    (tree / "foo.c").write_text(BASE.replace("a8", "b8"))
    with pytest.raises(ChangeError, match=r"does not apply to .*: hunk 1 of foo\.c \(line 8\) does not fit"):
        fit([diff(BASE, ONE)], tree)


def test_a_file_beyond_measure_is_refused(tree: Path) -> None:
    with (tree / "big.c").open("wb") as stream:
        stream.truncate(10 << 30)
    with pytest.raises(ChangeError, match=r"big\.c: cannot be read: .*too large"):
        fit(read_patches(b"--- a/big.c\n+++ b/big.c\n@@ -1 +1 @@\n-a\n+b\n"), tree)
