# SPDX-License-Identifier: GPL-2.0-only
"""What check and fix do before they differ: files, kernel, rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mmapmigrate.change.lines import Change
from mmapmigrate.cli.caches import cache_folder
from mmapmigrate.cli.configs import CommandLine, PathCodes, kernel_in_force, read_configs
from mmapmigrate.cli.home import RESULTS
from mmapmigrate.cli.output import diagnose
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.locate import choose_api
from mmapmigrate.lint.aside import aside
from mmapmigrate.lint.catalogue import builtin_rules
from mmapmigrate.lint.loader import LoadedRule, RuleLoadError, RuleModuleError, load_rules
from mmapmigrate.lint.memory.listing import listed
from mmapmigrate.lint.memory.witness import ignored
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.result import Problem
from mmapmigrate.model.discovery import DiscoveryError, discover

if TYPE_CHECKING:
    from mmapmigrate.change.ignored import Ignored


@dataclass(frozen=True)
class Session:
    """One run's input.

    ``files`` is empty where the kernel in force is ``too_old``: it deprecates no hook. ``rules`` are the
    active ones. ``of_change`` tells that only what a change touched is looked at, ``outside_tree`` that
    nobody chose the kernel, and the paths lie in none.
    """

    paths: tuple[str, ...]
    files: tuple[str, ...]
    errors: tuple[Problem, ...]
    options: CheckOptions
    rules: tuple[LoadedRule, ...]
    of_change: bool = False
    outside_tree: bool = False
    too_old: bool = False


def open_session(
    paths: Sequence[str],
    said: CommandLine,
    *,
    quiet: bool,
    no_cache: bool,
    change: Change | None = None,
    known: frozenset[str] | None = None,
    fingerprints: bool = False,
) -> Session:
    """Loads the rules, reads the API and finds the files; with ``change``, those that it touches.

    ``known`` are fingerprints of findings to leave out; where it is not None, findings get theirs, and also
    where ``fingerprints`` says so.

    Raises click.ClickException when one of them cannot be had.
    """
    paths = tuple(paths) or (".",)
    kept = cache_folder(no_cache=no_cache)
    memory = None if kept is None else kept / RESULTS
    configs = read_configs(paths)
    kernel, target = kernel_in_force(configs, said)
    # To read a tree's API takes as long as to load the rules and list its files.
    with aside(partial(read_api, paths, kernel, target, no_cache=no_cache)) as told:
        broken: list[RuleModuleError] = []
        rules = load(said.rule_folders, kept, broken)
        unloaded = [Problem(str(each.path), each.line, f"left out: {each.said}") for each in broken]
        known_rules = [loaded.rule for loaded in rules]
        try:
            by_config = {
                config: PathCodes(said.over(config), known_rules) for config in set(configs.values())
            }
        except click.ClickException:
            # A code that nobody knows may be that of a module which could not be loaded.
            report_errors(unloaded)
            raise
        settings_of = {path: by_config[config] for path, config in configs.items()}
        codes = settings_of[paths[0]].codes
        named = frozenset(paths)
        found: list[str | DiscoveryError] = []
        file_codes: dict[str, frozenset[str]] = {}
        for path, several in _found(paths, change, memory):
            settings = settings_of[path]
            if settings.everywhere and settings.codes == codes:
                # Most runs have 60,000 files and no pattern.
                found += several
                continue
            for each in several:
                if isinstance(each, str):
                    if each not in named and settings.excluded.fit(each):
                        continue
                    if (own := settings.of(each)) != codes:
                        file_codes.setdefault(each, own)
                found.append(each)
        api = told()
    files = tuple(dict.fromkeys(each for each in found if isinstance(each, str)))
    missing = [Problem(each.path, 0, each.message) for each in found if isinstance(each, DiscoveryError)]
    errors = (*unloaded, *missing)
    too_old = not api.has_mmap_prepare and target is None
    if too_old:
        if not quiet:
            diagnose(
                f"note: Linux {api.release} ({api.origin}) has no mmap_prepare: no hook is deprecated there; "
                "--target tells what another release would say"
            )
        files = ()
    used = codes.union(*(settings.codes for settings in by_config.values()))
    active = tuple(loaded for loaded in rules if loaded.code in used)
    check = CheckOptions(api, codes, said.rule_folders, file_codes=file_codes, memory=memory)
    if change is not None:
        check = replace(check, lines=change.lines, texts=change.texts)
    if fingerprints or change is not None or known is not None:
        from mmapmigrate.cli.names import diff_name

        check = replace(check, name=diff_name, known=known or frozenset())
    chosen = kernel is not None or target is not None
    return Session(
        paths,
        files,
        errors,
        check,
        active,
        of_change=change is not None,
        outside_tree=not chosen and api.source == "snapshot",
        too_old=too_old,
    )


def _found(
    paths: Sequence[str], change: Change | None, memory: Path | None
) -> Iterator[tuple[str, Iterable[str | DiscoveryError]]]:
    """The files to check, or why there is none, by that of ``paths`` that led to them."""
    for path in paths:
        if change is None:
            several = listed(path, memory)
            left_out = _ignored(path)
            if left_out:
                several = (each for each in several if not isinstance(each, str) or each not in left_out)
            yield path, several
        elif path not in change.lines and not Path(path).exists():
            yield path, discover((path,))
    for name in sorted(change.lines if change is not None else ()):
        holders = (path for path in paths if name == path or name.startswith(_folder(path)))
        yield next(holders, paths[0]), (name,)


def _ignored(path: str) -> Ignored | None:
    """What git ignores under the folder ``path``; a file that is named itself is never left out."""
    if not Path(path).is_dir():
        return None
    return ignored(path)


def _folder(path: str) -> str:
    return path if path.endswith("/") else f"{path}/"


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


def report_errors(errors: Sequence[Problem]) -> None:
    """Each error as one line on standard error."""
    for error in errors:
        place = f"{error.path}:{error.line}" if error.line else error.path
        diagnose(f"error: {place}: {error.message}")


def exit_code(*, failed: bool, found: bool, exit_zero: bool) -> int:
    """2 outranks 1, and --exit-zero turns only 1 into 0."""
    if failed:
        return 2
    return 1 if found and not exit_zero else 0
