# SPDX-License-Identifier: GPL-2.0-only
"""The text of a function for vm_ops->mapped: statements of a hook, with what it is handed for the VMA."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmapmigrate.convert import layout
from mmapmigrate.convert.effects import Effect, effect_of_call, text_of
from mmapmigrate.convert.handed import only_reads_file
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.permapping.sides import Piece, UnsplitError
from mmapmigrate.model.body import Local
from mmapmigrate.syntax.edit import Edit, apply_edits
from mmapmigrate.syntax.nodes import bare, encloses, field, find_all, outer

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True)
class Signature:
    """The parameters of vm_operations_struct.mapped: as they are written, and their names by role."""

    parameters: tuple[str, ...]
    start: str
    end: str
    pgoff: str
    file: str
    private: str

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names."""
        return self.start, self.end, self.pgoff, self.file, self.private


def signature_of(type_text: str) -> Signature | None:
    """Read the parameters from a member's type; None where they are not the five that are known."""
    found = re.fullmatch(r"int \(\*\)\((.*)\)", type_text)
    if found is None:
        return None
    parameters = tuple(one.strip() for one in found[1].split(","))
    shape = [re.fullmatch(r"(.*?[\s*])(\w+)", one) for one in parameters]
    types = [None if one is None else one[1].strip() for one in shape]
    if types != ["unsigned long", "unsigned long", "pgoff_t", "const struct file *", "void **"]:
        return None
    names = [one[2] for one in shape if one is not None]
    return Signature(parameters, *names)


@dataclass(frozen=True)
class Given:
    """What the parameters of a helper are: expressions of its caller, for which ``writer`` writes."""

    writer: MappedText
    values: Mapping[str, Node]


