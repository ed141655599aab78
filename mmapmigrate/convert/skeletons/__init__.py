# SPDX-License-Identifier: GPL-2.0-only
"""Skeletons: what is known of a hook's new form, beside the old hook, for a person to finish.

    /*
     * Skeleton of foo_mmap(), which stays in use until ...
     */
    static int __maybe_unused foo_mmap_prepare(struct vm_area_desc *desc)

Helpers get a twin of the same kind behind their original. Where no sound body can be made, the body is the
reasons and a return of an error: that always builds. The tables stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mmapmigrate.convert import layout
from mmapmigrate.convert.comments import keep_comments
from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.helpers import ConversionSet
from mmapmigrate.convert.naming import prepared
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.signature import local_edits, spell_out_file
from mmapmigrate.convert.skeletons import fixme
from mmapmigrate.convert.skeletons.omission import ERRNO, NoBodyError, Omissions
from mmapmigrate.convert.skeletons.tidy import finished
from mmapmigrate.convert.unused import drop_unused
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.skeletons import is_marked
from mmapmigrate.syntax.edit import Edit, OverlappingEditsError, apply_edits
from mmapmigrate.syntax.nodes import encloses, enclosing_statement, find_all
from mmapmigrate.syntax.nodes import field as child

if TYPE_CHECKING:
    from tree_sitter import Node

_BEHIND = re.compile(rb"\n(?:EXPORT_\w*SYMBOL\w*|ALLOW_ERROR_INJECTION|NOKPROBE_SYMBOL)\([^;]*\);")


@dataclass
class Skeleton:
    """``edits`` put it into the hook's file; ``names`` are its functions, by the name of the old ones."""

    edits: list[Edit] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


def skeleton_of(
    file: FileModel, handler: str, members: Sequence[ConversionSet], reasons: Sequence[Reason], *, bare: bool
) -> Skeleton:
    """The skeleton of the hook ``handler``, one for each of its definitions.

    ``reasons`` are those of its conversion. ``bare`` asks for the body that always builds. The plans of
    ``members`` are used up, unless it is bare.
    """
    made = Skeleton(names={handler: prepared(handler)})
    own = {reason for member in members for plan in member.plans for reason in plan.reasons}
    others = list(dict.fromkeys(reason.message for reason in reasons if reason not in own))
    for member in members:
        text = None if bare else _full(file, member, others, made)
        if text is None:
            text = _bare(member, others)
        at = _place(file, member.hook.hook.function.node)
        made.edits.append(Edit(at, at, f"\n\n{text}".encode("latin-1")))
    return made


def _place(file: FileModel, node: Node) -> int:
    """Where a function may follow another: behind what must stand right behind that."""
    found = _BEHIND.match(file.unit.code, node.end_byte)
    return node.end_byte if found is None else found.end()


def _full(file: FileModel, member: ConversionSet, others: Sequence[str], made: Skeleton) -> str | None:
    """The skeleton of one definition with all that converts; adds its helpers' twins to ``made``."""
    places = {id(plan): list(plan.places) for plan in member.plans}
    twins = _Twins(file, member, places)
    try:
        text = twins.function(member.hook, made.names[member.hook.hook.function.name], others)
    except (NoBodyError, OverlappingEditsError):
        return None
    for name, (edit, new) in twins.made.items():
        made.names[name] = new
        if edit is not None:
            made.edits.append(edit)
    return text


