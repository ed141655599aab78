# SPDX-License-Identifier: GPL-2.0-only
"""``vma->vm_flags``: tested, copied, and changed through the vm_flags_*() helpers.

    vma->vm_flags & VM_WRITE                 -> vma_desc_test(desc, VMA_WRITE_BIT)
    vma->vm_flags & (VM_WRITE | VM_EXEC)     -> vma_desc_test_any(desc, VMA_WRITE_BIT, VMA_EXEC_BIT)
    (vma->vm_flags & (A | B)) == (A | B)     -> vma_desc_test_all(desc, A, B)
    (vma->vm_flags & (A | B)) == A           -> vma_desc_test(desc, A) && !vma_desc_test(desc, B)
    vm_flags_set(vma, VM_IO | VM_DONTDUMP)   -> vma_desc_set_flags(desc, VMA_IO_BIT, VMA_DONTDUMP_BIT)
    vm_flags_mod(vma, A, B)                  -> set A, then clear B
    anything that wants the value            -> vma_flags_to_legacy(desc->vma_flags)

Refuses to set, clear or test a flag that exists only in some configurations: its bit is declared in all of
them. VM_SHARED and VM_MAYSHARE stay what they are. Source: include/linux/mm.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.layout import call as lay_out_call
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.recipes.masks import Mask, mask_of, names_of
from mmapmigrate.syntax.nodes import arguments, enclosing_statement, field, inner, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node

# Macros that only ask whether their argument is true.
TRUTH_MACROS = frozenset({"likely", "unlikely", "WARN_ON", "WARN_ON_ONCE", "BUG_ON"})
_CONDITION_HOLDERS = (
    "if_statement",
    "while_statement",
    "do_statement",
    "for_statement",
    "conditional_expression",
)

# Helper on a VMA: what it does with the flags it is given.
SETTERS = {
    "vm_flags_set": "set",
    "vm_flags_clear": "clear",
    "vm_flags_mod": "mod",
    "vm_flags_init": "assign",
    "vm_flags_reset": "assign",
}
# Functions of a VMA's flags that newer kernels dropped for others: what replaces them, and its argument.
FLAG_FUNCTIONS = {
    "is_cow_mapping": ("vma_desc_is_cow_mapping", "{desc}"),
    "is_nommu_shared_mapping": ("is_nommu_shared_vma_flags", "&{desc}->vma_flags"),
}
BIT_SETTERS = {"vma_set_flags": "set", "vma_clear_flags": "clear"}


def flags_expression(plan: Plan, use: Node) -> bool:
    """Replace an expression that reads or writes ``vma->vm_flags``."""
    node = use.parent
    if node is None or node.type != "field_expression" or field(node, "argument").id != use.id:
        return False
    if plan.hook.text(field(node, "field")) != "vm_flags":
        return False
    plan.claim(use)
    if _assignment(plan, node) or _counterpart(plan, node) or _test(plan, node):
        return True
    _value(plan, node)
    return True


def _value(plan: Plan, node: Node) -> None:
    """The legacy word itself."""
    if not plan.api.has("vma_flags_to_legacy"):
        message = f"Linux {plan.api.release} has no vma_flags_to_legacy() for a use of `vm_flags` as a value"
        plan.refuse(node, "flags-value", message, Tier.BLOCKED)
    parent = outer(node).parent
    if parent is not None and parent.type == "pointer_expression":
        plan.refuse(node, "field-address", "the hook takes the address of `vm_flags`", Tier.BLOCKED)
    plan.replace(node, f"vma_flags_to_legacy({plan.hook.desc}->vma_flags)")


def _counterpart(plan: Plan, node: Node) -> bool:
    """A function of the flags whose counterpart takes the descriptor (is_cow_mapping())."""
    listed = outer(node).parent
    call = None if listed is None or listed.type != "argument_list" else listed.parent
    if call is None or call.type != "call_expression" or len(arguments(call)) != 1:
        return False
    name = plan.hook.text(field(call, "function"))
    replacement, argument = FLAG_FUNCTIONS.get(name, ("", ""))
    if replacement not in plan.api.helpers:
        return False
    plan.pure_calls.add(call.id)
    plan.replace(call, f"{replacement}({argument.format(desc=plan.hook.desc)})")
    return True


def _test(plan: Plan, node: Node) -> bool:
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
    if not _known(plan, both, mask):
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
    if not _known(plan, comparison, mask):
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
        return condition is not None and condition.id == node.id
    if parent.type == "argument_list" and parent.parent is not None:
        return (
            plan.hook.text(field(parent.parent, "function")) in TRUTH_MACROS
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


def _known(plan: Plan, node: Node, mask: Mask) -> bool:
    """Whether the mask translates; states the reason when it does not."""
    for name in mask.unknown:
        flag = plan.api.flags.get(name.removeprefix("VM_"))
        why = (
            "is not the same as its bit in every configuration"
            if flag is not None
            else "has no bit of its name"
        )
        plan.refuse(node, "untranslated-flag", f"`{name}` {why} in Linux {plan.api.release}", Tier.SKELETON)
    return mask.translates


def _assignment(plan: Plan, node: Node) -> bool:
    """``vma->vm_flags |= A`` and its kin, which only kernels before 6.3 accept on a VMA."""
    target = outer(node)
    parent = target.parent
    if parent is None or parent.type != "assignment_expression" or field(parent, "left").id != target.id:
        return False
    symbol, value = operator(parent), inner(field(parent, "right"))
    holder = parent.parent
    if holder is None or holder.type != "expression_statement":
        plan.refuse(
            parent, "flags-assignment", f"`{plan.hook.text(parent)}` is used as a value", Tier.SKELETON
        )
    elif symbol == "|=":
        _change(plan, parent, parent, "set", value)
    elif symbol == "&=" and value.type == "unary_expression" and operator(value) == "~":
        _change(plan, parent, parent, "clear", field(value, "argument"))
    elif symbol == "=":
        _assign(plan, parent, parent, value)
    else:
        plan.refuse(parent, "flags-assignment", f"`{plan.hook.text(parent)}` has no recipe", Tier.SKELETON)
    return True


def flags_call(plan: Plan, use: Node) -> bool:
    """Replace a call of a helper that changes the VMA's flags."""
    listed = outer(use).parent
    call = None if listed is None or listed.type != "argument_list" else listed.parent
    if call is None or call.type != "call_expression":
        return False
    name = plan.hook.text(field(call, "function"))
    given = arguments(call)
    if name in BIT_SETTERS and len(given) >= 2 and inner(given[0]).id == use.id:
        plan.claim(use)
        _bits(plan, call, BIT_SETTERS[name], [plan.hook.text(a) for a in given[1:]])
        return True
    what = SETTERS.get(name)
    if what is None or len(given) != (3 if what == "mod" else 2) or inner(given[0]).id != use.id:
        return False
    plan.claim(use)
    statement = call.parent
    if statement is None or statement.type != "expression_statement":
        plan.refuse(call, "flags-call", f"`{name}()` is used as an expression", Tier.SKELETON)
    elif what == "mod":
        _modify(plan, statement, call, given[1], given[2])
    elif what == "assign":
        _assign(plan, call, call, given[1])
    else:
        _change(plan, call, call, what, given[1])
    return True


