# SPDX-License-Identifier: GPL-2.0-only
"""The state of a tree's migration: its hooks, whose they are, and what must move before they can."""
