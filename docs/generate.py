# SPDX-License-Identifier: GPL-2.0-only
"""Writes the pages of docs/ that say what the code says: ``python -m docs.generate`` in a checkout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from docs.manual import manual_page
from mmapmigrate.convert.catalog import ReasonPage, reason_pages
from mmapmigrate.lint.loader import LoadedRule, builtin_folder, load_folder
from mmapmigrate.lint.rule import Example

DOCS = Path(__file__).resolve().parent

COMMAND = "python -m docs.generate"


def pages() -> Mapping[str, str]:
    """The text of each generated page, by its name in docs/."""
    rules = load_folder(builtin_folder(), builtin=True)
    found = {f"rules/{each.code}.md": rule_page(each) for each in rules}
    found["rules/README.md"] = rule_index(rules)
    found["man/mmapmigrate.1"] = manual_page()
    found["reasons.md"] = reason_table(reason_pages().values())
    return found


def rule_page(loaded: LoadedRule) -> str:
    """One rule: its module's docstring, and its examples."""
    return "\n".join(_rule_lines(loaded)) + "\n"


def rule_index(rules: Iterable[LoadedRule]) -> str:
    """All rules, with links to their pages."""
    rows = (
        f"| [{each.code}]({each.code}.md) | {each.rule.name} | {_default(each)} | {each.rule.severity.value} "
        f"| {_cell(each.rule.summary)} |\n"
        for each in rules
    )
    return (
        "# Rules\n\n"
        "`mmapmigrate explain CODE` prints a rule's page, `mmapmigrate rules` this list. How to add one:\n"
        "[writing-rules.md](../writing-rules.md).\n\n"
        "| code | name | default | severity | finds |\n"
        "| --- | --- | --- | --- | --- |\n" + "".join(rows)
    )


def reason_table(reasons: Iterable[ReasonPage]) -> str:
    """All codes of reasons."""
    rows = (f"| `{each.code}` | {_cell(each.means)} | {_cell(each.remedy)} |\n" for each in reasons)
    return (
        "# Reasons: why a conversion is not complete\n\n"
        "`check` and `fix` give each reason with a code, a line and a sentence about the code in question. "
        "`mmapmigrate\nexplain CODE` prints what stands here, which is the text of "
        "`mmapmigrate/convert/reasons.toml`.\n\n"
        "| code | why | what to do |\n"
        "| --- | --- | --- |\n" + "".join(rows)
    )


def write() -> None:
    """Writes the pages, and removes those of rules that are gone."""
    wanted = pages()
    for path in (DOCS / "rules").glob("*.md"):
        if f"rules/{path.name}" not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


def _rule_lines(loaded: LoadedRule) -> Iterator[str]:
    rule = loaded.rule
    yield f"# {rule.code} {rule.name}"
    yield ""
    yield f"{rule.severity.value}, {_default(loaded)} by default"
    yield ""
    yield from loaded.page.splitlines()
    for title, examples in (("Examples that fail", rule.bad), ("Examples that pass", rule.good)):
        if examples:
            yield ""
            yield f"## {title}"
        for example in examples:
            yield from _example_lines(example)


def _example_lines(example: Example) -> Iterator[str]:
    yield ""
    yield f"{example.title[:1].upper()}{example.title[1:]}:"
    yield from _code(example.code)
    if example.fixed is not None:
        yield ""
        yield "Fixed:"
        yield from _code(example.fixed)


def _code(text: str) -> Iterator[str]:
    yield ""
    yield "```c"
    yield from text.rstrip("\n").splitlines()
    yield "```"


def _default(loaded: LoadedRule) -> str:
    return "on" if loaded.rule.default else "off"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    write()
