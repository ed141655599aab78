# SPDX-License-Identifier: GPL-2.0-only
"""Helpers and effects that stand in another file of the driver than the hook."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mmapmigrate.cli.app import run
from mmapmigrate.convert.conversion import Conversion, Tier
from mmapmigrate.convert.engine import Converter
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.edit import apply_edits
from tests.convert.support import REMAP, TABLE, c, hook, snapshot

HEADER = """\
#include <linux/mm.h>

struct foo;

int foo_map(struct foo *foo, struct vm_area_struct *vma);
int foo_ready(struct foo *foo);
"""

MAP = f"""
#include "foo.h"

int foo_map(struct foo *foo, struct vm_area_struct *vma)
{{
        if (vma->vm_pgoff)
                return -EINVAL;
        return {REMAP};
}}
"""

CALL = "return foo_map(file->private_data, vma);"


@dataclass(frozen=True)
class Outcome:
    """A conversion and the files as it leaves them."""

    conversion: Conversion
    files: Mapping[str, str]

    @property
    def codes(self) -> set[str]:
        return {reason.code for reason in self.conversion.reasons}


def made(folder: Path, files: Mapping[str, str], path: str = "foo.c", root: Path | None = None) -> Outcome:
    """Write ``files`` to ``folder`` and convert the first hook of one of them."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    project = Project(root)
    file = project.file(str(folder / path))
    entry = next(entry for entry in file.entries() if entry.member == "mmap")
    conversion = Converter(project, snapshot()).conversion(file, entry)
    assert conversion.defect is None, conversion.defect
    after = {
        name: apply_edits(text.encode(), conversion.edits.get(str(folder / name), ())).decode()
        for name, text in files.items()
    }
    return Outcome(conversion, after)


def user(body: str = CALL, name: str = "foo", include: str = "foo.h") -> str:
    """A file with a hook and its table."""
    text = f'#include "{include}"\n\n{hook(body)}{TABLE}'
    return text.replace("foo_mmap", f"{name}_mmap").replace("foo_fops", f"{name}_fops")


def driver(**others: str) -> dict[str, str]:
    """The files of a driver whose hook calls foo_map() of map.c."""
    files = {"foo.h": HEADER, "foo.c": user(), "map.c": c(MAP)}
    return files | {name.replace("_", "."): text for name, text in others.items()}


def test_a_helper_of_a_sibling_changes_with_its_prototype(tmp_path: Path) -> None:
    found = made(tmp_path, driver())
    assert found.conversion.reasons == ()
    assert sorted(Path(path).name for path in found.conversion.files) == ["foo.c", "foo.h", "map.c"]
    assert found.files["map.c"] == '#include "foo.h"\n\n' + c(
        """
        int foo_map(struct foo *foo, struct vm_area_desc *desc)
        {
                if (desc->pgoff)
                        return -EINVAL;
                mmap_action_remap_full(desc, foo_pfn);
                return 0;
        }
        """
    )
    assert "int foo_map(struct foo *foo, struct vm_area_desc *desc);\nint foo_ready" in found.files["foo.h"]
    assert "return foo_map(file->private_data, desc);" in found.files["foo.c"]
    assert "vm_area_struct" not in "".join(found.files.values())


def test_a_helper_with_mmap_in_its_name_is_renamed_everywhere(tmp_path: Path) -> None:
    files = {name: text.replace("foo_map", "foo_do_mmap") for name, text in driver().items()}
    found = made(tmp_path, files)
    assert found.conversion.reasons == ()
    assert "int foo_do_mmap_prepare(struct foo *foo, struct vm_area_desc *desc);" in found.files["foo.h"]
    assert "int foo_do_mmap_prepare(struct foo *foo, struct vm_area_desc *desc)\n{" in found.files["map.c"]
    assert "return foo_do_mmap_prepare(file->private_data, desc);" in found.files["foo.c"]


