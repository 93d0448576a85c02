"""Training that is watched on a page while it runs."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lexiscope.cli.shared.arguments import HOST, listen_somewhere
from lexiscope.cli.shared.output import print_note
from lexiscope.errors import LexiscopeError, reason_of
from lexiscope.interruption import raise_in_main_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lexiscope.training.watching.live import Ask, LiveRun

_HEARD: dict[Ask, str] = {
    "pause": "the page asks to pause: the run waits there (Ctrl-C stops it with a checkpoint)",
    "go on": "the page asks to go on",
    "stop": "the page asks to stop",
}


@dataclass(frozen=True, kw_only=True)
class WatchPage:
    """The page on which a run is watched.

    Attributes:
        port: Where to listen; None for the usual port, or any free one where that is taken.
        words: To watch the neighbours of.
    """

    port: int | None = None
    words: tuple[str, ...] = ()


@contextmanager
def watched(page: WatchPage, files: Sequence[str | Path], out: Path) -> Iterator[LiveRun]:
    """Serves the page while the block runs, and tells it how the block ended.

    Args:
        page: Where, and what of.
        files: The texts, for what to type next.
        out: The model folder.

    Raises:
        ConfigError: The port is taken.
    """
    from lexiscope.server import site
    from lexiscope.server.live import create_live_app
    from lexiscope.server.running import address_of, listen, running_beside
    from lexiscope.training.watching.live import LiveRun

    opened = listen_somewhere() if page.port is None else listen(HOST, page.port)
    live = LiveRun(out.name, page.words, _heed)
    app = create_live_app(live, HOST)
    with running_beside(app, opened):
        if not app.state.site:
            print_note(f"lexiscope: {site.HOW_TO_BUILD}; until then only its data is served")
        print_note(f"watch it at {address_of(opened)}#/watch")
        try:
            yield live
        except KeyboardInterrupt:
            live.end("stopped", "The run was stopped.", _to_go_on(files, out))
            raise
        except BaseException as error:
            why = str(error) if isinstance(error, LexiscopeError) else reason_of(error)
            live.end("failed", f"The run has failed: {why}", _to_go_on(files, out))
            raise
        live.end("finished", f"The model is whole: {out}", f"lexiscope serve {_quoted(out)}")


def _heed(what: Ask) -> None:
    print_note(f"lexiscope: {_HEARD[what]}")
    if what == "stop":
        raise_in_main_thread(signal.SIGINT)


def _to_go_on(files: Sequence[str | Path], out: Path) -> str:
    """What to type to go on, where anything was kept."""
    from lexiscope.formats.kinds import model_folder

    if not model_folder.states_in(out / model_folder.CHECKPOINTS):
        return ""
    return f"lexiscope train {' '.join(map(_quoted, files))} --resume {_quoted(out)}"


def _quoted(path: str | Path) -> str:
    return shlex.quote(str(path))
