"""Matrices out and in again: whole, tied to their vocabulary, never garbage."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope.errors import ConfigError, FormatError, MissingExtraError
from lexiscope.formats.conversion import convert
from lexiscope.interop import ExportData, ExportError, export, load_export
from lexiscope.interop.exports import TARGETS
from lexiscope.vectors import KeyedVectors

WORDS = ["the", "été", "two words", "a\tb", "\\", "日本", "\u2028", "cut\udce2", "#", "end"]


def vectors(seed: int = 0, words: list[str] = WORDS, *, rows: int | None = None) -> KeyedVectors:
    generator = np.random.default_rng(seed)
    size = len(words)
    return KeyedVectors(
        words,
        generator.normal(size=(size, 5)).astype(np.float32),
        counts=np.arange(size, 0, -1),
        output=generator.normal(size=(size if rows is None else rows, 5)).astype(np.float32),
    )


@pytest.fixture(params=sorted(TARGETS))
def target(request: pytest.FixtureRequest) -> str:
    if request.param == "parquet":
        pytest.importorskip("pyarrow")
    return str(request.param)


def test_every_target_gives_back_the_same_bits(target: str, tmp_path: Path) -> None:
    given = vectors()
    export(given, tmp_path / "out", target)
    found = load_export(tmp_path / "out")
    assert found.tokens == given.index_to_key
    assert np.array_equal(found.matrices["input"], given.input_vectors)
    assert np.array_equal(found.matrices["output"], given.output_vectors)
    assert found.counts is not None and given.counts is not None
    assert np.array_equal(found.counts, given.counts)
    again = found.to_vectors()
    assert np.array_equal(again["été"], given["été"])
    assert np.array_equal(found.to_dict()["end"], given["end"])


def test_inner_nodes_of_a_hierarchical_softmax_are_kept(target: str, tmp_path: Path) -> None:
    words = WORDS
    given = vectors(words=words, rows=len(words) - 1)
    export(given, tmp_path / "out", target)
    found = load_export(tmp_path / "out").matrices["output"]
    assert np.array_equal(found, given.output_vectors)


def test_a_matrix_with_the_wrong_vocabulary_is_an_error_not_garbage(
    target: str, tmp_path: Path
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    words = WORDS
    export(vectors(1, words), one, target)
    export(vectors(2, words[::-1]), other, target)
    kept = (one / "vocabulary.tsv").read_bytes()
    shutil.copy(other / "vocabulary.tsv", one)
    with pytest.raises(ExportError, match=r"not those of the matrices .* export again"):
        load_export(one)
    # Vocabulary and manifest of the other one: now the matrix is wrong.
    shutil.copy(other / "manifest.json", one)
    with pytest.raises(ExportError, match="has other values than when it was written"):
        load_export(one)
    # Counts of another text.
    shutil.rmtree(one)
    export(vectors(1, words), one, target)
    (one / "vocabulary.tsv").write_bytes(kept.replace(b"\t", b"\t1"))
    with pytest.raises(ExportError, match="its counts have been changed"):
        load_export(one)
    # A row lost from the vocabulary, as when a program drops an empty line.
    shutil.rmtree(one)
    export(vectors(1, words), one, target)
    (one / "vocabulary.tsv").write_bytes(kept[kept.index(b"\n") + 1 :])
    with pytest.raises(ExportError, match="not those of the matrices"):
        load_export(one)


@pytest.mark.parametrize(
    ("target", "file"), [("npy", "input.npy"), ("safetensors", "matrices.safetensors")]
)
def test_a_single_matrix_of_an_export_is_not_read_with_other_words(
    target: str, file: str, tmp_path: Path
) -> None:
    given = vectors()
    export(given, tmp_path / "out", target)
    opened = lexiscope.load(tmp_path / "out" / file)
    assert opened.index_to_key == given.index_to_key
    assert np.array_equal(opened.vectors, given.vectors)
    vocabulary = tmp_path / "out" / "vocabulary.tsv"
    lines = vocabulary.read_bytes().split(b"\n")
    vocabulary.write_bytes(b"\n".join([lines[1], lines[0], *lines[2:]]))
    for read in (lexiscope.load, lambda path: convert(path, tmp_path / "v.bin")):
        with pytest.raises(FormatError, match=f"not those that {file} was exported with"):
            read(tmp_path / "out" / file)
    # Another program's manifest says nothing of the words.
    (tmp_path / "out" / "manifest.json").write_text("[1, 2]")
    assert lexiscope.load(tmp_path / "out" / file).index_to_key[0] == given.index_to_key[1]


def test_an_export_opens_again_with_all_that_it_holds(target: str, tmp_path: Path) -> None:
    given = vectors()
    export(given, tmp_path / "out", target)
    opened = lexiscope.load(tmp_path / "out")
    assert opened.index_to_key == given.index_to_key
    assert np.array_equal(opened.vectors, given.vectors)
    assert np.array_equal(opened.output_vectors, given.output_vectors)
    assert opened.counts is not None and opened.counts.tolist() == given.counts.tolist()
    vocabulary = tmp_path / "out" / "vocabulary.tsv"
    lines = vocabulary.read_bytes().split(b"\n")
    vocabulary.write_bytes(b"\n".join([lines[1], lines[0], *lines[2:]]))
    with pytest.raises(FormatError, match="are not those of the matrices"):
        lexiscope.load(tmp_path / "out")


def test_files_cut_short_are_refused(target: str, tmp_path: Path) -> None:
    given = vectors()
    size = len(given)
    export(given, tmp_path / "whole", target)
    for path in sorted((tmp_path / "whole").rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        for end in {0, len(content) // 2, len(content) - 1} if content else set():
            broken = tmp_path / "broken"
            shutil.copytree(tmp_path / "whole", broken)
            place = broken / path.relative_to(tmp_path / "whole")
            place.write_bytes(content[:end])
            try:
                found = load_export(broken)
            except ExportError as error:
                assert "\n" not in str(error)
            else:
                # What is missing is not needed: a last newline, the words that a table has too.
                assert np.array_equal(found.matrices["input"], given.vectors)
                assert np.array_equal(found.matrices["output"], given.output_vectors)
                assert found.tokens == given.index_to_key
                assert found.counts is not None and found.counts.tolist() == [*range(size, 0, -1)]
            shutil.rmtree(broken)


def test_other_programs_open_the_files(tmp_path: Path) -> None:
    import torch
    from safetensors.numpy import load_file

    given = vectors()
    for name in ("npy", "npz", "safetensors", "torch"):
        export(given, tmp_path / name, name)
    assert np.array_equal(np.load(tmp_path / "npy" / "input.npy"), given.vectors)
    with np.load(tmp_path / "npz" / "matrices.npz") as archive:
        assert np.array_equal(archive["output"], given.output_vectors)
    tensors = load_file(tmp_path / "safetensors" / "matrices.safetensors")
    assert np.array_equal(tensors["input"], given.vectors)
    state = torch.load(tmp_path / "torch" / "matrices.pt", weights_only=True)
    assert np.array_equal(state["output"].numpy(), given.output_vectors)
    lines = (tmp_path / "npy" / "vocabulary.tsv").read_text().split("\n")
    assert lines[:2] == ["the\t10", "été\t9"]


def test_what_is_no_export_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"has no manifest\.json"):
        load_export(tmp_path)
    for content in ("", "[]", '{"manifest": 2}', '{"manifest": 1, "target": "npy"}', "[" * 99999):
        (tmp_path / "manifest.json").write_text(content)
        with pytest.raises(ExportError, match="is not a manifest of this version"):
            load_export(tmp_path)


def test_a_manifest_names_no_file_outside_and_no_unknown_target(tmp_path: Path) -> None:
    export(vectors(), tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    document = json.loads(path.read_text())
    document["matrices"]["input"]["file"] = "../out/input.npy"
    path.write_text(json.dumps(document))
    with pytest.raises(ExportError, match="is not a manifest of this version"):
        load_export(tmp_path / "out")
    document["matrices"]["input"]["file"] = "missing.npy"
    path.write_text(json.dumps(document))
    with pytest.raises(ExportError, match=r"has no missing\.npy, which its manifest names"):
        load_export(tmp_path / "out")
    document["target"] = "excel"
    path.write_text(json.dumps(document))
    with pytest.raises(ExportError, match="target 'excel', which is unknown"):
        load_export(tmp_path / "out")


def test_only_an_export_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(vectors(1), out)
    export(vectors(2), out, "npz")
    assert sorted(path.name for path in out.iterdir()) == [
        "manifest.json",
        "matrices.npz",
        "vocabulary.tsv",
    ]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(ConfigError, match="exists and is not an export"):
        export(vectors(), tmp_path / "mine")
    with pytest.raises(ConfigError, match="exists and is a file"):
        export(vectors(), tmp_path / "mine" / "thesis.txt")
    with pytest.raises(ConfigError, match="no target 'excel'; expected one of npy"):
        export(vectors(), tmp_path / "new", "excel")
    assert not (tmp_path / "new").exists()


def test_nothing_is_left_behind_by_a_write_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(vectors(1), tmp_path / "out")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", fail)
    with pytest.raises(OSError, match="No space left"):
        export(vectors(2), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert np.array_equal(load_export(tmp_path / "out").matrices["input"], vectors(1).vectors)


def test_torch_missing_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lexiscope\[torch\]'"):
        export(vectors(), tmp_path / "out", "torch")
    assert not list(tmp_path.iterdir())


def test_an_aligned_matrix_keeps_the_source_of_every_row(tmp_path: Path) -> None:
    ids = {"<pad>": 0, "the": 1, "nowhere": 3}
    aligned = lexiscope.align(vectors(), ids, rows=6)
    export(aligned, tmp_path / "out")
    found = load_export(tmp_path / "out")
    assert found.tokens == ["<pad>", "the", "[hole 2]", "nowhere", "[pad 4]", "[pad 5]"]
    assert aligned.verify(found.matrices["input"]) == 1
    lines = (tmp_path / "out" / "sources.tsv").read_text().splitlines()
    assert lines[1:4] == ["0\t<pad>\tspecial\t", "1\tthe\texact\tthe", "2\t[hole 2]\thole\t"]
    assert found.facts["coverage"]["words_found"] == 1


def test_ids_that_repeat_a_token_or_have_none_can_be_exported(target: str, tmp_path: Path) -> None:
    aligned = lexiscope.align(vectors(), ["", "the", "end", "the"])
    export(aligned, tmp_path / "out", target)
    found = load_export(tmp_path / "out")
    assert found.tokens == ["", "the", "end", "the"]
    assert aligned.verify(found.matrices["input"]) == 3


def test_half_precision_is_written_as_float32(tmp_path: Path) -> None:
    matrix = vectors().vectors.astype(np.float16)
    data = ExportData.of(KeyedVectors(WORDS, matrix))
    export(data, tmp_path / "out", "npz")
    assert np.array_equal(
        load_export(tmp_path / "out").matrices["input"], matrix.astype(np.float32)
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(tokens=[]), "tokens is a list; expected an object"),
        (lambda d: d["tokens"].update(count="x"), 'tokens.count is "x"; expected a whole number'),
        (lambda d: d.update(counts=3), "counts is 3; expected a text"),
        (lambda d: d["matrices"].update(input=None), "matrices.input is null; expected an object"),
        (lambda d: d["matrices"]["input"].update(file="x" * 300), "expected a file's name"),
        (lambda d: d["matrices"]["input"].update(file="\x1b[31m"), "expected a file's name"),
        (lambda d: d["matrices"]["input"].update(shape={}), "shape is an object; expected a list"),
        (lambda d: d.update(facts=[]), "facts is a list; expected an object"),
    ],
)
def test_a_manifests_faults_are_told_by_name(change: Any, said: str, tmp_path: Path) -> None:
    export(vectors(), tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(ExportError, match=said) as caught:
        load_export(tmp_path / "out")
    assert str(caught.value).isprintable()


def test_what_an_archive_would_inflate_to_is_not_asked_for(tmp_path: Path) -> None:
    """Files that others have packed again are refused before anything is unpacked."""
    export(vectors(), tmp_path / "npz", "npz")
    np.savez_compressed(tmp_path / "npz" / "matrices.npz", input=np.zeros((1000, 1000)))
    with pytest.raises(ExportError, match="input is compressed"):
        load_export(tmp_path / "npz")
    export(vectors(), tmp_path / "npy", "npy")
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 10), }"
    header = header.ljust(117) + b"\n"
    size = len(header).to_bytes(2, "little")
    (tmp_path / "npy" / "input.npy").write_bytes(b"\x93NUMPY\x01\x00" + size + header)
    with pytest.raises(ExportError, match="takes 40,000,000,000,000 bytes where 0 are left"):
        load_export(tmp_path / "npy")
    np.save(tmp_path / "npy" / "input.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ExportError, match="expected a plain array of numbers"):
        load_export(tmp_path / "npy")
