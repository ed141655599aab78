# SPDX-License-Identifier: GPL-2.0-only
"""One function's body as its text says it: identifiers, locals, what writes them, the paths through it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.model.assigning import assigns, may_assign
from mmapmigrate.model.errnos import errnos
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.flow import Flow, flow_of
from mmapmigrate.model.macros import Macro
from mmapmigrate.model.members import member_names
from mmapmigrate.model.remaps import remaps
from mmapmigrate.syntax.nodes import (
    ancestors,
    arguments,
    call_given,
    encloses,
    field,
    find_all,
    inner,
    is_lent,
    operator,
    outer,
    pointed_function,
)
from mmapmigrate.syntax.words import behind_text, encoded, in_word, word_places

if TYPE_CHECKING:
    from tree_sitter import Node

    from mmapmigrate.model.walk import Walk, Worth

# What a macro that begins a block is to the grammar, and what lists its arguments there.
_BLOCKS = ("while_statement", "if_statement", "for_statement")
_LOOPS = ("while_statement", "for_statement", "do_statement")
_LISTS = ("parenthesized_expression", "comma_expression", "argument_list")
_STRINGS = ("string_literal", "concatenated_string")
_WORD = re.compile(r"\w+")
_WRITES = ("assignment_expression", "init_declarator", "update_expression", "pointer_expression")


class Local(Struct, frozen=True):
    """A local variable of a function.

    ``type`` is its type as text with the declarator's stars. ``definitions`` are the expressions assigned
    to it by ``=`` or its initialiser; ``written`` are the identifiers at which it may change otherwise
    (``+=``, ``++``, its address taken, given to a macro that assigns). ``reads`` are the other identifier
    nodes.
    """

    name: str
    type: str
    declaration: Node
    declarator: Node
    static: bool
    definitions: tuple[Node, ...]
    written: tuple[Node, ...]
    reads: tuple[Node, ...]

    @property
    def writes(self) -> int:
        """How many places change it otherwise than by a plain assignment."""
        return len(self.written)

    @property
    def single(self) -> Node | None:
        """The one expression that it ever holds, or None."""
        return self.definitions[0] if len(self.definitions) == 1 and not self.writes else None


class Body:
    """One function with everything that its text tells."""

    nonnull: frozenset[str] = frozenset()
    """The parameters that are never NULL."""

    def __init__(self, file: FileModel, function: Function) -> None:
        self.file = file
        self.function = function
        self.data = file.unit.source.data
        self.body = function.body
        self._writes: dict[int, tuple[Node, ...]] = {}
        self.loops: dict[int, tuple[Node, ...]] = {}
        """The loops around nodes that were asked for."""
        self.walks: dict[frozenset[tuple[int, Worth | None]], tuple[Walk, ...]] = {}
        """The paths that can be taken, by what was said of calls (see outcomes.py)."""
        self.walks_through: dict[tuple[frozenset[tuple[int, Worth | None]], int], tuple[Walk, ...]] = {}
        """Those of them that come to a node, by its id."""
        self._errnos: dict[str, bool] = {}
        self._names: dict[tuple[object, ...], tuple[str, ...]] = {}

    def names(self, *question: object, ask: Callable[[], Iterable[str]]) -> tuple[str, ...]:
        """What ``ask`` says, asked once for each ``question``: all paths of the function put the same."""
        known = self._names.get(question)
        if known is None:
            known = self._names[question] = tuple(ask())
        return known

    def writes_in(self, step: Node) -> tuple[Node, ...]:
        """What at or below ``step`` may write a local: assignments, initialisers, ``++`` and ``&``."""
        known = self._writes.get(step.id)
        if known is None:
            known = tuple(find_all(step, *_WRITES))
            self._writes[step.id] = known
        return known

    def text(self, node: Node) -> str:
        """The original text of ``node`` (Latin-1, so that every byte survives)."""
        return self.data[node.start_byte : node.end_byte].decode("latin-1")

    def is_whole(self, node: Node) -> bool:
        """Whether the text of ``node`` has both of each pair of parentheses (see syntax/casts.py)."""
        code = self.file.unit.code[node.start_byte : node.end_byte]
        return code.count(b"(") == code.count(b")")

    def line(self, node: Node) -> int:
        """The line of ``node``, from 1."""
        return self.file.unit.source.position(node.start_byte).line

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the function's text."""
        text = self.data[self.function.node.start_byte : self.function.node.end_byte]
        return frozenset(word.decode() for word in re.findall(rb"[A-Za-z_]\w*", text))

    def is_errno(self, text: str) -> bool:
        """Whether an expression, without blanks, is a negative errno, and no macro of the file's."""
        if text not in self._errnos:
            named = text.startswith("-") and text[1:] in errnos()
            self._errnos[text] = named and not self.file.macros(text[1:])
        return self._errnos[text]

    def is_free(self, name: str) -> bool:
        """Whether a new variable may have this name: neither the text spells it nor a macro of the file."""
        return name not in self.words and not any(
            name not in (macro.parameters or ()) for macro in self.file.macros_spelling(name)
        )

    @cached_property
    def identifiers(self) -> tuple[Node, ...]:
        """All identifier nodes of the body, in order (field names, labels and tags are other types)."""
        found = tuple(find_all(self.body, "identifier"))
        members = self._members
        return tuple(node for node in found if node.start_byte not in members) if members else found

    @cached_property
    def _members(self) -> frozenset[int]:
        """Where a macro is handed the name of a member."""
        return frozenset(node.start_byte for node in member_names(self.body, self.text))

    def uses_of(self, name: str) -> tuple[Node, ...]:
        """The identifier nodes of the body that spell ``name``."""
        return self._uses.get(name.encode(), ())

    @cached_property
    def _uses(self) -> dict[bytes, tuple[Node, ...]]:
        """The identifier nodes of the body by what they spell."""
        # As the grammar saw them: a node's own text is asked of the reader that the parser was given.
        mask, start = self.function.parsed.mask, self.function.parsed.item.start
        found: dict[bytes, list[Node]] = {}
        for node in self.identifiers:
            found.setdefault(mask[node.start_byte - start : node.end_byte - start], []).append(node)
        return {word: tuple(nodes) for word, nodes in found.items()}

    @cached_property
    def _named_macros(self) -> tuple[Macro, ...]:
        """The macros of the file that the body names."""
        names = {self.text(node) for node in self.identifiers}
        return tuple(macro for name in sorted(names) for macro in self.file.macros(name))

    def is_in_a_macro(self, name: str) -> bool:
        """Whether a macro of the file that the body names spells the variable ``name`` by itself."""
        return any(
            name not in (macro.parameters or ()) and name in _WORD.findall(macro.body)
            for macro in self._named_macros
        )

    def _is_written_by_a_macro(self, name: str) -> bool:
        """Whether a macro of the file writes the variable, which it names by itself or is given."""
        for macro in self.file.macros_spelling(name):
            own = name not in (macro.parameters or ()) and macro.name in self.words
            if own and _is_written(macro.body, name):
                return True
        for node in self.uses_of(name):
            call = call_given(node)
            if call is None:
                continue
            place = [argument.id for argument in arguments(call)].index(outer(node).id)
            for _where, macro in self.file.macros_seen(self.text(field(call, "function"))):
                names = macro.parameters or ()
                if place < len(names) and _is_written(macro.body, names[place]):
                    return True
        return False

    def changes_aside(self, name: str) -> bool:
        """Whether the variable ``name`` may change where nothing assigns to it: by address, in a macro."""
        return self._is_written_by_a_macro(name) or any(
            self.is_assigned_in_a_macro(node) or is_lent(node) for node in self.uses_of(name)
        )

    def is_assigned_in_a_macro(self, node: Node) -> bool:
        """Whether a variable, or a member, is given to a macro that assigns to it or may (``do_div()``)."""
        call = call_given(node)
        if call is None:
            return False
        name = self.text(field(call, "function"))
        if not self.file.macros_seen(name):
            return may_assign(name) and not self.is_printed(node)
        return self.is_written_in_a_macro(node)

    def is_printed(self, node: Node) -> bool:
        """Whether ``node`` is an argument behind a format string: ``FOO_ERROR("failed: %d", ret)``."""
        call = call_given(node)
        return call is not None and any(
            "%" in self.text(literal)
            for argument in arguments(call)
            if argument.start_byte < node.start_byte and argument.type in _STRINGS
            for literal in find_all(argument, "string_literal")
        )

    def is_written_in_a_macro(self, node: Node) -> bool:
        """Whether an expression is given to a macro of the driver's that writes it, or takes its address."""
        call = call_given(node)
        if call is None:
            return False
        seen = self.file.macros_seen(self.text(field(call, "function")))
        place = [inner(argument).id for argument in arguments(call)].index(inner(node).id)
        given = [(macro.body, (macro.parameters or ())[place : place + 1]) for _where, macro in seen]
        return any(_is_written(body, name) for body, names in given for name in names)

    def unread(self, name: str) -> tuple[int, ...]:
        """The offsets at which the code spells the variable ``name`` and the grammar shows no identifier.

        An arm that the mask left out, a macro's argument that is no expression: nothing may be missed.
        """
        seen = {node.start_byte for node in self.uses_of(name)}
        if name != self.function.vma_parameter():
            seen |= self._members
        return tuple(offset for offset in self.spelled(name) if offset not in seen)

    def spelled(self, name: str) -> Iterator[int]:
        """The offsets at which the code of the body spells ``name`` as a variable may be spelled."""
        # A word that begins in the body is looked at whole.
        end = self.body.end_byte + len(encoded(name)) - 1
        return spelled(self.file.unit.code, name, self.body.start_byte, end)

    @cached_property
    def flow(self) -> Flow:
        """The paths through the body."""
        return flow_of(
            self.body, self.file.unit.conditions, lambda node: is_once(self, node), self._maps_on_a_side
        )

    def _maps_on_a_side(self, condition: Node) -> bool:
        """Whether a side of a ``&&`` or ``||`` maps pages, which may never come to it."""
        return any(
            self.text(field(call, "function")) in remaps() for call in find_all(condition, "call_expression")
        )

    @cached_property
    def _declarations(self) -> dict[str, list[tuple[Node, Node, str, bool]]]:
        """The declarations of each name in the body: the statement, the declarator, the type, if static."""
        declared: dict[str, list[tuple[Node, Node, str, bool]]] = {}
        for declaration in find_all(self.body, "declaration"):
            base = declaration.child_by_field_name("type")
            static = "static" in self.text(declaration).split()
            for child in declaration.children_by_field_name("declarator"):
                name, stars = _declared(child)
                if name is not None:
                    text = ("" if base is None else self.text(base)) + stars
                    declared.setdefault(name, []).append((declaration, child, text, static))
        return declared

    @cached_property
    def ambiguous(self) -> frozenset[str]:
        """The names that the body declares and that are not in ``locals``: which is meant is not known."""
        return frozenset(self._declarations) - frozenset(self.locals)

    @cached_property
    def locals(self) -> dict[str, Local]:
        """The locals by name.

        A name that is declared twice, means something else too, or that a macro writes is left out.
        """
        found: dict[str, Local] = {}
        for name, places in self._declarations.items():
            if len(places) == 1 and not self._is_written_by_a_macro(name):
                declaration, declarator, text, static = places[0]
                scope = declaration.parent or self.body
                if all(encloses(scope, node) for node in self.uses_of(name)):
                    found[name] = self._local(name, text, declaration, declarator, static)
        return found

    def _is_given_to_a_block_macro(self, node: Node) -> bool:
        """Whether a variable stands by itself in the head of ``for_each_foo(pos, ...)``, which may set it."""
        head = node.parent
        while head is not None and head.type in _LISTS:
            holder = head.parent
            if holder is not None and holder.type in _BLOCKS and _same(_condition(holder), head):
                return re.match(r"(?:if|while|for|switch|do)\b", self.text(holder)) is None
            head = holder
        return False

    def _local(self, name: str, text: str, declaration: Node, declarator: Node, static: bool) -> Local:
        definitions: list[Node] = []
        reads: list[Node] = []
        written: list[Node] = []
        for node in self.uses_of(name):
            whole = outer(node)
            parent = whole.parent
            if parent is None:
                continue
            if parent.type == "init_declarator" and _same(parent.child_by_field_name("declarator"), node):
                definitions.append(field(parent, "value"))
            elif parent.type == "assignment_expression" and _same(field(parent, "left"), whole):
                if operator(parent) == "=":
                    definitions.append(field(parent, "right"))
                else:
                    written.append(node)
            elif parent.type == "update_expression" or is_lent(node):
                written.append(node)
            elif encloses(declarator, node) and not any(
                encloses(value, node) for value in declarator.children_by_field_name("value")
            ):
                # The declarator itself; a pointer's initialiser belongs to the init_declarator around it.
                holder = _initializer(declarator)
                if holder is not None and holder not in definitions:
                    definitions.append(holder)
            else:
                reads.append(node)
                if self._is_given_to_a_block_macro(node) or self.is_assigned_in_a_macro(node):
                    written.append(node)
        uses = tuple(definitions), tuple(written), tuple(reads)
        return Local(name, text, declaration, declarator, static, *uses)


