# SPDX-License-Identifier: GPL-2.0-only
"""The commands on a real tree."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path

import pytest

import mmapmigrate
from mmapmigrate.series.recipients import Directory, by_script

pytestmark = pytest.mark.kernel

FOLDERS = ("drivers/char", "drivers/misc", "drivers/video", "drivers/xen")


@pytest.fixture(scope="module")
def tree() -> Path:
    named = os.environ.get("MMAPMIGRATE_KERNEL")
    if not named:
        pytest.skip("MMAPMIGRATE_KERNEL names no kernel tree")
    return Path(named)


def run(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(mmapmigrate.__file__).parents[1]), **more}
    command = [sys.executable, "-m", "mmapmigrate", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def test_check_ends_without_an_error(tree: Path) -> None:
    done = run("check", "--format", "json", *FOLDERS, cwd=tree)
    document = json.loads(done.stdout)
    assert (document["errors"], done.stderr) == ([], "")
    assert done.returncode == (1 if document["findings"] else 0)


def test_a_whole_tree_reads_the_same_however_it_is_checked(tree: Path, tmp_path: Path) -> None:
    check = ("check", "--select", "ALL", "--format", "json", ".")
    alone = run(*check, "--no-cache", "--jobs", "1", cwd=tree).stdout
    kept = {"XDG_CACHE_HOME": str(tmp_path)}
    many = run(*check, "--jobs", "16", cwd=tree, **kept).stdout
    assert json.loads(alone)["summary"]["files"] > 10000
    assert many == alone
    entries = list((tmp_path / "mmapmigrate" / "results").glob("*.results"))
    assert len(entries) == 1
    state = entries[0].stat()
    again = run(*check, "--jobs", "2", cwd=tree, **kept).stdout
    assert again == alone
    # Read, and not written anew.
    assert entries[0].stat().st_ino == state.st_ino


def test_git_apply_takes_the_diff_and_a_second_fix_changes_nothing(tree: Path, tmp_path: Path) -> None:
    patch = run("fix", "--diff", *FOLDERS, cwd=tree).stdout
    names = re.findall(r"^\+\+\+ b/(.*)$", patch, re.MULTILINE)
    assert names
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tree / name, tmp_path / name)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=patch, text=True, check=True)
    assert run("fix", "--diff", "--kernel", str(tree), *names, cwd=tmp_path).stdout == ""


@pytest.fixture(scope="module")
def mails(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The series of FOLDERS without its cover letter, signed off so that checkpatch.pl misses nothing."""
    out = tmp_path_factory.mktemp("series")
    settings = out / "gitconfig"
    settings.write_text("[user]\nname = A\nemail = a@example.org\n")
    done = run(
        "series", "--review", "--signoff", "-o", str(out), *FOLDERS, cwd=tree, GIT_CONFIG_GLOBAL=str(settings)
    )
    assert done.returncode == 0, done.stderr
    found = sorted(out.glob("*.patch"))
    assert len(found) > 2
    return found[1:]


@pytest.fixture
def git(tree: Path, mails: list[Path], tmp_path: Path) -> Callable[..., str]:
    """git in a repository of the files that the series touches."""

    def execute(*arguments: str | Path, given: str | None = None) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path, input=given, capture_output=True, text=True, check=True)
        return done.stdout

    for name in (name for mail in mails for name in changed(mail)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tree / name, tmp_path / name)
    execute("init", "-q")
    execute("add", "-A")
    execute("commit", "-q", "-m", "as it was")
    execute("branch", "base")
    return execute


def changed(mail: Path) -> list[str]:
    return re.findall(r"^\+\+\+ b/(.*)$", mail.read_text("utf-8", "replace"), re.MULTILINE)


def test_git_am_takes_the_series_and_it_is_what_fix_does(
    tree: Path, mails: list[Path], git: Callable[..., str]
) -> None:
    git("am", "-q", *mails)
    assert git("rev-list", "--count", "base..HEAD").strip() == str(len(mails))
    git("branch", "series")
    git("checkout", "-q", "base")
    git("apply", given=run("fix", "--diff", "--review", *FOLDERS, cwd=tree).stdout)
    assert git("diff", "series") == ""


def test_checkpatch_finds_nothing_but_what_old_lines_drew(
    tree: Path, mails: list[Path], git: Callable[..., str]
) -> None:
    if shutil.which("perl") is None:
        pytest.skip("checkpatch.pl needs perl")

    def found(patch: str, *arguments: str) -> set[str]:
        script = tree / "scripts" / "checkpatch.pl"
        command = [
            "perl",
            str(script),
            f"--root={tree}",
            "--strict",
            "--terse",
            "--show-types",
            "--no-summary",
        ]
        done = subprocess.run([*command, *arguments, "-"], input=patch, capture_output=True, text=True)
        return set(re.findall(r"(?:ERROR|WARNING|CHECK):(\w+): ", done.stdout))

    unsigned = mails[0].read_text().replace("Signed-off-by:", "Acked-by:")
    assert "MISSING_SIGN_OFF" in found(unsigned)
    for mail in mails:
        git("apply", mail)
        drawn = found(git("diff", "-R"), "--no-signoff")
        git("checkout", "-q", "--", ".")
        assert found(mail.read_text()) <= drawn, mail.name


def test_recipients_are_those_of_get_maintainer(tree: Path, mails: list[Path]) -> None:
    if shutil.which("perl") is None:
        pytest.skip("get_maintainer.pl needs perl")
    directory = Directory(tree)
    for mail in mails:
        files = changed(mail)
        ours, theirs = (
            {parseaddr(to)[1].lower() for to in found.all}
            for found in (directory.of(files), by_script(tree, files))
        )
        assert ours == theirs, mail.name
