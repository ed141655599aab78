# SPDX-License-Identifier: GPL-2.0-only
"""The other tools, as one would start them for the same question, and which of them are installed.

They search what ``check`` searches: every .c and .h file below a folder, hidden ones included and whatever
.gitignore says (a tree in an ignored folder of a repository would be ignored whole).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.command import Command

HERE = Path(__file__).resolve().parent

PATTERN = r"\.mmap\b|vm_flags_"

RIPGREP, GIT_GREP, SPATCH, AST_GREP, FIND = "ripgrep", "git grep", "spatch", "ast-grep", "find"
RIPGREP_FILES = "rg --files"
PYTHON_LIST, PYTHON_READ, PYTHON_PASS = "Python: list", "Python: read", "python -c pass"

PROGRAMS: Mapping[str, str] = {
    RIPGREP: "rg",
    GIT_GREP: "git",
    SPATCH: "spatch",
    AST_GREP: "ast-grep",
    FIND: "find",
}
"""The program behind each peer that may be missing."""

_NUMBER = re.compile(r"\d+(\.\d+)+")

_FOUND_OR_NOT = frozenset({0, 1})


@dataclass(frozen=True)
class Peers:
    """The programs that are there, by peer. The others are missing, or left out."""

    programs: Mapping[str, str]
    left_out: frozenset[str] = frozenset()

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(peer for peer in PROGRAMS if peer not in self.programs and peer not in self.left_out)

    def search(self, peer: str, folder: Path) -> Command | None:
        """The files of ``folder`` that mention a hook; None where ``peer`` is missing."""
        program = self.programs.get(peer)
        if program is None:
            return None
        if peer == RIPGREP:
            argv = [program, "-l", "--no-ignore", "--hidden", "-g", "*.[ch]", PATTERN, "."]
            return Command(peer, tuple(argv), folder, _FOUND_OR_NOT)
        # A repository's index saves git the listing of the files.
        where = [] if (folder / ".git").exists() else ["--no-index"]
        argv = [program, "grep", *where, "-l", _git_dialect(program), "-e", PATTERN, "--", "*.c", "*.h"]
        return Command(peer, tuple(argv), folder, _FOUND_OR_NOT)

    def match(self, peer: str, folder: Path, scratch: Path) -> Command | None:
        """The file_operations of ``folder`` with an mmap hook; None where ``peer`` is missing.

        ``scratch`` is for what the peer writes meanwhile.
        """
        program = self.programs.get(peer)
        if program is None:
            return None
        if peer == SPATCH:
            rule = str(HERE / "file_operations.cocci")
            argv = [program, "--very-quiet", "-j", str(len(os.sched_getaffinity(0))), "--sp-file", rule]
            # Its processes share a folder below the current one.
            return Command(peer, (*argv, "--dir", str(folder)), scratch)
        rule = str(HERE / "file_operations.yml")
        argv = [program, "scan", "--rule", rule, "--no-ignore", "hidden", "--no-ignore", "vcs"]
        return Command(peer, (*argv, "--report-style", "short", "."), folder)

    def listing(self, peer: str, folder: Path) -> Command | None:
        """The names of the .c and .h files of ``folder``; None where ``peer`` is missing."""
        if peer == PYTHON_LIST:
            return _floor(peer, "list", folder)
        if peer == FIND:
            program = self.programs.get(FIND)
            argv = [".", "-type", "f", "-name", "*.[ch]"]
        else:
            program = self.programs.get(RIPGREP)
            argv = ["--files", "--no-ignore", "--hidden", "-g", "*.[ch]", "."]
        return None if program is None else Command(peer, (program, *argv), folder)

    def versions(self) -> Mapping[str, str]:
        """What each peer says of itself; "?" where it does not."""
        return {peer: _version(program) for peer, program in self.programs.items()}


def find_peers(left_out: frozenset[str] = frozenset()) -> Peers:
    """The peers on PATH, but for those that are ``left_out``."""
    found = {peer: shutil.which(program) for peer, program in PROGRAMS.items() if peer not in left_out}
    return Peers({peer: path for peer, path in found.items() if path is not None}, left_out)


def reading(folder: Path) -> Command:
    """A plain read of all .c and .h files below ``folder`` in one Python process."""
    return _floor(PYTHON_READ, "read", folder)


def starting(folder: Path) -> Command:
    """A Python that does nothing."""
    return Command(PYTHON_PASS, (sys.executable, "-c", "pass"), folder)


def _floor(name: str, what: str, folder: Path) -> Command:
    return Command(name, (sys.executable, str(HERE / "files.py"), what, "."), folder)


def _git_dialect(program: str) -> str:
    """-P where this git was built with it: it is several times as fast as -E."""
    probe = [program, "grep", "--no-index", "-q", "-P", "SPDX", "--", Path(__file__).name]
    done = subprocess.run(probe, cwd=HERE, capture_output=True, check=False)
    return "-P" if done.returncode == 0 else "-E"


def _version(program: str) -> str:
    try:
        done = subprocess.run(
            [program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except OSError:
        return "?"
    found = _NUMBER.search(done.stdout + done.stderr)
    return "?" if found is None else found[0]
