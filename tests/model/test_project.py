# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from mmapmigrate.disk.scan import Reader
from mmapmigrate.model import mentions
from mmapmigrate.model import project as project_module
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.source import SourceFile

Tree = Callable[[Mapping[str, str]], Path]


def struct_of(root: Path, path: str) -> str | None:
    (entry,) = Project(root).file(f"{root}/{path}").entries()
    return entry.struct


TABLE = "static struct foo foo = { .fops = { .mmap = foo_mmap } };\n"
FOO = "struct foo { int id; struct file_operations fops; };\n"


@pytest.mark.parametrize(
    "files",
    [
        {"drivers/a.c": '#include "a.h"\n' + TABLE, "drivers/a.h": FOO},
        {"drivers/a.c": '#include "inc/a.h"\n' + TABLE, "drivers/inc/a.h": FOO},
        {"drivers/a.c": "#include <linux/foo.h>\n" + TABLE, "include/linux/foo.h": FOO},
        {"drivers/a.c": "#include <uapi/foo.h>\n" + TABLE, "include/uapi/foo.h": FOO},
        {
            "drivers/a.c": '#include "a.h"\n' + TABLE,
            "drivers/a.h": "#include <linux/foo.h>\n",
            "include/linux/foo.h": FOO,
        },
        {
            "drivers/a.c": '#include "a.h"\n' + TABLE,
            "drivers/a.h": '#include "a.h"\n#include "b.h"\n',
            "drivers/b.h": FOO,
        },
        {"arch/foo/kernel/a.c": "#include <asm/foo.h>\n" + TABLE, "arch/foo/include/asm/foo.h": FOO},
        {
            "drivers/a.c": "#include <linux/foo.h>\nstatic foo_t foo = { .fops = { .mmap = foo_mmap } };\n",
            "include/linux/foo.h": FOO + "typedef struct foo foo_t;\n",
        },
        {
            "drivers/a.c": '#include "a.h"\nvoid f(void)\n{\n\tfoo.fops.mmap = foo_mmap;\n}\n',
            "drivers/a.h": FOO + "extern struct foo foo;\n",
        },
        {
            "drivers/a.c": '#include "a.h"\nvoid f(void)\n{\n\tfoo->fops.mmap = foo_mmap;\n}\n',
            "drivers/a.h": FOO + "typedef struct foo FOO;\nextern FOO *foo;\t// the one\n",
        },
        {
            "drivers/a.c": '#include "a.h"\nvoid f(int x)\n{\n\tget(x)->fops.mmap = foo_mmap;\n}\n',
            "drivers/a.h": FOO + "struct foo *get(int x);\n",
        },
    ],
    ids=[
        "beside the file",
        "below the file",
        "include",
        "uapi",
        "at second hand",
        "headers in a circle",
        "architecture",
        "typedef",
        "variable",
        "variable of a typedef",
        "function",
    ],
)
def test_finds_a_type_in_the_headers(tree: Tree, files: Mapping[str, str]) -> None:
    assert struct_of(tree(files), next(iter(files))) == "file_operations"


def test_a_variable_that_is_no_struct_tells_of_none(tree: Tree) -> None:
    source = '#include "a.h"\nvoid f(void)\n{\n\tfoo.fops.mmap = foo_mmap;\n}\n'
    assert (
        struct_of(tree({"drivers/a.c": source, "drivers/a.h": FOO + "extern int foo;\n"}), "drivers/a.c")
        is None
    )


def test_a_header_that_is_not_included_does_not_count(tree: Tree) -> None:
    assert struct_of(tree({"drivers/a.c": TABLE, "drivers/a.h": FOO}), "drivers/a.c") is None


def test_each_file_sees_its_own_struct(tree: Tree) -> None:
    root = tree(
        {
            "a/a.c": '#include "foo.h"\n' + TABLE,
            "a/foo.h": FOO,
            "b/a.c": '#include "foo.h"\n' + TABLE,
            "b/foo.h": "struct foo { struct proto_ops fops; };\n",
        }
    )
    project = Project(root)
    assert [project.file(f"{root}/{path}").entries()[0].struct for path in ("a/a.c", "b/a.c")] == [
        "file_operations",
        "proto_ops",
    ]


