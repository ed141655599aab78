# SPDX-License-Identifier: GPL-2.0-only
"""The last touch to a skeleton's function: nothing draws a warning, and nothing succeeds too early.

A local that only a missing statement read stays, for the person who writes that statement, and is said to be
unused; a label without a goto goes; a return of success behind a missing statement returns an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.skeletons import fixme
from mmapmigrate.convert.skeletons.omission import ERRNO, RESULT_TYPES, NoBodyError
from mmapmigrate.model.body import Body
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.functions import declarator_name
from mmapmigrate.syntax.edit import Edit, apply_edits
from mmapmigrate.syntax.nodes import arguments, field, find_all, inner
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit

if TYPE_CHECKING:
    from tree_sitter import Node

_ERRNO = re.compile(r"-E[A-Z0-9]+$")
_DEEP = 8


def finished(hook: HookSource, head: str, body: str, name: str) -> str:
    """The function ``name``, made of ``head`` and ``body``, so that it builds as it is.

    ``hook`` is the function that it comes from. Raises NoBodyError when it cannot be made sound.
    """
    draft = _Draft(hook, f"{head}\n{body}", name)
    draft = draft.edited([*draft.early_successes(), *draft.labels(), *draft.end()])
    draft = _Draft(hook, draft.text.replace(fixme.MARK, ""), name)
    draft = draft.edited(list(draft.unset()))
    for _round in range(_DEEP):
        edits = list(draft.unread())
        if not edits:
            return draft.text
        draft = draft.edited(edits)
    raise NoBodyError("its locals do not come to rest")


class _Draft:
    """The text of one function, parsed; what it lacks comes as edits of that text."""

    def __init__(self, hook: HookSource, text: str, name: str) -> None:
        self.text = text
        self._hook = hook
        self._name = name
        file = FileModel(SourceUnit(SourceFile(hook.file.path, text.encode("latin-1"))))
        functions = file.functions(name)
        if len(functions) != 1 or len(functions[0].parsed.errors) > len(hook.function.parsed.errors):
            raise NoBodyError("it would not parse")
        self._function = functions[0]
        parameters = {parameter.name for parameter in self._function.parameters}
        if parameters & {local.name for local in Body(file, self._function).locals.values()}:
            raise NoBodyError("a local of it has the name of a parameter")
        self._body = functions[0].body

    def edited(self, edits: Sequence[Edit]) -> _Draft:
        """The draft with ``edits`` made."""
        new = apply_edits(self.text.encode("latin-1"), edits).decode("latin-1")
        return _Draft(self._hook, new, self._name)

    def early_successes(self) -> Iterator[Edit]:
        """Let no return behind a missing statement succeed."""
        first = self.text.find(fixme.MARK)
        if first < 0:
            return
        for statement in find_all(self._body, "return_statement"):
            value = next((part for part in statement.named_children if part.type != "comment"), None)
            if statement.start_byte < first or value is None:
                continue
            value = inner(value)
            written = self._of(value)
            if _ERRNO.match("".join(written.split())) or self._in_error_arm(statement, written):
                continue
            if value.type not in ("identifier", "call_expression", "number_literal"):
                raise NoBodyError("what it returns could succeed")
            new = ERRNO if written == "0" else f"{written} ?: {ERRNO}"
            yield Edit(value.start_byte, value.end_byte, new.encode("latin-1"))

    def _in_error_arm(self, statement: Node, name: str) -> bool:
        """Whether a return of ``name`` stands where a test has found it to be an error."""
        around = statement.parent
        if around is not None and around.type == "compound_statement":
            around = around.parent
        if around is None or around.type != "if_statement":
            return False
        test = inner(field(around, "condition"))
        if test.type == "call_expression" and len(arguments(test)) == 1:
            test = inner(arguments(test)[0])
        return "".join(self._of(test).split()) in (name, f"{name}<0", f"{name}!=0")

    def labels(self) -> Iterator[Edit]:
        """Take out the labels that nothing jumps to any more."""
        labels = list(find_all(self._body, "labeled_statement"))
        targets = [jump.child_by_field_name("label") for jump in find_all(self._body, "goto_statement")]
        wanted = {self._of(target) for target in targets if target is not None}
        if not wanted <= {self._of(field(labeled, "label")) for labeled in labels}:
            raise NoBodyError("it would jump to a label that is gone")
        for labeled in labels:
            label = field(labeled, "label")
            if self._of(label) in wanted:
                continue
            start, stop = label.start_byte, self.text.index(":", label.end_byte) + 1
            line, end = self.text.rfind("\n", 0, start) + 1, self.text.find("\n", stop) + 1
            if not self.text[line:start].strip() and not self.text[stop:end].strip():
                start, stop = line, end
            yield Edit(start, stop, b"")

    def end(self) -> Iterator[Edit]:
        """A function that returns a value ends with a return."""
        last: Node | None = self._body
        while last is not None and last.type in ("compound_statement", "labeled_statement"):
            last = next((part for part in reversed(last.named_children) if part.type != "comment"), None)
        if self._of(field(self._function.node, "type")) == "void":
            return
        if last is None or last.type not in ("return_statement", "goto_statement"):
            at = self._body.end_byte - 1
            yield Edit(at, at, f"\n\treturn {ERRNO};\n".encode())

    def unset(self) -> Iterator[Edit]:
        """A result that is still tested, and lost what set it to an action or a FIXME, starts as 0.

        What is missing has returned by then, or lets no return succeed.
        """
        for declaration in find_all(self._body, "declaration"):
            for declarator in declaration.children_by_field_name("declarator"):
                name = self._of(declarator)
                known = self._hook.locals.get(name)
                if declarator.type != "identifier" or known is None or known.type not in RESULT_TYPES:
                    continue
                plain = known.declarator.type == "identifier" and not known.written
                if plain and self._stores(name) < len(known.definitions) and not self._is_unread(declarator):
                    yield Edit(declarator.end_byte, declarator.end_byte, b" = 0")

    def _stores(self, name: str) -> int:
        """How often the draft gives a local a value."""
        nodes = find_all(self._body, "assignment_expression")
        return sum(self._of(inner(field(node, "left"))) == name for node in nodes)

    def unread(self) -> Iterator[Edit]:
        """Say of locals that the old function read and this one does not that they may be unused."""
        for declaration in find_all(self._body, "declaration"):
            declarators = declaration.children_by_field_name("declarator")
            for declarator in declarators:
                name = declarator_name(declarator)
                if name is None or not self._is_unread(name):
                    continue
                known = self._hook.locals.get(self._of(name))
                if known is not None and (known.reads or known.written):
                    yield from self._may_be_unused(declarator, name)
                elif self._is_new(self._of(name)) and len(declarators) == 1:
                    line = self.text.rfind("\n", 0, declaration.start_byte) + 1
                    yield Edit(line, self.text.find("\n", declaration.end_byte) + 1, b"")

    def _is_new(self, name: str) -> bool:
        """Whether the conversion declares ``name``, and not the old function."""
        return name == self._hook.file_parameter or name not in self._hook.words

    def _may_be_unused(self, declarator: Node, name: Node) -> Iterator[Edit]:
        if self.text[name.end_byte :].lstrip().startswith("__"):
            return
        bare = declarator.child_by_field_name("declarator") or declarator
        if "[" in self._of(bare):
            raise NoBodyError(f"{self._of(name)} would not be used")
        yield Edit(name.end_byte, name.end_byte, b" __maybe_unused")

    def _is_unread(self, name: Node) -> bool:
        """Whether every use of a local is an assignment to it that stands by itself."""
        return all(
            _is_assigned(node)
            for node in find_all(self._body, "identifier")
            if self._of(node) == self._of(name) and node.id != name.id
        )

    def _of(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte]


def _is_assigned(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type != "assignment_expression" or parent.parent is None:
        return False
    return field(parent, "left").id == node.id and parent.parent.type == "expression_statement"
