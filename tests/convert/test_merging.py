# SPDX-License-Identifier: GPL-2.0-only
"""Mappings that may now merge with a neighbour, whose ops and data are then lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.convert.support import c, complete, convert, driver, refused

FAULT = """
static vm_fault_t foo_fault(struct vm_fault *vmf)
{
        return vmf_insert_pfn(vmf->vma, vmf->address, vmf->pgoff);
}
"""

ALIKE = [
    pytest.param(
        """
        vm_flags_set(vma, VM_DONTCOPY);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="same ops",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_DONTCOPY);
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = file->private_data;
        return 0;
        """,
        id="data of the file",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = foo;
        return 0;
        """,
        id="data of the file in a local",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = &foo->area;
        return 0;
        """,
        id="address in the files data",
    ),
    pytest.param(
        """
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = &foo_table;
        return 0;
        """,
        id="address of a variable",
    ),
    pytest.param(
        """
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = NULL;
        return 0;
        """,
        id="constant",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_DONTCOPY);
        vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="protection from the flags",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_DONTCOPY);
        vma->vm_page_prot = pgprot_noncached(vm_get_page_prot(vma->vm_flags));
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="protection computed from the flags",
    ),
    pytest.param(
        """
        if (foo_cached)
                vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="protection differs, flags as they came",
    ),
]


@pytest.mark.parametrize("body", ALIKE)
def test_mappings_that_are_alike_may_merge(body: str) -> None:
    assert complete(body, FAULT)


NEVER = [
    pytest.param(
        """
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = (void *)vma->vm_pgoff;
        return 0;
        """,
        id="VM_IO",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_PFNMAP);
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = (void *)vma->vm_pgoff;
        return 0;
        """,
        id="VM_PFNMAP",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_MIXEDMAP);
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = (void *)vma->vm_pgoff;
        return 0;
        """,
        id="VM_MIXEDMAP",
    ),
    pytest.param(
        """
        vm_flags_set(vma, VM_DONTEXPAND);
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = (void *)vma->vm_pgoff;
        return 0;
        """,
        id="VM_DONTEXPAND",
    ),
    pytest.param(
        """
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = (void *)vma->vm_pgoff;
        return REMAP;
        """,
        id="remapped",
    ),
    pytest.param(
        """
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = (void *)vma->vm_pgoff;
        vm_flags_set(vma, VM_DONTEXPAND);
        return 0;
        """,
        id="flag set later",
    ),
]


@pytest.mark.parametrize("body", NEVER)
def test_mappings_that_never_merge_may_differ(body: str) -> None:
    assert complete(body, FAULT)


