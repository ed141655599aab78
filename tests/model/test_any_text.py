# SPDX-License-Identifier: GPL-2.0-only
"""Whatever the text, the model answers, and its ranges lie in the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmapmigrate.model.body import Body
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

WORDS = (
    "struct union typedef static const file_operations vm_area_struct foo vma mmap fb_mmap mmap_x NULL 0"
    " . -> = , ; : ( ) { } [ ] * & ? ## .mmap= ->mmap= mmap: int for if else return container_of(foo,struct"
)
PIECES = [
    *WORDS.split(),
    "\n#ifdef A\n",
    "\n#else\n",
    "\n#endif\n",
    "\n#define FOO ",
    "\\\n",
    "/*",
    "*/",
    '"',
    "\xfc",
    "\r\n",
]


def model(text: bytes) -> FileModel:
    return FileModel(SourceUnit(SourceFile("x.c", text)))


@given(st.lists(st.sampled_from(PIECES), max_size=60))
@settings(deadline=None, max_examples=300)
def test_answers_on_any_text(pieces: list[str]) -> None:
    text = " ".join(pieces).encode("latin-1")
    file = model(text)
    for entry in file.entries():
        assert 0 <= entry.start <= entry.member_start < entry.member_end <= entry.value_start
        assert entry.value_start < entry.value_end <= entry.end <= len(text)
        assert b"mmap" in text[entry.member_start : entry.member_end]
    for region in file.unparsed():
        assert 0 <= region.start <= region.end <= len(text)
    for function in file.functions_with("vm_area_struct"):
        body = Body(file, function)
        offsets = [use.start_byte for use in body.uses_of("vma")]
        assert all(text.startswith(b"vma", at) for at in (*offsets, *body.unread("vma")))


LARGE = {
    "open braces": b"struct file_operations f = " + b"{" * 100_000 + b" .mmap = f ",
    "one list of many tables": b"struct file_operations f[] = {" + b"{ .mmap = f }, " * 5_000 + b"};",
    "many tables": b"struct file_operations f = { .mmap = f };\n" * 5_000,
    "many assignments": b"void f(struct file_operations *o)\n{\n" + b"\to->mmap = f;\n" * 2_000 + b"}\n",
    "a chain of members": b"void f(void)\n{\n\ta" + b"->b" * 20_000 + b"->mmap = f;\n}\n",
    "many macros": b"#define FOO .mmap = f,\n" * 3_000,
    "stars": b"void f(void)\n{\n\t(" + b"*" * 50_000 + b"o)->mmap = f;\n}\n",
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE.keys())
def test_a_large_text_takes_no_more_than_its_size_deserves(text: bytes) -> None:
    start = time.process_time()
    list(model(text).entries())
    assert time.process_time() - start < 8
