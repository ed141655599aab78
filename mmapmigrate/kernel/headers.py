# SPDX-License-Identifier: GPL-2.0-only
"""A light reader of C headers: conditions, macros, functions, structs, enumerators.

It is no C parser. It knows what kernel headers look like (kernel coding style: a closing brace in the first
column ends a top-level item) and never fails: what it cannot make sense of it leaves out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from mmapmigrate.kernel.api import Parameter

Literals = tuple[str, ...]
"""A preprocessor condition: literals that must all hold; () is always."""

_NOISE = re.compile(
    r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|//(?>(?:[^\\\n]++|\\.)*)|\"(?>(?:[^\"\\\n]++|\\.)*)\"|'(?>(?:[^'\\\n]++|\\.)*)'|/\*.*",
    re.DOTALL,
)
_DIRECTIVE = re.compile(r"#[ \t]*([a-z_]+)((?>(?:[^\\\n]++|\\\n|\\)*))")
_DEFINE = re.compile(r"\s*(\w+)(\(([^()]*)\))?(.*)", re.DOTALL)
_SIMPLE_DEFINED = re.compile(r"(!?)\s*defined\s*(?:\(\s*(\w+)\s*\)|(\w+))")
_CALL_LITERAL = re.compile(r"!?\w+\([\w ,]*\)|!?\w+")
_STRUCTURE = re.compile(r"[{};]")
_BRACE = re.compile(r"[{}]")
_AGGREGATE = re.compile(
    r"\b(struct|union|enum)\b\s*+(?>(?:__packed\b\s*+|__attribute__\s*+\(\((?>(?:[^(){;]|\([^()]*\))*)\)\)\s*+)*)(?>(\w++)?)\s*+\{"
)
_SPACE = re.compile(r"\s+")
_CALL = re.compile(r"\b(\w+)\s*\(")
_FUNCTION_POINTER = re.compile(
    r"\(\s*(?:\w+\s+)*\*\s*(?:const\s+|__\w+\s+)*(\w+)\s*(?:\[[^\]]*\]\s*)*\)\s*\("
)
_BITFIELD = re.compile(r":[^:?]*$")
_ARRAY = re.compile(r"\s*((?:\[[^\[\]]*\]\s*)+)$")
_TRAILING_ATTRIBUTE = re.compile(r"\s+_{2,}\w+(?:\s*\([^()]*\))?\s*$")
_PAREN_ATTRIBUTE = re.compile(
    r"__attribute__\s*\(\(.*?\)\)|\b__(?:must_hold|acquires|releases|counted_by|aligned|guarded_by)\s*\([^()]*\)"
)
_ATTRIBUTE_WORD = re.compile(r"__(?!u8|u16|u32|u64|s8|s16|s32|s64|be|le|poll_t|kernel|wsum|sum16)\w+")
_ATTRIBUTE_CALL = re.compile(r"\b__\w+\s*\((?:[^()]|\([^()]*\))*\)")
_MEMBER_MACRO = re.compile(r"^\s*([A-Z][A-Z0-9_]*)\s*\((.*)\)\s*$", re.DOTALL)

# Bounds that no header reaches, so that one made to hurt costs time in proportion to its length only.
_MOST_BRANCHES = 64
_DEEPEST = 64
_LONGEST = 1 << 14

_ALWAYS = frozenset({"defined(__KERNEL__)", "!defined(__ASSEMBLY__)", "!defined(__ASSEMBLER__)"})
_STORAGE = frozenset({"extern", "static", "inline", "const", "volatile", "typedef", "noinline"})
_QUALIFIERS = frozenset({"const", "volatile", "register", "restrict"})
_TYPE_WORDS = frozenset(
    {"void", "char", "short", "int", "long", "signed", "unsigned", "float", "double", "bool", "_Bool"}
)
_TAG_WORDS = frozenset({"struct", "union", "enum"})


def fold(text: str) -> str:
    """``text`` on one line, white space folded, a space before a pointer's stars and none after."""
    text = _SPACE.sub(" ", text.replace("\\\n", " ")).strip()
    text = re.sub(r"\s*\*", " *", text)
    return re.sub(r"\* (?=\*)", "*", text).replace("( *", "(*").strip()


def negate(literal: str) -> str:
    """The complement of a literal; negating twice gives the literal back."""
    if literal.startswith("!") and _CALL_LITERAL.fullmatch(literal):
        return literal[1:]
    if literal.startswith("!(") and _closing(literal, 1) == len(literal) - 1:
        return literal[2:-1]
    return f"!{literal}" if _CALL_LITERAL.fullmatch(literal) else f"!({literal})"


