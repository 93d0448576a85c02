"""Folders, files and models as people have them: loaded, or told for what they are in a line."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertModel,
    ByT5Tokenizer,
    T5Config,
    T5EncoderModel,
)

from lexiscope.contextual import Encoder, SpannedText
from lexiscope.errors import ConfigError, CorpusError, FormatError
from tests.support.architectures import TEXTS, apart, tiny, tokenizer

CONFIG = {"vocab_size": 180, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}


def bert() -> BertModel:
    torch.manual_seed(0)
    return BertModel(BertConfig(**CONFIG, intermediate_size=48)).eval()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "bert"
    bert().save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


# Folders that hold something else


def without_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def adapters(folder: Path) -> None:
    without_weights(folder)
    (folder / "config.json").unlink()
    (folder / "adapter_model.safetensors").write_bytes(b"\0" * 16)
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "org/base"}')


def shard(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-00002-of-00003.safetensors")


def shards_of_an_index(folder: Path) -> None:
    names = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors").rename(folder / names["a"])
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))


def whole_pickle(folder: Path) -> None:
    without_weights(folder)
    torch.save(bert(), folder / "pytorch_model.bin")


def sentence_transformers(folder: Path) -> None:
    inner = folder / "0_Transformer"
    inner.mkdir()
    (folder / "modules.json").write_text("[]")
    for path in [path for path in folder.iterdir() if path.suffix in (".json", ".safetensors")]:
        if path.name != "modules.json":
            path.rename(inner / path.name)


def another(name: str) -> Callable[[Path], None]:
    def made(folder: Path) -> None:
        without_weights(folder)
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"GGUF" + b"\0" * 16)

    return made


MISFITS: dict[str, tuple[Callable[[Path], None], str]] = {
    "adapters": (adapters, r"adapters only .* whose base is org/base; merge them"),
    "a shard": (shard, r"1 of 3 numbered files .* no model\.safetensors\.index\.json"),
    "an index": (shards_of_an_index, r"no model-00002-of-00002.* \(1 of 2 files are missing\)"),
    "a pickle": (whole_pickle, r"pickle of a whole model .*save_pretrained"),
    "sentence-transformers": (sentence_transformers, r"whose transformer lies in 0_Transformer"),
    "gguf": (another("model-q4_k_m.gguf"), r"llama\.cpp's \(GGUF\) weights only"),
    "onnx": (another("onnx/model.onnx"), r"onnx/model\.onnx: cannot be loaded"),
    "tensorflow": (another("tf_model.h5"), r"TensorFlow's weights only"),
    "nothing": (without_weights, r"cannot be loaded"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_a_folder_without_a_model_is_told_for_what_it_is(
    name: str, saved: Path, tmp_path: Path
) -> None:
    import shutil

    make, said = MISFITS[name]
    folder = tmp_path / "model"
    shutil.copytree(saved, folder)
    make(folder)
    with pytest.raises(FormatError, match=said) as caught:
        Encoder(folder)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("model.gguf", r"GGUF"),
        ("model.safetensors", r"weights alone; name the folder"),
        ("notes.txt", r"is a file; expected a folder"),
    ],
)
def test_a_file_is_told_for_what_it_is(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"GGUF")
    with pytest.raises(FormatError, match=said):
        Encoder(tmp_path / name)


def test_an_encoder_that_was_saved_by_itself_is_loaded(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = T5Config(vocab_size=180, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4)
    model = T5EncoderModel(config).eval()
    model.save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "is_encoder_decoder": False}))
    sentence = Encoder(tmp_path).encode(TEXTS[:1])[0]
    with torch.no_grad():
        plain = model(torch.tensor([sentence.token_ids.tolist()])).last_hidden_state[0]
    assert apart(sentence.token_vectors, plain) < 1e-5


# Models in memory, and encoders that travel


def test_a_model_in_memory_is_used_as_it_is() -> None:
    torch.manual_seed(0)
    headed = BertForMaskedLM(BertConfig(**CONFIG, intermediate_size=48)).eval()
    encoder = Encoder(headed, tokenizer=tokenizer(), layers=np.array([0, -1]), combine="mean")
    sentence = encoder.encode(TEXTS[:1])[0]
    with torch.no_grad():
        states = headed.bert(
            torch.tensor([sentence.token_ids.tolist()]), output_hidden_states=True
        ).hidden_states
    assert apart(sentence.token_vectors, (states[0] + states[-1])[0] / 2) < 1e-5
    assert encoder.model.name is None and encoder.model.title == "bert"


def test_what_is_no_model_in_memory_is_told() -> None:
    with pytest.raises(ConfigError, match="model is a Linear"):
        Encoder(torch.nn.Linear(2, 2), tokenizer=tokenizer())  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="tokenizer is a NoneType"):
        Encoder(bert())
    with pytest.raises(ConfigError, match=r"training mode.*model\.eval"):
        Encoder(bert().train(), tokenizer=tokenizer())
    with pytest.raises(ConfigError, match="tokenizer is for a model in memory"):
        Encoder("some/model", tokenizer=tokenizer())


def test_encoders_are_pickled_and_copied(saved: Path) -> None:
    for encoder in (Encoder(saved, layers=1), Encoder(bert(), tokenizer=tokenizer(), layers=1)):
        wanted = encoder.encode(TEXTS).vectors
        content = pickle.dumps(encoder)
        assert encoder.model.name is None or len(content) < 10_000
        again = pickle.loads(content)
        assert again.options == encoder.options
        np.testing.assert_array_equal(again.encode(TEXTS).vectors, wanted)
        for twin in (copy.copy(encoder), copy.deepcopy(encoder)):
            assert twin.model is encoder.model
            np.testing.assert_array_equal(twin.encode(TEXTS).vectors, wanted)


def test_a_model_of_text_and_images_is_its_text_part() -> None:
    model = tiny("llava")
    encoder = Encoder(model, tokenizer=tokenizer())
    sentence = encoder.encode(TEXTS[:1])[0]
    ids = torch.tensor([sentence.token_ids.tolist()])
    with torch.no_grad():
        plain = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
    assert apart(sentence.token_vectors, plain) < 1e-5


# Texts and results


@pytest.fixture(scope="module")
def small() -> Encoder:
    return Encoder(bert(), tokenizer=tokenizer())


def test_slices_are_encoded_sentences(small: Encoder) -> None:
    encoded = small.encode(TEXTS)
    middle = encoded[1:3]
    assert middle.texts == tuple(TEXTS[1:3]) and len(encoded[::2]) == 2
    np.testing.assert_array_equal(middle[1].vectors, encoded[2].vectors)
    assert [s.text for s in encoded[::-1]] == TEXTS[::-1] and len(encoded[:0]) == 0


def test_words_of_a_language_without_spaces_keep_their_text(small: Encoder) -> None:
    text = "שלוםעולם"
    marked = SpannedText(text, [(0, 4), (4, 8)])
    sentence = small.encode([marked])[0]
    assert sentence.words == ("שלום", "עולם") and sentence.text == text
    assert sentence.spans.tolist() == [[0, 4], [4, 8]]
    assert sentence.token_ids.tolist() == small.encode([text])[0].token_ids.tolist()


@pytest.mark.parametrize(
    ("text", "spans", "said"),
    [
        ("ab cd", [(0, 2), (1, 5)], r"span 1 from 1 to 5: expected .* ends \(2\) or behind"),
        ("ab cd", [(3, 9)], r"span 0 from 3 to 9"),
        ("ab cd", [(2, 2)], r"span 0 from 2 to 2"),
        ("ab cd", [3], r"span 0 3: expected a start and an end"),
        ("ab cd", [("a", "b")], r"expected a start and an end"),
        (7, [], r"of type int"),
        ("a\ud800", [], r"lone surrogate"),
    ],
)
def test_spans_that_are_none_are_told(text: Any, spans: Any, said: str, small: Encoder) -> None:
    with pytest.raises(CorpusError, match=said):
        small.encode(["x", SpannedText(text, spans)])


def test_a_composed_word_is_found_in_a_text_of_parts(small: Encoder) -> None:
    text = "Le cafe\u0301 au lait, re\u0301sume\u0301 d\u2019un cafe\u0301"
    for number in (0, 1):
        wanted = small.word(text, "cafe\u0301", number)
        np.testing.assert_array_equal(small.word(text, "caf\u00e9", number), wanted)
    assert np.isfinite(small.word(text, "r\u00e9sum\u00e9")).all()
    with pytest.raises(LookupError):
        small.word(text, "caf")


def test_bytes_of_a_no_break_space_have_a_place() -> None:
    torch.manual_seed(0)
    config = T5Config(vocab_size=384, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4)
    encoder = Encoder(T5EncoderModel(config).eval(), tokenizer=ByT5Tokenizer())
    text = "à\u00a0la carte\u2003\u0080 ñ 東京"
    sentence = encoder.encode([text])[0]
    assert sentence.words == ("à", "la", "carte", "ñ", "東京")
    assert [len(places) for places in sentence.pieces] == [2, 2, 5, 2, 6]
    assert np.isfinite(sentence.vectors).all()
