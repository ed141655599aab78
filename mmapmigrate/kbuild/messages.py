# SPDX-License-Identifier: GPL-2.0-only
"""What a compiler said, and which of it is new."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

# GCC, clang and sparse agree on this line.
_MESSAGE = re.compile(
    r"^(?P<path>[^\s:][^:]*):(?P<line>\d+):(?:\d+:)? (?P<kind>(?:fatal )?error|warning): (?P<text>.*)$"
)
_IN_FUNCTION = re.compile(r"[Ii]n function ['‘](?P<name>\w+)['’]")


@dataclass(frozen=True)
class CompilerMessage:
    """One warning or error; ``function`` is the one that the compiler said it is in, else "".

    ``printed`` is the compiler's own line.
    """

    path: str
    line: int
    kind: str
    text: str
    function: str = field(default="", compare=False)
    printed: str = field(default="", compare=False)

    @property
    def identity(self) -> tuple[str, str, str]:
        """The same for a message that only moved to another line, or whose hook got its new name."""
        text = re.sub(r"\b(\w+)_prepare\b", r"\1", self.text)
        return (self.path, self.kind, re.sub(r"\b\d+\b", "N", text))


def parse_messages(output: str) -> list[CompilerMessage]:
    """The warnings and errors in a compiler's ``output``, in order."""
    found: list[CompilerMessage] = []
    function = ""
    for line in output.splitlines():
        inside = _IN_FUNCTION.search(line)
        message = _MESSAGE.match(line)
        if message is not None:
            kind = "error" if message["kind"].endswith("error") else "warning"
            found.append(
                CompilerMessage(
                    message["path"], int(message["line"]), kind, message["text"], function, line.strip()
                )
            )
        elif inside is not None:
            function = inside["name"]
        elif line.endswith("At top level:"):
            function = ""
    return found


def new_messages(
    before: Iterable[CompilerMessage], after: Iterable[CompilerMessage]
) -> list[CompilerMessage]:
    """The messages of ``after`` that ``before`` does not hold as often."""
    left = Counter(message.identity for message in before)
    found: list[CompilerMessage] = []
    for message in after:
        if left[message.identity]:
            left[message.identity] -= 1
        else:
            found.append(message)
    return found
