# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from tests.kernel_api.support import header


def members(text: str) -> dict[str, str]:
    one = header(text)
    aggregate = one.struct("s")
    assert aggregate is not None
    return {member.path: member.type for member in one.members(aggregate)}


def test_members_of_every_shape() -> None:
    found = members(
        "struct s {\n"
        "\tunsigned long a, *b;\n"
        "\tunsigned int c :1, d :2;\n"
        "\tint (*e)(struct file *file,\n\t\t struct vm_area_struct *vma);\n"
        "\tconst char *(*f)(void);\n"
        "\tstruct page *g[4];\n"
        "\tDECLARE_BITMAP(h, 64);\n"
        "\tunion {\n\t\tstruct { int i; };\n\t\tstruct { int k; } j;\n\t};\n"
        "\tpgprot_t l ____cacheline_aligned_in_smp;\n"
        "} __randomize_layout;\n"
    )
    assert list(found) == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "j.k", "l"]
    assert found["b"] == "unsigned long *"
    assert found["e"] == "int (*)(struct file *file, struct vm_area_struct *vma)"
    assert found["l"] == "pgprot_t"


def test_a_member_knows_its_condition() -> None:
    one = header("struct s {\n\tint a;\n#ifdef CONFIG_B\n\tint b;\n#endif\n};\n")
    aggregate = one.struct("s")
    assert aggregate is not None
    assert {m.path: one.condition(m.offset) for m in one.members(aggregate)} == {
        "a": (),
        "b": ("defined(CONFIG_B)",),
    }
