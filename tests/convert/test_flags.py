# SPDX-License-Identifier: GPL-2.0-only
"""Flags: tested, copied, set, cleared and assigned."""

from __future__ import annotations

import pytest

from tests.convert.support import c, complete, convert, driver, refused


def refusing(condition: str) -> str:
    """A hook that refuses a mapping by a condition."""
    return f"if ({condition})\n\treturn -EINVAL;\nvm_flags_set(vma, VM_IO);\nreturn 0;"


TESTS = [
    ("vma->vm_flags & VM_WRITE", "vma_desc_test(desc, VMA_WRITE_BIT)"),
    ("!(vma->vm_flags & VM_SHARED)", "!vma_desc_test(desc, VMA_SHARED_BIT)"),
    ("vma->vm_flags & (VM_WRITE | VM_EXEC)", "vma_desc_test_any(desc, VMA_WRITE_BIT, VMA_EXEC_BIT)"),
    ("!(vma->vm_flags & (VM_WRITE | VM_EXEC))", "!vma_desc_test_any(desc, VMA_WRITE_BIT, VMA_EXEC_BIT)"),
    (
        "(vma->vm_flags & (VM_WRITE | VM_EXEC)) == (VM_WRITE | VM_EXEC)",
        "vma_desc_test_all(desc, VMA_WRITE_BIT, VMA_EXEC_BIT)",
    ),
    (
        "(vma->vm_flags & (VM_WRITE | VM_EXEC)) != (VM_WRITE | VM_EXEC)",
        "!vma_desc_test_all(desc, VMA_WRITE_BIT, VMA_EXEC_BIT)",
    ),
    (
        "(vma->vm_flags & (VM_READ | VM_WRITE)) == VM_READ",
        "vma_desc_test(desc, VMA_READ_BIT) && !vma_desc_test(desc, VMA_WRITE_BIT)",
    ),
    (
        "(vma->vm_flags & (VM_READ | VM_WRITE)) != VM_READ",
        "!vma_desc_test(desc, VMA_READ_BIT) || vma_desc_test(desc, VMA_WRITE_BIT)",
    ),
    ("(vma->vm_flags & (VM_READ | VM_WRITE)) == 0", "!vma_desc_test_any(desc, VMA_READ_BIT, VMA_WRITE_BIT)"),
    ("(vma->vm_flags & (VM_READ | VM_WRITE)) != 0", "vma_desc_test_any(desc, VMA_READ_BIT, VMA_WRITE_BIT)"),
    ("(vma->vm_flags & VM_WRITE) == VM_WRITE", "vma_desc_test(desc, VMA_WRITE_BIT)"),
    ("(vma->vm_flags & VM_WRITE) != VM_WRITE", "!vma_desc_test(desc, VMA_WRITE_BIT)"),
    ("(vma->vm_flags & VM_WRITE) == 0", "!vma_desc_test(desc, VMA_WRITE_BIT)"),
    ("0 == (vma->vm_flags & VM_WRITE)", "!vma_desc_test(desc, VMA_WRITE_BIT)"),
    (
        "((vma->vm_flags & VM_WRITE) == 0) == foo_read_only",
        "(!vma_desc_test(desc, VMA_WRITE_BIT)) == foo_read_only",
    ),
    ("VM_SHARED & vma->vm_flags", "vma_desc_test(desc, VMA_SHARED_BIT)"),
    ("vma->vm_flags & VM_ACCESS_FLAGS", "vma_desc_test_any_mask(desc, VMA_ACCESS_FLAGS)"),
    ("(vma->vm_flags & VM_WRITE) && vma->vm_pgoff", "vma_desc_test(desc, VMA_WRITE_BIT) && desc->pgoff"),
    ("!!(vma->vm_flags & VM_WRITE) != foo_writable", "!!vma_desc_test(desc, VMA_WRITE_BIT) != foo_writable"),
    (
        "(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)) == VM_MAYSHARE",
        "vma_desc_test(desc, VMA_MAYSHARE_BIT) && !vma_desc_test(desc, VMA_SHARED_BIT)",
    ),
    ("(vma->vm_flags & VM_MAYSHARE) == 0", "!vma_desc_test(desc, VMA_MAYSHARE_BIT)"),
    ("unlikely(vma->vm_flags & VM_EXEC)", "unlikely(vma_desc_test(desc, VMA_EXEC_BIT))"),
    (
        "((vma->vm_flags & VM_WRITE) ? 1 : 0) != foo_writable",
        "(vma_desc_test(desc, VMA_WRITE_BIT) ? 1 : 0) != foo_writable",
    ),
    ("vma->vm_flags & (VM_READ | VM_READ)", "vma_desc_test(desc, VMA_READ_BIT)"),
    ("is_cow_mapping(vma->vm_flags)", "vma_desc_is_cow_mapping(desc)"),
    ("vma_test(vma, VMA_WRITE_BIT)", "vma_desc_test(desc, VMA_WRITE_BIT)"),
]


