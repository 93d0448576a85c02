"""Loading of pretrained models and their tokenizers, from a folder, a hub, or memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.adapters import adapter_of, fold
from lexiscope.contextual.model.behaviour import Behaviour, Probe, UnfitModelError
from lexiscope.contextual.model.forward import Forward
from lexiscope.contextual.model.kernel_caches import bound_kernel_caches
from lexiscope.contextual.model.library_errors import first_line, is_of_a_library
from lexiscope.contextual.model.misfits import check_weights, explain_pickle
from lexiscope.contextual.model.onnx_model import OnnxModel, onnx_file
from lexiscope.contextual.model.positions import positions_of
from lexiscope.contextual.model.presence import find_model
from lexiscope.contextual.model.quantized import check_library, quantization_of
from lexiscope.contextual.model.text_part import text_config, text_part, why_unfit
from lexiscope.contextual.options import EncoderOptions
from lexiscope.errors import ConfigError, FormatError, MissingExtraError
from lexiscope.files import json_document

if TYPE_CHECKING:
    import torch

    from lexiscope.contextual.model.int8 import Agreement

EXTRA = "transformers"
_MOST_TRIED = 2048  # tokens
_OFFLINE: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
_LAYER_COUNTS = frozenset(
    f"{before}{name}"
    for before in ("", "num_", "n_", "num_hidden_", "encoder_", "decoder_", "num_decoder_")
    for name in ("layer", "layers")
)
_MOST_LAYERS = 10_000
_DOCUMENTS = ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.json")


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """A model that is ready to run.

    Attributes:
        name: What it was loaded from; None of one that was given in memory.
        module: The PyTorch module: an encoder or a decoder without a head.
        tokenizer: Its tokenizer, of transformers.
        forward: What calls it.
        behaviour: What it does with ids.
        sample: Ids of a few ordinary tokens, on which that was tried.
        positions: The most tokens that it can take, or None where its configuration says none.
        agreement: Of a model in int8: how near it is to itself in float32.
        inner_layers: Whether the layers below the last can be asked for at all: not of an ONNX file
            that was exported without them.
    """

    name: str | None
    module: Any
    tokenizer: Any
    forward: Forward
    behaviour: Behaviour
    sample: NDArray[np.int64]
    positions: int | None
    agreement: Agreement | None = None
    inner_layers: bool = True

    @property
    def title(self) -> str:
        """Its name; of one without a name its kind."""
        return self.kind if self.name is None else self.name

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of it, a line each."""
        told = {
            "any": (),
            "equal": (
                f"{self.title}: padding changes what a {self.kind} makes of a text, so only texts "
                "of equal length share a batch; it takes longer",
            ),
            "none": (
                f"{self.title}: texts in one batch change what a {self.kind} makes of each other, "
                "so each goes through it alone; it takes longer",
            ),
        }
        measured = () if self.agreement is None else (f"{self.title}: {self.agreement.told()}",)
        return told[self.behaviour.sharing] + measured

    @property
    def why_no_layer(self) -> str:
        """Why a layer has no vectors, where it has none."""
        if not self.inner_layers:
            return (
                "is not in its ONNX file, which was exported without hidden states; take "
                "layers=-1, or a PyTorch checkpoint"
            )
        return (
            "holds no vector a token (it joins tokens, or keeps several vectors for each); take "
            "layers=-1"
        )

    @property
    def kind(self) -> str:
        """What transformers calls its architecture ("bert")."""
        return str(self.module.config.model_type)

    @property
    def device(self) -> torch.device:
        """Where it is."""
        device: torch.device = self.module.device
        return device

    @property
    def layers(self) -> int:
        """How many it has."""
        return self.behaviour.layers

    @property
    def hidden_size(self) -> int:
        """D of the last."""
        width = self.behaviour.widths[-1]
        return 0 if width is None else width


