# SPDX-License-Identifier: GPL-2.0-only
"""Code that takes a mapping for granted (facts: results.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.effects import effect_of_call
from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.state import changes_of_events
from mmapmigrate.model.body import Body
from mmapmigrate.model.calls import text
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.prepare import Deed, Event, Prepare, member_of
from mmapmigrate.syntax.nodes import arguments, find_all

if TYPE_CHECKING:
    from tree_sitter import Node


class Claim(StrEnum):
    """How code takes a mapping for granted."""

    SAYS = "tells of"
    REACHES = "reaches into"
    COUNTS = "counts"
    KEEPS = "keeps note of"


class ResultTables(Struct, frozen=True):
    """results.toml, ready to ask."""

    mapping: frozenset[str]
    user: frozenset[str]
    said: re.Pattern[str]
    kept: re.Pattern[str]


@cache
def result_tables() -> ResultTables:
    """The bundled facts."""
    facts = tomllib.loads(Path(__file__).with_name("results.toml").read_text("utf-8"))
    return ResultTables(
        frozenset(facts["mapping"]),
        frozenset(facts["user"]),
        re.compile("|".join(facts["said"])),
        re.compile(f"(?:{'|'.join(facts['kept'])})$"),
    )


def claim_of(file: FileModel, prepare: Prepare, event: Event) -> Claim | None:
    """How ``event`` of ``prepare`` takes the mapping for granted, None if it does not."""
    if event.through is not None:
        return None
    facts = result_tables()
    if event.deed in (Deed.CALL, Deed.COUNT) and any(
        not change.gives and change.known and (change.what == "a count" or change.kind.startswith("count "))
        for change in changes_of_events(file, prepare.function, [event])
    ):
        return Claim.COUNTS
    if event.deed is Deed.CALL:
        if event.name in facts.mapping:
            return Claim.REACHES
        if event.name in facts.user and _passes_range(file, prepare, arguments(event.node)):
            return Claim.REACHES
        said = effect_of_call(file, text_of(file), event.node) is Effect.MESSAGE
        return Claim.SAYS if said and facts.said.search(_literals(file, event.node)) else None
    if event.deed is Deed.STORE:
        member = re.split(r"->|\.", event.name)[-1]
        true = event.value is not None and text(file, event.value) in ("true", "1")
        keeps = event.value is not None and (true or _passes_range(file, prepare, [event.value]))
        outside = event.name != member
        return Claim.KEEPS if keeps and outside and facts.kept.match(member) else None
    return None


def _passes_range(file: FileModel, prepare: Prepare, given: Iterable[Node]) -> bool:
    """Whether an address of the mapping is among ``given``, by itself or through a local."""
    hook = Body(file, prepare.function)
    stack, seen = list(given), set()
    while stack:
        node = stack.pop()
        for part in find_all(node, "field_expression", "identifier"):
            if member_of(file, prepare, part) in ("start", "end"):
                return True
            local = hook.locals.get(text(file, part)) if part.type == "identifier" else None
            if local is not None and local.name not in seen:
                seen.add(local.name)
                stack += local.definitions
    return False


def _literals(file: FileModel, call: Node) -> str:
    return " ".join(text(file, node) for node in find_all(call, "string_literal")).lower()
