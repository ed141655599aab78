# SPDX-License-Identifier: GPL-2.0-only
"""Tests of ``vma->vm_flags`` against a mask, alone or compared.

    vma->vm_flags & VM_WRITE                 -> vma_desc_test(desc, VMA_WRITE_BIT)
    vma->vm_flags & (VM_WRITE | VM_EXEC)     -> vma_desc_test_any(desc, VMA_WRITE_BIT, VMA_EXEC_BIT)
    (vma->vm_flags & (A | B)) == (A | B)     -> vma_desc_test_all(desc, A, B)
    (vma->vm_flags & (A | B)) == A           -> vma_desc_test(desc, A) && !vma_desc_test(desc, B)

Source: include/linux/mm.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.recipes.masks import Mask, known_or_refused, mask_of, names_of
from mmapmigrate.syntax.nodes import arguments, field, inner, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node

# Macros that only ask whether their argument is true.
_TRUTH_MACROS = frozenset({"likely", "unlikely", "WARN_ON", "WARN_ON_ONCE", "BUG_ON"})
_CONDITION_HOLDERS = (
    "if_statement",
    "while_statement",
    "do_statement",
    "for_statement",
    "conditional_expression",
)


def flags_test(plan: Plan, node: Node) -> bool:
    """``flags & MASK``, alone or compared."""
    operand = outer(node)
    both = operand.parent
    if both is None or both.type != "binary_expression" or operator(both) != "&":
        return False
    other = field(both, "right") if field(both, "left").id == operand.id else field(both, "left")
    names = names_of(plan, other)
    if names is None:
        return False
    mask = mask_of(plan, names)
    whole = outer(both)
    parent = whole.parent
    if parent is not None and parent.type == "binary_expression" and operator(parent) in ("==", "!="):
        against = field(parent, "right") if field(parent, "left").id == whole.id else field(parent, "left")
        return _compared(plan, parent, mask, against)
    if not _is_truth(plan, whole):
        return False
    if not known_or_refused(plan, both, mask):
        return True
    if _joined(plan, whole, mask):
        return True
    text = _any(plan, mask)
    if text is None:
        return False
    plan.replace(whole, text)
    return True


def _joined(plan: Plan, whole: Node, mask: Mask) -> bool:
    """``flags & A && flags & B`` in one test of all; the first of the pair speaks for both."""
    if len(mask.bits) != 1 or mask.masks or not plan.api.has("vma_desc_test_all"):
        return False
    parent = whole.parent
    if parent is None or parent.type != "binary_expression" or operator(parent) != "&&":
        return False
    if field(parent, "left").id == whole.id:
        first, last, place = whole, field(parent, "right"), parent
    else:
        # (x && A) && B: the tests are neighbours, though not operands of one operator.
        above = parent.parent
        if above is None or above.type != "binary_expression" or operator(above) != "&&":
            return False
        if field(above, "left").id != parent.id:
            return False
        first, last, place = whole, field(above, "right"), above
    other = _single_test(plan, last)
    if other is None or place.id in plan.texts:
        return False
    node, bit = other
    plan.claim_below(last)
    del node
    desc = plan.hook.desc

    def text() -> str:
        before = ""
        if place.start_byte != first.start_byte:
            left = field(field(place, "left"), "left")
            between = plan.hook.data[left.end_byte : first.start_byte].decode("latin-1")
            before = plan.render(left) + between
        return f"{before}vma_desc_test_all({desc}, {mask.bits[0]}, {bit})"

    plan.replace(place, text)
    return True


def _single_test(plan: Plan, node: Node) -> tuple[Node, str] | None:
    """The flag's bit when ``node`` is ``vma->vm_flags & FLAG``."""
    test = inner(node)
    if test.type != "binary_expression" or operator(test) != "&":
        return None
    left, right = inner(field(test, "left")), inner(field(test, "right"))
    if left.type != "field_expression" or not plan.values.is_field(left, "vm_flags"):
        return None
    names = names_of(plan, right)
    mask = None if names is None else mask_of(plan, names)
    if mask is None or len(mask.bits) != 1 or mask.masks or mask.unknown:
        return None
    return test, mask.bits[0]


