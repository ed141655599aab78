# SPDX-License-Identifier: GPL-2.0-only
"""A long search for a text that breaks a property: ``python -m tests.fuzz [PROPERTY]... [--seconds N]``.

With atheris (``pip install 'mmapmigrate[fuzz]'``) the search is guided by coverage; without it, or with
``--random``, it makes mutants of the fixtures and nothing else. What breaks is written to a file, and
``--replay FILE`` tries it again.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.fuzz.mutation import mutant, mutated, seeds
from tests.fuzz.properties import PROPERTIES

SLOW = 10.0
"""Seconds of processor time after which a text of a few kilobytes is a finding too."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("properties", nargs="*", metavar="PROPERTY", help=", ".join(PROPERTIES))
    parser.add_argument("--seconds", type=float, default=600, help="for each property (default: 600)")
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers (default: 0)")
    parser.add_argument("--random", action="store_true", help="leave coverage aside")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="folder for what breaks")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="try this text only")
    options = parser.parse_args()
    names = options.properties or list(PROPERTIES)
    if unknown := [name for name in names if name not in PROPERTIES]:
        parser.error(f"no property {unknown[0]!r}; known are {', '.join(PROPERTIES)}")
    if options.replay is not None:
        return sum(broken(name, options.replay.read_bytes(), options.keep) for name in names)
    if not options.random and len(names) == 1:
        return guided(names[0], options.seconds, options.seed, options.keep)
    return sum(searched(name, options.seconds, options.seed, options.keep) for name in names)


def broken(name: str, data: bytes, keep: Path) -> bool:
    """Whether ``data`` breaks the property; says so and keeps it then."""
    begin = time.process_time()
    try:
        PROPERTIES[name](data)
        took = time.process_time() - begin
        if took < SLOW:
            return False
        print(f"{name}: {took:.1f} s")
    except Exception:
        traceback.print_exc(limit=-3)
    keep.mkdir(exist_ok=True)
    path = keep / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}.c"
    path.write_bytes(data)
    print(f"{name}: broken by {path}", flush=True)
    return True


def searched(name: str, seconds: float, seed: int, keep: Path) -> int:
    """How many mutants of the fixtures broke the property in that time."""
    random = Random(f"{name} {seed}")
    end = time.monotonic() + seconds
    tried = found = 0
    while time.monotonic() < end:
        found += broken(name, mutant(random), keep)
        tried += 1
    print(f"{name}: {found} of {tried} texts", flush=True)
    return found


def guided(name: str, seconds: float, seed: int, keep: Path) -> int:
    """The same, guided by the coverage of the package; ends the process with 77 at the first finding."""
    try:
        import atheris
    except ImportError:
        print("no atheris: mutants of the fixtures only", file=sys.stderr)
        return searched(name, seconds, seed, keep)
    # Imported anew, with a counter at each branch.
    for module in [each for each in sys.modules if each.partition(".")[0] == "mmapmigrate"]:
        del sys.modules[module]
    del sys.modules["tests.fuzz.properties"]
    with atheris.instrument_imports(include=["mmapmigrate"]):
        properties = importlib.import_module("tests.fuzz.properties")
    corpus = keep / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for data in seeds():
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)

    def mutate(data: bytes, most: int, number: int) -> bytes:
        return mutated(data, Random(number))[:most]

    arguments = [
        sys.argv[0],
        str(corpus),
        f"-max_total_time={int(seconds)}",
        f"-seed={seed + 1}",
        "-max_len=16384",
        "-timeout=60",
        f"-artifact_prefix={keep}/{name}-",
    ]
    holds: Callable[[bytes], None] = properties.PROPERTIES[name]
    atheris.Setup(arguments, holds, custom_mutator=mutate)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(min(main(), 1))
