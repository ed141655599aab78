# SPDX-License-Identifier: GPL-2.0-only
"""Reading patches in the forms in which they come."""

from __future__ import annotations

import base64
import quopri

import pytest

from mmapmigrate.change.errors import ChangeError
from mmapmigrate.change.patch import NOWHERE, read_patches

DIFF = b"""\
--- a/foo.c
+++ b/foo.c
@@ -1,2 +1,3 @@
 int a;
+int b;\xe9
 int c;
"""
LINES = ((" ", b"int a;\n"), ("+", b"int b;\xe9\n"), (" ", b"int c;\n"))
HEAD = b"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"


def test_a_plain_diff_keeps_its_bytes() -> None:
    (patch,) = read_patches(DIFF)
    (file,) = patch.files
    assert (patch.title, file.old, file.new) == ("", "a/foo.c", "b/foo.c")
    assert (file.hunks[0].old_line, file.hunks[0].new_line, file.hunks[0].lines) == (1, 1, LINES)


def test_a_mail_has_a_title() -> None:
    (patch,) = read_patches(HEAD + b"Subject: [PATCH] foo:\n Add b\n\nWhy.\n---\n foo.c | 1 +\n\n" + DIFF)
    assert patch.title == "[PATCH] foo: Add b"
    assert patch.files[0].hunks[0].lines == LINES


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
def test_an_encoded_mail(encoding: str) -> None:
    encode = quopri.encodestring if encoding == "quoted-printable" else base64.encodebytes
    head = f"Content-Transfer-Encoding: {encoding}\nContent-Type: text/plain; charset=latin1\n\n"
    (patch,) = read_patches(HEAD + head.encode() + encode(DIFF))
    assert patch.files[0].hunks[0].lines == LINES


def test_a_mailbox_with_a_cover_letter() -> None:
    cover = HEAD + b"Subject: [PATCH 0/2] x\n\nA letter.\n\n"
    one = HEAD + b"Subject: [PATCH 1/2] x\n\n" + DIFF + b"-- \n2.39.5\n\n"
    two = HEAD + b"Subject: [PATCH 2/2] y\n\n" + DIFF.replace(b"foo", b"bar") + b"-- \n2.39.5\n\n"
    patches = read_patches(cover + one + two)
    assert [patch.title for patch in patches] == ["[PATCH 1/2] x", "[PATCH 2/2] y"]
    assert [patch.files[0].new for patch in patches] == ["b/foo.c", "b/bar.c"]


def test_a_mail_with_dos_line_ends() -> None:
    (patch,) = read_patches((HEAD + b"Subject: x\n\n" + DIFF).replace(b"\n", b"\r\n"))
    assert patch.files[0].old == "a/foo.c"
    assert patch.files[0].hunks[0].lines == LINES


def test_a_patch_of_a_file_with_dos_line_ends() -> None:
    (patch,) = read_patches(DIFF.replace(b";\n", b";\r\n"))
    assert patch.files[0].hunks[0].lines[0] == (" ", b"int a;\r\n")


def test_renames_copies_and_new_files() -> None:
    text = (
        b"diff --git a/x.c b/y.c\nsimilarity index 100%\nrename from x.c\nrename to y.c\n"
        b"diff --git a/x.c b/z.c\nsimilarity index 100%\ncopy from x.c\ncopy to z.c\n"
        b"diff --git a/n.c b/n.c\nnew file mode 100644\n--- /dev/null\n+++ b/n.c\n@@ -0,0 +1 @@\n+int n;\n"
    )
    files = read_patches(text)[0].files
    assert [(file.old, file.new, file.copied) for file in files] == [
        ("a/x.c", "b/y.c", False),
        ("a/x.c", "b/z.c", True),
        (NOWHERE, "b/n.c", False),
    ]


@pytest.mark.parametrize("text", [b"", b"no diff", HEAD + b"Subject: x\n\nno diff\n"])
def test_no_diff(text: bytes) -> None:
    with pytest.raises(ChangeError, match="no diff in it"):
        read_patches(text)


def test_a_hunk_that_ends_early() -> None:
    with pytest.raises(ChangeError, match="malformed diff"):
        read_patches(DIFF.replace(b"+1,3", b"+1,4"))


@pytest.mark.parametrize(
    "header", ["--- a/x.c\n+++ b/x.c\n", "diff --git a/x.c b/x.c\nindex 1..2 100644\n--- a/x.c\n+++ b/x.c\n"]
)
def test_a_hunk_that_nobody_can_read(header: str) -> None:
    with pytest.raises(ChangeError, match=r"no hunk of b/x\.c can be read"):
        read_patches(f"{header}@@ --1,1 +1,1 @@\n-a\n+b\n".encode())


@pytest.mark.parametrize(
    "said",
    [
        "old mode 100644\nnew mode 100755\n",
        "similarity index 100%\nrename from x.c\nrename to y.c\n",
        "new file mode 100644\nindex 000000000000..e69de29bb2d1\n",
        "deleted file mode 100644\nindex e69de29bb2d1..000000000000\n",
    ],
)
def test_a_file_of_which_no_line_changes(said: str) -> None:
    (patch,) = read_patches(f"diff --git a/x.c b/y.c\n{said}".encode())
    assert [file.hunks for file in patch.files] == [()]


def test_a_mail_in_a_thousand_others_is_refused() -> None:
    parts = (f'Content-Type: multipart/mixed; boundary="b{each}"\n\n--b{each}\n' for each in range(3000))
    with pytest.raises(ChangeError, match="nested too deeply"):
        read_patches(("From: a\n" + "".join(parts) + "\n--- a/b.c\n").encode())