def _modify(plan: Plan, statement: Node, call: Node, to_set: Node, to_clear: Node) -> None:
    texts = []
    for what, node in (("set", to_set), ("clear", to_clear)):
        names = names_of(plan, node)
        if plan.hook.text(inner(node)) in ("0", "VM_NONE"):
            continue
        if names is None:
            plan.refuse(
                call, "flags-call", "`vm_flags_mod()` is given a mask that is not named", Tier.SKELETON
            )
            return
        mask = mask_of(plan, names)
        if not _known(plan, call, mask):
            return
        texts.append(_change_text(plan, statement, what, mask))
        _note(plan, node, what, frozenset(names))
    plan.replace_statement(statement, [lambda text=text: f"{text};" for text in texts])  # type: ignore[misc]


def _change(plan: Plan, place: Node, target: Node, what: str, node: Node) -> None:
    """Set or clear the flags of ``node``."""
    names = names_of(plan, node)
    if names is None:
        if not plan.api.has("legacy_to_vma_flags") or not plan.api.has(f"vma_desc_{what}_flags_mask"):
            plan.refuse(
                place, "flags-value", "a mask that is not named has no recipe in this kernel", Tier.SKELETON
            )
            return
        plan.replace(
            target,
            lambda: f"vma_desc_{what}_flags_mask({plan.hook.desc}, legacy_to_vma_flags({plan.render(node)}))",
        )
        _note(plan, place, what, None)
        return
    mask = mask_of(plan, names)
    if not _known(plan, place, mask):
        return
    text = _change_text(plan, place, what, mask)
    plan.replace(target, text)
    _note(plan, place, what, frozenset(names))


