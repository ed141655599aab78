# SPDX-License-Identifier: GPL-2.0-only
"""What the C means: ops tables, hooks, functions, and every use of a VMA."""
