# SPDX-License-Identifier: GPL-2.0-only
"""Every code of a reason has its page, and no page is left without a code."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmapmigrate.cli.app import run
from mmapmigrate.convert.catalog import reason_pages

PACKAGE = Path(__file__).parents[2] / "mmapmigrate"
CODE = re.compile(r"[a-z]+(?:-[a-z]+)*")
# What makes a reason, or hands the parts of one on, takes the code among its first three arguments.
MAKERS = {"refuse", "Reason", "OutcomeReason", "reason"}


def _codes_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in MAKERS:
            for given in node.args[:3]:
                if isinstance(given, ast.Constant) and CODE.fullmatch(str(given.value)):
                    yield str(given.value)


def _emitted() -> set[str]:
    return {code for path in PACKAGE.rglob("*.py") for code in _codes_in(path)}


def _spelled() -> set[str]:
    text = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    return set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', text))


def test_every_code_has_a_page() -> None:
    assert len(_emitted()) > 50
    assert _emitted() - set(reason_pages()) == set()


def test_every_page_is_of_a_code_that_exists() -> None:
    assert set(reason_pages()) - _spelled() == set()


def test_pages_are_in_order_and_sentences() -> None:
    assert list(reason_pages()) == sorted(reason_pages())
    for page in reason_pages().values():
        for text in (page.means, page.remedy):
            assert text[0] in "`_" or text[0].isupper() or text.startswith("error_override")
            assert text.endswith((".", "?"))


def test_explain_knows_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "may-merge"]) == 0
    assert reason_pages()["may-merge"].means.split()[0] in capsys.readouterr().out
    assert run(["explain", "--format", "json", "may-merge"]) == 0
    assert json.loads(capsys.readouterr().out)["code"] == "may-merge"
