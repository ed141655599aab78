# SPDX-License-Identifier: GPL-2.0-only
"""Names of the kernel and of C that the driver defines itself: what a recipe knows of them may not hold.

``#define remap_pfn_range(...) foo_remap(...)`` in front of a hook, a ``vma_pages()`` of the driver's own,
``#define bool unsigned char`` in what a driver brings along from another system, a ``vma_desc_size()`` that
it has for older kernels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.recipes.flag_changes import BIT_SETTERS, SETTERS
from mmapmigrate.convert.recipes.flags import FLAG_FUNCTIONS
from mmapmigrate.convert.recipes.remap import REMAPS
from mmapmigrate.convert.values.widths import NARROW_TYPES, WIDE_TYPES
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.macros import all_macros
from mmapmigrate.model.outcomes import TELLING
from mmapmigrate.model.remaps import remaps
from mmapmigrate.model.structs import struct_opening
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.words import encoded

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
# What a table is, and the members of it that change places.
_TAGS = ("file_operations", "vm_area_desc", "vm_area_struct", "vm_operations_struct")
_MEMBERS = ("mmap", "mmap_prepare")
_FLAG = re.compile(r"VM_[A-Z0-9_]+$")
_NAME = re.compile(rb"[A-Za-z_]\w*")
_NUMBER = re.compile(r"\(?(?:0[xX][0-9a-fA-F]+|\d+)?[uUlL]*\)?")
# What a macro does that stands for a type, an attribute or a declaration, where nothing is read.
_HIDDEN = re.compile(
    r"\b(?:static|extern|(?:__)?cleanup(?:__)?|__free|CLASS|(?:__)?asm(?:__)?)\b|(?<![=!<>])=(?!=)|\+\+|--"
)


def prove_meanings(plan: Plan) -> None:
    """Add to ``plan`` a reason for each name of the kernel in the hook that the driver gives a meaning."""
    hook = plan.hook
    judged: set[str] = set()
    for node in hook.identifiers:
        name = hook.text(node)
        meant = name in _MEANT or _FLAG.match(name)
        if name in judged or not (meant or name in plan.api.counterparts):
            continue
        judged.add(name)
        # A function of the driver that is named like a counterpart's is one of its helpers.
        defined = meant and (hook.file.functions(name) or hook.declares(name))
        if defined or hook.file.macros_seen(name):
            plan.refuse(node, "redefined", _own(name, "the kernel's"), Tier.REVIEW)
    for word in sorted(_WORDS_OF_C & hook.words):
        if any(macro.body.strip() != word for _, macro in hook.file.macros_seen(word)):
            plan.refuse(hook.function.node, "redefined", _own(word, "C's"), Tier.REVIEW)
    _prove_members(plan)
    _prove_hidden(plan)


def _prove_members(plan: Plan) -> None:
    """The same for a macro with the name of one of the VMA's members."""
    hook = plan.hook
    for word in sorted(hook.words & plan.api.vma_fields.keys()):
        if any(macro.parameters is None for _, macro in hook.file.macros_seen(word)):
            plan.refuse(hook.function.node, "redefined", _own(word, "the kernel's"), Tier.REVIEW)


def _prove_hidden(plan: Plan) -> None:
    """Add a reason for each macro that the grammar takes for a type or nothing, and that does something."""
    hook = plan.hook
    read = {hook.text(node) for node in hook.identifiers} | _WORDS_OF_C
    for word in sorted(hook.words - read):
        hidden = any(_HIDDEN.search(macro.body) for _, macro in hook.file.macros_seen(word))
        if hidden and "for_each" not in word:
            message = f"what the macro `{word}` does in the hook is not read"
            plan.refuse(hook.function.node, "redefined", message, Tier.REVIEW)


def prove_included(plan: Plan, includers: Iterable[FileModel]) -> None:
    """Add a reason for each name in the hook of which another file makes a macro that includes this one.

    What the users of a header give to it is theirs to say, but for the names of the kernel and of C.
    """
    hook = plan.hook
    of_all = {*_MEANT, *_WORDS_OF_C, *plan.api.vma_fields, *plan.api.counterparts}
    # Its own headers have been asked.
    own = {hook.file.path, *(one.path for one in hook.file.headers())}
    for includer in includers:
        others = (one for one in includer.headers() if one.path not in own)
        for where, macro in ((one, macro) for one in (includer, *others) for macro in all_macros(one.unit)):
            name = macro.name
            if name not in hook.words or name == hook.function.name or _NUMBER.fullmatch(macro.body.strip()):
                continue
            if not hook.file.path.endswith(".h") or name in of_all or _FLAG.match(name):
                by = "" if where is includer else f" by way of {where.path}"
                message = f"{includer.path} includes this file, and defines `{name}`{by}"
                plan.refuse(hook.function.node, "redefined", message, Tier.REVIEW)


def redefined_reasons(api: KernelApi, file: FileModel, edits: Sequence[Edit]) -> list[Reason]:
    """Why names of the kernel that ``edits`` bring into ``file`` or change need not be the kernel's."""
    bits = (f"VMA_{name}_BIT" for name in api.flags)
    brought = {*api.helpers, *bits, *api.masks.values(), *(one.name for one in api.counterparts.values())}
    old, new = (
        {word.decode() for text in texts for word in _NAME.findall(text)}
        for texts in (
            [file.unit.source.data[edit.start : edit.end] for edit in edits],
            [edit.text for edit in edits],
        )
    )
    sight = (file, *file.headers())
    found = []
    for name in sorted((brought & new) - old):
        if any(where.functions(name) for where in sight) or file.macros_seen(name):
            found.append(name)
    found += [name for name in (*_TAGS, *_MEMBERS) if file.macros_seen(name)]
    found += [
        tag
        for tag in _TAGS
        if any(where.holds(encoded(tag)) and struct_opening(where.unit.text, encoded(tag)) for where in sight)
    ]
    reasons = []
    for name in dict.fromkeys(found):
        place = next(iter(file.occurrences(name)), 0)
        line = file.unit.source.position(place).line
        reasons.append(Reason(file.path, line, "redefined", _own(name, "the kernel's"), Tier.REVIEW))
    return reasons


def _own(name: str, whose: str) -> str:
    return f"the driver defines `{name}` itself, which need not be {whose}"
