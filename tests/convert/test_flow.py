# SPDX-License-Identifier: GPL-2.0-only
"""The paths of a hook that a proof can and cannot follow."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import REMAP, SETTING, TABLE, complete, convert, hook, refused


def marks(path: str) -> set[str]:
    """The codes of a hook that calls an unknown function on one of its paths, for which FOO stands."""
    return refused(path.replace("FOO", "foo_note(file->private_data)"))


PATHS = [
    pytest.param(
        """
        if (vma->vm_pgoff)
                FOO;
        return 0;
        """,
        id="if",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff)
                return -EINVAL;
        else
                FOO;
        return 0;
        """,
        id="else",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff)
                return -EINVAL;
        else if (foo_more)
                FOO;
        return 0;
        """,
        id="else if",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff)
                if (foo_more)
                        FOO;
        return 0;
        """,
        id="nested if",
    ),
    pytest.param(
        """
        switch (vma->vm_pgoff) {
        case 0:
                FOO;
                break;
        default:
                return -EINVAL;
        }
        return 0;
        """,
        id="case",
    ),
    pytest.param(
        """
        switch (vma->vm_pgoff) {
        case 0:
                FOO;
        case 1:
                break;
        default:
                return -EINVAL;
        }
        return 0;
        """,
        id="case that falls through",
    ),
    pytest.param(
        """
        switch (vma->vm_pgoff) {
        case 0:
                break;
        default:
                FOO;
        }
        return 0;
        """,
        id="default",
    ),
    pytest.param(
        """
        switch (vma->vm_pgoff) {
        case 0: {
                int n = 1;

                if (n)
                        FOO;
                break;
        }
        }
        return 0;
        """,
        id="block in a case",
    ),
    pytest.param(
        """
        int i;

        for (i = 0; i < 4; i++)
                FOO;
        return 0;
        """,
        id="for",
    ),
    pytest.param(
        """
        while (foo_more)
                FOO;
        return 0;
        """,
        id="while",
    ),
    pytest.param(
        """
        do {
                FOO;
        } while (0);
        return 0;
        """,
        id="do",
    ),
    pytest.param(
        """
        for (;;) {
                if (foo_more)
                        break;
        }
        FOO;
        return 0;
        """,
        id="after a break",
    ),
    pytest.param(
        """
        int i;

        for (i = 0; i < 4; i++) {
                if (i == vma->vm_pgoff)
                        continue;
                FOO;
        }
        return 0;
        """,
        id="after a continue",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff)
                goto note;
        return 0;
        note:
        FOO;
        return 0;
        """,
        id="at a label",
    ),
    pytest.param(
        """
        int n = 0;

        again:
        if (n++ < 4)
                goto again;
        FOO;
        return 0;
        """,
        id="at a label in front",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff)
                return -EINVAL;
        goto note;
        note:
        FOO;
        return 0;
        """,
        id="label at the end",
    ),
    pytest.param(
        """
        #ifdef CONFIG_FOO
        FOO;
        #endif
        return 0;
        """,
        id="one arm of the preprocessor",
    ),
    pytest.param(
        """
        #ifdef CONFIG_FOO
        return -ENODEV;
        #else
        FOO;
        #endif
        return 0;
        """,
        id="other arm of the preprocessor",
    ),
    pytest.param(
        """
        #ifdef CONFIG_FOO
        #ifdef CONFIG_BAR
        FOO;
        #endif
        #endif
        return 0;
        """,
        id="arm in an arm",
    ),
    pytest.param("return vma->vm_pgoff ? -EINVAL : (FOO, 0);", id="chosen"),
    pytest.param(
        """
        if (vma->vm_pgoff > 4)
                return -EINVAL;
        FOO;
        return 0;
        """,
        id="after the last error",
    ),
    pytest.param(
        """
        struct foo_node *node;

        list_for_each_entry(node, &foo_nodes, list)
                FOO;
        return 0;
        """,
        id="iterator",
    ),
]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_is_overlooked(path: str) -> None:
    assert "unproven-effect" in marks(path)


LIMITS = """
{0}long limits[] = {{
        1,
#ifdef CONFIG_FOO
        2,
#endif
}};

if (vma->vm_pgoff > limits[0])
        return -EINVAL;
return REMAP;
"""


@pytest.mark.parametrize("kind", ["static ", "static const unsigned "])
def test_what_a_static_variable_begins_with_does_not_run(kind: str) -> None:
    assert complete(LIMITS.format(kind))


