"""The page in a notebook's cell: `KeyedVectors.show()` and its like (extra `notebook`)."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from lexiscope.checks import whole
from lexiscope.errors import ConfigError, MissingExtraError
from lexiscope.replay.recording import Recording
from lexiscope.vectors import KeyedVectors

if TYPE_CHECKING:
    from lexiscope.widget.page import PageWidget

_VIEW = re.compile(r"(?:#?/)?([a-z]*)(\?.*)?", re.DOTALL)
# Those of the page's bar that take no second model and no transformer.
VIEWS = (
    "story",
    "blueprint",
    "walkthrough",
    "journey",
    "weights",
    "code",
    "explore",
    "map",
    "quiz",
    "own",
)


def show(thing: Any, view: str = "", *, height: int = 720) -> PageWidget:
    """Shows vectors, a model or a recording: `lexiscope.notebook.Showable.show`."""
    whole("height", height, 200, 5_000)
    found = _VIEW.fullmatch(view)
    if found is None or (found[1] and found[1] not in VIEWS):
        raise ConfigError(f"view is {view!r}; expected one of {', '.join(VIEWS)}")
    if find_spec("anywidget") is None:
        raise MissingExtraError("the page in a notebook", "notebook")
    from lexiscope.widget.page import PageWidget

    what = thing if isinstance(thing, KeyedVectors | Recording) else thing.wv
    if not isinstance(what, Recording) and not len(what):
        raise ConfigError("there are no words to show yet")
    address = f"#/{found[1]}{found[2] or ''}" if found[1] else ""
    return PageWidget(what, address=address, height=height)
