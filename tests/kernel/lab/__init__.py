# SPDX-License-Identifier: GPL-2.0-only
"""Real trees, real compilers, real boots: what the tests of this folder stand on."""
