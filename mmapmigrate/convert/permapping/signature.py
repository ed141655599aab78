# SPDX-License-Identifier: GPL-2.0-only
"""The parameters of vm_operations_struct.mapped."""

from __future__ import annotations

import re

from msgspec import Struct


class Signature(Struct, frozen=True):
    """The parameters of vm_operations_struct.mapped: as they are written, and their names by role."""

    parameters: tuple[str, ...]
    start: str
    end: str
    pgoff: str
    file: str
    private: str

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names."""
        return self.start, self.end, self.pgoff, self.file, self.private


def signature_of(type_text: str) -> Signature | None:
    """Read the parameters from a member's type; None where they are not the five that are known."""
    found = re.fullmatch(r"int \(\*\)\((.*)\)", type_text)
    if found is None:
        return None
    parameters = tuple(one.strip() for one in found[1].split(","))
    shape = [re.fullmatch(r"(.*[\s*])(\w++)", one) for one in parameters]
    types = [None if one is None else one[1].strip() for one in shape]
    if types != ["unsigned long", "unsigned long", "pgoff_t", "const struct file *", "void **"]:
        return None
    names = [one[2] for one in shape if one is not None]
    return Signature(parameters, *names)
