# SPDX-License-Identifier: GPL-2.0-only
"""The tool as a user starts it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mmapmigrate
from tests.drivers import BLOCKED_HOOK, GOOD_HOOK


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Started in another folder, Python still finds the package under test; nothing of the user's counts."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(Path(mmapmigrate.__file__).parents[1]))
    monkeypatch.delenv("NO_COLOR", raising=False)


Tool = Callable[..., "subprocess.CompletedProcess[Any]"]


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """Runs ``mmapmigrate`` with these arguments in ``tmp_path`` and returns what came of it."""

    def run(*arguments: str | Path, **more: object) -> subprocess.CompletedProcess[Any]:
        done: subprocess.CompletedProcess[Any] = subprocess.run(
            [sys.executable, "-m", "mmapmigrate", *map(str, arguments)],
            **{
                "cwd": tmp_path,
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                "text": True,
                "timeout": 120,
                **more,
            },  # type: ignore[call-overload]
        )
        assert "Traceback" not in str(done.stderr)
        return done

    return run


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    """A driver whose hook can be converted."""
    path = tmp_path / "foo.c"
    path.write_text(GOOD_HOOK)
    return path


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A driver whose hook cannot."""
    path = tmp_path / "bar.c"
    path.write_text(BLOCKED_HOOK)
    return path


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """A file with nothing to say about."""
    path = tmp_path / "clean.c"
    path.write_text("int a;\n")
    return path


@pytest.fixture
def old_tree(tmp_path: Path) -> Path:
    """What the top of a kernel tree without mmap_prepare looks like."""
    tree = tmp_path / "linux-6.12"
    for name, text in {
        "MAINTAINERS": "",
        "Kconfig": "",
        "Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\nEXTRAVERSION =\n",
        "include/linux/mm.h": "struct vm_operations_struct {\n\tint (*open)(struct vm_area_struct *a);\n};\n",
        "include/linux/mm_types.h": "struct vm_area_struct {\n\tunsigned long vm_start;\n};\n",
        "include/linux/fs.h": (
            "struct file_operations {\n\tint (*mmap)(struct file *, struct vm_area_struct *);\n};\n"
        ),
        "drivers/foo.c": GOOD_HOOK,
    }.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tree
