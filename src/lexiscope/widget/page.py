"""`PageWidget`: the page in a frame, whose questions come as messages of the notebook's own.

No connection is needed but the notebook's: the page is the single file's template, handed over
gzipped when a cell shows it, and kept in no notebook; what it would ask a server it asks the
kernel. So it works without a network, and where the kernel is on another machine than the browser.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import anywidget
import traitlets

from lexiscope.replay.recording import Recording
from lexiscope.server.app import app_of
from lexiscope.server.asking import Answer
from lexiscope.server.single_file import fill, read_template
from lexiscope.server.subject import OpenSubject
from lexiscope.vectors import KeyedVectors
from lexiscope.widget.answering import Answering

# What the page reads to know where it is.
_IN_NOTEBOOK = '{"notebook":true}'
# A frame whose text is given takes the notebook's address for its links' own.
_BASE = '<head><base href="about:srcdoc" />'
_MOST_SELECTED = 20_000


@cache
def _page() -> bytes:
    """The page, gzipped."""
    text = fill(read_template(), _IN_NOTEBOOK, None).replace("<head>", _BASE, 1)
    return gzip.compress(text.encode(), 6, mtime=0)


class PageWidget(anywidget.AnyWidget):
    """The page of vectors or a recording, in a notebook's cell.

    Args:
        thing: What is shown.
        traits: `address` and `height`, as they are at first.

    Attributes:
        address: What the page shows: `#/map?word=king`. Setting it leads there.
        selected: The words chosen in it: in the view's fields, a word that was clicked, or those
            of a part of the map (at most 20,000). Setting it chooses others.
        height: Pixels.
    """

    _esm = Path(__file__).parent / "frame.js"
    address = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Int(720).tag(sync=True)
    selected = traitlets.List(traitlets.Unicode())

    def __init__(self, thing: KeyedVectors | Recording, **traits: Any) -> None:
        _page()  # where it has not been built, that is said now
        self._answering = Answering(app_of(OpenSubject.of(thing)))
        super().__init__(**traits)
        self.on_msg(self._heard)
        self._follow(None)

    def close(self) -> None:
        """Ends the widget, and what answers it."""
        super().close()
        self._answering.close()

    def _heard(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Answers a question of the page's."""
        if not isinstance(content, dict) or not isinstance(content.get("id"), str):
            return
        question = content["id"]
        if content.get("ask") == "page":
            self.send({"id": question}, [_page()])
            return
        address = content.get("address")
        if not isinstance(address, str) or not address.startswith("/api/"):
            return

        def take(answer: Answer) -> None:
            headers = {
                name: value
                for name, value in answer.headers.items()
                if name in ("content-type", "cache-control")
            }
            self.send({"id": question, "status": answer.status, "headers": headers}, [answer.body])

        self._answering.tell(address, take)

    @traitlets.observe("address")
    def _follow(self, _change: Any) -> None:
        self.selected = self._selected()

    @traitlets.observe("selected")
    def _choose(self, _change: Any) -> None:
        if self.selected == self._selected():
            return
        view, query = _parts(self.address)
        for name in ("word", "words", "part"):
            query.pop(name, None)
        if len(self.selected) == 1:
            query["word"] = self.selected[0]
        elif self.selected:
            query["words"] = ",".join(self.selected)
            view = "explore"
        self.address = f"#/{view or 'explore'}?{urlencode(query)}".rstrip("?")

    def _selected(self) -> list[str]:
        """The words that the address chooses."""
        view, query = _parts(self.address)
        if view == "map" and "part" in query:
            return self._inside(query)
        words = [*query.get("words", "").split(","), query.get("word", "")]
        return list(dict.fromkeys(word for word in words if word))

    def _inside(self, query: dict[str, str]) -> list[str]:
        """The words of a part of the map."""
        asked = {"polygon": query["part"], "limit": _MOST_SELECTED}
        layout = query.get("layout", "neighbors")
        axes = query["axes"].split(",") if layout == "axes" and "axes" in query else []
        asked |= {"axes": axes} if axes else {"layout": layout}
        answer = self._answering.ask(f"/api/map/inside?{urlencode(asked, doseq=True)}").result()
        if answer.status != 200:  # a part that was drawn on a map that is not there yet
            return []
        return [one["word"] for one in json.loads(answer.body)["words"]]


def _parts(address: str) -> tuple[str, dict[str, str]]:
    """The view of an address, and its parameters."""
    view, _, query = address.removeprefix("#").lstrip("/").partition("?")
    return view, {name: values[-1] for name, values in parse_qs(query).items()}
