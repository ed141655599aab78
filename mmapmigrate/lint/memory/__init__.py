# SPDX-License-Identifier: GPL-2.0-only
"""What is known from earlier runs, and how long it stays true."""
