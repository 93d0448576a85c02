"""Links to the page that train a run there: its text and its options in an address.

The address is that of the page's view of the reader's own text; its parameter `own` is written and
read by `web/src/lib/training/settings.ts`: the text (`t~` and base64url of its raw deflate), then
`name:value` of each option, with a comma between.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable

from lexiscope import data
from lexiscope.errors import ConfigError
from lexiscope.replay.config import RecordConfig

# Where `lexiscope serve` answers unless told otherwise.
USUAL_PAGE = "http://127.0.0.1:8765"
# As in settings.ts and options.ts.
LONGEST_TEXT = 8_000
_SHORT = {
    "architecture": "who",
    "loss": "loss",
    "optimizer": "opt",
    "steps": "steps",
    "vector_size": "dim",
    "alpha": "eta",
    "window": "window",
    "min_count": "min",
    "seed": "seed",
    "negative": "neg",
    "ns_exponent": "power",
    "cbow_update": "update",
}
_MOST = {"steps": 1_000_000, "vector_size": 300, "seed": 2**53 - 1}


def packed_text(lines: Iterable[str]) -> str:
    """A text as an address has it.

    Args:
        lines: Its sentences.

    Raises:
        ConfigError: It is too long for a link.
    """
    packed = _packed("\n".join(lines))
    if len(packed) > LONGEST_TEXT:
        raise ConfigError(
            f"the text takes {len(packed):,} letters of a link, expected at most {LONGEST_TEXT:,}; "
            "share the recorded run as a file instead: `lexiscope page RUN -o page.html`"
        )
    return f"t~{packed}"


def share_link(page: str, text: str, config: RecordConfig, stopwords: frozenset[str]) -> str:
    """The link that trains a run in the page.

    Args:
        page: Where the page is, without a `#`.
        text: As `packed_text` gives it.
        config: The options; `steps` is set.
        stopwords: The words left out.

    Raises:
        ConfigError: The page does not train such a run.
    """
    options = config.to_json()
    for name, most in _MOST.items():
        if options[name] is None or options[name] > most:
            raise ConfigError(f"{name} is {options[name]}; the page trains with at most {most:,}")
    parts = [text, *(f"{short}:{options[name]}" for name, short in _SHORT.items())]
    english = stopwords == data.stopwords()
    parts.append(f"stop:{'english' if english else 'none'}")
    if stopwords and not english:
        parts.append(f"also:{_packed(' '.join(sorted(stopwords)))}")
    return f"{page.rstrip('/')}/#/own?own={','.join(parts)}"


def _packed(text: str) -> str:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = compressor.compress(text.encode("utf-8", "replace")) + compressor.flush()
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
