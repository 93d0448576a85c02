"""gensim.similarities.annoy: not offered; a name of it says what to use instead."""

from __future__ import annotations

from lexiscope.gensim.not_offered import INDEX, refusing

__getattr__ = refusing(__name__, INDEX)
