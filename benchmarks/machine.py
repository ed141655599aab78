# SPDX-License-Identifier: GPL-2.0-only
"""Where it was measured, and on what."""

from __future__ import annotations

import os
import platform
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_MODEL = re.compile(r"^(?:model name|Model|cpu model|Hardware)\s*:\s*(.+)$", re.MULTILINE)
_MEMORY = re.compile(r"^MemTotal:\s*(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True)
class Machine:
    """One machine, as it is named beside a result."""

    processor: str
    cores: int
    memory: int
    kernel: str
    python: str
    load: float

    def __str__(self) -> str:
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        memory = f"{self.memory / 2**30:.0f} GiB of memory" if self.memory else "unknown memory"
        return (
            f"{self.processor}, {cores}, {memory}, {self.kernel}, {self.python}; load before the first run: "
            f"{self.load:.1f}"
        )


def this_machine() -> Machine:
    """The machine at hand; what it does not tell is called unknown."""
    model = _MODEL.search(_text("/proc/cpuinfo"))
    memory = _MEMORY.search(_text("/proc/meminfo"))
    return Machine(
        processor=model[1].strip() if model else platform.machine() or "unknown processor",
        cores=len(os.sched_getaffinity(0)),
        memory=int(memory[1]) * 1024 if memory else 0,
        kernel=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        load=os.getloadavg()[0],
    )


def _text(path: str) -> str:
    with suppress(OSError):
        return Path(path).read_text("utf-8", "replace")
    return ""
