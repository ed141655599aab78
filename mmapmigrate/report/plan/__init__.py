# SPDX-License-Identifier: GPL-2.0-only
"""Printers of the state of a migration."""
