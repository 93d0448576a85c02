"""`lexiscope train`: word vectors from a text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lexiscope.cli.shared.arguments import (
    JsonOption,
    count_workers,
    read_stopwords,
    read_word_list,
    wrong_call,
)
from lexiscope.cli.shared.job import Job, run_job
from lexiscope.cli.shared.output import print_json

if TYPE_CHECKING:
    from lexiscope.inspection.snapshots.recorder import Watch
    from lexiscope.training.config import TrainingConfig
    from lexiscope.training.initial import InitialVectors

# word2vec.c's: CBOW makes one update a window where skip-gram makes several.
DEFAULT_ALPHA = {"skipgram": 0.025, "cbow": 0.05}
# What may be said anew when a run goes on.
_WITH_RESUME = {
    *("corpus", "out", "resume", "workers", "checkpoint_every", "as_json"),
    *("record", "watch", "record_analogies"),
}


def train(
    corpus: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS…",
            help="Texts, one sentence a line: files (plain, .gz, .bz2, .xz, .zst), folders, globs, "
            "or - for standard input.",
        ),
    ],
    context: typer.Context,
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="MODEL", help="The model folder.")
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Go on with a run that was stopped, on the same text."),
    ] = None,
    architecture: Annotated[str, typer.Option(help="skipgram or cbow.")] = "skipgram",
    loss: Annotated[str, typer.Option(help="negative, hierarchical or softmax.")] = "negative",
    vector_size: Annotated[int, typer.Option(help="Dimensions of a vector.")] = 100,
    window: Annotated[int, typer.Option(help="Words to either side, at most.")] = 5,
    min_count: Annotated[int, typer.Option(help="Leave out rarer words.")] = 5,
    negative: Annotated[int, typer.Option(help="Negatives a window.")] = 5,
    ns_exponent: Annotated[
        float, typer.Option(help="Negatives are drawn by count to this power.")
    ] = 0.75,
    sample: Annotated[
        float, typer.Option(help="Subsampling threshold of frequent words; 0: keep all.")
    ] = 1e-3,
    epochs: Annotated[int, typer.Option(help="Passes over the text.")] = 5,
    alpha: Annotated[
        float | None,
        typer.Option(help="Learning rate at the start.", show_default="0.025; cbow: 0.05"),
    ] = None,
    min_alpha: Annotated[float, typer.Option(help="Learning rate at the end.")] = 1e-4,
    workers: Annotated[int | None, typer.Option(help="Threads.", show_default="one a core")] = None,
    seed: Annotated[int, typer.Option(help="Of every random decision.")] = 1,
    tokenizer: Annotated[
        str, typer.Option(help="whitespace, words, or a Hugging Face tokenizer.json.")
    ] = "whitespace",
    lowercase: Annotated[bool, typer.Option("--lowercase", help="Lower-case the text.")] = False,
    stopwords: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Words to leave out, one a line; or 'english'."),
    ] = None,
    max_vocab: Annotated[
        int | None, typer.Option(help="Raise min-count until no more words are left.")
    ] = None,
    keep: Annotated[
        str | None, typer.Option(metavar="FILE", help="Words to keep whatever their count.")
    ] = None,
    special: Annotated[
        list[str] | None, typer.Option(metavar="TOKEN", help="Token at row 0, 1, …; repeatable.")
    ] = None,
    order: Annotated[str, typer.Option(help="Rows by frequency, or alphabetical.")] = "frequency",
    shrink_windows: Annotated[
        bool, typer.Option(help="Draw each window's width from 1 to --window.")
    ] = True,
    cbow_mean: Annotated[
        bool, typer.Option("--cbow-mean/--cbow-sum", help="CBOW: mean of the context, or sum.")
    ] = True,
    cbow_update: Annotated[
        str, typer.Option(help="CBOW: classic (word2vec.c's), or exact (the true gradient).")
    ] = "classic",
    schedule: Annotated[
        str,
        typer.Option(help="reproducible: the same bits for any --workers; or hogwild: faster."),
    ] = "reproducible",
    init_from: Annotated[
        str | None, typer.Option(metavar="PATH", help="Start from the vectors of any file.")
    ] = None,
    freeze: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Words whose vectors stay; or 'loaded': all of those."),
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|SHARE", help="Text, or share of the sentences, to measure the loss on."
        ),
    ] = None,
    checkpoint_every: Annotated[
        str, typer.Option(metavar="DURATION", help="Time between checkpoints: 30s, 5m, 1h.")
    ] = "5m",
    record: Annotated[
        bool, typer.Option("--record", help="Keep how some words' vectors came about.")
    ] = False,
    watch: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORD|FILE",
            help="With --record: a word to watch, or a file with one a line; repeatable.",
        ),
    ] = None,
    record_analogies: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="With --record: analogies to watch, four words a line.",
            show_default="the bundled five",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Train word vectors on a text.

    Example: lexiscope train books.txt -o books-model --epochs 3
    """
    from lexiscope.corpus import TokenizerSpec, VocabularyOptions
    from lexiscope.formats.kinds import model_folder
    from lexiscope.training.checkpoint import parse_duration
    from lexiscope.training.config import TrainingConfig

    recorded = _watch(record, watch, record_analogies)
    if resume is not None:
        job = _resumed(context, corpus, resume, out, workers, checkpoint_every, as_json)
        _run(replace(job, record=recorded))
        return
    if out is None:
        raise wrong_call("--out is missing: name the model folder with -o MODEL")
    if alpha is None:
        alpha = DEFAULT_ALPHA.get(architecture, 0.025)
    config = TrainingConfig(
        architecture=architecture,  # type: ignore[arg-type]
        loss=loss,  # type: ignore[arg-type]
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
        cbow_update=cbow_update,  # type: ignore[arg-type]
        schedule=schedule,  # type: ignore[arg-type]
        seed=seed,
    )
    vocabulary = VocabularyOptions(
        min_count=min_count,
        max_final_vocab=max_vocab,
        keep=tuple(read_word_list(keep)),
        specials=tuple(special or ()),
        order=order,  # type: ignore[arg-type]
    )
    spec = TokenizerSpec(kind=tokenizer, lowercase=lowercase, stopwords=read_stopwords(stopwords))
    model_folder.check_target(out)
    _run(
        Job(
            files=corpus,
            out=Path(out),
            config=config,
            vocabulary=vocabulary,
            spec=spec,
            workers=count_workers(workers),
            checkpoint_every=parse_duration(checkpoint_every),
            initial=_initial(init_from, freeze, config),
            validation=validation,
            quiet=as_json,
            record=recorded,
        )
    )


