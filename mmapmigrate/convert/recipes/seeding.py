# SPDX-License-Identifier: GPL-2.0-only
"""A hook that calls its own vm_ops->open to seed per-mapping state: vm_ops->mapped does that now.

    vma->vm_ops = &foo_vm_ops;          /* .open = foo_vm_open */
    vma->vm_private_data = foo;
    foo_vm_open(vma);
    return 0;
        -> desc->vm_ops = &foo_vm_ops;  /* .mapped = foo_vm_mapped, .open = foo_vm_open */
           desc->private_data = foo;
           return 0;

foo_vm_mapped() has the statements of foo_vm_open(), with what mapped is handed in the place of the VMA.
Refuses where the two may not pair: an action whose failure runs close before mapped could, another user of
the table, an open that wants more of the VMA, a call that not every successful path makes.
Sources: mm/util.c (call_vma_mapped(), mmap_action_finish()), include/linux/mm.h (vm_operations_struct).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmapmigrate.convert import layout
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects import Effect, effect_of_call, tables, text_of
from mmapmigrate.convert.handed import only_reads_file
from mmapmigrate.convert.plan import Elsewhere, Plan
from mmapmigrate.convert.vmops import mapped_entry_edit
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.outcomes import Ending, walks_of
from mmapmigrate.model.vmops import VmOpsMember
from mmapmigrate.syntax.edit import Edit, apply_edits
from mmapmigrate.syntax.nodes import arguments, field, find_all, inner, operator, outer, walk

if TYPE_CHECKING:
    from tree_sitter import Node

# What mapped is handed, by the VMA's field that it stands for.
HANDED = {
    "vm_private_data": "*vm_private_data",
    "vm_start": "start",
    "vm_end": "end",
    "vm_pgoff": "pgoff",
    "vm_file": "file",
}
_NAMES = ("start", "end", "pgoff", "file", "vm_private_data")


@dataclass(frozen=True)
class _Seed:
    """The table whose open the hook calls, and where the table names it (a half-open byte range)."""

    table: str
    opener: str
    start: int
    end: int


def seeding_call(plan: Plan, use: Node) -> bool:
    """Move the call of the hook's own open, that ``use`` is the argument of, to vm_ops->mapped."""
    listed = outer(use).parent
    call = None if listed is None or listed.type != "argument_list" else listed.parent
    if call is None or call.type != "call_expression" or len(arguments(call)) != 1:
        return False
    if "mapped" not in plan.api.vm_ops_fields:
        return False
    seed = _seed(plan, call)
    if seed is None:
        return False
    functions = [f for f in plan.hook.file.functions(seed.opener) if f.vma_parameter()]
    problem = _problem(plan, call, seed, functions)
    body = _mapped_body(plan.hook.file, functions[0]) if problem is None else None
    if problem is None and body is None:
        problem = f"`{seed.opener}()` uses more of the VMA than vm_ops->mapped is handed"
    plan.claim_below(call)
    if problem is not None or body is None:
        plan.refuse(call, "seeds-state", f"the hook calls its own open: {problem}", Tier.SKELETON)
        return True
    name = _mapped_name(plan.hook.file, seed.opener)
    plan.elsewhere.append(Elsewhere(plan.hook.file, _function_edit(plan.hook.file, functions[0], name, body)))
    entry = VmOpsMember("open", seed.opener, seed.start, seed.end)
    plan.elsewhere.append(Elsewhere(plan.hook.file, mapped_entry_edit(plan.hook.file, entry, name)))
    plan.pure_calls.add(call.id)
    plan.seeds.append((call, seed.table))
    statement = call.parent
    if statement is not None:
        plan.delete_statement(statement)
    message = f"`{seed.opener}()` seeded state in the hook; {name}() does it once the mapping exists"
    plan.refuse(call, "moved-to-mapped", message, Tier.REVIEW)
    late = _late(plan, call)
    if late is not None:
        message = f"`{plan.short(late)}` ran with what {name}() takes, and now runs before it"
        plan.refuse(late, "runs-before-taking", message, Tier.REVIEW)
    return True


def _late(plan: Plan, call: Node) -> Node | None:
    """What runs after the call in the hook and may look at what it took."""
    for found in walks_of(plan.hook, {}):
        places = [i for i, step in enumerate(found.path) if step.node is not None and _holds(step.node, call)]
        for step in found.path[places[-1] + 1 :] if places else ():
            if step.node is not None and _looks(plan, step.node):
                return step.node
    return None


def _looks(plan: Plan, node: Node) -> bool:
    """Whether memory apart from the VMA's is read below ``node``, or a function is called of that."""
    for one in find_all(node, "field_expression", "call_expression"):
        if one.type == "call_expression":
            name = plan.hook.text(field(one, "function"))
            given = [plan.hook.text(inner(argument)) for argument in arguments(one)]
            if plan.hook.vma not in given and name not in tables().harmless and not _prints(plan, one):
                return True
        elif operator(one) == "->" and plan.hook.text(inner(field(one, "argument"))) != plan.hook.vma:
            return True
    return False


def _prints(plan: Plan, call: Node) -> bool:
    return effect_of_call(plan.hook.file, text_of(plan.hook.file), call) is Effect.MESSAGE


