# SPDX-License-Identifier: GPL-2.0-only
"""What changes around a hook's body, in the kernel's coding style."""
