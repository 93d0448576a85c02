"""What has happened to an object, kept as gensim keeps it."""

from __future__ import annotations

import logging
import platform
import sys
from datetime import datetime
from typing import Any

from lexiscope._version import __version__


class Events:
    """Something that notes what happens to it.

    Attributes:
        lifecycle_events: What was noted, oldest first; None to note nothing.
    """

    lifecycle_events: list[dict[str, Any]] | None = ()  # type: ignore[assignment]

    def add_lifecycle_event(
        self, event_name: str, log_level: int | bool = logging.INFO, **event: Any
    ) -> None:
        """Notes an event, with the time and the versions.

        Args:
            event_name: What happened.
            log_level: At which it is logged too; False for not at all.
            event: More about it.
        """
        noted = {
            **event,
            "datetime": datetime.now().isoformat(),
            "lexiscope": __version__,
            "python": sys.version,
            "platform": platform.platform(),
            "event": event_name,
        }
        if log_level:
            logging.getLogger(__name__).log(int(log_level), "%s: %s", type(self).__name__, noted)
        if self.lifecycle_events is not None:
            # A list of its own: the class's is empty and everybody's.
            self.lifecycle_events = [*self.lifecycle_events, noted]
