# SPDX-License-Identifier: GPL-2.0-only
"""Facts about one kernel, read from its headers or from a bundled snapshot."""
