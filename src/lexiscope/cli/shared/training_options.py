"""Training options of the command line: each spelled once, for every command that trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.help import MODEL, OPTIMISATION, RUN, TEXT
from lexiscope.errors import ConfigError

if TYPE_CHECKING:
    from lexiscope.corpus import TokenizerSpec, VocabularyOptions
    from lexiscope.corpus.input.text_form import TextForm
    from lexiscope.corpus.phrases.options import PhraseOptions
    from lexiscope.training.config import TrainingConfig

CorpusArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="CORPUS…",
        help="Texts, one sentence a line: files (plain, .gz, .bz2, .xz, .zst), folders, globs, "
        "all these at s3:// and other addresses (extra fsspec), or - for standard input.",
    ),
]
ArchitectureOption = Annotated[str, typer.Option(help="skipgram or cbow.", rich_help_panel=MODEL)]
LossOption = Annotated[
    str, typer.Option(help="negative, hierarchical, softmax or nce.", rich_help_panel=MODEL)
]
VectorSizeOption = Annotated[
    int, typer.Option(help="Dimensions of a vector.", rich_help_panel=MODEL)
]
WindowOption = Annotated[
    int, typer.Option(help="Words to either side, at most.", rich_help_panel=MODEL)
]
NegativeOption = Annotated[int, typer.Option(help="Negatives a window.", rich_help_panel=MODEL)]
NsExponentOption = Annotated[
    float, typer.Option(help="Negatives are drawn by count to this power.", rich_help_panel=MODEL)
]
SampleOption = Annotated[
    float,
    typer.Option(
        help="Subsampling threshold of frequent words; 0: keep all.", rich_help_panel=MODEL
    ),
]
EpochsOption = Annotated[
    int, typer.Option(help="Passes over the text.", rich_help_panel=OPTIMISATION)
]
AlphaOption = Annotated[
    float | None,
    typer.Option(
        help="Learning rate at the start.",
        show_default="0.025; cbow: 0.05",
        rich_help_panel=OPTIMISATION,
    ),
]
MinAlphaOption = Annotated[
    float, typer.Option(help="Learning rate at the end.", rich_help_panel=OPTIMISATION)
]
ShrinkWindowsOption = Annotated[
    bool, typer.Option(help="Draw each window's width from 1 to --window.", rich_help_panel=MODEL)
]
CbowMeanOption = Annotated[
    bool,
    typer.Option(
        "--cbow-mean/--cbow-sum", help="CBOW: mean of the context, or sum.", rich_help_panel=MODEL
    ),
]
CbowUpdateOption = Annotated[
    str,
    typer.Option(
        help="CBOW: classic (word2vec.c's), or exact (the true gradient).", rich_help_panel=MODEL
    ),
]
ScheduleOption = Annotated[
    str,
    typer.Option(
        help="reproducible: the same bits for any --workers; or hogwild: faster.",
        rich_help_panel=OPTIMISATION,
    ),
]
SubwordsOption = Annotated[
    str | None,
    typer.Option(
        metavar="MIN-MAX",
        help="Lengths of character n-grams, as 3-6: words' vectors are made of them too, as in "
        "fastText, and unseen words get one.",
        rich_help_panel=MODEL,
    ),
]
BucketsOption = Annotated[
    int, typer.Option(help="With --subwords: values of the n-grams' hash.", rich_help_panel=MODEL)
]
SeedOption = Annotated[int, typer.Option(help="Of every random decision.", rich_help_panel=RUN)]
WorkersOption = Annotated[
    int | None, typer.Option(help="Threads.", show_default="one a core", rich_help_panel=RUN)
]
DeviceOption = Annotated[
    str,
    typer.Option(
        metavar="DEVICE",
        help="cpu; cuda or cuda:N, an NVIDIA GPU; auto: a GPU where there is one.",
        rich_help_panel=RUN,
    ),
]
MinCountOption = Annotated[int, typer.Option(help="Leave out rarer words.", rich_help_panel=TEXT)]
MaxVocabOption = Annotated[
    int | None,
    typer.Option(help="Raise min-count until no more words are left.", rich_help_panel=TEXT),
]
PhrasesOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Join words that often stand together (new_york), in N passes.",
        show_default="none",
        rich_help_panel=TEXT,
    ),
]
PhraseThresholdOption = Annotated[
    float | None,
    typer.Option(
        help="With --phrases: join what scores higher.",
        show_default="10; npmi: 0.5",
        rich_help_panel=TEXT,
    ),
]
PhraseMinCountOption = Annotated[
    int,
    typer.Option(
        help="With --phrases: leave out what stands together less often.", rich_help_panel=TEXT
    ),
]
PhraseScoringOption = Annotated[
    str,
    typer.Option(
        help="With --phrases: default (Mikolov et al.), or npmi (-1 to 1).", rich_help_panel=TEXT
    ),
]
ConnectorsOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="With --phrases: words allowed inside, one a line; or 'english' (bank_of_england).",
        rich_help_panel=TEXT,
    ),
]
TokenizerOption = Annotated[
    str,
    typer.Option(
        help="whitespace, words, a Hugging Face tokenizer.json or its folder, or module:function: "
        "a function of Python that gives a line's words.",
        rich_help_panel=TEXT,
    ),
]
ReadAsOption = Annotated[
    str,
    typer.Option(
        "--read-as",
        metavar="FORM",
        help="What the text is kept in: lines, wikipedia (a dump), html, markdown, jsonl, csv, "
        "parquet or conllu; auto: lines, and what is plainly one of the others is refused.",
        rich_help_panel=TEXT,
    ),
]
TextColumnOption = Annotated[
    str | None,
    typer.Option(
        "--column",
        metavar="NAME",
        help="With --read-as jsonl, csv, parquet: the field with the text; conllu: form or lemma.",
        show_default="text; form",
        rich_help_panel=TEXT,
    ),
]
SplitSentencesOption = Annotated[
    bool,
    typer.Option(
        "--split-sentences",
        help="The text runs on, with empty lines between paragraphs: cut it into sentences. Else a "
        "line is one.",
        rich_help_panel=TEXT,
    ),
]
TextEncodingOption = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="The text's encoding, such as windows-1252.",
        show_default="utf-8",
        rich_help_panel=TEXT,
    ),
]
LowercaseOption = Annotated[
    bool, typer.Option("--lowercase", help="Lower-case the text.", rich_help_panel=TEXT)
]
StopwordsOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Words to leave out, one a line; or 'english'.", rich_help_panel=TEXT
    ),
]


def training_config(**options: Any) -> TrainingConfig:
    """A command's options, as they came from the command line, checked.

    Args:
        options: By the names of `TrainingConfig`; None for what is to have its default.

    Raises:
        ConfigError: A value is out of range.
    """
    from lexiscope.training.config import TrainingConfig

    given = {name: value for name, value in options.items() if value is not None}
    return TrainingConfig.from_json(given)


def subword_lengths(subwords: str | None) -> tuple[int, int] | None:
    """The lengths of the shortest and the longest n-gram; None for none.

    Args:
        subwords: As `--subwords` says it: "3-6", or "3" for n-grams of one length.

    Raises:
        ConfigError: It says something else.
    """
    if subwords is None:
        return None
    least, dash, most = subwords.partition("-")
    most = most if dash else least
    if not all(part.isascii() and part.isdecimal() and len(part) < 9 for part in (least, most)):
        raise ConfigError(
            f"subwords is {subwords!r}; expected the lengths of the shortest and the longest "
            f"n-gram, as 3-6"
        )
    return int(least), int(most)


def vocabulary_options(**options: Any) -> VocabularyOptions:
    """The same for `VocabularyOptions`."""
    from lexiscope.corpus import VocabularyOptions

    given = {name: value for name, value in options.items() if value is not None}
    return VocabularyOptions.from_json(given)


def phrase_options(
    passes: int | None,
    threshold: float | None,
    min_count: int,
    scoring: str,
    connectors: str | None,
) -> PhraseOptions | None:
    """How phrases are to be found; None where they are not.

    Args:
        passes, threshold, min_count, scoring, connectors: As the options say them.

    Raises:
        ConfigError: A value is out of range.
    """
    from lexiscope.cli.shared.arguments import ENGLISH, read_word_list, wrong_call
    from lexiscope.corpus.phrases.options import NPMI_THRESHOLD, PhraseOptions
    from lexiscope.corpus.phrases.scoring import ENGLISH_CONNECTOR_WORDS

    if passes is None:
        if threshold is not None or connectors is not None:
            raise wrong_call("--phrase-threshold and --connectors say how --phrases N finds them")
        return None
    words = ENGLISH_CONNECTOR_WORDS if connectors == ENGLISH else read_word_list(connectors)
    usual = {"threshold": NPMI_THRESHOLD} if scoring == "npmi" else {}
    given = usual if threshold is None else {"threshold": threshold}
    return PhraseOptions.from_json(
        {
            "passes": passes,
            "min_count": min_count,
            "scoring": scoring,
            "connectors": list(words),
            **given,
        }
    )


def text_form(
    read_as: str, column: str | None, encoding: str | None, *, split_sentences: bool
) -> TextForm:
    """What a text is kept in.

    Args:
        read_as, column, encoding, split_sentences: As the options say them.

    Raises:
        ConfigError: There is no such form, column or encoding.
    """
    from lexiscope.corpus.input.text_form import TextForm

    return TextForm(kind=read_as, column=column, encoding=encoding, split_sentences=split_sentences)


def tokenizer_spec(
    kind: str, *, lowercase: bool, stopwords: str | None, text: TextForm
) -> TokenizerSpec:
    """How a text is to become words.

    Args:
        kind: As `--tokenizer` says it.
        lowercase: Whether to lower-case the text.
        stopwords: As `--stopwords` says it.
        text: What the text is kept in.

    Raises:
        CorpusError: The list of stop words cannot be read.
        ConfigError: It names a function that is not there.
    """
    from lexiscope.cli.shared.arguments import beside_here, read_stopwords
    from lexiscope.corpus import TokenizerSpec

    spec = TokenizerSpec(lowercase=lowercase, stopwords=read_stopwords(stopwords), text=text)
    with beside_here():
        return spec.by(kind)