def _change_text(plan: Plan, place: Node, what: str, mask: Mask) -> str:
    desc = plan.hook.desc
    if mask.masks and not mask.bits and len(mask.masks) == 1:
        return f"vma_desc_{what}_flags_mask({desc}, {mask.masks[0]})"
    if mask.masks:
        value = plan.hook.text(place)
        plan.refuse(place, "mixed-mask", f"`{value}` mixes flags and a mask of several", Tier.SKELETON)
    return lay_out_call(plan.start_column(place), f"vma_desc_{what}_flags", [desc, *mask.bits], "")


def _bits(plan: Plan, call: Node, what: str, bits: list[str]) -> None:
    text = lay_out_call(plan.start_column(call), f"vma_desc_{what}_flags", [plan.hook.desc, *bits], "")
    plan.replace(call, text)
    _note(plan, call, what, frozenset("VM_" + bit.removeprefix("VMA_").removesuffix("_BIT") for bit in bits))


def _assign(plan: Plan, place: Node, target: Node, value: Node) -> None:
    """``flags = E``: a change when E is the old flags with some set or cleared, else the whole word."""
    value = inner(value)
    added = _added(plan, value)
    if added is not None and mask_of(plan, added).translates and not mask_of(plan, added).masks:
        plan.claim_below(value)
        plan.replace(target, _change_text(plan, place, "set", mask_of(plan, added)))
        _note(plan, place, "set", frozenset(added))
        return
    taken = _taken_away(plan, value)
    if taken is not None:
        plan.claim_below(field(value, "left"))
        _change(plan, place, target, "clear", taken)
        return
    if not plan.api.has("legacy_to_vma_flags"):
        plan.refuse(place, "flags-value", "this kernel has no legacy_to_vma_flags()", Tier.BLOCKED)
    plan.replace(target, lambda: f"{plan.hook.desc}->vma_flags = legacy_to_vma_flags({plan.render(value)})")
    _note(plan, place, "assign", None)


def _taken_away(plan: Plan, value: Node) -> Node | None:
    """The mask M of ``vma->vm_flags & ~M``, None when ``value`` is anything else."""
    if value.type != "binary_expression" or operator(value) != "&":
        return None
    left, right = inner(field(value, "left")), inner(field(value, "right"))
    own = left.type == "field_expression" and plan.values.is_field(left, "vm_flags")
    inverted = right.type == "unary_expression" and operator(right) == "~"
    return field(right, "argument") if own and inverted else None


def _added(plan: Plan, value: Node) -> tuple[str, ...] | None:
    """The flags that ``vma->vm_flags | A | B`` adds, None when ``value`` is anything else."""
    value = inner(value)
    if value.type != "binary_expression" or operator(value) != "|":
        return None
    left, right = inner(field(value, "left")), inner(field(value, "right"))
    more = names_of(plan, right)
    if more is None:
        return None
    if left.type == "field_expression" and plan.values.is_field(left, "vm_flags"):
        return more
    before = _added(plan, left)
    return None if before is None else before + more


def _note(plan: Plan, node: Node, what: str, names: frozenset[str] | None) -> None:
    plan.flag_writes.setdefault(enclosing_statement(node).id, []).append((what, names))
