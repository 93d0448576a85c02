"""Every text architecture that transformers offers: what a plain run gives, or refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from lexiscope.contextual import Encoder
from tests.support import architectures
from tests.support.architectures import (
    LONG,
    TEXTS,
    TOLERANCE,
    apart,
    encoder_of,
    plain_states,
    tiny,
)

TABLE = Path(__file__).parents[2] / "docs" / "how-to" / "contextual.md"
# One of each kind of behaviour; the whole sweep is slow.
QUICK = ("bert", "fnet", "gpt2", "t5", "clip", "gemma3", "mamba", "fsmt")


@pytest.fixture(autouse=True)
def one_thread() -> object:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield None
    torch.set_num_threads(threads)


def check(kind: str) -> None:
    model = tiny(kind)
    encoder, outcome = encoder_of(model)
    assert outcome == architectures.read_table(TABLE)[kind]
    if encoder is None:
        assert outcome.reason.isprintable() and "Traceback" not in outcome.reason
        return
    check_states(model, encoder)
    check_long(model, encoder)


def check_states(model: transformers.PreTrainedModel, encoder: Encoder) -> None:
    """Together as each alone, and each as transformers gives it, in every layer in use."""
    together = encoder.encode(TEXTS)
    for text, sentence in zip(TEXTS, together, strict=True):
        assert not sentence.missing.any()
        spelled = [text[start:stop] for start, stop in sentence.spans.tolist()]
        assert list(sentence.words) == spelled
        alone = encoder.encode([text])[0].token_vectors
        assert apart(sentence.token_vectors, alone) < TOLERANCE
        plain = plain_states(model, sentence.token_ids.tolist())
        joined = np.concatenate([np.asarray(plain[layer]) for layer in encoder.layers], axis=1)
        assert apart(alone, joined) < TOLERANCE


def check_long(model: transformers.PreTrainedModel, encoder: Encoder) -> None:
    """A text of several windows: the first tokens are those of the first window alone."""
    window = encoder.options.window
    assert window is not None
    sentence = encoder.encode([LONG])[0]
    assert len(sentence.token_ids) > 2 * window and np.isfinite(sentence.vectors).all()
    ids = sentence.token_ids.tolist()
    plain = plain_states(model, [*ids[: window - 1], ids[-1]])
    joined = np.concatenate([np.asarray(plain[layer]) for layer in encoder.layers], axis=1)
    kept = window // 2
    assert apart(sentence.token_vectors[:kept], joined[:kept]) < TOLERANCE


@pytest.mark.parametrize("kind", QUICK)
def test_an_architecture_gives_what_a_plain_run_gives(kind: str) -> None:
    check(kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(set(architectures.every()) - set(QUICK)))
def test_every_architecture_gives_what_a_plain_run_gives_or_is_refused(kind: str) -> None:
    if kind not in architectures.read_table(TABLE):
        pytest.skip(f"{kind} is not of the transformers that the table was made with")
    check(kind)


def test_the_table_has_every_architecture_of_the_transformers_it_names() -> None:
    table = architectures.read_table(TABLE)
    assert list(table) == sorted(table)
    if architectures.table_version(TABLE) == transformers.__version__:
        assert set(table) == set(architectures.every()) - architectures.NOT_MADE
