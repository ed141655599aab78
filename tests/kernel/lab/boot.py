# SPDX-License-Identifier: GPL-2.0-only
"""Boots modules on the tiny kernel and reads what the script in the guest saw."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.kernel.lab.archive import initramfs
from tests.kernel.lab.commands import CommandError, run
from tests.kernel.lab.folders import X86, Architecture, jobs, scratch, tiny_folder
from tests.kernel.lab.trees import cache

GUEST = Path(__file__).parent.parent / "guest"
REGION = 0x8000000
REGION_SIZE = 0x100000
"""Memory that the kernel does not own: it is to a driver what a device's memory is."""

_END = "@done"

Transcript = tuple[tuple[str, str], ...]
"""What was seen, in order: what was tried, and what came of it. A key may come more than once."""

# What differs from run to run, or between the two modules of a pair.
_UNSTABLE = (
    (re.compile(r"^<\d+>"), ""),
    (re.compile(r"^\[ *\d+\.\d+\] "), ""),
    (re.compile(r"\[mem 0x[0-9a-f]+-0x[0-9a-f]+\]"), "(mem)"),
    (re.compile(r"\binit:\d+"), "init"),
    (re.compile(r"(?<=\w)_(before|after|wrong)\b"), ""),
)


@dataclass(frozen=True)
class Guest:
    """A module to boot: its source, and how the script reaches it."""

    name: str
    source: bytes
    parameters: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ("",)
    mount: str = ""

    @property
    def plan(self) -> str:
        """The line of /plan for it; ``base`` is the address of the memory region."""
        words = [f"base={REGION:#x}" if word == "base" else word for word in self.parameters]
        return ";".join((self.name, " ".join(words), ",".join(self.suffixes), self.mount))


def build_modules(
    tree: Path, guests: Sequence[Guest], folder_name: str, architecture: Architecture = X86
) -> tuple[dict[str, Path], str]:
    """Builds every guest and the module that shows VMAs; returns the modules by name, and make's output."""
    folder = cache() / "build" / tree.name / folder_name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {f"{guest.name}.c": guest.source for guest in guests}
    wanted |= {name: (GUEST / name).read_bytes() for name in ("peek.c", "peek.h")}
    objects = " ".join(name[:-2] + ".o" for name in sorted(wanted) if name.endswith(".c"))
    wanted["Kbuild"] = f"obj-m := {objects}\n".encode()
    for stale in folder.glob("*.c"):
        if stale.name not in wanted and not stale.name.endswith(".mod.c"):
            stale.unlink()
    for name, data in wanted.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
    make: list[str | Path] = [
        "make",
        "-C",
        scratch(tree),
        f"O={tiny_folder(tree, architecture)}",
        *architecture.make,
        f"M={folder}",
        "W=1",
    ]
    output = run([*make, jobs(), "modules"])
    return {path.stem: path for path in folder.glob("*.ko")}, output


def boot(
    tree: Path, guests: Sequence[Guest], modules: Mapping[str, Path], architecture: Architecture = X86
) -> dict[str, Transcript]:
    """One boot of all ``guests``, one after the other; their transcripts by name.

    Raises CommandError when the guest does not come to its end, with the last lines of its console.
    """
    console = _console(tree, guests, modules, 300, architecture)
    if _END not in console:
        raise CommandError("the guest did not come to its end:\n" + console[-3000:])
    return parse(console)


def boot_what_lives(
    tree: Path, pairs: Mapping[str, Sequence[Guest]], modules: Mapping[str, Path]
) -> tuple[dict[str, Transcript], dict[str, str]]:
    """The transcripts of ``pairs`` that may bring the kernel down or hang, on as many boots as that takes.

    Second, by the pair's key, the name of the module which did; the modules of its pair after that one are
    left out. Raises CommandError when the kernel does not even come to a module.
    """
    seen: dict[str, Transcript] = {}
    fatal: dict[str, str] = {}
    left = dict(pairs)
    while left:
        guests = [guest for pair in left.values() for guest in pair]
        console = _console(tree, guests, modules, 60 + 5 * len(guests))
        seen |= parse(console)
        if _END in console:
            break
        begun = [line.split()[1] for line in console.splitlines() if line.startswith("@module ")]
        if not begun:
            raise CommandError("the guest did not come to a module:\n" + console[-3000:])
        for key, pair in left.items():
            if any(guest.name == begun[-1] for guest in pair):
                fatal[key] = begun[-1]
        left = {
            key: pair
            for key, pair in left.items()
            if key not in fatal and not all(guest.name in seen for guest in pair)
        }
    return seen, fatal


def _console(
    tree: Path,
    guests: Sequence[Guest],
    modules: Mapping[str, Path],
    seconds: int,
    architecture: Architecture = X86,
) -> str:
    """What a boot of ``guests`` prints in at most so many seconds."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        compiler: list[str | Path] = [f"{architecture.compiler}gcc", *architecture.program]
        options: list[str | Path] = ["-static", "-O1", "-Wall", "-Wextra", "-Werror", "-I", GUEST]
        run([*compiler, *options, "-o", work / "init", GUEST / "init.c"])
        files = {"init": (work / "init").read_bytes()}
        files["plan"] = "".join(f"{guest.plan}\n" for guest in guests).encode()
        for wanted in ("peek", *(guest.name for guest in guests)):
            files[f"modules/{wanted}.ko"] = modules[wanted].read_bytes()
        (work / "initramfs").write_bytes(initramfs(files))
        return run(
            [
                "timeout", str(seconds),
                architecture.emulator, "-machine", "pc,accel=tcg", "-cpu", "max", "-m", "512", "-smp", "1",
                "-nodefaults", "-nographic", "-no-reboot", "-serial", "stdio",
                "-kernel", tiny_folder(tree, architecture) / "arch/x86/boot/bzImage",
                "-initrd", work / "initramfs",
                "-append", "console=ttyS0 quiet loglevel=1 panic=-1 reboot=t oops=panic log_buf_len=1M "
                # A mouse and a calibrated clock would announce themselves in the middle of a situation.
                "i8042.noaux i8042.nokbd tsc=unstable "
                # On a busy machine no tick comes in the time that the kernel waits for one.
                "no_timer_check "
                f"memmap={REGION_SIZE:#x}${REGION:#x}",
            ],
            check=False,
        )  # fmt: skip


def parse(console: str) -> dict[str, Transcript]:
    """The transcripts in a console's text, by module."""
    found: dict[str, Transcript] = {}
    current: list[tuple[str, str]] = []
    for line in console.splitlines():
        if line.startswith("@module "):
            current = []
        elif line.startswith("@end "):
            found[line.split(" ", 1)[1].strip()] = tuple(current)
        elif line.startswith("@ "):
            key, _, value = line[2:].partition("\t")
            if value.rstrip() == "=" and current:
                value = current[-1][1]
            current.append((key, _stable(value)))
    return found


def _stable(value: str) -> str:
    for pattern, text in _UNSTABLE:
        value = pattern.sub(text, value)
    return value.rstrip()
