# SPDX-License-Identifier: GPL-2.0-only
"""Colour for a terminal, and text that cannot harm one."""

from __future__ import annotations

import re

from msgspec import Struct

# C1 controls, what ends a line elsewhere, and what turns the direction of a text so that it reads otherwise
# than it is (CVE-2021-42574); a source line may hold any of them.
_UNSEEN = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"

# The same with C0 and the escape character, and bytes of names that an 8-bit terminal takes for C1.
_CONTROL = re.compile(f"[\x00-\x08\x0a-\x1f{_UNSEEN}\udc80-\udc9f]")

_IN_JSON = re.compile(f"[{_UNSEEN}]")

# All but those that stand for a byte.
_SURROGATE = re.compile("[\ud800-\udc7f\udd00-\udfff]")


class Style(Struct, frozen=True):
    """Wraps words in SGR sequences, or leaves them plain."""

    color: bool = False

    def bold(self, text: str) -> str:
        return self._wrap("1", text)

    def dim(self, text: str) -> str:
        return self._wrap("2", text)

    def red(self, text: str) -> str:
        return self._wrap("1;31", text)

    def green(self, text: str) -> str:
        return self._wrap("32", text)

    def yellow(self, text: str) -> str:
        return self._wrap("1;33", text)

    def cyan(self, text: str) -> str:
        return self._wrap("36", text)

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text


def printable(text: str) -> str:
    """``text`` on one line, with every control character but the tab replaced by U+FFFD."""
    return _CONTROL.sub("\ufffd", text)


def harmless_json(text: str) -> str:
    """JSON that a terminal may show, and that says the same: characters that nobody sees are escaped."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def decode(data: bytes) -> str:
    """Source bytes as text: UTF-8 where they are, else Latin-1, which old drivers are written in."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def unicode_text(text: str) -> str:
    """``text`` as any reader of UTF-8 takes it: the undecodable bytes of a path are lone surrogates."""
    return _SURROGATE.sub("\ufffd", text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
