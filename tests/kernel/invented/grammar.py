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
_HOOK = "static int box_mmap(struct file *file, struct vm_area_struct *vma)\n{\n%s\n}"
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
    spelled = {word for text in texts for word in _WORD.findall(text)}
    unused = {*grammar["rules"]} - drawn - {*_FIRST, "hook"}
    return (drawn - {*grammar["rules"]}) | unused | ({*grammar["functions"], *grammar["locals"]} - spelled)


@cache
def _grammar() -> dict[str, dict[str, Any]]:
    return tomllib.loads((_FOLDER / "hooks.toml").read_text())


class _Draw:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._rules: dict[str, list[str]] = _grammar()["rules"]

    def driver(self) -> str:
        body = self._text("hook")
        declared = self._locals(body)
        lines = [
            *declared,
            *([""] if declared else []),
            *(line for line in body.splitlines() if line.strip()),
        ]
        hook = _HOOK % _INDENTED_LABEL.sub("", "\n".join(f"\t{line}" if line else "" for line in lines))
        named = set(_WORD.findall(hook))
        functions = [
            self._filled(text.strip()) for name, text in _grammar()["functions"].items() if name in named
        ]
        driver = Template((_FOLDER / "driver.c").read_text())
        state = {name: self._text(name) for name in _FIRST}
        return driver.substitute(hook="\n\n".join([*functions, hook]), **state)

    def _locals(self, body: str) -> list[str]:
        """Declarations of the locals that a body names, and of those that they name."""
        declared: dict[str, str] = {}
        while True:
            named = set(
                _WORD.findall("\n".join([body, *(text.split("=")[-1] for text in declared.values())]))
            )
            missing = [name for name in _grammar()["locals"] if name in named and name not in declared]
            if not missing:
                return [declared[name] for name in _grammar()["locals"] if name in declared]
            for name in missing:
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