class _Twins:
    """Writes the functions of one set, each helper at most once."""

    def __init__(
        self, file: FileModel, member: ConversionSet, places: Mapping[int, Sequence[tuple[Node, Reason]]]
    ) -> None:
        self.file = file
        self.member = member
        self.places = places
        self.made: dict[str, tuple[Edit | None, str]] = {}
        self._failed: dict[str, str] = {}
        self._above: list[str] = []

    def function(self, plan: Plan, new: str, others: Sequence[str] = ()) -> str:
        """The text of one function. Raises NoBodyError, OverlappingEditsError."""
        drop_unused(plan)
        places = list(self._concerning(plan))
        for call, name in list(plan.helper_calls.values()):
            problem = self._twin(plan, name)
            if problem is None:
                plan.replace(child(call, "function"), self.made[name][1])
            else:
                places += [(call, reason) for reason in (problem, *self._inside(name))]
        twins = [self.member.helpers[name][0] for name in self.made]
        places = [p for p in places if not any(_speaks_of(twin, *p) for twin in twins if twin is not plan)]
        omissions = Omissions(plan, places)
        spell_out_file(plan)
        return _written(plan, new, omissions, others, is_hook=plan is self.member.hook)

    def _concerning(self, plan: Plan) -> Iterator[tuple[Node, Reason]]:
        """The reasons that speak of a function; what the proof says of a hook may lie in its helpers."""
        yield from self.places[id(plan)]
        for each in self.member.plans:
            if each is not plan:
                yield from (p for p in self.places[id(each)] if _speaks_of(plan, *p))

    def _inside(self, name: str) -> Iterator[Reason]:
        """What stands in the way inside of a helper that gets no twin."""
        for plan in self.member.helpers.get(name, ()):
            for _node, reason in self.places[id(plan)]:
                if reason.tier.rank > Tier.REVIEW.rank:
                    yield replace(
                        reason, path=self.file.path, code="helper", message=f"{name}(): {reason.message}"
                    )

    def _twin(self, caller: Plan, name: str) -> Reason | None:
        """Make the twin of a helper; the reason why there can be none."""
        plans = self.member.helpers.get(name, ())
        if any(_behind(plan, caller) for plan in plans):
            problem: str | None = "it stands behind its caller"
        elif name in self.made:
            return None
        else:
            problem = self._failed.get(name) or self._make(name)
            if problem is None:
                return None
            self._failed[name] = problem
        line = (
            plans[0].hook.line(plans[0].hook.function.node) if plans else caller.hook.line(caller.hook.body)
        )
        return Reason(self.file.path, line, "helper", f"{name}() takes the VMA: {problem}")

    def _make(self, name: str) -> str | None:
        plans = self.member.helpers.get(name, ())
        if name in self._above:
            return "it calls itself"
        if len(plans) != 1:
            return "it has several definitions"
        plan = plans[0]
        function = plan.hook.function
        if plan.hook.file.path != self.file.path:
            return "it is a function of another file"
        if function.conditions != self.member.hook.hook.function.conditions:
            return "it exists under other conditions"
        new = prepared(name) if "mmap" in name else f"{name}_desc"
        known = [one for one in self.file.functions(new) if is_marked(self.file, one)]
        if known:
            self.made[name] = (None, new)
            return None
        while self.file.occurrences(new):
            new = f"{new}_desc"
        self._above.append(name)
        try:
            text = self.function(plan, new)
        except NoBodyError as error:
            return str(error)
        except OverlappingEditsError:
            return "it could not be written"
        finally:
            self._above.pop()
        at = _place(self.file, function.node)
        self.made[name] = (Edit(at, at, f"\n\n{text}".encode("latin-1")), new)
        return None


def _written(plan: Plan, new: str, omissions: Omissions, others: Sequence[str], *, is_hook: bool) -> str:
    """The function's text with the comment above it."""
    node, data = plan.hook.function.node, plan.hook.data
    gone = set(omissions.spans())
    edits = [*plan.edits(), *local_edits(plan, is_hook)]
    whole = [edit for edit in edits if (edit.start, edit.end) in gone]
    edits = [*whole, *keep_comments(plan.hook, [edit for edit in edits if edit not in whole])]
    edits += layout.realign(data, edits, plan.hook.body.start_byte, node.end_byte)
    edits = _with_comments(data, edits, omissions.comments)
    start = plan.hook.body.start_byte
    shifted = [Edit(e.start - start, e.end - start, e.text) for e in edits if e.start >= start]
    old = data[start : node.end_byte]
    text = apply_edits(old, shifted).decode("latin-1").replace("\r\n", "\n")
    notes = "\n".join(text[found.start() : found.end()] for found in re.finditer(r"/\*.*?\*/", text, re.S))
    text = layout.wrap_lines(old.decode("latin-1").replace("\r\n", "\n") + "\n" + notes, text)
    head = _hook_head(plan, new) if is_hook else _head(plan, new)
    messages = [*others, *omissions.general]
    banner = _banner(plan, messages, failing=omissions.missing)
    # The old lines may end in white space; these are new ones.
    clean = re.sub(r"[ \t]+$", "", finished(plan.hook, head, text, new), flags=re.M)
    return f"{banner}\n{clean}"


