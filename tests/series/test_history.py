# SPDX-License-Identifier: GPL-2.0-only
"""What the user's git knows of a tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.lint.fixed import FileChange
from mmapmigrate.series.errors import SeriesError
from mmapmigrate.series.history import Identity, base, commits, identity
from tests.repositories import git_with_odd_answers, repository


def test_commits_tell_their_files_the_newest_first(tmp_path: Path) -> None:
    git = repository(tmp_path)
    for number, names in enumerate((("a.c",), ("a.c", "sub/b.c"), ("c.c",))):
        for name in names:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(str(number))
        git("add", "-A")
        git("commit", "-q", "-m", f"commit: {number}")
    found = [(each.subject, sorted(each.files)) for each in commits(tmp_path, ["a.c", "sub/b.c"])]
    assert found == [("commit: 1", ["a.c", "sub/b.c"]), ("commit: 0", ["a.c"])]
    # Names are those from the folder that is asked, which need not be the top of the repository.
    assert [sorted(each.files) for each in commits(tmp_path / "sub", ["b.c"])] == [["b.c"]]


def test_a_subject_beyond_measure_is_cut(tmp_path: Path) -> None:
    git = repository(tmp_path)
    (tmp_path / "a.c").write_text("a")
    git("add", "-A")
    git("commit", "-q", "-F", "-", given="foo: " * 100_000)
    assert [len(each.subject) for each in commits(tmp_path, ["a.c"])] == [1000]


def test_an_order_of_files_that_never_ends_is_not_read(tmp_path: Path) -> None:
    git = repository(tmp_path)
    (tmp_path / "a.c").write_text("a")
    git("add", "-A")
    git("commit", "-q", "-m", "Begin")
    git("config", "diff.orderFile", "/dev/zero")
    assert len(commits(tmp_path, ["a.c"])) == 1


def test_a_folder_without_git_has_no_history(tmp_path: Path) -> None:
    assert commits(tmp_path, ["a.c"]) == []
    assert base(tmp_path, {"a.c": FileChange("a.c", b"", b"")}) is None


def test_files_that_git_does_not_know_have_no_base(tmp_path: Path) -> None:
    git = repository(tmp_path)
    git("commit", "-q", "--allow-empty", "-m", "Begin")
    (tmp_path / "a.c").write_text("a")
    assert base(tmp_path, {"a.c": FileChange("a.c", b"a", b"b")}) is None


def test_the_base_tells_what_differs(tmp_path: Path) -> None:
    git = repository(tmp_path)
    (tmp_path / "a.c").write_text("a")
    git("add", "-A")
    git("commit", "-q", "-m", "Begin")
    found = base(tmp_path, {"a.c": FileChange("a.c", b"a", b"b"), "new.c": FileChange("new.c", b"n", b"m")})
    assert found is not None
    assert (found.commit, found.changed) == (git("rev-parse", "HEAD").strip(), ("new.c",))


def test_the_base_of_names_with_newlines(tmp_path: Path) -> None:
    git = repository(tmp_path)
    (tmp_path / "a\nb.c").write_text("a")
    (tmp_path / "c.c").write_text("c")
    git("add", "-A")
    git("commit", "-q", "-m", "Begin")
    files = {name: FileChange(name, b"a", b"b") for name in ("a\nb.c", "no\nne.c", "c.c")}
    found = base(tmp_path, files)
    assert found is not None
    assert found.changed == ("no\nne.c", "c.c")


@pytest.mark.parametrize("command", ["rev-parse", "--show-object-format", "cat-file"])
def test_an_answer_that_no_git_gives_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    git = repository(tmp_path)
    (tmp_path / "a.c").write_text("a")
    git("add", "-A")
    git("commit", "-q", "-m", "Begin")
    git_with_odd_answers(tmp_path / "bin", command, monkeypatch)
    with pytest.raises(SeriesError, match=r"^git "):
        base(tmp_path, {"a.c": FileChange("a.c", b"a", b"b"), "b.c": FileChange("b.c", b"a", b"b")})


def test_the_tree_may_name_an_author(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    git = repository(tmp_path)
    with pytest.raises(SeriesError, match=r"set git config user\.name and user\.email"):
        identity(tmp_path)
    git("config", "user.name", "Tree Person")
    git("config", "user.email", "tree@example.org")
    assert identity(tmp_path) == Identity("Tree Person", "tree@example.org")
