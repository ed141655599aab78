# SPDX-License-Identifier: GPL-2.0-only
"""Drivers before and after conversion, driven by one script on a running kernel.

All boot once, two modules a situation; what the script saw must be the same, or differ as stated.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

import pytest

from tests.kernel.lab.boot import Transcript
from tests.kernel.lab.situations import FAILS, Situation, changes, situations

pytestmark = pytest.mark.kernel

NAMES = [situation.name for situation in situations()]
Pairs = Mapping[str, tuple[Situation, Transcript, Transcript]]
each = pytest.mark.parametrize("name", NAMES)


@each
def test_both_drivers_load_run_and_unload(pairs: Pairs, name: str) -> None:
    for transcript in pairs[name][1:]:
        seen = dict(transcript)
        assert (seen["load"], seen["script"], seen["unload"]) == ("ok", "whole", "ok")


@each
def test_the_script_gets_a_mapping_and_a_refusal(pairs: Pairs, name: str) -> None:
    for transcript in pairs[name][1:]:
        answers = [value for key, value in transcript if key.startswith("mmap ")]
        assert any(value.startswith("ok ") for value in answers)
        assert any(value.startswith("E") for value in answers)


@each
def test_requests_fail_with_the_errno_that_the_situation_states(pairs: Pairs, name: str) -> None:
    situation, before, _after = pairs[name]
    assert situation.expect
    seen = dict(before)
    for key, value in situation.expect.items():
        assert fnmatchcase(seen[key], value), key


@each
def test_what_is_seen_changes_only_as_the_situation_states(pairs: Pairs, name: str) -> None:
    situation, before, after = pairs[name]
    stated = (*situation.differences, *situation.exhausted)
    assert [each for each in changes(before, after) if not any(one.fits(*each) for one in stated)] == []


@each
def test_every_stated_difference_is_seen(pairs: Pairs, name: str) -> None:
    situation, before, after = pairs[name]
    seen = changes(before, after)
    assert bool(situation.differences or situation.unproven) == (situation.tier == "review")
    for difference in situation.differences:
        assert any(difference.fits(*change) for change in seen), difference


@pytest.mark.parametrize("name", [each.name for each in situations() if each.exhausted])
def test_what_a_lack_of_page_tables_changes_is_seen(transcripts: Mapping[str, Transcript], name: str) -> None:
    situation = next(each for each in situations() if each.name == name)
    seen = changes(transcripts[f"{name}_before"], transcripts[f"{name}_after"])
    for difference in situation.exhausted:
        assert any(difference.fits(*change) for change in seen), difference


@each
def test_a_mapping_whose_allocations_fail_leaves_nothing_behind(pairs: Pairs, name: str) -> None:
    situation, *transcripts = pairs[name]
    for transcript in transcripts:
        failed = [value for key, value in transcript if key.endswith(FAILS)]
        assert failed
        assert all("ENOMEM" in value.split() for value in failed)
        assert not [key for key, _ in transcript if key.endswith(("faults", "fault left"))]
    assert all(one.key.endswith(FAILS) for one in situation.exhausted)


@each
def test_the_kernel_log_stays_empty_but_for_what_the_situation_states(pairs: Pairs, name: str) -> None:
    situation, before, after = pairs[name]
    for which, transcript in (("before", before), ("after", after)):
        stated = [*situation.log]
        for difference in situation.differences:
            if difference.key.startswith("log ") and getattr(difference, which):
                stated.append(difference.key.removeprefix("log "))
        lines = [value for key, value in transcript if key == "log"]
        assert [line for line in lines if not any(fnmatchcase(line, pattern) for pattern in stated)] == []
