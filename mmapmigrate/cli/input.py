# SPDX-License-Identifier: GPL-2.0-only
"""What a command line names to be read whole: a patch, a baseline."""

from __future__ import annotations

import sys
from pathlib import Path

import click

STANDARD_INPUT = "-"

LARGEST = 256 << 20
"""Bytes. No patch or baseline has so many; a device goes on for ever."""


def read_input(name: str) -> bytes:
    """The bytes of the file or pipe ``name``, of standard input where that is ``-``.

    Raises click.ClickException when they cannot be read or are more than LARGEST.
    """
    title = "standard input" if name == STANDARD_INPUT else name
    try:
        if name == STANDARD_INPUT:
            if sys.stdin is None:
                raise click.ClickException("standard input is closed")
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(name).open("rb") as stream:
                data = stream.read(LARGEST + 1)
    except OSError as error:
        raise click.ClickException(f"{title}: cannot be read: {error.strerror or error}") from None
    if len(data) > LARGEST:
        raise click.ClickException(f"{title}: larger than {LARGEST >> 20} MB")
    return data