@pytest.mark.parametrize(("before", "after"), TESTS)
def test_a_test_becomes_the_helper_that_asks_the_same(before: str, after: str) -> None:
    text = complete(refusing(before))
    assert " ".join(text[: text.index("return")].split()) == f"if ({after})"


WORDS = [
    ("vma->vm_flags & ~VM_READ", "vma_flags_to_legacy(desc->vma_flags) & ~VM_READ"),
    ("vma->vm_flags == VM_READ", "vma_flags_to_legacy(desc->vma_flags) == VM_READ"),
    ("vma->vm_flags & foo_mask", "vma_flags_to_legacy(desc->vma_flags) & foo_mask"),
    (
        "((vma->vm_flags & VM_WRITE) ?: foo_mask) == VM_WRITE",
        "((vma_flags_to_legacy(desc->vma_flags) & VM_WRITE) ?: foo_mask) == VM_WRITE",
    ),
    ("(vma->vm_flags & VM_WRITE) != VM_READ", "(vma_flags_to_legacy(desc->vma_flags) & VM_WRITE) != VM_READ"),
    (
        "(vma->vm_flags & VM_WRITE) == (VM_WRITE | VM_READ)",
        "(vma_flags_to_legacy(desc->vma_flags) & VM_WRITE) == (VM_WRITE | VM_READ)",
    ),
    (
        "(vma->vm_flags & VM_ACCESS_FLAGS) == VM_READ",
        "(vma_flags_to_legacy(desc->vma_flags) & VM_ACCESS_FLAGS) == VM_READ",
    ),
    ("(vma->vm_flags & VM_WRITE) > 0", "(vma_flags_to_legacy(desc->vma_flags) & VM_WRITE) > 0"),
    ("(vma->vm_flags & VM_WRITE) >> 1", "(vma_flags_to_legacy(desc->vma_flags) & VM_WRITE) >> 1"),
    ("vma->vm_flags & VM_WRITE & foo_mask", "vma_flags_to_legacy(desc->vma_flags) & VM_WRITE & foo_mask"),
    ("foo_allows(vma->vm_flags)", "foo_allows(vma_flags_to_legacy(desc->vma_flags))"),
    ("vma->vm_flags & BIT(1)", "vma_flags_to_legacy(desc->vma_flags) & BIT(1)"),
    ("READ_ONCE(vma->vm_flags) & VM_WRITE", "vma_flags_to_legacy(desc->vma_flags) & VM_WRITE"),
]


@pytest.mark.parametrize(("before", "after"), WORDS)
def test_what_no_helper_asks_keeps_the_legacy_word(before: str, after: str) -> None:
    text = complete(refusing(before))
    assert " ".join(text[: text.index("return")].split()) == f"if ({after})"