def _run(job: Job) -> None:
    document = run_job(job)
    if job.quiet:
        print_json(document)


def _initial(
    init_from: str | None, freeze: str | None, config: TrainingConfig
) -> InitialVectors | None:
    from lexiscope.training.initial import InitialVectors

    if init_from is None and freeze is None:
        return None
    return InitialVectors(
        init_from, freeze if freeze == "loaded" else read_word_list(freeze), config
    )


def _resumed(
    context: typer.Context,
    corpus: list[str],
    resume: str,
    out: str | None,
    workers: int | None,
    checkpoint_every: str,
    as_json: bool,
) -> Job:
    """The rest of a run that was stopped: its options are those it began with."""
    from lexiscope.training.checkpoint import newest_checkpoint, parse_duration
    from lexiscope.training.run import options_of

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
    every = parse_duration(checkpoint_every)
    checkpoint = newest_checkpoint(Path(resume))
    config, spec, vocabulary = options_of(checkpoint.document, checkpoint.path)
    return Job(
        files=corpus,
        out=Path(resume),
        config=config,
        vocabulary=vocabulary,
        spec=spec,
        workers=count_workers(workers),
        checkpoint_every=every,
        checkpoint=checkpoint,
        validation=checkpoint.document.get("validation"),
        quiet=as_json,
    )


def _watch(record: bool, words: list[str] | None, analogies: str | None) -> Watch | None:
    """What to watch, from the three options."""
    if not record:
        if words or analogies is not None:
            raise wrong_call("--watch and --record-analogies say what --record is to keep; add it")
        return None
    from lexiscope.inspection.questions import read_questions
    from lexiscope.inspection.snapshots.recorder import Watch

    if analogies is not None:
        read_questions(Path(analogies))  # a bad file is told of before the text is read
    named: list[str] = []
    for one in words or ():
        named += read_word_list(one) if Path(one).is_file() else [one]
    return Watch(words=tuple(dict.fromkeys(named)), analogies=analogies)
