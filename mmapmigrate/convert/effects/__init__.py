# SPDX-License-Identifier: GPL-2.0-only
"""What a call or a store in a hook does apart from the VMA (facts: effects.toml).

A mmap_prepare hook may run for a mapping that never comes to be, so what it does must leave nothing behind
(Documentation/filesystems/mmap_prepare.rst). A call is harmless when a table knows it, when its body is in
this file and does nothing else, or when only its value is used and no word of its name takes anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmapmigrate.convert.effects.locks import is_balanced
from mmapmigrate.convert.effects.messages import hands_on
from mmapmigrate.convert.effects.names import (
    Effect,
    callee,
    effect_of_block,
    is_question,
    known_effect,
    takes,
    worst_of,
)
from mmapmigrate.convert.effects.sites import (
    fills_a_local,
    is_declared_around,
    lends_others,
    lent_arguments,
    lent_names,
    prints,
    value_used,
)
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.node_text import TextOf, text_of
from mmapmigrate.convert.stores import lent_object, local_objects, stores_locally
from mmapmigrate.model.file import FileModel, Function, Macro
from mmapmigrate.syntax.nodes import bare, field, find_all, inner, operator, walk
from mmapmigrate.syntax.words import encoded

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_DEPTH = 6
# What the body of a driver's own function that prints may come to: what it calls in turn may print.
_PRINTED = (Effect.NONE, Effect.MESSAGE, Effect.UNKNOWN)
# ``(f)(x)`` and ``(*f)(x)``, and not the ``)(`` behind a call or the head of a statement.
_INDIRECT = re.compile(r"(?:\b(\w++)\s*+)?\(\s*+(\*?)\s*+([A-Za-z_]\w*+)\s*+\)\s*+(?=\()")
_LISTED = re.compile(rb"[{,]\s*+(?:&\s*+)?([A-Za-z_]\w*+)(?=\s*+[,}])")
_GUARDS = re.compile(rb"\bDEFINE_(?:GUARD|LOCK_GUARD|CLASS)\w*\s*\(\s*(\w+)")
_HOP = 2
"""How much deeper a body in another file counts: at most three files are read for one call."""


def effect_of_call(file: FileModel, text_of: TextOf, call: Node, depth: int = 0) -> Effect:
    """What ``call`` does, its arguments aside."""
    function = inner(field(call, "function"))
    while function.type == "pointer_expression" and operator(function) == "*":
        function = inner(field(function, "argument"))
    if function.type == "call_expression":
        guards = text_of(field(function, "function")) == "guard" and not file.macros_seen("guard")
        own_guard = guards and defines_guard(file, text_of(function))
        return Effect.GUARD if guards and not own_guard else Effect.UNKNOWN
    name = callee(text_of(function))
    plain = function.type == "identifier"
    # What the driver defines itself is not what the tables know by that name.
    macros = file.macros_seen(name) if plain else ()
    own = plain and bool(macros or file.functions(name))
    known = None if own else known_effect(name)
    if known is not None:
        return known
    if name in tables().filling and not own:
        return Effect.NONE if fills_a_local(file, call, 0) else Effect.UNKNOWN
    if name in tables().filling_last and not own:
        return Effect.NONE if fills_a_local(file, call, -1) else Effect.STORE
    printed = prints(call, name, text_of)
    if printed and not own:
        return Effect.MESSAGE
    answers = is_question(name) or not lends_others(file, call)
    asks = value_used(call) and not takes(name) and answers
    by_name = Effect.NONE if asks else Effect.UNKNOWN
    if plain:
        if depth >= _MAX_DEPTH and (macros or file.functions(name)):
            return Effect.UNKNOWN
        if macros:
            lent = lent_arguments(file, call)
            found = worst_of(_effect_of_macro_call(where, macro, lent, depth + 1) for where, macro in macros)
            return Effect.MESSAGE if printed and found in _PRINTED and hands_on(file, macros, ()) else found
        functions = file.functions(name)
        if functions:
            lent = lent_arguments(file, call)
            effects = [_effect_of_body(file, function, lent, depth + 1) for function in functions]
            found = worst_of(effects)
            gives_way = not all(function.static for function in functions) and file.is_weak(name)
            if gives_way and found in (Effect.NONE, Effect.MESSAGE):
                # What another file has in its place may be anything.
                return by_name
            if printed and found in _PRINTED and hands_on(file, (), functions):
                return Effect.MESSAGE
            if found is Effect.UNKNOWN and by_name is Effect.NONE:
                balanced = all(_gives_back(file, function, text_of, depth + 1) for function in functions)
                return Effect.NONE if balanced else found
            return found
        if not is_declared_around(file, call, name):
            return _effect_elsewhere(file, name, call, by_name, depth + 1)
        return Effect.UNKNOWN
    if by_name is Effect.NONE and function.type == "field_expression" and depth < _MAX_DEPTH:
        lent = lent_arguments(file, call)
        effects = [_effect_of_body(file, one, lent, depth + 1) for one in _implementations(file, name)]
        return Effect.NONE if set(effects) <= {Effect.NONE, Effect.MESSAGE} else Effect.UNKNOWN
    return Effect.UNKNOWN if function.type == "subscript_expression" else by_name


def defines_guard(file: FileModel, used: str) -> bool:
    """Whether the driver itself defines the guard of ``guard(foo)`` or ``scoped_guard(foo, x)``.

    It may do anything; a kernel's takes a lock (include/linux/cleanup.h).
    """
    name = re.match(r"\w+\s*\(\s*(\w+)", used)
    if name is None:
        return False
    return any(
        found[1] == encoded(name[1])
        for one in (file, *file.headers())
        if one.holds(b"DEFINE_")
        for found in _GUARDS.finditer(one.unit.code)
    )


def effect_of_head(file: FileModel, statement: str) -> Effect:
    """What the head of an if or a loop does that is a macro, in a function of ``file``."""
    effect = effect_of_block(statement)
    return Effect.UNKNOWN if effect is Effect.GUARD and defines_guard(file, statement) else effect


def _implementations(file: FileModel, member: str) -> list[Function]:
    """The functions of ``file`` that it puts into a member of that name."""
    names = file.once(("implementations", member), lambda: _implementing(file.unit.code, encoded(member)))
    return [function for name in sorted(names) for function in file.functions(name)]


def _implementing(code: bytes, member: bytes) -> set[str]:
    """Names that stand where the member is set, or where a list may set it by its place."""
    name = re.escape(member)
    found = re.findall(rb"(?:\.|->)\s*+%s\s*+=\s*+(?:&\s*+)?(\w++)" % name, code)
    if re.search(rb"\(\s*+\*[\w\s]*?\b%s\s*+\)\s*+\(" % name, code) is not None:
        found += _LISTED.findall(code)
    return {one.decode("latin-1") for one in found}


def is_guessed(file: FileModel, text_of: TextOf, call: Node) -> bool:
    """Whether nothing but its name tells what ``call`` does: no table knows it, and no body is in reach."""
    function = inner(field(call, "function"))
    name, facts = callee(text_of(function)), tables()
    if (
        known_effect(name) is not None
        or name in facts.filling | facts.filling_last
        or prints(call, name, text_of)
    ):
        return False
    if function.type != "identifier" or is_declared_around(file, call, name):
        return True
    return not (file.macros_seen(name) or file.functions(name) or file.definitions(name))


def effect_of_function(file: FileModel, function: Function) -> Effect:
    """What a call of ``function`` of ``file`` does that is lent nothing."""
    return _effect_of_body(file, function, (), 0)


def _effect_elsewhere(file: FileModel, name: str, call: Node, by_name: Effect, depth: int) -> Effect:
    """A call of a function of the driver's headers or other files, by its body where that is found.

    A body that does something makes the call one of which nothing is known: what another file keeps is
    judged by who reads that file. A name that takes nothing must not belie a body that does.
    """
    if depth + _HOP >= _MAX_DEPTH:
        return by_name
    worst = Effect.NONE
    places = file.definitions(name)
    lent = lent_arguments(file, call)
    for where, function in places or file.rivals(name):
        effect = _effect_of_body(where, function, lent, depth + _HOP)
        if effect is Effect.UNKNOWN and by_name is Effect.NONE:
            balanced = _gives_back(where, function, text_of(where), depth + _HOP)
            effect = Effect.NONE if balanced else effect
        worst = worst_of((worst, effect))
    if not places and worst in (Effect.NONE, Effect.MESSAGE):
        return Effect.UNKNOWN if _is_belied(file, name, lent, depth + _HOP) else by_name
    return worst if worst in (Effect.NONE, Effect.MESSAGE) else Effect.UNKNOWN


def _is_belied(file: FileModel, name: str, lent: tuple[bool, ...], depth: int) -> bool:
    """Whether a header of the kernel has the function, and its body plainly keeps something.

    A body that is merely not understood is no evidence against a name: the kernel's are full of those.
    """
    keeping = (Effect.STATEFUL, Effect.STORE)
    found = file.of_kernel(name)
    return any(_effect_of_body(where, function, lent, depth) in keeping for where, function in found)


def _effect_of_body(file: FileModel, function: Function, lent: tuple[bool, ...], depth: int) -> Effect:
    """What a call of a function of ``file`` does, read once for each kind of call (see _lent())."""
    return file.once(
        ("effect", function.name_start, lent, depth),
        lambda: _body_effect(file, function, lent, text_of(file), depth),
    )


def _is_callee(name: Node) -> bool:
    parent = name.parent
    return parent is not None and parent.type == "call_expression" and field(parent, "function").id == name.id


def effect_of_name(file: FileModel, name: Node, text: str, depth: int = 0) -> Effect:
    """What naming ``text`` does, at the identifier ``name``: a macro without parameters may do anything."""
    macros = [(where, macro) for where, macro in file.macros_seen(text) if macro.parameters is None]
    effects = (_macro_effect(where, macro, depth + 1) for where, macro in macros)
    found = worst_of(effects)
    alone = name.parent is not None and name.parent.type == "expression_statement"
    if alone and text in tables().harmless:
        return Effect.NONE
    return Effect.UNKNOWN if alone and not macros else found


def _effect_of_macro_call(file: FileModel, macro: Macro, lent: tuple[bool, ...], depth: int) -> Effect:
    """A macro in the place of a function's name: one without parameters may be another name of a function."""
    target = macro.body.strip(" ()")
    if macro.parameters is not None or not target or target == macro.name:
        return _macro_effect(file, macro, depth)
    known = known_effect(target)
    if known is not None or not target.isidentifier():
        return Effect.UNKNOWN if known is None else known
    effects = (_effect_of_body(file, function, lent, depth) for function in file.functions(target))
    return worst_of(effects, default=Effect.UNKNOWN)


