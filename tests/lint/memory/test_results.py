# SPDX-License-Identifier: GPL-2.0-only
"""Results kept between runs: never a stale one, never one from a broken entry."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from mmapmigrate.disk import rests
from mmapmigrate.disk.kept import write_entry
from mmapmigrate.disk.rests import Rests
from mmapmigrate.lint import runner
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.limits import LimitError
from mmapmigrate.lint.memory import folder
from mmapmigrate.lint.memory.results import Memory
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.result import FileResult
from mmapmigrate.lint.runner import run

HEADER = "struct foo { struct %s *ops; };\n"
DRIVER = """\
#include "foo.h"
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	return 0;
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
"""


class Run:
    """One process's first run: what it finds, and how many files it had to check for that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, options: CheckOptions) -> None:
        self.options = options
        self.checked = 0
        self._patch = monkeypatch
        check = Checker.check

        def counted(checker: Checker, path: str) -> FileResult:
            self.checked += 1
            return check(checker, path)

        monkeypatch.setattr(Checker, "check", counted)

    def __call__(self, *paths: Path | str, **more: object) -> list[FileResult]:
        self.checked = 0
        self._patch.setattr(runner, "_first", True)
        return run([str(path) for path in paths], replace(self.options, **more))


@pytest.fixture
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache") / "results"


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch, options: CheckOptions, kept: Path) -> Run:
    # What these tests write is younger than two seconds.
    monkeypatch.setattr(rests, "SETTLED", -(10**18))
    return Run(monkeypatch, replace(options, memory=kept))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    path = tmp_path / "src" / "foo.c"
    path.write_text(DRIVER)
    return path


def touch(path: Path, text: str) -> None:
    """Writes a text of the same length, with the time of change that the file had."""
    status = path.stat()
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_what_has_not_changed_is_not_checked_again(first: Run, source: Path) -> None:
    found = first(source)
    assert first.checked == 1
    assert found[0].findings
    assert first(source) == found
    assert first.checked == 0


def test_another_question_has_another_answer(first: Run, source: Path) -> None:
    first(source)
    assert first(source, codes=frozenset({"MM204"}))[0].findings == ()
    assert first(source, conversions=False)[0].conversions == ()
    assert first(str(source), str(source.with_name("none.c")))[-1].errors


def test_a_change_of_the_same_length_and_time_is_seen(first: Run, source: Path) -> None:
    first(source)
    touch(source, DRIVER.replace(".mmap =", ".nmap ="))
    assert first(source)[0].findings == ()


def test_a_header_that_the_answer_rests_on_counts(first: Run, source: Path) -> None:
    (source.parent / "foo.h").write_text("#define foo_mmap foo_mmap_any\n")
    first(source)
    first(source)
    assert first.checked == 0
    (source.parent / "foo.h").write_text("#define foo_mmap NULL\n")
    first(source)
    assert first.checked == 1


def test_a_file_that_was_missing_counts(first: Run, source: Path) -> None:
    first(source)
    (source.parent / "foo.h").write_text("int foo_mmap(struct file *, struct vm_area_struct *);\n")
    first(source)
    assert first.checked == 1


def test_a_new_neighbour_counts(first: Run, source: Path) -> None:
    first(source)
    (source.parent / "bar.c").write_text("int x;\n")
    first(source)
    assert first.checked == 1


def test_a_removed_file_is_an_error_again(first: Run, source: Path) -> None:
    first(source)
    source.unlink()
    assert "cannot be read" in first(source)[0].errors[0].message


