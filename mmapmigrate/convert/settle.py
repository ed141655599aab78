# SPDX-License-Identifier: GPL-2.0-only
"""What becomes of the helpers of a conversion: which change in place, which get a twin, and its name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.collect import Place, Spot, spot_of
from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.helpers import ConversionSet, Helper
from mmapmigrate.convert.names import MentionKind, mentions, prepared
from mmapmigrate.convert.names.abroad import is_used
from mmapmigrate.convert.names.pasted import pastes
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.reach import (
    included_by_name,
    including,
    is_public,
    named_far,
    named_near,
    naming_otherwise,
)
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.nodes import find_all

if TYPE_CHECKING:
    from tree_sitter import Node

_IDLE = (MentionKind.COMMENT, MentionKind.OTHER_NAME)


class _Named(Struct, frozen=True):
    """A helper of ``members`` and the files that name it; ``callers`` are those in which the set calls it.

    ``exports`` are the paths that export it, ``values`` the places in tables that change with the set, and
    ``far`` tells whether files may name it that do not change here, such as a test that includes its file.
    """

    members: ConversionSet
    name: str
    definitions: tuple[Plan, ...]
    files: tuple[FileModel, ...]
    callers: Mapping[str, FileModel]
    exports: frozenset[str]
    values: frozenset[Spot]
    far: bool


def settle(project: Project, sets: Sequence[ConversionSet], mates: Sequence[Place]) -> None:
    """Decide which helpers change in place, and how each is called.

    ``sets`` are those of a hook's definitions, ``mates`` the hooks that change together: what these call is
    not called from outside. What stands in the way becomes a reason of the hook's plan.
    """
    plans = [plan for members in sets for plan in members.plans]
    changing = {spot_of(plan): plan.hook.function.node for plan in plans}
    changing |= {
        (file.path, one.name_start): one.node for file, name in mates for one in file.functions(name)
    }
    # The key of a private slot has a dot: its hooks stand here by their own names too.
    helpers = [
        _named(project, members, name, plans)
        for members in sets
        for name in members.helpers
        if "." not in name
    ]
    kept = _kept(helpers, changing)
    for one in helpers:
        name, stays = one.name, any(spot_of(plan) in kept for plan in one.definitions)
        shared = bool(one.callers) and {plan.hook.file.path for plan in one.definitions} != set(one.callers)
        new = _new_name(project, one, stays)
        problems: list[str] = []
        early = stays and not shared and _is_called_before(one, plans)
        if stays and shared and not _declared(name, one.files):
            problems.append(f"no prototype of {name}() is found that one of {new}() could stand beside")
        if early and not all(_is_declared_in(plan.hook.file, name) for plan in one.definitions):
            problems.append(
                f"{new}() would be called in front of its definition, and {name}() has no prototype"
            )
        if shared and one.exports - {plan.hook.file.path for plan in one.definitions}:
            problems.append(f"{name}() is exported by another file than the one that defines it")
        if stays and any(_keeps_state(plan) for plan in one.definitions):
            problems.append(f"a twin of {name}() would have static locals of its own")
        hook = one.members.hook
        for message in problems:
            hook.refuse(hook.hook.body, "helper", message, Tier.SKELETON)
        one.members.settled[name] = Helper(
            name, new, one.definitions, one.files, stays, shared, bool(one.exports), early
        )


def _named(project: Project, members: ConversionSet, name: str, plans: Sequence[Plan]) -> _Named:
    """Find who names a helper; another build's definition of it becomes a reason."""
    definitions = members.helpers[name]
    callers = {
        plan.hook.file.path: plan.hook.file
        for plan in plans
        if any(called == name for _call, called in plan.helper_calls.values())
    }
    files = tuple(_files(project, name, definitions, callers))
    known = {file.path: file for file in (*files, *callers.values())}
    far = () if _is_local(project, definitions) else named_far(project, name, list(known.values()))
    unread = any(
        is_used(one, name) for plan in definitions for one in _around(project, plan.hook.file, name, known)
    )
    _other_definitions(members.hook, name, definitions, (*files, *far))
    unread = unread or (not _is_local(project, definitions) and naming_otherwise(project, name, files) != "")
    exports = frozenset(
        file.path for file in files if any(one.kind is MentionKind.EXPORT for one in mentions(file, name))
    )
    values = frozenset((file.path, e.value_start) for slot in members.private for file, e in slot.entries)
    anyone = project.root is not None and _is_for_anyone(definitions, files, callers)
    elsewhere = bool(far) or unread or anyone
    return _Named(members, name, definitions, files, callers, exports, values, elsewhere)


def _is_for_anyone(definitions: Sequence[Plan], files: Sequence[FileModel], callers: Collection[str]) -> bool:
    """Whether a function is global and no header says for whom: any file of a tree may declare it."""
    homes = {plan.hook.file for plan in definitions}
    return (
        not any(plan.hook.function.static for plan in definitions)
        and set(callers) <= {file.path for file in homes}
        and not any(file.path.endswith(".h") for file in homes)
        and not any(file.declaring(definitions[0].hook.function.name) for file in (*homes, *files))
    )


def _around(project: Project, file: FileModel, name: str, known: Collection[str]) -> Iterator[FileModel]:
    """The files, but those ``known``, that ``file`` includes, or that include it, and that spell ``name``."""
    included = (project.file(path) for path in file.declaring(name) if not is_public(project, path))
    for one in (*included, *included_by_name(project, file, name), *including(project, file)):
        if one.path not in known:
            yield one


