# SPDX-License-Identifier: GPL-2.0-only
"""--baseline and --write-baseline."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from mmapmigrate.cli.input import LARGEST, read_input
from mmapmigrate.cli.options import NAMED, STANDARD_OUTPUT, F
from mmapmigrate.cli.output import check_writable, diagnose, write_output
from mmapmigrate.cli.session import Session, exit_code
from mmapmigrate.lint.result import CheckResult

if TYPE_CHECKING:
    from mmapmigrate.lint.baseline import Baseline, Known


def baseline_options(command: F) -> F:
    """--baseline and --write-baseline."""
    command = click.option(
        "--write-baseline",
        metavar="FILE",
        type=NAMED,
        help="Write all findings to FILE as known, and report none.",
    )(command)
    return click.option(
        "--baseline", metavar="FILE", type=NAMED, help="Leave out the findings that FILE knows."
    )(command)


class KnownFindings(Struct, frozen=True):
    """What a run knows beforehand; all None where it has nothing to do with a baseline."""

    file: str | None = None
    baseline: Baseline | None = None
    new_file: str | None = None

    @classmethod
    def read(
        cls, file: str | None, new_file: str | None, paths: Sequence[str], *, whole: bool, reported: bool
    ) -> KnownFindings:
        """Reads the baseline ``file``, if there is one, and checks that ``new_file`` can be written.

        ``reported`` tells that a report was asked for too.

        Raises click.ClickException where that fails, or where a part would be written for the whole.
        """
        if new_file is not None:
            context = click.get_current_context(silent=True)
            if file is not None:
                raise click.UsageError("--baseline and --write-baseline exclude each other", context)
            if not whole:
                raise click.UsageError(
                    "--write-baseline takes all findings: leave --since, --patch and --staged out", context
                )
            if reported:
                raise click.UsageError(
                    "--write-baseline reports no findings: leave --format, --output and --statistics out",
                    context,
                )
            if new_file != STANDARD_OUTPUT:
                check_writable([new_file], paths)
                _check_replaced(new_file)
        if file is None:
            return cls(new_file=new_file)
        # Loaded here, as everywhere in this module: most runs have no baseline.
        from mmapmigrate.lint.baseline import Baseline, BaselineError

        try:
            return cls(file, Baseline.from_json(read_input(file)))
        except BaselineError as error:
            raise click.ClickException(f"{file}: {error}") from None

    @property
    def fingerprints(self) -> frozenset[str] | None:
        """Those of the findings to leave out; None where no finding needs its own."""
        if self.baseline is not None:
            return frozenset(self.baseline.known)
        return None if self.new_file is None else frozenset()

    def write(self, result: CheckResult, *, quiet: bool) -> int:
        """Writes the new baseline, unless something could not be checked; the exit code of the run."""
        from mmapmigrate.cli.names import diff_name
        from mmapmigrate.lint.baseline import Baseline

        assert self.new_file is not None
        if result.errors:
            diagnose(f"note: {self.new_file} was not written: it would miss what could not be checked")
            return exit_code(failed=True, found=False, exit_zero=False)
        new = Baseline.of(result.findings, diff_name)
        printed = self.new_file == STANDARD_OUTPUT
        place = "standard output" if printed else self.new_file
        write_output(new.to_json().encode(), None if printed else self.new_file)
        if not quiet:
            diagnose(f"note: {place}: {len(new.known)} known findings written")
        return exit_code(failed=False, found=False, exit_zero=False)

    def report_gone(self, result: CheckResult, session: Session) -> None:
        """Says on standard error which known findings are there no more."""
        if self.baseline is None:
            return
        from mmapmigrate.cli.names import diff_root

        touched = session.options.lines
        places = [Path(os.path.realpath(path)) for path in (session.paths if touched is None else touched)]
        failed = {Path(os.path.realpath(error.path)) for error in result.errors}

        def checked(known: Known) -> bool:
            return known.rule in session.options.codes and any(
                _holds(place, diff_root(place / "x") / known.path, failed) for place in places
            )

        gone = self.baseline.gone(result.quiet, checked)
        for each in gone:
            diagnose(f"note: gone: {each.path}: {each.about} [{each.rule}]")
        if gone:
            diagnose(f"note: {self.file} knows them still; --write-baseline writes it anew")


def _check_replaced(path: str) -> None:
    """Raises click.ClickException where a new baseline would take the place of a file that is none."""
    from mmapmigrate.disk.scan import read
    from mmapmigrate.lint.baseline import MARK

    old = read(path, LARGEST) if Path(path).is_file() else None
    if old and MARK.encode() not in old:
        raise click.ClickException(f"{path}: not written: there is a file that is no baseline")


def _holds(place: Path, file: Path, failed: set[Path]) -> bool:
    return (file == place or place in file.parents) and file not in failed
