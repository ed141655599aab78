# SPDX-License-Identifier: GPL-2.0-only
"""Tests that can come out so that a hook fails: only such a failure shows what the old hook left behind.

    foo->used = 1;
    if (vma->vm_end < vma->vm_start)        never: the kernel has seen to that
            return -EINVAL;
    if (PAGE_SIZE > SZ_64K)                 never, or always
            return -ENOSYS;
    if (!foo)                               never: it was followed before
            return -ENODEV;

Source: mm/mmap.c (do_mmap(): a mapping is at least a page, whole pages, and of an open file).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.flow import Path, Step
from mmapmigrate.model.flow_graph import StepKind
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_WARNINGS = re.compile(r"(?:VM_)?(?:WARN|BUG)(?:_ON)?(?:_ONCE)?$")
_RELATIONS = ("<", ">", "<=", ">=", "==", "!=")
_UNSIGNED = re.compile(
    r"(?:unsigned\b.*|size_t|u(?:8|16|32|64|int|long)|uint\d+_t|pgoff_t|bool|phys_addr_t)$"
)
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*$")


def is_credible(plan: Plan, path: Path, decision: int) -> bool:
    """Whether what ``path`` decided at a step, so that it failed, can come out so."""
    step = path[decision]
    if step.node is None or step.kind is StepKind.SWITCH:
        return step.node is not None
    tests = [inner(step.node)]
    while tests:
        test = tests.pop()
        joined = test.type == "binary_expression" and operator(test) in ("&&", "||")
        if joined:
            tests += [inner(field(test, "left")), inner(field(test, "right"))]
        elif (
            test.type == "unary_expression" and operator(test) == "!" and _is_joined(field(test, "argument"))
        ):
            tests.append(inner(field(test, "argument")))
        elif _is_open(plan, path[: decision + 1], step, test):
            return True
    return False


def _is_joined(node: Node) -> bool:
    node = inner(node)
    return node.type == "binary_expression" and operator(node) in ("&&", "||")


def _is_open(plan: Plan, path: Path, step: Step, test: Node) -> bool:
    """Whether a test without ``&&`` and ``||`` may come out either way."""
    hook = plan.hook
    if test.type == "call_expression":
        name = hook.text(field(test, "function"))
        if _WARNINGS.match(name):
            return False
        given = arguments(test)
        if name in ("likely", "unlikely") and len(given) == 1:
            return _is_open(plan, path, step, inner(given[0]))
    # Asked for each effect before it.
    read = set(hook.names("read", test.id, ask=lambda: _read(plan, test, 0)))
    if not read:
        return False
    if read <= {hook.vma, hook.file_parameter}:
        return False
    if read <= {f"{hook.vma}->{name}" for name in ("vm_start", "vm_end", "vm_file", "vm_mm")} | {"vma_pages"}:
        return _compares_the_size(plan, test)
    return not _below_nothing(plan, test) and not _was_followed(plan, path, test)


def _read(plan: Plan, node: Node, depth: int) -> set[str]:
    """What an expression reads, as text, behind its locals too; without constants and functions."""
    hook, found = plan.hook, set()
    stack = [node]
    while stack:
        one = stack.pop()
        if one.type == "call_expression":
            name = hook.text(field(one, "function"))
            if name == "vma_pages":
                found.add(name)
                continue
            given = [_read(plan, inner(argument), depth + 1) for argument in arguments(one)]
            found = found.union(*given)
            if not _CONSTANT.match(name) and not any(given):
                found.add(f"{name}()")
            continue
        if one.type == "field_expression":
            found.add("".join(hook.text(one).split()))
            continue
        if one.type == "identifier":
            name = hook.text(one)
            local = hook.locals.get(name)
            if local is not None and local.single is not None and depth < 4:
                found |= _read(plan, local.single, depth + 1)
            elif not _CONSTANT.match(name):
                found.add(name)
            continue
        if one.type in ("sizeof_expression", "type_descriptor"):
            continue
        stack += one.named_children
    return found


def _compares_the_size(plan: Plan, test: Node) -> bool:
    """Whether a mapping's size is compared with a constant that it need not have: not 0, and no mask."""
    if test.type != "binary_expression" or operator(test) not in _RELATIONS:
        return False
    if operator(test) == "<" and plan.hook.text(bare(field(test, "right"))) in ("1", "PAGE_SIZE"):
        return False
    return any(
        text != "0" and "MASK" not in text and (_CONSTANT.match(text) or re.match(r"\(?\d", text))
        for side in ("left", "right")
        if (text := plan.hook.text(bare(field(test, side))))
    )


def _below_nothing(plan: Plan, test: Node) -> bool:
    """Whether something unsigned is asked whether it is less than 0."""
    if test.type != "binary_expression" or operator(test) != "<":
        return False
    if plan.hook.text(bare(field(test, "right"))) != "0":
        return False
    local = plan.hook.locals.get(plan.hook.text(inner(field(test, "left"))))
    return local is not None and _UNSIGNED.match(" ".join(local.type.split())) is not None


def _was_followed(plan: Plan, path: Path, test: Node) -> bool:
    """Whether a pointer is asked for that the path has followed before."""
    text = _pointer(plan, test)
    return text != "" and any(
        text in _followed(plan, before.node) for before in path[:-1] if before.node is not None
    )


def _followed(plan: Plan, step: Node) -> tuple[str, ...]:
    """The pointers that a step follows, as text."""
    hook = plan.hook
    return hook.names(
        "followed",
        step.id,
        ask=lambda: {
            "".join(hook.text(bare(field(one, "argument"))).split())
            for one in find_all(step, "field_expression")
            if operator(one) == "->"
        },
    )


def _pointer(plan: Plan, test: Node) -> str:
    """What a test asks to be NULL, "" where it asks for something else."""
    if test.type == "unary_expression" and operator(test) == "!":
        asked: Node | None = field(test, "argument")
    elif test.type == "binary_expression" and operator(test) in ("==", "!="):
        null = plan.hook.text(bare(field(test, "right"))) == "NULL"
        asked = field(test, "left") if null else None
    else:
        asked = test
    return "" if asked is None else "".join(plan.hook.text(bare(asked)).split())
