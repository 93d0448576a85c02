"""ONNX models: their hidden states beside sums that are made by hand, and what they do not give."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.cli.main import main
from lexiscope.contextual import Encoder
from lexiscope.errors import ConfigError, FormatError, MissingExtraError
from tests.support import tiny_models

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

TEXTS = ["The bank of the river.", "fox", "", "The quick brown fox jumps over the lazy dog."]
SIZE = 6


def graph(rows: int, *, inner: bool, last: str = "last_hidden_state", past: bool = False) -> Any:
    """A model of one layer: each token's row, then tanh of it and the mean of the text's tokens."""
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(4)
    table = random.normal(size=(rows, SIZE)).astype(np.float32)
    weight = random.normal(size=(SIZE, SIZE)).astype(np.float32)
    shape, states = ["batch", "length"], ["batch", "length", SIZE]
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["hidden_states.0"]),
        helper.make_node("Cast", ["attention_mask"], ["flags"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["flags", "two"], ["mask"]),
        helper.make_node("Mul", ["hidden_states.0", "mask"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "one"], ["sum"]),
        helper.make_node("ReduceSum", ["mask", "one"], ["count"]),
        helper.make_node("Div", ["sum", "count"], ["mean"]),
        helper.make_node("MatMul", ["hidden_states.0", "weight"], ["product"]),
        helper.make_node("Tanh", ["product"], ["bent"]),
        helper.make_node("Add", ["bent", "mean"], [last]),
    ]
    names = ["input_ids", "attention_mask", *(["past_key_values.0.key"] if past else [])]
    outputs = [last, *(["hidden_states.0"] if inner else [])]
    made = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in names],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, states) for name in outputs],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(weight, "weight"),
            numpy_helper.from_array(np.array([1], np.int64), "one"),
            numpy_helper.from_array(np.array([2], np.int64), "two"),
        ],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    return model, table, weight


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration and a tokenizer, as an export has them."""
    saved = tiny_models.save("roberta", tmp_path / "torch")
    place = tmp_path / "exported"
    place.mkdir()
    for file in saved.iterdir():
        if file.suffix == ".json":
            (place / file.name).write_bytes(file.read_bytes())
    config = json.loads((place / "config.json").read_text())
    (place / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 1}))
    return place


def rows_of(folder: Path) -> int:
    return int(json.loads((folder / "config.json").read_text())["vocab_size"])


@pytest.mark.parametrize("place", ["model.onnx", "onnx/model.onnx", "onnx/model_other.onnx"])
def test_vectors_are_what_the_file_computes(folder: Path, place: str) -> None:
    model, table, weight = graph(rows_of(folder), inner=True)
    (folder / place).parent.mkdir(exist_ok=True)
    onnx.save(model, folder / place)
    encoder = Encoder(folder, device="cpu")
    assert encoder.model.layers == 1 and encoder.warnings == ()
    for layers in ((0,), (1,)):
        found = encoder.with_options(layers=layers).encode(TEXTS)
        for sentence in found:
            states = table[sentence.token_ids]
            if layers == (1,):
                states = np.tanh(states @ weight) + states.mean(axis=0)
            np.testing.assert_allclose(sentence.token_vectors, states, atol=1e-5)
    assert len(encoder.layer_similarity(TEXTS[1], TEXTS[3], "fox").cosines) == 2


def test_without_hidden_states_only_the_last_layer_is_there(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, table, weight = graph(rows_of(folder), inner=False)
    onnx.save(model, folder / "model.onnx")
    encoder = Encoder(folder, device="cpu")
    found = encoder.encode(TEXTS[:1])
    states = table[found.token_ids]
    np.testing.assert_allclose(
        found.token_vectors, np.tanh(states @ weight) + states.mean(axis=0), atol=1e-5
    )
    with pytest.raises(ConfigError, match="layer 0 of a roberta is not in its ONNX file"):
        encoder.with_options(layers=(0,))
    text = tmp_path / "text.txt"
    text.write_text("a fox\n")
    call = ["contextual", str(folder), str(text), "-o", str(tmp_path / "out.parquet")]
    assert main(call) == 0
    capsys.readouterr()
    assert main([*call, "--layers", "0", "--overwrite"]) == 1
    error = capsys.readouterr().err
    assert "take layers=-1" in error and error.count("\n") == 1
    with pytest.raises(ConfigError, match="no attention weights"):
        encoder.attention(TEXTS[0])


def test_what_it_cannot_do_is_refused_by_name(folder: Path) -> None:
    path = folder / "model.onnx"
    onnx.save(graph(rows_of(folder), inner=False)[0], path)
    for given, message in (
        ({"dtype": "bfloat16"}, "computes as it was exported"),
        ({"compile": True}, "computes as it was exported"),
        ({"device": "cpu,cpu"}, "runs on one device"),
        ({"device": "meta"}, "onnxruntime cannot run there"),
    ):
        with pytest.raises(ConfigError, match=message):
            Encoder(folder, **given)
    onnx.save(graph(rows_of(folder), inner=False, last="logits")[0], path)
    with pytest.raises(ConfigError, match="gives logits and no last_hidden_state"):
        Encoder(folder, device="cpu")
    onnx.save(graph(rows_of(folder), inner=False, past=True)[0], path)
    with pytest.raises(ConfigError, match="wants past_key_values"):
        Encoder(folder, device="cpu")
    path.write_bytes(path.read_bytes()[:90])
    with pytest.raises(FormatError, match="cannot be loaded"):
        Encoder(folder, device="cpu")
    path.rename(folder / "one.onnx")
    (folder / "two.onnx").write_bytes(b"")
    with pytest.raises(FormatError, match=r"one.onnx, two.onnx; name the one"):
        Encoder(folder, device="cpu")
    with pytest.raises(FormatError, match="name the folder that it lies in"):
        Encoder(folder / "one.onnx", device="cpu")


def test_without_the_runtime_one_line_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    onnx.save(graph(rows_of(folder), inner=False)[0], folder / "model.onnx")
    real = builtins.__import__

    def missing(name: str, *given: Any, **named: Any) -> Any:
        if name == "onnxruntime":
            raise ImportError(name)
        return real(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtraError, match=r"lexiscope\[onnx\]"):
        Encoder(folder, device="cpu")
