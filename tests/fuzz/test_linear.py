# SPDX-License-Identifier: GPL-2.0-only
"""Four times as much of one thing takes about four times as long, where it once took sixteen times."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.text import layout
from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.loader import load_rules
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.model.glance import glance
from mmapmigrate.model.tokens import TokenText
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.lexer import find_directives, lex
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import SourceUnit
from tests.drivers import GOOD_HOOK
from tests.fuzz.test_growth import around, many

NAME = "driver.c"

MOST = 9.0
"""Times as long for four times the size: between in proportion and the square."""

FILES: dict[str, tuple[int, Callable[[int], str]]] = {
    "comments that suppress": (2_000, lambda n: around("/* mmapmigrate: ignore[MM204] */\n" * n)),
    "members of one macro": (1_000, lambda n: around("#define M " + ".mmap = foo_mmap, \\\n" * n)),
    "macros in macros": (
        500,
        lambda n: around("".join(f"#define M{at}(x) M{at + 1}(x) .mmap = x\n" for at in range(n))),
    ),
    "lists in lists": (
        600,
        lambda n: around(
            "static struct file_operations a = " + "{ .mmap = " * n + "foo_mmap" + " }" * n + ";\n"
        ),
    ),
    "assigned tables": (
        500,
        lambda n: GOOD_HOOK + "static void f(void)\n{\n" + "\tfoo_fops.mmap = foo_mmap;\n" * n + "}\n",
    ),
    "values that open what nothing closes": (1_000, lambda n: around(".mmap = foo_mmap {\n" * n)),
    "hooks": (250, lambda n: "".join(GOOD_HOOK.replace("foo", f"foo{index}") for index in range(n))),
    "tables of one declaration": (
        200,
        lambda n: around("static struct file_operations " + many("a# = { .mmap = foo_mmap }, ", n) + "b;\n"),
    ),
}


def levels(number: int, head: str, called: str, last: str) -> str:
    """Functions f0() and on, each of which calls the next one as ``called`` says; ``head`` declares them."""
    inner = (
        f"static int f{at}({head})\n{{\n{called.replace('@', str(at + 1))}\treturn 0;\n}}\n\n"
        for at in reversed(range(number))
    )
    return f"static int f{number}({head})\n{{\n{last}}}\n\n{''.join(inner)}"


def calling(call: str) -> str:
    """A driver whose hook fails where ``call`` does."""
    return GOOD_HOOK.replace("\treturn remap", f"\tif ({call})\n\t\treturn -EINVAL;\n\n\treturn remap")


VMA = "struct vm_area_struct *vma"
TWICE = "\tif (f@(vma))\n\t\treturn -EINVAL;\n\tif (f@(vma))\n\t\treturn -ENODEV;\n"

CONVERTED: dict[str, tuple[int, Tier, Callable[[int], str]]] = {
    "helpers that call the next one twice": (
        25,
        Tier.COMPLETE,
        lambda n: levels(n, VMA, TWICE, "\treturn 0;\n") + calling("f0(vma)"),
    ),
    "helpers whose doings double": (
        25,
        Tier.SKELETON,
        lambda n: levels(n, VMA, TWICE, "\tfoo_touch(foo);\n\treturn 0;\n") + calling("f0(vma)"),
    ),
    "helpers in a row": (
        13,
        Tier.SKELETON,
        lambda n: (
            many(f"static int f#({VMA})\n{{\n\tif (foo_a)\n\t\treturn -EIO;\n\treturn 0;\n}}\n", n)
            + calling(many("f#(vma) || ", n) + "foo_a")
        ),
    ),
    "calls of functions that call others as often": (
        4,
        Tier.REVIEW,
        lambda n: (
            levels(7, "struct foo *a", "\tx = f@(a);\n" * n, "\treturn foo_get(a);\n") + calling("f0(foo)")
        ),
    ),
    "tables of one hook": (
        250,
        Tier.SKELETON,
        lambda n: (
            GOOD_HOOK.partition("\n}\n")[0].replace("remap_pfn_range", "foo_any")
            + "\n}\n"
            + many("static struct file_operations a# = {\n\t.mmap = foo_mmap,\n};\n", n)
        ),
    ),
    "hooks": (20, Tier.COMPLETE, lambda n: many(GOOD_HOOK.replace("foo", "foo#"), n)),
    "hooks that share a helper": (
        10,
        Tier.COMPLETE,
        lambda n: (
            "static void foo_set(struct vm_area_struct *vma)\n{\n\tvm_flags_set(vma, VM_IO);\n}\n"
            + many(GOOD_HOOK.replace("foo_", "foo#_").replace("\treturn", "\tfoo_set(vma);\n\treturn"), n)
        ),
    ),
    "words before a function": (
        250,
        Tier.COMPLETE,
        lambda n: GOOD_HOOK.replace("int foo_mmap", "__attribute__((unused)) " * n + "int foo_mmap"),
    ),
    "labels outside a switch": (
        1_000,
        Tier.SKELETON,
        lambda n: before_the_remap(many("case #:\n", n) + "\tfoo_b = 1;\n"),
    ),
    "loops in loops": (
        6,
        Tier.SKELETON,
        lambda n: GOOD_HOOK.replace("\treturn", "\twhile (a)\n" * 3 * n + "\t\tfoo_b = 1;\n\treturn"),
    ),
    "assignments of one table": (
        100,
        Tier.COMPLETE,
        lambda n: GOOD_HOOK + many("static void f#(void)\n{\n\tfoo_fops.mmap = foo_mmap;\n}\n", n),
    ),
    "assignments in one function": (
        100,
        Tier.COMPLETE,
        lambda n: GOOD_HOOK + "static void f(void)\n{\n" + "\tfoo_fops.mmap = foo_mmap;\n" * n + "}\n",
    ),
    "pointers to one table": (
        400,
        Tier.COMPLETE,
        lambda n: GOOD_HOOK + many("static void f#(void)\n{\n\ta = &foo_fops;\n}\n", n),
    ),
    "arms of one table": (
        250,
        Tier.REVIEW,
        lambda n: GOOD_HOOK.replace(
            "\t.mmap", many("#ifdef A#\n\t.mmap = foo_mmap,\n#endif\n", n) + "\t.mmap"
        ),
    ),
    "locals of one declaration": (
        500,
        Tier.COMPLETE,
        lambda n: GOOD_HOOK.replace("\n\n\treturn", f"\n\tint {many('a# = #, ', n)}b = 0;\n\n\treturn", 1),
    ),
    "words of one string": (
        15_000,
        Tier.COMPLETE,
        lambda n: GOOD_HOOK.replace("\treturn", '\tpr_debug("' + "vma of abc " * n + '");\n\treturn'),
    ),
    "calls of macros that call others as often": (
        4,
        Tier.REVIEW,
        lambda n: (
            "".join(f"#define f{at}(a) ({' + '.join([f'f{at + 1}(a)'] * n)})\n" for at in range(9))
            + calling("f0(1)")
        ),
    ),
}

REMAP = "remap_pfn_range(vma, vma->vm_start, foo_pfn, size, vma->vm_page_prot)"


def before_the_remap(text: str) -> str:
    """A driver whose hook does ``text`` first."""
    return GOOD_HOOK.replace("\treturn", f"{text}\treturn")


COUNTED = """\
static void foo_close(struct vm_area_struct *vma)
{
	atomic_dec(&foo_count);
}

