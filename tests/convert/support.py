# SPDX-License-Identifier: GPL-2.0-only
"""Small drivers for the tests of conversions, and what becomes of them.

C text stands in the tests with eight columns for a tab, at any indentation; ``c()`` gives it its tabs. In a
hook's body the word REMAP stands for a call that remaps the whole VMA, IO_REMAP for its twin.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from mmapmigrate.convert.conversion import Conversion, Tier
from mmapmigrate.convert.engine import Converter
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.edit import apply_edits
from mmapmigrate.syntax.source import SourceFile

PARAMETERS = "struct file *file, struct vm_area_struct *vma"

TABLE = """
static const struct file_operations foo_fops = {
	.owner = THIS_MODULE,
	.mmap = foo_mmap,
};
"""

# The tables that most hooks of the tests set, and what most of them map.
SETTING = """\
static const struct vm_operations_struct foo_vm_ops = {
	.fault = foo_fault,
};

static unsigned long foo_pfn;

"""


REMAP = "remap_pfn_range(vma, vma->vm_start, foo_pfn, vma->vm_end - vma->vm_start, vma->vm_page_prot)"


def c(text: str) -> str:
    """C text without its common indentation and outer blank lines, eight leading columns made a tab."""
    plain = textwrap.dedent(text).strip("\n")
    return re.sub(r"^(?: {8})+", lambda found: "\t" * (len(found[0]) // 8), plain, flags=re.M)


def hook(body: str, parameters: str = PARAMETERS, name: str = "foo_mmap") -> str:
    """A hook with the given body."""
    body = re.sub(r"\b(IO_)?REMAP\b", lambda found: ("io_" if found[1] else "") + REMAP, body)
    inside = "\n".join(f"\t{line}" if line and line[0] != "#" else line for line in c(body).split("\n"))
    return f"static int {name}({parameters})\n{{\n{inside}\n}}\n"


def driver(body: str, before: str = "", parameters: str = PARAMETERS) -> str:
    """A file with one hook and the table that names it; ``before`` stands in front of the hook."""
    return SETTING + (f"{c(before)}\n\n" if before else "") + hook(body, parameters) + TABLE


@dataclass(frozen=True)
class Result:
    """A conversion with the file's text before and after it; ``new`` is None where there are no edits."""

    conversion: Conversion
    old: str
    new: str | None

    @property
    def codes(self) -> set[str]:
        """The codes of the conversion's reasons."""
        return {reason.code for reason in self.conversion.reasons}

    @property
    def tier(self) -> Tier:
        """The conversion's tier."""
        return self.conversion.tier

    def body(self, name: str = "foo_mmap_prepare") -> str:
        """The new body of a function, its own indentation removed."""
        assert self.new is not None, self.conversion.reasons
        found = re.search(
            rf"^static (?:inline )?\w+(?: __maybe_unused)?\s{name}\([^{{]*\{{\n(.*?)^\}}",
            self.new,
            re.S | re.M,
        )
        assert found is not None, self.new
        return "\n".join(line.removeprefix("\t") for line in found[1].rstrip("\n").split("\n"))


@cache
def snapshot() -> KernelApi:
    """The API of Linux 7.3."""
    return load_snapshot("7.3")


def convert(
    text: str | bytes,
    path: str = "foo.c",
    *,
    suppressed: Callable[[str, int], bool] | None = None,
    handler: str | None = None,
    member: tuple[str, str] = ("file_operations", "mmap"),
    api: KernelApi | None = None,
    skeletons: bool = False,
) -> Result:
    """Convert a file's first hook, or the one that is named, in a ``member`` of an ops struct.

    The result has the skeleton's text where ``skeletons`` asks for one and there is no conversion.
    """
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    project = Project()
    file = project.model(SourceFile(path, data))
    entry = next(
        entry
        for entry in file.entries()
        if (entry.struct, entry.member) == member
        and entry.handler not in (None, "NULL")
        and handler in (None, entry.handler)
    )
    converter = Converter(project, api or snapshot(), suppressed=suppressed, skeletons=skeletons)
    conversion = converter.conversion(file, entry)
    assert conversion.defect is None
    edits = (conversion.edits or conversion.skeleton).get(path)
    new = None if edits is None else apply_edits(data, edits).decode("latin-1")
    return Result(conversion, data.decode("latin-1"), new)


def complete(body: str, before: str = "", parameters: str = PARAMETERS) -> str:
    """The new body of a hook that must convert as complete."""
    result = convert(driver(body, before, parameters))
    assert result.conversion.reasons == ()
    assert result.tier is Tier.COMPLETE
    return result.body()


def refused(body: str, before: str = "", parameters: str = PARAMETERS) -> set[str]:
    """The codes of the reasons why a hook must not convert as complete."""
    result = convert(driver(body, before, parameters))
    assert result.tier is not Tier.COMPLETE, result.new
    return result.codes
