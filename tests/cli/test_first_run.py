# SPDX-License-Identifier: GPL-2.0-only
"""Who runs a command where there is nothing for it is told what to do, in one line."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Tool


@pytest.mark.parametrize("command", ["check", "fix", "plan"])
def test_a_folder_without_c_files(tool: Tool, command: str) -> None:
    done = tool(command)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "mmapmigrate: note: no C file (.c, .h) in .: name a driver, or a folder of a kernel tree, such as "
        "~/linux/drivers"
    ]
    assert tool(command, "--quiet").stderr == ""
