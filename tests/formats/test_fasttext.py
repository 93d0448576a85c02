"""fastText's binary files: what the real program wrote, and what is refused."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from gensim.models.fasttext import load_facebook_model, load_facebook_vectors

import lexiscope
from lexiscope.errors import FormatError
from lexiscope.formats import VectorsData, detect
from lexiscope.formats.contract import ReadOptions, VectorsStream, as_stream
from lexiscope.formats.kinds.fasttext import format as fasttext
from lexiscope.formats.kinds.fasttext.subwords import unseen_vector
from lexiscope.vectors.spelling import UnknownWordError
from tests.support.fasttext_bytes import Golden

GOLDEN = Path(__file__).parent / "golden"
# Written by fastText 0.9.2: `vectors` are its own answers, those of unseen words among them.
REAL = json.loads((GOLDEN / "fasttext.json").read_text(encoding="utf-8"))


def write(folder: Path, content: bytes, name: str = "model.bin") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", sorted(REAL))
def test_fasttexts_own_files_give_its_own_vectors(name: str) -> None:
    expected = REAL[name]
    data = fasttext.read(GOLDEN / name)
    assert data.tokens == expected["words"]
    assert data.subwords is not None
    for word, vector in expected["vectors"].items():
        if word in data.tokens:
            found = data.vectors[data.tokens.index(word)]
        else:
            unseen = unseen_vector(word, data.subwords)
            found = np.zeros(5) if unseen is None else unseen
        assert np.allclose(found, vector, rtol=1e-5, atol=1e-6), word
    if "output" in expected:
        assert np.array_equal(data.output, np.array(expected["output"], dtype=np.float32))
        assert data.metadata["fasttext"]["loss"] == 1
    else:
        assert len(data.metadata["labels"]) == 260
        assert "260 labels" in data.warnings[0]


def test_a_file_written_from_the_description(tmp_path: Path) -> None:
    golden = Golden()
    path = write(tmp_path, golden.content())
    assert detect(path).name == "fasttext"
    data = fasttext.read(path)
    assert data.tokens == golden.words
    assert np.allclose(data.vectors, golden.vectors, atol=1e-6)
    assert np.array_equal(data.output, golden.output)
    assert data.output.flags.aligned
    assert data.counts.tolist() == golden.counts
    assert data.warnings == []
    assert unseen_vector("the!", data.subwords) == pytest.approx(golden.vector("the!"), abs=1e-6)


def test_unseen_words_are_answered_and_known_apart(tmp_path: Path) -> None:
    golden = Golden()
    vectors = lexiscope.load(write(tmp_path, golden.content()))
    assert "unseen" in vectors
    assert not vectors.has_index_for("unseen")
    assert vectors["unseen"] == pytest.approx(golden.vector("unseen"), abs=1e-6)
    assert vectors[["the", "unseen"]].shape == (2, 4)
    (nearest, cosine), *_ = vectors.most_similar("thee", topn=2)
    assert nearest in golden.words
    assert cosine == pytest.approx(vectors.similarity("thee", nearest), abs=1e-6)
    # Nor is a word of the query itself an answer, seen or unseen.
    assert "the" not in dict(vectors.most_similar(["the", "thee"], topn=10))


def test_without_ngrams_unseen_words_are_unknown(tmp_path: Path) -> None:
    golden = Golden(bucket=0, minn=0, maxn=0)
    vectors = lexiscope.load(write(tmp_path, golden.content()))
    assert "unseen" not in vectors
    with pytest.raises(UnknownWordError):
        vectors["unseen"]
    assert np.array_equal(vectors.vectors, golden.inputs)


def test_limit_and_words_pick_rows_of_both_matrices(tmp_path: Path) -> None:
    golden = Golden()
    path = write(tmp_path, golden.content())
    first = fasttext.read(path, ReadOptions(limit=3, dtype="float16"))
    assert first.tokens == golden.words[:3]
    assert first.vectors.dtype == np.float16
    assert np.allclose(first.vectors, golden.vectors[:3], atol=1e-2)
    some = fasttext.read(path, ReadOptions(words=frozenset({"日本", "the"})))
    assert some.tokens == ["the", "日本"]
    assert np.allclose(some.vectors, golden.vectors[[1, 3]], atol=1e-6)
    assert np.array_equal(some.output, golden.output[[1, 3]])
    assert some.counts.tolist() == [49, 47]


def test_the_ngrams_rows_stay_on_disk(tmp_path: Path) -> None:
    golden = Golden(bucket=200_000)
    path = write(tmp_path, golden.content())
    import tracemalloc

    tracemalloc.start()
    data = fasttext.read(path, ReadOptions(limit=2))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert data.subwords.rows.shape == (200_000, 4)
    assert peak < golden.inputs.nbytes / 2


def test_compressed_files_are_read_as_they_are(tmp_path: Path) -> None:
    golden = Golden()
    path = write(tmp_path, gzip.compress(golden.content()), "model.bin.gz")
    assert detect(path).name == "fasttext"
    assert np.allclose(fasttext.read(path).vectors, golden.vectors, atol=1e-6)


def test_supervised_labels_are_told_from_words(tmp_path: Path) -> None:
    golden = Golden(labels=["__label__good", "__label__ärger"], model=3, loss=3)
    data = fasttext.read(write(tmp_path, golden.content()))
    assert data.tokens == golden.words
    assert data.metadata["labels"] == golden.labels
    assert data.output is None
    assert "2 labels" in data.warnings[0]


def test_words_cut_in_mid_character_are_kept(tmp_path: Path) -> None:
    content = Golden().content().replace("naïve".encode(), b"na\xc3\x80\xffe")
    data = fasttext.read(write(tmp_path, content))
    assert data.tokens[2].encode("utf-8", "surrogateescape") == b"na\xc3\x80\xffe"
    assert "not whole UTF-8" in data.warnings[0]


# What breaks parsers


@pytest.mark.slow
def test_a_file_cut_anywhere_is_refused_with_the_byte(tmp_path: Path) -> None:
    content = Golden().content()
    for length in range(1, len(content)):
        path = write(tmp_path, content[:length])
        with pytest.raises(FormatError) as caught:
            fasttext.read(path)
        if length >= 4:
            assert caught.value.position.startswith("byte "), length
        assert str(path) in str(caught.value)


def test_a_quantised_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    content = (GOLDEN / "fasttext-quantised.ftz").read_bytes()
    for length in range(1, len(content), 97):
        with pytest.raises(FormatError):
            fasttext.read(write(tmp_path, content[:length]))


@pytest.mark.parametrize(
    ("offset", "layout", "value", "said"),
    [
        (4, "<i", 13, "version 13"),
        (8, "<i", 0, "0 values a row"),
        (8, "<i", -4, "-4 values a row"),
        (8, "<i", 2_000_000, "2,000,000 values a row"),
        (8, "<i", 8, "6 × 8|26 × 8"),
        (36, "<i", 9, "model 9"),
        (40, "<i", -1, "-1 for bucket"),
        (40, "<i", 2**31 - 1, "2,147,483,653 × 4"),
        (48, "<i", 2**30, "for maxn"),
        (64, "<i", 10**9, "do not add up"),
        (64, "<2i", (10**9, 10**9), "which take at least"),
        (76, "<q", 10**12, "sum|bytes"),
        (84, "<q", 10**12, "buckets that were kept"),
        (84, "<q", -7, "-7 pruned"),
    ],
)
def test_headers_that_lie_are_refused_before_anything_is_allocated(
    offset: int, layout: str, value: int | tuple[int, ...], said: str, tmp_path: Path
) -> None:
    content = bytearray(Golden().content())
    values = value if isinstance(value, tuple) else (value,)
    struct.pack_into(layout, content, offset, *values)
    path = write(tmp_path, bytes(content))
    if offset == 76:  # how many words the text had: nothing depends on it
        assert fasttext.read(path).tokens == Golden().words
        return
    with pytest.raises(FormatError, match=said):
        fasttext.read(path)


def test_matrices_of_another_shape_are_refused(tmp_path: Path) -> None:
    golden = Golden()
    content = golden.content()
    place = content.index(struct.pack("<2q", 26, 4))
    for rows, columns in [(10**12, 4), (26, 10**12), (-1, 4), (25, 4), (4, 26)]:
        changed = bytearray(content)
        struct.pack_into("<2q", changed, place, rows, columns)
        with pytest.raises(FormatError, match="the input matrix"):
            fasttext.read(write(tmp_path, bytes(changed)))


def test_a_word_without_its_end_is_no_endless_loop(tmp_path: Path) -> None:
    golden = Golden()
    head = golden.head() + struct.pack("<3i2q", 6, 6, 0, 1, -1)
    with pytest.raises(FormatError, match="a word of more than 65,536 bytes"):
        fasttext.read(write(tmp_path, head + b"x" * 200_000))
    with pytest.raises(FormatError, match="ends in entry 1 of the dictionary's 6"):
        fasttext.read(write(tmp_path, head + b"x" * 500))


def test_bytes_after_the_end_are_told(tmp_path: Path) -> None:
    data = fasttext.read(write(tmp_path, Golden().content() + b"more"))
    assert data.warnings == ["4 bytes after the last matrix were left out"]


def test_rows_that_are_not_finite_are_told(tmp_path: Path) -> None:
    golden = Golden()
    golden.inputs[1, 2] = np.nan
    golden.inputs[4, 0] = np.inf
    data = fasttext.read(write(tmp_path, golden.content()))
    assert "2 rows with NaN or infinity" in data.warnings[0]


def test_big_endian_files_are_refused(tmp_path: Path) -> None:
    swapped = struct.pack(">2i", 793712314, 12) + Golden().content()[8:]
    with pytest.raises(FormatError):
        lexiscope.load(write(tmp_path, swapped))


# Writing


def test_what_is_written_comes_back(nasty: VectorsData, tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    fasttext.write(path, nasty)
    back = fasttext.read(path)
    assert back.tokens == nasty.tokens
    assert np.array_equal(back.vectors, nasty.vectors)
    assert back.counts is None
    assert back.output is None


def test_golden_bytes_without_ngrams(tmp_path: Path) -> None:
    golden = Golden(bucket=0, minn=0, maxn=0)
    path = write(tmp_path, golden.content())
    data = fasttext.read(path)
    fasttext.write(tmp_path / "again.bin", data)
    written = (tmp_path / "again.bin").read_bytes()
    assert written == golden.content()


def test_with_ngrams_vectors_come_back_but_for_rounding(tmp_path: Path) -> None:
    golden = Golden()
    data = fasttext.read(write(tmp_path, golden.content()))
    fasttext.write(tmp_path / "again.bin", data)
    again = fasttext.read(tmp_path / "again.bin")
    assert np.allclose(again.vectors, data.vectors, rtol=1e-5, atol=1e-6)
    assert np.array_equal(again.output, data.output)
    assert np.array_equal(again.subwords.rows, data.subwords.rows)
    assert again.counts.tolist() == golden.counts


def test_a_stream_is_written_block_by_block(tmp_path: Path) -> None:
    golden = Golden(bucket=0, minn=0, maxn=0)
    whole = as_stream(VectorsData(golden.words, golden.inputs))
    (block,) = whole.blocks
    parts = [
        type(block)(block.tokens[start : start + 2], block.vectors[start : start + 2], None)
        for start in range(0, 6, 2)
    ]
    stream = VectorsStream(columns=4, rows=None, blocks=iter(parts))
    fasttext.write(tmp_path / "v.bin", stream)
    assert np.array_equal(fasttext.read(tmp_path / "v.bin").vectors, golden.inputs)


def test_words_that_cannot_stand_in_it_are_refused(tmp_path: Path) -> None:
    data = VectorsData(["a\0b"], np.ones((1, 2), dtype=np.float32))
    with pytest.raises(FormatError, match="holds a NUL"):
        fasttext.write(tmp_path / "v.bin", data)
    assert list(tmp_path.iterdir()) == []


def test_pruned_ngrams_cannot_be_written(tmp_path: Path) -> None:
    data = fasttext.read(GOLDEN / "fasttext-quantised.ftz")
    with pytest.raises(FormatError, match="pruned n-grams"):
        fasttext.write(tmp_path / "v.bin", data)


def test_gensim_reads_ours_and_we_read_gensims(tmp_path: Path) -> None:
    golden = Golden(words=["the", "naïve", "日本"])
    fasttext.write(tmp_path / "v.bin", fasttext.read(write(tmp_path, golden.content(), "g.bin")))
    model = load_facebook_model(str(tmp_path / "v.bin"))
    assert model.wv.index_to_key == golden.words
    assert np.allclose(model.wv.vectors, golden.vectors, atol=1e-5)
    assert np.allclose(model.wv["unseen"], golden.vector("unseen"), atol=1e-6)
    assert np.array_equal(model.syn1neg, golden.output)
    plain = VectorsData(["a", "b"], np.ones((2, 3), dtype=np.float32))
    fasttext.write(tmp_path / "plain.bin", plain)
    assert load_facebook_vectors(str(tmp_path / "plain.bin"))["b"].tolist() == [1, 1, 1]


# fastText of 2016


def test_a_file_of_2016_has_no_magic_number(tmp_path: Path) -> None:
    golden = Golden(early=True)
    path = write(tmp_path, golden.content())
    assert detect(path).name == "fasttext"
    data = fasttext.read(path)
    assert data.tokens == golden.words
    # </s> had n-grams then, as any other word.
    assert np.allclose(data.vectors, golden.vectors, atol=1e-6)
    assert np.array_equal(data.output, golden.output)
    assert data.counts is not None and data.counts.tolist() == golden.counts
    later = fasttext.read(write(tmp_path, Golden().content(), "later.bin"))
    assert np.allclose(later.vectors[1:], data.vectors[1:])
    assert not np.allclose(later.vectors[0], data.vectors[0])


def test_a_file_of_2016_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = Golden(early=True).content()
    path = tmp_path / "model.bin"
    for length in range(1, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError):
            fasttext.read(path)


@pytest.mark.parametrize(
    ("place", "wrong"), [(0, -1), (1, -1), (6, 9), (7, 4), (8, -1), (9, 999), (14, 3)]
)
def test_numbers_that_are_no_options_are_no_file_of_2016(
    place: int, wrong: int, tmp_path: Path
) -> None:
    content = bytearray(Golden(early=True).content())
    content[4 * place : 4 * place + 4] = struct.pack("<i", wrong)
    with pytest.raises(FormatError):
        detect(write(tmp_path, bytes(content)))


def test_a_supervised_file_of_2016_opens(tmp_path: Path) -> None:
    golden = Golden(labels=["__label__a"], model=3, loss=3, early=True)
    data = fasttext.read(write(tmp_path, golden.content()))
    assert data.tokens == golden.words
    assert data.output is None and "supervised" in data.warnings[0]
