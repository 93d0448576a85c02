"""`Phrases` and `FrozenPhrases` beside gensim's, to the last digit."""

from __future__ import annotations

import math
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gensim.models.phrases as peer
import pytest
from gensim.models import word2vec as peer_word2vec
from hypothesis import given, settings
from hypothesis import strategies as st

from lexiscope import ConfigError, CorpusError, FormatError, FrozenPhrases, Phrases, Word2Vec
from lexiscope.corpus.input.sentence_files import LineSentence
from lexiscope.estimator.phrases import ENGLISH_CONNECTOR_WORDS, Phraser, original_scorer

# Words that are written like phrases, that begin or end with the delimiter, connectors, and the
# empty word: what is written alike has one count.
WORDS = ["a", "b", "c", "a_b", "b_c", "the", "of", "d", "a_the_b", "_", "x_", "", "é", "日本", "7"]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=7), max_size=25)
OPTIONS = st.fixed_dictionaries(
    {
        "connector_words": st.sampled_from(
            [frozenset(), frozenset({"the", "of"}), frozenset({"_", "the"})]
        ),
        "max_vocab_size": st.sampled_from([8, 20, 10**9]),
        "min_count": st.sampled_from([1, 2, 1.5]),
        "delimiter": st.sampled_from(["_", "--", " "]),
    }
)
SCORES = st.sampled_from(
    [("default", 0.1), ("default", 1.0), ("npmi", -1), ("npmi", 0.3), ("npmi", 0.8)]
)
SENTENCES = [["new", "york", "is", "the", "city", "of", "new", "york"], ["york", "city"]] * 6


