# SPDX-License-Identifier: GPL-2.0-only
"""Whether a body gives back the locks that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.effects.names import callee
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.node_text import TextOf
from mmapmigrate.syntax.nodes import ancestors, field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node


def is_balanced(body: Node, caller: TextOf) -> bool:
    """Whether a body unlocks as often as it locks, in all and by what is run whichever way it goes.

    What it unlocks is what it locks: a semaphore may be given to another who waits for it.
    """
    calls = [(callee(caller(field(call, "function"))), call) for call in find_all(body, "call_expression")]
    facts = tables()
    locks = [call for name, call in calls if name in facts.locks]
    unlocks = [call for name, call in calls if name in facts.unlocks]
    released = {facts.released_by[name] for name, _call in calls if name in facts.locks}
    if any(name in facts.unlocks and name not in released for name, _call in calls):
        return False
    always = [sum(_is_run_anyway(call, body) for call in each) for each in (locks, unlocks)]
    return len(locks) <= len(unlocks) and always[0] <= always[1]


def _is_run_anyway(call: Node, body: Node) -> bool:
    """Whether a call is in a statement of the function's own block, or in the test of an if there."""
    node = call
    for above in ancestors(call):
        if above.id == body.id:
            return True
        if above.type == "if_statement":
            if field(above, "condition").id != node.id:
                return False
        elif above.type in ("compound_statement", *_BRANCHES):
            return False
        node = above
    return False


_BRANCHES = ("for_statement", "while_statement", "do_statement", "switch_statement")