def _macro_effect(file: FileModel, macro: Macro, depth: int) -> Effect:
    """A function-like macro of this file: judged by the calls that its body spells, once for each depth."""
    question = ("effect of macro", macro.name_start, depth)
    return file.once(question, lambda: _read_macro_effect(file, macro, depth))


def _read_macro_effect(file: FileModel, macro: Macro, depth: int) -> Effect:
    body = macro.body
    if re.search(r"(?<![=!<>])=(?!=)|\+\+|--|\basm\b", re.sub(r'"(\\.|[^"\\])*"', '""', body)):
        return Effect.STORE
    worst = Effect.NONE
    for before, star, name in _INDIRECT.findall(body):
        # A cast, or a call of what stands in parentheses.
        called = star or name in (macro.parameters or ()) or file.functions(name) or file.macros(name)
        if called and before in ("", "return"):
            worst = Effect.UNKNOWN
    for name in re.findall(r"\b([A-Za-z_]\w*+)\s*+\(", body):
        if name in ("if", "while", "for", "do", "switch", "sizeof", "defined"):
            continue
        # Which function a parameter stands for is not known here.
        effect = Effect.UNKNOWN if name in (macro.parameters or ()) else known_effect(name)
        inner_macros = (
            file.macros(name) if effect is None and depth < _MAX_DEPTH and name != macro.name else ()
        )
        if inner_macros:
            effect = worst_of(_macro_effect(file, one, depth + 1) for one in inner_macros)
        elif effect is None:
            # A body that does something tells more, even of a macro that is called as if it printed.
            own = file.functions(name) if depth < _MAX_DEPTH else ()
            effect = worst_of((Effect.UNKNOWN, *(_effect_of_body(file, one, (), depth + 1) for one in own)))
        worst = worst_of((worst, effect))
    for name in dict.fromkeys(re.findall(r"\b([A-Za-z_]\w*)\b(?!\s*\()", body)):
        if depth < _MAX_DEPTH and name != macro.name and name not in (macro.parameters or ()):
            named = [one for one in file.macros(name) if one.parameters is None]
            worst = worst_of([worst, *(_macro_effect(file, one, depth + 1) for one in named)])
    return worst


