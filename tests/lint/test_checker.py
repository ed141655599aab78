# SPDX-License-Identifier: GPL-2.0-only
"""Checking one file."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.lint import checker as checker_module
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.finding import Fix
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.source import SourceFile
from tests.drivers import BLOCKED_HOOK, GOOD_HOOK

if TYPE_CHECKING:
    from tests.lint.conftest import FakeConverter

ACME_FINDS_FOO = 'at = data.find(b"foo_mmap")\nyield context.finding(at, at + 8, "foo")\n'


def test_a_finding_has_its_conversions_fix(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    converter.tier = Tier.REVIEW
    converter.reasons = (Reason(str(driver), 3, "mergeable", "may merge", Tier.REVIEW),)
    result = Checker(options).check(str(driver))
    (finding,) = result.findings
    assert finding.fix == Fix(Tier.REVIEW, converter.reasons)
    assert [conversion.tier for conversion in result.conversions] == [Tier.REVIEW]
    assert result.parsed


def test_without_conversions_nothing_is_converted(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    result = Checker(replace(options, conversions=False)).check(str(driver))
    assert (len(result.findings), result.conversions, converter.calls) == (1, (), 0)


def test_a_suppressed_finding_is_not_shown_and_not_converted(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    text = driver.read_text().replace("foo_mmap,", "foo_mmap, /* mmapmigrate: ignore[MM101] no */")
    driver.write_text(text)
    result = Checker(options).check(str(driver))
    assert (result.findings, converter.calls) == ((), 0)


def test_the_converter_can_ask_what_is_suppressed(options: CheckOptions, driver: Path) -> None:
    driver.write_text(driver.read_text().replace("\t.mmap", "\t/* mmapmigrate: ignore[MM101] */\n\t.mmap"))
    checker = Checker(options)
    data = driver.read_bytes()
    assert checker.suppressed(str(driver), data.index(b".mmap"))
    assert not checker.suppressed(str(driver), data.index(b"vm_private_data"))


def test_a_rule_that_is_not_selected_does_not_run(options: CheckOptions, driver: Path) -> None:
    assert Checker(replace(options, codes=frozenset({"MM102"}))).check(str(driver)).findings == ()


def test_a_rule_that_raises_is_an_error_and_left_out(
    options: CheckOptions, driver: Path, converter: FakeConverter, acme: Callable[[str], str]
) -> None:
    folder = acme(ACME_FINDS_FOO + "raise ValueError('broken\\nrule')\n")
    codes = frozenset({"MM101", "ACME1"})
    result = Checker(replace(options, codes=codes, rule_folders=(folder,))).check(str(driver))
    assert [finding.rule for finding in result.findings] == ["MM101"]
    assert [error.message for error in result.errors] == ["rule ACME1 failed: ValueError: broken"]


def test_a_users_rule_finds(options: CheckOptions, driver: Path, acme: Callable[[str], str]) -> None:
    codes = frozenset({"ACME1"})
    checker = Checker(replace(options, codes=codes, rule_folders=(acme(ACME_FINDS_FOO),)))
    (finding,) = checker.check(str(driver)).findings
    assert (finding.line, finding.column, finding.end_column) == (1, 12, 20)
    assert finding.excerpt == b"static int foo_mmap(struct file *file, struct vm_area_struct *vma)"


@pytest.mark.parametrize(("sign", "found"), [(b"vm_private_data", 1), (b"vm_area_desc", 0)])
def test_a_rule_is_not_asked_about_a_file_without_its_sign(
    options: CheckOptions, driver: Path, acme: Callable[[str], str], sign: bytes, found: int
) -> None:
    folder = acme(ACME_FINDS_FOO)
    module = Path(folder) / "acme.py"
    module.write_text(module.read_text().replace('foo here"', f'foo here", sign={sign!r}'))
    checker = Checker(replace(options, codes=frozenset({"ACME1"}), rule_folders=(folder,)))
    assert len(checker.check(str(driver)).findings) == found


def test_a_converter_that_raises_is_an_error(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    converter.error = KeyError("x")
    result = Checker(options).check(str(driver))
    assert [error.message for error in result.errors] == ["converting foo_mmap failed: KeyError: 'x'"]
    assert result.findings[0].fix is None


def test_a_gate_defect_is_the_tools_own_error(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    converter.defect = "does not parse"
    result = Checker(options).check(str(driver))
    assert [error.message for error in result.errors] == [
        "defect of mmapmigrate: the conversion of foo_mmap() does not parse"
    ]


def test_a_rules_own_fix_is_dropped_inside_a_converted_hook(
    options: CheckOptions, driver: Path, converter: FakeConverter, acme: Callable[[str], str]
) -> None:
    body = (
        "for word in (b'vm_private_data', b'foo_fops'):\n"
        "    at = data.find(word)\n"
        "    yield context.finding(at, at + 1, 'x', fix=Fix(Tier.COMPLETE, (), (Edit(at, at, b' '),)))\n"
    )
    codes = frozenset({"MM101", "ACME1"})
    result = Checker(replace(options, codes=codes, rule_folders=(acme(body),))).check(str(driver))
    fixes = {finding.line: finding.fix for finding in result.findings if finding.rule == "ACME1"}
    assert fixes[3] is None
    assert fixes[7] is not None


def test_a_file_without_anything_of_interest_is_not_parsed(options: CheckOptions, tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int a;\n")
    result = Checker(options).check(str(tmp_path / "a.c"))
    assert (result.parsed, result.findings, result.errors) == (False, (), ())


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\n", b"\x7fELF\0\0", b"}}}}((((", b"\xe2\x80"])
def test_odd_files_are_clean(options: CheckOptions, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.c").write_bytes(data)
    result = Checker(options).check(str(tmp_path / "a.c"))
    assert (result.findings, result.errors) == ((), ())


def test_a_binary_file_that_mentions_a_hook_is_refused(options: CheckOptions, driver: Path) -> None:
    driver.write_bytes(driver.read_bytes() + b"\0")
    (error,) = Checker(options).check(str(driver)).errors
    assert error.message == "binary file (holds a NUL byte): not checked"


def test_invalid_utf_8_is_read_like_anything_else(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    driver.write_bytes(b"/* J\xfcrgen \xff\xfe */\n" + driver.read_bytes())
    result = Checker(options).check(str(driver))
    assert ([finding.line for finding in result.findings], result.errors) == ([9], ())


def test_a_huge_file_is_refused(options: CheckOptions, driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker_module, "LARGEST_FILE", 100)
    (error,) = Checker(options).check(str(driver)).errors
    assert "larger than" in error.message


def test_a_missing_file_is_an_error(options: CheckOptions, tmp_path: Path) -> None:
    (error,) = Checker(options).check(str(tmp_path / "none.c")).errors
    assert error.message == "cannot be read: No such file or directory"


def test_a_fifo_does_not_hang_the_run(options: CheckOptions, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.c")
    assert Checker(options).check(str(tmp_path / "a.c")).findings == ()


def test_a_new_text_stands_for_the_file(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    text = driver.read_bytes().replace(b".mmap =", b".mmap_prepare =")
    assert Checker(replace(options, texts={str(driver): text})).check(str(driver)).findings == ()


def test_the_state_of_a_file_with_a_fix_is_told(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    result = Checker(options).check(str(driver))
    assert result.identities[str(driver)].size == driver.stat().st_size


def with_text(path: Path, data: bytes) -> FileModel:
    return Project().model(SourceFile(str(path), data))


def test_recheck_names_what_is_new(options: CheckOptions, driver: Path) -> None:
    data = driver.read_bytes()
    both = data.replace(b"\t.mmap = foo_mmap,", b"\t.mmap = foo_mmap,\n\t.mmap_prepare = foo_mmap_prepare,")
    checker = Checker(options)
    assert [(rule, line) for rule, line, _ in checker.recheck(with_text(driver, both))] == [("MM102", 8)]
    assert list(checker.recheck(with_text(driver, data))) == []


def test_recheck_does_not_hang_on_the_selection(options: CheckOptions, driver: Path) -> None:
    both = driver.read_bytes().replace(b"\t.mmap = foo_mmap,", b"\t.mmap = foo_mmap,\n\t.mmap_prepare = x,")
    checker = Checker(replace(options, codes=frozenset()))
    assert [rule for rule, _, _ in checker.recheck(with_text(driver, both))] == ["MM102"]


SHARED = "static void foo_set(struct vm_area_struct *vma)\n{\n\tvm_flags_set(vma, VM_IO);\n}\n\n"
KEPT = BLOCKED_HOOK.replace("\treturn", "\tfoo_set(vma);\n\treturn")


def test_what_two_hooks_share_may_become_the_others(options: CheckOptions, tmp_path: Path) -> None:
    driver = tmp_path / "driver.c"
    driver.write_text(SHARED + GOOD_HOOK.replace("\treturn", "\tfoo_set(vma);\n\treturn") + "\n" + KEPT)
    result = Checker(options).check(str(driver))
    assert result.errors == ()
    assert {each.handler: each.tier for each in result.conversions} == {
        "foo_mmap": Tier.COMPLETE,
        "bar_mmap": Tier.BLOCKED,
    }
    text = driver.read_bytes()
    after = text.replace(b".mmap = foo_mmap", b".mmap_prepare = foo_prepare")
    checker = Checker(options)
    assert list(checker.recheck(with_text(driver, after))) == []
    # But no more than there was, and nothing that reads otherwise.
    more = after.replace(
        b"\tfoo_set(vma);\n\treturn dma", b"\tvm_flags_set(vma, VM_IO);\n\tfoo_set(vma);\n\treturn dma"
    )
    assert [rule for rule, _, _ in checker.recheck(with_text(driver, more))] == ["MM201"]
    other = after.replace(b"VM_IO", b"VM_PFNMAP")
    assert [rule for rule, _, _ in checker.recheck(with_text(driver, other))] == ["MM201"]


def test_an_unreadable_file_is_an_error(
    options: CheckOptions, driver: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str, flags: int) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(os, "open", refuse)
    (error,) = Checker(options).check(str(driver)).errors
    assert error.message == "cannot be read: Permission denied"


def test_a_chain_of_calls_that_is_too_deep_is_said_in_plain_words(
    options: CheckOptions, tmp_path: Path
) -> None:
    chain = "".join(
        f"static int h{index}(struct vm_area_struct *vma)\n{{\n\treturn h{index + 1}(vma);\n}}\n"
        for index in range(1500)
    )
    hook = GOOD_HOOK.replace("return remap", "if (h0(vma))\n\t\treturn -EINVAL;\n\treturn remap")
    (tmp_path / "deep.c").write_text(chain + hook)
    result = Checker(options).check(str(tmp_path / "deep.c"))
    (conversion,) = result.conversions
    assert [reason.code for reason in conversion.reasons] == ["too-deep"]
    assert conversion.edits == {}
    assert result.errors == ()
