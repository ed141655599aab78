# SPDX-License-Identifier: GPL-2.0-only
"""Names that headers, other files and the preprocessor have, or make."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import TABLE, c, convert, hook
from tests.convert.test_siblings import CALL, MAP, Outcome, made
from tests.drivers import GOOD_HOOK

SEES = '#include "foo.h"\n'
GLOBAL = GOOD_HOOK.replace("static int foo_mmap", "int foo_mmap")
PROTOTYPE = "int foo_mmap(struct file *file, struct vm_area_struct *vma);\n"
USER = "int bar(struct file *file, struct vm_area_struct *vma)\n{\n\treturn HOOK(%s)(file, vma);\n}\n"
STATIC_MAP = c(MAP).replace("int foo_map", "static int foo_map").replace(SEES, "")


def _in_tree(folder: Path, files: dict[str, str]) -> Outcome:
    return made(folder, files, "drivers/foo/foo.c", folder)


@pytest.mark.parametrize(
    ("header", "codes"),
    [
        ("#ifndef CONFIG_FOO\n#define foo_mmap NULL\n#endif\n", {"referred-to"}),
        ("#define foo_mmap bar_mmap\n", {"referred-to"}),
        ("struct bar {\n\tint (*foo_mmap)(int n);\n};\n", set()),
        ("/* What foo_mmap() maps. */\n#define FOO_PAGES 4\n", set()),
        ("#define foo_mmap_prepare NULL\n", {"name-taken"}),
        ("int foo_mmap_prepare(struct foo *foo);\n", {"name-taken"}),
        ("/* There is no foo_mmap_prepare() yet. */\n", set()),
    ],
)
@pytest.mark.parametrize("path", ["drivers/foo/foo.h", "include/linux/foo.h"])
def test_what_a_header_says_of_the_name(header: str, codes: set[str], path: str, tmp_path: Path) -> None:
    include = "#include <linux/foo.h>\n" if path.startswith("include") else SEES
    files = {path: header, "drivers/foo/foo.c": f"{include}#ifdef CONFIG_FOO\n{GOOD_HOOK}#endif\n"}
    assert _in_tree(tmp_path, files).codes == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("int foo_mmap_prepare(struct foo *foo)\n{\n\treturn 0;\n}\n", {"name-taken"}),
        ("static int foo_mmap_prepare(struct foo *foo)\n{\n\treturn 0;\n}\n", set()),
    ],
    ids=["global", "static"],
)
def test_the_new_name_of_a_global_hook_in_another_file(text: str, codes: set[str], tmp_path: Path) -> None:
    assert made(tmp_path, {"foo.c": GLOBAL, "bar.c": text}).codes == codes


PASTED = [
    pytest.param("#define HOOK(name) name##_mmap\n", "foo", {"referred-to"}, id="a suffix"),
    pytest.param("#define HOOK(name) foo_##name\n", "mmap", {"referred-to"}, id="a prefix"),
    pytest.param("#define HOOK(name) foo ## _ ## name\n", "mmap", {"referred-to"}, id="three parts"),
    pytest.param("#define HOOK(a, b) a##b\n", "foo_, mmap", {"referred-to"}, id="two parameters"),
    pytest.param(
        "#define MAKE(name, what) name##_##what\n#define HOOK(name) MAKE(name, mmap)\n",
        "foo",
        {"referred-to"},
        id="by another macro",
    ),
    pytest.param("#define HOOK(name) name##_mmap\n", "baz", set(), id="of another driver"),
    pytest.param("#define HOOK(name) name##_open\n", "foo", set(), id="another name"),
    pytest.param('#define HOOK(name) bar_mmap("x" #name)\n', "foo", set(), id="no name"),
]


@pytest.mark.parametrize(("macro", "given", "codes"), PASTED)
def test_a_macro_that_makes_the_name(macro: str, given: str, codes: set[str], tmp_path: Path) -> None:
    found = convert(GOOD_HOOK + macro + USER % given)
    assert found.codes == codes
    files = {"foo.h": macro, "foo.c": SEES + GOOD_HOOK + USER % given}
    assert made(tmp_path, files).codes == codes


@pytest.mark.parametrize(("macro", "given", "codes"), PASTED)
def test_a_macro_of_another_file_that_makes_the_name(
    macro: str, given: str, codes: set[str], tmp_path: Path
) -> None:
    files = {"foo.h": PROTOTYPE, "foo.c": SEES + GLOBAL, "bar.c": SEES + macro + USER % given}
    assert made(tmp_path / "global", files).codes == codes
    static = {"foo.c": GOOD_HOOK, "bar.c": macro + USER % given}
    assert made(tmp_path / "static", static).codes == set()


def test_a_helper_whose_name_a_macro_makes_stays() -> None:
    made_call = "#define CALL(n, foo, vma) n##_map(foo, vma)\n"
    use = "int bar(struct foo *foo, struct vm_area_struct *vma)\n{\n\treturn CALL(foo, foo, vma);\n}\n"
    text = STATIC_MAP + hook(CALL) + TABLE
    found = convert(made_call + text + use)
    assert found.tier is Tier.COMPLETE
    assert found.new is not None
    assert STATIC_MAP.strip() in found.new
    assert "foo_map_desc(" in found.new
    assert "foo_map_desc(" not in (convert(text).new or "foo_map_desc(")


def test_a_helper_that_a_header_replaces_in_other_builds_is_unknown(tmp_path: Path) -> None:
    header = "#ifndef CONFIG_FOO\n#define foo_map(foo, vma) bar_map(foo, vma)\n#endif\n"
    text = f"#ifdef CONFIG_FOO\n{STATIC_MAP}\n#endif\n{hook(CALL)}{TABLE}"
    assert made(tmp_path, {"foo.h": header, "foo.c": SEES + text}).codes == {"helper"}
    assert made(tmp_path / "plain", {"foo.h": "", "foo.c": SEES + text}).codes == set()


@pytest.mark.parametrize("weak", [True, False])
def test_a_weak_hook_changes_with_what_takes_its_place(weak: bool, tmp_path: Path) -> None:
    strong = GLOBAL[: GLOBAL.index("static const struct")]
    files = {
        "drivers/foo/foo.h": PROTOTYPE,
        "drivers/foo/foo.c": SEES + (GLOBAL.replace("int foo", "int __weak foo") if weak else GLOBAL),
        "arch/x86/kernel/foo.c": strong,
    }
    found = _in_tree(tmp_path, files)
    assert found.codes == set()
    assert (found.files["arch/x86/kernel/foo.c"] == strong) is not weak


@pytest.mark.parametrize(
    ("declared", "codes"),
    [
        ("extern " + PROTOTYPE, {"referred-to"}),
        ("static " + PROTOTYPE, set()),
        ("/* extern foo_mmap(); */\n", set()),
    ],
)
def test_a_far_file_that_declares_the_hook_itself(declared: str, codes: set[str], tmp_path: Path) -> None:
    files = {
        "drivers/foo/foo.h": PROTOTYPE,
        "drivers/foo/foo.c": SEES + GLOBAL,
        "sound/bar.c": declared,
    }
    assert _in_tree(tmp_path, files).codes == codes


def test_what_a_header_must_know_stands_in_no_function(tmp_path: Path) -> None:
    header = STATIC_MAP.lstrip().replace("static int", "static inline int")
    other = SEES + "int bar(struct foo *foo, struct vm_area_struct *vma)\n{\n\treturn foo_map(foo, vma);\n}\n"
    found = made(tmp_path, {"foo.h": header, "foo.c": SEES + hook(CALL) + TABLE, "bar.c": other})
    assert found.codes == set()
    assert found.files["foo.h"].startswith("struct vm_area_desc;\n\n" + header.rstrip())


@pytest.mark.parametrize("argument", ["unsigned long length_of_the_part_that_is_mapped", "int length"])
def test_what_a_header_must_know_stands_in_front_of_a_prototype_that_is_broken_anew(
    argument: str, tmp_path: Path
) -> None:
    header = f"int foo_map(struct vm_area_struct *vma, {argument});\n"
    other = (
        SEES
        + f"""
int foo_map(struct vm_area_struct *vma, {argument})
{{
	return remap_pfn_range(vma, vma->vm_start, 1, vma->vm_end - vma->vm_start, vma->vm_page_prot);
}}
"""
    )
    call = "return foo_map(vma, 1);"
    found = made(tmp_path, {"foo.h": header, "foo.c": SEES + hook(call) + TABLE, "bar.c": other})
    assert found.codes == set()
    words = " ".join(found.files["foo.h"].split())
    assert words == f"struct vm_area_desc; int foo_map(struct vm_area_desc *desc, {argument});"