def _kept(helpers: Sequence[_Named], changing: Mapping[Spot, Node]) -> set[Spot]:
    """The helpers' definitions whose old form is still needed.

    Only that of what a function calls which is ``changing`` and stays in no old form of its own is not.
    """
    kept = {
        spot_of(plan)
        for one in helpers
        if one.exports or one.far or any(pastes(file, one.name) for file in one.files)
        for plan in one.definitions
    }
    while True:
        spans: dict[str, list[tuple[int, int]]] = {}
        for (path, start), node in changing.items():
            if (path, start) not in kept:
                spans.setdefault(path, []).append((node.start_byte, node.end_byte))
        more = {
            spot_of(plan)
            for one in helpers
            if any(
                _called_elsewhere(file, one.name, one.definitions, spans, one.values) for file in one.files
            )
            for plan in one.definitions
        }
        if more <= kept:
            return kept
        kept |= more


def _is_local(project: Project, plans: Sequence[Plan]) -> bool:
    """Whether only their own files can name the functions: static ones of .c files that nothing includes."""
    return all(
        plan.hook.function.static
        and plan.hook.file.path.endswith(".c")
        and not including(project, plan.hook.file)
        for plan in plans
    )


def _keeps_state(plan: Plan) -> bool:
    """Whether the function has a static local that can change, of which a twin would have another."""
    return any(
        {"static"} <= words and "const" not in words
        for declaration in find_all(plan.hook.body, "declaration")
        if (words := set(plan.hook.text(declaration).split()))
    )


def _files(
    project: Project, name: str, plans: Sequence[Plan], callers: Mapping[str, FileModel]
) -> list[FileModel]:
    """The files that name a helper: those that define it, and of a global one all that may call it."""
    homes = {plan.hook.file.path: plan.hook.file for plan in plans}
    if not _is_local(project, plans):
        own = [*homes.values(), *callers.values()]
        near = {file.path: file for file in named_near(project, name, own)}
        homes = {**near, **callers, **homes}
    return [homes[path] for path in sorted(homes)]


def _other_definitions(hook: Plan, name: str, plans: Sequence[Plan], files: Sequence[FileModel]) -> None:
    """Refuse a global helper that another build takes from a file which was not read for this one."""
    own = set(map(spot_of, plans))
    if all(plan.hook.function.static and plan.hook.file.path.endswith(".c") for plan in plans):
        return
    for file in files:
        for function in file.functions(name):
            if (file.path, function.name_start) not in own and not function.static:
                line = file.unit.source.position(function.name_start).line
                message = f"{name}() has another definition here, which some build takes"
                hook.reasons.append(Reason(file.path, line, "helper", message, Tier.SKELETON))


def _is_called_before(helper: _Named, plans: Sequence[Plan]) -> bool:
    """Whether a function of the set that stands in front of the helper calls it."""
    return any(
        plan.hook.file.path == one.hook.file.path
        and plan.hook.function.node.start_byte < one.hook.function.node.start_byte
        for plan in plans
        if any(called == helper.name for _call, called in plan.helper_calls.values())
        for one in helper.definitions
    )


def _is_declared_in(file: FileModel, name: str) -> bool:
    return any(mention.kind is MentionKind.PROTOTYPE for mention in mentions(file, name))


def _declared(name: str, files: Sequence[FileModel]) -> bool:
    """Whether a header declares or defines the helper."""
    kinds = (MentionKind.PROTOTYPE, MentionKind.DEFINITION)
    return any(
        mention.kind in kinds
        for file in files
        if file.path.endswith(".h")
        for mention in mentions(file, name)
    )


def _called_elsewhere(
    file: FileModel,
    name: str,
    plans: Sequence[Plan],
    spans: Mapping[str, Sequence[tuple[int, int]]],
    values: Collection[Spot],
) -> bool:
    """Whether anything in ``file`` outside of the set needs the helper ``name`` as it is.

    ``values`` are the places in tables that change with the set.
    """
    own = {start for path, start in map(spot_of, plans) if path == file.path}
    inside = spans.get(file.path, ())
    for mention in mentions(file, name):
        if mention.kind in (*_IDLE, MentionKind.PROTOTYPE):
            continue
        if mention.kind is MentionKind.DEFINITION and mention.offset in own:
            continue
        if mention.kind is MentionKind.VALUE and (file.path, mention.offset) in values:
            continue
        called = any(start <= mention.offset < end for start, end in inside)
        if mention.kind is not MentionKind.CALL or not called:
            return True
    return False


def _new_name(project: Project, helper: _Named, kept: bool) -> str:
    """A name for the helper's new form that nothing near has; the old one where the old form goes."""
    name, files = helper.name, (*helper.files, *helper.callers.values())
    new = prepared(name) if "mmap" in name else name
    hooks = {(file.path, entry.value_start) for file in files for entry in file.hooks().get(name, ())}
    # A hook whose tables stay is called so once it is converted itself.
    own = bool(hooks) and hooks.isdisjoint(helper.values)
    if kept and (new == name or own):
        new = f"{name}_desc"
    folders = sorted({str(PurePosixPath(file.path).parent) for file in files})
    near = [f"{folder}/" if folder != "." else "" for folder in folders]
    while new != name and (
        any(file.occurrences(new) or file.declaring(new) for file in files)
        or any(project.mentioning_beside(new, lead) for lead in near)
    ):
        new = f"{new}_desc"
    return new
