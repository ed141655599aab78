# SPDX-License-Identifier: GPL-2.0-only
"""File URIs."""

from __future__ import annotations

import os

import pytest

from mmapmigrate.lsp.uris import path_of, uri_of


@pytest.mark.parametrize(
    "path", ["/a/b.c", "/a b/c;d=e.c", "/a%20#?/\u00e9.c", os.fsdecode(b"/\xfc.c"), "/c:/d.c"]
)
def test_a_path_comes_back(path: str) -> None:
    assert path_of(uri_of(path)) == path


@pytest.mark.parametrize(
    "uri", ["untitled:Untitled-1", "git:/a/b.c", "file://elsewhere/a.c", "file:a.c", "file:///a%00.c"]
)
def test_what_is_no_file_here_has_no_path(uri: str) -> None:
    assert path_of(uri) is None


def test_a_path_is_taken_as_short_as_it_goes() -> None:
    assert path_of("file://localhost/a/../b/./c%2Ec") == "/b/c.c"
