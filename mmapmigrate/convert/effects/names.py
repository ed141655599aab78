# SPDX-License-Identifier: GPL-2.0-only
"""What names alone tell of what a call does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from mmapmigrate.convert.effects.tables import tables

# Words of a name that asks for no more than yes or no: nothing is stored where its arguments point.
_QUESTIONS = frozenset({"are", "can", "has", "is", "may", "must", "needs", "should", "supports", "was"})
# FooGetPage2() and foo_get_page() say the same.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_KEYWORDS = ("if", "while", "do", "for", "switch", "return", "else")


class Effect(StrEnum):
    """What a call does."""

    NONE = "none"
    MESSAGE = "message"
    LOCK = "lock"
    UNLOCK = "unlock"
    GUARD = "guard"
    STATEFUL = "stateful"
    UNKNOWN = "unknown"
    """A call of which nothing is known."""
    STORE = "store"
    """Memory that is not the caller's is written."""


_ORDER = (
    Effect.NONE,
    Effect.MESSAGE,
    Effect.LOCK,
    Effect.UNLOCK,
    Effect.GUARD,
    Effect.UNKNOWN,
    Effect.STORE,
    Effect.STATEFUL,
)


def callee(hook_text: str) -> str:
    """The last name of a callee expression: ``ops->read`` is ``read``."""
    return re.split(r"->|\.", hook_text)[-1].strip(" )(*")


def worst_of(effects: Iterable[Effect], default: Effect = Effect.NONE) -> Effect:
    """The one of ``effects`` that leaves the most behind, ``default`` where there are none."""
    return max(effects, key=_ORDER.index, default=default)


def is_question(name: str) -> bool:
    """Whether a word of a name says that it asks for no more than yes or no."""
    return bool(_QUESTIONS & set(name.lower().split("_")))


def known_effect(name: str) -> Effect | None:
    """What the tables know of the function or macro ``name``, None where they know none of that name."""
    facts = tables()
    if name in facts.harmless:
        return Effect.NONE
    if facts.logging.match(name):
        return Effect.MESSAGE
    if name in facts.unlocks:
        return Effect.UNLOCK
    if name in facts.locks:
        return Effect.LOCK
    if facts.stateful.match(name):
        return Effect.STATEFUL
    return None


def takes(name: str) -> bool:
    """Whether a word of a name says that something is taken."""
    words = {word.lower() for word in _WORD.findall(name)}
    if name.isupper():
        # Macros in capitals that get a field of a word are everywhere, and take nothing.
        words.discard("get")
    facts = tables()
    return bool(words & facts.taking) or any(
        ("alloc" in word and not word.endswith("ed")) or facts.joined.match(word) for word in words
    )


def effect_of_block(statement: str) -> Effect:
    """What the head of an if or a loop does that is a macro in the text of ``statement``, NONE if it is none.

    A guard gives its lock back at the end of the block.
    """
    word = re.match(r"\w+", statement)
    name = "" if word is None else word[0]
    if not name or name in _KEYWORDS or "for_each" in name:
        return Effect.NONE
    return Effect.GUARD if "guard" in name.split("_") else Effect.UNKNOWN
