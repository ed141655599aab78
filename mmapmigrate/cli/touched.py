# SPDX-License-Identifier: GPL-2.0-only
"""--since, --patch and --staged: what a change touched."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mmapmigrate.cli.input import read_input
from mmapmigrate.cli.options import NAMED, F
from mmapmigrate.cli.output import diagnose
from mmapmigrate.kernel.tree import is_tree
from mmapmigrate.model.discovery import SUFFIXES

if TYPE_CHECKING:
    from mmapmigrate.change.lines import Change

FROM_REVISION = "PRE_COMMIT_FROM_REF"
"""Set by pre-commit where it looks at commits that were made: nothing is staged then."""


def touched_options(command: F) -> F:
    """--since, --patch and --staged."""
    command = click.option("--staged", is_flag=True, help="Only what is staged, and as it is staged.")(
        command
    )
    command = click.option(
        "--patch",
        metavar="FILE",
        type=NAMED,
        help="Only what this mail or diff adds; - reads stdin.",
    )(command)
    return click.option(
        "--since", "revision", metavar="REV", help="Only lines added or changed since this commit."
    )(command)


def read_change(
    paths: Sequence[str], revision: str | None, patch: str | None, *, staged: bool, quiet: bool
) -> Change | None:
    """The change that one of the options names, in terms of ``paths``; None without one.

    Raises click.ClickException when it cannot be had.
    """
    if (revision is not None) + (patch is not None) + staged > 1:
        raise click.UsageError(
            "--since, --patch and --staged exclude each other", click.get_current_context(silent=True)
        )
    if revision is None and patch is None and not staged:
        return None
    # Loaded here: most runs check whole files.
    from mmapmigrate.change import history
    from mmapmigrate.change.errors import ChangeError
    from mmapmigrate.change.naming import as_given

    paths = tuple(paths) or (".",)
    try:
        if patch is not None:
            change = _patch(paths, patch, quiet=quiet)
        elif revision is not None:
            change = history.since(_existing(paths), revision)
        elif from_revision := os.environ.get(FROM_REVISION):
            change = history.since(_existing(paths), from_revision)
        else:
            change = history.staged(paths)
    except ChangeError as error:
        raise click.ClickException(str(error)) from None
    return as_given(change, paths, lambda path: path.endswith(SUFFIXES))


def _existing(paths: Sequence[str]) -> list[str]:
    """What is missing is reported with the files."""
    return [path for path in paths if Path(path).exists()]


def _patch(paths: Sequence[str], name: str, *, quiet: bool) -> Change:
    from mmapmigrate.change.apply import fit
    from mmapmigrate.change.errors import ChangeError
    from mmapmigrate.change.patch import read_patches

    roots = {_root(path) for path in paths}
    if len(roots) > 1:
        raise ChangeError(f"--patch needs paths in one tree, not in {' and '.join(map(str, sorted(roots)))}")
    title = "standard input" if name == "-" else name
    data = read_input(name)
    try:
        patches = read_patches(data)
        change, applied = fit(patches, roots.pop())
    except ChangeError as error:
        raise ChangeError(f"{title}: {error}") from None
    if applied and not quiet:
        some = "" if applied == len(patches) else f"the first {applied} of {len(patches)} of "
        diagnose(f"note: {some}{title} is applied in the tree already")
    return change


def _root(path: str) -> Path:
    """The top of the tree that the names in a patch begin at: the kernel's, else git's, else this folder."""
    real = Path(os.path.realpath(path))
    folders = (real, *real.parents)
    for is_top in (is_tree, lambda folder: (folder / ".git").exists()):
        for folder in folders:
            if is_top(folder):
                return folder
    return Path.cwd()
