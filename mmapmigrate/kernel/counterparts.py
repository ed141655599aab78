# SPDX-License-Identifier: GPL-2.0-only
"""Which function that takes a descriptor stands for which function that takes a VMA, by how they are named.

The kernel names the descriptor's form after the VMA's: ``generic_file_mmap_prepare``, ``vma_desc_pages``,
``shmem_zero_setup_desc``. A name alone proves nothing (``map_kernel_pages_prepare`` is a step of an action),
so the parameters must agree too: the descriptor in the VMA's place, nothing more, and nothing less but the
file, which the descriptor carries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mmapmigrate.kernel.api import Helper, Parameter

DESC = "struct vm_area_desc *"
VMA = "struct vm_area_struct *"

_NAMINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    # (what the descriptor's form is called, what the VMA's form is called)
    (re.compile(r"(\w*mmap)_prepare(\w*)"), r"\1\2"),
    (re.compile(r"(\w+)_prepare"), r"\1"),
    (re.compile(r"(\w+)_desc"), r"\1"),
    (re.compile(r"(|\w+_)vma_desc(|_\w+)"), r"\1vma\2"),
    (re.compile(r"vma_desc_(\w+)"), r"\1"),
)
_FLAG_TYPES = frozenset({"vm_flags_t", "unsigned long", "vma_flags_t", "vma_flags_t *"})


def bare(type_text: str) -> str:
    """A type without const: what decides whether two parameters are of one kind."""
    return re.sub(r"\bconst\b\s*", "", type_text).strip()


def takes(helper: Helper, type_text: str) -> bool:
    """Whether a parameter of ``helper`` is of this type, const or not."""
    return any(bare(one.type) == type_text for one in helper.parameters)


def vma_names(name: str) -> Iterator[str]:
    """What the VMA's form of the descriptor function ``name`` may be called, likeliest first."""
    for pattern, replacement in _NAMINGS:
        match = pattern.fullmatch(name)
        if match is not None:
            yield match.expand(replacement)


def find_counterparts(functions: Mapping[str, Helper], desc: Mapping[str, Helper]) -> dict[str, Helper]:
    """VMA function -> its counterpart, both existing.

    ``functions`` are those that take a VMA or its flags, ``desc`` those that take a descriptor.
    """
    found: dict[str, Helper] = {}
    for name, helper in desc.items():
        for candidate in vma_names(name):
            twin = functions.get(candidate)
            if twin is not None and candidate not in found and candidate != name and _agree(twin, helper):
                found[candidate] = helper
    return found


def _agree(vma: Helper, desc: Helper) -> bool:
    if vma.variadic != desc.variadic:
        return False
    if vma.macro or desc.macro:
        # A macro's parameters have names only: the first is the VMA or the descriptor, the rest must match.
        return [one.name for one in vma.parameters[1:]] == [one.name for one in desc.parameters[1:]]
    if takes(vma, DESC):
        return False
    left = [bare(one.type) for one in vma.parameters]
    right = [bare(one.type) for one in desc.parameters]
    right.remove(DESC)
    if VMA in left:
        left.remove(VMA)
    elif len(left) == 1 and left[0] in _FLAG_TYPES and "flags" in _flag_word(vma.parameters[0]):
        left.clear()
    else:
        return False
    for kind in right:
        if kind not in left:
            return False
        left.remove(kind)
    return all(kind == "struct file *" for kind in left)


def _flag_word(parameter: Parameter) -> str:
    return parameter.type if "flags" in parameter.type else parameter.name