def test_a_prototype_that_becomes_too_long_is_broken(tmp_path: Path) -> None:
    name = "foo_driver_mmap_registers_of"
    files = {name_: text.replace("foo_map", name) for name_, text in driver().items()}
    old = f"int {name}(struct foo *foo, struct vm_area_struct *vma);\n"
    assert old in files["foo.h"]
    assert len(old) <= 80
    found = made(tmp_path, files)
    head = "int foo_driver_mmap_prepare_registers_of("
    tabs = "\t" * (len(head) // 8) + " " * (len(head) % 8)
    assert f"{head}struct foo *foo,\n{tabs}struct vm_area_desc *desc);\n" in found.files["foo.h"]


OTHER = """\
#include "foo.h"

int bar(struct foo *foo, struct vm_area_struct *vma)
{
\treturn foo_map(foo, vma);
}
"""


def test_a_helper_with_other_callers_stays_and_gets_a_twin_with_a_prototype(tmp_path: Path) -> None:
    found = made(tmp_path, driver(other_c=OTHER))
    assert found.conversion.reasons == ()
    assert found.files["other.c"] == OTHER
    assert found.files["map.c"].startswith(c(MAP))
    assert "\n\nint foo_map_desc(struct foo *foo, struct vm_area_desc *desc)\n{" in found.files["map.c"]
    assert (
        "int foo_map(struct foo *foo, struct vm_area_struct *vma);\n"
        "int foo_map_desc(struct foo *foo, struct vm_area_desc *desc);\n"
    ) in found.files["foo.h"]
    assert "return foo_map_desc(file->private_data, desc);" in found.files["foo.c"]


@pytest.mark.parametrize(
    "export",
    ["EXPORT_SYMBOL(foo_map);", "EXPORT_SYMBOL_GPL(foo_map);", 'EXPORT_SYMBOL_NS_GPL(foo_map, "FOO");'],
)
def test_the_twin_of_an_exported_helper_is_exported_alike(export: str, tmp_path: Path) -> None:
    found = made(tmp_path, driver(map_c=f"{c(MAP)}\n{export}\n"))
    assert found.conversion.reasons == ()
    new = export.replace("foo_map", "foo_map_desc")
    assert f"}}\n{export}\n\nint foo_map_desc(" in found.files["map.c"]
    assert found.files["map.c"].endswith(f"}}\n{new}\n")


def test_the_twin_is_exported_where_the_old_line_stands_elsewhere(tmp_path: Path) -> None:
    found = made(tmp_path, driver(map_c=f"{c(MAP)}\nstatic int foo_last;\nEXPORT_SYMBOL_GPL(foo_map);\n"))
    assert found.conversion.reasons == ()
    assert "}\nEXPORT_SYMBOL_GPL(foo_map_desc);\n\nstatic int foo_last;" in found.files["map.c"].replace(
        ";\nstatic", ";\n\nstatic"
    )


def test_a_helper_that_another_file_exports_is_for_a_person(tmp_path: Path) -> None:
    found = made(tmp_path, driver(syms_c='#include "foo.h"\n\nEXPORT_SYMBOL(foo_map);\n'))
    assert found.codes == {"helper"}


STUB = """
#ifdef CONFIG_FOO_MAP
int foo_map(struct foo *foo, struct vm_area_struct *vma);
#else
static inline int foo_map(struct foo *foo, struct vm_area_struct *vma)
{
        return -ENODEV;
}
#endif
"""


def test_the_stub_of_a_build_without_the_helper_changes_too(tmp_path: Path) -> None:
    found = made(tmp_path, driver(foo_h="#include <linux/mm.h>\n\n" + c(STUB) + "\n"))
    assert found.conversion.reasons == ()
    assert found.files["foo.h"].count("struct vm_area_desc *desc") == 2
    assert "vm_area_struct" not in "".join(found.files.values())


def test_the_stub_gets_a_twin_where_the_helper_does(tmp_path: Path) -> None:
    found = made(tmp_path, driver(foo_h="#include <linux/mm.h>\n\n" + c(STUB) + "\n", other_c=OTHER))
    assert found.conversion.reasons == ()
    assert found.files["foo.h"].count("foo_map(struct foo *foo, struct vm_area_struct *vma)") == 2
    assert found.files["foo.h"].count("foo_map_desc(struct foo *foo, struct vm_area_desc *desc)") == 2


def test_a_header_without_the_descriptor_gets_to_know_it(tmp_path: Path) -> None:
    header = HEADER.replace("#include <linux/mm.h>\n", "struct vm_area_struct;\n")
    found = made(tmp_path, driver(foo_h=header))
    assert "struct vm_area_desc;\nstruct vm_area_struct;\n" in found.files["foo.h"]


FAR = """
#include "../drivers/foo/foo.h"

int far_map(struct foo *foo, struct vm_area_struct *vma)
{
        return foo_map(foo, vma);
}
"""


def _in_tree(folder: Path, files: dict[str, str], **far: str) -> Outcome:
    """The conversion of a driver in drivers/foo of a tree with ``far`` files in sound/."""
    placed = {f"drivers/foo/{name}": text for name, text in files.items()}
    placed |= {f"sound/{name}.c": c(text) for name, text in far.items()}
    return made(folder, placed, "drivers/foo/foo.c", folder)


def test_a_helper_that_a_far_folder_calls_through_its_header_stays(tmp_path: Path) -> None:
    found = _in_tree(tmp_path, driver(), far=FAR)
    assert found.conversion.reasons == ()
    assert found.files["sound/far.c"] == c(FAR)
    assert found.files["drivers/foo/map.c"].startswith(c(MAP))
    assert "foo_map_desc(struct foo *foo, struct vm_area_desc *desc)\n{" in found.files["drivers/foo/map.c"]


def test_a_far_function_of_that_name_that_does_not_see_the_header_is_another(tmp_path: Path) -> None:
    static = FAR.replace("../drivers/foo/foo.h", "bar.h")
    found = _in_tree(tmp_path, driver(), far=static)
    assert found.conversion.reasons == ()
    assert "vm_area_struct" not in found.files["drivers/foo/map.c"]


def test_a_hook_that_a_far_folder_names_through_its_header_is_for_a_person(tmp_path: Path) -> None:
    files = driver(foo_h=HEADER + "int foo_mmap(struct file *file, struct vm_area_struct *vma);\n")
    files["foo.c"] = files["foo.c"].replace("static int", "int")
    assert _in_tree(tmp_path, files).codes == set()
    far = FAR.replace("foo_map(foo, vma)", "foo_mmap(foo->file, vma)")
    assert _in_tree(tmp_path / "far", files, far=far).codes == {"referred-to"}


def test_what_is_static_in_an_included_file_may_have_callers_in_others(tmp_path: Path) -> None:
    static = c(MAP).replace("int foo_map", "static int foo_map").replace('#include "foo.h"\n', "")
    files = {"foo.c": user(include="map.c"), "map.c": static}
    assert made(tmp_path, files).codes == set()
    files["other.c"] = OTHER.replace("foo.h", "map.c")
    assert made(tmp_path / "other", files).codes == {"helper"}


def test_a_hook_that_an_including_file_names_is_for_a_person(tmp_path: Path) -> None:
    bar = '#define foo_mmap bar_mmap\n#include "foo.c"\n'
    assert made(tmp_path, driver(bar_c='#include "foo.c"\n')).codes == set()
    assert made(tmp_path / "named", driver(bar_c=bar)).codes == {"referred-to"}


@pytest.mark.parametrize(
    ("local", "codes"),
    [
        ("static DEFINE_MUTEX(lock);", {"helper"}),
        ("static int calls;", {"helper"}),
        ("static const int max = 3;", set()),
    ],
)
def test_a_helper_with_state_of_its_own_gets_no_twin(local: str, codes: set[str], tmp_path: Path) -> None:
    files = driver(map_c=c(MAP).replace("{\n", f"{{\n\t{local}\n\n", 1))
    assert made(tmp_path, files | {"other.c": OTHER}).codes == codes


GUARDED = "#ifndef FOO_H\n#define FOO_H\n{}\n#endif\n"
FORWARD = "struct vm_area_desc;\n"
OWN = "struct vm_area_struct;\n"

ARMS = [
    pytest.param(
        c(STUB).replace("P\n", "P\nstruct vm_area_struct;\n", 1), FORWARD + "\n#ifdef", id="own in an arm"
    ),
    pytest.param(
        "struct vm_area_struct;\n" + c(STUB), FORWARD + "struct vm_area_struct;\n", id="own in front"
    ),
    pytest.param(c(STUB), FORWARD + "\n#ifdef", id="none"),
    pytest.param(
        "#ifdef CONFIG_BAR\nint bar(struct vm_area_desc *desc);\n#endif\n" + c(STUB),
        FORWARD + "\n#ifdef CONFIG_FOO",
        id="known in another arm",
    ),
    pytest.param(
        "#ifdef CONFIG_BAR\n#include <linux/mm.h>\n#endif\n" + c(STUB),
        FORWARD + "\n#ifdef CONFIG_FOO",
        id="included in another arm",
    ),
]


@pytest.mark.parametrize("frame", ["{}", GUARDED], ids=["no guard", "guard"])
@pytest.mark.parametrize(("header", "place"), ARMS)
def test_each_arm_of_a_header_gets_to_know_the_descriptor(
    header: str, place: str, frame: str, tmp_path: Path
) -> None:
    found = made(tmp_path, driver(foo_h=frame.format(header + "\n")))
    assert found.conversion.reasons == ()
    assert place in found.files["foo.h"]
    assert found.files["foo.h"].count(FORWARD) == 1


def test_a_header_whose_every_arm_knows_the_descriptor_stays_without_it(tmp_path: Path) -> None:
    found = made(tmp_path, driver(foo_h="#include <linux/mm.h>\n\n" + c(STUB) + "\n"))
    assert FORWARD not in found.files["foo.h"]


def test_helpers_are_followed_from_file_to_file(tmp_path: Path) -> None:
    header = HEADER + "int foo_do(struct foo *foo, struct vm_area_struct *vma);\n"
    do = c(MAP).replace("foo_map", "foo_do")
    between = '#include "foo.h"\n\n' + c(
        """
        int foo_map(struct foo *foo, struct vm_area_struct *vma)
        {
                vm_flags_set(vma, VM_DONTCOPY);
                return foo_do(foo, vma);
        }
        """
    )
    found = made(tmp_path, driver(foo_h=header, map_c=between, do_c=do))
    assert found.conversion.reasons == ()
    assert len(found.conversion.files) == 4
    assert "vm_area_struct" not in "".join(found.files.values())


def test_two_hooks_of_two_files_share_a_helper_and_change_together(tmp_path: Path) -> None:
    found = made(tmp_path, driver(bar_c=user(name="bar")))
    assert found.conversion.reasons == ()
    assert len(found.conversion.files) == 4
    assert len(found.conversion.hooks) == 2
    assert "vm_area_struct" not in "".join(found.files.values())


def test_a_helper_in_the_folder_of_the_header_above_is_found(tmp_path: Path) -> None:
    files = {"foo.h": HEADER, "map.c": c(MAP), "tests/foo.c": user(include="../foo.h")}
    found = made(tmp_path, files, "tests/foo.c")
    assert found.conversion.reasons == ()
    assert "vm_area_struct" not in "".join(found.files.values())


HOOK = "struct file *file, struct vm_area_struct *vma"


def hooked(**others: str) -> dict[str, str]:
    """The files of a driver whose table names a hook of map.c."""
    files = {
        "foo.h": f"#include <linux/mm.h>\n\nint foo_mmap({HOOK});\n",
        "foo.c": f'#include "foo.h"\n{TABLE}',
        "map.c": '#include "foo.h"\n\n' + hook("return REMAP;").replace("static int", "int"),
    }
    return files | {name.replace("_", "."): text for name, text in others.items()}


def test_the_stub_of_a_hook_changes_with_its_body(tmp_path: Path) -> None:
    stub = hook("return vma->vm_pgoff ? -EINVAL : -ENODEV;").replace("static int", "static inline int")
    header = f"#include <linux/mm.h>\n\n#ifdef CONFIG_FOO\nint foo_mmap({HOOK});\n#else\n{stub}#endif\n"
    found = made(tmp_path, hooked(foo_h=header))
    assert found.conversion.reasons == ()
    assert "return desc->pgoff ? -EINVAL : -ENODEV;" in found.files["foo.h"]
    assert "vma" not in re.sub("VMA|vm_area_desc", "", "".join(found.files.values()))


def test_a_static_hook_of_that_name_in_another_file_is_another_hook(tmp_path: Path) -> None:
    other = hook("return vma->vm_pgoff ? -EINVAL : REMAP;") + TABLE.replace("foo_fops", "bar_fops")
    found = made(tmp_path, hooked(other_c=other))
    assert found.conversion.reasons == ()
    assert found.files["other.c"] == other
    assert "foo_mmap_prepare" in found.files["foo.c"]


def test_a_static_helper_of_that_name_in_another_file_is_no_caller(tmp_path: Path) -> None:
    other = c(MAP).replace("int foo_map", "static int foo_map").replace('#include "foo.h"\n', "")
    found = made(tmp_path, driver(other_c=other))
    assert found.conversion.reasons == ()
    assert found.files["other.c"] == other
    assert "foo_map_desc" not in "".join(found.files.values())


REFUSED = [
    pytest.param("stored-vma", "foo->vma = vma;\nreturn 0;", Tier.BLOCKED, id="the helper keeps the pointer"),
    pytest.param(
        "stateful", "atomic_inc(&foo->maps);\nreturn 0;", Tier.SKELETON, id="the helper counts mappings"
    ),
    pytest.param(
        "no-counterpart",
        "return dma_mmap_coherent(foo->dev, vma, foo->cpu, foo->dma, foo->size);",
        Tier.BLOCKED,
        id="nothing replaces what the helper calls",
    ),
    pytest.param(
        "nested-hook", "return foo->ops->mmap(foo, vma);", Tier.BLOCKED, id="the helper calls another hook"
    ),
    pytest.param(
        "store", "foo->size = vma->vm_end - vma->vm_start;\nreturn 0;", Tier.REVIEW, id="the helper stores"
    ),
    pytest.param(
        "close-after-failure",
        f"vma->vm_ops = &foo_vm_ops;\nreturn {REMAP};",
        Tier.REVIEW,
        id="the helper's own vm_ops have a close",
    ),
    pytest.param(
        "lock-spans-action", f"guard(mutex)(&foo_lock);\nreturn {REMAP};", Tier.BLOCKED, id="under a lock"
    ),
    pytest.param(
        "may-merge",
        "vma->vm_private_data = (void *)vma->vm_pgoff;\nvma->vm_ops = &foo_vm_ops;\nreturn 0;",
        Tier.REVIEW,
        id="what a merge drops",
    ),
]


@pytest.mark.parametrize(("code", "body", "tier"), REFUSED)
def test_what_stands_in_the_way_in_a_helper_is_named_where_it_stands(
    code: str, body: str, tier: Tier, tmp_path: Path
) -> None:
    ops = "static const struct vm_operations_struct foo_vm_ops = {\n\t.close = foo_close,\n};\n"
    head = "struct foo *foo, struct vm_area_struct *vma"
    text = hook(body, head, "foo_map").replace("static int", "int")
    found = made(tmp_path, driver(map_c=f'#include "foo.h"\n\n{ops}\n{text}'))
    assert found.conversion.tier is tier
    reason = next(reason for reason in found.conversion.reasons if reason.code == code)
    assert reason.path == str(tmp_path / "map.c")
    assert 7 < reason.line < 14
    assert code != "may-merge" or "may differ" in reason.message


UNKNOWN = [
    pytest.param({"other_c": c(MAP)}, id="two files define it"),
    pytest.param(
        {"map_c": c(MAP).replace("int foo_map", "static int foo_map")}, id="static in the other file"
    ),
    pytest.param({"map_c": c(MAP).replace('#include "foo.h"', "")}, id="no header in common"),
    pytest.param({"map_c": c(MAP).replace("int foo_map", "int __weak foo_map")}, id="weak"),
    pytest.param({"foo_h": HEADER + "#define foo_map(foo, vma) bar_map(vma)\n"}, id="a macro of a header"),
    pytest.param(
        {"foo_h": HEADER.replace("int foo_map(", "extern int (*foo_map)(")}, id="a pointer to a function"
    ),
]


def test_a_helper_that_another_build_takes_from_below_is_a_reason(tmp_path: Path) -> None:
    below = c(MAP).replace("foo.h", "../foo.h")
    found = made(tmp_path, driver() | {"other/map.c": below})
    assert found.codes == {"helper"}


def test_what_the_kernel_declares_may_have_a_definition_for_an_architecture(tmp_path: Path) -> None:
    (tmp_path / "include" / "linux").mkdir(parents=True)
    (tmp_path / "include" / "linux" / "foo.h").write_text(HEADER)
    files = {
        "drivers/foo/foo.c": user(TOLD).replace('"foo.h"', "<linux/foo.h>"),
        "drivers/foo/ready.c": "#include <linux/foo.h>\n\n#ifndef ARCH_HAS_FOO\n"
        + hook("return foo->ready;", "struct foo *foo", "foo_ready").replace("static int", "int")
        + "#endif\n",
    }
    assert made(tmp_path, files, "drivers/foo/foo.c", tmp_path).codes == {"unproven-effect"}
    files["drivers/foo/ready.c"] = re.sub(r"#(ifndef|endif).*\n", "", files["drivers/foo/ready.c"])
    assert made(tmp_path, files, "drivers/foo/foo.c", tmp_path).codes == set()


@pytest.mark.parametrize("others", UNKNOWN)
def test_a_helper_that_could_be_another_is_a_reason(others: dict[str, str], tmp_path: Path) -> None:
    found = made(tmp_path, driver(**others))
    assert found.codes == {"helper"}
    assert found.conversion.edits == {}


@pytest.mark.parametrize("weak", ["int __weak foo_map(", "__weak int foo_map(", "int foo_map("])
def test_a_helper_that_its_prototype_makes_weak_may_be_another(weak: str, tmp_path: Path) -> None:
    found = made(tmp_path, driver(foo_h=HEADER.replace("int foo_map(", weak)))
    assert found.codes == ({"helper"} if "weak" in weak else set())


def test_a_local_pointer_of_that_name_is_not_the_function(tmp_path: Path) -> None:
    body = "int (*foo_map)(struct foo *, struct vm_area_struct *) = bar;\n\n" + CALL
    found = made(tmp_path, driver(foo_c=user(body)))
    assert "helper" in found.codes


def test_a_helper_whose_mapping_is_of_another_shape_is_a_reason(tmp_path: Path) -> None:
    found = made(tmp_path, driver(foo_c=user("return foo_map(vma, file->private_data);")))
    assert "helper" in found.codes


ASKED = "if (!foo_ready(file->private_data))\n        return -EIO;\nreturn REMAP;"
TOLD = "foo_ready(file->private_data);\nreturn REMAP;"


@pytest.mark.parametrize(
    ("body", "function", "prototype", "codes"),
    [
        pytest.param(TOLD, "static int foo_ready(", None, set(), id="static"),
        pytest.param(TOLD, "int foo_ready(", "int foo_ready(", set(), id="global"),
        pytest.param(TOLD, "int __weak foo_ready(", "int foo_ready(", {"unproven-effect"}, id="weak"),
        pytest.param(
            TOLD, "int foo_ready(", "int __weak foo_ready(", {"unproven-effect"}, id="declared weak"
        ),
        pytest.param(ASKED, "int __weak foo_ready(", "int foo_ready(", set(), id="weak, and asked"),
    ],
)
def test_a_weak_function_may_do_what_its_own_body_does_not(
    body: str, function: str, prototype: str | None, codes: set[str], tmp_path: Path
) -> None:
    text = hook("return foo->ready;", "struct foo *foo", "foo_ready").replace(
        "static int foo_ready(", function
    )
    header = HEADER.replace("int foo_ready(struct foo *foo);\n", "")
    if prototype is not None:
        header += f"{prototype}struct foo *foo);\n"
    using = user(body).replace('#include "foo.h"\n', f'#include "foo.h"\n\n{text}', 1)
    assert made(tmp_path, driver(foo_c=using, foo_h=header)).codes == codes


HARMLESS = [
    pytest.param(TOLD, "return foo->ready;", id="only reads"),
    pytest.param(
        TOLD,
        "int ret;\n\nmutex_lock(&foo->lock);\nret = foo->ready;\nmutex_unlock(&foo->lock);\nreturn ret;",
        id="locks and unlocks",
    ),
    pytest.param(TOLD, 'pr_debug("asked\\n");\nreturn 0;', id="says so"),
    pytest.param(ASKED, "return foo->ready;", id="value used"),
]


@pytest.mark.parametrize(("body", "ready"), HARMLESS)
@pytest.mark.parametrize("inline", [False, True], ids=["in a file", "in a header"])
def test_a_call_whose_body_elsewhere_leaves_nothing_is_harmless(
    inline: bool, body: str, ready: str, tmp_path: Path
) -> None:
    text = hook(ready, "struct foo *foo", "foo_ready")
    header = HEADER.replace("int foo_ready(struct foo *foo);\n", "")
    files = (
        driver(foo_c=user(body), foo_h=header + text.replace("static int", "static inline int"))
        if inline
        else driver(foo_c=user(body), map_c=c(MAP) + "\n\n" + text.replace("static int", "int"))
    )
    assert made(tmp_path, files).conversion.reasons == ()


LEAVING = [
    pytest.param("foo->ready = 1;\nreturn 0;", id="stores"),
    pytest.param("kref_get(&foo->ref);\nreturn 0;", id="takes a reference"),
    pytest.param("foo_other(foo);\nreturn 0;", id="calls what is not known"),
    pytest.param("mutex_lock(&foo->lock);\nreturn 0;", id="keeps a lock"),
]


@pytest.mark.parametrize("ready", LEAVING)
def test_a_call_whose_body_elsewhere_leaves_something_is_a_reason(ready: str, tmp_path: Path) -> None:
    text = hook(ready, "struct foo *foo", "foo_ready").replace("static int", "int")
    found = made(tmp_path, driver(foo_c=user(TOLD), map_c=f"{c(MAP)}\n\n{text}"))
    assert found.codes == {"unproven-effect"}


@pytest.mark.parametrize(
    ("ready", "cause"),
    [
        ("foo->size++;\nkref_get(&foo->ref);\nreturn 0;", "`kref_get()` at {}:13"),
        ("foo_other(foo);\nfoo->ready = 1;\nreturn 0;", "the store to `foo->ready` at {}:13"),
        ("foo_other(foo);\nreturn 0;", "`foo_other()` at {}:12"),
    ],
)
def test_the_reason_names_what_the_body_elsewhere_does(ready: str, cause: str, tmp_path: Path) -> None:
    text = hook(ready, "struct foo *foo", "foo_ready").replace("static int", "int")
    found = made(tmp_path, driver(foo_c=user(TOLD), map_c=f"{c(MAP)}\n\n{text}"))
    (reason,) = found.conversion.reasons
    assert reason.message.endswith(f"see {cause.format(tmp_path / 'map.c')}")
    assert (reason.path, reason.line) == (str(tmp_path / "foo.c"), 5)


def test_a_harmless_name_does_not_hide_a_body_that_takes(tmp_path: Path) -> None:
    text = hook("return kref_get_unless_zero(&foo->ref);", "struct foo *foo", "foo_ready")
    found = made(
        tmp_path, driver(foo_c=user(ASKED), map_c=f"{c(MAP)}\n\n{text.replace('static int', 'int')}")
    )
    assert found.codes == {"unproven-effect"}


def test_every_arm_of_a_body_elsewhere_must_be_harmless(tmp_path: Path) -> None:
    good = hook("return foo->ready;", "struct foo *foo", "foo_ready").replace("static int", "int")
    bad = hook("return ++foo->asked;", "struct foo *foo", "foo_ready").replace("static int", "int")
    text = f"{c(MAP)}\n\n#ifdef CONFIG_FOO\n{good}#else\n{bad}#endif\n"
    assert made(tmp_path, driver(foo_c=user(TOLD), map_c=text)).codes == {"unproven-effect"}


def test_a_static_function_of_another_file_says_nothing_of_the_call(tmp_path: Path) -> None:
    text = hook("return foo->ready;", "struct foo *foo", "foo_ready")
    found = made(tmp_path, driver(foo_c=user(TOLD), other_c=f'#include "foo.h"\n\n{text}'))
    assert found.codes == {"unproven-effect"}


def fixed(folder: Path, *options: str) -> dict[str, Any]:
    """The one conversion of ``fix`` over a driver's foo.c."""
    report = folder / "report.json"
    arguments = ["--target", "7.3", "--format", "json", "--output", str(report), "--quiet", "--jobs", "1"]
    assert run(["fix", *arguments, *options, str(folder / "foo.c")]) in (0, 1)
    (row,) = json.loads(report.read_text())["conversions"]
    return dict(row)


def test_a_helper_outside_of_the_paths_is_edited_only_where_asked_for(tmp_path: Path) -> None:
    files = driver()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    row = fixed(tmp_path)
    assert not row["applied"]
    assert {reason["code"] for reason in row["reasons"]} == {"outside-paths"}
    assert {name: (tmp_path / name).read_text() for name in files} == files
    assert fixed(tmp_path, "--follow")["applied"]
    assert "vm_area_struct" not in "".join((tmp_path / name).read_text() for name in files)


def test_a_far_definition_of_a_helper_is_another_that_some_build_takes(tmp_path: Path) -> None:
    far = c(MAP).replace('"foo.h"', '"../drivers/foo/foo.h"')
    assert _in_tree(tmp_path, driver(), far=far).codes == {"helper"}
    static = far.replace("int foo_map", "static int foo_map").replace('"../drivers/foo/foo.h"', '"bar.h"')
    assert _in_tree(tmp_path / "static", driver(), far=static).codes == set()


def test_a_helper_that_a_header_of_an_architecture_declares_stays(tmp_path: Path) -> None:
    files = {
        "arch/foo/include/asm/foo.h": HEADER,
        "arch/foo/kernel/far.c": FAR.replace('"../drivers/foo/foo.h"', "<asm/foo.h>"),
        "drivers/foo/foo.c": f"#include <asm/foo.h>\n{c(MAP)}{hook(CALL)}{TABLE}".replace(
            '#include "foo.h"\n', ""
        ),
    }
    found = made(tmp_path, files, "drivers/foo/foo.c", tmp_path)
    assert found.codes == set()
    assert found.files["arch/foo/include/asm/foo.h"] == HEADER
    assert "foo_map_desc(" in found.files["drivers/foo/foo.c"]


@pytest.mark.parametrize(
    ("second", "codes"),
    [("foo_users++;\n\treturn true;", {"unproven-effect"}), ("return foo_users > 3;", set())],
)
def test_each_of_several_definitions_of_what_only_answers(
    second: str, codes: set[str], tmp_path: Path
) -> None:
    body = f"if (!foo_ok())\n        return -EINVAL;\nreturn {REMAP};"
    answers = '#include "foo.h"\n\nbool foo_ok(void)\n{\n\t%s\n}\n'
    files = {
        "foo.h": "bool foo_ok(void);\n",
        "foo.c": user(body),
        "a.c": answers % "return true;",
        "b.c": answers % second,
    }
    assert made(tmp_path, files).codes == codes