def load_model(name: str | PathLike[str], options: EncoderOptions) -> LoadedModel:
    """Loads a model and its tokenizer.

    A folder is only ever read; an id is looked up in the hub's cache first, then on the hub. No
    code that comes with a model is run.

    Args:
        name: A folder, or a model's id on the hub.
        options: Its `dtype` and `device` count; its `layers` are checked before weights are read,
            where the configuration tells how many there are.

    Raises:
        MissingExtraError: PyTorch or transformers is not installed.
        ConfigError: There is no such layer or device, or the model is none of text.
        FormatError: There is no such model, the hub cannot be asked, or the model is damaged.
    """
    given = fspath(name)
    torch, transformers = _libraries()
    device, *_others = [_device(torch, one) for one in options.devices]
    adapter = adapter_of(given)
    place = given if adapter is None else adapter.base
    folder = find_model(place)  # transformers would try for half a minute without a network
    if folder is not None:
        _check_documents(folder)
        if Path(place).exists():
            onnx = None if adapter is not None else onnx_file(folder)
            if onnx is not None:
                return _load_onnx(given, onnx, options, device)
            check_weights(folder)
    with _quiet(transformers):
        config = _from(transformers.AutoConfig, place, _OFFLINE)
        quantized = quantization_of(config)
        if quantized is not None:
            check_library(given, quantized)
        layers = _layers(config)
        if layers is not None:
            options.resolved_layers(layers)
        tokenizer = _from(transformers.AutoTokenizer, place, _OFFLINE)
        named = {**_OFFLINE, "dtype": _dtype(torch, options), "output_loading_info": True}
        if quantized is not None and device.type != "cpu":
            named["device_map"] = {"": device}  # where such weights are, they have to stay
        module, told = _from(transformers.AutoModel, place, named)
    missing = _missing(module, told)
    if adapter is not None:
        fold(adapter, module)
    part = text_part(module).eval()
    if quantized is None:
        part = part.to(device)
    part.config.use_cache = False
    if options.dtype != "int8":
        return _ready(given, part, tokenizer, missing)
    if quantized is not None:
        raise ConfigError(
            f"model {given!r} is quantized ({quantized}) already; take it without dtype='int8'"
        )
    return _in_int8(given, part, tokenizer, missing)


def _in_int8(name: str, part: Any, tokenizer: Any, missing: Mapping[str, Any]) -> LoadedModel:
    from lexiscope.contextual.model.int8 import to_int8

    _ready(name, part, tokenizer, missing)  # refused here for what it is, not for its numbers
    agreement = to_int8(part, tokenizer, positions_of(part))
    return replace(_ready(name, part, tokenizer, {}), agreement=agreement)


def _load_onnx(name: str, path: Path, options: EncoderOptions, device: Any) -> LoadedModel:
    _torch, transformers = _libraries()
    for told, plain in (("dtype", "float32"), ("compile", False)):
        if getattr(options, told) != plain:
            raise ConfigError(
                f"{told}={getattr(options, told)!r}: {path} is an ONNX model, which computes as it "
                "was exported; leave it out"
            )
    if len(options.devices) > 1:
        raise ConfigError(f"device={options.device!r}: an ONNX model runs on one device")
    with _quiet(transformers):
        config = _from(transformers.AutoConfig, name, _OFFLINE)
        tokenizer = _from(transformers.AutoTokenizer, name, _OFFLINE)
    model = OnnxModel(path, config, _layers(config), device)
    loaded = _ready(name, model, tokenizer, {})
    most = loaded.positions
    if most is not None and most <= _MOST_TRIED and not model.takes(most):
        most -= (config.pad_token_id or 0) + 1  # positions are counted from behind the padding's
    return replace(
        loaded,
        positions=most,
        forward=Forward(model, tokenizer, most),
        inner_layers=None not in loaded.behaviour.widths,
    )


