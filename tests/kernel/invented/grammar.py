# SPDX-License-Identifier: GPL-2.0-only
"""Drivers drawn at random from hooks.toml: they are C that builds, do odd things, and mean nothing."""

from __future__ import annotations

import random
import re
import tomllib
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

_FOLDER = Path(__file__).parent
_NAME = re.compile(r"<([a-z_]+)>")
_WEIGHT = re.compile(r"(\d+): ")
_WORD = re.compile(r"(?<![.>])\b[A-Za-z_]\w*")
_HOOK = "box_mmap"
_FIRST = ("limit_at_first", "mode_at_first", "cached_at_first")
_INDENTED_LABEL = re.compile(r"^\t(?=(?!default)\w+:$)", re.MULTILINE)


def draw(seed: int) -> str:
    """The driver of a seed: C, always the same one."""
    return _Draw(seed).driver()


def loose_ends() -> set[str]:
    """Names in hooks.toml that no rule is for, and rules, functions and locals that nothing names."""
    grammar = _grammar()
    texts = [*grammar["functions"].values()]
    texts += [text for table in ("locals", "rules") for each in grammar[table].values() for text in each]
    drawn = {name for text in texts for name in _NAME.findall(text)}
    spelled = _words("\n".join(texts))
    unused = {*grammar["rules"]} - drawn - {*_FIRST}
    return (drawn - {*grammar["rules"]}) | unused | ({*grammar["functions"], *grammar["locals"]} - spelled)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text))


@cache
def _grammar() -> dict[str, dict[str, Any]]:
    return tomllib.loads((_FOLDER / "hooks.toml").read_text())


class _Draw:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._rules: dict[str, list[str]] = _grammar()["rules"]
        self._functions: dict[str, str] = {}

    def driver(self) -> str:
        self._function(_HOOK)
        driver = Template((_FOLDER / "driver.c").read_text())
        state = {name: self._text(name) for name in _FIRST}
        return driver.substitute(hook="\n\n".join(self._functions.values()), **state)

    def _function(self, name: str) -> None:
        """Write a function, or a macro, behind those that it names."""
        head, brace, body = self._filled(_grammar()["functions"][name].strip()).partition("\n{\n")
        lines = [line for line in body.splitlines() if line.strip()]
        body = _INDENTED_LABEL.sub("", "\n".join(lines))
        declared = "".join(f"\t{line}\n" for line in self._locals(head, body))
        whole = head + brace + (f"{declared}\n" if declared else "") + body
        for other in _grammar()["functions"]:
            if other in _words(whole) - self._functions.keys() - {name}:
                self._function(other)
        self._functions[name] = whole

    def _locals(self, head: str, body: str) -> list[str]:
        """Declarations of the locals that a body names, and of those that they name."""
        declared: dict[str, str] = {}
        while True:
            named = _words("\n".join([body, *(text.split("=")[-1] for text in declared.values())]))
            missing = named & _grammar()["locals"].keys() - declared.keys() - _words(head)
            if not missing:
                return [declared[name] for name in _grammar()["locals"] if name in declared]
            for name in sorted(missing):
                declared[name] = self._filled(self._one_of(_grammar()["locals"][name]))

    def _text(self, rule: str) -> str:
        return self._filled(self._one_of(self._rules[rule]))

    def _one_of(self, texts: list[str]) -> str:
        weights = [int(found[1]) if (found := _WEIGHT.match(text)) else 1 for text in texts]
        return _WEIGHT.sub("", self._random.choices(texts, weights)[0], count=1)

    def _filled(self, text: str) -> str:
        """``text`` with its names filled in; what fills one with several lines keeps the line's indent."""
        lines = []
        for line in text.split("\n"):
            indent = line[: len(line) - len(line.lstrip("\t"))]
            filled = _NAME.sub(lambda name: self._text(name[1]), line)
            lines.append(filled.replace("\n", f"\n{indent}"))
        return "\n".join(lines)
