# SPDX-License-Identifier: GPL-2.0-only
"""The configuration in force: the command line's word, else the file's that is found for a path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import click
from msgspec import Struct
from msgspec.structs import replace

from mmapmigrate.config.file import Config, ConfigError, find_config
from mmapmigrate.config.scope import FilePatterns
from mmapmigrate.lint.rule import Rule
from mmapmigrate.lint.selection import UnknownRuleError, selected_codes


class CommandLine(Struct, frozen=True):
    """What the command line says about kernel and rules; empty and None where it says nothing.

    A file could say the same, but for ``rule_folders``: it names no code to run.
    """

    kernel: str | None = None
    target: str | None = None
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rule_folders: tuple[str, ...] = ()

    def over(self, config: Config) -> Config:
        """``config`` with the command line's values in place; --select stands for the whole selection."""
        if self.select:
            config = replace(config, select=None, extend_select=None, ignore=None)
        if self.kernel is not None or self.target is not None:
            config = replace(config, kernel=self.kernel, target=self.target)
        for key in ("select", "extend_select", "ignore"):
            if getattr(self, key):
                config = replace(config, **{key: getattr(self, key)})
        return config


def read_configs(paths: Iterable[str]) -> dict[str, Config]:
    """The file's values for each of ``paths``.

    Raises click.ClickException when a file cannot be used.
    """
    known: dict[str, Config] = {}
    try:
        return {path: known.setdefault(path, find_config(path)) for path in paths}
    except ConfigError as error:
        raise click.ClickException(str(error)) from None


def kernel_in_force(configs: Mapping[str, Config], said: CommandLine) -> tuple[str | None, str | None]:
    """The tree and the release that are asked for.

    Raises click.ClickException when two configurations differ and the command line does not decide.
    """
    if said.kernel is not None or said.target is not None:
        return said.kernel, said.target
    wanted = {(config.kernel, config.target): config.file for config in configs.values()}
    if len(wanted) > 1:
        files = " and ".join(sorted(str(file) if file else "no file" for file in wanted.values()))
        raise click.ClickException(
            f"the paths are configured for different kernels, by {files}: say --kernel or --target"
        )
    return next(iter(wanted), (None, None))


def codes_of(config: Config, rules: Sequence[Rule]) -> frozenset[str]:
    """The active rules.

    Raises click.ClickException for a selector that fits none.
    """
    try:
        return selected_codes(
            rules,
            select=config.select or (),
            extend_select=config.extend_select or (),
            ignore=config.ignore or (),
        )
    except UnknownRuleError as error:
        where = f" (see {config.file})" if config.file is not None else ""
        raise click.ClickException(f"{error}{where}") from None


class PathCodes:
    """The active rules of single files, for one configuration.

    Raises click.ClickException for a selector or a pattern that is none.
    """

    def __init__(self, config: Config, rules: Sequence[Rule]) -> None:
        self.codes = codes_of(config, rules)
        try:
            self.excluded = FilePatterns(config.exclude or (), config.folder)
            self._ignores = [
                (FilePatterns((pattern,), config.folder), self._ignored(config, rules, selectors))
                for pattern, selectors in config.per_path_ignores or ()
            ]
        except ConfigError as error:
            raise click.ClickException(f"{config.file}: {error}") from None

    @staticmethod
    def _ignored(config: Config, rules: Sequence[Rule], selectors: tuple[str, ...]) -> frozenset[str]:
        return codes_of(Config(config.file, select=selectors), rules) if selectors else frozenset()

    @property
    def everywhere(self) -> bool:
        """Whether no file is excluded, and the same rules are active in all."""
        return not self.excluded and not self._ignores

    def of(self, path: str) -> frozenset[str]:
        """Those for the file ``path``."""
        codes = self.codes
        for patterns, ignored in self._ignores:
            if patterns.fit(path):
                codes -= ignored
        return codes
