# SPDX-License-Identifier: GPL-2.0-only
"""The language server: findings, pages and fixes in an editor."""
