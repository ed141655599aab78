# SPDX-License-Identifier: GPL-2.0-only
"""Asking git. Nothing that a repository configures is run for it: no external diff, filter or monitor."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mmapmigrate.change.errors import ChangeError

_SAFE = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.quotePath=false",
    # Nothing here asks git for names of people, and a tree's .mailmap may be of any size.
    "-c",
    "log.mailmap=false",
    "--no-optional-locks",
    "--literal-pathspecs",
)

_FILTERING = frozenset({"diff", "diff-files"})
"""The commands that look at the text of the work tree."""

_OFFLINE = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
"""A partial clone fetches what it lacks from where, and by the command which, its own settings say."""


_WAIT = 300.0
"""Seconds that git may take for an answer. It waits for who might write to a .gitignore that is a pipe."""


def git(folder: str | Path, *arguments: str, given: bytes | None = None, wait: float | None = None) -> bytes:
    """What ``git ARGUMENTS`` prints, run in ``folder``, within ``wait`` seconds.

    Raises ChangeError when git is missing, fails or takes longer; the text is what git said.
    """
    wait = _WAIT if wait is None else wait
    command = ["git", *_SAFE, *arguments]
    environment = _environment()
    if arguments[0] in _FILTERING:
        environment |= _without_filters(folder, environment)
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            input=b"" if given is None else given,
            capture_output=True,
            check=False,
            env=environment,
            timeout=wait,
        )
    except subprocess.TimeoutExpired:
        raise ChangeError(f"git {arguments[0]} takes more than {wait:g} s") from None
    except FileNotFoundError:
        if not Path(folder).is_dir():
            raise ChangeError(f"{folder}: no such folder") from None
        raise ChangeError("git is needed for this and is not installed") from None
    except OSError as error:
        raise ChangeError(f"git cannot be run in {folder}: {error.strerror or error}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise ChangeError(said.removeprefix("fatal: ").rstrip(".") or f"git {arguments[0]} failed")
    return done.stdout


def _environment() -> dict[str, str]:
    """This process's, with paths that a git hook was given relative to the current folder made absolute."""
    changed = {
        name: str(Path(value).absolute())
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
        if (value := os.environ.get(name))
    }
    return {**os.environ, **changed, **_OFFLINE, "LC_ALL": "C", "GIT_PAGER": "cat"}


def _without_filters(folder: str | Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The settings, as the environment gives them, that empty each filter which the configuration has.

    A filter is a program that turns a file's text into what is committed, and git runs it to compare both.
    """
    pattern = r"^filter\..*\.(clean|smudge|process|required)$"
    command = ["git", *_SAFE, "config", "--null", "--name-only", "--get-regexp", pattern]
    try:
        answer = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, env=environment, timeout=_WAIT
        )
    except (OSError, subprocess.TimeoutExpired):
        # The command itself says so.
        return {}
    keys = sorted({os.fsdecode(key) for key in answer.stdout.split(b"\0") if key})
    first = int(environment.get("GIT_CONFIG_COUNT") or 0)
    settings = {"GIT_CONFIG_COUNT": str(first + len(keys))}
    for number, key in enumerate(keys, first):
        settings[f"GIT_CONFIG_KEY_{number}"] = key
        settings[f"GIT_CONFIG_VALUE_{number}"] = "false" if key.endswith(".required") else ""
    return settings


def top_level(path: str) -> Path:
    """The top of the work tree that holds ``path``.

    Raises ChangeError when there is none.
    """
    folder = Path(path) if Path(path).is_dir() else Path(path).parent
    # Only the newline that ends the answer: a folder's name may end in a space.
    answer = git(folder, "rev-parse", "--show-toplevel").removesuffix(b"\n")
    if not answer:
        raise ChangeError(f"{path}: not in a git work tree")
    return Path(os.fsdecode(answer))


def names(answer: bytes) -> Iterator[str]:
    """The paths of an answer of git that was asked for with -z."""
    return (os.fsdecode(name) for name in answer.split(b"\0") if name)


def contents(root: Path, objects: Sequence[str]) -> list[bytes | None]:
    """The bytes of each object (such as ``:drivers/foo.c``), None for one that is no file.

    Raises ChangeError when git fails.
    """
    if not objects:
        return []
    # A newline in a name would be two requests; such a file is read as missing.
    asked = ["" if "\n" in name else name for name in objects]
    answer = git(root, "cat-file", "--batch", given=os.fsencode("".join(f"{name}\n" for name in asked)))
    found: list[bytes | None] = []
    at = 0
    for _ in asked:
        end = answer.index(b"\n", at)
        head = answer[at:end].rsplit(b" ", 2)
        at = end + 1
        if len(head) < 3 or not head[2].isdigit():
            found.append(None)
            continue
        size = int(head[2])
        found.append(answer[at : at + size] if head[1] == b"blob" else None)
        at += size + 1
    return found