@pytest.mark.parametrize(
    "name",
    [
        "VM_SOFTDIRTY",
        "VM_ALLOW_ANY_UNCACHED",
        "VM_MTE",
        "VM_SEALED",
        "VM_SHADOW_STACK",
        "VM_STACK",
        "VM_NOT_A_FLAG",
    ],
)
def test_a_flag_of_some_configurations_is_never_translated(name: str) -> None:
    """Its bit is declared in all of them, and VM_x is 0 or another flag where it is not its own."""
    assert "untranslated-flag" in refused(refusing(f"vma->vm_flags & {name}"))
    assert "untranslated-flag" in refused(refusing(f"vma->vm_flags & (VM_WRITE | {name})"))
    assert "untranslated-flag" in refused(f"vm_flags_set(vma, {name});\nreturn 0;")
    assert "untranslated-flag" in refused(f"vm_flags_clear(vma, VM_IO | {name});\nreturn 0;")


CHANGES = [
    pytest.param(
        """
        vm_flags_set(vma, VM_NONE);
        vm_flags_clear(vma, VM_NONE);
        vm_flags_init(vma, vma->vm_flags | VM_NONE);
        return 0;
        """,
        """
        vma_desc_set_flags_mask(desc, legacy_to_vma_flags(VM_NONE));
        vma_desc_clear_flags_mask(desc, legacy_to_vma_flags(VM_NONE));
        desc->vma_flags = legacy_to_vma_flags(vma_flags_to_legacy(desc->vma_flags) | VM_NONE);
        return 0;
        """,
        id="no flag at all",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_IO);
        return 0;
        """,
        """
        vma_desc_set_flags(desc, VMA_IO_BIT);
        return 0;
        """,
        id="set one",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
        return 0;
        """,
        """
        vma_desc_set_flags(desc, VMA_IO_BIT, VMA_PFNMAP_BIT, VMA_DONTEXPAND_BIT,
                           VMA_DONTDUMP_BIT);
        return 0;
        """,
        id="set many",
    ),
    pytest.param(
        """
        vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
        return 0;
        """,
        """
        vma_desc_clear_flags(desc, VMA_MAYWRITE_BIT, VMA_MAYEXEC_BIT);
        return 0;
        """,
        id="clear",
    ),
    pytest.param(
        """
        vm_flags_mod(vma, VM_DONTCOPY, VM_MAYWRITE);
        return 0;
        """,
        """
        vma_desc_set_flags(desc, VMA_DONTCOPY_BIT);
        vma_desc_clear_flags(desc, VMA_MAYWRITE_BIT);
        return 0;
        """,
        id="set and clear",
    ),
    pytest.param(
        """
        vm_flags_mod(vma, VM_DONTCOPY, 0);
        return 0;
        """,
        """
        vma_desc_set_flags(desc, VMA_DONTCOPY_BIT);
        return 0;
        """,
        id="only set",
    ),
    pytest.param(
        """
        vm_flags_mod(vma, VM_NONE, VM_MAYWRITE);
        return 0;
        """,
        """
        vma_desc_clear_flags(desc, VMA_MAYWRITE_BIT);
        return 0;
        """,
        id="only clear",
    ),
    pytest.param(
        """
        if (FOO_FIXED)
                vm_flags_mod(vma, VM_DONTCOPY, VM_MAYWRITE);
        return 0;
        """,
        """
        if (FOO_FIXED) {
                vma_desc_set_flags(desc, VMA_DONTCOPY_BIT);
                vma_desc_clear_flags(desc, VMA_MAYWRITE_BIT);
        }
        return 0;
        """,
        id="set and clear under an if",
    ),
    pytest.param(
        """
        vm_flags_init(vma, vma->vm_flags | VM_IO);
        return 0;
        """,
        """
        vma_desc_set_flags(desc, VMA_IO_BIT);
        return 0;
        """,
        id="initialized from itself with more",
    ),
    pytest.param(
        """
        vm_flags_reset(vma, vma->vm_flags & ~VM_MAYWRITE);
        return 0;
        """,
        """
        vma_desc_clear_flags(desc, VMA_MAYWRITE_BIT);
        return 0;
        """,
        id="reset to itself with less",
    ),
    pytest.param(
        """
        vm_flags_reset(vma, VM_READ | VM_IO);
        return 0;
        """,
        """
        desc->vma_flags = legacy_to_vma_flags(VM_READ | VM_IO);
        return 0;
        """,
        id="reset to a constant",
    ),
    pytest.param(
        """
        vma->vm_flags |= VM_IO;
        return 0;
        """,
        """
        vma_desc_set_flags(desc, VMA_IO_BIT);
        return 0;
        """,
        id="assigned or",
    ),
    pytest.param(
        """
        vma->vm_flags &= ~VM_MAYWRITE;
        return 0;
        """,
        """
        vma_desc_clear_flags(desc, VMA_MAYWRITE_BIT);
        return 0;
        """,
        id="assigned and not",
    ),
    pytest.param(
        """
        unsigned long flags = VM_IO;

        vm_flags_set(vma, flags);
        return 0;
        """,
        """
        unsigned long flags = VM_IO;

        vma_desc_set_flags_mask(desc, legacy_to_vma_flags(flags));
        return 0;
        """,
        id="mask that is not named",
    ),
    pytest.param(
        """
        vm_flags_set(vma, FOO_FIXED ? VM_DONTCOPY : VM_IO);
        return 0;
        """,
        """
        vma_desc_set_flags_mask(desc,
                                legacy_to_vma_flags(FOO_FIXED ? VM_DONTCOPY : VM_IO));
        return 0;
        """,
        id="mask that is chosen",
    ),
    pytest.param(
        """
        unsigned long flags = VM_MAYWRITE;

        vma->vm_flags &= ~flags;
        return 0;
        """,
        """
        unsigned long flags = VM_MAYWRITE;

        vma_desc_clear_flags_mask(desc, legacy_to_vma_flags(flags));
        return 0;
        """,
        id="mask that is inverted whole",
    ),
    pytest.param(
        """
        u32 flags = VM_MAYWRITE;

        vma->vm_flags &= ~flags;
        return 0;
        """,
        """
        u32 flags = VM_MAYWRITE;

        desc->vma_flags = legacy_to_vma_flags(vma_flags_to_legacy(desc->vma_flags) & ~flags);
        return 0;
        """,
        id="mask whose inversion lacks the upper bits",
    ),
    pytest.param(
        """
        vma->vm_flags = vma->vm_flags & ~0x20u;
        return 0;
        """,
        """
        desc->vma_flags = legacy_to_vma_flags(vma_flags_to_legacy(desc->vma_flags) & ~0x20u);
        return 0;
        """,
        id="number whose inversion lacks the upper bits",
    ),
    pytest.param(
        """
        vma_set_flags(vma, VMA_IO_BIT, VMA_DONTDUMP_BIT);
        return 0;
        """,
        """
        vma_desc_set_flags(desc, VMA_IO_BIT, VMA_DONTDUMP_BIT);
        return 0;
        """,
        id="bits already",
    ),
]


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_a_change_of_flags_becomes_one_of_bits(before: str, after: str) -> None:
    assert complete(before) == c(after)


