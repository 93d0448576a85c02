"""Vectors that depend on their own text alone, and models that could not promise it, told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertModel,
    BigBirdConfig,
    BigBirdModel,
    FlaubertConfig,
    FlaubertModel,
    GPT2Config,
    GPT2Model,
    MptConfig,
    MptModel,
    OPTConfig,
    OPTModel,
    Phi3Config,
    Phi3Model,
    PreTrainedModel,
    T5Config,
    T5EncoderModel,
    XLNetConfig,
    XLNetModel,
)

from lexiscope.contextual import Encoder, EncoderOptions
from lexiscope.contextual.model.batches import batches
from lexiscope.errors import ConfigError, CorpusError, FormatError
from tests.support.architectures import LONG, TEXTS, apart, tiny, tokenizer
from tests.support.tiny_models import fast, tokenizer_of, wordpiece

SIZES = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4}


def drawn(model: PreTrainedModel) -> PreTrainedModel:
    """Weights large enough for what should not matter to show where it does."""
    torch.manual_seed(0)
    with torch.no_grad():
        for part in model.modules():
            if isinstance(part, torch.nn.Linear | torch.nn.Embedding):
                part.weight.normal_(0, 0.2)
    return model.eval()


def held(model: PreTrainedModel, **options: Any) -> Encoder:
    return Encoder(drawn(model), tokenizer=tokenizer(), **options)


def watched(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The lengths of the sequences of each batch, as they go through the model."""
    seen: list[list[int]] = []
    batch = type(encoder.model.forward).batch

    def told(self: Any, sequences: Any, step: int = 1) -> Any:
        seen.append([len(ids) for ids in sequences])
        return batch(self, sequences, step)

    monkeypatch.setattr(type(encoder.model.forward), "batch", told)
    return seen


# Texts that share a batch


def test_where_padding_leaks_only_equal_lengths_share_a_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoder = held(tiny("convbert"))
    assert [line for line in encoder.warnings if "convbert" in line and "padding" in line]
    seen = watched(encoder, monkeypatch)
    texts = [*TEXTS, "Hello you", "Hello him"]
    together = encoder.encode(texts)
    assert all(len(set(lengths)) == 1 for lengths in seen) and max(map(len, seen)) > 1
    for text, sentence in zip(texts, together, strict=True):
        assert apart(sentence.token_vectors, encoder.encode([text])[0].token_vectors) < 1e-5


def test_a_sound_model_says_nothing_and_shares_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = held(BertModel(BertConfig(**SIZES, vocab_size=180, intermediate_size=48)))
    assert encoder.warnings == ()
    seen = watched(encoder, monkeypatch)
    encoder.encode(TEXTS)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("apart_by", "sizes"), [(None, [2, 2, 1]), ("length", [1, 2, 1, 1]), ("each", [1] * 5)]
)
def test_batches_keep_apart_what_must_not_meet(apart_by: str | None, sizes: list[int]) -> None:
    lengths = np.array([40, 41, 20, 40, 39])
    numbers = {None: None, "length": lengths, "each": np.arange(5)}[apart_by]
    planned = batches(lengths, 100, numbers)
    assert [len(batch) for batch in planned] == sizes
    assert sorted(np.concatenate(planned).tolist()) == [0, 1, 2, 3, 4]
    assert [lengths[batch].max() for batch in planned] == sorted(
        (lengths[batch].max() for batch in planned), reverse=True
    )


def test_positions_that_turn_otherwise_in_long_texts_do_not_reach_short_ones() -> None:
    factors = {"short_factor": [1.0] * 4, "long_factor": [9.0] * 4}
    rope = {"rope_type": "longrope", "rope_theta": 1e4, **factors}
    config = Phi3Config(
        **SIZES,
        vocab_size=180,
        intermediate_size=48,
        num_key_value_heads=2,
        max_position_embeddings=96,
        original_max_position_embeddings=24,
        rope_parameters={**rope, "original_max_position_embeddings": 24},
        pad_token_id=0,
    )
    encoder = held(Phi3Model(config))
    assert encoder.model.forward.bounds == (24,) and not encoder._states.in_threads
    texts = [TEXTS[0], LONG, "Hello"]
    for order in (texts, texts[::-1]):
        for text, sentence in zip(order, encoder.encode(order), strict=True):
            assert apart(sentence.token_vectors, encoder.encode([text])[0].token_vectors) < 1e-5


