# SPDX-License-Identifier: GPL-2.0-only
"""Names of the kernel and of C that the driver defines itself: what a recipe knows of them may not hold.

``#define remap_pfn_range(...) foo_remap(...)`` in front of a hook, a ``vma_pages()`` of the driver's own,
``#define bool unsigned char`` in what a driver brings along from another system.
"""

from __future__ import annotations

import re

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.recipes.flag_changes import BIT_SETTERS, SETTERS
from mmapmigrate.convert.recipes.flags import FLAG_FUNCTIONS
from mmapmigrate.convert.recipes.remap import REMAPS
from mmapmigrate.convert.values.widths import NARROW_TYPES, WIDE_TYPES
from mmapmigrate.model.outcomes import TELLING
from mmapmigrate.model.remaps import remaps

_UNITS = (
    *("PAGE_ALIGN", "PAGE_SHIFT", "PAGE_SIZE", "pgprot_val"),
    *("vma_get_page_prot", "vma_pages", "vm_get_page_prot"),
)
_MEANT = frozenset({*remaps(), *REMAPS, *SETTERS, *BIT_SETTERS, *FLAG_FUNCTIONS, *_UNITS, *TELLING})
_WORDS_OF_C = frozenset(
    {
        "bool", "break", "case", "char", "continue", "default", "do", "else", "for", "goto", "if", "int",
        "long", "return", "short", "signed", "sizeof", "switch", "unsigned", "void", "while",
        *WIDE_TYPES, *NARROW_TYPES,
    }
)  # fmt: skip
_FLAG = re.compile(r"VM_[A-Z0-9_]+$")


def prove_meanings(plan: Plan) -> None:
    """Add to ``plan`` a reason for each name of the kernel in the hook that the driver gives a meaning."""
    hook = plan.hook
    judged: set[str] = set()
    for node in hook.identifiers:
        name = hook.text(node)
        if name in judged or not (name in _MEANT or _FLAG.match(name)):
            continue
        judged.add(name)
        if hook.file.functions(name) or hook.file.macros_seen(name) or hook.declares(name):
            message = f"the driver defines `{name}` itself, which need not be the kernel's"
            plan.refuse(node, "redefined", message, Tier.REVIEW)
    for word in sorted(_WORDS_OF_C & hook.words):
        if any(macro.body.strip() != word for _, macro in hook.file.macros_seen(word)):
            message = f"the driver defines `{word}` itself, which need not be C's"
            plan.refuse(hook.function.node, "redefined", message, Tier.REVIEW)