DIFFER = [
    pytest.param(
        "may-merge",
        """
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = (void *)vma->vm_pgoff;
        return 0;
        """,
        id="data from the offset",
    ),
    pytest.param(
        "may-merge",
        """
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = (void *)vma->vm_start;
        return 0;
        """,
        id="data from the start",
    ),
    pytest.param(
        "may-merge",
        """
        struct foo *foo = file->private_data;

        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = &foo->areas[vma->vm_pgoff];
        return 0;
        """,
        id="element by the offset",
    ),
    pytest.param(
        "may-merge",
        """
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = foo_next(file);
        return 0;
        """,
        id="from a call",
    ),
    pytest.param(
        "may-merge",
        """
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = foo_current;
        return 0;
        """,
        id="from a variable",
    ),
    pytest.param(
        "may-merge",
        """
        struct foo *foo = file->private_data;

        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = foo->current_area;
        return 0;
        """,
        id="from a member that may change",
    ),
    pytest.param(
        "may-merge",
        """
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = current;
        return 0;
        """,
        id="the task",
    ),
    pytest.param(
        "may-merge",
        """
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = foo_wide ? file->private_data : NULL;
        return 0;
        """,
        id="chosen",
    ),
    pytest.param(
        "may-merge",
        """
        vma->vm_ops = &foo_vm_ops;
        if (vma->vm_pgoff)
                vma->vm_private_data = file->private_data;
        return 0;
        """,
        id="on one path only",
    ),
    pytest.param(
        "may-merge",
        """
        if (vma->vm_pgoff)
                vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="ops on one path only",
    ),
    pytest.param(
        "may-merge",
        """
        struct foo *foo = file->private_data;

        vma->vm_ops = foo->vm_ops;
        return 0;
        """,
        id="ops of the driver",
    ),
    pytest.param(
        "may-merge",
        """
        if (vma->vm_pgoff)
                vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = (void *)vma->vm_pgoff;
        return 0;
        """,
        id="flag on one path only",
    ),
    pytest.param(
        "may-merge",
        """
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = (void *)vma->vm_pgoff;
        vm_flags_clear(vma, VM_IO);
        return 0;
        """,
        id="flag taken back",
    ),
    pytest.param(
        "may-merge",
        """
        vm_flags_set(vma, VM_IO);
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = (void *)vma->vm_pgoff;
        vm_flags_reset(vma, VM_READ);
        return 0;
        """,
        id="flags assigned",
    ),
    pytest.param(
        "may-merge",
        """
        vm_flags_set(vma, VM_DONTCOPY | VM_DONTDUMP);
        vma->vm_ops = &foo_vm_ops;
        vma->vm_private_data = (void *)vma->vm_pgoff;
        return 0;
        """,
        id="flag that does not forbid it",
    ),
    pytest.param(
        "may-merge",
        """
        vm_flags_set(vma, VM_DONTCOPY);
        vma->vm_private_data = (void *)vma->vm_pgoff;
        return generic_file_mmap(file, vma);
        """,
        id="data in front of a generic setup",
    ),
    pytest.param(
        "may-merge",
        """
        if (foo_cached)
                vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
        vm_flags_set(vma, VM_DONTCOPY);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="protection on one path, flags changed",
    ),
    pytest.param(
        "may-merge",
        """
        vma->vm_page_prot = foo_prot(foo_cached);
        vm_flags_set(vma, VM_DONTCOPY);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="protection chosen, flags changed",
    ),
    pytest.param(
        "may-merge",
        """
        vm_flags_set(vma, VM_DONTCOPY);
        vma->vm_page_prot = foo_prot(vma->vm_page_prot);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="protection by a function that may choose",
    ),
    pytest.param(
        "may-merge",
        """
        vm_flags_set(vma, VM_DONTCOPY);
        vma->vm_page_prot = __pgprot(pgprot_val(vma->vm_page_prot) | vma->vm_pgoff);
        vma->vm_ops = &foo_vm_ops;
        return 0;
        """,
        id="protection from the offset",
    ),
]


@pytest.mark.parametrize(("code", "body"), DIFFER)
def test_mappings_that_may_differ_are_a_reason(code: str, body: str) -> None:
    assert code in refused(body)


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        pytest.param("(foo->pfn)", {"may-merge"}, id="computed"),
        pytest.param("((void *)0x10UL)", set(), id="constant"),
        pytest.param("((void *)sizeof(struct foo))", set(), id="a size"),
    ],
)
def test_a_macro_in_capitals(value: str, codes: set[str]) -> None:
    body = "vma->vm_private_data = FOO_DATA;\nvma->vm_ops = &foo_vm_ops;\nreturn 0;"
    assert convert(driver(body, f"#define FOO_DATA {value}")).codes == codes


RANGED = """
static vm_fault_t bar_fault(struct vm_fault *vmf)
{{
        return vmf_insert_pfn(vmf->vma, vmf->address, {offset});
}}

static const struct vm_operations_struct bar_vm_ops = {{
        .fault = bar_fault,
}};
"""


