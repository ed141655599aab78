# SPDX-License-Identifier: GPL-2.0-only
"""Conversions as a series of patches: who gets what, and how git writes it. Knows no wording but subjects."""
