"""Attention between words beside sums that are made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModel, FNetConfig, FNetModel

from lexiscope.cli.main import main
from lexiscope.contextual import Encoder, SpannedText
from lexiscope.contextual.uses.attention import joined
from lexiscope.errors import ConfigError
from tests.support import tiny_models

TEXT = "The unbelievable fox, jumping over riverbanks."


@pytest.mark.parametrize("family", ["roberta", "gpt2", "llama"])
def test_words_get_what_their_tokens_get(tiny: dict[str, Path], family: str) -> None:
    encoder = Encoder(tiny[family])
    before = encoder.encode([TEXT]).vectors
    found = encoder.attention(TEXT)
    module = AutoModel.from_pretrained(tiny[family], attn_implementation="eager")
    with torch.inference_mode():
        ids = torch.from_numpy(found.token_ids)[None]
        told = module(ids, output_attentions=True, use_cache=False).attentions
    weights = np.stack([layer[0].numpy() for layer in told])
    np.testing.assert_allclose(found.tokens_to_tokens, weights, atol=1e-5)
    pieces = found.segmentation.pieces
    assert pieces.counts.max() > 1 and found.words_to_words.shape[:2] == weights.shape[:2]
    for row in range(len(found.words)):
        for column in range(len(found.words)):
            block = weights[:, :, pieces.of(row)][..., pieces.of(column)]
            np.testing.assert_allclose(
                found.words_to_words[:, :, row, column], block.sum(-1).mean(-1), atol=1e-5
            )
    total = found.words_to_words.sum(axis=-1) + found.elsewhere
    np.testing.assert_allclose(total, 1, atol=1e-4)
    assert encoder.model.module.config._attn_implementation == "sdpa"
    assert np.array_equal(encoder.encode([TEXT]).vectors, before)


def test_a_token_of_two_words_counts_once(encoder: Encoder) -> None:
    text = SpannedText("river banks", [(0, 2), (2, 5), (6, 11)])
    found = encoder.attention(text)
    pieces = found.segmentation.pieces
    assert pieces.of(0) == pieces.of(1)  # "river" is one token
    np.testing.assert_allclose(found.words_to_words.sum(-1) + found.elsewhere, 1, atol=1e-4)
    to_words, _elsewhere = joined(found.tokens_to_tokens, pieces)
    np.testing.assert_allclose(to_words[..., 0], to_words[..., 1])
    none = encoder.attention(["", "bank"])
    assert np.isnan(none.words_to_words[:, :, 0]).all() and np.isnan(none.elsewhere[..., 0]).all()
    assert none.document()["elsewhere"][0][0][0] is None


def test_a_model_without_attention_is_refused() -> None:
    tokenizer = tiny_models.tokenizer_of("wordpiece")
    config = FNetConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, intermediate_size=48,
        max_position_embeddings=40, pad_token_id=0,
    )  # fmt: skip
    model: Any = FNetModel(config)
    encoder = Encoder(model.eval(), tokenizer=tokenizer)
    with pytest.raises(ConfigError, match="gives no attention weights"):
        encoder.attention("The fox jumps.")


def test_a_sentence_that_is_too_long_is_refused(tiny: dict[str, Path]) -> None:
    with pytest.raises(ConfigError, match="tokens: expected 1 to"):
        Encoder(tiny["gpt2"]).attention("The fox jumps over the river. " * 40)


@pytest.mark.slow
def test_the_command(minilm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["attention", str(minilm), "The bank of the river."]
    assert main([*call, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["layers"], told["heads"], len(told["words"])) == (6, 12, 5)
    assert np.array(told["attention"]).shape == (6, 12, 5, 5)
    assert main([*call, "--layer", "2", "--head", "3"]) == 0
    shown = capsys.readouterr().out
    assert "elsewhere" in shown and f"{told['attention'][1][2][0][1]:.4f}"[:5] in shown
    for more in (["--layer", "9"], ["--layer", "0"], ["--head", "13"]):
        assert main([*call, *more]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_the_model_is_not_touched_while_it_is_asked(
    tiny: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lexiscope.contextual.uses import attention

    encoder = Encoder(tiny["roberta"])
    module, seen = encoder.model.module, []
    eager = attention._eager

    def watched(given: Any) -> Any:
        copied = eager(given)
        seen.append((copied is given, given.config._attn_implementation))
        own, other = (next(one.parameters()) for one in (given, copied))
        assert own is other  # no second copy of the weights
        return copied

    monkeypatch.setattr(attention, "_eager", watched)
    encoder.attention(TEXT)
    assert seen == [(False, "sdpa")] and module.config._attn_implementation == "sdpa"
