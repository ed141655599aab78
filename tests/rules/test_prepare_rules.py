# SPDX-License-Identifier: GPL-2.0-only
"""What the rules about mmap_prepare say beyond their examples: how bad, how sure, and across files."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.lint.finding import Finding, Severity
from mmapmigrate.lint.loader import builtin_folder, load_folder
from mmapmigrate.lint.rule import RuleContext
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.source import SourceFile

RULES = {loaded.code: loaded for loaded in load_folder(builtin_folder(), builtin=True)}


def find(
    code: str, source: str, siblings: dict[str, str] | None = None, at: Path | None = None
) -> list[Finding]:
    project = Project()
    path = "foo.c"
    if at is not None:
        for name, text in (siblings or {}).items():
            (at / name).write_text(text)
        path = str(at / "foo.c")
        (at / "foo.c").write_text(source)
    file = project.model(SourceFile(path, source.encode()))
    return list(RULES[code].check(RuleContext(RULES[code].rule, file, load_snapshot("7.3"), project)))


def hook(*statements: str) -> str:
    body = "\n\t".join(statements)
    return f"static int foo_mmap_prepare(struct vm_area_desc *desc)\n{{\n\t{body}\n\treturn 0;\n}}\n"


SIMPLE = (
    "desc->action.type = MMAP_SIMPLE_IO_REMAP;",
    "desc->action.simple_ioremap.start_phys_addr = phys;",
    "desc->action.simple_ioremap.size = size;",
)


def test_a_whole_action_is_replaced_for_sure() -> None:
    (finding,) = find("MM302", hook(*SIMPLE))
    assert finding.fix is not None
    assert (finding.fix.tier, finding.fix.reasons) == (Tier.COMPLETE, ())


@pytest.mark.parametrize(
    "statements",
    [
        SIMPLE[:2],
        (*SIMPLE, SIMPLE[2]),
        (SIMPLE[0], SIMPLE[1].replace("=", "+="), SIMPLE[2]),
        (SIMPLE[0].replace("SIMPLE_IO_REMAP", "NOTHING"), *SIMPLE[1:]),
        (SIMPLE[0].replace("MMAP_SIMPLE_IO_REMAP", "MMAP_REMAP_PFN"), *SIMPLE[1:]),
        (*SIMPLE[:2], "desc->action.remap.size = size;"),
    ],
)
def test_what_is_not_the_whole_action_is_left(statements: tuple[str, ...]) -> None:
    assert [finding.fix for finding in find("MM302", hook(*statements))] == [None]


def test_a_statement_in_between_parts_an_action() -> None:
    findings = find("MM302", hook(SIMPLE[0], SIMPLE[1], "foo_wake(foo);", SIMPLE[2]))
    assert [finding.fix for finding in findings] == [None, None]


@pytest.mark.parametrize(
    ("value", "offered"),
    [
        ("foo->size", True),
        ("PAGE_ALIGN(foo->size)", True),
        ("foo_size(foo)", True),
        ("foo->size++", False),
        ("foo->size = 8", False),
        ("foo_take_size(foo)", False),
    ],
)
def test_arguments_are_computed_in_any_order(value: str, offered: bool) -> None:
    (finding,) = find("MM302", hook(*SIMPLE[:2], f"desc->action.simple_ioremap.size = {value};"))
    assert (finding.fix is not None) is offered


def test_a_conditional_in_between_keeps_statements_in_place() -> None:
    (finding,) = find("MM302", hook(*SIMPLE[:2], "#ifdef CONFIG_FOO", SIMPLE[2], "#endif"))
    assert finding.fix is None


def test_a_withdrawn_member_is_another_rules() -> None:
    assert find("MM302", hook("desc->action.success_hook = foo_success;")) == []


def test_page_prot_that_changes_place_is_for_review() -> None:
    (finding,) = find("MM304", hook("mmap_action_remap_full(desc, 1);", "desc->page_prot = prot;"))
    assert finding.fix is not None
    assert finding.fix.tier is Tier.REVIEW
    assert [reason.code for reason in finding.fix.reasons] == ["page-prot-order"]


def test_a_comment_in_between_keeps_statements_in_place() -> None:
    statements = ("mmap_action_remap_full(desc, 1);", "/* now the VMA's */", "desc->page_prot = prot;")
    assert [finding.fix for finding in find("MM304", hook(*statements))] == [None]


def test_a_value_that_was_not_the_old_one_is_no_giving_back() -> None:
    statements = (
        "pgprot_t prot = foo_prot();",
        "mmap_action_remap_full(desc, 1);",
        "desc->page_prot = prot;",
    )
    assert len(find("MM304", hook(*statements))) == 1


@pytest.mark.parametrize(("kept", "findings"), [("desc->page_prot", 0), ("foo_prot()", 1)])
def test_each_value_of_what_is_given_back_was_the_old_one(kept: str, findings: int) -> None:
    statements = (
        "pgprot_t vma_prot;",
        "if (desc->pgoff == 0) {",
        f"\tvma_prot = {kept};",
        "\tdesc->page_prot = pgprot_noncached(desc->page_prot);",
        "\tmmap_action_remap_full(desc, 1);",
        "\tdesc->page_prot = vma_prot;",
        "\treturn 0;",
        "}",
        "vma_prot = desc->page_prot;",
        "desc->page_prot = pgprot_writecombine(desc->page_prot);",
        "mmap_action_remap_full(desc, 2);",
    )
    assert len(find("MM304", hook(*statements))) == findings


def test_a_message_is_a_note_and_a_count_a_warning() -> None:
    statements = ("mmap_action_remap_full(desc, 1);", 'pr_info("mapped\\n");', "foo->n++;")
    found = {finding.severity for finding in find("MM305", hook(*statements))}
    assert found == {Severity.NOTE, Severity.WARNING}


TABLE = """\
{storage}const struct vm_operations_struct foo_vm_ops = {{
	.mapped = foo_mapped,
	.close = foo_close,
}};
"""
OLD = """\
static int foo_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &foo_vm_ops;
	return 0;
}
"""
NEW = hook("desc->vm_ops = &foo_vm_ops;")


def test_a_table_that_another_file_sets_in_a_descriptor_is_called(tmp_path: Path) -> None:
    source = TABLE.format(storage="") + OLD
    assert find("MM403", source, {"bar.c": NEW}, tmp_path) == []


def test_a_table_that_another_file_sets_in_a_vma_is_not(tmp_path: Path) -> None:
    source = TABLE.format(storage="") + OLD
    assert len(find("MM403", source, {"bar.c": OLD}, tmp_path)) == 1


def test_a_static_table_is_nobody_elses(tmp_path: Path) -> None:
    source = TABLE.format(storage="static ") + OLD
    assert len(find("MM403", source, {"bar.c": NEW}, tmp_path)) == 1


TAKEN = """\
static int foo_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
			const struct file *file, void **priv)
{{
	{take}
	return 0;
}}
"""
GIVEN = """\
static void foo_close(struct vm_area_struct *vma)
{{
	struct foo *foo = vma->vm_private_data;

	{give}
}}
"""


def pair(take: str, give: str, *hooks: str) -> str:
    head = TAKEN.format(take=take) + GIVEN.format(give=give)
    return head + TABLE.format(storage="static ") + "".join(hooks)


ACTS = hook("desc->vm_ops = &foo_vm_ops;", "return bar_set_up(desc);")


def test_an_action_that_a_function_of_another_file_chooses(tmp_path: Path) -> None:
    source = pair("kref_get(&foo->ref);", "kref_put(&foo->ref, foo_free);", ACTS)
    acting = (
        "int bar_set_up(struct vm_area_desc *desc)\n{\n\tmmap_action_remap_full(desc, 1);\n\treturn 0;\n}\n"
    )
    assert find("MM404", source) == []
    (finding,) = find("MM404", source, {"bar.c": acting}, tmp_path)
    assert finding.severity is Severity.ERROR
    assert "the action of foo_mmap_prepare() fails" in finding.message


def test_power_is_no_matter_of_memory() -> None:
    acts = hook("desc->vm_ops = &foo_vm_ops;", "mmap_action_remap_full(desc, 1);")
    source = pair("pm_runtime_get_sync(foo->dev);", "pm_runtime_put(foo->dev);", acts)
    assert [finding.severity for finding in find("MM404", source)] == [Severity.WARNING]


def test_a_leak_is_a_warning() -> None:
    (finding,) = find("MM404", pair("foo->users++;", ""))
    assert finding.severity is Severity.WARNING
    assert "foo_close() does not give it back" in finding.message


@pytest.mark.parametrize("test", ["if (!foo)\n\t\treturn;", "if (foo == NULL)\n\t\treturn;", "if (foo)"])
def test_a_mark_is_tested(test: str) -> None:
    acts = hook("desc->vm_ops = &foo_vm_ops;", "mmap_action_remap_full(desc, 1);")
    give = f"{test}\n\tkref_put(&foo->ref, foo_free);"
    assert find("MM404", pair("kref_get(&foo->ref);\n\t*priv = foo;", give, acts)) == []
    assert len(find("MM404", pair("kref_get(&foo->ref);", give, acts))) == 1
