# SPDX-License-Identifier: GPL-2.0-only
"""The migration of the small tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from mmapmigrate.kernel.reader import read_api
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.runner import holding, run
from mmapmigrate.migration.state import RULES, Migration, migration
from mmapmigrate.model.discovery import discover
from tests.migration.support import write_tree

MigrationOf = Callable[..., Migration]


@pytest.fixture
def migration_of(tmp_path: Path) -> MigrationOf:
    """The migration of the small tree with other or more files, or of the part ``below`` of it.

    The files ``gone`` are there when the tree is checked, and not any more afterwards.
    """

    def of(files: Mapping[str, str] | None = None, below: str = "", gone: Sequence[str] = ()) -> Migration:
        root = write_tree(tmp_path, files)
        paths = [path for path in discover([str(root / below)]) if isinstance(path, str)]
        api = read_api(root)
        results = run(paths, CheckOptions(api, frozenset(RULES), survey=True))
        assert [error for result in results for error in result.errors] == []
        for name in gone:
            (root / name).unlink()
        return migration(results, api, lambda words: holding(paths, words))

    return of
