# SPDX-License-Identifier: GPL-2.0-only
"""Build folders: an allmodconfig for compiling single objects, a tiny kernel that boots."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.kernel.lab.commands import locked, run
from tests.kernel.lab.trees import cache

TINY_OPTIONS = (
    "64BIT", "MODULES", "MODULE_UNLOAD", "PRINTK", "TTY", "SERIAL_8250", "SERIAL_8250_CONSOLE",
    "BLK_DEV_INITRD", "PROC_FS", "PROC_PAGE_MONITOR", "SYSFS", "DEVTMPFS", "BINFMT_ELF", "SHMEM",
    "TMPFS", "PCI", "DEVMEM", "BUG", "DEBUG_KERNEL", "DEBUG_VM", "MULTIUSER", "FUTEX", "POSIX_TIMERS",
    "FILE_LOCKING", "MTRR", "X86_PAT", "ADVISE_SYSCALLS", "FAULT_INJECTION", "FAILSLAB",
    "FAIL_PAGE_ALLOC", "DEBUG_FS", "FAULT_INJECTION_DEBUG_FS",
)  # fmt: skip
"""What the tiny kernel has beyond tinyconfig: modules, a console, smaps, PAT, VM checks, faults."""


@dataclass(frozen=True)
class Architecture:
    """``compiler`` is the prefix of the cross compiler; ``package`` carries it.

    Where it is booted, ``emulator`` runs it, and its compiler makes a program for it with ``program``.
    """

    name: str
    compiler: str = ""
    package: str = "gcc"
    emulator: str = ""
    program: tuple[str, ...] = ()

    @property
    def make(self) -> list[str]:
        """Words for make's command line."""
        return [f"ARCH={self.name}", *([f"CROSS_COMPILE={self.compiler}"] if self.compiler else [])]

    @property
    def installed(self) -> bool:
        """Whether the compiler is on this machine."""
        return shutil.which(f"{self.compiler}gcc") is not None


X86 = Architecture("x86_64", emulator="qemu-system-x86_64")
X86_32 = Architecture(
    "i386",
    "i686-linux-gnu-",
    "gcc-i686-linux-gnu",
    emulator="qemu-system-i386",
    # A page of a file may lie beyond 2 GB.
    program=("-D_FILE_OFFSET_BITS=64",),
)
BOOTED = (X86, X86_32)
CROSS = (
    Architecture("powerpc", "powerpc64le-linux-gnu-", "gcc-powerpc64le-linux-gnu"),
    Architecture("arm64", "aarch64-linux-gnu-", "gcc-aarch64-linux-gnu"),
    Architecture("s390", "s390x-linux-gnu-", "gcc-s390x-linux-gnu"),
    Architecture("sparc64", "sparc64-linux-gnu-", "gcc-sparc64-linux-gnu"),
    Architecture("arc", "arc-linux-gnu-", "gcc-arc-linux-gnu"),
)


def jobs() -> str:
    """make's -j for this machine."""
    return f"-j{os.cpu_count() or 1}"


def scratch(tree: Path) -> Path:
    """A copy of ``tree`` to build from, made of hard links: replace files in it, never write into them."""
    copy = cache() / "build" / tree.name / "source"
    with locked(copy.parent / ".source.lock"):
        if not copy.exists():
            partial = copy.with_name("source.partial")
            shutil.rmtree(partial, ignore_errors=True)
            run(["cp", "-al", tree, partial])
            partial.rename(copy)
    return copy


def object_folder(tree: Path, architecture: Architecture = X86) -> Path:
    """A prepared allmodconfig folder without WERROR, in which single objects of ``scratch(tree)`` build."""
    folder = cache() / "build" / tree.name / f"allmodconfig-{architecture.name}"
    source = scratch(tree)
    with locked(folder.parent / f".{folder.name}.lock"):
        ready = folder / ".prepared"
        if not ready.exists():
            make: list[str | Path] = ["make", "-s", "-C", source, f"O={folder}", *architecture.make]
            run([*make, "allmodconfig"])
            run([source / "scripts" / "config", "--file", folder / ".config", "-d", "WERROR"])
            run([*make, "olddefconfig"])
            run([*make, jobs(), "prepare", "modules_prepare"])
            ready.touch()
    return folder


def tiny_folder(tree: Path, architecture: Architecture = X86) -> Path:
    """A folder with a small bootable kernel that takes modules: its ``arch/x86/boot/bzImage``."""
    folder = cache() / "build" / tree.name / f"tiny-{architecture.name}"
    source = scratch(tree)
    with locked(folder.parent / f".{folder.name}.lock"):
        ready = folder / ".prepared"
        wanted = [option for option in TINY_OPTIONS if architecture is X86 or option != "64BIT"]
        options = " ".join(wanted)
        if not ready.exists() or ready.read_text() != options:
            make: list[str | Path] = ["make", "-s", "-C", source, f"O={folder}", *architecture.make]
            run([*make, "tinyconfig"])
            switches = [word for option in wanted for word in ("-e", option)]
            run([source / "scripts" / "config", "--file", folder / ".config", *switches])
            run([*make, "olddefconfig"])
            run([*make, jobs(), "bzImage", "modules"])
            ready.write_text(options)
    return folder
