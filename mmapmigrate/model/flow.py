# SPDX-License-Identifier: GPL-2.0-only
"""Control flow of one function: the paths through the graph of its steps.

Loops are walked zero times and once; each arm of a preprocessor conditional is a branch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.model.flow_graph import FlowGraph, StepKind, Vertex
from mmapmigrate.syntax.nodes import ancestors
from mmapmigrate.syntax.unit import Condition

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_PATHS = 4096
MAX_STEPS = 400
MAX_DROPPED = MAX_PATHS


class Step(Struct, frozen=True):
    """One step of a path: ``outcome`` is the truth of a TEST, ``label`` the case that a SWITCH took.

    A SWITCH that took no case, or the default, has ``label`` None.
    """

    kind: StepKind
    node: Node | None
    outcome: bool | None = None
    label: Node | None = None
    loops: int = 0


Path = tuple[Step, ...]


class Flow(Struct, frozen=True, dict=True):
    """The paths of a function, from its entry to a return or its end.

    ``paths`` is None when there are more than ``MAX_PATHS``. ``irregular`` are nodes at which control flow
    could not be followed (a conditional that cuts a statement in two, a computed goto, inline assembly with
    labels).
    """

    paths: tuple[Path, ...] | None
    irregular: tuple[Node, ...]

    @cached_property
    def shared(self) -> tuple[int, ...]:
        """How many of its first steps each path has in common with the path before it."""
        paths = self.paths or ()
        pairs = zip(((), *paths), paths, strict=False)
        return tuple(
            next((i for i, (one, other) in enumerate(zip(*pair, strict=False)) if one is not other), 0)
            for pair in pairs
        )

    @cached_property
    def alike(self) -> Sequence[int]:
        """For each path a number, the same for those whose steps, and how these came out, are the same."""
        numbers: dict[tuple[int, int | None, bool | None, int | None], int] = {}
        prefixes: list[int] = []
        found = []
        for path, shared in zip(self.paths or (), self.shared, strict=True):
            del prefixes[shared:]
            for step in path[shared:]:
                node, label = (None if one is None else one.id for one in (step.node, step.label))
                key = (prefixes[-1] if prefixes else -1, node, step.outcome, label)
                prefixes.append(numbers.setdefault(key, len(numbers)))
            found.append(prefixes[-1])
        return found

    @cached_property
    def _held(self) -> Mapping[int, Sequence[range]]:
        """The paths, by their numbers, on which a step's node stands, by its id.

        Paths that begin alike follow each other: one range for all that share a step.
        """
        found: dict[int, list[range]] = {}
        begun: list[tuple[int, Node | None]] = []

        def end(depth: int, number: int) -> None:
            while len(begun) > depth:
                first, node = begun.pop()
                if node is not None:
                    found.setdefault(node.id, []).append(range(first, number))

        paths = self.paths or ()
        for number, (path, shared) in enumerate(zip(paths, self.shared, strict=True)):
            end(shared, number)
            begun += ((number, step.node) for step in path[shared:])
        end(0, len(paths))
        return found

    def through(self, node: Node) -> Sequence[int]:
        """The numbers of the paths on which a step holds ``node``, in order."""
        holders = [node, *ancestors(node)]
        while node.named_child_count == 1 and node.named_children[0].byte_range == node.byte_range:
            node = node.named_children[0]
            holders.append(node)
        return sorted({at for one in holders for held in self._held.get(one.id, ()) for at in held})


def flow_of(
    body: Node,
    conditions: Callable[[int], Sequence[Condition]] | None = None,
    once: Callable[[Node], bool] | None = None,
    apart: Callable[[Node], bool] | None = None,
) -> Flow:
    """The flow of a function whose body is the compound statement ``body``.

    ``conditions(offset)`` gives the preprocessor conditionals around an offset of the file; those that
    enclose the whole body do not count. ``once(node)`` tells of an if or while statement that it stands for
    a macro that runs its block exactly once. ``apart(node)`` tells of a ``&&`` or ``||`` in an if that its
    sides are tests of their own.
    """
    never: Callable[[Node], bool] = lambda _node: False  # noqa: E731
    graph = FlowGraph(body, conditions or (lambda _offset: ()), once or never, apart or never)
    entry = graph.build()
    return Flow(_paths(graph.vertices, entry), tuple(graph.irregular))


def _paths(vertices: Sequence[Vertex], entry: int) -> tuple[Path, ...] | None:
    """All paths from ``entry``, each vertex at most twice on one; None beyond one of the bounds."""
    paths: list[Path] = []
    # Loops in loops lead to few paths, and to a third round twice as often with each.
    dropped = 0
    stack: list[tuple[int, tuple[Step, ...], tuple[int, ...]]] = [(entry, (), ())]
    while stack:
        at, steps, seen = stack.pop()
        vertex = vertices[at]
        if len(seen) > MAX_STEPS:
            return None
        if seen.count(at) >= 2:
            dropped += 1
            if dropped > MAX_DROPPED:
                return None
            continue
        seen = (*seen, at)
        if not vertex.edges:
            paths.append((*steps, Step(vertex.kind, vertex.node, loops=vertex.loops)))
            if len(paths) > MAX_PATHS:
                return None
            continue
        if len(stack) > MAX_PATHS:
            return None
        for edge in reversed(vertex.edges):
            if vertex.kind is StepKind.JOIN:
                stack.append((edge.to, steps, seen))
            else:
                step = Step(vertex.kind, vertex.node, edge.outcome, edge.label, vertex.loops)
                stack.append((edge.to, (*steps, step), seen))
    return tuple(paths)
