# SPDX-License-Identifier: GPL-2.0-only
"""Asking git. Nothing that a repository configures is run for it: no external diff, filter or monitor."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from mmapmigrate.change.errors import AnswerError, ChangeError

_SAFE = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.quotePath=false",
    # Nothing here asks git for names of people, and a tree's .mailmap may be of any size.
    "-c",
    "log.mailmap=false",
    # Nor for what attributes say; the settings may name a file that never ends.
    "-c",
    f"core.attributesFile={os.devnull}",
    "--no-optional-locks",
    "--literal-pathspecs",
)

_TRUSTING = re.compile(r"(?m)^[ \t]++(git config .*safe\.directory .*)$")

_FILTERING = frozenset({"diff", "diff-files"})
"""The commands that look at the text of the work tree."""

_OFFLINE = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
"""A partial clone fetches what it lacks from where, and by the command which, its own settings say."""


_WAIT = 300.0
"""Seconds that git may take for an answer. It waits for who might write to a .gitignore that is a pipe."""

_SHOWN = 80
"""Bytes of an answer that a message shows."""

_MEMORY = 2 << 30
"""Bytes that git may take, beside the packs that it maps."""


def git(folder: str | Path, *arguments: str, given: bytes | None = None, wait: float | None = None) -> bytes:
    """What ``git ARGUMENTS`` prints, run in ``folder``, within ``wait`` seconds.

    Raises ChangeError when git is missing, fails or takes longer; the text is what git said.
    """
    wait = _WAIT if wait is None else wait
    environment = _environment(folder)
    if arguments[0] in _FILTERING:
        environment |= _without_filters(folder, environment)
    try:
        done = _run(folder, arguments, environment, b"" if given is None else given, wait)
    except subprocess.TimeoutExpired:
        raise ChangeError(f"git {arguments[0]} takes more than {wait:g} s") from None
    except FileNotFoundError:
        if not Path(folder).is_dir():
            raise ChangeError(f"{folder}: no such folder") from None
        raise ChangeError("git is needed for this and is not installed") from None
    except OSError as error:
        raise ChangeError(f"git cannot be run in {folder}: {error.strerror or error}") from None
    if done.returncode:
        raise _refusal(done, arguments[0])
    return done.stdout


def _refusal(done: subprocess.CompletedProcess[bytes], command: str) -> ChangeError:
    """What git said when it failed."""
    told = done.stderr.decode("utf-8", "replace")
    said = told.strip().partition("\n")[0].removeprefix("fatal: ").rstrip(".")
    # A job in a container often runs as another user than the one who has the repository.
    trusting = _TRUSTING.search(told)
    remedy = "" if trusting is None else f": `{trusting[1]}` tells git to trust it"
    return ChangeError(said + remedy or f"git {command} failed")


def _run(
    folder: str | Path, arguments: Sequence[str], environment: Mapping[str, str], given: bytes, wait: float
) -> subprocess.CompletedProcess[bytes]:
    """What came of ``git ARGUMENTS``; raises TimeoutExpired and OSError as subprocess does."""
    command = ["git", *_SAFE, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, env=environment
    ) as process:
        _hold_memory(process.pid)
        try:
            said, told = process.communicate(given, timeout=wait)
        except BaseException:
            process.kill()
            raise
        return subprocess.CompletedProcess(command, process.returncode, said, told)


def _hold_memory(process: int) -> None:
    """Bounds what a process may take: git reads some files of a repository, .git/info/attributes for one, to
    their end. Packs, which it maps, do not count.
    """
    if sys.platform != "linux":
        return
    import resource

    # It may be over already, and a user may have set less.
    with suppress(OSError, ValueError):
        least, most = resource.prlimit(process, resource.RLIMIT_DATA)
        if least == resource.RLIM_INFINITY or least > _MEMORY:
            resource.prlimit(process, resource.RLIMIT_DATA, (_MEMORY, most))


def _environment(folder: str | Path) -> dict[str, str]:
    """The environment in which git, run in ``folder``, means the repository that this process's means.

    A git hook is told its repository by GIT_DIR alone, and then git takes the folder that it is run in for
    the top of the work tree.
    """
    environment = {**os.environ, **_OFFLINE, "LC_ALL": "C", "GIT_PAGER": "cat"}
    # Asked of the process itself: an answer that is kept rests on it.
    told = os.environ.get("GIT_DIR")
    if not told:
        return environment
    plain = {name: value for name, value in environment.items() if name not in ("GIT_DIR", "GIT_WORK_TREE")}
    if _asked(folder, "--absolute-git-dir", plain) == os.path.realpath(told):
        return plain
    top = _asked(Path.cwd(), "--show-toplevel", environment)
    return {**environment, "GIT_DIR": str(Path(told).absolute())} | ({"GIT_WORK_TREE": top} if top else {})


def _asked(folder: str | Path, what: str, environment: Mapping[str, str]) -> str:
    """What ``git rev-parse`` says of a repository, nothing where there is none or git is missing."""
    try:
        done = _run(folder, ("rev-parse", what), environment, b"", _WAIT)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return os.fsdecode(done.stdout.removesuffix(b"\n")) if done.returncode == 0 else ""


def _without_filters(folder: str | Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The settings, as the environment gives them, that empty each filter which the configuration has.

    A filter is a program that turns a file's text into what is committed, and git runs it to compare both.

    Raises ChangeError where it cannot be told which there are: one of them could be run.
    """
    pattern = r"^filter\..*\.(clean|smudge|process|required)$"
    command = ("config", "--null", "--name-only", "--get-regexp", pattern)
    try:
        done = _run(folder, command, environment, b"", _WAIT)
    except subprocess.TimeoutExpired:
        raise ChangeError(f"git config takes more than {_WAIT:g} s") from None
    except OSError:
        # The command itself says so.
        return {}
    # 1 tells that there is none.
    if done.returncode not in (0, 1):
        raise _refusal(done, "config")
    keys = sorted({os.fsdecode(key) for key in done.stdout.split(b"\0") if key})
    told = environment.get("GIT_CONFIG_COUNT", "")
    # What is no number git itself refuses.
    first = int(told) if re.fullmatch(r"[0-9]{1,6}", told) else 0
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
    if not answer or b"\0" in answer:
        raise ChangeError(f"{path}: not in a git work tree")
    return Path(os.fsdecode(answer))


