# SPDX-License-Identifier: GPL-2.0-only
"""``python -m mmapmigrate``."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # Python looks for modules in the current folder first, and that may be the tree that is checked. This
    # package has been found already.
    del sys.path[0]

from mmapmigrate.cli import main

if __name__ == "__main__":
    main()
