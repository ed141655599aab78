# SPDX-License-Identifier: GPL-2.0-only
"""Imports run one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import mmapmigrate

PACKAGE = Path(mmapmigrate.__file__).parent

MAY_USE = {
    "disk": set(),
    "syntax": {"disk"},
    "kernel": {"disk", "syntax"},
    "model": {"disk", "syntax", "kernel"},
    "change": {"disk", "model"},
    "config": {"disk"},
    "convert": {"disk", "syntax", "kernel", "model"},
    "lint": {"disk", "syntax", "kernel", "model", "convert", "change"},
    "kbuild": {"disk", "syntax", "kernel", "model", "convert", "lint"},
    "migration": {"disk", "syntax", "kernel", "model", "convert", "lint"},
    "series": {"disk", "syntax", "kernel", "model", "convert", "lint", "change"},
    "report": {"syntax", "kernel", "model", "convert", "lint", "migration", "series", "config"},
    "lsp": {"disk", "syntax", "kernel", "model", "convert", "lint", "report"},
    "cli": {
        "disk",
        "syntax",
        "kernel",
        "model",
        "convert",
        "change",
        "config",
        "lint",
        "kbuild",
        "migration",
        "series",
        "report",
        "lsp",
    },
}
"""Beside itself. The kernel package reads C text, and nothing but text."""


def imported(path: Path) -> Iterator[str]:
    """The full names that a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def uses(path: Path) -> Iterator[str]:
    """The packages of mmapmigrate that a module imports from."""
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "mmapmigrate" and len(parts) > 1 and (PACKAGE / parts[1]).is_dir():
            yield parts[1]


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("package", MAY_USE)
def test_a_package_uses_only_what_lies_below(package: str) -> None:
    wrong = {
        f"{path.relative_to(PACKAGE)}: {used}"
        for path in (PACKAGE / package).rglob("*.py")
        for used in uses(path)
        if used != package and used not in MAY_USE[package]
    }
    assert wrong == set()


def test_rules_use_neither_the_command_line_nor_a_printer() -> None:
    from mmapmigrate.lint.loader import builtin_folder

    used = {name for path in builtin_folder().glob("*.py") for name in uses(path)}
    assert used <= MAY_USE["lint"] | {"lint"}


def test_no_modules_name_each_other() -> None:
    modules = {module_of(path): path for path in PACKAGE.rglob("*.py")}
    graph = {
        name: {
            used
            for full in imported(path)
            for used in (full if full in modules else full.rpartition(".")[0],)
            if used in modules and used != name
        }
        for name, path in modules.items()
    }
    assert sum(map(len, graph.values())) > len(modules)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))
