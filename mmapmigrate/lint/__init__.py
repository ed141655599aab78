# SPDX-License-Identifier: GPL-2.0-only
"""Rules: the protocol, the loader, the runner, selection and suppression."""
