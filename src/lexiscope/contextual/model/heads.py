"""Language models with their heads: what says how likely each token is."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any, Literal

from lexiscope.contextual.model.loading import (
    LoadedModel,
    hold_model,
    load_head,
)
from lexiscope.contextual.options import EncoderOptions
from lexiscope.errors import ConfigError

Prediction = Literal["causal", "masked"]


@dataclass(frozen=True, kw_only=True)
class LanguageModel:
    """A model with the head that predicts tokens.

    Attributes:
        name: What it was loaded from; None of one that was given in memory.
        module: The PyTorch module with its head.
        body: The part of it without the head, tried as an encoder's model is.
        prediction: "causal": a token from those before it; "masked": from all others.
    """

    name: str | None
    module: Any
    body: LoadedModel
    prediction: Prediction

    @property
    def title(self) -> str:
        """Its name; of one without a name its kind."""
        return self.body.kind if self.name is None else self.name


def load_language_model(
    model: str | PathLike[str] | Any, tokenizer: Any, options: EncoderOptions
) -> LanguageModel:
    """Loads a model with its head, or takes one that is in memory.

    Args:
        model: A folder, a model's id on the hub, or a model of transformers.
        tokenizer: Of transformers, for a model in memory.
        options: `dtype` and `device` count.

    Raises:
        ConfigError: It predicts no token of a text, neither from those before it nor from all
            others.
        FormatError: There is no such model, or it has no weights for a head.
    """
    name = None
    if isinstance(model, str | PathLike):
        name = fspath(model)
        model, tokenizer = load_head(name, options, _head_class)
    body = hold_model(model, tokenizer)
    title = body.kind if name is None else name
    shown = f"model {title!r} ({body.kind})"
    if model.get_output_embeddings() is None or model.config.is_encoder_decoder:
        raise ConfigError(f"{shown} has no head that predicts a text's tokens; {_EXPECTED}")
    masked = not body.behaviour.causal
    if masked and tokenizer.mask_token_id is None:
        raise ConfigError(
            f"{shown} predicts a token from those on both sides, and its tokenizer has no mask to "
            f"hide it behind; {_EXPECTED}"
        )
    return LanguageModel(
        name=name, module=model, body=body, prediction="masked" if masked else "causal"
    )


_EXPECTED = "expected a causal or a masked language model, such as gpt2 or bert-base-uncased"


def _head_class(transformers: Any, config: Any, title: str) -> Any:
    """The class of transformers that loads a model's head.

    Raises:
        ConfigError: It has none that predicts a text's tokens.
    """
    masked = transformers.MODEL_FOR_MASKED_LM_MAPPING
    causal = transformers.MODEL_FOR_CAUSAL_LM_MAPPING
    names = getattr(config, "architectures", None) or ()
    decodes = any(str(name).endswith(("ForCausalLM", "LMHeadModel")) for name in names)
    if not config.is_encoder_decoder:
        if type(config) in masked and not (decodes and type(config) in causal):
            return transformers.AutoModelForMaskedLM
        if type(config) in causal:
            return transformers.AutoModelForCausalLM
    raise ConfigError(
        f"model {title!r} ({config.model_type}) has no head that predicts a text's tokens; "
        f"{_EXPECTED}"
    )
