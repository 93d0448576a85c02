"""A transformer's folder that is damaged: refused in a line, before a library believes it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lexiscope.contextual import Encoder
from lexiscope.errors import LexiscopeError
from tests.support import tiny_models

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.save("gpt2", tmp_path_factory.mktemp("tiny") / "model")


DAMAGE: dict[str, tuple[str, bytes, str]] = {
    "a deep configuration": ("config.json", b'{"a":' * 9999, "nested deeper than 64"),
    "a name twice": ("config.json", b'{"a": 1, "a": 2}', 'the name "a" is given twice'),
    "a deep tokenizer": ("tokenizer.json", b"[" * 9999, "nested deeper than 64"),
    "a list for a tokenizer": ("tokenizer.json", b"[]", "cannot be loaded"),
    "no limit but a text": (
        "tokenizer_config.json",
        b'{"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": "x"}',
        "model_max_length is 'x'; expected a number",
    ),
    "layers without end": (
        "config.json",
        b'{"model_type": "gpt2", "text_config": {"n_layer": 1' + b"0" * 29 + b"}}",
        "expected at most 10,000 layers",
    ),
    "no matrices": ("model.safetensors", b"\xff" * 99, "cannot be loaded"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_model_is_told_in_a_plain_line(case: str, model: Path) -> None:
    name, content, said = DAMAGE[case]
    sound = (model / name).read_bytes()
    (model / name).write_bytes(content)
    try:
        with pytest.raises(LexiscopeError, match=said) as caught:
            Encoder(model).encode(["a fox"])
    finally:
        (model / name).write_bytes(sound)
    assert str(caught.value).isprintable()


def test_matrices_of_another_shape_are_told_without_a_librarys_colours(model: Path) -> None:
    sound = (model / "config.json").read_text()
    (model / "config.json").write_text(json.dumps(json.loads(sound) | {"n_embd": 16}))
    try:
        with pytest.raises(LexiscopeError) as caught:
            Encoder(model).encode(["a fox"])
    finally:
        (model / "config.json").write_text(sound)
    assert re.search(r"\[3\dm", str(caught.value)) is None
    assert str(caught.value).isprintable()
