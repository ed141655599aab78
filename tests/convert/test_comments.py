# SPDX-License-Identifier: GPL-2.0-only
"""Comments: they describe the new hook, and none is lost with what it stood in."""

from __future__ import annotations

import pytest

from tests.convert.support import SETTING, TABLE, c, complete, convert, hook


def above(comment: str) -> str:
    """The comment above a converted hook."""
    result = convert(SETTING + c(comment) + "\n" + hook("vm_flags_set(vma, VM_IO);\nreturn 0;") + TABLE)
    assert result.conversion.reasons == ()
    assert result.new is not None
    return result.new.removeprefix(SETTING).split("\nstatic int foo_mmap_prepare")[0]


ABOVE = [
    pytest.param(
        """
        /**
         * foo_mmap() - map a foo
         * @file: the file
         * @vma: the area
         *
         * Return: 0.
         */
        """,
        """
        /**
         * foo_mmap_prepare() - map a foo
         * @desc: the area
         *
         * Return: 0.
         */
        """,
        id="kernel-doc",
    ),
    pytest.param(
        "/**\n * foo_mmap - map a foo\n * @vma:\tthe area\n * @file:\tthe file\n */",
        "/**\n * foo_mmap_prepare - map a foo\n * @desc:\tthe area\n */",
        id="parameters in another order",
    ),
    pytest.param(
        """
        /**
         * foo_mmap() - map a foo
         * @file: the file that
         *        was opened
         * @vma: the area that
         *       is wanted
         *
         * Context: called with the lock of @vma.
         */
        """,
        """
        /**
         * foo_mmap_prepare() - map a foo
         * @desc: the area that
         *       is wanted
         *
         * Context: called with the lock of @desc.
         */
        """,
        id="long descriptions",
    ),
    pytest.param(
        """
        /**
         * foo_mmap() - map a foo
         * @file: the file
         *
         *   which was opened
         * @vma: the area
         */
        """,
        """
        /**
         * foo_mmap_prepare() - map a foo
         * @desc: the area
         */
        """,
        id="description with a paragraph",
    ),
    pytest.param(
        """
        /**
         * foo_mmap() - map a foo
         * @file: the file
         * @vma: vm_area_struct describing memory to be mapped
         *
         * The vm_area_struct of @vma is new.
         */
        """,
        """
        /**
         * foo_mmap_prepare() - map a foo
         * @desc: vm_area_desc describing memory to be mapped
         *
         * The vm_area_struct of @desc is new.
         */
        """,
        id="the struct in the description",
    ),
    pytest.param(
        "/**\n * foo_mmap - map a foo\n * @vma: VMA to map into; the lock of @vma\n */",
        "/**\n * foo_mmap_prepare - map a foo\n * @desc: VMA descriptor to map into; the lock of @desc\n */",
        id="the VMA in the description",
    ),
    pytest.param(
        "/**\n * foo_mmap - map a foo\n * @vma: the vma describing it\n */",
        "/**\n * foo_mmap_prepare - map a foo\n * @desc: the vma descriptor describing it\n */",
        id="what describes in the description",
    ),
    pytest.param(
        "/**\n * foo_mmap - map a foo\n * @vma: the vma structure describing it\n */",
        "/**\n * foo_mmap_prepare - map a foo\n * @desc: the vma descriptor describing it\n */",
        id="a structure in the description",
    ),
    pytest.param(
        "/**\n * foo_mmap - map a foo\n * @vma: where vma->vm_pgoff, the VMA's offset, is\n */",
        "/**\n * foo_mmap_prepare - map a foo\n * @desc: where vma->vm_pgoff, the VMA's offset, is\n */",
        id="what the VMA has in the description",
    ),
    pytest.param(
        f"/**\n * foo_mmap - map a foo\n * @vma: {'and ' * 14}the VMA to map\n */",
        f"/**\n * foo_mmap_prepare - map a foo\n * @desc: {'and ' * 14}the VMA to map\n */",
        id="no room in the description",
    ),
    pytest.param("/* foo_mmap: map a foo */", "/* foo_mmap_prepare: map a foo */", id="no kernel-doc"),
    pytest.param(
        "/* The VMA of a file is special. */",
        "/* The VMA of a file is special. */",
        id="about something else",
    ),
    pytest.param("// @vma: not kernel-doc", "// @vma: not kernel-doc", id="line comment"),
]


@pytest.mark.parametrize(("before", "after"), ABOVE)
def test_the_comment_above_describes_the_new_parameters(before: str, after: str) -> None:
    assert above(before) == c(after)


