"""The model folder: whole or absent, and every token survives."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from lexiscope import formats
from lexiscope.errors import ConfigError, FormatError
from lexiscope.files import tokens
from lexiscope.formats import VectorsData, detect
from lexiscope.formats.kinds import model_folder
from lexiscope.formats.reading import safetensors_file


def model(rows: int = 3, *, output_rows: int | None = None) -> VectorsData:
    rng = np.random.default_rng(0)
    return VectorsData(
        [f"w{row}" for row in range(rows)],
        rng.normal(size=(rows, 4)).astype(np.float32),
        counts=np.arange(rows, 0, -1),
        output=rng.normal(size=(output_rows or rows, 4)).astype(np.float32),
        metadata={"window": 5, "ö": [1, None]},
    )


@pytest.mark.parametrize("mmap", [True, False])
@pytest.mark.parametrize("output_rows", [3, 2])
def test_round_trip(mmap: bool, output_rows: int, tmp_path: Path) -> None:
    data = model(output_rows=output_rows)
    model_folder.write(tmp_path / "m", data)
    back = model_folder.read(tmp_path / "m", mmap=mmap)
    assert back.tokens == data.tokens
    assert np.array_equal(back.vectors, data.vectors)
    assert back.output is not None and data.output is not None
    assert np.array_equal(back.output, data.output)
    assert back.counts is not None and back.counts.tolist() == [3, 2, 1]
    assert back.metadata == data.metadata
    assert back.vectors.flags.writeable is not mmap
    assert detect(tmp_path / "m").name == "model"


def test_files_are_what_the_design_says(tmp_path: Path) -> None:
    data = model()
    data.tokens[1] = "tab\there"
    model_folder.write(tmp_path / "m", data, extra_files={"recording/x.txt": b"more"})
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == [
        "config.json",
        "model.safetensors",
        "recording",
        "vocabulary.tsv",
    ]
    assert (tmp_path / "m/vocabulary.tsv").read_bytes() == b"w0\t3\ntab\\there\t2\nw2\t1\n"
    assert json.loads((tmp_path / "m/config.json").read_bytes()) == data.metadata
    stored = load_file(tmp_path / "m/model.safetensors")
    assert sorted(stored) == ["input", "output"]
    assert np.array_equal(stored["input"], data.vectors)
    assert (tmp_path / "m/recording/x.txt").read_bytes() == b"more"


def test_padded_rows_are_stored_without_padding(tmp_path: Path) -> None:
    padded = np.random.default_rng(0).normal(size=(5, 16)).astype(np.float32)
    data = VectorsData(list("abcde"), padded[:, :10])
    model_folder.write(tmp_path / "m", data)
    assert np.array_equal(model_folder.read(tmp_path / "m").vectors, padded[:, :10])
    assert model_folder.read(tmp_path / "m").output is None
    assert model_folder.read(tmp_path / "m").counts is None


def test_nasty_tokens(nasty: VectorsData, tmp_path: Path) -> None:
    nasty.tokens[:6] = ["a\tb", "a\nb", "\r", "", "\ud800", "\\x41 \\"]
    model_folder.write(tmp_path / "m", nasty)
    assert model_folder.read(tmp_path / "m").tokens == nasty.tokens


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=20))
def test_escapes_survive_any_text(token: str) -> None:
    escaped = tokens.escape(token)
    assert not set("\t\n\r") & set(escaped)
    escaped.encode()  # no surrogate is left
    assert tokens.unescape(escaped) == token


def test_an_existing_model_is_replaced_whole(tmp_path: Path) -> None:
    model_folder.write(tmp_path / "m", model(5), extra_files={"checkpoint/old": b""})
    model_folder.write(tmp_path / "m", model(3))
    assert len(model_folder.read(tmp_path / "m").tokens) == 3
    assert not (tmp_path / "m/checkpoint").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_stopped_write_leaves_the_old_model(
    stop: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_folder.write(tmp_path / "m", model(5))

    def fail(path: Path, content: bytes) -> None:
        raise stop

    monkeypatch.setattr(model_folder, "write_synced", fail)
    for name in ("m", "new"):
        with pytest.raises((KeyboardInterrupt, OSError)):
            model_folder.write(tmp_path / name, model(3))
    assert len(model_folder.read(tmp_path / "m").tokens) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_targets_in_the_way_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/thesis.txt").write_text("precious")
    (tmp_path / "file").write_text("precious")
    for name in ("folder", "file", "file/below"):
        with pytest.raises(ConfigError):
            model_folder.check_target(tmp_path / name)
        with pytest.raises(ConfigError):
            model_folder.write(tmp_path / name, model())
    assert (tmp_path / "folder/thesis.txt").read_text() == "precious"
    model_folder.check_target(tmp_path / "new/deep")
    model_folder.write(tmp_path / "new/deep", model())
    model_folder.check_target(tmp_path / "new/deep")


def test_a_link_to_a_model_stays_a_link(tmp_path: Path) -> None:
    model_folder.write(tmp_path / "m", model(5))
    (tmp_path / "link").symlink_to(tmp_path / "m")
    model_folder.write(tmp_path / "link", model(3))
    assert (tmp_path / "link").is_symlink()
    assert len(model_folder.read(tmp_path / "m").tokens) == 3


@pytest.mark.parametrize("name", ["../out", "/out", "config.json", ""])
def test_extra_files_stay_inside(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="extra file"):
        model_folder.write(tmp_path / "m", model(), extra_files={name: b""})
    assert list(tmp_path.iterdir()) == []


def test_parts_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    data = model()
    broken = [
        VectorsData(["a"], data.vectors),
        VectorsData(["a", "b", "a"], data.vectors),
        VectorsData(data.tokens, data.vectors, counts=np.array([1])),
        VectorsData(data.tokens, data.vectors, output=data.vectors[:1]),
    ]
    for wrong in broken:
        with pytest.raises(ConfigError):
            model_folder.write(tmp_path / "m", wrong)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", model_folder.FILES)
def test_missing_files_are_named(missing: str, tmp_path: Path) -> None:
    model_folder.write(tmp_path / "m", model())
    (tmp_path / "m" / missing).unlink()
    with pytest.raises(FormatError, match=f"has no {missing}"):
        model_folder.read(tmp_path / "m")
    with pytest.raises(FormatError, match=missing):
        formats.read(tmp_path / "m")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("vocabulary.tsv", b"w0\t3\nw1\t2\n", "has 2 words, but the input matrix has 3 rows"),
        ("vocabulary.tsv", b"w0\t3\nw1\t2\nw2\t", "truncated"),
        ("vocabulary.tsv", b"w0\t3\nw1\tx\nw2\t1\n", "line 2"),
        ("vocabulary.tsv", b"w0\nw1\t1\nw2\t1\n", "line 2"),
        ("vocabulary.tsv", b"w0\t3\nw\\q\t2\nw2\t1\n", "line 2"),
        ("vocabulary.tsv", b"w0\t3\nw0\t2\nw2\t1\n", "a word twice"),
        ("vocabulary.tsv", b"w0\t3\n\xff\t2\nw2\t1\n", "line 2: is not UTF-8"),
        ("config.json", b"{", "is not JSON"),
        ("config.json", b"[]", "expected an object"),
        ("config.json", b'{"a":' * 9999, "nested deeper than 64"),
        ("config.json", b'{"a": 1e999}', "beyond what float64 holds"),
        ("config.json", b'{"a": 1, "a": 2}', 'the name "a" is given twice'),
        ("config.json", b'{"a": "\xff"}', "is not UTF-8"),
        ("vocabulary.tsv", b"w0\t3\nw1\t-2\nw2\t1\n", "line 2: is no token and count"),
        ("vocabulary.tsv", "w0\t3\nw1\t²\nw2\t1\n".encode(), "line 2: is no token and count"),
        ("vocabulary.tsv", b"w0\t3\nw1\t1_0\nw2\t1\n", "line 2: is no token and count"),
        ("vocabulary.tsv", b"w0\t%d\nw1\t%d\nw2\t1\n" % (2**62, 2**62), "more than 64 bits"),
        ("model.safetensors", b"", "not a whole safetensors file"),
        ("model.safetensors", b"\xff" * 100, "not a whole safetensors file"),
    ],
)
def test_damaged_files_are_named(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    model_folder.write(tmp_path / "m", model())
    (tmp_path / "m" / name).write_bytes(content)
    with pytest.raises(FormatError, match=said) as caught:
        model_folder.read(tmp_path / "m")
    assert os.fspath(caught.value.path).endswith(name)


def test_a_loss_that_is_no_number_is_none(tmp_path: Path) -> None:
    """Earlier versions wrote NaN, which JSON has not."""
    data = model()
    data.metadata = {"result": {"final_loss": float("nan"), "seconds": 1.5}}
    model_folder.write(tmp_path / "m", data)
    config = tmp_path / "m" / "config.json"
    assert "NaN" not in config.read_text()
    assert model_folder.read(tmp_path / "m").metadata == {
        "result": {"final_loss": None, "seconds": 1.5}
    }
    config.write_text('{"result": {"final_loss": NaN}}')
    assert model_folder.read(tmp_path / "m").metadata == {"result": {"final_loss": None}}


def test_options_that_could_not_be_read_again_are_not_written(tmp_path: Path) -> None:
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    for wrong in ({"a": deep}, {"a": 2**70}, {"a": object()}):
        data = model()
        data.metadata = wrong
        with pytest.raises(ConfigError, match=r"config\.json c"):
            model_folder.write(tmp_path / "m", data)
    assert list(tmp_path.iterdir()) == []


def test_truncated_matrices_are_refused(tmp_path: Path) -> None:
    model_folder.write(tmp_path / "m", model())
    path = tmp_path / "m/model.safetensors"
    content = path.read_bytes()
    for end in range(0, len(content), 5):
        path.write_bytes(content[:end])
        with pytest.raises(FormatError):
            model_folder.read(tmp_path / "m")


def test_other_tensors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"embeddings": np.ones(3, dtype=np.float32)}, path)
    with pytest.raises(FormatError, match="expected a float32 matrix"):
        safetensors_file.read_matrices(path, mmap=True)
    model_folder.write(tmp_path / "m", model())
    save_file({"weights": np.ones((3, 4), dtype=np.float32)}, tmp_path / "m/model.safetensors")
    with pytest.raises(FormatError, match="no tensor 'input'"):
        model_folder.read(tmp_path / "m")
    save_file(
        {"input": np.ones((3, 4), np.float32), "output": np.ones((7, 4), np.float32)},
        tmp_path / "m/model.safetensors",
    )
    with pytest.raises(FormatError, match="does not fit"):
        model_folder.read(tmp_path / "m")


def test_an_empty_output_matrix(tmp_path: Path) -> None:
    """Hierarchical softmax over one word has no inner node."""
    data = VectorsData(["a"], np.ones((1, 4), np.float32), output=np.ones((0, 4), np.float32))
    model_folder.write(tmp_path / "m", data)
    back = model_folder.read(tmp_path / "m")
    assert back.output is not None
    assert back.output.shape == (0, 4)
