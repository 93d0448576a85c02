"""A corpus to a Zarr group, and to and from data sets of Hugging Face's `datasets`."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file

from lexiscope.cli.main import main
from lexiscope.contextual import Encoder
from lexiscope.contextual.corpus import run as corpus_run
from lexiscope.contextual.corpus.hf_dataset import dataset_of, open_saved
from lexiscope.contextual.corpus.run import run_corpus
from lexiscope.corpus import DatasetSentences
from lexiscope.errors import ConfigError, CorpusError, FormatError, MissingExtraError
from lexiscope.progress import Progress

SENTENCES = [f"The fox number {n} jumps over the river bank." for n in range(50)] + ["\u200b"]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_run, "_PART_SENTENCES", 20)


class Stop(Exception):
    pass


def stop_at_the_second(progress: Progress) -> None:
    if progress.done >= 40:
        raise Stop


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("ending", ["zarr", "hf"])
def test_a_stopped_run_ends_with_the_same_folder(
    encoder: Encoder, tmp_path: Path, ending: str
) -> None:
    pytest.importorskip({"zarr": "zarr", "hf": "datasets"}[ending])
    whole, stopped = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    run_corpus(encoder, SENTENCES, whole)
    with pytest.raises(Stop):
        run_corpus(encoder, SENTENCES, stopped, progress=stop_at_the_second)
    assert not stopped.exists()
    run = run_corpus(encoder, SENTENCES, stopped, resume=True)
    assert run.resumed == 40 and run.sentences == 51
    assert files_of(whole) == files_of(stopped) and files_of(whole)
    assert sorted(path.name for path in tmp_path.iterdir()) == [whole.name, stopped.name]
    run_corpus(encoder, SENTENCES[:5], whole)  # one of its own kind is replaced
    assert files_of(whole) != files_of(stopped)
    other = tmp_path / f"c.{ending}"
    other.mkdir()
    (other / "mine.txt").write_text("x")
    with pytest.raises(ConfigError, match="name another, or remove it"):
        run_corpus(encoder, SENTENCES, other)
    assert (other / "mine.txt").read_text() == "x"


def test_zarr_has_what_safetensors_has(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zarr = pytest.importorskip("zarr")
    from lexiscope.contextual.corpus import zarr_group

    monkeypatch.setattr(zarr_group, "_CHUNK_BYTES", 100_000)  # several chunks, across the parts
    run_corpus(encoder, SENTENCES, tmp_path / "out.safetensors", values="float16")
    run_corpus(encoder, SENTENCES, tmp_path / "out.zarr", values="float16")
    tensors = load_file(tmp_path / "out.safetensors")
    group = zarr.open_group(tmp_path / "out.zarr", mode="r")
    assert set(group.array_keys()) == set(tensors)
    for name, tensor in tensors.items():
        assert group[name].dtype == tensor.dtype
        assert np.array_equal(group[name][...], tensor, equal_nan=name == "vectors")
    assert group["vectors"].chunks == (100_000 // 768, 384) < group["vectors"].shape
    assert group.attrs["lexiscope"]["layers"] == [6]
    only = tmp_path / "none.zarr"
    run_corpus(encoder, SENTENCES, only, only=["nowhere"])  # no row at all
    assert zarr.open_group(only, mode="r")["vectors"].shape == (0, 384)


def test_a_data_set_goes_in_and_out(
    encoder: Encoder, minilm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    datasets = pytest.importorskip("datasets")
    rows = {"id": list(range(51)), "body": SENTENCES}
    made = datasets.Dataset.from_dict(rows)
    expected = encoder.encode(SENTENCES).vectors
    for given in (made, made.to_iterable_dataset()):
        found = encoder.encode(DatasetSentences(given, "body"))
        assert np.array_equal(found.vectors, expected, equal_nan=True)
    table = dataset_of(encoder.table(DatasetSentences(made, "body")))
    assert table.column_names[-1] == "vector" and table["word"][:3] == ["The", "fox", "number"]
    saved, out = tmp_path / "saved", tmp_path / "out.hf"
    datasets.disable_progress_bars()
    made.save_to_disk(str(saved))
    datasets.enable_progress_bars()
    call = ["contextual", str(minilm), str(saved), "--column", "body", "-o", str(out), "--json"]
    assert main(call) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["sentences"] == 51 and "Saving" not in shown.err
    assert datasets.utils.logging.is_progress_bar_enabled()
    again = datasets.load_from_disk(str(out))
    assert again["word"][:3] == ["The", "fox", "number"] and len(again) == len(expected)
    vectors = again.with_format("numpy")[:5]["vector"]
    np.testing.assert_allclose(vectors, expected[:5], atol=1e-5)
    assert json.loads(again.info.description)["lexiscope"]["layers"] == [6]
    run_corpus(encoder, SENTENCES, tmp_path / "out.parquet")
    parquet = pq.read_table(tmp_path / "out.parquet")
    assert again["pieces"][:] == parquet["pieces"].to_pylist()


def test_what_is_no_data_set_is_one_line(
    minilm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    datasets = pytest.importorskip("datasets")
    made = datasets.Dataset.from_dict({"text": ["a fox", None], "n": [1, 2]})
    with pytest.raises(ConfigError, match="no column 'body'; it has text, n"):
        DatasetSentences(made, "body")
    with pytest.raises(ConfigError, match="name one of its splits"):
        DatasetSentences(datasets.DatasetDict({"train": made}))
    with pytest.raises(ConfigError, match="is a list"):
        DatasetSentences(["a"])
    with pytest.raises(CorpusError, match="row 1 of column 'text' holds nothing"):
        list(DatasetSentences(made))
    with pytest.raises(CorpusError, match="row 0 of column 'n' holds a int"):
        list(DatasetSentences(made, "n"))
    datasets.disable_progress_bars()
    datasets.DatasetDict({"train": made, "test": made}).save_to_disk(str(tmp_path / "both"))
    datasets.enable_progress_bars()
    with pytest.raises(ConfigError, match="the splits test, train; name one"):
        open_saved(tmp_path / "both")
    assert len(list(open_saved(tmp_path / "both" / "train", "text")._dataset)) == 2
    data = next((tmp_path / "both" / "train").glob("*.arrow"))
    data.write_bytes(data.read_bytes()[:40])
    call = ["contextual", str(minilm), str(tmp_path / "both/train"), "-o", str(tmp_path / "o.hf")]
    assert main(call) == 1
    error = capsys.readouterr().err
    assert "cannot be opened as a data set" in error and error.count("\n") == 1
    with pytest.raises(FormatError):
        open_saved(tmp_path / "both" / "train")
    text = tmp_path / "text.txt"
    text.write_text("a fox")
    call = ["contextual", str(minilm), str(text), "-o", str(tmp_path / "o.hf"), "--column", "x"]
    assert main(call) == 2 and "--column x is for a folder" in capsys.readouterr().err


@pytest.mark.parametrize(("ending", "library"), [("zarr", "zarr"), ("hf", "datasets")])
def test_without_the_library_one_line_says_what_to_install(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, library: str
) -> None:
    real = builtins.__import__

    def missing(name: str, *given: Any, **named: Any) -> Any:
        if name.partition(".")[0] == library:
            raise ImportError(name)
        return real(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtraError, match=rf"lexiscope\[{library}\]"):
        run_corpus(encoder, SENTENCES, tmp_path / f"out.{ending}")
    assert not list(tmp_path.iterdir())
