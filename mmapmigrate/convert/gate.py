# SPDX-License-Identifier: GPL-2.0-only
"""The gate between a conversion and the user: the new text is read again before anyone sees it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.strict import Strict, strict_parse
from mmapmigrate.model.body import spelled
from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.functions import declarator_name
from mmapmigrate.model.members import member_names
from mmapmigrate.model.project import Project
from mmapmigrate.model.skeletons import skeleton_named
from mmapmigrate.syntax.edit import Edit, OverlappingEditsError, apply_edits
from mmapmigrate.syntax.nodes import find_all
from mmapmigrate.syntax.source import SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node

Recheck = Callable[[FileModel], Sequence[tuple[str, int, str]]]

STATED: Mapping[str, frozenset[str]] = {
    "MM304": frozenset({"late-page-prot"}),
    "MM305": frozenset({"result-after-action", "message-after-action"}),
    "MM401": frozenset({"result-after-action", "stateful", "store", "unproven-effect"}),
}
"""What a rule finds in a converted hook, and the reasons of a conversion for review that say the same."""


def excused(stated: Collection[str]) -> frozenset[str]:
    """The rules whose findings reasons of the codes ``stated`` tell already."""
    return frozenset(rule for rule, codes in STATED.items() if not codes.isdisjoint(stated))


def defect(
    project: Project,
    file: FileModel,
    hooks: Collection[str],
    renamed: Mapping[str, str],
    edits: Sequence[Edit],
    recheck: Recheck | None,
    stated: Collection[str] = (),
    added: Collection[tuple[FileModel, str, str]] = (),
    notes: dict[str, list[str]] | None = None,
) -> str | None:
    """What is wrong with the edits of ``hooks``: None when nothing is.

    ``renamed`` maps each function of the set to its new name; ``stated`` are the codes of
    the conversion's reasons; ``added`` are functions that the edits bring: the file and the name of
    the hook whose statements each has, and its own name.
    Adds to ``notes``, by function, the checks that had to be skipped.
    """
    try:
        data = apply_edits(file.unit.source.data, edits)
    except OverlappingEditsError as error:
        return f"has overlapping edits: {error}"
    after = project.model(SourceFile(file.path, data))
    for old, new in renamed.items():
        skipped: list[str] = []
        problem = _function_problem(file, after, old, new, skipped)
        if problem is not None:
            return problem
        if skipped and notes is not None:
            notes.setdefault(old, []).extend(skipped)
    for origin, hook, new in added:
        problem = _added_problem(origin, hook, after, new)
        if problem is not None:
            return problem
    left = next((entry.handler for entry in after.entries() if entry.handler in hooks), None)
    if left is not None:
        return f"leaves an ops table that names {left}"
    if recheck is not None:
        told = excused(stated)
        found = [one for one in recheck(after) if one[0] not in told]
        if found:
            rule, line, message = found[0]
            return f"brings a new finding: {rule} at line {line}: {message}"
    return None


def skeleton_problem(
    project: Project,
    file: FileModel,
    names: Mapping[str, str],
    edits: Sequence[Edit],
    recheck: Recheck | None,
) -> str | None:
    """What is wrong with the edits of a skeleton whose functions have ``names``, None when nothing is.

    Nothing but functions comes in, each passes as a converted one does, and the tables are as they were.
    """
    if any(edit.start != edit.end for edit in edits):
        return "changes code that is in use"
    try:
        after = project.model(SourceFile(file.path, apply_edits(file.unit.source.data, edits)))
    except OverlappingEditsError as error:
        return f"has overlapping edits: {error}"
    for old, new in names.items():
        problem = _function_problem(file, after, old, new, [])
        if problem is not None:
            return problem
    handler, new = next(iter(names.items()))
    if skeleton_named(after, new, handler) is None:
        return f"is not recognised as {new}()"
    if len(after.entries()) != len(file.entries()):
        return "changes an ops table"
    found = recheck(after) if recheck is not None else ()
    return next((f"brings a new finding: {rule} at line {line}: {what}" for rule, line, what in found), None)


def _added_problem(file: FileModel, hook: str, after: FileModel, name: str) -> str | None:
    """What is wrong with a function that the old text does not have."""
    functions = after.functions(name)
    if len(functions) != 1:
        return f"brings {len(functions)} definitions of {name}()"
    if functions[0].parsed.errors:
        return f"does not parse: {name}()"
    # Of a hook that it does not take, it may refuse the statements.
    was = [strict_parse(file, one).outcome for one in file.functions(hook)]
    now = strict_parse(after, functions[0])
    if now.outcome is Strict.REFUSED and Strict.REFUSED not in was:
        return f"does not pass the strict parser: {now.message}"
    return None


def _function_problem(file: FileModel, after: FileModel, old: str, new: str, notes: list[str]) -> str | None:
    """What is wrong with the new form of one function."""
    functions, before = after.functions(new), file.functions(old)
    if len(functions) != len(before):
        return f"leaves {len(functions)} definitions of {new}() for {len(before)} of {old}()"
    for function, origin in zip(functions, before, strict=True):
        if len(function.parsed.errors) > len(origin.parsed.errors):
            return f"does not parse: {new}()"
        vma = origin.vma_parameter()
        start, end = function.node.start_byte, function.node.end_byte
        if vma is not None and next(spelled(after.unit.code, vma, start, end), None) is not None:
            return f"leaves a use of `{vma}` in {new}()"
        lost = _lost_name(file, origin, after, function)
        foreign = _foreign_name(file, origin, after, function)
        if foreign is not None:
            return f"brings `{foreign}` into {new}(), which does not declare it"
        if lost is not None:
            return f"leaves `{lost}` in {new}(), which does not declare it any more"
        aims = _missing_labels(after, function) - _missing_labels(file, origin)
        if aims:
            return f"leaves a jump in {new}() to `{min(aims)}`, which is gone"
        was = strict_parse(file, origin)
        now = strict_parse(after, function)
        if was.outcome is Strict.PARSED and now.outcome is not Strict.PARSED:
            return f"does not pass the strict parser: {now.message}"
        if was.outcome is not Strict.PARSED:
            notes.append(f"{old}() was not checked by the strict parser: {was.message}")
    return None


def _lost_name(file: FileModel, origin: Function, after: FileModel, function: Function) -> str | None:
    """A name that the old function declares, and the new one uses without a declaration."""
    gone = _declared(file, origin) - _declared(after, function)
    if not gone:
        return None
    return next((name for name in sorted(_spelled(after, function)) if name in gone), None)


def _foreign_name(file: FileModel, origin: Function, after: FileModel, function: Function) -> str | None:
    """A variable of the new function that neither the old one spells nor the new one declares."""
    known = _spelled(file, origin) | _declared(after, function)
    for node in _variables(after, function):
        parent, name = node.parent, text(after, node)
        callee = None if parent is None else parent.child_by_field_name("function")
        if name not in known and not name.isupper() and (callee is None or callee.id != node.id):
            return name
    return None


def _missing_labels(file: FileModel, function: Function) -> set[str]:
    """The labels that a function jumps to and does not have."""
    aims, labels = (
        {
            text(file, label)
            for one in find_all(function.body, kind)
            if (label := one.child_by_field_name("label"))
        }
        for kind in ("goto_statement", "labeled_statement")
    )
    return aims - labels


def _spelled(file: FileModel, function: Function) -> set[str]:
    return {text(file, node) for node in _variables(file, function)}


def _variables(file: FileModel, function: Function) -> Iterator[Node]:
    """The identifiers of a function but those that only name a member."""
    members = {node.id for node in member_names(function.body, lambda node: text(file, node))}
    return (node for node in find_all(function.body, "identifier") if node.id not in members)


def _declared(file: FileModel, function: Function) -> set[str]:
    """The names of a function's parameters and locals."""
    names = {parameter.name for parameter in function.parameters}
    for declaration in find_all(function.body, "declaration"):
        for declarator in declaration.children_by_field_name("declarator"):
            name = declarator_name(declarator)
            if name is not None:
                names.add(text(file, name))
    return names
