# SPDX-License-Identifier: GPL-2.0-only
"""Masks: what the grammar cannot hold becomes spaces, or text of equal length that it can."""

from __future__ import annotations

import re

from mmapmigrate.syntax.lexer import SPACES

_ATTRIBUTE_WORD = re.compile(
    rb"\b(?:__(?:user|init|exit|must_check|iomem|rcu|force|always_inline|percpu|maybe_unused|always_unused|"
    rb"read_mostly|ro_after_init|initdata|exitdata|initconst|kernel|noreturn|cold|weak|pure|sched|packed|"
    rb"ref|refdata|used|visible|private|bitwise|safe|nocast|noclone|cpuidle|latent_entropy)|"
    rb"noinline|asmlinkage|notrace|noinline_for_stack)\b"
)


def blank(text: bytes) -> bytes:
    """``text`` as spaces, line ends kept."""
    return text.translate(SPACES)


def mask_words(text: bytes) -> bytes:
    """Blank the attribute macros that take no argument."""
    return _ATTRIBUTE_WORD.sub(lambda match: b" " * len(match[0]), text)
