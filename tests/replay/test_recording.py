"""A run folder holds every step of its run, and says so when it does not."""

from __future__ import annotations

import json
import shutil
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope.errors import ConfigError, CorpusError, FormatError, TrainingError
from lexiscope.inspection import RecordConfig, Recording, record_text
from lexiscope.inspection.views.similarity import similarity_matrix
from lexiscope.replay import storage
from lexiscope.replay.run import Layout, Stepper
from lexiscope.vectors import load


def test_the_bundled_run_learns_the_groups(bundled: Recording) -> None:
    losses = bundled.losses
    assert losses[:100].mean() == pytest.approx(log(96), abs=0.15)
    assert 3.3 <= losses[-500:].mean() <= 4.0
    found = similarity_matrix(bundled)
    assert found.within is not None and found.across is not None
    assert found.within - found.across >= 0.2


def test_all_15000_steps_take_about_a_megabyte_at_most(saved: Path) -> None:
    folder = saved / "recording"
    assert sum(part.stat().st_size for part in folder.iterdir()) <= 1_500_000
    assert Recording.open(saved).steps == 15_000


def test_any_steps_whole_state_is_a_short_replay(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long it takes is measured by `python -m benchmarks.bounds`."""
    recording = Recording.open(saved)
    replayed = []
    advance = Stepper.advance

    def counted(self: Stepper, first: int, last: int) -> None:
        replayed.append(last - first)
        advance(self, first, last)

    monkeypatch.setattr(Stepper, "advance", counted)
    for number in np.random.default_rng(0).integers(1, 15_001, 1_000).tolist():
        replayed.clear()
        recording.step(number)
        assert sum(replayed) <= recording.run.spacing <= 1_000, number


VARIANTS = [
    {"architecture": architecture, "loss": loss, "optimizer": optimizer}
    for architecture in ("skipgram", "cbow", "next-word")
    for loss in ("softmax", "negative", "hierarchical")
    for optimizer in ("sgd", "adam")
]


@pytest.mark.parametrize("options", VARIANTS, ids=lambda options: "-".join(options.values()))
def test_the_last_step_is_the_trained_model_to_the_bit(
    options: dict[str, str], tmp_path: Path
) -> None:
    config = RecordConfig(**options, steps=1_500)  # type: ignore[arg-type]
    record_text(None, config).save(tmp_path / "run")
    recording = Recording.open(tmp_path / "run")
    recording.verify()
    model = load(tmp_path / "run")
    last = recording.step(1_500).after
    assert last.inputs.tobytes() == model.vectors.tobytes()
    assert np.ascontiguousarray(last.outputs).tobytes() == model.output_vectors.tobytes()
    assert not np.array_equal(last.inputs, recording.weights(0).inputs)


@pytest.mark.slow
@pytest.mark.parametrize("options", VARIANTS, ids=lambda options: "-".join(options.values()))
def test_a_step_is_consistent_in_itself(options: dict[str, str]) -> None:
    """The loss is that of the probabilities, the gradient that of the forces, the update both's."""
    config = RecordConfig(**options, steps=400, precision="float64")  # type: ignore[arg-type]
    recording = record_text(None, config)
    for number in (1, 2, 37, 400):
        step = recording.step(number)
        wanted = np.where(step.labels == 1, step.probabilities, 1 - step.probabilities)
        if config.loss == "softmax":
            wanted = step.probabilities[[step.target]]
            assert step.probabilities.sum() == pytest.approx(1)
        assert step.loss == pytest.approx(-np.log(wanted).sum())
        assert step.loss == pytest.approx(recording.losses[number - 1], rel=1e-6)
        np.testing.assert_allclose(step.hidden_gradient, step.repulsive - step.attractive)
        hidden = step.before.inputs[list(step.input_rows)].mean(axis=0)
        np.testing.assert_allclose(step.hidden, hidden, atol=1e-15)
        before, after = step.before, step.after
        if config.optimizer == "sgd":
            moved = before.outputs[step.output_rows] - after.outputs[step.output_rows]
            np.testing.assert_allclose(moved, config.alpha * step.output_gradients, atol=1e-14)
            change = np.zeros_like(before.inputs)
            np.add.at(change, list(step.input_rows), -config.alpha * step.input_gradients)
            np.testing.assert_allclose(after.inputs - before.inputs, change, atol=1e-14)
        else:
            assert set(after.moments) >= {"first_in", "second_in", "first_out", "second_out"}
            assert np.abs(after.moments["first_in"]).max() > 0
        assert step.after.inputs.tobytes() == recording.weights(number).inputs.tobytes()
        assert step.before.inputs.tobytes() == recording.weights(number - 1).inputs.tobytes()
        assert 1 <= step.rank <= len(recording.tokens)
        assert -1.000001 <= step.cosine <= 1.000001


def test_steps_may_be_looked_at_in_any_order(bundled: Recording) -> None:
    forward = {number: bundled.step(number).after.inputs for number in (5, 900, 901, 14_999)}
    for number in (901, 5, 14_999, 900):
        assert bundled.step(number).after.inputs.tobytes() == forward[number].tobytes()


def test_what_a_step_gives_is_not_changed_by_later_looks(bundled: Recording) -> None:
    step = bundled.step(500)
    copies = [a.copy() for a in (step.hidden, step.logits, step.probabilities, step.after.outputs)]
    bundled.step(12_345)
    now = (step.hidden, step.logits, step.probabilities, step.after.outputs)
    assert all(np.array_equal(one, other) for one, other in zip(copies, now, strict=True))


def test_threads_may_look_at_steps_together(bundled: Recording) -> None:
    numbers = np.random.default_rng(1).integers(1, 15_001, 60).tolist()
    wanted = [bundled.step(number).after.inputs.tobytes() for number in numbers]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: bundled.step(n).after.inputs.tobytes(), numbers))
    assert found == wanted


