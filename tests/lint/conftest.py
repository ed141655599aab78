# SPDX-License-Identifier: GPL-2.0-only
"""A driver, a folder of rules, and a converter whose answers a test decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Conversion, HookRef, Reason, Tier
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.workspace import Workspace
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.syntax.edit import Edit

DRIVER = """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_private_data = file;
	return 0;
}

static const struct file_operations foo_fops = {
	.mmap = foo_mmap,
};
"""

RULE = '''\
"""A rule of a test."""
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.lint.finding import Fix, Severity
from mmapmigrate.lint.rule import Rule
from mmapmigrate.syntax.edit import Edit

RULE = Rule("ACME1", "no-foo", Severity.WARNING, "no foo here")


def check(context):
    data = context.file.unit.source.data
'''


@pytest.fixture(scope="session")
def api() -> KernelApi:
    return load_snapshot("7.3")


@pytest.fixture
def acme(tmp_path: Path) -> Callable[[str], str]:
    """Writes a folder with the rule ACME1, whose check() has this body, and returns it."""

    def write(body: str) -> str:
        folder = tmp_path / "acme_rules"
        folder.mkdir()
        (folder / "acme.py").write_text(RULE + "".join(f"    {line}\n" for line in body.splitlines()))
        return str(folder)

    return write


@dataclass
class FakeConverter:
    """Renames ``.mmap`` to ``.mmap_prepare`` in the table: enough to see what happens to a conversion."""

    tier: Tier = Tier.COMPLETE
    reasons: tuple[Reason, ...] = ()
    defect: str | None = None
    more_edits: dict[str, tuple[Edit, ...]] = field(default_factory=dict)
    error: Exception | None = None
    calls: int = 0

    def conversion(self, file: FileModel, entry: OpsEntry) -> Conversion:
        self.calls += 1
        if self.error is not None:
            raise self.error
        edit = Edit(entry.member_start, entry.member_end, b"mmap_prepare")
        written = self.tier.rank <= Tier.REVIEW.rank
        return Conversion(
            path=file.path,
            line=file.unit.source.position(entry.start).line,
            handler=entry.handler or "",
            hooks=(HookRef("file_operations", "mmap", entry.object, entry.handler),),
            tier=self.tier,
            reasons=self.reasons,
            edits={file.path: (edit,), **self.more_edits} if written else {},
            defect=self.defect,
        )


@pytest.fixture
def converter(monkeypatch: pytest.MonkeyPatch) -> FakeConverter:
    fake = FakeConverter()
    monkeypatch.setattr(Workspace, "converter", lambda self, path: fake)
    return fake


@pytest.fixture
def options(api: KernelApi) -> CheckOptions:
    return CheckOptions(api, frozenset({"MM101"}))


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    path = tmp_path / "foo.c"
    path.write_text(DRIVER)
    return path
