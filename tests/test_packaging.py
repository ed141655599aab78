# SPDX-License-Identifier: GPL-2.0-only
"""The wheel and the source distribution build, and work from a clean environment outside the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import mmapmigrate

ROOT = Path(__file__).resolve().parents[1]
DRIVER = "static const struct file_operations foo_fops = {\n\t.mmap = foo_mmap,\n};\n"
CLEAN = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}

pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="not in a checkout")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel, built from the sdist as an installer would, and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "-o", str(folder), str(ROOT)], check=True, env=CLEAN)
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def scripts(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that holds the wheel and pytest."""
    return environment(tmp_path_factory.mktemp("wheel"), built[0], "pytest")


def environment(folder: Path, *packages: Path | str) -> Path:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, env=CLEAN)
    pip = folder / "bin" / "pip"
    subprocess.run([str(pip), "install", "-q", *map(str, packages)], check=True, env=CLEAN)
    return folder / "bin"


def run(command: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(command), *arguments], cwd=cwd, env=CLEAN, capture_output=True, text=True, timeout=300
    )


def test_the_wheel_holds_the_rules_and_the_data(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        names = set(wheel.namelist())
    rules = {f"mmapmigrate/rules/{path.name}" for path in (ROOT / "rules").glob("*.py")}
    package = ROOT / "mmapmigrate"
    data = {
        str(path.relative_to(ROOT))
        for path in package.rglob("*")
        if path.is_file() and path.suffix in (".py", ".toml", ".typed", ".html", ".css", ".js")
    }
    assert rules <= names
    assert data <= names
    assert not [name for name in names if name.startswith(("tests/", "rules/", "fixtures/"))]


def test_the_sdist_holds_what_the_tests_need(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[1]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"README.md", "LICENSE", "pyproject.toml", "tests/test_packaging.py", ".ci/run"} <= names
    assert {f"rules/{path.name}" for path in (ROOT / "rules").glob("*.py")} <= names


def test_the_installed_tool_knows_its_rules(scripts: Path, tmp_path: Path) -> None:
    done = run(scripts / "mmapmigrate", "rules", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "MM101" in done.stdout


def test_the_installed_tool_checks(scripts: Path, tmp_path: Path) -> None:
    (tmp_path / "foo.c").write_text(DRIVER)
    done = run(
        scripts / "mmapmigrate", "check", "--format", "gcc", "--select", "MM101", "foo.c", cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("foo.c:2:2: warning: ")


def test_the_installed_tool_has_its_snapshots(scripts: Path, tmp_path: Path) -> None:
    assert run(scripts / "mmapmigrate", "api", "--target", "7.2", cwd=tmp_path).returncode == 0


def test_the_installed_tool_says_its_version(scripts: Path, tmp_path: Path) -> None:
    done = run(scripts / "mmapmigrate", "--version", cwd=tmp_path)
    assert done.stdout.split()[-1] == mmapmigrate.__version__


def test_the_installed_tool_runs_many_files_in_processes(scripts: Path, tmp_path: Path) -> None:
    for number in range(600):
        (tmp_path / f"f{number:03}.c").write_text(DRIVER)
    done = run(
        scripts / "mmapmigrate", "check", "--jobs", "2", "--format", "gcc", "--select", "MM101", cwd=tmp_path
    )
    assert (done.returncode, done.stderr, done.stdout.count("[MM101]")) == (1, "", 600)


def test_the_rules_pass_their_tests_where_they_are_installed(scripts: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "rules", tmp_path / "tests" / "rules")
    done = run(scripts / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_sdist_installs(built: tuple[Path, Path], tmp_path: Path) -> None:
    scripts = environment(tmp_path / "env", built[1])
    done = run(scripts / "mmapmigrate", "explain", "MM101", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