def load_head(
    name: str, options: EncoderOptions, head_class: Callable[[Any, Any, str], Any]
) -> tuple[Any, Any]:
    """Loads a model with its head, and its tokenizer.

    Args:
        name: A folder, or a model's id on the hub.
        options: Its `dtype` and `device` count.
        head_class: From the library, the configuration and the name to the library's class that
            loads the head.

    Raises:
        MissingExtraError, ConfigError: As `load_model`.
        FormatError: As `load_model`; or weights of the head are missing.
    """
    torch, transformers = _libraries()
    if len(options.devices) > 1 or options.dtype == "int8":
        raise ConfigError(
            f"device={options.device!r}, dtype={options.dtype!r}: a model with its head runs on "
            "one device, and not in int8"
        )
    device = _device(torch, options.device)
    adapter = adapter_of(name)
    name = name if adapter is None else adapter.base
    folder = find_model(name)
    if folder is not None:
        _check_documents(folder)
        if Path(name).exists():
            check_weights(folder)
    with _quiet(transformers):
        config = _from(transformers.AutoConfig, name, _OFFLINE)
        quantized = quantization_of(config)
        if quantized is not None:
            check_library(name, quantized)
        kind = head_class(transformers, config, name)
        tokenizer = _from(transformers.AutoTokenizer, name, _OFFLINE)
        named = {**_OFFLINE, "dtype": _dtype(torch, options), "output_loading_info": True}
        if quantized is not None and device.type != "cpu":
            named["device_map"] = {"": device}
        module, told = _from(kind, name, named)
    missing = sorted(map(str, told.get("missing_keys", ())))
    if missing:
        raise FormatError(
            name,
            None,
            f"has no weights for {len(missing)} of the tensors that predict tokens ({missing[0]}, "
            "…), so that they would be drawn at random; take a checkpoint that was saved with its "
            "language-model head",
        )
    if adapter is not None:
        fold(adapter, module)
    module = module.eval() if quantized is not None else module.to(device).eval()
    module.config.use_cache = False
    return module, tokenizer


def hold_model(module: Any, tokenizer: Any) -> LoadedModel:
    """Takes a model and its tokenizer that are in memory.

    Args:
        module: A model of transformers, with or without a head; it is not changed.
        tokenizer: Its tokenizer.

    Raises:
        ConfigError: One of them is something else, the model is being trained, or is none of text.
    """
    _torch, transformers = _libraries()
    if not isinstance(module, transformers.PreTrainedModel):
        raise ConfigError(
            f"model is a {type(module).__name__}: expected a folder, a model's id, or a model of "
            "transformers with its tokenizer"
        )
    if not isinstance(tokenizer, transformers.PreTrainedTokenizerBase):
        raise ConfigError(
            f"tokenizer is a {type(tokenizer).__name__}: expected one of transformers, as a model "
            "in memory needs"
        )
    if module.training:
        raise ConfigError(
            "the model is in training mode, in which dropout makes its vectors random; call "
            "model.eval() first"
        )
    with _quiet(transformers):
        return _ready(None, text_part(module), tokenizer, {})


def _ready(
    name: str | None, module: Any, tokenizer: Any, missing: Mapping[str, Any]
) -> LoadedModel:
    """Tries a model, so that what it cannot do is told now.

    Raises:
        ConfigError: It is none of text, or gives no vector a token.
        FormatError: Weights that count are missing, or its tokenizer's limit is no number.
    """
    kind = str(module.config.model_type)
    title = kind if name is None else name
    limit = tokenizer.model_max_length
    if isinstance(limit, bool) or not isinstance(limit, int | float):
        raise FormatError(
            title, None, f"its tokenizer's model_max_length is {limit!r:.60}; expected a number"
        )
    reason = why_unfit(module)
    if reason is not None:
        raise ConfigError(
            f"model {title!r} ({kind}) {reason}; expected an encoder or a decoder of text"
        )
    positions = positions_of(module)
    try:
        forward = Forward(module, tokenizer, positions)
        probe = Probe(forward, tokenizer.all_special_ids, positions)
        behaviour = probe.behaviour()
        drawn = missing if missing and probe.depends_on(missing.values()) else {}
    except UnfitModelError as error:
        raise ConfigError(f"model {title!r} ({kind}) {error}") from error
    except Exception as error:
        if not is_of_a_library(error):
            raise
        raise ConfigError(
            f"model {title!r} ({kind}) cannot be run on text alone: {first_line(error)}"
        ) from error
    if drawn:
        raise FormatError(
            title,
            None,
            f"has no weights for {len(drawn)} of the model's tensors ({next(iter(drawn))}, …), so "
            "that they would be drawn at random; it is of another architecture than its "
            "config.json says, or was saved without its outer part",
        )
    return LoadedModel(
        name=name,
        module=module,
        tokenizer=tokenizer,
        forward=forward,
        behaviour=behaviour,
        sample=probe.short,
        positions=positions,
    )