def weakest(conditions: Sequence[Literals]) -> tuple[Literals, ...]:
    """The same disjunction of ``conditions`` with complementary branches merged; ``((),)`` is always."""
    found = set(conditions)
    if len(found) > _MOST_BRANCHES:
        return tuple(sorted(found))
    while (step := _resolved(found)) is not None:
        weaker, stronger = step
        found.discard(stronger)
        found.add(weaker)
    return tuple(sorted(one for one in found if not any(set(two) < set(one) for two in found)))


def _resolved(found: set[Literals]) -> tuple[Literals, Literals] | None:
    """A term of ``found`` that another one makes weaker (A || (!A && B) is A || B), after and before."""
    for one in sorted(found):
        for literal in one:
            rest = set(one) - {literal}
            opposite = negate(literal)
            for two in sorted(found):
                if opposite in two and rest <= set(two):
                    return tuple(part for part in two if part != opposite), two
    return None


def condition_text(conditions: Sequence[Literals]) -> str:
    """The disjunction of ``conditions`` as one C expression; "" when it always holds or there are none."""
    terms = weakest(conditions)
    if not terms or () in terms:
        return ""
    texts = [" && ".join(_wrapped(literal, len(term)) for literal in term) for term in terms]
    if len(texts) == 1:
        return texts[0]
    return " || ".join(f"({text})" if "&&" in text else text for text in texts)


def _wrapped(literal: str, count: int) -> str:
    if count == 1 or _CALL_LITERAL.fullmatch(literal) or literal.startswith("!("):
        return literal
    return f"({literal})"


@dataclass(frozen=True)
class MacroDefinition:
    """A ``#define``; ``parameters`` is None for an object-like one; ``...`` stays as the last parameter."""

    name: str
    parameters: tuple[str, ...] | None
    body: str
    offset: int


@dataclass(frozen=True)
class FunctionDeclaration:
    """A prototype or the head of a definition, at namespace level; ``before`` and ``inside`` are its text
    up to the name and between the parentheses, read only when asked."""

    name: str
    before: str
    inside: str
    offset: int

    @property
    def returns(self) -> str:
        """The return type, without storage class and attributes."""
        words = fold(_ATTRIBUTE_CALL.sub(" ", self.before)).split(" ")
        return fold(" ".join(word for word in words if _is_return_word(word)))

    def parameters(self) -> tuple[tuple[Parameter, ...], bool]:
        """The fixed parameters, and whether ``...`` follows them."""
        return parameters(self.inside)


@dataclass(frozen=True)
class Member:
    """A struct's member. ``path`` has dots where a named inner struct holds it (``remap.start``).

    ``callback`` is the parameter list of a function pointer, else None.
    """

    path: str
    type: str
    offset: int
    callback: tuple[Parameter, ...] | None = None


@dataclass(frozen=True)
class Aggregate:
    """The body of a struct, union or enum: ``start`` and ``end`` are a half-open range of the code."""

    kind: str
    tag: str
    start: int
    end: int
    offset: int