def same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Equal, in the same order."""
    assert list(ours.items()) == list(theirs.items())


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(text=TEXTS, other=TEXTS, options=OPTIONS, scores=SCORES)
def test_counts_scores_and_sentences_are_gensims(
    text: list[list[str]],
    other: list[list[str]],
    options: dict[str, Any],
    scores: tuple[str, float],
) -> None:
    options |= {"scoring": scores[0], "threshold": scores[1]}
    ours, theirs = Phrases(text, **options), peer.Phrases(text, **options)
    assert str(ours) == str(theirs)
    same(ours.export_phrases(), theirs.export_phrases())
    for sentence in text + other:
        assert ours[sentence] == theirs[sentence]
        assert list(ours.analyze_sentence(sentence)) == list(theirs.analyze_sentence(sentence))
    same(ours.find_phrases(other), theirs.find_phrases(other))
    same(ours.vocab, theirs.vocab)
    frozen, theirs_frozen = ours.freeze(), theirs.freeze()
    same(frozen.phrasegrams, theirs_frozen.phrasegrams)
    assert list(frozen[other]) == list(theirs_frozen[other])
    ours.add_vocab(other)
    theirs.add_vocab(other)
    same(ours.vocab, theirs.vocab)
    assert (ours.min_reduce, ours.corpus_word_count) == (
        theirs.min_reduce,
        theirs.corpus_word_count,
    )
    assert ours.export_phrases() == theirs.export_phrases()


@settings(max_examples=25, deadline=None)
@given(text=TEXTS, options=OPTIONS, scores=SCORES)
def test_phrases_of_phrases_are_gensims(
    text: list[list[str]], options: dict[str, Any], scores: tuple[str, float]
) -> None:
    options |= {"scoring": scores[0], "threshold": scores[1]}
    pairs, theirs_pairs = Phrases(text, **options), peer.Phrases(text, **options)
    for ours, theirs in ((pairs, theirs_pairs), (pairs.freeze(), theirs_pairs.freeze())):
        second = Phrases(ours[text], **options)
        theirs_second = peer.Phrases(theirs[text], **options)
        third = Phrases(second[ours[text]], **options)
        theirs_third = peer.Phrases(theirs_second[theirs[text]], **options)
        same(third.vocab, theirs_third.vocab)
        same(second.export_phrases(), theirs_second.export_phrases())
        joined = [second[ours[sentence]] for sentence in text]
        assert joined == [theirs_second[theirs[sentence]] for sentence in text]


def text_file(folder: Path) -> Path:
    path = folder / "text.txt"
    lines = [" ".join(sentence) for sentence in SENTENCES]
    path.write_text("\n".join([*lines, "", "a\u3000b\u00a0c \x85 d", " ".join("xyz" * 40)]))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("longest", [5, 10_000])
def test_a_file_is_counted_as_its_sentences_are(tmp_path: Path, longest: int) -> None:
    path = str(text_file(tmp_path))
    theirs = peer.Phrases(peer_word2vec.LineSentence(path, longest), min_count=1, threshold=0.1)
    ours = Phrases(LineSentence(path, longest), min_count=1, threshold=0.1)
    same(ours.export_phrases(), theirs.export_phrases())
    same(ours.vocab, theirs.vocab)
    second = Phrases(ours[LineSentence(path, longest)], min_count=1, threshold=0.1)
    lines = peer_word2vec.LineSentence(path, longest)
    same(second.vocab, peer.Phrases(theirs[lines], min_count=1, threshold=0.1).vocab)
    if longest == 10_000:
        same(Phrases(path).vocab, theirs.vocab)


def test_no_word_of_a_file_becomes_an_object_before_somebody_looks(tmp_path: Path) -> None:
    phrases = Phrases(LineSentence(text_file(tmp_path)), min_count=1, threshold=0.1)
    assert phrases[["new", "york", "city"]] == ["new_york", "city"]
    assert phrases._counts is not None, "the dict of counts is not made for that"
    assert phrases.vocab["new_york"] == 12 and phrases._counts is None
    phrases.vocab["new_york"] = 0
    assert phrases[["new", "york", "city"]] == ["new", "york_city"]


def test_sentences_joined_as_they_are_gone_through() -> None:
    phrases = Phrases(SENTENCES, min_count=1, threshold=0.1)
    joined = phrases[SENTENCES]
    assert list(joined) == list(joined) == [phrases[sentence] for sentence in SENTENCES]
    assert len(joined) == 12 and joined[1] == ["york_city"]
    once = phrases[iter(SENTENCES)]
    assert len(list(once)) == 12 and list(once) == []
    with pytest.raises(RuntimeError, match="have no places"):
        phrases[iter(SENTENCES)][0]
    with pytest.raises(TypeError):
        phrases[None]


def test_a_generator_and_words_of_a_sentence_that_come_one_by_one() -> None:
    def sentences() -> Iterator[Iterator[str]]:
        for sentence in SENTENCES:
            yield iter(sentence)

    same(Phrases(sentences()).vocab, peer.Phrases(SENTENCES).vocab)
    phrases = Phrases(SENTENCES, min_count=1, threshold=0.1)
    assert phrases[iter(["new", "york"])] == ["new_york"]
    assert phrases[[]] == []


@pytest.mark.slow
def test_word2vec_learns_the_phrases_of_sentences_and_files(tmp_path: Path) -> None:
    phrases = Phrases(SENTENCES, min_count=1, threshold=0.1)
    path = text_file(tmp_path)
    expected = Word2Vec(list(phrases[LineSentence(path)]), vector_size=4, min_count=1)
    for given_sentences in (phrases[LineSentence(path)], phrases.freeze()[LineSentence(path)]):
        model = Word2Vec(given_sentences, vector_size=4, min_count=1)
        assert model.wv.index_to_key == expected.wv.index_to_key
        assert (model.wv.vectors == expected.wv.vectors).all()
    assert "new_york" in expected.wv


@pytest.mark.parametrize("kind", [Phrases, FrozenPhrases])
@pytest.mark.parametrize("scoring", ["default", "npmi"])
def test_what_is_saved_is_loaded(kind: Any, scoring: Any, tmp_path: Path) -> None:
    text = [["new", "york", "of", "the", "x\ty\n", "\\"], ["new", "york", "\udc80", "é"]] * 5
    options = {"min_count": 1, "threshold": 0.1, "scoring": scoring}
    phrases = Phrases(text, connector_words=ENGLISH_CONNECTOR_WORDS, **options)
    saved = phrases if kind is Phrases else phrases.freeze()
    saved.save(tmp_path / "phrases")
    assert not [path for path in tmp_path.iterdir() if b"\x80" in path.read_bytes()[:1]]
    for loader in (Phrases, FrozenPhrases, Phraser):
        loaded = loader.load(tmp_path / "phrases")
        assert type(loaded) is kind and str(loaded) == str(saved)
        assert loaded.connector_words == ENGLISH_CONNECTOR_WORDS
        assert loaded.scoring is saved.scoring and type(loaded.min_count) is int
        assert [loaded[sentence] for sentence in text] == [saved[sentence] for sentence in text]
    if kind is Phrases:
        assert loaded.export_phrases() == phrases.export_phrases()
        loaded.add_vocab([["more"]])
        assert loaded.vocab["more"] == 1


TEST_DATA = Path(peer.__file__).parents[1] / "test" / "test_data"


@pytest.mark.parametrize("path", sorted(TEST_DATA.glob("phras*")), ids=lambda path: path.stem)
def test_files_of_earlier_gensims_open(path: Path) -> None:
    theirs_kind = peer.Phrases if "phrases" in path.name else peer.FrozenPhrases
    theirs, ours = theirs_kind.load(str(path)), Phrases.load(path)
    assert str(ours) == str(theirs)
    assert (ours.delimiter, ours.connector_words) == (theirs.delimiter, theirs.connector_words)
    assert ours.scoring is original_scorer
    if isinstance(ours, Phrases):
        same(ours.vocab, theirs.vocab)
    else:
        same(ours.phrasegrams, theirs.phrasegrams)


def test_files_of_todays_gensim_open(tmp_path: Path) -> None:
    options = {"connector_words": ENGLISH_CONNECTOR_WORDS, "scoring": "npmi"}
    theirs = peer.Phrases(SENTENCES, 1, 0.1, **options)
    theirs.save(str(tmp_path / "phrases"))
    theirs.freeze().save(str(tmp_path / "frozen"))
    ours = Phrases.load(tmp_path / "phrases")
    same(ours.export_phrases(), theirs.export_phrases())
    assert ours.connector_words == ENGLISH_CONNECTOR_WORDS
    same(Phrases.load(tmp_path / "frozen").phrasegrams, theirs.freeze().phrasegrams)


class Harm:
    """Runs something when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("it was run",))


