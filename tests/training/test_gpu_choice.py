"""`--device` and `device=`: what is taken, and what is said where there is no GPU."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lexiscope import ConfigError, Word2Vec
from lexiscope.errors import MissingExtraError, TrainingError
from lexiscope.training.config import TrainingConfig
from lexiscope.training.cuda.choosing import check_served, choose_device
from lexiscope.training.cuda.cupy_device import CupyDevice
from lexiscope.training.cuda.device import warp_source, windows_source
from lexiscope.training.cuda.limits import (
    DEEPEST,
    MOST_NEGATIVES,
    SHARED_BYTES,
    SPAN,
    device_memory,
    most_window,
    notes_bytes,
    words_that_fit,
)
from tests.support.emulated_gpu import EmulatedGpu

CONFIG = TrainingConfig()
NVCC = shutil.which("nvcc")


class FakeRuntimeError(RuntimeError):
    """As cupy.cuda.runtime.CUDARuntimeError."""


class Stream:
    def __init__(self, non_blocking: bool = False) -> None:
        assert non_blocking


def fake_cupy(count: int | Exception, capability: tuple[int, int] = (9, 0)) -> Any:
    """What of CuPy is asked before anything is trained."""

    def get_count() -> int:
        if isinstance(count, Exception):
            raise count
        return count

    class Device:
        def __init__(self, number: int) -> None:
            self.number = number

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    facts = {
        "name": b"NVIDIA Paper",
        "multiProcessorCount": 7,
        "major": capability[0],
        "minor": capability[1],
    }
    runtime = SimpleNamespace(
        getDeviceCount=get_count,
        CUDARuntimeError=FakeRuntimeError,
        getDeviceProperties=lambda _number: facts,
        memGetInfo=lambda: (2**30, 2**34),
    )

    def no_memory(_size: int) -> None:
        raise MemoryError("out of memory")

    memory = SimpleNamespace(OutOfMemoryError=MemoryError)
    return SimpleNamespace(
        cuda=SimpleNamespace(
            runtime=runtime, Device=Device, Stream=Stream, Memory=no_memory, memory=memory
        )
    )


@pytest.fixture
def no_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)


def with_cupy(monkeypatch: pytest.MonkeyPatch, *arguments: Any) -> None:
    monkeypatch.setitem(sys.modules, "cupy", fake_cupy(*arguments))


def test_the_cpu_asks_nobody(no_cupy: None) -> None:
    assert choose_device("cpu", CONFIG) == (None, "")


def test_without_cupy_the_extra_is_named(no_cupy: None) -> None:
    said = r"training on a GPU needs more packages: pip install 'lexiscope\[cuda\]'"
    for name in ("cuda", "cuda:0", "cuda:3"):
        with pytest.raises(MissingExtraError, match=said):
            choose_device(name, CONFIG)
    with pytest.raises(MissingExtraError, match=said):
        Word2Vec(device="cuda")
    chosen = choose_device("auto", CONFIG)
    assert chosen.device is None and "lexiscope[cuda]" in chosen.reason


def test_parts_do_not_go_on_a_gpu() -> None:
    config = TrainingConfig(parts=4)
    assert "a text in parts is trained on CPUs only" in choose_device("auto", config).reason
    with pytest.raises(ConfigError, match="leave parts out"):
        check_served(config)


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "cuda:-1", "CUDA", "cuda:0,1", ""])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"expected cpu, cuda, cuda:N \(a number\), or auto"):
        choose_device(name, CONFIG)


def test_no_driver_and_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = FakeRuntimeError("cudaErrorInsufficientDriver: CUDA driver version is insufficient")
    with_cupy(monkeypatch, driver)
    with pytest.raises(ConfigError, match=r"no GPU can be used: cudaErrorInsufficientDriver.*cpu"):
        choose_device("cuda", CONFIG)
    assert "cudaErrorInsufficientDriver" in choose_device("auto", CONFIG).reason
    with_cupy(monkeypatch, 0)
    with pytest.raises(ConfigError, match="no GPU was found; take device cpu"):
        choose_device("cuda", CONFIG)


def test_a_number_that_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cupy(monkeypatch, 1)
    with pytest.raises(ConfigError, match="cuda:3: there is no such GPU; expected cuda:0 only"):
        choose_device("cuda:3", CONFIG)
    with_cupy(monkeypatch, 4)
    with pytest.raises(ConfigError, match="expected cuda:0 to cuda:3"):
        choose_device("cuda:4", CONFIG)
    device = choose_device("cuda:3", CONFIG).device
    assert device is not None
    assert (device.label, device.name, device.processors) == ("cuda:3", "NVIDIA Paper", 7)
    assert device.free_bytes() == 2**30


def test_auto_takes_the_gpu_that_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cupy(monkeypatch, 2)
    device = choose_device("auto", CONFIG).device
    assert device is not None and device.label == "cuda:0"
    chosen = choose_device("auto", TrainingConfig(loss="softmax"))
    assert chosen.device is None and "exact softmax" in chosen.reason


def test_a_gpu_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cupy(monkeypatch, 1, (6, 1))
    with pytest.raises(ConfigError, match=r"compute capability 6\.1, expected 7\.0 or later"):
        choose_device("cuda", CONFIG)


def test_memory_that_the_driver_does_not_give(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cupy(monkeypatch, 1)
    with pytest.raises(TrainingError, match=r"cuda:0 \(NVIDIA Paper\) gives no 1 MB"):
        CupyDevice().allocate(2**20)


def test_a_pickled_session_opens_where_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cupy(monkeypatch, 1)
    kept = pickle.dumps(CupyDevice())
    assert pickle.loads(kept).label == "cuda:0"
    with_cupy(monkeypatch, 0)
    assert pickle.loads(kept) is None


def test_nothing_imports_cupy_unless_it_is_asked_for() -> None:
    code = (
        "import sys; sys.modules['cupy'] = None\n"
        "import lexiscope, lexiscope.training\n"
        "lexiscope.Word2Vec([['a', 'b', 'c']] * 9, min_count=1, vector_size=4, epochs=1)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_the_memory_of_a_run_grows_with_words_and_dimensions() -> None:
    small = device_memory(100_000, TrainingConfig(vector_size=100))
    assert small.inputs == small.outputs == 100_000 * 112 * 4
    tree = device_memory(100_000, TrainingConfig(vector_size=100, loss="hierarchical"))
    assert tree.outputs == 99_999 * 112 * 4 and tree.tables > small.tables
    both = device_memory(100_000, TrainingConfig(vector_size=100, loss="negative+hierarchical"))
    assert both.outputs == 199_999 * 112 * 4


@pytest.mark.parametrize("vector_size", [100, 300])
def test_the_words_that_fit_fit(vector_size: int) -> None:
    config = TrainingConfig(vector_size=vector_size)
    for size in (24, 80, 141):
        words = words_that_fit(size * 10**9, config)
        assert device_memory(words, config).total <= size * 10**9
        assert device_memory(words + 1000, config).total > size * 10**9


def test_the_documented_numbers_of_words_are_computed() -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/gpu.md").read_text(encoding="utf-8")
    for dimension in (100, 300, 1024):
        config = TrainingConfig(vector_size=dimension)
        fit = [words_that_fit(size * 10**9, config) / 1e6 for size in (24, 80, 141)]
        assert f"| {dimension:,} | {' | '.join(f'{words:.1f}' for words in fit)} |\n" in page


def test_the_widest_window_has_room_in_shared_memory() -> None:
    slots = MOST_NEGATIVES + 1 + DEEPEST
    assert notes_bytes(most_window(), slots) <= SHARED_BYTES < notes_bytes(most_window() + 4, slots)


def test_the_source_and_the_host_agree_on_a_warps_positions() -> None:
    assert f"#define SPAN {SPAN}\n" in windows_source()


def test_the_emulated_gpu_is_a_device() -> None:
    gpu = EmulatedGpu()
    assert choose_device(gpu, CONFIG) == (gpu, "")


MACROS = {
    "skip-gram, dimension 100": {"CBOW": 0, "COLUMNS": 112, "GROUP": 6},
    "cbow, dimension 300": {"CBOW": 1, "COLUMNS": 304, "GROUP": 6},
    "skip-gram, dimension 1,024, all options": {
        "CBOW": 0,
        "COLUMNS": 1024,
        "GROUP": 2,
        "TREE": 1,
        "TREE_BASE": 1000,
        "SHIFTED": 1,
        "FROZEN": 1,
        "SLOTS": 40,
    },
}


@pytest.mark.slow
@pytest.mark.skipif(NVCC is None, reason="nvcc compiles the kernels for GPUs")
@pytest.mark.parametrize("architecture", ["75", "80", "90"])
@pytest.mark.parametrize("kind", MACROS)
def test_the_kernels_compile_for_gpus(kind: str, architecture: str, tmp_path: Path) -> None:
    """Registers are not spilled to memory: a lane's rows must fit."""
    macros: dict[str, int] = {
        "WINDOW": 5,
        "SHRINK": 1,
        "NEGATIVE": 5,
        "TREE": 0,
        "TREE_BASE": 0,
        "SHIFTED": 0,
        "FROZEN": 0,
        "MEAN": 1,
        "EXACT": 0,
        "SLOTS": 6,
        **MACROS[kind],
    }
    source = tmp_path / "windows.cu"
    source.write_text(warp_source() + windows_source())
    command = [
        *(str(NVCC), "-cubin", f"-arch=sm_{architecture}", "--use_fast_math", "-std=c++17"),
        *("-Xptxas", "-v", "-Werror", "all-warnings"),
        *(f"-D{name}={value}" for name, value in macros.items()),
        *(str(source), "-o", str(tmp_path / "windows.cubin")),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=170)
    assert run.returncode == 0, run.stderr
    assert run.stderr.count("0 bytes spill stores, 0 bytes spill loads") == 2, run.stderr
