"""model2vec's folders, of every layout and age."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from lexiscope.errors import ConfigError, FormatError
from lexiscope.formats import VectorsData, detect
from lexiscope.formats.contract import ReadOptions
from lexiscope.formats.kinds import model2vec

WORDS = ["[PAD]", "[UNK]", "sea", "##s", "日本"]
MATRIX = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)


def folder_of(
    path: Path,
    tensors: dict[str, np.ndarray],
    *,
    model: object = None,
    config: object = None,
    below: str = ".",
    config_name: str = "config.json",
) -> Path:
    (path / below).mkdir(parents=True, exist_ok=True)
    save_file(tensors, path / below / "model.safetensors")
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    given = {"type": "WordPiece", "vocab": vocabulary} if model is None else model
    document = {"model": given, "added_tokens": [{"id": 0, "content": "[PAD]"}]}
    (path / below / "tokenizer.json").write_text(json.dumps(document), encoding="utf-8")
    (path / config_name).write_text(json.dumps({"normalize": True} if config is None else config))
    return path


def test_what_is_written_comes_back(nasty: VectorsData, tmp_path: Path) -> None:
    keep = [row for row, word in enumerate(nasty.tokens) if "\udce3" not in word]
    data = VectorsData([nasty.tokens[row] for row in keep], nasty.vectors[keep])
    model2vec.write(tmp_path / "m", data)
    assert detect(tmp_path / "m").name == "model2vec"
    back = model2vec.read(tmp_path / "m")
    assert back.tokens == data.tokens
    assert np.array_equal(back.vectors, data.vectors)
    # Again over itself, but over nothing else.
    model2vec.write(tmp_path / "m", back)
    (tmp_path / "other").mkdir()
    with pytest.raises(ConfigError, match="no model2vec folder"):
        model2vec.write(tmp_path / "other", back)


def test_the_tokenizer_that_is_written_finds_the_rows(tmp_path: Path) -> None:
    data = VectorsData(["sea", "naïve", "!"], MATRIX[:3])
    model2vec.write(tmp_path / "m", data)
    tokenizer = Tokenizer.from_file(str(tmp_path / "m" / "tokenizer.json"))
    assert tokenizer.encode("naïve sea! what").ids == [1, 0, 2, 3]
    # model2vec takes the number of the unknown token from the vocabulary, and needs a row for it.
    assert tokenizer.get_vocab_size() == 4
    assert tokenizer.model.unk_token == "[UNK]"
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == [
        "config.json",
        "model.safetensors",
        "modules.json",
        "tokenizer.json",
    ]


def test_a_word_for_unknown_words_is_used_where_there_is_one(tmp_path: Path) -> None:
    data = VectorsData(["sea", "<unk>"], MATRIX[:2])
    model2vec.write(tmp_path / "m", data)
    assert model2vec.read(tmp_path / "m").tokens == ["sea", "<unk>"]
    tokenizer = Tokenizer.from_file(str(tmp_path / "m" / "tokenizer.json"))
    assert tokenizer.encode("what sea").ids == [1, 0]


def test_weights_and_shared_rows_of_newer_versions(tmp_path: Path) -> None:
    weights = np.array([1.0, 0.5, 2.0, 3.0, 1.0])
    mapping = np.array([0, 1, 2, 0, 1], dtype=np.int32)
    rows = MATRIX[:3].astype(np.float16)
    tensors = {"embeddings": rows, "weights": weights, "mapping": mapping}
    data = model2vec.read(folder_of(tmp_path / "m", tensors))
    expected = rows.astype(np.float32)[mapping] * weights[:, None].astype(np.float32)
    assert np.array_equal(data.vectors, expected)
    assert data.tokens == WORDS
    assert data.metadata == {"model2vec": {"normalize": True}}


@pytest.mark.parametrize("below", [".", "0_StaticEmbedding"])
def test_sentence_transformers_layouts(below: str, tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path / "m",
        {"embedding.weight": MATRIX},
        below=below,
        config_name="config_sentence_transformers.json",
    )
    assert detect(folder).name == "model2vec"
    data = model2vec.read(folder, ReadOptions(words=frozenset({"sea"})))
    assert np.array_equal(data.vectors, MATRIX[2:3])


def test_unigram_vocabularies_are_lists(tmp_path: Path) -> None:
    model = {"type": "Unigram", "vocab": [[word, -1.0] for word in WORDS]}
    data = model2vec.read(folder_of(tmp_path / "m", {"embeddings": MATRIX}, model=model))
    assert data.tokens == WORDS


def test_a_language_models_checkpoint_is_not_taken_for_one(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "m", {"wte.weight": MATRIX})
    with pytest.raises(FormatError):
        model2vec.read(folder)
    with pytest.raises(FormatError):
        detect(folder)


@pytest.mark.parametrize(
    ("tensors", "model", "said"),
    [
        ({"embeddings": MATRIX[:4]}, None, "5 tokens in its tokenizer and 4 vectors"),
        ({"embeddings": MATRIX, "weights": np.ones(3)}, None, "'weights'"),
        ({"embeddings": MATRIX, "mapping": np.array([0, 1, 2, 3, 5])}, None, "'mapping'"),
        ({"embeddings": MATRIX, "mapping": np.array([0, -1, 2, 3, 1])}, None, "'mapping'"),
        ({"embeddings": MATRIX[0]}, None, "no matrix"),
        ({"embeddings": MATRIX}, {"vocab": {"a": 0, "b": 2}}, "expected every number"),
        ({"embeddings": MATRIX}, {"vocab": {"a": "x"}}, "no token and number"),
        ({"embeddings": MATRIX}, {"vocab": {"a": 10**30}}, "does not fit into 64 bits"),
        ({"embeddings": MATRIX}, [], "model is a list; expected an object"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    tensors: dict[str, np.ndarray], model: object, said: str, tmp_path: Path
) -> None:
    with pytest.raises(FormatError, match=said):
        model2vec.read(folder_of(tmp_path / "m", tensors, model=model))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_each_file_cut_anywhere_is_refused(name: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "m", {"embeddings": MATRIX})
    whole = (folder / name).read_bytes()
    for length in range(len(whole)):
        (folder / name).write_bytes(whole[:length])
        with pytest.raises(FormatError):
            model2vec.read(folder)
    (folder / name).unlink()
    with pytest.raises(FormatError):
        model2vec.read(folder)


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json"])
def test_json_nested_without_end_is_no_crash(name: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "m", {"embeddings": MATRIX})
    (folder / name).write_text("[" * 500_000)
    with pytest.raises(FormatError, match="is not JSON"):
        model2vec.read(folder)


def test_words_that_json_cannot_say_are_refused(tmp_path: Path) -> None:
    data = VectorsData(["cut\udce3"], MATRIX[:1])
    with pytest.raises(FormatError, match="not whole UTF-8"):
        model2vec.write(tmp_path / "m", data)
    assert list(tmp_path.iterdir()) == []