def test_what_a_limit_cut_short_is_not_kept(
    first: Run, source: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(checker: Checker, *_: object) -> object:
        raise LimitError("takes more than 1 s")

    monkeypatch.setattr(Checker, "_with_fixes", too_much)
    assert "takes more than 1 s" in first(source)[0].errors[0].message
    monkeypatch.setattr(Checker, "_without_fixes", too_much)
    assert "takes more than 1 s" in first(source)[0].errors[0].message
    assert not kept.exists()


def test_what_changed_a_moment_ago_is_not_kept(
    first: Run, source: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rests, "SETTLED", 2_000_000_000)
    first(source)
    assert not kept.exists()


def test_only_the_first_run_of_a_process_is_kept(first: Run, source: Path, kept: Path) -> None:
    first._patch.setattr(runner, "_first", False)
    run([str(source)], first.options)
    assert not kept.exists()


def _strange(entry: Path) -> None:
    write_entry(entry, Rests(), "no results")


def _cut(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes()[:-7])


@pytest.mark.parametrize("spoil", [_cut, _strange, lambda entry: entry.write_bytes(b"")])
def test_a_broken_entry_costs_a_read_and_nothing_else(
    first: Run, source: Path, kept: Path, spoil: Callable[[Path], object]
) -> None:
    found = first(source)
    (entry,) = kept.iterdir()
    spoil(entry)
    assert first(source) == found
    assert first.checked == 1
    first(source)
    assert first.checked == 0


def test_a_folder_that_cannot_be_written_keeps_nothing(first: Run, source: Path, kept: Path) -> None:
    kept.write_text("a file in the way")
    assert first(source)[0].findings
    assert first(source)[0].findings
    assert first.checked == 1


def test_rules_of_the_user_are_asked_each_time(
    first: Run, source: Path, kept: Path, acme: Callable[[str], str]
) -> None:
    folder = acme("yield context.finding(0, 6, 'foo')\n")
    first(source, codes=frozenset({"ACME1"}), rule_folders=(folder,))
    assert not kept.exists()


def test_new_texts_and_changed_lines_are_asked_each_time(options: CheckOptions, kept: Path) -> None:
    others = [
        replace(options, texts={"a.c": b""}),
        replace(options, lines={}),
        replace(options, known=frozenset({"f"})),
    ]
    assert [Memory.of(kept, ["a.c"], each) for each in others] == [None] * 3
    assert Memory.of(kept, ["a.c"], options) is not None


def test_fingerprints_hang_on_names(options: CheckOptions, kept: Path) -> None:
    keys = [
        Memory.of(kept, ["a/a.c", "b/b.c"], replace(options, name=name))
        for name in (None, str, str.upper, lambda path: path.replace("b/", "c/"))
    ]
    assert len(set(keys)) == 4


def test_the_key_does_not_hang_on_the_order_of_a_set(options: CheckOptions, kept: Path) -> None:
    codes = [f"MM{number}" for number in range(100, 140)]
    keys = {
        Memory.of(kept, ["a.c"], replace(options, codes=frozenset(each)))
        for each in (codes, codes[::-1], sorted(codes, key=lambda code: code[::-1]))
    }
    assert len(keys) == 1


def test_entries_that_nobody_reads_make_room(
    first: Run, source: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first(source)
    (old,) = kept.iterdir()
    os.utime(old, (1, 1))
    monkeypatch.setattr(folder, "LIMIT", old.stat().st_size * 3 // 2)
    first(source, conversions=False)
    assert old not in list(kept.iterdir())
    assert len(list(kept.iterdir())) == 1


@pytest.fixture
def many(source: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    monkeypatch.setattr(runner, "BATCH", 3)
    monkeypatch.setattr(runner, "SERIAL_LIMIT", 4)
    paths = [source.with_name(f"f{number:02}.c") for number in range(12)]
    for path in paths:
        path.write_text(DRIVER)
    yield paths


def test_what_workers_looked_at_counts(first: Run, many: list[Path], kept: Path) -> None:
    found = first(*many)
    assert len(list(kept.iterdir())) == 1
    # A worker counts in its own process.
    assert first(*many) == found
    touch(many[7], DRIVER.replace(".mmap =", ".nmap ="))
    again = first(*many)
    assert [result.path for result in again if not result.findings] == [str(many[7])]
