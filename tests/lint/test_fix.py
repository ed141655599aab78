# SPDX-License-Identifier: GPL-2.0-only
"""Planning fixes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.lint import fix as fix_module
from mmapmigrate.lint.fix import FixOptions, plan_fixes
from mmapmigrate.lint.fixed import FixResult
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.syntax.edit import Edit

if TYPE_CHECKING:
    from tests.lint.conftest import FakeConverter

TWO = """\
static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
static const struct file_operations bar_fops = {
	.mmap = bar_mmap,
};
"""


def planned(paths: list[Path], options: CheckOptions, **more: object) -> FixResult:
    names = tuple(str(path) for path in paths)
    return plan_fixes(names, FixOptions(options, names, **more))  # type: ignore[arg-type]


def own(options: CheckOptions, folder: str) -> CheckOptions:
    """``options`` with the rule ACME1 beside MM101."""
    return replace(options, codes=frozenset({"MM101", "ACME1"}), rule_folders=(folder,))


def test_a_complete_conversion_is_applied(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    result = planned([driver], options)
    (change,) = result.changes
    assert change.new == driver.read_bytes().replace(b".mmap =", b".mmap_prepare =")
    assert [outcome.applied for outcome in result.outcomes] == [True]
    assert result.left.findings == ()


def test_planning_writes_nothing(options: CheckOptions, driver: Path, converter: FakeConverter) -> None:
    before = driver.read_bytes()
    planned([driver], options)
    assert driver.read_bytes() == before


@pytest.mark.parametrize("tier", [Tier.REVIEW, Tier.SKELETON, Tier.BLOCKED])
def test_another_tier_is_left_with_its_reasons(
    options: CheckOptions, driver: Path, converter: FakeConverter, tier: Tier
) -> None:
    converter.tier = tier
    converter.reasons = (Reason(str(driver), 3, "some", "why", tier),)
    result = planned([driver], options)
    assert result.changes == ()
    assert [(outcome.applied, outcome.tier, outcome.reasons) for outcome in result.outcomes] == [
        (False, tier, converter.reasons)
    ]
    assert len(result.left.findings) == 1


def test_review_is_applied_when_asked_for(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    converter.tier = Tier.REVIEW
    assert len(planned([driver], options, tiers=frozenset({Tier.COMPLETE, Tier.REVIEW})).changes) == 1


def test_a_defect_is_never_applied(options: CheckOptions, driver: Path, converter: FakeConverter) -> None:
    converter.defect = "does not parse"
    result = planned([driver], options)
    assert result.changes == ()
    assert len(result.left.errors) == 1


def test_several_conversions_of_one_file(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    driver.write_text(TWO)
    (change,) = planned([driver], options).changes
    assert change.new.count(b".mmap_prepare =") == 2


def test_conversions_that_want_the_same_bytes_take_turns(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    driver.write_text(TWO)

    original = converter.conversion

    def conversion(file, entry):  # type: ignore[no-untyped-def]
        made = original(file, entry)
        head = Edit(0, 0, b"/* %s */\n" % made.handler.encode())
        return replace(made, edits={file.path: (head, *made.edits[file.path])})

    converter.conversion = conversion  # type: ignore[method-assign]
    result = planned([driver], options)
    (change,) = result.changes
    assert change.new.startswith(b"/* bar_mmap */\n/* foo_mmap */\n")
    assert [outcome.applied for outcome in result.outcomes] == [True, True]


def test_a_file_outside_the_paths_holds_a_conversion_back(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    header = driver.with_name("foo.h")
    header.write_text("int a;\n")
    converter.more_edits = {str(header): (Edit(0, 3, b"long"),)}
    result = planned([driver], options)
    assert result.changes == ()
    (outcome,) = result.outcomes
    assert (outcome.applied, outcome.tier) == (False, Tier.COMPLETE)
    assert [reason.code for reason in outcome.reasons] == ["outside-paths"]
    assert str(header) in outcome.reasons[0].message


def test_follow_edits_it(options: CheckOptions, driver: Path, converter: FakeConverter) -> None:
    header = driver.with_name("foo.h")
    header.write_text("int a;\n")
    converter.more_edits = {str(header): (Edit(0, 3, b"long"),)}
    result = planned([driver], options, follow=True)
    assert {change.path: change.new for change in result.changes}[str(header)] == b"long a;\n"


def test_a_folder_among_the_paths_holds_all_below(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    header = driver.with_name("foo.h")
    header.write_text("int a;\n")
    converter.more_edits = {str(header): (Edit(0, 3, b"long"),)}
    result = plan_fixes((str(driver), str(header)), FixOptions(options, (str(driver.parent),)))
    assert len(result.changes) == 2


def test_a_rules_own_fix_is_applied(
    options: CheckOptions, driver: Path, converter: FakeConverter, acme: Callable[[str], str]
) -> None:
    folder = acme(
        "at = data.find(b'foo_fops')\n"
        "if at >= 0:\n"
        "    fix = Fix(Tier.COMPLETE, (), (Edit(at, at + 3, b'goo'),))\n"
        "    yield context.finding(at, at + 3, 'x', fix=fix)\n"
    )
    result = planned([driver], own(options, folder))
    (change,) = result.changes
    assert b"goo_fops" in change.new
    assert b".mmap_prepare = foo_mmap" in change.new
    assert sorted(outcome.rule for outcome in result.outcomes) == ["ACME1", "MM101"]
    assert result.left.findings == ()


def test_fixes_that_never_end_are_a_defect(
    options: CheckOptions,
    driver: Path,
    converter: FakeConverter,
    acme: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fix_module, "MAX_ROUNDS", 3)
    folder = acme("yield context.finding(0, 1, 'x', fix=Fix(Tier.COMPLETE, (), (Edit(0, 0, b' '),)))\n")
    (error,) = planned([driver], own(options, folder)).left.errors
    assert error.message == "defect of mmapmigrate: fixes still change this file after 3 rounds"


def test_a_file_that_changed_since_it_was_checked_is_left_alone(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    original = converter.conversion

    def conversion(file, entry):  # type: ignore[no-untyped-def]
        made = original(file, entry)
        driver.write_text("/* another hand was here */\n" + driver.read_text())
        os.utime(driver, ns=(1, 1))
        return made

    converter.conversion = conversion  # type: ignore[method-assign]
    result = planned([driver], options)
    assert result.changes == ()
    assert [error.message for error in result.left.errors] == ["changed while it was checked: not fixed"]


def test_a_second_plan_finds_nothing_to_do(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    (change,) = planned([driver], options).changes
    driver.write_bytes(change.new)
    assert planned([driver], options).changes == ()


def test_a_file_that_is_named_twice_is_fixed_once(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    link = driver.with_name("link.c")
    link.symlink_to("foo.c")
    other = driver.parent / "." / ".." / driver.parent.name / "foo.c"
    result = planned([driver, other, link], options)
    assert [change.path for change in result.changes] == [str(driver)]
    assert result.left.findings == ()


def test_a_link_out_of_the_paths_is_not_followed(
    options: CheckOptions, driver: Path, converter: FakeConverter
) -> None:
    folder = driver.parent / "inside"
    folder.mkdir()
    (folder / "link.c").symlink_to("../foo.c")
    result = plan_fixes((str(folder / "link.c"),), FixOptions(options, (str(folder),)))
    assert result.changes == ()
    assert [reason.code for reason in result.outcomes[0].reasons] == ["outside-paths"]
