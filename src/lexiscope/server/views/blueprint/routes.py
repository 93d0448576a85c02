"""Routes of the blueprint, and of what is open: matrices, code, options, text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from lexiscope._version import __version__
from lexiscope.inspection import RecordConfig, Recording
from lexiscope.inspection.views.census import census, census_of
from lexiscope.inspection.views.corpus_overview import corpus_overview, sentence_pairs
from lexiscope.server.exchange import ExchangeDependency
from lexiscope.server.maps import can_be_mapped
from lexiscope.server.options import training_options
from lexiscope.server.payloads.program import Model
from lexiscope.server.payloads.subject import Features, Group, Subject, Vocabulary
from lexiscope.server.problems import NothingToShowError, UnknownRowError
from lexiscope.server.program import model_lines
from lexiscope.server.subject import OpenSubject
from lexiscope.server.views.blueprint import payloads
from lexiscope.server.wire import Encoded, encode
from lexiscope.training.config import TrainingConfig

router = APIRouter()

VOCABULARY_LIMIT = 100_000
LISTED_WORDS = 2_000
SENTENCES_A_PAGE = 200
WIDEST_WINDOW = 100


@router.get("/api/subject", response_model=Subject)
async def subject(exchange: ExchangeDependency) -> Response:
    """What is open, and which views have something to show."""
    return exchange.reply_now(lambda: encode(_subject(exchange.subject)))


def _subject(opened: OpenSubject) -> Subject:
    training = opened.training
    recording = opened.recording
    return Subject(
        name=opened.name,
        kind=opened.kind,
        format=opened.format,
        fingerprint=opened.fingerprint,
        words=opened.words,
        vector_size=opened.vectors.vector_size,
        steps=0 if recording is None else recording.steps,
        architecture=_text(training.get("architecture")),
        loss=_text(training.get("loss")),
        # `train` knows no other than plain gradient descent.
        optimizer=_text(training.get("optimizer", "sgd" if training else None)),
        options=training_options(training, TrainingConfig if recording is None else RecordConfig),
        features=Features(
            steps=recording is not None,
            snapshots=opened.history is not None and opened.history.unit == "share",
            corpus=recording is not None and bool(recording.corpus.sentences),
            output=opened.has_output_words,
            counts=opened.counts is not None,
            map=can_be_mapped(opened),
            comparison=opened.compared is not None,
            contextual=opened.transformer is not None,
            senses=opened.occurrences is not None,
        ),
        version=__version__,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


@router.get("/api/vocabulary", response_model=Vocabulary)
async def vocabulary(exchange: ExchangeDependency) -> Response:
    """All words of a model that is not too large."""
    return await exchange.reply(lambda: encode(_vocabulary(exchange.subject)))


def _vocabulary(opened: OpenSubject) -> Vocabulary:
    if opened.words > VOCABULARY_LIMIT:
        raise NothingToShowError(
            f"{opened.name} has {opened.words:,} words, too many for one answer (at most "
            f"{VOCABULARY_LIMIT:,}); search them with /api/words"
        )
    return Vocabulary(
        words=list(opened.tokens),
        counts=[] if opened.counts is None else opened.counts.tolist(),
        groups=[Group(name=name, rows=rows) for name, rows in opened.groups.items()],
    )


@router.get("/api/census", response_model=payloads.Census)
async def parameters(exchange: ExchangeDependency) -> Response:
    """How many numbers the model has, beside models that are known."""
    return exchange.reply_now(lambda: encode(_census(exchange.subject)))


def _census(opened: OpenSubject) -> payloads.Census:
    if opened.recording is not None:
        found = census(opened.recording)
    else:
        vectors = opened.vectors
        output = vectors.output_vectors.shape if vectors.has_output else None
        found = census_of(vectors.vectors.shape, output)
    return payloads.Census(
        layers=[
            payloads.Layer(
                name=one.name, role=one.role, shape=list(one.shape), parameters=one.parameters
            )
            for one in found.layers
        ],
        parameters=found.total,
        comparisons=[
            payloads.Comparison(
                name=one.name, parameters=one.parameters, shape=one.shape, source=one.source
            )
            for one in found.comparisons
        ],
    )


@router.get("/api/model", response_model=Model)
async def model(exchange: ExchangeDependency) -> Response:
    """The recorded model's lines of PyTorch, explained."""
    return await exchange.reply(lambda: encode(model_lines(exchange.subject.recorded())))


@router.get("/api/corpus", response_model=payloads.Corpus)
async def corpus(exchange: ExchangeDependency) -> Response:
    """What was trained on."""
    return await exchange.reply(lambda: encode(_corpus(exchange.subject.recorded())))


def _corpus(recording: Recording) -> payloads.Corpus:
    found = corpus_overview(recording)
    return payloads.Corpus(
        name=recording.corpus.name,
        sentences=found.sentences,
        used_sentences=found.used_sentences,
        tokens=found.tokens,
        vocabulary=_counted(found.vocabulary),
        stopwords_removed=_counted(found.stopwords_removed),
        rare_removed=_counted(found.rare_removed),
        stopword_tokens=found.stopword_tokens,
        rare_tokens=found.rare_tokens,
        samples=list(found.samples),
        min_count=found.min_count,
        window=recording.config.window,
        pairs=recording.run.epoch_length,
    )


def _counted(words: Sequence[tuple[str, int]]) -> list[payloads.WordCount]:
    return [payloads.WordCount(word=word, count=count) for word, count in words[:LISTED_WORDS]]


@router.get("/api/sentences", response_model=payloads.Sentences)
async def sentences(
    exchange: ExchangeDependency,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=SENTENCES_A_PAGE)] = 50,
    search: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """A page of the kept sentences, or of those with a text in them."""

    def make() -> Encoded:
        kept: Iterable[tuple[int, str]] = enumerate(exchange.subject.recorded().corpus.sentences)
        wanted = search.casefold()
        found = [(number, text) for number, text in kept if wanted in text.casefold()]
        page = [
            payloads.NumberedSentence(number=number, text=text)
            for number, text in found[offset : offset + limit]
        ]
        return encode(payloads.Sentences(total=len(found), first=offset, sentences=page))

    return await exchange.reply(make)


@router.get("/api/sentences/{number}", response_model=payloads.SentencePairs)
async def pairs(
    exchange: ExchangeDependency,
    number: Annotated[int, Path(ge=0, le=2**31)],
    window: Annotated[int | None, Query(ge=1, le=WIDEST_WINDOW)] = None,
) -> Response:
    """A sentence's words and the pairs that a window over it gives."""
    return await exchange.reply(lambda: encode(_pairs(exchange.subject.recorded(), number, window)))


def _pairs(recording: Recording, number: int, window: int | None) -> payloads.SentencePairs:
    kept = len(recording.corpus.sentences)
    if number >= kept:
        raise UnknownRowError(
            f"sentence {number:,} is not there; the recording has the sentences 0 … {kept - 1:,}"
        )
    found = sentence_pairs(recording, number, window)
    return payloads.SentencePairs(
        number=number,
        window=recording.config.window if window is None else window,
        words=[
            payloads.SentenceWord(word=one.word, row=one.row, removed=one.removed)
            for one in found.words
        ],
        pairs=found.pairs,
    )