@pytest.mark.parametrize(
    ("flags", "offset", "codes"),
    [
        pytest.param("VM_DONTDUMP", "vmf->address - vmf->vma->vm_start", {"may-merge"}, id="from the start"),
        pytest.param("VM_DONTDUMP", "vma_pages(vmf->vma)", {"may-merge"}, id="of the size"),
        pytest.param(
            "VM_DONTDUMP", "vmf->pgoff - vma_start_pgoff(vmf->vma)", {"may-merge"}, id="by a function"
        ),
        pytest.param("VM_DONTDUMP", "vmf->pgoff", set(), id="from the offset"),
        pytest.param("VM_DONTEXPAND", "vmf->address - vmf->vma->vm_start", set(), id="never merged"),
    ],
)
def test_a_handler_that_asks_for_the_range_of_a_mapping(flags: str, offset: str, codes: set[str]) -> None:
    body = f"vm_flags_set(vma, {flags});\nvma->vm_ops = &bar_vm_ops;\nreturn 0;"
    assert convert(driver(body, RANGED.format(offset=offset))).codes == codes


FAR = """
static unsigned long bar_page(struct vm_area_struct *area, unsigned long address)
{{
        return {page};
}}

static vm_fault_t bar_fault(struct vm_fault *vmf)
{{
        return vmf_insert_pfn(vmf->vma, vmf->address, bar_page(vmf->vma, vmf->address));
}}
"""

FAR_TABLE = """
#include "bar.h"

const struct vm_operations_struct bar_vm_ops = {
        .fault = bar_fault,
};
"""


@pytest.mark.parametrize(
    ("page", "codes"),
    [
        pytest.param("(address - area->vm_start) >> PAGE_SHIFT", {"may-merge"}, id="from the start"),
        pytest.param("address >> PAGE_SHIFT", set(), id="from the address"),
    ],
)
@pytest.mark.parametrize("far", [False, True], ids=["here", "in another file"])
def test_what_a_handler_hands_the_mapping_to_asks_for_it(
    page: str, codes: set[str], far: bool, tmp_path: Path
) -> None:
    body = "vm_flags_set(vma, VM_DONTDUMP);\nvma->vm_ops = &bar_vm_ops;\nreturn 0;"
    (tmp_path / "bar.h").write_text("extern const struct vm_operations_struct bar_vm_ops;\n")
    helper = FAR.format(page=page)
    (tmp_path / "bar.c").write_text(c(FAR_TABLE + helper) if far else "")
    before = '#include "bar.h"' if far else f"{helper}\n{FAR_TABLE}"
    assert convert(driver(body, before), str(tmp_path / "foo.c")).codes == codes


