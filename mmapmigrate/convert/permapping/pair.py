# SPDX-License-Identifier: GPL-2.0-only
"""The vm_ops that a hook sets and their close: what the hook takes is the mapping's if that gives it back."""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.permapping.placing import name_for
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.vmops import PlacedTable, vm_ops_table
from mmapmigrate.model.arms import in_same_builds
from mmapmigrate.model.project import Project
from mmapmigrate.model.vmops import VmOpsMember, VmOpsTable
from mmapmigrate.syntax.nodes import bare, field, find_all


class Pair(Struct, frozen=True):
    """The vm_ops that a hook sets and their close, each with its file.

    ``far`` tells that one of the two is in another file than the hook.
    """

    placed: PlacedTable
    close: HookSource
    far: bool
    setter: Plan
    """Of the function that sets the vm_ops: the one that takes, or its caller."""

    @property
    def table(self) -> VmOpsTable:
        """The table by itself."""
        return self.placed.table

    @property
    def entry(self) -> VmOpsMember:
        """The entry in front of which mapped is named."""
        return (self.table.named("open") or self.table.named("close"))[0]

    def name(self, project: Project, hook: HookSource) -> str:
        """foo_vm_open is foo_vm_mapped; without an open, foo_vm_close is."""
        opens = self.table.named("open")
        word, old = ("open", opens[0].handler or "") if opens else ("close", self.close.function.name)
        files = [hook.file, self.placed.file, self.close.file]
        return name_for(project, old, word, files, far=self.far)


def pair_of(plan: Plan) -> Pair | None:
    """The one table of the driver that the hook sets, with a close of the driver and without a mapped."""
    hook = plan.hook
    names = set()
    for node in find_all(hook.body, "assignment_expression"):
        if plan.values.is_field(field(node, "left"), "vm_ops"):
            target = re.fullmatch(r"&\s*(\w+)", hook.text(bare(field(node, "right"))))
            names.add("" if target is None else target[1])
    name = next(iter(names)) if len(names) == 1 else ""
    placed = vm_ops_table(hook.file, name) if name and name not in hook.locals else None
    if placed is None or not placed.table.readable or placed.table.named("mapped"):
        return None
    if re.search(rb"(?m)^[ \t]*#", hook.file.unit.code[hook.body.start_byte : hook.body.end_byte]):
        # Of what the preprocessor chooses there is more than one text.
        return None
    closes = placed.table.named("close")
    found = placed.file.definitions(closes[0].handler or "") if len(closes) == 1 else ()
    if len(found) != 1 or found[0][1].parsed.errors or not found[0][1].vma_parameter():
        return None
    close = HookSource(*found[0])
    places = [
        (placed.file, closes[0].start),
        (close.file, close.function.node.start_byte),
        (hook.file, hook.function.node.start_byte),
    ]
    far = any(file.path != hook.file.path for file, _at in places)
    return Pair(placed, close, far, plan) if in_same_builds(*places) else None


def pair_of_caller(plan: Plan, caller: Plan) -> Pair | None:
    """What ``caller`` sets for a helper, of ``plan``, that sets no vm_ops itself: in the same builds."""
    if any(plan.values.is_field(node, "vm_ops") for node in find_all(plan.hook.body, "field_expression")):
        return None
    pair = pair_of(caller)
    places = ((each.file, each.function.node.start_byte) for each in (plan.hook, caller.hook))
    if pair is None or not in_same_builds(*places):
        return None
    return replace(pair, far=pair.far or plan.hook.file.path != caller.hook.file.path)