COPIES = [
    pytest.param(
        """
        vm_flags_t flags = vma->vm_flags;

        if (flags & VM_WRITE)
                return -EPERM;
        return 0;
        """,
        """
        vm_flags_t flags = vma_flags_to_legacy(desc->vma_flags);

        if (flags & VM_WRITE)
                return -EPERM;
        return 0;
        """,
        id="word",
    ),
    pytest.param(
        """
        unsigned long flags = vma->vm_flags;

        vm_flags_set(vma, VM_IO);
        if (flags & VM_IO)
                return -EPERM;
        return 0;
        """,
        """
        unsigned long flags = vma_flags_to_legacy(desc->vma_flags);

        vma_desc_set_flags(desc, VMA_IO_BIT);
        if (flags & VM_IO)
                return -EPERM;
        return 0;
        """,
        id="word before a change",
    ),
    pytest.param(
        """
        unsigned long flags = vma->vm_flags & VM_WRITE;

        return flags ? -EPERM : 0;
        """,
        """
        unsigned long flags = vma_flags_to_legacy(desc->vma_flags) & VM_WRITE;

        return flags ? -EPERM : 0;
        """,
        id="masked word",
    ),
    pytest.param(
        """
        bool writable = vma->vm_flags & VM_WRITE;

        return writable ? -EPERM : 0;
        """,
        """
        bool writable = vma_desc_test(desc, VMA_WRITE_BIT);

        return writable ? -EPERM : 0;
        """,
        id="bool",
    ),
    pytest.param(
        """
        int writable = !!(vma->vm_flags & VM_WRITE);

        return writable ? -EPERM : 0;
        """,
        """
        int writable = !!vma_desc_test(desc, VMA_WRITE_BIT);

        return writable ? -EPERM : 0;
        """,
        id="int of a truth",
    ),
    pytest.param(
        """
        switch (vma->vm_flags & (VM_READ | VM_WRITE)) {
        case VM_READ:
                return 0;
        default:
                return -EPERM;
        }
        """,
        """
        switch (vma_flags_to_legacy(desc->vma_flags) & (VM_READ | VM_WRITE)) {
        case VM_READ:
                return 0;
        default:
                return -EPERM;
        }
        """,
        id="switch",
    ),
    pytest.param(
        "return vma->vm_flags & VM_WRITE ? -EPERM : 0;",
        "return vma_desc_test(desc, VMA_WRITE_BIT) ? -EPERM : 0;",
        id="returned",
    ),
]


