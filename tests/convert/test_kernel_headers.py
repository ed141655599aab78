# SPDX-License-Identifier: GPL-2.0-only
"""A kernel header's function whose name takes nothing is believed, unless its body keeps something."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.convert.support import TABLE, hook
from tests.convert.test_siblings import Outcome, made

ASKED = "if (foo_is_ready(file))\n        return -EBUSY;\nvm_flags_set(vma, VM_IO);\nreturn 0;"


def asked(body: str, folder: Path) -> Outcome:
    """A hook that asks a function of include/linux/foo.h with the given body."""
    files = {
        "include/linux/foo.h": f"static inline bool foo_is_ready(struct file *file)\n{{\n{body}\n}}\n",
        "drivers/foo/foo.c": "#include <linux/foo.h>\n\n" + hook(ASKED) + TABLE,
    }
    return made(folder, files, "drivers/foo/foo.c", folder)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("return foo_opened++ < 4;", id="counts"),
        pytest.param("file->f_pos = 4;\nreturn true;", id="writes to what it is handed"),
        pytest.param("return !test_and_set_bit(0, &foo_bits);", id="claims a bit"),
        pytest.param("kref_get(&foo_ref);\nreturn true;", id="takes a reference"),
    ],
)
def test_a_body_that_keeps_something_belies_a_name(body: str, tmp_path: Path) -> None:
    assert asked(body, tmp_path).codes == {"unproven-effect"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("return foo_opened < 4;", id="looks"),
        pytest.param("bool ready = false;\n\nready = foo_opened;\nreturn ready;", id="writes to a local"),
        pytest.param("return foo_ask(file, 4);", id="hands on to what is not in reach"),
    ],
)
def test_a_body_that_does_not_is_no_reason(body: str, tmp_path: Path) -> None:
    assert asked(body, tmp_path).codes == set()
