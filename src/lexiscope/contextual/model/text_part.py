"""Text part of a model: what reads text in it, without its heads, decoders and other senses."""

from __future__ import annotations

from typing import Any

_DEEPEST = 4


def text_part(module: Any) -> Any:
    """The module that makes vectors of text.

    Of an encoder-decoder that is the encoder, of a model of text and images or sound its language
    model, of a model with a head its body.

    Args:
        module: A module of transformers.
    """
    for _ in range(_DEEPEST):
        inner = _inner(module)
        if inner is module:
            break
        module = inner
    return module


def reads_text(module: Any) -> bool:
    """Whether ids of tokens are what a module takes."""
    return str(getattr(module, "main_input_name", "input_ids")) == "input_ids"


def why_unfit(module: Any) -> str | None:
    """Why a text part, as it was found, makes no vectors of a text; None where it may."""
    if not reads_text(module):
        return f"takes {module.main_input_name}, not text"
    if module.config.is_encoder_decoder and hasattr(module, "decoder"):
        return "is an encoder-decoder whose encoder transformers does not give apart"
    if "lsh" in (getattr(module.config, "attn_layers", None) or ()):
        return "attends to places that are drawn at random (LSH), so that its vectors are, too"
    return None


def text_config(config: Any) -> Any:
    """The part of a configuration that is of text; of several the first that the library names."""
    try:
        return config.get_text_config()
    except ValueError:
        return config.get_text_config(encoder=True)


def _inner(module: Any) -> Any:
    from transformers import PreTrainedModel

    encoder, decoder = getattr(module, "encoder", None), getattr(module, "decoder", None)
    if isinstance(encoder, PreTrainedModel) and isinstance(decoder, PreTrainedModel):
        return encoder
    if module.base_model is not module and isinstance(module.base_model, PreTrainedModel):
        return module.base_model
    if module.config.is_encoder_decoder and isinstance(encoder, PreTrainedModel):
        return encoder
    told = text_config(module.config)
    if told is module.config and module.get_output_embeddings() is None:
        return module
    return next(
        (
            part
            for part in module.modules()
            if part is not module
            and isinstance(part, PreTrainedModel)
            and type(part.config) is type(told)
            and reads_text(part)
        ),
        module,
    )
