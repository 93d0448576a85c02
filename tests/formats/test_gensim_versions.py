"""gensim's own files of every version since 0.12, as those versions wrote them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import lexiscope
from lexiscope.errors import FormatError
from lexiscope.formats import detect
from lexiscope.formats.conversion import convert
from lexiscope.formats.kinds.fasttext.subwords import unseen_vector
from lexiscope.formats.kinds.gensim import format as reader
from tests.support import gensim_golden as golden

EARLIEST, LATEST = "0.12.0", "4.4.0"


def test_every_minor_version_is_there() -> None:
    versions = {name.split("-")[0] for name in golden.names()}
    assert {EARLIEST, "0.13.4", "1.0.1", "2.3.0", "3.2.0", "3.8.3", "4.0.1", LATEST} <= versions
    assert {"py27", "py36"} <= {name.split("/")[0].split("-")[1] for name in golden.names()}


@pytest.mark.parametrize("name", golden.names())
def test_words_counts_and_matrices_are_those_that_were_saved(name: str, tmp_path: Path) -> None:
    path, facts = golden.laid(name, tmp_path), golden.facts(name)
    modules = set(sys.modules)
    assert detect(path).name == "gensim"
    data = reader.read(path)
    assert not {new for new in set(sys.modules) - modules if new.startswith("gensim")}
    assert data.tokens == facts["words"]
    assert data.counts is not None and data.counts.tolist() == facts["counts"]
    assert np.allclose(data.vectors, facts["vectors"], atol=1e-7)
    output = facts["syn1neg"] or facts["syn1"][:-1]
    assert np.allclose(data.output, output, atol=1e-7)
    options = data.metadata["gensim"]
    assert (options["vector_size"], options["epochs"], options["window"]) == (4, 2, 3)
    assert (options["min_count"], options["seed"]) == (1, 7)


@pytest.mark.parametrize("name", golden.names("negative"))
def test_the_version_is_told_as_far_as_the_file_tells_it(name: str, tmp_path: Path) -> None:
    version = tuple(int(part) for part in name.split("-")[0].split("."))
    told = reader.read(golden.laid(name, tmp_path)).metadata["gensim"]["version"]
    if version >= (4, 0):
        assert told == name.split("-")[0]
    elif version >= (3, 3):
        assert told == "3.3 to 3.8"
    elif version >= (3, 2):
        assert told == "3.2"
    elif version >= (0, 13, 4):
        assert told == "0.13.4 to 3.2"
    else:
        assert told == "before 0.13.4"


@pytest.mark.parametrize("name", golden.names("fasttext"))
def test_unseen_words_have_the_vectors_that_gensim_gave_them(name: str, tmp_path: Path) -> None:
    subwords = reader.read(golden.laid(name, tmp_path)).subwords
    for word, vector in golden.facts(name)["unseen"].items():
        ours = unseen_vector(word, subwords)
        assert (ours is None) == (vector is None), word
        assert vector is None or np.allclose(ours, vector, atol=1e-7), word


@pytest.mark.parametrize("name", golden.names("fasttext"))
def test_unseen_words_keep_their_vectors_in_a_model_folder(name: str, tmp_path: Path) -> None:
    path = golden.laid(name, tmp_path)
    convert(path, tmp_path / "ours")
    vectors = lexiscope.load(tmp_path / "ours")
    for word, vector in golden.facts(name)["unseen"].items():
        if vector is None:
            assert word not in vectors
        else:
            assert np.allclose(vectors[word], vector, atol=1e-7), word


@pytest.mark.parametrize("name", golden.names("own"))
def test_what_a_user_put_in_is_left_out_and_named(name: str, tmp_path: Path) -> None:
    warnings = reader.read(golden.laid(name, tmp_path)).warnings
    assert "left out what is not gensim's: my_note" in warnings
    # gensim 4 keeps no callbacks.
    told = [line for line in warnings if "__main__.EpochLogger" in line]
    assert len(told) == (not name.startswith("4"))


@pytest.mark.parametrize("name", golden.names("packed"))
def test_a_packed_array_that_is_missing_or_damaged_is_named(name: str, tmp_path: Path) -> None:
    path = golden.laid(name, tmp_path)
    beside = next(tmp_path.glob("*syn1neg.npz"))
    whole = beside.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"PK\x05\x06" + bytes(18)):
        beside.write_bytes(content)
        with pytest.raises(FormatError, match=r"syn1neg\.npz"):
            reader.read(path)
    beside.unlink()
    with pytest.raises(FormatError, match=r"keeps its syn1neg in .*\.npz"):
        reader.read(path)


@pytest.mark.parametrize("name", golden.names("dumped")[:1])
def test_lines_of_text_cut_or_changed_are_told_with_their_byte(name: str, tmp_path: Path) -> None:
    path = golden.laid(name, tmp_path)
    whole = path.read_bytes()
    for end in range(40, len(whole), 211):
        path.write_bytes(whole[:end])
        with pytest.raises(FormatError):
            reader.read(path)
    for wrong in (b"S'\\q'\n", b"S'a\n", b"S\n", b"I1_0\n", b"Inone\n", b"Fx\n", b"L9\n", b"g-1\n"):
        path.write_bytes(whole[:-1] + wrong + b".")
        with pytest.raises(FormatError):
            reader.read(path)
    path.write_bytes(whole[:-1] + b"I" + b"9" * 5000 + b"\n.")
    with pytest.raises(FormatError, match="byte"):
        reader.read(path)