def _body_effect(
    file: FileModel, function: Function, handed: tuple[bool, ...], caller: TextOf, depth: int
) -> Effect:
    """A function of this file: harmless when it stores only to its own locals and the caller's."""
    if function.parsed.errors:
        return Effect.UNKNOWN
    lent = lent_names(file, function, handed)
    own = local_objects(file, function.body) | {p.name for p in function.parameters if "*" not in p.type}
    worst = Effect.NONE
    for node in walk(function.body):
        if node.type == "gnu_asm_expression":
            return Effect.STORE
        if node.type == "function_definition":
            # A macro with a block, which the grammar took for a function in the function.
            worst = worst_of((worst, Effect.UNKNOWN))
        if node.type == "identifier" and not _is_callee(node):
            worst = worst_of((worst, effect_of_name(file, node, caller(node), depth)))
        elif node.type in ("if_statement", "while_statement"):
            worst = worst_of((worst, effect_of_head(file, caller(node))))
        if node.type in ("assignment_expression", "update_expression"):
            target = bare(node.child_by_field_name("left") or field(node, "argument"))
            pointers = {p.name for p in function.parameters}
            if target.type == "identifier" and caller(target) in pointers:
                continue
            if not stores_locally(target, own, caller) and lent_object(target, caller) not in lent:
                worst = worst_of((worst, Effect.STORE))
        elif node.type == "call_expression":
            worst = worst_of((worst, effect_of_call(file, caller, node, depth)))
    if worst is Effect.GUARD and not any(
        callee(caller(field(call, "function"))) in tables().locks
        for call in find_all(function.body, "call_expression")
    ):
        return Effect.NONE
    if worst in (Effect.LOCK, Effect.UNLOCK, Effect.GUARD):
        # A function that takes and gives back a lock of its own leaves nothing behind.
        balanced = is_balanced(function.body, caller)
        return Effect.NONE if balanced else Effect.UNKNOWN
    return worst