INSIDE = [
    pytest.param(
        """
        return remap_pfn_range(vma, vma->vm_start, /* the frame */ foo_pfn,
                               vma->vm_end - vma->vm_start,     /* all of it */
                               vma->vm_page_prot);
        """,
        """
        /* the frame */
        /* all of it */
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="in the arguments",
    ),
    pytest.param(
        "return REMAP; /* map it */",
        """
        mmap_action_remap_full(desc, foo_pfn);
        return 0; /* map it */
        """,
        id="behind the statement",
    ),
    pytest.param(
        """
        if (REMAP) {
                /* the caller tries again */
                return -EAGAIN;
        }
        return 0;
        """,
        """
        /* the caller tries again */
        mmap_action_remap_full(desc, foo_pfn);
        desc->action.error_override = -EAGAIN;
        return 0;
        """,
        id="in the arm of a failure",
    ),
    pytest.param(
        """
        int ret;

        ret = REMAP;
        /* did it work? */
        if (ret) {
                /* no */
                return ret;
        }
        return 0;
        """,
        """
        mmap_action_remap_full(desc, foo_pfn);
        /* did it work? */
        /* no */
        return 0;
        """,
        id="between the call and its check",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_IO /* registers */ | VM_DONTDUMP);
        return 0;
        """,
        """
        /* registers */
        vma_desc_set_flags(desc, VMA_IO_BIT, VMA_DONTDUMP_BIT);
        return 0;
        """,
        id="in a mask",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_IO |       // registers
                          VM_DONTDUMP); // no dump
        return 0;
        """,
        """
        // registers
        vma_desc_set_flags(desc, VMA_IO_BIT, VMA_DONTDUMP_BIT); // no dump
        return 0;
        """,
        id="line comment in a mask",
    ),
    pytest.param(
        """
        if (vma->vm_end - /* first */ vma->vm_start > foo_size)
                return -EINVAL;
        return 0;
        """,
        """
        /* first */
        if (vma_desc_size(desc) > foo_size)
                return -EINVAL;
        return 0;
        """,
        id="in a size",
    ),
    pytest.param(
        """
        unsigned long size = vma->vm_end - vma->vm_start; /* bytes wanted */

        return remap_pfn_range(vma, vma->vm_start, foo_pfn, size,
                               vma->vm_page_prot);
        """,
        """
        /* bytes wanted */
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="behind a local that goes",
    ),
    pytest.param(
        """
        if (foo_whole)
                /* all of it */
                return REMAP;
        return -EINVAL;
        """,
        """
        /* all of it */
        if (foo_whole) {
                mmap_action_remap_full(desc, foo_pfn);
                return 0;
        }
        return -EINVAL;
        """,
        id="in front of an arm",
    ),
    pytest.param(
        """
        return remap_pfn_range(vma, vma->vm_start,
                               /*
                                * The frame.
                                */
                               foo_pfn, vma->vm_end - vma->vm_start,
                               vma->vm_page_prot);
        """,
        """
        /*
         * The frame.
         */
        mmap_action_remap_full(desc, foo_pfn);
        return 0;
        """,
        id="over several lines",
    ),
    pytest.param(
        r"""
        foo_debug("/* %d */\n", vma->vm_flags & VM_IO /* why */ ? 1 : 0);
        return 0;
        """,
        r"""
        foo_debug("/* %d */\n", vma_desc_test(desc, VMA_IO_BIT) /* why */ ? 1 : 0);
        return 0;
        """,
        id="that looks like one in a string",
    ),
    pytest.param(
        """
        /*
         * Asks generic_file_mmap() first; foo_generic_file_mmap() and
         * generic_file_mmap are something else, and here and here
         * and here and here and here and here and here no room: generic_file_mmap()
         */
        return generic_file_mmap(file, vma);
        """,
        """
        /*
         * Asks generic_file_mmap_prepare() first; foo_generic_file_mmap() and
         * generic_file_mmap are something else, and here and here
         * and here and here and here and here and here no room: generic_file_mmap()
         */
        return generic_file_mmap_prepare(desc);
        """,
        id="that names what was called",
    ),
    pytest.param(
        """
        /* Not generic_file_mmap(). */
        vm_flags_set(vma, VM_IO);
        return 0;
        """,
        """
        /* Not generic_file_mmap(). */
        vma_desc_set_flags(desc, VMA_IO_BIT);
        return 0;
        """,
        id="that names what was never called",
    ),
    pytest.param(
        """
        /* The vma is new. */
        vm_flags_set(vma, VM_IO);

        /* Done. */
        return 0;
        """,
        """
        /* The vma is new. */
        vma_desc_set_flags(desc, VMA_IO_BIT);

        /* Done. */
        return 0;
        """,
        id="elsewhere",
    ),
]


@pytest.mark.parametrize(("before", "after"), INSIDE)
def test_a_comment_inside_what_is_replaced_is_kept_above_it(before: str, after: str) -> None:
    assert complete(before) == c(after)


def test_the_line_of_a_parameter_that_goes_may_name_the_hook() -> None:
    comment = """
    /**
     * foo_mmap - map the registers
     * @file: what foo_mmap() was called on
     * @vma: where to map them
     */
    """
    assert above(comment) == c(
        """
        /**
         * foo_mmap_prepare - map the registers
         * @desc: where to map them
         */
        """
    )
