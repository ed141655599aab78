# SPDX-License-Identifier: GPL-2.0-only
"""pre-commit itself installs the hooks from this repository and runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drivers import BLOCKED_HOOK, GOOD_HOOK

ROOT = Path(__file__).resolve().parents[1]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / ".pre-commit-hooks.yaml").is_file(), reason="not in a checkout"),
]

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NEW = GOOD_HOOK.replace("foo", "new")


def environment(home: Path) -> dict[str, str]:
    """Neither this environment's packages nor the user's git."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "VIRTUAL_ENV") and not name.startswith("GIT_")
    }
    identity = {"NAME": "A", "EMAIL": "a@example.org"}
    return {
        **kept,
        "PRE_COMMIT_HOME": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in identity.items()},
    }


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, dict[str, str]]:
    """A repository with this tree's files, its one commit, and the environment to use it in."""
    folder = tmp_path_factory.mktemp("hooks") / "mmapmigrate"
    folder.mkdir()
    for name in ("mmapmigrate", "rules"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    variables = environment(tmp_path_factory.mktemp("home"))
    for arguments in (("init", "-q"), ("add", "-A", "-f"), ("commit", "-q", "-m", "All")):
        subprocess.run(["git", *arguments], cwd=folder, env=variables, check=True)
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, env=variables, check=True, capture_output=True, text=True
    )
    return folder, done.stdout.strip(), variables


@pytest.fixture
def run(hooks: tuple[Path, str, dict[str, str]], tmp_path: Path) -> Run:
    """Runs a program in a repository with one old driver; ``hook`` runs one hook there."""
    repository, commit, variables = hooks

    def program(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=600, check=False
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    (tmp_path / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {repository}\n  rev: {commit}\n  hooks:\n"
        "  - id: mmapmigrate-check\n  - id: mmapmigrate-fix\n"
    )
    (tmp_path / "foo.c").write_text(GOOD_HOOK + BLOCKED_HOOK)
    program("git", "init", "-q")
    program("git", "add", "-A")
    program("git", "commit", "-q", "-m", "Old")
    return program


def hook(run: Run, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "pre_commit", "run", f"mmapmigrate-{name}", *arguments, check=False)


def test_an_old_hook_elsewhere_in_the_file_forbids_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "foo.c").write_text("/* touched */\n" + GOOD_HOOK + BLOCKED_HOOK)
    run("git", "add", "foo.c")
    done = hook(run, "check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout


def test_a_new_hook_is_forbidden(run: Run, tmp_path: Path) -> None:
    (tmp_path / "foo.c").write_text(GOOD_HOOK + BLOCKED_HOOK + NEW)
    run("git", "add", "foo.c")
    # What is not staged is put aside meanwhile.
    (tmp_path / "foo.c").write_text("/* later */\n" + GOOD_HOOK + BLOCKED_HOOK + NEW)
    done = hook(run, "check")
    assert done.returncode == 1
    assert "new_fops.mmap names new_mmap()" in done.stdout
    assert "foo_fops" not in done.stdout


def test_commits_are_looked_at_as_well(run: Run, tmp_path: Path) -> None:
    (tmp_path / "foo.c").write_text(GOOD_HOOK + BLOCKED_HOOK + NEW)
    run("git", "commit", "-q", "-a", "-m", "New")
    done = hook(run, "check", "--from-ref", "HEAD^", "--to-ref", "HEAD")
    assert done.returncode == 1
    assert "new_fops.mmap" in done.stdout
    assert "foo_fops" not in done.stdout


def test_fix_fails_only_when_it_changed_something(run: Run, tmp_path: Path) -> None:
    (tmp_path / "new.c").write_text(NEW + BLOCKED_HOOK)
    run("git", "add", "new.c")
    done = hook(run, "fix")
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stdout
    assert "new_mmap_prepare" in (tmp_path / "new.c").read_text()
    run("git", "add", "new.c")
    assert hook(run, "fix").returncode == 0
