# SPDX-License-Identifier: GPL-2.0-only
"""Files that know systems without an MMU, where every action fails."""

from __future__ import annotations

import pytest

from tests.convert.support import complete, refused

AWARE = [
    pytest.param("nommu", "return REMAP;", id="remap"),
]


@pytest.mark.parametrize(("code", "body"), AWARE)
def test_an_action_in_such_a_file_is_a_reason(code: str, body: str) -> None:
    assert code in refused(body, "#ifdef CONFIG_MMU\nstatic int foo_mmu;\n#endif")


@pytest.mark.parametrize(
    "before",
    [
        "#ifndef CONFIG_MMU\nstatic int foo_flat;\n#endif",
        "static int foo_mmu = IS_ENABLED(CONFIG_MMU);",
        "static struct file_operations foo_flat_fops = { .mmap_capabilities = foo_capabilities };",
    ],
)
def test_each_way_to_know_it(before: str) -> None:
    assert "nommu" in refused("return REMAP;", before)


def test_a_hook_without_an_action_is_complete_there_too() -> None:
    body = "vm_flags_set(vma, VM_IO);\nreturn 0;"
    assert complete(body, "#ifdef CONFIG_MMU\nstatic int foo_mmu;\n#endif")


def test_a_comment_knows_nothing() -> None:
    assert complete("return REMAP;", "/* Needs CONFIG_MMU. */")
