# SPDX-License-Identifier: GPL-2.0-only
"""A driver that is built for other kernels too needs its old hook there: they may lack mmap_prepare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.model.releases import release_test

if TYPE_CHECKING:
    from mmapmigrate.model.file import FileModel


def release_reasons(files: Iterable[FileModel]) -> Iterator[Reason]:
    """A reason for each test of the kernel's version that the drivers of ``files`` know."""
    for file in files:
        test = release_test(file)
        if test is not None:
            where, offset = test
            line = where.unit.source.position(offset).line
            message = "the test of LINUX_VERSION_CODE says that the driver is built for other kernels too"
            yield Reason(where.path, line, "other-kernels", message, Tier.REVIEW)
