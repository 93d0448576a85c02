"""The words of a matrix in a file beside it: found by the names that people use, or told."""

from __future__ import annotations

import gzip
import json
import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from lexiscope.errors import FormatError
from lexiscope.vectors import KeyedVectors, load
from tests.support import wild_files

WORDS = ["the", "naïve", "日本語", "new york", "1990s"]
MATRIX = np.random.default_rng(2).normal(size=(5, 3)).astype(np.float32)
LINES = "".join(f"{word}\n" for word in WORDS).encode()
IDS = {word: row for row, word in enumerate(WORDS)}
LIST, MAP = json.dumps(WORDS).encode(), json.dumps(IDS).encode()
TEXT = "".join(
    f"{word.replace(' ', '_')} {' '.join(map(repr, row))}\n"
    for word, row in zip(WORDS, MATRIX.tolist(), strict=True)
).encode()

# The matrix and the list → what is in the list.
PAIRS = {
    ("emb", "labels.txt"): LINES, ("emb", "emb_words.txt"): LINES, ("emb", "emb_vocab.txt"): LINES,
    ("emb", "emb.words"): LINES, ("emb", "emb-labels.tsv"): LINES, ("emb", "emb.labels"): LINES,
    ("emb", "EMB.Vocab.TXT"): LINES, ("emb", "emb.txt"): LINES, ("emb", "emb.tsv"): LINES,
    ("emb", "emb_dict.txt"): LINES, ("emb", "emb.dict"): LINES, ("emb", "vocab"): LINES,
    ("emb", "vocabulary.txt"): LINES, ("emb", "keys.txt"): LINES, ("emb", "wordlist.txt"): LINES,
    ("emb", "word_list.txt"): LINES, ("emb", "index2word.txt"): LINES,
    ("emb", "names.txt"): b"word\n" + LINES, ("emb", "words.csv"): b"word\n" + LINES,
    ("emb", "vocab.csv"): b"word,count\n"
    + b"".join(b"%b,%d\n" % (w.encode(), 9 - n) for n, w in enumerate(WORDS)),
    ("emb", "words.txt.gz"): gzip.compress(LINES), ("emb", "labels.txt.GZ"): gzip.compress(LINES),
    ("emb", "words.json"): LIST, ("emb", "emb.json"): LIST, ("emb", "itos.json"): LIST,
    ("emb", "word2idx.json"): MAP, ("emb", "word_index.json"): MAP, ("emb", "stoi.json"): MAP,
    ("emb", "word_to_index.json"): MAP, ("emb", "dictionary.json"): MAP,
    ("emb", "id2word.json"): json.dumps(dict(enumerate(WORDS))).encode(),
    ("emb", "vocab.pkl"): pickle.dumps(WORDS), ("emb", "word2idx.pkl"): pickle.dumps(IDS),
    ("emb", "emb.pkl"): pickle.dumps(WORDS), ("emb", "emb_vocab.pickle"): pickle.dumps(IDS),
    ("emb", "entities.tsv"): b"".join(b"%d\t%b\n" % (n, w.encode()) for n, w in enumerate(WORDS)),
    ("vectors", "words.txt"): LINES, ("glove_vectors", "glove_words.txt"): LINES,
    ("entity_embeddings", "entity_labels.txt"): LINES, ("1900-w", "1900-vocab.pkl"):
    pickle.dumps(WORDS, protocol=2), ("emb", "metadata.tsv"): LINES,
}  # fmt: skip


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def is_right(found: KeyedVectors) -> None:
    assert found.index_to_key == WORDS
    assert np.array_equal(found.vectors, MATRIX)


def refusal(path: Path) -> str:
    with pytest.raises(FormatError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("matrix", "listed"), PAIRS, ids="+".join)
def test_a_list_is_found_by_the_names_that_people_use(
    matrix: str, listed: str, tmp_path: Path
) -> None:
    np.save(tmp_path / f"{matrix}.npy", MATRIX)
    put(tmp_path, listed, PAIRS[matrix, listed])
    put(tmp_path, "README.txt", b"five\nlines\nof\nother\nthings\n")
    is_right(load(tmp_path / f"{matrix}.npy"))


@pytest.mark.parametrize(
    "name", ["words.npy", "emb_words.npy", "vocab.npy", "emb.labels.npy", "tokens.npy"]
)
@pytest.mark.parametrize("kind", ["texts", "bytes", "objects", "a dict"])
def test_the_list_may_be_numpys(name: str, kind: str, tmp_path: Path) -> None:
    np.save(tmp_path / "emb.npy", MATRIX)
    held = {
        "texts": np.array(WORDS),
        "bytes": np.array([word.encode() for word in WORDS]),
        "objects": np.array(WORDS, object),
        "a dict": np.array(IDS, object),
    }
    np.save(tmp_path / name, held[kind], allow_pickle=True)
    is_right(load(tmp_path / "emb.npy"))
    assert "is a list of 5 words; give the matrix" in refusal(tmp_path / name) or kind == "a dict"


