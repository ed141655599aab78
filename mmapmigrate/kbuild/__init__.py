# SPDX-License-Identifier: GPL-2.0-only
"""Builds what a fix touches, before and after, and tells what the compiler says anew."""
