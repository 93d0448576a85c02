"""An index finds nearly all of the nearest, is kept beside the model, and known to be its own."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import lexiscope
from lexiscope.errors import ConfigError, MissingExtraError
from lexiscope.vectors import KeyedVectors, hnsw

ROWS = 3000


@pytest.fixture
def grouped() -> KeyedVectors:
    rng = np.random.default_rng(2)
    matrix = 0.6 * rng.normal(size=(ROWS, 32)) + rng.normal(size=(60, 32))[np.arange(ROWS) % 60]
    matrix[5], matrix[6, 3] = 0, np.nan
    return KeyedVectors([f"w{row}" for row in range(ROWS)], matrix.astype(np.float32))


def test_it_finds_nearly_all(grouped: KeyedVectors) -> None:
    facts = grouped.build_index(recall=0.97)
    assert facts.recall >= 0.97
    assert f"recall {facts.recall:.3f}" in str(facts)
    hits = 0
    for row in range(100, 140):
        exact = grouped.most_similar(f"w{row}")
        found = grouped.most_similar(f"w{row}", index="hnsw")
        assert f"w{row}" not in dict(found) and not {"w5", "w6"} & set(dict(found))
        for word, cosine in found:
            assert cosine == pytest.approx(grouped.similarity(f"w{row}", word), abs=1e-5)
        hits += len(dict(exact).keys() & dict(found).keys())
    assert hits >= 0.95 * 400
    assert grouped.most_similar("w5", index="hnsw") == []
    both = grouped.most_similar([["w100"], ["w101"]], index="hnsw")
    assert both == [grouped.most_similar(word, index="hnsw") for word in ("w100", "w101")]


def test_it_is_kept_beside_the_model(
    grouped: KeyedVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grouped.save(tmp_path / "model")
    vectors = lexiscope.load(tmp_path / "model")
    facts = vectors.build_index()
    assert (tmp_path / "model.hnsw").is_file() and (tmp_path / "model.hnsw.json").is_file()
    made = []
    monkeypatch.setattr(hnsw, "_measured", lambda *given: made.append(given) or (64, 0.99))
    again = lexiscope.load(tmp_path / "model")
    assert again.build_index() == facts and not made
    assert again.most_similar("w9", index="hnsw") == vectors.most_similar("w9", index="hnsw")
    content = bytearray((tmp_path / "model.hnsw").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "model.hnsw").write_bytes(bytes(content))
    assert lexiscope.load(tmp_path / "model").build_index().recall == 0.99, "damaged: made anew"
    (tmp_path / "model.hnsw.json").write_text("{")
    assert lexiscope.load(tmp_path / "model").build_index() and len(made) == 2
    changed = lexiscope.load(tmp_path / "model")
    changed.vectors[:] *= np.float32(2)
    changed.fill_norms(force=True)
    changed.most_similar("w9", index="hnsw")
    assert len(made) == 3, "of other rows"


def test_what_an_index_cannot_do_is_said(
    grouped: KeyedVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="index is 'tree'"):
        grouped.most_similar("w1", index="tree")
    for options in ({"topn": None}, {"restrict_vocab": 5}, {"clip_start": 3}):
        with pytest.raises(ConfigError, match="give topn and no limits"):
            grouped.most_similar("w1", index="hnsw", **options)
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    with pytest.raises(MissingExtraError, match=r"lexiscope\[ann\]"):
        grouped.most_similar("w1", index="hnsw")


def test_tables_too_small_for_a_measurement() -> None:
    for rows in (1, 2, 3):
        vectors = KeyedVectors([str(row) for row in range(rows)], np.eye(rows, 4, dtype=np.float32))
        assert vectors.build_index().recall == 1
        assert len(vectors.most_similar("0", index="hnsw")) == rows - 1
