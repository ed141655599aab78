# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from mmapmigrate.kernel.api import Dispatcher, Field, FlagBit, Helper, KernelApi, OpsMember, Parameter
from mmapmigrate.report.api import render_api_text

DESC = Parameter("struct vm_area_desc *", "desc")
PAGES = Helper("vma_desc_pages", (DESC,), "unsigned long", condition="defined(CONFIG_MMU)")

API = KernelApi(
    "8.1.2",
    "snapshot",
    "8.1",
    has_mmap_prepare=True,
    flags={
        "READ": FlagBit("READ", legacy=True, bit=0),
        "SOFTDIRTY": FlagBit("SOFTDIRTY", legacy_condition="defined(CONFIG_SOFT)", bit=27),
        "HIGH": FlagBit("HIGH", legacy_condition="never", bit=40),
    },
    helpers={
        "vma_desc_pages": PAGES,
        "mmap_action_find": Helper("mmap_action_find", (DESC, Parameter("int", "a")), "struct page *"),
        "vma_desc_test_any": Helper("vma_desc_test_any", (Parameter("", "desc"),), "", True, True),
    },
    counterparts={"vma_pages": PAGES},
    desc_fields={"start": Field("start", "unsigned long")},
    ops_members=(
        OpsMember("foo_ops", "mmap", (), "mmap_prepare", (), True),
        OpsMember("bar_ops", "mmap", ()),
        OpsMember("bar_ops", "fault", ()),
    ),
    masks={"VM_RW": "VMA_RW"},
    mask_bits={"VM_RW": ("READ", "WRITE")},
    dispatchers=(Dispatcher("drm_driver", "fops", "a.c", 3),),
)


def lines() -> list[str]:
    return render_api_text(API).splitlines()


def test_the_first_line_says_which_kernel_and_from_where() -> None:
    assert lines()[0] == "Linux 8.1.2, bundled snapshot 8.1"


def test_helpers_are_shown_as_in_c() -> None:
    assert "  unsigned long vma_desc_pages(struct vm_area_desc *desc)  [if defined(CONFIG_MMU)]" in lines()
    assert "  struct page *mmap_action_find(struct vm_area_desc *desc, int a)" in lines()
    assert "  vma_desc_test_any(desc, ...)" in lines()


def test_a_counterpart_is_shown_with_its_condition() -> None:
    assert "  vma_pages -> vma_desc_pages  [if defined(CONFIG_MMU)]" in lines()


def test_hooks_are_sorted_by_what_stands_for_them() -> None:
    text = render_api_text(API)
    prepared, _, rest = text.partition("Hooks without one")
    assert "foo_ops.mmap -> mmap_prepare  (removed)" in prepared
    assert "bar_ops.mmap" in rest
    assert "bar_ops.fault" in rest.partition("Other callbacks")[2]


def test_flags_say_why_they_do_not_translate() -> None:
    assert "  SOFTDIRTY: VM_SOFTDIRTY is this bit if defined(CONFIG_SOFT)" in lines()
    assert "  HIGH: there is no VM_HIGH" in lines()
    assert "  READ" in lines()


def test_masks_and_dispatchers_are_shown() -> None:
    assert "  VM_RW (as VMA_RW) = READ WRITE" in lines()
    assert "  a.c:3: through struct drm_driver.fops" in lines()


def test_a_kernel_without_mmap_prepare_is_said_so_in_one_line() -> None:
    text = render_api_text(KernelApi("6.12.1", "tree", "linux"))
    assert text == (
        "Linux 6.12.1, read from linux\nThis kernel has no mmap_prepare: no mmap hook is deprecated in it.\n"
    )