@pytest.mark.parametrize(("before", "after"), COPIES)
def test_a_copy_of_the_flags_keeps_its_type(before: str, after: str) -> None:
    assert complete(before) == c(after)


REFUSED = [
    pytest.param(
        "flags-assignment",
        """
        if ((vma->vm_flags |= VM_IO) & VM_WRITE)
                return -EPERM;
        return 0;
        """,
        id="assigned in a condition",
    ),
    pytest.param(
        "flags-assignment",
        """
        vma->vm_flags ^= VM_IO;
        return 0;
        """,
        id="assigned xor",
    ),
    pytest.param(
        "flags-assignment",
        """
        foo_flags = vma->vm_flags |= VM_IO;
        return 0;
        """,
        id="assigned in a chain",
    ),
    pytest.param(
        "field-address",
        """
        foo_fix_flags(&vma->vm_flags);
        return 0;
        """,
        id="address taken",
    ),
    pytest.param("flags-call", "return vm_flags_set(vma, VM_IO), 0;", id="set as a value"),
    pytest.param(
        "flags-call",
        """
        vm_flags_mod(vma, foo_set, foo_clear);
        return 0;
        """,
        id="mod of masks without a name",
    ),
    pytest.param(
        "mixed-mask",
        """
        vm_flags_set(vma, VM_ACCESS_FLAGS | VM_IO);
        return 0;
        """,
        id="mask of several among flags",
    ),
]


@pytest.mark.parametrize(("code", "body"), REFUSED)
def test_refused(code: str, body: str) -> None:
    assert code in refused(body)


@pytest.mark.parametrize(
    ("macro", "refusing_it"), [("foo_allows(&(x))", True), ("(!((x) & foo_mask))", False)]
)
def test_a_function_s_value_has_no_address(macro: str, refusing_it: bool) -> None:
    result = convert(driver(refusing("FOO_ALLOWS(vma->vm_flags)"), f"#define FOO_ALLOWS(x) {macro}"))
    assert ("field-address" in result.codes) is refusing_it


def test_braces_behind_a_macro_that_is_no_loop_pass_the_strict_parser() -> None:
    body = "FOO_IF(FOO_FIXED)\n        vm_flags_mod(vma, VM_DONTCOPY, VM_MAYWRITE);\nreturn 0;"
    result = convert(driver(body, "#define FOO_IF(x) if (x)"))
    assert result.codes == {"unproven-effect"}
    assert "FOO_IF(FOO_FIXED) {\n" in result.body()
