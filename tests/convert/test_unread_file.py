# SPDX-License-Identifier: GPL-2.0-only
"""A file that may name what is converted and cannot be read holds the conversion back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.syntax.source import LARGEST_FILE
from tests.convert.test_siblings import driver, made
from tests.drivers import GOOD_HOOK

GLOBAL = GOOD_HOOK.replace("static int foo_mmap", "int foo_mmap")


def too_large(path: Path) -> None:
    """Makes ``path`` a file that is not read; root could read any other."""
    with path.open("wb") as file:
        os.truncate(file.fileno(), LARGEST_FILE + 1)


def test_beside_a_global_hook(tmp_path: Path) -> None:
    assert made(tmp_path / "read", {"foo.c": GLOBAL}).codes == set()
    folder = tmp_path / "unread"
    folder.mkdir()
    too_large(folder / "bar.c")
    found = made(folder, {"foo.c": GLOBAL})
    (reason,) = found.conversion.reasons
    assert reason.code == "unread-file"
    assert reason.message == f"{folder}/bar.c cannot be read, and may name it"
    assert (found.conversion.tier, found.conversion.edits) == (Tier.SKELETON, {})


def test_beside_a_helper(tmp_path: Path) -> None:
    too_large(tmp_path / "bar.c")
    assert made(tmp_path, driver()).codes == {"unread-file"}


@pytest.mark.parametrize("name", ["bar.txt", "bar.o"])
def test_what_is_no_source_is_not_read(tmp_path: Path, name: str) -> None:
    too_large(tmp_path / name)
    assert made(tmp_path, {"foo.c": GLOBAL}).codes == set()


def test_what_is_gone_names_nothing(tmp_path: Path) -> None:
    (tmp_path / "bar.c").symlink_to(tmp_path / "gone.c")
    assert made(tmp_path, {"foo.c": GLOBAL}).codes == set()