def _with_comments(data: bytes, edits: Sequence[Edit], comments: Sequence[Edit]) -> list[Edit]:
    """The edits with comments inserted at line starts, in front of what is edited there."""
    result = sorted(set(edits))

    def covering(at: int) -> Edit | None:
        return next((edit for edit in result if edit.start <= at < max(edit.end, edit.start + 1)), None)

    for comment in comments:
        at = comment.start
        edit = covering(at)
        while edit is not None and edit.start < at:
            at = data.rfind(b"\n", 0, edit.start) + 1
            edit = covering(at)
        if edit is None:
            result.append(Edit(at, at, comment.text))
        else:
            result.remove(edit)
            result.append(Edit(edit.start, edit.end, comment.text + edit.text))
    return result


def _hook_head(plan: Plan, new: str) -> str:
    """The head of a hook's skeleton: the descriptor alone, unless its member keeps its other parameters."""
    if plan.hook.slot.keeps:
        return _head(plan, new)
    head = f"static int __maybe_unused {new}(struct vm_area_desc *{plan.hook.desc})"
    return head if layout.column(head) <= layout.WIDTH else head.replace(f" {new}", f"\n{new}")


def _head(plan: Plan, new: str) -> str:
    """A helper's head, static, with the descriptor in the VMA's place."""
    node = plan.hook.function.node
    declarator = next(find_all(child(node, "declarator"), "function_declarator"))
    data = plan.hook.data
    const = [plan.hook.text(part) for part in node.children if part.type == "type_qualifier"]
    stars = "*" * data[node.start_byte : declarator.start_byte].count(b"*")
    kind = " ".join([*const, plan.hook.text(child(node, "type"))])
    parameters = []
    for parameter in child(declarator, "parameters").named_children:
        if parameter.type == "comment":
            continue
        text = " ".join(plan.hook.text(parameter).split())
        base = parameter.child_by_field_name("type")
        if base is not None and "vm_area_struct" in plan.hook.text(base):
            const_desc = "const " if text.startswith("const ") else ""
            text = f"{const_desc}struct vm_area_desc *{plan.hook.desc}"
        parameters.append(text)
    flat = layout.call(0, f"static {kind} {stars}__maybe_unused {new}", parameters, "")
    if all(layout.column(line) <= layout.WIDTH for line in flat.split("\n")):
        return flat
    return f"static {kind} {stars}__maybe_unused\n{layout.call(0, new, parameters, '')}"


def _banner(plan: Plan, messages: Sequence[str], *, failing: bool) -> str:
    """What stands above a skeleton."""
    name = plan.hook.function.name
    text = f"Skeleton of {name}(), which stays in use until this one is finished."
    if failing:
        text += f" It fails with {ERRNO} where something is left to be written."
    return fixme.comment("", messages, about=text)


def _bare(member: ConversionSet, others: Sequence[str]) -> str:
    """A body of reasons alone."""
    plan = member.hook
    new = prepared(plan.hook.function.name)
    general: list[str] = []
    notes: dict[tuple[str, ...], list[str]] = {}
    for each in member.plans:
        for node, reason in each.places:
            quote = tuple(_quote(each, node))
            told = notes.setdefault(quote, []) if quote else general
            if reason.message not in told:
                told.append(reason.message)
    comments = [f"\t{fixme.comment(chr(9), told, quote)}\n" for quote, told in notes.items()]
    banner = _banner(plan, [*others, *general], failing=True)
    return f"{banner}\n{_hook_head(plan, new)}\n{{\n{''.join(comments)}\treturn {ERRNO};\n}}"


def _quote(plan: Plan, node: Node) -> list[str]:
    """The first lines of the statement of a node; nothing of the function as a whole."""
    if not encloses(plan.hook.body, node) or node.id == plan.hook.body.id:
        return []
    statement = enclosing_statement(node)
    return fixme.quoted(plan.hook.text(statement), plan.lead(statement))


def _behind(plan: Plan, other: Plan) -> bool:
    """Whether a function stands behind another one of its file, which could not call its twin."""
    return (
        plan.hook.file.path == other.hook.file.path
        and plan.hook.function.node.start_byte > other.hook.function.node.start_byte
    )


def _speaks_of(plan: Plan, node: Node, reason: Reason) -> bool:
    """Whether a reason at ``node`` lies in the function of ``plan``."""
    return reason.path == plan.hook.file.path and encloses(plan.hook.body, node)
