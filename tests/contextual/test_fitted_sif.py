"""SIF of a corpus that is written part by part, beside SIF of all sentences at once."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from lexiscope.cli.main import main
from lexiscope.contextual import Encoder, SentencePooling
from lexiscope.contextual.corpus import run as corpus_run
from lexiscope.contextual.corpus.fitted_sif import fit_sif
from lexiscope.contextual.corpus.run import run_corpus
from lexiscope.errors import ConfigError, CorpusError

TEXTS = [f"The {word} fox sat near the bank." for word in ("old", "quick", "naïve", "sly")] + [
    "A loan.",
    "\u200b",
]


def test_parts_give_what_all_at_once_gives(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus_run, "_PART_SENTENCES", 2)
    fitted = fit_sif(encoder, TEXTS)
    out = tmp_path / "out.parquet"
    run_corpus(encoder, TEXTS, out, whole=fitted)
    table = pq.read_table(out)
    rows = [row for row in table.to_pylist() if row["place"] == -1]
    expected = encoder.encode(TEXTS, sentence="sif").sentence_vectors
    assert expected is not None and len(rows) == len(TEXTS)
    assert rows[5]["vector"] is None and rows[5]["pieces"] == 0 and np.isnan(expected[5]).all()
    got = np.array([row["vector"] for row in rows[:5]])
    np.testing.assert_allclose(got, expected[:5], atol=1e-5)
    in_memory = encoder.table(TEXTS, whole="sif")
    assert np.allclose(in_memory["vector"][0].as_py(), expected[0], atol=1e-5)
    metadata = json.loads(table.schema.metadata[b"lexiscope"])
    assert metadata["sentences"] == "sif" and metadata["sif"]["of_sentences"] == 6


def test_shares_are_of_the_whole_text_and_directions_of_what_is_drawn(encoder: Encoder) -> None:
    fitted = fit_sif(encoder, TEXTS, SentencePooling(kind="sif", a=0.1, components=2), most=4)
    counts = Counter(encoder.encode(TEXTS).words)
    shares = {word: count / counts.total() for word, count in counts.items()}
    assert fitted.pooling.probabilities == pytest.approx(shares)
    common = fitted.pooling.common
    assert common is not None and common.shape == (2, 384)
    np.testing.assert_allclose(common @ common.T, np.eye(2), atol=1e-9)
    assert fitted.facts["sentences"] == 4 and fitted.facts["of_sentences"] == 6
    assert fit_sif(encoder, TEXTS[::-1][:-1]).facts["words"] != fitted.facts["words"]


def test_what_cannot_be_fitted_is_refused(encoder: Encoder) -> None:
    with pytest.raises(ConfigError, match="'sif' alone"):
        fit_sif(encoder, TEXTS, SentencePooling(kind="mean"))
    with pytest.raises(CorpusError, match="no word"):
        fit_sif(encoder, ["..."])
    with pytest.raises(ConfigError, match="out of 1 distinct"):
        fit_sif(encoder, ["The bank."] * 3)
    with pytest.raises(ConfigError, match="fit_sif"):
        run_corpus(encoder, TEXTS, "no.parquet", whole="sif")
    wrong = replace(fit_sif(encoder, TEXTS).pooling, common=np.ones((1, 3)))
    with pytest.raises(ConfigError, match="expected directions of 384"):
        encoder.encode(TEXTS, sentence=wrong)


def test_at_the_command_line(
    minilm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], encoder: Encoder
) -> None:
    text, out = tmp_path / "text.txt", tmp_path / "out.parquet"
    text.write_text("\n".join(TEXTS[:5]))
    call = ["contextual", str(minilm), str(text), "-o", str(out), "--sentences", "sif"]
    assert main(call) == 0
    rows = [row for row in pq.read_table(out).to_pylist() if row["place"] == -1]
    expected = encoder.encode(TEXTS[:5], sentence="sif").sentence_vectors
    assert expected is not None
    np.testing.assert_allclose([row["vector"] for row in rows], expected, atol=1e-5)
    call[2] = "-"
    assert main(call) == 2 and "reads the text twice" in capsys.readouterr().err
