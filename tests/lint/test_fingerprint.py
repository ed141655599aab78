# SPDX-License-Identifier: GPL-2.0-only
"""Fingerprints: the same for the same code, whatever moves around it; another for other code."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from mmapmigrate.convert.conversion import HookRef
from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.fingerprint import LENGTH, fingerprinted
from mmapmigrate.lint.options import CheckOptions

HOOK = HookRef("file_operations", "mmap", "foo_fops", "foo_mmap")
LINE = Finding(
    path="/linux/drivers/foo.c",
    line=7,
    column=2,
    rule="MM301",
    name="remap-in-hook",
    severity=Severity.WARNING,
    message="remap_pfn_range() fills page tables",
    start=100,
    end=120,
    end_line=7,
    end_column=22,
    excerpt=b"\tremap_pfn_range(vma, start, pfn, size, prot);",
)
MEMBER = replace(LINE, rule="MM101", hook=HOOK, excerpt=b"\t.mmap = foo_mmap,", start=300, line=20)


def name(path: str) -> str:
    return path.removeprefix("/linux/")


def prints(*findings: Finding) -> list[str]:
    return [finding.fingerprint for finding in fingerprinted(findings, name)]


def checked(path: str, text: str) -> Sequence[Finding]:
    options = CheckOptions(
        load_snapshot("7.3"), frozenset({"MM101", "MM202", "MM301"}), texts={path: text.encode()}
    )
    return fingerprinted(Checker(options).check(path).findings, lambda each: each.rpartition("/")[2])


DRIVER = """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (foo_late)
		return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size, vma->vm_page_prot);
	return remap_pfn_range(vma, vma->vm_start, foo_pfn, foo_size, vma->vm_page_prot);
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
"""


def test_the_definition_does_not_change() -> None:
    """Files that people keep hold these; a change needs another VERSION."""
    assert prints(LINE, MEMBER) == ["e3299138367c2bd52b7fa783500df0ab", "485a98a0a24f1597ebba48c642b973f7"]


def test_a_fingerprint_is_hexadecimal_digits() -> None:
    (value,) = prints(LINE)
    assert len(value) == LENGTH
    assert int(value, 16)


@pytest.mark.parametrize("finding", [LINE, MEMBER])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"line": 90, "end_line": 91, "start": 4000, "end": 4020}, id="moved"),
        pytest.param({"column": 9, "end_column": 30}, id="moved within its line"),
        pytest.param({"message": "said otherwise", "remedy": "new"}, id="worded anew"),
        pytest.param({"severity": Severity.ERROR, "name": "renamed"}, id="judged anew"),
    ],
)
def test_what_does_not_matter(finding: Finding, change: dict[str, object]) -> None:
    assert prints(replace(finding, **change)) == prints(finding)


@pytest.mark.parametrize("finding", [LINE, MEMBER])
@pytest.mark.parametrize("change", [{"rule": "MM999"}, {"path": "/linux/drivers/bar.c"}])
def test_what_matters_to_all(finding: Finding, change: dict[str, str]) -> None:
    assert prints(replace(finding, **change)) != prints(finding)


def test_a_line_is_its_text_without_its_indentation() -> None:
    assert prints(replace(LINE, excerpt=b"  " + LINE.excerpt.replace(b", ", b",   "))) != prints(
        replace(LINE, excerpt=b"other();")
    )
    assert prints(replace(LINE, excerpt=b"    " + LINE.excerpt.strip() + b" \r")) == prints(LINE)


def test_a_member_is_its_table_and_hook_not_its_line() -> None:
    assert prints(replace(MEMBER, excerpt=b"\t.mmap\t\t= foo_mmap, /* old */")) == prints(MEMBER)
    other = replace(HOOK, handler="bar_mmap")
    assert prints(replace(MEMBER, hook=other)) != prints(MEMBER)


def test_a_member_of_a_nameless_table_without_a_hook_is_its_line() -> None:
    nameless = replace(MEMBER, hook=HookRef("file_operations", "mmap", None, None))
    assert prints(nameless) != prints(replace(nameless, excerpt=b"\t.mmap = (void *)bar,"))


def test_equal_findings_are_numbered_in_the_order_of_the_file() -> None:
    first, second = prints(LINE, replace(LINE, start=200, line=9))
    assert first != second
    assert prints(replace(LINE, start=200, line=9), LINE) == [second, first]


def test_numbers_start_anew_in_each_file() -> None:
    other = replace(LINE, path="/linux/drivers/bar.c")
    assert prints(LINE, other) == [*prints(LINE), *prints(other)]


def test_where_the_tree_lies_does_not_matter() -> None:
    moved = replace(LINE, path="/elsewhere/drivers/foo.c")
    (there,) = fingerprinted([moved], lambda path: path.removeprefix("/elsewhere/"))
    assert there.fingerprint == prints(LINE)[0]


def test_a_path_and_a_line_may_hold_any_bytes() -> None:
    odd = replace(LINE, path="/linux/f\udcff.c", excerpt=b"\xe9\xff\0")
    assert len(set(prints(odd, replace(odd, excerpt=b"\xe9\xfe\0")))) == 2


def test_all_fingerprints_of_a_driver_survive_what_is_inserted_above() -> None:
    before = checked("/a/foo.c", DRIVER)
    after = checked("/b/foo.c", "#include <linux/mm.h>\n\nstatic int unrelated;\n" + DRIVER)
    assert len(before) == 3
    assert [each.fingerprint for each in after] == [each.fingerprint for each in before]
    assert [each.line for each in after] == [each.line + 3 for each in before]
    assert len({each.fingerprint for each in before}) == 3
