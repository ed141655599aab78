# SPDX-License-Identifier: GPL-2.0-only
"""Recipes: each knows one kind of VMA use and answers with new text or a reason.

A recipe is a function of a Plan and the identifier node of one use; it returns whether the use is its own.
The order of ``RECIPES`` is the order in which they are asked: wholes before their parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.recipes.calls import call_with_vma
from mmapmigrate.convert.recipes.counterpart import counterpart_call
from mmapmigrate.convert.recipes.fields import plain_field
from mmapmigrate.convert.recipes.flag_changes import flags_call
from mmapmigrate.convert.recipes.flags import flags_expression
from mmapmigrate.convert.recipes.null_test import null_test
from mmapmigrate.convert.recipes.page_prot import page_prot_call
from mmapmigrate.convert.recipes.pages import kernel_pages
from mmapmigrate.convert.recipes.pointer import other_use
from mmapmigrate.convert.recipes.remap import remap_call
from mmapmigrate.convert.recipes.size import vma_size
from mmapmigrate.convert.recipes.stacked import stacked_call

if TYPE_CHECKING:
    from tree_sitter import Node

Recipe = Callable[[Plan, "Node"], bool]

RECIPES: tuple[Recipe, ...] = (
    remap_call,
    kernel_pages,
    page_prot_call,
    flags_call,
    flags_expression,
    counterpart_call,
    stacked_call,
    vma_size,
    plain_field,
    null_test,
    call_with_vma,
    other_use,
)
