# SPDX-License-Identifier: GPL-2.0-only
"""What a change touched: which lines of which files, and their texts where the disk does not hold them."""
