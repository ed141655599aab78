# SPDX-License-Identifier: GPL-2.0-only
"""Loading rule modules from a folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import mmapmigrate
from mmapmigrate.lint import loader
from mmapmigrate.lint.loader import RuleLoadError, builtin_folder, load_folder, load_rules

MODULE = '''\
"""What a rule of our own does."""
from mmapmigrate.lint.finding import Severity
from mmapmigrate.lint.rule import Rule

RULE = Rule("{code}", "no-foo", Severity.WARNING, "no foo here")


def check(context):
    return ()
'''


def folder_with(folder: Path, **modules: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def test_a_module_becomes_a_rule_with_its_docstring_as_page(tmp_path: Path) -> None:
    (rule,) = load_folder(folder_with(tmp_path, foo=MODULE.format(code="ACME1")))
    assert (rule.code, rule.page, rule.path) == ("ACME1", "What a rule of our own does.", tmp_path / "foo.py")


def test_the_built_in_rules_load() -> None:
    codes = [rule.code for rule in load_rules()]
    assert "MM101" in codes
    assert codes == sorted(codes)


def test_a_users_rules_come_beside_ours(tmp_path: Path) -> None:
    codes = {rule.code for rule in load_rules([folder_with(tmp_path, foo=MODULE.format(code="ACME1"))])}
    assert {"MM101", "ACME1"} <= codes


def test_a_module_is_registered_under_a_name_of_its_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        load_folder(folder_with(tmp_path / name, foo=MODULE.format(code="ACME1")))
    names = [name for name in sys.modules if name.startswith(f"{loader.PACKAGE}.") and name.endswith(".foo")]
    files = {Path(str(sys.modules[name].__file__)) for name in names}
    assert {tmp_path / "one" / "foo.py", tmp_path / "two" / "foo.py"} <= files


def test_a_module_may_define_a_dataclass(tmp_path: Path) -> None:
    text = MODULE.format(code="ACME1") + (
        "from dataclasses import dataclass\n@dataclass\nclass Foo:\n    bar: 'int' = 0\n"
    )
    assert load_folder(folder_with(tmp_path, foo=text))[0].code == "ACME1"


def test_a_module_may_import_a_helper_relatively(tmp_path: Path) -> None:
    text = MODULE.replace("RULE =", "from ._names import CODE\n\nRULE =").replace('"{code}"', "CODE")
    folder = folder_with(tmp_path, _names='CODE = "ACME7"\n', foo=text)
    assert [rule.code for rule in load_folder(folder)] == ["ACME7"]


def test_two_rules_with_one_code_are_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, foo=MODULE.format(code="ACME1"), goo=MODULE.format(code="ACME1"))
    with pytest.raises(RuleLoadError, match=r"goo\.py: rule ACME1 is already defined by .*foo\.py$"):
        load_rules([folder])


def test_the_same_folder_twice_is_loaded_once(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, foo=MODULE.format(code="ACME1"))
    codes = [rule.code for rule in load_rules([folder, str(folder)])]
    assert codes.count("ACME1") == 1


def test_our_prefix_is_reserved(tmp_path: Path) -> None:
    with pytest.raises(RuleLoadError, match="MM is the prefix of built-in rules"):
        load_folder(folder_with(tmp_path, foo=MODULE.format(code="MM999")))


def test_a_longer_prefix_that_begins_like_ours_is_free(tmp_path: Path) -> None:
    assert load_folder(folder_with(tmp_path, foo=MODULE.format(code="MMX1")))[0].code == "MMX1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("RULE = (\n", r"foo\.py: line 1: SyntaxError: .*never closed", id="syntax"),
        pytest.param(
            "\nimport no_such_module_at_all\n", r"line 2: ModuleNotFoundError: No module named", id="import"
        ),
        pytest.param("raise SystemExit(3)\n", r"line 1: SystemExit: 3", id="exit"),
        pytest.param("raise ValueError('a\\nb')\n", r"ValueError: a$", id="one line only"),
        pytest.param("", r"has no RULE", id="no rule"),
        pytest.param("RULE = 'MM101'\n", r"has no RULE", id="rule of another type"),
        pytest.param(
            MODULE.format(code="acme1"), r"'acme1' is not capital letters followed by digits", id="code"
        ),
        pytest.param(
            MODULE.format(code="ACME1").replace("def check", "def other"), r"no function check", id="no check"
        ),
    ],
)
def test_a_broken_module_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RuleLoadError, match=message) as caught:
        load_folder(folder_with(tmp_path, foo=text))
    assert "\n" not in str(caught.value)


def test_a_broken_module_is_not_left_behind(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, foo="raise ValueError\n")
    with pytest.raises(RuleLoadError):
        load_folder(folder)
    folder_with(tmp_path, foo=MODULE.format(code="ACME1"))
    assert load_folder(folder)[0].code == "ACME1"


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(RuleLoadError, match="no such folder of rules"):
        load_rules([tmp_path / "none"])


def test_a_folder_without_a_module(tmp_path: Path) -> None:
    with pytest.raises(RuleLoadError, match=r"holds no rule module"):
        load_rules([folder_with(tmp_path, _helper="")])


def test_the_shipped_folder_goes_before_the_checkouts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "mmapmigrate"
    (package / "rules").mkdir(parents=True)
    monkeypatch.setattr(mmapmigrate, "__file__", str(package / "__init__.py"))
    assert builtin_folder() == package / "rules"
    (package / "rules").rmdir()
    assert builtin_folder() == tmp_path / "rules"
