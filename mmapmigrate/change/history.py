# SPDX-License-Identifier: GPL-2.0-only
"""The change since a commit, and the one that is staged, as git tells them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mmapmigrate.change.errors import ChangeError
from mmapmigrate.change.git import contents, git, names, top_level, word
from mmapmigrate.change.lines import ALL_LINES, Change, Lines
from mmapmigrate.change.naming import unquoted
from mmapmigrate.model.discovery import SUFFIXES

_DIFF = (
    "diff",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--text",
    "--unified=0",
    "--inter-hunk-context=0",
    "--find-renames",
    # Other line ends are no new code.
    "--ignore-cr-at-eol",
    "--ignore-submodules",
    "--no-relative",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--diff-filter=d",
    # No order that the settings read from a file.
    f"-O{os.devnull}",
)
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def since(paths: Iterable[str], revision: str) -> Change:
    """What the work trees that hold ``paths`` have now and had not where they left ``revision``.

    Files that git does not track are new, unless its ignore rules name them; one of ``paths`` itself is new
    in any case. Paths of the result are absolute.

    Raises ChangeError when a path is in no work tree, or the revision is not known there.
    """
    lines: dict[str, Lines] = {}
    texts: dict[str, bytes] = {}
    for root, inside in _work_trees(paths).items():
        base = _base(root, revision)
        found = _added(root, (base,))
        lines |= found
        texts |= _indexed(root, _left_out(root, found))
        untracked = git(root, "ls-files", "-z", "--others", "--exclude-standard")
        lines |= dict.fromkeys((str(root / name) for name in names(untracked)), ALL_LINES)
        if any(path.is_file() for path in inside):
            tracked = {str(root / name) for name in names(git(root, "ls-files", "-z"))}
            lines |= {str(path): ALL_LINES for path in inside if str(path) not in tracked and path.is_file()}
    # A link that leads to no file has no lines, whatever its name ends in.
    return Change({path: new for path, new in lines.items() if not _leads_nowhere(Path(path))}, texts)


def staged(paths: Iterable[str]) -> Change:
    """What is staged in the work trees that hold ``paths``, with the index's text of each file that differs.

    Raises ChangeError when a path is in no work tree.
    """
    lines: dict[str, Lines] = {}
    texts: dict[str, bytes] = {}
    for root in _work_trees(paths):
        found = _added(root, ("--cached",))
        lines |= found
        differing = [
            name
            for name in names(git(root, "diff-files", "-z", "--name-only", "--ignore-submodules"))
            if name.endswith(SUFFIXES) or str(root / name) in found
        ]
        texts |= _indexed(root, [*differing, *_left_out(root, found)])
    return Change(lines, texts)


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.is_file()


def _left_out(root: Path, found: Iterable[str]) -> list[str]:
    """The names of those files which git knows in the work tree and a sparse checkout has not put there."""
    return [os.path.relpath(path, root) for path in found if not os.path.lexists(path)]


def _indexed(root: Path, names_: Sequence[str]) -> dict[str, bytes]:
    """The index's text of each file by its path, an empty one where it has none."""
    # With the stage: the name of a file may begin with what is taken for one.
    found = contents(root, [f":0:{name}" for name in names_])
    return {str(root / name): text or b"" for name, text in zip(names_, found, strict=True)}


def _work_trees(paths: Iterable[str]) -> dict[Path, list[Path]]:
    """The tops of the work trees, each with those paths that it holds."""
    trees: dict[Path, list[Path]] = {}
    tops: dict[Path, Path] = {}
    for path in paths:
        folder = Path(path) if Path(path).is_dir() else Path(path).parent
        try:
            # To ask git takes milliseconds, and a commit may name 10,000 files.
            root = tops[folder] if folder in tops else tops.setdefault(folder, top_level(str(folder)))
        except ChangeError as error:
            raise ChangeError(f"{path}: {error}") from None
        trees.setdefault(root, []).append(Path(os.path.realpath(Path(path).parent)) / Path(path).name)
    return trees


def _base(root: Path, revision: str) -> str:
    try:
        commit = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except ChangeError:
        raise ChangeError(f"{root}: git knows no commit {revision!r} there") from None
    name = word(commit)
    try:
        # A branch that has moved on has lines that are not new here.
        found = git(root, "merge-base", name, "HEAD")
    except ChangeError:
        raise ChangeError(
            f"{root}: HEAD and {revision!r} have no common commit in this clone (is it shallow? "
            "`git fetch --unshallow` brings the rest)"
        ) from None
    return word(found)


def _added(root: Path, arguments: Iterable[str]) -> dict[str, Lines]:
    """The added lines of each file that ``git diff ARGUMENTS`` names."""
    answer = git(root, *_DIFF, *arguments, "--")
    found: dict[str, list[int]] = {}
    for name, line in added_lines(answer):
        found.setdefault(str(root / name), []).append(line)
    return {path: Lines.of(numbers) for path, numbers in found.items()}


def added_lines(diff: bytes) -> Iterator[tuple[str, int]]:
    """Name and number of each line that a diff of git adds; names without their prefix."""
    name = ""
    old = new = number = 0
    for line in diff.split(b"\n"):
        if old > 0 or new > 0:
            if line.startswith(b"+"):
                yield name, number
            if line.startswith((b"+", b" ")):
                new -= 1
                number += 1
            if line.startswith((b"-", b" ")):
                old -= 1
            continue
        hunk = _HUNK.match(line)
        if hunk is not None:
            old, number, new = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
        elif line.startswith(b"+++ "):
            # A tab ends a name that holds a space.
            name = unquoted(line[4:].removesuffix(b"\t")).removeprefix("b/")
