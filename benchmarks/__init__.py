# SPDX-License-Identifier: GPL-2.0-only
"""How fast the tool is beside its peers: ``python -m benchmarks KERNEL_TREE`` in a checkout."""
