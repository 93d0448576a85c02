"""`lexiscope train`: word vectors from a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import (
    PORT,
    JsonOption,
    beside_here,
    count_workers,
    read_word_list,
    wrong_call,
)
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.help import OPTIMISATION, RUN, TEXT
from lexiscope.cli.shared.job import Fresh, Job, run_job
from lexiscope.cli.shared.output import print_json
from lexiscope.cli.shared.training_options import (
    AlphaOption,
    ArchitectureOption,
    BucketsOption,
    CbowMeanOption,
    CbowUpdateOption,
    ConnectorsOption,
    CorpusArgument,
    DeviceOption,
    EpochsOption,
    LossOption,
    LowercaseOption,
    MaxVocabOption,
    MinAlphaOption,
    MinCountOption,
    NegativeOption,
    NsExponentOption,
    PhraseMinCountOption,
    PhraseScoringOption,
    PhrasesOption,
    PhraseThresholdOption,
    ReadAsOption,
    SampleOption,
    ScheduleOption,
    SeedOption,
    ShrinkWindowsOption,
    SplitSentencesOption,
    StopwordsOption,
    SubwordsOption,
    TextColumnOption,
    TextEncodingOption,
    TokenizerOption,
    VectorSizeOption,
    WindowOption,
    WorkersOption,
    phrase_options,
    subword_lengths,
    text_form,
    tokenizer_spec,
    training_config,
    vocabulary_options,
)

if TYPE_CHECKING:
    from lexiscope.corpus import VocabularyOptions
    from lexiscope.inspection.snapshots.recorder import Watch
    from lexiscope.training.checkpoint import Checkpoint
    from lexiscope.training.config import TrainingConfig
    from lexiscope.training.initial import InitialVectors

# What may be said anew when a run goes on.
_WITH_RESUME = {
    *("corpus", "out", "resume", "workers", "device", "checkpoint_every", "overwrite", "as_json"),
    *("record", "record_analogies", "watch", "watch_words", "port", "tokenizer"),
    *("cluster", "machines"),
}


OutOption = Annotated[
    str | None,
    typer.Option("--out", "-o", metavar="MODEL", help="The model folder.", rich_help_panel=RUN),
]
ResumeOption = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="Go on with a run that was stopped, on the same text.",
        rich_help_panel=RUN,
    ),
]
KeepOption = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Words to keep whatever their count.", rich_help_panel=TEXT),
]
SpecialOption = Annotated[
    list[str] | None,
    typer.Option(metavar="TOKEN", help="Token at row 0, 1, …; repeatable.", rich_help_panel=TEXT),
]
OrderOption = Annotated[
    str, typer.Option(help="Rows by frequency, or alphabetical.", rich_help_panel=TEXT)
]
InitFromOption = Annotated[
    str | None,
    typer.Option(
        metavar="PATH", help="Start from the vectors of any file.", rich_help_panel=OPTIMISATION
    ),
]
FreezeOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Words whose vectors stay; or 'loaded': all of those.",
        rich_help_panel=OPTIMISATION,
    ),
]
ValidationOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|SHARE",
        help="Text, or share of the sentences, to measure the loss on.",
        rich_help_panel=RUN,
    ),
]
CheckpointEveryOption = Annotated[
    str,
    typer.Option(
        metavar="DURATION", help="Time between checkpoints: 30s, 5m, 1h.", rich_help_panel=RUN
    ),
]
RecordOption = Annotated[
    bool,
    typer.Option("--record", help="Keep how some words' vectors came about.", rich_help_panel=RUN),
]
WatchOption = Annotated[
    bool,
    typer.Option("--watch", help="Show the run on a page while it trains.", rich_help_panel=RUN),
]
PortOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65535,
        help="With --watch: where to listen; 0 for any free port.",
        show_default=f"{PORT}, or a free one",
        rich_help_panel=RUN,
    ),
]
WatchWordsOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WORD|FILE",
        help="With --watch, --record: a word to watch, or a file with one a line; repeatable.",
        rich_help_panel=RUN,
    ),
]
RecordAnalogiesOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="With --record: analogies to watch, four words a line.",
        show_default="the bundled five",
        rich_help_panel=RUN,
    ),
]
PartsOption = Annotated[
    int | None,
    typer.Option(
        metavar="P",
        help="Train the text in P logical parts: the same bits on any number of machines.",
        show_default="no parts; with --cluster: 16",
        rich_help_panel=RUN,
    ),
]
ExchangeEveryOption = Annotated[
    int,
    typer.Option(
        metavar="WORDS",
        help="With parts: words that all together train between two exchanges.",
        rich_help_panel=RUN,
    ),
]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        metavar="auto|ADDRESS",
        help="Train on the machines of a cluster of Ray.",
        rich_help_panel=RUN,
    ),
]
MachinesOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="With --cluster: machines at most.",
        show_default="all there are",
        rich_help_panel=RUN,
    ),
]


def train(
    corpus: CorpusArgument,
    context: typer.Context,
    out: OutOption = None,
    resume: ResumeOption = None,
    architecture: ArchitectureOption = "skipgram",
    loss: LossOption = "negative",
    vector_size: VectorSizeOption = 100,
    window: WindowOption = 5,
    min_count: MinCountOption = 5,
    negative: NegativeOption = 5,
    ns_exponent: NsExponentOption = 0.75,
    sample: SampleOption = 1e-3,
    epochs: EpochsOption = 5,
    alpha: AlphaOption = None,
    min_alpha: MinAlphaOption = 1e-4,
    workers: WorkersOption = None,
    device: DeviceOption = "cpu",
    seed: SeedOption = 1,
    tokenizer: TokenizerOption = "whitespace",
    lowercase: LowercaseOption = False,
    stopwords: StopwordsOption = None,
    read_as: ReadAsOption = "auto",
    column: TextColumnOption = None,
    encoding: TextEncodingOption = None,
    split_sentences: SplitSentencesOption = False,
    phrases: PhrasesOption = None,
    phrase_threshold: PhraseThresholdOption = None,
    phrase_min_count: PhraseMinCountOption = 5,
    phrase_scoring: PhraseScoringOption = "default",
    connectors: ConnectorsOption = None,
    max_vocab: MaxVocabOption = None,
    keep: KeepOption = None,
    special: SpecialOption = None,
    order: OrderOption = "frequency",
    shrink_windows: ShrinkWindowsOption = True,
    cbow_mean: CbowMeanOption = True,
    cbow_update: CbowUpdateOption = "classic",
    schedule: ScheduleOption = "reproducible",
    subwords: SubwordsOption = None,
    buckets: BucketsOption = 2_000_000,
    init_from: InitFromOption = None,
    freeze: FreezeOption = None,
    validation: ValidationOption = None,
    checkpoint_every: CheckpointEveryOption = "5m",
    record: RecordOption = False,
    record_analogies: RecordAnalogiesOption = None,
    watch: WatchOption = False,
    watch_words: WatchWordsOption = None,
    port: PortOption = None,
    parts: PartsOption = None,
    exchange_every: ExchangeEveryOption = 40_000,
    cluster: ClusterOption = None,
    machines: MachinesOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train word vectors on a text.

    Example: lexiscope train books.txt -o books-model --epochs 3
    """
    from lexiscope.cluster.choice import chosen, parts_of
    from lexiscope.training.checkpoint import parse_duration
    from lexiscope.training.watching.held_out import validation_source

    chosen_cluster = chosen(cluster, machines, workers)
    _claim(out, resume, overwrite=overwrite)
    if resume is not None:
        start: Fresh | Checkpoint = _resumed(context, resume, out)
        out = resume
    elif out is None:
        raise wrong_call("--out is missing: name the model folder with -o MODEL")
    else:
        config = training_config(
            architecture=architecture,
            loss=loss,
            vector_size=vector_size,
            window=window,
            shrink_windows=shrink_windows,
            negative=negative,
            ns_exponent=ns_exponent,
            sample=sample,
            epochs=epochs,
            alpha=alpha,
            min_alpha=min_alpha,
            cbow_mean=cbow_mean,
            cbow_update=cbow_update,
            schedule=schedule,
            subwords=subword_lengths(subwords),
            buckets=buckets,
            seed=seed,
            parts=parts_of(parts, chosen_cluster),
            exchange_every=exchange_every,
        )
        vocabulary = _vocabulary(min_count, max_vocab, keep, special, order)
        form = text_form(read_as, column, encoding, split_sentences=split_sentences)
        words = tokenizer_spec(tokenizer, lowercase=lowercase, stopwords=stopwords, text=form)
        scored = (phrase_threshold, phrase_min_count, phrase_scoring, connectors)
        start = Fresh(
            config=config,
            vocabulary=vocabulary,
            tokenizer=words,
            phrases=phrase_options(phrases, *scored),
            initial=_initial(init_from, freeze, config),
            validation=validation_source(validation),
        )
    job = Job(
        files=corpus,
        out=Path(out),
        start=start,
        workers=count_workers(workers),
        device=device,
        checkpoint_every=parse_duration(checkpoint_every),
        quiet=as_json,
        cluster=chosen_cluster,
        **_watching(record, record_analogies, watch, watch_words, port),
    )
    document = run_job(job)
    if job.quiet:
        print_json(document)


