# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.prepare import Deed, events, is_action, is_raw, prepare_functions

Model = Callable[[str], FileModel]


@pytest.fixture(scope="module")
def api() -> KernelApi:
    return load_snapshot("7.3")


def names(file: FileModel, api: KernelApi) -> list[str]:
    return [one.function.name for one in prepare_functions(file, api)]


def deeds(file: FileModel, api: KernelApi) -> list[tuple[Deed, str]]:
    (prepare,) = prepare_functions(file, api)
    return [(event.deed, event.name) for event in events(file, api, prepare, prepare.function.body)]


def in_hook(model: Model, *statements: str) -> FileModel:
    body = "\n\t".join(statements)
    return model(f"static int foo_mmap_prepare(struct vm_area_desc *desc)\n{{\n\t{body}\n}}\n")


def test_hooks_and_what_is_handed_a_descriptor(model: Model, api: KernelApi) -> None:
    file = model("""\
        static int foo_check(const struct vm_area_desc *desc, int n)
        {
                return desc->pgoff < n;
        }

        int foo_mmap_prepare(struct vm_area_desc *desc)
        {
                return foo_check(desc, 1);
        }

        static int foo_mmap(struct file *file, struct vm_area_struct *vma)
        {
                struct vm_area_desc desc;

                return foo_mmap_prepare(&desc);
        }
    """)
    assert names(file, api) == ["foo_check", "foo_mmap_prepare"]


@pytest.mark.parametrize(
    "body",
    [
        "desc->start = vma_start;",
        "memset(desc, 0, sizeof(*desc));",
        "return desc->action.remap.size;",
        "switch (desc->action.type) {}",
        "return foo_pages(desc->action.map_kernel.pages);",
    ],
)
def test_what_makes_a_descriptor_or_carries_it_out_is_no_hook(
    model: Model, api: KernelApi, body: str
) -> None:
    assert names(in_hook(model, body), api) == []


def test_what_has_a_descriptor_made_is_no_hook(model: Model, api: KernelApi) -> None:
    file = model("""\
        static void foo_fill(struct vm_area_desc *desc, unsigned long at)
        {
                desc->end = at;
        }

        static int foo_start(struct vm_area_desc *desc)
        {
                foo_fill(desc, 1);
                return 0;
        }
    """)
    assert names(file, api) == []


def test_a_helper_of_the_api_is_no_hook(model: Model, api: KernelApi) -> None:
    file = model("static void mmap_action_remap(struct vm_area_desc *desc)\n{\n\tdesc->action.type = 1;\n}\n")
    assert names(file, api) == []


def test_who_has_the_vma_is_past_it(model: Model, api: KernelApi) -> None:
    file = model("static void foo(struct vm_area_struct *vma, struct vm_area_desc *desc)\n{\n}\n")
    assert names(file, api) == []


def test_a_kernel_without_mmap_prepare_has_none(model: Model, api: KernelApi) -> None:
    file = in_hook(model, "return 0;")
    assert names(file, api) == ["foo_mmap_prepare"]
    assert names(file, replace(api, has_mmap_prepare=False)) == []


def test_arguments_come_before_their_call(model: Model, api: KernelApi) -> None:
    file = in_hook(model, "mmap_action_remap_full(desc, foo_pfn(foo));", "foo_check(foo, desc);")
    assert deeds(file, api) == [
        (Deed.CALL, "foo_pfn"),
        (Deed.ACTION, "mmap_action_remap_full"),
        (Deed.HANDED, "foo_check"),
    ]


def test_members_are_told_apart(model: Model, api: KernelApi) -> None:
    file = in_hook(
        model,
        "desc->page_prot = pgprot;",
        "foo_adjust(&desc->page_prot);",
        "desc->vm_ops = &foo_vm_ops;",
        "desc->action.error_override = -EAGAIN;",
        "desc->action.type = MMAP_REMAP_PFN;",
        "desc->action = action;",
        "foo->users++;",
        "foo->users += 2;",
        "foo->flag = 1;",
    )
    assert deeds(file, api) == [
        (Deed.PROT, "page_prot"),
        (Deed.PROT, "page_prot"),
        (Deed.CALL, "foo_adjust"),
        (Deed.RAW, "action.type"),
        (Deed.RAW, "action"),
        (Deed.COUNT, "foo->users"),
        (Deed.COUNT, "foo->users"),
        (Deed.STORE, "foo->flag"),
    ]


def test_the_descriptor_under_other_names(model: Model, api: KernelApi) -> None:
    file = in_hook(
        model,
        "struct vm_area_desc *d = desc;",
        "struct mmap_action *action = &desc->action;",
        "d->page_prot = prot;",
        "action->remap.size = size;",
        "(*d).action.type = type;",
        "*action = other;",
    )
    assert deeds(file, api) == [
        (Deed.PROT, "page_prot"),
        (Deed.RAW, "action.remap.size"),
        (Deed.RAW, "action.type"),
        (Deed.RAW, "action"),
    ]


def test_raw_members_are_read_off_the_kernel(api: KernelApi) -> None:
    assert is_raw(api, "action.map_kernel.pages")
    assert not is_raw(api, "action.hide_from_rmap_until_complete")
    assert not is_raw(api, "action.success_hook")
    assert not is_raw(api, "page_prot")


def test_what_only_prepares_or_completes_is_no_action(api: KernelApi) -> None:
    assert is_action(api, "mmap_action_map_kernel_pages_full")
    assert not is_action(api, "mmap_action_prepare")
    assert not is_action(api, "mmap_action_map_discontig_kernel_pages")