class Header:
    """One header's text, comments and string contents removed; lines keep their numbers."""

    def __init__(self, path: str, data: bytes) -> None:
        """``data`` is read as Latin-1: any byte is some character."""
        self.path = path
        text = data.decode("latin-1").replace("\r\n", "\n")
        text = _NOISE.sub(_without_noise, text)
        self.macros: list[MacroDefinition] = []
        self._offsets: list[int] = [0]
        self._conditions: list[Literals] = [()]
        self._functions: dict[tuple[str, ...], list[FunctionDeclaration]] = {}
        self.code = self._read_directives(text)

    def _read_directives(self, text: str) -> str:
        """Records macros and conditions; returns the text with directives blanked, offsets unchanged."""
        out: list[str] = []
        last = 0
        stack: list[list[str]] = []
        guard = ""
        first = True
        for match in _directives(text):
            start, end = match.span()
            word, rest = match.groups()
            out.append(text[last:start])
            lines = text.count("\n", start, end)
            out.append(" " * (end - start - lines) + "\n" * lines)
            last = end
            if word == "define":
                self._define(rest, start)
                continue
            if word in ("if", "ifdef", "ifndef"):
                literal = self._literal(word, rest)
                if word == "ifndef" and first and _is_guard(text, end, rest):
                    guard = literal
                stack.append(["" if literal == guard and first else literal])
                first = False
            elif word in ("elif", "elifdef", "elifndef") and stack:
                top = stack[-1]
                top[-1] = negate(top[-1]) if top[-1] else top[-1]
                top.append(self._literal(word.removeprefix("el"), rest))
            elif word == "else" and stack:
                stack[-1][-1] = negate(stack[-1][-1]) if stack[-1][-1] else ""
            elif word == "endif" and stack:
                stack.pop()
            else:
                first = first and word not in ("include", "undef")
                continue
            self._offsets.append(end)
            self._conditions.append(_flatten(stack))
        out.append(text[last:])
        return "".join(out)

    def _define(self, rest: str, offset: int) -> None:
        match = _DEFINE.match(rest)
        if match is None:
            return
        parameters = None
        if match.group(2) is not None:
            inside = match.group(3).replace("\\\n", " ")
            parameters = tuple(part.strip() for part in inside.split(",") if part.strip())
        body = _SPACE.sub(" ", match.group(4).replace("\\\n", " ")).strip()
        self.macros.append(MacroDefinition(match.group(1), parameters, body, offset))

    @staticmethod
    def _literal(word: str, rest: str) -> str:
        rest = _SPACE.sub(" ", rest.replace("\\\n", " ")).strip()
        if word == "ifdef":
            return f"defined({rest})"
        if word == "ifndef":
            return f"!defined({rest})"
        match = _SIMPLE_DEFINED.fullmatch(rest)
        if match is not None:
            return f"{match.group(1)}defined({match.group(2) or match.group(3)})"
        return rest or "0"

    def condition(self, offset: int) -> Literals:
        """The literals that hold at ``offset`` of the code."""
        return self._conditions[bisect_right(self._offsets, offset) - 1]

    def line(self, offset: int) -> int:
        """The line of ``offset``, counted from 1."""
        return self.code.count("\n", 0, offset) + 1

    @cached_property
    def _items(self) -> tuple[list[tuple[int, int]], list[Aggregate]]:
        """Heads of functions (prototypes and definitions) as ranges, and top-level aggregates."""
        heads: list[tuple[int, int]] = []
        aggregates: list[Aggregate] = []
        code = self.code
        depth = 0
        start = 0
        body: Aggregate | None = None
        opened = 0
        kind = tag = ""
        at = -1
        while (match := (_BRACE if depth else _STRUCTURE).search(code, at + 1)) is not None:
            at = match.start()
            char = match.group()
            if char == "{":
                if depth == 0:
                    opened = at + 1
                    tail = _AGGREGATE.search(code, start, opened)
                    if tail is not None:
                        kind, tag = tail.group(1), tail.group(2) or ""
                    else:
                        kind = ""
                        if "=" not in code[start:at]:
                            heads.append((start, at))
                depth += 1
            elif char == "}":
                column = at == 0 or code[at - 1] == "\n"
                if depth > 0:
                    depth = 0 if column else depth - 1
                if depth == 0:
                    if kind:
                        body = Aggregate(kind, tag, opened, at, start)
                    else:
                        start = at + 1
            elif depth == 0:
                if body is not None:
                    name = body.tag or code[body.end + 1 : at].strip()
                    if re.fullmatch(r"\w+", name or "_"):
                        body = Aggregate(body.kind, name, body.start, body.end, body.offset)
                    aggregates.append(body)
                    body = None
                    kind = ""
                elif at > start:
                    heads.append((start, at))
                start = at + 1
        return heads, aggregates

    def aggregates(self) -> Sequence[Aggregate]:
        """The structs, unions and enums at namespace level; an anonymous typedef bears its typedef's name."""
        return self._items[1]

    def struct(self, tag: str) -> Aggregate | None:
        """The struct of this tag that is defined here, or None."""
        return next((one for one in self.aggregates() if one.tag == tag and one.kind == "struct"), None)

    def functions(self, *needles: str) -> Sequence[FunctionDeclaration]:
        """Functions declared or defined at namespace level whose head holds one of ``needles``."""
        if needles not in self._functions:
            heads = self._items[0]
            starts = [start for start, _ in heads]
            wanted: set[int] = set()
            for needle in needles:
                at = self.code.find(needle)
                while at >= 0:
                    index = bisect_right(starts, at) - 1
                    if index >= 0 and at < heads[index][1]:
                        wanted.add(index)
                    at = self.code.find(needle, at + 1)
            chosen = (heads[index] for index in sorted(wanted))
            heads_read = (_function(*self._head(start, end)) for start, end in chosen)
            self._functions[needles] = [one for one in heads_read if one is not None]
        return self._functions[needles]

    def _head(self, start: int, end: int) -> tuple[str, int]:
        """The text of a head without the blanks (once directives) before it, and where it begins."""
        text = self.code[start:end]
        bare = text.lstrip()
        return bare, start + len(text) - len(bare)

    def members(self, aggregate: Aggregate, needles: Sequence[str] = ("",)) -> Iterator[Member]:
        """The members of a struct, those of inner ones among them, whose text holds one of ``needles``."""
        yield from _members(self.code, (aggregate.start, aggregate.end), "", needles)

    def enumerators(self, aggregate: Aggregate) -> Iterator[tuple[str, str | None, int]]:
        """Name, macro arguments (None when it is a plain name) and offset of each enumerator."""
        offset = aggregate.start
        for part in split_top(self.code[aggregate.start : aggregate.end]):
            match = re.match(r"\s*(\w+)\s*(?:\((.*)\))?", part, re.DOTALL)
            if match is not None and match.group(1):
                yield match.group(1), match.group(2), offset + match.start(1)
            offset += len(part) + 1


