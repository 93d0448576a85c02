"""Files of torch.save: what people save opens, and what a hostile one claims is never believed."""

from __future__ import annotations

import argparse
import io
import pickle
import tracemalloc
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lexiscope.contextual.pretrained.census import census
from lexiscope.contextual.pretrained.extract import extract
from lexiscope.errors import FormatError, LexiscopeError
from lexiscope.formats.reading.torch_file import TorchFile
from tests.support.checkpoint_cases import COLUMNS, ROWS, matrix, write_tokenizer

NAME = "wte.weight"


def model() -> torch.nn.Module:
    """An embedding and a layer."""
    module = torch.nn.Module()
    module.wte = torch.nn.Embedding(ROWS, COLUMNS, _weight=torch.tensor(matrix()))
    module.layer = torch.nn.Linear(COLUMNS, 3)
    return module


def saved(folder: Path, content: Any, **options: Any) -> Path:
    write_tokenizer(folder)
    torch.save(content, folder / "pytorch_model.bin", **options)
    return folder


SOUND: dict[str, Any] = {
    "a state dict": lambda: model().state_dict(),
    "parameters": lambda: dict(model().named_parameters()),
    "parameters with state": lambda: {NAME: _with_state(model().wte.weight)},
    "an ordered dict": lambda: OrderedDict(model().named_parameters()),
    "below state_dict": lambda: {"epoch": 3, "state_dict": model().state_dict()},
    "below model": lambda: {"model": model().state_dict(), "optimizer": _optimizer()},
    "Lightning's": lambda: {
        "state_dict": model().state_dict(),
        "optimizer_states": [_optimizer()],
        "hyper_parameters": argparse.Namespace(lr=0.1, path=Path("x"), shape=torch.Size([2])),
        "loops": {},
    },
    "a tensor with state": lambda: {NAME: _with_state(torch.tensor(matrix()))},
    "a transposed matrix": lambda: {NAME: torch.tensor(matrix().T.copy()).T},
    "a view of a larger one": lambda: {NAME: torch.tensor(np.tile(matrix(), 3))[:, 4:8]},
    "an expanded mask beside it": lambda: {
        "mask": torch.zeros(1).expand(10**6, 10**6),
        NAME: torch.tensor(matrix()),
    },
    "counters and sets beside it": lambda: {"seen": {1, 2}, NAME: torch.tensor(matrix())},
}


def _with_state(tensor: torch.Tensor) -> torch.Tensor:
    tensor.note = "kept"  # type: ignore[attr-defined]
    return tensor


def _optimizer() -> dict[str, Any]:
    module = model()
    optimizer = torch.optim.Adam(module.parameters())
    module.wte.weight.grad = torch.ones(ROWS, COLUMNS)
    optimizer.step()
    return optimizer.state_dict()


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("kind", SOUND)
def test_what_people_save_opens(kind: str, zipped: bool, tmp_path: Path) -> None:
    content = SOUND[kind]()
    saved(tmp_path, content, _use_new_zipfile_serialization=zipped)
    found = extract(tmp_path)
    assert np.array_equal(found.to_vectors().vectors, matrix())
    assert found.tensor.name == NAME
    named = {"weight", "bias"}
    assert {name.split(".")[-1] for name in found.tensors.names()} <= named | {"mask"}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("zipped", [True, False])
def test_every_protocol_of_pickles_opens(protocol: int, zipped: bool, tmp_path: Path) -> None:
    content = dict(model().named_parameters())
    options = {"_use_new_zipfile_serialization": zipped, "pickle_protocol": protocol}
    saved(tmp_path, content, **options)
    assert np.array_equal(extract(tmp_path).to_vectors().vectors, matrix())


def test_the_census_counts_parameters_and_not_an_optimizers_state(tmp_path: Path) -> None:
    saved(tmp_path, {"model": model().state_dict(), "optimizer": _optimizer()})
    assert census(tmp_path).parameters == ROWS * COLUMNS + 3 * COLUMNS + 3


def _quantised() -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such tensors are to go, files with them stay
        return torch.quantize_per_tensor(torch.rand(ROWS, 4), 0.1, 0, torch.quint8)


def rows_of(*shape: int) -> torch.Tensor:
    return torch.zeros(1).expand(*shape)


