# SPDX-License-Identifier: GPL-2.0-only
"""What a hook decides by a mapping's range, which a mapping that merged was never asked."""

from __future__ import annotations

import pytest

from tests.convert.support import convert, driver


def _asks(question: str) -> str:
    """A body that sets a mapping apart where the answer is yes."""
    return f"""
        if ({question})
                vm_flags_set(vma, VM_DONTEXPAND);
        vma->vm_ops = &foo_vm_ops;
        return 0;
    """


ASKED = [
    pytest.param(
        """
        vm_flags_clear(vma, VM_MAYWRITE);
        if (vma->vm_pgoff > 4)
                vm_flags_set(vma, VM_DONTEXPAND);
        return 0;
        """,
        id="flags are taken that the mapping may not have",
    ),
    pytest.param(
        """
        vm_flags_clear(vma, VM_MAYWRITE);
        if (vma->vm_pgoff > 4)
                vm_flags_clear(vma, VM_MAYEXEC);
        return 0;
        """,
        id="other flags are taken",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_DONTCOPY);
        vm_flags_clear(vma, VM_DONTCOPY);
        if (vma->vm_pgoff > 4)
                vm_flags_set(vma, VM_DONTDUMP);
        return 0;
        """,
        id="a flag is given and taken",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff >= 4)
                return REMAP;
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="a remap behind some offset",
    ),
    pytest.param(
        """
        unsigned long offset = vma->vm_pgoff << PAGE_SHIFT;
        bool far = offset > SZ_1M;

        if (far)
                vm_flags_set(vma, VM_DONTEXPAND);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="flags, by a local",
    ),
    pytest.param(
        """
        switch (vma->vm_pgoff) {
        case 0:
                return REMAP;
        case 1:
                vma->vm_ops = &foo_vm_ops;
                return 0;
        default:
                return -EINVAL;
        }
        """,
        id="a switch",
    ),
    pytest.param(
        """
        if (vma_pages(vma) > 4)
                return REMAP;
        return 0;
        """,
        id="the size",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        if (foo->coherent)
                vm_flags_set(vma, VM_DONTEXPAND);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="what may have changed since",
    ),
    pytest.param(
        """
        foo_set_far(vma);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="a helper decides",
    ),
    pytest.param(
        """
        if (foo_is_far(vma))
                return REMAP;
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="a helper answers",
    ),
    *(
        pytest.param(_asks(asked), id=asked)
        for asked in (
            "foo_users",
            "foo_is_used()",
            "FOO_USED",
            "FOO_IS_BUSY(file->private_data)",
            "foo_is_busy(file->private_data)",
            "unlikely(foo_is_used())",
            "foo_elsewhere(file)",
            "jiffies & 1",
            "capable(CAP_SYS_RAWIO)",
            "in_compat_syscall()",
            "i_size_read(file_inode(file))",
            "file->f_pos",
            "file->f_flags & O_NONBLOCK",
            "file->f_flags & (O_SYNC | O_DIRECT)",
            "file->f_flags",
        )
    ),
    *(
        pytest.param(
            f"""
            struct foo *foo = file->private_data;

            {flags};
            return 0;
            """,
            id=flags,
        )
        for flags in (
            "vm_flags_set(vma, foo->coherent ? VM_DONTEXPAND : 0)",
            "vm_flags_set(vma, foo->flags)",
            "vm_flags_set(vma, foo_users)",
            "vm_flags_set(vma, vma->vm_pgoff ? VM_IO : 0)",
            "vm_flags_clear(vma, foo->flags)",
            "vm_flags_reset(vma, vma->vm_flags | foo->flags)",
        )
    ),
    pytest.param(
        """
        vm_flags_t flags = vma->vm_flags;

        if (foo_users)
                flags |= VM_DONTEXPAND;
        vm_flags_reset(vma, flags);
        return 0;
        """,
        id="flags that a local gathers",
    ),
    pytest.param(
        """
        int level;

        foo_ask(&level);
        if (level)
                vm_flags_set(vma, VM_DONTEXPAND);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="what a function fills in",
    ),
]

HELPERS = """
#define FOO_USED (foo_users > 0)
#define FOO_IS_BUSY(foo) ((foo)->busy)
#define FOO_MINOR 3
#define FOO_IS_MINE(n) ((n) == FOO_MINOR)

static struct page *foo_pages[16];
static int foo_users;

static bool foo_is_used(void)
{
        return foo_users;
}

static bool foo_is_busy(struct foo *foo)
{
        return foo->busy;
}

static bool foo_is_mine(unsigned int minor)
{
        return minor == FOO_MINOR;
}

static void foo_ask(int *level)
{
        *level = foo_users;
}

static bool foo_is_far(struct vm_area_struct *vma)
{
        return vma->vm_pgoff > 4;
}

static bool foo_is_shared(struct vm_area_struct *vma)
{
        return vma->vm_flags & VM_SHARED;
}

static void foo_set_far(struct vm_area_struct *vma)
{
        if (vma->vm_pgoff > 4)
                vm_flags_set(vma, VM_DONTEXPAND);
}

static void foo_set_shared(struct vm_area_struct *vma)
{
        if (vma->vm_flags & VM_SHARED)
                vm_flags_set(vma, VM_DONTEXPAND);
}
"""


@pytest.mark.parametrize("body", ASKED)
def test_a_mapping_that_merged_was_not_asked_for_its_range(body: str) -> None:
    assert convert(driver(body, HELPERS)).codes == {"runs-for-merged"}


ALIKE = [
    pytest.param(
        """
        if (vma->vm_flags & VM_SHARED)
                return REMAP;
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="by flags, which both have",
    ),
    pytest.param(
        """
        if (foo_is_shared(vma))
                return REMAP;
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="by flags, in a helper",
    ),
    pytest.param(
        """
        foo_set_shared(vma);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="a helper decides by flags",
    ),
    pytest.param(
        """
        if (!(file->f_mode & FMODE_WRITE))
                vm_flags_set(vma, VM_DONTEXPAND);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="by the file, which both have",
    ),
    pytest.param(
        """
        if (IS_DAX(file_inode(vma->vm_file)))
                vm_flags_set(vma, VM_DONTEXPAND);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="by the inode, which both have",
    ),
    *(
        pytest.param(_asks(asked), id=asked)
        for asked in (
            "foo_is_mine(iminor(file_inode(file)))",
            "FOO_IS_MINE(iminor(file_inode(file)))",
            "IS_ENABLED(CONFIG_FOO)",
            "unlikely(PAGE_SIZE > SZ_4K)",
            "file->f_flags & O_SYNC",
            "(file->f_flags & O_ACCMODE) == O_RDWR",
            "vma->vm_file->f_flags & (O_SYNC | O_DSYNC)",
            "pgprot_val(vma->vm_page_prot) & 4",
        )
    ),
    *(
        pytest.param(f"{flags};\nreturn 0;", id=flags)
        for flags in (
            "vm_flags_set(vma, vma->vm_flags & VM_WRITE ? VM_IO : 0)",
            "vm_flags_set(vma, VM_DONTEXPAND * IS_ENABLED(CONFIG_FOO))",
            "vm_flags_clear(vma, ~VM_ACCESS_FLAGS)",
        )
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        vm_flags_set(vma, VM_DONTEXPAND);
        vm_flags_set(vma, foo->flags);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="flags beside one that the mapping never came with",
    ),
    pytest.param(
        """
        if (vma->vm_pgoff)
                return IO_REMAP;
        return REMAP;
        """,
        id="none is left as it is",
    ),
    pytest.param(
        """
        unsigned long i;
        int ret;

        if (vma->vm_pgoff > 4)
                return -EINVAL;
        for (i = 0; i < vma_pages(vma); i++) {
                ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, foo_pages[i]);
                if (ret)
                        return ret;
        }
        return 0;
        """,
        id="pages of a loop, which runs",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_DONTEXPAND);
        if (vma->vm_pgoff > 4)
                vm_flags_set(vma, VM_DONTDUMP);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="none ever merged",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_DONTCOPY);
        vm_flags_clear(vma, VM_MAYWRITE);
        if (vma->vm_pgoff > 4)
                vm_flags_set(vma, VM_DONTDUMP);
        return 0;
        """,
        id="none had the flag that all get",
    ),
    pytest.param(
        """
        vm_flags_clear(vma, VM_MAYWRITE);
        if (vma->vm_pgoff > 4)
                pr_debug("far\\n");
        return 0;
        """,
        id="the same flags are taken",
    ),
]


@pytest.mark.parametrize("body", ALIKE)
def test_what_two_neighbours_answer_alike(body: str) -> None:
    assert convert(driver(body, HELPERS)).codes == set()


_LEFT = [
    pytest.param("foo_refused++;", True, id="a count"),
    pytest.param("foo->busy = true;", True, id="a store"),
    pytest.param('pr_err("refused\\n");', False, id="a message"),
    pytest.param("mutex_lock(&foo->lock);\nmutex_unlock(&foo->lock);", False, id="a lock, given back"),
]


@pytest.mark.parametrize(("done", "left"), _LEFT)
@pytest.mark.parametrize(
    ("question", "flags", "varies"),
    [
        pytest.param("vma->vm_pgoff > 4", "", True, id="of the range"),
        pytest.param("vma->vm_flags & VM_WRITE", "", False, id="of the flags"),
        pytest.param("vma->vm_pgoff > 4", "vm_flags_set(vma, VM_DONTEXPAND);", False, id="set apart"),
    ],
)
def test_a_refusal_that_is_new_leaves_nothing_behind(
    done: str, left: bool, question: str, flags: str, varies: bool
) -> None:
    body = f"""
        struct foo *foo = file->private_data;

        if ({question}) {{
                {done}
                return -EINVAL;
        }}
        {flags}
        vma->vm_ops = &foo_vm_ops;
        return 0;
    """
    result = convert(driver(body, "static int foo_refused;"))
    assert result.codes == ({"runs-for-merged"} if left and varies else set())


def test_what_has_no_counterpart_may_set_the_mapping_apart() -> None:
    body = """
    if (vma->vm_pgoff)
            return REMAP;
    return dma_mmap_coherent(foo_dev, vma, foo_cpu, foo_dma, foo_size);
    """
    assert convert(driver(body)).codes == {"no-counterpart"}