IRREGULAR = [
    pytest.param("irregular-flow", LIMITS.format(""), id="conditional in what a variable begins with"),
    pytest.param(
        "irregular-flow",
        """
        static long limit =
        #ifdef CONFIG_FOO
                1;
        #else
                2;
        #endif

        return vma->vm_pgoff > limit ? -EINVAL : 0;
        """,
        id="conditional around the end of a declaration",
    ),
    pytest.param(
        "irregular-flow",
        """
        #ifdef CONFIG_FOO
        if (vma->vm_pgoff)
        #else
        if (vma->vm_pgoff > 1)
        #endif
                return -EINVAL;
        vm_flags_set(vma, VM_IO);
        return 0;
        """,
        id="conditional around an if head",
    ),
    pytest.param(
        "irregular-flow",
        """
        return remap_pfn_range(vma, vma->vm_start, foo_pfn,
        #ifdef CONFIG_FOO
                               vma->vm_end - vma->vm_start,
        #else
                               PAGE_SIZE,
        #endif
                               vma->vm_page_prot);
        """,
        id="conditional in the arguments",
    ),
    pytest.param(
        "irregular-flow",
        """
        if (vma->vm_pgoff == 0)
                vm_flags_set(vma, VM_IO);
        #ifdef CONFIG_FOO
        else if (vma->vm_pgoff == 1)
                vm_flags_set(vma, VM_PFNMAP);
        #endif
        else
                return -EINVAL;
        return 0;
        """,
        id="conditional around an else if",
    ),
    pytest.param(
        "irregular-flow",
        """
        int n = ({ if (foo_gone) return -ENODEV; 1; });

        vm_flags_set(vma, VM_IO);
        return n ? 0 : -EINVAL;
        """,
        id="return in an expression",
    ),
    pytest.param(
        "irregular-flow",
        """
        int n = ({ if (foo_gone) goto out; 1; });

        vm_flags_set(vma, VM_IO);
        out:
        return n ? 0 : -EINVAL;
        """,
        id="goto in an expression",
    ),
    pytest.param(
        "irregular-flow",
        """
        void *target = &&out;

        goto *target;
        out:
        return 0;
        """,
        id="computed goto",
    ),
    pytest.param(
        "irregular-flow",
        """
        if (vma->vm_pgoff)
                goto nowhere;
        return 0;
        """,
        id="unknown label",
    ),
    pytest.param(
        "too-many-paths",
        r"""
        if (foo_check(0))
                foo_debug("0\n");
        if (foo_check(1))
                foo_debug("1\n");
        if (foo_check(2))
                foo_debug("2\n");
        if (foo_check(3))
                foo_debug("3\n");
        if (foo_check(4))
                foo_debug("4\n");
        if (foo_check(5))
                foo_debug("5\n");
        if (foo_check(6))
                foo_debug("6\n");
        if (foo_check(7))
                foo_debug("7\n");
        if (foo_check(8))
                foo_debug("8\n");
        if (foo_check(9))
                foo_debug("9\n");
        if (foo_check(10))
                foo_debug("10\n");
        if (foo_check(11))
                foo_debug("11\n");
        if (foo_check(12))
                foo_debug("12\n");
        return 0;
        """,
        id="too many paths",
    ),
    pytest.param(
        "unread-arm",
        """
        #if 0
        vma is kept (here
        #endif
        vm_flags_set(vma, VM_IO);
        return 0;
        """,
        id="text that is no C",
    ),
]


@pytest.mark.parametrize("other", ["foo_count++;\n\treturn 0;", "return vm_insert_page(vma, 0, foo_page);"])
@pytest.mark.parametrize("first", [True, False])
def test_a_conditional_that_gives_one_head_two_bodies(other: str, first: bool) -> None:
    own = hook("return REMAP;")
    head, body = own.split("{", 1)
    bodies = ["{" + body, f"{{\n\t{other}\n}}\n"]
    one, two = bodies if first else reversed(bodies)
    text = f"{SETTING}{head}#ifdef CONFIG_FOO\n{one}#else\n{two}#endif\n{TABLE}"
    assert "unread-arm" in convert(text).codes
    whole = f"{SETTING}#ifdef CONFIG_FOO\n{own}#else\n{head}{{\n\treturn -ENODEV;\n}}\n#endif\n{TABLE}"
    assert convert(whole).codes == set()


@pytest.mark.parametrize("place", ["remap_pfn_range", "vma->", "foo_pfn,"])
@pytest.mark.parametrize("end", ["\\\n", "\\\r\n"])
def test_lines_that_a_backslash_joins(place: str, end: str) -> None:
    own = f"{SETTING}{hook(f'return {REMAP};')}{TABLE}"
    spliced = convert(own.replace(place, f"{place}{end}", 1))
    assert "spliced-lines" in spliced.codes
    assert spliced.tier is Tier.SKELETON
    beside = f'#define FOO(x) \\\n\t(x)\n{own}/* a \\\n */\nstatic const char *foo = "a\\\nb";\n'
    assert convert(beside).codes == set()


@pytest.mark.parametrize(("code", "body"), IRREGULAR)
def test_what_cannot_be_followed_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


DEAD = [
    pytest.param(
        """
        int ret = 0;

        if (ret)
                foo_note(file);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="result that is zero",
    ),
    pytest.param(
        """
        int ret = -EINVAL;

        if (!ret)
                foo_note(file);
        if (ret)
                return ret;
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="result that is an error",
    ),
    pytest.param(
        """
        int ret;

        ret = foo_check(file);
        if (ret)
                return ret;
        if (ret)
                foo_note(file);
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="result tested twice",
    ),
]


@pytest.mark.parametrize("body", DEAD)
def test_constants_tell_which_paths_cannot_be_taken(body: str) -> None:
    assert complete(body)