def _missing(module: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a model's text part that its files lack, and that were drawn at random."""
    names = {str(name) for name in told.get("missing_keys", ())}
    if not names:
        return {}
    within = {id(value) for value in text_part(module).parameters()}
    return {
        name: value
        for name, value in module.named_parameters()
        if name in names and id(value) in within
    }


def _libraries() -> tuple[Any, Any]:
    bound_kernel_caches()
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtraError("a pretrained transformer", EXTRA) from error
    return torch, transformers


def _dtype(torch: Any, options: EncoderOptions) -> Any:
    """What a model is loaded in; one in int8 is turned into it afterwards."""
    return getattr(torch, "float32" if options.dtype == "int8" else options.dtype)


def _device(torch: Any, name: str | None) -> Any:
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"device={name!r} cannot be used here ({reason}); try 'cpu'") from error
    return device


def _from(kind: Any, place: str, offline: dict[str, Any]) -> Any:
    """Loads one part of a model: of a folder, from the cache, or from the hub."""
    is_folder = Path(place).exists()
    try:
        return kind.from_pretrained(place, **offline)
    except BaseException as error:
        if not is_of_a_library(error):
            raise
        if is_folder:
            if kind.__name__ == "AutoModel":
                explain_pickle(Path(place))
            raise FormatError(place, None, f"cannot be loaded: {first_line(error)}") from error
    try:
        return kind.from_pretrained(place, **{**offline, "local_files_only": False})
    except BaseException as error:
        if not is_of_a_library(error):
            raise
        raise ConfigError(
            f"model {place!r}: there is no such folder, it is not in the hub's cache on this "
            f"machine, and the hub did not give it ({first_line(error)}); name a folder with a "
            "model, or check the name and the network"
        ) from error


def _check_documents(folder: Path) -> None:
    """Reads the model's JSON within bounds before a library reads it without.

    Raises:
        FormatError: A document is damaged, or beyond any model's.
    """
    for name in _DOCUMENTS:
        if (folder / name).is_file():
            document = json_document.read(folder / name, json_document.TABLE, as_written=True)
            if name == "config.json":
                _check_layers(document)


def _check_layers(config: json_document.Value) -> None:
    """Refuses more layers than any model has: they are made one by one."""
    for name, value in config.fields().items():
        plain = value.plain
        if isinstance(plain, dict):
            _check_layers(value)
        elif name in _LAYER_COUNTS and isinstance(plain, (int, float)) and plain > _MOST_LAYERS:
            raise value.fault(f"at most {_MOST_LAYERS:,} layers")


def _layers(config: Any) -> int | None:
    """How many layers the text part has, as far as a configuration tells."""
    told = text_config(config)
    names = ("encoder_layers", "num_hidden_layers")
    values = (getattr(told, name, None) for name in names)
    return next((value for value in values if type(value) is int and value > 0), None)


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Keeps the library from drawing its own progress, and from warning of heads left out."""
    logging = transformers.utils.logging
    verbosity, drew = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if drew:
            logging.enable_progress_bar()
