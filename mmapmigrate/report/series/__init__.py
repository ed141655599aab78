# SPDX-License-Identifier: GPL-2.0-only
"""What the mails of a series say, and its JSON."""