def test_lists_the_members_of_a_struct(tree: Tree) -> None:
    root = tree(
        {"include/foo.h": "struct foo { int a, *b; int (*c)(int x); struct { long d; }; };\n", "a.c": ""}
    )
    path = f"{root}/b.c"
    (root / "b.c").write_text("#include <foo.h>\n")
    found = Project(root).find_struct("foo", path)
    assert found is not None
    assert list(found.members) == ["a", "b", "c", "d"]
    assert [member.type.callback for member in found.members.values()] == [False, False, True, False]
    assert found.members["c"].parameters == "int x"


def test_a_file_is_read_once(tree: Tree) -> None:
    root = tree({"a.c": "int x;"})
    project = Project(root)
    assert project.file(f"{root}/a.c") is project.file(f"{root}/a.c")


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Project(tmp_path).file(f"{tmp_path}/a.c")


def test_the_files_used_last_are_kept(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_module, "CACHED_FILES", 2)
    root = tree(dict.fromkeys(("a.c", "b.c", "c.c"), "int x;"))
    project = Project(root)
    a, b = (project.file(f"{root}/{name}") for name in ("a.c", "b.c"))
    assert project.file(f"{root}/a.c") is a
    project.file(f"{root}/c.c")
    assert project.file(f"{root}/a.c") is a
    assert project.file(f"{root}/b.c") is not b


def test_much_text_is_not_kept(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_module, "CACHED_BYTES", 10)
    root = tree({"a.c": "int x, y, z;", "b.c": "int x;"})
    project = Project(root)
    a = project.file(f"{root}/a.c")
    project.file(f"{root}/b.c")
    assert project.file(f"{root}/a.c") is not a


