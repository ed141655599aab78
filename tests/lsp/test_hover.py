# SPDX-License-Identifier: GPL-2.0-only
"""What is shown over a finding is markup of ours, and none of a file's."""

from __future__ import annotations

import pytest
from lsprotocol import types
from msgspec.structs import replace

from mmapmigrate.kernel.snapshot import load_snapshot
from mmapmigrate.lint.checker import Checker
from mmapmigrate.lint.loader import load_rules
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lsp.analysis import Analysis
from mmapmigrate.lsp.hover import hover
from mmapmigrate.lsp.settings import Settings
from mmapmigrate.lsp.text import UTF_16, Text
from tests.drivers import BLOCKED_HOOK

EVIL = "in ![](http://x/y.png) <img> \x1b[31m`[a](b)"


@pytest.mark.parametrize("markdown", [True, False])
def test_no_markup_of_a_file_counts(markdown: bool) -> None:
    rules = load_rules()
    options = CheckOptions(load_snapshot("7.3"), frozenset({"MM101"}), texts={"a.c": BLOCKED_HOOK.encode()})
    result = Checker(options).check("a.c")
    (finding,) = result.findings
    told = replace(result, findings=(replace(finding, message=f"`one[0]` {EVIL}"),))
    text = Text.of(BLOCKED_HOOK, UTF_16)
    analysis = Analysis("a.c", {}, 0.0, Settings(options, rules), told)
    shown = hover(analysis, text, text.range(finding.start, finding.end).start, markdown=markdown)
    assert shown is not None
    assert isinstance(shown.contents, types.MarkupContent)
    assert "\x1b" not in shown.contents.value
    escaped = r"`one[0]` in !\[\](http://x/y.png) \<img> " + "\ufffd" + r"\[31m\`\[a\](b)"
    assert (escaped in shown.contents.value) == markdown
    assert ("<img>" in shown.contents.value.replace(r"\<", "")) != markdown
