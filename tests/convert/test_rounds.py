# SPDX-License-Identifier: GPL-2.0-only
"""What a later round of a loop may come to: a constant of the first one rules nothing out."""

from __future__ import annotations

import pytest

from tests.convert.support import convert, driver, refused

TAKES = "kref_get(&foo->ref);\nvm_flags_set(vma, VM_IO);\nreturn 0;"
TAKES_IF = (
    "if (ok) {\n        kref_get(&foo->ref);\n        vm_flags_set(vma, VM_IO);\n        return 0;\n}\n"
    "return -EINVAL;"
)

LATER = [
    pytest.param(
        "int i, n = 0, ok = 0;\n\nfor (i = 0; i < 4; i++) {\n        if (n)\n                ok = 1;\n"
        "        n = 1;\n}\n" + TAKES_IF,
        id="for",
    ),
    pytest.param(
        "bool again = true, ok = false;\n\nwhile (again) {\n        again = ok;\n        ok = !ok;\n}\n"
        "if (ok)\n        return -EINVAL;\n" + TAKES,
        id="while",
    ),
    pytest.param(
        "bool second = false;\n\ndo {\n        if (second)\n                kref_get(&foo->ref);\n"
        "        second = !second;\n} while (second);\nvm_flags_set(vma, VM_IO);\nreturn 0;",
        id="do",
    ),
    pytest.param(
        "int tries = 0;\n\nagain:\nif (tries == 0) {\n        tries = 1;\n        if (foo->busy)\n"
        "                goto again;\n        return -EBUSY;\n}\n" + TAKES,
        id="goto",
    ),
    pytest.param(
        "struct bar *bar = NULL;\n\nlist_for_each_entry(bar, &foo->bars, node)\n        if (bar->used)\n"
        "                break;\nif (!bar)\n        return -EINVAL;\n" + TAKES,
        id="the variable of an iterator",
    ),
    pytest.param("int ok = 0;\n\nget_user(ok, foo->user);\n" + TAKES_IF, id="a macro of the kernel's"),
    pytest.param("int ok = 0;\n\nFOO_ASK(foo, ok);\n" + TAKES_IF, id="a macro of another file"),
    pytest.param('int ok = 0;\n\nasm volatile("" : "=r" (ok));\n' + TAKES_IF, id="assembly"),
]


@pytest.mark.parametrize("body", LATER)
def test_what_a_later_round_takes_is_seen(body: str) -> None:
    assert "stateful" in refused(f"struct foo *foo = file->private_data;\n{body}")


def test_a_lock_around_what_a_later_round_maps_is_seen() -> None:
    body = """
    struct foo *foo = file->private_data;
    int i, n = 0, ok = 0, ret = -EINVAL;

    mutex_lock(&foo->lock);
    for (i = 0; i < 4; i++) {
            if (n)
                    ok = 1;
            n = 1;
    }
    if (ok)
            ret = REMAP;
    mutex_unlock(&foo->lock);
    return ret;
    """
    assert "lock-spans-action" in refused(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            "int i, ret = -EINVAL;\n\nfor (i = 0; i < 4; i++)\n        if (foo->slots[i] == vma->vm_pgoff)\n"
            "                break;\nif (i == 4)\n        return ret;\nreturn REMAP;",
            id="a result that no round changes",
        ),
        pytest.param(
            "int i, ret = 0;\n\nfor (i = 0; i < 4; i++)\n        if (foo->slots[i] == vma->vm_pgoff)\n"
            "                ret = -EBUSY;\nif (ret)\n        return ret;\nreturn REMAP;",
            id="a result that a round changes",
        ),
        pytest.param(
            "int ret = -EINVAL;\n\nif (WARN_ON(!foo->ready))\n        goto out;\nret = REMAP;\n"
            "out:\nreturn ret;",
            id="no round at all",
        ),
    ],
)
def test_what_no_round_changes_is_known(body: str) -> None:
    assert convert(driver(f"struct foo *foo = file->private_data;\n{body}")).codes == set()
