# SPDX-License-Identifier: GPL-2.0-only
"""A long search for a wrong conversion: ``python -m tests.kernel.invented [--seed N] [--count N]``.

Draws drivers, converts them, boots what was converted without asking beside what it was, and prints what
differs. ``--show`` prints the hook of a seed and its conversion.
"""

from __future__ import annotations

import argparse
import difflib

from tests.kernel.invented.trial import converted, tried
from tests.kernel.lab.trees import newest_tree

BATCH = 150
"""Drivers that are built and booted together."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kernel.invented", description=__doc__)
    parser.add_argument("--seed", type=int, default=1000, help="of the first driver (default: 1000)")
    parser.add_argument("--count", type=int, default=BATCH, help=f"of drivers (default: {BATCH})")
    parser.add_argument(
        "--folder", default="invented", help="of the modules: one for each run beside another"
    )
    parser.add_argument("--show", action="store_true", help="print the conversion of --seed only")
    options = parser.parse_args()
    tree = newest_tree()
    if options.show:
        for pair in converted(tree, [options.seed]).pairs:
            before, after = (text.decode().splitlines(keepends=True) for text in (pair.before, pair.after))
            print("".join(difflib.unified_diff(before, after, "before", "after", n=60)))
        return 0
    found = 0
    for first in range(options.seed, options.seed + options.count, BATCH):
        seeds = range(first, min(first + BATCH, options.seed + options.count))
        drawn = converted(tree, seeds)
        for error in drawn.errors:
            print(f"seed {error.lstrip('/')}")
        outcome = tried(tree, drawn.pairs, options.folder)
        for seed, shown in outcome.wrong.items():
            print(f"seed {seed}: {shown if isinstance(shown, str) else ''}")
            for key, before, after in shown[:10] if isinstance(shown, list) else ():
                print(f"  {key}: {before!r} before, {after!r} after")
        found += len(outcome.wrong) + len(drawn.errors)
        print(
            f"seeds {seeds.start} to {seeds.stop - 1}: {len(outcome.pairs)} converted, "
            f"{outcome.mapped} mapped, {len(outcome.fatal)} fatal, {len(outcome.wrong)} wrong",
            flush=True,
        )
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
