# SPDX-License-Identifier: GPL-2.0-only
"""Which fixes are to be written: planned, built and asked about, or left over from a run that was killed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from mmapmigrate.cli.home import UNFINISHED, cache_home
from mmapmigrate.cli.output import diagnose
from mmapmigrate.cli.progress import progress_bar
from mmapmigrate.disk.unfinished import finish
from mmapmigrate.lint.fix import FixOptions, plan_fixes
from mmapmigrate.lint.fixed import FixResult, Refusals
from mmapmigrate.lint.pool import WorkerDiedError
from mmapmigrate.lint.result import Problem

if TYPE_CHECKING:
    from mmapmigrate.cli.interactive import Plan
    from mmapmigrate.kbuild.folder import BuildFolder


def open_build_folder(name: str | None) -> BuildFolder | None:
    """The folder that --build names, if it is given; raises click.ClickException when it is none."""
    if name is None:
        return None
    # Loaded here: most runs build nothing.
    from mmapmigrate.kbuild.folder import BuildFolder, BuildFolderError

    try:
        return BuildFolder.open(name)
    except BuildFolderError as error:
        raise click.ClickException(str(error)) from None


def records_folder() -> str | None:
    """Where a run of fix keeps a record of the files that it writes; None where nobody knows a home."""
    home = cache_home()
    return home and f"{home}/{UNFINISHED}"


def finish_earlier() -> list[Problem]:
    """Writes what a run that was killed had still to write; returns what cannot be written any more."""
    problems = []
    for found in finish(records_folder()):
        beside = ", ".join(found.beside)
        for path in found.written:
            diagnose(f"note: {path}: written for a run that was killed, as {beside} was by it")
        problems += [
            Problem(path, 0, f"changed since a run was killed that had written {beside}, which belongs to it")
            for path in found.lost
        ]
    return problems


def settle_fixes(
    files: Sequence[str],
    options: FixOptions,
    builder: BuildFolder | None = None,
    *,
    title: str,
    quiet: bool,
    ask: bool = False,
) -> FixResult:
    """The fixes of ``files`` that the compiler takes and, where it is to be asked, the user wants.

    ``title`` says over the progress bar what is done. Raises click.ClickException when it cannot be done.
    """

    def plan(refused: Refusals, some: Sequence[str] | None = None) -> FixResult:
        chosen = replace(options, refused=refused)
        if some is not None:
            return plan_fixes(some, replace(chosen, jobs=1))
        with progress_bar(title, quiet=quiet) as progress:
            return plan_fixes(files, chosen, progress=progress)

    try:
        if builder is not None:
            return _built(plan, builder, ask=ask, quiet=quiet)
        return _asking(plan)({}) if ask else plan({})
    except WorkerDiedError as error:
        raise click.ClickException(str(error)) from None


def _asking(plan: Plan) -> Callable[[Refusals], FixResult]:
    from mmapmigrate.cli.interactive import Interview

    return Interview(plan).plan


def _built(plan: Plan, folder: BuildFolder, *, ask: bool, quiet: bool) -> FixResult:
    """Nobody is asked about what the compiler refuses; what is chosen from the rest is built once more."""
    from mmapmigrate.kbuild.compile import CompileError
    from mmapmigrate.kbuild.verify import Builds, verify

    builds = Builds(folder)
    try:
        verdict = verify(lambda refused: plan(refused, None), builds)
        if ask:
            verdict = verify(_asking(plan), builds, verdict.refusals)
    except CompileError as error:
        raise click.ClickException(str(error)) from None
    if not quiet:
        for note in verdict.notes:
            diagnose(f"note: {note.path}: {note.message}")
    return verdict.result
