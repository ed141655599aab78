# SPDX-License-Identifier: GPL-2.0-only
"""Folders and files, whatever is in them: walked and read fast, kept sealed, and known to hold still."""
