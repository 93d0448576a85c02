"""`python -m lexiscope`: the command line."""

from __future__ import annotations

import sys

from lexiscope.cli.main import main

sys.exit(main())
