"""`lexiscope corpus`: what a training would see of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import JsonOption, count_workers
from lexiscope.cli.shared.output import (
    Cell,
    LiveProgress,
    print_facts,
    print_json,
    print_line,
    print_table,
)
from lexiscope.cli.shared.training_options import (
    CorpusArgument,
    LowercaseOption,
    MinCountOption,
    ReadAsOption,
    SplitSentencesOption,
    StopwordsOption,
    TextColumnOption,
    TextEncodingOption,
    TokenizerOption,
    WorkersOption,
    text_form,
    tokenizer_spec,
)

if TYPE_CHECKING:
    from lexiscope.corpus import TokenizerSpec
    from lexiscope.corpus.survey.line_survey import LineSurvey
    from lexiscope.corpus.survey.survey import Survey

_NOTABLE = 0.01  # of lines or words: below, a remark would be noise
_MANY = 0.05
_SMALL_WORDS = 5_000_000
_LONG_WORD = 6  # characters: words of Chinese have two, of Thai four

ShownOption = Annotated[
    int, typer.Option("--topn", "-n", min=1, help="How many words to show, at most.")
]


def corpus(
    corpus: CorpusArgument,
    min_count: MinCountOption = 5,
    tokenizer: TokenizerOption = "whitespace",
    lowercase: LowercaseOption = False,
    stopwords: StopwordsOption = None,
    read_as: ReadAsOption = "auto",
    column: TextColumnOption = None,
    encoding: TextEncodingOption = None,
    split_sentences: SplitSentencesOption = False,
    topn: ShownOption = 12,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what a training would see of a text: words, vocabulary, and lines that are no sentences.

    Example: lexiscope corpus books.txt --min-count 10
    """
    from lexiscope.corpus.survey.survey import survey

    spec = tokenizer_spec(
        tokenizer,
        lowercase=lowercase,
        stopwords=stopwords,
        text=text_form(read_as, column, encoding, split_sentences=split_sentences),
    )
    with LiveProgress() as progress:
        seen = survey(
            corpus,
            tokenizer=spec,
            min_count=min_count,
            shown=topn,
            workers=count_workers(workers),
            progress=progress,
        )
    hints = _hints(seen, spec)
    if as_json:
        print_json(_document(seen, hints))
    else:
        _tell(seen, hints)


def _tell(seen: Survey, hints: list[str]) -> None:
    report = seen.report
    facts: list[tuple[str, Cell]] = [
        ("words", report.tokens),
        ("distinct words", report.distinct),
        ("sentences (lines)", report.sentences + report.empty_sentences),
        ("files, text", f"{report.files:,}, {report.bytes / 1e6:,.1f} MB"),
    ]
    if report.stopwords_removed:
        facts.append(("stop words left out", report.stopwords_removed))
    if seen.lines is not None:
        facts += _line_facts(seen.lines)
    print_facts(facts)
    print_line()
    print_table(
        ["min-count", "vocabulary", "of the text", "the middle word occurs"],
        [
            [
                f"{one.min_count}{' ←' if one == seen.chosen else ''}",
                one.words,
                f"{one.tokens / max(1, seen.kept[0].tokens):.1%}",
                f"{one.median:,}×",
            ]
            for one in seen.kept
        ],
        title="What a least count leaves",
    )
    print_line()
    print_line("commonest: " + ", ".join(f"{word} {count:,}" for word, count in seen.commonest))
    if seen.rarest:
        named = ", ".join(f"{word} {count:,}" for word, count in seen.rarest)
        print_line(f"left out by --min-count {seen.chosen.min_count}, the commonest: {named}")
    if hints:
        print_line()
    for hint in hints:
        print_line(f"- {hint}")


def _line_facts(lines: LineSurvey) -> list[tuple[str, Cell]]:
    facts: list[tuple[str, Cell]] = [
        ("words a line", f"{lines.mean_words:.1f}"),
        ("longest line", f"{lines.longest_words:,} words ({lines.longest_place})"),
    ]
    if not lines.is_whole:
        facts.append(("lines looked at", f"in the first {lines.bytes / 1e6:,.0f} MB"))
    return facts