HANDLERS = """
static int bar_may_split(struct vm_area_struct *vma, unsigned long address)
{
        return bar_is_whole(address) ? 0 : -EINVAL;
}

static vm_fault_t bar_fault(struct vm_fault *vmf)
{
        return vmf_insert_pfn(vmf->vma, vmf->address, bar_pfn(vmf->vma->vm_private_data));
}

static vm_fault_t bar_lazy_fault(struct vm_fault *vmf)
{
        if (!vmf->vma->vm_private_data)
                vmf->vma->vm_private_data = bar_make(vmf->address);
        return vmf_insert_pfn(vmf->vma, vmf->address, bar_pfn(vmf->vma->vm_private_data));
}

static vm_fault_t bar_racing_fault(struct vm_fault *vmf)
{
        cmpxchg(&vmf->vma->vm_private_data, NULL, bar_make(vmf->address));
        return vmf_insert_pfn(vmf->vma, vmf->address, vmf->pgoff);
}

static vm_fault_t bar_switching_fault(struct vm_fault *vmf)
{
        vmf->vma->vm_ops = &bar_other_vm_ops;
        return vmf_insert_pfn(vmf->vma, vmf->address, vmf->pgoff);
}

static vm_fault_t bar_marking_fault(struct vm_fault *vmf)
{
        vm_flags_set(vmf->vma, VM_LOCKED);
        return vmf_insert_pfn(vmf->vma, vmf->address, vmf->pgoff);
}

static vm_fault_t bar_core_fault(struct vm_fault *vmf)
{
        return core_fault(vmf);
}

static vm_fault_t bar_ops_fault(struct vm_fault *vmf)
{
        struct bar *bar = vmf->vma->vm_private_data;

        return bar->ops->fault(bar, vmf);
}

#define bar_distance(area, address) ((address) - (area)->vm_start)

static vm_fault_t bar_macro_fault(struct vm_fault *vmf)
{
        struct vm_area_struct *vma = vmf->vma;

        return vmf_insert_pfn(vma, vmf->address, bar_distance(vma, vmf->address) >> PAGE_SHIFT);
}

static vm_fault_t bar_owned_fault(struct vm_fault *vmf)
{
        struct bar *bar = vmf->vma->vm_private_data;

        bar->area = vmf->vma;
        return vmf_insert_pfn(vmf->vma, vmf->address, vmf->pgoff);
}

static vm_fault_t bar_compared_fault(struct vm_fault *vmf)
{
        struct vm_area_struct *vma = vmf->vma;
        struct bar *bar = vma->vm_private_data;

        if (bar->area != vma)
                return VM_FAULT_SIGBUS;
        return vmf_insert_pfn(vma, vmf->address, vmf->pgoff);
}

#define BAR_DISTANCE (vmf->address - vmf->vma->vm_start)

static vm_fault_t bar_captured_fault(struct vm_fault *vmf)
{
        return vmf_insert_pfn(vmf->vma, vmf->address, BAR_DISTANCE >> PAGE_SHIFT);
}

static vm_fault_t bar_copied_fault(struct vm_fault *vmf)
{
        struct vm_area_struct copy = *vmf->vma;

        return bar_insert(&copy, vmf->address);
}

static vm_fault_t bar_renamed_fault(struct vm_fault *vmf)
{
        void *area = vmf->vma;

        return bar_insert(area, vmf->address);
}

static vm_fault_t bar_later_fault(struct vm_fault *vmf)
{
        void *area;

        area = vmf->vma;
        return bar_insert(area, vmf->address);
}

static vm_fault_t bar_hashed_fault(struct vm_fault *vmf)
{
        return vmf_insert_pfn(vmf->vma, vmf->address, bar_pfns[(unsigned long)vmf->vma % 7]);
}

static vm_fault_t bar_named_fault(struct vm_fault *vmf)
{
        struct vm_area_struct *vma;

        if (!vmf->vma || !(vmf))
                return VM_FAULT_SIGBUS;
        vma = vmf->vma;
        if (vma == NULL)
                return VM_FAULT_SIGBUS;
        return vmf_insert_pfn((vma), vmf->address, vmf->pgoff);
}

static void bar_open(struct vm_area_struct *vma)
{
        bar_count++;
}

static void bar_close(struct vm_area_struct *vma)
{
        bar_stop(vma->vm_private_data);
}

static void bar_told_close(struct vm_area_struct *vma)
{
        pr_debug("closed\\n");
}

static const struct vm_operations_struct bar_vm_ops = {
        .{member} = {handler},
};
"""


