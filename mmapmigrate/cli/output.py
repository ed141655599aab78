# SPDX-License-Identifier: GPL-2.0-only
"""Standard output, standard error and --output."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from mmapmigrate.cli.streams import complain, put, silence_output
from mmapmigrate.disk.write import put_file
from mmapmigrate.report.style import printable, unicode_text

_CODE = (".c", ".h")


class Heard:
    """What was printed: ``pieces`` with the numbers of their streams, and whether some went ``elsewhere``.

    ``whole`` tells that these are all of an answer. Help, which click prints, is none.
    """

    def __init__(self) -> None:
        self.pieces: list[tuple[int, bytes]] = []
        self.elsewhere = False
        self.whole = False


_listeners: list[Heard] = []


@contextlib.contextmanager
def heard() -> Iterator[Heard]:
    """What is printed for as long as it lasts."""
    listener = Heard()
    _listeners.append(listener)
    try:
        yield listener
    finally:
        _listeners.remove(listener)


def conclude() -> None:
    """Tells who listens that an answer has been printed, all of it here."""
    for listener in _listeners:
        listener.whole = True


class OutputClosedError(Exception):
    """Nobody reads standard output any more."""


def diagnose(message: str) -> None:
    """One line on standard error, which may be closed."""
    _write_error(f"mmapmigrate: {_encodable(message)}\n")


def write_output(content: bytes, path: str | None = None) -> None:
    """Writes ``content`` to the file ``path``, or to standard output.

    Raises OutputClosedError when standard output was closed by its reader, click.ClickException when
    writing failed.
    """
    for listener in _listeners:
        listener.elsewhere = listener.elsewhere or path is not None
        listener.pieces.append((1, content))
    if path is not None:
        try:
            put_file(path, content)
        except OSError as error:
            raise _unwritable(path, error) from None
        return
    if not content:
        return
    if sys.stdout is None or sys.stdout.closed:
        raise click.ClickException("standard output is closed")
    try:
        put(content)
    except BrokenPipeError:
        raise OutputClosedError from None
    except OSError as error:
        silence_output()
        if error.errno == errno.EPIPE:
            raise OutputClosedError from None
        raise unwritten(error) from None


def unwritten(error: OSError) -> click.ClickException:
    """What is said when writing to standard output failed."""
    return _unwritable("standard output", error)


def check_writable(paths: Iterable[str], read: Iterable[str] = ()) -> None:
    """Says before a long run that a report could not be written after it.

    Raises click.ClickException for the first of ``paths`` that lies in no folder, may not be written, is
    code, or is one of those that the run has to ``read``.
    """
    for path in paths:
        try:
            if Path(path).is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if Path(path).is_file():
                if path.endswith(_CODE) or os.path.realpath(path).endswith(_CODE):
                    # An option without its argument takes the driver that follows it.
                    raise click.ClickException(f"{path}: not written: it is C code, and no report")
                if any(_is_same(path, each) for each in read):
                    raise click.ClickException(f"{path}: not written: it is what this run reads")
            # What is no file, such as /dev/stdout, need not lie in a folder that takes files.
            special = Path(path).exists() and not Path(path).is_file()
            folder = Path(os.path.realpath(path)).parent
            if not special and not os.access(folder, os.W_OK | os.X_OK):
                code = _why_no_folder(folder)
                raise OSError(code, os.strerror(code))
        except OSError as error:
            raise _unwritable(path, error) from None


def _is_same(path: str, other: str) -> bool:
    try:
        return Path(path).samefile(other)
    except (OSError, ValueError):
        return False


def _why_no_folder(folder: Path) -> int:
    if folder.is_dir():
        return errno.EACCES
    return errno.ENOTDIR if folder.exists() else errno.ENOENT


def _unwritable(path: str, error: OSError) -> click.ClickException:
    return click.ClickException(f"{path}: cannot be written: {error.strerror or error}")


def write_lines(lines: Iterable[str], path: str | None = None) -> None:
    """``write_output`` of ``encode_lines``."""
    write_output(encode_lines(lines), path)


def encode_lines(lines: Iterable[str]) -> bytes:
    """Lines as a file's content; bytes of paths that are no UTF-8 come out as they are."""
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def write_errors(lines: Iterable[str]) -> None:
    """Lines on standard error, which may be closed."""
    show_errors(map(printable, lines))


def show_errors(lines: Iterable[str], end: str = "\n") -> None:
    """The same for lines that a printer has made harmless and given a style."""
    for line in lines:
        _write_error(f"{_fitting(line)}{end}")


def _write_error(text: str) -> None:
    for listener in _listeners:
        listener.pieces.append((2, text.encode("utf-8", "surrogateescape")))
    complain(text)


def _encodable(message: str) -> str:
    """``message`` as one harmless line that standard error's encoding holds."""
    return _fitting(printable(message))


def _fitting(text: str) -> str:
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    return unicode_text(text).encode(encoding, "replace").decode(encoding)
