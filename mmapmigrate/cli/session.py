# SPDX-License-Identifier: GPL-2.0-only
"""What check and fix do before they differ: files, kernel, rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from mmapmigrate.change.lines import Change
from mmapmigrate.cli.caches import cache_folder
from mmapmigrate.cli.configs import CommandLine, PathCodes, kernel_in_force, read_configs
from mmapmigrate.cli.files import find_files
from mmapmigrate.cli.home import RESULTS
from mmapmigrate.cli.loading import load, read_api
from mmapmigrate.cli.output import diagnose
from mmapmigrate.config.file import Config
from mmapmigrate.lint.aside import aside
from mmapmigrate.lint.loader import LoadedRule, RuleModuleError
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.result import Problem


class Session(Struct, frozen=True):
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
        rules, broken = _load(said, kept)
        settings_of = _settings(configs, said, rules, broken)
        files = find_files(paths, settings_of, change, memory)
        api = told()
    too_old = not api.has_mmap_prepare and target is None
    if too_old and not quiet:
        diagnose(
            f"note: Linux {api.release} ({api.origin}) has no mmap_prepare: no hook is deprecated there; "
            "--target tells what another release would say"
        )
    options = CheckOptions(
        api, files.codes, said.rule_folders, file_codes=files.own_codes, memory=memory, catalogue=kept
    )
    if change is not None:
        options = replace(options, lines=change.lines, texts=change.texts)
    if fingerprints or change is not None or known is not None:
        from mmapmigrate.cli.names import diff_name

        options = replace(options, name=diff_name, known=known or frozenset())
    used = frozenset[str]().union(*(settings.codes for settings in settings_of.values()))
    return Session(
        paths,
        () if too_old else files.found,
        (*broken, *files.missing),
        options,
        tuple(loaded for loaded in rules if loaded.code in used),
        of_change=change is not None,
        outside_tree=kernel is None and target is None and api.source == "snapshot",
        too_old=too_old,
    )


def _load(said: CommandLine, kept: Path | None) -> tuple[tuple[LoadedRule, ...], tuple[Problem, ...]]:
    """The rules, and the modules of them that could not be loaded."""
    broken: list[RuleModuleError] = []
    rules = load(said.rule_folders, kept, broken)
    return rules, tuple(Problem(str(each.path), each.line, f"left out: {each.said}") for each in broken)


def _settings(
    configs: Mapping[str, Config], said: CommandLine, rules: Sequence[LoadedRule], broken: Sequence[Problem]
) -> dict[str, PathCodes]:
    """What is in force for each path that has one of ``configs``."""
    known = [loaded.rule for loaded in rules]
    try:
        settings = {config: PathCodes(said.over(config), known) for config in set(configs.values())}
    except click.ClickException:
        # A code that nobody knows may be that of a module which could not be loaded.
        report_errors(broken)
        raise
    return {path: settings[config] for path, config in configs.items()}


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
