"""Memory that a run needs, told before it starts, and whether there is so much."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

from lexiscope.compiled.llvm import SLOTS
from lexiscope.corpus import EncodedCorpus
from lexiscope.errors import TrainingError
from lexiscope.memory import available_memory
from lexiscope.progress import human_memory
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernels.memory import padded
from lexiscope.training.loop.guard import SMALL_BYTES
from lexiscope.training.loop.schedules import MAX_BLOCK, shards_of
from lexiscope.training.losses.registry import rule_of
from lexiscope.training.ngrams import NGRAM_BYTES, NgramIndex

# Measured: Python with NumPy, Numba and the compiled kernels.
PROGRAM_BYTES = 160 * 2**20
# Measured: a word's str, its place in the two dictionaries and lists, its count.
WORD_BYTES = 300
SENTENCE_TOKENS = 15
_MB = 2**20


@dataclass(frozen=True, kw_only=True)
class MemoryEstimate:
    """What a run takes at its peak, in bytes.

    Attributes:
        words: V.
        dimension: D.
        inputs, outputs: W and W′.
        text: The encoded text, mapped from a file.
        tables: The words, their counts, and what the kernels look up.
        buffers: Of the threads.
        reading: The tables of the text's distinct words, rare ones too, while it was read; they are
            let go before the weights are made.
        temporary: What lies in the temporary folder, text and copies of the weights, where that
            folder is memory; else 0: what is mapped of the text is given back as training goes on.
        program: What is there already.
        ngrams: Rows of W that are n-grams', and not words'.
    """

    words: int
    dimension: int
    inputs: int
    outputs: int
    text: int
    tables: int
    buffers: int
    reading: int = 0
    temporary: int = 0
    program: int = PROGRAM_BYTES
    ngrams: int = 0

    @property
    def total(self) -> int:
        """At the peak, which is in the reading where most distinct words are too rare to keep."""
        training = self.inputs + self.outputs + self.tables + self.buffers
        return max(self.reading, training) + self.temporary + self.program

    @property
    def to_come(self) -> int:
        """What has to be free when the run starts: the text is there by then."""
        copies = max(0, self.temporary - self.text)
        return self.inputs + self.outputs + self.tables + self.buffers + copies

    @property
    def shape(self) -> str:
        """What the matrices are of, for people."""
        ngrams = f" and {self.ngrams:,} n-grams" if self.ngrams else ""
        return f"{self.words:,} words{ngrams} × {self.dimension} dimensions"

    def lines(self) -> list[str]:
        """A summary for people."""
        return [
            f"memory: about {human_memory(self.total)}",
            f"  W {human_memory(self.inputs)} and W′ {human_memory(self.outputs)} ({self.shape})",
            f"  words and tables {human_memory(self.tables)}, "
            f"buffers {human_memory(self.buffers)}, program {human_memory(self.program)}",
            f"  while the text was read, tables of its distinct words {human_memory(self.reading)}",
            f"  the text, mapped from a file, {human_memory(self.text)}"
            + (", in a temporary folder that is memory" if self.temporary else ", not counted"),
        ]


def memory_of(
    corpus: EncodedCorpus,
    config: TrainingConfig,
    workers: int,
    ngrams: NgramIndex | None = None,
) -> MemoryEstimate:
    """Adds up what training on a text that was read will take."""
    words = len(corpus.vocabulary)
    rows = rule_of(config.loss).output_rows(words)
    tokens = corpus.report.tokens
    return memory_needed(words, rows, config, workers, tokens, corpus.table_bytes, ngrams)


def memory_needed(
    words: int,
    output_rows: int,
    config: TrainingConfig,
    workers: int,
    corpus_tokens: int,
    table_bytes: int = 0,
    ngrams: NgramIndex | None = None,
) -> MemoryEstimate:
    """Adds up what a run will take.

    Args:
        words: V.
        output_rows: Rows of W′: V, or V − 1 for hierarchical softmax.
        config: The run's options.
        workers: Threads.
        corpus_tokens: Tokens of the text.
        table_bytes: What reading it took (`EncodedCorpus.table_bytes`).
        ngrams: Of the words; None without subwords.
    """
    row = 4 * padded(config.vector_size)
    window = 2 * config.window + 2
    rule = rule_of(config.loss)
    slots = rule.slots_foreseen(config)
    buffers = workers * (window * row + window * 32 * -(-slots // SLOTS) + 2**18)
    buffers += workers * rule.worker_bytes(words)
    if ngrams is None and rule.in_rounds and config.schedule == "reproducible":
        shards = shards_of(corpus_tokens)
        length = shards * (MAX_BLOCK + window)
        copies = length + min(shards * output_rows, length * slots)
        buffers += copies * row + length * (12 + 8 * slots)
        buffers += (shards + workers) * (words + output_rows) // 8
    if config.parts is not None:
        # A copy for each thread, the parts' changes (half the bytes of half the rows), their sums.
        buffers += (
            (min(workers, config.parts) + 2 + config.parts // 4) * (words + output_rows) * row
        )
    text = 4 * (corpus_tokens + corpus_tokens // SENTENCE_TOKENS)
    tables, rows = words * (WORD_BYTES + rule.bytes_a_word), words
    if ngrams is not None:
        # The words' vectors, made of the rows, stand beside them.
        rows += ngrams.rows
        tables += NGRAM_BYTES * len(ngrams.table.rows)
    weights = (rows + output_rows) * row
    in_memory = is_memory(Path(tempfile.gettempdir()))
    copies = weights if weights <= SMALL_BYTES else 0
    return MemoryEstimate(
        words=words,
        dimension=config.vector_size,
        inputs=rows * row,
        ngrams=0 if ngrams is None else len(ngrams.used),
        outputs=output_rows * row,
        text=text,
        tables=tables,
        buffers=buffers,
        reading=table_bytes,
        temporary=text + copies if in_memory else 0,
    )


def is_memory(folder: Path) -> bool:
    """Whether what is written to a folder stays in memory, as on a tmpfs."""
    place = folder.resolve()
    mounts = {part.mountpoint: part.fstype for part in psutil.disk_partitions(all=True)}
    for above in (place, *place.parents):
        if str(above) in mounts:
            return mounts[str(above)] in ("tmpfs", "ramfs")
    return False


def check_memory(estimate: MemoryEstimate) -> None:
    """Refuses a run that does not fit.

    Raises:
        TrainingError: It needs more memory than is available.
    """
    available = available_memory()
    needed = estimate.to_come
    if needed <= available:
        return
    raise TrainingError(
        f"the run needs {human_memory(needed)} more memory "
        f"(W {human_memory(estimate.inputs)}, W′ {human_memory(estimate.outputs)}, "
        f"tables {human_memory(estimate.tables)}, buffers {human_memory(estimate.buffers)}: "
        f"{estimate.shape}), "
        f"but {human_memory(available)} are available; set a smaller vector_size, "
        f"a larger min_count, or "
        f"max_final_vocab"
    )
