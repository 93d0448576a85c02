"""Conversion: nothing changes unsaid, and memory does not grow with the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from safetensors.numpy import save_file

from lexiscope import formats
from lexiscope.errors import ConfigError, FormatError
from lexiscope.formats import FORMATS, ReadOptions, VectorsData
from lexiscope.formats.contract import Subwords
from lexiscope.formats.conversion import convert
from lexiscope.formats.kinds import model_folder
from lexiscope.formats.kinds.fasttext import format as fasttext
from lexiscope.formats.kinds.word2vec import binary as word2vec_binary
from lexiscope.progress import Progress
from tests.support.patience import PATIENCE

WRITABLE = [known.name for known in FORMATS if known.write is not None]


def model(rows: int = 50) -> VectorsData:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(rows, 8)).astype(np.float32)
    return VectorsData(
        [f"w{row}" for row in range(rows)],
        vectors,
        counts=np.arange(rows, 0, -1),
        output=vectors[::-1].copy(),
        metadata={"training": {"window": 5, "alpha": 0.025}, "seed": 1},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model_folder.write(tmp_path / "m", model())
    return tmp_path / "m"


@pytest.mark.parametrize("name", WRITABLE)
def test_to_any_format_and_back(name: str, folder: Path, tmp_path: Path) -> None:
    done = convert(folder, tmp_path / "there", to=name)
    assert (done.source_format, done.target_format) == ("model", name)
    assert (done.words, done.dimensions, done.largest_error) == (50, 8, 0)
    back = convert(tmp_path / "there", tmp_path / "back")
    assert back.target_format == "model"
    found = formats.read(tmp_path / "back")
    assert found.tokens == model().tokens
    assert np.array_equal(found.vectors, model().vectors)
    carried = formats.by_name(name).carries
    assert (found.counts is not None) == ("counts" in carried)


def test_what_is_lost_is_said_in_numbers(folder: Path, tmp_path: Path) -> None:
    """Conversions elsewhere drop W′ and the counts without a word."""
    assert convert(folder, tmp_path / "v.bin").lost == [
        "output matrix not carried (50 × 8)",
        "counts not carried",
        "training options not carried (3 values)",
    ]
    assert convert(folder, tmp_path / "again").lost == []
    assert convert(tmp_path / "v.bin", tmp_path / "v.txt").lost == []


def test_rounding_is_said_with_its_largest_error(folder: Path, tmp_path: Path) -> None:
    done = convert(folder, tmp_path / "v.npy", options=ReadOptions(dtype="float16"))
    error = np.abs(model().vectors - model().vectors.astype(np.float16).astype(np.float32)).max()
    assert done.largest_error == pytest.approx(error, rel=1e-6)
    assert done.lost[-1] == f"float16 rounding, largest error {error:.2g}"
    assert np.load(tmp_path / "v.npy").dtype == np.float16
    assert np.array_equal(formats.read(tmp_path / "v.npy").vectors, np.load(tmp_path / "v.npy"))


@pytest.mark.parametrize("ending", ["npy", "safetensors", "parquet"])
def test_float64_is_said_to_be_rounded(ending: str, tmp_path: Path) -> None:
    exact = np.random.default_rng(0).normal(size=(50, 8))
    source = tmp_path / f"v.{ending}"
    write_float64(source, exact)
    done = convert(source, tmp_path / "v.bin")
    error = np.abs(exact - exact.astype(np.float32)).max()
    assert done.lost == [f"values rounded to float32, largest error {error:.2g}"]
    assert done.largest_error == pytest.approx(error)
    assert np.array_equal(formats.read(source).vectors, exact.astype(np.float32))
    # Values that float32 holds as well lose nothing.
    write_float64(source, exact.astype(np.float32).astype(np.float64))
    assert convert(source, tmp_path / "v.bin").lost == []
    exact[3, 3] = 1e300
    write_float64(source, exact)
    assert (
        "1 value is too large for float32, and now infinite"
        in convert(source, tmp_path / "v.bin").lost
    )


def write_float64(path: Path, matrix: np.ndarray) -> None:
    words = [f"w{row}" for row in range(len(matrix))]
    path.with_name("vocab.txt").write_text("\n".join(words) + "\n")
    if path.suffix == ".npy":
        np.save(path, matrix)
    elif path.suffix == ".safetensors":
        save_file({"embeddings": matrix}, path)
    else:
        vectors = pyarrow.array(list(matrix), type=pyarrow.list_(pyarrow.float64()))
        pyarrow.parquet.write_table(pyarrow.table({"word": words, "vector": vectors}), path)


def test_what_fasttexts_format_cannot_keep_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    words = ["sea", "ship", "harbour"]
    vectors = rng.normal(size=(3, 8)).astype(np.float32)
    rows = rng.normal(size=(50, 8)).astype(np.float32)
    subwords = Subwords(minn=2, maxn=4, buckets=50, rows=rows)
    with_subwords = VectorsData(words, vectors, subwords=subwords)
    fasttext.write(tmp_path / "f.bin", with_subwords)
    read = fasttext.read(tmp_path / "f.bin").vectors
    done = convert(tmp_path / "f.bin", tmp_path / "again.bin", to="fasttext")
    error = np.abs(fasttext.read(tmp_path / "again.bin").vectors - read).max()
    assert 0 < done.largest_error == pytest.approx(error)
    assert done.lost[-1] == (
        f"rounding in splitting n-grams off the vectors, largest error {error:.2g}"
    )
    # Inner nodes of a Huffman tree are no words, which fastText's output matrix has to be of.
    nodes = VectorsData(words, vectors, output=vectors[:2])
    model_folder.write(tmp_path / "tree", nodes)
    done = convert(tmp_path / "tree", tmp_path / "tree.bin", to="fasttext")
    assert done.lost == ["output matrix not carried (2 × 8): its rows are no words'"]


def test_words_that_are_not_there_are_named(folder: Path, tmp_path: Path) -> None:
    options = ReadOptions(words=frozenset({"w3", "w4", "zebra"}))
    done = convert(folder, tmp_path / "v.txt", options=options)
    assert done.words == 2
    assert "1 of the 3 words asked for are not among the rows ('zebra')" in done.lost[-1]
    assert formats.read(tmp_path / "v.txt").tokens == ["w3", "w4"]


def test_a_limit_ends_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text("4 2\na 1 2\nb 3 4\nc broken\nd 5 6\n")
    done = convert(path, tmp_path / "v.bin", options=ReadOptions(limit=2))
    assert (done.words, formats.read(tmp_path / "v.bin").tokens) == (2, ["a", "b"])
    with pytest.raises(FormatError, match="row 3"):
        convert(path, tmp_path / "w.bin")
    assert not (tmp_path / "w.bin").exists()


def test_repeated_words_shorten_the_target(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    rows = "".join(f"w{row % 90} {row} 2\n" for row in range(100))
    path.write_text(f"100 2\n{rows}")
    for name in WRITABLE:
        done = convert(path, tmp_path / name, to=name)
        assert done.words == 90
        assert "10 rows repeat a word" in done.warnings[0]
        found = formats.read(tmp_path / name)
        assert found.tokens == [f"w{row}" for row in range(90)]
        assert found.vectors[:, 0].tolist() == list(range(90))
    assert (tmp_path / "word2vec-binary").read_bytes().startswith(b"90 2\nw0 ")


def test_progress_tells_how_much_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lexiscope import progress
    from lexiscope.formats.reading import text_rows

    monkeypatch.setattr(progress, "REPORT_SECONDS", 0)
    monkeypatch.setattr(text_rows, "_BLOCK_BYTES", 10_000)
    path = tmp_path / "v.txt"
    path.write_text("20000 2\n" + "".join(f"w{row} 1 2\n" for row in range(20_000)))
    reports: list[Progress] = []
    convert(path, tmp_path / "v.bin", progress=reports.append)
    assert len(reports) > 2
    assert [report.done for report in reports] == sorted(report.done for report in reports)
    assert {(report.stage, report.unit) for report in reports} == {("converting", "bytes")}
    assert reports[0].total == path.stat().st_size
    assert reports[0].remaining is not None and reports[0].rate > 0


@pytest.mark.parametrize(
    ("target", "to", "said"),
    [
        ("v.foo", None, "no format is known by the ending '.foo'"),
        ("v.bin.gz", None, "compressed files are only read"),
        ("v", "sql", "no format 'sql'"),
        ("v", "gensim", "only read"),
        ("v.kv", None, "format 'gensim' is only read"),
        ("notes.txt", None, "is no vectors"),
        ("things", None, "is no vectors"),
        ("things", "word2vec-text", "is a folder"),
        ("notes.txt", "model", "is a file"),
        ("nowhere/v.bin", None, "nowhere is not there; make it"),
        ("m", None, "is the source itself"),
    ],
)
def test_targets_in_the_way_are_refused_before_any_work(
    target: str, to: str | None, said: str, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("precious")
    (tmp_path / "things").mkdir()
    (tmp_path / "things" / "thesis.txt").write_text("precious")
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    with pytest.raises(ConfigError, match=said):
        convert(folder, tmp_path / target, to=to)
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before
    assert (tmp_path / "notes.txt").read_text() == "precious"


def test_a_vectors_file_is_replaced(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "v.bin").write_bytes(b"1 2\na \x00\x00\x80\x3f\x00\x00\x80\x3f")
    assert convert(folder, tmp_path / "v.bin").words == 50
    assert len(formats.read(tmp_path / "v.bin").tokens) == 50


PROGRAM = """
import sys
from lexiscope.formats.reading import text_rows
from lexiscope.formats.kinds.word2vec import binary as word2vec_binary
from lexiscope.formats.conversion import convert
# Small blocks and no Numba, so that small files take as much as large ones would.
text_rows._BLOCK_BYTES = word2vec_binary._CHUNK_BYTES = 1 << 20
text_rows._COMPILED_FROM_BYTES = 1 << 60
convert(sys.argv[1], sys.argv[2])
convert(sys.argv[2], sys.argv[3])
lines = open("/proc/self/status").read().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is Linux's to tell")
@pytest.mark.parametrize("ending", ["", ".npy", ".txt"])
@pytest.mark.slow
def test_peak_memory_does_not_grow_with_the_file(ending: str, tmp_path: Path) -> None:
    """Users' pain: fastText's and gensim's converters hold the whole matrix."""
    peaks = []
    # Text is slow to write, so it is tried with less.
    sizes = (15_000, 60_000) if ending == ".txt" else (20_000, 200_000)
    columns = 50 if ending == ".txt" else 200
    for rows in sizes:
        vectors = np.random.default_rng(0).normal(size=(rows, columns)).astype(np.float32)
        source = tmp_path / f"{rows}.bin"
        word2vec_binary.write(source, VectorsData([f"w{row}" for row in range(rows)], vectors))
        targets = [str(tmp_path / f"there{rows}{ending}"), str(tmp_path / f"back{rows}.bin")]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(source), *targets],
            capture_output=True, text=True, timeout=PATIENCE, check=True,
        )  # fmt: skip
        peaks.append(int(done.stdout) * 1024)
        assert Path(targets[1]).read_bytes() == source.read_bytes()
    growth = (sizes[1] - sizes[0]) * columns * 4
    assert peaks[1] - peaks[0] < (0.5 if ending == ".txt" else 0.2) * growth


def test_words_whose_bytes_in_memory_are_alike_are_two(tmp_path: Path) -> None:
    """Python's hash of "止" (U+6B62) is that of "bk": a stream took the second for the first."""
    words = ["止", "bk", "正", "ck", "é", "\udce9", "x"]
    vectors = np.arange(14, dtype=np.float32).reshape(7, 2)
    formats.write(tmp_path / "own", VectorsData(list(words), vectors), "model")
    done = convert(tmp_path / "own", tmp_path / "v.txt")
    back = formats.read(tmp_path / "v.txt")
    assert done.words == 7 and back.tokens == words
    assert np.array_equal(back.vectors, vectors)
