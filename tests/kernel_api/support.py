# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from mmapmigrate.kernel.headers import Header


def header(text: str | bytes) -> Header:
    return Header("include/linux/x.h", text if isinstance(text, bytes) else text.encode())