def test_the_same_seed_gives_the_same_run_and_another_one_another() -> None:
    runs = [record_text(None, RecordConfig(steps=50, seed=seed)).run for seed in (1, 1, 2)]
    assert runs[0].states.tobytes() == runs[1].states.tobytes()
    assert runs[0].states.tobytes() != runs[2].states.tobytes()
    assert not np.array_equal(runs[0].order, runs[2].order)


def test_each_epoch_sees_each_pair_once(bundled: Recording) -> None:
    length = bundled.run.epoch_length
    assert length == 1_752
    for epoch in range(15_000 // length):
        seen = np.sort(bundled.run.order[epoch * length : (epoch + 1) * length])
        assert np.array_equal(seen, np.arange(length))
    assert not np.array_equal(bundled.run.order[:length], bundled.run.order[length : 2 * length])
    assert bundled.step(1_752).epoch == 1 and bundled.step(1_753).epoch == 2


def test_the_start_is_uniform_around_zero(bundled: Recording) -> None:
    start = bundled.weights(0)
    for matrix in (start.inputs, start.outputs):
        assert np.abs(matrix).max() <= 0.5 and np.abs(matrix).max() > 0.49
        assert matrix.std() == pytest.approx(12**-0.5, abs=0.02)


def test_the_text_is_read_as_the_reference_does(tmp_path: Path) -> None:
    text = "The Dog chased THE cat\n\nthe\ncat dog\nalone\ndog cat bird\n"
    path = tmp_path / "text.txt"
    path.write_text(f"# a comment\n  # and another\n{text}")
    recording = record_text(path, RecordConfig(min_count=2, steps=20))
    assert recording.tokens == ["cat", "dog"]
    assert recording.run.counts.tolist() == [3, 3]
    assert recording.corpus.sentence_count == 5 and recording.corpus.used_sentences == 3
    assert recording.corpus.stopwords == [("the", 3)]
    assert recording.corpus.rare == [("chased", 1), ("bird", 1)]
    # "chased" goes before windows are drawn, so that the sentence gives a pair in both directions.
    assert recording.run.epoch_length == 6


def test_cbow_examples_are_contexts_and_their_center(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("a1 b1 c1 d1\n")
    config = RecordConfig(architecture="cbow", min_count=1, window=1, steps=4)
    examples = record_text(path, config).run.examples
    found = {
        (tuple(examples.members[s:e].tolist()), target)
        for s, e, target in zip(
            examples.starts, examples.starts[1:], examples.targets.tolist(), strict=False
        )
    }
    assert found == {((1,), 0), ((0, 2), 1), ((1, 3), 2), ((2,), 3)}


def test_a_short_run_keeps_only_the_examples_that_it_used() -> None:
    run = record_text(None, RecordConfig(steps=10)).run
    assert len(run.examples) <= 10 and run.epoch_length == 1_752


def test_a_run_of_one_step(tmp_path: Path) -> None:
    record_text(None, RecordConfig(steps=1)).save(tmp_path / "run")
    recording = Recording.open(tmp_path / "run")
    assert recording.step(1).number == 1
    for number in (0, 2, -1, True, 1.5):
        with pytest.raises(ConfigError):
            recording.step(number)  # type: ignore[arg-type]


def test_a_public_name() -> None:
    assert lexiscope.Recording is Recording


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"architecture": "glove"}, "skipgram"),
        ({"optimizer": "rmsprop"}, "sgd, adam"),
        ({"steps": 0}, "steps"),
        ({"steps": 5, "epochs": 5}, "only one"),
        ({"alpha": -1.0}, "alpha"),
        ({"alpha": float("nan")}, "alpha"),
        ({"vector_size": 2.5}, "vector_size"),
        ({"seed": True}, "seed"),
        ({"pca": "tsne"}, "final_pca"),
        ({"record_interval": 0}, "record_interval"),
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        RecordConfig(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("loss", ["softmax", "negative", "hierarchical"])
def test_a_run_that_diverges_says_so(loss: str) -> None:
    config = RecordConfig(alpha=90.0, vector_size=64, loss=loss)  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match=r"no longer finite (at|by) step .* smaller alpha"):
        record_text(None, config)


