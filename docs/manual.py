# SPDX-License-Identifier: GPL-2.0-only
"""The manual page: what --help says of each command, in the macros of man(7)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from inspect import cleandoc

import click

from mmapmigrate import __version__
from mmapmigrate.cli.app import EXAMPLES, group
from mmapmigrate.cli.help import Command, help_record

DATE = "2026-11-21"
"""When what is written here was last read as a whole."""

COLUMNS = 72
"""Before what is escaped grows; a reader of the source has 80."""

EXITS = (
    ("0", "Nothing to report; done."),
    ("1", "check found something; fix left something to find, or --diff printed a diff."),
    ("2", "Something could not be done. Results are printed all the same."),
    ("130, 141", "Interrupted; the reader of standard output went away."),
)

VARIABLES = (
    ("NO_COLOR", "If set and not empty, no colour, on a terminal either."),
    ("XDG_CACHE_HOME", "Where what was read of a tree's headers is kept, in mmapmigrate/; else ~/.cache."),
)


def manual_page() -> str:
    """The text of mmapmigrate.1."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield '.\\" Made by python -m docs.generate; edit the help texts of the commands instead.'
    yield f'.TH MMAPMIGRATE 1 "{DATE}" "mmapmigrate {__version__}" "User Commands"'
    yield ".SH NAME"
    yield "mmapmigrate \\- find and rewrite deprecated mmap hooks of Linux drivers"
    yield ".SH SYNOPSIS"
    yield ".B mmapmigrate"
    yield ".I command"
    yield "[options] [arguments]"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(group.help or "")
    yield ".SH COMMANDS"
    with click.Context(group, info_name="mmapmigrate") as parent:
        for name in group.list_commands(parent):
            command = group.get_command(parent, name)
            assert command is not None
            with click.Context(command, parent, info_name=name) as context:
                yield from _command(name, command, context)
    yield ".SH EXIT STATUS"
    yield from _items(EXITS)
    yield ".SH ENVIRONMENT"
    yield from _items(VARIABLES)
    yield ".SH EXAMPLES"
    yield from _examples(EXAMPLES)


def _command(name: str, command: click.Command, context: click.Context) -> Iterator[str]:
    yield f".SS {_plain(' '.join([name, *command.collect_usage_pieces(context)]))}"
    yield from _paragraphs(command.help or "")
    records = (
        record
        for parameter in command.get_params(context)
        if "--help" not in parameter.opts and (record := help_record(parameter, context)) is not None
    )
    yield from _items(records)
    if isinstance(command, Command) and command.examples:
        yield ".PP"
        yield "Examples:"
        yield ".PP"
        yield from _examples(command.examples)


def _items(items: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in items:
        yield ".TP"
        yield f"\\fB{_plain(name)}\\fR"
        yield from _filled(text)


def _examples(lines: Iterable[str]) -> Iterator[str]:
    yield ".nf"
    yield ".RS"
    yield from map(_plain, lines)
    yield ".RE"
    yield ".fi"


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(cleandoc(text).split("\n\n")):
        if number:
            yield ".PP"
        yield from _filled(paragraph)


def _filled(text: str) -> list[str]:
    """Words as lines of the source; a line's end is a space, and two where a sentence ends."""
    return [_plain(line) for line in textwrap.wrap(" ".join(text.split()), COLUMNS, break_on_hyphens=False)]


def _plain(text: str) -> str:
    """Text in which nothing is a request, an escape, or a hyphen that a shell would not take."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti").replace("`", "\\(ga")
    escaped = escaped.replace("^", "\\(ha")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
