"""Files of other programs: what is in them, what is wrong with them, what to do with the rest."""

from __future__ import annotations

import io
import json
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import h5py
import joblib
import numpy as np
import pytest
import torch

from lexiscope import formats
from lexiscope.errors import ConfigError, FormatError
from lexiscope.files.unwrapping import archive_at
from lexiscope.formats import ReadOptions, VectorsData
from lexiscope.formats.reading.ggml_blocks import KINDS
from lexiscope.formats.reading.key_rows import hashes_of, read_key_rows
from tests.support import wild_files

WORDS = ["sea", "naïve", "日本語", "two words", "last"]
MATRIX = (np.random.default_rng(5).normal(size=(5, 32)) / 3).astype(np.float32)
REVERSED = MATRIX[::-1].copy()


def read(path: Path, **options: object) -> VectorsData:
    return formats.read(path, ReadOptions(**options))


def refusal(path: Path) -> str:
    with pytest.raises(FormatError) as caught:
        formats.read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def is_right(data: VectorsData, within: float = 0) -> None:
    assert data.tokens == WORDS
    assert np.abs(data.vectors - MATRIX).max() <= within


# GGUF


@pytest.mark.parametrize(
    ("kind", "within"),
    [
        ("F32", 0), ("F64", 0), ("F16", 1e-3), ("BF16", 1e-2), ("Q8_0", 0.01), ("Q5_0", 0.07),
        ("Q5_1", 0.04), ("Q4_0", 0.15), ("Q4_1", 0.09),
    ],
)  # fmt: skip
def test_embeddings_of_a_gguf_are_read_with_its_tokens(
    kind: str, within: float, tmp_path: Path
) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(wild_files.gguf_bytes(WORDS, MATRIX, kind))
    data = read(path)
    is_right(data, within)
    assert data.metadata["gguf"]["general.architecture"] == "llama"
    assert any("quantised" in line for line in data.warnings) == kind.startswith("Q")
    assert read(path, limit=2).tokens == WORDS[:2]


def test_a_block_of_ggml_is_the_scale_times_each_value(tmp_path: Path) -> None:
    """By hand: the lower halves of the bytes are the first sixteen values."""
    row = np.array([[(value - 8) * 0.5 for value in [*range(16), *range(15, -1, -1)]]], np.float32)
    content = wild_files.gguf_bytes(["x"], row, "Q4_0")
    block = np.float16(0.5).tobytes() + bytes(low | (15 - low) << 4 for low in range(16))
    (tmp_path / "x.gguf").write_bytes(content[:-18] + block)
    assert read(tmp_path / "x.gguf").vectors.tolist() == row.tolist()