def test_siblings_are_the_other_c_and_h_files(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(
        tree({"d/b.c": "", "d/a.h": "", "d/c.c": "", "d/Makefile": "", "d/e/f.c": "", "g.c": ""})
    )
    assert Project().siblings("d/b.c") == ["d/a.h", "d/c.c"]
    assert Project().siblings("./d/b.c") == ["./d/a.h", "./d/c.c"]
    assert Project().siblings("g.c") == []


def test_mentioning_wants_a_whole_word(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(
        tree({"d/a.c": "foo_mmap(x)", "d/b.c": "foo_mmap_x", "d/e/c.h": "/* foo_mmap */", "f.c": "foo_mmap"})
    )
    assert Project().mentioning("foo_mmap", ["d"]) == ("d/a.c", "d/e/c.h")
    assert Project().mentioning("foo_mmap", ["f.c", "d/b.c"]) == ("f.c",)
    assert Project().mentioning("nothing", ["d", "missing"]) == ()


NAMES = [f"foo{at}_mmap" for at in range(40)]


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are read from here on."""
    read: list[str] = []
    reader = Reader.read

    def noted(self: Reader, path: str) -> memoryview | None:
        read.append(path)
        return reader(self, path)

    monkeypatch.setattr(Reader, "read", noted)
    return read


@pytest.mark.parametrize("scope", ["a folder", "its files"])
def test_what_many_words_are_looked_for_in_is_read_a_few_times(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    monkeypatch.chdir(tree({f"d/h{at:02}.c": f"{name}\nx{NAMES[-1]} y" for at, name in enumerate(NAMES)}))
    read = counted(monkeypatch)
    project = Project()

    def mentioning(name: str) -> Sequence[str]:
        return project.mentioning(name, ["d"] if scope == "a folder" else project.beside("d/h20.c"))

    found = [mentioning(name) for name in NAMES]
    own = [f"d/h{at:02}.c" for at in range(len(NAMES))]
    assert found == [() if scope != "a folder" and path == "d/h20.c" else (path,) for path in own]
    assert mentioning("y") == tuple(path for path in own if scope == "a folder" or path != "d/h20.c")
    assert mentioning("mmap") == ()
    assert len(read) <= (mentions.ASKED_BEFORE + 1) * len(NAMES)


@pytest.mark.parametrize("indexed", [1000, 10])
def test_what_is_too_much_to_be_searched_again_has_its_words_kept(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, indexed: int
) -> None:
    monkeypatch.setattr(mentions, "JOINED_BYTES", 10)
    monkeypatch.setattr(mentions, "INDEXED_BYTES", indexed)
    monkeypatch.setattr(mentions, "LOOKED_AT", 30)
    texts = {"d/a.c": "foo1_mmap a.b a - c", "d/b.c": "foo30_mmap b a c a.bc", "e/c.c": "foo1_mmap"}
    monkeypatch.chdir(tree(texts))
    read = counted(monkeypatch)
    project = Project()
    found = [project.mentioning(name, ["d"]) for name in NAMES]
    assert (found[1], found[30], found[31]) == (("d/a.c",), ("d/b.c",), ())
    assert [project.mentioning(name, ["d"]) for name in ("a.b", "-", "a", "")] == [
        ("d/a.c",),
        ("d/a.c",),
        ("d/a.c", "d/b.c"),
        (),
    ]
    del read[:]
    assert project.mentioning("bar_mmap", ["d"]) == ()
    assert len(read) == (0 if indexed == 1000 else 2)


def test_beside_a_file_it_is_not_asked_itself(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree({"d/a.c": "foo", "d/b.h": "foo", "d/e/c.c": "foo", "f.c": "foo"}))
    project = Project()
    assert project.mentioning_beside("foo", "d/a.c") == ("d/b.h",)
    assert project.mentioning_beside("foo", "d/") == ("d/a.c", "d/b.h")
    assert project.mentioning_beside("foo", "f.c") == ()
    assert project.mentioning_beside("foo", "nowhere/") == ()


def test_a_text_that_is_not_on_the_disk_sees_the_headers(tree: Tree) -> None:
    root = tree({"a.h": FOO})
    file = Project(root).model(SourceFile(f"{root}/new.c", b'#include "a.h"\n' + TABLE.encode()))
    assert file.entries()[0].struct == "file_operations"
    assert not os.path.lexists(f"{root}/new.c")


@pytest.mark.parametrize("manner", ["./drivers/{}", "drivers/{}"])
def test_a_file_keeps_the_name_that_it_was_given(
    manner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "drivers").mkdir()
    for name in ("foo.c", "bar.c"):
        (tmp_path / "drivers" / name).write_text("int foo_map(void);\n")
    monkeypatch.chdir(tmp_path)
    project = Project()
    first = project.file(manner.format("foo.c"))
    expected = [manner.format("bar.c"), manner.format("foo.c")]
    for scope in ("drivers", "./drivers", str(tmp_path / "drivers")):
        found = [path for path in project.mentioning("foo_map", [scope]) if not path.startswith("/")]
        assert found == (expected if not scope.startswith("/") else [manner.format("foo.c")])
    assert project.file("drivers/foo.c") is project.file("./drivers/foo.c") is first


def test_a_header_that_was_found_first_is_still_called_as_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "foo.h").write_text("struct foo;\n")
    monkeypatch.chdir(tmp_path)
    project = Project()
    assert project.file(str(tmp_path / "foo.h")).path == str(tmp_path / "foo.h")
    assert project.file("./foo.h").path == "./foo.h"
    assert project.file(str(tmp_path / "foo.h")).path == str(tmp_path / "foo.h")


def test_the_texts_of_a_folder_are_those_that_hold_a_word(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name, text in (("b.h", "f_op;\n"), ("a.c", "int f_op;\n"), ("c.c", "f_ops\n"), ("d.rs", "f_op\n")):
        (tmp_path / name).write_text(text)
    (tmp_path / "below/e.c").write_text("f_op\n")
    found = list(Project().texts(f"{tmp_path}/", "f_op"))
    assert found == [(f"{tmp_path}/a.c", b"int f_op;\n"), (f"{tmp_path}/b.h", b"f_op;\n")]
    assert list(Project().texts(f"{tmp_path}/nowhere/", "f_op")) == []


def test_a_question_is_asked_once() -> None:
    project, answers = Project(), iter((1, 2, 3))
    for question, answer in (("how many", 1), ("how many", 1), ("how many more", 2)):
        assert project.once(question, lambda: next(answers)) == answer
