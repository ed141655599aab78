# SPDX-License-Identifier: GPL-2.0-only
"""Split a file into its top-level items without parsing it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from mmapmigrate.syntax.directives import MIDDLES, OPENERS
from mmapmigrate.syntax.item import ItemKind, Items
from mmapmigrate.syntax.lexer import Directive
from mmapmigrate.syntax.usual import BODY, LIST, USUAL

_TOP = re.compile(rb"[;{}()=]")
_NESTED = re.compile(rb"[{}]")
_TEXT = re.compile(rb"\S")
# What an item may begin with: a brace that closes nothing is passed over.
_OPENING = re.compile(rb"[^\s}]")
_LINKAGE = re.compile(rb'\bextern\s*" *"\s*\Z')
# What stands before the brace of a type: its keyword, attributes and a tag, but no parameter list.
_TYPE = re.compile(
    rb"\b(?:struct|union|enum)"
    rb"(?>(?:\s+__(?:attribute__|aligned)\s*\((?>(?:[^()]|\((?>(?:[^()]|\([^()]*+\))*)\))*)\)|\s+\w++)*)\s*\Z"
)
# A call that is a whole item although no semicolon follows: MODULE_LICENSE("GPL")
_CALL_HEAD = re.compile(rb"(?:static\s+)?(?!__[a-z])[A-Za-z_]\w*\s*\Z")
_NEXT_ITEM = re.compile(rb"[ \t\r]*\n(?:\s*\n)?(?=[A-Za-z_])(?!__[a-z])|\s*(?:\}|\Z)")
_CAPITALS = re.compile(rb"([A-Z][A-Z0-9_]*+)\s*\Z")
_DEAD = re.compile(rb"\s*0\s*\Z")

_HEADER_LIMIT = 4096
_NAME_LIMIT = 256

_SHAPES = {
    "function": ItemKind.FUNCTION,
    "type": ItemKind.DECLARATION,
    "start": ItemKind.DECLARATION,
}
"""What an item is whose last group in USUAL has that name."""


class _State(Struct):
    """Where the scan stands: inside how many braces and parentheses of which item."""

    start: int = -1
    depth: int = 0
    parens: int = 0
    first_paren: int = -1
    assigned: bool = False
    function: bool = False
    """Whether the item's outermost brace is a function's body."""
    flush: bool = False
    """Whether that brace stands in the first column, and so will the one that closes it."""


class _Arms(Struct):
    """An open conditional: the state before it, and the state that goes on behind it."""

    before: _State
    dead: bool
    kept: _State | None = None


class _Splitter(Struct):
    text: bytes
    recover: bool
    items: Items = field(default_factory=lambda: Items([], [], []))
    state: _State = field(default_factory=_State)
    arms: list[_Arms] = field(default_factory=list)
    linkage: int = 0
    stray: bool = False

    def emit(self, start: int, end: int, kind: ItemKind) -> None:
        # What another arm of a conditional completed inside this item, or across its start, is part of it.
        starts, ends, kinds = self.items.starts, self.items.ends, self.items.kinds
        while ends and ends[-1] > start:
            start = min(start, starts.pop())
            ends.pop()
            kinds.pop()
        starts.append(start)
        ends.append(end)
        kinds.append(kind)

    def close(self, end: int, kind: ItemKind) -> None:
        self.emit(self.state.start, end, kind)
        self.state = _State()

    def begin(self, at: int, limit: int) -> None:
        """Start an item at the first text of ``[at, limit)``, if there is any."""
        match = (_TEXT if self.linkage else _OPENING).search(self.text, at, limit)
        if match:
            self.state.start = match.start()
        if not self.linkage and self.text.find(b"}", at, match.start() if match else limit) >= 0:
            self.stray = True

    def usual(self, at: int, limit: int) -> int:
        """Take the items from ``at`` on that have the usual shape; return where the next one may begin."""
        if self.recover:
            # Braces in the first column may mean more than balance.
            return at
        match = USUAL.match(self.text, at, limit)
        while match is not None:
            start, end = match.start("start"), match.end()
            shape = match.lastgroup or "start"
            if end - start > _HEADER_LIMIT < match.start(shape) - start:
                break
            self.emit(start, end, _SHAPES[shape])
            at = end
            match = USUAL.match(self.text, at, limit)
        return at

    def scan(self, at: int, limit: int, directive_follows: bool) -> None:
        """Read the text ``[at, limit)`` between two directives."""
        text = self.text
        while at < limit:
            if self.state.depth:
                at = self.nested(at, limit)
                continue
            if self.state.start < 0:
                at = self.usual(at, limit)
                self.begin(at, limit)
                if self.state.start < 0:
                    return
                at = self.state.start
            match = _TOP.search(text, at, limit)
            if match is None:
                return
            at = match.end()
            if text[at - 1] == 0x28 and not self.state.parens:
                whole = LIST.match(text, at, limit)
                if whole is not None:
                    if self.state.first_paren < 0:
                        self.state.first_paren = at - 1
                    at = whole.end()
                    self.end_call(at, limit, directive_follows)
                    continue
            self.token(text[match.start()], match.start())
            if text[at - 1] == 0x29 and not self.state.parens:
                self.end_call(at, limit, directive_follows)

    def end_call(self, at: int, limit: int, directive_follows: bool) -> None:
        """Close the item behind its ``)`` when it is a macro call without a semicolon."""
        state = self.state
        if (
            state.first_paren - state.start < _NAME_LIMIT
            and not state.assigned
            and _CALL_HEAD.match(self.text, state.start, state.first_paren)
            and self.call_ends(at, limit, directive_follows)
        ):
            self.close(at, ItemKind.DECLARATION)

    def call_ends(self, at: int, limit: int, directive_follows: bool) -> bool:
        following = _TEXT.search(self.text, at, limit)
        if following is None:
            return directive_follows or limit == len(self.text)
        return _NEXT_ITEM.match(self.text, at, limit) is not None

    def nested(self, at: int, limit: int) -> int:
        """Skip what stands inside braces; return where the scan goes on."""
        state = self.state
        depth = state.depth
        text = self.text
        if depth == 1 and not self.recover:
            body = BODY.match(text, at, limit)
            if body is not None:
                state.depth = 0
                if state.function:
                    self.close(body.end(), ItemKind.FUNCTION)
                return body.end()
        for match in _NESTED.finditer(text, at, limit):
            end = match.end()
            if text[end - 1] == 0x7B:
                depth += 1
                continue
            depth -= 1
            if self.recover:
                if self.in_first_column(end - 1):
                    depth = state.parens = 0
                elif not depth and state.flush:
                    depth = 1
            if not depth:
                state.depth = 0
                if state.function:
                    self.close(end, ItemKind.FUNCTION)
                return end
        state.depth = depth
        return limit

    def token(self, token: int, at: int) -> None:
        """Handle one ``;{}()=`` outside braces."""
        state = self.state
        if token == 0x28:
            if state.first_paren < 0:
                state.first_paren = at
            state.parens += 1
        elif token == 0x29:
            state.parens = max(0, state.parens - 1)
        elif token == 0x3D:
            state.assigned = state.assigned or not state.parens
        elif token == 0x3B:
            if not state.parens:
                self.close(at + 1, ItemKind.DECLARATION)
        elif token == 0x7B:
            self.open_brace(at)
        else:
            self.stray_brace(at)

    def open_brace(self, at: int) -> None:
        state = self.state
        if self.recover and state.parens and self.in_first_column(at):
            state.parens = 0
        if not state.parens and not state.assigned and not state.function:
            header = self.text[state.start : min(at, state.start + _HEADER_LIMIT)]
            linked = b"extern" in header and len(header) < _HEADER_LIMIT
            linkage = _LINKAGE.search(header) if linked else None
            if linkage:
                before = header[: linkage.start()].rstrip()
                if before:
                    self.emit(state.start, state.start + len(before), ItemKind.DECLARATION)
                self.state = _State()
                self.linkage += 1
                return
            typed = b"struct" in header or b"union" in header or b"enum" in header
            state.function = not (typed and _TYPE.search(header))
            state.assigned = not state.function
        state.flush = self.in_first_column(at)
        state.depth = 1

    def in_first_column(self, at: int) -> bool:
        return not at or self.text[at - 1] == 0x0A

    def stray_brace(self, at: int) -> None:
        if self.linkage:
            self.linkage -= 1
        else:
            self.stray = True
        if self.state.start < at:
            self.emit(self.state.start, at, ItemKind.DECLARATION)
        self.state = _State()

    def directive(self, directive: Directive, dead: bool) -> None:
        name = directive.name
        if name in (b"define", b"undef", b"include") and self.state.start >= 0 and not self.state.depth:
            # A macro that is a whole item: nothing goes on across these but a list.
            limit = min(directive.start, self.state.start + _HEADER_LIMIT)
            word = _CAPITALS.match(self.text, self.state.start, limit)
            if word:
                self.close(word.end(1), ItemKind.DECLARATION)
        if name == b"define":
            if self.state.start < 0:
                self.emit(directive.start, directive.end, ItemKind.DEFINE)
        elif name in OPENERS:
            self.arms.append(_Arms(replace(self.state), dead))
        elif not self.arms:
            return
        elif name in MIDDLES:
            arms = self.arms[-1]
            self.leave(arms, directive.start)
            arms.dead = dead
            self.state = replace(arms.before)
        elif name == b"endif":
            self.end_conditional(directive.start)

    def end_conditional(self, at: int) -> None:
        arms = self.arms.pop()
        self.leave(arms, at)
        self.state = arms.kept or arms.before

    def leave(self, arms: _Arms, end: int) -> None:
        """End an arm: the scan goes on as the first live one left it, or the first with an open item."""
        if arms.dead:
            if self.state.start >= 0 > arms.before.start:
                start = self.state.start
                self.emit(start, start + len(self.text[start:end].rstrip()), ItemKind.DECLARATION)
        elif arms.kept is None or arms.kept.start < 0 <= self.state.start:
            arms.kept = self.state

    def finish(self) -> None:
        end = len(self.text.rstrip())
        if 0 <= self.state.start < end:
            kind = ItemKind.FUNCTION if self.state.function else ItemKind.DECLARATION
            self.emit(self.state.start, end, kind)


def _segments(text: bytes, directives: Sequence[Directive]) -> Iterator[tuple[int, int, Directive | None]]:
    at = 0
    for directive in directives:
        yield at, directive.start, directive
        at = directive.end
    yield at, len(text), None


def _split(text: bytes, directives: Sequence[Directive], code: bytes, recover: bool) -> _Splitter:
    splitter = _Splitter(text, recover)
    for start, end, directive in _segments(text, directives):
        if not text[start:end].isspace():
            splitter.scan(start, end, directive is not None)
        if directive is not None:
            dead = directive.name in (b"if", b"elif") and bool(
                _DEAD.match(code, directive.argument, directive.end)
            )
            splitter.directive(directive, dead)
    while splitter.arms:
        splitter.end_conditional(len(text))
    return splitter


def split_items(code: bytes, text: bytes, directives: Sequence[Directive]) -> Items:
    """The top-level items of ``code`` in order and disjoint; ``text`` is ``code`` with directives blanked.

    Every byte of ``text`` that is not a space lies in an item, but for braces that close nothing or belong to
    ``extern "C"``. Where braces do not balance, the ones in the first column are believed.
    """
    splitter = _split(text, directives, code, recover=False)
    if splitter.stray or splitter.state.depth or splitter.state.parens:
        splitter = _split(text, directives, code, recover=True)
    splitter.finish()
    return splitter.items
