# SPDX-License-Identifier: GPL-2.0-only
"""Loads rule modules from a folder: ours and a user's come through the same door."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import os
import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType

from msgspec import Struct

import mmapmigrate
from mmapmigrate.lint.rule import Check, Rule

PACKAGE = "mmapmigrate_rules"
RESERVED_PREFIX = "MM"

LONGEST = 400
"""Characters of what an exception says that are shown."""

_CODE = re.compile(r"(?P<prefix>[A-Z]+)[0-9]+\Z")


class RuleLoadError(Exception):
    """A folder or a module that cannot serve as rules; the text is one line for the user."""


class RuleModuleError(RuleLoadError):
    """A module that raised when it was imported; ``line`` is where, 0 where that is in no line of it."""

    def __init__(self, path: Path, line: int, said: str) -> None:
        super().__init__(f"{path}: line {line}: {said}" if line else f"{path}: {said}")
        self.path = path
        self.line = line
        self.said = said


class LoadedRule(Struct, frozen=True):
    """A rule, its check, its page (the module's docstring) and the file that it came from."""

    rule: Rule
    check: Check
    page: str
    path: Path

    @property
    def code(self) -> str:
        return self.rule.code


def builtin_folder() -> Path:
    """The folder of the built-in rules: inside the installed package, or beside it in a checkout."""
    package = Path(mmapmigrate.__file__).resolve().parent
    shipped = package / "rules"
    return shipped if shipped.is_dir() else package.parent / "rules"


def load_rules(
    folders: Iterable[Path | str] = (), broken: list[RuleModuleError] | None = None
) -> tuple[LoadedRule, ...]:
    """The built-in rules and those of the user's ``folders``, by code.

    A user's module that raises is left out and added to ``broken``, where that is given.

    Raises RuleLoadError when a folder or a module is unfit, or two rules share a code.
    """
    loaded: dict[str, LoadedRule] = {}
    ours = builtin_folder()
    for folder in dict.fromkeys((ours, *(Path(os.path.realpath(folder)) for folder in folders))):
        for rule in load_folder(folder, builtin=folder == ours, broken=broken):
            other = loaded.setdefault(rule.code, rule)
            if other is not rule:
                raise RuleLoadError(f"{rule.path}: rule {rule.code} is already defined by {other.path}")
    return tuple(loaded[code] for code in sorted(loaded))


def load_folder(
    folder: Path, *, builtin: bool = False, broken: list[RuleModuleError] | None = None
) -> Sequence[LoadedRule]:
    """The rules of one folder: every ``*.py`` whose name does not begin with an underscore.

    Raises RuleLoadError when the folder holds none or one of them is unfit; one that raises is added to
    ``broken`` instead, where that is given.
    """
    if not folder.is_dir():
        raise RuleLoadError(f"{folder}: no such folder of rules")
    paths = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    if not paths:
        raise RuleLoadError(f"{folder}: holds no rule module (*.py)")
    package = _package(folder)
    loaded = []
    for path in paths:
        try:
            loaded.append(_load(path, package, builtin=builtin))
        except RuleModuleError as error:
            if broken is None or builtin:
                raise
            broken.append(error)
    return loaded


def load_builtin(path: Path) -> LoadedRule:
    """The built-in rule in the module ``path``.

    Raises RuleLoadError when it is unfit.
    """
    return _load(path, _package(path.parent), builtin=True)


def _package(folder: Path) -> str:
    """The name of the folder's package; its ``__path__`` lets a module import a helper relatively."""
    name = f"{PACKAGE}.{hashlib.sha256(bytes(folder)).hexdigest()[:12]}"
    for package, places in ((PACKAGE, []), (name, [str(folder)])):
        if package not in sys.modules:
            module = ModuleType(package)
            module.__path__ = places
            module.__spec__ = importlib.machinery.ModuleSpec(package, None, is_package=True)
            sys.modules[package] = module
    return name


def _load(path: Path, package: str, *, builtin: bool) -> LoadedRule:
    name = f"{package}.{path.stem}"
    module = sys.modules.get(name) or _execute(path, name)
    rule = getattr(module, "RULE", None)
    if not isinstance(rule, Rule):
        raise RuleLoadError(f"{path}: has no RULE that is a mmapmigrate.lint.rule.Rule")
    check = getattr(module, "check", None)
    if not callable(check):
        raise RuleLoadError(f"{path}: has no function check(context)")
    code = _CODE.match(rule.code)
    if code is None:
        raise RuleLoadError(f"{path}: rule code {rule.code!r} is not capital letters followed by digits")
    if code["prefix"] == RESERVED_PREFIX and not builtin:
        raise RuleLoadError(
            f"{path}: rule code {rule.code}: {RESERVED_PREFIX} is the prefix of built-in rules"
        )
    return LoadedRule(rule, check, (module.__doc__ or "").strip(), path)


def _execute(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise RuleLoadError(f"{path}: cannot be loaded as a Python module")
    module = importlib.util.module_from_spec(spec)
    # Registered first: dataclasses and pickle look a class's module up by its name.
    sys.modules[name] = module
    try:
        # What a module prints is no part of a report.
        with redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except KeyboardInterrupt:
        del sys.modules[name]
        raise
    except BaseException as error:  # a module may raise anything, SystemExit included
        del sys.modules[name]
        raise RuleModuleError(path, _line(error, path), describe(error)) from error
    return module


def _line(error: BaseException, path: Path) -> int:
    """The last line of ``path`` on the way to ``error``."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 0
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    return lines[-1] or 0 if lines else 0


def describe(error: BaseException) -> str:
    """An exception, which may be one of a user's module, as one line for the user."""
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:
        text = ""
    first = text.strip().partition("\n")[0]
    if len(first) > LONGEST:
        first = f"{first[:LONGEST]} ..."
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
