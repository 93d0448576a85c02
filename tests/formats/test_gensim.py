"""gensim's saved models: of the gensim installed here, and of versions before it."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path

import gensim
import numpy as np
import pytest
from gensim.models.doc2vec import Doc2Vec, TaggedDocument

import lexiscope
from lexiscope.errors import FormatError
from lexiscope.formats import detect
from lexiscope.formats.contract import ReadOptions
from lexiscope.formats.kinds.fasttext.subwords import unseen_vector
from lexiscope.formats.kinds.gensim import format as reader
from tests.support.gensim_old import COUNTS, WORDS, OldGensim, save

SENTENCES = [["sea", "naïve", "日本", "fish", "a b"], ["sea", "fish", "sea", "run"]] * 20
MATRIX = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)
OUTPUT = np.random.default_rng(1).normal(size=(4, 4)).astype(np.float32)


@pytest.fixture(scope="module")
def word2vec() -> gensim.models.Word2Vec:
    return gensim.models.Word2Vec(
        SENTENCES, vector_size=6, min_count=1, epochs=1, workers=1, seed=1
    )


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> OldGensim:
    return OldGensim(monkeypatch)


# gensim 4


@pytest.mark.parametrize("separately", [None, ["syn1neg"], "everything"])
def test_models_open_with_counts_and_output(
    word2vec: gensim.models.Word2Vec, separately: list[str] | str | None, tmp_path: Path
) -> None:
    path = tmp_path / "w.model"
    if separately == "everything":
        word2vec.save(str(path), sep_limit=1)
        assert (tmp_path / "w.model.wv.vectors.npy").is_file()
    else:
        word2vec.save(str(path), separately=separately)
    assert detect(path).name == "gensim"
    data = reader.read(path)
    assert data.tokens == word2vec.wv.index_to_key
    assert np.array_equal(data.vectors, word2vec.wv.vectors)
    assert np.array_equal(data.output, word2vec.syn1neg)
    assert data.counts.tolist() == [word2vec.wv.get_vecattr(w, "count") for w in data.tokens]
    assert data.metadata["gensim"]["class"] == "Word2Vec"
    assert data.metadata["gensim"]["vector_size"] == 6
    assert data.warnings == []


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_is_read(
    word2vec: gensim.models.Word2Vec, protocol: int, tmp_path: Path
) -> None:
    path = save(word2vec.wv, tmp_path / "w.kv", protocol)
    assert np.array_equal(reader.read(path).vectors, word2vec.wv.vectors)


def test_vectors_alone_open(word2vec: gensim.models.Word2Vec, tmp_path: Path) -> None:
    word2vec.wv.save(str(tmp_path / "w.kv"), separately=["vectors"])
    vectors = lexiscope.load(tmp_path / "w.kv")
    assert not vectors.has_output
    assert (
        vectors.most_similar("sea", topn=1)[0][0] == word2vec.wv.most_similar("sea", topn=1)[0][0]
    )


def test_hierarchical_softmax_has_its_inner_nodes(tmp_path: Path) -> None:
    model = gensim.models.Word2Vec(
        SENTENCES, vector_size=6, min_count=1, epochs=1, workers=1, hs=1, negative=0
    )
    model.save(str(tmp_path / "w.model"))
    data = reader.read(tmp_path / "w.model")
    assert not model.syn1[-1].any()
    assert np.array_equal(data.output, model.syn1[:-1])
    few = reader.read(tmp_path / "w.model", ReadOptions(limit=2))
    assert few.output is None
    lost = f"output matrix not carried ({len(data.output)} × 6): its rows are no words'"
    assert [str(item) for item in few.lost] == [lost]


@pytest.mark.parametrize("sep_limit", [1, 10**9])
def test_fasttext_answers_unseen_words(sep_limit: int, tmp_path: Path) -> None:
    model = gensim.models.FastText(
        SENTENCES, vector_size=6, min_count=1, epochs=1, workers=1, bucket=30, min_n=2, max_n=4
    )
    model.save(str(tmp_path / "f.model"), sep_limit=sep_limit)
    data = reader.read(tmp_path / "f.model")
    assert np.allclose(data.vectors, model.wv.vectors, atol=1e-6)
    assert np.allclose(unseen_vector("日本人", data.subwords), model.wv["日本人"], atol=1e-6)
    assert np.array_equal(data.output, model.syn1neg)


def test_the_words_of_doc2vec_are_read(tmp_path: Path) -> None:
    documents = [TaggedDocument(words, [row]) for row, words in enumerate(SENTENCES)]
    model = Doc2Vec(documents, vector_size=6, min_count=1, epochs=1, workers=1)
    model.save(str(tmp_path / "d.model"))
    model.dv.save(str(tmp_path / "d.kv"))
    assert np.array_equal(reader.read(tmp_path / "d.model").vectors, model.wv.vectors)
    assert reader.read(tmp_path / "d.kv").tokens[:3] == ["0", "1", "2"]


def test_limit_words_and_halves(word2vec: gensim.models.Word2Vec, tmp_path: Path) -> None:
    word2vec.save(str(tmp_path / "w.model"))
    options = ReadOptions(limit=4, words=frozenset({"sea", "fish"}), dtype="float16")
    data = reader.read(tmp_path / "w.model", options)
    assert sorted(data.tokens) == ["fish", "sea"]
    assert data.vectors.dtype == data.output.dtype == np.float16
    assert np.allclose(data.vectors[0], word2vec.wv[data.tokens[0]], atol=1e-3)


def test_compressed_pickles_are_read(word2vec: gensim.models.Word2Vec, tmp_path: Path) -> None:
    path = tmp_path / "w.kv.gz"
    path.write_bytes(gzip.compress(pickle.dumps(word2vec.wv, protocol=4)))
    assert detect(path).name == "gensim"
    assert np.array_equal(reader.read(path).vectors, word2vec.wv.vectors)


def test_a_missing_side_file_is_named(word2vec: gensim.models.Word2Vec, tmp_path: Path) -> None:
    word2vec.wv.save(str(tmp_path / "w.kv"), separately=["vectors"])
    (tmp_path / "w.kv.vectors.npy").unlink()
    with pytest.raises(FormatError, match=r"keeps its vectors in w\.kv\.vectors\.npy"):
        reader.read(tmp_path / "w.kv")


def test_a_side_file_of_another_model_is_refused(
    word2vec: gensim.models.Word2Vec, tmp_path: Path
) -> None:
    word2vec.wv.save(str(tmp_path / "w.kv"), separately=["vectors"])
    np.save(tmp_path / "w.kv.vectors.npy", MATRIX)
    with pytest.raises(FormatError, match="6 words and 4 rows"):
        reader.read(tmp_path / "w.kv")


# gensim 3 and before


def test_models_of_gensim_3_open(old: OldGensim, tmp_path: Path) -> None:
    model = old.model(old.vectors(MATRIX), syn1neg=OUTPUT, vectors_lockf=np.ones(4, np.float32))
    data = reader.read(save(model, tmp_path / "w.model"))
    assert data.tokens == WORDS
    assert data.counts.tolist() == COUNTS
    assert np.array_equal(data.vectors, MATRIX)
    assert np.array_equal(data.output, OUTPUT)
    assert data.metadata["gensim"]["sg"] == 1


def test_side_files_of_gensim_3_are_found(old: OldGensim, tmp_path: Path) -> None:
    wv = old.vectors(MATRIX)
    del wv.vectors
    wv.__dict__["__numpys"] = ["vectors"]
    model = old.model(wv)
    model.trainables.__dict__["__numpys"] = ["syn1neg"]
    path = save(model, tmp_path / "w.model")
    np.save(tmp_path / "w.model.wv.vectors.npy", MATRIX)
    np.save(tmp_path / "w.model.trainables.syn1neg.npy", OUTPUT)
    data = reader.read(path)
    assert np.array_equal(data.vectors, MATRIX)
    assert np.array_equal(data.output, OUTPUT)


def test_names_before_gensim_1_are_known(old: OldGensim, tmp_path: Path) -> None:
    model = old.make(
        "Word2Vec", vocab=old.vocabulary(), index2word=WORDS, syn0=MATRIX, syn1neg=OUTPUT, size=4
    )
    data = reader.read(save(model, tmp_path / "w.model"))
    assert data.tokens == WORDS
    assert np.array_equal(data.vectors, MATRIX)
    assert np.array_equal(data.output, OUTPUT)


def test_words_are_found_in_the_vocabulary_where_there_is_no_list(
    old: OldGensim, tmp_path: Path
) -> None:
    wv = old.vectors(MATRIX)
    del wv.index2word
    wv.vocab = dict(reversed(wv.vocab.items()))
    assert reader.read(save(wv, tmp_path / "w.kv")).tokens == WORDS


def test_old_fasttext_hashes_are_of_characters(old: OldGensim, tmp_path: Path) -> None:
    wv = old.vectors(
        MATRIX,
        "FastTextKeyedVectors",
        vectors_vocab=MATRIX,
        vectors_ngrams=OUTPUT,
        min_n=3,
        max_n=6,
        bucket=4,
        compatible_hash=False,
    )
    data = reader.read(save(wv, tmp_path / "f.kv"))
    assert np.array_equal(data.vectors, MATRIX)
    assert data.subwords.hashing == "characters"
    ours = unseen_vector("日本人", data.subwords)
    wv.compatible_hash = True
    data = reader.read(save(wv, tmp_path / "f.kv"))
    assert data.subwords.hashing == "bytes"
    assert not np.allclose(unseen_vector("日本人", data.subwords), ours)


# What breaks parsers


@pytest.mark.slow
@pytest.mark.parametrize("protocol", [2, 4])
def test_a_pickle_cut_anywhere_is_refused(old: OldGensim, protocol: int, tmp_path: Path) -> None:
    whole = pickle.dumps(old.vectors(MATRIX), protocol=protocol)
    path = tmp_path / "w.kv"
    for length in range(3, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError):
            reader.read(path)


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"index2word": ["a", "b"]}, None),
        ({"index2word": [*WORDS, "more"]}, "5 words and 4 rows"),
        ({"index2word": [*WORDS[:3], None]}, "neither text nor numbers"),
        ({"index2word": [], "vocab": {}}, "without words"),
        ({"vectors": None}, "without vectors"),
        ({"vectors": [1, 2]}, "no NumPy array"),
        ({"vectors": np.arange(16).reshape(4, 4)}, "expected a matrix of floats"),
        ({"vectors": np.array([[object()]] * 4)}, "refers to|NumPy array"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    attributes: dict[str, object], said: str | None, old: OldGensim, tmp_path: Path
) -> None:
    path = save(old.vectors(MATRIX, **attributes), tmp_path / "w.kv")
    if said is None:
        assert "2 rows have no word" in reader.read(path).warnings[0]
        return
    with pytest.raises(FormatError, match=said):
        reader.read(path)


def test_a_pickle_of_something_else_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="a pickle of 'dict'"):
        reader.read(save({"a": 1}, tmp_path / "x.kv"))
    with pytest.raises(FormatError, match="refers to 'torch"):
        (tmp_path / "t.kv").write_bytes(b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n.")
        reader.read(tmp_path / "t.kv")
