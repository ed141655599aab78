# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from mmapmigrate.kernel.api import KernelApi, Parameter
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.reader import read_api, takers_at_a_glance

MakeTree = Callable[..., Path]

OLD_FS = "struct file_operations {\n\tint (*mmap) (struct file *, struct vm_area_struct *);\n};\n"
OLD_MM = """\
#define VM_READ 0x1
struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);
};
unsigned long vma_pages(struct vm_area_struct *vma);
"""
OLD_MM_TYPES = "struct vm_area_struct {\n\tunsigned long vm_start;\n};\n"


@pytest.fixture
def api(make_tree: MakeTree) -> KernelApi:
    return read_api(make_tree())


def test_the_release_and_the_origin_are_the_tree_s(make_tree: MakeTree) -> None:
    root = make_tree()
    api = read_api(root)
    assert (api.release, api.source, api.origin, api.root) == ("8.1.2-rc3", "tree", str(root), str(root))
    assert api.has_mmap_prepare


def test_a_helper_that_no_release_has_is_read_with_its_parameters(api: KernelApi) -> None:
    helper = api.helpers["mmap_action_map_discontig_kernel_pages"]
    assert helper.returns == "void"
    assert helper.parameters == (
        Parameter("struct vm_area_desc *", "desc"),
        Parameter("struct page **", "pages"),
        Parameter("unsigned long", "nr_pages"),
    )
    assert api.has("mmap_action_map_discontig_kernel_pages")


def test_a_conditional_helper_is_known_and_not_had(api: KernelApi) -> None:
    assert api.helpers["mmap_action_teleport"].condition == "defined(CONFIG_TELEPORT)"
    assert not api.has("mmap_action_teleport")


def test_a_variadic_macro_is_a_helper(api: KernelApi) -> None:
    helper = api.helpers["vma_desc_test_any"]
    assert helper.macro
    assert helper.variadic
    assert [one.name for one in helper.parameters] == ["desc"]


def test_a_helper_with_a_stub_exists_always(make_tree: MakeTree) -> None:
    text = (
        "#ifdef CONFIG_A\nbool foo_desc(const struct vm_area_desc *, int);\n#else\n"
        "static inline bool foo_desc(const struct vm_area_desc *desc, int what)\n{\n\treturn false;\n}\n"
        "#endif\n"
    )
    api = read_api(make_tree({"include/linux/foo.h": text}))
    helper = api.helpers["foo_desc"]
    assert helper.condition == ""
    assert [one.name for one in helper.parameters] == ["desc", "what"]
    assert helper.header == "include/linux/foo.h"


def test_a_helper_that_an_architecture_may_override_exists_always(make_tree: MakeTree) -> None:
    text = "#ifndef foo_desc\nbool foo_desc(struct vm_area_desc *desc);\n#endif\n"
    assert read_api(make_tree({"include/linux/foo.h": text})).has("foo_desc")


def test_can_mmap_file_and_vfs_mmap_are_helpers(api: KernelApi) -> None:
    assert api.has("can_mmap_file")
    assert api.has("vfs_mmap")


@pytest.mark.parametrize(
    ("name", "counterpart"),
    [
        ("vma_test", "vma_desc_test"),
        ("vma_test_any", "vma_desc_test_any"),
        ("vma_pages", "vma_desc_pages"),
        ("is_cow_mapping", "vma_desc_is_cow_mapping"),
        ("range_in_vma", "range_in_vma_desc"),
        ("generic_file_mmap", "generic_file_mmap_prepare"),
    ],
)
def test_a_counterpart_is_found_by_its_name_and_its_parameters(
    api: KernelApi, name: str, counterpart: str
) -> None:
    assert api.counterparts[name] == api.helpers[counterpart]


def test_a_step_of_an_action_is_no_counterpart(api: KernelApi) -> None:
    assert "remap_pfn_range_prepare" in api.helpers
    assert "remap_pfn_range" not in api.counterparts


