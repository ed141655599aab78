# SPDX-License-Identifier: GPL-2.0-only
"""The graph of a function's steps: which step each may go on to.

Knows C statements and preprocessor conditionals, nothing of mmap. Each arm of a conditional is a branch. What
cannot be followed is listed in ``FlowGraph.irregular``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec import field as struct_field

from mmapmigrate.syntax.nodes import field, inner, operator
from mmapmigrate.syntax.unit import Condition

if TYPE_CHECKING:
    from tree_sitter import Node

# In a statement expression they leave the statement around it.
_JUMPS = ("return_statement", "goto_statement", "break_statement", "continue_statement")


class StepKind(StrEnum):
    """What happens at a step."""

    EXPRESSION = "expression"
    DECLARATION = "declaration"
    TEST = "test"
    SWITCH = "switch"
    GOTO = "goto"
    RETURN = "return"
    JOIN = "join"
    END = "end"


class Edge(Struct, frozen=True):
    """Where a step may go on: ``outcome`` is a TEST's truth, ``label`` a SWITCH's case value node."""

    to: int
    outcome: bool | None = None
    label: Node | None = None


class Vertex(Struct):
    """A step of the graph; ``loops`` counts the loops around it."""

    kind: StepKind
    node: Node | None
    edges: list[Edge] = struct_field(default_factory=list)
    loops: int = 0


class FlowGraph:
    """The graph of the compound statement ``body``; the other parameters are those of ``flow_of``.

    Built backwards: each statement with the vertex that follows it.
    """

    def __init__(
        self,
        body: Node,
        conditions: Callable[[int], Sequence[Condition]],
        once: Callable[[Node], bool],
        apart: Callable[[Node], bool],
    ) -> None:
        self.body = body
        self._once = once
        self._apart = apart
        self.vertices: list[Vertex] = []
        self.irregular: list[Node] = []
        self._labels: dict[bytes, int] = {}
        self._loops = 0
        self._lookup = conditions
        self._outer = len(conditions(body.start_byte))

    def build(self) -> int:
        """Fills ``vertices`` and ``irregular``; returns the vertex at which the function begins."""
        for node in _descendants(self.body):
            if node.type == "labeled_statement":
                label = node.child_by_field_name("label")
                if label is not None and label.text is not None:
                    self._labels[label.text] = self._vertex(StepKind.JOIN, None)
        end = self._vertex(StepKind.END, None)
        return self._statement(self.body, end, None, None)

    def _vertex(self, kind: StepKind, node: Node | None, *edges: Edge) -> int:
        self.vertices.append(Vertex(kind, node, list(edges), self._loops))
        return len(self.vertices) - 1

    def _conditions(self, node: Node) -> tuple[tuple[int, int], ...]:
        found = self._lookup(node.start_byte)[self._outer :]
        return tuple((condition.group, condition.branch) for condition in found)

    def _sequence(
        self, statements: Sequence[Node], after: int, brk: int | None, cont: int | None, depth: int
    ) -> int:
        """Build ``statements``, whose first ``depth`` conditions are common, before ``after``."""
        follow = after
        index = len(statements)
        while index > 0:
            last = statements[index - 1]
            conditions = self._conditions(last)
            if len(conditions) <= depth:
                follow = self._statement(last, follow, brk, cont)
                index -= 1
                continue
            group = conditions[depth][0]
            first = index - 1
            while first > 0:
                before = self._conditions(statements[first - 1])
                if len(before) <= depth or before[depth][0] != group:
                    break
                first -= 1
            arms: dict[int, list[Node]] = {}
            for statement in statements[first:index]:
                arms.setdefault(self._conditions(statement)[depth][1], []).append(statement)
            edges = [Edge(self._sequence(arm, follow, brk, cont, depth + 1)) for arm in arms.values()]
            # A conditional without code in one of its arms can be passed by.
            edges.append(Edge(follow))
            follow = self._vertex(StepKind.JOIN, None, *edges)
            index = first
        return follow

    def _statement(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        kind = node.type
        handler = getattr(self, f"_{kind}", None)
        if handler is not None:
            result: int = handler(node, after, brk, cont)
            return result
        if kind == "comment":
            return after
        if kind.startswith("preproc_"):
            return self._preprocessor(node, after, brk, cont)
        self._whole(node)
        if kind == "declaration":
            return self._vertex(StepKind.DECLARATION, node, Edge(after))
        if kind in ("expression_statement", "attributed_statement") or kind.endswith("_expression"):
            return self._vertex(StepKind.EXPRESSION, node, Edge(after))
        if kind in (";", "type_definition", "struct_specifier", "enum_specifier"):
            return after
        self.irregular.append(node)
        return self._vertex(StepKind.EXPRESSION, node, Edge(after))

    def _whole(self, node: Node) -> None:
        """Note a simple statement that a conditional cuts in two, or whose expression holds a jump.

        What a static variable is initialised with does not run.
        """
        here = self._conditions(node)
        if any(self._conditions(part) != here for part in _leaves(node, skip=_constants(node))) or any(
            part.type in _JUMPS and part.id != node.id for part in _descendants(node)
        ):
            self.irregular.append(node)

    def _nested(self, parent: Node, child: Node | None, after: int, brk: int | None, cont: int | None) -> int:
        """A statement under a control statement: its conditionals must be those of its parent."""
        if child is None:
            return after
        if self._conditions(child) != self._conditions(parent):
            self.irregular.append(parent)
        return self._statement(child, after, brk, cont)

    def _test(self, parent: Node, condition: Node | None, yes: int, no: int) -> int:
        if condition is not None:
            self._whole(condition)
        return self._vertex(StepKind.TEST, condition or parent, Edge(yes, True), Edge(no, False))

    def _compound_statement(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        statements = [child for child in node.named_children if child.type != "comment"]
        return self._sequence(statements, after, brk, cont, len(self._conditions(node)))

    def _if_statement(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        if self._once(node):
            return self._run_once(node, node.child_by_field_name("consequence"), after)
        yes = self._nested(node, node.child_by_field_name("consequence"), after, brk, cont)
        alternative = node.child_by_field_name("alternative")
        if alternative is not None and alternative.type == "else_clause":
            parts = [child for child in alternative.named_children if child.type != "comment"]
            alternative = parts[0] if parts else None
        no = self._nested(node, alternative, after, brk, cont)
        condition = node.child_by_field_name("condition")
        if condition is not None and self._is_apart(inner(condition)):
            self._whole(condition)
            return self._sides(inner(condition), yes, no)
        return self._test(node, condition, yes, no)

    def _is_apart(self, condition: Node) -> bool:
        logical = condition.type == "binary_expression" and operator(condition) in ("&&", "||")
        return logical and self._apart(condition)

    def _sides(self, condition: Node, yes: int, no: int) -> int:
        """The sides of a condition, the right one only where the left one does not decide."""
        if not self._is_apart(condition):
            return self._vertex(StepKind.TEST, condition, Edge(yes, True), Edge(no, False))
        right = self._sides(inner(field(condition, "right")), yes, no)
        left = inner(field(condition, "left"))
        return self._sides(left, right, no) if operator(condition) == "&&" else self._sides(left, yes, right)

    def _run_once(self, node: Node, block: Node | None, after: int) -> int:
        """A macro's block that runs exactly once, as the body of a loop that the macro hides."""
        body = self._nested(node, block, after, after, after)
        return self._vertex(StepKind.EXPRESSION, node.child_by_field_name("condition") or node, Edge(body))

    def _while_statement(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        if self._once(node):
            return self._run_once(node, node.child_by_field_name("body"), after)
        self._loops += 1
        test = self._test(node, node.child_by_field_name("condition"), after, after)
        body = self._nested(node, node.child_by_field_name("body"), test, after, test)
        self._loops -= 1
        self.vertices[test].edges[0] = Edge(body, True)
        return test

    def _do_statement(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        if self._once(node):
            return self._nested(node, node.child_by_field_name("body"), after, after, after)
        self._loops += 1
        test = self._test(node, node.child_by_field_name("condition"), after, after)
        body = self._nested(node, node.child_by_field_name("body"), test, after, test)
        self._loops -= 1
        self.vertices[test].edges[0] = Edge(body, True)
        return body

    def _for_statement(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        self._loops += 1
        condition = node.child_by_field_name("condition")
        test = self._test(node, condition, after, after)
        update = node.child_by_field_name("update")
        follow = test if update is None else self._vertex(StepKind.EXPRESSION, update, Edge(test))
        body = self._nested(node, node.child_by_field_name("body"), follow, after, follow)
        self._loops -= 1
        self.vertices[test].edges[0] = Edge(body, True)
        initializer = node.child_by_field_name("initializer")
        if initializer is None:
            return test
        kind = StepKind.DECLARATION if initializer.type == "declaration" else StepKind.EXPRESSION
        return self._vertex(kind, initializer, Edge(test))

    def _switch_statement(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        body = node.child_by_field_name("body")
        edges: list[Edge] = []
        default = False
        follow = after
        children = [child for child in (body.named_children if body else []) if child.type != "comment"]
        for child in reversed(children):
            if child.type != "case_statement":
                follow = self._statement(child, follow, after, cont)
                continue
            if self._conditions(child) != self._conditions(node):
                self.irregular.append(child)
            value = child.child_by_field_name("value")
            statements = [
                part
                for part in child.named_children
                if part.type != "comment" and (value is None or part.id != value.id)
            ]
            follow = self._sequence(statements, follow, after, cont, len(self._conditions(child)))
            entry = self._vertex(StepKind.JOIN, None, Edge(follow))
            follow = entry
            edges.append(Edge(entry, None, value))
            default = default or value is None
        if not default:
            edges.append(Edge(after))
        condition = node.child_by_field_name("condition")
        return self._vertex(StepKind.SWITCH, condition or node, *reversed(edges))

    def _labeled_statement(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        label = node.child_by_field_name("label")
        parts = [
            child for child in node.named_children if child.type not in ("comment", "statement_identifier")
        ]
        follow = self._statement(parts[0], after, brk, cont) if parts else after
        if label is None or label.text is None:
            return follow
        vertex = self._labels[label.text]
        self.vertices[vertex].edges = [Edge(follow)]
        return vertex

    def _goto_statement(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        label = node.child_by_field_name("label")
        target = None if label is None or label.text is None else self._labels.get(label.text)
        if target is None:
            self.irregular.append(node)
            return after
        return self._vertex(StepKind.GOTO, node, Edge(target))

    def _return_statement(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        self._whole(node)
        return self._vertex(StepKind.RETURN, node)

    def _break_statement(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        if brk is None:
            self.irregular.append(node)
            return after
        return brk

    def _continue_statement(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        if cont is None:
            self.irregular.append(node)
            return after
        return cont

    def _preprocessor(self, node: Node, after: int, brk: int | None, cont: int | None) -> int:
        """A conditional that the grammar read as statements: each arm is a branch, and so is none."""
        if node.type not in (
            "preproc_if",
            "preproc_ifdef",
            "preproc_elif",
            "preproc_elifdef",
            "preproc_else",
        ):
            return after
        skip = {
            part.id
            for name in ("condition", "name", "alternative")
            if (part := node.child_by_field_name(name)) is not None
        }
        statements = [part for part in node.named_children if part.type != "comment" and part.id not in skip]
        here = after
        for statement in reversed(statements):
            here = self._statement(statement, here, brk, cont)
        if node.type == "preproc_else":
            return here
        alternative = node.child_by_field_name("alternative")
        other = after if alternative is None else self._preprocessor(alternative, after, brk, cont)
        return self._vertex(StepKind.JOIN, None, Edge(here), Edge(other))


def _descendants(node: Node) -> list[Node]:
    found: list[Node] = []
    stack = [node]
    while stack:
        current = stack.pop()
        found.append(current)
        stack.extend(current.children)
    return found


def _leaves(node: Node, skip: Sequence[Node] = ()) -> list[Node]:
    """The tokens of ``node``, without those in ``skip``."""
    return [
        part
        for part in _descendants(node)
        if not part.children
        and part.type != "comment"
        and not any(one.start_byte <= part.start_byte < one.end_byte for one in skip)
    ]


def _constants(node: Node) -> list[Node]:
    """The lists that a declaration initialises static variables with."""
    static = node.type == "declaration" and any(
        part.type == "storage_class_specifier" and part.text == b"static" for part in node.children
    )
    declarators = node.children_by_field_name("declarator") if static else ()
    values = (part.child_by_field_name("value") for part in declarators if part.type == "init_declarator")
    return [value for value in values if value is not None and value.type == "initializer_list"]