def _gives_back(file: FileModel, function: Function, text: TextOf, depth: int) -> bool:
    """Whether a function that only answers a question gives back what it takes to answer it.

    That is: all that is unknown in it are values that it gets, and calls that give such things back.
    """
    question = ("gives back", function.name_start, depth)
    return file.once(question, lambda: _read_gives_back(file, function, text, depth))


def _read_gives_back(file: FileModel, function: Function, text: TextOf, depth: int) -> bool:
    if not is_balanced(function.body, text):
        return False
    takes = gives = False
    if any(find_all(function.body, "function_definition")):
        return False
    for node in find_all(function.body, "identifier", "if_statement", "while_statement"):
        if node.type != "identifier":
            hidden = effect_of_head(file, text(node))
        elif _is_callee(node):
            continue
        else:
            hidden = effect_of_name(file, node, text(node), depth)
        if hidden is Effect.UNKNOWN:
            return False
    for call in find_all(function.body, "call_expression"):
        if effect_of_call(file, text, call, depth) is not Effect.UNKNOWN:
            continue
        name = callee(text(field(call, "function")))
        if value_used(call):
            takes = True
        elif tables().giving & set(name.lower().split("_")):
            gives = True
        else:
            return False
    # Who gives back what he did not take lets go of what others have.
    return gives == takes


def is_logging(hook: HookSource, statement: Node) -> bool:
    """Whether a statement does nothing but print a message."""
    if statement.type != "expression_statement":
        return False
    calls = list(find_all(statement, "call_expression"))
    expression = next((child for child in statement.named_children if child.type != "comment"), None)
    if expression is None or expression.type != "call_expression":
        return False
    reader = text_of(hook.file)
    first = effect_of_call(hook.file, reader, calls[0])
    rest = [effect_of_call(hook.file, reader, call) for call in calls[1:]]
    return first is Effect.MESSAGE and all(effect in (Effect.NONE, Effect.MESSAGE) for effect in rest)
