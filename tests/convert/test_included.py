# SPDX-License-Identifier: GPL-2.0-only
"""Who else names a hook or a helper: what its file includes, what includes it, assembly, a folder above."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import REMAP, TABLE, c, convert, hook
from tests.convert.test_siblings import Outcome, made

HELPER = c(f"""
static int foo_map(struct vm_area_struct *vma)
{{
        return {REMAP};
}}
""")
HOOK = hook("return foo_map(vma);")
CALLS = "static int bar(struct vm_area_struct *vma)\n{\n\treturn foo_map(vma);\n}\n"


def _has_twin(found: Outcome, path: str = "foo.c") -> bool:
    assert found.conversion.tier is Tier.COMPLETE, found.codes
    return "foo_map_desc(" in found.files[path]


@pytest.mark.parametrize("name", ["foo_test.c", "foo_more.h", "foo_part.inc", "tests/foo.h"])
@pytest.mark.parametrize("behind", [True, False])
def test_a_static_helper_that_an_included_file_calls_stays(name: str, behind: bool, tmp_path: Path) -> None:
    line = f'#include "{name}"\n'
    text = f"{HELPER}\n{HOOK}{TABLE}{line}" if behind else f"{HELPER}\n{line}{HOOK}{TABLE}"
    assert _has_twin(made(tmp_path / "calls", {"foo.c": text, name: CALLS}))
    other = CALLS.replace("foo_map(", "/* foo_map( */ bar_map(")
    assert not _has_twin(made(tmp_path / "other", {"foo.c": text, name: other}))


def test_a_static_helper_that_a_macro_of_a_header_calls_stays(tmp_path: Path) -> None:
    text = f'#include "foo.h"\n\n{HELPER}\n{HOOK}{TABLE}'
    assert _has_twin(made(tmp_path, {"foo.c": text, "foo.h": "#define MAP(vma) foo_map(vma)\n"}))


@pytest.mark.parametrize(("name", "codes"), [("foo_limit", set()), ("vm_end", {"redefined"})])
def test_what_the_user_of_a_header_gives_to_its_helper(name: str, codes: set[str], tmp_path: Path) -> None:
    checks = "static inline bool fits(struct vm_area_struct *vma)\n{\n\treturn vma->vm_end < foo_limit;\n}\n"
    own = hook("if (!fits(vma))\n        return -EINVAL;\nvm_flags_set(vma, VM_IO);\nreturn 0;")
    text = f'#define {name} foo_end()\n#include "foo.h"\n\n{own}{TABLE}'
    assert made(tmp_path, {"foo.c": text, "foo.h": checks}).codes == codes


@pytest.mark.parametrize(("static", "twin"), [("", True), ("static ", False)])
def test_a_global_helper_that_no_header_declares_may_be_called_anywhere(
    static: str, twin: bool, tmp_path: Path
) -> None:
    own = HELPER.replace("static ", static) + f"\n{HOOK}{TABLE}"
    far = "extern int foo_map(struct vm_area_struct *vma);\n" + CALLS
    files = {"drivers/foo/foo.c": own, "sound/bar.c": far}
    assert _has_twin(made(tmp_path, files, "drivers/foo/foo.c", tmp_path), "drivers/foo/foo.c") is twin


def test_a_file_of_the_folder_above_that_includes_a_helpers(tmp_path: Path) -> None:
    files = {"sub/foo.c": f"{HELPER}\n{HOOK}{TABLE}", "main.c": f'#include "sub/foo.c"\n{CALLS}'}
    assert _has_twin(made(tmp_path / "calls", files, "sub/foo.c"), "sub/foo.c")
    files["main.c"] = CALLS
    assert not _has_twin(made(tmp_path / "alone", files, "sub/foo.c"), "sub/foo.c")


def test_a_file_of_the_folder_above_that_includes_a_hooks(tmp_path: Path) -> None:
    own = hook(f"return {REMAP};") + TABLE
    call = "static int bar(struct file *f, struct vm_area_struct *v)\n{\n\treturn foo_mmap(f, v);\n}\n"
    files = {"sub/foo.c": own, "main.c": f'#include "sub/foo.c"\n{call}'}
    assert made(tmp_path / "calls", files, "sub/foo.c").codes == {"referred-to"}
    files["main.c"] = call
    assert made(tmp_path / "another", files, "sub/foo.c").codes == set()


@pytest.mark.parametrize("rooted", [True, False])
@pytest.mark.parametrize(
    ("name", "include"),
    [("foo/sub/bar.c", "../foo.c"), ("bar/bar.c", "../foo/foo.c"), ("foo/a/b/bar.c", "../../foo.c")],
)
def test_a_file_of_another_folder_that_includes_a_hooks(
    name: str, include: str, rooted: bool, tmp_path: Path
) -> None:
    own = hook(f"return {REMAP};") + TABLE
    call = "static int bar(struct file *f, struct vm_area_struct *v)\n{\n\treturn foo_mmap(f, v);\n}\n"
    inside = f"drivers/{name}"

    def codes(case: str, **more: str) -> set[str]:
        folder = tmp_path / case
        return made(folder, files | more, "drivers/foo/foo.c", folder if rooted else None).codes

    files = {"drivers/foo/foo.c": own, inside: f'#include "{include}"\n{call}', "drivers/Makefile": ""}
    assert codes("calls") == {"referred-to"}
    files[inside] = f'#define remap_pfn_range bar_remap\n#include "{include}"\n'
    assert codes("redefines") == {"redefined"}
    files[inside] = f'#include "{include}"\n'
    assert codes("neither") == set()
    # That one has a foo.c of its own.
    files[inside] = f'#include "foo.c"\n{call}'
    files[f"{inside.rpartition('/')[0]}/foo.c"] = own
    assert codes("another") == set()


@pytest.mark.parametrize("extern", ["extern ", ""])
def test_a_far_file_that_declares_the_hook_itself(extern: str, tmp_path: Path) -> None:
    prototype = f"{extern}int foo_mmap(struct file *file, struct vm_area_struct *vma);\n"
    call = "int bar(struct file *f, struct vm_area_struct *v)\n{\n\treturn foo_mmap(f, v);\n}\n"
    files = {
        "drivers/foo/foo.h": prototype,
        "drivers/foo/foo.c": '#include "foo.h"\n' + hook(f"return {REMAP};").removeprefix("static ") + TABLE,
        "sound/bar.c": prototype + call,
    }
    path = "drivers/foo/foo.c"
    assert made(tmp_path / "one", files, path, tmp_path / "one").codes == {"referred-to"}
    files["sound/bar.c"] = "static " + prototype.removeprefix("extern ") + call
    files["sound/bar.c"] += hook("return -ENODEV;")
    assert made(tmp_path / "two", files, path, tmp_path / "two").codes == set()


def test_a_path_that_does_not_spell_the_folder_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "main.c").write_text('#include "d/foo.c"\nint bar = sizeof(foo_mmap);\n')
    monkeypatch.chdir(tmp_path / "d")
    own = hook(f"return {REMAP};") + TABLE
    assert made(Path(), {"foo.c": own}).codes == {"referred-to"}
    (tmp_path / "main.c").write_text('#include "d/foo.c"\nint bar = sizeof(foo_open);\n')
    assert made(Path(), {"foo.c": own}).codes == set()


@pytest.mark.parametrize("name", ["bar.S", "bar.inc"])
def test_a_global_function_that_no_c_file_names(name: str, tmp_path: Path) -> None:
    text = (hook(f"return {REMAP};") + TABLE).removeprefix("static ")
    files = {"foo.c": text, name: "\tcall\tfoo_mmap\n"}
    assert made(tmp_path / "hook", files).codes == {"referred-to"}
    files[name] = "\tcall\tfoo_mmap_2\n"
    assert made(tmp_path / "another hook", files).codes == set()
    files = {"foo.c": f"{HELPER.removeprefix('static ')}\n{HOOK}{TABLE}", name: "\tcall\tfoo_map\n"}
    assert _has_twin(made(tmp_path / "helper", files))
    files["foo.c"] = f"{HELPER}\n{HOOK}{TABLE}"
    assert not _has_twin(made(tmp_path / "static", files))


@pytest.mark.parametrize("built", [True, False])
def test_the_other_folders_of_a_driver_outside_of_a_tree(built: bool, tmp_path: Path) -> None:
    proto = "int foo_map(struct vm_area_struct *vma);\n"
    files = {
        "d/sub/foo.c": f"{HELPER.removeprefix('static ')}\n{HOOK}{TABLE}",
        "d/main.c": proto + CALLS,
        "d/Makefile" if built else "d/README": "obj-m += foo.o\n",
    }
    assert _has_twin(made(tmp_path / "helper", files, "d/sub/foo.c"), "d/sub/foo.c") is built
    files["d/sub/foo.c"] = (hook(f"return {REMAP};") + TABLE).removeprefix("static ")
    files["d/main.c"] = "int bar(struct file *f, struct vm_area_struct *v)\n{\n\treturn foo_mmap(f, v);\n}\n"
    codes = made(tmp_path / "hook", files, "d/sub/foo.c").codes
    assert codes == ({"called-by-name"} if built else set())


@pytest.mark.parametrize(
    ("declared", "codes"),
    [
        ("static typeof(foo_mmap) foo_other;", {"referred-to"}),
        ("static __typeof__ ( foo_mmap ) *foo_hook;", {"referred-to"}),
        ("static typeof(foo_open) foo_other;", set()),
    ],
)
def test_a_type_that_is_taken_of_the_hook(declared: str, codes: set[str]) -> None:
    text = f"{hook(f'return {REMAP};')}{declared}\n{TABLE}"
    assert convert(f"static unsigned long foo_pfn;\n\n{text}").codes == codes


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("#include <foo.h>", "foo.h"),
        ("#include <foo/foo.h>", "foo/foo.h"),
        ("#include <foo/foo.h>", "include/foo/foo.h"),
        ('#include "foo.h"', "include/foo.h"),
        ('#include "foo.h"', "../include/foo.h"),
        ('#define MORE "foo.h"\n#include MORE', "foo.h"),
    ],
)
def test_a_header_that_only_the_build_finds(line: str, name: str, tmp_path: Path) -> None:
    own = f"{line}\n\n{hook(f'return {REMAP};')}{TABLE}"
    place = tmp_path / "d" / "src"
    files = {"foo.c": own, name: "#define GO(f, v) foo_mmap(f, v)\n"}
    assert made(place, files).codes == {"referred-to"}
    files[name] = "/* foo_mmap() is elsewhere */\n"
    assert made(place, files).codes == set()
    files = {"foo.c": f"{line}\n\n{HELPER}\n{HOOK}{TABLE}", name: "#define GO(v) foo_map(v)\n"}
    assert _has_twin(made(place, files))
    files["foo.c"] = f"{HELPER}\n{HOOK}{TABLE}"
    assert not _has_twin(made(place, files))
