# SPDX-License-Identifier: GPL-2.0-only
"""Builds objects of a tree as they are and as conversions make them; compares what the compiler says."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mmapmigrate.kbuild.folder import goal
from mmapmigrate.kbuild.messages import CompilerMessage, new_messages, parse_messages
from tests.kernel.lab.commands import locked, run
from tests.kernel.lab.folders import CROSS, X86, Architecture, jobs, object_folder, scratch

FOLDER_NAMES = {"x86": "x86_64", "sparc": "sparc64"}
"""Folders of arch/ that make's ARCH calls something else."""


@dataclass(frozen=True)
class Built:
    """One file, built by ``architecture`` (None: by none) before and after; ``new`` is what is new."""

    path: str
    architecture: str | None
    new: tuple[CompilerMessage, ...] = ()
    after_built: bool = True


def compare_objects(tree: Path, texts: Mapping[str, bytes]) -> list[Built]:
    """Builds ``texts`` (by path from the top of ``tree``) before and after; headers are put in place too."""
    left = sorted(path for path in texts if path.endswith(".c"))
    found: list[Built] = []
    for architecture in (X86, *CROSS):
        if not architecture.installed:
            continue
        wanted = [path for path in left if _candidate(path, architecture)]
        if wanted:
            results = _compare(tree, architecture, wanted, texts)
            found += results
            done = {result.path for result in results}
            left = [path for path in left if path not in done]
    return [*found, *(Built(path, None) for path in left)]


def missing_compilers() -> list[str]:
    """The packages of the cross compilers that this machine lacks."""
    return [architecture.package for architecture in CROSS if not architecture.installed]


def _candidate(path: str, architecture: Architecture) -> bool:
    """Whether the architecture may build ``path``: its own folder under arch/, or one of nobody's."""
    parts = path.split("/")
    return parts[0] != "arch" or FOLDER_NAMES.get(parts[1], parts[1]) == architecture.name


def _compare(
    tree: Path, architecture: Architecture, paths: Sequence[str], texts: Mapping[str, bytes]
) -> list[Built]:
    folder = object_folder(tree, architecture)
    source = scratch(tree)
    with locked(folder.parent / ".objects.lock"):
        old_output, old_objects = _build(source, folder, architecture, paths)
        buildable = [path for path in paths if path in old_objects]
        if not buildable:
            return []
        with replaced(tree, source, texts):
            new_output, new_objects = _build(source, folder, architecture, buildable)
    before, after = parse_messages(old_output), parse_messages(new_output)
    fresh = new_messages(before, after)
    results: list[Built] = []
    for path in buildable:
        mine = tuple(message for message in fresh if _relative(message.path, source) == path)
        results.append(Built(path, architecture.name, mine, path in new_objects))
    # What is said of a header cannot be told apart by file: it counts against the first one.
    others = tuple(m for m in fresh if _relative(m.path, source) not in buildable)
    if others:
        first = results[0]
        results[0] = Built(first.path, first.architecture, (*first.new, *others), first.after_built)
    return results


def _build(
    source: Path, folder: Path, architecture: Architecture, paths: Sequence[str]
) -> tuple[str, frozenset[str]]:
    """make's output for the objects of ``paths``, with W=1 and sparse, and those that were built."""
    objects = {path: folder / (path[:-2] + ".o") for path in paths}
    for each in objects.values():
        each.unlink(missing_ok=True)
    targets = [goal(source, Path(path).with_suffix(".o")) for path in paths]
    command: list[str | Path] = ["nice", "make", "-k", "-Otarget", "-C", source, f"O={folder}"]
    output = run([*command, *architecture.make, jobs(), "W=1", "C=1", *targets], check=False)
    return output, frozenset(path for path, each in objects.items() if each.exists())


def _relative(path: str, source: Path) -> str:
    """A compiler's path, from the top of the tree."""
    text = path.removeprefix(f"{source}/")
    while text.startswith("../"):
        text = text[3:]
    return os.path.normpath(text.removeprefix("source/"))


@contextmanager
def replaced(tree: Path, source: Path, texts: Mapping[str, bytes]) -> Iterator[None]:
    """Puts ``texts`` into the copy, and the tree's own files back at the end; never writes to a link."""
    try:
        for path, data in texts.items():
            (source / path).unlink()
            (source / path).write_bytes(data)
        yield
    finally:
        for path in texts:
            (source / path).unlink(missing_ok=True)
            os.link(tree / path, source / path)