def test_a_short_text_does_not_change_how_the_next_is_attended_to() -> None:
    config = BigBirdConfig(
        **SIZES,
        vocab_size=180,
        intermediate_size=48,
        max_position_embeddings=128,
        block_size=4,
        num_random_blocks=1,
        attention_type="block_sparse",
    )
    model = drawn(BigBirdModel(config))
    long = " ".join(TEXTS * 2)
    encoder = Encoder(model, tokenizer=tokenizer())
    ids = torch.tensor([encoder.encode([long])[0].token_ids.tolist()])
    model.set_attention_type("block_sparse")
    with torch.no_grad():
        plain = model(ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
    for texts in ([long], ["Hello", long], [long, "Hello"]):
        place = texts.index(long)
        assert apart(encoder.encode(texts)[place].token_vectors, plain) < 1e-5


def test_a_token_that_is_spelled_like_padding_is_a_token() -> None:
    config = FlaubertConfig(vocab_size=180, emb_dim=32, n_layers=2, n_heads=4, pad_index=2)
    encoder = held(FlaubertModel(config))  # [CLS] is what this model pads with
    found = encoder.encode(["the small town"])[0]
    assert 2 in found.token_ids.tolist()
    assert (np.linalg.norm(found.token_vectors, axis=1) > 0).all()


# What is given to the model


def test_numbers_of_segments_are_given_where_the_tokenizer_has_any() -> None:
    from tokenizers import processors

    backend = wordpiece()
    backend.post_processor = processors.TemplateProcessing(
        single="$A:0 [SEP]:0 [CLS]:2", special_tokens=[("[SEP]", 3), ("[CLS]", 2)]
    )
    names = ["input_ids", "token_type_ids", "attention_mask"]
    segmenting = fast(backend, unk_token="[UNK]", pad_token="[PAD]", model_input_names=names)
    config = XLNetConfig(vocab_size=180, d_model=32, n_layer=2, n_head=4, d_inner=48)
    model = drawn(XLNetModel(config))
    encoder = Encoder(model, tokenizer=segmenting)
    for text, sentence in zip(TEXTS, encoder.encode(TEXTS), strict=True):
        with torch.no_grad():
            plain = model(**segmenting(text, return_tensors="pt")).last_hidden_state[0]
        assert apart(sentence.token_vectors, plain) < 1e-5


@pytest.mark.parametrize("number", [180, 10_000])
def test_an_added_padding_token_without_a_row_is_not_looked_up(number: int) -> None:
    extended = tokenizer_of("wordpiece")
    size = len(extended)
    extended.add_special_tokens({"pad_token": "[ADDED]"})
    assert extended.pad_token_id == size
    model = GPT2Model(GPT2Config(vocab_size=size, n_embd=32, n_layer=2, n_head=4, n_positions=48))
    model.config.pad_token_id = number
    encoder = Encoder(drawn(model), tokenizer=extended)
    together = encoder.encode(TEXTS)
    assert apart(together[1].token_vectors, encoder.encode(TEXTS[1:2])[0].token_vectors) < 1e-5
    with pytest.raises(CorpusError, match=r"token '\[ADDED\]' \(id \d+\).*resize_token_embeddings"):
        encoder.encode(["Hello", "the [ADDED] town"])


# The last layer


def test_the_last_layer_is_the_last_hidden_state_with_its_norm() -> None:
    model = tiny("clip")
    encoder = Encoder(model, tokenizer=tokenizer(), layers=(0, -1), combine="concat")
    sentence = encoder.encode(TEXTS[:1])[0]
    ids = torch.tensor([sentence.token_ids.tolist()])
    with torch.no_grad():
        output = model.text_model(ids, output_hidden_states=True)
    width = output.last_hidden_state.shape[-1]
    assert apart(sentence.token_vectors[:, width:], output.last_hidden_state[0]) < 1e-5
    assert apart(sentence.token_vectors[:, :width], output.hidden_states[0][0]) < 1e-5


def test_layers_of_different_widths_are_joined_and_not_averaged() -> None:
    config = OPTConfig(
        **SIZES, vocab_size=180, ffn_dim=48, word_embed_proj_dim=16, max_position_embeddings=96
    )
    encoder = held(OPTModel(config))
    assert encoder.vector_size == encoder.encode(TEXTS)[0].vectors.shape[1] == 16
    joined = encoder.with_options(layers=(1, -1), combine="concat")
    assert joined.vector_size == joined.encode(TEXTS)[0].vectors.shape[1] == 32 + 16
    with pytest.raises(ConfigError, match=r"have 16 and 32 values, so there is no mean"):
        encoder.with_options(layers=(1, -1), combine="mean")
    with pytest.raises(ConfigError, match="layers of different widths"):
        encoder.layer_similarity(TEXTS[0], TEXTS[0], "fox")


def test_a_layer_without_a_vector_a_token_is_refused_and_the_last_is_not() -> None:
    model = tiny("canine")
    encoder = Encoder(model, tokenizer=tokenizer())
    assert encoder.encode(TEXTS)[0].vectors.shape[1] == 32
    with pytest.raises(ConfigError, match=r"layer 3 of a canine holds no vector .* layers=-1"):
        encoder.with_options(layers=3)


# Models that are refused


def test_a_model_that_draws_at_random_is_refused() -> None:
    model = drawn(BertModel(BertConfig(**SIZES, vocab_size=180, intermediate_size=48)))
    model.encoder.layer[1].train()  # its dropout
    with pytest.raises(ConfigError, match=r"bert.*other vectors each time.*at random"):
        Encoder(model, tokenizer=tokenizer())
    sparse = tiny("reformer")
    with pytest.raises(ConfigError, match=r"reformer.*at random \(LSH\)"):
        Encoder(sparse, tokenizer=tokenizer())


def test_weights_that_are_no_numbers_are_told() -> None:
    model = drawn(BertModel(BertConfig(**SIZES, vocab_size=180, intermediate_size=48)))
    with torch.no_grad():
        model.encoder.layer[1].output.dense.weight[0, 0] = float("nan")
    with pytest.raises(ConfigError, match=r"no numbers in float32.*damaged"):
        Encoder(model, tokenizer=tokenizer())
    with pytest.raises(ConfigError, match=r"no numbers in bfloat16.*take bfloat16 or float32"):
        Encoder(model.to(torch.bfloat16), tokenizer=tokenizer())


def test_weights_that_would_be_drawn_at_random_are_refused(tmp_path: Path) -> None:
    config = BertConfig(**SIZES, vocab_size=180, intermediate_size=48)
    whole = drawn(BertForMaskedLM(config))
    tokenizer().save_pretrained(tmp_path)
    whole.save_pretrained(tmp_path)
    # The pooler is not in it, and does not count.
    assert np.isfinite(Encoder(tmp_path).encode(TEXTS)[0].vectors).all()
    state = {name: value for name, value in whole.state_dict().items() if "layer.1." not in name}
    whole.save_pretrained(tmp_path, state_dict=state)
    with pytest.raises(FormatError, match=r"no weights for 18 of the model's tensors"):
        Encoder(tmp_path)


# How much goes through at a time


@pytest.mark.parametrize("window", [None, 100])
def test_where_no_limit_is_named_a_long_text_goes_in_windows(
    window: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = T5Config(vocab_size=180, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4)
    encoder = held(T5EncoderModel(config), window=window)
    seen = watched(encoder, monkeypatch)
    sentence = encoder.encode([" ".join(TEXTS * 30)])[0]
    assert len(sentence.token_ids) > 1000 and np.isfinite(sentence.vectors).all()
    assert max(map(max, seen)) == (512 if window is None else window)
    assert encoder.with_options(window=5000)._limits.window == 5000


def test_the_limit_of_an_mpt_is_read() -> None:
    encoder = held(
        MptModel(MptConfig(vocab_size=180, d_model=32, n_heads=4, n_layers=2, max_seq_len=40))
    )
    assert encoder.model.positions == 40
    with pytest.raises(ConfigError, match="the model can take 40 tokens"):
        encoder.with_options(window=41)


def test_options_of_numpy_are_taken() -> None:
    options = EncoderOptions(layers=np.array([0, -1]), combine="mean")
    assert options.layers == (0, -1) and EncoderOptions(layers=np.int64(2)).layers == (2,)
    for wrong in (np.array([0.5]), np.array([]), np.array([[1]]), np.bool_(True)):
        with pytest.raises(ConfigError, match="layers="):
            EncoderOptions(layers=wrong)
