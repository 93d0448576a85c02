"""Surprisal of words beside sums that are made by hand, token after token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    T5Config,
    T5ForConditionalGeneration,
)

from lexiscope.cli.main import main
from lexiscope.contextual import Encoder, SpannedText, Surprisal
from lexiscope.errors import ConfigError, FormatError
from tests.support import tiny_models

TEXTS = ["The unbelievable fox jumps.", "", "bank", "The grassy bank of the river, and more words."]


def _bert() -> tuple[Any, Any]:
    torch.manual_seed(0)
    tokenizer = tiny_models.fast(
        tiny_models.wordpiece(),
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=40,
        initializer_range=0.3,
    )
    model: Any = BertForMaskedLM(config)
    return model.eval(), tokenizer


def _gpt2(*, beginning: bool) -> tuple[Any, Any]:
    torch.manual_seed(0)
    named = {"bos_token": "<s>"} if beginning else {}
    tokenizer = tiny_models.fast(tiny_models.byte_level(trim=False, special=False), **named)
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=32,
        n_layer=2,
        n_head=2,
        n_positions=40,
        initializer_range=0.3,
        bos_token_id=0,
        eos_token_id=2,
    )
    model: Any = GPT2LMHeadModel(config)
    return model.eval(), tokenizer


def _bits(model: Any, ids: list[int], place: int, answer: int) -> float:
    with torch.inference_mode():
        scores = model(torch.tensor([ids])).logits[0, place].double()
    return -float(scores.log_softmax(dim=-1)[answer]) / float(np.log(2))


@pytest.mark.parametrize("beginning", [True, False])
def test_a_causal_model_sums_what_each_token_surprises_after_those_before_it(
    beginning: bool,
) -> None:
    model, tokenizer = _gpt2(beginning=beginning)
    asked = Surprisal(model, tokenizer=tokenizer)
    found = asked.words(TEXTS)
    assert found.prediction == "causal"
    assert asked.first_word == ("<s>" if beginning else None)
    words = 0
    for number, text in enumerate(TEXTS):
        ids = tokenizer(text)["input_ids"]
        front = [0] if beginning else []
        expected = [
            _bits(model, [*front, *ids], place + len(front) - 1, token)
            if place + len(front)
            else np.nan
            for place, token in enumerate(ids)
        ]
        rows = found.segmentation.tokens.sentences[number]
        np.testing.assert_allclose(found.token_bits[rows], expected, rtol=1e-4)
        for word in range(words, words + len(found.of(number))):
            own = [token - rows.start for token in found.segmentation.pieces.of(word)]
            np.testing.assert_allclose(found.bits[word], sum(expected[i] for i in own), rtol=1e-4)
            words += 1
    assert np.isnan(found.bits[0]) == (not beginning) and np.isfinite(found.bits[1])
    row = next(iter(found.rows()))
    assert (row["word"], row["start"], row["end"]) == ("The", 0, 3)
    assert (row["bits"] is None) == (not beginning)


@pytest.mark.parametrize("masking", ["token", "within_word_l2r"])
def test_a_masked_model_hides_a_token_and_those_of_its_word_behind_it(masking: Any) -> None:
    model, tokenizer = _bert()
    found = Surprisal(model, tokenizer=tokenizer, masking=masking, batch_tokens=60).words(TEXTS)
    assert found.prediction == "masked" and np.isfinite(found.bits).all()
    pieces = found.segmentation.pieces
    assert pieces.counts.max() > 2
    for word in range(len(found.words)):
        sentence = int(found.segmentation.words.sentences.owner()[word])
        rows = found.segmentation.tokens.sentences[sentence]
        plain = found.token_ids[rows].tolist()
        own = [token - rows.start for token in pieces.of(word)]
        total = 0.0
        for number, place in enumerate(own):
            ids = list(plain)
            for hidden in own[number:] if masking == "within_word_l2r" else [place]:
                ids[hidden] = tokenizer.mask_token_id
            total += _bits(model, ids, place, plain[place])
        assert found.bits[word] == pytest.approx(total, rel=1e-4)
    assert np.isnan(found.token_bits[found.special]).all()


@pytest.mark.slow
def test_a_long_text_goes_through_in_windows() -> None:
    long = ["The fox jumps over the river. " * 12]
    for model, tokenizer in (_gpt2(beginning=True), _bert()):
        found = Surprisal(model, tokenizer=tokenizer).words(long)
        assert len(found.tokens) > 80 and np.isfinite(found.bits).all()
        assert np.isfinite(found.token_bits[~found.special]).all()


def test_what_predicts_no_tokens_is_refused(
    encoder: Encoder, minilm: Path, tiny: dict[str, Path]
) -> None:
    with pytest.raises(FormatError, match="tensors that predict tokens"):
        Surprisal(minilm)
    with pytest.raises(ConfigError, match="no head that predicts"):
        Surprisal(encoder.model.module, tokenizer=encoder.model.tokenizer)
    with pytest.raises(ConfigError, match="expected one of within_word_l2r"):
        Surprisal(minilm, masking="words")  # type: ignore[arg-type]
    model, tokenizer = _bert()
    tokenizer.mask_token = None
    with pytest.raises(ConfigError, match="has no mask"):
        Surprisal(model, tokenizer=tokenizer)
    small: Any = {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    config = T5Config(vocab_size=330, **small)
    decoding: Any = T5ForConditionalGeneration(config)
    with pytest.raises(ConfigError, match="no head that predicts"):
        Surprisal(decoding.eval(), tokenizer=tokenizer)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part in _gpt2(beginning=False):
        part.save_pretrained(tmp_path / "model")
    text = tmp_path / "text.txt"
    text.write_text("The fox jumps.\n\nThe bank\n")
    call = ["surprisal", str(tmp_path / "model"), str(text)]
    assert main([*call, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["unit"], told["prediction"], told["before_first_word"]) == ("bits", "causal", None)
    places = [(row["sentence"], row["word"], row["bits"] is None) for row in told["words"]]
    assert places == [
        (0, "The", True),
        (0, "fox", False),
        (0, "jumps", False),
        (1, "The", True),
        (1, "bank", False),
    ]
    assert main(call) == 0
    shown = capsys.readouterr()
    assert "jumps" in shown.out and "bits" in shown.out and "no token of a text" in shown.err
    assert main([*call, "--masking", "x"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_token_of_two_words_is_shared_between_them() -> None:
    model, tokenizer = _bert()
    asked = Surprisal(model, tokenizer=tokenizer)
    text = SpannedText("bank", [(0, 2), (2, 4)])
    found = asked.words([text])
    pieces = found.segmentation.pieces
    owners = [
        sum(token in pieces.of(word) for word in (0, 1)) for token in range(len(found.tokens))
    ]
    assert max(owners) == 2
    assert found.bits.sum() == pytest.approx(np.nansum(found.token_bits))
    for word in (0, 1):
        shares = [found.token_bits[token] / owners[token] for token in pieces.of(word)]
        assert found.bits[word] == pytest.approx(sum(shares))
