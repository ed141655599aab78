# SPDX-License-Identifier: GPL-2.0-only
"""One hook in, one Conversion out: recipes, flow, gate."""
