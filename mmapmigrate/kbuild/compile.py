# SPDX-License-Identifier: GPL-2.0-only
"""Compiles one text of a file the way a kernel's make would, without touching the file.

make builds the object once as the file stands; what it ran is in the object's ``.cmd`` file
(scripts/Kbuild.include), and the same compiler then reads any other text of it from another folder.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from mmapmigrate.disk.temporary import temporary_folder
from mmapmigrate.kbuild.folder import BuildFolder, Target

SECONDS = 600
"""An object that takes longer is given up: some folder is not what it seems."""

_PLAIN = re.compile(r"M=/[\w./+,@^~=-]*|[\w./+,@^][\w./+,@^~-]*")
"""Words that mean themselves: make knows options, variables and functions, and hands the rest to a shell."""

_SAVED = re.compile(r"^savedcmd_\S+ := (.*)$", re.MULTILINE)


class CompileError(Exception):
    """The object cannot be built as the file stands; the message is the first line that says why."""


class Command(Struct, frozen=True):
    """The compiler's command line for one object."""

    target: Target
    folder: Path
    words: tuple[str, ...]

    def run(self, text: bytes, others: Mapping[Path, bytes]) -> str:
        """What the compiler says of ``text`` in place of the file, with ``others`` in place of theirs.

        Raises CompileError when the compiler cannot be run, and OSError where there is no room for it.
        """
        source = self.target.source
        with temporary_folder("mmapmigrate-") as name:
            shadow = Path(name) / "source"
            shadow.mkdir()
            written = {source: text, **others}
            for path, data in written.items():
                if path.parent == source.parent:
                    (shadow / path.name).write_bytes(data)
            words = [
                str(shadow / source.name) if self._is_source(word) else word
                for word in self._without_output()
            ]
            # The shadow comes first where a changed neighbour is included; everything else is where it was.
            words[1:1] = ["-iquote", str(shadow), "-iquote", str(source.parent)]
            words += ["-o", str(Path(name) / "object.o")]
            output = _run(words, self.folder)
        return output.replace(f"{shadow}/", f"{source.parent}/")

    def _is_source(self, word: str) -> bool:
        if not word.endswith(self.target.source.name):
            return False
        return (self.folder / word).resolve() == self.target.source

    def _without_output(self) -> list[str]:
        """The words without the object and without the list of dependencies that make keeps."""
        kept: list[str] = []
        skip = False
        for word in self.words:
            if skip:
                skip = False
            elif word == "-o":
                skip = True
            elif not word.startswith(("-Wp,-MMD", "-Wp,-MD")):
                kept.append(word)
        return kept


def commands_for(folder: BuildFolder, targets: Sequence[Target]) -> dict[Target, Command | CompileError]:
    """Builds ``targets`` as their files stand, with W=1, and reads how; an error where one does not build.

    One whose name make, or a shell behind it, would take for something else is not built.

    Raises CompileError when make cannot be run.
    """
    found: dict[Target, Command | CompileError] = {}
    plain: list[Target] = []
    for target in targets:
        words = (target.name, *target.arguments)
        odd = next((each for each in words if _PLAIN.fullmatch(each) is None), None)
        if odd is None:
            plain.append(target)
        else:
            found[target] = CompileError(f"make would not take {odd!r} for a name")
    for arguments in dict.fromkeys(target.arguments for target in plain):
        group = [target for target in plain if target.arguments == arguments]
        make = ["make", "-k", f"-j{os.cpu_count() or 1}", "-C", str(folder.path), *arguments, "W=1"]
        output = _run([*make, *(target.name for target in group)], folder.path)
        for target in group:
            try:
                found[target] = _command(folder, target, output)
            except CompileError as error:
                found[target] = error
    return found


def _command(folder: BuildFolder, target: Target, output: str) -> Command:
    saved = target.object.with_name(f".{target.object.name}.cmd")
    # make deletes what it fails to build.
    if not target.object.exists() or not saved.is_file():
        raise CompileError(_first_error(output, target) or "make does not build it")
    found = _SAVED.search(saved.read_text(errors="replace"))
    words = _compiler_words(found[1]) if found is not None else []
    if not words:
        raise CompileError(f"how {target.name} was built is not in {saved}")
    return Command(target, _working_folder(folder, target, words), tuple(words))


def _compiler_words(saved: str) -> list[str]:
    """The compiler's own command of a saved line, which may go on with objtool or a version script."""
    try:
        words = shlex.split(saved.replace("\\#", "#"))
    except ValueError:
        return []
    found: list[str] = []
    for word in words:
        if word in (";", "&&", "||"):
            break
        if word.endswith(";"):
            found.append(word[:-1])
            break
        found.append(word)
    return found if "-c" in found else []


def _working_folder(folder: BuildFolder, target: Target, words: Sequence[str]) -> Path:
    """Where the command ran: the build folder, or the module's (newer kernels build in there)."""
    places = [folder.path, target.object.parent, *target.object.parents]
    for place in places:
        if any((place / word).resolve() == target.source for word in words if word.endswith(".c")):
            return place
    raise CompileError(f"where {target.name} is built could not be found out")


def _first_error(output: str, target: Target) -> str:
    """The first line of make's output that tells of an error in the file, or of having no rule for it."""
    file, name = re.escape(target.source.name), re.escape(target.name)
    found = re.search(rf"^.*\b{file}:.*\berror: .*$", output, re.MULTILINE) or re.search(
        rf"^make.*\*\*\* .*{name}.*$", output, re.MULTILINE
    )
    return found[0].strip() if found is not None else ""


def _run(words: Sequence[str], folder: Path) -> str:
    try:
        done = subprocess.run(
            list(words),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except OSError as error:
        raise CompileError(f"{words[0]}: {error.strerror or error}") from error
    except subprocess.TimeoutExpired as error:
        raise CompileError(f"{words[0]} took longer than {SECONDS} s") from error
    return done.stdout