def spelled(code: bytes, name: str, start: int, end: int) -> Iterator[int]:
    """The offsets in ``code[start:end]`` where ``name`` may mean a variable: no member, no tag."""
    for at in word_places(code, encoded(name), start, end):
        before = behind_text(code, at)
        member = code.endswith((b".", b"->"), 0, before) and not code.endswith(b"...", 0, before)
        tag = code.endswith(b"struct", 0, before) and not in_word(code, before - 7)
        if not (member or tag):
            yield at


def _is_written(code: str, name: str) -> bool:
    """Whether a macro's body assigns to ``name``, takes its address, or may hand it on to be assigned."""
    word = rf"(?<![\w.])(?<!->){re.escape(name)}\b"
    after = r"[\s)]*+(?:(?:[-+*/%&|^]|<<|>>)?=(?!=)|\+\+|--)"
    before = r"(?:\+\+|--|(?<!&)&(?!&))[\s(]*+"
    if re.search(f"{word}{after}|{before}{word}", code) is not None:
        return True
    words = _WORD.findall(code)
    return name in words and any(map(assigns, words))


def _condition(statement: Node) -> Node | None:
    return statement.child_by_field_name("condition")


def loops_around(function: Body, node: Node) -> tuple[Node, ...]:
    """The loops that ``node`` stands in, or is, innermost first."""
    known = function.loops.get(node.id)
    if known is None:
        known = tuple(
            one for one in (node, *ancestors(node)) if one.type in _LOOPS and not is_once(function, one)
        )
        function.loops[node.id] = known
    return known


def is_once(function: Body, node: Node) -> bool:
    """Whether a loop is one only to the grammar: ``scoped_guard()``, or ``do { } while (0)``."""
    if node.type == "do_statement":
        condition = node.child_by_field_name("condition")
        return condition is not None and function.text(inner(condition)) in ("0", "false")
    return function.data.startswith(b"scoped_guard", node.start_byte)


def _initializer(declarator: Node) -> Node | None:
    return declarator.child_by_field_name("value") if declarator.type == "init_declarator" else None


def _declared(declarator: Node) -> tuple[str | None, str]:
    """The name that a declarator declares, and its stars (``*``, ``[]``, ``()`` of a function's pointer)."""
    stars = ""
    node: Node | None = declarator
    while node is not None and node.type != "identifier":
        pointed = pointed_function(node)
        if pointed is not None:
            stars += "()"
            node = pointed
            continue
        if node.type == "pointer_declarator":
            stars += " *"
        elif node.type in ("array_declarator", "function_declarator"):
            stars += "[]"
        node = node.child_by_field_name("declarator")
    return (None if node is None or node.text is None else node.text.decode("latin-1")), stars


def _same(first: Node | None, second: Node) -> bool:
    return first is not None and first.id == second.id