def test_a_counterpart_is_found_in_another_header(make_tree: MakeTree) -> None:
    vma = "int foo_setup(struct vm_area_struct *vma, int a);\n"
    desc = "#ifdef A\nint foo_setup_desc(struct vm_area_desc *desc, int a);\n#endif\n"
    api = read_api(make_tree({"include/linux/foo.h": vma, "include/linux/foo2.h": desc}))
    assert api.counterparts["foo_setup"].condition == "defined(A)"
    assert [one.name for one in api.counterparts["foo_setup"].parameters] == ["desc", "a"]


def test_a_counterpart_with_other_parameters_is_none(make_tree: MakeTree) -> None:
    text = "int foo(struct vm_area_struct *vma, int a);\nint foo_desc(struct vm_area_desc *desc, long a);\n"
    assert "foo" not in read_api(make_tree({"include/linux/foo.h": text})).counterparts


def test_a_counterpart_needs_no_file(make_tree: MakeTree) -> None:
    text = (
        "int foo_mmap(struct foo *foo, struct file *file, struct vm_area_struct *vma);\n"
        "int foo_mmap_prepare(struct foo *foo, struct vm_area_desc *desc);\n"
    )
    assert "foo_mmap" in read_api(make_tree({"include/linux/foo.h": text})).counterparts


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("int foo(struct vm_area_struct *vma);", {"foo"}),
        ("int foo(int a, const struct vm_area_struct *vma, int b);", {"foo"}),
        ("int foo(int (*f)(int), /* a; (b) */ struct vm_area_struct *vma);", {"foo"}),
        ("#define A\nstatic inline struct vm_area_struct *foo(struct vm_area_struct *vma)\n{\n}\n", {"foo"}),
        ("struct vm_area_struct *foo(int a);", set()),
        ("struct vm_area_struct;", set()),
        ("int a(int b)\n{\n\tstruct vm_area_struct *vma = find(b);\n}\n", set()),
        ("int a(int b)\n{\n\treturn sizeof(struct vm_area_struct);\n}\n", set()),
        ("TRACE_EVENT(x, TP_PROTO(struct vm_area_struct *vma));", set()),
        ("/* int foo(struct vm_area_struct *vma); */", set()),
    ],
)
def test_functions_that_take_a_vma_are_seen_at_a_glance(text: str, names: set[str]) -> None:
    assert set(takers_at_a_glance(text.encode())) == names


def test_functions_that_take_a_vma_are_known_wherever_they_are_declared(make_tree: MakeTree) -> None:
    api = read_api(make_tree({"include/linux/foo.h": "int foo_map(struct vm_area_struct *vma, int a);\n"}))
    assert {"foo_map", "remap_pfn_range", "vma_pages"} <= api.vma_takers
    assert "vma_desc_pages" not in api.vma_takers


def test_renamed_fields_are_read_as_they_are(api: KernelApi) -> None:
    assert "pgoff" not in api.desc_fields
    assert api.desc_fields["page_offset"].type == "pgoff_t"
    assert api.desc_fields["policy"].condition == "defined(CONFIG_NUMA)"


def test_fields_of_the_action_are_flattened(api: KernelApi) -> None:
    assert {"remap", "remap.start", "remap.size", "discontig.pages", "type", "hidden"} <= set(
        api.action_fields
    )
    assert api.action_types == ("MMAP_NOTHING", "MMAP_REMAP_PFN", "MMAP_TELEPORT")


def test_fields_of_the_vma_and_members_of_its_operations_are_read(api: KernelApi) -> None:
    assert set(api.vma_fields) == {"vm_start", "vm_end", "vm_freeptr", "vm_ops"}
    assert list(api.vm_ops_fields) == ["open", "mapped"]


def test_flags_are_found_where_a_later_kernel_has_put_them(make_tree: MakeTree, mm_text: str) -> None:
    declared = mm_text[
        mm_text.index("#define DECLARE_VMA_BIT(") : mm_text.index("struct vm_operations_struct")
    ]
    root = make_tree(
        {
            "include/linux/mm.h": mm_text.replace(declared, "#include <linux/vma_flags.h>\n"),
            "include/linux/vma_flags.h": declared,
        }
    )
    api = read_api(root)
    assert api.flag("VM_READ") is not None
    assert api.masks["VM_RW_FLAGS"] == "VMA_RW_FLAGS"


