# SPDX-License-Identifier: GPL-2.0-only
"""Find Linux mmap hooks that take a half-built VMA, and rewrite those that provably can be."""

__version__ = "0.1.0"