def by_ggml_s_loops(name: str, block: bytes) -> list[float]:
    """The 256 values of a block, one by one, as ggml's text says it."""

    def half(at: int) -> np.float32:
        return np.float32(np.frombuffer(block[at : at + 2], "<f2")[0])

    def scale_and_least(part: int) -> tuple[int, int]:
        packed = block[4:16]
        if part < 4:
            return packed[part] & 63, packed[part + 4] & 63
        scale = (packed[part + 4] & 15) | (packed[part - 4] >> 6) << 4
        return scale, packed[part + 4] >> 4 | (packed[part] >> 6) << 4

    values = []
    if name == "Q6_K":
        for place in range(256):
            half_block, within = divmod(place, 128)
            part, byte = divmod(within, 32)
            low = block[64 * half_block + byte + 32 * (part % 2)]
            low = low >> 4 if part >= 2 else low & 15
            high = block[128 + 32 * half_block + byte] >> 2 * part & 3
            scale = np.int8(np.frombuffer(block[192:208], np.int8)[place // 16])
            values.append(half(208) * np.float32(scale) * np.float32((low | high << 4) - 32))
        return values
    start = 48 if name == "Q5_K" else 16
    for place in range(256):
        part, byte = divmod(place, 32)
        packed = block[start + 32 * (part // 2) + byte]
        value = packed >> 4 if part % 2 else packed & 15
        value += 16 * (block[16 + byte] >> part & 1) if name == "Q5_K" else 0
        scale, least = scale_and_least(part)
        values.append(half(0) * np.float32(scale) * np.float32(value) - half(2) * np.float32(least))
    return values


@pytest.mark.parametrize(("name", "number"), [("Q4_K", 12), ("Q5_K", 13), ("Q6_K", 14)])
def test_blocks_of_256_are_what_ggml_s_loops_give(name: str, number: int) -> None:
    kind = KINDS[number]
    rng = np.random.default_rng(number)
    blocks = rng.integers(0, 256, size=(3, kind.size), dtype=np.uint8)
    places = (208,) if name == "Q6_K" else (0, 2)
    for place in places:
        blocks[:, place : place + 2] = rng.normal(size=(3, 1)).astype("<f2").view(np.uint8)
    found = kind.decode(blocks, "<").reshape(3, 256)
    expected = [by_ggml_s_loops(name, block.tobytes()) for block in blocks]
    np.testing.assert_allclose(found, np.array(expected), rtol=1e-5, atol=1e-5)


def test_a_gguf_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(wild_files.gguf_bytes(WORDS, MATRIX, number=10))
    assert "quantised as Q2_K, which is not read" in refusal(path)
    content = wild_files.gguf_bytes(WORDS, MATRIX)
    path.write_bytes(content[:-1])
    assert "ends in the embeddings" in refusal(path)
    path.write_bytes(wild_files.gguf_bytes(WORDS[:4], MATRIX))
    assert "4 tokens for 5 rows" in refusal(path)
    path.write_bytes(content.replace(b"token_embd.weight", b"token_embd.weighs"))
    assert "has no token_embd.weight" in refusal(path)


# NumPy's archives, torch.save, pickles


@pytest.mark.parametrize(
    "arrays",
    [
        {"words": np.array(WORDS), "vectors": MATRIX},
        {"vocab": np.array(WORDS, object), "emb": MATRIX.astype(np.float64)},
        {"arr_0": np.array([word.encode() for word in WORDS]), "arr_1": MATRIX},
        {"w2i": np.array({word: row for row, word in enumerate(WORDS)}, object), "W": MATRIX},
        {"words": np.array(WORDS), "W": MATRIX, "C": REVERSED, "counts": np.arange(5)},
    ],
    ids=["texts", "objects", "bytes", "dict", "two matrices"],
)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives_of_numpy(
    save: Callable[..., None], arrays: dict[str, np.ndarray], tmp_path: Path
) -> None:
    save(tmp_path / "x.npz", **arrays)
    data = read(tmp_path / "x.npz")
    is_right(data)
    assert (data.counts is not None) == ("counts" in arrays)


def test_words_of_an_archive_may_stand_beside_it(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", MATRIX)
    assert read(tmp_path / "x.npz").tokens == ["0", "1", "2", "3", "4"]
    (tmp_path / "x.vocab.txt").write_text("".join(f"{word}\n" for word in WORDS))
    is_right(read(tmp_path / "x.npz"))


def test_two_readings_are_refused_with_both_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=MATRIX, b=REVERSED, words=np.array(WORDS))
    assert "'a' and 'b'" in refusal(tmp_path / "x.npz")
    np.savez(tmp_path / "y.npz", a=MATRIX, one=np.array(WORDS), other=np.array(WORDS[::-1]))
    assert "'one' and 'other'" in refusal(tmp_path / "y.npz")
    np.savez(tmp_path / "z.npz", a=MATRIX, words=np.array(WORDS[:3]))
    assert "do not fit each other" in refusal(tmp_path / "z.npz")


TENSOR = torch.tensor(MATRIX)
SAVED: dict[str, object] = {
    "words and a tensor": {"words": WORDS, "vectors": TENSOR},
    "torchtext's": (WORDS, {word: row for row, word in enumerate(WORDS)}, TENSOR, 32),
    "a training": {
        "model_state_dict": {"in_embed.weight": TENSOR, "out_embed.weight": TENSOR + 1},
        "vocab": {word: row for row, word in enumerate(WORDS)},
        "epoch": 3,
    },
    "word → tensor": dict(zip(WORDS, TENSOR, strict=True)),
    "row 0 is padding": (
        {word: row + 1 for row, word in enumerate(WORDS)},
        torch.cat([torch.zeros(1, 32), TENSOR]),
    ),
}


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "old"])
@pytest.mark.parametrize("name", SAVED)
def test_files_of_torch_with_their_words(name: str, zipped: bool, tmp_path: Path) -> None:
    torch.save(SAVED[name], tmp_path / "x.pt", _use_new_zipfile_serialization=zipped)
    data = read(tmp_path / "x.pt")
    is_right(data)
    assert (data.output is not None) == (name == "a training")


@pytest.mark.parametrize("content", ["tensor", "state dict", "module", "bfloat16"])
def test_a_tensor_has_its_words_beside_it(content: str, tmp_path: Path) -> None:
    layer = torch.nn.Embedding(5, 32, _weight=TENSOR)
    saved = {"tensor": TENSOR, "state dict": layer.state_dict(), "module": layer}
    torch.save(saved.get(content, TENSOR.bfloat16()), tmp_path / "x.pt")
    (tmp_path / "x.vocab.txt").write_text("".join(f"{word}\n" for word in WORDS))
    is_right(read(tmp_path / "x.pt"), 0.01 if content == "bfloat16" else 0)


def test_programs_and_sparse_matrices_are_named(tmp_path: Path) -> None:
    wild_files.zipped(tmp_path / "m.pt", {"m/data.pkl": b"\x80\x02N.", "m/constants.pkl": b""})
    assert "a program of TorchScript's; load it with" in refusal(tmp_path / "m.pt")
    parts = {"indices": [0, 1], "indptr": [0, 1, 2], "shape": [2, 2]}
    np.savez(tmp_path / "m.npz", data=np.ones(2), **parts)
    assert "a sparse matrix of SciPy's: save" in refusal(tmp_path / "m.npz")
    np.savez(tmp_path / "m.npz", the=MATRIX[0], of=MATRIX[1])
    assert "of an array a word save the words and one matrix" in refusal(tmp_path / "m.npz")


def test_a_language_model_of_torch_is_for_extract(tmp_path: Path) -> None:
    torch.save({"transformer.h.0.w": TENSOR, "wte.weight": TENSOR}, tmp_path / "x.bin")
    assert "lexiscope extract" in refusal(tmp_path / "x.bin")


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("name", wild_files.PICKLED)
def test_pickles_of_plain_data(name: str, protocol: int, tmp_path: Path) -> None:
    content = wild_files.PICKLED[name](WORDS, MATRIX)
    is_right(read(wild_files.pickled(tmp_path / "x.pkl", content, protocol)))


def test_arrays_of_joblib_stand_between_the_opcodes(tmp_path: Path) -> None:
    for number, content in enumerate(
        [(WORDS, MATRIX), dict(zip(WORDS, MATRIX, strict=True)), [np.asfortranarray(MATRIX), WORDS]]
    ):
        joblib.dump(content, tmp_path / f"{number}.pkl")
        is_right(read(tmp_path / f"{number}.pkl"))
    content = (tmp_path / "0.pkl").read_bytes()
    (tmp_path / "0.pkl").write_bytes(content[: len(content) // 2])
    assert "truncated or damaged" in refusal(tmp_path / "0.pkl")


@pytest.mark.parametrize("compress", [3, ("zlib", 9), ("lzma", 1), ("gzip", 3), ("bz2", 1)])
def test_joblib_packs_them_as_a_whole(compress: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.joblib"
    for content in [(WORDS, MATRIX), dict(zip(WORDS, MATRIX, strict=True))]:
        joblib.dump(content, path, compress=compress)
        is_right(read(path))
    packed = path.read_bytes()
    for cut in (packed[: len(packed) // 2], packed[:-3]):
        path.write_bytes(cut)
        assert "\n" not in refusal(path)


RECORDS = [{"word": w, "n": 3, "vector": row} for w, row in zip(WORDS, MATRIX, strict=True)]


@pytest.mark.parametrize(
    "content",
    [
        {word.encode(): row for word, row in zip(WORDS, MATRIX, strict=True)},
        RECORDS,
        [{"token": record["word"], "values": record["vector"].tolist()} for record in RECORDS],
        {record["word"]: (record["n"], record["vector"]) for record in RECORDS},
        {record["word"]: {"count": 3, "vector": record["vector"]} for record in RECORDS},
    ],
    ids=["bytes", "records", "records of lists", "word to tuple", "word to dict"],
)
def test_pickles_of_records(content: object, tmp_path: Path) -> None:
    is_right(read(wild_files.pickled(tmp_path / "x.pkl", content)))


def test_nothing_that_is_deflated_is_run(tmp_path: Path) -> None:
    path = tmp_path / "x.pkl"
    for program, said in [
        (b"\x80\x02cos\nsystem\n(S'x'\ntR.", "refers to 'os.system'"),
        (b"\x80\x02cgensim.models.word2vec\nWord2Vec\n)\x81}b.", "unpack it"),
        (b"\x80\x02junk", "is no sound pickle"),
    ]:
        path.write_bytes(zlib.compress(program))
        assert said in refusal(path)


@pytest.mark.parametrize("begin", ["x^2", "x\u0680", "]\0\0"])
def test_words_are_not_taken_for_deflated_bytes(begin: str, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(f"{begin} 0.1 0.2\nb 0.3 0.4\n".encode())
    if "\0" in begin:
        refusal(path)
    else:
        assert read(path).tokens == [begin, "b"]


def test_a_list_of_floats_takes_no_object_a_float(tmp_path: Path) -> None:
    row = MATRIX.reshape(-1)[:150].tolist()
    rows = {f"w{number}": [number + 0.5, *row] for number in range(3000)}
    data = read(wild_files.pickled(tmp_path / "x.pkl", rows))
    assert data.vectors[2999].tolist() == np.float32(rows["w2999"]).tolist()


def test_pickles_of_other_things_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.pkl"
    for content, said in [
        ({"a": 1}, "a pickle of a dict without words and vectors"),
        (WORDS, "a pickle of a list without words and vectors"),
        (3, "a pickle of an int"),
        ({**{key: [1.0, 2.0] for key in "abde"}, "c": [1.0]}, "word 'c': has 1 values"),
        ([[1.0, 2.0], [1.0]], "(matrix: a list of 2)"),
        (Path("x"), "refers to 'pathlib"),
    ]:
        wild_files.pickled(path, content)
        assert said in refusal(path)
    joblib.dump({"syn0": MATRIX, "syn1": MATRIX, "dictionary": {"word_dict": b"trie"}}, path)
    assert "wikipedia2vec's model" in refusal(path)


# Archives


TEXT = "".join(
    f"{word.replace(' ', '_')} {' '.join(map(repr, row))}\n"
    for word, row in zip(WORDS, MATRIX.tolist(), strict=True)
).encode()


def test_one_file_of_vectors_stands_for_its_archive(tmp_path: Path) -> None:
    beside = {"README.txt": b"vectors 1 2 3\n", "LICENSE": b"x", "vocab.txt": b"sea 3\nnaive 2\n"}
    pickles = wild_files.pickled(tmp_path / "p", (WORDS, MATRIX)).read_bytes()
    for path in [
        wild_files.zipped(tmp_path / "a.zip", {"glove/vectors.50d.txt": TEXT}),
        wild_files.zipped(tmp_path / "b.zip", {**beside, "vectors.txt": b"5 32\n" + TEXT}),
        wild_files.tarred(tmp_path / "c.tar.gz", {"x/vectors.txt": TEXT, **beside}),
        wild_files.tarred(tmp_path / "d.tar.bz2", {"v.vec": b"5 32\n" + TEXT}, "w:bz2"),
        wild_files.tarred(tmp_path / "e.tar", {"__MACOSX/._v.txt": b"\0x", "v.txt": TEXT}, "w"),
        wild_files.tarred(tmp_path / "f.tar.xz", {"polyglot.pkl": pickles}, "w:xz"),
    ]:
        data = read(path)
        assert [word.replace("_", " ") for word in data.tokens] == WORDS, path
        assert np.array_equal(data.vectors, MATRIX)
        assert len(read(path, limit=2).tokens) == 2


def test_an_archive_of_another_program_stays_one(tmp_path: Path) -> None:
    """deeplearning4j's has its matrix as text, and what belongs to it in other files."""
    path = wild_files.zipped(tmp_path / "x.zip", {"syn0.txt": TEXT, "config.json": b"{}"})
    archive = archive_at(path)
    assert archive is not None and archive.member is None


def test_an_archive_of_several_vectors_names_them(tmp_path: Path) -> None:
    two = {"glove.50d.txt": TEXT, "glove.100d.txt": TEXT}
    for path in [
        wild_files.zipped(tmp_path / "a.zip", two),
        wild_files.tarred(tmp_path / "a.tgz", two),
    ]:
        assert "2 files that may be vectors ('glove.50d.txt', 'glove.100d.txt')" in refusal(path)
    wild_files.zipped(tmp_path / "b.zip", {"a.md": b"x", "b.md": b"x"})
    assert "without one file of vectors in it ('a.md', 'b.md')" in refusal(tmp_path / "b.zip")
    content = wild_files.tarred(tmp_path / "c.tar.gz", {"v.txt": TEXT}).read_bytes()
    (tmp_path / "c.tar.gz").write_bytes(content[: len(content) // 2])
    assert refusal(tmp_path / "c.tar.gz")


# spaCy, sense2vec, Spark, Magnitude, HDF5


def test_the_hash_of_a_word_is_spacy_s() -> None:
    # As spaCy's documentation shows it.
    assert hashes_of([b"coffee", b""]).tolist()[0] == 3197928453018144401


def test_folders_of_spacy(tmp_path: Path) -> None:
    path = wild_files.spacy(tmp_path / "en_core-1.0", WORDS, MATRIX)
    for place in (path, path / "vocab", tmp_path):
        is_right(read(place))
    shared = wild_files.spacy(tmp_path / "b", WORDS, MATRIX[:3], [0, 1, 2, 1, -1])
    data = read(shared)
    assert data.tokens == ["sea", "naïve", "two words", "日本語"]
    assert np.array_equal(data.vectors, MATRIX[[0, 1, 1, 2]])
    assert any("1 words share the row" in line for line in data.warnings)
    assert "mode 'floret'" in refusal(
        wild_files.spacy(tmp_path / "c", WORDS, MATRIX, mode="floret")
    )


def test_folders_of_sense2vec_have_counts(tmp_path: Path) -> None:
    words = [f"{word}|NOUN" for word in WORDS]
    data = read(wild_files.sense2vec(tmp_path / "s2v", words, MATRIX, [9, 8, 7, 6, 5]))
    assert data.tokens == words
    assert data.counts is not None and data.counts.tolist() == [9, 8, 7, 6, 5]


@pytest.mark.parametrize("structs", [False, True], ids=["model", "table"])
def test_folders_of_spark(structs: bool, tmp_path: Path) -> None:
    path = wild_files.spark(tmp_path / "model", WORDS, MATRIX, structs=structs)
    is_right(read(path))
    if not structs:
        is_right(read(path / "data"))
        assert read(path, limit=3).tokens == WORDS[:3]


def test_databases_of_magnitude(tmp_path: Path) -> None:
    is_right(read(wild_files.magnitude(tmp_path, WORDS, MATRIX)), 1e-7)
    path = tmp_path / "case.magnitude"
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE magnitude")
        database.execute(
            "CREATE VIEW magnitude AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM "
            "n) SELECT x AS key FROM n"
        )
        database.commit()
    assert "without a table 'magnitude'" in refusal(path)


@pytest.mark.parametrize("packed", [False, True])
def test_data_sets_of_hdf5(packed: bool, tmp_path: Path) -> None:
    is_right(read(wild_files.hdf5(tmp_path / "x.h5", WORDS, MATRIX, packed=packed)))


def test_weights_of_keras_and_tables_of_pandas(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["model_weights/embedding/embedding/embeddings:0"] = MATRIX
        file["model_weights/dense/dense/kernel:0"] = MATRIX.T.copy()
        file["model_weights/dense/dense/bias:0"] = np.zeros(3, np.float32)
    (tmp_path / "x.vocab.txt").write_text("".join(f"{word}\n" for word in WORDS))
    is_right(read(tmp_path / "x.h5"))
    with h5py.File(tmp_path / "mini.h5", "w") as file:
        file["mat/axis0"] = np.arange(32)
        file["mat/axis1"] = np.array([word.encode() for word in WORDS])
        file["mat/block0_items"] = np.arange(32)
        file["mat/block0_values"] = np.round(MATRIX * 50).astype(np.int8)
    data = read(tmp_path / "mini.h5")
    assert np.array_equal(data.vectors, np.round(MATRIX * 50).astype(np.int8))
    assert data.tokens == WORDS


def test_a_model_of_keras_3_is_its_weights(tmp_path: Path) -> None:
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file["layers/embedding/vars/0"] = MATRIX
    files = {"metadata.json": b"{}", "config.json": b"{}", "model.weights.h5": weights.getvalue()}
    wild_files.zipped(tmp_path / "m.keras", files)
    (tmp_path / "vocab.txt").write_text("".join(f"{word}\n" for word in WORDS))
    is_right(read(tmp_path / "m.keras"))


def test_hdf5_reads_no_other_file_and_no_declared_size(tmp_path: Path) -> None:
    wild_files.hdf5(tmp_path / "other.h5", WORDS, MATRIX)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["vectors"] = h5py.ExternalLink("other.h5", "/vectors")
        file.create_dataset("huge", (1 << 30, 300), "f4", chunks=(1024, 300), compression="gzip")
    assert "has no matrix of floats; it holds huge: declared larger" in refusal(tmp_path / "x.h5")


# Further


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_model2vec_in_half_the_bytes(dtype: torch.dtype, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"embeddings": TENSOR.to(dtype)}, tmp_path / "model.safetensors")
    vocabulary = {word: row for row, word in enumerate(WORDS)}
    tokenizer = {"model": {"type": "WordLevel", "vocab": vocabulary}, "added_tokens": []}
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
    (tmp_path / "config.json").write_text('{"model_type": "model2vec"}')
    is_right(read(tmp_path), 0.01)


def test_a_folder_for_spacy_has_what_its_own_have(tmp_path: Path) -> None:
    words = [*WORDS, "king", "number", "ORG"] + [f"word {row}" for row in range(300)]
    matrix = np.random.default_rng(1).normal(size=(len(words), 7)).astype(np.float32)
    place = tmp_path / "vectors"
    for _again in range(2):
        formats.write(place, VectorsData(words, matrix), "spacy")
    data = read(place)
    assert data.tokens == words and np.array_equal(data.vectors, matrix) and not data.warnings
    assert {path.name for path in place.iterdir()} == {
        *("vectors", "key2row", "strings.json", "vectors.cfg"),
    }
    keys, rows = read_key_rows((place / "key2row").read_bytes(), place)
    assert rows.tolist() == list(range(len(words)))
    assert keys[words.index("king")] == hashes_of([b"king"])[0]
    # As spaCy 3.8 numbers the names of its labels.
    assert [keys[words.index(word)] for word in ("number", "ORG")] == [432, 383]
    assert np.array_equal(np.load(place / "vectors"), matrix)
    # spaCy's own lists of strings leave its symbols out.
    strings = json.loads((place / "strings.json").read_text())
    strings = [word for word in strings if word not in ("number", "ORG")]
    (place / "strings.json").write_text(json.dumps(strings))
    assert read(place).tokens == words
    # A pipeline's folder is not replaced by its vectors.
    pipeline = wild_files.spacy(tmp_path / "en_core-1.0", WORDS, MATRIX)
    with pytest.raises(ConfigError, match="no folder of vectors alone"):
        formats.write(pipeline, VectorsData(words, matrix), "spacy")
