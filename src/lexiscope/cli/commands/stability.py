"""`lexiscope stability`: how far each word's neighbours can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import JsonOption, count_workers
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.output import (
    Cell,
    LiveProgress,
    print_facts,
    print_json,
    print_line,
    print_note,
    print_table,
)
from lexiscope.cli.shared.results import write_result
from lexiscope.cli.shared.training_options import (
    AlphaOption,
    ArchitectureOption,
    CorpusArgument,
    EpochsOption,
    LossOption,
    LowercaseOption,
    MinCountOption,
    NegativeOption,
    ReadAsOption,
    SampleOption,
    SplitSentencesOption,
    StopwordsOption,
    TextColumnOption,
    TextEncodingOption,
    TokenizerOption,
    VectorSizeOption,
    WindowOption,
    WorkersOption,
    text_form,
    tokenizer_spec,
    training_config,
    vocabulary_options,
)

if TYPE_CHECKING:
    from lexiscope.corpus import CorpusReport, TokenizerSpec, VocabularyOptions
    from lexiscope.training.config import TrainingConfig
    from lexiscope.training.stability import Stability, StabilityOptions, WordStability

SHOWN = 10
_MOST_LINE = 100  # bytes of a word in the file, about

SeedsOption = Annotated[int, typer.Option(help="How many runs to compare, at least 2.")]
TopnOption = Annotated[int, typer.Option("--topn", "-n", help="Neighbours of each word.")]
MaxWordsOption = Annotated[int, typer.Option(help="Look at so many of the most frequent words.")]
WordsOption = Annotated[
    list[str] | None,
    typer.Option("--words", metavar="WORD…", help="Tell of these, however rare."),
]
OutOption = Annotated[
    str | None, typer.Option("--out", "-o", metavar="FILE.tsv", help="Write all words there.")
]
FirstSeedOption = Annotated[int, typer.Option(help="Of the first run; the others' follow it.")]


def stability(
    corpus: CorpusArgument,
    seeds: SeedsOption = 5,
    topn: TopnOption = 10,
    max_words: MaxWordsOption = 10_000,
    words: WordsOption = None,
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    architecture: ArchitectureOption = "skipgram",
    loss: LossOption = "negative",
    vector_size: VectorSizeOption = 100,
    window: WindowOption = 5,
    min_count: MinCountOption = 5,
    epochs: EpochsOption = 5,
    negative: NegativeOption = 5,
    sample: SampleOption = 1e-3,
    alpha: AlphaOption = None,
    workers: WorkersOption = None,
    seed: FirstSeedOption = 1,
    tokenizer: TokenizerOption = "whitespace",
    lowercase: LowercaseOption = False,
    stopwords: StopwordsOption = None,
    read_as: ReadAsOption = "auto",
    column: TextColumnOption = None,
    encoding: TextEncodingOption = None,
    split_sentences: SplitSentencesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train a text from several seeds: how far can each word's neighbours be trusted?

    Example: lexiscope stability books.txt --seeds 5 --words king queen
    """
    from lexiscope.training.stability import StabilityOptions

    named = tuple(words or ())
    options = StabilityOptions(seeds=seeds, topn=topn, max_words=max_words, words=named)
    config = training_config(
        architecture=architecture,
        loss=loss,
        vector_size=vector_size,
        window=window,
        negative=negative,
        sample=sample,
        epochs=epochs,
        alpha=alpha,
        seed=seed,
    )
    vocabulary = vocabulary_options(min_count=min_count)
    spec = tokenizer_spec(
        tokenizer,
        lowercase=lowercase,
        stopwords=stopwords,
        text=text_form(read_as, column, encoding, split_sentences=split_sentences),
    )
    target = None if out is None else Path(out)
    _claim(target, overwrite=overwrite)
    result, report = _measure(corpus, config, vocabulary, spec, options, count_workers(workers))
    if target is not None:
        write_result(lambda place: _write(place, result), target, _MOST_LINE * len(result.words))
    if as_json:
        print_json(_document(result, config, report, named))
    else:
        _tell(result, config, report, named)
    if target is not None:
        print_note(f"wrote {target}: {len(result.words):,} words")