def test_every_kind_of_matrix_finds_its_list(tmp_path: Path) -> None:
    save_file({"emb": MATRIX}, tmp_path / "a.safetensors")
    torch.save(torch.tensor(MATRIX), tmp_path / "b.pt")
    np.savez(tmp_path / "c.npz", MATRIX)
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file["emb"] = MATRIX
    (tmp_path / "e.json").write_text(json.dumps(MATRIX.tolist()))
    (tmp_path / "f.pkl").write_bytes(pickle.dumps(MATRIX))
    (tmp_path / "g.bin").write_bytes(MATRIX.astype("<f4").tobytes())
    np.savetxt(tmp_path / "h.txt", MATRIX)
    np.savetxt(tmp_path / "i.csv", MATRIX, delimiter=",")
    put(tmp_path, "labels.txt", LINES)
    for name in ["a.safetensors", "b.pt", "c.npz", "d.h5", "e.json", "f.pkl", "g.bin"]:
        is_right(load(tmp_path / name))
    for name in ["h.txt", "i.csv"]:
        assert load(tmp_path / name).index_to_key == WORDS


@pytest.mark.parametrize("other", ["words.txt", "emb_vocab.txt", "words.npy", "vocab.pkl"])
def test_two_lists_that_differ_are_refused_with_both_named(other: str, tmp_path: Path) -> None:
    np.save(tmp_path / "emb.npy", MATRIX)
    first = "emb_words.txt" if other.startswith("emb") else "labels.txt"
    put(tmp_path, first, LINES)
    if other.endswith(".npy"):
        np.save(tmp_path / other, np.array(WORDS[::-1]))
    else:
        turned = b"".join(LINES.splitlines(keepends=True)[::-1])
        put(tmp_path, other, pickle.dumps(WORDS[::-1]) if other.endswith(".pkl") else turned)
    said = refusal(tmp_path / "emb.npy")
    assert first in said and other in said and "which differ" in said
    put(tmp_path, "emb.vocab.tsv", LINES)  # ours comes first
    is_right(load(tmp_path / "emb.npy"))


def test_the_same_vectors_as_text_tell_the_words(tmp_path: Path) -> None:
    for name, content in [("emb.txt", TEXT), ("emb.vec", b"5 3\n" + TEXT)]:
        np.save(tmp_path / "emb.npy", MATRIX)
        path = put(tmp_path, name, content)
        found = load(tmp_path / "emb.npy")
        assert found.index_to_key == [word.replace(" ", "_") for word in WORDS]
        assert name in found.warnings[0]
        path.unlink()


def test_lists_that_do_not_fit_are_told(tmp_path: Path) -> None:
    np.save(tmp_path / "emb.npy", MATRIX)
    put(tmp_path, "labels.txt", LINES + b"one more\n")
    found = load(tmp_path / "emb.npy")
    assert found.index_to_key == ["0", "1", "2", "3", "4"]
    assert "without words (labels.txt has 6 words, for 5 rows)" in found.warnings[0]
    # The labels of classes are no words.
    put(tmp_path, "labels.txt", b"cat\ncat\ndog\ncat\ndog\n")
    assert "labels.txt repeats most of its words" in load(tmp_path / "emb.npy").warnings[0]
    put(tmp_path, "emb_words.txt", LINES + b"one more\n")
    assert "has 6 words" in refusal(tmp_path / "emb.npy")


def test_a_matrix_that_is_turned_around_is_told(tmp_path: Path) -> None:
    np.save(tmp_path / "emb.npy", MATRIX.T)
    put(tmp_path, "labels.txt", LINES)
    assert "a word for each column; save the matrix transposed" in refusal(tmp_path / "emb.npy")


def test_a_dict_saved_by_numpy_is_read_and_never_run(tmp_path: Path) -> None:
    path = tmp_path / "emb.npy"
    np.save(path, dict(zip(WORDS, MATRIX, strict=True)), allow_pickle=True)
    is_right(load(path))
    np.save(path, {"words": WORDS, "vectors": MATRIX}, allow_pickle=True)
    is_right(load(path))
    np.save(path, {"words": WORDS, "vectors": print}, allow_pickle=True)
    assert "builtins.print" in refusal(path)


@pytest.mark.parametrize("header", [",0,1,2\n", "index,0,1,2\n", "Unnamed: 0,a,b,c\n"])
def test_the_rows_numbers_of_a_table_are_no_words_beside_a_list(
    header: str, tmp_path: Path
) -> None:
    rows = enumerate(MATRIX.tolist())
    text = header + "".join(f"{n},{','.join(map(repr, row))}\n" for n, row in rows)
    path = put(tmp_path, "vectors.csv", text.encode())
    lone = load(path)
    assert lone.index_to_key == ["0", "1", "2", "3", "4"]
    assert "without a column of words: its rows' numbers stand" in lone.warnings[0]
    put(tmp_path, "words.csv", b",word\n" + b"".join(
        b"%d,%b\n" % (n, word.encode()) for n, word in enumerate(WORDS)
    ))  # fmt: skip
    is_right(load(path))


def test_raw_floats_pass_over_a_line_of_names(tmp_path: Path) -> None:
    path = put(tmp_path, "vecs.bin", MATRIX.astype("<f4").tobytes())
    put(tmp_path, "labels.tsv", b"word\n" + LINES)
    is_right(load(path))


def test_words_in_the_archive_of_a_matrix_are_told(tmp_path: Path) -> None:
    np.save(tmp_path / "emb.npy", MATRIX)
    files = {"x/emb.npy": (tmp_path / "emb.npy").read_bytes(), "x/words.txt": LINES}
    path = wild_files.zipped(tmp_path / "x.zip", files)
    assert "words in another file of the archive (x/words.txt); unpack it" in refusal(path)
