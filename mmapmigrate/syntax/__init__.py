# SPDX-License-Identifier: GPL-2.0-only
"""Bytes to trees and edits back to bytes: knows C text, knows nothing of mmap."""
