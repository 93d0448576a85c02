"""A corpus to a file: the same vectors, in order, whatever stops the run."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file

from lexiscope.contextual import Encoder
from lexiscope.contextual.corpus import run as corpus_run
from lexiscope.contextual.corpus.run import run_corpus
from lexiscope.errors import ConfigError, CorpusError
from lexiscope.files import space
from lexiscope.files.space import NoRoomError
from lexiscope.progress import Progress
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.slow

SENTENCES = [
    f"The {adjective} fox number {n} jumps over the river bank."
    for n in range(30)
    for adjective in ("quick", "unbelievable", "naïve")
] + ["The quick fox number 1 jumps over the river bank.", "\u200b", "New York"]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_run, "_PART_SENTENCES", 20)


class Stop(Exception):
    pass


def stopping(after: int) -> Any:
    def tell(progress: Progress) -> None:
        nonlocal after
        after -= 1
        if after == 0:
            raise Stop

    return tell


def test_parquet_has_a_row_a_word_in_order(
    encoder: Encoder, tmp_path: Path, small_parts: None
) -> None:
    run = run_corpus(encoder, SENTENCES, tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    expected = encoder.encode(SENTENCES)
    assert (run.sentences, run.words, run.missing) == (93, table.num_rows, 0)
    assert table["word"].to_pylist() == list(expected.words)
    assert table["sentence"].to_pylist() == (
        np.repeat(np.arange(93), np.diff(expected.word_offsets)).tolist()
    )
    assert table["start"].to_pylist() == expected.spans[:, 0].tolist()
    assert table["pieces"].to_pylist() == np.diff(expected.piece_offsets).tolist()
    vectors = np.array(table["vector"].to_pylist(), np.float32)
    np.testing.assert_allclose(vectors, expected.vectors, atol=2e-5)
    metadata = json.loads(table.schema.metadata[b"lexiscope"])
    assert metadata["layers"] == [6] and metadata["pooling"] == "mean"
    assert not (tmp_path / "out.parquet.parts").exists()


def test_safetensors_says_the_same(encoder: Encoder, tmp_path: Path, small_parts: None) -> None:
    run_corpus(encoder, SENTENCES, tmp_path / "out.safetensors")
    run_corpus(encoder, SENTENCES, tmp_path / "out.parquet")
    tensors = load_file(tmp_path / "out.safetensors")
    table = pq.read_table(tmp_path / "out.parquet")
    content, offsets = tensors["word_bytes"].tobytes(), tensors["word_offsets"].tolist()
    words = [content[a:b].decode() for a, b in itertools.pairwise(offsets)]
    assert words == table["word"].to_pylist()
    for name in ("sentence", "place", "start", "end", "pieces"):
        assert tensors[name].tolist() == table[name].to_pylist()
    np.testing.assert_array_equal(
        tensors["vectors"], np.array(table["vector"].to_pylist(), np.float32)
    )


def test_a_word_without_a_token_is_null(encoder: Encoder, tmp_path: Path) -> None:
    spaces = Encoder(encoder.model, words="whitespace")
    run = run_corpus(spaces, ["a \u200b b"], tmp_path / "out.parquet")
    vectors = pq.read_table(tmp_path / "out.parquet")["vector"].to_pylist()
    assert run.missing == 1 and vectors[1] is None and len(vectors[0]) == 384


def test_only_the_words_asked_for(encoder: Encoder, tmp_path: Path) -> None:
    run = run_corpus(encoder, SENTENCES, tmp_path / "out.parquet", only=["fox", "York"])
    table = pq.read_table(tmp_path / "out.parquet")
    assert set(table["word"].to_pylist()) == {"fox", "York"} and run.words == 92
    assert table["place"].to_pylist()[0] == 2 and table["sentence"].to_pylist()[-1] == 92
    row = np.array(table["vector"].to_pylist()[0], np.float32)
    np.testing.assert_allclose(row, encoder.word(SENTENCES[0], "fox"), atol=2e-5)


@pytest.mark.parametrize("kind", ["parquet", "safetensors"])
@pytest.mark.parametrize("after", [1, 3, 6])
def test_a_stopped_run_resumes_to_the_same_file(
    encoder: Encoder, tmp_path: Path, small_parts: None, kind: str, after: int
) -> None:
    whole, broken = tmp_path / f"whole.{kind}", tmp_path / f"broken.{kind}"
    run_corpus(encoder, SENTENCES, whole)
    with pytest.raises(Stop):
        run_corpus(encoder, SENTENCES, broken, progress=stopping(after))
    assert not broken.exists()
    # A part that was being written when the power went.
    (tmp_path / f"broken.{kind}.parts" / f"part-{after:06}").write_bytes(b"half")
    run = run_corpus(encoder, SENTENCES, broken, resume=True)
    assert run.resumed == min(20 * after, 93) and run.sentences == 93
    assert broken.read_bytes() == whole.read_bytes()


def test_unfinished_work_is_neither_lost_nor_mixed(
    encoder: Encoder, tmp_path: Path, small_parts: None
) -> None:
    out = tmp_path / "out.parquet"
    with pytest.raises(Stop):
        run_corpus(encoder, SENTENCES, out, progress=stopping(2))
    with pytest.raises(ConfigError, match="unfinished work; go on with --resume"):
        run_corpus(encoder, SENTENCES, out)
    with pytest.raises(ConfigError, match="pooling='mean', now it is 'max'"):
        run_corpus(encoder.with_options(pooling="max"), SENTENCES, out, resume=True)
    with pytest.raises(CorpusError, match="are not those"):
        run_corpus(encoder, ["Another text.", *SENTENCES], out, resume=True)
    with pytest.raises(CorpusError, match="ends after 20 sentences"):
        run_corpus(encoder, SENTENCES[:20], out, resume=True)
    assert run_corpus(encoder, SENTENCES, out, resume=True).sentences == 93
    with pytest.raises(ConfigError, match="finished"):
        run_corpus(encoder, SENTENCES, out, resume=True)


def test_vectors_that_will_not_fit_are_refused_after_the_first_part(
    encoder: Encoder, tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """93 sentences are five parts, and the file that they are joined to is as large again."""
    out = tmp_path / "out.safetensors"
    run_corpus(encoder, SENTENCES, out)
    whole = out.stat().st_size
    out.unlink()
    monkeypatch.setattr(space, "free_bytes", lambda _path: int(1.2 * whole))
    reports: list[Progress] = []
    with pytest.raises(NoRoomError, match=f"{out.name} could not be written: it takes"):
        run_corpus(encoder, SENTENCES, out, progress=reports.append)
    assert [report.done for report in reports] == [20]
    monkeypatch.setattr(space, "free_bytes", lambda _path: 2 * whole)
    run_corpus(encoder, SENTENCES, out, resume=True)
    assert out.stat().st_size == whole


def test_no_sentence_and_a_wrong_name(encoder: Encoder, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no sentence"):
        run_corpus(encoder, [], tmp_path / "out.parquet")
    with pytest.raises(ConfigError, match=r"\.parquet, \.safetensors, \.h5, \.zarr or \.hf"):
        run_corpus(encoder, SENTENCES, tmp_path / "out.csv")


PROGRAM = """
import sys
from lexiscope.contextual.corpus import run as corpus_run
corpus_run._PART_SENTENCES = 20
from lexiscope.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_kill_9_in_the_middle_and_resume_give_the_file_of_an_unbroken_run(
    minilm: Path, tmp_path: Path
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("\n".join(SENTENCES * 4), encoding="utf-8")
    whole, broken = tmp_path / "whole.parquet", tmp_path / "broken.parquet"

    def command(out: Path, *more: str) -> list[str]:
        return [sys.executable, "-c", PROGRAM, "contextual", str(minilm), str(text), "-o",
                str(out), *more]  # fmt: skip

    subprocess.run(command(whole), check=True, timeout=PATIENCE, capture_output=True)
    process = subprocess.Popen(command(broken), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    third = tmp_path / "broken.parquet.parts" / "part-000002"
    deadline = time.monotonic() + PATIENCE
    while not third.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL and not broken.exists()
    done = subprocess.run(
        command(broken, "--resume", "--json"), check=True, timeout=PATIENCE, capture_output=True
    )
    answer = json.loads(done.stdout)
    assert answer["resumed_sentences"] >= 40 and answer["sentences"] == 4 * 93
    assert broken.read_bytes() == whole.read_bytes()


def test_memory_does_not_grow_with_the_text(
    tiny: dict[str, Path], tmp_path: Path, small_parts: None
) -> None:
    encoder = Encoder(tiny["roberta"])
    peak: list[int] = []
    process = psutil.Process()

    def watch(progress: Progress) -> None:
        peak.append(process.memory_info().rss)

    sentences = (f"The quick fox number {n} jumps." for n in range(4000))
    run_corpus(encoder, sentences, tmp_path / "out.parquet", progress=watch)
    settled = max(peak[10:40])
    assert max(peak[40:]) < 1.1 * settled
