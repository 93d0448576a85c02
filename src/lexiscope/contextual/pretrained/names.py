"""Names of tensors: which of a pretrained model's is the embedding matrix, which the output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lexiscope.contextual.pretrained.tensors import Tensor, Tensors
from lexiscope.errors import ConfigError

# Endings of names, in the order in which they are taken where there are several (T5 has the shared
# matrix, and the same again for encoder and decoder).
INPUT_NAMES = (
    "shared.weight",
    "wte.weight",
    "embed_tokens.weight",
    "word_embeddings.weight",
    "embed_in.weight",
    "tok_embeddings.weight",
    "word_embedding.weight",
    "token_embedding.weight",
    "embeddings.weight",
    "embedding.weight",
    "embeddings",
    "emb.weight",
)
OUTPUT_NAMES = (
    "lm_head.weight",
    "embed_out.weight",
    "predictions.decoder.weight",
    "lm_head.decoder.weight",
    "generator_lm_head.weight",
    "lm_loss.weight",
    "output_projection.weight",
)
# Meta's own name and RWKV's; of other layers too where something stands before.
_WHOLE_OUTPUT_NAMES = ("output.weight", "head.weight")
_DECODERS_INPUT = "decoder.embed_tokens.weight"
# Padding of a vocabulary's matrix: to a multiple of some power of two, or for tokens to come.
_LEAST_PADDING, _PADDING_SHARE = 1024, 8
_SHOWN = 6


def find_input(tensors: Tensors, sizes: Sequence[int]) -> Tensor:
    """The embedding matrix: by the usual names, else the one matrix of the vocabulary's size.

    Args:
        tensors: The pretrained model's.
        sizes: How many tokens there are by the tokenizer, and by the configuration, if known.

    Raises:
        ConfigError: None fits, or several do.
    """
    names = tensors.names()
    named = [tensors.info(name) for name in _by_endings(names, INPUT_NAMES)]
    named = [tensor for tensor in named if _is_matrix(tensor)]
    if named:
        return next((t for t in named if any(_fits(t, size) for size in sizes)), named[0])
    matrices = [tensor for tensor in map(tensors.info, names) if _is_matrix(tensor)]
    fitting = [tensor for tensor in matrices if any(_fits(tensor, size) for size in sizes)]
    # The same size has the output matrix, which comes last or has a name of its own.
    heads = set(_by_endings(names, OUTPUT_NAMES)) | set(_WHOLE_OUTPUT_NAMES)
    inputs = [tensor for tensor in fitting if tensor.name not in heads]
    if len(inputs) == 1:
        return inputs[0]
    shown = sorted(inputs or matrices, key=lambda tensor: -tensor.shape[0])[:_SHOWN]
    listed = ", ".join(f"{tensor.name} {_by(tensor.shape)}" for tensor in shown) or "none"
    why = "several matrices could be" if inputs else "no matrix has a usual name of"
    raise ConfigError(f"{why} the embeddings; name one with --tensor: {listed}")


def find_output(tensors: Tensors, embedding: Tensor) -> Tensor | None:
    """The output matrix: a tensor of a usual name, of the embedding's shape or the decoder's."""
    names = tensors.names()
    usual = list(_by_endings(names, OUTPUT_NAMES))
    usual += [name for name in _WHOLE_OUTPUT_NAMES if name in names]
    for name in usual:
        tensor = tensors.info(name)
        if tensor.shape == embedding.shape:
            return tensor
    # A translator may have words of its own on each side, as Marian's may.
    own = [tensors.info(name).shape for name in _by_endings(names, (_DECODERS_INPUT,))]
    return next((found for found in map(tensors.info, usual) if found.shape in own), None)


def find_named(tensors: Tensors, name: str) -> Tensor:
    """A matrix by its full name.

    Raises:
        ConfigError: There is none of that name, or it is no matrix.
    """
    if name not in tensors.names():
        raise ConfigError(f"there is no tensor {name!r}; see the names with `lexiscope info`")
    tensor = tensors.info(name)
    if not _is_matrix(tensor):
        raise ConfigError(f"tensor {name!r} is {_by(tensor.shape)}, expected rows and columns")
    return tensor


def _is_matrix(tensor: Tensor) -> bool:
    """Whether it has rows and columns; a shape of 10⁹ × 0 takes no room in any file."""
    return len(tensor.shape) == 2 and tensor.values > 0


def _by_endings(names: Iterable[str], endings: Sequence[str]) -> list[str]:
    """The names that end so (whole parts between dots), the likeliest first."""
    ranked = [
        (rank, "decoder" in name, name.count("."), name)
        for name in names
        for rank, ending in enumerate(endings)
        if name == ending or name.endswith(f".{ending}")
    ]
    return [name for *_, name in sorted(ranked)]


def _fits(tensor: Tensor, size: int) -> bool:
    most = size + max(_LEAST_PADDING, size // _PADDING_SHARE)
    return size <= tensor.shape[0] <= most


def _by(shape: Sequence[int]) -> str:
    return " × ".join(f"{number:,}" for number in shape) or "a single number"
