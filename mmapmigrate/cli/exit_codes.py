# SPDX-License-Identifier: GPL-2.0-only
"""The exit codes of a run that something outside of it ended, as a shell gives them."""

from __future__ import annotations

INTERRUPTED = 130
"""128 + SIGINT."""

OUTPUT_CLOSED = 141
"""128 + SIGPIPE."""
