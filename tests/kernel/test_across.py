# SPDX-License-Identifier: GPL-2.0-only
"""Drivers of several files build as one module: as they were, as ``fix`` makes them, and those that stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.kbuild.messages import parse_messages
from tests.kernel.lab.commands import run
from tests.kernel.lab.figures import note
from tests.kernel.lab.folders import X86, jobs, scratch, tiny_folder
from tests.kernel.lab.situations import FIXTURES

pytestmark = pytest.mark.kernel

DRIVERS = sorted(path for path in (FIXTURES / "across").glob("*/*") if path.is_dir())


def test_every_driver_of_several_files_builds_without_a_message(tree: Path, tmp_path: Path) -> None:
    kbuild = []
    for driver in DRIVERS:
        name = f"{driver.parent.name}_{driver.name}"
        (tmp_path / name).mkdir()
        objects = []
        for source in sorted(driver.glob("*.[ch]")):
            (tmp_path / name / source.name).write_bytes(source.read_bytes())
            objects += [f"{name}/{source.stem}.o"] if source.suffix == ".c" else []
        kbuild.append(f"obj-m += {name}.o\n{name}-y := {' '.join(objects)}\n")
    (tmp_path / "Kbuild").write_text("".join(kbuild))
    make: list[str | Path] = ["make", "-k", "-C", scratch(tree), f"O={tiny_folder(tree)}", *X86.make]
    make += [f"M={tmp_path}", "W=1"]
    output = run([*make, jobs(), "modules"])
    note("drivers of several files that build", len(DRIVERS))
    assert {f"{driver.parent.name}_{driver.name}" for driver in DRIVERS} == {
        path.stem for path in tmp_path.glob("*.ko")
    }
    assert [message.printed for message in parse_messages(output)] == []