static const struct vm_operations_struct foo_vm_ops = {
	.close = foo_close,
};

""" + before_the_remap("\tvma->vm_ops = &foo_vm_ops;\n\tatomic_inc(&foo_count);\n")

OWN_OPS = f"""\
struct foo_ops {{
	int (*mmap)(struct foo *foo, {VMA});
}};

static int foo_mm(struct foo *foo, {VMA})
{{
	return 0;
}}

static const struct foo_ops foo_table = {{
	.mmap = foo_mm,
}};

""" + before_the_remap("\tif (foo->ops->mmap(foo, vma))\n\t\treturn -EIO;\n")

CONVERTED |= {
    "remaps on paths of their own": (
        50,
        Tier.COMPLETE,
        lambda n: before_the_remap(many(f"\tif (foo_a == #)\n\t\treturn {REMAP};\n", n)),
    ),
    "remaps on one path": (
        40,
        Tier.BLOCKED,
        lambda n: before_the_remap(f"\tif ({REMAP})\n\t\treturn -EAGAIN;\n" * n),
    ),
    "remaps with a result each": (
        40,
        Tier.COMPLETE,
        lambda n: before_the_remap(
            "\tint ret;\n\n"
            + many(
                f"\tif (foo_a == #) {{\n\t\tret = {REMAP};\n\t\tif (ret)\n\t\t\treturn ret;\n"
                "\t\treturn 0;\n\t}\n",
                n,
            )
        ),
    ),
    "calls in one statement": (
        400,
        Tier.REVIEW,
        lambda n: before_the_remap("\tint a;\n\n\tfoo_set(" + many("a = foo_get#(foo), ", n) + "a);\n"),
    ),
    "calls in one test": (
        100,
        Tier.REVIEW,
        lambda n: calling("foo_set(" + "foo->a = foo_get(foo), " * n + "foo)"),
    ),
    "values in arms in arms, which nobody reads": (
        12,
        Tier.COMPLETE,
        lambda n: before_the_remap("\tint a = 0;\n\n" + many("#ifdef A#\n\ta = #;\n", n) + "#endif\n" * n),
    ),
    "hooks that count their mappings": (25, Tier.REVIEW, lambda n: many(COUNTED.replace("foo", "foo#"), n)),
    "hooks with an ops struct of their own each": (
        25,
        Tier.BLOCKED,
        lambda n: many(OWN_OPS.replace("foo", "foo#"), n),
    ),
}

BRACKETS: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "closers of another kind": (4_000, lambda n: b"{" * n + b")" * n),
    "openers in between": (4_000, lambda n: b"{ ) " * n),
    "arms": (4_000, lambda n: b"{" * n + b"\n#if A\n" * n),
}


JOINED: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "by backslashes": (20_000, lambda n: b"\\\n" * n + b"#if A\n"),
    "by comments": (20_000, lambda n: b"/*\n*/" * n + b"#if A\n"),
    "by both, and begun": (20_000, lambda n: b"a" + b"/*\n*/ \\\n # b \\\n/*\n*/\\\n#if A" * n),
    "by backslashes in twos": (20_000, lambda n: b"#if A \\\\\n" * n),
}


def grows_with(size: int, run: Callable[[int], object]) -> bool:
    """Whether four times ``size`` takes less than MOST times as long, the better of two tries."""

    def seconds(number: int) -> float:
        begin = time.process_time()
        run(number)
        return time.process_time() - begin

    small = min(seconds(size) for _ in range(2))
    return min(seconds(4 * size) for _ in range(2)) < MOST * small + 0.1


@pytest.mark.parametrize(("size", "text"), FILES.values(), ids=FILES)
def test_a_check_without_conversions(size: int, text: Callable[[int], str]) -> None:
    api = load_snapshot("7.3")
    codes = frozenset(loaded.code for loaded in load_rules())

    def check(number: int) -> None:
        texts = {NAME: text(number).encode()}
        result = Checker(CheckOptions(api, codes, conversions=False, texts=texts)).check(NAME)
        assert result.errors == ()

    assert grows_with(size, check)


@pytest.mark.parametrize("text", [b"include<", b'include "a ', b"include \t", b"vmvm_vma_", b". "])
def test_a_look(text: bytes) -> None:
    assert grows_with(5_000, lambda number: glance(text * number + b"mmap", frozenset(), ours_only=True))


@pytest.mark.parametrize(("size", "tier", "text"), CONVERTED.values(), ids=CONVERTED)
def test_a_conversion(size: int, tier: Tier, text: Callable[[int], str]) -> None:
    api = load_snapshot("7.3")
    codes = frozenset(loaded.code for loaded in load_rules())

    def check(number: int) -> None:
        texts = {NAME: text(number).encode()}
        result = Checker(CheckOptions(api, codes, texts=texts)).check(NAME)
        assert result.errors == ()
        assert {conversion.tier for conversion in result.conversions} == {tier}

    assert grows_with(size, check)


def test_lines_that_are_aligned_anew() -> None:
    def realigned(number: int) -> None:
        data = b"\tf(a,\n\t  b);\n" * number
        layout.realign(data, [Edit(at, at + 2, b"\tlonger") for at in range(0, len(data), 14)], 0, len(data))

    assert grows_with(300, realigned)


@pytest.mark.parametrize(("size", "text"), JOINED.values(), ids=JOINED)
def test_lines_that_are_joined(size: int, text: Callable[[int], bytes]) -> None:
    def read(number: int) -> None:
        find_directives(*lex(text(number)))

    assert grows_with(size, read)


@pytest.mark.parametrize(("size", "text"), BRACKETS.values(), ids=BRACKETS)
def test_brackets(size: int, text: Callable[[int], bytes]) -> None:
    def read(number: int) -> None:
        data = text(number)
        TokenText.of(SourceUnit(SourceFile(NAME, data)), 0, len(data))

    assert grows_with(size, read)
