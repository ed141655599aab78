# SPDX-License-Identifier: GPL-2.0-only
"""State that a helper takes for its hook's mapping: what the helper is handed, mapped must find again.

    static int foo_setup(struct vm_area_struct *vma, struct foo *foo)       /* called once, by foo_mmap() */
    {
            get_device(&foo->dev);
            vma->vm_private_data = foo;
            vma->vm_ops = &foo_vm_ops;
            return 0;
    }

The helper is split as a hook is. Its parameters have the values of the one call; once the helper has
succeeded nothing but an action may fail, and what the hook gives back when one does has nothing to give back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.effects import effect_of_call
from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.names import MentionKind, mentions
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.permapping.acting import acts_within
from mmapmigrate.convert.permapping.changes import Taking, takings
from mmapmigrate.convert.permapping.later import late_look
from mmapmigrate.convert.permapping.places import Places
from mmapmigrate.convert.permapping.sides import UnsplitError
from mmapmigrate.convert.permapping.users import naming
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.settled import step_of
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.outcomes import walks_of
from mmapmigrate.model.project import Project
from mmapmigrate.model.vmops import vm_ops_setters
from mmapmigrate.model.walk import Ending, Walk, Worth
from mmapmigrate.syntax.nodes import (
    ancestors,
    arguments,
    bare,
    encloses,
    enclosing_statement,
    field,
    find_all,
)

if TYPE_CHECKING:
    from tree_sitter import Node


_LOOPS = ("for_statement", "while_statement", "do_statement")


class Caller(Struct, frozen=True):
    """The function that hands its VMA to a helper, and the call; ``is_hook`` tells that it is no helper."""

    plan: Plan
    call: Node
    is_hook: bool

    @property
    def acting(self) -> list[Node]:
        """Its other calls that may make the mapping fail after it has returned."""
        hook = self.plan.hook
        calls = (one for one in find_all(hook.body, "call_expression") if one.id != self.call.id)
        return [one for one in calls if acts_within(hook, one)]

    @property
    def beside(self) -> list[Node]:
        """Those of ``acting`` that run on a path with the call."""
        walks = [one for one in walks_of(self.plan.hook, {}) if step_of(one.path, self.call) is not None]
        return [one for one in self.acting if any(step_of(walk.path, one) is not None for walk in walks)]

    def given(self, helper: HookSource) -> Mapping[str, Node]:
        """What the helper's parameters are, the VMA's aside. Raises UnsplitError where one changes."""
        found = self._handed(helper)
        if len(helper.function.parameters) != len(arguments(self.call)):
            raise UnsplitError(helper.body, f"{helper.function.name}() is not called with its parameters")
        if helper.file_parameter in found and not self.plan.hook.is_own_file(found[helper.file_parameter]):
            raise UnsplitError(helper.body, f"`{helper.file_parameter}` need not be the file of the mapping")
        for name in found:
            if _is_written(helper, name):
                raise UnsplitError(helper.body, f"{helper.function.name}() changes `{name}`")
        return found

    def places(self, helper: HookSource) -> dict[str, str]:
        """The places of the helper's parameters, as they are handed over."""
        there = Places(self.plan.hook, far=self.plan.hook.file.path != helper.file.path)
        found = {name: there.of(value) for name, value in self._handed(helper).items()}
        return {name: place for name, place in found.items() if place and there.is_common(place)}

    def _handed(self, helper: HookSource) -> dict[str, Node]:
        names = (parameter.name for parameter in helper.function.parameters)
        pairs = zip(names, arguments(self.call), strict=False)
        return {name: value for name, value in pairs if name != helper.vma}


def _is_written(helper: HookSource, name: str) -> bool:
    for node in find_all(helper.body, "assignment_expression", "update_expression", "pointer_expression"):
        target = bare(node.child_by_field_name("left") or field(node, "argument"))
        lent = node.type != "pointer_expression" or helper.text(node).startswith("&")
        if target.type == "identifier" and helper.text(target) == name and lent:
            return True
    return False


def check_caller(caller: Caller, helper: HookSource, ours: Sequence[Taking], *, sets_ops: bool) -> list[Node]:
    """Whether what ``helper`` takes is the mapping's from its call on; raises UnsplitError where it is not.

    That its files have no other call is a part of it; check_far_calls() searches the tree for one.
    ``sets_ops`` tells that the caller sets the vm_ops.
    Returns the statements of the caller that give it back when a remap fails.
    """
    hook, name = caller.plan.hook, helper.function.name
    if not caller.is_hook:
        raise UnsplitError(helper.body, f"{hook.function.name}(), which calls {name}(), is a helper too")
    if not (helper.returns_nothing or _returns_int(helper)):
        raise UnsplitError(helper.body, f"{name}() returns no errno")
    if any(above.type in _LOOPS for above in ancestors(caller.call)):
        raise UnsplitError(helper.body, f"{hook.function.name}() calls {name}() in a loop")
    lock = _lock(caller)
    if lock:
        raise UnsplitError(helper.body, f"`{lock}` of {hook.function.name}() may be held around {name}()")
    _check_only_call(caller, helper, {file.path: file for file in (helper.file, hook.file)}.values())
    for node in find_all(hook.body, "field_expression"):
        fields = ("vm_private_data",) if sets_ops else ("vm_ops", "vm_private_data")
        if any(caller.plan.values.is_field(node, one) for one in fields):
            text = caller.plan.short(node)
            raise UnsplitError(helper.body, f"{hook.function.name}() uses `{text}` beside {name}()")
    for call in find_all(hook.body, "call_expression"):
        for file, function in hook.file.definitions(hook.text(field(call, "function"))):
            if function.name == name:
                continue
            if any(one.function.node.start_byte == function.node.start_byte for one in vm_ops_setters(file)):
                raise UnsplitError(helper.body, f"{function.name}() sets vm_ops beside {name}()")
    zero: dict[int, Worth | None] = {one.id: Worth.ZERO for one in (*caller.acting, caller.call)}
    walks = walks_of(hook, zero)
    for walk in walks:
        if step_of(walk.path, caller.call) is not None and walk.ending is Ending.FAILURE:
            raise UnsplitError(helper.body, f"{hook.function.name}() may still fail after {name}()")
        if sets_ops and walk.ending is not Ending.FAILURE:
            _sets_with_call(caller, helper, walk)
    reached = [step.node for walk in walks for step in walk.path if step.node is not None]
    gone: list[Node] = []
    places = Places(hook, far=hook.file.path != helper.file.path)
    for one in takings(places, hook.body):
        if one.node.id == caller.call.id or not any(one.pairs(other) for other in ours):
            continue
        if not one.change.gives or any(encloses(node, one.node) for node in reached):
            text = caller.plan.short(one.node)
            raise UnsplitError(helper.body, f"`{text}` of {hook.function.name}() works on it too")
        statement = enclosing_statement(one.node)
        if not caller.plan.is_discarded(statement):
            raise UnsplitError(
                helper.body, f"`{caller.plan.short(statement)}` stays in {hook.function.name}()"
            )
        gone.append(statement)
    return gone