def _seed(plan: Plan, call: Node) -> _Seed | None:
    """The table of this file that the hook sets and whose open ``call`` calls."""
    name = plan.hook.text(inner(field(call, "function")))
    for assignment in find_all(plan.hook.body, "assignment_expression"):
        if not plan.values.is_field(field(assignment, "left"), "vm_ops"):
            continue
        target = re.fullmatch(r"&\s*(\w+)", plan.hook.text(inner(field(assignment, "right"))))
        found = None if target is None else _open_of(plan.hook.file, target[1])
        if found is not None and name in (found.opener, f"{plan.hook.vma}->vm_ops->open"):
            return found
    return None


def _open_of(file: FileModel, table: str) -> _Seed | None:
    code = file.unit.code
    head = re.search(rb"\bvm_operations_struct\s+(?:\w+\s+)*%s\s*=\s*\{" % re.escape(table.encode()), code)
    if head is None:
        return None
    stop = code.find(b"}", head.end())
    found = re.compile(rb"\.(open)\s*=\s*(\w+)").search(code, head.end(), stop)
    if found is None or b"#" in code[head.end() : stop] or b".mapped" in code[head.end() : stop]:
        return None
    return _Seed(table, found[2].decode(), found.start(), found.end())


def _problem(plan: Plan, call: Node, seed: _Seed, functions: list[Function]) -> str | None:
    """Why the call cannot move, or None."""
    statement = call.parent
    if statement is None or statement.type != "expression_statement" or len(functions) != 1:
        return f"`{seed.opener}()` is not a plain function of this file"
    if functions[0].parsed.errors or set(_NAMES) & _words(plan.hook.file, functions[0]):
        return f"`{seed.opener}()` uses a name that vm_ops->mapped needs"
    if len(plan.hook.file.occurrences(seed.table)) != 2:
        return f"`{seed.table}` is used elsewhere too"
    for node in find_all(plan.hook.body, "assignment_expression", "update_expression"):
        target = node.child_by_field_name("left") or field(node, "argument")
        moved = any(plan.values.is_field(target, name) for name in ("vm_private_data", "vm_pgoff"))
        if moved and node.start_byte > call.start_byte:
            return f"`{plan.short(node)}` comes after it, and before what mapped is handed"
    walks = walks_of(plan.hook, {})
    for found in walks:
        made = [i for i, step in enumerate(found.path) if step.node is not None and _holds(step.node, call)]
        if found.ending is not Ending.FAILURE and not made:
            return "not every path on which it succeeds does"
        if found.ending is not Ending.SUCCESS and made:
            return "the hook may still fail after it"
    return None


def _words(file: FileModel, function: Function) -> set[str]:
    text = file.unit.code[function.body.start_byte : function.body.end_byte]
    return {word.decode() for word in re.findall(rb"(?<![>.])\b[A-Za-z_]\w*", text)}


def _mapped_body(file: FileModel, function: Function) -> str | None:
    """The statements of ``function`` for mapped, None when it wants more of the VMA than mapped is handed."""
    data, vma = file.unit.source.data, function.vma_parameter()
    base = function.body.start_byte
    edits: list[Edit] = []
    for node in walk(function.body):
        if node.type == "identifier" and node.text == (vma or "").encode():
            holder = node.parent
            if holder is None or holder.type != "field_expression":
                return None
            name = data[field(holder, "field").start_byte : field(holder, "field").end_byte].decode()
            if name not in HANDED:
                return None
            above = holder.parent
            text = HANDED[name]
            if name == "vm_file" and not only_reads_file(file, holder):
                return None
            if (
                text.startswith("*")
                and above is not None
                and above.type in ("field_expression", "call_expression")
            ):
                text = f"({text})"
            edits.append(Edit(holder.start_byte - base, holder.end_byte - base, text.encode()))
        elif node.type == "return_statement":
            edits.append(Edit(node.start_byte - base, node.end_byte - base, b"return 0;"))
    old = data[base : function.body.end_byte]
    new = apply_edits(old, edits).decode("latin-1")
    closing = new.rstrip().rstrip("}").rstrip()
    last = function.body.named_children[-1] if function.body.named_children else None
    ending = "" if last is not None and last.type == "return_statement" else "\n\n\treturn 0;"
    return f"{closing}{ending}\n}}"


def _mapped_name(file: FileModel, opener: str) -> str:
    name = re.sub(r"open(?!.*open)", "mapped", opener)
    name = name if name != opener else f"{opener}_mapped"
    while file.occurrences(name):
        name = f"{name}_vma"
    return name


def _function_edit(file: FileModel, function: Function, name: str, body: str) -> Edit:
    head = f"static int {name}"
    parameters = [
        "unsigned long start",
        "unsigned long end",
        "pgoff_t pgoff",
        "const struct file *file",
        "void **vm_private_data",
    ]
    text = layout.call(0, head, parameters, "")
    return Edit(function.node.end_byte, function.node.end_byte, f"\n\n{text}\n{body}".encode("latin-1"))


def _holds(whole: Node, node: Node) -> bool:
    return whole.start_byte <= node.start_byte and node.end_byte <= whole.end_byte
