# SPDX-License-Identifier: GPL-2.0-only
"""File URIs and paths, byte for byte: a path need not be UTF-8, and may hold what has a meaning in a URI."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

SCHEME = "file:"


def path_of(uri: str) -> str | None:
    """The absolute path of a file URI; None for what is no file of this machine."""
    if not uri.lower().startswith(SCHEME):
        return None
    rest = uri[len(SCHEME) :].partition("#")[0].partition("?")[0]
    if rest.startswith("//"):
        host, slash, below = rest[2:].partition("/")
        if host not in ("", "localhost"):
            return None
        rest = slash + below
    path = os.fsdecode(unquote_to_bytes(rest))
    return os.path.normpath(path) if path.startswith("/") and "\0" not in path else None


def uri_of(path: str) -> str:
    """The file URI of a path."""
    return Path(path).absolute().as_uri()