@pytest.mark.parametrize("flags", ["VM_DONTDUMP", "VM_DONTEXPAND", ""])
@pytest.mark.parametrize(
    ("member", "handler", "differs"),
    [
        pytest.param("may_split", "bar_may_split", True, id="may not be parted"),
        pytest.param("may_split", "NULL", False, id="may be parted"),
        pytest.param("fault", "bar_lazy_fault", True, id="keeps its own data"),
        pytest.param("fault", "bar_fault", False, id="reads the data"),
        pytest.param("fault", "bar_racing_fault", True, id="keeps its own data at once"),
        pytest.param("fault", "bar_switching_fault", True, id="sets other handlers"),
        pytest.param("fault", "bar_marking_fault", True, id="sets flags"),
        pytest.param("fault", "bar_core_fault", True, id="hands the fault to what is not in reach"),
        pytest.param("fault", "bar_ops_fault", True, id="hands the fault to a pointer"),
        pytest.param("fault", "bar_macro_fault", True, id="hands the mapping to a macro"),
        pytest.param("fault", "bar_owned_fault", True, id="keeps which mapping it was"),
        pytest.param("fault", "bar_compared_fault", True, id="asks which mapping it is"),
        pytest.param("fault", "bar_captured_fault", True, id="asks by a macro that is given nothing"),
        pytest.param("fault", "bar_copied_fault", True, id="copies the mapping"),
        pytest.param("fault", "bar_renamed_fault", True, id="has the mapping under another type"),
        pytest.param("fault", "bar_later_fault", True, id="assigns the mapping to another type"),
        pytest.param("fault", "bar_hashed_fault", True, id="goes by where the mapping is kept"),
        pytest.param("fault", "bar_named_fault", False, id="has the mapping under its own type"),
        pytest.param("open", "bar_open", True, id="open counts"),
        pytest.param("close", "bar_close", True, id="close does something"),
        pytest.param("close", "bar_told_close", False, id="close tells"),
    ],
)
def test_handlers_that_tell_one_mapping_from_the_next(
    flags: str, member: str, handler: str, differs: bool
) -> None:
    before = HANDLERS.replace("{member}", member).replace("{handler}", handler)
    setting = f"vm_flags_set(vma, {flags});\n" if flags else ""
    body = f"{setting}vma->vm_ops = &bar_vm_ops;\nreturn 0;"
    codes = {"may-merge"} if differs and flags == "VM_DONTDUMP" else set()
    assert convert(driver(body, before)).codes == codes


@pytest.mark.parametrize(
    ("parameters", "codes"),
    [
        pytest.param("struct inode *inode, struct file *file", set(), id="as it is opened"),
        pytest.param(
            "struct file *file, unsigned int cmd, unsigned long arg", {"may-merge"}, id="while it is open"
        ),
    ],
)
def test_private_data_of_the_file_that_changes(parameters: str, codes: set[str]) -> None:
    binding = f"""
    static long bar_bind({parameters})
    {{
            file->private_data = bar_find(file);
            return 0;
    }}
    """
    body = """
    vm_flags_set(vma, VM_DONTDUMP);
    vma->vm_private_data = file->private_data;
    return 0;
    """
    assert convert(driver(body, binding)).codes == codes
    assert convert(driver(f"vm_flags_set(vma, VM_IO);{body}", binding)).codes == set()


def test_a_handler_out_of_reach_may_ask_for_the_range() -> None:
    body = "vm_flags_set(vma, VM_DONTDUMP);\nvma->vm_ops = &bar_vm_ops;\nreturn 0;"
    table = "static const struct vm_operations_struct bar_vm_ops = {{\n        .fault = {},\n}};"
    assert convert(driver(body, table.format("bar_fault"))).codes == {"may-merge"}
    assert convert(driver(body, table.format("filemap_fault"))).codes == set()


def test_a_handler_of_a_mapping_that_merged_before() -> None:
    before = RANGED.format(offset="vmf->address - vmf->vma->vm_start")
    assert convert(driver("vma->vm_ops = &bar_vm_ops;\nreturn 0;", before)).codes == set()


@pytest.mark.parametrize(
    ("rest", "codes"),
    [
        pytest.param("return 0;", {"may-merge"}, id="by it the mapping merges"),
        pytest.param("vm_flags_set(vma, VM_IO);\nreturn 0;", set(), id="it never merges"),
        pytest.param("return REMAP;", set(), id="an action keeps it apart"),
    ],
)
def test_an_offset_that_the_hook_changes(rest: str, codes: set[str]) -> None:
    assert convert(driver(f"vma->vm_pgoff = 0;\nvma->vm_ops = &foo_vm_ops;\n{rest}")).codes == codes