def word(answer: bytes) -> str:
    """The one word of an answer: the name of an object, or of a format.

    Raises AnswerError for anything else.
    """
    text = answer.strip()
    if not text.isalnum():
        raise AnswerError(f"git answers what cannot be read: {text[:_SHOWN]!r}")
    return text.decode("ascii")


def names(answer: bytes) -> Iterator[str]:
    """The paths of an answer of git that was asked for with -z."""
    return (os.fsdecode(name) for name in answer.split(b"\0") if name)


def contents(root: Path, objects: Sequence[str]) -> list[bytes | None]:
    """The bytes of each object (such as ``:0:drivers/foo.c``), None for one that is no file.

    Raises ChangeError when git fails, and AnswerError when it answers for fewer.
    """
    if not objects:
        return []
    asked, answer = _asked_for(root, objects)
    found: list[bytes | None] = []
    at = 0
    for name in asked:
        missing = os.fsencode(f"{name} missing\n")
        if answer.startswith(missing, at):
            # It is said again as it was asked for, newlines and all.
            found.append(None)
            at += len(missing)
            continue
        end = answer.find(b"\n", at)
        if end < 0:
            raise AnswerError("git cat-file does not say all that it was asked")
        head = answer[at:end].rsplit(b" ", 2)
        at = end + 1
        if len(head) < 3 or not head[2].isdigit():
            found.append(None)
            continue
        size = int(head[2])
        found.append(answer[at : at + size] if head[1] == b"blob" else None)
        at += size + 1
    return found


def _asked_for(root: Path, objects: Sequence[str]) -> tuple[Sequence[str], bytes]:
    """What git was asked for, and its answer."""
    if any("\n" in name for name in objects):
        # A git older than 2.38 takes no such names, and says so.
        with suppress(ChangeError):
            given = os.fsencode("".join(f"{name}\0" for name in objects))
            return objects, git(root, "cat-file", "--batch", "-z", given=given)
    # A newline in a name would be two requests; such a file is read as missing.
    asked = ["" if "\n" in name else name for name in objects]
    return asked, git(root, "cat-file", "--batch", given=os.fsencode("".join(f"{name}\n" for name in asked)))
