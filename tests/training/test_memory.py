"""What a run is said to need, beside what it takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.zipf import write_zipf
from lexiscope import Word2Vec
from lexiscope.errors import TrainingError
from lexiscope.training import TrainingConfig, memory
from lexiscope.training.memory import available_memory, check_memory, memory_needed

MB = 2**20

# A run in a fresh process; prints the estimate and the peak, in bytes.
RUN = """
import sys
from pathlib import Path
import numpy as np
from lexiscope import Word2Vec
from lexiscope.training import TrainingConfig
from lexiscope.training.memory import memory_needed
loss, schedule, words, tokens = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
size = int(sys.argv[5])
rng = np.random.default_rng(0)
def sentences():
    for start in range(0, words, 20):
        yield [f"word{n}" for n in range(start, min(start + 20, words))]
    for _ in range((tokens - words) // 20):
        yield [f"word{n}" for n in (words * rng.random(20) ** 3).astype(int)]
options = dict(vector_size=size, epochs=1, schedule=schedule, loss=loss)
model = Word2Vec(sentences(), min_count=1, workers=2, sg=1, **options)
rows = len(model.output_vectors)
config = TrainingConfig(architecture="skipgram", **options)
estimate = memory_needed(len(model.wv.index_to_key), rows, config, 2, tokens)
peak = [line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
print(estimate.total, int(peak[0].split()[1]) * 1024, *estimate.lines(), sep="\\n")
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no VmHWM on this system")
@pytest.mark.parametrize(
    ("loss", "schedule", "words", "size"),
    [
        ("negative", "reproducible", 60_000, 300),
        ("negative", "hogwild", 20_000, 100),
        ("hierarchical", "reproducible", 50_000, 100),
    ],
)
def test_the_estimate_is_near_what_a_run_takes(
    loss: str, schedule: str, words: int, size: int
) -> None:
    # The first run compiles what is not compiled yet, which would count.
    for counts in (("1000", "30000", "8"), (str(words), "150000", str(size))):
        done = subprocess.run(
            [sys.executable, "-c", RUN, loss, schedule, *counts],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    estimate, peak = (int(line) for line in done.stdout.splitlines()[:2])
    assert 0.75 < estimate / peak < 1.25, f"{estimate / MB:.0f} MB told, {peak / MB:.0f} MB taken"


READ_RUN = """
import sys
from pathlib import Path
from lexiscope.corpus import VocabularyOptions
from lexiscope.training import TrainingConfig, TrainingSession
told = []
config = TrainingConfig(vector_size=20, epochs=1, architecture="skipgram")
session = TrainingSession(
    config, vocabulary=VocabularyOptions(min_count=8), workers=2, tell=told.append
)
with session.read(files=sys.argv[1]):
    session.begin()
    session.train(gauge=True)
peak = [line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
print(told[0].estimate.total - told[0].estimate.temporary, int(peak[0].split()[1]) * 1024)
print(told[0].estimate.reading, session.corpus_report.distinct, len(session.run.vocabulary))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no VmHWM on this system")
@pytest.mark.parametrize("one_line", [False, True])
def test_the_table_of_distinct_words_is_announced(tmp_path: Path, one_line: bool) -> None:
    """Most words of a large text are too rare to be kept: its peak is in the reading."""
    path = write_zipf(tmp_path / "zipf.txt", words=450_000, tokens=2_000_000)
    # As long a text compiles every kernel first, which would count as memory of the run.
    small = write_zipf(tmp_path / "small.txt", words=500, tokens=2_000_000)
    if one_line:
        path.write_bytes(path.read_bytes().replace(b"\n", b" "))
    for text in (small, path):
        done = subprocess.run(
            [sys.executable, "-c", READ_RUN, str(text)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    told, peak, reading, distinct, kept = (int(number) for number in done.stdout.split())
    assert kept < distinct / 8 and reading > 50 * MB
    assert 0.9 < told / peak < 1.1, f"{told / MB:.0f} MB told, {peak / MB:.0f} MB taken"


@pytest.mark.parametrize(("words", "copied"), [(1_000, True), (1_000_000, False)])
def test_what_lies_in_a_temporary_folder_of_memory_is_announced(
    monkeypatch: pytest.MonkeyPatch, words: int, copied: bool
) -> None:
    config = TrainingConfig(vector_size=100)
    monkeypatch.setattr(memory, "is_memory", lambda _folder: False)
    disk = memory_needed(words, words, config, 2, 50_000_000)
    assert disk.temporary == 0 and "not counted" in disk.lines()[-1]
    monkeypatch.setattr(memory, "is_memory", lambda _folder: True)
    tmpfs = memory_needed(words, words, config, 2, 50_000_000)
    # A large model's weights are not copied.
    assert tmpfs.temporary == tmpfs.text + copied * (tmpfs.inputs + tmpfs.outputs)
    assert tmpfs.total == disk.total + tmpfs.temporary
    assert tmpfs.to_come == disk.to_come + copied * (tmpfs.inputs + tmpfs.outputs)
    assert "folder that is memory" in tmpfs.lines()[-1]


def test_which_folders_are_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    mounts = [SimpleNamespace(mountpoint="/", fstype="ext4")]
    monkeypatch.setattr(memory.psutil, "disk_partitions", lambda **_: mounts)
    assert not memory.is_memory(below)
    mounts.append(SimpleNamespace(mountpoint=str(tmp_path.resolve()), fstype="tmpfs"))
    assert memory.is_memory(below) and not memory.is_memory(tmp_path.parent)


def test_the_peak_may_be_in_the_reading() -> None:
    config = TrainingConfig(vector_size=100)
    read, large = (
        memory_needed(1_000, 1_000, config, 2, 10**6, table_bytes=size) for size in (MB, 900 * MB)
    )
    assert read.total < 300 * MB
    assert large.total == large.temporary + large.program + 900 * MB
    assert large.to_come == read.to_come, "the tables are gone by then"


def test_the_sum_is_that_of_the_parts() -> None:
    config = TrainingConfig(vector_size=100)
    estimate = memory_needed(1_000_000, 1_000_000, config, 2, 50_000_000)
    assert estimate.inputs == estimate.outputs == 4 * 112 * 1_000_000
    assert 4 * 50_000_000 < estimate.text < 1.1 * 4 * 50_000_000
    parts = estimate.inputs + estimate.outputs + estimate.tables + estimate.buffers
    assert estimate.to_come == parts
    assert estimate.total == parts + estimate.temporary + estimate.program
    assert estimate.lines()[1] == ("  W 427 MB and W′ 427 MB (1,000,000 words × 100 dimensions)")
    assert str(round(estimate.total / MB)) in estimate.lines()[0].replace(",", "")


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ({"vector_size": 100}, {"vector_size": 300}),
        ({"schedule": "hogwild"}, {"schedule": "reproducible"}),
        ({"loss": "negative"}, {"loss": "hierarchical"}),
        ({"window": 5}, {"window": 500}),
        ({"negative": 5}, {"negative": 50}),
    ],
)
def test_what_takes_more_is_said_to_take_more(smaller: dict, larger: dict) -> None:
    few, many = (
        memory_needed(10_000, 10_000, TrainingConfig(**options), 4, 10**6).total
        for options in (smaller, larger)
    )
    assert few < many


def test_a_run_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    estimate = memory_needed(1_000_000, 1_000_000, TrainingConfig(vector_size=100), 2, 10**8)
    monkeypatch.setattr(memory, "available_memory", lambda: estimate.to_come)
    check_memory(estimate)
    monkeypatch.setattr(memory, "available_memory", lambda: estimate.to_come - 1)
    with pytest.raises(TrainingError) as caught:
        check_memory(estimate)
    message = str(caught.value)
    assert "\n" not in message
    for part in (
        f"needs {estimate.to_come / MB:,.0f} MB more memory",
        "W 427 MB, W′ 427 MB",
        "1,000,000 words × 100 dimensions",
        "are available; set a smaller vector_size, a larger min_count, or max_final_vocab",
    ):
        assert part in message


def test_word2vec_refuses_before_it_makes_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = [["the", "king"], ["a", "queen"]] * 10
    model = Word2Vec(sentences, min_count=1, vector_size=8, workers=1)
    before = model.fingerprint()
    monkeypatch.setattr(memory, "available_memory", lambda: 1000)
    with pytest.raises(TrainingError, match="but 0 MB are available"):
        Word2Vec(sentences, min_count=1, vector_size=8)
    with pytest.raises(TrainingError, match="but 0 MB are available"):
        model.build_vocab([["a", "bird"]] * 9, update=True)
    assert model.fingerprint() == before and "bird" not in model.wv


@pytest.mark.parametrize("version", [1, 2])
def test_the_limit_of_a_control_group_counts(tmp_path: Path, version: int) -> None:
    assert available_memory(tmp_path) > 50 * MB, "the machine's own"
    folder, names, cached = tmp_path, ("memory.max", "memory.current"), "inactive_file"
    if version == 1:
        folder = tmp_path / "memory"
        folder.mkdir()
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
        cached = "total_inactive_file"
    limit, used = (folder / name for name in names)
    limit.write_text("max\n")
    used.write_text(f"{30 * MB}\n")
    assert available_memory(tmp_path) > 50 * MB
    limit.write_text(f"{40 * MB}\n")
    assert available_memory(tmp_path) == 10 * MB
    (folder / "memory.stat").write_text(f"anon 5\n{cached} {4 * MB}\nactive_file 7\n")
    assert available_memory(tmp_path) == 14 * MB
    limit.write_text(f"{20 * MB}\n")
    assert available_memory(tmp_path) == 0
