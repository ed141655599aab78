# SPDX-License-Identifier: GPL-2.0-only
"""The rules and the API that a command line asks for; what cannot be had ends the run with one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from mmapmigrate.cli.caches import cache_folder
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.locate import choose_api
from mmapmigrate.lint.catalogue import builtin_rules
from mmapmigrate.lint.loader import LoadedRule, RuleLoadError, RuleModuleError, load_rules


def load(
    rule_folders: Sequence[str], kept: Path | None = None, broken: list[RuleModuleError] | None = None
) -> tuple[LoadedRule, ...]:
    """``load_rules`` for a command line; what is known of the built-in ones is in the cache ``kept``."""
    try:
        if rule_folders or kept is None:
            return load_rules(rule_folders, broken)
        return builtin_rules(kept)
    except RuleLoadError as error:
        raise click.ClickException(str(error)) from None


def read_api(
    paths: Sequence[str], kernel: str | None, target: str | None, *, no_cache: bool = False
) -> KernelApi:
    """``choose_api`` for a command line."""
    try:
        return choose_api(paths, kernel, target, cache_folder(no_cache=no_cache))
    except KernelError as error:
        raise click.ClickException(str(error)) from None
