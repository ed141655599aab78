# SPDX-License-Identifier: GPL-2.0-only
"""What holds for every text, whoever wrote it. Each property takes bytes and raises AssertionError."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from msgspec.structs import replace

from mmapmigrate.change.errors import ChangeError
from mmapmigrate.change.history import added_lines
from mmapmigrate.change.patch import read_patches
from mmapmigrate.config.file import ConfigError, find_config
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.kernel.headers import Header
from mmapmigrate.kernel.maintainers import parse_maintainers
from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.lint.baseline import Baseline, BaselineError
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.fingerprint import fingerprinted
from mmapmigrate.lint.fix import FixOptions, plan_fixes
from mmapmigrate.lint.loader import load_rules
from mmapmigrate.lint.options import DEFECT, CheckOptions
from mmapmigrate.lint.result import CheckResult
from mmapmigrate.report.diff import render_diff
from mmapmigrate.report.gcc import render_gcc
from mmapmigrate.report.github import render_github
from mmapmigrate.report.gitlab import gitlab_json
from mmapmigrate.report.json import check_json
from mmapmigrate.report.junit import junit_xml
from mmapmigrate.report.run import CheckRun
from mmapmigrate.report.sarif import sarif_json
from mmapmigrate.report.style import Style
from mmapmigrate.report.text import render_text
from mmapmigrate.syntax.lexer import blank_opaque
from mmapmigrate.syntax.mask import token_mask, word_mask
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.unit import ItemKind, SourceUnit

NAME = "driver.c"

BEFORE = b"/* \xe9\xff\x80 caf\xc3\xa9 \x0c\x01 */\n"
AFTER = b"\n/* \xff\xfe the end, without one */"

_COMMENT = re.compile(rb"//(?:\\\r?\n|[^\n])*+|/\*.*?\*/", re.S)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@cache
def _options() -> CheckOptions:
    return CheckOptions(load_snapshot("7.3"), frozenset(loaded.code for loaded in load_rules()))


def syntax(data: bytes) -> None:
    """A mask is as long as the text, with its line ends; twice is once; items are disjoint."""
    code = blank_opaque(data)
    assert (len(code), _ends(code)) == (len(data), _ends(data))
    assert blank_opaque(code) == code
    unit = SourceUnit(SourceFile(NAME, data))
    at = 0
    for item in unit.items:
        assert at <= item.start < item.end <= len(data)
        at = item.end
        parsed = unit.parse(item)
        assert len(parsed.mask) == item.end - item.start
        assert all(item.start <= error.start <= error.end <= item.end + 1 for error in parsed.errors)
        if item.kind is not ItemKind.DEFINE and len(parsed.mask) < 4000:
            text = unit.text[item.start : item.end]
            for mask in (word_mask(text), token_mask(text)):
                assert (len(mask), _ends(mask)) == (len(text), _ends(text))


def _ends(data: bytes) -> list[int]:
    return [at for at, byte in enumerate(data) if byte == 0x0A]


def check(data: bytes) -> None:
    """A check answers, its places lie in the file, and what a comment says changes nothing."""
    checker = Checker(replace(_options(), conversions=False, texts={NAME: data, "blank.c": _silent(data)}))
    result = checker.check(NAME)
    if b"\0" in data:
        return
    assert result.errors == ()
    lines = data.count(b"\n") + 1
    for finding in result.findings:
        assert 0 <= finding.start <= finding.end <= len(data)
        assert 1 <= finding.line <= finding.end_line <= lines
        assert finding.column >= 1
    for region in result.unparsed:
        assert 1 <= region.line <= lines
    if b"mmapmigrate" not in data and b"FIXME" not in data:
        blank = checker.check("blank.c")
        assert [(each.rule, each.start, each.end) for each in blank.findings] == [
            (each.rule, each.start, each.end) for each in result.findings
        ]


def _silent(data: bytes) -> bytes:
    """``data`` with another text in its block comments, as long and with the same line ends."""
    code = blank_opaque(data)

    def said(match: re.Match[bytes]) -> bytes:
        # What only looks like a comment, in a literal for instance, is left alone, and so is one of one line:
        # what begins in there need not end with it.
        if match[0].startswith(b"//") or code[match.start() : match.end()].strip():
            return match[0]
        return b"/*" + re.sub(rb"[^\r\n\\]", b".", match[0][2:-2]) + b"*/"

    return _COMMENT.sub(said, data)


def fix(data: bytes) -> None:
    """A fix touches nothing else, says which part of it went wrong, and finds nothing more to do."""
    text = BEFORE + data + AFTER
    for tiers in (frozenset({Tier.COMPLETE}), frozenset(Tier)):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/{NAME}"
            check = replace(_options(), texts={path: text})
            options = FixOptions(check, (path,), tiers, jobs=1)
            result = plan_fixes([path], options)
            if b"\0" in data:
                assert not result.changes
                return
            # What is no C may be refused by the gate; then nothing of it is written.
            assert all(each.message.startswith(DEFECT) for each in result.left.errors)
            for change in result.changes:
                assert change.new.startswith(BEFORE)
                assert change.new.endswith(AFTER)
                again = plan_fixes([path], replace(options, check=replace(check, texts={path: change.new})))
                assert again.changes == ()
            assert bool(render_diff(result.changes, lambda _: NAME)) == bool(result.changes)


def formats(data: bytes) -> None:
    """Each format is what its name says, and holds no control character of the file."""
    options = replace(_options(), texts={NAME: data}, name=lambda path: path)
    found = CheckResult.of([Checker(options).check(NAME)])
    result = replace(found, findings=fingerprinted(found.findings, lambda path: path))
    rules = load_rules()
    run = CheckRun(
        result, options.api, rules, str(Path.cwd()), lambda path: path, lambda path: SourceFile(path, data), 1
    )
    assert len(json.loads(check_json(result, options.api))["findings"]) == len(result.findings)
    assert len(json.loads(gitlab_json(run))) == len(result.findings)
    assert len(json.loads(sarif_json(run))["runs"][0]["results"]) == len(result.findings)
    assert len(ElementTree.fromstring(junit_xml(run)).findall(".//failure")) == len(result.findings)
    printed = [*render_text(result, Style()), *render_gcc(result), *render_github(run)]
    assert not any(_CONTROLS.search(line.replace("\t", "")) or "\n" in line for line in printed)


def patches(data: bytes) -> None:
    """A patch is read, or refused as one."""
    list(added_lines(data))
    try:
        read = read_patches(data)
    except ChangeError as error:
        assert str(error)
        return
    assert all(patch.files for patch in read)


def configs(data: bytes) -> None:
    """A configuration is read, or refused with its name; so is a baseline."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mmapmigrate.toml"
        file.write_bytes(data)
        try:
            assert find_config(folder).file == file
        except ConfigError as error:
            assert "mmapmigrate.toml" in str(error)
    try:
        Baseline.from_json(data)
    except BaselineError as error:
        assert str(error)


def trees(data: bytes) -> None:
    """What is read of a tree beside its drivers is read whatever it holds: headers, MAINTAINERS."""
    text = data.decode("utf-8", "replace")
    assert len(Header("mm.h", data).code) <= len(data)
    assert parse_maintainers(text) is not None


PROPERTIES: Mapping[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (syntax, check, fix, formats, patches, configs, trees)
}
