# SPDX-License-Identifier: GPL-2.0-only
"""git in a folder of a test, deaf to what the user has configured."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

Git = Callable[..., str]


def repository(folder: Path) -> Git:
    """Makes ``folder`` a git repository; returns git there, with an identity of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_NAME": "Tester",
        "GIT_AUTHOR_EMAIL": "tester@example.org",
        "GIT_COMMITTER_NAME": "Tester",
        "GIT_COMMITTER_EMAIL": "tester@example.org",
    }

    def run(*arguments: str | Path, given: str | None = None) -> str:
        done = subprocess.run(
            ["git", *map(str, arguments)],
            cwd=folder,
            env=environment,
            input=given,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("init", "-q", "-b", "main")
    return run


def git_with_odd_answers(folder: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a git first that answers what has ``command`` among its words with bytes that are no text."""
    real = shutil.which("git")
    assert real is not None
    folder.mkdir()
    script = folder / "git"
    script.write_text(
        "#!/bin/sh\n"
        'for word; do if [ "$word" = '
        + shlex.quote(command)
        + " ]; then printf '\\377\\376\\n'; exit 0; fi; done\n"
        + f'exec {shlex.quote(real)} "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