def test_structs_are_found_where_a_later_kernel_has_put_them(make_tree: MakeTree) -> None:
    action = "struct mmap_action {\n\tint error_override;\n};\n"
    desc = "struct vm_area_desc {\n\tstruct mmap_action action;\n};\n"
    fops = "struct file_operations {\n\tint (*mmap_prepare)(struct vm_area_desc *);\n};\n"
    api = read_api(
        make_tree(
            {
                "include/linux/mm_types.h": "",
                "include/linux/fs.h": "",
                "include/linux/vm_area_desc.h": action + desc,
                "include/linux/fs/file_operations.h": fops,
            }
        )
    )
    assert api.has_mmap_prepare
    assert list(api.desc_fields) == ["action"]
    assert list(api.action_fields) == ["error_override"]


def test_flags_and_masks_are_the_tree_s(api: KernelApi) -> None:
    bit = api.flag("VM_READ")
    assert bit is not None
    assert bit.name == "READ"
    assert api.flag("VM_SOFTDIRTY") is None
    assert api.flag("VM_UNHEARD_OF") is None
    assert api.masks["VM_RW_FLAGS"] == "VMA_RW_FLAGS"


def test_a_tree_without_mmap_prepare_is_said_so(make_tree: MakeTree) -> None:
    api = read_api(
        make_tree(
            {
                "include/linux/mm.h": OLD_MM,
                "include/linux/mm_types.h": OLD_MM_TYPES,
                "include/linux/fs.h": OLD_FS,
            }
        )
    )
    assert not api.has_mmap_prepare
    assert not api.flags
    assert not api.helpers
    assert not api.counterparts
    assert not api.desc_fields
    member = api.member("file_operations", "mmap")
    assert member is not None
    assert member.prepare is None


@pytest.mark.parametrize("name", ["include/linux/mm_types.h", "include/linux/fs.h"])
def test_a_missing_core_header_is_one_clear_line(make_tree: MakeTree, name: str) -> None:
    root = make_tree({name: None})
    with pytest.raises(KernelError) as caught:
        read_api(root)
    assert str(root / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_tree_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KernelError, match="is no Linux source tree"):
        read_api(tmp_path)


def test_odd_bytes_in_headers_are_read_around(make_tree: MakeTree) -> None:
    text = b"/* \xe9\xff\x00 */\nint odd_desc(struct vm_area_desc *desc);\n\x80\x81"
    assert read_api(make_tree({"include/linux/odd.h": text})).has("odd_desc")


def test_a_large_header_is_read_to_its_end(make_tree: MakeTree) -> None:
    text = b"#define A 1\n" * 20_000 + b"int last_desc(struct vm_area_desc *desc);\n"
    assert read_api(make_tree({"include/linux/large.h": text})).has("last_desc")


def test_headers_of_user_space_are_not_read(make_tree: MakeTree) -> None:
    api = read_api(make_tree({"include/uapi/linux/x.h": "int user_desc(struct vm_area_desc *desc);\n"}))
    assert "user_desc" not in api.helpers


def test_a_folder_that_links_to_itself_does_no_harm(make_tree: MakeTree) -> None:
    root = make_tree()
    (root / "include" / "loop").symlink_to(root / "include")
    (root / "include" / "linux" / "broken.h").symlink_to(root / "nowhere.h")
    assert read_api(root).has("can_mmap_file")


def test_a_header_that_links_to_itself_does_no_harm(make_tree: MakeTree) -> None:
    root = make_tree()
    plain = read_api(root)
    (root / "include/linux/again.h").symlink_to("again.h")
    assert read_api(root) == plain


def test_reading_twice_gives_the_same(make_tree: MakeTree) -> None:
    root = make_tree()
    assert read_api(root) == read_api(root)


def test_an_api_survives_pickling(api: KernelApi) -> None:
    assert pickle.loads(pickle.dumps(api)) == api
