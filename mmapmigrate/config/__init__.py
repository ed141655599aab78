# SPDX-License-Identifier: GPL-2.0-only
"""What a tree asks for: mmapmigrate.toml, or [tool.mmapmigrate] of pyproject.toml."""
