# SPDX-License-Identifier: GPL-2.0-only
"""What the Makefiles around a file give to its compiler."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmapmigrate.model.makefiles import Given, Makefiles, folders_up

PATH = "drivers/a/sub/b.c"


def given(folder: Path, files: dict[str, str], path: str = PATH, root: bool = True) -> Given:
    """What the file ``path`` of a tree with ``files`` gets; paths are relative to the tree."""
    for name in (*files, path):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(files.get(name, ""))
    found = Makefiles(folder if root else None).of(str(folder / path))
    top = len(f"{folder}/")
    return Given(
        tuple(one[top:] for one in found.folders),
        tuple(one[top:] for one in found.headers),
        tuple((path[top:], text) for path, text in found.macros),
    )


def macros(folder: Path, makefile: str, path: str = PATH, name: str = "Makefile") -> str:
    found = given(folder, {f"drivers/a/sub/{name}": makefile + "\n"}, path).macros
    return "".join(text.decode() for _, text in found).strip()


@pytest.mark.parametrize(
    ("makefile", "macro"),
    [
        pytest.param("ccflags-y += -Dfoo=bar", "foo bar", id="list"),
        pytest.param("ccflags-$(CONFIG_A) := -Dfoo=bar", "foo bar", id="choice"),
        pytest.param("subdir-ccflags-y=-Dfoo=bar", "foo bar", id="below"),
        pytest.param("KBUILD_CPPFLAGS += -O2 -Dfoo=bar -Wall", "foo bar", id="between others"),
        pytest.param("EXTRA_CFLAGS += -D foo=bar", "foo bar", id="apart"),
        pytest.param("MINE := -Dfoo=bar\nccflags-y += $(MINE)", "foo bar", id="by a variable"),
        pytest.param("ccflags-y := -g \\\n\t-Dfoo=bar", "foo bar", id="continued"),
        pytest.param("ccflags-y += -D'foo(x)=bar(x, 1)'", "foo(x) bar(x, 1)", id="quoted"),
        pytest.param('ccflags-y += "-Dfoo=bar baz"', "foo bar", id="quoted as a whole"),
        pytest.param('ccflags-y += -Dfoo=\\"bar\\"', 'foo "bar"', id="string"),
        pytest.param("ccflags-y += $(if $(A),-Dfoo=bar)", "foo bar", id="function"),
        pytest.param("ccflags-y += -Dfoo", "foo 1", id="without a value"),
        pytest.param("ccflags-y += -Dfoo=", "foo", id="nothing"),
        pytest.param("CFLAGS_b.o := -Dfoo=bar", "foo bar", id="object"),
        pytest.param("CFLAGS_sub/b.o := -Dfoo=bar", "foo bar", id="object below"),
        pytest.param("all:\n\tmake -C $(K) M=$(PWD) EXTRA_CFLAGS=-Dfoo=bar", "foo bar", id="recipe"),
    ],
)
@pytest.mark.parametrize("name", ["Makefile", "Kbuild"])
def test_a_macro(makefile: str, macro: str, name: str, tmp_path: Path) -> None:
    assert macros(tmp_path, makefile, name=name) == f"#define {macro}"


@pytest.mark.parametrize(
    "makefile",
    [
        "# ccflags-y += -Dfoo=bar",
        "# SPDX-License-Identifier: GPL-2.0",
        "CFLAGS_c.o := -Dfoo=bar",
        "CFLAGS_REMOVE_b.o := -Dfoo=bar",
        "ccflags-remove-y := -Dfoo=bar",
        "asflags-y := -Dfoo=bar",
        "HOSTCFLAGS += -Dfoo=bar",
        "ccflags-y += -fno-Dfoo",
        "ccflags-y += -D$(FOO)",
        "ccflags-y += -D",
    ],
)
def test_what_is_none(makefile: str, tmp_path: Path) -> None:
    assert macros(tmp_path, makefile) == ""


def test_a_macro_has_the_line_of_its_makefile(tmp_path: Path) -> None:
    files = {"drivers/a/Makefile": "# one\n\nccflags-y += -Dfoo=1 -Dbar\n"}
    [(path, text)] = given(tmp_path, files).macros
    assert path == "drivers/a/Makefile"
    assert text == b"\n\n#define foo 1\n#define bar 1\n"


def test_the_makefiles_above_up_to_the_tree(tmp_path: Path) -> None:
    files = {f"{place}Makefile": f"F += -D{name}\n" for place, name in (("", "top"), ("drivers/", "drivers"))}
    assert [path for path, _ in given(tmp_path / "in", files).macros] == ["drivers/Makefile"]
    assert given(tmp_path / "apart", files, root=False).macros == ()
    files["drivers/a/Kbuild"] = ""
    found = given(tmp_path / "out", files, root=False).macros
    assert [path for path, _ in found] == ["drivers/Makefile", "Makefile"]


def test_no_makefile_above_a_repository(tmp_path: Path) -> None:
    files = {
        "drivers/Makefile": "F += -Dfoo\n",
        "drivers/a/.git/HEAD": "",
        "drivers/a/Kbuild": "F += -Dbar\n",
    }
    assert [path for path, _ in given(tmp_path, files, root=False).macros] == ["drivers/a/Kbuild"]


def test_a_makefile_that_another_includes(tmp_path: Path) -> None:
    files = {
        "drivers/a/Makefile": "include $(src)/flags.mk\n-include more.mk none.mk\n",
        "drivers/a/flags.mk": "ccflags-y += -Dfoo\ninclude $(src)/flags.mk\n",
        "drivers/a/more.mk": "ccflags-y += -Dbar\n",
    }
    found = given(tmp_path, files)
    assert [path for path, _ in found.macros] == ["drivers/a/flags.mk", "drivers/a/more.mk"]
    assert found.headers == ()


@pytest.mark.parametrize(
    "flag",
    [
        "-I$(src)/inc",
        "-I $(src)/inc",
        "-I$(srctree)/$(src)/inc",
        "-I${src}/inc",
        "-I$M/inc",
        "-I$(srctree)/drivers/a/inc",
        "-Idrivers/a/inc",
        "-Iinc",
        "-I$(src)/sub/../inc",
        "-I$(shell pwd)/inc",
        "-I$(dir $(lastword $(MAKEFILE_LIST)))inc",
        "-I$(TOP_OF_IT)/a/inc",
        "-isystem $(src)/inc",
        "$(addprefix -I,$(src)/inc)-I$(src)/inc",
    ],
)
def test_a_folder_of_headers(flag: str, tmp_path: Path) -> None:
    files = {"drivers/a/Makefile": f"ccflags-y += {flag}\n", "drivers/a/inc/c.h": ""}
    assert given(tmp_path, files).folders == ("drivers/a/inc",)


def test_variables_of_a_makefile_are_followed(tmp_path: Path) -> None:
    text = "TOP = $(src)/..\nINC := $(TOP)/x $(TOP)\nINC := $(TOP)/inc\nccflags-y += -I$(INC)\n"
    files = {"drivers/a/Makefile": text, "drivers/inc/c.h": ""}
    assert given(tmp_path, files).folders == ("drivers/inc",)


def test_variables_hold_in_what_a_makefile_includes(tmp_path: Path) -> None:
    files = {
        "drivers/a/Makefile": "TOP ?= $(CURDIR)/..\ninclude $(TOP)/common.mk\n",
        "drivers/common.mk": "ccflags-y += -I$(TOP)/inc\n",
        "drivers/inc/c.h": "",
    }
    assert given(tmp_path, files, "drivers/a/b.c", root=False).folders == ("drivers/inc",)


@pytest.mark.parametrize(
    "flag", ["-I$(srctree)/include", "-Iinclude/drm", "-I$(srctree)/arch/x86/include", "-I$(KERNEL)/include"]
)
def test_the_kernels_own_headers_are_no_drivers(flag: str, tmp_path: Path) -> None:
    kernel = ("include/linux/kconfig.h", "include/drm/drm.h", "arch/x86/include/asm/io.h")
    files = dict.fromkeys(kernel, "") | {"drivers/a/Makefile": f"ccflags-y += {flag}\n"}
    assert given(tmp_path, files).folders == ()
    below = {f"drivers/linux/{name}": text for name, text in files.items() if name.startswith("include")}
    assert given(tmp_path, below | {"drivers/Makefile": "F += -I$(src)/linux/include\n"}).folders == ()


@pytest.mark.parametrize(
    "flags",
    [
        "-include $(src)/inc/c.h",
        "-include inc/c.h",
        "-include drivers/a/inc/c.h",
        "-I$(src)/inc -include c.h",
        "-imacros $(srctree)/$(src)/inc/c.h",
        "-include $(M)/inc/c.h",
    ],
)
def test_a_header_in_front(flags: str, tmp_path: Path) -> None:
    files = {"drivers/a/Makefile": f"ccflags-y += {flags}\n", "drivers/a/inc/c.h": ""}
    assert given(tmp_path, files).headers == ("drivers/a/inc/c.h",)


def test_a_header_of_the_kernel_in_front_is_the_kernels(tmp_path: Path) -> None:
    text = "ccflags-y += -include $(srctree)/include/linux/hidden.h -include missing.h\n"
    files = {"drivers/a/Makefile": text, "include/linux/hidden.h": ""}
    assert given(tmp_path, files).headers == ()


@pytest.mark.parametrize(
    ("cwd", "path", "folder"),
    [
        ("a", "b.c", "inc"),
        ("a", "./b.c", "./inc"),
        ("a/inc", "../b.c", "../inc"),
        (".", "a/b.c", "a/inc"),
        (".", "./a/b.c", "./a/inc"),
    ],
)
def test_paths_are_written_as_the_files(
    cwd: str, path: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(tmp_path, {"a/Makefile": "F += -I$(src)/inc\n", "a/inc/c.h": ""}, "a/b.c")
    monkeypatch.chdir(tmp_path / cwd)
    assert Makefiles(None).of(path).folders == (folder,)


def test_makefiles_that_go_round_in_circles_end(tmp_path: Path) -> None:
    many = " ".join(["$(A)"] * 200)
    files = {
        "drivers/a/Makefile": f"A = {many}\nF += -I$(A)/x -include $(A)\ninclude $(A)\nB = \\\n"
        + " \\\n" * 9999
    }
    assert given(tmp_path, files).macros == ()


def test_a_makefile_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "drivers/a/Makefile").mkdir(parents=True)
    os.mkfifo(tmp_path / "drivers/a/Kbuild")
    assert given(tmp_path, {"drivers/Makefile": "F += -Dfoo\xff(\n-D-I-include \n"}) is not None


@pytest.mark.parametrize(
    ("folder", "above"),
    [
        ("a/b/c", ["a/b/c", "a/b", "a", "."]),
        ("a/b/c/d", ["a/b/c/d", "a/b/c", "a/b", "a"]),
        ("a", ["a", "."]),
        ("x/y", ["x/y"]),
    ],
)
def test_the_folders_of_a_driver(
    folder: str, above: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = tmp_path / "top"
    for name in ("a", "a/b", "a/b/c", "a/b/c/d", "x", "x/y"):
        (top / name).mkdir(parents=True)
    for name in ("Makefile", "a/Kbuild", "a/b/Makefile.in", "a/b/c/Makefile", "x/y/Makefile"):
        (top / name).touch()
    monkeypatch.chdir(top)
    assert list(folders_up(folder, None)) == above
