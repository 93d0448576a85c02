"""The command line, called in this very process."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

PROGRESS = re.compile(r"(compiling|reading|encoding|training)\b")


@dataclass
class Called:
    """What a command has left: its exit code, and all that it wrote on stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> list[str]:
        """The lines on stderr that are neither progress nor what the run will need."""
        lines = self.err.splitlines()
        return [line for line in lines if not PROGRESS.match(line) and line[:7] != "memory:"]
