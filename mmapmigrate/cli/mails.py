# SPDX-License-Identifier: GPL-2.0-only
"""From planned fixes to the mails of a series: who, what, and in which words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from mmapmigrate.cli.names import diff_name, diff_root
from mmapmigrate.lint.fixed import FixOutcome, FixResult
from mmapmigrate.migration.trees import Trees
from mmapmigrate.report.series.cover import blurb
from mmapmigrate.report.series.letter import message
from mmapmigrate.report.series.words import command_line
from mmapmigrate.report.style import printable
from mmapmigrate.series import subjects
from mmapmigrate.series.account import account
from mmapmigrate.series.drivers import Driver, drivers, one_root
from mmapmigrate.series.folder import SeriesFolder
from mmapmigrate.series.history import Base, Identity, base, commits
from mmapmigrate.series.mail import addressed, based, filled
from mmapmigrate.series.recipients import Directory, Recipients, by_script
from mmapmigrate.series.repository import Commit, Form, format_patches
from mmapmigrate.series.written import WrittenPatch, WrittenSeries


class Order(Struct, frozen=True):
    """What the command line says: ``arguments`` is how the mails are to quote it, its paths left out."""

    arguments: tuple[str, ...]
    paths: tuple[str, ...]
    form: Form
    get_maintainer: bool = False


class Outcome(Struct, frozen=True):
    """The series, and what the user should know of it."""

    series: WrittenSeries = field(default_factory=WrittenSeries)
    notes: tuple[str, ...] = ()


def write_series(result: FixResult, who: Identity, order: Order, folder: SeriesFolder) -> Outcome:
    """Writes the conversions of ``result`` to ``folder``.

    Raises SeriesError when that fails; nothing is written then.
    """
    root = one_root(result, diff_root)
    found = drivers(result, diff_name, root) if root is not None else ()
    notes = _left_out(result, found)
    if root is None or not found:
        return Outcome(notes=notes)
    files = {name: change for driver in found for name, change in driver.files.items()}
    below = base(root, files)
    # A line end in the name of a file would end the subject, and what follows could be a patch of its own.
    titles = [printable(title) for title in subjects.titles(found, commits(root, list(files)))]
    command = command_line([*order.arguments, *(printable(_from_root(path, root)) for path in order.paths)])
    messages = [
        Commit(message(driver, account(driver), title, command), driver.files)
        for driver, title in zip(found, titles, strict=True)
    ]
    form = order.form if below is None else replace(order.form, object_format=below.object_format)
    written = format_patches(messages, who, form)
    recipients = _recipients(root, found, order)
    cover = written.pop(0) if form.cover_letter else None
    mails = [addressed(mail, to.all) for mail, to in zip(written, recipients, strict=True)]
    if cover is not None:
        trees = Trees()
        text = blurb(found, titles, _placed(result.outcomes), trees.name, command, root)
        mails.insert(0, addressed(filled(cover, _cover_subject(titles), text), _cover_recipients(recipients)))
    if below is not None and not below.changed:
        mails[0] = based(mails[0], below.commit)
    paths = folder.write(mails)
    first = paths.pop(0) if cover is not None else None
    patches = [
        WrittenPatch(path, driver, title, to.all)
        for path, driver, title, to in zip(paths, found, titles, recipients, strict=True)
    ]
    return Outcome(WrittenSeries(tuple(patches), first), (*notes, *_cautions(found, below)))


def _placed(outcomes: Sequence[FixOutcome]) -> list[FixOutcome]:
    """Those of hooks; own fixes of rules are no part of the table."""
    return [outcome for outcome in outcomes if outcome.handler]


def _cover_subject(titles: Sequence[str]) -> str:
    if len(titles) == 1:
        return titles[0]
    return subjects.joined(subjects.shared(titles), subjects.WORDS)


def _recipients(root: Path, found: Sequence[Driver], order: Order) -> list[Recipients]:
    if order.get_maintainer:
        return [by_script(root, list(driver.files)) for driver in found]
    directory = Directory(root)
    return [directory.of(driver.files) for driver in found]


def _cover_recipients(recipients: Sequence[Recipients]) -> list[str]:
    """All of one patch; the lists of several, for lists refuse mails with very many recipients."""
    if len(recipients) == 1:
        return list(recipients[0].all)
    return list(dict.fromkeys(chain.from_iterable(each.lists for each in recipients)))


def _from_root(path: str, root: Path) -> str:
    resolved = Path(os.path.realpath(path))
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else path


def _left_out(result: FixResult, found: Sequence[Driver]) -> tuple[str, ...]:
    taken = {change.path for driver in found for change in driver.files.values()}
    others = [change.path for change in result.changes if change.path not in taken]
    if not others:
        return ()
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return (
        f"{others[0]}{more}: holds fixes of other rules but no conversion, and gets no patch: "
        "`mmapmigrate fix` applies them",
    )


def _cautions(found: Sequence[Driver], below: Base | None) -> list[str]:
    notes = []
    if below is not None and below.changed:
        names = ", ".join(below.changed)
        notes.append(
            f"{names}: not as in commit {below.commit[:12]}: the patches apply to the files as they stand"
        )
    crlf = [name for driver in found for name, change in driver.files.items() if b"\r\n" in change.old]
    if crlf:
        notes.append(f"{', '.join(crlf)}: lines end in CR LF: `git am` needs --keep-cr")
    return notes
