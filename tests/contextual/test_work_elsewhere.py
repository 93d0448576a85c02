"""Work whose pieces are encoded elsewhere, ahead and in whatever order: the same results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.contextual import Encoder, PostprocessedEncoder, SpannedText, fit_on
from lexiscope.contextual.corpus import run as corpus_run
from lexiscope.contextual.corpus.run import run_corpus
from lexiscope.contextual.recipe import Recipe
from lexiscope.corpus.tokenizers import batches
from lexiscope.errors import CorpusError
from lexiscope.progress import Progress
from lexiscope.vectors.postprocessing import FitOptions

pytestmark = pytest.mark.slow

SENTENCES = [
    f"The {word} fox number {n} jumps over the bank."
    for n in range(40)
    for word in ("quick", "odd")
]


class Ahead:
    """Takes so many items at once, and gives what is made of them the last first, or in order."""

    elsewhere = True

    def __init__(self, number: int) -> None:
        self._number = number
        self._encoder: Any = None
        self.made = 0

    def begin(self, encoder: Any) -> None:
        self._encoder = encoder

    def run(
        self, make: Callable[[Any, Any], Any], items: Iterable[Any], *, in_order: bool = True
    ) -> Iterator[Any]:
        for taken in batches(items, self._number):
            for item in taken if in_order else reversed(taken):
                self.made += 1
                yield make(self._encoder, item)

    def values(self) -> Mapping[str, float]:
        return {"workers": self._number}


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_run, "_PART_SENTENCES", 10)


class Stop(Exception):
    pass


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("kind", ["parquet", "safetensors"])
def test_parts_in_any_order_are_one_file_and_those_that_are_there_are_kept(
    encoder: Encoder, tmp_path: Path, kind: str
) -> None:
    whole, broken = tmp_path / f"whole.{kind}", tmp_path / f"broken.{kind}"
    run_corpus(encoder, SENTENCES, whole)
    reports: list[Progress] = []

    def stop_at_the_second(progress: Progress) -> None:
        reports.append(progress)
        if len(reports) == 2:
            raise Stop

    with pytest.raises(Stop):
        run_corpus(encoder, SENTENCES, broken, encoders=Ahead(3), progress=stop_at_the_second)
    assert [report.done for report in reports] == [10, 20]
    assert reports[1].values["workers"] == 3 and reports[1].values["parts"] == 2
    assert reports[1].values["sentences/s"] > 0
    there = {path.name for path in (tmp_path / f"broken.{kind}.parts").glob("part-*")}
    assert there == {"part-000001", "part-000002"}  # the first of the three is missing
    with pytest.raises(CorpusError, match="ends after 10 sentences"):
        run_corpus(encoder, SENTENCES[:10], broken, resume=True)
    others = Ahead(2)
    run = run_corpus(encoder, SENTENCES, broken, resume=True, encoders=others)
    assert (run.resumed, run.sentences, others.made) == (30, 80, 5)
    assert broken.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("reduce", ["mean", "medoid"])
@pytest.mark.parametrize("words", [["fox", "\u200b", "bank", "the", "river"], ["\u200b", "fox"]])
def test_occurrences_are_those_of_reading_in_turn(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch, reduce: Any, words: list[str]
) -> None:
    """Words without a token are foreseen where none are: what follows is handed out anew."""
    monkeypatch.setattr("lexiscope.contextual.uses.from_occurrences._SENTENCES", 4)
    spaced = Encoder(encoder.model, words="whitespace")

    def vectors(encoders: Ahead | None) -> Any:
        text: list[Any] = [f"fox {n} and \u200b \u200d bank by the bank" for n in range(30)]
        text += [iter(["the", "river", "\u200b"]), SpannedText("river", [(0, 5)])]
        return spaced.static(text, words, max_occurrences=7, reduce=reduce, encoders=encoders)

    plain = vectors(None)
    counts = {"fox": 7, "bank": 7, "the": 7, "river": 2}
    for number in (1, 2, 3, 50):
        ahead = Ahead(number)
        found = vectors(ahead)
        assert found.index_to_key == plain.index_to_key == [w for w in words if w in counts]
        np.testing.assert_array_equal(found.vectors, plain.vectors)
        assert {word: found.get_vecattr(word, "count") for word in found.index_to_key} == {
            word: count for word, count in counts.items() if word in words
        }
        assert found.warnings == plain.warnings != []
        assert ahead.made < 8 * 4


def test_words_alone_are_the_same(encoder: Encoder) -> None:
    words = [f"{stem}{ending}" for stem in ("fox", "run", "bank") for ending in ("", "s", "er")]
    plain = encoder.distill(words, dimension=4)
    found = encoder.distill(words, dimension=4, encoders=Ahead(2))
    np.testing.assert_array_equal(found.vectors, plain.vectors)
    assert found.metadata == plain.metadata


def test_a_recipe_makes_the_same_encoder(encoder: Encoder) -> None:
    import pickle

    fitted = fit_on(encoder, SENTENCES, FitOptions(kind="standardising")).postprocessing
    held = Encoder(encoder.model.module, tokenizer=encoder.model.tokenizer, pooling="max")
    for one in (encoder, PostprocessedEncoder(encoder, fitted), held):
        recipe = pickle.loads(pickle.dumps(Recipe.of(one, "cpu")))
        again = recipe.made()
        assert type(again) is type(one)
        np.testing.assert_array_equal(
            again.encode_words(SENTENCES[:3]).vectors, one.encode_words(SENTENCES[:3]).vectors
        )
