# SPDX-License-Identifier: GPL-2.0-only
"""A file that may name what is converted and cannot be read holds the conversion back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmapmigrate.cli.app import run
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.syntax.source import LARGEST_FILE
from tests.convert.test_siblings import driver, made
from tests.drivers import GOOD_HOOK

GLOBAL = GOOD_HOOK.replace("static int foo_mmap", "int foo_mmap")


def too_large(path: Path) -> None:
    """Makes ``path`` a file that is not read; root could read any other."""
    with path.open("wb") as file:
        os.truncate(file.fileno(), LARGEST_FILE + 1)


def test_beside_a_global_hook(tmp_path: Path) -> None:
    assert made(tmp_path / "read", {"foo.c": GLOBAL}).codes == set()
    folder = tmp_path / "unread"
    folder.mkdir()
    too_large(folder / "bar.c")
    found = made(folder, {"foo.c": GLOBAL})
    (reason,) = found.conversion.reasons
    assert reason.code == "unread-file"
    assert reason.message == f"{folder}/bar.c cannot be read, and may name it"
    assert (found.conversion.tier, found.conversion.edits) == (Tier.SKELETON, {})


def test_beside_a_helper(tmp_path: Path) -> None:
    too_large(tmp_path / "bar.c")
    assert made(tmp_path, driver()).codes == {"unread-file"}


@pytest.mark.parametrize("name", ["bar.txt", "bar.o"])
def test_what_is_no_source_is_not_read(tmp_path: Path, name: str) -> None:
    too_large(tmp_path / name)
    assert made(tmp_path, {"foo.c": GLOBAL}).codes == set()


def test_what_is_gone_names_nothing(tmp_path: Path) -> None:
    (tmp_path / "bar.c").symlink_to(tmp_path / "gone.c")
    assert made(tmp_path, {"foo.c": GLOBAL}).codes == set()


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refused(path: str) -> object:
        if path == f"{tmp_path}/":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    found = made(tmp_path, {"foo.c": GLOBAL})
    (reason,) = found.conversion.reasons
    assert (reason.code, found.conversion.edits) == ("unread-file", {})
    assert reason.message == f"{tmp_path} cannot be read, and a file in it may name it"


def test_what_cannot_be_read_may_set_a_table_in_a_descriptor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "foo.c").write_text(SET_BY_MMAP.replace("static const struct vm_op", "const struct vm_op"))
    check = ["check", "--target", "7.3", "--no-cache", "--select", "MM403", str(tmp_path / "foo.c")]
    assert run(check) == 1
    assert "MM403" in capsys.readouterr().out
    too_large(tmp_path / "bar.c")
    assert run(check) == 0


PREPARED = """\
static int foo_mapped(unsigned long start, unsigned long end, pgoff_t pgoff, const struct file *file,
			void **vm_private_data)
{
	kref_get(&foo.ref);
	return 0;
}

static void foo_close(struct vm_area_struct *vma)
{
	kref_put(&foo.ref, foo_free);
}

static const struct vm_operations_struct foo_vm_ops = {
	.mapped = foo_mapped,
	.close = foo_close,
};

static int foo_mmap_prepare(struct vm_area_desc *desc)
{
	desc->vm_ops = &foo_vm_ops;
	return foo_elsewhere(desc);
}

static const struct file_operations foo_fops = {
	.mmap_prepare = foo_mmap_prepare,
};
"""


SET_BY_MMAP = PREPARED.replace(
    "static int foo_mmap_prepare(struct vm_area_desc *desc)\n{\n\tdesc->vm_ops = &foo_vm_ops;\n"
    "\treturn foo_elsewhere(desc);\n",
    "static int foo_mmap(struct file *file, struct vm_area_struct *vma)\n{\n\tvma->vm_ops = &foo_vm_ops;\n"
    "\treturn 0;\n",
).replace(".mmap_prepare = foo_mmap_prepare", ".mmap = foo_mmap")


@pytest.mark.parametrize(
    "text", [PREPARED, SET_BY_MMAP, GLOBAL + "struct foo foo = { .fops = &foo_fops };\n"]
)
def test_no_rule_and_no_plan_fails_for_it(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    too_large(tmp_path / "bar.c")
    (tmp_path / "foo.c").write_text(text)
    for command in ("check", "plan"):
        assert run([command, "--target", "7.3", "--no-cache", str(tmp_path / "foo.c")]) in (0, 1)
    assert "error" not in capsys.readouterr().err


def test_a_macros_tables_in_the_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "foo.h").write_text(
        "#define FOO_FOPS(name) static const struct file_operations name = { .mmap = foo_mmap }\n"
    )
    (tmp_path / "foo.c").write_text('#include "foo.h"\nFOO_FOPS(foo_fops);\n')
    too_large(tmp_path / "bar.c")
    run(["plan", "--target", "7.3", "--no-cache", "--format", "json", str(tmp_path)])
    told = capsys.readouterr()
    assert "failed" not in told.err
    assert "internal" not in told.err
    assert "unread-file" in told.out
