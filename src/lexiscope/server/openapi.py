"""`python -m lexiscope.server.openapi`: the API's description, from which the page's types come."""

from __future__ import annotations

import json
import sys

from lexiscope.server.app import describe


def document() -> str:
    """The OpenAPI document as text, the same for the same program."""
    return json.dumps(describe().openapi(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