UNREADABLE: dict[str, tuple[Any, str]] = {
    "expanded": (lambda: {NAME: rows_of(10**9, 1000)}, "is F32 expanded from 1 values, expected"),
    "meta": (lambda: {NAME: torch.empty(10**6, 10**6, device="meta")}, "is meta, without values"),
    "quantised": (lambda: {NAME: _quantised()}, "is quantised, expected"),
    "whole numbers": (lambda: {NAME: torch.ones(ROWS, 4, dtype=torch.int64)}, "is I64, expected"),
    "8 bits": (
        lambda: {NAME: torch.ones(ROWS, 4).to(torch.float8_e4m3fn)},
        "is F8_E4M3, expected",
    ),
    "sparse": (lambda: {NAME: torch.eye(ROWS).to_sparse()}, "no matrix has a usual name"),
    "no columns": (lambda: {NAME: torch.zeros(10**9, 0)}, "no matrix has a usual name"),
    "no tensors": (lambda: {"a": 1}, "holds no tensors by name"),
    "no dict": (lambda: [torch.ones(2)], "holds no tensors by name"),
    "a whole module": (model, "no tensors by name"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_told_in_a_line(case: str, tmp_path: Path) -> None:
    make, said = UNREADABLE[case]
    saved(tmp_path, make())
    tracemalloc.start()
    with pytest.raises(LexiscopeError, match=said) as caught:
        extract(tmp_path).save(tmp_path / "model")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(caught.value).isprintable()
    assert "\n" not in str(caught.value)
    assert peak < 10_000_000
    assert not (tmp_path / "model").exists()


def forged(path: Path, tensor: tuple[Any, ...], *, kind: str = "FloatStorage") -> Path:
    """A file whose one tensor is rebuilt from the given offset, shape and strides."""

    class Storage:
        pass

    class Rebuilt:
        def __reduce__(self) -> Any:
            return torch._utils._rebuild_tensor_v2, (Storage(), *tensor, False, OrderedDict())

    class Pickler(pickle.Pickler):
        def persistent_id(self, value: Any) -> Any:
            stored = ("storage", getattr(torch, kind), "0", "cpu", ROWS * COLUMNS)
            return stored if isinstance(value, Storage) else None

    stream = io.BytesIO()
    Pickler(stream, protocol=2).dump({NAME: Rebuilt()})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", stream.getvalue())
        archive.writestr("archive/data/0", matrix().tobytes())
    return path


@pytest.mark.parametrize(
    ("tensor", "said"),
    [
        ((1, (ROWS, COLUMNS), (COLUMNS, 1)), "reaches beyond its storage of 48 values"),
        ((0, (ROWS, COLUMNS), (10**15, 1)), "reaches beyond its storage"),
        ((0, (ROWS + 1, COLUMNS), (COLUMNS, 1)), "reaches beyond its storage"),
        ((0, (ROWS, COLUMNS), (-COLUMNS, 1)), "no numbers from 0"),
        ((44, (ROWS, COLUMNS), (-COLUMNS, 1)), "no numbers from 0"),
        ((-4, (ROWS, COLUMNS), (COLUMNS, 1)), "offset, shape and strides do not fit"),
        ((0, (ROWS, COLUMNS), (COLUMNS,)), "offset, shape and strides do not fit"),
        ((0, (2**70, 1), (0, 1)), "no numbers from 0"),
        ((0, (True, 4), (4, 1)), "no numbers from 0"),
        ((0, "ab", (4, 1)), "no numbers from 0"),
    ],
)
def test_a_tensor_never_reaches_outside_its_storage(
    tensor: tuple[Any, ...], said: str, tmp_path: Path
) -> None:
    sound = forged(tmp_path / "sound.bin", (0, (ROWS, COLUMNS), (COLUMNS, 1)))
    assert np.array_equal(TorchFile(sound).rows(NAME, 0, ROWS), matrix())
    with pytest.raises(FormatError, match=said):
        TorchFile(forged(tmp_path / "x.bin", tensor))


def test_an_archive_is_never_inflated(tmp_path: Path) -> None:
    path = saved(tmp_path, model().state_dict()) / "pytorch_model.bin"
    packed = tmp_path / "packed.bin"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with pytest.raises(FormatError, match="is a compressed zip archive"):
        TorchFile(packed)
    with zipfile.ZipFile(packed, "w") as new:
        new.writestr("a.txt", "x")
    with pytest.raises(FormatError, match=r"it has no data\.pkl"):
        TorchFile(packed)
    for content in (b"", b"PK\x03\x04", b"\x80\x02]q\x00.", b"hello"):
        packed.write_bytes(content)
        with pytest.raises(FormatError):
            TorchFile(packed)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_cut_anywhere_is_refused(zipped: bool, tmp_path: Path) -> None:
    saved(tmp_path, model().state_dict(), _use_new_zipfile_serialization=zipped)
    path = tmp_path / "pytorch_model.bin"
    content = path.read_bytes()
    for end in range(0, len(content), max(1, len(content) // 200)):
        path.write_bytes(content[:end])
        with pytest.raises(FormatError) as caught:
            TorchFile(path)
        assert "\n" not in str(caught.value)


def test_names_in_an_index_may_not_be_endless(tmp_path: Path) -> None:
    index = tmp_path / "pytorch_model.bin.index.json"
    for places in (
        '{"a": "%s"}' % ("x" * 300),
        '{"%s": "a.bin"}' % ("x" * 2000),
        '{"a": "b\\u0000"}',
    ):
        index.write_text(f'{{"weight_map": {places}}}')
        with pytest.raises(FormatError, match="has no sound weight_map") as caught:
            extract(tmp_path)
        assert len(str(caught.value)) < 400
