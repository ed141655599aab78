# SPDX-License-Identifier: GPL-2.0-only
"""Settings of all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# A run that others wait for tries the same examples each time; at home every run tries new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
