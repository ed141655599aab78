# SPDX-License-Identifier: GPL-2.0-only
"""Drivers: the changed files in the portions that maintainers take them in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.lint.fixed import FileChange, FixOutcome, FixResult
from mmapmigrate.lint.write import tied
from mmapmigrate.model.modules import Module, Modules
from mmapmigrate.series.errors import SeriesError


class Driver(Struct, frozen=True):
    """What one patch changes: the files of one module, and of others that a conversion ties to it.

    ``files`` maps names from the root of the tree to changes; ``outcomes`` are the conversions, ``others``
    the rules' own fixes in the same files; ``modules`` are what the .c files become.
    """

    root: Path
    files: Mapping[str, FileChange]
    outcomes: tuple[FixOutcome, ...]
    others: tuple[FixOutcome, ...]
    modules: tuple[Module, ...]

    @property
    def tier(self) -> Tier:
        """The worst of its conversions."""
        return Tier.worst(outcome.tier for outcome in self.outcomes)

    @property
    def main(self) -> str:
        """The file that stands for all: the first one with a converted hook."""
        paths = {change.path: name for name, change in self.files.items()}
        return next((paths[one.path] for one in self.outcomes if one.path in paths), next(iter(self.files)))


def drivers(result: FixResult, name: Callable[[str], str], root: Path) -> tuple[Driver, ...]:
    """The drivers that ``result`` converts, in the order of their files.

    ``name`` gives a path from ``root``. Files in which no hook is converted are in none of them.
    """
    changes = {change.path: change for change in result.changes}
    modules = Modules(root)
    applied = [outcome for outcome in result.outcomes if outcome.applied and not outcome.is_skeleton]
    found = [
        _driver([changes[path] for path in group], applied, name, modules, root)
        for group in _joined(tied(changes, applied), lambda path: _module(path, name, modules))
    ]
    return tuple(sorted((one for one in found if one.outcomes), key=lambda one: next(iter(one.files))))


def one_root(result: FixResult, root: Callable[[Path], Path]) -> Path | None:
    """The folder that all changed files are named from; None where nothing changed.

    Raises SeriesError when they lie in two trees.
    """
    roots = sorted({root(Path(change.path).resolve()) for change in result.changes})
    if len(roots) > 1:
        raise SeriesError(f"a series is made for one tree, not for {' and '.join(map(str, roots))}: name one")
    return roots[0] if roots else None


def _module(path: str, name: Callable[[str], str], modules: Modules) -> Module | None:
    return modules.of(name(path)) if path.endswith(".c") else None


def _joined(groups: Iterable[Sequence[str]], key: Callable[[str], Module | None]) -> list[list[str]]:
    """``groups`` with those that share a module made one."""
    joined: list[tuple[set[str], set[Module]]] = []
    for group in groups:
        paths, keys = set(group), {one for path in group if (one := key(path)) is not None}
        apart = []
        for other in joined:
            if keys.isdisjoint(other[1]):
                apart.append(other)
            else:
                paths |= other[0]
                keys |= other[1]
        joined = [*apart, (paths, keys)]
    return [sorted(paths) for paths, _ in joined]


def _driver(
    changes: Sequence[FileChange],
    applied: Sequence[FixOutcome],
    name: Callable[[str], str],
    modules: Modules,
    root: Path,
) -> Driver:
    paths = {change.path for change in changes}
    inside = [outcome for outcome in applied if not paths.isdisjoint(outcome.files)]
    found = [_module(path, name, modules) for path in sorted(paths)]
    return Driver(
        root,
        dict(sorted((name(change.path), change) for change in changes)),
        tuple(outcome for outcome in inside if outcome.handler),
        tuple(outcome for outcome in inside if not outcome.handler),
        tuple(dict.fromkeys(module for module in found if module is not None)),
    )