def _compared(plan: Plan, comparison: Node, mask: Mask, against: Node) -> bool:
    equal = operator(comparison) == "=="
    value = plan.hook.text(inner(against))
    if value in ("0", "VM_NONE"):
        wanted: tuple[str, ...] = ()
    else:
        names = names_of(plan, against)
        if names is None or not set(names) <= set(mask.names):
            return False
        wanted = tuple(dict.fromkeys(names))
    if not known_or_refused(plan, comparison, mask):
        return True
    if mask.masks:
        return False
    rest = tuple(name for name in mask.names if name not in wanted)
    terms: list[str] = []
    if wanted:
        term = _all(plan, mask_of(plan, wanted))
        if term is None:
            return False
        terms.append(term if equal else f"!{term}")
    if rest:
        term = _any(plan, mask_of(plan, rest))
        if term is None:
            return False
        terms.append(f"!{term}" if equal else term)
    target = comparison
    text = (" && " if equal else " || ").join(terms)
    holder = comparison.parent
    if len(terms) == 1 and not (text.startswith("!") and _is_operand(outer(comparison))):
        target = outer(comparison)
    elif holder is not None and holder.type in (
        "binary_expression",
        "unary_expression",
        "conditional_expression",
    ):
        text = f"({text})"
    plan.replace(target, text)
    return True


def _is_operand(node: Node) -> bool:
    """Whether ``node`` is compared or computed with: a bare ``!`` in front of it would draw a warning."""
    parent = node.parent
    return parent is not None and parent.type == "binary_expression" and operator(parent) not in ("&&", "||")


def _is_truth(plan: Plan, node: Node) -> bool:
    """Whether only the truth of ``node`` matters where it stands."""
    parent = node.parent
    if parent is None:
        return False
    if parent.type == "parenthesized_expression":
        # Only a statement's own parentheses are left around an outer() node.
        return parent.parent is not None and parent.parent.type in _CONDITION_HOLDERS
    if parent.type == "unary_expression":
        return operator(parent) == "!"
    if parent.type == "binary_expression":
        return operator(parent) in ("&&", "||")
    if parent.type in ("conditional_expression", "for_statement"):
        condition = parent.child_by_field_name("condition")
        # `x ?: y` is worth what x is.
        whole = parent.type == "for_statement" or parent.child_by_field_name("consequence") is not None
        return whole and condition is not None and condition.id == node.id
    if parent.type == "argument_list" and parent.parent is not None:
        return (
            plan.hook.text(field(parent.parent, "function")) in _TRUTH_MACROS
            and len(arguments(parent.parent)) == 1
        )
    if parent.type in ("init_declarator", "assignment_expression"):
        left = parent.child_by_field_name("declarator") or parent.child_by_field_name("left")
        local = None if left is None else plan.hook.locals.get(plan.hook.text(left))
        symbol = operator(parent) if parent.type == "assignment_expression" else "="
        return local is not None and symbol == "=" and local.type in ("bool", "_Bool")
    return False


def _any(plan: Plan, mask: Mask) -> str | None:
    """An expression that is true when any flag of the mask is set."""
    desc, api = plan.hook.desc, plan.api
    terms: list[str] = []
    if len(mask.bits) == 1:
        for helper in ("vma_desc_test", "vma_desc_test_any", "vma_desc_test_flags"):
            if api.has(helper):
                terms.append(f"{helper}({desc}, {mask.bits[0]})")
                break
    elif mask.bits:
        for helper in ("vma_desc_test_any", "vma_desc_test_flags"):
            if api.has(helper):
                terms.append(f"{helper}({desc}, {', '.join(mask.bits)})")
                break
    terms += [
        f"vma_desc_test_any_mask({desc}, {name})" for name in mask.masks if api.has("vma_desc_test_any_mask")
    ]
    if len(terms) != bool(mask.bits) + len(mask.masks) or not terms:
        return None
    return terms[0] if len(terms) == 1 else f"({' || '.join(terms)})"


def _all(plan: Plan, mask: Mask) -> str | None:
    """An expression, safe to negate, that is true when every flag of the mask is set."""
    if mask.masks or not mask.bits:
        return None
    if len(mask.bits) == 1:
        return _any(plan, mask)
    if not plan.api.has("vma_desc_test_all"):
        return None
    return f"vma_desc_test_all({plan.hook.desc}, {', '.join(mask.bits)})"
