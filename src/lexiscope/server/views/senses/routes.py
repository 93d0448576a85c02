"""A word's occurrences in a corpus: clusters, sentences, places."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from starlette.responses import Response

from lexiscope.contextual.occurrences.reader import MOST, Occurrences
from lexiscope.contextual.occurrences.word_senses import MOST_CLUSTERS
from lexiscope.contextual.occurrences.word_senses import WordSenses as FoundSenses
from lexiscope.contextual.uses.senses import LEAST_SILHOUETTE
from lexiscope.server.exchange import ExchangeDependency, binary
from lexiscope.server.occurrences import ServedOccurrences
from lexiscope.server.problems import NothingToShowError
from lexiscope.server.subject import OpenSubject
from lexiscope.server.views.map.payloads import Layout
from lexiscope.server.views.senses import payloads
from lexiscope.server.wire import Encoded, encode

router = APIRouter()

# Characters of a sentence on either side of the word.
_BESIDE = 300

Word = Annotated[str, Query(min_length=1, max_length=200)]
Clusters = Annotated[
    int | None,
    Query(ge=1, le=MOST_CLUSTERS, description="As many as stand apart best where it is left out"),
]


def _served(opened: OpenSubject) -> ServedOccurrences:
    if opened.occurrences is None:
        raise NothingToShowError(
            f"{opened.name} holds no words in their sentences; `lexiscope contextual MODEL TEXT -o "
            "FILE.parquet` and `lexiscope serve FILE.parquet` show a word's"
        )
    return opened.occurrences


@router.get("/api/senses", response_model=payloads.OccurrencesFacts)
async def facts(exchange: ExchangeDependency) -> Response:
    """The table of words in their sentences that is open."""

    def make() -> Encoded:
        served = _served(exchange.subject)
        return encode(
            payloads.OccurrencesFacts(
                model=served.file.model,
                rows=served.file.rows,
                words=len(served.file.counts),
                most=MOST,
                start=served.start,
            )
        )

    return await exchange.reply(make)


@router.get("/api/senses/word", **binary(payloads.WordSenses))
async def word(exchange: ExchangeDependency, word: Word, clusters: Clusters = None) -> Response:
    """A word's occurrences in clusters, each in its sentence."""

    def make() -> Encoded:
        opened = exchange.subject
        return _encoded(_served(opened).senses(opened.meant(word), clusters))

    return await exchange.reply(make)


def _encoded(found: FoundSenses) -> Encoded:
    payload = payloads.WordSenses(
        word=found.word,
        total=found.occurrences.total,
        occurrences=told_texts(found.occurrences),
        clusters=[
            payloads.SenseCluster(
                size=len(sense.rows),
                telling=[
                    payloads.TellingWord(
                        word=one.word, inside=one.inside, elsewhere=one.elsewhere, ratio=one.ratio
                    )
                    for one in sense.telling
                ],
            )
            for sense in found.senses
        ],
        silhouettes=[
            payloads.Silhouette(clusters=count, value=value)
            for count, value in found.clusters.silhouettes.items()
        ],
        least=LEAST_SILHOUETTE,
        by_silhouette=found.by_silhouette,
    )
    order = np.concatenate([sense.rows for sense in found.senses])
    arrays = {"labels": found.clusters.labels.astype(np.int32), "order": order.astype(np.int32)}
    return encode(payload, arrays)


def told_texts(found: Occurrences) -> list[payloads.OccurrenceText]:
    """Occurrences in their sentences, which are cut around the word where they are long."""
    told = []
    for text, sentence, place, (start, end) in zip(
        found.texts,
        found.sentences.tolist(),
        found.places.tolist(),
        found.spans.tolist(),
        strict=True,
    ):
        before, after = text[:start], text[end:]
        told.append(
            payloads.OccurrenceText(
                sentence=sentence,
                place=place,
                before=before if len(before) <= _BESIDE else f"…{before[-_BESIDE:]}",
                word=text[start:end],
                after=after if len(after) <= _BESIDE else f"{after[:_BESIDE]}…",
            )
        )
    return told


@router.get("/api/senses/places", **binary(payloads.OccurrencePlaces))
async def places(
    exchange: ExchangeDependency, word: Word, layout: Layout = "neighbors"
) -> Response:
    """Where a word's occurrences stand in a plane, and how many neighbours that keeps."""

    def make() -> Encoded:
        opened = exchange.subject
        meant = opened.meant(word)
        found = _served(opened).places(meant, layout)
        payload = payloads.OccurrencePlaces(word=meant, layout=found.method, kept=found.kept)
        return encode(payload, {"places": found.at})

    return await exchange.reply(make)
