# SPDX-License-Identifier: GPL-2.0-only
"""The functions of a skeleton: the hook, and for each helper that it needs a twin behind the original."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.helpers import ConversionSet
from mmapmigrate.convert.names import prepared
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.skeletons.function import full_text, place_behind
from mmapmigrate.convert.skeletons.omission import NoBodyError, Omissions
from mmapmigrate.convert.text.signature import spell_out_file
from mmapmigrate.convert.text.unused import drop_unused
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.skeletons import is_marked
from mmapmigrate.syntax.edit import Edit, OverlappingEditsError
from mmapmigrate.syntax.nodes import encloses, field

if TYPE_CHECKING:
    from tree_sitter import Node


class Twins:
    """Writes the functions of one set, each helper at most once.

    ``places`` are the reasons of each plan, by its id. ``made`` are the twins: by the helper's name what puts
    one into the file, None where it stands there already, and its own name.
    """

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
                plan.replace(field(call, "function"), self.made[name][1])
            else:
                places += [(call, reason) for reason in (problem, *self._inside(name))]
        twins = [self.member.helpers[name][0] for name in self.made]
        places = [p for p in places if not any(_speaks_of(twin, *p) for twin in twins if twin is not plan)]
        omissions = Omissions(plan, places)
        spell_out_file(plan)
        return full_text(plan, new, omissions, others, is_hook=plan is self.member.hook)

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
        at = place_behind(self.file, function.node)
        self.made[name] = (Edit(at, at, f"\n\n{text}".encode("latin-1")), new)
        return None


def _behind(plan: Plan, other: Plan) -> bool:
    """Whether a function stands behind another one of its file, which could not call its twin."""
    return (
        plan.hook.file.path == other.hook.file.path
        and plan.hook.function.node.start_byte > other.hook.function.node.start_byte
    )


def _speaks_of(plan: Plan, node: Node, reason: Reason) -> bool:
    """Whether a reason at ``node`` lies in the function of ``plan``."""
    return reason.path == plan.hook.file.path and encloses(plan.hook.body, node)
