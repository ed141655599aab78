# SPDX-License-Identifier: GPL-2.0-only
"""Findings and conversions as text: one printer a format."""
