# SPDX-License-Identifier: GPL-2.0-only
"""Who gets a patch: the M:, R: and L: of every MAINTAINERS entry that has one of its files.

As scripts/get_maintainer.pl answers without asking git: lists for subscribers only are left out, and so is
the last resort for patches, who does not want copies of all; .mailmap says how people are reached now, and
nobody is named twice. The script itself is a program of the tree looked at: it is run only on request.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from email.utils import formataddr, parseaddr
from pathlib import Path

from msgspec import Struct

from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.maintainers import Maintainers, read_maintainers
from mmapmigrate.series.errors import SeriesError
from mmapmigrate.series.mailmap import Mailmap

SCRIPT = "scripts/get_maintainer.pl"
_SECONDS = 120
_CHIEF = "torvalds@linux-foundation.org"
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
"""What RFC 5322 lets stand without quotes: nothing else can be told from a second address, or a header."""


class Recipients(Struct, frozen=True):
    """Addresses as a mail's header holds them."""

    people: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """People first."""
        return (*self.people, *self.lists)


class Directory:
    """MAINTAINERS of the tree at ``root``, asked for recipients; a tree without one has none."""

    def __init__(self, root: Path) -> None:
        try:
            self._maintainers = read_maintainers(root)
        except KernelError:
            self._maintainers = Maintainers()
        self._mailmap = Mailmap.read(root)

    def of(self, files: Iterable[str]) -> Recipients:
        """Those of ``files``, names from the root; the entry that is most precise comes first."""
        people: list[tuple[str, str]] = []
        lists: list[tuple[str, str]] = []
        for file in files:
            for entry in self._maintainers.entries_of(file):
                people += map(_parsed, entry.people)
                for written in entry.lists:
                    address, _, remark = written.partition(" ")
                    if "subscribers-only" not in remark:
                        lists.append(("", address))
        known: set[str] = {_CHIEF}
        return Recipients(tuple(self._written(people, known)), tuple(self._written(lists, known)))

    def _written(self, places: Iterable[tuple[str, str]], known: set[str]) -> Iterator[str]:
        """As a header writes them, each person and each address once; ``known`` are those that were."""
        for place in places:
            name, address = self._mailmap.of(*place)
            text = header_form(name, address)
            # The same person under two addresses gets one mail.
            same = {address.lower(), *({name.lower()} if name else ())}
            if text is not None and not same & known:
                known |= same
                yield text


def recipient(written: str) -> tuple[str, str] | None:
    """The address in lower case and the recipient as a header writes it; None where there is no address."""
    name, address = _parsed(written)
    text = header_form(name, address)
    return (address.lower(), text) if text is not None else None


def header_form(name: str, address: str) -> str | None:
    """How a header writes a recipient; None for what is no address."""
    if _MAIL.fullmatch(address) is None:
        return None
    return formataddr(("".join(each if each.isprintable() else "\ufffd" for each in name), address))


def _parsed(written: str) -> tuple[str, str]:
    found = re.fullmatch(r'\s*"?(.*?)"?\s*<([^<>]*)>.*', written)
    return (found[1], found[2].strip()) if found is not None else parseaddr(written)


def by_script(root: Path, files: Sequence[str]) -> Recipients:
    """What the tree's own get_maintainer.pl answers for ``files``; this runs code of the tree.

    Raises SeriesError when it cannot be run or fails.
    """
    script = root / SCRIPT
    if not script.is_file():
        raise SeriesError(f"{script}: no such file: leave out --get-maintainer to read MAINTAINERS instead")
    command = ["perl", f"./{SCRIPT}", "--nogit", "--nogit-fallback", "--norolestats", "--noroles"]
    for file in files:
        command += ["-f", f"./{file}"]
    try:
        done = subprocess.run(
            command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_SECONDS
        )
    except FileNotFoundError:
        raise SeriesError(f"perl is needed for {SCRIPT} and is not installed") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SeriesError(f"{SCRIPT} cannot be run: {error}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise SeriesError(f"{SCRIPT} failed: {said or done.returncode}")
    found = dict(filter(None, map(recipient, done.stdout.decode("utf-8", "replace").splitlines())))
    people = tuple(text for text in found.values() if "<" in text)
    return Recipients(people, tuple(text for text in found.values() if "<" not in text))
