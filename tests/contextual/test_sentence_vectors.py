"""Vectors of sentences beside their words and tokens, and the tables that hold them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file

from lexiscope.cli.main import main
from lexiscope.contextual import Encoder, SentencePooling
from lexiscope.contextual.corpus.columns import stored
from lexiscope.errors import ConfigError

TEXTS = ["The bank of the river.", "A loan from the bank.", "", "The bank of the river."]


def test_a_sentence_is_what_its_tokens_are(encoder: Encoder) -> None:
    plain = encoder.encode(TEXTS)
    assert plain.sentence_vectors is None and plain[0].vector is None
    kinds: list[tuple[Any, Any]] = [
        ("mean", lambda tokens: tokens.mean(axis=0)),
        ("cls", lambda tokens: tokens[0]),
        ("last", lambda tokens: tokens[-1]),
    ]
    for kind, expected in kinds:
        found = encoder.encode(TEXTS, sentence=kind)
        assert np.array_equal(found.vectors, plain.vectors, equal_nan=True)
        assert found.sentence_vectors is not None and found.sentence_vectors.shape == (4, 384)
        for sentence in found:
            assert sentence.vector is not None
            np.testing.assert_allclose(
                sentence.vector, expected(sentence.token_vectors), rtol=1e-5, atol=1e-6
            )
        picked = found[1:3].sentence_vectors
        assert picked is not None and np.array_equal(picked, found.sentence_vectors[1:3])


def test_sif_is_the_papers(encoder: Encoder) -> None:
    texts = [*TEXTS, "The fox jumps over the old bank."]
    found = encoder.encode(texts, sentence=SentencePooling(kind="sif", a=0.01))
    counts = Counter(found.words)
    rows = []
    for sentence in found:
        if sentence.words:
            shares = [counts[word] / len(found.words) for word in sentence.words]
            weights = np.array([0.01 / (0.01 + share) for share in shares])
            rows.append((weights[:, None] * sentence.vectors).mean(axis=0))
    _left, _values, right = np.linalg.svd(np.array(rows), full_matrices=False)
    expected = np.array(rows) - np.outer(np.array(rows) @ right[0], right[0])
    own = found.sentence_vectors
    assert own is not None and np.isnan(own[2]).all()
    np.testing.assert_allclose(own[[0, 1, 3, 4]], expected, rtol=1e-4, atol=1e-5)
    told = SentencePooling(kind="sif", components=0, probabilities={"bank": 1.0})
    two = encoder.encode(["river", "bank"], sentence=told)
    assert two.sentence_vectors is not None  # a word that is not there counts whole
    np.testing.assert_allclose(two.sentence_vectors[0], two.vectors[0], rtol=1e-6)
    np.testing.assert_allclose(two.sentence_vectors[1], two.vectors[1] * 1e-3 / 1.001, rtol=1e-5)


def test_what_has_no_such_vector_is_refused(encoder: Encoder, tiny: dict[str, Path]) -> None:
    with pytest.raises(ConfigError, match="out of 1 distinct sentence"):
        encoder.encode(["The bank.", "The bank."], sentence="sif")
    with pytest.raises(ConfigError, match="expected one of mean, cls"):
        encoder.encode(["a"], sentence="max")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="counts are to be divided"):
        SentencePooling(kind="sif", probabilities={"the": 12})
    decoder = Encoder(tiny["llama"])
    with pytest.raises(ConfigError, match="the first is the same for every sentence"):
        decoder.encode(["a"], sentence="cls")
    last = decoder.encode(["The fox", "The fox jumps"], sentence="last")
    assert last.sentence_vectors is not None
    assert np.array_equal(last.sentence_vectors[1], last[1].token_vectors[-1])
    assert encoder.encode([], sentence="mean").sentence_vectors is not None


def test_float16_ends_somewhere() -> None:
    rows = np.array([[1.5, np.nan], [2.0, -3.0]], np.float32)
    assert stored(rows, "float16").dtype == np.float16
    with pytest.raises(ConfigError, match="float16 ends at 65,504"):
        stored(rows * 40_000, "float16")


def test_a_table_in_memory_is_the_files(encoder: Encoder, tmp_path: Path) -> None:
    text, out = tmp_path / "text.txt", tmp_path / "out.parquet"
    text.write_text("The bank of the river.\nA loan.\n")
    model = str(encoder.model.name)
    assert main(["contextual", model, str(text), "-o", str(out), "--sentences", "mean"]) == 0
    table = encoder.table(["The bank of the river.", "A loan."], whole="mean")
    written = pq.read_table(out)
    assert table.drop_columns(["vector"]).equals(
        written.drop_columns(["vector"]).replace_schema_metadata(None)
    )
    assert table["place"].to_pylist() == [-1, 0, 1, 2, 3, 4, -1, 0, 1]
    assert table["word"][0].as_py() == "The bank of the river." and table["pieces"][0].as_py() == 8
    wanted = encoder.encode(["A loan."], sentence="mean").sentence_vectors
    assert wanted is not None
    np.testing.assert_allclose(written["vector"][6].as_py(), wanted[0], atol=1e-6)
    only = encoder.table(["The bank of the river."], only=frozenset({"bank"}), whole="mean")
    assert only["place"].to_pylist() == [-1, 1]


@pytest.mark.slow
def test_halves_and_hdf5_at_the_command_line(
    minilm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("The bank of the river.\nA loan.\n")
    call = ["contextual", str(minilm), str(text), "--json", "--values", "float16", "-o"]
    for ending in ("parquet", "safetensors", "h5"):
        assert main([*call, str(tmp_path / f"out.{ending}"), "--sentences", "cls"]) == 0
        assert json.loads(capsys.readouterr().out)["words"] == 7
    assert str(pq.read_schema(tmp_path / "out.parquet").field("vector").type.value_type) in (
        "halffloat",
        "float16",
    )
    tensors = load_file(tmp_path / "out.safetensors")
    assert tensors["vectors"].dtype == np.float16 and tensors["vectors"].shape == (9, 384)
    with h5py.File(tmp_path / "out.h5") as file:
        for name, tensor in tensors.items():
            assert np.array_equal(file[name][...], tensor) and file[name].dtype == tensor.dtype
        assert json.loads(file.attrs["lexiscope"])["sentences"] == "cls"
    for more, message in (
        (["--sentences", "max"], "expected one of"),
        (["--sentences", "mean", "--pooling", "first_last"], "take another pooling"),
    ):
        assert main([*call, str(tmp_path / "no.h5"), *more]) == 1
        error = capsys.readouterr().err
        assert message in error and error.count("\n") == 1
    assert main([*call[:-2], "float8", "-o", str(tmp_path / "no.h5")]) == 1
    assert not list(tmp_path.glob("no*"))
