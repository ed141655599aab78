# SPDX-License-Identifier: GPL-2.0-only
"""Drivers drawn at random, converted, and run beside what they were."""