def _claim(target: Path | None, *, overwrite: bool) -> None:
    if target is not None:
        claim(target, overwrite=overwrite, is_folder=False)


def _measure(
    files: list[str],
    config: TrainingConfig,
    vocabulary: VocabularyOptions,
    spec: TokenizerSpec,
    options: StabilityOptions,
    workers: int,
) -> tuple[Stability, CorpusReport]:
    from lexiscope.corpus import encode_corpus

    with LiveProgress() as progress:
        corpus = encode_corpus(
            files=files,
            tokenizer=spec,
            vocabulary=vocabulary,
            workers=workers,
            cache_dir=None,
            progress=progress,
        )
        with corpus:
            from lexiscope.training.stability import measure_stability

            result = measure_stability(corpus, config, options, workers=workers, progress=progress)
            return result, corpus.report


def _write(target: Path, result: Stability) -> None:
    from lexiscope.files.atomic import atomic_file
    from lexiscope.files.tokens import escape

    with atomic_file(target) as stream:
        stream.write(b"word\tcount\tshared\n")
        for entry in result.words:
            # Words without neighbours have no value; an empty field stands for that.
            value = f"{entry.shared:.4f}" if entry.shared == entry.shared else ""
            line = f"{escape(entry.word)}\t{entry.count}\t{value}\n"
            stream.write(line.encode())


def _document(
    result: Stability, config: TrainingConfig, report: CorpusReport, named: tuple[str, ...]
) -> dict[str, Any]:
    by_word = {entry.word: entry for entry in result.words}
    return {
        "seeds": result.seeds,
        "pairs": result.pairs,
        "topn": result.topn,
        "words": len(result.words),
        "shared": result.mean(),
        "final_losses": result.losses,
        "bands": [
            {
                "least": band.least,
                "most": band.most,
                "words": band.words,
                "shared": band.shared,
                "low": band.low,
                "high": band.high,
            }
            for band in result.bands()
        ],
        "most_stable": [_entry(entry) for entry in result.most_stable(SHOWN)],
        "least_stable": [_entry(entry) for entry in result.least_stable(SHOWN)],
        "named": [_entry(by_word[word]) for word in named],
        "training": config.to_json(),
        "corpus": report.to_json(),
    }


def _entry(entry: WordStability) -> dict[str, Any]:
    return {"word": entry.word, "count": entry.count, "shared": entry.shared}


def _tell(
    result: Stability, config: TrainingConfig, report: CorpusReport, named: tuple[str, ...]
) -> None:
    mean = result.mean()
    facts: list[tuple[str, Cell]] = [
        *((("text" if i == 0 else ""), line) for i, line in enumerate(report.lines())),
        (
            "runs",
            f"{config.architecture} with {config.loss} loss, seeds {result.seeds[0]} to "
            f"{result.seeds[-1]}; {len(result.words):,} words in {result.pairs} pairs of runs",
        ),
    ]
    if mean == mean:
        facts.append(
            (
                "shared",
                f"{mean * result.topn:.1f} of a word's {result.topn} nearest words are the same "
                f"with another seed ({mean:.0%})",
            )
        )
    print_facts(facts)
    print_line()
    print_table(
        ["count in the text", "words", "shared", "lowest tenth", "highest tenth"],
        [
            (f"{band.least:,}–{band.most:,}", band.words, band.shared, band.low, band.high)
            for band in result.bands()
        ],
    )
    print_line()
    _print_words("most stable", result.most_stable(SHOWN))
    print_line()
    _print_words("least stable", result.least_stable(SHOWN))
    if named:
        by_word = {entry.word: entry for entry in result.words}
        print_line()
        _print_words("word", [by_word[word] for word in named])


def _print_words(header: str, entries: list[WordStability]) -> None:
    rows: list[tuple[Cell, ...]] = [
        (entry.word, entry.count, f"{entry.shared:.4f}" if entry.shared == entry.shared else "none")
        for entry in entries
    ]
    print_table([header, "count", "shared"], rows)
