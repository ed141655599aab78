# SPDX-License-Identifier: GPL-2.0-only
"""The properties of every text, on the same mutants each time and on whatever hypothesis thinks of.

``python -m tests.fuzz`` searches for longer.
"""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.mutation import WORDS, mutant, seeds
from tests.fuzz.properties import PROPERTIES

TEXTS = {"syntax": 400, "check": 150, "fix": 100, "formats": 60, "patches": 300, "configs": 200, "trees": 300}
"""How many mutants of the fixtures each property is tried on: all together are some twenty seconds."""

LONGEST = 20.0
"""Seconds of processor time that a text of a few kilobytes may take, and any machine has."""


def test_there_are_drivers_to_change() -> None:
    assert len(seeds()) > 100


@pytest.mark.parametrize("name", PROPERTIES)
def test_the_same_mutants_each_time(name: str) -> None:
    random = Random(f"{name} 1")
    for number in range(TEXTS[name]):
        data = mutant(random)
        begin = time.process_time()
        try:
            PROPERTIES[name](data)
        except Exception as error:
            error.add_note(f"mutant {number}: {data!r}")
            raise
        assert time.process_time() - begin < LONGEST, data


@pytest.mark.parametrize("name", PROPERTIES)
@given(data=st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(WORDS), max_size=80).map(b" ".join)))
@settings(max_examples=25)
def test_bytes_of_all_kinds(name: str, data: bytes) -> None:
    PROPERTIES[name](data)


HOSTILE = {
    "nothing": b"",
    "a wide text": "static int mmap;\n".encode("utf-16"),
    "a mark of order": b"\xef\xbb\xbfint vma;",
    "ends of the Macintosh": seeds()[0].replace(b"\n", b"\r"),
    "ends of DOS": seeds()[0].replace(b"\n", b"\r\n"),
    "both": seeds()[0].replace(b";\n", b";\r\n"),
    "form feeds": seeds()[0].replace(b"\n\n", b"\n\f\n"),
    "no end of line": seeds()[0].rstrip(),
    "one line": seeds()[0].replace(b"\n", b" "),
    "zeros": seeds()[0] + b"\0" * 100,
    "only zeros": b"\0" * 5000,
    "a comment without end": seeds()[0] + b"/* vma mmap",
    "a literal without end": seeds()[0] + b'char *vma = "mmap',
    "a directive without end": seeds()[0] + b"#define mmap \\",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", PROPERTIES)
def test_what_files_may_be_like(name: str, data: bytes) -> None:
    PROPERTIES[name](data)
