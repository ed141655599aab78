# SPDX-License-Identifier: GPL-2.0-only
"""How paths of a tree are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.model.project import Project
from mmapmigrate.model.spelling import lead_above, lead_of, top_lead


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tree/drivers/foo").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tree/drivers/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "tree/drivers/again").symlink_to(tmp_path / "tree/drivers/foo")
    (tmp_path / "other").symlink_to(tmp_path / "tree")
    monkeypatch.chdir(tmp_path / "tree")
    return tmp_path / "tree"


@pytest.mark.parametrize(
    ("lead", "top"),
    [
        ("", ""),
        ("./", "./"),
        ("drivers/foo/", ""),
        ("./drivers/foo/", "./"),
        ("drivers/../drivers/foo/", "drivers/../"),
        ("../tree/drivers/", "../tree/"),
        ("../other/drivers/foo/", "../other/"),
        ("drivers/again/", None),
        ("drivers/link/", None),
        ("../elsewhere/", None),
    ],
)
def test_the_top_is_written_as_the_folder_is(tree: Path, lead: str, top: str | None) -> None:
    assert top_lead(lead, tree) == top


def test_an_absolute_path_has_an_absolute_top(tree: Path) -> None:
    assert top_lead(f"{tree}/drivers/", tree) == f"{tree}/"
    assert top_lead(f"{tree}/", tree) == f"{tree}/"


def test_below_the_current_folder_the_top_has_no_name(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree / "drivers")
    assert top_lead("foo/", tree) is None
    assert top_lead("", tree) is None


def test_the_lead_is_the_folder_with_its_slash() -> None:
    assert [lead_of(path) for path in ("a.c", "./a.c", "b/a.c", "/a.c")] == ["", "./", "b/", "/"]


def test_a_place_of_the_tree_is_written_as_the_path_is(tree: Path) -> None:
    project = Project(tree)
    assert project.place("include", "./drivers/foo/a.c") == "./include"
    assert project.place("include", "drivers/foo/a.c") == "include"
    assert project.place("", "drivers/foo/a.c") == "."
    assert project.place("include", f"{tree}/drivers/foo/a.c") == f"{tree}/include"
    assert project.place("include", "drivers/link/a.c") == f"{tree}/include"
    assert Project().place("include", "foo/a.c") == "foo"


def test_the_folder_above_is_what_the_path_spells() -> None:
    leads = ("a/b/", "./a/", "a/", "/a/")
    assert [lead_above(lead) for lead in leads] == ["a/", "./", "", "/"]


def test_the_folder_above_is_found_where_no_path_spells_it() -> None:
    leads = ("", "./", "../", "a/../", "/")
    assert [lead_above(lead) for lead in leads] == ["../", "../", "../../", "a/../../", None]


def test_no_folder_is_above_the_top_of_a_tree(tree: Path) -> None:
    leads = ("", "./", "drivers/", "drivers/../", f"{tree}/")
    assert [lead_above(lead, tree) for lead in leads] == [None, None, "", None, None]