class MappedText:
    """Writes the function for one hook, or for a helper with what it is ``given``."""

    def __init__(
        self, hook: HookSource, signature: Signature, moved_offset: bool, given: Given | None = None
    ) -> None:
        self.hook = hook
        self.given = given
        self.signature = signature
        self.moved_offset = moved_offset
        self.comments: list[tuple[int, int]] = []
        """The lines of comments in front of the statements, which the text has too."""
        self._private_value = ""
        self.outer_lines: list[str] = []
        """The lines that declare a helper's parameters, as its caller would write them."""

    def write(
        self,
        name: str,
        pieces: Sequence[Piece],
        result: str,
        mark: Node | str | None,
        linkage: str = "static ",
        private: Node | None = None,
    ) -> str:
        """``pieces`` as a function; ``mark`` is the value for vm_private_data (an expression of the
        hook, or text), set where it succeeds.

        ``result`` is the local that the hook returns, ``linkage`` what the function's head begins with.
        ``private`` is what the hook set vm_private_data to, where it does so no more. Raises UnsplitError
        where mapped cannot know what it needs.
        """
        self.comments.clear()
        nodes = [piece.node for piece in pieces if piece.node is not None]
        marks = [mark] if mark is not None and not isinstance(mark, str) else []
        asked = [private] if private is not None and any(map(self._reads_private, nodes)) else []
        declared = self._declarations([*nodes, *marks, *asked], nodes, result)
        self._private_value = f"*{self.signature.private}"
        if private is not None:
            self._private_value = self._render(private, private.start_byte, private.end_byte)
        body: list[str] = []
        marking = None if mark is None else self._marking(mark)
        previous: Node | None = None
        for piece in pieces:
            if piece.node is None:
                end = self._end(result, marking)
                body += ["", *(f"{label}:" for label in piece.labels), *end[1 if piece.labels else 0 :]]
                previous = None
                continue
            if previous is None or self._apart(previous, piece.node):
                body.append("")
            body += [f"{label}:" for label in piece.labels]
            body += self._statement(piece.node, marking)
            previous = piece.node
        lines = [*declared, *([""] if declared else []), *_squeezed(body)]
        text = layout.wrap_lines("", "\n".join(lines))
        return f"{self.head(name, linkage)}\n{{\n{text}\n}}"

    def _reads_private(self, node: Node) -> bool:
        return any(
            self.hook.text(field(one, "field")) == "vm_private_data"
            and self.hook.text(bare(field(one, "argument"))) == self.hook.vma
            for one in find_all(node, "field_expression")
        )

    def head(self, name: str, linkage: str) -> str:
        """The function's head."""
        return layout.call(0, f"{linkage}int {name}", list(self.signature.parameters), "")

    def value(self, node: Node, *, again: bool = False) -> tuple[list[str], str]:
        """The lines that declare what an expression of the hook needs, and its text.

        ``again`` tells that the hook asks for it too. Raises UnsplitError.
        """
        if again:
            self._asked_again(node)
        lines = self._declarations([node], [], "")
        return lines, self._render(node, node.start_byte, node.end_byte)

    def whole(self, body: Node, private: str, ending: Sequence[str], gone: Node | None = None) -> str:
        """A whole body, in braces, ``private`` in the place of vm_private_data, and then ``ending``.

        The declaration ``gone`` is left out. Raises UnsplitError.
        """
        edits = self._edits(body, private=private)
        returns = list(find_all(body, "return_statement"))
        edits += [Edit(one.start_byte, one.end_byte, b"return 0;") for one in returns]
        if gone is not None:
            data = self.hook.data
            start = data.rfind(b"\n", 0, gone.start_byte) + 1
            stop = data.find(b"\n", gone.end_byte) + 1
            edits = [e for e in edits if not start <= e.start < stop]
            edits.append(Edit(start, stop, b""))
        shifted = [Edit(e.start - body.start_byte, e.end - body.start_byte, e.text) for e in edits]
        text = apply_edits(self.hook.data[body.start_byte : body.end_byte], shifted).decode("latin-1")
        text = text.replace("\r\n", "\n").rstrip().removesuffix("}").rstrip()
        last = body.named_children[-1] if body.named_children else None
        lines = [*ending, *([] if last is not None and last.type == "return_statement" else ["return 0;"])]
        tail = "".join(f"\t{line}\n" for line in lines)
        return f"{text}\n\n{tail}}}" if tail else f"{text}\n}}"

    # Statements.

    def _end(self, result: str, marking: str | None) -> list[str]:
        if not result:
            return [*([f"\t{marking}"] if marking else []), "\treturn 0;"]
        marked = ["", f"\tif (!{result})", f"\t\t{marking}", ""] if marking else [""]
        return [*marked, f"\treturn {result};"][1:]

    def _marking(self, mark: Node | str) -> str:
        value = mark if isinstance(mark, str) else self._render(mark, mark.start_byte, mark.end_byte)
        return f"*{self.signature.private} = {value};"

    def _statement(self, node: Node, marking: str | None) -> list[str]:
        """A statement with the comments right in front of it, one tab deep."""
        data = self.hook.data
        begin = self._with_comments(node.start_byte)
        line = data.rfind(b"\n", 0, begin) + 1
        lead = layout.indentation(data[line:begin].decode("latin-1") + "x")
        text = self._render(node, begin, node.end_byte, marking)
        return [_shifted(one, lead) for one in f"{lead}{text}".split("\n")]

    def _with_comments(self, start: int) -> int:
        """Where the lines of comments begin right in front of a statement, or the statement."""
        data, code = self.hook.data, self.hook.file.unit.code
        line = data.rfind(b"\n", 0, start) + 1
        begin = line
        while begin > 0:
            above = data.rfind(b"\n", 0, begin - 1) + 1
            if not data[above:begin].strip() or code[above:begin].strip():
                break
            begin = above
        if begin == line or data[line:start].strip():
            return start
        self.comments.append((begin, line))
        return begin + len(data[begin:line]) - len(data[begin:line].lstrip(b" \t"))

    def _apart(self, one: Node, other: Node) -> bool:
        """Whether a blank line stood between two statements, or something else of the hook."""
        between = self.hook.data[one.end_byte : other.start_byte]
        code = self.hook.file.unit.code[one.end_byte : other.start_byte].strip()
        return bool(code) or re.search(rb"\n[ \t]*\n", between) is not None

    def _render(self, node: Node, begin: int, end: int, marking: str | None = None) -> str:
        edits = self._edits(node)
        for left in find_all(node, "return_statement"):
            value = next((one for one in left.named_children if one.type != "comment"), None)
            if value is not None and self.hook.text(bare(value)) == "0" and marking is not None:
                raise UnsplitError(left, "it succeeds early")
        shifted = [Edit(e.start - begin, e.end - begin, e.text) for e in edits]
        return apply_edits(self.hook.data[begin:end], shifted).decode("latin-1").replace("\r\n", "\n")

    def _edits(self, node: Node, private: str = "") -> list[Edit]:
        """What changes in ``node``; ``private`` stands for vm_private_data, if it may be used."""
        edits: list[Edit] = []
        for use in find_all(node, "identifier"):
            name = self.hook.text(use)
            if name == self.hook.vma:
                edits.append(self._private(use, private or self._private_value) or self._handed(use))
            elif name == self.hook.file_parameter:
                self._only_read(use)
                edits.append(Edit(use.start_byte, use.end_byte, self.signature.file.encode()))
            elif name in self._others and (self.given is None or name not in self.given.values):
                raise UnsplitError(use, f"mapped is not handed `{name}`")
            elif name in self._clashes and name in self.hook.locals:
                raise UnsplitError(use, f"`{name}` is the name of a parameter of mapped")
        return edits

    def _private(self, use: Node, private: str) -> Edit | None:
        """vm_private_data as ``private``, in parentheses where that needs them."""
        holder = use.parent
        if not private or holder is None or holder.type != "field_expression":
            return None
        if self.hook.text(field(holder, "field")) != "vm_private_data":
            return None
        above = holder.parent
        written = (
            above is not None and above.type == "assignment_expression" and field(above, "left") == holder
        )
        if not private.startswith("*") and (
            written or (above is not None and above.type in ("update_expression", "pointer_expression"))
        ):
            raise UnsplitError(use, "vm_private_data changes in it")
        tight = above is not None and above.type in ("field_expression", "call_expression")
        text = f"({private})" if tight and not re.fullmatch(r"\w+", private) else private
        return Edit(holder.start_byte, holder.end_byte, text.encode())

    @property
    def _others(self) -> set[str]:
        """The hook's parameters that mapped has nothing for."""
        return {one.name for one in self.hook.function.parameters} - {self.hook.vma, self.hook.file_parameter}

    @property
    def _clashes(self) -> set[str]:
        given = self.signature
        same = {
            name
            for name, local in self.hook.locals.items()
            if local.single is not None and self._handed_name(bare(local.single)) == name
        }
        return {given.start, given.end, given.pgoff, given.file, given.private} - same

    def _handed_name(self, node: Node) -> str | None:
        """The parameter that has the value of ``vma->field``."""
        if node.type != "field_expression" or self.hook.text(field(node, "argument")) != self.hook.vma:
            return None
        given = self.signature
        names = {"vm_start": given.start, "vm_end": given.end, "vm_pgoff": given.pgoff, "vm_file": given.file}
        return names.get(self.hook.text(field(node, "field")))

    def _handed(self, use: Node) -> Edit:
        holder = use.parent
        name = None if holder is None else self._handed_name(holder)
        if holder is None or name is None:
            raise UnsplitError(
                use, f"`{self._short(holder or use)}` is more of the VMA than mapped is handed"
            )
        if name == self.signature.pgoff and self.moved_offset:
            raise UnsplitError(use, "the offset that mapped is handed may be another by then")
        if name == self.signature.file:
            self._only_read(holder)
        return Edit(holder.start_byte, holder.end_byte, name.encode())

    def _only_read(self, use: Node) -> None:
        """mapped is handed a const file: what hands it on, or writes to it, would not build."""
        if not only_reads_file(self.hook.file, use):
            holder = outer(use).parent
            raise UnsplitError(use, f"`{self._short(holder or use)}` needs a file that mapped may change")

    # What they need.

    def _declarations(self, nodes: Sequence[Node], moved: Sequence[Node], result: str) -> list[str]:
        """The locals that ``nodes`` spell, each with its value, in the order in which they get them."""
        needed: dict[str, Local] = {}
        pending = [self.hook.text(one) for node in nodes for one in find_all(node, "identifier")]
        pending += [result] if result else []
        values: dict[str, Node | None] = {}
        asked: set[str] = set()
        while pending:
            name = pending.pop()
            if self.given is not None and name in self._others:
                asked.add(name)
                continue
            local = self.hook.locals.get(name)
            if local is None or name in needed:
                if local is None and self.hook.declares(name):
                    raise UnsplitError(nodes[0], f"`{name}` is declared more than once")
                continue
            if name in (self.signature.start, self.signature.end, self.signature.pgoff, self.signature.file):
                if name in self._clashes:
                    raise UnsplitError(local.declaration, f"`{name}` is the name of a parameter of mapped")
                continue
            needed[name] = local
            values[name] = self._value(local, moved)
            value = values[name]
            if value is not None:
                pending += [self.hook.text(one) for one in find_all(value, "identifier")]
        lines: list[tuple[int, str]] = []
        for name, local in needed.items():
            value = values[name]
            at = local.declaration.start_byte if value is None else value.start_byte
            lines.append((at, self._declaration(local, value)))
        return [*self._parameters(asked), *(text for _at, text in sorted(lines))]

    def _parameters(self, names: Collection[str]) -> list[str]:
        """The lines that declare parameters of a helper, and what their values need of the caller."""
        lines: dict[str, None] = {}
        for parameter in self.hook.function.parameters if self.given is not None else ():
            if parameter.name not in names or self.given is None:
                continue
            more, text = self.given.writer.value(self.given.values[parameter.name], again=True)
            lines |= dict.fromkeys(more)
            if text != parameter.name:
                kind = parameter.type.replace(" *", "*")
                stars = len(kind) - len(kind.rstrip("*"))
                lines[f"\t{kind.rstrip('*').rstrip()} {'*' * stars}{parameter.name} = {text};"] = None
        declared = [found[1] for line in lines if (found := re.search(r"(\w+)(?= = |;)", line)) is not None]
        for name in declared:
            if declared.count(name) > 1 or name in self.hook.locals:
                raise UnsplitError(self.hook.body, f"`{name}` is another in {self.hook.function.name}()")
        self.outer_lines = list(lines)
        return self.outer_lines

    def _value(self, local: Local, moved: Sequence[Node]) -> Node | None:
        """The value with which mapped declares a local: None where its own statements give it one."""
        own = [one for one in local.definitions if any(encloses(node, one) for node in moved)]
        own += [one for one in local.written if any(encloses(node, one) for node in moved)]
        initial = local.declarator.child_by_field_name("value")
        outside = [one for one in local.definitions if one not in own and one != initial]
        constant = [one for one in outside if not any(find_all(one, "identifier", "call_expression"))]
        if own:
            first = min(node.start_byte for node in moved)
            if any(one.start_byte < first for one in outside):
                raise UnsplitError(local.declaration, f"`{local.name}` has got another value before")
            # Its first value counts where it has one that is a constant.
            if initial is not None and not any(find_all(initial, "call_expression", "field_expression")):
                return initial
            return None
        if local.written or len(local.definitions) != 1:
            if initial is not None and len(outside) == len(constant) and not local.written:
                return initial
            raise UnsplitError(
                local.declaration, f"`{local.name}` has no one value that mapped could find again"
            )
        value = local.definitions[0]
        self._again(local, value)
        return value

    def _again(self, local: Local, value: Node) -> None:
        """Refuse what mapped cannot ask once more: what a lookup or a loop has found."""
        self._asked_again(value)
        for held in _around(local, value.parent):
            raise UnsplitError(held, f"`{local.name}` has no one value that mapped could find again")

    def _asked_again(self, value: Node) -> None:
        """Refuse what does something, or may find something else by then."""
        reader = text_of(self.hook.file)
        for call in find_all(value, "call_expression"):
            if (
                effect_of_call(self.hook.file, reader, call) is not Effect.NONE
                or self.hook.text(field(call, "function")) in _LOOKUPS
            ):
                raise UnsplitError(
                    value, f"`{self._short(value)}` cannot be asked for again once the mapping exists"
                )

    def _declaration(self, local: Local, value: Node | None) -> str:
        base = local.declaration.child_by_field_name("type")
        qualifiers = [
            self.hook.text(child) for child in local.declaration.children if child.type == "type_qualifier"
        ]
        if any(self.hook.text(child) == "static" for child in local.declaration.children):
            raise UnsplitError(local.declaration, f"`{local.name}` is static")
        declarator = local.declarator
        if declarator.type == "init_declarator":
            declarator = field(declarator, "declarator")
        kind = " ".join([*qualifiers, "" if base is None else " ".join(self.hook.text(base).split())])
        text = f"\t{kind} {self.hook.text(declarator)}"
        if value is None:
            return f"{text};"
        rendered = " ".join(self._render(value, value.start_byte, value.end_byte).split())
        return f"{text} = {rendered};"

    def _short(self, node: Node) -> str:
        text = " ".join(self.hook.text(node).split())
        return text if len(text) <= 60 else f"{text[:57]}..."


_LOOKUPS = frozenset({"xa_load", "mtree_load", "idr_find", "radix_tree_lookup"})
"""What finds an object that another may have put there by the time it is asked again."""


def _around(local: Local, statement: Node | None) -> list[Node]:
    """The loops and decisions around the statement that gives a local its value."""
    found: list[Node] = []
    node = statement
    scope = local.declaration.parent
    while node is not None and scope is not None and node.id != scope.id:
        if node.type in (
            "if_statement",
            "for_statement",
            "while_statement",
            "do_statement",
            "switch_statement",
        ):
            found.append(node)
        node = node.parent
    return found


def _shifted(line: str, lead: str) -> str:
    """A line that stood at ``lead``, at one tab."""
    if not line.strip():
        return ""
    if line.startswith(lead):
        return f"\t{line[len(lead) :]}"
    beyond = layout.column(layout.indentation(line)) - layout.column(lead) + layout.TAB
    return layout.indent(max(beyond, layout.TAB)) + line.lstrip(" \t")


def _squeezed(lines: Sequence[str]) -> list[str]:
    """No blank line at either end, and none after another."""
    found: list[str] = []
    for line in lines:
        if line or (found and found[-1]):
            found.append(line)
    while found and not found[-1]:
        found.pop()
    return found