def _claim(out: str | None, resume: str | None, *, overwrite: bool) -> None:
    from lexiscope.formats.kinds import model_folder

    target = out if resume is None else resume
    if target is not None:
        claim(
            target,
            overwrite=overwrite or resume is not None,
            inside=Path(target) / model_folder.CHECKPOINTS,
            check=None if resume is not None else model_folder.check_target,
        )


def _vocabulary(
    min_count: int, most: int | None, keep: str | None, special: list[str] | None, order: str
) -> VocabularyOptions:
    return vocabulary_options(
        min_count=min_count,
        max_final_vocab=most,
        keep=read_word_list(keep),
        specials=special,
        order=order,
    )


def _initial(
    init_from: str | None, freeze: str | None, config: TrainingConfig
) -> InitialVectors | None:
    from lexiscope.training.initial import InitialVectors

    if init_from is None and freeze is None:
        return None
    return InitialVectors(
        init_from, freeze if freeze == "loaded" else read_word_list(freeze), config
    )


def _resumed(context: typer.Context, resume: str, out: str | None) -> Checkpoint:
    """What to go on from; the run's options are those it began with."""
    from lexiscope.cluster.choice import check_in_parts
    from lexiscope.training.checkpoint import newest_checkpoint

    for name, value in context.params.items():
        source = context.get_parameter_source(name)
        given = value is not None and source is not None and source.name == "COMMANDLINE"
        if given and name not in _WITH_RESUME:
            raise wrong_call(
                f"--{name.replace('_', '-')} cannot be changed under --resume: a run goes on with "
                f"the options that it began with"
            )
    if out is not None and Path(out) != Path(resume):
        raise wrong_call(f"--resume {resume} writes to {resume}; leave -o {out} out")
    tokenizer = context.params["tokenizer"]
    source = context.get_parameter_source("tokenizer")
    given = source is not None and source.name == "COMMANDLINE"
    with beside_here():
        checkpoint = newest_checkpoint(Path(resume)).with_tokenizer(tokenizer if given else None)
    if context.params["cluster"] is not None:
        check_in_parts(checkpoint.saved.config)
    return checkpoint


