# SPDX-License-Identifier: GPL-2.0-only
"""Which folders can build, and which target a file is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmapmigrate.kbuild.folder import BuildFolder, BuildFolderError


def test_a_file_of_the_tree_is_a_target_below_the_folder(build: Path, source: Path) -> None:
    target = BuildFolder.open(str(build)).target(source / "drivers/foo.c")
    assert target is not None
    assert (target.name, target.arguments) == ("drivers/foo.o", ())
    assert target.object == build / "drivers/foo.o"


def test_a_folder_that_another_makefile_includes_is_built_from_there(build: Path, source: Path) -> None:
    for name in ("gpu", "kfd", "other"):
        (source / "drivers/amd" / name).mkdir(parents=True)
    (source / "drivers/amd/gpu/Makefile").write_text("include $(FULL_PATH)/kfd/Makefile\n")
    (source / "drivers/amd/kfd/Makefile").write_text("KFD_FILES := $(KFD_PATH)/foo.o\n")
    (source / "drivers/amd/other/Makefile").write_text("# include $(FULL_PATH)/other/Makefile\n")
    folder = BuildFolder.open(str(build))
    for name, wanted in (("kfd", "drivers/amd/gpu/../kfd/foo.o"), ("other", "drivers/amd/other/foo.o")):
        target = folder.target(source / f"drivers/amd/{name}/foo.c")
        assert target is not None
        assert (target.name, target.object) == (wanted, build / f"drivers/amd/{name}/foo.o")


def test_a_file_of_a_module_is_a_target_of_its_makefile(build: Path, tmp_path: Path) -> None:
    module = tmp_path / "module"
    module.mkdir()
    (module / "Makefile").write_text("obj-m := foo.o\n")
    target = BuildFolder.open(str(build)).target(module / "foo.c")
    assert target is not None
    assert (target.name, target.arguments) == ("foo.o", (f"M={module}",))


def test_a_module_in_folders_is_built_from_the_outermost(build: Path, tmp_path: Path) -> None:
    inner = tmp_path / "module/hw"
    inner.mkdir(parents=True)
    (tmp_path / "module/Kbuild").write_text("obj-m += hw/\n")
    (inner / "Makefile").write_text("obj-m := foo.o\n")
    target = BuildFolder.open(str(build)).target(inner / "foo.c")
    assert target is not None
    assert (target.name, target.arguments) == ("hw/foo.o", (f"M={tmp_path / 'module'}",))


def test_a_file_of_neither_has_no_target(build: Path, tmp_path: Path) -> None:
    assert BuildFolder.open(str(build)).target(tmp_path / "foo.c") is None


def test_a_folder_without_a_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildFolderError, match="not a configured kernel build folder"):
        BuildFolder.open(str(tmp_path))


def test_a_folder_that_is_not_prepared_is_refused(build: Path) -> None:
    (build / "include/config/auto.conf").unlink()
    with pytest.raises(BuildFolderError, match="modules_prepare"):
        BuildFolder.open(str(build))


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildFolderError, match="not a folder"):
        BuildFolder.open(str(tmp_path / "none"))


def test_a_makefile_beyond_measure_says_nothing(build: Path, source: Path) -> None:
    (source / "drivers/other").mkdir(parents=True)
    with (source / "drivers/other/Makefile").open("wb") as stream:
        stream.truncate(10 << 30)
    target = BuildFolder.open(str(build)).target(source / "drivers/foo.c")
    assert target is not None
    assert target.name == "drivers/foo.o"
