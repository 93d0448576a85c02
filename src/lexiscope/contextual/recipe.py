"""Recipe of an encoder: what another process, on another device, makes the same one of."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lexiscope.contextual.encoder import Encoder
from lexiscope.contextual.model.pickled import PickledModule
from lexiscope.contextual.options import EncoderOptions
from lexiscope.contextual.postprocessed import PostprocessedEncoder
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.vectors.postprocessing import Postprocessing


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What makes an encoder; can be pickled.

    Attributes:
        model: What the model is loaded by; itself where it was given in memory.
        tokenizer: Of a model in memory.
        options: How words get their vectors.
        postprocessing: What becomes of these; None for nothing.
    """

    model: str | PickledModule
    tokenizer: Any
    options: EncoderOptions
    postprocessing: Postprocessing | None

    @classmethod
    def of(cls, encoder: WordEncoder, device: str, *, compile: bool = False) -> Recipe:
        """That of an encoder, to be made elsewhere.

        Args:
            encoder: It.
            device: Where the other is to compute.
            compile: Whether it is to go through `torch.compile` there.

        Raises:
            ConfigError: The device does not go with the encoder's dtype.
        """
        options = replace(encoder.options, device=device, compile=compile)
        after = encoder.postprocessing if isinstance(encoder, PostprocessedEncoder) else None
        name, held = encoder.model.name, encoder.model
        if name is None:
            module, tokenizer = PickledModule.of(held.module), held.tokenizer
            return cls(model=module, tokenizer=tokenizer, options=options, postprocessing=after)
        # Another process has another working folder.
        found = str(Path(name).absolute()) if Path(name).exists() else name
        return cls(model=found, tokenizer=None, options=options, postprocessing=after)

    def made(self) -> Encoder | PostprocessedEncoder:
        """The encoder.

        Raises:
            ConfigError, FormatError, MissingExtraError: As `Encoder`.
        """
        model: Any = self.model
        if isinstance(model, PickledModule):
            model = model.module().to(self.options.device)
        encoder = Encoder(model, tokenizer=self.tokenizer, **asdict(self.options))
        if self.postprocessing is None:
            return encoder
        return PostprocessedEncoder(encoder, self.postprocessing)