def test_no_file_runs_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "phrases"
    monkeypatch.chdir(tmp_path)
    path.write_bytes(pickle.dumps(Harm()))
    with pytest.raises(FormatError, match="expected gensim's Phrases"):
        Phrases.load(path)
    path.write_text(
        'lexiscope phrases 1\n{"kind": "FrozenPhrases", "delimiter": "_", "min_count": '
        '1, "threshold": 1, "scoring": "os:system", "connector_words": []}\n'
    )
    frozen = Phrases.load(path)
    with pytest.raises(ConfigError, match="os:system is not there"):
        frozen.scoring(worda_count=1)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"something else\n", "is no file of phrases"),
        (b"lexiscope phrases 1\n", "is not JSON"),
        (b'lexiscope phrases 1\n{"kind": 3}\n', "kind is 3; expected"),
        (b"cut", "cut"),
        (b"no number", "line 3"),
    ],
)
def test_damaged_files_are_told(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "phrases"
    Phrases(SENTENCES).save(path)
    whole = path.read_bytes()
    if content == b"cut":
        content, said = whole[:-1], "ends inside a line"
    elif content == b"no number":
        content = whole.replace(b"new\t12", b"new\tmany")
        assert content != whole
    path.write_bytes(content)
    with pytest.raises(FormatError, match=said):
        Phrases.load(path)


def nothing_but_one(
    worda_count: int,
    wordb_count: int,
    bigram_count: int,
    len_vocab: int,
    min_count: float,
    corpus_word_count: int,
) -> float:
    """A user's own scorer."""
    return 1.0 if bigram_count > 3 else -math.inf


def test_a_scorer_of_ones_own(tmp_path: Path) -> None:
    ours = Phrases(SENTENCES, threshold=0.5, scoring=nothing_but_one)
    theirs = peer.Phrases(SENTENCES, threshold=0.5, scoring=nothing_but_one)
    same(ours.export_phrases(), theirs.export_phrases())
    assert ours[SENTENCES[0]] == theirs[SENTENCES[0]]
    second = Phrases(ours[SENTENCES], threshold=0.5, scoring=nothing_but_one)
    same(second.vocab, peer.Phrases(theirs[SENTENCES]).vocab)
    ours.save(tmp_path / "phrases")
    assert Phrases.load(tmp_path / "phrases").scoring is nothing_but_one


class Picky(Phrases):
    """A subclass that has its own idea of phrases."""

    def score_candidate(self, word_a: str, word_b: str, in_between: list[str]) -> Any:
        return ("NY", 1.0) if (word_a, word_b) == ("new", "york") else (None, None)


@pytest.mark.slow
def test_a_subclass_says_what_is_a_phrase() -> None:
    phrases = Picky(SENTENCES)
    assert phrases[["new", "york", "city"]] == ["NY", "city"]
    assert "NY" in Word2Vec(phrases[SENTENCES], vector_size=4, min_count=1).wv


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"min_count": 0}, "min_count is 0"),
        ({"threshold": 0}, "threshold is 0"),
        ({"threshold": 2, "scoring": "npmi"}, "threshold is 2"),
        ({"scoring": "best"}, "scoring is 'best'"),
        ({"scoring": Path.joinpath}, "without the parameters worda_count, wordb_count"),
    ],
)
def test_options_out_of_range_are_value_errors(options: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Phrases(SENTENCES, **options)
    with pytest.raises((ValueError, TypeError)):
        peer.Phrases(SENTENCES, **options)


def test_gensim_3s_names_are_told() -> None:
    with pytest.warns(DeprecationWarning, match="connector_words"):
        phrases = Phrases(SENTENCES, 1, 0.1, common_terms=["of"])
    assert phrases.connector_words == {"of"}
    with pytest.warns(DeprecationWarning, match="a str"):
        assert Phrases(SENTENCES, 1, 0.1, delimiter=b" ")[["new", "york"]] == ["new york"]
    with pytest.warns(DeprecationWarning, match="connector_words"):
        assert phrases.freeze().common_terms == {"of"}
    assert Phraser is FrozenPhrases


@pytest.mark.parametrize("sentences", [[["a", 3]], [["a", b"b"]], [[["a"]]], [3], 3])
def test_what_is_no_sentence_is_a_type_error(sentences: Any) -> None:
    with pytest.raises(TypeError):
        Phrases(sentences)


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such file") as told:
        Phrases(LineSentence(tmp_path / "none.txt"))
    assert isinstance(told.value, CorpusError)
    with pytest.raises(FileNotFoundError):
        list(LineSentence(tmp_path / "none.txt"))


def test_empty_texts(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n \n")
    for sentences in ([], [[]], LineSentence(tmp_path / "empty.txt")):
        phrases = Phrases(sentences)
        assert phrases.vocab == {} and phrases.freeze().phrasegrams == {}
        assert phrases[["a", "b"]] == ["a", "b"]
        assert Phrases(phrases[sentences]).vocab == {}
