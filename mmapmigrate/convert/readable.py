# SPDX-License-Identifier: GPL-2.0-only
"""Whether a hook was read whole: what the grammar or a macro hides, no recipe sees."""

from __future__ import annotations

import re

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.jumps import hides_a_jump, is_unfinished
from mmapmigrate.syntax.nodes import find_all


def check_readable(plan: Plan) -> None:
    """The whole function was read: no error, no arm that the mask left out."""
    hook = plan.hook
    node = hook.function.node
    if hook.function.parsed.errors:
        plan.refuse(node, "unparsed", f"{hook.function.name}() could not be read whole", Tier.SKELETON)
    splice = hook.file.unit.text.find(b"\\", node.start_byte, node.end_byte)
    if splice >= 0:
        line = hook.file.unit.source.position(splice).line
        message = f"a backslash joins line {line} of the code with the next one"
        plan.refuse(node, "spliced-lines", message, Tier.SKELETON)
    for start, end in hook.function.parsed.blanked:
        if node.start_byte < end and start < node.end_byte and hook.data[start:end].strip():
            plan.refuse(
                node, "unread-arm", "an arm of a conditional in the hook could not be read", Tier.SKELETON
            )
            break
    else:
        conditions = hook.file.unit.conditions
        if conditions(hook.body.start_byte) != conditions(hook.function.name_start):
            message = f"a conditional gives {hook.function.name}() one of several bodies"
            plan.refuse(node, "unread-arm", message, Tier.SKELETON)
    for statement in find_all(hook.body, "while_statement", "if_statement"):
        condition = statement.child_by_field_name("condition")
        masked = any(start <= statement.start_byte < end for start, end in hook.function.parsed.rewritten)
        if (
            masked
            and condition is not None
            and re.search(r"\b(return|goto|break|continue)\b", hook.text(condition))
        ):
            message = f"`{' '.join(hook.text(condition).split())[:60]}` hides a jump in a macro"
            plan.refuse(statement, "hidden-jump", message, Tier.SKELETON)
    for used in hook.identifiers:
        macro = hook.text(used)
        if hides_a_jump(hook.file, macro):
            message = f"the macro `{macro}` hides a jump"
            plan.refuse(used, "hidden-jump", message, Tier.SKELETON)
    for statement in find_all(hook.body, "expression_statement"):
        # A semicolon that the file does not have there.
        if hook.data[statement.end_byte - 1 : statement.end_byte] == b";" or not statement.named_children:
            continue
        used = statement.named_children[0]
        used = used.child_by_field_name("function") or used
        if used.type == "identifier" and is_unfinished(hook.file, hook.text(used)):
            message = f"the macro `{hook.text(used)}` may begin the statement behind it"
            plan.refuse(statement, "irregular-flow", message, Tier.SKELETON)
    if hook.unread(hook.vma):
        plan.refuse(node, "unread-use", f"a use of `{hook.vma}` could not be read", Tier.SKELETON)
    # A name that a macro hides is the VMA's all the same, if it is what the VMA is called everywhere.
    unnamed = not hook.vma and not hook.declares("vma")
    if unnamed and next(hook.spelled("vma"), None) is not None:
        plan.refuse(node, "unread-use", "`vma` is used, and no parameter has that name", Tier.SKELETON)