@pytest.mark.parametrize("text", ["", "# only this\n", "one\ntwo\n"])
def test_a_text_with_nothing_to_learn_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text(text)
    with pytest.raises(CorpusError):
        record_text(path, RecordConfig(min_count=1))


def test_sizes_are_bounded() -> None:
    """Checkpoints lie farther apart where states are large."""
    for words, steps in ((96, 15_000), (5_000, 100_000), (126, 99_000), (5_000, 2_000_000)):
        for optimizer in ("sgd", "adam"):
            layout = Layout(RecordConfig(optimizer=optimizer), words)  # type: ignore[arg-type]
            spacing = layout.spacing(steps)
            states = -(-steps // spacing) + 1
            assert 1 <= spacing <= steps
            assert states * layout.size * 4 <= 16 * 2**20 + 2 * layout.size * 4


# What is wrong with a file must be said, and nothing of it believed.


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    shutil.copytree(saved, tmp_path / "copy")
    return tmp_path / "copy"


def steps_file(folder: Path) -> Path:
    return folder / storage.STEPS_FILE


def refused(folder: Path, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        Recording.open(folder)


def test_a_truncated_recording_is_refused_wherever_it_ends(copy: Path) -> None:
    content = steps_file(copy).read_bytes()
    length = struct.unpack_from("<I", content, 12)[0]
    for end in (0, 4, 8, 19, 20, 20 + length // 2, 20 + length, len(content) // 2):
        steps_file(copy).write_bytes(content[:end])
        refused(copy, "truncated")
    steps_file(copy).write_bytes(content[:-1])
    refused(copy, "part 'states': is truncated")
    steps_file(copy).write_bytes(content + b"x")
    refused(copy, "1 bytes too many")


def test_every_flipped_byte_is_noticed(copy: Path) -> None:
    content = steps_file(copy).read_bytes()
    for at in [*range(20), *range(20, len(content), len(content) // 150)]:
        broken = bytearray(content)
        broken[at] ^= 0x10
        steps_file(copy).write_bytes(broken)
        with pytest.raises(FormatError):
            Recording.open(copy)


def test_another_version_is_refused_by_name(copy: Path) -> None:
    content = bytearray(steps_file(copy).read_bytes())
    for version, advice in ((2, "update lexiscope"), (0, "record the run again")):
        struct.pack_into("<I", content, 8, version)
        steps_file(copy).write_bytes(content)
        refused(copy, f"version {version}, this program reads version 1; {advice}")


def test_a_model_without_a_recording_is_refused(copy: Path, tmp_path: Path) -> None:
    shutil.rmtree(copy / "recording")
    refused(copy, "holds no recording")
    refused(tmp_path / "nowhere", "is not there")


def test_files_of_two_runs_are_refused(copy: Path, tmp_path: Path) -> None:
    record_text(None, RecordConfig(seed=1)).save(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "model.safetensors", copy)
    refused(copy, "other weights")
    vocabulary = copy / "vocabulary.tsv"
    vocabulary.write_text(vocabulary.read_text().replace("king\t28", "king\t29"))
    refused(copy, "another vocabulary")


Forge = Callable[[dict[str, object], dict[str, np.ndarray]], None]


def _set(name: str, value: int) -> Forge:
    def forge(_: dict[str, object], arrays: dict[str, np.ndarray]) -> None:
        arrays[name][-1] = value

    return forge


def _cut(name: str) -> Forge:
    return lambda _, arrays: arrays.update({name: arrays[name][:-1]})


def test_a_recording_with_the_former_names_of_its_options_opens() -> None:
    """Version 0.1.0 wrote `objective`, `dim` and `lr`."""
    path = Path(__file__).parents[1] / "golden" / "recording-cbow-0.1.0"
    facts, _ = storage.decode(path / storage.STEPS_FILE)
    assert {"objective", "dim", "lr"} <= set(facts["config"])
    recording = Recording.open(path)
    config = recording.config
    assert (config.architecture, config.vector_size, config.alpha) == ("cbow", 6, 0.02)
    recording.verify()


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (_set("order", 5_000), "'order' has numbers outside"),
        (_set("members", 96), "'members' has numbers outside"),
        (_set("targets", -1), "'targets' has numbers outside"),
        (_set("starts", 5), "'starts'"),
        (_cut("losses"), "'losses'"),
        (_cut("states"), "'states'"),
        (lambda facts, _: facts.pop("config"), "missing"),
        (lambda facts, _: facts["config"].update(vector_size=7), "'states'"),  # type: ignore[attr-defined]
        (lambda facts, _: facts["config"].update(new=7), "new"),  # type: ignore[attr-defined]
        (lambda facts, _: facts.update(spacing=0), "spacing"),
    ],
)
def test_parts_that_do_not_fit_never_reach_the_kernels(copy: Path, forge: Forge, said: str) -> None:
    """Checksums hold here; the kernels would read outside their arrays."""
    facts, arrays = storage.decode(steps_file(copy))
    forge(facts, arrays)
    steps_file(copy).write_bytes(storage.encode(facts, arrays))
    refused(copy, said)


def test_a_header_that_is_no_header_is_refused(copy: Path) -> None:
    for header in (b"[]", b'{"facts": {}}', json.dumps({"facts": {}, "parts": [{}]}).encode()):
        head = struct.pack("<8sIII", storage.MAGIC, 1, len(header), zlib.crc32(header))
        steps_file(copy).write_bytes(head + header)
        with pytest.raises(FormatError):
            Recording.open(copy)


def forged(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes a recording's header, its checksum made anew."""
    content = steps_file(folder).read_bytes()
    length = struct.unpack_from("<I", content, 12)[0]
    document = json.loads(content[20 : 20 + length])
    change(document)
    header = json.dumps(document).encode()
    head = struct.pack("<8sIII", storage.MAGIC, 1, len(header), zlib.crc32(header))
    steps_file(folder).write_bytes(head + header + content[20 + length :])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(parts={}), "parts is an object; expected a list"),
        (lambda d: d["parts"].insert(0, 3), r"parts\[0\] is 3; expected an object"),
        (lambda d: d["parts"][0].update(size="7"), r'parts\[0\].size is "7"; expected a whole'),
        (lambda d: d["parts"][0].update(shape=[2**64]), "more than it can stand for|64 bits"),
        (lambda d: d["parts"][0].update(shape=[10**9, 10**9]), "more than it can stand for"),
        (lambda d: d["parts"].append(d["parts"][0]), "lists the part 'order' twice"),
        (lambda d: d["facts"].update(spacing=float("inf")), "Infinity is none of its numbers"),
        (lambda d: d["facts"].update(corpus=[]), r"facts.corpus is a list; expected an object"),
        (lambda d: d["facts"]["corpus"].update(stopwords=3), "stopwords is 3; expected a list"),
        (
            lambda d: d["facts"]["corpus"].update(rare=[["a", 1, 2]]),
            "expected a word and its count",
        ),
        (lambda d: d["facts"].update(config=[]), "facts.config is a list; expected an object"),
    ],
)
def test_a_forged_header_is_told_by_the_name_of_what_is_wrong(
    copy: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    forged(copy, change)
    with pytest.raises(FormatError, match=said) as caught:
        Recording.open(copy)
    assert "\n" not in str(caught.value)


def test_a_part_is_inflated_to_its_size_and_no_further(copy: Path) -> None:
    """A kilobyte of zeros deflated is a megabyte; the shape says whether it is wanted."""
    bomb = zlib.compress(bytes(200_000_000), 9)
    sizes = {"its shape's": [15_000], "its own": [50_000_000]}
    for shape in sizes.values():
        part = {"name": "order", "dtype": "<i4", "shape": shape, "packed": True, "offset": 0}
        part |= {"size": len(bomb), "crc32": zlib.crc32(bomb)}
        header = json.dumps({"facts": {}, "parts": [part]}).encode()
        head = struct.pack("<8sIII", storage.MAGIC, 1, len(header), zlib.crc32(header))
        steps_file(copy).write_bytes(head + header + bomb)
        tracemalloc.start()
        with pytest.raises(FormatError, match=r"cannot be unpacked|more than it can stand for"):
            Recording.open(copy)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4_000_000


def test_what_packs_closer_than_a_reader_allows_is_kept_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_ALWAYS_ALLOWED", 1000)
    monkeypatch.setattr(storage, "_FILES_ALLOWED", 0)
    arrays = {
        "negatives": np.zeros((100, 1000), np.int32),
        "order": np.random.default_rng(0).integers(0, 9, 10_000).astype(np.int32),
    }
    path = tmp_path / "steps.bin"
    path.write_bytes(storage.encode({}, arrays))
    assert path.stat().st_size < 420_000
    _facts, found = storage.decode(path)
    assert all(np.array_equal(found[name], array) for name, array in arrays.items())
