# SPDX-License-Identifier: GPL-2.0-only
"""One look at each file of a tree."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmapmigrate.model.discovery import candidate
from mmapmigrate.model.glance import Overview, TreeIndex, glance, public_headers
from mmapmigrate.model.project import Project

NOTHING: frozenset[bytes] = frozenset()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    texts = {
        "MAINTAINERS": "",
        "Kconfig": "",
        "include/linux/mm.h": "struct vm_area_struct;\n",
        "include/uapi/linux/foo.h": "",
        "drivers/a/foo.h": "int foo_mmap(void);\n",
        "drivers/a/foo.c": '#include <linux/foo.h>\n#include "foo.h"\nint foo_mmap(void) { return 0; }\n',
        "drivers/ab/bar.c": '# include\t"../a/foo.h"\nint xfoo_mmap(void);\n',
        "drivers/b/bar.c": "#include <foo.h>\nint y = foo_mmap();\n",
        "drivers/b/far.c": "int z;\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_index_says_who_includes_a_header(tree: Path) -> None:
    index = TreeIndex.read(str(tree))
    assert index.quoted[b"foo.h"] == ("drivers/a/foo.c", "drivers/ab/bar.c")
    assert index.angled == {b"foo.h": ("drivers/b/bar.c",)}


def test_a_public_header_in_brackets_is_nobodys_own() -> None:
    public = public_headers(
        ["include/linux/a.h", "arch/arm/include/uapi/asm/b.h", "drivers/c.h", "include/d.c"]
    )
    assert public == {b"<linux/a.h>", b"<asm/b.h>"}
    assert glance(b"#include <linux/a.h>\n#include <c.h>\n", public).included == (b"<c.h>",)


def test_the_index_knows_the_files_of_a_folder_and_of_no_namesake(tree: Path) -> None:
    index = TreeIndex.read(f"{tree}/")
    assert index.below("drivers/a", b"foo_mmap") == ("drivers/a/foo.c", "drivers/a/foo.h")
    assert index.below("drivers/b", b"mmap") == ("drivers/b/bar.c",)
    assert len(index.below("", b"mmap")) == 4
    assert index.below("drivers/b", b"foo") == ("drivers/b/bar.c", "drivers/b/far.c")
    assert len(index.below("")) == 7


@pytest.mark.parametrize("name", ["foo_mmap", "foo_fops", "foo_file_operations", "foo_mmap_fops", "foo_ops"])
def test_the_index_leaves_out_no_file_that_holds_a_name(tmp_path: Path, name: str) -> None:
    texts = ["", "foo", "mmap", "fops", "file_operations", "foo_file_operation", name, f"x{name}x"]
    for at, text in enumerate(texts):
        (tmp_path / f"{at}.c").write_text(text)
    left = TreeIndex.read(str(tmp_path)).below("", name.encode())
    assert {"6.c", "7.c"} <= set(left)
    assert (len(left) < len(texts)) == (name != "foo_ops")


@pytest.mark.parametrize("text", [b"mmap", b"xmmapx", b"vm_flags", b"vma_desc", b"VMA_", b"vm_area_struct"])
def test_a_glance_and_discovery_agree(text: bytes) -> None:
    assert candidate(text)
    assert glance(text, NOTHING).candidate


@pytest.mark.parametrize("text", [b"m_flags", b"xma_flags", b"vma", b"vma_", b"VMA", b"mma p", b""])
def test_what_only_resembles_a_sign_is_none(text: bytes) -> None:
    assert not candidate(text)
    assert not glance(text, NOTHING).candidate


def test_a_project_answers_the_same_with_an_index(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    for place in (".", "drivers", "drivers/a", "drivers/a/foo.c", str(tree), "drivers/none"):
        plain = Project(tree).mentioning("foo_mmap", [place, "drivers/b"])
        assert Project(tree, TreeIndex.read(str(tree))).mentioning("foo_mmap", [place, "drivers/b"]) == plain
        assert plain


def test_what_cannot_be_read_is_for_the_checker_and_may_hold_any_hook() -> None:
    marked = {b"mmap": [1, 2], b"fops": [1], b"file_operations": [1]}
    assert Overview.of([b"int a;", None, b"mmap"], NOTHING) == Overview([1, 2], [], marked, {}, {})


def test_who_includes_two_files_of_one_name_is_told_once() -> None:
    text = b'#include "a/x.h"\n#include "b/x.h"\n#include <x.h>\n'
    view = Overview.of([b"", text], NOTHING)
    assert (view.quoted, view.angled) == ({b"x.h": [1]}, {b"x.h": [1]})


def test_an_index_is_the_same_however_many_looks_it_took(tree: Path) -> None:
    names = [str(path.relative_to(tree)) for path in sorted(tree.rglob("*.[ch]"), reverse=True)]
    public = public_headers(names)
    views = [([name, None], Overview.of([(tree / name).read_bytes(), b"mmap"], public)) for name in names]
    assert TreeIndex.of(views) == TreeIndex.read(str(tree))


SIGN = re.compile(rb"mmap|vm_area_|vm_flags|vm_operations_struct|vma_desc|vma_flags|VMA_")
INCLUDE = re.compile(rb'include[ \t]*("[^"\n]+"|<[^<>\n]+>)')
HOOK = re.compile(rb"\.\s*mmap\w*\s*=")
PARTS = b"m mmap mma vm_ vma_ VMA_ VMA area_ flags operations_struct desc . = < > a.h # include".split()

texts = st.lists(st.sampled_from([*PARTS, b'"', b" ", b"\t", b"\n", b"\0", b"\xff\xfe"]), max_size=30)


@given(texts.map(b"".join))
def test_a_glance_shows_what_the_patterns_say(text: bytes) -> None:
    shown = glance(memoryview(text), frozenset({b"<a.h>"}))
    wide = text[:2] == b"\xff\xfe" and b"m\0m\0a\0p" in text
    assert shown.candidate == candidate(text) == (SIGN.search(text) is not None or wide)
    assert (b"mmap" in shown.marks) == (b"mmap" in text)
    assert shown.hook == (HOOK.search(text) is not None)
    assert set(shown.included) == set(INCLUDE.findall(text)) - {b"<a.h>"}
    assert len(shown.included) == len(set(shown.included))


@given(texts.map(b"".join), st.sampled_from(["mmap", "vm_", "a.h", "include", "."]))
def test_a_file_mentions_a_name_that_stands_in_it_by_itself(text: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.c")
        path.write_bytes(text)
        alone = re.search(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)", text)
        assert list(Project().mentioning(name, [folder])) == ([str(path)] if alone else [])
