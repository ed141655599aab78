# SPDX-License-Identifier: GPL-2.0-only
"""Fixes are kept when the compiler finds nothing new in them, and left out with its line when it does."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.kbuild.folder import BuildFolder
from mmapmigrate.kbuild.verify import REFUSED, Builds, Verdict, verify
from mmapmigrate.lint.fixed import FileChange, FixOutcome, FixResult, Refusals
from mmapmigrate.lint.result import CheckResult

pytestmark = pytest.mark.skipif(
    not (shutil.which("gcc") and shutil.which("make")), reason="no gcc or no make on this machine"
)

OLD = "int one_mmap(int a)\n{\n\treturn a;\n}\n\nint two_mmap(int a)\n{\n\treturn a;\n}\n"
GOOD = ("int one_mmap", "int one_mmap_prepare")
BAD = ("int two_mmap(int a)\n{\n", "int two_mmap_prepare(int a)\n{\n\tint unused;\n\n")


def _verdict(build: Path, path: Path, edits: dict[str, tuple[str, str]], old: str = OLD) -> Verdict:
    """Verifies a plan of conversions: the edit of each hook, unless it is refused."""
    path.write_text(old)

    def plan(refused: Refusals) -> FixResult:
        new = old
        outcomes = []
        for hook, edit in edits.items():
            applied = (str(path), hook) not in refused
            if applied:
                new = new.replace(*edit)
            outcomes.append(_outcome(path, hook, applied=applied))
        changes: Sequence[FileChange] = ()
        if new != old:
            changes = (FileChange(str(path), old.encode(), new.encode()),)
        return FixResult(tuple(changes), tuple(outcomes), CheckResult.of(()))

    return verify(plan, Builds(BuildFolder.open(str(build))))


def _outcome(path: Path, hook: str, *, applied: bool) -> FixOutcome:
    return FixOutcome("MM101", str(path), 1, (), Tier.COMPLETE, applied, (str(path),), handler=hook)


def test_a_fix_that_says_nothing_new_is_kept(build: Path, source: Path) -> None:
    verdict = _verdict(build, source / "drivers/foo.c", {"one_mmap": GOOD})
    assert verdict.refusals == {}
    assert [note.built for note in verdict.notes] == [True]


def test_a_fix_that_brings_a_warning_is_left_out_with_the_compilers_line(build: Path, source: Path) -> None:
    path = source / "drivers/foo.c"
    verdict = _verdict(build, path, {"two_mmap": BAD})
    reason = verdict.refusals[(str(path), "two_mmap")]
    assert reason.code == REFUSED
    assert f"{path}:8:" in reason.message
    assert "unused variable" in reason.message
    assert verdict.result.changes == ()


def test_only_the_fix_that_the_message_names_is_left_out(build: Path, source: Path) -> None:
    path = source / "drivers/foo.c"
    verdict = _verdict(build, path, {"one_mmap": GOOD, "two_mmap": BAD})
    assert list(verdict.refusals) == [(str(path), "two_mmap")]
    [change] = verdict.result.changes
    assert b"one_mmap_prepare" in change.new
    assert b"two_mmap_prepare" not in change.new


def test_a_warning_that_was_there_before_is_nobodys_fault(build: Path, source: Path) -> None:
    old = OLD.replace("int one_mmap(int a)\n{\n", "int one_mmap(int a)\n{\n\tint unused;\n\n")
    assert _verdict(build, source / "drivers/foo.c", {"one_mmap": GOOD}, old).refusals == {}


def test_a_file_that_does_not_build_before_is_said_to_be_unbuilt(build: Path, source: Path) -> None:
    verdict = _verdict(build, source / "drivers/foo.c", {"one_mmap": GOOD}, "#include <none.h>\n" + OLD)
    [note] = verdict.notes
    assert not note.built
    assert "none.h" in note.message
    assert len(verdict.result.changes) == 1


def test_a_file_outside_the_tree_and_any_module_is_said_to_be_unbuilt(build: Path, tmp_path: Path) -> None:
    [note] = _verdict(build, tmp_path / "foo.c", {"one_mmap": GOOD}).notes
    assert not note.built


def test_a_module_of_its_own_folder_is_built(build: Path, tmp_path: Path) -> None:
    module = tmp_path / "module"
    module.mkdir()
    (module / "Makefile").write_text("obj-m := foo.o\n")
    verdict = _verdict(build, module / "foo.c", {"one_mmap": GOOD, "two_mmap": BAD})
    assert list(verdict.refusals) == [(str(module / "foo.c"), "two_mmap")]


def test_the_source_file_is_never_written(build: Path, source: Path) -> None:
    path = source / "drivers/foo.c"
    _verdict(build, path, {"one_mmap": GOOD})
    assert path.read_text() == OLD
    assert [each.name for each in path.parent.iterdir()] == ["foo.c"]


@pytest.mark.parametrize(
    "name",
    ["--eval=$(shell touch mark)", "$(shell touch mark)", "`touch mark`", ";touch mark;", "-f", "V=1", "a b"],
)
def test_a_name_that_make_or_a_shell_would_run_is_not_built(
    build: Path, source: Path, tmp_path: Path, name: str
) -> None:
    module = tmp_path / "module"
    module.mkdir()
    (module / "Makefile").write_text("obj-m := foo.o\n")
    for path in (source / f"{name}.c", module / f"{name}.c"):
        [note] = _verdict(build, path, {"one_mmap": GOOD}).notes
        assert (note.built, "for a name" in note.message) == (False, True)
    assert not list(tmp_path.rglob("mark"))
