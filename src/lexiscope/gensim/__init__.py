"""gensim's module tree over Lexiscope's classes: `lexiscope.gensim` for `gensim` in the imports.

Each module here re-exports what has the same name there, and nothing else is different about it:
`lexiscope.gensim.models.Word2Vec` is `lexiscope.Word2Vec`. What behaves otherwise than in gensim is
in docs/from-gensim.md.
"""

from __future__ import annotations

from lexiscope.lazy import lazy_modules

# The version whose names are offered; scripts compare it to choose between gensim 3's and 4's.
__version__ = "4.4.0"

__all__ = ["__version__"]

__getattr__ = lazy_modules(__name__)
