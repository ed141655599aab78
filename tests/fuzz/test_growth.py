# SPDX-License-Identifier: GPL-2.0-only
"""Many of one thing: no file hangs a run or ends it, and what was not done is said with its name."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.lint import limits
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.loader import load_rules
from mmapmigrate.lint.options import CheckOptions
from tests.drivers import GOOD_HOOK

LIMIT = 0.5
"""Seconds of processor time for each of the two questions to a file, in these tests."""

SLACK = 6.0
"""Seconds for what cannot be interrupted, on a machine that is three times as slow."""

BODY, TABLE = GOOD_HOOK.split("\n}\n", 1)[0].rpartition("\treturn")[0], GOOD_HOOK.partition("\n}\n")[2]
END = "\treturn 0;\n}\n" + TABLE


def around(text: str) -> str:
    """A driver with ``text`` in front of it."""
    return f"{text}\n{GOOD_HOOK}"


def inside(text: str) -> str:
    """A driver with ``text`` in its hook."""
    return f"{BODY}{text}\n{END}"


def many(text: str, number: int) -> str:
    """``text`` so many times; # stands for the number of each, @ for the next one's."""
    return "".join(text.replace("#", str(index)).replace("@", str(index + 1)) for index in range(number))


DEEP = {
    name: around(opener * 100_000 + closer * 100_000)
    for name, opener, closer in [
        ("braces", "{", "}"),
        ("parentheses", "(", ")"),
        ("brackets", "[", "]"),
        ("open braces", "{", ""),
        ("open parentheses", "(", ""),
        ("closing braces", "}", ""),
        ("structs", "struct a { ", "} b; "),
        ("conditionals", "#if A\n", "#endif\n"),
        ("open conditionals", "#if A\n", ""),
        ("other arms", "#if A\n#else\n", "#endif\n"),
    ]
}

DEEP_INSIDE = {
    name: inside(opener * 20_000 + middle + closer * 20_000)
    for name, opener, middle, closer in [
        ("blocks", "{", "", "}"),
        ("ifs with braces", "if (a) {", "", "}"),
        ("ifs", "if (a) ", ";", ""),
        ("else ifs", "if (a) b(); else ", ";", ""),
        ("loops", "for (;;) ", ";", ""),
        ("do", "do ", ";", " while (a);"),
        ("calls", "f(", "a", ")"),
        ("ternaries", "a ? b : ", "c;", ""),
        ("sums", "a + ", "b;", ""),
        ("denials", "!", "a;", ""),
        ("assignments", "a = ", "b;", ""),
        ("casts", "(long)", "a;", ""),
        ("members", "a->", "b = 1;", ""),
        ("stars", "*", "vma;", ""),
    ]
}

LONG = {
    "macros": around(many("#define A# .mmap = foo_mmap,\n", 5_000)),
    "a chain of macros": around(many("#define A# A@\n", 10_000)),
    "comments": around("/* vma */ " * 100_000),
    "open comments": around("/*" * 100_000 + "*/"),
    "quotes": around('"' * 100_001),
    "literals": around('"vma" ' * 50_000),
    "continued lines": around("\\\n" * 100_000),
    "spaces": around(" " * 1_000_000),
    "commas": around("int a[] = {" + "1," * 200_000 + "};"),
    "one line": around(many("int a#; ", 50_000)),
    "functions": around(many("int f#(void)\n{\n\treturn 0;\n}\n", 10_000)),
    "helpers": around(many("static int h#(struct vm_area_struct *vma)\n{\n\treturn h@(vma);\n}\n", 2_000)),
    "tables": around(many("static const struct file_operations o# = {\n\t.mmap = h#,\n};\n", 3_000)),
    "tables of one hook": around(many("static struct file_operations o# = { .mmap = foo_mmap };\n", 3_000)),
    "values": around(".mmap = " * 5_000),
    "members": around("struct a x = { " + ".mmap " * 20_000 + "};"),
    "attributes": around("__attribute__((a)) " * 20_000),
    "loop macros": around("for_each_a(" * 20_000),
    "declarations": around("struct vm_area_struct *" * 20_000),
}

LONG_INSIDE = {
    "statements": inside(many("\ta# = #;\n", 5_000)),
    "uses": inside(many("\ta = vma->vm_pgoff;\n", 3_000)),
    "flags": inside(many("\tvm_flags_set(vma, VM_IO);\n", 2_000)),
    "calls": inside(many("\tfoo#(vma);\n", 2_000)),
    "locals": inside(many("\tint a@ = a#;\n", 3_000)),
    "tests": inside(many("\tif (vma->vm_end - vma->vm_start > #) return -EINVAL;\n", 2_000)),
    "failures": inside(many("\tif (a#()) { b#(); return -EINVAL; }\n", 2_000)),
    "labels": inside(many("\tif (a#()) goto e#;\n", 1_500) + many("e#:\n\tb#();\n", 1_500)),
    "arms": inside(many("#ifdef A#\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t}\n", 1_000)),
    "cases": inside("\tswitch (a) {\n" + many("\tcase #: b#(); break;\n", 3_000) + "\t}\n"),
    "remaps": inside(many("\tif (a#) return remap_pfn_range(vma, vma->vm_start, 0, 1, p);\n", 1_000)),
    "locks": inside(many("\tmutex_lock(&a#);\n\tmutex_unlock(&a#);\n", 2_000)),
    "masks": inside("\tvm_flags_set(vma, " + "VM_IO | " * 20_000 + "VM_IO);\n"),
}

TEXTS = {
    f"{kind}: {name}": text
    for kind, texts in {
        "deep": DEEP,
        "deep in a hook": DEEP_INSIDE,
        "long": LONG,
        "long hook": LONG_INSIDE,
    }.items()
    for name, text in texts.items()
}


@pytest.fixture(scope="module")
def options() -> CheckOptions:
    return CheckOptions(load_snapshot("7.3"), frozenset(loaded.code for loaded in load_rules()))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_time_of_a_file_is_bounded(
    text: str, options: CheckOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TIME_LIMIT", LIMIT)
    path = tmp_path / "driver.c"
    path.write_text(text)
    begin = time.process_time()
    result = Checker(options).check(str(path))
    assert time.process_time() - begin < 2 * LIMIT + SLACK
    for error in result.errors:
        assert error.path == str(path)
        assert f"takes more than {LIMIT:g} s of processor time" in error.message
    # The driver itself is not lost without a word.
    assert result.findings or result.errors or result.unparsed


def test_a_million_lines_are_checked(options: CheckOptions, tmp_path: Path) -> None:
    path = tmp_path / "driver.c"
    path.write_text("int a;\n" * 1_000_000 + GOOD_HOOK)
    result = Checker(replace(options, conversions=False)).check(str(path))
    assert [(each.rule, each.line) for each in result.findings if each.rule == "MM101"] == [
        ("MM101", 1_000_010)
    ]