def _watching(
    record: bool, analogies: str | None, watch: bool, words: list[str] | None, port: int | None
) -> dict[str, Any]:
    """What the job is told of the run's recording and of its page."""
    from lexiscope.cli.shared.watched import WatchPage

    if analogies is not None and not record:
        raise wrong_call("--record-analogies says what --record is to keep; add it")
    if words and not (record or watch):
        raise wrong_call(
            "--watch-words says what --record is to keep and --watch to show; add one of them"
        )
    if port is not None and not watch:
        raise wrong_call("--port says where the page of --watch is served; add it")
    named = _named(words)
    return {
        "record": _record(named, analogies) if record else None,
        "page": WatchPage(port=port, words=named) if watch else None,
    }


def _named(words: list[str] | None) -> tuple[str, ...]:
    """The words to watch: each one named, and those of files."""
    named: list[str] = []
    for word in words or ():
        named += read_word_list(word) if Path(word).is_file() else [word]
    return tuple(dict.fromkeys(named))


def _record(words: tuple[str, ...], analogies: str | None) -> Watch:
    """What a recording is to keep."""
    from lexiscope.inspection.questions import read_questions
    from lexiscope.inspection.snapshots.recorder import Watch

    if analogies is not None:
        read_questions(Path(analogies))  # a bad file is told of before the text is read
    return Watch(words=words, analogies=analogies)