def _hints(seen: Survey, spec: TokenizerSpec) -> list[str]:
    """What the figures suggest, each with its figure."""
    hints = [] if seen.lines is None else _of_lines(seen.lines, spec)
    if seen.unspaced > _MANY and seen.unspaced_length > _LONG_WORD and spec.splits_chunks:
        hints.append(
            f"{seen.unspaced:.1%} of the words are of a script that puts no spaces between words, "
            f"{seen.unspaced_length:.0f} characters long in the mean, so that each is a phrase or "
            "a sentence: cut them by a segmenter (--tokenizer MODULE:FUNCTION, or a tokenizer.json)"
        )
    if seen.punctuated > _MANY and spec.kind == "whitespace":
        hints.append(
            f"{seen.punctuated:.1%} of the words have punctuation at an end (`sea,` is not `sea`): "
            "--tokenizer words takes it off"
        )
    if seen.capitalised > _MANY and seen.case_pairs and not spec.lowercase:
        hints.append(
            f"letter case alone tells {seen.case_pairs:,} of the vocabulary's words from another: "
            "--lowercase makes them one"
        )
    if seen.chosen.words == 0:
        hints.append(
            f"no word occurs {seen.chosen.min_count} times, so that there is nothing to train: "
            "lower --min-count"
        )
    elif seen.chosen.tokens < _SMALL_WORDS:
        hints.append(
            f"{seen.chosen.tokens:,} words are a small text: half of the vocabulary's words occur "
            f"{seen.chosen.median:,} times or fewer, so that --epochs 5 shows them at most "
            f"{5 * seen.chosen.median:,} times; `lexiscope stability` says which can be trusted"
        )
    return hints


def _of_lines(lines: LineSurvey, spec: TokenizerSpec) -> list[str]:
    hints = [
        f"{found.lines:,} {found.kind.name} ({found.lines / lines.lines:.1%} of the lines), first "
        f"{found.place}: {found.kind.advice}"
        for found in lines.findings
        if found.lines >= _NOTABLE * lines.lines
    ]
    if not spec.text.split_sentences and not hints:
        hints += _of_running_text(lines)
    if lines.repeated >= _NOTABLE * lines.lines:
        hints.append(
            f"{lines.repeated:,} lines ({lines.repeated / lines.lines:.1%}) repeat one before: "
            "their words count as often (`sort -u` keeps one of each)"
        )
    if lines.short > lines.lines / 2:
        hints.append(
            f"{lines.short / lines.lines:.0%} of the lines have three words or fewer, and windows "
            "end with the line: put sentences or paragraphs on lines of their own"
        )
    return hints


def _of_running_text(lines: LineSurvey) -> list[str]:
    """Whether the text runs on, which an option cuts into sentences."""
    if lines.broken > _MANY * lines.lines and lines.capital > _MANY * lines.lines:
        return [
            f"{lines.broken / lines.lines:.0%} of the lines go on with a sentence of the line "
            "before: --split-sentences puts each sentence on a line"
        ]
    if lines.several > lines.looked_into / 4:
        return [
            f"{lines.several / lines.looked_into:.0%} of the lines hold several sentences: "
            "--split-sentences parts them, so that no window goes over an end"
        ]
    return []


def _document(seen: Survey, hints: list[str]) -> dict[str, Any]:
    lines = seen.lines
    return {
        "report": seen.report.to_json(),
        "min_counts": [
            {
                "min_count": one.min_count,
                "words": one.words,
                "tokens": one.tokens,
                "median_count": one.median,
            }
            for one in seen.kept
        ],
        "commonest": [list(pair) for pair in seen.commonest],
        "left_out": [list(pair) for pair in seen.rarest],
        "punctuated": seen.punctuated,
        "capitalised": seen.capitalised,
        "case_pairs": seen.case_pairs,
        "numbers": seen.numbers,
        "unspaced": seen.unspaced,
        "unspaced_length": seen.unspaced_length,
        "lines": None
        if lines is None
        else {
            "bytes": lines.bytes,
            "is_whole": lines.is_whole,
            "lines": lines.lines,
            "blank": lines.blank,
            "mean_words": lines.mean_words,
            "short": lines.short,
            "repeated": lines.repeated,
            "capital": lines.capital,
            "broken": lines.broken,
            "looked_into": lines.looked_into,
            "several": lines.several,
            "longest_words": lines.longest_words,
            "longest_place": lines.longest_place,
            "findings": [
                {
                    "kind": found.kind.name,
                    "lines": found.lines,
                    "place": found.place,
                    "example": found.example,
                    "advice": found.kind.advice,
                }
                for found in lines.findings
            ],
        },
        "hints": hints,
    }