def check_failure(caller: Caller, helper: HookSource) -> str:
    """What becomes of a failure of ``helper`` that is one of mapped now: "" where the caller returns it.

    Else why another errno is seen. Raises UnsplitError where the caller does more.
    """
    hook, name = caller.plan.hook, helper.function.name
    zero: dict[int, Worth | None] = {one.id: Worth.ZERO for one in caller.acting}
    passed = walks_of(hook, {**zero, caller.call.id: Worth.ZERO})
    usual = {step.node.id for walk in passed for step in walk.path if step.node is not None}
    said = ""
    for walk in walks_of(hook, {**zero, caller.call.id: Worth.ERROR}):
        at = step_of(walk.path, caller.call)
        if at is None:
            continue
        if walk.ending is not Ending.FAILURE:
            raise UnsplitError(helper.body, f"{hook.function.name}() goes on when {name}() fails")
        for step in walk.path[at + 1 :]:
            call = None if step.node is None else next(find_all(step.node, "call_expression"), None)
            if call is not None and step.node is not None and step.node.id not in usual:
                raise UnsplitError(helper.body, f"`{caller.plan.short(call)}` runs when {name}() fails")
        if walk.returned != f"@{caller.call.id}":
            said = f"{hook.function.name}() did not return the error of {name}() itself"
    return said


def _lock(caller: Caller) -> str:
    """What the caller locks, "" if nothing."""
    hook = caller.plan.hook
    for call in find_all(hook.body, "call_expression"):
        if effect_of_call(hook.file, text_of(hook.file), call) in (Effect.LOCK, Effect.GUARD):
            return caller.plan.short(call)
    scope = re.search(r"\bscoped_(?:cond_)?guard\s*\([^)]*\)", hook.text(hook.body))
    return "" if scope is None else scope[0]


def _returns_int(helper: HookSource) -> bool:
    kind = helper.function.node.child_by_field_name("type")
    return kind is not None and helper.text(kind) == "int"


def _sets_with_call(caller: Caller, helper: HookSource, walk: Walk) -> None:
    """On a path that succeeds, the caller sets the vm_ops if the helper is called, and only then."""
    nodes = find_all(caller.plan.hook.body, "assignment_expression")
    sets = any(
        caller.plan.values.is_field(field(one, "left"), "vm_ops") and step_of(walk.path, one) is not None
        for one in nodes
    )
    called = step_of(walk.path, caller.call) is not None
    if sets and not called:
        message = f"a mapping with these vm_ops can come to be without {helper.function.name}()"
        raise UnsplitError(helper.body, message)
    if called and not sets:
        message = f"a mapping without these vm_ops can come to be with {helper.function.name}()"
        raise UnsplitError(helper.body, message)


def check_far_calls(project: Project, caller: Caller, helper: HookSource) -> None:
    """Raises UnsplitError where anything else calls, names or lends the helper, in any file that may."""
    static = helper.function.static
    files = naming(project, helper.file, helper.function.name, static, [caller.plan.hook.file])
    _check_only_call(caller, helper, files)


def _check_only_call(caller: Caller, helper: HookSource, files: Iterable[FileModel]) -> None:
    name, hook = helper.function.name, caller.plan.hook
    idle = (MentionKind.DEFINITION, MentionKind.PROTOTYPE, MentionKind.COMMENT, MentionKind.OTHER_NAME)
    for file in files:
        for mention in mentions(file, name):
            own = file.path == hook.file.path
            if mention.kind in idle or (
                own and caller.call.start_byte <= mention.offset < caller.call.end_byte
            ):
                continue
            line = file.unit.source.position(mention.offset).line
            where = f"line {line}" if own else f"{file.path}:{line}"
            raise UnsplitError(helper.body, f"{name}() is also used at {where}")


def late_of(caller: Caller) -> Node | None:
    """What the caller does after the call, as that succeeds, that may look at what the helper took."""
    zero: dict[int, Worth | None] = {one.id: Worth.ZERO for one in (*caller.acting, caller.call)}
    return late_look(caller.plan, caller.call, walks_of(caller.plan.hook, zero))
