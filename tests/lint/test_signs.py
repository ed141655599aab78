# SPDX-License-Identifier: GPL-2.0-only
"""A file that matters to no rule of ours draws no finding."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmapmigrate.kernel.snapshot import load_snapshot, newest_snapshot
from mmapmigrate.lint.loader import builtin_folder, load_folder
from mmapmigrate.lint.rule import RuleContext
from mmapmigrate.lint.suppression import read_suppressions
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.model.signs import matters
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

RULES = load_folder(builtin_folder(), builtin=True)
API = load_snapshot(newest_snapshot())

PIECES = st.sampled_from(
    [
        b"static const struct file_operations a = {\n",
        b"int f(struct vm_area_struct *vma)\n{\n",
        b"int f(struct vm_area_desc *desc)\n{\n",
        b"static const struct vm_operations_struct o = {\n",
        b"};\n",
        b"}\n",
        b"\t.",
        b"mmap",
        b"foo_mmap",
        b"mmap_x",
        b"_",
        b" = ",
        b": ",
        b"f",
        b",\n",
        b";\n",
        b"file->f_op->mmap(file, vma)",
        b"if (!file->f_op->mmap) ",
        b"vma->vm_flags |= VM_IO",
        b"ACCESS_PRIVATE(vma, __vm_flags) = 0",
        b"VMA_FOO_BIT",
        b"vma_desc_foo(desc)",
        b"vma_desc_test(desc, VM_IO)",
        b"mmap_action_foo(desc)",
        b"vma->vm_ops->open(vma)",
        b".mapped = g",
        b"/* a */",
        b"// b\n",
        b"/* mmapmigrate: ignore */",
        b"\\\n",
        b"\n",
        b" ",
        b"(",
        b"{",
        b"#define A \\\n",
        b"#ifdef B\n",
        b"\n#endif\n",
    ]
)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=12).map(b"".join))
def test_a_file_without_a_sign_draws_no_finding(text: bytes) -> None:
    if matters(text):
        return
    source = SourceFile("foo.c", text)
    file = FileModel(SourceUnit(source))
    project = Project(None)
    for loaded in RULES:
        assert list(loaded.check(RuleContext(loaded.rule, file, API, project))) == []
    assert not file.entries()
    assert not file.unparsed()
    assert not read_suppressions(source).marks


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"mmap_read_lock(mm);", id="the lock of an address space"),
        pytest.param(b"static int foo_mmap;\nbool mmap = true;", id="a variable"),
        pytest.param(b"ret = foo_mmap(x);\nvmemmap_base = 0;", id="other words"),
        pytest.param(b"#define VMA_OFFSET 1", id="no flag's bit"),
        pytest.param(b"struct i915_vma *xvma;", id="another thing's end"),
        pytest.param(b"\tmmap: 1,", id="no list"),
    ],
)
def test_words_that_only_sound_alike_are_no_sign(text: bytes) -> None:
    assert not matters(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b". /* a */ mmap /* b */ = f", id="comments between"),
        pytest.param(b"a = { // b\n\tmmap: f", id="a comment that ends its line"),
        pytest.param(b".foo_mmap = f", id="a member's end"),
        pytest.param(b".mmap_foo\\\n = f", id="a continued line"),
        pytest.param(b"/* mmapmigrate: ignore[MM101] */", id="a suppression, which may suppress nothing"),
        pytest.param(b"mmap\0", id="binary, which is an error"),
        pytest.param(b"x mmap=" * 2000, id="more places than are worth a look"),
    ],
)
def test_what_may_be_a_hook_or_an_error_is_a_sign(text: bytes) -> None:
    assert matters(text)


@pytest.mark.parametrize("piece", [b"VMA_A", b"mmap_", b"_mmap", b"xvma "])
def test_words_without_end_cost_linear_time(piece: bytes) -> None:
    # Seconds where each place is tried to the end; this is a millisecond.
    assert not matters(piece * 200_000)