def _without_noise(match: re.Match[str]) -> str:
    text = match.group(0)
    if text[0] in "\"'":
        return text[0] * 2
    return " " + "\n" * text.count("\n")


def _directives(text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """The directives of ``text``: a ``#`` that only blanks precede on its line."""
    for match in _DIRECTIVE.finditer(text, start):
        at = match.start()
        begin = text.rfind("\n", 0, at) + 1
        if begin == at or text[begin:at].isspace():
            yield match


def _is_guard(text: str, end: int, name: str) -> bool:
    following = next(_directives(text, end), None)
    if following is None or following.group(1) != "define":
        return False
    defined = following.group(2).split()
    # A guard defines its own name to nothing; "#ifndef f / #define f ..." is an override.
    return len(defined) == 1 and defined[0] == name.strip()


def _flatten(stack: Sequence[Sequence[str]]) -> Literals:
    found: list[str] = []
    for group in stack[:_DEEPEST]:
        for literal in group[:_MOST_BRANCHES]:
            if literal and literal not in _ALWAYS and literal not in found:
                found.append(literal)
    return tuple(found)


def _closing(text: str, start: int) -> int:
    """The index of the parenthesis or bracket that closes the one at ``start``, or -1."""
    depth = 0
    for index in range(start, len(text)):
        char = text[index]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return index
    return -1


def split_top(text: str, separator: str = ",") -> list[str]:
    """``text`` split at separators that stand in no bracket of any kind."""
    if not any(char in text for char in "([{"):
        return text.split(separator)
    parts: list[str] = []
    depth = start = 0
    for match in re.finditer(rf"[(\[{{)\]}}{re.escape(separator)}]", text):
        char = match.group(0)
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif depth <= 0:
            parts.append(text[start : match.start()])
            start = match.end()
    parts.append(text[start:])
    return parts


def parameter(text: str) -> Parameter:
    """One parameter's declaration as its type and its name ("" when it has none)."""
    if len(text) > _LONGEST:
        return Parameter("", "")
    text = fold(_PAREN_ATTRIBUTE.sub(" ", text))
    pointer = _FUNCTION_POINTER.search(text)
    if pointer is not None:
        return Parameter(fold(text[: pointer.start(1)] + text[pointer.end(1) :]), pointer.group(1))
    suffix = ""
    array = _ARRAY.search(text)
    if array is not None:
        suffix = " " + array.group(1).replace(" ", "")
        text = text[: array.start()]
    name = _declared_name(text)
    while not name or name.startswith("__"):
        attribute = _TRAILING_ATTRIBUTE.search(text)
        if attribute is None or not _declared_name(text[: attribute.start()]):
            break
        text = text[: attribute.start()]
        name = _declared_name(text)
    if name:
        text = text[: len(text) - len(name)]
    return Parameter(fold(text) + suffix, name)


def _declared_name(text: str) -> str:
    match = re.search(r"(\w+)\s*$", text)
    if match is None:
        return ""
    name = match.group(1)
    before = text[: match.start()]
    words = [word for word in re.findall(r"\w+", before) if word not in _QUALIFIERS]
    if name in _TYPE_WORDS or name in _QUALIFIERS or not words:
        return ""
    if words[-1] in _TAG_WORDS and before.rstrip()[-1:] != "*":
        return ""
    return name


def parameters(text: str) -> tuple[tuple[Parameter, ...], bool]:
    """What stands between a parameter list's parentheses, and whether it ends in ``...``."""
    found: list[Parameter] = []
    variadic = False
    for part in split_top(text):
        part = part.strip()
        if part == "...":
            variadic = True
        elif part and part != "void":
            found.append(parameter(part))
    return tuple(found), variadic


def _function(head: str, offset: int) -> FunctionDeclaration | None:
    if len(head) > _LONGEST:
        return None
    at = 0
    while (match := _CALL.search(head, at)) is not None:
        close = _closing(head, match.end() - 1)
        if close < 0:
            return None
        before = head[: match.start()]
        words = [word for word in re.findall(r"\w+", before) if word not in _STORAGE and word[:2] != "__"]
        if words and words[-1] not in _TAG_WORDS and not before.rstrip().endswith(("(", ",")):
            inside = head[match.end() : close]
            if inside.lstrip().startswith("*"):
                return None
            return FunctionDeclaration(match.group(1), before, inside, offset + match.start(1))
        at = close + 1
    return None


def _is_return_word(word: str) -> bool:
    return word not in _STORAGE - _QUALIFIERS and not _ATTRIBUTE_WORD.match(word)


def _members(
    code: str, body: tuple[int, int], prefix: str, needles: Sequence[str], depth: int = 0
) -> Iterator[Member]:
    offset, end = body
    for part in split_top(code[offset:end], ";"):
        if any(needle in part for needle in needles):
            yield from _declaration(code, (offset, offset + len(part)), prefix, needles, depth)
        offset += len(part) + 1


def _declaration(
    code: str, where: tuple[int, int], prefix: str, needles: Sequence[str], depth: int
) -> Iterator[Member]:
    start, end = where
    text = code[start:end]
    brace = text.find("{")
    if brace >= 0:
        close = _closing(text, brace)
        if close < 0 or _AGGREGATE.search(text[: brace + 1]) is None:
            return
        name = re.sub(r"_{2,}\w+(?:\s*\([^()]*\))?", " ", text[close + 1 :]).strip()
        array = _ARRAY.search(name)
        if array is not None:
            name = name[: array.start()]
        if name and not re.fullmatch(r"\w+", name):
            name = name.lstrip("* ").split(",")[0].strip()
        if name:
            kind = "union" if "union" in text[:brace].split() else "struct"
            at = start + close + 1 + text[close + 1 :].find(name)
            yield Member(prefix + name, kind, at)
        inner = f"{prefix}{name}." if name else prefix
        if "enum" not in text[:brace].split() and depth < _DEEPEST:
            yield from _members(code, (start + brace + 1, start + close), inner, needles, depth + 1)
        return
    if len(text) > _LONGEST:
        return
    pointer = _FUNCTION_POINTER.search(text)
    if pointer is not None:
        close = _closing(text, pointer.end() - 1)
        if close > 0:
            found, _ = parameters(text[pointer.end() : close])
            kind = fold(text[: pointer.start(1)] + text[pointer.end(1) : close + 1])
            yield Member(prefix + pointer.group(1), kind, start + pointer.start(1), found)
        return
    macro = _MEMBER_MACRO.match(text)
    if macro is not None:
        names = [part.strip() for part in split_top(macro.group(2))]
        # DECLARE_BITMAP(name, bits) and DECLARE_FLEX_ARRAY(type, name) are the two shapes that there are.
        name = names[-1] if "FLEX" in macro.group(1) else names[0]
        if re.fullmatch(r"\w+", name):
            yield Member(prefix + name, fold(text), start + macro.start(2))
        return
    declarators = split_top(text)
    first = parameter(_BITFIELD.sub("", declarators[0]))
    if not first.name:
        return
    yield Member(prefix + first.name, first.type, start + text.rfind(first.name, 0, len(declarators[0])))
    base = first.type.rstrip("* ")
    at = start + len(declarators[0]) + 1
    for declarator in declarators[1:]:
        more = parameter(f"{base} {_BITFIELD.sub('', declarator).strip()}")
        if more.name:
            yield Member(prefix + more.name, more.type, at + declarator.rfind(more.name))
        at += len(declarator) + 1
